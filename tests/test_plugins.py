"""Connectors are found by entry point, loaded when asked for, and a broken one is a report."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from syncer.connector import Collection, Create, ProviderGone, Settings
from syncer.core.model import Kind
from syncer.plugins import GROUP, ConnectorUnavailable, discover
from syncer.testing.builders import context, item

GOOD = """
from syncer.connector import Capability, Connector, Settings

class Good(Connector):
    name = "good"
    settings = Settings
    capabilities = frozenset({Capability.EVENTS})
    address = user = ""
    def __init__(self, settings, context): ...
    def collections(self): return ()
    def create_collection(self, name, kind): ...
    def pull(self, collection, cursor, known): ...
    def read(self, collection, refs): return ()
    def images(self, collection, refs): return ()
    def address_of(self, collection, uid): return None
    def push(self, collection, operations): return iter(())

class OldVersion(Good):
    api_version = 0

class NoSettings(Good):
    settings = dict

class NoCapabilities(Good):
    capabilities = None

class Unfinished(Connector):
    settings = Settings
    capabilities = frozenset()

NOT_A_CONNECTOR = object()
"""

WAYS_TO_FAIL = {
    "exits": "import sys\nsys.exit('https://ada:hunter2@example.org')\n",
    "cancels": "import asyncio\nraise asyncio.CancelledError\n",
    "mute": "class Speechless(Exception):\n    def __str__(self): raise KeyError\nraise Speechless\n",
    "prints": "print('a word of the module')\n" + GOOD,
    "odd": "from abc import ABCMeta\nfrom syncer.connector import Connector\nclass Meta(ABCMeta):\n"
    "    @property\n    def settings(cls): raise LookupError('nobody knows')\n"
    "class Any(Connector, metaclass=Meta): ...\n",
}
HOME = Collection("home", "home", frozenset({Kind.TODO}))


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"plug_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(GOOD)
    for how, text in WAYS_TO_FAIL.items():
        (tmp_path / f"{name}_{how}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return name


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, GROUP)


def test_nothing_is_imported_until_it_is_asked_for(module: str) -> None:
    registry = discover([point("good", f"{module}:Good")])
    assert registry.names == ("good",)
    assert module not in sys.modules
    assert registry.get("good").__name__ == "Good"
    assert module in sys.modules


def test_an_unknown_name_is_told_with_what_there_is(module: str) -> None:
    registry = discover([point("good", f"{module}:Good"), point("other", f"{module}:Good")])
    with pytest.raises(ConnectorUnavailable) as told:
        registry.get("goood")
    assert str(told.value) == 'no connector "goood", did you mean "good"? Available: good, other.'


@pytest.mark.parametrize(
    ("name", "guess"), [("goood", 'Did you mean "good"? Else install'), ("x", "Install")]
)
def test_what_is_not_installed_rests_with_a_cure(module: str, name: str, guess: str) -> None:
    registry = discover([point("good", f"{module}:Good")])
    assert registry.seat("good", "ada") is registry.get("good")
    resting = registry.seat(name, "ben-list")(Settings(), context(str))
    with pytest.raises(ProviderGone) as told:
        resting.collections()
    assert str(told.value) == (
        f'the connector "{name}" is not installed (ben-list). {guess} what ships it, '
        "or run: evenhold unlink ben-list, or take the account's table out of the configuration."
    )
    assert len(list(resting.push(HOME, [Create(item(Kind.TODO))]))) == 1


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("{module}:NOT_A_CONNECTOR", "not a subclass"),
        ("{module}:OldVersion", "made for version 0"),
        ("{module}:NoSettings", "no settings schema"),
        ("{module}:NoCapabilities", "does not declare its capabilities"),
        ("{module}:Unfinished", "does not implement"),
        ("{module}:Absent", "can't be imported: AttributeError"),
        ("{module}_exits:Any", "can't be imported: SystemExit"),
        ("{module}_cancels:Any", "can't be imported: CancelledError"),
        ("{module}_mute:Any", "can't be imported: Speechless"),
        ("{module}_odd:Any", "can't be imported: LookupError: nobody knows"),
        ("{module}", "not a subclass"),
        ("{module}:", "names no module and class"),
        ("!!!", "names no module and class"),
        ("", "names no module and class"),
        ("no_such_module_anywhere:Any", "can't be imported: ModuleNotFoundError"),
    ],
)
def test_a_broken_connector_is_reported_and_stops_no_other(module: str, value: str, what: str) -> None:
    registry = discover([point("bad", value.format(module=module)), point("good", f"{module}:Good")])
    bad, good = registry.survey()
    assert (bad.name, bad.state, good.name, good.state) == ("bad", "broken", "good", "ok")
    assert what in bad.reason and "hunter2" not in bad.reason
    assert [problem.name for problem in registry.problems] == ["bad"]
    assert registry.names == ("good",)
    stand_in = registry.get("bad")(Settings(), context(str))
    for ask in (stand_in.collections, lambda: stand_in.pull(HOME, None, {})):
        with pytest.raises(ProviderGone, match=re.escape('the connector "bad" can\'t be used: ')) as told:
            ask()
        assert what in str(told.value) and "hunter2" not in str(told.value)
    assert len(list(stand_in.push(HOME, [Create(item(Kind.TODO))]))) == 1
    assert stand_in.address == stand_in.user == ""


def test_two_of_one_name_are_both_out_of_use(tmp_path: Path, module: str) -> None:
    for distribution in ("first", "second"):
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\ntwin{module} = {module}:Good\n")
    # From the installed distributions this time, as `evenhold` itself asks.
    registry = discover()
    name = f"twin{module}"
    assert name not in registry.names
    assert module not in sys.modules
    rows = [row for row in registry.survey() if row.name == name]
    assert sorted((row.distribution, row.version, row.state) for row in rows) == [
        ("first", "1.0", "broken"),
        ("second", "1.0", "broken"),
    ]
    assert all("taken twice" in row.reason for row in rows)
    with pytest.raises(ProviderGone, match="taken twice"):
        registry.get(name)(Settings(), context(str)).collections()


def test_one_connector_seen_twice_on_the_path_is_one(module: str) -> None:
    twice = [point("good", f"{module}:Good"), point("good", f"{module}:Good")]
    assert [row.state for row in discover(twice).survey()] == ["ok"]


def test_what_a_module_prints_is_no_part_of_the_answer(
    module: str, capsys: pytest.CaptureFixture[str]
) -> None:
    discover([point("talks", f"{module}_prints:Good")]).survey()
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "a word of the module\n")


@pytest.mark.parametrize(
    "files",
    [
        {"entry_points.txt": b"[%b]\nonly a name\n", "METADATA": b"Name: sick\n"},
        {"entry_points.txt": b"[%b]\na = b\xff:C\n", "METADATA": b"Name: sick\n"},
    ],
)
def test_metadata_that_can_not_be_read_hide_no_others(
    tmp_path: Path, module: str, files: dict[str, bytes]
) -> None:
    info = tmp_path / "sick-1.0.dist-info"
    info.mkdir()
    for name, text in files.items():
        (info / name).write_bytes(text.replace(b"%b", GROUP.encode()))
    registry = discover()
    assert "caldav" in registry.names
    assert [problem.distribution for problem in registry.problems] == ["sick"]
    (row,) = (row for row in registry.survey() if row.distribution == "sick")
    assert (row.state, row.version) == ("broken", "") and "Reinstall or upgrade sick" in row.reason


@pytest.mark.parametrize("metadata", [None, b"", b"Version: 1\n", b"\xff\xfe"])
def test_a_distribution_without_a_name_is_told_as_one(
    tmp_path: Path, module: str, metadata: bytes | None
) -> None:
    info = tmp_path / "nameless-1.0.dist-info"
    info.mkdir()
    if metadata is not None:
        (info / "METADATA").write_bytes(metadata)
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{module}\x1b[2J = {module}:Good\n")
    (row,) = (row for row in discover().survey() if row.name.startswith(module))
    assert (row.state, row.distribution) == ("ok", "an unnamed source")
    assert "\x1b" not in row.name


def test_two_distributions_without_a_name_are_two(tmp_path: Path, module: str) -> None:
    good = point("good", f"{module}:Good")
    twice = [good, point("good", f"{module}:OldVersion")]
    assert [row.state for row in discover(twice).survey()] == ["broken", "broken"]


def test_of_a_clash_with_our_own_the_stranger_is_to_go(module: str, tmp_path: Path) -> None:
    info = tmp_path / "aaa-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: zzz\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{GROUP}]\ncaldav = {module}:Good\n")
    rows = [row for row in discover().survey() if row.name == "caldav"]
    assert {row.reason for row in rows} == {"its name is taken twice (by zzz and evenhold). Uninstall zzz."}


def test_where_a_plugin_of_its_own_breaks_off_is_told(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}_late.py").write_text("import json\n\njson.loads('{')\n")
    (tmp_path / f"{module}_bad.py").write_text("a = 1\nb = = 2\n")
    late, bad = discover(
        [point("a", f"{module}_late:X"), point("b", f"{module}_bad:X")],
    ).survey()
    assert f"({module}_late.py, line 3). " in late.reason
    assert f"({module}_bad.py, line 2). " in bad.reason
