"""The one classifier, and the small readers of what servers say."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree

import pytest

from connectors.caldav import errors, multistatus, quirks
from connectors.caldav.discovery import _collection
from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    CredentialsDead,
    CursorExpired,
    Refused,
    Retry,
)

NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
CALDAV = "{urn:ietf:params:xml:ns:caldav}"


@pytest.mark.parametrize(
    ("status", "precondition", "kind", "words"),
    [
        (401, "", CredentialsDead, "refused the login"),
        (403, "", Refused, "may not"),
        (403, f"{CALDAV}max-resource-size", Refused, "larger"),
        (403, f"{CALDAV}supported-calendar-component", Refused, "kind of item"),
        (412, f"{CALDAV}valid-calendar-data", Refused, "can't read"),
        (409, f"{CALDAV}no-uid-conflict", Conflict, "another address"),
        (403, "{DAV:}valid-sync-token", CursorExpired, "sync token"),
        (403, "{DAV:}quota-not-exceeded", Refused, "Free space"),
        (404, "", CollectionGone, "not there"),
        (410, "", CollectionGone, "not there"),
        (409, "", Conflict, "not as we knew it"),
        (412, "", Conflict, "not as we knew it"),
        (413, "", Refused, "larger"),
        (415, "", Refused, "415"),
        (423, "", errors.Locked, "423"),
        (429, "", errors.Unavailable, "429"),
        (500, "", Retry, "500"),
        (503, "", errors.Unavailable, "503"),
        (507, "", Refused, "Free space on the server"),
        (302, "", Refused, "redirects"),
    ],
)
def test_each_status_has_one_meaning(
    status: int, precondition: str, kind: type[ConnectorError], words: str
) -> None:
    error = errors.from_status(status, (precondition,) if precondition else (), None, subject="/list/")
    assert type(error) is kind
    assert words in str(error)
    assert "/list/" in str(error)


def test_a_forbidden_login_freezes_the_account() -> None:
    assert isinstance(errors.from_status(403, (), None, subject="/", login=True), CredentialsDead)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("9" * 400, 999_999_999),
        ("Tue, 24 Nov 2026 08:01:30 GMT", 90),
        ("Tue, 24 Nov 2026 07:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert errors.retry_after(value, NOW) == seconds


def test_an_unknown_exception_is_a_bug_and_stays_one() -> None:
    assert errors.from_exception(KeyError("x"), "host") is None
    assert isinstance(errors.from_exception(ConnectionResetError(), "host"), Retry)


def test_the_address_of_an_item_is_compared_not_decoded() -> None:
    assert multistatus.key("/a%7Eb/c@d/") == multistatus.key("/a~b/c%40d/")
    assert multistatus.key("/a%2Fb") != multistatus.key("/a/b")
    assert multistatus.child_of("/home/a/", "/home/a/x%20y.ics")
    assert multistatus.child_of("/home/%C3%A4/", "/home/ä/x.ics")
    for outside in ("/home/a/", "/home/ab/x.ics", "/home/a/b/x.ics", "/home/a/..", "/home/a/../b/x.ics"):
        assert not multistatus.child_of("/home/a/", outside)
    assert multistatus.stem("/home/a/x%20y.ics") == "x y"


def test_one_failed_response_leaves_the_others_readable() -> None:
    """The library's reader raises for the whole answer here."""
    root = ElementTree.fromstring(
        b'<D:multistatus xmlns:D="DAV:">'
        b"<D:response><D:href>/a/1.ics</D:href><D:status>HTTP/1.1 403 Forbidden</D:status></D:response>"
        b'<D:response><D:href>https://h/a/2.ics</D:href><D:propstat><D:prop><D:getetag>W/"2"</D:getetag></D:prop>'
        b"<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
        b"<D:response><D:href>/a/3.ics</D:href><D:href>/a/4.ics</D:href><D:status>nonsense</D:status></D:response>"
        b"</D:multistatus>"
    )
    listing = multistatus.read(root)
    assert listing is not None
    assert [(entry.href, entry.host, entry.status, entry.etag) for entry in listing.entries] == [
        ("/a/1.ics", "", 403, None),
        ("/a/2.ics", "h", 200, 'W/"2"'),
        ("/a/3.ics", "", 500, None),
        ("/a/4.ics", "", 500, None),
    ]
    assert multistatus.read(ElementTree.fromstring(b"<html/>")) is None


@pytest.mark.parametrize(
    ("types", "found"),
    [
        ("<C:calendar/>", True),
        ("<C:calendar/><C:schedule-inbox/>", False),
        ("<C:schedule-outbox/>", False),
        ("<D:principal/>", False),
    ],
)
def test_inboxes_are_no_calendars(types: str, found: bool) -> None:
    root = ElementTree.fromstring(
        '<D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:response>'
        "<D:href>/a/</D:href>"
        f"<D:propstat><D:prop><D:resourcetype><D:collection/>{types}</D:resourcetype></D:prop>"
        "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>"
    )
    listing = multistatus.read(root)
    assert listing is not None
    assert (_collection(listing.entries[0]) is not None) is found


def test_only_known_providers_keep_accounts_on_other_hosts() -> None:
    assert quirks.may_move("caldav.icloud.com", "p42-caldav.icloud.com")
    assert not quirks.may_move("caldav.icloud.com", "p42-caldav.icloud.com.example")
    assert not quirks.may_move("dav.example.org", "p42-caldav.icloud.com")


def test_xml_without_what_it_can_not_hold() -> None:
    assert quirks.clean_xml(b"<a>\x07b\n&#7;&#x1F;&#31;&#10;&#x41;</a>") == b"<a>b\n&#10;&#x41;</a>"
    assert quirks.clean_xml("<a>ä\x01</a>".encode("utf-16")) == "<a>ä\x01</a>".encode("utf-16")
    assert quirks.clean_xml(
        b"<a>b\xff&#xD800;&#55296;&#xFFFE;&#65535;&#x110000;&#x1F600;\xef\xbf\xbf</a>"
    ) == ("<a>b\ufffd&#x1F600;</a>".encode())
    latin = '<?xml version="1.0" encoding="iso-8859-1"?><a>ä</a>'.encode("latin-1")
    assert quirks.clean_xml(latin) == latin


def test_an_address_that_is_none_is_skipped() -> None:
    root = ElementTree.fromstring(
        '<D:multistatus xmlns:D="DAV:"><D:response><D:href>http://[</D:href><D:href>/a/1.ics</D:href>'
        "<D:status>HTTP/1.1 200 OK</D:status></D:response></D:multistatus>"
    )
    listing = multistatus.read(root)
    assert listing is not None
    assert [entry.href for entry in listing.entries] == ["/a/1.ics"]
