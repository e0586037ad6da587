"""Expanding recurrence: which days a rule names, and the local moment of a timed task.

The ledger owns recurrence (product.md, rule 3): everything here is on local calendar days, so that no
change of offset can move an occurrence; only `slot` turns a day and a wall time into a moment.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, takewhile

from dateutil.rrule import rrule, rrulestr

from syncer.core.model import AfterDone, Occurrence, Once, Rule, Slot, Task
from syncer.core.rulecheck import refusal

MOST = 1000
"""Most occurrences that one expansion yields (reliability.md, "Hostile input")."""
_UNTIL = re.compile(r"UNTIL=(\d{8})T?\d*Z?", re.IGNORECASE)


@lru_cache(maxsize=2048)
def _parse(text: str, start: dt.date) -> rrule:
    naive = dt.datetime.combine(start, dt.time())
    # UNTIL with a time or Z can't be compared with a local day: RFC 5545 section 3.3.10 wants the
    # value type of DTSTART, and ours is a date.
    rule = rrulestr(_UNTIL.sub(r"UNTIL=\1", text), dtstart=naive, forceset=False)
    if not isinstance(rule, rrule):
        raise TypeError("more than one rule")
    return rule


def _phase(text: str, start: dt.date, after: dt.date) -> dt.date:
    """A later start with the same phase, so that years of daily days need not be walked again."""
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";"))
    step = {"DAILY": 1, "WEEKLY": 7}.get(parts.get("FREQ", ""), 0) * int(parts.get("INTERVAL", "1"))
    if step <= 0 or "COUNT" in parts or after <= start:
        return start
    periods = max((after - start).days // step - 1, 0)
    return start + dt.timedelta(days=periods * step)


def _days(text: str, start: dt.date, after: dt.date) -> Iterator[dt.date]:
    """The rule's days later than `after`, at most MOST.

    That there are any, and that they are soon found, is checked where a rule is taken (`rulecheck`).
    """
    rule = _parse(text, _phase(text, start, after))
    moment = dt.datetime.combine(after, dt.time())
    return (day.date() for day in islice(rule.xafter(moment), MOST))


def occurrences(task: Task, after: dt.date | None = None) -> Iterator[Occurrence]:
    """The occurrences of a task that follow a fixed calendar, later than `after`, oldest first.

    Tasks that count from completion have none here: see `following`.
    """
    floor = after if after is not None else task.start - dt.timedelta(days=1)
    if isinstance(task.repeat, Rule):
        for day in _days(task.repeat.text, task.start, max(floor, task.start - dt.timedelta(days=1))):
            yield Occurrence(task.id, day.isoformat(), day)
    elif isinstance(task.repeat, Once) and task.start > floor:
        yield Occurrence(task.id, task.start.isoformat(), task.start)


def day_in_key(key: str) -> dt.date | None:
    """The nominal day that an occurrence's key names; None for an ordinal."""
    try:
        return dt.date.fromisoformat(key)
    except ValueError:
        return None


def names(task: Task, key: str) -> bool:
    """Whether a task, as it is now, has an occurrence of this key."""
    if isinstance(task.repeat, AfterDone):
        return key.startswith("n")
    day = day_in_key(key)
    if day is None:
        return False
    found = next(occurrences(task, day - dt.timedelta(days=1)), None)
    return found is not None and found.day == day


def is_occurrence(task: Task, key: str, last_key: str | None, resolved_on: dt.date | None) -> bool:
    """Whether a task has, or has had, an occurrence of this key; a UID can be made up by anybody.

    `last_key` and `resolved_on` are those of the last occurrence that was resolved.
    """
    if not isinstance(task.repeat, AfterDone):
        return names(task, key)
    return names(task, key) and key <= following(task, last_key, resolved_on).key


def following(task: Task, last_key: str | None, resolved_on: dt.date | None) -> Occurrence:
    """The next occurrence of a task that counts from completion.

    `last_key` and `resolved_on` are those of the last occurrence done or skipped, None before the first.
    """
    assert isinstance(task.repeat, AfterDone)
    if last_key is None or resolved_on is None or not last_key[1:].isdigit():
        day = task.start if resolved_on is None else resolved_on + dt.timedelta(days=task.repeat.days)
        return Occurrence(task.id, "n000001", day)
    ordinal = int(last_key[1:]) + 1
    return Occurrence(task.id, f"n{ordinal:06d}", resolved_on + dt.timedelta(days=task.repeat.days))


def moved_on(rule: str, was: dt.date, now: dt.date, today: dt.date) -> bool:
    """Whether `now` is where a to-do due on `was` with this rule goes when it is completed.

    Usually the rule's next day, or a later one; some apps count from the day of completion. A due day may lie
    up to a week behind the start that the rule counts from. Rules that we would not take mean nothing.
    """
    if now <= was or refusal(rule, was) is not None:
        return False
    leads = (dt.timedelta(days=lead) for lead in range(7))
    if any(_follows(rule, was - lead, now - lead) for lead in leads):
        return True
    return _follows(rule, today, now)


def _follows(rule: str, first: dt.date, then: dt.date) -> bool:
    """Whether a rule that counts from `first` names both days."""
    days = _days(rule, first, first - dt.timedelta(days=1))
    return next(days, None) == first and any(day == then for day in takewhile(lambda day: day <= then, days))


def slot(day: dt.date, at: dt.time, minutes: int, zone: dt.tzinfo) -> Slot:
    """The moment of a wall time on a day, as a time that exists there.

    In a gap the offset from before it counts, in an overlap the first of the two (RFC 5545 3.3.5).
    """
    wall = dt.datetime.combine(day, at, zone).replace(fold=0)
    return Slot(wall.astimezone(dt.UTC).astimezone(zone), minutes)
