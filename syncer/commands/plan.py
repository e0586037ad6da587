"""`evenhold plan`: a rehearsal of a pass, item by item, on a copy of the ledger; nothing is written."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from typing import Any

from syncer.app import App
from syncer.commands.say import Words, answers
from syncer.core.entries import Entry
from syncer.core.fingerprint import when_print
from syncer.core.operations import Create, Delete, Update
from syncer.core.standing import Step
from syncer.engine.happenings import Happening, What
from syncer.engine.report import PassReport, SpokeReport


def print_plan(app: App, *, as_json: bool) -> int:
    """Print what a pass would do; the exit code is 0 only if every account could be looked at."""
    # What a stranger's connector prints is no part of what a program reads.
    with redirect_stdout(sys.stderr):
        report = app.cycle(lambda _: None).run(rehearse=True)
    if as_json:
        print(json.dumps([_spoke_json(spoke) for spoke in report.spokes], indent=2, ensure_ascii=False))
    else:
        words = Words(app.config.household, app.rows, [line.spoke for line in app.lines])
        for spoke in report.spokes:
            for line in _lines(app, words, spoke):
                print(line)
        print(_total(report))
    return 0 if report.ok else 1


def _lines(app: App, words: Words, report: SpokeReport) -> list[str]:
    place = words.place(report.spoke)
    if report.error is not None:
        return [f"{place}: {report.error}"]
    zone = app.config.household.partners[report.spoke.partner].zone
    found = [f"make the {words.kind(report.spoke)}"] if report.makes_collection else []
    for entry in report.facts:
        said = words.line(Happening(What.FACT, report.spoke, entry=entry))
        found += [f"take in: {said}"] if said else []
    if report.held is not None:
        found.append(f"waits for an answer: {report.held.reason}")
        held = (("gone", report.held.items), ("looks done", report.held.completed))
        found += [f"  {words.occurrence(*n.split('/', 1))}: {what}" for what, names in held for n in names]
        found += answers(report.spoke, shown=True).splitlines()
    found += [f"set aside: {item.ref} ({item.reason})" for item in report.set_aside]
    found += [words.step(step, zone) for step in sorted(report.steps, key=_by_day)]
    if not found:
        return [f"{place}: nothing to do."]
    return [f"{place}:", *(f"  {line}" for line in found)]


def _by_day(step: Step) -> tuple[str, str]:
    item = getattr(step.operation, "item", None)
    return when_print(item.when) if item is not None else "", step.identity.task


def _total(report: PassReport) -> str:
    """How much it is, in one line."""
    kinds = [type(step.operation) for spoke in report.spokes for step in spoke.steps]
    facts = sum(len(spoke.facts) for spoke in report.spokes)
    numbers = ((facts, "to take in"), (kinds.count(Create), "to put up"), (kinds.count(Update), "to change"))
    words = [f"{n} {what}" for n, what in (*numbers, (kinds.count(Delete), "to take down")) if n]
    return f"In all: {', '.join(words) or 'nothing to do'}. Nothing has been written."


def _spoke_json(report: SpokeReport) -> dict[str, Any]:
    return {
        "collection": report.spoke.name,
        "makes_collection": report.makes_collection,
        "facts": [_entry_json(entry) for entry in report.facts],
        "operations": [
            {
                "operation": type(step.operation).__name__.lower(),
                "uid": step.operation.uid,
                "task": step.identity.task,
                "occurrence": step.identity.occurrence,
                "fields": sorted(getattr(step.operation, "fields", ())),
                "why": step.why,
            }
            for step in report.steps
        ],
        "held": sorted(report.held.waiting) if report.held else [],
        "set_aside": [{"item": item.ref, "reason": item.reason} for item in report.set_aside],
        "error": str(report.error) if report.error else None,
    }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {"kind": str(entry.kind), "task": entry.task, "occurrence": entry.occurrence}
