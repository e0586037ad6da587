"""The proof that a kill fell between a write at the server and its commit in the ledger.

An intent that is open in the dead daemon's ledger, and whose effect came to stand at the server while that
daemon lived, can only be a write that was not committed. The ledger is looked at as a copy.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.crash.apps import Thing

Standing = Mapping[str, Sequence[Thing]]
"""What stands in each collection, by its account and name."""


@dataclass(frozen=True, slots=True)
class Pending:
    """An intent whose outcome is not known."""

    operation: str
    uid: str
    ref: str | None
    collection: str


def ask(ledger: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a copy of a ledger: opening the file itself would already repair what the crash left."""
    with tempfile.TemporaryDirectory(prefix="evenhold-look-") as place:
        for suffix in ("", "-wal"):
            file = ledger.with_name(ledger.name + suffix)
            if file.exists():
                shutil.copyfile(file, Path(place) / file.name)
        with closing(sqlite3.connect(Path(place) / ledger.name)) as connection:
            return list(connection.execute(sql))


def pending(ledger: Path) -> list[Pending]:
    """The intents that are open."""
    if not ledger.exists():
        return []
    sql = "SELECT operation, uid, ref, account || ' ' || collection FROM intent WHERE outcome IS NULL"
    return [Pending(*row) for row in ask(ledger, sql)]


def proven(open_: Sequence[Pending], before: Standing, after: Standing) -> list[Pending]:
    """Those whose effect stands now and did not stand before."""
    return [intent for intent in open_ if _stands(intent, before, after)]


def _stands(intent: Pending, before: Standing, after: Standing) -> bool:
    was, now = before.get(intent.collection, ()), after.get(intent.collection, ())
    match intent.operation:
        case "create":
            return _has(now, intent.uid) and not _has(was, intent.uid)
        case "delete":
            return any(t.ref == intent.ref for t in was) and all(t.ref != intent.ref for t in now)
        case _:
            marks = {thing.ref: thing.mark for thing in was}
            return any(t.ref == intent.ref and t.mark != marks.get(t.ref, t.mark) for t in now)


def _has(things: Sequence[Thing], uid: str) -> bool:
    return any(thing.uid == uid for thing in things)
