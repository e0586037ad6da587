"""The append-only record: each fact once, whoever writes, and the stored state is its fold."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings

from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory
from syncer.core.model import Household
from syncer.core.ownership import define
from syncer.ledger import record, views
from syncer.ledger.store import Ledger
from tests.core.test_fold import happened, records
from tests.home import ADA, BEN, BINS, HOUSE, MONDAY, OUT

LONG_AGO = dt.date(1970, 1, 1)
LEDGER = Ledger.empty()
NUMBERS = itertools.count()


def stored(ledger: Ledger, household: str) -> Memory:
    """The current state as it rests in the tables."""
    house = Household(household, {"ada": ADA, "ben": BEN})
    with ledger.read() as connection:
        rows = views.view(connection, house, LONG_AGO).rows
        tenures = {(t.bundle, t.since): t for t in views.tenures(connection, household)}
    return Memory(rows.bundles, rows.tasks, rows.occurrences, tenures)


def refolded(ledger: Ledger, household: str) -> Memory:
    """The current state made anew from the record alone."""
    with ledger.read() as connection:
        return Memory().apply(record.entries(connection, household))


@settings(max_examples=80, deadline=None)
@given(records())
def test_the_stored_state_is_the_fold_of_the_record(entries: list[Entry]) -> None:
    household = f"home-{next(NUMBERS)}"  # one database for all: other households' rows must not matter
    for part in (entries[:5], entries[5:]):
        with LEDGER.write() as connection:
            record.append(connection, household, part)
    state = refolded(LEDGER, household)
    assert stored(LEDGER, household) == state
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.key, entry)
    assert state == Memory().apply(first.values())
    for bundle in state.bundles.values():
        open_ = [t for t in state.tenures.values() if t.bundle == bundle.id and t.until is None]
        assert [t.owner for t in open_] == [bundle.owner]


@settings(max_examples=40, deadline=None)
@given(records())
def test_a_replay_adds_nothing_and_changes_nothing(entries: list[Entry]) -> None:
    household = f"again-{next(NUMBERS)}"
    with LEDGER.write() as connection:
        added = record.append(connection, household, entries)
    before = stored(LEDGER, household)
    assert [e.key for e in added] == list(dict.fromkeys(e.key for e in entries))
    with LEDGER.write() as connection:
        assert record.append(connection, household, [*entries, *reversed(entries)]) == []
        assert list(record.entries(connection, household)) == added
    assert stored(LEDGER, household) == before


def test_an_entry_rests_as_it_was_told() -> None:
    at = dt.datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    entry = Entry(
        EntryKind.DONE,
        at,
        "done/x",
        "ada",
        "ada/tasks",
        "status",
        "bins",
        "bins.bags",
        "2026-11-25",
        {"day": "2026-11-25", "on": "2026-11-23", "claimed": "2026-11-23T08:00:00+00:00"},
    )
    with LEDGER.write() as connection:
        record.append(connection, "told", [entry])
        [found] = record.entries(connection, "told")
    assert found == entry
    assert found.at.tzinfo is dt.UTC


def test_entries_keep_the_order_of_the_record_whatever_the_clock_says() -> None:
    hours = (3, 1, 2)
    made = [
        happened(EntryKind.NOTED, at=MONDAY + dt.timedelta(hours=hour), turn=n)
        for n, hour in enumerate(hours)
    ]
    with LEDGER.write() as connection:
        record.append(connection, "order", made)
        assert [e.at.hour for e in record.entries(connection, "order")] == [12, 10, 11]


def test_the_same_key_in_another_household_is_another_fact() -> None:
    entry = happened(EntryKind.DONE)
    with LEDGER.write() as connection:
        assert record.append(connection, "one", [entry]) == [entry]
        assert record.append(connection, "two", [entry]) == [entry]
        assert len(list(record.entries(connection, "two"))) == 1


def test_two_writers_on_one_file_record_each_fact_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    Ledger.open(path).close()
    facts = [happened(EntryKind.DONE, key=f"n{number:06d}") for number in range(30)]
    added: list[list[str]] = [[], []]
    failed: list[BaseException] = []
    ready = threading.Barrier(2)

    def write(which: int) -> None:
        ledger = Ledger.open(path)
        try:
            ready.wait(10)
            for start in range(0, len(facts), 5):
                with ledger.write() as connection:
                    new = record.append(connection, HOUSE.id, facts[start : start + 5])
                added[which] += [entry.key for entry in new]
        except BaseException as error:
            failed.append(error)
        finally:
            ledger.close()

    writers = [threading.Thread(target=write, args=(which,)) for which in (0, 1)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert failed == []
    keys = [fact.key for fact in facts]
    assert sorted(added[0] + added[1]) == keys  # each new to exactly one of them
    ledger = Ledger.open(path)
    assert sorted(e.key for e in _entries(ledger)) == keys
    assert stored(ledger, HOUSE.id) == refolded(ledger, HOUSE.id)
    ledger.close()


def _entries(ledger: Ledger) -> list[Entry]:
    with ledger.read() as connection:
        return list(record.entries(connection, HOUSE.id))


def test_a_fact_that_cannot_be_folded_is_not_recorded_either() -> None:
    broken = Entry(EntryKind.TASK, MONDAY, "task/broken", bundle="bins", task="bins.x", data={"title": "?"})
    with pytest.raises(KeyError), LEDGER.write() as connection:
        record.append(connection, "broken", [*define(BINS, [OUT], Memory(), MONDAY, "t"), broken])
    assert stored(LEDGER, "broken") == Memory()
    with LEDGER.read() as connection:
        assert views.version(connection, "broken") == 0
