"""Due dates: Todoist's three shapes and ours, there and back. Pure.

| Todoist | means | ours |
|---|---|---|
| `2026-11-24` | some time on that day | `Day` |
| `2026-11-24T18:30:00` | floating: at that time, wherever its owner is | `Slot` in the partner's zone |
| `2026-11-24T17:30:00Z`, with `timezone` | that moment | `Slot` in that zone |

Source: "Due dates" of the API documentation. A fraction of a second may stand there, and means nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from syncer.core.model import Day, Slot, When

LONGEST_TEXT = 200
_FRACTION = re.compile(r"\.\d+")
_KEPT = ("string", "lang", "is_recurring")
"""What makes a due recur: without it, a date that is written ends the recurrence."""


class Odd(ValueError):
    """A due date that is none, or that has no moment in the zone. Quotes nothing."""


def decode(due: Any, zone: dt.tzinfo) -> When | None:
    """When a due says; raises Odd."""
    if due is None:
        return None
    text = due.get("date") if isinstance(due, Mapping) else None
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise Odd
    text = _FRACTION.sub("", text)
    try:
        if len(text) == 10:
            return Day(dt.date.fromisoformat(text))
        if text.endswith("Z"):
            moment = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)
            return Slot(moment.astimezone(_zone(due.get("timezone"), zone)))
        return Slot(_existing(dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S"), zone))
    except (ValueError, OverflowError):
        raise Odd from None


def encode(when: When | None, standing: Any, zone: dt.tzinfo) -> dict[str, Any] | None:
    """The due that says when; one that floats goes on floating. Raises Odd where it can't be said."""
    if when is None:
        return None
    if isinstance(when, Day):
        return {"date": when.date.isoformat()}
    try:
        moment = when.start.astimezone(dt.UTC).replace(microsecond=0)
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        floating = _floats(standing) and _existing(wall, zone).astimezone(dt.UTC) == moment
    except OverflowError:
        raise Odd from None
    if floating:
        return {"date": wall.isoformat()}
    name = _name(when.start.tzinfo) or _name(zone)
    return {
        "date": f"{moment.replace(tzinfo=None).isoformat()}Z",
        **({"timezone": name} if name is not None else {}),
    }


def again(due: dict[str, Any] | None, standing: Any) -> dict[str, Any] | None:
    """A due that goes on recurring as the one that stands there does."""
    if due is None or not is_recurring(standing):
        return due
    return {**due, **{name: standing[name] for name in _KEPT if name in standing}}


def bare(standing: Any) -> dict[str, Any] | None:
    """The date that stands there, recurring no more."""
    if standing is None:
        return None
    zone = {"timezone": standing["timezone"]} if standing.get("timezone") else {}
    return {"date": standing["date"], **zone}


def is_recurring(due: Any) -> bool:
    """Whether a due recurs."""
    return isinstance(due, Mapping) and due.get("is_recurring") is True


def rule(due: Any) -> str:
    """The recurrence in the person's own words and language; never one that could be taken for an RRULE.

    Nobody can tell from the words and two dates whether it was completed or postponed: the history does.
    """
    return f"todoist: {due.get('string', '')}"[:LONGEST_TEXT] if is_recurring(due) else ""


def plain(due: Any) -> object:
    """What counts of a due where two are compared."""
    if not isinstance(due, Mapping):
        return None
    repeats = (due.get("string"), due.get("lang")) if is_recurring(due) else None
    return _FRACTION.sub("", str(due.get("date"))), due.get("timezone"), repeats


def _existing(naive: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """The moment of a wall time: in a gap by the offset before it, in an overlap the first of the two."""
    return naive.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone)


def _zone(name: Any, otherwise: dt.tzinfo) -> dt.tzinfo:
    try:
        return ZoneInfo(name) if isinstance(name, str) else otherwise
    except (ValueError, OSError, KeyError):  # "GMT +5:45" is a zone to Todoist: the moment is the same
        return otherwise


def _name(zone: dt.tzinfo | None) -> str | None:
    if zone is dt.UTC:
        return "UTC"
    return zone.key if isinstance(zone, ZoneInfo) else None


def _floats(due: Any) -> bool:
    text = due.get("date") if isinstance(due, Mapping) else None
    return isinstance(text, str) and len(text) > 10 and not text.endswith("Z")
