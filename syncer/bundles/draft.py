"""Bundles as text, and bundles from the catalogue: both ways to a bundle file that a person can edit.

`dump` writes what `bundlefile.load` reads, and nothing is lost between the two.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from syncer.bundles.catalogue import Row
from syncer.core.model import AfterDone, Bundle, BundleState, Effort, Missed, Once, Rule, Stage, Task

WORTH_A_TASK = 10
"""Minutes from which noticing or planning becomes a task of its own; less rides with the doing."""


@dataclass(frozen=True, slots=True)
class BundleSpec:
    """A bundle and its tasks, ready to be taken into the ledger."""

    bundle: Bundle
    tasks: tuple[Task, ...]


def from_catalogue(row: Row, owner: str, today: dt.date) -> BundleSpec:
    """A row as a bundle of `owner` (a partner's id), with tasks that count from `today`.

    The doing is always a task; noticing and planning are where they take ten minutes or more.
    """
    name = row.id.lower()
    bundle = Bundle(
        id=name,
        title=row.task,
        category=row.category,
        outcome=row.outcome,
        owner=owner,
        weight=row.weight,
        unpredictability=row.unpredictability,
        deadline=row.deadline,
    )
    notice, plan = row.effort.notice, row.effort.plan
    efforts = {
        Stage.NOTICE: Effort(notice=notice if notice >= WORTH_A_TASK else 0),
        Stage.PLAN: Effort(plan=plan if plan >= WORTH_A_TASK else 0),
        Stage.DO: Effort(
            notice=notice if notice < WORTH_A_TASK else 0,
            plan=plan if plan < WORTH_A_TASK else 0,
            do=row.effort.do,
        ),
    }
    titles = {Stage.NOTICE: f"Look ahead: {row.task}", Stage.PLAN: f"Plan: {row.task}", Stage.DO: row.task}
    missed = Missed.LAPSE if isinstance(row.repeat(), Rule) else Missed.STAY
    tasks = (
        Task(f"{name}.{stage}", name, titles[stage], stage, effort, row.repeat(), today, missed=missed)
        for stage, effort in efforts.items()
        if effort != Effort() or stage is Stage.DO
    )
    return BundleSpec(bundle, tuple(tasks))


def dump(bundles: Iterable[Bundle], tasks: Iterable[Task], names: Mapping[str, str] | None = None) -> str:
    """Bundles with their tasks as the TOML of a bundle file; removed tasks are left out.

    `names` are the partners' names by id; an owner who is not in it is written as the id.
    """
    kept = [task for task in tasks if not task.removed]
    blocks: list[str] = []
    for bundle in bundles:
        blocks.append("\n".join(["[[bundle]]", *_bundle_lines(bundle, names or {})]))
        own = (task for task in kept if task.bundle == bundle.id)
        blocks += ("\n".join(["[[bundle.task]]", *_task_lines(task)]) for task in own)
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _bundle_lines(bundle: Bundle, names: Mapping[str, str]) -> Iterator[str]:
    yield f"id = {_text(bundle.id)}"
    yield f"title = {_text(bundle.title)}"
    yield f"category = {_text(bundle.category)}"
    yield f"outcome = {_text(bundle.outcome)}"
    yield f"owner = {_text(names.get(bundle.owner, bundle.owner))}"
    yield f"weight = {bundle.weight}"
    yield f"unpredictability = {bundle.unpredictability}"
    yield f"deadline = {bundle.deadline}"
    if bundle.state is not BundleState.ACTIVE:
        yield f"state = {_text(bundle.state)}"


def _task_lines(task: Task) -> Iterator[str]:
    yield f"id = {_text(task.id.removeprefix(f'{task.bundle}.'))}"
    yield f"title = {_text(task.title)}"
    yield f"stage = {_text(task.stage)}"
    yield f"minutes = {_minutes(task)}"
    match task.repeat:
        case Rule(text):
            yield f"repeat = {_text(text)}"
            yield f"start = {task.start.isoformat()}"
        case AfterDone(days):
            yield f"after_done = {days}"
            yield f"start = {task.start.isoformat()}"
        case Once():
            yield f"once = {task.start.isoformat()}"
    if task.at is not None:
        yield f"at = {_text(task.at.strftime('%H:%M'))}"
        yield f"duration = {task.duration}"
    yield f"missed = {_text(task.missed)}"


def _minutes(task: Task) -> str:
    """A number where all work is in the task's own stage, else a table of the stages that have some."""
    by_stage = {stage: getattr(task.effort, stage.value) for stage in Stage}
    others = [minutes for stage, minutes in by_stage.items() if stage is not task.stage]
    if not any(others):
        return str(by_stage[task.stage])
    return "{ " + ", ".join(f"{stage} = {minutes}" for stage, minutes in by_stage.items() if minutes) + " }"


def _text(value: str) -> str:
    # A JSON string is a TOML basic string, but for DEL (TOML 1.0, "String").
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
