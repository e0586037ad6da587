"""The simulation itself: one seed tells one story, no fault is rare, and broken engines are caught."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from syncer.connector import Listing, Scope
from syncer.core.guard import Verdict
from syncer.core.standing import Projection
from syncer.engine import apply, observe
from syncer.engine.found import Found
from syncer.ledger import projections
from tests.simulation.chance import history
from tests.simulation.play import play
from tests.simulation.prepared import PREPARED
from tests.simulation.quick import Quick
from tests.simulation.shrink import shrink
from tests.simulation.summary import run

ENOUGH = 1500
"""So many histories catch each of the bugs below many times over."""


def _told(seed: str, hashing: str) -> bytes:
    """A history's story from a process of its own, in which sets are ordered differently."""
    command = [sys.executable, "-m", "tests.simulation", "--first", seed, "--seeds", "20", "--trace"]
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    told = subprocess.run(command, env=environment, capture_output=True, check=False)
    first, _, rest = told.stdout.partition(b"\n")  # how long it took is another's business
    assert b"histories" in first, told.stderr
    return rest


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """For an engine with a bug: what it prepares is its own."""
    kept = dict(PREPARED)
    PREPARED.clear()
    yield monkeypatch
    monkeypatch.undo()
    PREPARED.clear()
    PREPARED.update(kept)


def test_the_same_seed_tells_the_same_story_byte_by_byte() -> None:
    assert _told("700", "1") == _told("700", "2")


def test_a_history_does_not_depend_on_those_before_it() -> None:
    assert play(history(903), saying=True).trace == play(history(903), saying=True).trace


def test_the_quick_way_to_the_ledger_tells_the_same_story(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = range(900, 930)
    quick = [play(history(seed), saying=True).trace for seed in seeds]
    monkeypatch.setattr(Quick, "_compiled", lambda *_: None)
    assert [play(history(seed), saying=True).trace for seed in seeds] == quick


def _base_before_the_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base is what was meant, recorded although the write failed."""
    failed = apply.Sender._failed

    def recorded(self: Any, number: int, step: Any, error: Any, applied: Any) -> None:
        failed(self, number, step, error, applied)
        if step.known is not None and step.ours is not None:
            meant: Projection = replace(step.known, ours=step.ours, base=step.ours)
            with self.ledger.write() as connection:
                projections.keep(connection, self.household, self.spoke, [meant])

    monkeypatch.setattr(apply.Sender, "_failed", recorded)


def _partial_as_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a listing does not name is gone, and nobody looks again."""

    def gone(self: Any, connector: object, collection: object, refs: Any, *, whole: bool) -> None:
        self.gone += [self._known[ref] for ref in refs]

    monkeypatch.setattr(Found, "confirm", gone)


def _no_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A collection that reads empty is a partner who has cleared it."""
    monkeypatch.setattr("syncer.engine.absorb.judge", lambda *_args, **_named: Verdict(False))


def _doubled_listing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tombstones are not believed: what was deleted is put up again."""
    pull = observe._pull

    def without(*given: Any) -> Listing:
        listing = pull(*given)
        return replace(listing, gone=frozenset()) if listing.scope is Scope.CHANGES else listing

    monkeypatch.setattr(observe, "_pull", without)


@pytest.mark.parametrize(
    "breaking",
    [_base_before_the_write, _partial_as_full, _no_guard, _doubled_listing],
    ids=lambda b: b.__name__,
)
def test_a_broken_engine_is_caught(
    breaking: Callable[[pytest.MonkeyPatch], None], broken: pytest.MonkeyPatch
) -> None:
    breaking(broken)
    summary = run(range(ENOUGH), stop_at_first=True)
    assert summary.wrong


def test_a_violation_is_shrunk(broken: pytest.MonkeyPatch) -> None:
    _doubled_listing(broken)
    (seed,) = run(range(ENOUGH), stop_at_first=True).wrong
    played = play(history(seed))
    shortest = shrink(played)
    assert shortest.wrong is not None and played.wrong is not None
    assert shortest.wrong.law == played.wrong.law
    assert len(shortest.history.events) < len(played.history.events)
