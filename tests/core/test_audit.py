"""The audit as a whole: the fixture of audit.md, attribution, thresholds, and its symmetries."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.audit import (
    Group,
    Range,
    Report,
    Split,
    audit,
    bounds,
    bounds_open,
    owner_assumed,
    words,
)
from syncer.core.load import Basis, Carried, Figures, Held, Measure, StageShares, Standing, Window
from syncer.core.model import Category, Effort, Partner
from tests.core.test_load import DAY, FIXTURE, START, WINDOW, two

UTC = ZoneInfo("UTC")
A, B = Partner("a", "Ada", UTC), Partner("b", "Bo", UTC)
FOOD = Carried("food", Category.HOUSEHOLD_LOGISTICS, 4, 1, 1, Effort(20, 30, 75), "a", None, START + DAY)
HELD = Held("food", Category.HOUSEHOLD_LOGISTICS, 4, "a", START - DAY, None)


def carried(figures: Figures) -> Measure:
    """The measure most tests look at."""
    return figures.carried


def fixture(spare: int = 0) -> Report:
    """The fixture of audit.md through the whole audit, with so many minutes that are nobody's."""
    records = [
        Carried(str(row), Category.CHILD_RELATED, *burden, Effort(*minutes), "a", None, START)
        for row, ((n, *minutes), burden, *_) in enumerate(FIXTURE)
        for _ in range(n)
    ]
    shares = {
        str(row): StageShares(two(parts[0]), two(parts[1]), two(parts[2]), ())
        for row, (_, _, parts, *_) in enumerate(FIXTURE)
    }
    nobody = StageShares((), (), (), ())
    if spare:
        records.append(replace(FOOD, effort=Effort(do=spare)))

    def attribution(group: Group) -> StageShares:
        return shares.get(group.bundle, nobody)

    return audit(records, (), (), WINDOW, [A, B], attribution=attribution)


def percent(share: Fraction) -> Fraction:
    """To two decimals, as audit.md gives them."""
    return Fraction(round(share * 10000), 100)


def test_fixture() -> None:
    """Totals, A's share of the load and A's share of the doing."""
    report = fixture()
    sides = report.household.partners
    assert sides["a"].carried.minutes == Fraction("1046.30")
    assert sides["b"].carried.minutes == Fraction("453.85")
    assert {line.id: line.split.partners["a"].carried.minutes for line in report.bundles} == {
        str(row): Fraction(a) for row, (*_, a, _) in enumerate(FIXTURE)
    }
    share = bounds(report.household, carried)["a"]
    assert share.low == share.high
    assert percent(share.low) == Fraction("69.75")
    assert percent(bounds(report.household, lambda figures: figures.doing)["a"].low) == Fraction("28.12")
    assert report.completions == 21
    assert report.enough


def test_fixture_with_unattributed_minutes() -> None:
    """150 minutes that are nobody's: between 63.41 % and 72.50 %."""
    report = fixture(spare=150)
    assert report.household.unattributed.carried.minutes == 150
    share = bounds(report.household, carried)["a"]
    assert (percent(share.low), percent(share.high)) == (Fraction("63.41"), Fraction("72.50"))


def test_without_multipliers() -> None:
    """The check with m = 1, by hand: 4*50+75 + 6 + 12*17.5+60 + 0, and 225 + 54 + 90 + 33."""
    sides = fixture().household.partners
    assert sides["a"].carried_plain.minutes == 275 + 6 + 270
    assert sides["b"].carried_plain.minutes == 225 + 54 + 90 + 33


def test_the_owner_is_assumed_to_think_and_the_actor_did_it() -> None:
    """First form: evidence moves the doing alone, and a completion stays with who did it."""
    split = audit([replace(FOOD, actor="b")], (), (), WINDOW, [A, B]).household
    thought = Fraction(50) * Fraction("2.05")
    assert split.partners["a"].thinking == Measure(thought, thought)
    assert split.partners["a"].doing == Measure()
    assert split.partners["a"].done == 0
    assert split.partners["b"].doing == Measure(Fraction(75))
    assert split.partners["b"].doing.basis == Basis.EVIDENCED
    assert split.partners["b"].done == 1


def test_doing_without_evidence_is_the_owners_and_marked() -> None:
    """An unknown actor is the owner, assumed."""
    doing = audit([FOOD], (), (), WINDOW, [A, B]).household.partners["a"].doing
    assert doing == Measure(Fraction(75), Fraction(75))


def test_someone_outside_the_household_is_unattributed() -> None:
    """Neither the owner's nor the other's: a bar of its own."""
    split = audit([replace(FOOD, actor="guest")], (), (), WINDOW, [A, B]).household
    assert split.unattributed.doing == Measure(Fraction(75))
    assert split.partners["a"].done == split.partners["b"].done == 0
    gone = audit([replace(FOOD, owner="gone")], [replace(HELD, owner="gone")], (), WINDOW, [A, B]).household
    assert gone.total == gone.unattributed
    assert gone.total.holding.minutes == 56


def test_a_handover_splits_the_holding() -> None:
    """Days owned, each side's own, clipped to the window."""
    until = START + 10 * DAY
    held = [replace(HELD, until=until), replace(HELD, owner="b", since=until)]
    sides = audit((), held, (), WINDOW, [A, B]).household.partners
    assert [sides[who].holding.minutes for who in "ab"] == [20, 36]


def test_open_is_with_the_owner_now() -> None:
    """Also of a bundle of which nothing was done."""
    standing = [Standing("food", "Food", Category.HOUSEHOLD_LOGISTICS, "b", 3)]
    report = audit([FOOD], (), standing, WINDOW, [A, B])
    assert report.household.partners["b"].open == 3
    assert report.household.partners["a"].open == 0
    (line,) = report.bundles
    assert (line.title, line.owner, line.multipliers) == ("Food", "b", (Fraction("2.05"),))
    (gone,) = audit([FOOD], (), (), WINDOW, [A, B]).bundles
    assert (gone.title, gone.owner) == ("food", None)


def test_outside_the_window_nothing_counts() -> None:
    """Neither completions nor tenures."""
    records = [replace(FOOD, at=WINDOW.end), replace(FOOD, at=START - dt.timedelta(seconds=1))]
    report = audit(records, [replace(HELD, until=START)], (), WINDOW, [A, B])
    assert report.household.total == Figures()
    assert report.bundles == ()


@pytest.mark.parametrize(
    ("n", "since", "days", "enough"),
    [
        (20, START, 28, True),
        (19, START, 28, False),
        (20, START + dt.timedelta(seconds=1), 28, False),
        (20, START, 27, False),
    ],
)
def test_not_enough_yet(n: int, since: dt.datetime, days: int, enough: bool) -> None:
    """Twenty completions, and four weeks since the household's first tenure."""
    window = Window(START, START + days * DAY)
    report = audit([FOOD] * n, [replace(HELD, since=since)], (), window, [A, B])
    assert report.enough is enough


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ("0", "0.39", "less"),
        ("0.40", "0.60", "about even"),
        ("0.61", "1", "more"),
        ("0.39", "0.40", "less to about even"),
        ("0.60", "0.61", "about even to more"),
        ("0.1", "0.9", "less to more"),
    ],
)
def test_words(low: str, high: str, said: str) -> None:
    """About even is 40-60 %, both ends included."""
    assert words(Range(Fraction(low), Fraction(high)), 2) == said


def test_bounds_with_the_assumed_left_open() -> None:
    """What the evidence alone can say of a household where everything else is assumed."""
    sides = {
        "a": Figures(doing=Measure(Fraction(60), Fraction(40))),
        "b": Figures(doing=Measure(Fraction(30))),
    }
    split = Split(sides, Figures(doing=Measure(Fraction(10))))
    assert bounds_open(split, carried) == {
        "a": Range(Fraction(20, 100), Fraction(70, 100)),
        "b": Range(Fraction(30, 100), Fraction(80, 100)),
    }
    assert bounds(Split({"a": Figures()}), carried) == bounds_open(Split({"a": Figures()}), carried) == {}


def test_a_wrong_weight_names_the_bundle() -> None:
    """So that a person knows which one to correct."""
    with pytest.raises(ValueError, match="bundle food: weight is 9"):
        audit([replace(FOOD, weight=9)], (), (), WINDOW, [A, B])
    with pytest.raises(ValueError, match="bundle food: weight is 0"):
        audit((), [replace(HELD, weight=0)], (), WINDOW, [A, B])


def test_memory_does_not_grow_with_the_records() -> None:
    """Tallies only: fifty thousand records take no more than a few hundred."""

    def records(n: int) -> Iterator[Carried]:
        for second in range(n):
            yield replace(FOOD, bundle=f"b{second % 7}", at=START + dt.timedelta(seconds=second))

    def peak(n: int) -> int:
        tracemalloc.start()
        try:
            assert audit(records(n), (), (), WINDOW, [A, B]).completions == n
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(500)
    assert peak(50_000) < peak(500) + 50_000


PEOPLE = st.sampled_from(["a", "b", "guest"])
MOMENTS = st.integers(-5, 40).map(lambda days: START + days * DAY)
MINUTES = st.integers(0, 90)
CARRIED = st.lists(
    st.builds(
        Carried,
        st.sampled_from(["x", "y", "z"]),
        st.sampled_from(Category),
        st.integers(1, 5),
        st.integers(0, 2),
        st.integers(0, 2),
        st.builds(Effort, MINUTES, MINUTES, MINUTES, MINUTES),
        PEOPLE,
        st.none() | PEOPLE,
        MOMENTS,
    ),
    max_size=25,
)
HOLDING = st.lists(
    st.builds(
        Held,
        st.sampled_from(["x", "y"]),
        st.sampled_from(Category),
        st.integers(1, 5),
        PEOPLE,
        MOMENTS,
        st.none() | MOMENTS,
    ),
    max_size=6,
)
STANDING = st.lists(
    st.builds(
        Standing,
        st.sampled_from(["x", "y"]),
        st.just("A bundle"),
        st.sampled_from(Category),
        PEOPLE,
        st.integers(0, 9),
    ),
    max_size=2,
    unique_by=lambda bundle: bundle.bundle,
)
OTHER = {"a": "b", "b": "a", "guest": "guest"}


def swapped(split: Split) -> Split:
    """The same with each side's figures at the other's place."""
    return Split({"a": split.partners["b"], "b": split.partners["a"]}, split.unattributed)


@given(CARRIED, HOLDING, STANDING)
def test_swapping_the_partners_swaps_the_figures_alone(
    done: list[Carried], held: list[Held], standing: list[Standing]
) -> None:
    """Nothing in the audit knows which partner is which, or who asks."""
    straight = audit(done, held, standing, WINDOW, [A, B])
    crossed = audit(
        [replace(one, owner=OTHER[one.owner], actor=one.actor and OTHER[one.actor]) for one in done],
        [replace(one, owner=OTHER[one.owner]) for one in held],
        [replace(one, owner=OTHER[one.owner]) for one in standing],
        WINDOW,
        [B, A],
    )
    assert crossed == replace(
        straight,
        household=swapped(straight.household),
        categories=tuple(replace(line, split=swapped(line.split)) for line in straight.categories),
        bundles=tuple(
            replace(line, split=swapped(line.split), owner=line.owner and OTHER[line.owner])
            for line in straight.bundles
        ),
    )


@given(CARRIED, HOLDING, STANDING, st.randoms())
def test_order_does_not_matter(
    done: list[Carried], held: list[Held], standing: list[Standing], chance: Random
) -> None:
    """The same records in any order are the same report."""
    before = audit(done, held, standing, WINDOW, [A, B])
    for records in (done, held, standing):
        chance.shuffle(records)
    assert audit(done, held, standing, WINDOW, [B, A]) == before


@given(CARRIED, CARRIED, HOLDING, HOLDING)
def test_records_add_up(
    some: list[Carried], more: list[Carried], held: list[Held], longer: list[Held]
) -> None:
    """Two ledgers together are the sum of each."""
    parts = [
        audit(some, held, (), WINDOW, [A, B]).household,
        audit(more, longer, (), WINDOW, [A, B]).household,
    ]
    both = audit([*some, *more], [*held, *longer], (), WINDOW, [A, B]).household
    assert both.unattributed == parts[0].unattributed + parts[1].unattributed
    assert both.partners == {who: parts[0].partners[who] + parts[1].partners[who] for who in "ab"}


@given(CARRIED, HOLDING, STANDING)
def test_every_sum_is_the_same_sum(done: list[Carried], held: list[Held], standing: list[Standing]) -> None:
    """Bundles, categories and partners are three cuts of one whole; shares stay between 0 and 1."""
    report = audit(done, held, standing, WINDOW, [A, B])
    total = report.household.total
    assert sum((line.split.total for line in report.bundles), Figures()) == total
    assert sum((line.split.total for line in report.categories), Figures()) == total
    assert total.done == report.completions
    for found in (bounds(report.household, carried), bounds_open(report.household, carried)):
        assert all(0 <= share.low <= share.high <= 1 for share in found.values())
        assert not found or found["a"].low + found["b"].high == 1


@given(CARRIED, HOLDING, STANDING)
def test_counted_together_or_one_by_one_is_the_same(
    done: list[Carried], held: list[Held], standing: list[Standing]
) -> None:
    """The ledger counts what is alike before the audit reads it; what is outside the window it leaves out."""
    alike = Counter(replace(one, at=START) for one in done if WINDOW.holds(one.at))
    counted = [replace(one, times=times) for one, times in alike.items()]
    together = audit(counted, held, standing, WINDOW, [A, B])
    assert together == audit(done, held, standing, WINDOW, [A, B])


def test_first_form_leaves_nothing_over() -> None:
    """Each stage is somebody's in full."""
    shares = owner_assumed(Group("x", Category.CHILD_RELATED, 1, 0, 0, "a", "b"))
    for stage in (shares.notice, shares.plan, shares.do, shares.watch):
        assert sum(share.part for share in stage) == 1
