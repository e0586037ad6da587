"""A probe item is put up, read, ticked and taken down; nothing of it stays, whatever happens half-way."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from syncer.connector import (
    Capability,
    Conflict,
    Connector,
    ConnectorError,
    Create,
    CredentialsDead,
    Delete,
    Operation,
    Refused,
    Retry,
    Settings,
    Update,
)
from syncer.core.identity import Identity
from syncer.core.model import Day, Item, Kind, Status
from syncer.onboarding.probe import TASK, Probe, collection_for
from syncer.testing import builders
from syncer.testing.manners import CALDAV, GOOGLE_CALENDAR, GOOGLE_TASKS, RESTLESS, TIDY, TODOIST, Manner
from syncer.testing.memory import MemoryConnector, Provider

TODAY = dt.date(2026, 11, 24)
PLACES = [
    (manner, kind)
    for manner in (CALDAV, TIDY, RESTLESS, GOOGLE_CALENDAR, GOOGLE_TASKS, TODOIST)
    for kind, capability in ((Kind.EVENT, Capability.EVENTS), (Kind.TODO, Capability.TODOS))
    if capability in manner.capabilities
]
everywhere = pytest.mark.parametrize(("manner", "kind"), PLACES, ids=lambda it: getattr(it, "name", str(it)))


class Place:
    """A provider with one collection, in which a stranger's item stands."""

    def __init__(self, manner: Manner, kind: Kind) -> None:
        self.kind, self.provider = kind, Provider(manner)
        self.connector = MemoryConnector(Settings(), builders.context(str), self.provider)
        self.shelf = self.provider.add("Household", kind)
        self.theirs = Item("somebody-else", kind, "Dentist", Day(TODAY))
        self.shelf.put(f"{self.shelf.collection.ref}theirs", self.theirs)
        self.steps: list[str] = []

    def probe(self, connector: Connector | None = None) -> Probe:
        return Probe(
            connector or self.connector,
            self.shelf.collection,
            self.kind,
            builders.HOUSEHOLD,
            TODAY,
            self.steps.append,
        )

    def left(self) -> list[Item]:
        return [item for _, item in self.shelf.items.values() if item != self.theirs]

    def stale(self, number: int = 1) -> Item:
        """What an attempt that was killed left behind."""
        uid = Identity(TASK, f"n{number:06}").uid(builders.HOUSEHOLD)
        item = Item(uid, self.kind, "Evenhold looks", Day(TODAY), status=Status.OPEN)
        if self.kind is Kind.TODO:
            item = replace(item, status=Status.DONE)
        self.shelf.put(f"{self.shelf.collection.ref}{uid}", item)
        return item


@everywhere
def test_all_four_steps_go_well_and_nothing_stays(manner: Manner, kind: Kind) -> None:
    place = Place(manner, kind)
    for _ in range(3):  # also where an id can't be used twice
        place.probe().run()
        assert place.steps == ["create", "read", "tick", "delete"]
        place.steps.clear()
        assert place.left() == []
    assert place.theirs in place.provider.items("Household").values()


@everywhere
def test_what_an_interrupted_attempt_left_goes_too(manner: Manner, kind: Kind) -> None:
    place = Place(manner, kind)
    # A listing may hide what is done; then it is found by its name, of which there is one.
    numbers = (1,) if manner.hides_done else (1, 77, 123_456_789)
    for number in numbers:
        place.stale(number)
    place.probe().run()
    assert place.left() == []


BREAKS: dict[str, type[Operation]] = {"create": Create, "tick": Update, "delete": Delete}


@everywhere
@pytest.mark.parametrize("step", BREAKS)
@pytest.mark.parametrize("error", [Refused("no"), Retry("later"), CredentialsDead("out")], ids=repr)
def test_what_is_refused_is_told_and_nothing_stays(
    manner: Manner, kind: Kind, step: str, error: ConnectorError
) -> None:
    place = Place(manner, kind)
    left = 1

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        nonlocal left
        if isinstance(operation, BREAKS[step]) and left:
            left -= 1
            return error
        return None

    place.provider.fault = fault
    with pytest.raises(type(error)) as told:
        place.probe().run()
    assert told.value is error
    assert (
        place.steps == {"create": [], "tick": ["create", "read"], "delete": ["create", "read", "tick"]}[step]
    )
    assert place.left() == []


@everywhere
@pytest.mark.parametrize("step", BREAKS)
def test_an_answer_that_is_lost_after_it_took_effect_leaves_nothing(
    manner: Manner, kind: Kind, step: str
) -> None:
    place = Place(manner, kind)
    left = 1

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        nonlocal left
        if isinstance(operation, BREAKS[step]) and left:
            left -= 1
            place.provider.lost_answers = {operation.uid}
            return Retry("the answer was lost")
        return None

    place.provider.fault = fault
    with pytest.raises(Retry):
        place.probe().run()
    assert place.left() == []


@pytest.mark.parametrize("step", BREAKS)
def test_ctrl_c_half_way_leaves_nothing(step: str) -> None:
    place = Place(CALDAV, Kind.TODO)
    pressed = False

    def fault(_what: str, operation: Operation | None) -> None:
        nonlocal pressed
        if isinstance(operation, BREAKS[step]) and not pressed:
            pressed = True
            raise KeyboardInterrupt

    place.provider.fault = fault
    with pytest.raises(KeyboardInterrupt):
        place.probe().run()
    assert place.left() == []


def test_ctrl_c_while_it_is_taken_down_says_that_it_may_stand_there() -> None:
    place = Place(CALDAV, Kind.TODO)

    def fault(_what: str, operation: Operation | None) -> None:
        if isinstance(operation, Update | Delete):
            raise KeyboardInterrupt

    place.provider.fault = fault
    with pytest.raises(KeyboardInterrupt):
        place.probe().run()
    assert place.steps[-1] == "left"


def test_where_it_can_not_be_taken_down_again_it_is_said() -> None:
    place = Place(CALDAV, Kind.TODO)

    def fault(_what: str, operation: Operation | None) -> ConnectorError | None:
        return Refused("read-only") if isinstance(operation, Update | Delete) else None

    place.provider.fault = fault
    with pytest.raises(Refused):
        place.probe().run()
    assert place.steps[-1] == "left"
    assert len(place.left()) == 1
    place.provider.fault = lambda *_: None
    place.probe().run()
    assert place.left() == []


def test_a_running_evenhold_that_takes_the_probe_away_does_not_disturb() -> None:
    place = Place(CALDAV, Kind.TODO)
    times = 2

    def meanwhile(operation: Operation) -> None:
        nonlocal times
        if isinstance(operation, Update) and times:
            times -= 1
            place.shelf.drop(operation.ref)

    place.provider.before_write = meanwhile
    place.probe().run()
    assert place.left() == []
    assert place.steps[-4:] == ["create", "read", "tick", "delete"]


def test_who_never_lets_it_stand_is_told_of_in_the_end() -> None:
    place = Place(CALDAV, Kind.TODO)

    def meanwhile(operation: Operation) -> None:
        if isinstance(operation, Update):
            place.shelf.drop(operation.ref)

    place.provider.before_write = meanwhile
    with pytest.raises(Conflict):
        place.probe().run()


class Liar(MemoryConnector):
    """Says that it ticked, and did not."""

    def _apply(self, shelf: object, operation: Operation) -> object:  # type: ignore[override]  # as it comes
        if isinstance(operation, Update):
            operation = replace(operation, fields=frozenset())
        return super()._apply(shelf, operation)  # type: ignore[arg-type]  # see above


def test_a_tick_that_does_not_stay_is_no_tick() -> None:
    place = Place(CALDAV, Kind.TODO)
    liar = Liar(Settings(), builders.context(str), place.provider)
    with pytest.raises(Refused, match="tick did not stay"):
        place.probe(liar).run()
    assert place.left() == []


def test_the_collection_is_the_one_of_that_name_and_kind_or_a_new_one() -> None:
    place = Place(CALDAV, Kind.TODO)
    there = place.connector.collections()
    assert collection_for(place.connector, there, "Household", Kind.TODO) == place.shelf.collection
    assert collection_for(place.connector, there, place.shelf.collection.ref, Kind.TODO) in there
    made = collection_for(place.connector, there, "Household", Kind.EVENT)
    assert made not in there and made.kinds == {Kind.EVENT}
