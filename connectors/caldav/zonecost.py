"""How often a part of a VTIMEZONE changes the zone: the library unrolls each change as it reads. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

LAST_YEAR = 2038
"""Up to which the library unrolls a rule."""

DATE = 3
"""Measured: a date that is written out costs as much as three of a rule."""

_YEARLY = frozenset({"FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYMONTH", "BYMONTHDAY", "BYDAY"})
_DIGITS = re.compile(r"\d{4}")


def changes(lines: Sequence[str]) -> int | None:
    """The changes that a STANDARD or DAYLIGHT part stands for; None where a rule is finer than yearly.

    An estimate, never far too low: what counts is that a hostile part is told from the two hundred that a
    real zone may have had in a century.
    """
    start = next((_year(_value(line), 1) for line in lines if _name(line) == "DTSTART"), 1)
    number = len(lines)
    for line in lines:
        if _name(line) == "RDATE":
            number += DATE * (_value(line).count(",") + 1)
        elif _name(line) == "RRULE":
            unrolled = _unrolled(_value(line), start)
            if unrolled is None:
                return None
            number += unrolled
    return number


def _unrolled(rule: str, start: int) -> int | None:
    """How often a rule comes true before it is cut off; None for one that is not plainly yearly."""
    parts = {name: value for name, _, value in (part.partition("=") for part in rule.split(";"))}
    if parts.get("FREQ") != "YEARLY" or parts.keys() - _YEARLY:
        return None
    many = {name: value.count(",") + 1 for name, value in parts.items()}
    each = many.get("BYMONTH", 1)
    if "BYDAY" in parts:
        each *= many["BYDAY"]
        # "SU" is each Sunday, "-1SU" the last one, and so is "SU" among seven days of the month.
        if "BYMONTHDAY" not in parts and not any(sign.isdecimal() for sign in parts["BYDAY"]):
            each *= 5
    else:
        each *= many.get("BYMONTHDAY", 1)
    if "BYMONTH" not in parts and ("BYDAY" in parts or "BYMONTHDAY" in parts):
        each *= 12
    last = min(LAST_YEAR, _year(parts.get("UNTIL", ""), LAST_YEAR))
    unrolled = max(0, last - start + 1) * each
    count = parts.get("COUNT", "")[:9]  # Python reads no number of thousands of digits
    return min(unrolled, int(count)) if count.isdecimal() else unrolled


def _name(line: str) -> str:
    return line[:64].split(":", 1)[0].split(";", 1)[0].strip().upper()


def _value(line: str) -> str:
    return line.rpartition(":")[2].strip().upper()


def _year(text: str, otherwise: int) -> int:
    found = _DIGITS.match(text)
    return int(found[0]) if found else otherwise
