"""The notice "n changes are waiting": a held plan, put as a question into that partner's own app.

A tick says that the changes were meant. Leaving it says nothing: a held plan dissolves by itself when the
items come back, and the notice goes with it. Another notice says that a login is refused; it stands in
another app of that partner's. Pure: which notice stands where, and what it says.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncer.core.fold import Memory
from syncer.core.identity import RESERVED, Identity
from syncer.core.model import Day, Item, Kind, Status
from syncer.core.projection import Desired, Want
from syncer.core.recurrence import day_in_key
from syncer.core.spoke import Spoke
from syncer.core.ticks import split_tick

SHOWN = 12
"""How many of the waiting items a notice names."""
_TITLE = re.compile(r"\d+ changes? (is|are) waiting\s*")


@dataclass(frozen=True, slots=True)
class Question:
    """What of a held plan a notice tells: the spoke concerned, why, which occurrences, on which local day."""

    spoke: Spoke
    reason: str
    number: int
    waiting: Sequence[str]
    day: dt.date


@dataclass(frozen=True, slots=True)
class Frozen:
    """An account whose login is refused: whose it is, since which local day, and what helps."""

    account: str
    partner: str
    day: dt.date
    cure: str


def identity_of(spoke: Spoke, number: int) -> Identity:
    """The notice of a spoke's held plan; each held plan has a number of its own."""
    tag = hashlib.sha256(spoke.name.encode()).hexdigest()[:8]
    return Identity(f"{RESERVED}waiting-{tag}", f"n{number:06d}")


def host_of(spoke: Spoke, spokes: Sequence[Spoke]) -> Spoke:
    """Where the notice stands: in a list of the same partner, rather another than the one concerned."""
    mine = [other for other in spokes if other.partner == spoke.partner]
    return min(mine, key=lambda other: (other.kind is not Kind.TODO, other == spoke, other.name))


def is_answered(item: Item) -> bool:
    """Whether a notice was ticked; in a calendar, by any mark before the title that we gave it."""
    if item.kind is Kind.TODO:
        return item.status is Status.DONE
    return bool(split_tick(item.title, lambda rest: _TITLE.fullmatch(rest) is not None)[1])


def notices(
    questions: Sequence[Question], host: Spoke, spokes: Sequence[Spoke], rows: Memory, household: str
) -> list[Desired]:
    """The notices that should stand in a collection."""
    return [
        Desired(
            identity, Want.WANTED, _item(question, identity.uid(household), host.kind, rows), why="question"
        )
        for question in questions
        if host_of(question.spoke, spokes) == host
        for identity in [identity_of(question.spoke, question.number)]
    ]


def _item(question: Question, uid: str, kind: Kind, rows: Memory) -> Item:
    many = len(question.waiting)
    named = [_title(name, rows) for name in question.waiting[:SHOWN]]
    more = [f"and {many - SHOWN} more"] if many > SHOWN else []
    notes = "\n".join(
        [
            f"{question.spoke.collection}: {question.reason}, so nothing was concluded from it yet:",
            *(f"- {line}" for line in [*named, *more]),
            "",
            "Tick this if it was meant. If not, leave it: it goes away when they are back.",
        ]
    )
    title = "1 change is waiting" if many == 1 else f"{many} changes are waiting"
    return Item(uid, kind, title, Day(question.day), notes)


def _title(name: str, rows: Memory) -> str:
    task, _, key = name.partition("/")
    found = rows.tasks.get(task)
    day = day_in_key(key)
    return f"{found.title if found else task}{f' ({day:%a %-d %b})' if day else ''}"


def login_notices(
    frozen: Iterable[Frozen], host: Spoke, spokes: Sequence[Spoke], household: str
) -> list[Desired]:
    """The notice of a partner's refused logins, if it should stand in this collection.

    One for all of them, rather in a list, in an account that still answers; nowhere where there is none.
    """
    shut = {one.account: one for one in frozen if one.partner == host.partner}
    reached = [one for one in spokes if one.partner == host.partner and one.account not in shut]
    first = min(reached, key=lambda one: (one.kind is not Kind.TODO, one.name), default=None)
    if not shut or host != first:
        return []
    identity = Identity(f"{RESERVED}login-{host.partner}", "n000001")
    notes = "\n".join(
        [
            "The login is no longer accepted. Nothing is lost: what stands there stays, the rest goes on.",
            *(f"- {name}: {shut[name].cure}" for name in sorted(shut)),
            "",
            "This goes away by itself once Evenhold can log in again.",
        ]
    )
    title = f"Evenhold can't log in to {', '.join(sorted(shut))}"
    day = min(one.day for one in shut.values())
    item = Item(identity.uid(household), host.kind, title, Day(day), notes)
    return [Desired(identity, Want.WANTED, item, why="login")]
