"""Connectors are found by entry point, loaded when asked for, and a broken one is a report."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from syncer.plugins import GROUP, ConnectorUnavailable, discover

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


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"plug_{tmp_path.name.replace('-', '_')}"
    (tmp_path / f"{name}.py").write_text(GOOD)
    (tmp_path / f"{name}_exits.py").write_text("import sys\nsys.exit('https://ada:hunter2@example.org')\n")
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
    assert str(told.value) == 'no connector "goood", did you mean "good"?. Available: good, other.'


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
    with pytest.raises(ConnectorUnavailable, match="Available: good"):
        registry.get("bad")


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
    with pytest.raises(ConnectorUnavailable, match="taken twice"):
        registry.get(name)


def test_one_connector_seen_twice_on_the_path_is_one(module: str) -> None:
    twice = [point("good", f"{module}:Good"), point("good", f"{module}:Good")]
    assert [row.state for row in discover(twice).survey()] == ["ok"]
