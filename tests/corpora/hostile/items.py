"""Hostile items by name: how each is built, and what must be said of it. Everything has our UID `UID`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncer.core.identity import Identity

UID = Identity("food.shop", "n000666").uid("home")
FOLDER = Path(__file__).parent
DUE = "DUE;VALUE=DATE:20261124"
START = "DTSTART;TZID=Mine:20261124T080000"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One item: `build` makes its text, `reason` is what it is set aside for (empty: it is read)."""

    build: Callable[[], str]
    reason: str


def item(*lines: str, kind: str = "VTODO", outside: str = "") -> str:
    """A resource with these lines in its item."""
    body = "\r\n".join((f"BEGIN:{kind}", f"UID:{UID}", "SUMMARY:Shop", *lines, f"END:{kind}"))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X//EN\r\n{outside}{body}\r\nEND:VCALENDAR\r\n"


def zone(observances: int, *lines: str, year: int = 1970, end: str = "END:VTIMEZONE\r\n") -> str:
    """A time zone with so many parts."""
    parts = (
        f"BEGIN:STANDARD\r\nDTSTART:{year:04}{1 + n % 12:02}{1 + n % 28:02}T000000\r\n"
        f"TZOFFSETFROM:+0{n % 10}00\r\nTZOFFSETTO:+0{(n + 1) % 10}00\r\n"
        + "".join(f"{line}\r\n" for line in lines)
        + "END:STANDARD\r\n"
        for n in range(observances)
    )
    return f"BEGIN:VTIMEZONE\r\nTZID:Mine\r\n{''.join(parts)}{end}"


def _event(outside: str) -> Callable[[], str]:
    return lambda: item(START, kind="VEVENT", outside=outside)


def _overrides(number: int) -> str:
    one = f"BEGIN:VTODO\r\nUID:{UID}\r\nRECURRENCE-ID:20261124T080000Z\r\nSTATUS:COMPLETED\r\nEND:VTODO\r\n"
    return item(DUE, "RRULE:FREQ=DAILY", outside=one * number)


LARGE, LINES, PARTS = "larger than 1 MiB", "too many lines", "too many components"
VALUES, CHANGES = "too many values", "a time zone with too many changes"
OFTEN = "a time zone that changes more often than yearly"
YEARLY = "RRULE:FREQ=YEARLY"

ITEMS: Mapping[str, Hostile] = {
    "a note of 100 MB": Hostile(lambda: item(DUE, "DESCRIPTION:" + "x" * 100_000_000), LARGE),
    "a note of 9 MB": Hostile(lambda: item(DUE, "DESCRIPTION:" + "x" * 9_000_000), LARGE),
    "a note just too long": Hostile(lambda: item(DUE, "DESCRIPTION:" + "ä" * 524_288), LARGE),
    "a note just short enough": Hostile(lambda: item(DUE, "DESCRIPTION:" + "x" * 1_048_000), ""),
    "a note of ampersands": Hostile(lambda: item(DUE, "DESCRIPTION:" + "&" * 400_000), ""),
    "a line in 13,000 pieces": Hostile(
        lambda: item(DUE, "DESCRIPTION:x" + "\r\n ".join(["x" * 72] * 13_000)), ""
    ),
    "a line in 250,000 pieces": Hostile(lambda: item(DUE, "DESCRIPTION:x" + "\r\n x" * 250_000), ""),
    "a zone of 20,000 parts": Hostile(_event(zone(20_000)), LARGE),
    "a zone of 2,000 parts": Hostile(_event(zone(2_000)), LINES),
    "a zone of 300 parts": Hostile(_event(zone(300)), PARTS),
    "a zone since the year 1": Hostile(_event(zone(190, YEARLY, year=1)), CHANGES),
    "a zone of every Sunday": Hostile(_event(zone(3, YEARLY + ";BYDAY=SU", year=1900)), CHANGES),
    "a zone of the Sundays of March": Hostile(
        _event(zone(8, YEARLY + ";BYMONTH=3;BYDAY=SU", year=1900)), CHANGES
    ),
    "a zone of every day": Hostile(
        _event(zone(1, YEARLY + ";BYMONTHDAY=" + ",".join(map(str, range(1, 32))), year=1900)), CHANGES
    ),
    "a zone of 9,000 dates": Hostile(
        _event(zone(1, "RDATE:" + ",".join(["19700101T000000"] * 9_000))), CHANGES
    ),
    "a zone of a rule of 9,000 digits": Hostile(
        _event(zone(1, YEARLY + ";COUNT=" + "9" * 9_000)), "not valid"
    ),
    "a zone for every second": Hostile(_event(zone(1, "RRULE:FREQ=SECONDLY")), OFTEN),
    "a zone for every second of the year": Hostile(_event(zone(1, YEARLY + ";BYSECOND=0,1,2")), OFTEN),
    "zones that never end": Hostile(
        _event(zone(0, end="X-A:" + "x" * 5000 + "\r\n") * 190), "nested too deep"
    ),
    "an endless quote of 900 kB": Hostile(
        lambda: item(DUE, 'X-A;P="' + "'" * 900_000 + '":1'), "parameters that are"
    ),
    "a rule for every second": Hostile(lambda: item(DUE, "RRULE:FREQ=SECONDLY"), ""),
    "a rule that never comes true": Hostile(
        lambda: item(DUE, "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), ""
    ),
    "a rule of 9,000 values": Hostile(
        lambda: item(DUE, "RRULE:FREQ=DAILY;BYSECOND=" + ",".join(["1"] * 9_000)), "rule longer than we read"
    ),
    "10,000 overrides": Hostile(lambda: _overrides(10_000), LARGE),
    "300 overrides": Hostile(lambda: _overrides(300), PARTS),
    "20,000 categories": Hostile(lambda: item(DUE, "CATEGORIES:" + "a," * 20_000), VALUES),
    "20,000 dates": Hostile(lambda: item(DUE, "RDATE:" + ",".join(["20261124T080000Z"] * 20_000)), VALUES),
    "20,000 lines": Hostile(lambda: item(DUE, *["X-A:1"] * 20_000), LINES),
    "5,000 alarms": Hostile(
        lambda: item(DUE, *["BEGIN:VALARM", "TRIGGER:PT1H", "END:VALARM"] * 5_000), LINES
    ),
    "a parameter of 900 kB": Hostile(
        lambda: item(DUE, "X-A;P=" + "a" * 900_000 + ":1"), "parameters that are"
    ),
    "an open quote of 900 kB": Hostile(lambda: item(DUE, 'X-A;P="' + ':"' * 450_000), ""),
    "a bit of everything": Hostile(
        lambda: item(
            DUE,
            "DESCRIPTION:" + "x" * 700_000,
            "RDATE:" + ",".join(["20261124T080000Z"] * 7_000),
            *["X-A:1"] * 3_500,
        ),
        "too much of everything",
    ),
    "to-dos in to-dos": Hostile(
        lambda: item(*["BEGIN:VTODO"] * 100, *["END:VTODO"] * 100), "nested too deep"
    ),
    "null bytes": Hostile(lambda: item(DUE, "DESCRIPTION:" + "a\0" * 1000), ""),
}
"""Everything that is too large to be a file, and some that says more as code."""


def files() -> Mapping[str, Hostile]:
    """The files beside this; `expected.toml` tells what must be said of each."""
    expected = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
    return {
        file.name: Hostile(partial(_read, file), expected[file.name]) for file in sorted(FOLDER.glob("*.ics"))
    }


def _read(file: Path) -> str:
    return file.read_bytes().decode(errors="surrogateescape")
