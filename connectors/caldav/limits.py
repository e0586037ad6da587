"""How much of an item or an answer is taken in, so that a hostile one costs little. Pure.

The library reads whatever it is given, and a time zone is unrolled change by change. Measured without limits
(icalendar 7.3, one slow core): a 100 MB note costs 11 s and 573 MiB, a zone of 190 rules from the year 1 on
14 s, one of 19,000 dates 2.3 s. Real items have tens of lines, and zones that change twice a year.

An item may use up each allowance alone, or half as much again of all together: about 0.2 s.
"""

from __future__ import annotations

import re

from connectors.caldav import zonecost

LARGEST_ITEM = 1024 * 1024
"""Bytes of one resource."""

LARGEST_ANSWER = 32 * LARGEST_ITEM
"""Bytes of an answer, unpacked, beyond which reading stops."""

LARGEST_BATCH = 4 * LARGEST_ITEM
"""Bytes of an answer that holds many items: in memory it is five times as large for a moment."""

LARGEST_SINGLE = 2 * LARGEST_ITEM
"""Bytes of an answer that holds one item, in which XML may take twice as much."""

MOST_TAGS = 700_000
"""Tags in an answer: a listing of 50,000 items. Measured: as many cost 4 s and 100 MiB."""

DEEPEST = 8
"""Components within components; an alarm in a to-do is the third."""

ALLOWED = {
    "larger than 1 MiB": LARGEST_ITEM,
    "too many lines": 5_000,
    "too many values": 10_000,
    "too many components": 200,
    "parameters that are too long": 128 * 1024,
    "a time zone with too many changes": 4_000,
}
MOST_TOGETHER = 1.5
"""Shares of the allowances, added up."""

_FOLD = re.compile(r"\r?\n[ \t]")
_PARAMETERS = re.compile(r'[^:"]*(?:"[^"]*"[^:"]*)*')
"""A line up to the colon before its value; one in quotes is none (RFC 5545 section 3.1)."""


class Unreadable(ValueError):
    """An item that can't be understood. The reason names what is wrong and quotes nothing."""


def check(text: str) -> None:
    """Raise Unreadable for what would take too long to read."""
    if len(text) > LARGEST_ITEM:  # before anything copies it
        raise Unreadable("larger than 1 MiB")
    count = _Count()
    count.used["larger than 1 MiB"] = len(text.encode(errors="replace"))
    count.check()
    text = _FOLD.sub("", text)  # one long note is one line, however it was folded (RFC 5545 section 3.1)
    lines = text.split("\n")
    count.used["too many lines"] = len(lines)
    # In a text, commas and semicolons are escaped (RFC 5545 section 3.3.11) and separate nothing.
    escaped = text.count("\\,") + text.count("\\;")
    count.used["too many values"] = text.count(",") + text.count(";") - escaped
    count.check()
    for line in lines:
        count.take(line)
    count.check()


class _Count:
    """What an item uses up, and where in it the count stands."""

    def __init__(self) -> None:
        self.used = dict.fromkeys(ALLOWED, 0)
        self._around: list[str] = []
        self._observance: list[str] = []

    def check(self) -> None:
        """Raise Unreadable where an allowance is used up, the worst first, or too much of all together."""
        shares = {reason: self.used[reason] / most for reason, most in ALLOWED.items()}
        worst = max(shares, key=lambda reason: shares[reason])
        if shares[worst] > 1:
            raise Unreadable(worst)
        if sum(shares.values()) > MOST_TOGETHER:
            raise Unreadable("too much of everything")

    def take(self, line: str) -> None:
        """Count one line."""
        word, _, value = line[:64].strip().upper().partition(":")
        if word == "BEGIN":
            self.used["too many components"] += 1
            self._around.append(value)
            if len(self._around) > DEEPEST:
                raise Unreadable("components nested too deep")
        elif word == "END" and self._around:
            if self._around.pop() in ("STANDARD", "DAYLIGHT"):
                self.used["a time zone with too many changes"] += _changes(self._observance)
                self._observance.clear()
        else:
            if ";" in line and (parameters := _PARAMETERS.match(line)):
                self.used["parameters that are too long"] += parameters.end()
            if self._around[-1:] in (["STANDARD"], ["DAYLIGHT"]):
                self._observance.append(line)


def _changes(observance: list[str]) -> int:
    """How often a part of a time zone changes it."""
    changes = zonecost.changes(observance)
    if changes is None:
        raise Unreadable("a time zone that changes more often than yearly")
    return changes
