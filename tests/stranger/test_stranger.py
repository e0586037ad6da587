"""The door for strangers: found by entry point, in a household, without a line of Evenhold's for it."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from syncer.cli import app as cli
from syncer.connector import API_VERSION
from tests.servers import ACCOUNTS, SERVERS, Server
from tests.system.house import EVENHOLD, child_environment, daytime_zone

SOURCE = Path(__file__).parent / "evenhold-todotxt"
THEIRS = b"(A) Call the dentist +teeth\r\n\r\nx 2026-11-02 L\xf6sungen in Latin-1 id:7\r\n"
BUNDLES = """
[[bundle]]
id = "bills"
title = "Bills"
category = "financial management"
outcome = "All that is due is paid on time."
owner = "Ben"

[[bundle.task]]
id = "pay"
title = "Pay the bills"
stage = "do"
minutes = 25
once = "in 3 days"
missed = "stay"

[[bundle.task]]
id = "look"
title = "Look over what was spent"
stage = "plan"
minutes = 20
once = "in 2 days"
missed = "stay"
"""


def test_it_is_at_most_150_lines_of_code() -> None:
    text = (SOURCE / "evenhold_todotxt.py").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if line.strip()]) <= 150
    assert max(map(len, text.splitlines())) <= 110
    assert [file.name for file in SOURCE.glob("*.py") if not file.name.startswith("test_")] == [
        "evenhold_todotxt.py"
    ]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the distribution was built and installed, from a copy."""
    root = tmp_path_factory.mktemp("stranger")
    shutil.copytree(SOURCE, root / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--target", str(root / "site")]
    subprocess.run([*pip, *options, str(root / "source")], check=True, env=child_environment(root))
    return root / "site"


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = SERVERS["radicale"](tmp_path_factory.mktemp("radicale")).start()
    yield server
    server.close()


class Home:
    """Ada with CalDAV, Ben with a folder of lists."""

    def __init__(self, root: Path, site: Path, server: Server) -> None:
        self.root, self.site = root, site
        self.list = root / "todo" / "home.txt"
        self.list.parent.mkdir()
        self.config = root / "evenhold.toml"
        (root / "ada.password").write_text(ACCOUNTS["ada"])
        (root / "ada.password").chmod(0o600)
        zone = daytime_zone().key
        self.config.write_text(
            '[household]\nname = "stranger"\n'
            f'[[partners]]\nname = "Ada"\ntime_zone = "{zone}"\n'
            f'[[partners]]\nname = "Ben"\ntime_zone = "{zone}"\n'
            '[[accounts]]\nname = "ada"\npartner = "Ada"\ntodos = "Tasks"\nuser = "ada"\n'
            f'url = "{server.url}/"\npassword = {{ file = "ada.password" }}\n'
            '[[accounts]]\nname = "ben"\npartner = "Ben"\nconnector = "todotxt"\ntodos = "home"\n'
            f'folder = "{self.list.parent}"\nsettle = 0\n'
        )

    def words(self, *words: str) -> list[str]:
        """A command with this household's configuration and state."""
        return [*words, "--config", str(self.config), "--state", str(self.root / "state")]

    def once(self) -> str:
        """`evenhold run --once`, as a person runs it where the stranger's distribution is installed too."""
        environment = child_environment(self.root, {"PYTHONPATH": str(self.site)})
        command = [str(EVENHOLD), *self.words("run", "--once")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), (done.stdout, done.stderr)
        return done.stdout

    def inside(self, *words: str) -> str:
        """A command in this process: starting Python and its libraries anew takes a second each time."""
        said = io.StringIO()
        with redirect_stdout(said):
            assert not cli(args=self.words(*words), standalone_mode=False)
        return said.getvalue()

    def ours(self) -> list[str]:
        """The lines that are not the person's own; theirs are there to the byte."""
        data = self.list.read_bytes()
        assert data.startswith(THEIRS)
        return data.removeprefix(THEIRS).decode().split("\r\n")[:-1]

    def tick(self, title: str) -> None:
        """The person's editor puts an `x ` in front of a line."""
        data = self.list.read_bytes()
        assert data.count(title.encode()) == 1
        self.list.write_bytes(data.replace(title.encode(), f"x {title}".encode()))


def test_it_is_found_by_its_entry_point(installed: Path, tmp_path: Path) -> None:
    environment = child_environment(tmp_path, {"PYTHONPATH": str(installed)})
    command = [str(EVENHOLD), "connectors", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    (row,) = (row for row in json.loads(done.stdout) if row["name"] == "todotxt")
    assert (row["state"], row["distribution"], row["version"]) == ("ok", "evenhold-todotxt", "1.0.0")
    assert row["api_version"] == API_VERSION and "todos" in row["capabilities"]


def test_a_household_whose_partner_has_such_a_list(
    installed: Path, radicale: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(installed))
    home = Home(tmp_path, installed, radicale)
    home.list.write_bytes(THEIRS)
    (tmp_path / "bundles.toml").write_text(BUNDLES)
    home.inside("import", str(tmp_path / "bundles.toml"))
    home.once()
    day = dt.datetime.now(daytime_zone()).date()
    assert sorted(line.partition(" id:evenhold-")[0] for line in home.ours()) == [
        f"Look over what was spent due:{day + dt.timedelta(2)}",
        f"Pay the bills due:{day + dt.timedelta(3)}",
    ]

    home.tick("Look over what was spent")
    assert "“Look over what was spent” of" in home.once()
    (bundle,) = json.loads(home.inside("audit", "--json"))["bundles"]
    assert bundle["partners"]["ben"]["done"] == 1
    before = home.list.stat()
    home.once()
    assert home.list.stat() == before, "a pass in which nothing changed writes nothing"

    home.inside("bundle", "give", "bills", "Ada")
    home.once()
    assert [line.partition(" due:")[0] for line in home.ours()] == ["x Look over what was spent"]
    found = radicale.raw("ada", "PROPFIND", "/ada/tasks/", headers={"Depth": "1"}).body.decode()
    assert len(re.findall(r"href>[^<]+bills\.pay[^<]+\.ics<", found)) == 1


def test_its_household_goes_on_once_it_is_uninstalled(
    radicale: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path, tmp_path, radicale)
    home.config.write_text(home.config.read_text().replace("todotxt", "to-do.txt"))  # which nobody ships
    home.config.write_text(home.config.read_text().replace('todos = "Tasks"', 'todos = "Left"'))
    assert cli(args=home.words("run", "--once"), standalone_mode=False) == 1
    told = capsys.readouterr()
    assert 'the connector "to-do.txt" is not installed. ' in told.err
    assert "evenhold unlink ben" in told.err and "Left (Ada): made it" in told.out
    home.inside("status")
    assert "out of Evenhold's care" in home.inside("unlink", "ben")
    home.inside("run", "--once")
