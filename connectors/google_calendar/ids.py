"""Whose an event is: its id, which we choose, and the private property that marks it as ours. Pure.

An id is the UID in base32hex, so that it can be read back ("characters allowed in the ID are those used in
base32hex encoding", reference of `Event.id`). An id that was deleted is spent for ever (409): a create then
takes the next generation of the UID, and what is put back after a deletion takes a spare id of the same UID.

The marker counts before the id. It is private to our copy of the event ("Extended properties"): a guest's
copy has the same id and is none of ours.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any

MARKER = "evenhold"
"""The name of the private extended property that holds the UID."""

LONGEST = 1024
_SPARE = re.compile(r"~([1-9][0-9]{0,3})\Z")
_FOLLOWING = re.compile(r"_R[0-9]{8}(T[0-9]{6}Z?)?\Z")
"""How the id of a series ends that an owner split off by changing "this and following events"."""


def event_id(uid: str, spare: int = 0) -> str:
    """The id of the event with a UID, or its spare id of a number."""
    text = f"{uid}~{spare}" if spare else uid
    return base64.b32hexencode(text.encode()).decode().rstrip("=").lower()


def read_id(ident: str) -> tuple[str, int]:
    """The UID and the number of the spare in an id; the UID is empty where it is none of this form."""
    text = ident.upper()
    try:
        uid = base64.b32hexdecode(text + "=" * (-len(text) % 8)).decode("ascii")
    except (ValueError, binascii.Error):
        return "", 0
    spare = _SPARE.search(uid)
    return (uid[: spare.start()], int(spare[1])) if spare else (uid, 0)


def next_spare(ident: str, uid: str) -> int:
    """The number of the spare that follows on an id; the first where it is no id of this UID."""
    held, spare = read_id(ident)
    return spare + 1 if held == uid else 1


def marker(uid: str) -> dict[str, Any]:
    """The extended properties of an event of ours."""
    return {"private": {MARKER: uid}}


def marked(event: Mapping[str, Any]) -> str:
    """The UID in an event's marker; empty where it has none."""
    properties = event.get("extendedProperties")
    private = properties.get("private") if isinstance(properties, Mapping) else None
    text = private.get(MARKER) if isinstance(private, Mapping) else None
    return text if isinstance(text, str) else ""


def uid_of(event: Mapping[str, Any], claims: Callable[[str], bool]) -> str:
    """The UID of an event of ours; empty for a stranger's.

    An app that writes events whole may drop the marker; the id still says it, unless somebody else invited
    us. A series that its owner split off from ours has our marker too, for Google copies it; it is their own.
    """
    if _FOLLOWING.search(series_of(event)):
        return ""
    if (uid := marked(event)) and claims(uid):
        return uid
    organizer = event.get("organizer")
    own = not isinstance(organizer, Mapping) or organizer.get("self") is True
    uid, _ = read_id(series_of(event))
    return uid if own and uid and not marked(event) and claims(uid) else ""


def series_of(event: Mapping[str, Any]) -> str:
    """The id of the recurring event that an instance belongs to, else its own."""
    return str(event.get("recurringEventId") or event.get("id") or "")
