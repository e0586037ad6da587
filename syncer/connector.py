"""The plugin interface: what a connector is, says and may raise. API version 1.

A connector speaks to one kind of provider and is the only code that touches it. It is synchronous and
runs in its account's worker thread; how it batches or parallelises inside is its own business. It is
found by entry point (group `evenhold.connectors`), whose value is a subclass of `Connector`.

Every failure is one of a closed set, so that the engine decides in one place what follows:

    ConnectorError
    +- Retry            passing: try again, after `after` seconds where the provider said so
    +- Conflict         the item is not what we thought: read it again and merge
    |  +- IdSpent          the id was in use once and is not given out again: a further generation is
    +- Refused          this operation, as it is, will never be taken
    |  +- CollectionGone   the calendar or list itself is not there
    +- CursorExpired    the cursor is of no use: compare in full
    +- CredentialsDead  the login is refused: freeze this account alone
    +- ProviderGone     this provider or API version no longer exists
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel

from syncer.core.capabilities import Capability as Capability
from syncer.core.model import Item, Kind
from syncer.core.operations import Create as Create
from syncer.core.operations import Delete as Delete
from syncer.core.operations import Operation as Operation
from syncer.core.operations import Restore as Restore
from syncer.core.operations import Update as Update

API_VERSION = 1
"""What a connector's `api_version` must equal to be loaded."""


class ConnectorError(Exception):
    """A failure of a connector: what happened, to what, and what a person can do about it.

    `condition` is short and constant ("the server refused the login"); `subject` names the item,
    collection or address concerned, never a title or a note; `cure` is one sentence.
    """

    def __init__(self, condition: str, *, subject: str = "", cure: str = "") -> None:
        super().__init__(condition)
        self.condition = condition
        self.subject = subject
        self.cure = cure

    def __str__(self) -> str:
        where = f" ({self.subject})" if self.subject else ""
        cure = f". {self.cure}" if self.cure else ""
        return f"{self.condition}{where}{cure}"


class Retry(ConnectorError):
    """It may go through later; `after` is the provider's own wish in seconds (Retry-After), if any."""

    def __init__(
        self, condition: str, *, subject: str = "", cure: str = "", after: float | None = None
    ) -> None:
        super().__init__(condition, subject=subject, cure=cure)
        self.after = after


class Conflict(ConnectorError):
    """A condition (ETag, revision) did not hold: somebody else changed the item."""


class IdSpent(Conflict):
    """A create met an id that was deleted and can't be used again (providers without `REUSED_IDS`)."""


class Refused(ConnectorError):
    """The provider will never take this as it is."""


class CollectionGone(Refused):
    """The collection is not where it was. Its items are not thereby deleted."""


class CursorExpired(ConnectorError):
    """The provider no longer knows the cursor (RFC 6578 valid-sync-token, HTTP 410)."""


class CredentialsDead(ConnectorError):
    """The login, password or grant is refused."""


class ProviderGone(ConnectorError):
    """The service, or the version of its API that this connector speaks, is no longer there."""


@dataclass(frozen=True, slots=True)
class Collection:
    """One calendar or list. `ref` is the provider's address of it; `identity` changes when it is rebuilt
    (None where the provider has nothing of the kind)."""

    ref: str
    name: str
    kinds: frozenset[Kind]
    identity: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """An item of ours as it stands at the provider: its address, revision (ETag) and content."""

    ref: str
    revision: str | None
    item: Item


@dataclass(frozen=True, slots=True)
class Image:
    """An item as it stood before a write of ours, whole: what `Restore` puts back.

    `raw` is the connector's own form (iCalendar, JSON) with everything that the provider would take back:
    unknown properties, alarms, attendees. It rests in the ledger for some weeks and is never logged.
    """

    ref: str
    revision: str | None
    raw: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A read of one address that was answered "not here"; the only proof that an item was deleted."""

    ref: str


@dataclass(frozen=True, slots=True)
class Broken:
    """An item of ours that can't be understood; it is set aside and the rest goes on."""

    ref: str
    revision: str | None
    reason: str


class Scope(StrEnum):
    """What a listing is complete for."""

    COMPLETE = "complete"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Listing:
    """The answer to a pull, of our items only.

    `seen` holds items whose revision differs from the one known, `same` the known addresses whose
    revision is unchanged (complete scope), `gone` explicit tombstones (changes scope). An address that a
    complete listing names nowhere is absent. `cursor` is None where the provider gave none. A listing
    that was cut short must be raised as an error, never returned.
    """

    scope: Scope
    seen: tuple[Seen, ...] = ()
    same: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    broken: tuple[Broken, ...] = ()
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """An operation that took effect.

    `item` is the provider's echo, read back after the write (None after a delete). `exact` says that the
    revision of the write is the revision of the echo: nobody came between, and what differs from what we
    sent is the server's own rewriting.
    """

    operation: Operation
    ref: str
    revision: str | None
    item: Item | None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """An operation that did not take effect, or may not have (Retry: settle it by looking)."""

    operation: Operation
    error: ConnectorError


Outcome = Ack | Failure


@dataclass(frozen=True, slots=True)
class OAuth:
    """A login on the provider's consent page, with an app that the household registered (RFC 8252).

    `client_file` is what the provider's console calls the file with the app's id and secret. `scopes` are the
    least that the connector asks; `existing` is asked instead where it is to work in a collection that a
    person made. `parameters` go into the consent page's address beside those of RFC 6749. `testing` says that
    the provider lets the logins of apps in "testing" end after some days.
    """

    client_file: str
    scopes: tuple[str, ...]
    existing: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    testing: bool = False


@dataclass(frozen=True, slots=True)
class Login:
    """How a person comes by an account's secret: what `evenhold connect` says and does.

    `word` is what the provider calls the secret, empty where it asks for none; `advice` says in short lines
    where to get it, or the client file, and what to know first; `kinds` are what such an account can take.
    With `oauth` nothing is typed. Then the secret is a JSON object with `client_id`, `client_secret`,
    `refresh_token`, `token_uri` and `scopes`, as the consent gave them, and `granted` (when, ISO 8601 in
    UTC), `expires` (likewise, or null) and `testing` (whether the app is known to be in "testing", or null).
    """

    word: str = "password"
    advice: tuple[str, ...] = ()
    kinds: frozenset[Kind] = frozenset(Kind)
    oauth: OAuth | None = None


class Settings(BaseModel):
    """Base of a connector's own settings: the keys of an `[[accounts]]` table beside the common ones."""

    model_config = {"extra": "forbid", "frozen": True}


@dataclass(frozen=True, slots=True)
class Context:
    """What a connector is given besides its settings.

    `zone` is the partner's, for floating times. `secret` returns the account's password or token, read
    anew each time; it raises `CredentialsDead` where there is none. `claims` tells whether a UID (or the
    part of an address that holds one) is this household's; whatever it denies is foreign and must be
    neither fetched, kept nor changed. `stopping` is true once the daemon wants to end: start nothing new.
    `again` is what a person types to connect this account again, empty where nobody knows: a cure that says
    `evenhold connect NAME` is completed to it.
    """

    zone: dt.tzinfo
    secret: Callable[[], str]
    claims: Callable[[str], bool]
    stopping: Callable[[], bool] = field(default=lambda: False)
    again: str = ""


class Connector(ABC):
    """One account at one provider. Constructing it makes no request."""

    name: ClassVar[str]
    api_version: ClassVar[int] = API_VERSION
    settings: ClassVar[type[Settings]]
    capabilities: ClassVar[frozenset[Capability]]
    family: ClassVar[str] = ""
    """Connectors of one family share one login; `evenhold connect FAMILY` makes an account of each."""

    @classmethod
    def login(cls, settings: Settings) -> Login:
        """How the secret of an account with these settings is got; a password, unless overridden.

        Optional, as `family` is. Makes no request.
        """
        return Login()

    @abstractmethod
    def __init__(self, settings: Settings, context: Context) -> None:
        """Take validated settings (of the class's own schema) and the context."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the account lives, for a person; without secrets."""

    @property
    @abstractmethod
    def user(self) -> str:
        """The login's name, for a person."""

    @abstractmethod
    def collections(self) -> Sequence[Collection]:
        """The account's calendars and lists."""

    @abstractmethod
    def create_collection(self, name: str, kind: Kind) -> Collection:
        """Create one that holds `kind`, called `name`; return the existing one if it is there already."""

    @abstractmethod
    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """What changed since `cursor` among our items, or all of them (`cursor` None).

        `known` maps the addresses we hold to their last revisions, so that only what differs is
        fetched. Raises CursorExpired where the cursor is refused.
        """

    @abstractmethod
    def read(self, collection: Collection, refs: Sequence[str]) -> Sequence[Seen | Gone | Broken]:
        """Read single items afresh, one answer for each address, in any order.

        A stranger's item at an address that was ours is Broken. An item of ours that moved within the
        collection is Seen at its new address, where the provider can tell.
        """

    @abstractmethod
    def address_of(self, collection: Collection, uid: str) -> str | None:
        """Where an item with this UID is created, or None where the provider chooses."""

    def find(self, collection: Collection, uids: Sequence[str]) -> Sequence[Seen]:
        """Items with these UIDs, wherever in the collection they stand; those that don't are left out.

        Asked before a create is sent again where `address_of` says nothing, and when an item is not where it
        was. This one looks through the whole collection; a provider that can search by marker should.
        """
        wanted = set(uids)
        return [seen for seen in self.pull(collection, None, {}).seen if seen.item.uid in wanted]

    @abstractmethod
    def images(self, collection: Collection, refs: Sequence[str]) -> Sequence[Image]:
        """What stands at these addresses, whole, before it is changed; what does not stand there is left out.

        It is written down together with the intent, so that the change can be undone.
        """

    @abstractmethod
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        """Apply operations in any order and yield one outcome for each, as they become known.

        Each outcome names the operation as it was given. A failure of the whole (a dead login, a collection
        that is gone) is a Failure for each. Sending an operation again is harmless: what had its effect
        already is an Ack or a Conflict, never a second effect. Once `stopping` is true, whatever has not been
        sent yields nothing.
        """

    def server_time(self) -> dt.datetime | None:
        """The provider's clock (UTC) as of its last answer (HTTP Date), None where it told none.

        Never used for order: only to notice that one of the two clocks is days away from the other.
        """
        return None

    def close(self) -> None:  # noqa: B027  closing is optional, most connectors hold nothing
        """Release what is held."""
