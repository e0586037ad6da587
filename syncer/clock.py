"""The clock: the only place where Evenhold asks what time it is."""

from __future__ import annotations

import datetime as dt


def now() -> dt.datetime:
    """This moment in UTC."""
    return dt.datetime.now(dt.UTC)
