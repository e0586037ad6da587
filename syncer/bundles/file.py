"""A bundle file: the TOML in which a household writes down its bundles, and reading it.

What a file says becomes core values here, all mistakes told at once; nothing is stored, and no clock is
read: the day of the import is given. Keys are declared in `bundletables`, checks between them stand in
`bundlechecks`, the way back to text in `bundledraft`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from syncer.bundles import catalogue
from syncer.bundles.catalogue import Row
from syncer.bundles.checks import Known, Table, bundle_problems, task_problems
from syncer.bundles.draft import BundleSpec, dump, from_catalogue
from syncer.bundles.tables import BundleTable, TaskTable
from syncer.config.toml import Unusable, parsed
from syncer.core.model import AfterDone, Bundle, Category, Effort, Missed, Once, Partner, Repeat, Rule, Task
from syncer.problems import Mistakes, Problem, did_you_mean, explain, named, show

__all__ = ["BundleFileError", "BundleSpec", "dump", "from_catalogue", "load"]

_Model = TypeVar("_Model", bound=BaseModel)


class BundleFileError(Mistakes):
    """The bundles can't be taken over: every mistake in the file, with its key and what is allowed."""


def load(
    source: Path | str,
    partners: Mapping[str, Partner],
    today: dt.date,
    *,
    starts: Mapping[str, dt.date] | None = None,
) -> tuple[BundleSpec, ...]:
    """The bundles in a file (a Path) or a TOML text (a str). Raises BundleFileError.

    `partners` are by id. `today` is the day from which tasks without a start count; `starts` names, by
    task id, the start days of tasks that are known already, so that reading a file again moves none.
    """
    raw = _toml(source)
    problems: list[Problem] = []
    known = Known(partners, catalogue.load(), today)
    specs = [_bundle(place, table, known, starts or {}, problems) for place, table in _bundles(raw, problems)]
    if problems:
        file = str(source) if isinstance(source, Path) else ""
        raise BundleFileError(named(problem, raw, file, key="bundle", by="id") for problem in problems)
    return tuple(spec for spec in specs if spec is not None)


def _toml(source: Path | str) -> dict[str, Any]:
    name = str(source) if isinstance(source, Path) else ""
    try:
        return parsed(source.read_bytes().decode() if isinstance(source, Path) else source)
    except Unusable as error:
        found, allowed = str(error), "TOML, as `evenhold bundle show` prints it"
    except UnicodeDecodeError:
        found, allowed = "bytes that are not UTF-8", "a text file in UTF-8"
    except OSError as error:
        found, allowed = f"no readable file ({error.strerror})", "the path of a bundle file"
    raise BundleFileError([Problem("", found, allowed, name)])


def _bundles(raw: Table, problems: list[Problem]) -> list[tuple[str, object]]:
    """The tables `[[bundle]]`, whatever state they are in, and where they stand."""
    for key in raw.keys() - {"bundle"}:
        guess = did_you_mean(key, ["bundle"])
        problems.append(Problem(key, f'the unknown key "{key}"{guess}', "tables [[bundle]]"))
    rows = raw.get("bundle")
    if not isinstance(rows, list) or not rows:
        problems.append(Problem("bundle", show(rows), "one or more tables [[bundle]]"))
        return []
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    _doubles("bundle[{}].id", ids, problems)
    return [(f"bundle[{index}]", row) for index, row in enumerate(rows)]


def _doubles(place: str, ids: list[Any], problems: list[Problem]) -> None:
    for index, own in enumerate(ids):
        if isinstance(own, str) and ids.index(own) < index:
            other = place.format(ids.index(own))
            problems.append(Problem(place.format(index), show(own), f"an id of its own: {other} is the same"))


def _bundle(
    place: str, raw: object, known: Known, starts: Mapping[str, dt.date], problems: list[Problem]
) -> BundleSpec | None:
    """One bundle with its tasks, or None with what is wrong added to the problems."""
    before = len(problems)
    table = dict(raw) if isinstance(raw, dict) else {}
    rows = table.pop("task", None)
    read = _read(BundleTable, place, table if isinstance(raw, dict) else raw, problems, ["task"])
    problems += bundle_problems(place, table, known)
    if not isinstance(rows, list) or not rows:
        problems.append(Problem(f"{place}.task", show(rows), "one or more tables [[bundle.task]]"))
        rows = []
    _doubles(place + ".task[{}].id", [r.get("id") if isinstance(r, dict) else None for r in rows], problems)
    tasks: list[tuple[TaskTable | None, Row | None]] = []
    for index, row in enumerate(rows):
        where = f"{place}.task[{index}]"
        tasks.append(
            (_read(TaskTable, where, row, problems), known.row(row) if isinstance(row, dict) else None)
        )
        if isinstance(row, dict):
            problems += task_problems(where, row, known)
    if read is None or len(problems) > before:
        return None
    made = (_task(read.id, task, row, known.today, starts) for task, row in tasks if task is not None)
    return BundleSpec(_made(read, known.row(table), known), tuple(made))


def _read(
    model: type[_Model], place: str, raw: object, problems: list[Problem], beside: Sequence[str] = ()
) -> _Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        problems += explain(error, model, (place,), beside)
    return None


def _made(table: BundleTable, row: Row | None, known: Known) -> Bundle:
    """A bundle of a table without mistakes; what it leaves out comes from the row."""
    owner = known.partner(table.owner)
    category = table.category or (row.category if row else None)
    assert owner is not None
    assert isinstance(category, Category)
    return Bundle(
        id=table.id,
        title=table.title,
        category=category,
        outcome=table.outcome or (row.outcome if row else ""),
        owner=owner.id,
        weight=_first(table.weight, row.weight if row else 1),
        unpredictability=_first(table.unpredictability, row.unpredictability if row else 0),
        deadline=_first(table.deadline, row.deadline if row else 0),
        state=table.state,
    )


def _task(
    bundle: str, table: TaskTable, row: Row | None, today: dt.date, starts: Mapping[str, dt.date]
) -> Task:
    """A task of a table without mistakes; what it leaves out comes from the row."""
    task_id = f"{bundle}.{table.id}"
    stage = table.stage.value
    written = table.once if table.once is not None else table.start
    if not isinstance(written, dt.date):
        # It counts from the import; one that is known already stays where it was.
        written = starts.get(task_id, today + (written or dt.timedelta()))
    repeat = _repeat(table, row)
    minutes = table.minutes
    return Task(
        id=task_id,
        bundle=bundle,
        title=table.title or (row.task if row else ""),
        stage=table.stage,
        effort=Effort(minutes.notice, minutes.plan, minutes.do, minutes.watch)
        if minutes is not None
        else Effort(**{stage: getattr(row.effort if row else Effort(), stage)}),
        repeat=repeat,
        start=written,
        at=table.at,
        duration=table.duration or 0,
        missed=table.missed or (Missed.LAPSE if isinstance(repeat, Rule) else Missed.STAY),
    )


def _repeat(table: TaskTable, row: Row | None) -> Repeat:
    if table.repeat is not None:
        return Rule(table.repeat)
    if table.after_done is not None:
        return AfterDone(table.after_done)
    return row.repeat() if row is not None and table.once is None else Once()


def _first(written: int | None, default: int) -> int:
    return default if written is None else written
