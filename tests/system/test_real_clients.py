"""Real apps on real servers: what a partner does there reaches the ledger once, and no more is touched."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from caldav.davclient import DAVClient

from tests.servers import ACCOUNTS
from tests.system.clients import Phone
from tests.system.house import BUNDLES, FACTS, House, Stored

pytestmark = pytest.mark.every_server

FOREIGN = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Somebody//Something 1.0//XX
X-WR-ODD;X-PARAM="a;b:c":kept \\, as it is
BEGIN:VTODO
UID:not-of-evenhold@example.org
DTSTAMP:20260101T000000Z
SUMMARY:Something of my own
X-ODD-THING;X-A=1;X-B="two, three":a value that a library might fold at a place of its own, a\\nnd more
CATEGORIES:MINE,ALSO MINE
DUE;VALUE=DATE:20300101
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:odd
TRIGGER;RELATED=END:-PT17M
X-ALARM-ODD:yes
END:VALARM
END:VTODO
END:VCALENDAR
"""


def put_foreign(house: House) -> Stored:
    """Another app's to-do in the same list, as the server keeps it."""
    path = f"{house.path('ada', 'todos')}some-other-name.ics"
    headers = {"Content-Type": "text/calendar; charset=utf-8"}
    house.request("ada", "PUT", path, FOREIGN.replace("\n", "\r\n"), headers)
    return house.fetch("ada", path)


def retitled(text: str, before: str, after: str) -> str:
    """The text of an event with its title changed."""
    return text.replace(f"SUMMARY:{before}", f"SUMMARY:{after}")


def test_a_to_do_ticked_in_todoman_counts_once_for_ever(house: House) -> None:
    house.settle()
    foreign = put_foreign(house)
    phone = Phone(house, "ada")
    day = dt.datetime.now(house.zone).date() + dt.timedelta(days=9)
    due = dt.datetime.combine(day, dt.time(10, 15), house.zone)
    phone.todo("done", phone.number("Choose a present"))
    phone.todo("edit", phone.number("Write the card"), "--due", f"{due:%Y-%m-%d %H:%M}")
    phone.sync()
    said = house.once().stdout
    assert "Birthdays: “Choose a present” of" in said and "is done." in said and "is moved to" in said
    moved = house.item("ada", "todos", "Write the card")
    facts = house.entries(*FACTS)
    assert sorted(facts) == [("done", "birthdays.present"), ("rescheduled", "birthdays.card")]
    for _ in range(10):
        house.again()
    house.server.stop()
    house.server.start()
    house.once()
    assert house.entries(*FACTS) == facts and house.audited() == {"birthdays": {"ada": 1}}
    local, utc = f"{due:%Y%m%dT%H%M%S}", f"{due.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"
    assert moved.get("DUE") in (local, utc), moved.text
    assert house.item("ada", "todos", "Write the card") == moved
    assert house.item("ada", "todos", "Choose a present").get("STATUS") == "COMPLETED"
    assert house.fetch("ada", foreign.path) == foreign


def test_a_to_do_opened_again_is_open_again(house: House) -> None:
    house.settle()
    todo = house.item("ada", "todos", "Choose a present")
    done = todo.text.replace("END:VTODO", "STATUS:COMPLETED\nEND:VTODO")
    opened = todo.text.replace("END:VTODO", "STATUS:NEEDS-ACTION\nEND:VTODO")
    kinds: list[str] = []
    for text, kind in ((done, "done"), (opened, "reopened"), (done, "done")):
        kinds.append(kind)
        house.replace("ada", house.fetch("ada", todo.path), text)
        house.again()
        house.again()
        assert [kind for kind, _ in house.entries("done", "reopened")] == kinds
        kept = house.fetch("ada", todo.path)
        assert (kept.get("STATUS") == "COMPLETED") == (text == done)
    assert house.audited() == {"birthdays": {"ada": 1}}


def test_an_item_deleted_right_after_it_was_put_up_is_skipped(house: House) -> None:
    house.settle()
    todo = house.item("ada", "todos", "Order the cake")
    house.delete("ada", todo)
    house.once()
    assert house.entries("skipped") == [("skipped", "birthdays.cake")]
    house.again()
    assert todo.uid not in house.uids("ada", "todos")


def test_an_event_with_a_tick_before_its_title_is_done(house: House) -> None:
    house.settle()
    phone = Phone(house, "ada")
    listed = phone.khal("list", "today", "30d")
    assert listed.count("Take out the bins") >= 4 and "x-ray the parcels" in listed
    first, second, third, fourth, *_ = house.items("ada", "calendar", "Take out the bins")
    phone.edit_event(first, lambda text: retitled(text, "Take out", "x Take out"))
    phone.edit_event(second, lambda text: retitled(text, "Take out", "x-ray out"))
    phone.sync()
    client: Any = DAVClient(house.server.url, username="ada", password=ACCOUNTS["ada"])
    with client:
        calendar = client.calendar(url=house.server.url + house.path("ada", "calendar"))
        event = calendar.get_event_by_uid(third.uid)
        event.data = retitled(event.data, "Take out", "[x] Take out")
        event.save()
    house.once()
    assert sorted(house.entries("done", "retitled", "rescheduled", "skipped")) == [
        ("done", "bins.out"),
        ("done", "bins.out"),
        ("retitled", "bins.out"),
    ]
    titles = {one.path: one.title for one in house.stored("ada", "calendar")}
    assert titles[first.path] == titles[third.path] == "✓ Take out the bins"
    assert titles[second.path] == "x-ray out the bins" and titles[fourth.path] == "Take out the bins"
    before = house.stored("ada", "calendar")
    for _ in range(2):
        house.again()
    assert house.stored("ada", "calendar") == before
    assert house.done() == ["bins.out"] * 2 and house.audited() == {"bins": {"ada": 2}}
    phone.sync()
    assert phone.khal("list", "today", "30d").count("✓ Take out the bins") == 2


def test_what_the_owner_made_of_an_item_stays_theirs(house: House) -> None:
    house.settle()
    foreign = put_foreign(house)
    house.again()
    deleted = house.item("ada", "todos", "Order the cake")
    house.delete("ada", deleted)
    noted = house.item("ada", "todos", "Ask who is coming")
    house.edit("ada", noted, lambda text: text.replace("DESCRIPTION:", "DESCRIPTION:Gran can't. ", 1))
    moved = house.items("ada", "calendar", "Take out the bins")[1]
    start, end = str(moved.get("DTSTART")), str(moved.get("DTEND"))
    later = moved.text.replace(start, start[:9] + "201000").replace(end, end[:9] + "203000")
    house.replace("ada", moved, later)
    theirs = "X-MINE;X-P=1:odd\nCATEGORIES:HOME,LATER\nLOCATION:Kitchen\n"
    alarm = "BEGIN:VALARM\nACTION:DISPLAY\nDESCRIPTION:mine\nTRIGGER:-PT42M\nX-SNOOZE:1\nEND:VALARM\n"
    decked = house.item("ada", "todos", "Write the card")
    house.edit("ada", decked, lambda text: text.replace("END:VTODO", theirs + alarm + "END:VTODO"))
    house.once()
    assert sorted(house.entries("done", "skipped", "noted", "rescheduled", "retitled")) == [
        ("noted", "birthdays.guests"),
        ("rescheduled", "bins.out"),
        ("skipped", "birthdays.cake"),
    ]
    changed = "Everybody hears from us in time."
    house.load(BUNDLES.read_text().replace("Nobody is forgotten.", changed).replace("the lorry", "it"))
    house.once()
    house.again()
    after = house.fetch("ada", decked.path)
    assert changed in str(after.get("DESCRIPTION"))
    for line in (theirs + alarm).splitlines():
        assert line in after.text
    assert after.text.count("BEGIN:VALARM") == decked.text.count("BEGIN:VALARM") + 1
    guests = str(house.fetch("ada", noted.path).get("DESCRIPTION"))
    assert guests.startswith("Gran can't. ") and changed not in guests
    bins = house.fetch("ada", moved.path)
    assert "before it comes" in str(bins.get("DESCRIPTION"))
    assert (bins.get("DTSTART"), bins.get("DTEND")) == (start[:9] + "201000", end[:9] + "203000")
    assert deleted.uid not in house.uids("ada", "todos")
    assert house.fetch("ada", foreign.path) == foreign
    assert house.done() == [] and len(house.entries("skipped", "noted", "rescheduled")) == 3
