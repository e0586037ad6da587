"""What a person and a program get to see of an audit."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from rich.console import Console

from syncer.core.audit import Report, audit
from syncer.core.load import Carried, Held, Standing
from syncer.core.model import Category, Effort, Partner
from syncer.report import render, to_json
from tests.core.test_audit import CARRIED, FOOD, HELD, HOLDING, OTHER, STANDING, UTC, A, B, fixture
from tests.core.test_load import START, WINDOW

FORBIDDEN = re.compile(
    r"you never|you always|\bfailed\b|\blazy\b|\bnag|\bscore|\bblame|should have|\bhelper", re.IGNORECASE
)


def text(report: Report, width: int = 80, terminal: bool = False) -> str:
    """The report as it is printed, without colours."""
    out = io.StringIO()
    render(report, Console(file=out, width=width, force_terminal=terminal, color_system=None))
    return re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue())


def two_sided() -> Report:
    """Twenty-four completions, some evidenced, with a title as long as titles get."""
    chore = Carried("bins", Category.CHILD_RELATED, 1, 0, 2, Effort(3, 2, 10), "b", "a", START)
    standing = [
        Standing(
            "food", "Food in the house so that nobody asks what is for dinner [bold]", FOOD.category, "a", 4
        ),
        Standing("bins", "Bins", chore.category, "b", 1),
    ]
    return audit([FOOD] * 12 + [chore] * 12, [HELD], standing, WINDOW, [A, B])


def test_bundles_then_categories_then_partners() -> None:
    """The order in which a couple reads it."""
    shown = text(two_sided())
    places = [
        shown.index(word) for word in ("Bins", "emotional caretaking", "share of carried", "Conventions")
    ]
    assert places == sorted(places)


def test_the_fixture_in_words_and_ranges() -> None:
    """Never a bare headline figure; the shares of thinking and doing stand beside the load's."""
    shown = text(fixture(spare=150))
    assert re.search(r"share of carried.*  more, 60-75%  +less, 25-40%", shown)
    assert re.search(r"share of doing.*  less to about even, 20-50%  +about even to more, 50-80%", shown)
    assert re.search(r"carried, minutes +1046 evidenced +454 assumed +150\n", shown)
    assert re.search(r"without multipliers.*  about even to more, 45-65%  +less to about even, 35-55%", shown)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_share_is_never_one_figure(terminal: bool) -> None:
    """Even where nothing is unattributed, or one side has everything."""
    for report in (two_sided(), audit([FOOD] * 20, [HELD], (), WINDOW, [A, B])):
        shares = [line for line in text(report, 120, terminal).splitlines() if line.startswith("share of")]
        assert shares
        for line in shares:
            found = re.findall(r"(\d+)-(\d+)%", line)
            assert len(found) == 2 == line.count("%")
            assert all(int(low) < int(high) for low, high in found)


def test_each_figure_says_what_it_rests_on() -> None:
    """Evidenced, assumed, or how much of it is."""
    shown = text(two_sided())
    assert re.search(r"thinking, minutes +1230 assumed +78 assumed", shown)
    assert re.search(r"doing, minutes +1020 \(900 assumed\) +0\n", shown)
    assert re.search(r"holding, minutes +56 evidenced +0\n", shown)
    assert re.search(r"Bins +Bo +1 +12 +~78 +120 +0 +~198 +1\.30", shown)


def test_not_enough_yet() -> None:
    """Counts and minutes, no shares, and what is there of what it takes."""
    report = audit([FOOD] * 19, [HELD], (), WINDOW, [A, B])
    shown = text(report)
    assert "not enough yet (19 of 20 completions, 28 of 28 days)" in shown
    assert "share of" not in shown
    assert not re.search(r"(less|more), \d", shown)
    assert all(side["share"] is None for side in to_json(report)["partners"])


def test_constants_stand_beside_the_figures() -> None:
    """With their version, in both forms."""
    shown = text(two_sided(), 400)
    assert "Conventions, version 1" in shown
    assert "1 + 0.25 x (weight - 1) + 0.15 x unpredictability + 0.15 x deadline" in shown
    assert "holding 0, 0.5, 1, 2, 3 minutes" in shown
    assert to_json(two_sided())["conventions"] == {
        "version": 1,
        "multiplier": {"base": 1, "weight": 0.25, "unpredictability": 0.15, "deadline": 0.15},
        "holding_minutes_a_day": [0, 0.5, 1, 2, 3],
        "about_even": [0.4, 0.6],
        "enough": {"days": 28, "completions": 20},
    }


def test_plain_lines_are_neither_cut_nor_coloured() -> None:
    """A pipe gets each bundle on one line, whatever the width, and titles as they are."""
    shown = text(two_sided(), 40)
    assert "Food in the house so that nobody asks what is for dinner [bold]  " in shown
    assert "\x1b" not in shown
    assert shown.isascii()


@pytest.mark.parametrize("width", [80, 120])
def test_a_terminal_is_not_overrun(width: int) -> None:
    """Rows fit; long titles wrap and figures do not."""
    shown = text(two_sided(), width, terminal=True)
    assert max(map(len, shown.splitlines())) <= width
    assert "[bold]" in shown
    assert "..." not in shown
    assert "~1230" in shown


def test_titles_cannot_steer_a_terminal() -> None:
    """Control characters and line breaks in a title become blanks."""
    standing = [Standing("food", "Food\x1b[2J\nin\tthe house", FOOD.category, "a", 0)]
    for terminal in (True, False):
        report = audit((), (), standing, WINDOW, [replace(A, name="A\nda"), B])
        shown = text(report, 120, terminal)
        assert "Food [2J in the house" in shown
        assert "\x1b[2J" not in shown
        assert "A da" in shown


def test_json() -> None:
    """The documented keys, plain values, and the fixture's figures."""
    shape: dict[str, Any] = json.loads(json.dumps(to_json(fixture(spare=150))))
    assert set(shape) == {
        "conventions",
        "window",
        "attribution",
        "completions",
        "enough",
        "bundles",
        "categories",
        "partners",
        "total",
        "unattributed",
    }
    assert shape["window"] == {
        "start": "2026-10-27T00:00:00+00:00",
        "end": "2026-11-24T00:00:00+00:00",
        "days": 28,
        "observed_days": 28,
    }
    ada, bo = shape["partners"]
    assert ada["carried"] == {"minutes": 1046.3, "assumed": 0, "basis": "evidenced"}
    assert bo["carried"] == {"minutes": 453.85, "assumed": 453.85, "basis": "assumed"}
    assert ada["share"]["carried"] == {"low": 0.6341, "high": 0.725, "words": "more"}
    assert ada["share"]["carried_evidence_alone"] == {"low": 0.6341, "high": 1.0, "words": "more"}
    assert ada["share"]["holding"] is None
    assert shape["unattributed"]["doing"] == {"minutes": 150, "assumed": 0, "basis": "unattributed"}
    assert [line["category"] for line in shape["categories"]] == [category.value for category in Category]
    assert shape["bundles"][1]["partners"]["a"]["carried"]["minutes"] == 485
    assert shape["bundles"][1]["multipliers"] == [2.05]


def test_the_same_order_whoever_asks() -> None:
    """Partners stand in one order, and a household of three has its own bands."""
    one, other = (audit([FOOD] * 20, [HELD], (), WINDOW, people) for people in ([A, B], [B, A]))
    assert text(one) == text(other)
    three = audit([FOOD] * 20, [HELD], (), WINDOW, [B, Partner("c", "Cy", UTC), A])
    assert '"about even" is 27-40%' in text(three)
    assert re.search(r"\n +Ada +Bo +Cy\n", text(three))


def test_the_lint_sees_what_it_forbids() -> None:
    """And is not startled by "management"."""
    assert all(
        FORBIDDEN.search(words) for words in ("You never", "nagging", "a score", "the helper", "Failed")
    )
    assert not FORBIDDEN.search("financial management")


@settings(max_examples=30)
@given(CARRIED, HOLDING, STANDING)
def test_wording_is_calm(done: list[Carried], held: list[Held], standing: list[Standing]) -> None:
    """Whatever the figures, in every form: thin, full, on a terminal or not."""
    for repeat in (1, 30):
        report = audit(done * repeat, held, standing, WINDOW, [A, B])
        for shown in (text(report), text(report, 200, terminal=True), json.dumps(to_json(report))):
            assert not FORBIDDEN.search(shown)


@given(CARRIED, HOLDING)
def test_each_side_reads_what_the_other_would(done: list[Carried], held: list[Held]) -> None:
    """Swapped partners get each other's object, words and ranges included."""

    def sides(done: list[Carried], held: list[Held]) -> list[dict[str, Any]]:
        found = to_json(audit(done * 20, held, (), WINDOW, [A, B]))["partners"]
        return [{key: value for key, value in side.items() if key not in ("id", "name")} for side in found]

    crossed = sides(
        [replace(one, owner=OTHER[one.owner], actor=one.actor and OTHER[one.actor]) for one in done],
        [replace(one, owner=OTHER[one.owner]) for one in held],
    )
    assert crossed == sides(done, held)[::-1]


def test_held_alone_is_shown() -> None:
    """A bundle that was only kept in mind has its line."""
    held = [Held("idle", Category.SOCIAL_PLANNING, 5, "b", START, None)]
    assert re.search(r"idle +- +0 +0 +0 +0 +84 +84", text(audit((), held, (), WINDOW, [A, B])))
