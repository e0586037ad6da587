"""Ownership and definition of bundles: the entries that a person's command comes to.

Pure: given the rows as they stand, what has to be recorded so that they become what was asked. Asking
for what is so already comes to nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

from syncer.core.entries import Entry, EntryKind
from syncer.core.fold import Memory
from syncer.core.model import Bundle, BundleState, Task
from syncer.core.shapes import bundle_to_data, task_to_data


def define(bundle: Bundle, tasks: Sequence[Task], rows: Memory, at: dt.datetime, source: str) -> list[Entry]:
    """Make a bundle and its tasks what a file or command says.

    A task of the bundle that is not among `tasks` is removed; an owner that differs is a handover.
    """
    before = rows.bundle(bundle.id)
    found: list[Entry] = []
    if before is None or replace(before, owner=bundle.owner, state=bundle.state) != bundle:
        found.append(_entry(EntryKind.BUNDLE, bundle.id, at, source, bundle_to_data(bundle)))
    if before is not None:
        found += give(before, bundle.owner, at, source)
        found += set_state(before, bundle.state, at, source)
    for task in tasks:
        if rows.task(task.id) != task:
            found.append(_task(task, at, source))
    kept = {task.id for task in tasks}
    found += [
        _task(replace(task, removed=True), at, source)
        for task in rows.tasks.values()
        if task.bundle == bundle.id and task.id not in kept and not task.removed
    ]
    return found


def give(bundle: Bundle, to: str, at: dt.datetime, source: str) -> list[Entry]:
    """Hand a bundle whole to another partner; completions stay with whom they belong to."""
    if bundle.owner == to:
        return []
    return [_entry(EntryKind.OWNED, bundle.id, at, source, {"owner": to, "from": bundle.owner})]


def set_state(bundle: Bundle, state: BundleState, at: dt.datetime, source: str) -> list[Entry]:
    """Activate, pause or archive a bundle."""
    if bundle.state is state:
        return []
    return [_entry(EntryKind.STATE, bundle.id, at, source, {"state": str(state)})]


def set_account(account: str, state: str, at: dt.datetime, source: str) -> Entry:
    """Take an account out of the household's care (`unlinked`), or back into it (`linked`)."""
    key = f"{EntryKind.ACCOUNT}/{account}/{at.isoformat()}"
    data = {"account": account, "state": state}
    return Entry(EntryKind.ACCOUNT, at, key, source=source, evidence="command", data=data)


def tasks_of(rows: Memory, bundle: str) -> list[Task]:
    """A bundle's tasks that have not been removed, by id."""
    return [task for task in rows.tasks.values() if task.bundle == bundle and not task.removed]


def owners(rows: Memory) -> Iterable[str]:
    """Everybody who owns a bundle, by id."""
    return {bundle.owner for bundle in rows.bundles.values()}


def _task(task: Task, at: dt.datetime, source: str) -> Entry:
    entry = _entry(EntryKind.TASK, task.bundle, at, source, task_to_data(task))
    return replace(entry, task=task.id, key=f"task/{task.id}/{at.isoformat()}")


def _entry(kind: EntryKind, bundle: str, at: dt.datetime, source: str, data: dict[str, object]) -> Entry:
    return Entry(
        kind=kind,
        at=at,
        key=f"{kind}/{bundle}/{at.isoformat()}",
        source=source,
        evidence="command",
        bundle=bundle,
        data=data,
    )
