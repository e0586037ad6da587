"""Ids, times and texts between us and Google, without a network."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from connectors.google_calendar import codec, held, ids, times
from connectors.google_calendar.held import Held
from connectors.google_calendar.times import Unreadable
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status
from syncer.testing import builders
from syncer.testing.builders import BERLIN, NEW_YORK, claims
from tests.connectors.google_calendar.conftest import event

UID = builders.uid(1)
DAY = Day(dt.date(2026, 11, 24))


def standing(**fields: Any) -> dict[str, Any]:
    """An event of ours as Google shows it."""
    zone = {"timeZone": "Europe/Berlin"}
    return {
        "kind": "calendar#event",
        "etag": '"1"',
        "id": ids.event_id(UID),
        "status": "confirmed",
        "summary": "Bins",
        "organizer": {"email": "x", "self": True},
        "start": {"dateTime": "2026-11-24T18:30:00+01:00", **zone},
        "end": {"dateTime": "2026-11-24T19:15:00+01:00", **zone},
        "extendedProperties": {"private": {"evenhold": UID}},
        **fields,
    }


def decoded(*overrides: dict[str, Any], **fields: Any) -> Item:
    return codec.decode(Held(standing(**fields), overrides), claims, BERLIN)


# --- ids ---


def test_an_id_is_the_uid_in_the_letters_that_google_takes() -> None:
    ident = ids.event_id(UID)
    assert set(ident) <= set("abcdefghijklmnopqrstuv0123456789") and 5 <= len(ident) <= 1024
    assert ids.read_id(ident) == (UID, 0)
    assert ids.event_id(builders.uid(1, 1)) != ident
    assert ids.read_id(ids.event_id(UID, 3)) == (UID, 3)
    assert (ids.next_spare(ident, UID), ids.next_spare(ids.event_id(UID, 3), UID)) == (1, 4)
    assert ids.next_spare("5ome0ther1d", UID) == 1


@pytest.mark.parametrize(
    "ident", ["", "x", "not an id", "🗓", "0" * 7, "a" * 5000, "vvvvvvvv", f"{ids.event_id(UID)}_2026"]
)
def test_an_id_that_is_no_uid_is_nobodys(ident: str) -> None:
    assert not claims(ids.read_id(ident)[0])


@pytest.mark.parametrize(
    ("fields", "uid"),
    [
        ({}, UID),
        ({"id": "5ome0ther1d"}, UID),
        ({"extendedProperties": {"private": {"mood": "good"}}}, UID),
        ({"extendedProperties": {}}, UID),
        ({"extendedProperties": {"private": {"evenhold": builders.uid(2)}}}, builders.uid(2)),
        ({"extendedProperties": {"private": {"evenhold": "evenhold-0123456789.a.b.n000001"}}}, ""),
        ({"extendedProperties": {"shared": {"evenhold": UID}}, "id": "5ome0ther1d"}, ""),
        ({"extendedProperties": None, "organizer": {"email": "bo@example.org"}}, ""),
        ({"extendedProperties": 7, "id": 7}, ""),
    ],
)
def test_the_marker_says_whose_an_event_is(fields: dict[str, Any], uid: str) -> None:
    """Before the id does; a guest's copy has our id and no marker."""
    assert ids.uid_of(standing(**fields), claims) == uid


# --- times ---


def test_a_time_is_written_with_its_zone_and_a_day_with_an_exclusive_end() -> None:
    evening = Slot(dt.datetime(2026, 11, 24, 18, 30, 0, 7, tzinfo=NEW_YORK), 45)
    zone = {"timeZone": "America/New_York"}
    assert times.write(evening) == {
        "start": {"dateTime": "2026-11-24T18:30:00-05:00", **zone},
        "end": {"dateTime": "2026-11-24T19:15:00-05:00", **zone},
    }
    assert times.write(DAY) == {"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-25"}}
    offset = dt.timezone(dt.timedelta(hours=5, minutes=45))
    nepal = times.write(Slot(dt.datetime(2026, 11, 24, 9, tzinfo=offset)))
    assert nepal["start"] == nepal["end"] == {"dateTime": "2026-11-24T03:15:00+00:00", "timeZone": "UTC"}


def test_a_patch_takes_away_what_was_there() -> None:
    assert times.patch(DAY)["start"] == {"date": "2026-11-24", "dateTime": None, "timeZone": None}
    assert times.patch(builders.EVENING)["end"]["date"] is None


@pytest.mark.parametrize("when", builders.TIMES.values(), ids=builders.TIMES)
def test_every_time_comes_back_in_another_offset(when: Day | Slot) -> None:
    sent = times.write(when)
    if isinstance(when, Slot):
        for time in sent.values():
            time["dateTime"] = dt.datetime.fromisoformat(time["dateTime"]).astimezone(dt.UTC).isoformat()
    found = times.read(sent, BERLIN)
    assert builders.shown(event(when=found), frozenset()) == builders.shown(event(when=when), frozenset())


def test_times_as_google_may_write_them() -> None:
    zone = {"timeZone": "Europe/Berlin"}
    local = {
        "start": {"dateTime": "2026-11-24T18:30:00", **zone},
        "end": {"dateTime": "2026-11-24T17:30:00Z"},
    }
    found = times.read(local, NEW_YORK)
    assert isinstance(found, Slot) and found == Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN))
    odd = {"dateTime": "2026-11-24T18:30:00Z", "timeZone": "Mars/Olympus"}
    found = times.read({"start": odd, "end": odd}, NEW_YORK)
    assert isinstance(found, Slot) and found.start.tzinfo == NEW_YORK
    backwards = {"start": {"dateTime": "2026-11-24T18:30:00Z"}, "end": {"dateTime": "2026-11-24T18:00:00Z"}}
    assert isinstance(found := times.read(backwards, BERLIN), Slot) and found.minutes == 0
    mixed = {"start": {"dateTime": "2026-11-24T18:30:00Z"}, "end": {"date": "2026-11-25"}}
    assert isinstance(found := times.read(mixed, BERLIN), Slot) and found.minutes == 0


@pytest.mark.parametrize(
    "time",
    [
        None,
        {},
        [],
        {"date": "2026-02-31"},
        {"date": 7},
        {"dateTime": "noon"},
        {"dateTime": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_a_time_that_is_none_is_unreadable(time: Any) -> None:
    with pytest.raises(Unreadable, match="start"):
        decoded(start=time)


def test_days_are_counted() -> None:
    assert times.length({"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-27"}}) == 3
    assert times.length({"start": {"date": "2026-11-24"}, "end": {"date": "2026-11-24"}}) == 1
    assert times.length(standing()) == 1


# --- items ---


def test_a_new_event_has_what_the_item_has() -> None:
    alarms = tuple(Alarm(dt.timedelta(minutes=-one)) for one in (30, 5, 5, 40321, -540))
    body = codec.encode(event(notes="And\r\nthe lid\x07", alarms=alarms, title="Bins\x00"))
    assert body["summary"] == "Bins" and body["description"] == "And\nthe lid"
    assert body["extendedProperties"] == {"private": {"evenhold": UID}} and body["id"] == ids.event_id(UID)
    assert body["reminders"] == {
        "useDefault": False,
        "overrides": [{"method": "popup", "minutes": 30}, {"method": "popup", "minutes": 5}],
    }
    assert "transparency" not in body
    assert codec.encode(event(when=DAY))["transparency"] == "transparent"
    many = tuple(Alarm(dt.timedelta(minutes=-one)) for one in range(9))
    assert len(codec.encode(event(alarms=many))["reminders"]["overrides"]) == 5


@pytest.mark.parametrize(
    "item",
    [
        event(when=None),
        event(when=Day(dt.date.max)),
        event(when=Slot(dt.datetime.max.replace(tzinfo=BERLIN), 10)),
        replace(event(), uid=f"evenhold-0123456789.a.{'b' * 700}.n000001"),
    ],
)
def test_what_google_can_not_hold_is_not_sent(item: Item) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        codec.encode(item)


def test_an_event_is_read() -> None:
    reminders = {"useDefault": False, "overrides": [{"method": "email", "minutes": 10}]}
    item = decoded(description="one\r\ntwo", reminders=reminders)
    assert item == event(title="Bins", notes="one\ntwo", alarms=(Alarm(dt.timedelta(minutes=-10)),))
    assert item.status is Status.OPEN and item.kind is Kind.EVENT
    assert decoded(summary=None).title == "" and decoded(status="tentative").status is Status.OPEN


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": 7},
        {"description": ["x"]},
        {"description": "x" * (1024 * 1024 + 1)},
        {"recurrence": {"a": 1}},
        {"recurrence": [7]},
        {"recurrence": [f"RRULE:FREQ=DAILY;BYDAY={'MO,' * 500}"]},
    ],
)
def test_an_event_that_can_not_be_understood_says_why(fields: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as raised:
        decoded(**fields)
    assert "x" * 50 not in str(raised.value) and len(str(raised.value)) < 80


@pytest.mark.parametrize(
    "reminders", [None, 7, {"overrides": 7}, {"overrides": [7, {"minutes": "x"}, {"minutes": -1}]}]
)
def test_odd_reminders_are_none(reminders: Any) -> None:
    assert decoded(reminders=reminders).alarms == ()


# --- patches ---


def test_a_patch_holds_what_it_changes_and_nothing_else() -> None:
    item = event(title="Ours", notes="", when=DAY)
    assert codec.patch(item, frozenset({"title"}), None) == {"summary": "Ours"}
    assert codec.patch(item, frozenset({"notes"}), None) == {"description": None}
    assert codec.patch(item, frozenset({"status", "alarms", "percent", "completed"}), None) == {}
    body = codec.patch(item, frozenset({"title", "notes", "when"}), None)
    assert body.keys() == {"summary", "description", "start", "end"}


def test_an_event_of_several_days_keeps_its_length() -> None:
    known = Held(standing(start={"date": "2026-11-01"}, end={"date": "2026-11-04"}))
    body = codec.patch(event(when=DAY), frozenset({"when"}), known)
    assert (body["start"]["date"], body["end"]["date"]) == ("2026-11-24", "2026-11-27")


@pytest.mark.parametrize(
    ("item", "field"), [(event(), "mood"), (event(rule="FREQ=DAILY"), "rule"), (event(when=None), "when")]
)
def test_what_can_not_be_changed_is_refused(item: Item, field: str) -> None:
    with pytest.raises(ValueError, match=r"changed|cleared|needs"):
        codec.patch(item, frozenset({field}), None)


# --- recurring events ---


@pytest.mark.parametrize(
    ("lines", "rule"),
    [
        (None, ""),
        ([], ""),
        (["RRULE:FREQ=WEEKLY;BYDAY=TU"], "FREQ=WEEKLY;BYDAY=TU"),
        (["EXDATE;VALUE=DATE:20261201", "RRULE:FREQ=DAILY"], "FREQ=DAILY"),
        (["RDATE;VALUE=DATE:20261201"], "RDATE"),
        (["RRULE:"], "RRULE"),
    ],
)
def test_a_rule_is_read_and_never_expanded(lines: Any, rule: str) -> None:
    assert decoded(recurrence=lines).rule == rule


def test_an_instance_that_was_ticked_ticks_the_item() -> None:
    plain = standing(id="a_1", recurringEventId="a", summary="Bins, later")
    ticked = standing(id="a_2", recurringEventId="a", summary="✓ Bins")
    assert decoded(plain, ticked).title == "✓ Bins"
    assert decoded(plain).title == "Bins"
    assert decoded({**ticked, "status": "cancelled"}).title == "Bins"
    assert decoded(ticked, summary="[x] Bins").title == "[x] Bins"


def test_a_series_has_a_revision_of_its_own() -> None:
    """Google leaves the ETag of a series as it is when one instance is changed."""
    one, two = ({"id": "a_1", "etag": f'"{number}"'} for number in (2, 3))
    revisions = [
        Held(standing()).revision,
        Held(standing(), (one,)).revision,
        Held(standing(), (two,)).revision,
    ]
    assert len(set(revisions)) == 3
    assert {held.etag_of(revision) for revision in revisions if revision} == {'"1"'}
    assert [held.is_series(revision) for revision in revisions] == [False, True, True]
    assert Held(standing(), (one, two)).revision == Held(standing(), (two, one)).revision
    assert Held(standing(etag=None)).revision is None


def test_clearing_a_rule_keeps_a_tick_that_stood_on_an_instance() -> None:
    known = Held(standing(), (standing(id="a_2", recurringEventId="a", summary="✓ Bins"),))
    assert codec.patch(event(), frozenset({"rule"}), known) == {"recurrence": None, "summary": "✓ Bins"}
    assert codec.patch(event(title="Ours"), frozenset({"rule", "title"}), known)["summary"] == "Ours"
