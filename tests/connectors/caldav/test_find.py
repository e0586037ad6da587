"""Looking for items by their UIDs, and what time it is at the server."""

from __future__ import annotations

import datetime as dt

import pytest

from connectors.caldav import errors
from syncer.connector import CollectionGone, Retry
from tests.connectors.caldav.conftest import Desk, todo, uid_of
from tests.connectors.caldav.test_pull import STRANGER
from tests.servers import Response


def _found(desk: Desk, *numbers: int) -> dict[str, str]:
    found = desk.connector.find(desk.collection, [uid_of(number) for number in numbers])
    return {seen.item.uid: seen.ref for seen in found}


def test_items_are_found_at_their_addresses_in_one_request(desk: Desk) -> None:
    desk.created(todo(1), todo(2), todo(3))
    desk.server.proxy.requests.clear()
    assert _found(desk, 1, 3) == {uid_of(1): desk.address(1), uid_of(3): desk.address(3)}
    assert desk.server.proxy.count() == 1


def test_what_moved_is_found_where_it_is(desk: Desk) -> None:
    desk.created(todo(1), todo(2))
    text = desk.text(desk.address(1))
    desk.delete(desk.address(1))
    desk.put("B8E7-moved.ics", text)
    assert _found(desk, 1, 2, 3) == {
        uid_of(1): f"{desk.collection.ref}B8E7-moved.ics",
        uid_of(2): desk.address(2),
    }


def test_a_stranger_at_an_address_of_ours_hides_nothing(desk: Desk) -> None:
    desk.created(todo(1))
    text = desk.text(desk.address(1))
    desk.delete(desk.address(1))
    desk.put(f"{uid_of(1)}.ics", STRANGER.format(uid="private"))
    assert _found(desk, 1) == {}
    desk.put("moved.ics", text)
    assert _found(desk, 1) == {uid_of(1): f"{desk.collection.ref}moved.ics"}


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_server_that_can_not_be_asked_is_looked_at(desk: Desk, status: int) -> None:
    desk.created(todo(1))
    desk.server.proxy.fault = lambda method, path, n: (
        Response(status) if b"calendar-query" in desk.server.proxy.requests[n].body else None
    )
    assert _found(desk, 1, 2) == {uid_of(1): desk.address(1)}


def test_what_can_not_be_told_is_not_left_out(desk: Desk) -> None:
    """Left out, it would be created again."""
    desk.created(todo(1))
    desk.server.proxy.fault = lambda *_: Response(500)
    with pytest.raises(Retry):
        _found(desk, 1)
    desk.server.proxy.fault = None
    desk.delete(desk.collection.ref)
    with pytest.raises(CollectionGone):
        _found(desk, 1)


def test_the_servers_clock_is_that_of_its_last_answer(desk: Desk) -> None:
    connector = desk.account.connect()
    assert connector.server_time() is None
    connector.pull(desk.collection, None, {})
    told = connector.server_time()
    assert told is not None and told.tzinfo is dt.UTC
    assert abs(dt.datetime.now(dt.UTC) - told) < dt.timedelta(minutes=1)
    assert connector.server_time() is told  # read once


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Tue, 24 Nov 2026 08:00:00 GMT", dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)),
        ("Tuesday, 24-Nov-26 08:00:00 GMT", dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)),
        ("Tue Nov 24 08:00:00 2026", dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)),
        ("Tue, 24 Nov 2026 09:00:00 +0100", dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Tue, 32 Nov 2026 08:00:00 GMT", None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_date_of_http(value: str, moment: dt.datetime | None) -> None:
    assert errors.http_date(value) == moment
