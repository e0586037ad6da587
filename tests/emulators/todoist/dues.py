"""Due dates as Todoist takes, keeps and moves them: three shapes, and a grammar of a few recurrences.

A date, a floating time, or a moment in UTC with its zone ("Due dates" of the API documentation). Of natural
language only so much is understood as a person in the tests says; all else is an invalid date.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tests.emulators.todoist.errors import TodoistError, invalid, unknown

FIELDS = frozenset({"date", "string", "timezone", "lang", "is_recurring"})
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY = re.compile(r"täglich|every(!?) (?:(\d+) )?(day|week|month|" + "|".join(WEEKDAYS) + r")s?")
_FRACTION = re.compile(r"\.\d+")

Due = dict[str, Any]


def taken(given: object, zone: str, today: dt.date) -> Due | None:
    """The due that follows from what was sent; without a `string` of a recurrence, it does not recur."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise invalid("due")
    for name in given.keys() - FIELDS:
        raise unknown(f"due.{name}")
    text, date = given.get("string"), given.get("date")
    lang = given.get("lang") or "en"
    recurring = isinstance(text, str) and _EVERY.fullmatch(text.lower()) is not None
    if given.get("is_recurring") and not recurring:
        raise invalid("due.string")
    if date is None:
        if not isinstance(text, str):
            raise invalid("due")
        date = first(text, today)
    stamp, where = _stamp(date, given.get("timezone"), zone)
    return {
        "date": stamp,
        "timezone": where,
        "string": text if recurring else stamp,
        "lang": lang,
        "is_recurring": recurring,
    }


def first(text: str, today: dt.date) -> str:
    """The day that a text of a person's means."""
    plain = {"today": 0, "tomorrow": 1}
    if text.lower() in plain:
        return (today + dt.timedelta(days=plain[text.lower()])).isoformat()
    found = _EVERY.fullmatch(text.lower())
    if found is None:
        raise TodoistError(400, "INVALID_DATE", 23, "Date is invalid", extra={"argument": "due.string"})
    if found[3] in WEEKDAYS:
        return (today + dt.timedelta(days=(WEEKDAYS.index(found[3]) - today.weekday()) % 7)).isoformat()
    return today.isoformat()


def moved_on(due: Mapping[str, Any], today: dt.date) -> Due:
    """A recurring due after a completion: the next one after today, or after this one where that is later.

    "every!" counts from the day of completion.
    """
    found = _EVERY.fullmatch(str(due["string"]).lower())
    assert found is not None and due["is_recurring"]
    day = dt.date.fromisoformat(due["date"][:10])
    step = _step(found[3], int(found[2] or 1))
    after = step(today if found[1] else day)
    while after <= today:
        after = step(after)
    return {**due, "date": f"{after}{due['date'][10:]}"}


def local(due: Mapping[str, Any]) -> str:
    """When a due is on its owner's clock, as the activity log writes it: a day is meant until its end."""
    date = str(due["date"])
    if date.endswith("Z"):
        moment = dt.datetime.fromisoformat(date).astimezone(ZoneInfo(str(due["timezone"])))
        return moment.replace(tzinfo=None).isoformat()
    return f"{date}T23:59:59" if len(date) == 10 else date


def _step(unit: str | None, count: int) -> Callable[[dt.date], dt.date]:
    if unit == "month":
        return lambda day: _months(day, count)
    days = count if unit in ("day", None) else 7 * count
    return lambda day: day + dt.timedelta(days=days)


def _months(day: dt.date, count: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return dt.date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _stamp(date: object, timezone: object, zone: str) -> tuple[str, str | None]:
    """The date as it is kept, and its zone: without a fraction, in one of the three shapes."""
    if not isinstance(date, str):
        raise invalid("due.date")
    text = _FRACTION.sub("", date)
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text).isoformat(), None
        if not text.endswith("Z"):
            found = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")
            return found.isoformat(), None
        found = dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError:
        raise invalid("due.date") from None
    where = timezone if timezone is not None else zone
    try:
        ZoneInfo(str(where))
    except (ValueError, OSError, KeyError):
        raise invalid("due.timezone") from None
    return f"{found.isoformat()}Z", str(where)
