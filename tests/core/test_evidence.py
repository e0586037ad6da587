"""What a change means, in every combination of who, what stood there before and what stands there now."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import Change, facts, is_done, lapsed, skipped
from syncer.core.fingerprint import canonical
from syncer.core.fold import Progress
from syncer.core.identity import Identity
from syncer.core.model import Day, Item, Kind, Status
from syncer.core.spoke import Now, Spoke
from syncer.core.view import View
from tests.core.scenes import BINS, EVENT, NOON, NOW, TODO, a_task, a_view, state, timed

OPEN, DONE, SKIPPED, LAPSED = Progress.OPEN, Progress.DONE, Progress.SKIPPED, Progress.LAPSED
E = EntryKind
BAGS = Identity("bins.bags", "2026-11-25")
OURS = Item(BAGS.uid("home"), Kind.TODO, "Buy bags", Day(dt.date(2026, 11, 25)), "What matters")
TICKED = replace(OURS, status=Status.DONE)
CANCELLED = replace(OURS, status=Status.CANCELLED)
EDITED = replace(OURS, title="Bags", when=Day(dt.date(2026, 11, 27)), notes="The strong ones")
EDITS = [E.RESCHEDULED, E.NOTED, E.RETITLED]
BEN = replace(TODO, account="ben", partner="ben")


def change(before: Item | None, after: Item) -> Change:
    """One change of an item."""
    known = canonical(OURS).title
    return Change(BAGS, canonical(before, known) if before else None, canonical(after, known), after)


def found(before: Item | None, after: Item, spoke: Spoke = TODO, progress: Progress = OPEN) -> list[Entry]:
    """The facts in a change, as the ledger stands."""
    view = a_view(a_task(), *([state("2026-11-25", progress)] if progress is not OPEN else []))
    return facts(view, spoke, NOW, change(before, after), canonical(OURS))


def kinds(entries: list[Entry]) -> list[EntryKind]:
    """What happened."""
    return [entry.kind for entry in entries]


@pytest.mark.parametrize(
    ("before", "after", "progress", "mine", "theirs"),
    [
        # agreed on before: an open item
        (OURS, OURS, OPEN, [], []),
        (OURS, TICKED, OPEN, [E.DONE], [E.DONE]),
        (OURS, CANCELLED, OPEN, [E.SKIPPED], []),
        (OURS, EDITED, OPEN, EDITS, [E.PROPOSED] * 3),  # one wish for each field
        (OURS, replace(EDITED, status=Status.DONE), OPEN, [E.DONE, *EDITS], [E.DONE]),
        (OURS, replace(EDITED, status=Status.CANCELLED), OPEN, [E.SKIPPED, *EDITS], []),
        (OURS, replace(OURS, percent=50), OPEN, [], []),
        (OURS, TICKED, LAPSED, [E.DONE], [E.DONE]),
        (OURS, TICKED, SKIPPED, [E.DONE], [E.DONE]),
        (OURS, TICKED, DONE, [], []),
        (OURS, CANCELLED, DONE, [], []),
        (OURS, CANCELLED, LAPSED, [], []),
        # agreed on before: a done item
        (TICKED, TICKED, DONE, [], []),
        (TICKED, OURS, DONE, [E.REOPENED], [E.REOPENED]),
        (TICKED, OURS, LAPSED, [], []),
        (TICKED, OURS, OPEN, [], []),
        (TICKED, CANCELLED, DONE, [E.REOPENED, E.SKIPPED], [E.REOPENED]),
        (TICKED, replace(TICKED, notes="Took three"), DONE, [E.NOTED], [E.PROPOSED]),
        # agreed on before: a cancelled one
        (CANCELLED, CANCELLED, SKIPPED, [], []),
        (CANCELLED, OURS, SKIPPED, [E.REOPENED], [E.REOPENED]),
        (CANCELLED, TICKED, SKIPPED, [E.DONE], [E.DONE]),
        # nothing was agreed on: an item of ours is met
        (None, OURS, OPEN, [], []),
        (None, TICKED, OPEN, [E.DONE], [E.DONE]),
        (None, TICKED, DONE, [], []),
        (None, TICKED, LAPSED, [E.DONE], [E.DONE]),
        (None, CANCELLED, OPEN, [E.SKIPPED], []),
        (None, OURS, SKIPPED, [E.REOPENED], []),
        (None, OURS, DONE, [], []),
        (None, OURS, LAPSED, [], []),
        (None, EDITED, OPEN, EDITS, []),
    ],
)
def test_what_a_change_means(
    before: Item | None, after: Item, progress: Progress, mine: list[EntryKind], theirs: list[EntryKind]
) -> None:
    assert kinds(found(before, after, TODO, progress)) == mine
    assert kinds(found(before, after, BEN, progress)) == theirs


STATES = [None, OURS, TICKED, CANCELLED, EDITED, replace(EDITED, status=Status.DONE)]


@pytest.mark.parametrize(
    ("before", "after", "spoke", "progress"), list(product(STATES, STATES[1:], (TODO, BEN), Progress))
)
def test_what_holds_whatever_changed(
    before: Item | None, after: Item, spoke: Spoke, progress: Progress
) -> None:
    entries = found(before, after, spoke, progress)
    what = kinds(entries)
    now_done, was_done = after.status is Status.DONE, before is not None and before.status is Status.DONE
    assert (E.DONE in what) is (now_done and not was_done and progress is not DONE)
    assert E.LAPSED not in what
    if E.REOPENED in what:
        assert after.status is not Status.DONE and progress in (DONE, SKIPPED)
    if spoke is BEN:
        assert not {*EDITS, E.SKIPPED} & set(what)
    else:
        assert E.PROPOSED not in what
    if before == after:
        assert what == []
    assert len({entry.key for entry in entries}) == len(entries)
    assert all(what.count(kind) == 1 for kind in what if kind is not E.PROPOSED)
    assert all(e.source == spoke.name and e.at == NOON and e.actor == spoke.partner for e in entries)
    assert all((e.bundle, e.task, e.occurrence) == ("bins", "bins.bags", "2026-11-25") for e in entries)


def test_an_entry_says_on_what_evidence_and_keeps_no_words() -> None:
    claimed = dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)
    done, *edits = found(OURS, replace(EDITED, status=Status.DONE, completed=claimed))
    assert done.data == {"day": "2026-11-25", "on": "2026-11-23", "claimed": claimed.isoformat()}
    assert (done.evidence, done.key) == ("status", "done/bins.bags/2026-11-25/0")
    assert edits[0].data["when"] == {"day": "2026-11-27"}
    assert "strong" not in str(edits) and "Bags" not in str(edits)


def test_the_same_fact_has_the_same_key_from_wherever_it_is_seen() -> None:
    [mine], [theirs] = found(OURS, TICKED), found(None, TICKED, BEN)
    assert mine.key == theirs.key


def test_a_reopened_occurrence_can_be_done_again() -> None:
    view = a_view(a_task(), state("2026-11-25", OPEN, turns=1))
    [again] = facts(view, TODO, NOW, change(OURS, TICKED), None)
    assert again.key == "done/bins.bags/2026-11-25/1"


def test_the_local_day_on_which_it_was_seen_is_the_partners() -> None:
    evening = Now(NOON.replace(hour=20))
    view = a_view(a_task(), bundle=replace(BINS, owner="ben"))
    [here] = facts(view, TODO, evening, change(OURS, TICKED), None)
    [there] = facts(view, BEN, evening, change(OURS, TICKED), None)
    assert (here.data["on"], there.data["on"]) == ("2026-11-23", "2026-11-24")


def test_a_true_conflict_keeps_the_owners_value_and_records_what_gave_way() -> None:
    later, moved = Day(dt.date(2026, 11, 26)), Day(dt.date(2026, 11, 28))
    wanted = replace(OURS, when=later, notes="Another outcome")
    after = replace(OURS, when=moved, notes="Mine")
    seen = replace(change(OURS, after), ours=canonical(OURS), wanted=wanted)
    entries = facts(a_view(a_task()), TODO, NOW, seen, canonical(wanted))
    assert kinds(entries) == [E.RESCHEDULED, E.OVERRULED, E.NOTED, E.OVERRULED]
    lost = [dict(entry.data) for entry in entries if entry.kind is E.OVERRULED]
    assert [(data["what"], data["kept"], data["lost"]) for data in lost] == [
        ("when", "owner", {"day": "2026-11-26"}),
        ("notes", "owner", "Another outcome"),
    ]


def test_what_the_ledger_wants_too_is_nobodys_edit() -> None:
    wanted = replace(OURS, when=Day(dt.date(2026, 11, 26)))
    seen = replace(change(OURS, wanted), ours=canonical(OURS), wanted=wanted)
    assert facts(a_view(a_task()), TODO, NOW, seen, canonical(wanted)) == []


def test_a_wish_carries_the_time_and_no_words() -> None:
    wishes = found(OURS, EDITED, BEN)
    assert [dict(e.data) for e in wishes] == [
        {"day": "2026-11-25", "what": "when", "wish": {"day": "2026-11-27"}},
        {"day": "2026-11-25", "what": "notes"},
        {"day": "2026-11-25", "what": "title"},
    ]


WEEKLY = replace(OURS, rule="FREQ=WEEKLY")


def on(day: int, rule: str = "FREQ=WEEKLY", month: int = 12) -> Item:
    """The item that recurs, due on a day of December."""
    return replace(OURS, when=Day(dt.date(2026, month, day)), rule=rule)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (WEEKLY, on(2), [E.DONE]),  # the next Wednesday
        (WEEKLY, on(9), [E.DONE]),  # done twice while nobody looked: this occurrence is done
        (WEEKLY, on(30, month=11), [E.DONE]),  # a week from today, counted from completion
        (WEEKLY, on(3), [E.RESCHEDULED]),  # no day of the rule: moved by hand
        (WEEKLY, on(24, month=11), [E.RESCHEDULED]),  # earlier
        (WEEKLY, replace(on(2), rule=""), [E.RESCHEDULED]),  # the person took the recurrence away
        (OURS, on(2), [E.RESCHEDULED]),  # made recurring and moved at once
        (on(25, "FREQ=WEEKLY;BYDAY=TU", 11), on(2, "FREQ=WEEKLY;BYDAY=TU"), [E.DONE]),  # due after its start
        (on(25, "FREQ=DAILY;COUNT=5", 11), on(26, "FREQ=DAILY;COUNT=4", 11), [E.DONE]),  # counted down
        (on(25, "FREQ=SECONDLY", 11), on(26, "FREQ=SECONDLY", 11), [E.RESCHEDULED]),  # a rule that is none
    ],
)
def test_a_recurrence_that_moved_on_is_done_once(before: Item, after: Item, expected: list[E]) -> None:
    assert kinds(found(before, after)) == expected


def test_what_is_the_owners_already_is_not_said_again() -> None:
    view = a_view(a_task(), state("2026-11-25", OPEN, noted=True, retitled=True))
    once_more = replace(EDITED, title="Bags!", notes="The very strong ones")
    assert kinds(facts(view, TODO, NOW, change(EDITED, once_more), None)) == []


def test_an_event_is_done_by_its_mark_and_a_to_do_by_its_status() -> None:
    ticked = replace(canonical(OURS), mark="✓")
    done = canonical(TICKED)
    assert is_done(ticked, Kind.EVENT) and not is_done(ticked, Kind.TODO)
    assert is_done(done, Kind.TODO) and not is_done(done, Kind.EVENT)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("✓ Take out the bins", [E.DONE]),
        ("x Take out the bins", [E.DONE]),
        ("done: Take out the bins", [E.DONE]),
        ("✔ Bins", [E.DONE, E.RETITLED]),
        ("x-ray", [E.RETITLED]),
        ("x Bins", [E.RETITLED]),
    ],
)
def test_ticks_in_an_events_title(title: str, expected: list[EntryKind]) -> None:
    identity = Identity("bins.out", "2026-11-24")
    ours = Item(identity.uid("home"), Kind.EVENT, "Take out the bins")
    before = canonical(ours)
    after = replace(ours, title=title)
    seen = Change(identity, before, canonical(after, before.title), after)
    assert kinds(facts(a_view(timed()), EVENT, NOW, seen, None)) == expected


@pytest.mark.parametrize(
    ("progress", "spoke", "expected"),
    [
        (OPEN, TODO, [E.SKIPPED]),
        (DONE, TODO, []),
        (SKIPPED, TODO, []),
        (LAPSED, TODO, []),
        (OPEN, BEN, []),
        (DONE, BEN, []),
    ],
)
def test_only_the_owner_skips_and_only_what_is_open(
    progress: Progress, spoke: Spoke, expected: list[EntryKind]
) -> None:
    view = a_view(a_task(), state("2026-11-25", progress))
    assert kinds(skipped(view, spoke, NOW, BAGS)) == expected


@pytest.mark.parametrize("identity", [Identity("gone.task", "2026-11-25"), Identity("gone.task", "n000001")])
def test_of_a_task_that_is_unknown_nothing_is_learned(identity: Identity) -> None:
    view: View = a_view(a_task())
    assert skipped(view, TODO, NOW, identity) == []
    assert facts(view, TODO, NOW, replace(change(OURS, TICKED), identity=identity), None) == []


def test_a_lapse_is_nobodys_doing() -> None:
    entry = lapsed(a_view(a_task()), TODO, NOW, BAGS)
    assert (entry.kind, entry.actor, entry.evidence) == (E.LAPSED, None, "successor due")


def test_an_ordinal_has_the_day_of_its_state() -> None:
    identity = Identity("bins.bags", "n000002")
    values: dict[str, Any] = {"day": dt.date(2026, 12, 3)}
    view = a_view(a_task(), state("n000002", OPEN, **values))
    assert skipped(view, TODO, NOW, identity)[0].data["day"] == "2026-12-03"
