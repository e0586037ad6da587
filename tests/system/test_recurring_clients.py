"""A to-do of ours that a person made recurring, completed by real apps on a real server.

What each app writes then differs (`tests/corpora/recurring`); what is read is the same: this occurrence is
done, or it went on to a later one. What follows is the same too: it counts once, and is a plain item again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from caldav.davclient import DAVClient

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Ack, Collection, Context, Create, Update
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Day, Item, Kind, Slot, Status, When
from tests.servers import ACCOUNTS
from tests.system.clients import Phone
from tests.system.house import FACTS, House

UID = Identity("food.shop", "2030-01-08").uid("home")
DAY = Day(dt.date(2030, 1, 8))
RULES = pytest.mark.parametrize("rule", ["FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3", "FREQ=DAILY;INTERVAL=10"])


@dataclass
class Desk:
    """Ada's list with one to-do of ours in it, and the connector that looks at it."""

    house: House
    connector: CalDAV
    todos: Collection

    def put_up(self, when: When, rule: str) -> Item:
        """Create the to-do; its owner then lets an app repeat it."""
        item = Item(UID, Kind.TODO, "Shop", when)
        (ack,) = self.connector.push(self.todos, [Create(item)])
        assert isinstance(ack, Ack)
        there = self.house.fetch("ada", ack.ref)
        self.house.edit("ada", there, lambda text: text.replace("END:VTODO", f"RRULE:{rule}\nEND:VTODO"))
        assert self.read() == replace(item, rule=rule)
        return item

    def read(self) -> Item:
        """Our one item, as a pull of everything shows it."""
        (seen,) = self.connector.pull(self.todos, None, {}).seen
        return seen.item

    def make_plain(self) -> Item:
        """Our one item after its recurrence was taken off."""
        (seen,) = self.connector.pull(self.todos, None, {}).seen
        wanted = replace(seen.item, rule="")
        (ack,) = self.connector.push(
            self.todos, [Update(seen.ref, seen.revision, wanted, frozenset({"rule"}))]
        )
        assert isinstance(ack, Ack)
        assert self.read() == wanted
        return wanted


@pytest.fixture
def desk(home: House) -> Iterator[Desk]:
    """Ada's collections on Radicale, made by the connector; no daemon runs."""
    context = Context(home.zone, lambda: ACCOUNTS["ada"], lambda text: read_uid(text, "home") is not None)
    connector = CalDAV(CalDAVSettings(url=home.server.url, user="ada"), context)
    connector.create_collection(home.name("calendar"), Kind.EVENT)
    yield Desk(home, connector, connector.create_collection(home.name("todos"), Kind.TODO))
    connector.close()


def complete(house: House, uid: str, mode: str) -> None:
    """Complete one of Ada's to-dos with python-caldav."""
    client: Any = DAVClient(house.server.url, username="ada", password=ACCOUNTS["ada"])
    with client:
        todos = client.calendar(url=house.server.url + house.path("ada", "todos"))
        todos.get_todo_by_uid(uid).complete(handle_rrule=True, rrule_mode=mode)


@RULES
@pytest.mark.parametrize("timed", [False, True], ids=["day", "time"])
def test_todoman_completes_it_and_goes_on_under_another_name(desk: Desk, rule: str, timed: bool) -> None:
    when = Slot(dt.datetime(2030, 1, 8, 18, tzinfo=desk.house.zone)) if timed else DAY
    desk.put_up(when, rule)
    phone = Phone(desk.house, "ada")
    phone.todo("done", phone.number("Shop"))
    phone.sync()
    item = desk.read()
    assert (item.status, item.rule, item.uid) == (Status.DONE, "", UID)
    assert isinstance(item.when, Slot) == timed
    (other,) = [uid for uid in desk.house.uids("ada", "todos") if uid != UID]
    assert read_uid(other, "home") is None


@RULES
def test_python_caldav_moves_it_on(desk: Desk, rule: str) -> None:
    """Mode "safe": nothing in it is done, and a done copy has another name."""
    desk.put_up(DAY, rule)
    complete(desk.house, UID, "safe")
    item = desk.read()
    assert item.status is Status.OPEN
    assert item.rule == rule.replace("COUNT=3", "COUNT=2")
    assert isinstance(item.when, Slot)  # it counts from the moment of completion, and makes a time of the day
    assert len(desk.house.uids("ada", "todos")) == 2
    assert desk.make_plain().when == item.when


@RULES
def test_python_caldav_completes_an_instance_of_it(desk: Desk, rule: str) -> None:
    desk.put_up(DAY, rule)
    complete(desk.house, UID, "thisandfuture")
    item = desk.read()
    assert (item.status, item.rule, item.when) == (Status.DONE, rule, DAY)
    assert (desk.make_plain().status, desk.house.uids("ada", "todos")) == (Status.DONE, [UID])


@pytest.mark.parametrize("app", ["todoman", "safe", "thisandfuture"])
def test_it_counts_once_and_is_plain_again(home: House, app: str) -> None:
    """The whole way: put up by the daemon, repeated by its owner, completed by an app, seen by the daemon."""
    home.settle()
    before = home.item("ada", "todos", "Choose a present")
    repeated = home.edit(
        "ada", before, lambda text: text.replace("END:VTODO", "RRULE:FREQ=WEEKLY\nEND:VTODO")
    )
    home.again()
    assert home.fetch("ada", before.path) == repeated  # how the owner likes to be reminded is theirs
    assert home.entries(*FACTS) == []
    if app == "todoman":
        phone = Phone(home, "ada")
        phone.todo("done", phone.number("Choose a present"))
        phone.sync()
    else:
        complete(home, before.uid, app)
    home.again()
    assert home.entries(*FACTS) == [("done", "birthdays.present")]
    after = home.fetch("ada", before.path)
    assert (after.get("STATUS"), after.get("RRULE")) == ("COMPLETED", None)
    assert after.text.count("BEGIN:VTODO") == 1 and "RECURRENCE-ID" not in after.text
    everything = home.everything()
    for _ in range(5):
        home.again()
    assert home.entries(*FACTS) == [("done", "birthdays.present")]
    assert home.audited() == {"birthdays": {"ada": 1}}
    assert home.everything() == everything


def test_after_it_went_on_it_is_due_when_it_was(home: House) -> None:
    home.settle()
    before = home.item("ada", "todos", "Choose a present")
    home.edit("ada", before, lambda text: text.replace("END:VTODO", "RRULE:FREQ=WEEKLY\nEND:VTODO"))
    home.again()
    complete(home, before.uid, "safe")
    home.again()
    assert home.fetch("ada", before.path).get("DUE") == before.get("DUE")
