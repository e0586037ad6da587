"""Tapes from accounts of one's own, as a household's configuration names them.

    python -m tests.cassettes record --accounts ~/evenhold.toml            one tape for each account
    python -m tests.cassettes record --accounts ~/evenhold.toml ben-tasks  or for some

The story is told in a list of its own, which is yours to delete afterwards; nothing else is touched. Logins,
tokens, mail addresses, the address of a CalDAV server and the account's user name do not get onto the tape,
but the names of other lists do: read a tape before you give it to anybody. No test and no CI comes here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from syncer import secrets
from syncer.config.settings import Account, load
from syncer.connector import Ack, Collection, Connector, Context, Delete, Seen, Update
from syncer.core.model import Item, Kind, Status
from syncer.plugins import discover
from syncer.testing import builders
from syncer.testing.contract import Harness
from tests.cassettes.sources import CONNECTORS, Live, Source

PLACE = "https://dav.example.org"
NEVER = {"google_tasks": "2020-01-01T00:00:00Z"}
"""A cursor that is of no use, where it has a form."""


class Deputy(Harness):
    """The person, played by a second connector to the same account, which the tape does not hear."""

    def __init__(self, connector: Connector, kind: str) -> None:
        self._connector, self._kind = connector, kind

    def connect(self, context: Context) -> Connector:
        """See the base."""
        return self._connector

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base; the story asks for none."""
        return {}

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base; the story asks for none."""
        return ""

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self._change(collection, ref, "title", title=title)

    def tick(self, collection: Collection, ref: str) -> None:
        """See the base."""
        self._change(collection, ref, "status", status=Status.DONE)

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        there = self._there(collection, ref)
        self._push(collection, Delete(ref, there.revision, there.item.uid))

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base: nobody can let a cursor expire, but one that never was is refused likewise."""
        return NEVER.get(self._kind, f"{cursor}-never-was")

    def _change(self, collection: Collection, ref: str, field: str, **value: Any) -> None:
        there = self._there(collection, ref)
        item: Item = replace(there.item, **value)
        self._push(collection, Update(ref, there.revision, item, frozenset({field})))

    def _there(self, collection: Collection, ref: str) -> Seen:
        (there,) = self._connector.read(collection, [ref])
        assert isinstance(there, Seen), there
        return there

    def _push(self, collection: Collection, operation: Update | Delete) -> None:
        outcomes = list(self._connector.push(collection, [operation]))
        assert all(isinstance(one, Ack) for one in outcomes), outcomes


def sources(config: Path, names: Sequence[str]) -> list[Source]:
    """A source for each account of a configuration that is named, or for all."""
    accounts = load(config, discover()).accounts
    return [_source(account) for account in accounts if account.name in names or not names]


def _source(account: Account) -> Source:
    kind = Kind.TODO if account.todos is not None else Kind.EVENT
    settings = {**account.settings.model_dump(mode="json", exclude_unset=True)}
    if account.connector == "caldav":
        settings["parallel"] = 1  # one request after another, in the order of the tape
    renamed = tuple(_renamed(settings))
    played = {name: _said(value, renamed) for name, value in settings.items()}
    today = f"{dt.datetime.now(dt.UTC):%Y-%m-%d}"
    origin = f"an account at the real provider of {account.connector}, on {today}"

    @contextmanager
    def start(_: Path) -> Iterator[Live]:
        secret = secrets.read(account.secret)
        of = CONNECTORS[account.connector]
        person = Deputy(of(account.settings, builders.context(partial(str, secret))), account.connector)
        yield Live(settings, secret, person, renamed)
        person.connect(builders.context(str)).close()

    return Source(f"real-{account.connector}", account.connector, kind, origin, played, start)


def _renamed(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The server's address and the user's name, which are the household's own."""
    parts = urlsplit(str(settings.get("url", "")))
    if parts.hostname is not None and "todoist.com" not in parts.hostname:
        yield f"{parts.scheme}://{parts.netloc}", PLACE
        yield parts.netloc, urlsplit(PLACE).netloc
    if user := str(settings.get("user", "")):
        yield user, "ada@example.org" if "@" in user else "ada"


def _said(value: Any, renamed: Sequence[tuple[str, str]]) -> Any:
    for real, name in renamed:
        value = value.replace(real, name) if isinstance(value, str) else value
    return value
