"""The words of the product as frozen values: what a household shares and what an app holds.

Lives here: household, partner, bundle, task, occurrence, item and their enums. Nothing here reads a
clock, a file or a network, and nothing decides anything; see `decide`, `projection` and `evidence`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

OUTCOME_LENGTH = 140
"""Longest outcome line, in characters: it must fit a phone's screen."""


class Category(StrEnum):
    """The six categories of the guide's audit (product.md, "Words")."""

    HOUSEHOLD_LOGISTICS = "household logistics"
    EMOTIONAL_CARETAKING = "emotional caretaking"
    SOCIAL_PLANNING = "social planning"
    CHILD_RELATED = "child-related"
    FINANCIAL_MANAGEMENT = "financial management"
    RELATIONSHIP_MAINTENANCE = "relationship maintenance"


class Stage(StrEnum):
    """Where in the work of a bundle a task sits."""

    NOTICE = "notice"
    PLAN = "plan"
    DO = "do"
    WATCH = "watch"


class Missed(StrEnum):
    """What an unfinished occurrence does when its successor falls due."""

    LAPSE = "lapse"
    STAY = "stay"


class BundleState(StrEnum):
    """An active bundle stands in its owner's apps; a paused or archived one in nobody's."""

    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class Kind(StrEnum):
    """The two shapes an item takes: VEVENT or VTODO in iCalendar's words (RFC 5545 section 3.6)."""

    EVENT = "event"
    TODO = "todo"


class Status(StrEnum):
    """An item's state as its app says it."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Effort:
    """Minutes of work by stage for one occurrence; never negative."""

    notice: int = 0
    plan: int = 0
    do: int = 0
    watch: int = 0

    @property
    def thinking(self) -> int:
        """Minutes of noticing, planning and watching."""
        return self.notice + self.plan + self.watch


@dataclass(frozen=True, slots=True)
class Rule:
    """Repeats by an RFC 5545 section 3.3.10 recurrence rule, counted from the task's start day."""

    text: str


@dataclass(frozen=True, slots=True)
class AfterDone:
    """Falls due again so many days after the last occurrence was done or skipped."""

    days: int


@dataclass(frozen=True, slots=True)
class Once:
    """Happens once, on the task's start day."""


Repeat = Rule | AfterDone | Once


@dataclass(frozen=True, slots=True)
class Alarm:
    """A reminder: `offset` from the start, or from local midnight of an all-day item's day."""

    offset: dt.timedelta


@dataclass(frozen=True, slots=True)
class Alarms:
    """How one partner likes to be reminded: of timed items, and of all-day or due ones."""

    timed: tuple[Alarm, ...] = ()
    due: tuple[Alarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Partner:
    """One adult of the household. `id` is the name in lower case with dashes; `zone` an IANA zone."""

    id: str
    name: str
    zone: ZoneInfo
    addresses: tuple[str, ...] = ()
    alarms: Alarms = field(default_factory=Alarms)


@dataclass(frozen=True, slots=True)
class Bundle:
    """One outcome with exactly one owner; `owner` is a partner's id.

    `weight` is 1-5, `unpredictability` and `deadline` are 0-2 (audit.md: c, u and t).
    """

    id: str
    title: str
    category: Category
    outcome: str
    owner: str
    weight: int = 1
    unpredictability: int = 0
    deadline: int = 0
    state: BundleState = BundleState.ACTIVE


@dataclass(frozen=True, slots=True)
class Task:
    """A recurring or one-off piece of a bundle. `id` is `bundle.task`, unique in the household.

    With `at` (local wall time in the owner's zone) and `minutes` of duration it is timed and goes to a
    calendar; without, it is due on a day and goes to a to-do list. `start` is its first possible day.
    """

    id: str
    bundle: str
    title: str
    stage: Stage
    effort: Effort
    repeat: Repeat
    start: dt.date
    at: dt.time | None = None
    duration: int = 0
    missed: Missed = Missed.LAPSE
    removed: bool = False

    @property
    def timed(self) -> bool:
        """Whether the task has a time of day."""
        return self.at is not None


@dataclass(frozen=True, slots=True)
class Day:
    """All day, or due some time on that day, wherever its owner is."""

    date: dt.date


@dataclass(frozen=True, slots=True)
class Slot:
    """From `start` (aware) for `minutes`; 0 minutes for a to-do, which has a moment and no length."""

    start: dt.datetime
    minutes: int = 0


When = Day | Slot


def day_of(when: When, zone: dt.tzinfo) -> dt.date:
    """The local day on which something falls."""
    if isinstance(when, Day):
        return when.date
    try:
        return when.start.astimezone(zone).date()
    except OverflowError:  # the last day of the year 9999
        return when.start.date()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One dated instance of a task. `key` sorts by age; `day` is the nominal local day.

    The key is the nominal day (`2026-11-24`) for rules and one-offs, and an ordinal (`n000003`) for
    tasks that count from completion: both are the same however often they are computed.
    """

    task: str
    key: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Item:
    """What a connector reads and writes: one event or one to-do, free of any provider.

    `when` is None for a to-do without a due. `percent` is PERCENT-COMPLETE where the app has one.
    `completed` is when the app says it was done, in UTC; a claim, never used for ordering.
    `alarms` are written on creation only: from then on they are the owner's.
    `rule` is the recurrence that a person gave the item (RFC 5545 section 3.3.10, or `RDATE` for a list of
    dates); it is read, never created. An item stands for one occurrence: where any instance of it
    is done, `status` says so.
    """

    uid: str
    kind: Kind
    title: str
    when: When | None = None
    notes: str = ""
    status: Status = Status.OPEN
    percent: int | None = None
    completed: dt.datetime | None = None
    alarms: tuple[Alarm, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Household:
    """Two or more adults who share a home, by partner id."""

    id: str
    partners: Mapping[str, Partner]
