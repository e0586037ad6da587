"""Listing changes: what is fetched, what is ours, and which answers are no answers."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import pytest

from connectors.caldav import fetching
from syncer.connector import Broken, CollectionGone, CursorExpired, Gone, Refused, Retry, Scope, Seen
from tests.connectors.caldav.conftest import Account, Desk, todo, uid_of
from tests.servers import Request, Response

STRANGER = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Else//EN
BEGIN:VTODO
UID:{uid}
DTSTAMP:20261101T080000Z
SUMMARY:Nobody's business
X-PRIVATE;FLAVOUR=own:kept as it is
END:VTODO
END:VCALENDAR
"""


def test_an_idle_pull_is_one_request(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    first = desk.pull(acks=acks)
    assert (first.scope, first.seen, len(first.same)) == (Scope.COMPLETE, (), 2)
    desk.server.proxy.reset()
    again = desk.pull(first.cursor, acks)
    assert (again.scope, again.seen, again.gone) == (Scope.CHANGES, (), frozenset())
    assert again.cursor is not None
    assert desk.server.proxy.count() == 1


def test_changes_cost_two_requests(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 6)))
    cursor = desk.pull(acks=acks).cursor
    for number in (1, 2):
        desk.put(f"{uid_of(number)}.ics", desk.text(desk.address(number)).replace("Shop", "Shop for two"))
    desk.put(f"{uid_of(9)}.ics", desk.text(desk.address(3)).replace(uid_of(3), uid_of(9)))
    desk.delete(desk.address(4))
    desk.server.proxy.reset()
    listing = desk.pull(cursor, acks)
    assert {seen.item.uid: seen.item.title for seen in listing.seen} == {
        uid_of(1): "Shop for two",
        uid_of(2): "Shop for two",
        uid_of(9): "Shop",
    }
    assert listing.gone == {desk.address(4)}
    assert desk.server.proxy.count() == 2


def test_many_changes_are_fetched_in_chunks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetching.CHUNK == 100
    desk.created(*(todo(number) for number in range(1, 16)))
    desk.server.proxy.reset()
    monkeypatch.setattr(fetching, "CHUNK", 10)
    assert len(desk.pull().seen) == 15
    assert desk.server.proxy.count() == 3


def test_strangers_are_never_fetched(desk: Desk) -> None:
    """Neither in a listing of everything nor in one of changes; and they stay as they are."""
    desk.put("private.ics", STRANGER.format(uid="private"))
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    desk.put("private2.ics", STRANGER.format(uid="private2"))
    before = desk.text(desk.collection.ref + "private.ics")
    listing = desk.pull(cursor, acks)
    assert listing.seen == ()
    bodies = b"".join(request.body for request in desk.server.proxy.requests)
    paths = [request.path for request in desk.server.proxy.requests]
    assert b"private" not in bodies
    assert not any("private" in path for path in paths)
    assert desk.text(desk.collection.ref + "private.ics") == before


def test_a_moved_item_is_found(desk: Desk) -> None:
    """An app gave our item an address of its own; a stranger that came at the same time is let go of."""
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    text = desk.text(desk.address(1))
    desk.delete(desk.address(1))
    desk.put("B8E7-moved.ics", text)
    desk.put("private.ics", STRANGER.format(uid="private"))
    listing = desk.pull(cursor, acks)
    assert listing.gone == {desk.address(1)}
    seen = desk.only(listing)
    assert (seen.ref, seen.item.uid) == (desk.collection.ref + "B8E7-moved.ics", uid_of(1))
    known = {seen.ref: "old"}  # from now on it is known by that address
    assert [one.ref for one in desk.connector.pull(desk.collection, None, known).seen] == [seen.ref]


def test_an_unknown_token_is_an_expired_cursor(desk: Desk) -> None:
    for cursor in ("http://radicale.org/ns/sync/" + "0" * 64, "4" * 40, "fake-token"):
        with pytest.raises(CursorExpired):
            desk.pull(cursor)


@pytest.mark.parametrize("status", [400, 403, 409, 410, 412])
def test_every_refusal_of_a_token_is_an_expired_cursor(desk: Desk, status: int) -> None:
    desk.server.proxy.fault = lambda method, path, n: Response(status) if method == "REPORT" else None
    with pytest.raises(CursorExpired):
        desk.pull("some-token")


@pytest.mark.parametrize("status", [403, 405, 415, 501])
def test_without_sync_collection_etags_are_compared(desk: Desk, status: int) -> None:
    acks = desk.created(todo(1), todo(2), todo(3))
    desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Shop for two"))
    desk.delete(desk.address(3))
    desk.put("private.ics", STRANGER.format(uid="private"))
    _no_sync(desk, Response(status))
    listing = desk.pull(acks=acks)
    assert (listing.scope, listing.cursor, listing.gone) == (Scope.COMPLETE, None, frozenset())
    assert desk.only(listing).item.title == "Shop for two"
    assert listing.same == {desk.address(2)}
    assert b"private" not in b"".join(request.body for request in desk.server.proxy.requests)
    desk.server.proxy.requests.clear()
    desk.pull(acks=[ack for ack in acks if ack.ref == desk.address(2)])
    sent = [request for request in desk.server.proxy.requests if b"sync-collection" in request.body]
    assert sent == []  # remembered


@pytest.mark.parametrize("token", [b"", b"<D:sync-token>fake-1</D:sync-token>"])
def test_a_listing_without_a_real_token_is_not_trusted(desk: Desk, token: bytes) -> None:
    acks = desk.created(todo(1))
    empty = b'<D:multistatus xmlns:D="DAV:">' + token + b"</D:multistatus>"
    cursor = desk.pull(acks=acks).cursor
    _no_sync(desk, Response(207, empty, {"Content-Type": "application/xml"}))
    listing = desk.pull("a-token", acks)  # by ETags, this time
    assert (listing.scope, listing.same, listing.cursor) == (
        Scope.COMPLETE,
        frozenset({desk.address(1)}),
        None,
    )
    desk.server.proxy.fault = None
    assert desk.pull(acks=acks).cursor == cursor  # by sync-collection again, not by ETags for good


HTML = Response(200, b"<html><body>Please log in</body></html>", {"Content-Type": "text/html"})
EMPTY = Response(207, b"", {"Content-Type": "application/xml"})
BROKEN = Response(207, b'<multistatus xmlns="DAV:"><response>', {"Content-Type": "application/xml"})
NO_XML = Response(207, b"nothing here", {"Content-Type": "application/octet-stream"})


@pytest.mark.parametrize("answer", [HTML, EMPTY, BROKEN, NO_XML], ids=["html", "empty", "broken", "text"])
def test_no_multistatus_is_never_an_empty_listing(desk: Desk, answer: Response) -> None:
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    desk.server.proxy.reset()
    desk.server.proxy.fault = lambda *_: answer
    for token in (cursor, None):
        with pytest.raises(Retry, match="not readable as WebDAV"):
            desk.pull(token, acks)
    assert desk.server.proxy.count() == 6
    with pytest.raises(Retry):
        desk.connector.read(desk.collection, [desk.address(1)])


def test_a_body_cut_short_is_never_a_listing(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 5)))

    def cut(request: Request, response: Response) -> Response:
        return Response(response.status, response.body, response.headers, cut=len(response.body) - 40)

    desk.server.proxy.reset()
    desk.server.proxy.rewrite = cut
    with pytest.raises(Retry):
        desk.pull(acks=acks)
    assert desk.server.proxy.count() == 3


def test_an_etag_listing_must_name_the_collection(desk: Desk) -> None:
    nothing = b'<multistatus xmlns="DAV:"></multistatus>'

    def fault(method: str, path: str, n: int) -> Response | None:
        return Response(405) if method == "REPORT" else Response(207, nothing)

    desk.server.proxy.fault = fault
    with pytest.raises(Retry):
        desk.pull()


def test_pages_are_read_to_the_end(desk: Desk) -> None:
    """RFC 6578 section 3.6: a 507 for the collection means that there is more behind the new token."""
    acks = desk.created(todo(1), todo(2))
    desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Shop for two"))
    page = (
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>{href}</D:href><D:propstat><D:prop>'
        "<D:getetag>{etag}</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        "{more}<D:sync-token>{token}</D:sync-token></D:multistatus>"
    )
    more = (
        f"<D:response><D:href>{desk.collection.ref}</D:href>"
        "<D:status>HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
    )

    def fault(method: str, path: str, n: int) -> Response | None:
        body = desk.server.proxy.requests[n].body
        if b"sync-collection" not in body:
            return None
        if b"page-2" in body:
            text = page.format(href=desk.address(2), etag=acks[1].revision, more="", token="page-3")
        else:
            text = page.format(href=desk.address(1), etag='"new"', more=more, token="page-2")
        return Response(207, text.encode())

    desk.server.proxy.fault = fault
    listing = desk.pull(acks=acks)
    assert listing.cursor == "page-3"
    assert listing.same == {desk.address(2)}
    assert desk.only(listing).item.title == "Shop for two"


def test_a_page_that_leads_nowhere_is_a_failure(desk: Desk) -> None:
    stuck = (
        f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>{desk.collection.ref}</D:href><D:status>'
        "HTTP/1.1 507 Insufficient Storage</D:status></D:response>"
        "<D:sync-token>here</D:sync-token></D:multistatus>"
    )
    desk.server.proxy.fault = lambda *_: Response(207, stuck.encode())
    with pytest.raises(Retry):
        desk.pull("here")
    # Asked once, not for ever; then by ETags, whose answer has to name the collection and doesn't.
    assert [request.method for request in desk.server.proxy.requests] == ["REPORT", "PROPFIND"]


def test_a_deleted_collection(account: Account, desk: Desk) -> None:
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    desk.delete(desk.collection.ref)
    with pytest.raises(CollectionGone):
        desk.pull(cursor, acks)
    with pytest.raises(CollectionGone):
        desk.pull(None, acks)
    with pytest.raises(CollectionGone):
        desk.connector.read(desk.collection, [ack.ref for ack in acks])


def test_reading_says_gone_only_when_told(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.delete(desk.address(2))
    answers = desk.connector.read(desk.collection, [ack.ref for ack in acks])
    assert {answer.ref: type(answer) for answer in answers} == {desk.address(1): Seen, desk.address(2): Gone}
    assert [type(one) for one in desk.connector.read(desk.collection, [desk.address(2)])] == [Gone]


def test_what_a_multiget_leaves_out_is_asked_for(desk: Desk) -> None:
    desk.created(todo(1), todo(2))
    desk.delete(desk.address(2))
    empty = Response(207, b'<multistatus xmlns="DAV:"></multistatus>')
    desk.server.proxy.fault = lambda method, path, n: empty if method == "REPORT" else None
    answers = desk.connector.read(desk.collection, [desk.address(1), desk.address(2)])
    assert {answer.ref: type(answer) for answer in answers} == {desk.address(1): Seen, desk.address(2): Gone}
    assert desk.server.proxy.count("GET") == 2


def test_one_broken_item_does_not_stop_the_others(desk: Desk) -> None:
    desk.created(todo(1), todo(2), todo(3), todo(4))

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(f"UID:{uid_of(1)}".encode(), b"X-NO:uid")
        body = body.replace(f"UID:{uid_of(2)}".encode(), b"UID:somebody-elses")
        body = body.replace(f"UID:{uid_of(3)}".encode(), b"X-BELL:\x07&#7;\nUID:" + uid_of(3).encode())
        return Response(response.status, body, response.headers)

    desk.server.proxy.rewrite = rewrite
    listing = desk.pull()
    assert {seen.item.uid for seen in listing.seen} == {uid_of(3), uid_of(4)}
    reasons = {broken.ref: broken.reason for broken in listing.broken}
    assert reasons == {
        desk.address(1): "holds no event or to-do with a UID",
        desk.address(2): "the address holds somebody else's item",
    }


@pytest.mark.parametrize(
    "href",
    [
        "/somewhere/else/{uid}.ics",
        "https://elsewhere.example{ref}{uid}.ics",
        "{ref}../other/{uid}.ics",
        "{ref}sub/{uid}.ics",
    ],
)
def test_an_address_outside_the_collection_is_not_followed(desk: Desk, href: str) -> None:
    outside = href.format(ref=desk.collection.ref, uid=uid_of(1))
    text = (
        f'<D:multistatus xmlns:D="DAV:"><D:response><D:href>{outside}</D:href><D:propstat><D:prop>'
        '<D:getetag>"1"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>'
        "<D:sync-token>t</D:sync-token></D:multistatus>"
    )
    desk.server.proxy.fault = lambda *_: Response(207, text.encode())
    listing = desk.pull()
    assert [broken.reason for broken in listing.broken] == ["the address is outside its calendar"]
    assert desk.server.proxy.count() == 1


def _etags(change: Callable[[bytes], bytes]) -> Callable[[Request, Response], Response]:
    """A server that gives other ETags than its own, everywhere."""

    def rewrite(request: Request, response: Response) -> Response:
        headers = {name: value for name, value in response.headers.items() if name.lower() != "etag"}
        return Response(response.status, change(response.body), headers)

    return rewrite


def test_a_server_without_etags(desk: Desk) -> None:
    """What it lists is read each time, and a hash of the content stands in for the revision."""
    desk.server.proxy.rewrite = _etags(lambda body: body.replace(b"getetag", b"nothing"))
    acks = desk.created(todo(1), todo(2))
    assert all((ack.revision or "").startswith("sha256:") and not ack.exact for ack in acks)
    assert desk.pull(acks=acks).same == {ack.ref for ack in acks}
    desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Shop for two"))
    assert desk.only(desk.pull(acks=acks)).item.title == "Shop for two"


def test_an_answer_that_is_too_large_is_narrowed_down(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One huge item is set aside, and the others are read."""
    desk.created(todo(1), todo(2, notes="x" * 30_000), todo(3))
    for name in ("LARGEST_BATCH", "LARGEST_SINGLE"):
        monkeypatch.setattr(fetching, name, 20_000)
    listing = desk.pull()
    assert {seen.ref for seen in listing.seen} == {desk.address(1), desk.address(3)}
    assert [(broken.ref, type(broken)) for broken in listing.broken] == [(desk.address(2), Broken)]


def test_nothing_of_a_login_page_reaches_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """At the most talkative level neither bodies nor the password are written."""
    desk.created(todo(1, "Canary title"))
    caplog.set_level("DEBUG")
    desk.pull()
    desk.server.proxy.fault = lambda *_: Response(
        207, b"<not xml Canary title", {"Content-Type": "text/html"}
    )
    with pytest.raises(Retry):
        desk.pull()
    desk.server.proxy.fault = lambda *_: Response(
        404, b"<html>Canary title", {"Content-Type": "application/xml"}
    )
    with pytest.raises((Refused, Retry)):
        desk.pull()
    assert "Canary" not in caplog.text
    assert desk.account.secret not in caplog.text


def _no_sync(desk: Desk, answer: Response) -> None:
    """The server answers sync-collection like this, and everything else as ever."""

    def fault(method: str, path: str, n: int) -> Response | None:
        return answer if b"sync-collection" in desk.server.proxy.requests[n].body else None

    desk.server.proxy.fault = fault


def test_an_item_that_moved_in_an_earlier_listing_is_found_when_its_old_address_is_read(desk: Desk) -> None:
    """An app that first copies and later deletes: the copy alone looked like a stranger's."""
    acks = desk.created(todo(1))
    text = desk.text(desk.address(1))
    desk.delete(desk.address(1))
    desk.put("B8E7-moved.ics", text)
    (answer,) = desk.connector.read(desk.collection, [acks[0].ref])
    assert isinstance(answer, Seen)
    assert (answer.ref, answer.item.uid) == (desk.collection.ref + "B8E7-moved.ics", uid_of(1))


@pytest.mark.parametrize("status", [400, 404, 409, 412])
def test_one_odd_answer_does_not_end_sync_collection(desk: Desk, status: int) -> None:
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    assert cursor is not None
    _no_sync(desk, Response(status))
    listing = desk.pull(acks=acks)  # by ETags, this time
    assert (listing.same, listing.cursor) == (frozenset({desk.address(1)}), None)
    desk.server.proxy.fault = None
    assert desk.pull(acks=acks).cursor == cursor


def test_an_item_that_is_not_shown_keeps_the_cursor(desk: Desk) -> None:
    """Refused once, it would be told as broken, and never be listed again."""
    acks = desk.created(todo(1), todo(2))
    cursor = desk.pull(acks=acks).cursor
    desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Shop for two"))
    empty = Response(207, b'<multistatus xmlns="DAV:"></multistatus>')

    def refuse(method: str, path: str, n: int) -> Response | None:
        multiget = b"calendar-multiget" in desk.server.proxy.requests[n].body
        return empty if multiget else Response(403) if method == "GET" else None

    desk.server.proxy.fault = refuse
    with pytest.raises(Retry, match="did not show an item") as caught:
        desk.pull(cursor, acks)
    assert caught.value.subject == desk.address(1)
    with pytest.raises(Retry, match="did not show an item"):
        desk.connector.read(desk.collection, [desk.address(2)])
    desk.server.proxy.fault = None
    assert desk.only(desk.pull(cursor, acks)).item.title == "Shop for two"


def test_one_bad_byte_costs_nothing(desk: Desk) -> None:
    desk.created(*(todo(number, f"Title {number}") for number in range(1, 5)))

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(b"Title 2", b"Title \xff&#xD800;&#xFFFE;2")
        return Response(response.status, body, response.headers)

    desk.server.proxy.rewrite = rewrite
    titles = {seen.item.title for seen in desk.pull().seen}
    assert titles == {"Title 1", "Title \ufffd2", "Title 3", "Title 4"}


def test_what_makes_an_answer_ill_formed_is_narrowed_down(desk: Desk) -> None:
    """The one item is set aside, and the others are read."""
    desk.created(*(todo(number, f"Title {number}") for number in range(1, 6)))

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(b"Title 2", b"Title <&nothing;")
        if request.method == "GET":
            body = body.replace(b"BEGIN:VTODO", b"BEGIN:X-\xff")
        return Response(response.status, body, response.headers)

    desk.server.proxy.rewrite = rewrite
    listing = desk.pull()
    assert {seen.ref for seen in listing.seen} == {desk.address(number) for number in (1, 3, 4, 5)}
    assert [broken.ref for broken in listing.broken] == [desk.address(2)]
    assert desk.account.waited == []


def test_an_address_that_is_none_stops_nothing(desk: Desk) -> None:
    acks = desk.created(todo(1))
    bad = b'<ns0:response xmlns:ns0="DAV:"><ns0:href>http://[</ns0:href></ns0:response>'

    def rewrite(request: Request, response: Response) -> Response:
        end = response.body.rfind(b"</")
        return Response(response.status, response.body[:end] + bad + response.body[end:], response.headers)

    desk.server.proxy.rewrite = rewrite
    assert desk.pull(acks=acks).same == {desk.address(1)}


@pytest.mark.parametrize("location", ["http://[", "http://127.0.0.1:99999/"])
def test_a_redirect_to_no_address_is_refused(desk: Desk, location: str) -> None:
    desk.server.proxy.fault = lambda *_: Response(302, headers={"Location": location})
    with pytest.raises(Refused, match="redirects"):
        desk.pull()


def test_a_refusal_in_another_charset_is_a_refusal(desk: Desk) -> None:
    desk.server.proxy.fault = lambda *_: Response(413, b"zu gro\xdf")
    with pytest.raises(Refused, match="larger"):
        desk.pull()


@pytest.mark.parametrize("packed", [False, True], ids=["cut", "gzip"])
def test_a_broken_body_leaves_nothing_open(desk: Desk, packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Collected while open, the response would complain on stderr."""
    ignored: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: ignored.append(what.exc_type))
    answer = (
        Response(207, b"\x1f\x8b\x08no gzip" * 99, {"Content-Encoding": "gzip"})
        if packed
        else Response(207, b"<multistatus " * 99, cut=300)
    )
    desk.server.proxy.fault = lambda *_: answer
    with pytest.raises(Retry):
        desk.pull()
    desk.connector.close()
    gc.collect()
    assert ignored == []


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16"])
def test_an_unreadable_answer_in_another_charset_is_tried_again(desk: Desk, charset: str) -> None:
    text = f'<?xml version="1.0" encoding="{charset}"?><multistatus xmlns="DAV:">ä</a></multistatus>'
    desk.server.proxy.fault = lambda *_: Response(207, text.encode(charset))
    with pytest.raises(Retry):
        desk.pull()


def _lost(desk: Desk, ref: str) -> None:
    """Content is answered by a cache from before this member was there."""
    gone = f"<response><href>{ref}</href><status>HTTP/1.1 404 Gone</status></response>"
    old = f'<multistatus xmlns="DAV:">{gone}</multistatus>'

    def fault(method: str, path: str, n: int) -> Response | None:
        multiget = b"calendar-multiget" in desk.server.proxy.requests[n].body
        return Response(207, old.encode()) if multiget else Response(404) if path == ref else None

    desk.server.proxy.fault = fault


@pytest.mark.parametrize("known", [True, False])
def test_what_is_listed_and_not_there_is_asked_again(desk: Desk, known: bool) -> None:
    """Told as deleted it would be lost, and left out as well: the cursor moves on."""
    acks = desk.created(todo(1))
    cursor = desk.pull(acks=acks).cursor
    number = 1 if known else 2
    desk.put(
        f"{uid_of(number)}.ics",
        desk.text(acks[0].ref).replace(uid_of(1), uid_of(number)).replace("Shop", "New"),
    )
    _lost(desk, desk.address(number))
    with pytest.raises(Retry, match="listed, but is not there"):
        desk.pull(cursor, acks)
    desk.server.proxy.fault = None
    assert desk.only(desk.pull(cursor, acks)).item.title == "New"


def test_what_is_listed_and_never_there_blocks_nobody(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    cursor = desk.pull(acks=acks).cursor
    for number in (1, 2):
        desk.put(f"{uid_of(number)}.ics", desk.text(desk.address(number)).replace("Shop", "Shop for two"))
    true = desk.server.proxy.rewrite

    def rewrite(request: Request, response: Response) -> Response:
        if request.path == desk.address(1):
            return Response(404)
        body = response.body
        if b"calendar-data" in body:  # the member is left out, so it is asked for singly
            body = body.replace(desk.address(1).encode(), desk.address(9).encode())
        return Response(response.status, body, response.headers)

    desk.server.proxy.rewrite = rewrite
    with pytest.raises(Retry):
        desk.pull(cursor, acks)
    listing = desk.pull(cursor, acks)
    assert [broken.reason for broken in listing.broken] == ["listed by the server, but not there"]
    assert desk.only(listing).ref == desk.address(2)
    assert listing.gone == frozenset()
    desk.server.proxy.rewrite = true
    assert len(desk.pull(cursor, acks).seen) == 2
