"""The catalogue is read whole, its rows are usable as they are, and a bad one is named."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

import pytest

from syncer.bundles import catalogue
from syncer.bundles.catalogue import Anchor, Cadence, CatalogueError, Row
from syncer.bundles.file import dump, from_catalogue, load
from syncer.core.model import AfterDone, Category, Effort, Missed, Partner, Rule, Stage
from syncer.core.rulecheck import refusal
from syncer.core.ticks import begins_ticked
from syncer.resources import read_text

TODAY = dt.date(2026, 11, 23)
ROWS = catalogue.load()


def changed(line: int, column: str, value: str) -> str:
    """The catalogue's text with one cell changed (line 1 is the header)."""
    lines = [text.split("\t") for text in read_text("catalogue.tsv").splitlines()]
    lines[line - 1][catalogue.COLUMNS.index(column)] = value
    return "\n".join("\t".join(cells) for cells in lines)


def test_every_row_is_read() -> None:
    lines = read_text("catalogue.tsv").splitlines()
    assert len(ROWS) == len(lines) - 1 == 91
    assert Counter(row.category for row in ROWS.values()).keys() == set(Category)


def test_a_row_says_what_its_line_says() -> None:
    assert ROWS["HL05"] == Row(
        id="HL05",
        category=Category.HOUSEHOLD_LOGISTICS,
        task="Laundry from full basket to drawer",
        outcome="Everyone has clean clothes for the next two days",
        applies_if="all",
        rrule="FREQ=WEEKLY;BYDAY=WE,SU",
        anchor=Anchor.AFTER_COMPLETION,
        per_year=104,
        effort=Effort(notice=8, plan=5, do=40),
        weight=3,
        unpredictability=1,
        deadline=1,
        cadence=Cadence.CORE,
        rationale="Long elapsed time with several hand-offs; easy to leave half done",
    )


@pytest.mark.parametrize(
    ("row", "repeat"),
    [
        ("HL09", Rule("FREQ=WEEKLY;BYDAY=TU")),  # fixed
        ("HL05", AfterDone(4)),  # after_completion, 104 a year
        ("HL11", AfterDone(91)),  # event_triggered, 4 a year
        ("EC06", AfterDone(1)),  # event_triggered, 365 a year
    ],
)
def test_a_row_repeats_as_its_anchor_says(row: str, repeat: Rule | AfterDone) -> None:
    assert ROWS[row].repeat() == repeat


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_every_row_makes_a_bundle_that_a_bundle_file_can_hold(row: Row, ada: Partner) -> None:
    spec = from_catalogue(row, "ada", TODAY)
    assert load(dump([spec.bundle], spec.tasks), {"ada": ada}, TODAY) == (spec,)
    assert not any(begins_ticked(task.title) for task in spec.tasks)
    efforts = [task.effort for task in spec.tasks]
    # Not a minute is lost or counted twice, whichever stages became tasks.
    assert sum(effort.notice for effort in efforts) == row.effort.notice
    assert sum(effort.plan for effort in efforts) == row.effort.plan
    assert sum(effort.do for effort in efforts) == row.effort.do
    if isinstance(row.repeat(), Rule):
        assert refusal(row.rrule, TODAY) is None


def test_stages_of_ten_minutes_become_tasks_and_smaller_ones_ride_along() -> None:
    food = from_catalogue(ROWS["HL01"], "ada", TODAY)
    assert [(task.stage, task.effort) for task in food.tasks] == [
        (Stage.NOTICE, Effort(notice=20)),
        (Stage.PLAN, Effort(plan=30)),
        (Stage.DO, Effort(do=75)),
    ]
    bins = from_catalogue(ROWS["HL09"], "ben", TODAY)
    assert [(task.id, task.effort) for task in bins.tasks] == [("hl09.do", Effort(notice=3, plan=2, do=10))]
    assert (bins.bundle.owner, bins.bundle.weight, bins.bundle.deadline) == ("ben", 1, 2)
    laundry = from_catalogue(ROWS["HL05"], "ben", TODAY)
    assert [task.missed for task in (*bins.tasks, *laundry.tasks)] == [Missed.LAPSE, Missed.STAY]


@pytest.fixture
def ada() -> Partner:
    return Partner("ada", "Ada", ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    ("column", "value", "allowed"),
    [
        ("id", "hl1", "two capital letters"),
        ("id", "HL02", "an id of its own"),
        ("category", "logistics", "household_logistics"),
        ("task", "", "1 to 100"),
        ("outcome_suggestion", "o" * 141, "1 to 140"),
        ("rrule", "FREQ=HOURLY", "a recurrence rule"),
        ("anchor", "floating", "fixed, after_completion, event_triggered"),
        ("occurrences_per_year", "0", "1 to 366"),
        ("min_do", "-3", "0 to 1440"),
        ("min_plan", "3.5", "0 to 1440"),
        ("cognitive_weight_1_5", "6", "1 to 5"),
        ("unpredictability_0_2", "3", "0 to 2"),
        ("time_critical_0_2", "", "0 to 2"),
        ("cadence_class", "daily", "core, episodic"),
    ],
)
def test_a_bad_cell_is_named_with_line_and_column(column: str, value: str, allowed: str) -> None:
    with pytest.raises(CatalogueError) as told:
        catalogue.load(changed(4, column, value))
    (problem,) = told.value.problems
    assert problem.place == f"line 4, column {column}"
    assert allowed in problem.allowed


def test_all_bad_rows_are_told_at_once_and_short_ones_too() -> None:
    text = changed(3, "min_do", "x") + "\nHL99\tonly two\n"
    with pytest.raises(CatalogueError) as told:
        catalogue.load(text)
    assert [problem.place for problem in told.value.problems] == ["line 3, column min_do", "line 93"]
    with pytest.raises(CatalogueError, match="line 1"):
        catalogue.load("id\tname\n")
