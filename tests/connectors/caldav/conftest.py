"""Real servers, accounts and items for the tests of the CalDAV connector."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Ack, Collection, Context, Create, Listing, Operation, Outcome, Seen
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Day, Item, Kind
from tests.servers import ACCOUNTS, SERVERS, Server

BERLIN = ZoneInfo("Europe/Berlin")
HOUSEHOLD = "home"
_names = itertools.count(1)


def claims(text: str) -> bool:
    """Whether a UID is this household's."""
    return read_uid(text, HOUSEHOLD) is not None


def uid_of(number: int) -> str:
    """The UID of the numbered item of the tests."""
    return Identity("food.shop", f"n{number:06}").uid(HOUSEHOLD)


def todo(number: int, title: str = "Shop", **fields: Any) -> Item:
    """A to-do of ours, due on a day."""
    return Item(uid_of(number), Kind.TODO, title, **{"when": Day(dt.date(2026, 11, 24)), **fields})


@dataclass
class Account:
    """A connector for `ada`, the server behind it, and the secret it is given."""

    server: Server
    secret: str = ACCOUNTS["ada"]
    stopping: bool = False
    waited: list[float] = field(default_factory=list)
    connectors: list[CalDAV] = field(default_factory=list)

    def connect(self, url: str | None = None, *, met: bool = True, **settings: Any) -> CalDAV:
        """A connector that notes how long it would wait instead of waiting.

        It has `met` the server: it knows that this one keeps the conditions of a create.
        """
        context = Context(BERLIN, lambda: self.secret, claims, lambda: self.stopping)
        connector = CalDAV(CalDAVSettings(url=url or self.server.url, user="ada", **settings), context)
        connector.transport.sleep = self.waited.append
        if met:
            connector.keeping.refused()
        self.connectors.append(connector)
        return connector


@dataclass
class Desk:
    """A connector with a fresh to-do list, and what other apps do to it."""

    account: Account
    connector: CalDAV
    collection: Collection

    @property
    def server(self) -> Server:
        """The server that holds the list."""
        return self.account.server

    def address(self, number: int) -> str:
        """Where the numbered item stands."""
        return f"{self.collection.ref}{uid_of(number)}.ics"

    def push(self, *operations: Operation) -> list[Outcome]:
        """The outcomes of a push."""
        return list(self.connector.push(self.collection, operations))

    def created(self, *items: Item) -> list[Ack]:
        """The acknowledgements of creating items."""
        outcomes = self.push(*(Create(item) for item in items))
        acks = [outcome for outcome in outcomes if isinstance(outcome, Ack)]
        assert len(acks) == len(items), outcomes
        return acks

    def pull(self, cursor: str | None = None, acks: Sequence[Ack] = ()) -> Listing:
        """A pull by somebody who knows what the acknowledgements said."""
        return self.connector.pull(self.collection, cursor, {ack.ref: ack.revision for ack in acks})

    def put(self, name: str, text: str, user: str = "ada") -> None:
        """Another app writes a resource."""
        answer = self.server.raw(
            user,
            "PUT",
            self.collection.ref + name,
            text.replace("\n", "\r\n"),
            {"Content-Type": "text/calendar"},
        )
        assert answer.status in (200, 201, 204), answer

    def text(self, path: str) -> str:
        """What stands at a path."""
        answer = self.server.raw("ada", "GET", path)
        return answer.body.decode().replace("\r\n", "\n") if answer.status == 200 else f"{answer.status}"

    def delete(self, path: str) -> None:
        """Another app deletes a resource."""
        assert self.server.raw("ada", "DELETE", path).status in (200, 204)

    def only(self, listing: Listing) -> Seen:
        """The one item that a listing shows."""
        assert len(listing.seen) == 1, listing
        return listing.seen[0]


@pytest.fixture(scope="session", params=list(SERVERS))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each real server in turn."""
    root: Path = tmp_path_factory.mktemp(str(request.param))
    running = SERVERS[request.param](root).start()
    yield running
    running.close()


@pytest.fixture
def account(server: Server) -> Iterator[Account]:
    """An account on a well-behaved server."""
    server.proxy.reset()
    made = Account(server)
    yield made
    server.proxy.reset()
    for connector in made.connectors:
        connector.close()


@pytest.fixture
def desk(account: Account) -> Desk:
    """A connector with a list of its own; the log of requests begins after that."""
    connector = account.connect()
    collection = connector.create_collection(f"List {next(_names)}", Kind.TODO)
    account.server.proxy.reset()
    return Desk(account, connector, collection)
