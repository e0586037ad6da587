"""Load: what the audit reads from the ledger, and the arithmetic of one bundle's minutes.

Lives here: the audit's inputs, the figures they become, and how the minutes of a stage are shared out.
What is summed over, shown or said about it stands in `audit`; the constants stand in `conventions`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from syncer.core.conventions import CONVENTIONS
from syncer.core.model import Category, Effort

ZERO = Fraction(0)
ONE = Fraction(1)
DAY = dt.timedelta(days=1)
MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Carried:
    """A completed occurrence, or so many `times` the same. `owner` owned the bundle then; `actor` is the
    partner from whose own account the evidence came, None if unknown; `effort` is the minutes of one;
    `at` is aware, in UTC: of several the last, and none of them is outside the window under audit."""

    bundle: str
    category: Category
    weight: int
    unpredictability: int
    deadline: int
    effort: Effort
    owner: str
    actor: str | None
    at: dt.datetime
    times: int = 1


@dataclass(frozen=True, slots=True)
class Held:
    """One tenure: `owner` owned the bundle from `since` to before `until` (aware, UTC; None: still)."""

    bundle: str
    category: Category
    weight: int
    owner: str
    since: dt.datetime
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A bundle as it is now, with the number of its tasks that are open in an app."""

    bundle: str
    title: str
    category: Category
    owner: str
    open: int


@dataclass(frozen=True, slots=True)
class Window:
    """The time under audit, from `start` to before `end`, both aware, in UTC."""

    start: dt.datetime
    end: dt.datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("the audit's window has a time without a zone; give both ends in UTC")
        if self.start >= self.end:
            raise ValueError(f"the audit's window ends at {self.end}, not after its start; swap the two")

    @classmethod
    def before(cls, end: dt.datetime) -> Window:
        """The usual window, four weeks, up to `end`."""
        return cls(end - CONVENTIONS.window, end)

    def holds(self, at: dt.datetime) -> bool:
        """Whether a moment falls into the window."""
        return self.start <= at < self.end

    def clip(self, since: dt.datetime, until: dt.datetime | None) -> dt.timedelta:
        """How long of a tenure falls into the window; never negative."""
        ends = self.end if until is None else min(until, self.end)
        return max(ends - max(since, self.start), dt.timedelta())


class Basis(StrEnum):
    """What a share of the minutes rests on."""

    EVIDENCED = "evidenced"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Share:
    """A partner's part (0-1) of a stage."""

    partner: str
    part: Fraction
    basis: Basis


Shares = tuple[Share, ...]
"""The parts of one stage. What they leave of 1 is unattributed."""


@dataclass(frozen=True, slots=True)
class StageShares:
    """Who has which part of each stage: a_n, a_p, a_d and a_w of audit.md."""

    notice: Shares
    plan: Shares
    do: Shares
    watch: Shares


@dataclass(frozen=True, slots=True)
class Measure:
    """Minutes, and how many of them are only assumed to be this partner's."""

    minutes: Fraction = ZERO
    assumed: Fraction = ZERO

    def __add__(self, other: Measure) -> Measure:
        return Measure(self.minutes + other.minutes, self.assumed + other.assumed)

    @property
    def basis(self) -> str:
        """`evidenced`, `assumed`, `mixed`, or `none` where there are no minutes."""
        if not self.minutes:
            return "none"
        if not self.assumed:
            return Basis.EVIDENCED.value
        return Basis.ASSUMED.value if self.assumed == self.minutes else "mixed"


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and minutes. `plain` is thinking without multipliers, for the check with m = 1.

    `done` counts by the share of the doing, so it is whole unless a doing was shared.
    """

    open: int = 0
    done: Fraction = ZERO
    thinking: Measure = field(default_factory=Measure)
    doing: Measure = field(default_factory=Measure)
    holding: Measure = field(default_factory=Measure)
    plain: Measure = field(default_factory=Measure)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.open + other.open,
            self.done + other.done,
            self.thinking + other.thinking,
            self.doing + other.doing,
            self.holding + other.holding,
            self.plain + other.plain,
        )

    @property
    def carried(self) -> Measure:
        """Thinking, doing and holding together."""
        return self.thinking + self.doing + self.holding

    @property
    def carried_plain(self) -> Measure:
        """The same without multipliers (m = 1)."""
        return self.plain + self.doing + self.holding


def spread(
    n: int, effort: Effort, multiplier: Fraction, shares: StageShares, partners: Collection[str]
) -> dict[str | None, Figures]:
    """Share out `n` occurrences whose minutes sum to `effort`; the key None is the unattributed rest.

    A share of somebody who is not among `partners` is unattributed. ValueError if parts exceed 1.
    """
    found: dict[str | None, Figures] = {}
    for minutes, parts in (
        (effort.notice, shares.notice),
        (effort.plan, shares.plan),
        (effort.watch, shares.watch),
    ):
        for who, part, assumed in _parts(parts, partners):
            thought = Measure(minutes * part, minutes * part if assumed else ZERO)
            more = Figures(
                thinking=Measure(thought.minutes * multiplier, thought.assumed * multiplier), plain=thought
            )
            found[who] = found.get(who, Figures()) + more
    for who, part, assumed in _parts(shares.do, partners):
        did = Measure(effort.do * part, effort.do * part if assumed else ZERO)
        found[who] = found.get(who, Figures()) + Figures(done=n * part, doing=did)
    return found


def holding(owned: dt.timedelta, weight: int) -> Figures:
    """Holding of one bundle over the time it was owned: days times h(c). Tenures are on record: evidenced."""
    days = Fraction(owned // MICROSECOND, DAY // MICROSECOND)
    return Figures(holding=Measure(days * CONVENTIONS.holding_a_day(weight)))


def _parts(shares: Shares, partners: Collection[str]) -> list[tuple[str | None, Fraction, bool]]:
    """Whose, how much, and whether assumed; with the rest as None's."""
    known = [share for share in shares if share.partner in partners]
    rest = ONE - sum((share.part for share in known), ZERO)
    if rest < 0 or any(share.part < 0 for share in shares):
        raise ValueError("the shares of a stage are below 0 or above 1 together; give parts of one whole")
    parts: list[tuple[str | None, Fraction, bool]] = [
        (share.partner, share.part, share.basis is Basis.ASSUMED) for share in known
    ]
    return [*parts, (None, rest, False)] if rest else parts
