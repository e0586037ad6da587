"""Events as Google's API has them: what is taken, what comes back, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.google import scopes
from tests.emulators.asking import Asking, Told
from tests.emulators.google_api import rate_limited
from tests.emulators.google_calendar import GoogleCalendar, Person
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Stage

ALL = ("https://www.googleapis.com/auth/calendar",)
EVENING: dict[str, Any] = {
    "start": {"dateTime": "2026-11-24T18:30:00+01:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2026-11-24T19:00:00+01:00", "timeZone": "Europe/Berlin"},
}
DAY: dict[str, Any] = {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}


class Desk:
    """An account with one calendar, and plain HTTP to it."""

    def __init__(self, *granted: str) -> None:
        self.oauth = GoogleOAuth()
        self.calendar = GoogleCalendar(self.oauth)
        self.stage = Stage(self.oauth, self.calendar)
        self.stage.start()
        self.ada: Person = self.calendar.person("ada@example.org")
        self.ask = self.asking("ada@example.org", *granted)

    def asking(self, mail: str, *granted: str) -> Asking:
        """Plain HTTP as somebody."""
        grant = self.oauth.grant(mail, granted or ALL)
        issued = json.loads(self.oauth._issued(grant).body)
        return Asking(self.stage, issued["access_token"], "/calendar/v3")

    def events(self, method: str, ident: str = "", body: Any = None, **more: Any) -> Told:
        """A call about an event of the first calendar."""
        path = f"/calendars/ada@example.org/events{f'/{ident}' if ident else ''}"
        return self.ask(method, path, body, **more)

    def added(self, ident: str = "abcde", **fields: Any) -> Any:
        """A new event."""
        told = self.events("POST", body={"id": ident, "summary": "Bins", **EVENING, **fields})
        assert told.status == 200, told.text
        return told.data


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.stage.stop()
    assert not made.stage.bugs, made.stage.bugs


def test_an_event_comes_back_with_what_google_adds(desk: Desk) -> None:
    made = desk.added()
    assert desk.events("GET", "abcde").data == made
    assert (made["id"], made["status"], made["iCalUID"]) == ("abcde", "confirmed", "abcde@google.com")
    assert made["reminders"] == {"useDefault": True} and made["organizer"]["self"] is True
    assert desk.calendar.mails[0].updates == "none"


def test_a_time_comes_back_in_the_calendars_offset(desk: Desk) -> None:
    """The same moment, whatever it was sent in; the zone that it was sent with stands beside it."""
    zone = {"timeZone": "America/New_York"}
    made = desk.added(
        start={"dateTime": "2026-11-24T18:30:00-05:00", **zone},
        end={"dateTime": "2026-11-24T18:30:00", **zone},
    )
    assert made["start"] == {"dateTime": "2026-11-25T00:30:00+01:00", **zone}
    assert made["end"] == made["start"]
    told = desk.events("GET", "abcde", timeZone="UTC").data
    assert told["start"]["dateTime"] == "2026-11-24T23:30:00Z"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": "ABC-d"}, "invalid"),
        ({"id": "abcd"}, "invalid"),
        ({"iCalUID": "x@example.org"}, "invalid"),
        ({"start": {"date": "2026-11-24", "dateTime": "2026-11-24T18:30:00Z"}}, "invalid"),
        ({"start": {"date": "2026-11-24"}}, "invalid"),
        ({"start": {"dateTime": "2026-11-24T18:30:00"}}, "invalid"),
        ({"start": {"dateTime": "2026-11-24T18:30:00Z", "timeZone": "Mars/Olympus"}}, "invalid"),
        ({"end": {"dateTime": "2026-11-24T18:29:00+01:00"}}, "timeRangeEmpty"),
        ({**DAY, "end": {"date": "2026-11-24"}}, "timeRangeEmpty"),
        ({"start": {}}, "required"),
        ({"colour": "red"}, "invalid"),
        ({"summary": 5}, "invalid"),
        ({"summary": "half a character \ud800"}, "invalid"),
        ({"description": "x" * 8193}, "invalid"),
        ({"recurrence": ["DTSTART:20261124"]}, "invalid"),
        ({"recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({"attendees": [{"email": "nobody"}]}, "invalid"),
        (
            {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 40321}]}},
            "invalid",
        ),
        (
            {"reminders": {"useDefault": False, "overrides": [{"method": "popup", "minutes": 1}] * 6}},
            "invalid",
        ),
        (
            {"reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 1}]}},
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
        ({"extendedProperties": {"private": {"x" * 45: "1"}}}, "invalid"),
        ({"extendedProperties": {"private": {"x": "1" * 1025}}}, "invalid"),
        ({"extendedProperties": {"private": {f"x{n}": "1" for n in range(301)}}}, "invalid"),
    ],
)
def test_what_may_not_stand_in_an_event_is_refused(desk: Desk, fields: dict[str, Any], reason: str) -> None:
    told = desk.events("POST", body={"id": "abcde", "summary": "Bins", **EVENING, **fields})
    assert (told.status, told.reason) == (400, reason)
    assert desk.ada.events() == {}


def test_an_id_is_used_once(desk: Desk) -> None:
    """A 409 did not take the new body; the id of something deleted is spent, however long ago that was."""
    desk.added()
    again = {"id": "abcde", "summary": "Other", **EVENING}
    assert (desk.events("POST", body=again).status, desk.events("POST", body=again).reason) == (
        409,
        "duplicate",
    )
    assert desk.events("GET", "abcde").data["summary"] == "Bins"
    assert desk.events("DELETE", "abcde").status == 204
    assert desk.events("POST", body=again).reason == "duplicate"
    assert desk.events("GET", "abcde").data["status"] == "cancelled"
    assert (desk.events("DELETE", "abcde").status, desk.events("DELETE", "abcde").reason) == (410, "deleted")
    desk.ada.shelf().purge()
    assert desk.events("GET", "abcde").status == 404
    assert desk.events("POST", body=again).reason == "duplicate"


def test_a_patch_merges_and_an_update_drops(desk: Desk) -> None:
    guests = [{"email": "bo@example.org"}, {"email": "cy@example.org"}]
    properties = {"private": {"a": "1", "b": "2"}}
    made = desk.added(location="Yard", attendees=guests, extendedProperties=properties)
    body = {
        "extendedProperties": {"private": {"a": None, "c": "3"}},
        "attendees": guests[:1],
        "location": None,
    }
    patched = desk.events("PATCH", "abcde", body).data
    assert patched["extendedProperties"] == {"private": {"b": "2", "c": "3"}}
    assert [one["email"] for one in patched["attendees"]] == ["bo@example.org"]
    assert patched["summary"] == "Bins" and "location" not in patched
    updated = desk.events("PUT", "abcde", {"summary": "Only this", **EVENING}).data
    assert "attendees" not in updated and "extendedProperties" not in updated
    assert updated["etag"] not in (made["etag"], patched["etag"])


def test_a_day_becomes_a_time_only_where_the_day_is_taken_away(desk: Desk) -> None:
    desk.added(**DAY)
    assert desk.events("PATCH", "abcde", EVENING).status == 400
    body = {name: {**time, "date": None} for name, time in EVENING.items()}
    assert desk.events("PATCH", "abcde", body).data["start"]["dateTime"] == "2026-11-24T18:30:00+01:00"


def test_a_condition_holds_or_nothing_is_done(desk: Desk) -> None:
    made = desk.added()
    held, old = {"If-Match": made["etag"]}, {"If-Match": '"1"'}
    assert desk.events("PATCH", "abcde", {"summary": "No"}, headers=old).reason == "conditionNotMet"
    assert desk.events("DELETE", "abcde", headers=old).status == 412
    assert desk.events("PUT", "abcde", {"summary": "No", **EVENING}, headers=old).status == 412
    assert desk.events("PATCH", "abcde", {"summary": "Yes"}, headers=held).status == 200
    assert desk.events("PATCH", "abcde", {"summary": "No"}, headers=held).status == 412
    assert desk.events("GET", "abcde").data["summary"] == "Yes"


def test_a_guest_has_a_copy_and_answers_there(desk: Desk) -> None:
    """The copy has the same id and the shared properties, and none that are private."""
    bo = desk.calendar.person("bo@example.org")
    properties = {"private": {"a": "1"}, "shared": {"b": "2"}}
    desk.added(attendees=[{"email": bo.mail}], extendedProperties=properties)
    copy = bo.event("abcde")
    assert copy["extendedProperties"] == {"shared": {"b": "2"}} and "self" not in copy["organizer"]
    bo.answer("abcde", "accepted")
    assert desk.events("GET", "abcde").data["attendees"][0]["responseStatus"] == "accepted"
    theirs = desk.asking("bo@example.org")
    path = "/calendars/primary/events/abcde"
    assert theirs("PATCH", path, {"summary": "Mine"}).reason == "forbiddenForNonOrganizer"
    assert theirs("PATCH", path, {"reminders": {"useDefault": False}}).status == 200
    desk.ada.edit("abcde", summary="Other bins")
    assert bo.event("abcde")["summary"] == "Other bins"
    assert bo.event("abcde")["reminders"] == {"useDefault": False}
    desk.ada.delete("abcde")
    assert bo.events() == {}


def test_a_recurring_event_has_instances(desk: Desk) -> None:
    desk.added(recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    second = desk.ada.instance("abcde", 1)
    assert second == "abcde_20261201T173000Z"
    told = desk.events("GET", second).data
    assert (told["recurringEventId"], told["start"]["dateTime"]) == ("abcde", "2026-12-01T18:30:00+01:00")
    assert desk.events("GET", "abcde_20261202T173000Z").status == 404
    before = desk.events("GET", "abcde").data["etag"]
    desk.ada.tick(second)
    assert desk.events("GET", second).data["summary"] == "✓ Bins"
    assert desk.events("GET", "abcde").data["etag"] == before
    desk.ada.delete("abcde")
    assert desk.ada.events() == {}


def test_who_may_not_is_told_so(desk: Desk) -> None:
    desk.added()
    bo = desk.asking("bo@example.org")
    path = "/calendars/ada@example.org/events/abcde"
    assert bo("GET", path).status == 404
    desk.ada.share("ada@example.org", "bo@example.org", "reader")
    assert bo("GET", path).status == 200
    assert bo("DELETE", path).reason == "requiredAccessLevel"
    narrow = desk.asking("ada@example.org", scopes.CALENDAR_LIST)
    told = narrow("GET", path)
    assert (told.status, told.reason) == (403, "insufficientPermissions")
    assert told.data["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert Asking(desk.stage, "ya29.made-up", "/calendar/v3")("GET", path).reason == "authError"


def test_an_app_sees_what_it_made_where_it_may_see_no_more(desk: Desk) -> None:
    """ "calendar.app.created", and the names of the others."""
    narrow = desk.asking("ada@example.org", *scopes.CALENDAR)
    made = narrow("POST", "/calendars", {"summary": "Household"}).data["id"]
    assert narrow("GET", f"/calendars/{made}/events").status == 200
    assert narrow("GET", "/calendars/primary/events").status == 404
    assert len(narrow("GET", "/users/me/calendarList").data["items"]) == 2
    other = desk.oauth.grant("ada@example.org", scopes.CALENDAR)
    other.client = "another-app"
    another = Asking(desk.stage, json.loads(desk.oauth._issued(other).body)["access_token"], "/calendar/v3")
    assert another("GET", f"/calendars/{made}/events").status == 404
    assert desk.ask("GET", f"/calendars/{made}/events").status == 200


def test_what_is_not_emulated_is_refused(desk: Desk) -> None:
    assert desk.ask("GET", "/colors").status == 404
    assert desk.events("GET", "abcde", nonsense="1").status == 400
    assert desk.events("GET", singleEvents="true").status == 400
    assert desk.events("POST", body="{", headers={"content-type": "application/json"}).reason == "parseError"


def test_calendars_come_and_go(desk: Desk) -> None:
    made = desk.ask("POST", "/calendars", {"summary": "Household", "timeZone": "Europe/Berlin"}).data
    listed = desk.ask("GET", "/users/me/calendarList").data["items"]
    assert [(one["summary"], one["accessRole"]) for one in listed] == [
        ("ada@example.org", "owner"),
        ("Household", "owner"),
    ]
    first = desk.ask("GET", "/users/me/calendarList", maxResults=1).data
    assert "nextSyncToken" not in first and first["nextPageToken"]
    assert desk.ask("GET", f"/calendars/{made['id']}").data == made
    assert desk.ask("DELETE", f"/calendars/{made['id']}").status == 204
    assert desk.ask("GET", f"/calendars/{made['id']}/events").reason == "notFound"
    assert desk.ask("POST", "/calendars", {"description": "no title"}).reason == "required"


def test_an_answer_against_the_document_is_a_bug(desk: Desk) -> None:
    """The check of answers, seen to work."""
    desk.added()
    desk.ada.shelf().events["abcde"]["colour"] = "red"
    assert desk.events("GET", "abcde").status == 500
    assert "unknown field colour" in desk.stage.bugs.pop()


# --- batches ---


def _batch(*parts: str, boundary: str = "x") -> dict[str, Any]:
    body = "".join(
        f"--{boundary}\r\nContent-Type: application/http\r\nContent-ID: <{n}>\r\n\r\n{part}\r\n"
        for n, part in enumerate(parts)
    )
    return {
        "body": f"{body}--{boundary}--\r\n",
        "headers": {"content-type": f"multipart/mixed; boundary={boundary}"},
    }


def test_a_batch_is_many_calls(desk: Desk) -> None:
    """In one request, each by itself, with the headers around them."""
    desk.added()
    path = "/calendar/v3/calendars/ada@example.org/events/abcde"
    asking = Asking(desk.stage, desk.ask.token)
    patch = f'PATCH {path} HTTP/1.1\r\nContent-Type: application/json\r\nIf-Match: "1"\r\n\r\n'
    batch = _batch(
        f"GET {path} HTTP/1.1\r\n\r\n",
        f'{patch}{{"summary": "No"}}',
        f"DELETE {path} HTTP/1.1\r\nAuthorization: Bearer made-up\r\n\r\n",
    )
    told = asking("POST", "/batch/calendar/v3", **batch)
    assert told.status == 200 and told.headers["content-type"].startswith("multipart/mixed")
    assert [line for line in told.text.splitlines() if line.startswith(("HTTP/", "Content-ID"))] == [
        "Content-ID: <response-0>",
        "HTTP/1.1 200 OK",
        "Content-ID: <response-1>",
        "HTTP/1.1 412 Precondition Failed",
        "Content-ID: <response-2>",
        "HTTP/1.1 401 Unauthorized",
    ]
    assert desk.stage.log[-1].parts == 3
    assert [method for _, method in desk.calendar.made][-2:] == [
        "calendar.events.get",
        "calendar.events.patch",
    ]


@pytest.mark.parametrize(
    "batch",
    [
        {"body": "nothing", "headers": {"content-type": "text/plain"}},
        _batch(),
        _batch("GET http://elsewhere/calendar/v3/colors HTTP/1.1\r\n\r\n"),
        _batch(*["GET /calendar/v3/colors HTTP/1.1\r\n\r\n"] * 1001),
    ],
)
def test_what_is_no_batch_is_refused(desk: Desk, batch: dict[str, Any]) -> None:
    assert Asking(desk.stage, desk.ask.token)("POST", "/batch/calendar/v3", **batch).status == 400


def test_trouble_befalls_single_calls(desk: Desk) -> None:
    desk.calendar.trouble = lambda made: (
        rate_limited(429, after=5) if made.of.id == "calendar.events.get" else None
    )
    told = desk.events("GET", "abcde")
    assert (told.status, told.reason, told.headers["retry-after"]) == (429, "rateLimitExceeded", "5")
    assert desk.events("GET").status == 200
