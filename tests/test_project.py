"""The project's frame: what stands in the packaging, the locks, the Makefile and the unit is true."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tokenize
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from syncer import resources
from syncer.connector import API_VERSION, Connector

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
SHIPPED = ("catalogue.tsv", "evenhold.example.toml", "household.sample.toml")
UNIT = ROOT / "systemd" / "evenhold.service"


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def locked(name: str) -> dict[str, str]:
    """The versions of a lock, by canonical name."""
    found = re.findall(r"(?m)^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(encoding="utf-8"))
    return {canonicalize_name(package): version for package, version in found}


# --- locks ---


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_host_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"://|\bfile:|\s@\s|^\s*-(-index|-extra|-find|-trusted|i|f)\b", text, re.MULTILINE)
    assert not re.search(r"(?<![\w.])/\w+/", text)


@pytest.mark.parametrize("name", LOCKS)
def test_each_locked_version_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", text)[1:]
    assert len(entries) > 30
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_agree_with_each_other_and_with_the_ranges() -> None:
    run, everything = (locked(name) for name in LOCKS)
    assert run.items() <= everything.items()
    metadata = project()["project"]
    build = project()["dependency-groups"]["build"]
    for lock, wanted in (
        (run, metadata["dependencies"] + build),
        (everything, metadata["optional-dependencies"]["dev"]),
    ):
        for text in wanted:
            requirement = Requirement(text)
            version = lock.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is in no lock: make lock"
            assert requirement.specifier.contains(version), f"{requirement} is locked as {version}: make lock"


# --- Makefile and CI ---


def test_each_target_says_what_it_does() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    targets = {
        line.partition(":")[0]: [
            above.startswith("# ") for above in lines[max(0, number - 12) : number][::-1]
        ]
        for number, line in enumerate(lines)
        if re.match(r"[a-z]+:(?!=)", line)
    }
    assert {"run", "test", "lint", "bench", "clean", "lock"} <= targets.keys()
    shown = subprocess.run(
        ["make", "-C", str(ROOT), "--no-print-directory"], capture_output=True, text=True, check=True
    )
    assert re.findall(r"(?m)^make ([a-z]+) +\S+ \S+", shown.stdout) == list(targets)


def test_ci_runs_the_tests_last() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == "make test"


def test_each_lint_exception_has_its_reason() -> None:
    bare: list[str] = []
    for file in sorted(
        path for top in ("syncer", "connectors", "tests") for path in (ROOT / top).rglob("*.py")
    ):
        with file.open("rb") as source:
            comments = [
                token for token in tokenize.tokenize(source.readline) if token.type == tokenize.COMMENT
            ]
        for comment in comments:
            exception = re.search(r"#\s*(?:noqa|type: ignore)(.*)", comment.string)
            if exception and not re.match(r"(: [A-Z]+\d+|\[[\w, -]+\])[ ,#]+\S+ \S+", exception[1]):
                bare.append(f"{file.relative_to(ROOT)}:{comment.start[0]}")
    assert bare == []
    ignored = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.ruff.lint]")[2]
    rows = re.findall(r'(?m)^    "[A-Z]+\d+",(.*)$', ignored)
    assert len(rows) >= 3
    assert all(re.match(r"\s+# \S+ \S+", row) for row in rows)


# --- the unit ---


def test_each_hardening_line_has_its_reason_above() -> None:
    lines = (
        UNIT.read_text(encoding="utf-8")
        .partition("# --- Hardening")[2]
        .partition("[Install]")[0]
        .splitlines()[1:]
    )
    directives = [number for number, line in enumerate(lines) if re.match(r"[A-Z]\w+=", line)]
    assert len(directives) > 25
    assert [lines[number] for number in directives if not re.match(r"# \S+ \S+", lines[number - 1])] == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_exposed_to_at_most_1_1(tmp_path: Path) -> None:
    def exposure(unit: Path) -> int:
        # The threshold counts in tenths: 11 is 1.1.
        command = ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=11", str(unit)]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert exposure(UNIT) == 0
    weaker = tmp_path / "evenhold.service"
    weaker.write_text(UNIT.read_text(encoding="utf-8").replace("PrivateMounts=yes", "PrivateMounts=no"))
    assert exposure(weaker) != 0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "evenhold.service"
    unit.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/evenhold/bin/evenhold", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (found.returncode, [line for line in found.stderr.splitlines() if "evenhold.service" in line]) == (
        0,
        [],
    )


# --- packaging ---


def test_the_version_is_in_the_changelog() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"(?m)^## \[?{re.escape(project()['project']['version'])}\b", changelog)


def test_the_licence_is_the_one_declared() -> None:
    assert project()["project"]["license"] == "Apache-2.0"
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence and "END OF TERMS AND CONDITIONS" in licence


def test_what_is_declared_can_be_loaded() -> None:
    declared = project()["project"]
    assert set(declared["scripts"]) == {"evenhold"}
    assert callable(EntryPoint("evenhold", declared["scripts"]["evenhold"], "console_scripts").load())
    plugins = declared["entry-points"]["evenhold.connectors"]
    assert set(plugins) >= {"caldav"}
    for name, value in plugins.items():
        plugin = EntryPoint(name, value, "evenhold.connectors").load()
        assert issubclass(plugin, Connector) and plugin.name == name and plugin.api_version == API_VERSION


@pytest.mark.parametrize("name", SHIPPED)
def test_a_checkout_reads_its_own_files(name: str) -> None:
    assert resources.path(name) == ROOT / "config" / name
    assert resources.read_text(name) == (ROOT / "config" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["nothing.toml", "", "../LICENSE/x"])
def test_a_file_that_does_not_come_with_it_is_named(name: str) -> None:
    with pytest.raises(FileNotFoundError, match="does not belong to this installation"):
        resources.path(name)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built from a copy, so that nothing is left in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in ("syncer", "connectors", "config", "systemd"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(source / "dist")]
    subprocess.run([*pip, "wheel", *options, str(source)], check=True)
    (built,) = (source / "dist").glob("evenhold-*.whl")
    return built


def test_the_wheel_works_without_a_checkout(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--python", str(python)]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    modules = {
        str(file.relative_to(ROOT)) for top in ("syncer", "connectors") for file in (ROOT / top).rglob("*.py")
    }
    assert {file for file in modules if not (site / file).is_file()} == set()
    assert (site / "syncer" / "py.typed").is_file() and (site / "connectors" / "py.typed").is_file()
    assert not (site / "tests").exists() and not (site / "config").exists()
    assert (tmp_path / "venv" / "bin" / "evenhold").is_file()
    program = (
        "import sys; from syncer import resources; print([resources.read_text(n) for n in sys.argv[1:]])"
    )
    read = subprocess.run(
        [python, "-I", "-c", program, *SHIPPED], capture_output=True, text=True, check=True, cwd="/"
    )
    assert read.stdout.strip() == str([resources.read_text(name) for name in SHIPPED])
