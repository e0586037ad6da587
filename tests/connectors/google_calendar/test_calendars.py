"""The list of calendars, and making one."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.google_calendar import GoogleCalendar
from connectors.google_calendar.settings import GoogleCalendarSettings
from syncer.connector import Collection, ProviderGone, Refused, Retry, Settings
from syncer.core.model import Kind
from syncer.testing import builders
from syncer.testing.proxy import Answer, Hang, Request, Reset, Response, Rewrite
from tests.connectors.google_calendar.conftest import Desk


def test_calendars_in_which_we_may_write(desk: Desk) -> None:
    bo = desk.google.calendar.person("bo@example.org")
    for role in ("reader", "writer"):
        ident = bo.new_calendar(f"Bo's, {role}")
        bo.share(ident, desk.person.mail, role)
    desk.person.rename_calendar(desk.ref, "Our household")
    names = [one.name for one in desk.connector.collections()]
    assert names == [desk.person.mail, "Our household", "Bo's, writer"]
    assert desk.connector.collections()[1] == Collection(desk.ref, "Our household", frozenset({Kind.EVENT}))


def test_a_calendar_that_its_owner_hides_from_the_list_is_there(desk: Desk) -> None:
    """Else it would be missing, and a second one of its name would be made."""
    desk.person.hide_calendar(desk.ref)
    assert desk.ref in {one.ref for one in desk.connector.collections()}
    assert desk.connector.create_collection("Household", Kind.EVENT).ref == desk.ref


def test_the_list_is_read_to_its_last_page(desk: Desk) -> None:
    for number in range(260):
        desk.person.new_calendar(f"Calendar {number}")
    desk.requests()
    assert len(desk.connector.collections()) == 262
    assert desk.requests() == ["GET calendarList"] * 2


def test_a_new_calendar_is_in_the_partners_zone(desk: Desk) -> None:
    made = desk.connector.create_collection("Bins", Kind.EVENT)
    assert desk.person.shelf(made.ref).zone == "Europe/Berlin"
    assert desk.connector.create_collection("Bins", Kind.EVENT) == made
    with pytest.raises(Refused, match="Put to-dos into google_tasks"):
        desk.connector.create_collection("Bins", Kind.TODO)


@pytest.mark.parametrize(
    "fault", [Reset(applied=True), Hang(0.9), Answer(500, applied=True)], ids=lambda one: type(one).__name__
)
def test_a_calendar_whose_making_was_not_heard_of_is_found(desk: Desk, fault: Any) -> None:
    desk.google.proxy.inject(fault, lambda request: request.method == "POST")
    made = desk.connector.create_collection("Bins", Kind.EVENT)
    assert [one.name for one in desk.connector.collections()].count("Bins") == 1
    assert made.ref in {one.ref for one in desk.connector.collections()}


def test_a_calendar_that_was_not_made_is_tried_later(desk: Desk) -> None:
    desk.google.proxy.inject(Reset(), lambda request: request.method == "POST")
    with pytest.raises(Retry):
        desk.connector.create_collection("Bins", Kind.EVENT)
    assert [one.name for one in desk.connector.collections()].count("Bins") == 0


@pytest.mark.parametrize(
    "body", [b"{}", b'{"kind": "calendar#calendarList", "items": [{}]}', b'{"items": []}']
)
def test_an_answer_that_is_no_list_is_raised(desk: Desk, body: bytes) -> None:
    fault = Rewrite(lambda request, true: Response(200, true.headers, body))
    desk.google.proxy.inject(fault, times=None)
    with pytest.raises(Retry):
        desk.connector.collections()


def test_a_place_where_there_is_no_such_api(desk: Desk) -> None:
    def nothing(request: Request, true: Response) -> Response:
        return Response(404, {"content-type": "text/html"}, b"<html>Not Found</html>")

    desk.google.proxy.inject(Rewrite(nothing), times=None)
    with pytest.raises(ProviderGone):
        desk.connector.collections()


def test_it_says_where_and_who_it_is(desk: Desk) -> None:
    assert (desk.connector.address, desk.connector.user) == (desk.google.proxy.url, "ada")
    plain = GoogleCalendar(GoogleCalendarSettings(), builders.context(lambda: ""))
    assert (plain.address, plain.user) == ("https://www.googleapis.com/", "")
    with pytest.raises(TypeError):
        GoogleCalendar(Settings(), builders.context(lambda: ""))
