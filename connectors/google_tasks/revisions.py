"""The revision of an item: its ETag, and the UID of which task it is. Pure.

The UID is there because a person may clear a task's notes, and our marker with them. What the ledger holds as
the revision of an id then still says whose it is, after a restart too: no completion is lost for a cleared
note.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NOBODY = "-"


def revision(task: Mapping[str, Any], uid: str | None) -> str | None:
    """The revision of a task, None where Google gave no ETag."""
    etag = task.get("etag")
    return f"{uid or _NOBODY} {etag}" if isinstance(etag, str) and etag else None


def uid_in(revision: str | None) -> str | None:
    """The UID in a revision."""
    uid, _, etag = (revision or "").partition(" ")
    return uid if etag and uid != _NOBODY else None


def etag_in(revision: str | None) -> str | None:
    """The ETag in a revision. One that is none of ours gives an ETag that matches nothing."""
    if revision is None:
        return None
    return revision.partition(" ")[2] or '"never"'
