"""Input made to hurt: one item costs itself alone, an answer its own collection, and nothing is followed."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from connectors.caldav import CalDAV, codec
from connectors.caldav.limits import LARGEST_BATCH, Unreadable
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Broken, Context, Gone, Seen
from syncer.core.identity import read_uid
from tests.connectors.caldav.conftest import BERLIN
from tests.corpora.hostile.answers import ANSWERS, HREFS, Astray, listing
from tests.corpora.hostile.items import ITEMS, UID, Hostile, files
from tests.corpora.hostile.server import LIST, UIDS, Answer, HostileServer, response
from tests.corpora.hostile.visit import visit

ALL = {**ITEMS, **files()}
EACH = pytest.mark.parametrize("hostile", ALL.values(), ids=list(ALL))
ADDRESS = f"{LIST.ref}{UID}.ics"


@pytest.fixture
def connector(request: pytest.FixtureRequest) -> Iterator[CalDAV]:
    """A connector for the server of the test, which it never waits for."""
    server: HostileServer = request.getfixturevalue("server")
    context = Context(BERLIN, lambda: "secret", lambda text: read_uid(text, "home") is not None)
    made = CalDAV(CalDAVSettings(url=server.url, user="ada", timeout=20), context)
    made.transport.sleep = lambda seconds: None
    yield made
    made.close()


@pytest.fixture
def server() -> Iterator[HostileServer]:
    """A hostile server; a test says what it hands out."""
    with HostileServer() as made:
        yield made


def _stem(ref: str) -> str:
    return ref.rsplit("/", 1)[-1].removesuffix(".ics")


@EACH
def test_a_hostile_item_is_told_and_the_others_go_on(
    hostile: Hostile, server: HostileServer, connector: CalDAV
) -> None:
    server.item = hostile.build().encode(errors="surrogateescape")
    found = connector.pull(LIST, None, {})
    seen = {seen.item.uid for seen in found.seen}
    assert seen >= set(UIDS)
    if hostile.reason:
        (broken,) = found.broken
        assert hostile.reason in broken.reason
        assert (broken.ref, UID in seen) == (ADDRESS, False)
        assert broken.revision is not None or "1 MiB" in broken.reason
        (answer,) = connector.read(LIST, [ADDRESS])
        assert isinstance(answer, Broken) and hostile.reason in answer.reason
        assert connector.find(LIST, [UID]) == []
    else:
        assert (found.broken, UID in seen) == ((), True)


@EACH
def test_a_hostile_item_is_read_or_unreadable_and_nothing_else(hostile: Hostile) -> None:
    """Whatever the library raises; and a reason quotes nothing of the item."""
    text = hostile.build().encode(errors="surrogateescape").decode(errors="replace")
    if hostile.reason:
        with pytest.raises(Unreadable, match=re.escape(hostile.reason)):
            codec.decode(text, BERLIN)
    else:
        assert codec.decode(text, BERLIN).uid == UID


@pytest.mark.parametrize("sizes", [True, False])
@pytest.mark.parametrize("sync", [True, False])
def test_a_huge_item_is_hardly_fetched(
    server: HostileServer, connector: CalDAV, sizes: bool, sync: bool
) -> None:
    """Not at all where sizes are told in the listing, else a few MiB of it."""
    server.item, server.sizes, server.sync = b"x" * 100_000_000, sizes, sync
    found = connector.pull(LIST, None, {})
    assert [broken.reason for broken in found.broken] == ["larger than 1 MiB"]
    assert {seen.item.uid for seen in found.seen} == set(UIDS)
    broken_off = 0 if sizes and not sync else 1 if sizes else 5
    buffers = 8 * 1024 * 1024  # what sockets take in before the connection is closed
    assert server.sent < broken_off * (LARGEST_BATCH + buffers) + 1_000_000
    assert len(server.requests) <= 12


def test_a_huge_item_costs_little_memory() -> None:
    """Measured in a process of its own; with 573 MiB it was read once."""
    with HostileServer(ITEMS["a note of 100 MB"].build(), sizes=False) as server:
        found = visit(server.port)
    assert (found.seen, list(found.broken.values())) == (len(UIDS), ["larger than 1 MiB"])
    assert found.mib < 32


@pytest.mark.parametrize("astray", ANSWERS.values(), ids=list(ANSWERS))
def test_an_answer_that_leads_astray_is_a_failure(
    astray: Astray, server: HostileServer, connector: CalDAV
) -> None:
    server.answer = astray.answer
    with pytest.raises(astray.failure, match=astray.words) as caught:
        connector.pull(LIST, None, {})
    assert "root:" not in str(caught.value)
    assert {path for _, path in server.requests} == {LIST.ref}
    assert len(server.requests) <= 8
    server.answer = None  # and nothing is left of it
    assert {_stem(seen.ref) for seen in connector.pull(LIST, None, {}).seen} == set(UIDS)


@pytest.mark.parametrize("href", HREFS)
def test_an_address_that_is_no_members_is_not_followed(
    href: str, server: HostileServer, connector: CalDAV
) -> None:
    """Neither where it is told in a listing nor where it comes back for one that we asked for."""
    server.answer = listing(response(href.format(uid=UID), "<getetag>1</getetag>"))
    found = connector.pull(LIST, None, {})
    assert (found.seen, found.same) == ((), frozenset())
    assert {broken.reason for broken in found.broken} <= {"the address is outside its calendar"}
    assert server.requests == [("REPORT", LIST.ref)]


def test_no_password_goes_to_another_host(server: HostileServer, connector: CalDAV) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        reached = threading.Event()

        def catch() -> None:
            other.accept()[0].close()
            reached.set()

        threading.Thread(target=catch, daemon=True).start()
        port = other.getsockname()[1]
        for location in (f"http://127.0.0.1:{port}/ada/list/", f"http://localhost:{port}/"):
            server.answer = Answer(302, tuple, {"Location": location})
            with pytest.raises(Exception, match="another host"):
                connector.pull(LIST, None, {})
        href = f"http://localhost:{port}{ADDRESS}"
        server.answer = listing(response(href, "<getetag>1</getetag>"))
        assert connector.pull(LIST, None, {}).seen == ()
        assert not reached.wait(0.1)
        socket.create_connection(("127.0.0.1", port)).close()
        assert reached.wait(5)  # the trap does catch


@pytest.mark.parametrize(
    "status", ["HTTP/1.1 200 OK", "HTTP/1.1 ²00 OK", "nonsense", "", "HTTP/1.1 " + "9" * 9999]
)
def test_one_address_told_often_is_one_item(server: HostileServer, connector: CalDAV, status: str) -> None:
    """And an odd status is that response's, not the listing's."""
    twice = response(f"{LIST.ref}{UIDS[0]}.ics", "<getetag>1</getetag>") * 50
    odd = response(f"{LIST.ref}{UIDS[1]}.ics", "<getetag>1</getetag>").replace("HTTP/1.1 200 OK", status)
    true = server.reply

    def reply(method: str, path: str, body: str) -> Answer:
        return listing(twice, odd) if "sync-collection" in body else true(method, path, body)

    server.reply = reply  # type: ignore[method-assign]  # this one server lies
    found = connector.pull(LIST, None, {})
    assert [_stem(seen.ref) for seen in found.seen].count(UIDS[0]) == 1


def test_what_is_not_there_among_the_hostile_is_gone(server: HostileServer, connector: CalDAV) -> None:
    server.item = b"x" * 9_000_000
    refs = [f"{LIST.ref}{UIDS[0]}.ics", ADDRESS, f"{LIST.ref}evenhold-nothing.ics"]
    answers = {answer.ref: type(answer) for answer in connector.read(LIST, refs)}
    assert answers == dict(zip(refs, (Seen, Broken, Gone), strict=True))
