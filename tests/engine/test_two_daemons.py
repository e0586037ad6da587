"""Two daemons on one ledger (I20): interleaved anywhere, nothing is doubled, lost or made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from syncer.connector import Operation, Retry
from syncer.core.identity import read_uid
from syncer.core.model import Status
from syncer.core.ownership import define
from syncer.engine.cycle import Cycle
from syncer.engine.holder import STALE, Holder, this_process
from syncer.ledger import intents, record, views
from syncer.testing.manners import CALDAV, GOOGLE_TASKS, TODOIST, Manner
from syncer.testing.memory import Shelf
from tests.home import BAGS, BINS, FOOD, HOUSE, SHOP, Home, uid

MANNERS = [CALDAV, GOOGLE_TASKS, TODOIST]
BAG = uid(BAGS.id, "2026-11-25")


@dataclass
class Two:
    """A household with two daemons, "a" and "b"; `b` runs a whole pass at a moment within one of `a`'s."""

    home: Home
    alive: set[str] = field(default_factory=lambda: {"a", "b"})
    moments: int = 0
    at: int = -1
    busy: bool = False

    def __post_init__(self) -> None:
        self.start = self.home.now, self.home.backup(), self._shelves()
        self.a, self.b = self.daemon("a"), self.daemon("b")
        for provider in self.home.providers.values():
            provider.fault = self._on_request
            provider.before_write = self._on_write
        commits = self._around(self.home.ledger.write)
        self.home.ledger.write = commits  # type: ignore[method-assign,assignment]  # so that each is a moment

    def rewind(self) -> None:
        """As it was in the beginning, for two daemons that have just been started."""
        self.home.now, backup, shelves = self.start
        self.home.restore(backup)
        for name, provider in self.home.providers.items():
            provider.shelves = {ref: shelf.copy() for ref, shelf in shelves[name].items()}
        self.a, self.b = self.daemon("a"), self.daemon("b")

    def _shelves(self) -> dict[str, dict[str, Shelf]]:
        providers = self.home.providers.items()
        return {name: {ref: shelf.copy() for ref, shelf in p.shelves.items()} for name, p in providers}

    def daemon(self, name: str) -> Cycle:
        """A daemon of that name."""
        holder = Holder(name, lambda other, _age: other in self.alive)
        clock = lambda: self.home.now  # noqa: E731  as short as the others that are given
        return Cycle(
            self.home.ledger,
            HOUSE,
            self.home.lines,
            clock=clock,
            tell=lambda _: None,
            holder=holder,
            parallel=False,
        )

    def run(self, at: int = -1) -> int:
        """A pass of a's, with one of b's at its `at`-th moment; returns how many moments there were."""
        self.moments, self.at = 0, at
        self.home.now += dt.timedelta(minutes=1)
        self.a.run()
        self.at = -1
        return self.moments

    def come_to_rest(self) -> None:
        """Passes of both, one after the other."""
        for daemon in (self.a, self.b, self.a, self.b):
            self.home.now += dt.timedelta(minutes=1)
            daemon.run()

    def _moment(self) -> None:
        if self.busy:
            return
        self.moments += 1
        if self.moments - 1 == self.at:
            self.busy = True
            self.home.now += dt.timedelta(seconds=1)
            self.b.run()
            self.busy = False

    def _on_request(self, _what: str, _operation: Operation | None) -> None:
        self._moment()

    def _on_write(self, _operation: Operation) -> None:
        self._moment()

    def _around(self, write: Callable[..., object]) -> Callable[[], object]:
        @contextmanager
        def hooked() -> Iterator[object]:
            self._moment()
            with write() as connection:  # type: ignore[attr-defined]  # a context manager
                yield connection
            self._moment()

        return hooked


def shapes(home: Home) -> dict[str, list[tuple[str, str, Status]]]:
    """What stands where: occurrence, title and status, each as often as it stands there."""
    return {
        f"{who}/{what}": sorted(
            (found.plain.name, item.title, item.status)
            for _, item in home.providers[who].shelf(what).items.values()
            if (found := read_uid(item.uid, HOUSE.id)) is not None
        )
        for who in home.providers
        for what in ("calendar", "tasks")
    }


def handed_over(manner: Manner) -> Home:
    """A household at rest, where then much happens at once."""
    home = Home(manners={"ada": manner, "ben": manner})
    home.run()
    home.run()
    home.providers["ada"].edit("tasks", BAG, status=Status.DONE)
    home.providers["ben"].edit("tasks", uid(SHOP.id, "2026-11-28"), notes="mine")
    home.give(BINS, "ben")
    with home.ledger.write() as connection:
        renamed = replace(SHOP, title="Do the big shop")
        rows = views.state(connection, HOUSE.id)
        record.append(connection, HOUSE.id, define(FOOD, [renamed], rows, home.now, "test"))
    return home


def nothing_yet(manner: Manner) -> Home:
    """A household before its first pass."""
    return Home(manners={"ada": manner, "ben": manner})


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
@pytest.mark.parametrize("begin", [handed_over, nothing_yet])
def test_wherever_the_second_comes_between_it_ends_as_if_it_had_not(
    begin: Callable[[Manner], Home], manner: Manner
) -> None:
    two = Two(begin(manner))
    moments = two.run()
    two.come_to_rest()
    wanted, facts = shapes(two.home), sorted(two.home.facts())
    assert facts == [] or "done bins.bags/2026-11-25" in facts
    assert moments > 12
    for at in range(0, moments, 3):
        two.rewind()
        two.run(at)
        two.come_to_rest()
        assert shapes(two.home) == wanted, at
        assert sorted(two.home.facts()) == facts, at


def test_what_another_that_lives_is_sending_is_left_to_it() -> None:
    home = Home()
    two = Two(home)
    home.providers["ada"].fault = lambda _what, op: Retry("no answer") if op is not None else None
    two.a.run()
    home.providers["ada"].fault = lambda _what, _op: None
    reports = {report.spoke.name: report for report in two.b.run().spokes}
    assert reports["ada/calendar"].elsewhere
    assert not reports["ben/calendar"].elsewhere
    assert home.uids("ada", "calendar") == set()


def test_what_a_dead_one_left_behind_is_settled_at_once() -> None:
    home = Home()
    two = Two(home)
    home.providers["ada"].lost_answers = {BAG}
    home.providers["ada"].fault = lambda _what, op: Retry("no answer") if op is not None else None
    two.a.run()
    home.providers["ada"].fault = lambda _what, _op: None
    two.alive = {"b"}
    two.b.run()
    assert len(home.uids("ada", "calendar")) == 4
    assert len(home.providers["ada"].items("tasks")) == 2
    with home.ledger.read() as connection:
        assert intents.all_open(connection, HOUSE.id) == {}


def test_ones_own_unanswered_writes_are_settled_by_oneself() -> None:
    two = Two(Home())
    two.home.providers["ada"].fault = lambda _what, op: Retry("no answer") if op is not None else None
    two.a.run()
    two.home.providers["ada"].fault = lambda _what, _op: None
    two.a.run()
    assert len(two.home.uids("ada", "calendar")) == 4


def test_another_hosts_is_waited_for_ten_minutes_and_no_longer() -> None:
    lives = this_process().lives
    assert lives("another-host/boot/12.34", STALE - dt.timedelta(seconds=1))
    assert not lives("another-host/boot/12.34", STALE)
    assert not lives("", dt.timedelta())  # of a ledger from before holders had names


def test_this_process_lives_and_one_that_only_has_its_number_does_not() -> None:
    me = this_process()
    host, boot, process = me.name.split("/")
    number, start = process.split(".")
    assert me.lives(me.name, STALE * 100)
    assert not me.lives(f"{host}/{boot}/{number}.{int(start) + 1}", dt.timedelta())
    assert not me.lives(f"{host}/another-boot/{process}", dt.timedelta())
    assert not me.lives(f"{host}/{boot}/nonsense", dt.timedelta())
