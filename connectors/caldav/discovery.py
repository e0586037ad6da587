"""Finding an account's calendars, and making new ones. Requests go through `transport`."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, unquote, urljoin, urlsplit

from connectors.caldav import bodies, errors, quirks
from connectors.caldav.bodies import COMPONENTS
from connectors.caldav.multistatus import CAL, DAV, Entry, Multistatus, key
from connectors.caldav.transport import Transport, parsed
from syncer.connector import Collection, CredentialsDead, Refused, Retry
from syncer.core.model import Kind

WELL_KNOWN = "/.well-known/caldav"
_SCHEDULING = frozenset({f"{CAL}schedule-inbox", f"{CAL}schedule-outbox"})


class Discovery:
    """From the URL that a person gave to the calendars (RFC 6764 section 6, RFC 4791 section 6.2.1)."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._homes: tuple[str, ...] = ()
        self._single: str | None = None

    def collections(self) -> tuple[Collection, ...]:
        """All calendars of the account; the one that the URL names, if it names one."""
        self.find()
        places = [(self._single, "0")] if self._single else [(home, "1") for home in self._homes]
        found: dict[str, Collection] = {}
        for path, depth in places:
            listing = self._transport.multistatus("PROPFIND", path, bodies.CALENDARS, depth)
            if not listing.entries:
                raise errors.malformed(path)  # a place that is there lists at least itself
            for entry in listing.entries:
                collection = _collection(entry)
                if collection is not None:
                    found.setdefault(key(collection.ref), collection)
        return tuple(found.values())

    def create(self, name: str, kind: Kind) -> Collection:
        """Make a calendar below the home, unless one of that name and kind is there."""
        present = self.collections()
        for collection in present:
            if collection.name == name and kind in collection.kinds:
                return collection
        if not self._homes:
            raise Refused(
                "url names one calendar, so no other can be made",
                subject=self._transport.base,
                cure="Give the account's own address as url",
            )
        path = _free(self._homes[0], name, {key(collection.ref) for collection in present})
        answer = self._transport.send(
            "MKCALENDAR",
            path,
            bodies.mkcalendar(name, COMPONENTS[kind]),
            accept=frozenset(
                {403, 405, 409, 501}
            ),  # or "it is there": an earlier attempt came through unheard
        )
        for collection in self.collections():
            if key(collection.ref) == key(path) and kind in collection.kinds:
                return collection
        if answer.status in (403, 405, 501):
            raise Refused("the server makes no calendars", subject=path, cure="Make one in your calendar app")
        raise Refused(
            "the calendar was not made as asked", subject=path, cure="Make one in your calendar app"
        )

    def find(self) -> None:
        """Find the calendar home, once."""
        if self._homes or self._single:
            return
        base = urlsplit(self._transport.base).path or "/"
        account = self._account(base)
        if f"{CAL}calendar" in account.types:
            self._single = account.href
            return
        principal = account.inner_href(f"{DAV}current-user-principal")
        homes = _homes(account)
        if not homes and principal is not None:
            path = self._path(principal)
            homes = _homes(_first(self._transport.multistatus("PROPFIND", path, bodies.ACCOUNT, "0"), path))
        self._homes = tuple(self._path(home) for home in homes) or (account.href or base,)

    def _account(self, base: str) -> Entry:
        """What stands at the given path; for a bare host also what its well-known address leads to."""
        try:
            entry = self._ask(base)
            if base != "/" or _leads_on(entry):
                return entry
        except (CredentialsDead, errors.Unavailable):
            raise
        except (Refused, Retry):
            if base != "/":
                raise
        return self._ask(WELL_KNOWN)

    def _ask(self, path: str) -> Entry:
        answer = self._transport.send(
            "PROPFIND",
            path,
            bodies.ACCOUNT,
            {"Depth": "0"},
            accept=frozenset({404, 405, 406, 410, 501}),
            login=True,
        )
        if answer.status // 100 != 2:
            raise Refused(
                "there is no CalDAV at this address",
                subject=urljoin(self._transport.origin, path),
                cure="Check url: many servers say it in their calendar settings",
            )
        return _first(parsed(answer, path), path)

    def _path(self, href: str) -> str:
        """The path of an address that the server named; only known providers may name another host."""
        here = urlsplit(self._transport.origin)
        try:
            there = urlsplit(urljoin(self._transport.origin, href))
        except ValueError:  # such as http://[
            raise errors.malformed(here.netloc) from None
        if there.hostname != here.hostname:
            allowed = quirks.may_move(here.hostname or "", there.hostname or "")
            if not allowed or there.scheme != "https":
                raise Refused(
                    "the server names another host for its calendars",
                    subject=there.hostname or href,
                    cure="Put that host into url if you trust it",
                )
            self._transport.move_to(there.geturl())
        return there.path


def _first(listing: Multistatus, path: str) -> Entry:
    if not listing.entries:
        raise errors.malformed(path)
    entry = listing.entries[0]
    if entry.status in (404, 410):
        raise Refused(
            "there is no CalDAV at this address", subject=path, cure="Check url in the account's settings"
        )
    return entry


def _leads_on(entry: Entry) -> bool:
    """Whether an answer names the account or its calendars, or is one."""
    named = entry.inner_href(f"{DAV}current-user-principal") or entry.inner_href(f"{CAL}calendar-home-set")
    return named is not None or f"{CAL}calendar" in entry.types


def _homes(entry: Entry) -> tuple[str, ...]:
    """The calendar homes that an answer names; there may be several (RFC 4791 section 6.2.1)."""
    element = entry.props.get(f"{CAL}calendar-home-set")
    hrefs = () if element is None else element.iterfind(f"{DAV}href")
    return tuple(href.text.strip() for href in hrefs if href.text and href.text.strip())


def _collection(entry: Entry) -> Collection | None:
    """The calendar that an entry describes, None for anything else (inboxes, address books, the home)."""
    if f"{CAL}calendar" not in entry.types or entry.types & _SCHEDULING:
        return None
    held = entry.props.get(f"{CAL}supported-calendar-component-set")
    names = None if held is None else {str(part.get("name", "")).upper() for part in held}
    # Where the set is absent, every kind is taken (RFC 4791 section 5.2.3).
    kinds = frozenset(kind for kind, name in COMPONENTS.items() if not names or name in names)
    if not kinds:
        return None
    ref = entry.href if entry.href.endswith("/") else entry.href + "/"
    name = entry.text(f"{DAV}displayname") or unquote(ref.rstrip("/").rsplit("/", 1)[-1])
    return Collection(ref, name, kinds, entry.inner_href(f"{DAV}resource-id"))  # RFC 5842 section 3.1


def _free(home: str, name: str, taken: set[str]) -> str:
    """A path below the home that nothing stands at, made from the name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "evenhold"
    for number in range(1, 1000):
        suffix = f"-{number}" if number > 1 else ""
        path = f"{home.rstrip('/')}/{quote(slug)}{suffix}/"
        if key(path) not in taken:
            return path
    raise Refused("there are too many calendars of this name", subject=home, cure="Choose another name")
