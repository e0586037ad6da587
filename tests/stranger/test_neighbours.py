"""One household, five connectors: one that works, and four that can't be used in as many ways."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from syncer.cli import app as cli
from syncer.config.settings import ConfigError
from tests.system.house import daytime_zone

SOURCE = Path(__file__).parent / "evenhold-todotxt"
NEIGHBOURS = {
    "gone": ("gone = no_such_module_anywhere:Any", ""),
    "outdated": ("outdated = outdated:Old", "class Old(TodoTxt):\n    api_version = 0\n"),
    "breaks": (
        "breaks = breaks:Breaks",
        "class Breaks(TodoTxt):\n    def pull(self, *_): return self.nothing\n",
    ),
    "first": ("twin = first:Twin", "class Twin(TodoTxt): ...\n"),
    "second": ("twin = second:Twin", "class Twin(TodoTxt): ...\n"),
    "todotxt": ("todotxt = evenhold_todotxt:TodoTxt", ""),
}
WRONG = {
    "gone": "it can't be imported: ModuleNotFoundError",
    "outdated": "it is made for version 0 of the connector interface",
    "twin": "its name is taken twice (by first and second)",
    "breaks": "the connector broke off with AttributeError (breaks.py, line 3)",
}
BUNDLE = """
[[bundle]]
id = "{0}"
title = "Bundle {0}"
category = "household logistics"
outcome = "It is done."
owner = "{0}"

[[bundle.task]]
id = "task"
title = "Do it"
stage = "do"
minutes = 5
once = "in 2 days"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A household in which each partner's account uses another connector, and all of these installed."""
    site = tmp_path / "site"
    for name, (point, code) in NEIGHBOURS.items():
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[evenhold.connectors]\n{point}\n")
        if code:
            (site / f"{name}.py").write_text(f"from evenhold_todotxt import TodoTxt\n{code}")
    monkeypatch.syspath_prepend(str(SOURCE))
    monkeypatch.syspath_prepend(str(site))
    for name in ("outdated", "breaks", "first", "second"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    (tmp_path / "todo").mkdir()
    zone = daytime_zone().key
    partners = "".join(
        f'[[partners]]\nname = "{name.title()}"\ntime_zone = "{zone}"\n' for name in (*WRONG, "todotxt")
    )
    accounts = "".join(
        f'[[accounts]]\nname = "{name}"\npartner = "{name.title()}"\nconnector = "{name}"\ntodos = "{name}"\n'
        f'folder = "{tmp_path / "todo"}"\nsettle = 0\n'
        for name in (*WRONG, "todotxt")
    )
    (tmp_path / "evenhold.toml").write_text(f'[household]\nname = "many"\n{partners}{accounts}')
    (tmp_path / "bundles.toml").write_text("".join(BUNDLE.format(name) for name in (*WRONG, "todotxt")))
    return tmp_path


def evenhold(folder: Path, *words: str) -> int:
    """A command's exit code."""
    place = ["--config", str(folder / "evenhold.toml"), "--state", str(folder / "state")]
    return int(cli(args=[*words, *place], standalone_mode=False) or 0)


def test_each_is_told_and_the_one_that_works_goes_on(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evenhold(folder, "import", str(folder / "bundles.toml")) == 0
    capsys.readouterr()
    assert evenhold(folder, "run", "--once") == 1
    said = capsys.readouterr()
    told = {line.partition(" ")[0]: line for line in said.err.splitlines()}
    assert told.keys() == WRONG.keys()
    for name, what in WRONG.items():
        assert f"({name.title()})" in told[name] and what in told[name]
        assert "ninstall" in told[name] or "Tell its author" in told[name], "it says what helps"
    assert "not in step: gone/gone, outdated/outdated, twin/twin, breaks/breaks" in said.out
    lists = {file.name: file.read_text() for file in (folder / "todo").iterdir()}
    assert lists.keys() == {"todotxt.txt", "breaks.txt"}
    assert lists["todotxt.txt"].startswith("Do it due:") and lists["breaks.txt"] == ""

    assert evenhold(folder, "status", "--json") == 0
    rows = {row["account"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: what in rows[name]["trouble"] for name, what in WRONG.items()} == dict.fromkeys(WRONG, True)
    assert rows["todotxt"]["trouble"] == "" and rows["todotxt"]["items"] == 1
    assert evenhold(folder, "plan") == 1
    said = capsys.readouterr()
    assert all(what in said.out + said.err for what in WRONG.values())


def test_what_a_connector_prints_is_no_part_of_a_plan_for_a_program(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def talks(_: object) -> list[object]:
        print("a word")
        return []

    monkeypatch.setattr("evenhold_todotxt.TodoTxt.collections", talks)
    evenhold(folder, "plan", "--json")
    said = capsys.readouterr()
    assert len(json.loads(said.out)) == 5 and "a word" in said.err


def test_settings_that_a_connector_breaks_off_on_are_told_with_their_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks_off(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("evenhold_todotxt.TodoTxtSettings.model_validate", breaks_off)
    with pytest.raises(ConfigError, match=r"breaks off with KeyError"):
        evenhold(folder, "plan")


def test_all_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli(args=["connectors", "--json"], standalone_mode=False) == 1
    rows = [row for row in json.loads(capsys.readouterr().out) if row["distribution"] in NEIGHBOURS]
    assert {(row["name"], row["distribution"], row["state"]) for row in rows} == {
        ("gone", "gone", "broken"),
        ("outdated", "outdated", "broken"),
        ("breaks", "breaks", "ok"),
        ("twin", "first", "broken"),
        ("twin", "second", "broken"),
        ("todotxt", "todotxt", "ok"),
    }
    assert all(WRONG[row["name"]] in row["reason"] for row in rows if row["state"] == "broken")
