"""What the connector asks of Google's consent page: no more than it needs, and each of it missed by
something.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.google import scopes
from connectors.google_calendar import GoogleCalendar
from connectors.google_calendar.settings import GoogleCalendarSettings
from syncer.connector import CollectionGone, ConnectorError
from syncer.core.model import Kind
from tests.connectors.google_calendar.conftest import Desk, event


def _narrow(desk: Desk, *granted: str) -> GoogleCalendar:
    """A connector whose login reaches so far."""
    desk.secret = desk.google.oauth.secret(desk.person.mail, granted)
    return desk.restart()


def test_a_consent_asks_for_what_we_make_or_for_what_is_there() -> None:
    login = GoogleCalendar.login(GoogleCalendarSettings())
    assert login.kinds == {Kind.EVENT} and GoogleCalendar.family == "google"
    assert login.oauth is not None
    assert login.oauth.scopes == scopes.CALENDAR and login.oauth.existing == scopes.CALENDAR_EXISTING
    assert login.oauth.parameters == {"access_type": "offline", "prompt": "consent"}
    assert login.oauth.testing and "Publish app" in " ".join(login.advice)
    assert all(len(line) < 90 for line in login.advice)


def test_the_least_scopes_do_for_a_calendar_of_our_own_and_no_other(desk: Desk) -> None:
    connector = _narrow(desk, *scopes.CALENDAR)
    with pytest.raises(CollectionGone, match="that the login reaches it"):
        desk.pull()
    desk.collection = connector.create_collection("Our own", Kind.EVENT)
    (ack,) = desk.created(event())
    assert desk.pull(None, [ack]).same == {ack.ref}
    assert connector.create_collection("Our own", Kind.EVENT) == desk.collection


def test_each_scope_is_missed_by_something(desk: Desk) -> None:
    missed: dict[tuple[str, ...], Callable[[], object]] = {
        (scopes.APP_CREATED,): lambda: desk.connector.collections(),
        (scopes.CALENDAR_LIST,): lambda: desk.connector.create_collection("A third", Kind.EVENT),
        (scopes.EVENTS,): lambda: desk.connector.collections(),
        (scopes.CALENDAR_LIST, scopes.CALENDAR_LIST): lambda: desk.pull(),
    }
    for granted, call in missed.items():
        _narrow(desk, *granted)
        with pytest.raises(ConnectorError, match="tick every box"):
            call()
    _narrow(desk, *scopes.CALENDAR_EXISTING)
    desk.created(event())
