"""Trying an account with the login that is about to be kept, in front of the person whose it is.

Lives here: what is said and asked between the login and the writing down. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from syncer import clock
from syncer.commands.terminal import Terminal
from syncer.commands.words import plain
from syncer.config.settings import Config
from syncer.connector import Collection, Connector, Context, CredentialsDead, Refused
from syncer.core.identity import read_uid
from syncer.core.model import Kind, Partner
from syncer.onboarding.enrolment import Seat
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.probe import Probe, collection_for

SHOWN = 12
"""How many of an account's collections are named."""
_CALLED = {Kind.EVENT: "calendar", Kind.TODO: "to-do list"}


@dataclass(frozen=True, slots=True)
class Trial:
    """A login and those who take part. `existing` says that it reaches collections that a person made."""

    terminal: Terminal
    secret: str
    household: Config
    partner: Partner
    existing: bool

    def run(self, seat: Seat) -> Seat:
        """The account, once it is shown that it can be used; with the collections that the person chose.

        Raises ConnectorError or NotConnected.
        """
        with self._opened(seat) as connector:
            there = self._collections(seat, connector)
            self.terminal.say("", f"{seat.name}: logged in. {_listed(there)}")
            seat = self._renewed(seat, there) if seat.known is not None else self._chosen(seat, there)
            for kind, name in seat.collections.items():
                self._probe(seat, connector, collection_for(connector, there, name, kind), kind, there)
        return seat

    def _collections(self, seat: Seat, connector: Connector) -> list[Collection]:
        """What is there; a login that was typed a moment ago and is refused was most likely mistyped."""
        try:
            return list(connector.collections())
        except CredentialsDead as dead:
            if seat.login.oauth is not None or "evenhold connect" not in dead.cure:
                raise
            raise NotConnected(
                dead.condition, f"Copy the {seat.login.word} again, and connect again"
            ) from None

    @contextmanager
    def _opened(self, seat: Seat) -> Iterator[Connector]:
        """The account's connector with the login that is about to be kept."""
        id = self.household.household.id
        context = Context(self.partner.zone, lambda: self.secret, lambda uid: read_uid(uid, id) is not None)
        connector = seat.kind_of(seat.settings, context)
        try:
            yield connector
        finally:
            connector.close()

    def _probe(
        self,
        seat: Seat,
        connector: Connector,
        found: Collection,
        kind: Kind,
        there: Sequence[Collection],
    ) -> None:
        today = clock.now().astimezone(self.partner.zone).date()
        steps: list[str] = []
        try:
            Probe(connector, found, kind, self.household.household.id, today, steps.append).run()
        except (Refused, CredentialsDead):
            oauth = seat.login.oauth
            if oauth is None or not oauth.existing or self.existing or found not in there:
                raise
            raise NotConnected(
                f"“{plain(found.name)}” is there already, and this login reaches only what Evenhold made",
                "Name another with --calendar, or say --existing to be asked for access to it",
            ) from None
        finally:
            self.terminal.say(_probed(found, kind, steps, made=found not in there))

    def _renewed(self, seat: Seat, there: Sequence[Collection]) -> Seat:
        """It should be the account that it was."""
        missing = _missing(seat, there)
        if missing and len(missing) == len(seat.collections):
            self.terminal.say(f"“{missing[0]}” is not in this account. Is it the right one?")
            if (self.terminal.ask("Make it there and go on? [y/N] ") or "n")[:1].lower() != "y":
                raise NotConnected("this may be another account", "Connect again with the right one")
        return seat

    def _chosen(self, seat: Seat, there: Sequence[Collection]) -> Seat:
        """The collections as the person names them, or as they were given."""
        oauth = seat.login.oauth
        if oauth is None and self.terminal.is_person:
            names = {}
            for kind, name in seat.collections.items():
                asked = f"Which {_CALLED[kind]} shall take {self.partner.name}'s items? [{name}] "
                names[kind] = self.terminal.ask(asked, name) or name
            return replace(seat, collections=names)
        missing = _missing(seat, there)
        if oauth is not None and oauth.existing and self.existing and missing:
            raise NotConnected(f"“{missing[0]}” is not in this account", "Name one that is with --calendar")
        return seat


def _missing(seat: Seat, there: Sequence[Collection]) -> list[str]:
    return [
        name
        for kind, name in seat.collections.items()
        if not any(kind in one.kinds and name in (one.ref, one.name) for one in there)
    ]


def _listed(there: Sequence[Collection]) -> str:
    names = [f"{plain(one.name)} ({_kinds(one)})" for one in there[:SHOWN]]
    more = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
    return f"It has {', '.join(names)}{more}." if there else "It has no calendar or list yet."


def _kinds(collection: Collection) -> str:
    return ", ".join(_CALLED[kind] for kind in Kind if kind in collection.kinds)


def _probed(found: Collection, kind: Kind, steps: Sequence[str], *, made: bool) -> str:
    words = {"create": "put up", "read": "read", "tick": "ticked", "delete": "removed"}
    well = [words[step] for step in steps if step in words][-len(words) :]
    said = f"{plain(found.name)} ({_CALLED[kind]}){', new' if made else ''}: probe item "
    left = " It may still stand there; the next attempt removes it." if "left" in steps else ""
    return f"{said}{', '.join(well) if well else 'not taken'}.{left}"
