"""The arithmetic of load, against the fixture of audit.md and by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import astuple, replace
from fractions import Fraction

import pytest

from syncer.core.conventions import CONVENTIONS
from syncer.core.load import Basis, Figures, Measure, Share, StageShares, Window, holding, spread
from syncer.core.model import Effort

START = dt.datetime(2026, 10, 27, tzinfo=dt.UTC)
WINDOW = Window(START, START + dt.timedelta(days=28))
DAY = dt.timedelta(days=1)


def two(part: str) -> tuple[Share, ...]:
    """A's part of a stage; the rest is B's."""
    a = Fraction(part)
    return Share("a", a, Basis.EVIDENCED), Share("b", 1 - a, Basis.ASSUMED)


FIXTURE = [
    ((4, 20, 30, 75), (4, 1, 1), ("1", "1", "0.25"), "485.00", "225.00"),
    ((4, 3, 2, 10), (1, 0, 2), ("0.5", "0", "0"), "7.80", "58.20"),
    ((12, 10, 10, 10), (4, 2, 2), ("1", "0.75", "0.5"), "553.50", "130.50"),
    ((1, 5, 8, 20), (2, 0, 2), ("0", "0", "0"), "0", "40.15"),
]


@pytest.mark.parametrize(("work", "burden", "parts", "a", "b"), FIXTURE)
def test_fixture_bundle(
    work: tuple[int, int, int, int],
    burden: tuple[int, int, int],
    parts: tuple[str, str, str],
    a: str,
    b: str,
) -> None:
    """Each bundle of the fixture, to the cent."""
    n, notice, plan, do = work
    shares = StageShares(two(parts[0]), two(parts[1]), two(parts[2]), ())
    found = spread(
        n, Effort(n * notice, n * plan, n * do), CONVENTIONS.multiplier(*burden), shares, ("a", "b")
    )
    assert found["a"].carried.minutes == Fraction(a)
    assert found["b"].carried.minutes == Fraction(b)
    assert found["b"].carried.assumed == Fraction(b)
    assert found["a"].carried.assumed == 0
    assert found["a"].done + found["b"].done == n


def test_the_rest_of_a_stage_is_unattributed() -> None:
    """Parts below 1, and parts of somebody outside the household, are nobody's."""
    half = (Share("a", Fraction(1, 2), Basis.ASSUMED), Share("guest", Fraction(1, 4), Basis.EVIDENCED))
    found = spread(2, Effort(watch=40, do=40), Fraction(2), StageShares((), (), half, half), ("a", "b"))
    thought, did = Measure(Fraction(40), Fraction(40)), Measure(Fraction(20), Fraction(20))
    assert found == {
        "a": Figures(done=Fraction(1), thinking=thought, doing=did, plain=did),
        None: Figures(
            done=Fraction(1),
            thinking=Measure(Fraction(40)),
            doing=Measure(Fraction(20)),
            plain=Measure(Fraction(20)),
        ),
    }


@pytest.mark.parametrize("parts", [("3/4", "1/2"), ("-1/4", "1/2")])
def test_parts_of_one_whole_only(parts: tuple[str, str]) -> None:
    """Minutes cannot be made or taken by shares."""
    wrong = tuple(Share(who, Fraction(part), Basis.ASSUMED) for who, part in zip("ab", parts, strict=True))
    with pytest.raises(ValueError, match="parts of one whole"):
        spread(1, Effort(do=1), Fraction(1), StageShares((), (), wrong, ()), ("a", "b"))


@pytest.mark.parametrize(("weight", "minutes"), [(1, "0"), (2, "3.5"), (3, "7"), (4, "14"), (5, "21")])
def test_holding_of_a_week(weight: int, minutes: str) -> None:
    """h(c) times seven days; evidence, since tenures are on record."""
    assert holding(7 * DAY, weight).holding == Measure(Fraction(minutes))


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (START - 30 * DAY, None, 28),
        (START - 30 * DAY, START + 3 * DAY, 3),
        (START + 20 * DAY, START + 99 * DAY, 8),
        (START - 9 * DAY, START - 2 * DAY, 0),
        (START + 30 * DAY, None, 0),
        (START + 1 * DAY, START + 2.5 * DAY, 1.5),
    ],
)
def test_tenures_are_clipped(since: dt.datetime, until: dt.datetime | None, days: float) -> None:
    """Only the days inside the window count."""
    assert WINDOW.clip(since, until) == days * DAY


def test_the_window_is_half_open() -> None:
    """So that two neighbouring windows count nothing twice."""
    assert WINDOW.holds(WINDOW.start)
    assert not WINDOW.holds(WINDOW.end)
    assert Window.before(WINDOW.end) == WINDOW


def test_a_wrong_window_is_refused() -> None:
    """Ends in order, and with a zone."""
    with pytest.raises(ValueError, match="swap the two"):
        Window(START, START)
    with pytest.raises(ValueError, match="in UTC"):
        Window(START, dt.datetime(2026, 12, 1))


@pytest.mark.parametrize(
    ("burden", "name"),
    [((0, 0, 0), "weight"), ((6, 0, 0), "weight"), ((1, 3, 0), "unp"), ((1, 0, -1), "dead")],
)
def test_burdens_outside_their_range(burden: tuple[int, int, int], name: str) -> None:
    """Refused by name, rather than turned into a figure."""
    with pytest.raises(ValueError, match=f"{name}.* allowed is"):
        CONVENTIONS.multiplier(*burden)


def test_holding_refuses_weight_zero() -> None:
    """Index -1 would silently be the heaviest."""
    with pytest.raises(ValueError, match="weight is 0"):
        holding(DAY, 0)


def test_basis() -> None:
    """What a figure rests on, from its minutes."""
    one = Fraction(1)
    found = [Measure(), Measure(one), Measure(one, one), Measure(one, one / 2)]
    assert [measure.basis for measure in found] == ["none", "evidenced", "assumed", "mixed"]


def test_constants_of_version_one() -> None:
    """A changed constant without a new version fails here."""
    half, quarter, burden = Fraction(1, 2), Fraction(1, 4), Fraction(3, 20)
    held = (Fraction(0), half, Fraction(1), Fraction(2), Fraction(3))
    one = (1, quarter, burden, burden, held, Fraction(1, 5), 28, 20, Fraction(1, 20))
    assert astuple(CONVENTIONS) == one
    assert CONVENTIONS.even_band(2) == (Fraction(2, 5), Fraction(3, 5))
    assert replace(CONVENTIONS, version=2) != CONVENTIONS
