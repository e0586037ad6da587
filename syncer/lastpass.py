"""The small file in which a running Evenhold says when each collection was last in step.

It is no ledger: it is replaced after each pass, so that an idle pass writes nothing to the database, and
losing it loses nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from syncer.core.notice import Frozen
from syncer.engine.report import PassReport

FILE = "status.json"
LEDGER = "ledger"


def note(state: Path, report: PassReport) -> None:
    """Remember, outside the ledger, how a pass went for each collection."""
    known = read(state)
    for spoke in report.spokes:
        before = known.get(spoke.spoke.name, {})
        error = spoke.error or spoke.applied.error
        if spoke.left:
            continue  # told to stop half-way: neither well nor in trouble
        since = before.get("since") if before.get("trouble") else None
        known[spoke.spoke.name] = {
            "last_success": before.get("last_success") if error else report.at.isoformat(),
            "trouble": str(error) if error else "",
            "since": (since or report.at.isoformat()) if error else None,
        }
    doubted = {account: apart.total_seconds() for account, apart in report.doubted.items()}
    frozen = {name: [one.partner, one.day.isoformat(), one.cure] for name, one in report.frozen.items()}
    known[LEDGER] = {"version": max(report.version, 0), "doubted": doubted, "frozen": frozen}
    temporary = state / f"{FILE}.new"
    # A full disk must not stop a pass whose work is done.
    with suppress(OSError):
        temporary.write_text(json.dumps(known))
        temporary.replace(state / FILE)


def restored(state: Path, version: int) -> bool:
    """Whether the ledger is older than the last pass that was noted: it came back from a backup.

    `version` is the number of its last entry.
    """
    return int(read(state).get(LEDGER, {}).get("version", 0)) > version


def doubted(state: Path) -> dict[str, dt.timedelta]:
    """The accounts that the last pass found with another clock than ours, and by how much they differ."""
    said = read(state).get(LEDGER, {}).get("doubted", {})
    return {str(account): dt.timedelta(seconds=float(apart)) for account, apart in dict(said).items()}


def frozen(state: Path) -> dict[str, Frozen]:
    """The accounts whose login the last pass found refused, and since which day."""
    said = read(state).get(LEDGER, {}).get("frozen", {})
    return {
        str(account): Frozen(str(account), str(partner), dt.date.fromisoformat(day), str(cure))
        for account, (partner, day, cure) in dict(said).items()
    }


def read(state: Path) -> dict[str, Mapping[str, Any]]:
    """What was noted last, by `account/collection`: `last_success`, `trouble`, and `since` when it lasts.

    Times are ISO 8601 in UTC, or null. Under `ledger` stands the number of the ledger's last entry, as
    `version`, and whose clock differs or login is refused.
    """
    try:
        return dict(json.loads((state / FILE).read_text()))
    except (OSError, ValueError):
        return {}
