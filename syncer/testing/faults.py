"""The faults that a service between apps and a ledger meets, by name, and a plan of where they strike.

Lives here: what can go wrong and when. Carrying it out is `faulty`'s for whatever a connector can do to its
caller; the rest (a full disk, a death, an old backup) is done by whoever owns the ledger and the clock.
A plan is data and chance from one seed, so that what went wrong once goes wrong again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """Every kind of fault (reliability.md, "How it is shown")."""

    RESET_BEFORE = "reset before apply"
    RESET_AFTER = "reset after apply"
    TIMEOUT_AFTER = "timeout after apply"
    TOO_MANY = "429"
    SERVER_ERROR = "5xx"
    SLOW = "slow"
    TRUNCATED = "truncated body"
    MALFORMED = "malformed body"
    DUPLICATE = "duplicate delivery"
    REORDERED = "reordered"
    STALE = "stale response"
    PARTIAL_PAGE = "partial page"
    LYING_EMPTY = "empty after full"
    LOST_PAGE_TOKEN = "lost page token"
    EXPIRED_CURSOR = "expired cursor"
    CONFLICT = "412"
    REVOKED = "revoked credentials"
    CLOCK_JUMP = "clock jump"
    DISK_FULL = "disk full"
    BUSY = "SQLITE_BUSY"
    KILL = "kill"
    SECOND_DAEMON = "two daemons"
    OLD_BACKUP = "old backup"
    MASS_DELETE = "mass delete"
    MASS_COMPLETION = "mass completion"
    MISSING = "collection missing"
    REBUILT = "collection rebuilt"
    SWAPPED = "collection swapped"
    NORMALISED = "server normalisation"


class Where(StrEnum):
    """A moment at which a fault can strike: a request, a write, a batch of them, a border between two."""

    REQUEST = "request"
    PULL = "pull"
    CHANGES = "changes"
    WRITE = "write"
    BATCH = "batch"
    BORDER = "border"
    COMMIT = "commit"


_ANY = frozenset({Where.REQUEST, Where.PULL, Where.CHANGES, Where.WRITE})
_PULLS = frozenset({Where.PULL, Where.CHANGES})
STRIKES: Mapping[Fault, frozenset[Where]] = {
    Fault.RESET_BEFORE: _ANY,
    Fault.RESET_AFTER: frozenset({Where.WRITE}),
    Fault.TIMEOUT_AFTER: frozenset({Where.WRITE}),
    Fault.TOO_MANY: _ANY,
    Fault.SERVER_ERROR: _ANY,
    Fault.SLOW: _ANY,
    Fault.TRUNCATED: _ANY,
    Fault.MALFORMED: _ANY,
    Fault.DUPLICATE: frozenset({Where.WRITE, *_PULLS}),
    Fault.REORDERED: frozenset({Where.BATCH, *_PULLS}),
    Fault.STALE: _PULLS,
    Fault.PARTIAL_PAGE: _PULLS,
    Fault.LYING_EMPTY: _PULLS,
    Fault.LOST_PAGE_TOKEN: _PULLS,
    Fault.EXPIRED_CURSOR: frozenset({Where.CHANGES}),
    Fault.CONFLICT: frozenset({Where.WRITE}),
    Fault.REVOKED: _ANY,
    Fault.DISK_FULL: frozenset({Where.COMMIT}),
    Fault.BUSY: frozenset({Where.COMMIT}),
    Fault.KILL: frozenset({Where.BORDER, Where.COMMIT}),
    Fault.SECOND_DAEMON: frozenset({Where.BORDER}),
}
"""Where each fault can strike that strikes in the middle of work; the others are events of their own."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One fault to come: it lets `skip` fitting moments pass. `pick` is a number that its details follow."""

    fault: Fault
    skip: int = 0
    pick: int = 0


@dataclass
class Plan:
    """The strikes to come, and a count of those that struck.

    `hooks` carry out what a connector can't: each is called with the strike when its moment comes. `tell`
    hears of every strike; those `barred` wait.
    """

    hooks: Mapping[Fault, Callable[[Strike], None]] = field(default_factory=dict)
    tell: Callable[[Strike], None] = lambda _: None
    struck: Counter[Fault] = field(default_factory=Counter)
    barred: frozenset[Fault] = frozenset()
    revoked: set[str] = field(default_factory=set)
    paused: bool = False
    _armed: list[list[int | Strike]] = field(default_factory=list)

    @classmethod
    def seeded(cls, seed: int, number: int, faults: Iterable[Fault] = STRIKES) -> Plan:
        """A plan of so many strikes, the same for the same seed."""
        chance = random.Random(seed)
        kinds = list(faults)
        plan = cls()
        plan.arm(
            Strike(chance.choice(kinds), chance.randrange(12), chance.randrange(1000)) for _ in range(number)
        )
        return plan

    def arm(self, strikes: Iterable[Strike]) -> None:
        """Add strikes to come."""
        self._armed += [[strike.skip, strike] for strike in strikes]

    def disarm(self) -> None:
        """Nothing more is to come, and logins are good again."""
        self._armed.clear()
        self.revoked.clear()

    def at(self, where: Where, *, able: Callable[[Strike], bool] = lambda _: True) -> Strike | None:
        """The strike whose moment this is. `able` says whether one could have an effect here."""
        if self.paused or not self._armed:
            return None
        for entry in self._armed:
            left, strike = entry
            assert isinstance(strike, Strike) and isinstance(left, int)
            if where not in STRIKES[strike.fault] or strike.fault in self.barred or not able(strike):
                continue
            if left > 0:
                entry[0] = left - 1
                continue
            self._armed.remove(entry)
            self.struck[strike.fault] += 1
            self.tell(strike)
            return strike
        return None

    def perform(self, strike: Strike) -> None:
        """Let a hook carry a strike out."""
        hook = self.hooks.get(strike.fault)
        if hook is not None:
            hook(strike)
