"""The page about writing a connector is true: its code runs, its names exist, its settings load."""

from __future__ import annotations

import inspect
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import connectors
from syncer import connector as interface
from syncer.config.settings import load
from syncer.connector import Capability, ConnectorError
from syncer.plugins import GROUP, discover

README = Path(connectors.__file__).with_name("README.md")
ROOT = README.parent.parent
TEXT = README.read_text(encoding="utf-8")
DISTRIBUTION, ACCOUNT = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a stranger has who wrote down every block of the page: the connector, and its tests."""
    folder = tmp_path_factory.mktemp("stranger")
    *parts, tests = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (folder / "evenhold_folder.py").write_text("\n".join(parts), encoding="utf-8")
    (folder / "test_folder.py").write_text(tests, encoding="utf-8")
    (folder / "pyproject.toml").write_text(DISTRIBUTION, encoding="utf-8")
    return folder


def test_the_three_files_side_by_side_are_a_distribution_that_installs(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written, tmp_path / "source")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(tmp_path / "site")]
    subprocess.run([*pip, *options, str(tmp_path / "source")], check=True)
    assert [path.name for path in (tmp_path / "site").glob("*.py")] == ["evenhold_folder.py"]
    (entries,) = (tmp_path / "site").glob("*.dist-info/entry_points.txt")
    assert "folder = evenhold_folder:Folder" in entries.read_text()


def test_the_connector_keeps_the_contract_as_it_stands(written: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-W",
        "error",
        "test_folder.py",
    ]
    ran = subprocess.run(command, cwd=written, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None and int(passed[1]) > 70, ran.stdout


def test_it_is_found_and_configured_as_the_page_says(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(written))
    ((name, value),) = tomllib.loads(DISTRIBUTION)["project"]["entry-points"][GROUP].items()
    registry = discover([EntryPoint(name, value, GROUP)])
    assert [row.state for row in registry.survey()] == ["ok"]
    house = '[household]\nname = "home"\n[[partners]]\nname = "Ben"\ntime_zone = "Europe/Berlin"\n'
    (tmp_path / "evenhold.toml").write_text(house + ACCOUNT)
    (account,) = load(tmp_path / "evenhold.toml", registry).accounts
    assert account.connector == name and vars(account.settings) == {"folder": Path("/home/ben/todo")}


def test_the_table_has_every_error_of_the_closed_set() -> None:
    rows = set(re.findall(r"(?m)^\| `(\w+)", TEXT))
    kinds = {
        name
        for name, kind in vars(interface).items()
        if inspect.isclass(kind) and issubclass(kind, ConnectorError) and kind is not ConnectorError
    }
    assert rows == kinds


def test_the_names_on_the_page_exist() -> None:
    capabilities = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", TEXT)) - {"COMPLETE", "CHANGES"}
    assert capabilities and capabilities <= set(Capability.__members__)
    for path in re.findall(r"`((?:syncer|connectors|tests)/[\w./-]+)`", TEXT):
        assert (ROOT / path).exists(), path
    for method in ("find", "login", "family", "address_of", "push"):
        assert hasattr(interface.Connector, method)


def test_it_is_shipped_and_short() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert README.name in patterns["*"]
    code = [
        line for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
    ]
    assert len([line for line in code if line.strip()]) <= 200
