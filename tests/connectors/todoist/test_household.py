"""The engine with a partner who lives in Todoist: what its rules come to there, end to end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from syncer.connector import Capability, Context
from syncer.core.identity import read_uid
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Line
from syncer.testing.proxy import FaultProxy, Reset
from tests.connectors.todoist.conftest import START, writing
from tests.emulators.stage import Clock
from tests.emulators.todoist import Todoist as Emulator
from tests.engine.scenes import ERRANDS, errand
from tests.home import BERLIN, BINS, FOOD, HOUSE, TASKS, Home


class Flat(Home):
    """Ada keeps her to-dos in Todoist; Ben has a list and a calendar elsewhere."""

    def __init__(self, emulator: Emulator, proxy: FaultProxy, errands: int = 0) -> None:
        emulator.stage.clock = Clock(START)
        self.clock = emulator.stage.clock
        self.account = emulator.account()
        self.person = emulator.person(self.account)
        self.project = self.person.make_project("Household")
        self.proxy = proxy
        tasks = {**TASKS, "errands": tuple(errand(number) for number in range(errands))}
        super().__init__((BINS, FOOD, ERRANDS) if errands else (BINS, FOOD), tasks)
        self.reconnect()

    def reconnect(self) -> None:
        """Another process: nothing is left but the ledger."""
        context = Context(BERLIN, lambda: self.account.token, self._claims)
        self.todoist = Todoist(TodoistSettings(url=self.proxy.url, timeout=2), context)
        self.todoist.transport.sleep = lambda _: None
        lacks = frozenset(Capability) - Todoist.capabilities
        spoke = Spoke("todoist", "Household", "ada", Kind.TODO, timed=True, due=True, lacks=lacks)
        bens = [line for line in self.lines if line.spoke.partner == "ben"]
        self.lines = [Line(spoke, self.todoist), *bens]
        self.restart()

    @staticmethod
    def _claims(uid: str) -> bool:
        return read_uid(uid, HOUSE.id) is not None

    def run(self, days: float = 0) -> Any:
        """A pass, so many days later by every clock."""
        self.clock.advance(days=days, minutes=1)
        return super().run(days)

    def requests(self) -> int:
        found = len(self.proxy.log)
        self.proxy.log.clear()
        return found

    def open(self) -> dict[str, dict[str, Any]]:
        """The open items of the project, by title."""
        found = [item for item in self.person.list(self.project) if not item["checked"]]
        assert len({item["content"] for item in found}) == len(found), "something stands there twice"
        return {item["content"]: item for item in found}

    def count(self, fact: str) -> int:
        return self.facts().count(fact)


@pytest.fixture
def flat(emulator: Emulator, faulty: FaultProxy) -> Iterator[Flat]:
    faulty.calm()
    made = Flat(emulator, faulty)
    made.run()
    made.run()
    yield made
    faulty.calm()
    made.todoist.close()


def test_items_stand_in_their_sections_and_an_idle_pass_is_one_request(flat: Flat) -> None:
    assert set(flat.open()) == {"Take out the bins", "Buy bags", "Wash the bins"}
    assert flat.person.section_names(flat.project) == ["Bins"]
    assert flat.open()["Take out the bins"]["due"]["date"] == "2026-11-24T18:00:00Z"
    flat.requests()
    report = flat.run()
    assert flat.requests() == 1 and not any(one.steps for one in report.spokes)


def test_what_we_wrote_ourselves_is_not_read_again(flat: Flat) -> None:
    flat.person.tick(flat.open()["Buy bags"]["id"])
    flat.requests()
    flat.run()
    assert flat.requests() == 2  # a look, and the next occurrence
    flat.run()
    assert flat.requests() == 1


def test_a_tick_counts_once_and_the_next_occurrence_appears(flat: Flat) -> None:
    flat.person.tick(flat.open()["Buy bags"]["id"])
    for _ in range(3):
        flat.run()
    assert flat.count("done bins.bags/2026-11-25") == 1
    assert flat.open()["Buy bags"]["due"]["date"] == "2026-12-02"


def test_who_wipes_off_the_marker_and_ticks_has_done_it(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.edit(item, description="")
    flat.person.tick(item)
    flat.run()
    assert flat.count("done bins.bags/2026-11-25") == 1


def test_an_item_that_its_owner_made_recurring_is_done_once(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.repeat(item, "every week")
    flat.run()
    flat.person.tick(item)
    for _ in range(3):
        flat.run()
    assert flat.count("done bins.bags/2026-11-25") == 1
    assert flat.person.sees(item)["checked"] is True  # the ledger owns recurrence: the next one is its own
    assert flat.open()["Buy bags"]["due"]["date"] == "2026-12-02"
    flat.requests()
    flat.run()
    assert flat.requests() == 1


def test_made_recurring_and_ticked_between_two_passes_it_is_done_once_too(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.repeat(item, "every! week")
    flat.person.tick(item)
    flat.person.tick(item)
    for _ in range(3):
        flat.run()
    assert flat.count("done bins.bags/2026-11-25") == 1
    assert flat.count("done bins.bags/2026-12-02") == 0


def test_a_recurring_item_that_is_dragged_to_its_next_date_is_not_done(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.repeat(item, "every day")
    flat.run()
    flat.person.drag(item, "2026-11-26")
    for _ in range(2):
        flat.run()
    assert flat.count("done bins.bags/2026-11-25") == 0
    assert flat.count("rescheduled bins.bags/2026-11-25") == 1
    due = flat.person.sees(item)["due"]
    assert (due["date"], due["string"], due["is_recurring"]) == ("2026-11-26", "every day", True)


def test_a_recurrence_survives_a_change_of_ours(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.repeat(item, "every week")
    flat.run()
    flat.person.edit(item, content="Bags!")
    for _ in range(2):
        flat.run()
    assert flat.person.sees(item)["due"]["is_recurring"] is True
    assert flat.person.sees(item)["content"] == "Bags!"


def test_a_day_without_a_time_and_a_floating_time_are_its_owners(flat: Flat) -> None:
    item = flat.open()["Take out the bins"]["id"]
    flat.person.edit(item, due={"date": "2026-11-24T20:15:00"}, priority=4, labels=["home"])
    for _ in range(3):
        flat.run()
    standing = flat.person.sees(item)
    assert standing["due"]["date"] == "2026-11-24T20:15:00" and standing["due"]["timezone"] is None
    assert (standing["priority"], standing["labels"]) == (4, ["home"])
    assert flat.count("rescheduled bins.out/2026-11-24") == 1


def test_a_deletion_is_a_skip_and_a_move_to_another_list_is_one_too(flat: Flat) -> None:
    other = flat.person.make_project("Other")
    flat.person.delete(flat.open()["Buy bags"]["id"])
    flat.person.move(flat.open()["Wash the bins"]["id"], project=other)
    for _ in range(2):
        flat.run()
    assert flat.count("skipped bins.bags/2026-11-25") == flat.count("skipped bins.wash/n000001") == 1
    assert [item["content"] for item in flat.person.list(other)] == ["Wash the bins"]


def test_a_bundle_that_is_handed_over_leaves_and_what_its_owner_added_stays(flat: Flat) -> None:
    item = flat.open()["Buy bags"]["id"]
    flat.person.add(flat.project, "the large ones", parent_id=item)
    flat.person.add(flat.project, "Call the dentist")
    flat.run()
    flat.give(BINS, "ben")
    flat.run()
    assert set(flat.open()) == {"the large ones", "Call the dentist"}
    assert "bins.bags/2026-11-25" in flat.uids("ben", "tasks")


def test_a_lost_answer_and_a_restart_leave_each_item_there_once(
    emulator: Emulator, faulty: FaultProxy
) -> None:
    faulty.calm()
    flat = Flat(emulator, faulty)
    faulty.inject(Reset(applied=True), writing, times=None)
    flat.run()
    faulty.calm()
    flat.person.tick(flat.open()["Buy bags"]["id"])  # before anybody knows that it went up
    flat.reconnect()
    for _ in range(2):
        flat.run()
    assert set(flat.open()) == {"Take out the bins", "Buy bags", "Wash the bins"}
    assert flat.count("done bins.bags/2026-11-25") == 1
    flat.todoist.close()


@pytest.mark.parametrize("forgotten", [False, True], ids=["", "the sync token expired"])
def test_a_week_away_with_many_completions_comes_back_exact(
    emulator: Emulator, faulty: FaultProxy, forgotten: bool
) -> None:
    faulty.calm()
    flat = Flat(emulator, faulty, errands=60)
    flat.run()
    flat.run()
    items = [item for title, item in flat.open().items() if title.startswith("Errand")]
    for number, item in enumerate(items[:57]):
        flat.person.tick(item["id"])
        if number % 10 == 0:
            flat.clock.advance(hours=11)
            flat.now += dt.timedelta(hours=11)
    flat.person.untick(items[3]["id"])
    if forgotten:
        flat.person.forget_sync_tokens()
    flat.reconnect()
    for _ in range(3):
        flat.run()
    done = [fact for fact in flat.facts() if fact.startswith("done errands.") and fact.endswith("2026-11-25")]
    assert len(done) == len(set(done)) == 56
    assert flat.hold("todoist/Household") is None
    flat.todoist.close()


def test_months_away(flat: Flat) -> None:
    item = flat.open()["Wash the bins"]["id"]
    flat.person.tick(item)
    flat.person.forget_sync_tokens()
    flat.clock.advance(days=200)
    flat.now += dt.timedelta(days=200)
    flat.reconnect()
    for _ in range(2):
        flat.run()
    assert flat.count("done bins.wash/n000001") == 1
    assert flat.count("skipped bins.wash/n000001") == 0
