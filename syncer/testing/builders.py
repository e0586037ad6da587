"""Items, contexts and the values that go wrong most often, for tests of connectors.

The household here is called `HOUSEHOLD`; `uid` makes its UIDs and `claims` knows them again. Nothing here
speaks to a provider, and nothing needs pytest.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from syncer.connector import Capability, Context
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Day, Item, Kind, Slot, Status, When

HOUSEHOLD = "contract"
BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
DAY = Day(dt.date(2026, 11, 24))
EVENING = Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN), 45)
DONE_MARK = "✓ "
"""Begins the title of an event that was done: calendars have no status for it."""

TIMES: Mapping[str, When] = {
    "a day": DAY,
    "a leap day": Day(dt.date(2028, 2, 29)),
    "the day of the spring change": Day(dt.date(2026, 3, 29)),
    "the day of the autumn change": Day(dt.date(2026, 10, 25)),
    "the last day of a year": Day(dt.date(2026, 12, 31)),
    "an evening": EVENING,
    "midnight": Slot(dt.datetime(2026, 11, 24, tzinfo=BERLIN), 30),
    "across midnight": Slot(dt.datetime(2026, 12, 31, 23, 30, tzinfo=BERLIN), 90),
    "across the spring gap": Slot(dt.datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), 60),
    "after the spring gap": Slot(dt.datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN), 30),
    "the first 02:30 of the autumn overlap": Slot(dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), 15),
    "the second 02:30 of the autumn overlap": Slot(
        dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN), 15
    ),
    "a zone far away": Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=NEW_YORK), 45),
    "a zone of half an hour": Slot(dt.datetime(2026, 11, 24, 8, 15, tzinfo=ZoneInfo("Asia/Kolkata")), 45),
    "UTC": Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=dt.UTC), 45),
}
"""Times by name. A to-do takes those of day without their length."""

TEXTS: Mapping[str, str] = {
    "commas and semicolons": "Bread, milk; eggs, and: tea",
    "backslashes": r"C:\new\name, \n and \\ and \;",
    "quotes": "\"double\" 'single' `back` “curly”",
    "markup": "<b>bold</b> & ]]> &amp; <!-- -->",
    "emoji": "🗑️ bins 👩‍👩‍👧 🇩🇪",
    "other scripts": "Müll 垃圾 زبالة мусор",
    "a long one": "All work and no play. " * 9 + "End",
    "a colon and equals signs": "BEGIN:VEVENT;X=Y:Z",
}
"""Texts of one line by name."""


def uid(number: int, generation: int = 0) -> str:
    """The UID of the numbered item of the tests."""
    return Identity("bins.out", f"n{number:06}", generation).uid(HOUSEHOLD)


def claims(text: str) -> bool:
    """Whether a UID is the tests' own."""
    return read_uid(text, HOUSEHOLD) is not None


def item(kind: Kind, number: int = 1, title: str = "Take out the bins", **fields: Any) -> Item:
    """An item of ours: a to-do due on a day, or an event of an evening, unless `fields` say otherwise."""
    when = DAY if kind is Kind.TODO else EVENING
    return Item(uid(number), kind, title, **{"when": when, **fields})


def context(secret: Callable[[], str], stopping: Callable[[], bool] = lambda: False) -> Context:
    """What a connector is given, in Berlin."""
    return Context(BERLIN, secret, claims, stopping)


def shown(item: Item, capabilities: frozenset[Capability]) -> Mapping[str, object]:
    """What a provider with these capabilities must show of an item; instants, whatever their zone.

    What it can't hold is left out: absent is not cleared.
    """
    fields: dict[str, object] = {
        "uid": item.uid,
        "kind": item.kind,
        "title": item.title,
        "when": _plain(item, capabilities),
        "done": item.status is Status.DONE,
    }
    if Capability.NOTES in capabilities:
        fields["notes"] = item.notes
    if Capability.ALARMS in capabilities:
        fields["alarms"] = sorted(alarm.offset for alarm in item.alarms)
    return fields


def _plain(item: Item, capabilities: frozenset[Capability]) -> object:
    if not isinstance(item.when, Slot):
        return item.when
    start = item.when.start
    if item.kind is Kind.EVENT:
        return start.astimezone(dt.UTC), item.when.minutes
    if Capability.TIME_OF_DAY_TODOS in capabilities:
        return start.astimezone(dt.UTC)
    return Day(start.date())
