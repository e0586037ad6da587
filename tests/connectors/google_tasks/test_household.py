"""A household whose Ada has nothing but Google Tasks: the engine, the connector and her app together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.google.settings import GoogleSettings
from connectors.google_tasks import GoogleTasks
from syncer.connector import Capability, Context
from syncer.core.identity import read_uid
from syncer.core.model import Kind
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Line
from syncer.testing.proxy import FaultProxy, Reset
from tests.connectors.google_tasks.conftest import changes
from tests.emulators import google_tasks
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.google_tasks.app import SCOPE
from tests.emulators.google_tasks.store import Task
from tests.emulators.stage import Clock, Stage
from tests.home import BERLIN, BINS, HOUSE, MONDAY, Home

LIST = "Home"
BAGS, OUT, WASH = "Buy bags", "Take out the bins", "Wash the bins"
CALLS = ("insert", "patch", "delete", "move")


class Household:
    """The home of the engine's tests, with Ada's collections in one Google list."""

    def __init__(
        self, stage: Stage, oauth: GoogleOAuth, tasks: google_tasks.GoogleTasks, proxy: FaultProxy
    ) -> None:
        self.stage, self.tasks, self.proxy = stage, tasks, proxy
        self.person = tasks.person("ada@example.org")
        self.list = self.person.add_list(LIST)
        self.secret = oauth.secret(self.person.mail, [SCOPE])
        self.home = Home()
        self.start()

    def start(self) -> None:
        """As after a start of the daemon: the connector remembers nothing."""
        claims = lambda text: read_uid(text, HOUSE.id) is not None  # noqa: E731  short, and used once
        settings = GoogleSettings(root=self.proxy.url, user=self.person.mail)
        connector = GoogleTasks(settings, Context(BERLIN, lambda: self.secret, claims))
        connector.service.sleep = lambda seconds: None
        lacks = frozenset(Capability) - connector.capabilities
        spoke = Spoke("ada", LIST, "ada", Kind.TODO, timed=True, due=True, lacks=lacks)
        self.close()
        bens = [line for line in self.home.lines if line.spoke.account == "ben"]
        self.home.lines = [Line(spoke, connector), *bens]
        self.home.restart()

    def close(self) -> None:
        """Close all connectors."""
        for line in self.home.lines:
            line.connector.close()

    def run(self, *, minutes: float = 5) -> None:
        """A pass, some minutes later by both clocks."""
        self.stage.clock.advance(minutes=minutes)
        self.home.now = self.stage.clock.now() - dt.timedelta(minutes=1)
        self.tasks.made.clear()
        self.stage.log.clear()
        self.home.run()

    def writes(self) -> list[str]:
        """What the last pass changed at Google."""
        return [call for _, call in self.tasks.made if call.rpartition(".")[2] in CALLS]

    def asked(self) -> list[str]:
        """The requests of the last pass, but for tokens."""
        return [entry.method for entry in self.stage.log if entry.path != "/token"]

    def ref(self, title: str) -> str:
        """Where an item stands."""
        return next(ref for ref, one in self.person.sees(self.list).items() if one == title)

    def task(self, title: str) -> Task:
        """An item, as Google has it."""
        return self.person.task(self.list, self.ref(title))

    def titles(self) -> list[str]:
        """What Ada sees, sorted."""
        return sorted(self.person.sees(self.list).values())

    def done(self) -> list[str]:
        """The completions in the ledger."""
        return [fact for fact in self.home.facts() if fact.startswith("done ")]


@pytest.fixture
def house() -> Iterator[Household]:
    """In step: everything stands, and nothing is new."""
    oauth = GoogleOAuth()
    tasks = google_tasks.GoogleTasks(oauth)
    stage = Stage(oauth, tasks, clock=Clock(MONDAY))
    proxy = FaultProxy(stage.start())
    proxy.start()
    made = Household(stage, oauth, tasks, proxy)
    made.run()
    made.run()
    yield made
    made.close()
    proxy.stop()
    stage.stop()
    assert stage.bugs == []


def test_what_was_just_put_up_is_not_read_again(house: Household) -> None:
    house.person.tick(house.list, house.ref(BAGS))
    house.run()
    house.person.delete(house.list, house.ref(WASH))
    house.run()
    house.run()
    assert house.asked() == ["GET"]


def test_what_is_in_step_is_never_written_again(house: Household) -> None:
    """A task with a time of day among it: Google knows its day, and that is no difference."""
    assert house.titles() == [BAGS, OUT, WASH]
    assert house.task(OUT).due == "2026-11-24"
    for _ in range(5):
        house.run()
        assert house.writes() == [] and house.asked() == ["GET"]
    house.start()
    house.run()
    assert house.writes() == [] and house.asked() == ["GET"]


def test_a_full_comparison_changes_nothing(house: Household) -> None:
    house.run(minutes=60 * 12)
    before = house.person.content(house.list)
    house.run(minutes=60 * 13)
    asked = [entry for entry in house.stage.log if (entry.method, entry.status) == ("GET", 200)]
    assert len(asked) == 1 and "updatedMin" not in asked[0].query
    assert house.person.content(house.list) == before and house.home.facts() == []


def test_a_tick_in_the_app_counts_once(house: Household) -> None:
    house.person.tick(house.list, house.ref(BAGS))
    for _ in range(3):
        house.run()
    house.start()
    house.run()
    assert house.done() == ["done bins.bags/2026-11-25"] and house.writes() == []


def test_a_tick_counts_for_cleared_notes_too_after_a_restart(house: Household) -> None:
    ref = house.ref(BAGS)
    house.person.edit(house.list, ref, notes="")
    house.run()
    house.start()
    house.run()
    house.person.tick(house.list, ref)
    house.run()
    assert house.done() == ["done bins.bags/2026-11-25"]


def test_notes_cleared_and_ticked_between_two_passes_count(house: Household) -> None:
    ref = house.ref(BAGS)
    house.start()
    house.person.edit(house.list, ref, notes="")
    house.person.tick(house.list, ref)
    house.run()
    assert house.done() == ["done bins.bags/2026-11-25"]


def test_a_day_that_a_person_chose_is_kept(house: Household) -> None:
    house.person.drag(house.list, house.ref(OUT), dt.date(2026, 11, 26))
    for _ in range(3):
        house.run()
        assert house.writes() == []
    assert house.task(OUT).due == "2026-11-26"
    assert "rescheduled bins.out/2026-11-24" in house.home.facts()


def test_notes_that_a_person_wrote_are_kept_and_the_line_stays(house: Household) -> None:
    text = house.task(BAGS).notes
    house.person.edit(house.list, house.ref(BAGS), notes=f"The strong ones!\n{text}")
    for _ in range(3):
        house.run()
        assert house.writes() == []
    assert house.task(BAGS).notes == f"The strong ones!\n{text}"


def test_a_deletion_is_a_skip_and_nothing_comes_back(house: Household) -> None:
    house.person.delete(house.list, house.ref(BAGS))
    for _ in range(3):
        house.run()
    assert house.home.facts() == ["skipped bins.bags/2026-11-25"]
    assert house.task(BAGS).due == "2026-12-02", "the next one is another task"


def test_a_create_whose_answer_was_lost_stands_there_once(house: Household) -> None:
    house.person.tick(house.list, house.ref(BAGS))
    house.run()
    house.proxy.inject(Reset(applied=True), changes, times=None)
    house.home.give(replace(BINS, owner="ada"), "ben")
    house.run()
    house.home.give(replace(BINS, owner="ben"), "ada")
    house.run()
    house.proxy.calm()
    for _ in range(3):
        house.run()
    assert house.titles().count(OUT) == 1 and house.titles().count(WASH) == 1
    assert house.writes() == []


def test_what_is_handed_over_leaves_the_app_and_a_persons_steps_stay(house: Household) -> None:
    step = house.person.add(house.list, "Find the key", under=house.ref(OUT))
    house.person.add(house.list, "Call grandma")
    house.run()
    house.home.give(BINS, "ben")
    house.run()
    assert house.titles() == ["Call grandma", "Find the key"]
    assert house.person.task(house.list, step).parent is None
    house.run()
    assert house.writes() == []


def test_a_repetition_that_a_person_set_is_done_once_and_stands_there_once(house: Household) -> None:
    house.person.repeat(house.list, house.ref(BAGS), 7)
    house.run()
    house.person.tick(house.list, house.ref(BAGS))
    house.run()
    for _ in range(3):
        house.run()
    assert house.done() == ["done bins.bags/2026-11-25"]
    assert house.titles().count(BAGS) <= 1 and house.writes() == []


def test_subtasks_that_a_person_ticks_are_their_own_affair(house: Household) -> None:
    step = house.person.add(house.list, "Find the key", under=house.ref(OUT))
    house.run()
    house.person.tick(house.list, step)
    house.run()
    assert house.done() == [] and house.writes() == []


def test_a_list_that_was_deleted_is_not_taken_for_deletions(house: Household) -> None:
    house.person.delete_list(house.list)
    house.run()
    assert not [fact for fact in house.home.facts() if fact.startswith("skipped")]
