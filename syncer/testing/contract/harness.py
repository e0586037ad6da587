"""What the author of a connector supplies: a connector, a person's hands at the provider, and faults.

`Harness` has five methods that must be written and some that may be; tests that need what is not offered
are skipped and say so. `Faults` is optional too, and ready-made for HTTP in `http`. See the README beside
the package for a complete example.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from enum import Flag, StrEnum, auto

import pytest

from syncer.connector import Collection, Connector, Context
from syncer.core.model import Kind


class Trouble(StrEnum):
    """What can go wrong between a connector and its provider."""

    RESET = "the connection closes before the request is applied"
    TIMEOUT = "no answer comes in time, and nothing is applied"
    BUSY = "the provider asks to be left alone for 600 seconds (429 with Retry-After)"
    UNAVAILABLE = "the provider is down for a moment (503)"
    ERROR = "the provider has an internal error (500)"
    TRUNCATED = "the body of an answer is cut short"
    GARBLED = "the body of an answer is something else, such as a login page"
    LOGIN = "the login is refused (401)"
    LOST = "the request is applied and the connection closes before the answer"
    LOST_IN_TIME = "the request is applied and no answer comes in time"
    LOST_IN_ERROR = "the request is applied and answered with an internal error (500)"
    DUPLICATE = "the request arrives twice"
    STALE = "an earlier answer to the same request is given again"


AFTER = 600.0
"""Seconds that a busy provider asks for: more than a connector should wait by itself."""

NOT_APPLIED = (
    Trouble.RESET,
    Trouble.TIMEOUT,
    Trouble.BUSY,
    Trouble.UNAVAILABLE,
    Trouble.ERROR,
    Trouble.TRUNCATED,
    Trouble.GARBLED,
    Trouble.LOGIN,
)
LOST = (Trouble.LOST, Trouble.LOST_IN_TIME, Trouble.LOST_IN_ERROR)


class On(Flag):
    """Which requests a trouble befalls."""

    READS = auto()
    WRITES = auto()
    ALL = READS | WRITES


class Faults(ABC):
    """Lets the provider fail. `offered` are the troubles that it can make."""

    offered: frozenset[Trouble] = frozenset(Trouble)

    @abstractmethod
    def inject(self, trouble: Trouble, on: On = On.ALL, *, skip: int = 0, times: int | None = None) -> None:
        """From now on: not the first `skip` requests of these, then `times` of them (None: all)."""

    @abstractmethod
    def calm(self) -> None:
        """Let all go well again."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests the provider has had."""


class Harness(ABC):
    """One account at one provider, and a person who uses it with another app.

    `secret` is the account's password or token: what logs in, and unmistakable, for no error may show it.
    The person's methods go past the connector. `ref` is always an address as the connector gave it.
    """

    secret: str
    faults: Faults | None = None
    many: int = 105
    """More items than one request or page holds. Fewer where each costs dear, and none of that is tested."""

    @abstractmethod
    def connect(self, context: Context) -> Connector:
        """A new connector with this context, without a request. Give it a short timeout, if any."""

    @abstractmethod
    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """Everything that stands in the collection, foreign items too, by address, as the provider has it.

        Leave out revisions and times of change: two snapshots are equal when nothing was altered.
        """

    @abstractmethod
    def foreign(self, collection: Collection, kind: Kind) -> str:
        """The person adds an item that is none of ours, with all that an app would put there; its address."""

    @abstractmethod
    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """The person gives an item another title, and changes nothing else."""

    @abstractmethod
    def delete(self, collection: Collection, ref: str) -> None:
        """The person deletes an item."""

    # --- what a harness may offer besides ---

    def collection(self, connector: Connector, kind: Kind) -> Collection:
        """A collection of this kind with nothing in it, made anew for each test."""
        return connector.create_collection(f"Contract {uuid.uuid4().hex[:12]}", kind)

    def tick(self, collection: Collection, ref: str) -> None:
        """The person ticks a to-do."""
        pytest.skip("the harness can't tick a to-do: override Harness.tick")

    def adorn(self, collection: Collection, ref: str) -> Sequence[str]:
        """The person or their app adds what we know nothing of (a tag, an alarm, an attendee).

        Returns texts that stand in the snapshot of the item from now on.
        """
        pytest.skip("the harness can't add unknown properties: override Harness.adorn")

    def move(self, collection: Collection, ref: str) -> str:
        """The person's app gives an item another address within the collection; returns that."""
        pytest.skip("the harness can't move an item to another address: override Harness.move")

    def spoil(self, collection: Collection, ref: str) -> None:
        """Make an item of ours unreadable where it stands."""
        pytest.skip("the harness can't make an item unreadable: override Harness.spoil")

    def remove(self, collection: Collection) -> None:
        """The person deletes the whole collection."""
        pytest.skip("the harness can't delete a collection: override Harness.remove")

    def expire(self, collection: Collection, cursor: str) -> str:
        """A cursor that was this collection's once and that the provider no longer knows."""
        pytest.skip("the harness can't let a cursor expire: override Harness.expire")
