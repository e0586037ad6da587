"""The ledger as the oracle reads it: by plain SQL, past all code that is tested."""

from __future__ import annotations

from collections import Counter
from typing import Any

from syncer.core.identity import Identity
from syncer.core.spoke import Spoke
from tests.simulation.shelter import FrailLedger, from_json


class Book:
    """Questions to the ledger's tables. Only what is committed may be asked."""

    def __init__(self, ledger: FrailLedger) -> None:
        self._ledger = ledger

    def progress(self, identity: Identity) -> str:
        """Where an occurrence stands; `open` where nothing happened to it."""
        query = "SELECT progress FROM occurrence WHERE task = ? AND key = ?"
        found = self._ledger.rows(query, identity.task, identity.occurrence)
        return str(found[0]["progress"]) if found else "open"

    def owner(self, bundle: str) -> tuple[str, str]:
        """A bundle's owner and state."""
        row = self._ledger.rows("SELECT owner, state FROM bundle WHERE id = ?", bundle)[0]
        return str(row["owner"]), str(row["state"])

    def tasks(self) -> list[dict[str, Any]]:
        """All tasks with their bundle's owner, state, title and outcome; `repeat` decoded."""
        query = (
            "SELECT task.*, owner, state, bundle.title AS bundle_title, outcome, category"
            " FROM task JOIN bundle ON bundle.id = task.bundle ORDER BY task.id"
        )
        return [row | {"repeat": from_json(row["repeat"])} for row in self._ledger.rows(query)]

    def task(self, id: str) -> dict[str, Any] | None:
        """One task."""
        return next((row for row in self.tasks() if row["id"] == id), None)

    def counts(self) -> dict[str, Counter[str]]:
        """How many entries of each kind the record holds of each occurrence (`task/key`)."""
        found: dict[str, Counter[str]] = {}
        query = "SELECT kind, task, occurrence, count(*) AS n FROM entry"
        query += " WHERE occurrence IS NOT NULL GROUP BY 1, 2, 3"
        for row in self._ledger.rows(query):
            found.setdefault(f"{row['task']}/{row['occurrence']}", Counter())[row["kind"]] = row["n"]
        return found

    def lives(self, spoke: Spoke, identity: Identity) -> bool:
        """Whether the ledger holds that an item stands there, as both sides agreed."""
        query = (
            "SELECT 1 FROM projection WHERE account = ? AND collection = ? AND task = ? AND occurrence = ?"
            " AND ended IS NULL AND base IS NOT NULL"
        )
        return bool(
            self._ledger.rows(query, spoke.account, spoke.collection, identity.task, identity.occurrence)
        )

    def standing(self, spoke: Spoke) -> dict[str, str]:
        """The addresses at which something stands, by `task/key`."""
        query = (
            "SELECT task, occurrence, ref FROM projection"
            " WHERE account = ? AND collection = ? AND ended IS NULL AND ref != ''"
        )
        found = self._ledger.rows(query, spoke.account, spoke.collection)
        return {f"{row['task']}/{row['occurrence']}": str(row["ref"]) for row in found}

    def ever(self, spoke: Spoke) -> set[str]:
        """Every occurrence that stands there, stood there until a recorded end, or was found not to."""
        where = "WHERE account = ? AND collection = ?"
        query = f"SELECT task, occurrence FROM projection {where}"
        query += f" UNION SELECT task, occurrence FROM intent {where} AND outcome = 'absent'"
        place = (spoke.account, spoke.collection)
        found = self._ledger.rows(query, *place, *place)
        return {f"{row['task']}/{row['occurrence']}" for row in found}

    def intended(self, uid: str) -> bool:
        """Whether an operation on this item is written down, committed, and without an outcome."""
        if self._ledger.raw.in_transaction:
            return False
        return bool(self._ledger.rows("SELECT 1 FROM intent WHERE uid = ? AND outcome IS NULL LIMIT 1", uid))

    def number(self, what: str) -> int:
        """How many rows there are of a table and condition."""
        return int(self._ledger.rows(f"SELECT count(*) AS n FROM {what}")[0]["n"])

    def holds(self) -> list[dict[str, Any]]:
        """The plans that wait."""
        rows = self._ledger.rows("SELECT * FROM hold ORDER BY account, collection")
        return [row | {name: from_json(row[name]) for name in ("items", "completed")} for row in rows]
