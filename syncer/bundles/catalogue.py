"""The catalogue of ready-made bundles: its rows as typed values, read from `catalogue.tsv`.

What a row becomes in a household (a bundle with its tasks) is decided in `bundledraft`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.model import OUTCOME_LENGTH, AfterDone, Category, Effort, Repeat, Rule
from syncer.core.rulecheck import refusal
from syncer.problems import Mistakes, Problem, show
from syncer.resources import read_text

FILE = "catalogue.tsv"
COLUMNS = (
    "id",
    "category",
    "task",
    "outcome_suggestion",
    "applies_if",
    "rrule",
    "anchor",
    "occurrences_per_year",
    "min_notice",
    "min_plan",
    "min_do",
    "cognitive_weight_1_5",
    "unpredictability_0_2",
    "time_critical_0_2",
    "cadence_class",
    "rationale",
)
_CATEGORIES = {category.name.lower(): category for category in Category}
DAY_MINUTES = 1440
_SOME_DAY = dt.date(2026, 1, 1)


class CatalogueError(Mistakes):
    """Rows that can't be used, by line and column."""


class Anchor(StrEnum):
    """What an occurrence follows: the calendar, the last completion, or an event from outside."""

    FIXED = "fixed"
    AFTER_COMPLETION = "after_completion"
    EVENT_TRIGGERED = "event_triggered"


class Cadence(StrEnum):
    """Core work returns at least forty times a year (audit.md)."""

    CORE = "core"
    EPISODIC = "episodic"


@dataclass(frozen=True, slots=True)
class Row:
    """One ready-made bundle. `effort` is minutes for one occurrence; `applies_if` a kind of household."""

    id: str
    category: Category
    task: str
    outcome: str
    applies_if: str
    rrule: str
    anchor: Anchor
    per_year: int
    effort: Effort
    weight: int
    unpredictability: int
    deadline: int
    cadence: Cadence
    rationale: str

    def repeat(self) -> Repeat:
        """How its tasks repeat; what follows no calendar comes back after its mean interval."""
        if self.anchor is Anchor.FIXED:
            return Rule(self.rrule)
        return AfterDone(max(1, round(365 / self.per_year)))


def load(text: str | None = None) -> Mapping[str, Row]:
    """The rows by id, of the given text or of Evenhold's own catalogue. Raises CatalogueError."""
    lines = (read_text(FILE) if text is None else text).splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise CatalogueError([Problem("line 1", "other columns", "the columns " + ", ".join(COLUMNS), FILE)])
    problems: list[Problem] = []
    rows: dict[str, Row] = {}
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        row = _row(line.split("\t"), number, problems)
        if row is not None and rows.setdefault(row.id, row) is not row:
            problems.append(Problem(f"line {number}, column id", show(row.id), "an id of its own", FILE))
    if problems:
        raise CatalogueError(problems)
    return rows


def _row(cells: list[str], number: int, problems: list[Problem]) -> Row | None:
    """One row, or None with what is wrong with it added to the problems."""
    if len(cells) != len(COLUMNS):
        problems.append(Problem(f"line {number}", f"{len(cells)} columns", f"{len(COLUMNS)} columns", FILE))
        return None
    cell = _Cells(dict(zip(COLUMNS, cells, strict=True)), number, problems)
    before = len(problems)
    row = Row(
        id=cell.text("id", r"[A-Z]{2}[0-9]{2}", "two capital letters and two digits, as in HL09"),
        category=_CATEGORIES[cell.choice("category", _CATEGORIES)],
        task=cell.text("task", r".{1,100}", "1 to 100 characters"),
        outcome=cell.text(
            "outcome_suggestion", rf".{{1,{OUTCOME_LENGTH}}}", f"1 to {OUTCOME_LENGTH} characters"
        ),
        applies_if=cell.text("applies_if", r"[a-z]+", "one word, as in all or school"),
        rrule=cell.rule("rrule"),
        anchor=Anchor(cell.choice("anchor", tuple(Anchor))),
        per_year=cell.number("occurrences_per_year", 1, 366),
        effort=Effort(
            notice=cell.number("min_notice", 0, DAY_MINUTES),
            plan=cell.number("min_plan", 0, DAY_MINUTES),
            do=cell.number("min_do", 0, DAY_MINUTES),
        ),
        weight=cell.number("cognitive_weight_1_5", 1, 5),
        unpredictability=cell.number("unpredictability_0_2", 0, 2),
        deadline=cell.number("time_critical_0_2", 0, 2),
        cadence=Cadence(cell.choice("cadence_class", tuple(Cadence))),
        rationale=cell.text("rationale", r".*", "a text"),
    )
    return row if len(problems) == before else None


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one line; a bad one is added to the problems and stands as its lowest good value."""

    value: Mapping[str, str]
    line: int
    problems: list[Problem]

    def _bad(self, column: str, allowed: str) -> None:
        place = f"line {self.line}, column {column}"
        self.problems.append(Problem(place, show(self.value[column]), allowed, FILE))

    def text(self, column: str, shape: str, allowed: str) -> str:
        if not re.fullmatch(shape, self.value[column]):
            self._bad(column, allowed)
        return self.value[column]

    def choice(self, column: str, choices: Collection[str]) -> str:
        if self.value[column] in choices:
            return self.value[column]
        self._bad(column, "one of " + ", ".join(choices))
        return next(iter(choices))

    def number(self, column: str, lowest: int, highest: int) -> int:
        text = self.value[column]
        if re.fullmatch("[0-9]{1,4}", text) and lowest <= int(text) <= highest:
            return int(text)
        self._bad(column, f"a whole number, {lowest} to {highest}")
        return lowest

    def rule(self, column: str) -> str:
        refused = refusal(self.value[column], _SOME_DAY)
        if refused:
            self._bad(column, f"a recurrence rule: {refused}")
        return self.value[column]
