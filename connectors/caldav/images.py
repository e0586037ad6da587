"""A resource put back as it stood before a write of ours: what is sent, and whether it stands there. Pure.

It goes back as it was, line by line: nothing is parsed and written anew, so nothing can be lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

ITEMS = frozenset({"VEVENT", "VTODO"})
_FOLD = re.compile(r"\n[ \t]")
_NAME = re.compile(r"[A-Za-z0-9-]+")
_REWRITTEN = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "PRODID"})
"""What servers write anew without meaning anything (`syncer.core.fingerprint`)."""


def whole(text: str) -> str:
    """A resource with the line ends of RFC 5545 section 3.1; an XML parser makes them plain."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def is_of(text: str, claims: Callable[[str], bool]) -> bool:
    """Whether all events and to-dos in a resource are ours: of nothing else is a copy kept."""
    found = [
        line[4:].strip() for place, line in _placed(text) if _is_item(place) and line[:4].upper() == "UID:"
    ]
    return bool(found) and all(claims(uid) for uid in found)


def restored(raw: str, standing: str | None) -> bytes:
    """What is sent to put `raw` back where `standing` stands, or nothing (None).

    Byte by byte what it was, unless clients would take it for old: what stands there has a higher SEQUENCE
    (we moved it), or its deletion was told to those who are invited (RFC 5546 sections 2.1.4 and 3.2.5).
    Then it gets a higher one.
    """
    before = _sequence(raw)
    if standing is not None:
        known = _sequence(standing)
    else:
        known = before + any(_name(line) == "ORGANIZER" for _, line in _placed(raw))
    text = whole(raw)
    return (text if known <= before else _with_sequence(text, known + 1)).encode()


def same(one: str, other: str) -> bool:
    """Whether two resources hold the same, save what servers write anew and in whatever order."""
    return _content(one) == _content(other)


def _content(text: str) -> list[tuple[str, str]]:
    found = ((place, line.strip()) for place, line in _placed(text) if _name(line) not in _REWRITTEN)
    return sorted((place, line) for place, line in found if line)


def _placed(text: str) -> Iterator[tuple[str, str]]:
    """The unfolded lines, each with the components around it, as in `VCALENDAR/VTODO`."""
    around: list[str] = []
    for line in _FOLD.sub("", text.replace("\r\n", "\n")).split("\n"):
        word, _, name = line.strip().upper().partition(":")
        if word == "END" and around:
            around.pop()
        yield "/".join(around), line
        if word == "BEGIN":
            around.append(name)


def _is_item(place: str) -> bool:
    parts = place.split("/")
    return len(parts) == 2 and parts[1] in ITEMS


def _name(line: str) -> str:
    found = _NAME.match(line)
    return found[0].upper() if found else ""


def _sequence(text: str) -> int:
    """The highest SEQUENCE of the item and its instances; none is 0 (RFC 5545 section 3.8.7.4)."""
    values = [line.rpartition(":")[2].strip() for place, line in _placed(text) if _is_item(place)
              and _name(line) == "SEQUENCE"]  # fmt: skip
    return max((int(value[:9]) for value in values if value.isascii() and value.isdigit()), default=0)


def _with_sequence(text: str, number: int) -> str:
    """The text with this SEQUENCE in each event and to-do; a line of its own is never folded."""
    lines: list[str] = []
    inside = ""
    for line in text.split("\r\n"):
        word, _, name = line.strip().upper().partition(":")
        if word == "BEGIN" and not inside and name in ITEMS:
            inside = name
            lines += [line, f"SEQUENCE:{number}"]
            continue
        if word == "END" and name == inside:
            inside = ""
        if not (inside and _name(line) == "SEQUENCE"):
            lines.append(line)
    return "\r\n".join(lines)
