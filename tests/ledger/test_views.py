"""Read views: as much as a pass needs, and enough of it."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.entries import EntryKind
from syncer.core.fold import Memory, Progress
from syncer.core.identity import Identity
from syncer.core.model import AfterDone, Household, Kind, Missed, Rule, Slot
from syncer.core.ownership import define, give
from syncer.core.projection import desired
from syncer.core.shapes import when_to_data
from syncer.core.spoke import Now, Spoke
from syncer.core.standing import Projection
from syncer.ledger import bindings, projections, record, views
from syncer.ledger.store import Ledger
from tests.core.test_fold import happened
from tests.home import ADA, BAGS, BEN, BINS, HOUSE, MONDAY, OUT

LEDGER = Ledger.empty()
NUMBERS = itertools.count()
SINCE = dt.date(2026, 10, 19)
SPOKE = Spoke("ada", "tasks", "ada", Kind.TODO, timed=True, due=True)


def a_house() -> Household:
    """A household of its own in the shared database."""
    return replace(HOUSE, id=f"home-{next(NUMBERS)}")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    EntryKind.DONE,
                    EntryKind.SKIPPED,
                    EntryKind.LAPSED,
                    EntryKind.REOPENED,
                    EntryKind.RESCHEDULED,
                ]
            ),
            st.integers(0, 14),
            st.integers(-3, 3),
        ),
        max_size=15,
    ),
    st.sampled_from([Rule("FREQ=WEEKLY"), Rule("FREQ=DAILY"), AfterDone(10)]),
    st.sampled_from(Missed),
    st.sampled_from(Kind),
)
def test_what_the_view_leaves_out_changes_no_decision(
    facts: list[tuple[EntryKind, int, int]], repeat: Rule | AfterDone, missed: Missed, kind: Kind
) -> None:
    """The window, the open ones and each task's last are as good as everything."""
    house, start = a_house(), dt.date(2026, 8, 17)
    task = replace(BAGS, start=start, repeat=repeat, missed=missed)
    made = define(BINS, [task], Memory(), MONDAY, "test")
    for number, (fact, week, shift) in enumerate(facts):
        day = start + dt.timedelta(weeks=week)
        key = f"n{week:06d}" if isinstance(repeat, AfterDone) else day.isoformat()
        moved = when_to_data(Slot(dt.datetime.combine(day + dt.timedelta(days=shift), dt.time(9), dt.UTC)))
        made.append(happened(fact, key, turn=number, day=day.isoformat(), on=day.isoformat(), when=moved))
    with LEDGER.write() as connection:
        record.append(connection, house.id, made)
        small = views.view(connection, house, SINCE)
        full = views.view(connection, house, dt.date(1970, 1, 1))
    spoke, now = replace(SPOKE, kind=kind), Now(MONDAY)
    assert desired(small, spoke, now, []) == desired(full, spoke, now, [])
    assert set(small.rows.occurrences) <= set(full.rows.occurrences)


def test_a_view_holds_what_is_recent_open_last_standing_or_asked_for() -> None:
    house = a_house()
    days = [dt.date(2026, 1, 6) + dt.timedelta(weeks=week) for week in range(10)]
    made = define(BINS, [OUT, BAGS], Memory(), MONDAY, "test")

    def fact(kind: EntryKind, day: dt.date, turn: int = 0) -> None:
        made.append(happened(kind, day.isoformat(), turn=turn, day=day.isoformat(), on=day.isoformat()))

    for day in days:
        fact(EntryKind.DONE, day)
    fact(EntryKind.REOPENED, days[0])
    fact(EntryKind.DONE, dt.date(2026, 11, 24))
    stands = Identity("bins.bags", days[1].isoformat())
    asked = Identity("bins.bags", days[2].isoformat())
    with LEDGER.write() as connection:
        record.append(connection, house.id, made)
        projection = Projection(stands, stands.uid(house.id), "/r", "1", Kind.TODO, None, None)
        projections.keep(connection, house.id, SPOKE, [projection])
        found = views.view(connection, house, SINCE, [asked, Identity("bins.bags", "never")])
        assert {key for _, key in found.rows.occurrences} == {
            days[0].isoformat(),  # open
            days[1].isoformat(),  # stands in a collection
            days[2].isoformat(),  # asked for
            "2026-11-24",  # within the window, and the last
        }
        assert found.progress("bins.bags", days[0].isoformat()) is Progress.OPEN
        projections.end(connection, house.id, SPOKE, [(stands, "gone")], MONDAY)
        assert not views.view(connection, house, SINCE).rows.occurrence(stands.task, stands.occurrence)
        distant = views.view(connection, house, dt.date(2027, 6, 1))
    assert {key for _, key in distant.rows.occurrences} == {days[0].isoformat(), "2026-11-24"}


def test_one_household_never_sees_another() -> None:
    house, other = a_house(), a_house()
    with LEDGER.write() as connection:
        made = [*define(BINS, [OUT], Memory(), MONDAY, "t"), happened(EntryKind.DONE)]
        record.append(connection, house.id, made)
        assert views.view(connection, other, SINCE).rows == Memory()
        assert list(views.tenures(connection, other.id)) == []
        assert views.version(connection, other.id) == 0
        assert views.counts(connection, other.id) == {}
        assert views.counts(connection, house.id) == {"bundle": 1, "task": 1, "done": 1}


def test_the_version_grows_with_each_fact_and_only_then() -> None:
    house = a_house()
    with LEDGER.write() as connection:
        seen = [views.version(connection, house.id)]
        for entries in (define(BINS, [OUT], Memory(), MONDAY, "t"), give(BINS, "ben", MONDAY, "t")):
            record.append(connection, house.id, entries)
            seen.append(views.version(connection, house.id))
            record.append(connection, house.id, entries)
            assert views.version(connection, house.id) == seen[-1]
        bindings.bind(connection, house.id, SPOKE, bindings.Binding("/r", cursor="1"))
        assert views.version(connection, house.id) == seen[-1]
    assert seen[0] == 0 and seen == sorted(set(seen))


def test_tenures_come_oldest_first() -> None:
    house = replace(a_house(), partners={"ada": ADA, "ben": BEN})
    with LEDGER.write() as connection:
        made = define(BINS, [OUT], Memory(), MONDAY, "t")
        later = [MONDAY + dt.timedelta(days=day) for day in (1, 2)]
        made += give(BINS, "ben", later[0], "t")
        made += give(replace(BINS, owner="ben"), "ada", later[1], "t")
        record.append(connection, house.id, made)
        found = [(t.owner, t.since, t.until) for t in views.tenures(connection, house.id)]
    assert found == [("ada", MONDAY, later[0]), ("ben", later[0], later[1]), ("ada", later[1], None)]
