"""CalDAV keeps the contract on real servers: a person with raw HTTP, faults from a proxy in front."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections.abc import Iterator, Mapping

import pytest

from connectors.caldav import CalDAV, bodies
from connectors.caldav.bodies import COMPONENTS
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Collection, Connector, Context
from syncer.core.model import Kind
from syncer.testing.contract import (
    Collecting,
    Conditions,
    Contract,
    Creating,
    Deleting,
    Harness,
    Honesty,
    Hostile,
    HttpFaults,
    Listings,
    Pushing,
    Reads,
    Repeating,
    Strangers,
    Undoing,
    Updating,
    Values,
)
from syncer.testing.proxy import FaultProxy
from tests.servers import ACCOUNTS, Server

TIMEOUT = 1.0
STRANGER = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
BEGIN:{component}
UID:{uid}
DTSTAMP:20261101T080000Z
DTSTART:20261124T180000Z
SUMMARY:Nobody's business
X-PRIVATE;FLAVOUR=own:kept as it is
ATTENDEE;PARTSTAT=ACCEPTED:mailto:somebody@example.org
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Nobody's reminder
TRIGGER:-PT5M
END:VALARM
END:{component}
END:VCALENDAR
"""
ADDED = [
    "CATEGORIES:Home",
    "X-MOOD;FLAVOUR=own:kept as it is",
    "ATTENDEE;PARTSTAT=ACCEPTED:mailto:somebody@example.org",
    "TRIGGER:-PT7M",
]
ALARM = ["BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:Theirs", ADDED[3], "END:VALARM"]
HOMES = {"radicale": "/ada/", "xandikos": "/ada/calendars/"}
FORGOTTEN = {"radicale": "http://radicale.org/ns/sync/" + "0" * 64, "xandikos": "4" * 40}
"""Sync tokens of the right form that were given out for something that is no longer there."""


class CalDAVHarness(Harness):
    """The account `ada` of a real server, behind a proxy that can misbehave."""

    secret = ACCOUNTS["ada"]

    def __init__(self, server: Server, proxy: FaultProxy) -> None:
        # Each write is a commit to Xandikos; one server is enough to go beyond a request.
        self.many = 105 if server.name == "radicale" else 20
        self.server, self._proxy = server, proxy
        self.faults = HttpFaults(proxy, patience=2 * TIMEOUT)
        self._made: list[Collection] = []
        self._numbers = itertools.count(1)

    def connect(self, context: Context) -> Connector:
        """See the base. Waits between attempts are cut short where the proxy is what disturbs.

        Else they are real: Xandikos answers 423 to those who write at the same time.
        """
        settings = CalDAVSettings(url=self._proxy.url, user="ada", timeout=TIMEOUT, parallel=2)
        connector = CalDAV(settings, context)
        connector.transport.sleep = lambda seconds: time.sleep(0.02 if self._proxy.disturbed else seconds)
        return connector

    def collection(self, connector: Connector, kind: Kind) -> Collection:
        """See the base. Made by hand: what `create_collection` does has tests of its own, and asks a lot."""
        name = f"contract-{uuid.uuid4().hex[:12]}"
        ref = f"{HOMES[self.server.name]}{name}/"
        answer = self.server.raw("ada", "MKCALENDAR", ref, bodies.mkcalendar(name, COMPONENTS[kind]))
        assert answer.status == 201, answer
        self._made.append(Collection(ref, name, frozenset({kind})))
        return self._made[-1]

    def clear(self) -> None:
        """Leave the account as it was: a home with hundreds of calendars is slow to list."""
        for collection in self._made:
            self.server.raw("ada", "DELETE", collection.ref)

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        """See the base."""
        listing = self.server.raw("ada", "PROPFIND", collection.ref, headers={"Depth": "1"}).body.decode()
        return {ref: self._text(ref) for ref in re.findall(r"href>([^<]+\.ics)<", listing)}

    def foreign(self, collection: Collection, kind: Kind) -> str:
        """See the base."""
        uid = f"stranger-{next(self._numbers)}"
        ref = f"{collection.ref}{uid}.ics"
        self._put(ref, STRANGER.format(component=COMPONENTS[kind], uid=uid))
        return ref

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        """See the base."""
        self._put(ref, re.sub(r"SUMMARY:.*", f"SUMMARY:{title}", self._text(ref)))

    def delete(self, collection: Collection, ref: str) -> None:
        """See the base."""
        assert self.server.raw("ada", "DELETE", ref).status in (200, 204)

    def tick(self, collection: Collection, ref: str) -> None:
        """See the base."""
        text = re.sub(r"STATUS:.*\n", "", self._text(ref))
        self._put(ref, text.replace("END:VTODO", "STATUS:COMPLETED\nCOMPLETED:20261124T080000Z\nEND:VTODO"))

    def adorn(self, collection: Collection, ref: str) -> list[str]:
        """See the base."""
        added = "\n".join([*ADDED[:3], *ALARM])
        self._put(ref, re.sub(r"(END:V(EVENT|TODO))", rf"{added}\n\1", self._text(ref)))
        return ADDED

    def move(self, collection: Collection, ref: str) -> str:
        """See the base."""
        text = self._text(ref)
        self.delete(collection, ref)
        there = f"{collection.ref}moved-by-an-app.ics"
        self._put(there, text)
        return there

    def spoil(self, collection: Collection, ref: str) -> None:
        """See the base: a date that no server minds and that is beyond what we read."""
        text = self._text(ref)
        uid = re.findall(r"UID:(\S+)", text)[0]
        component = "VTODO" if "BEGIN:VTODO" in text else "VEVENT"
        self._put(ref, STRANGER.format(component=component, uid=uid).replace("20261124", "23001124"))

    def remove(self, collection: Collection) -> None:
        """See the base."""
        self.delete(collection, collection.ref)

    def expire(self, collection: Collection, cursor: str) -> str:
        """See the base."""
        return FORGOTTEN[self.server.name]

    def _text(self, ref: str) -> str:
        return self.server.raw("ada", "GET", ref).body.decode().replace("\r\n", "\n")

    def _put(self, ref: str, text: str) -> None:
        body = text.replace("\n", "\r\n")
        answer = self.server.raw("ada", "PUT", ref, body, {"Content-Type": "text/calendar"})
        assert answer.status in (200, 201, 204), answer


@pytest.fixture(scope="session")
def faulty(server: Server) -> Iterator[FaultProxy]:
    """A proxy in front of the server, and of the one that checks logins where there is need of it."""
    proxy = FaultProxy(server.url if server.proxy_checks_login else server.direct)
    proxy.start()
    yield proxy
    proxy.stop()


class OnCalDAV:
    """The harness for either server."""

    @pytest.fixture
    def harness(self, server: Server, faulty: FaultProxy) -> Iterator[Harness]:
        server.proxy.reset()
        faulty.log.clear()
        made = CalDAVHarness(server, faulty)
        yield made
        made.clear()


@pytest.mark.parametrize("server", ["radicale"], indirect=True, scope="session")
class TestRadicale(OnCalDAV, Contract):
    """The whole contract."""


@pytest.mark.parametrize("server", ["xandikos"], indirect=True, scope="session")
class TestXandikos(
    OnCalDAV,
    Collecting,
    Listings,
    Reads,
    Strangers,
    Creating,
    Updating,
    Pushing,
    Values,
    Conditions,
    Deleting,
    Undoing,
    Honesty,
    Repeating,
    Hostile,
):
    """All but the themes in which no server has a say: what a failure is called, and what its text holds."""
