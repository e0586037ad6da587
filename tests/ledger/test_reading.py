"""What the audit reads: completions in a window, tenures, and what stands open now."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory
from syncer.core.identity import Identity
from syncer.core.load import Carried, Held, Standing, Window
from syncer.core.model import BundleState, Category, Effort, Kind
from syncer.core.ownership import define, give, set_state
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection
from syncer.ledger import projections, reading, record
from syncer.ledger.store import Ledger
from tests.core.test_fold import happened
from tests.home import BAGS, BINS, FOOD, MONDAY, OUT, SHOP

LEDGER = Ledger.empty()
NUMBERS = itertools.count()
HOUSEWORK = Category.HOUSEHOLD_LOGISTICS
LIST = Spoke("ada", "tasks", "ada", Kind.TODO, timed=False, due=True)


def a_home() -> str:
    """A household of its own with both bundles."""
    home = f"home-{next(NUMBERS)}"
    with LEDGER.write() as connection:
        record.append(connection, home, define(BINS, [OUT, BAGS], Memory(), MONDAY, "t"))
        record.append(connection, home, define(FOOD, [SHOP], Memory(), MONDAY, "t"))
    return home


def projection(home: str, key: str, task: str = "bins.bags", ref: str = "/r") -> Projection:
    """An item that stands in a collection."""
    identity = Identity(task, key)
    return Projection(identity, identity.uid(home), ref, "1", Kind.TODO, None, None)


def test_completions_of_a_window_with_whose_they_were_and_who_did_them() -> None:
    home = a_home()
    hours = [dt.timedelta(hours=hour) for hour in (-1, 0, 5, 10)]
    with LEDGER.write() as connection:
        for number, hour in enumerate(hours):
            done = happened(EntryKind.DONE, f"n{number:06d}", MONDAY + hour)
            record.append(connection, home, [replace(done, actor="ben")])
        record.append(connection, home, [happened(EntryKind.LAPSED, "lapsed")])
        record.append(connection, home, [happened(EntryKind.SKIPPED, "skipped")])
        record.append(connection, home, give(BINS, "ben", MONDAY + hours[3], "t"))
        found = list(reading.carried(connection, home, Window(MONDAY, MONDAY + hours[3])))
    # The two inside the window are counted together.
    last = MONDAY + hours[2]
    assert found == [Carried("bins", HOUSEWORK, 1, 0, 0, Effort(do=5), "ada", "ben", last, times=2)]


def test_what_differs_is_counted_apart() -> None:
    """By task, by who owned the bundle then, and by whose account the completion came from."""
    home = a_home()
    with LEDGER.write() as connection:
        facts = [happened(EntryKind.DONE, f"n{number:06d}") for number in range(4)]
        record.append(connection, home, [facts[0], facts[1], replace(facts[2], actor=None)])
        out = replace(facts[3], task="bins.out", key="out")
        record.append(connection, home, [out, *give(BINS, "ben", MONDAY, "t")])
        record.append(connection, home, [replace(facts[3], key="given")])
        found = list(reading.carried(connection, home, Window.before(MONDAY + dt.timedelta(days=2))))
    assert sorted((c.owner, str(c.actor), c.effort.do, c.times) for c in found) == [
        ("ada", "None", 5, 1),
        ("ada", "ada", 5, 2),
        ("ada", "ada", 10, 1),
        ("ben", "ada", 5, 1),
    ]


def test_what_was_reopened_is_carried_by_nobody() -> None:
    home = a_home()
    with LEDGER.write() as connection:
        record.append(connection, home, [happened(EntryKind.DONE), happened(EntryKind.REOPENED)])
        assert list(reading.carried(connection, home, Window.before(MONDAY + dt.timedelta(days=1)))) == []


def test_tenures_are_whole() -> None:
    home, later = a_home(), MONDAY + dt.timedelta(days=3)
    with LEDGER.write() as connection:
        record.append(connection, home, give(BINS, "ben", later, "t"))
        found = {(h.bundle, h.owner): h for h in reading.held(connection, home)}
    assert found == {
        ("bins", "ada"): Held("bins", HOUSEWORK, 1, "ada", MONDAY, later),
        ("bins", "ben"): Held("bins", HOUSEWORK, 1, "ben", later, None),
        ("food", "ben"): Held("food", HOUSEWORK, 4, "ben", MONDAY, None),
    }


def test_bundles_that_stand_with_what_is_open_in_an_app() -> None:
    home = a_home()
    days = [(dt.date(2026, 11, 25) + dt.timedelta(weeks=week)).isoformat() for week in range(5)]
    with LEDGER.write() as connection:
        projections.keep(connection, home, LIST, [projection(home, day) for day in days[:4]])
        projections.keep(
            connection, home, LIST, [projection(home, days[4], ref="")]
        )  # refused: stands nowhere
        record.append(connection, home, [happened(EntryKind.DONE, days[0])])
        record.append(connection, home, [happened(EntryKind.NOTED, days[1])])
        projections.end(connection, home, LIST, [(Identity("bins.bags", days[2]), "gone")], MONDAY)
        found = list(reading.bundles_standing(connection, home))
    assert found == [
        Standing("bins", "Bins", HOUSEWORK, "ada", 1),
        Standing("food", "Food in the house", HOUSEWORK, "ben", 0),
    ]


def test_an_occurrence_that_stands_in_two_apps_for_a_moment_is_one() -> None:
    """During a handover, until the giver's account answers."""
    home = a_home()
    with LEDGER.write() as connection:
        for spoke in (LIST, replace(LIST, account="ben", partner="ben")):
            projections.keep(connection, home, spoke, [projection(home, "2026-11-25")])
        assert next(reading.bundles_standing(connection, home)).open == 1


def test_a_bundle_that_is_paused_does_not_stand() -> None:
    home = a_home()
    with LEDGER.write() as connection:
        record.append(connection, home, set_state(BINS, BundleState.PAUSED, MONDAY, "t"))
        assert [standing.bundle for standing in reading.bundles_standing(connection, home)] == ["food"]
