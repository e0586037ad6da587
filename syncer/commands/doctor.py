"""`evenhold doctor`: one table of how everything does, with the cure beside what is not well."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from syncer.checkup.household import check_up
from syncer.checkup.values import Finding, Subject
from syncer.commands.words import count


def doctor(config: Path | None, state: Path | None, *, as_json: bool) -> int:
    """Look at everything and tell it; the exit code is 0 only if all is well. Nothing is written."""
    subjects = check_up(config, state)
    if as_json:
        print(json.dumps([to_json(subject) for subject in subjects], indent=2, ensure_ascii=False))
    else:
        render(subjects, Console())
    return 0 if all(subject.well for subject in subjects) else 1


def to_json(subject: Subject) -> dict[str, Any]:
    """A row of `evenhold doctor --json`.

    Keys: `name`, `partner`, `connector`, `address`, `user` (empty where it is no account's), `well`, and
    `findings`, each with `about`, `well`, `text`, `cure` and the figures that there are: `seconds`,
    `granted`, `expires`, `testing`, `missing`, `skew_seconds`, `capabilities`, `used`, `lost`, `others`,
    `waiting`. Times are ISO 8601 in UTC.
    """
    return {
        "name": subject.name,
        "partner": subject.partner,
        "connector": subject.connector,
        "address": subject.address,
        "user": subject.user,
        "well": subject.well,
        "findings": [
            {"about": str(one.about), "well": one.well, "text": one.text, "cure": one.cure, **one.data}
            for one in subject.findings
        ],
    }


def render(subjects: Sequence[Subject], console: Console) -> None:
    """The table: with rich on a terminal, however narrow; elsewhere as lines that are never wrapped."""
    if console.is_terminal:
        console.print(_table(subjects))
    else:
        console.print("\n".join(_lines(subjects)), markup=False, highlight=False, soft_wrap=True)
    open_ = sum(not finding.well for subject in subjects for finding in subject.findings)
    said = "All is well." if not open_ else f"{count(open_, 'thing')} to look at."
    console.print(Text(said), soft_wrap=True)


def _table(subjects: Sequence[Subject]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("what", overflow="fold", min_width=10)
    table.add_column("", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("found", overflow="fold", ratio=1)
    for subject in subjects:
        for number, finding in enumerate(subject.findings):
            name = Text(_title(subject), style="bold") if number == 0 else Text()
            mark = Text("ok", style="green") if finding.well else Text("look", style="bold yellow")
            table.add_row(name, Text(str(finding.about)), mark, _cell(finding))
        table.add_section()
    return table


def _cell(finding: Finding) -> Text:
    cell = Text(finding.text)
    if finding.cure:
        cell.append(f"\n{finding.cure}", style="italic")
    return cell


def _title(subject: Subject) -> str:
    return f"{subject.name} ({subject.partner})" if subject.partner else subject.name


def _lines(subjects: Sequence[Subject]) -> list[str]:
    lines: list[str] = []
    for subject in subjects:
        where = f": {subject.address}" if subject.address else ""
        lines.append(f"{_title(subject)}{where}{f' as {subject.user}' if subject.user else ''}")
        for finding in subject.findings:
            mark = "ok" if finding.well else "LOOK"
            cure = f" -> {finding.cure}" if finding.cure else ""
            lines.append(f"  {finding.about!s:<13} {mark:<4} {finding.text}{cure}")
    return lines
