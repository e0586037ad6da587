"""The breaker: how much may vanish or look done at once before a person is asked."""

from __future__ import annotations

import datetime as dt

import pytest

from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import INFERRED
from syncer.core.guard import MASS, judge, limit, names, suspects
from syncer.core.identity import Identity

AT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
MOMENT, LATER = "2026-11-23T08:00:00+00:00", "2026-11-23T08:00:01+00:00"


def done(number: int, evidence: str = "status", claimed: str | None = None) -> Entry:
    """A fact that one of many occurrences is done."""
    data = {"claimed": claimed} if claimed else {}
    key = f"n{number:06d}"
    return Entry(EntryKind.DONE, AT, f"done/{key}", evidence=evidence, task="a.b", occurrence=key, data=data)


def named(*numbers: int) -> frozenset[Identity]:
    """The identities of those occurrences."""
    return frozenset(Identity("a.b", f"n{number:06d}") for number in numbers)


@pytest.mark.parametrize(
    ("standing", "allowed"),
    [(0, 3), (1, 3), (15, 3), (19, 3), (20, 4), (24, 4), (25, 5), (100, 20), (999, 199)],
)
def test_three_or_a_fifth_may_go_at_once(standing: int, allowed: int) -> None:
    assert limit(standing) == allowed
    assert not judge(standing, allowed, full_look=False).held
    assert judge(standing, allowed + 1, full_look=False).held


@pytest.mark.parametrize(("vanished", "completed"), [(4, 0), (0, 4), (2, 2), (1, 3)])
def test_what_vanished_and_what_merely_looks_done_are_one_loss(vanished: int, completed: int) -> None:
    assert judge(10, vanished, completed, full_look=False).held
    assert not judge(10, max(vanished - 1, 0), completed - (not vanished), full_look=False).held


@pytest.mark.parametrize(
    ("vanished", "completed", "words"),
    [
        (4, 0, "4 of 10 items vanished at once"),
        (0, 5, "5 of 10 items look done all at once"),
        (2, 3, "5 of 10 items vanished or look done all at once"),
    ],
)
def test_the_reason_says_how_many_of_how_many_and_what_became_of_them(
    vanished: int, completed: int, words: str
) -> None:
    assert judge(10, vanished, completed, full_look=True).reason == words


@pytest.mark.parametrize("standing", [1, 2, 3])
def test_a_full_collection_that_reads_empty_is_held_however_few_stood_there(standing: int) -> None:
    assert judge(standing, standing, full_look=True).reason == "a collection that was full reads empty"
    assert not judge(standing, standing - 1, full_look=True).held


def test_the_last_items_tombstone_is_its_owners_doing() -> None:
    """A list of changes names what went; only a full listing can read empty by mistake."""
    assert not judge(1, 1, full_look=False).held


def test_what_never_held_anything_may_read_empty() -> None:
    assert not judge(0, 0, full_look=True).held
    assert not judge(0, 0, full_look=True, swapped=True).held


def test_of_another_collection_not_even_one_deletion_is_believed() -> None:
    assert judge(100, 1, full_look=True, swapped=True).reason == "the collection is not the one that it was"
    assert not judge(100, 0, full_look=True, swapped=True).held


def test_nothing_is_held_without_a_reason() -> None:
    for standing, vanished, completed in ((10, 4, 0), (10, 0, 4), (2, 2, 0), (10, 1, 0), (0, 0, 0)):
        verdict = judge(standing, vanished, completed, full_look=True)
        assert bool(verdict.reason) == verdict.held


def test_a_tick_is_a_persons_word_and_no_suspect() -> None:
    assert suspects([done(n, claimed=f"2026-11-23T08:00:{n:02d}+00:00") for n in range(50)], 50) == named()


def test_a_busy_evenings_ticks_of_one_moment_are_a_persons() -> None:
    assert suspects([done(n, claimed=MOMENT) for n in range(MASS)], 20) == named()


def test_more_ticks_of_the_very_same_moment_look_like_a_machines() -> None:
    many = [done(n, claimed=MOMENT) for n in range(MASS + 1)]
    assert suspects([*many, done(99, claimed=LATER)], 20) == named(*range(MASS + 1))
    assert suspects(many, 100) == named()  # a fifth of what stands there


def test_ticks_that_tell_no_moment_are_of_one_moment() -> None:
    """Ticks in events' titles, and to-dos of apps that write no COMPLETED, say no time at all."""
    assert suspects([done(n, "title") for n in range(MASS + 1)], 20) == named(*range(MASS + 1))


def test_what_is_only_inferred_is_suspect_alone_and_does_not_make_ticks_so() -> None:
    inferred = [done(n, INFERRED) for n in range(MASS)]
    ticked = [done(n + 50) for n in range(MASS)]
    assert suspects([*inferred, *ticked], 20) == named(*range(MASS))


def test_only_completions_are_suspect() -> None:
    skipped = Entry(EntryKind.SKIPPED, AT, "s", evidence=INFERRED, task="a.b", occurrence="n000001")
    assert suspects([skipped], 0) == named()


def test_a_held_plan_names_occurrences_in_order_without_generations() -> None:
    found = names([Identity("b.c", "n000001", 2), Identity("a.b", "2026-11-24")])
    assert found == ("a.b/2026-11-24", "b.c/n000001")
