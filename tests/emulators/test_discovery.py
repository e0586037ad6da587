"""The checks against Google's discovery documents, each seen to refuse something."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulators import discovery

CALENDAR = discovery.load("calendar", "v3")
LIST = CALENDAR.calls["calendar.events.list"]
INSERT = CALENDAR.calls["calendar.events.insert"]
PATCH = CALENDAR.calls["calendar.events.patch"]
GET = CALENDAR.calls["calendar.events.get"]
DELETE = CALENDAR.calls["calendar.events.delete"]


def test_a_call_is_found_by_its_path() -> None:
    found = CALENDAR.find("GET", "/calendar/v3/calendars/a%2Fb/events/c")
    assert found is not None
    assert (found[0].id, found[1]) == ("calendar.events.get", {"calendarId": "a%2Fb", "eventId": "c"})
    assert CALENDAR.find("GET", "/calendar/v3/calendars/a/events/b/c") is None
    assert CALENDAR.find("PUT", "/calendar/v3/users/me/calendarList") is None
    assert CALENDAR.batch == "/batch/calendar/v3"
    assert "https://www.googleapis.com/auth/calendar.events" in INSERT.scopes


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"maxResults": ["5"], "syncToken": ["x"], "alt": ["json"]}, []),
        ({"privateExtendedProperty": ["a=1", "b=2"]}, []),
        ({"maxResult": ["5"]}, ["unknown parameter maxResult"]),
        ({"maxResults": ["many"]}, ["maxResults: no whole number"]),
        ({"maxResults": ["0"]}, ["maxResults: too small"]),
        ({"maxResults": ["1", "2"]}, ["maxResults stands twice"]),
        ({"showDeleted": ["yes"]}, ["showDeleted: neither true nor false"]),
        ({"orderBy": ["size"]}, ["orderBy: none of the values that it may have"]),
        ({"timeMin": ["yesterday"]}, ["timeMin: no date-time"]),
    ],
)
def test_a_query_is_checked(query: dict[str, list[str]], wrong: list[str]) -> None:
    assert CALENDAR.query(LIST, query) == wrong


def test_a_missing_parameter_is_missed() -> None:
    move = CALENDAR.calls["calendar.events.move"]
    assert CALENDAR.query(move, {}) == ["destination is missing"]


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"summary": "Bins", "extendedProperties": {"private": {"anything": "goes"}}}, []),
        ({"title": "Bins"}, ["Event: unknown field title"]),
        ({"summary": 7}, ["Event.summary: no string"]),
        ({"start": {"date": "24.11.2026"}}, ["Event.start.date: no date"]),
        (
            {"reminders": {"overrides": [{"minutes": True}]}},
            ["Event.reminders.overrides[0].minutes: no integer"],
        ),
        ({"attendees": {"email": "a@b"}}, ["Event.attendees: no array"]),
        (
            {"extendedProperties": {"private": {"count": 1}}},
            ["Event.extendedProperties.private.count: no string"],
        ),
        ({"description": None}, ["Event.description: null"]),
        (None, ["no body"]),
    ],
)
def test_a_body_is_checked(body: Any, wrong: list[str]) -> None:
    assert CALENDAR.body(INSERT, body) == wrong


def test_a_patch_takes_fields_away_with_null() -> None:
    assert CALENDAR.body(PATCH, {"description": None, "start": {"date": None}}) == []
    assert CALENDAR.body(GET, {}) == ["a body where none is taken"]


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"id": "abcde", "start": {"dateTime": "2026-11-24T18:30:00+01:00"}}, []),
        ({"id": "abcde", "start": {"dateTime": "2026-11-24 18:30"}}, ["Event.start.dateTime: no date-time"]),
        ({"ident": "abcde"}, ["Event: unknown field ident"]),
        (None, ["no body"]),
    ],
)
def test_an_answer_is_checked(answer: Any, wrong: list[str]) -> None:
    assert CALENDAR.response(GET, answer) == wrong
    assert CALENDAR.response(DELETE, answer) == ([] if answer is None else ["a body where none is given"])
