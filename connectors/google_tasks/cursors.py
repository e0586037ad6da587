"""The cursor of a list: a moment of Google's clock, since the API has no sync token. Pure.

Asked for what was updated since then, less an overlap: the clocks of Google's machines differ a little, and
a write may become visible late. What is shown again for it is known by its ETag, and no news. What stays
unseen beyond that is for the full comparison that the engine makes from time to time.
"""

from __future__ import annotations

import datetime as dt
import re

from syncer.connector import CursorExpired

OVERLAP = dt.timedelta(minutes=2)

OLDEST = dt.timedelta(days=28)
"""Tombstones are kept for some three months (tasks-backup, issue 28); we trust a third of it."""

_FORM = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def written(moment: dt.datetime) -> str:
    """A moment as a cursor, and as a parameter."""
    return f"{moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def read(cursor: str, subject: str) -> dt.datetime:
    """The moment in a cursor. Raises CursorExpired where it holds none."""
    try:
        if _FORM.fullmatch(cursor) is not None:
            return dt.datetime.fromisoformat(cursor)
    except ValueError:
        pass
    raise CursorExpired("the cursor is none of ours", subject=subject)


def check(since: dt.datetime, now: dt.datetime | None, subject: str) -> None:
    """Raise CursorExpired where a moment is too long ago, or yet to come, by Google's clock."""
    if now is not None and not now - OLDEST <= since <= now + OVERLAP:
        raise CursorExpired("the cursor is too old", subject=subject)


def start(since: dt.datetime) -> str:
    """From when on changes are asked for."""
    try:
        return written(since - OVERLAP)
    except OverflowError:  # the first minutes of the year 1
        return written(since)
