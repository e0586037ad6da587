"""A long record: made in bulk it is the same as entry by entry, and neither audit nor pass pays for it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from syncer.core.audit import Report, audit
from syncer.core.fold import Memory, Progress
from syncer.core.load import Carried, Window
from syncer.ledger import reading, record, views
from syncer.ledger.store import Ledger
from tests.bench import household
from tests.bench.bounded import PASSES, measure_sizes
from tests.bench.bulk import write_years
from tests.bench.counting import HOUSE, Counted, Work
from tests.bench.ledger import TARGETS, main
from tests.bench.years import DONE, FOUR_WEEKS, USUAL, Years

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
LONG_AGO = dt.date(1970, 1, 1)


def made(years: Years) -> Ledger:
    ledger = Ledger.empty()
    with ledger.write() as connection:
        write_years(connection, HOUSE.id, years)
    return ledger


def stored(ledger: Ledger) -> Memory:
    """The state as it rests in the tables."""
    with ledger.read() as connection:
        rows = views.view(connection, HOUSE, LONG_AGO).rows
        tenures = {(t.bundle, t.since): t for t in views.tenures(connection, HOUSE.id)}
    return Memory(rows.bundles, rows.tasks, rows.occurrences, tenures)


def test_the_state_of_fifty_thousand_entries_is_their_fold() -> None:
    ledger = made(Years(50_000, NOW))
    with ledger.read() as connection:
        counts = views.counts(connection, HOUSE.id)
        state = Memory().apply(record.entries(connection, HOUSE.id))
    about = sum(number for kind, number in counts.items() if kind not in ("bundle", "task", "owned"))
    assert about == 50_000
    assert counts["owned"] >= 5
    assert set(map(str, {kind for story in USUAL for kind in story})) < set(counts)
    assert stored(ledger) == state


def test_written_in_bulk_or_entry_by_entry_is_the_same() -> None:
    years = Years(1_500, NOW, tasks=1)
    bulk, slow = made(years), Ledger.empty()
    with bulk.read() as connection:
        entries = list(record.entries(connection, HOUSE.id))
    with slow.write() as connection:
        assert record.append(connection, HOUSE.id, entries) == entries
    assert stored(slow) == stored(bulk)


def one_by_one(ledger: Ledger, window: Window) -> list[Carried]:
    """What the audit reads, told without the database's counting."""
    rows = stored(ledger)
    found: list[Carried] = []
    for state in rows.occurrences.values():
        task = rows.tasks[state.task]
        bundle = rows.bundles[task.bundle]
        at = state.resolved_at
        if state.progress is Progress.DONE and at is not None and window.holds(at):
            burden = bundle.weight, bundle.unpredictability, bundle.deadline
            assert state.owner is not None
            found.append(
                Carried(bundle.id, bundle.category, *burden, task.effort, state.owner, state.doer, at)
            )
    return found


def report(ledger: Ledger, window: Window, carried: list[Carried]) -> Report:
    with ledger.read() as connection:
        held = list(reading.held(connection, HOUSE.id))
        standing = list(reading.bundles_standing(connection, HOUSE.id))
    return audit(carried, held, standing, window, HOUSE.partners.values())


@pytest.mark.parametrize(
    "years",
    [
        Years(12_000, NOW, tasks=2),
        Years(6_000, NOW, [DONE], tasks=2, recorded_in=FOUR_WEEKS),
    ],
)
def test_the_audit_of_a_long_record_is_that_of_its_completions_one_by_one(years: Years) -> None:
    ledger = made(years)
    window = Window.before(NOW)
    with ledger.read() as connection:
        counted = list(reading.carried(connection, HOUSE.id, window))
    told = one_by_one(ledger, window)
    assert sum(one.times for one in counted) == len(told) > 1_000
    # Two owners and two doers of each task, and nobody's evidence: so many rows at most, however long.
    assert len(counted) <= 40 * 2 * 2 * 3
    assert report(ledger, window, counted) == report(ledger, window, told)
    if years.recorded_in is not None:
        assert len(told) == 6_000


def works(facts: int) -> dict[str, Work]:
    """The work of passes on a record of so many facts; all fill the weeks that a pass looks back over."""
    desk = Counted(NOW)
    with desk.ledger.write() as connection:
        write_years(connection, HOUSE.id, Years(facts, NOW, tasks=1))
    found = {"first": desk.work(), "settling": desk.work(), "quiet": desk.work()}
    desk.tick()
    found["tick"] = desk.work()
    desk.start()
    return found | {"restart": desk.work()}


def test_a_pass_does_the_same_work_however_long_the_record_is() -> None:
    short, long = works(2_500), works(10_000)
    for what, work in long.items():
        assert work.requests == short[what].requests, what
        assert work.statements == short[what].statements, what
        # The same rows from deeper trees; where one statement scans the record, it is several times as many.
        assert work.steps <= 1.1 * short[what].steps + 500, what
        assert work.calls <= 1.1 * short[what].calls + 500, what


def sized(items: int) -> dict[str, Work]:
    """The work of passes over so many items of ours among five times as many strange ones."""
    desk = Counted(NOW, household.bundles(items, NOW.date()))
    desk.add_strangers(5 * items)
    found = {"first": desk.work(), "settling": desk.work()}
    desk.touch()
    found["touched"] = desk.work()
    desk.now += dt.timedelta(days=1, hours=1)
    return found | {"compared": desk.work()}


def test_the_work_of_a_pass_grows_with_the_items_and_no_faster() -> None:
    few, many = sized(60), sized(240)
    for what, work in many.items():
        assert work.requests == few[what].requests, what
        for name in ("statements", "steps", "calls"):
            assert getattr(work, name) <= 4.4 * getattr(few[what], name) + 500, (what, name)


def test_a_small_run_gives_every_figure_that_has_a_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    rest = ["--only", "ledger", "--json", str(file)]
    assert main(["--entries", "3000", "--rounds", "1", *rest]) == 0
    found = json.loads(file.read_text())
    assert {target.key for target in TARGETS if not target.key.startswith("bounded.")} <= set(found)
    assert found["rush.completions"] == 3000
    assert 1000 < found["years.completions"] < 3000
    shown = capsys.readouterr().out
    assert "Audit of the ledger" in shown and "wanted" in shown


def test_a_list_among_strangers_is_taken_up_compared_and_read_again(tmp_path: Path) -> None:
    found = measure_sizes(tmp_path, (10,), lambda _: None, times=1, rest=0)
    assert all({f"bounded.10.{name}_s", f"bounded.10.{name}_mib"} <= set(found) for name in PASSES)
    assert found["bounded.10.idle_mib"] > 20
