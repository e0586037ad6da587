"""What became of a write, from the reply to it or from what stands there afterwards. Pure.

The reply to a write holds the event as Google has it now: nothing is read again where all went well. Where a
write may have gone through unheard, or an id is taken, a look decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from connectors.google import errors
from connectors.google.service import Reply
from connectors.google_calendar import codec, ids, images
from connectors.google_calendar.held import Held
from connectors.google_calendar.listing import THIS
from connectors.google_calendar.plans import Place, Plan, first_spare
from connectors.google_calendar.times import Unreadable
from syncer.connector import (
    Ack,
    Conflict,
    ConnectorError,
    Create,
    Delete,
    Failure,
    IdSpent,
    Operation,
    Outcome,
    Refused,
    Restore,
    Update,
)
from syncer.core.model import Slot

MOST_SPARES = 50


class Ask(Enum):
    """What a look has to tell."""

    WHO = auto()
    """Who stands at the id that a create met."""
    WHETHER = auto()
    """Whether what was refused the second time went through the first time."""
    GONE = auto()
    """Whether what a delete did not find as expected is gone already."""
    ECHO = auto()
    """What a series and its instances are now."""


@dataclass(frozen=True, slots=True)
class Look:
    """A write whose outcome a look has to tell."""

    plan: Plan
    ask: Ask


@dataclass(frozen=True, slots=True)
class Judge:
    """Says what became of writes; `claims` and `zone` are the context's."""

    claims: Callable[[str], bool]
    zone: dt.tzinfo

    def replies(self, plan: Plan, replies: Sequence[Reply | ConnectorError]) -> Outcome | Look:
        """What the replies to a plan's calls mean: the event's own, then those of its instances."""
        step = self._reply(plan, replies[0])
        for reply in replies[1:]:
            if isinstance(step, Look) and step.ask is Ask.ECHO and isinstance(reply, ConnectorError):
                return Failure(plan.operation, reply)
            if (
                isinstance(step, Look)
                and step.ask is Ask.ECHO
                and isinstance(reply, Reply)
                and not reply.good
            ):
                changed = "an instance of the item is not as we knew it"
                return Failure(plan.operation, Conflict(changed, subject=plan.operation.uid))
        return step

    def _reply(self, plan: Plan, reply: Reply | ConnectorError) -> Outcome | Look:
        operation = plan.operation
        if isinstance(reply, ConnectorError):
            return Failure(operation, reply)
        if isinstance(operation, Delete):
            return self._deleted(plan, reply)
        taken = reply.status == 409 and reply.readable and not reply.reasons & errors.CLASHED
        if taken and (isinstance(operation, Create) or plan.spare):
            return Look(plan, Ask.WHO)
        if reply.status == 412 and reply.sent > 1:
            return Look(plan, Ask.WHETHER)
        if reply.gone and not isinstance(operation, Create) and not plan.spare:
            return Failure(operation, Conflict("the item is no longer there", subject=operation.uid))
        if not reply.good:
            return Failure(operation, _refusal(reply, operation))
        echo = Held(reply.data)
        if not echo.live:
            return Failure(operation, Conflict("the item is no longer there", subject=operation.uid))
        if plan.after or (plan.known is not None and plan.known.overrides):
            return Look(plan, Ask.ECHO)
        return self._echoed(plan, echo, exact=True)

    def look(self, look: Look, place: Place) -> Outcome | Plan:
        """What stands there says what became of a write, or that it goes to another id."""
        operation, held = look.plan.operation, place.held
        match operation, look.ask:
            case Delete(), _:
                if held is None:
                    return Ack(operation, operation.ref, None, None)
                return Failure(operation, Conflict("the item is not as we knew it", subject=operation.uid))
            case Create(), _:
                return self._met(look.plan, place)
            case Restore(), Ask.WHO:
                return self.taken(look.plan, held) if held is not None else self._spent(look.plan)
            case _, Ask.WHETHER:
                if held is not None and self._holds(operation, held):
                    return self._echoed(look.plan, held, exact=False)
                return Failure(operation, Conflict("the item is not as we knew it", subject=operation.uid))
            case _:
                if held is None:
                    return Failure(operation, Conflict("the item is no longer there", subject=operation.uid))
                return self._echoed(look.plan, held, exact=False)

    def standing(self, plan: Plan, held: Held) -> Outcome:
        """The outcome of an operation for which nothing had to be sent."""
        return self._echoed(plan, held, exact=False)

    def taken(self, plan: Plan, held: Held) -> Outcome:
        """What a restored event met where nothing should stand: itself, if an attempt was not heard."""
        operation = plan.operation
        if isinstance(operation, Restore) and images.same(held, operation.raw):
            return self._echoed(plan, held, exact=False)
        return Failure(operation, Conflict("something stands there again", subject=operation.uid))

    def uid(self, held: Held) -> str:
        """The UID of what stands somewhere; empty for a stranger's."""
        return ids.uid_of(held.event, self.claims)

    # --- one by one ---

    def _deleted(self, plan: Plan, reply: Reply) -> Outcome | Look:
        if reply.good or reply.gone:
            return Ack(plan.operation, plan.ref, None, None)
        if reply.status == 412:  # a deleted event has another ETag too
            return Look(plan, Ask.GONE)
        return Failure(plan.operation, _refusal(reply, plan.operation))

    def _met(self, plan: Plan, place: Place) -> Outcome:
        """A create whose id is taken: by the item itself, by a stranger, or for ever by something deleted."""
        if place.held is not None:
            if self.uid(place.held) != plan.operation.uid:
                return Failure(plan.operation, _occupied(plan.operation))
            return self._echoed(plan, place.held, exact=False)
        for held in place.elsewhere:
            return self._echoed(plan, held, exact=False)
        spent = "an event of this id was deleted"
        return Failure(plan.operation, IdSpent(spent, subject=plan.operation.uid))

    def _spent(self, plan: Plan) -> Outcome | Plan:
        """A restored event whose spare id was deleted too: the next one is the writer's to take."""
        assert isinstance(plan.operation, Restore)
        if plan.spare < first_spare(plan.operation) + MOST_SPARES:
            return plan
        return Failure(plan.operation, Refused("no id is left for this item", subject=plan.operation.uid))

    def _holds(self, operation: Operation, held: Held) -> bool:
        """Whether what stands there is what an operation wanted."""
        if self.uid(held) != operation.uid:
            return False
        if isinstance(operation, Restore):
            return images.same(held, operation.raw)
        assert isinstance(operation, Update)
        try:
            item = codec.decode(held, self.claims, self.zone)
        except Unreadable:
            return False
        fields = operation.fields & codec.PATCHED
        return all(_plain(getattr(item, name)) == _plain(getattr(operation.item, name)) for name in fields)

    def _echoed(self, plan: Plan, held: Held, *, exact: bool) -> Outcome:
        """The acknowledgement, from what stands there now."""
        operation = plan.operation
        if self.uid(held) != operation.uid:
            return Failure(operation, Conflict("something else stands there", subject=operation.uid))
        try:
            item = codec.decode(held, self.claims, self.zone)
        except Unreadable:
            return Failure(operation, _occupied(operation, "an unreadable event stands there"))
        return Ack(operation, held.ref, held.revision, item, exact)


def _refusal(reply: Reply, operation: Operation) -> ConnectorError:
    """Why Google did not take a write; a 404 that names no event is about the calendar."""
    if reply.status == 400:
        return Refused(
            "Google does not take the item as it is",
            subject=operation.uid,
            cure="Shorten its title and notes, and check its time",
        )
    return reply.failure(operation.uid, THIS)


def _occupied(operation: Operation, why: str = "somebody else's event stands at that id") -> Refused:
    return Refused(why, subject=operation.uid, cure="Delete it in the app")


def _plain(value: object) -> object:
    """A value in which times are instants: Python compares those of one zone by what the clock shows."""
    if isinstance(value, Slot):
        return replace(value, start=value.start.astimezone(dt.UTC).replace(microsecond=0))
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else value
