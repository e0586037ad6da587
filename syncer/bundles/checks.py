"""What can be wrong between the keys of a bundle file: pure checks that yield problems.

They work on the tables as written, so that one bad key does not hide the mistakes beside it. What a
single key may hold is declared in `bundletables`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncer.bundles.catalogue import Row
from syncer.bundles.tables import MINUTES, YEARS, written_day
from syncer.core.model import Partner
from syncer.core.rulecheck import refusal
from syncer.problems import Problem, did_you_mean, show

Table = Mapping[str, Any]
REPEATS = ("repeat", "after_done", "once")


@dataclass(frozen=True, slots=True)
class Known:
    """What the checks may refer to: partners by id, catalogue rows by id, the day of the import."""

    partners: Mapping[str, Partner]
    rows: Mapping[str, Row]
    today: dt.date

    def partner(self, name: str) -> Partner | None:
        """The partner of that name (in any case) or id."""
        return next((p for p in self.partners.values() if name.casefold() in (p.name.casefold(), p.id)), None)

    def row(self, table: Table) -> Row | None:
        """The catalogue row from which a table takes what it leaves out."""
        return self.rows.get(str(table.get("from")))


def bundle_problems(place: str, table: Table, known: Known) -> Iterator[Problem]:
    """Mistakes of a `[[bundle]]` table beside those of its single keys."""
    yield from _catalogue(place, table, known)
    owner = table.get("owner")
    if isinstance(owner, str) and known.partner(owner) is None:
        names = [partner.name for partner in known.partners.values()]
        guess = did_you_mean(owner, names)
        yield Problem(f"{place}.owner", show(owner) + guess, f"the name of a partner ({', '.join(names)})")
    for key in ("category", "outcome"):
        if key not in table and "from" not in table:
            yield Problem(f"{place}.{key}", "nothing", f"the bundle's {key}, or `from` with a catalogue row")


def task_problems(place: str, table: Table, known: Known) -> Iterator[Problem]:
    """Mistakes of a `[[bundle.task]]` table beside those of its single keys."""
    yield from _catalogue(place, table, known)
    if "title" not in table and "from" not in table:
        yield Problem(f"{place}.title", "nothing", "the task's title, or `from` with a catalogue row")
    watched = table.get("stage") == "watch"
    if "minutes" not in table and ("from" not in table or watched):
        why = "; the catalogue has none for watch" if watched and "from" in table else ""
        yield Problem(f"{place}.minutes", "nothing", MINUTES + why)
    if ("at" in table) != ("duration" in table):
        found = "at alone" if "at" in table else "duration alone"
        yield Problem(place, found, "at and duration together for a timed task, or neither")
    yield from _repetition(place, table, known)


def _repetition(place: str, table: Table, known: Known) -> Iterator[Problem]:
    written = [key for key in REPEATS if key in table]
    if len(written) > 1 or not (written or "from" in table):
        found = " and ".join(written) or "nothing that says when"
        yield Problem(place, found, "exactly one of repeat, after_done and once")
    if "once" in table and "start" in table:
        yield Problem(f"{place}.start", "a start beside once", "no start: once is the day")
    rule, start = table.get("repeat"), written_day(table.get("start"))
    if isinstance(rule, str):
        # A start in a far year is told as a mistake of its own.
        day = start if start is not None and start.year in YEARS else known.today
        refused = refusal(rule, day)
        if refused:
            yield Problem(f"{place}.repeat", show(rule), f"a recurrence rule, and {refused}")


def _catalogue(place: str, table: Table, known: Known) -> Iterator[Problem]:
    if isinstance(table.get("from"), str) and known.row(table) is None:
        yield Problem(f"{place}.from", show(table["from"]), "the id of a catalogue row, as in HL09")
