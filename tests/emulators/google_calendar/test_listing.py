"""Lists of events: pages, sync tokens and what they may not be combined with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.asking import Told
from tests.emulators.google_calendar.test_events import DAY, EVENING, Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.stage.stop()
    assert not made.stage.bugs, made.stage.bugs


def pages(desk: Desk, **query: Any) -> list[Told]:
    """Every page of a listing."""
    found = [desk.events("GET", **query)]
    while page := found[-1].data.get("nextPageToken"):
        found.append(desk.events("GET", pageToken=page, **query))
    return found


def test_the_sync_token_stands_on_the_last_page_alone(desk: Desk) -> None:
    """A page may be empty, and more to come."""
    for number in range(5):
        desk.added(f"event{number}")
    found = pages(desk, maxResults=2)
    assert [len(page.data["items"]) for page in found] == [2, 0, 2, 0, 1]
    assert ["nextSyncToken" in page.data for page in found] == [False] * 4 + [True]


def test_an_increment_has_what_changed_since(desk: Desk) -> None:
    for ident in ("kept0", "edited", "deleted"):
        desk.added(ident.replace("t", "0").replace("y", "1"))
    token = pages(desk)[-1].data["nextSyncToken"]
    desk.ada.edit("edi0ed", summary="Other")
    desk.ada.delete("dele0ed")
    (page,) = pages(desk, syncToken=token)
    edited, deleted = page.data["items"]
    assert (edited["id"], edited["summary"]) == ("edi0ed", "Other")
    assert deleted.keys() == {"kind", "etag", "id", "status"} and deleted["status"] == "cancelled"
    assert pages(desk, syncToken=page.data["nextSyncToken"])[0].data["items"] == []


def test_a_cancelled_instance_is_listed_as_such(desk: Desk) -> None:
    desk.added(recurrence=["RRULE:FREQ=WEEKLY;COUNT=3"])
    desk.ada.delete(desk.ada.instance("abcde", 1))
    desk.ada.tick(desk.ada.instance("abcde", 2))
    items = {one["id"]: one for one in pages(desk)[0].data["items"]}
    assert items["abcde_20261201T173000Z"]["status"] == "cancelled"
    assert items["abcde_20261208T173000Z"]["recurringEventId"] == "abcde"
    token = pages(desk)[0].data["nextSyncToken"]
    desk.ada.edit("abcde", recurrence=None)
    assert [one["id"] for one in pages(desk, syncToken=token)[0].data["items"]] == ["abcde"]


@pytest.mark.parametrize(
    "query",
    [
        {"q": "bins"},
        {"iCalUID": "a"},
        {"timeMin": "2026-01-01T00:00:00Z"},
        {"updatedMin": "2026-01-01T00:00:00Z"},
        {"privateExtendedProperty": "a=1"},
        {"orderBy": "updated"},
        {"showDeleted": "false"},
    ],
)
def test_a_sync_token_goes_with_no_filter(desk: Desk, query: dict[str, str]) -> None:
    token = pages(desk)[0].data["nextSyncToken"]
    assert desk.events("GET", syncToken=token, **query).status == 400


def test_a_sync_token_runs_out(desk: Desk) -> None:
    token = pages(desk)[0].data["nextSyncToken"]
    desk.ada.shelf().forget()
    told = desk.events("GET", syncToken=token)
    assert (told.status, told.reason) == (410, "fullSyncRequired")
    token = pages(desk)[0].data["nextSyncToken"]
    desk.ada.share(desk.ada.mail, "bo@example.org", "reader")
    assert desk.events("GET", syncToken=token).status == 410
    other = desk.ada.new_calendar("Other")
    token = pages(desk)[0].data["nextSyncToken"]
    assert desk.ask("GET", f"/calendars/{other}/events", syncToken=token).status == 410
    for made_up in ("soon", "-1", "🗓", "CPsoon"):
        assert desk.events("GET", syncToken=made_up).status == 400


def test_a_page_token_is_that_of_one_listing(desk: Desk) -> None:
    for number in range(3):
        desk.added(f"event{number}")
    page = desk.events("GET", maxResults=1).data["nextPageToken"]
    assert desk.events("GET", pageToken=page, q="bins").status == 400
    assert desk.events("GET", pageToken="Ckmade-up").status == 400


def test_filters_find_what_they_say(desk: Desk) -> None:
    desk.added("marked", extendedProperties={"private": {"uid": "1"}, "shared": {"s": "2"}})
    desk.added("a11da0", **DAY, description="and the lid")
    desk.added("de1e0ed")
    desk.ada.delete("de1e0ed")

    def found(**query: Any) -> list[str]:
        told = desk.events("GET", **query)
        assert "nextSyncToken" not in told.data
        return [one["id"] for one in told.data["items"]]

    assert found(privateExtendedProperty="uid=1") == ["marked"]
    assert found(privateExtendedProperty=["uid=1", "uid=2"]) == []
    assert found(sharedExtendedProperty="s=2") == ["marked"]
    assert found(iCalUID="a11da0@google.com") == ["a11da0"]
    assert found(q="LID") == ["a11da0"]
    assert found(timeMax="2026-11-24T12:00:00Z") == ["a11da0"]
    assert found(timeMin="2026-11-25T00:00:00Z") == []
    assert "de1e0ed" in found(updatedMin=f"{desk.stage.clock.now():%Y-%m-%d}T00:00:00Z")
    assert found(updatedMin=f"{desk.stage.clock.now():%Y-%m-%d}T00:00:00Z", q="nothing") == []
    assert len(desk.events("GET", showDeleted="true").data["items"]) == 3
    desk.ada.shelf().hidden.add("marked")
    assert found(privateExtendedProperty="uid=1") == []
    assert desk.events("GET", privateExtendedProperty="uid").status == 400


def test_what_changed_too_long_ago_is_not_known(desk: Desk) -> None:
    told = desk.events("GET", updatedMin="2020-01-01T00:00:00Z")
    assert (told.status, told.reason) == (410, "updatedMinTooLongAgo")


def test_a_person_does_what_the_app_lets_them(desk: Desk) -> None:
    """Cut and paste gives an event another id; a dragged one keeps its length."""
    ident = desk.ada.add("Bins", **EVENING)
    desk.ada.drag_to_day(ident, desk.stage.clock.now().date())
    assert "date" in desk.ada.event(ident)["start"]
    back: dict[str, Any] = {name: {**time, "date": None} for name, time in EVENING.items()}
    desk.ada.edit(ident, **back)
    desk.ada.drag(ident, desk.stage.clock.now().replace(microsecond=0))
    again = desk.ada.replace(ident)
    assert desk.ada.titled("Bins") == again != ident
    desk.ada.tick(again)
    assert desk.ada.event(again)["summary"] == "✓ Bins"
    desk.ada.rename_calendar(desk.ada.mail, "Mine")
    assert desk.ask("GET", "/users/me/calendarList").data["items"][0]["summaryOverride"] == "Mine"
    there = desk.ada.new_calendar("Other")
    path = f"/calendars/{desk.ada.mail}/events/{again}/move"
    assert desk.ask("POST", path, destination=there).data["id"] == again
    assert again in desk.ada.events(there) and desk.ada.events() == {}
