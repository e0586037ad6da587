"""What is known of the apps: bindings, projections and their ends, intents, held plans."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, func, insert, select

from syncer.connector import Image
from syncer.core.fingerprint import canonical
from syncer.core.identity import Identity
from syncer.core.model import Day, Item, Kind
from syncer.core.operations import Create, Delete, Update
from syncer.core.spoke import Spoke
from syncer.core.standing import Projection, Step
from syncer.ledger import bindings, intents, projections, runs, tables
from syncer.ledger.bindings import Binding, Hold
from syncer.ledger.intents import Outcome
from syncer.ledger.store import Ledger
from tests.home import MONDAY

LEDGER = Ledger.empty()
NUMBERS = itertools.count()
SPOKE = Spoke("ada", "tasks", "ada", Kind.TODO, timed=False, due=True)
OTHERS = [replace(SPOKE, account="ben"), replace(SPOKE, collection="calendar", kind=Kind.EVENT)]
BAGS, OUT = Identity("bins.bags", "2026-11-25"), Identity("bins.out", "2026-11-24")
CANON = canonical(Item("u", Kind.TODO, "Buy bags", Day(dt.date(2026, 11, 25)), "What matters"))


@pytest.fixture
def home() -> str:
    """A household of its own in the shared database."""
    name = f"home-{next(NUMBERS)}"
    with LEDGER.write() as connection:
        connection.execute(insert(tables.household).values(id=name))
    return name


@pytest.fixture
def db(home: str) -> Iterator[Connection]:
    with LEDGER.write() as connection:
        yield connection


def projection(home: str, identity: Identity = BAGS, **changes: object) -> Projection:
    """An item that stands in the list."""
    uid = identity.uid(home)
    made = Projection(identity, uid, f"/tasks/{uid}.ics", '"1"', Kind.TODO, CANON, replace(CANON, percent=5))
    return replace(made, **changes)  # type: ignore[arg-type]  # any field, by name


def test_a_binding_is_kept_and_empty_before(db: Connection, home: str) -> None:
    assert bindings.binding(db, home, SPOKE) == Binding()
    full = Binding("/tasks/", "Tasks", "id-1", "cursor", MONDAY, MONDAY + dt.timedelta(hours=1))
    for binding in (full, replace(full, cursor=None, missing_since=None), full):
        bindings.bind(db, home, SPOKE, binding)
        assert bindings.binding(db, home, SPOKE) == binding
    assert all(bindings.binding(db, home, other) == Binding() for other in OTHERS)


def test_what_stands_is_kept_as_it_is_and_is_that_collections_alone(db: Connection, home: str) -> None:
    kept = [projection(home), projection(home, OUT, revision=None, ours=None, base=None, refused=CANON)]
    projections.keep(db, home, SPOKE, kept)
    assert projections.standing(db, home, SPOKE) == {p.identity: p for p in kept}
    assert projections.known(db, home, SPOKE) == {
        p.identity: projections.Place(p.ref, p.revision, False, (), p.uid) for p in kept
    }
    for other in OTHERS:
        assert projections.standing(db, home, other) == {} == projections.known(db, home, other)


def test_keeping_again_replaces(db: Connection, home: str) -> None:
    projections.keep(db, home, SPOKE, [projection(home)])
    projections.keep(db, home, SPOKE, [projection(home, revision='"2"')])
    [(identity, place)] = projections.known(db, home, SPOKE).items()
    assert (identity, place.ref, place.revision) == (BAGS, projection(home).ref, '"2"')


def test_what_ended_has_a_cause_and_may_come_back(db: Connection, home: str) -> None:
    projections.keep(db, home, SPOKE, [projection(home), projection(home, OUT)])
    projections.end(db, home, SPOKE, [(BAGS, "handed over")], MONDAY)
    assert set(projections.standing(db, home, SPOKE)) == set(projections.known(db, home, SPOKE)) == {OUT}
    table = tables.projection
    row = (
        db.execute(select(table).where(table.c.household == home, table.c.task == BAGS.task)).mappings().one()
    )
    assert (row["ended"], row["ended_at"]) == ("handed over", MONDAY)
    projections.keep(db, home, SPOKE, [projection(home)])
    assert set(projections.standing(db, home, SPOKE)) == {BAGS, OUT}


def test_the_generation_of_what_ended_is_remembered(db: Connection, home: str) -> None:
    again = replace(BAGS, generation=2)
    projections.keep(db, home, SPOKE, [projection(home, again), projection(home, OUT)])
    assert projections.generations(db, home, SPOKE, [BAGS]) == {}
    assert projections.standing(db, home, SPOKE)[BAGS].identity == again  # by plain identity
    projections.end(db, home, SPOKE, [(BAGS, "gone")], MONDAY)
    assert projections.generations(db, home, SPOKE, [BAGS, OUT]) == {BAGS: 2}
    assert projections.generations(db, home, OTHERS[0], [BAGS]) == {}


def test_what_was_refused_is_remembered_but_does_not_stand_anywhere(db: Connection, home: str) -> None:
    projections.keep(db, home, SPOKE, [projection(home)])
    projections.refuse(db, home, SPOKE, BAGS, CANON)
    assert projections.standing(db, home, SPOKE)[BAGS].refused == CANON
    projections.keep(db, home, SPOKE, [projection(home, OUT, ref="", refused=CANON, base=None)])
    assert OUT in projections.standing(db, home, SPOKE)
    assert OUT not in projections.known(db, home, SPOKE)  # no address, so a pass asks nothing of it


def steps(home: str) -> list[Step]:
    """One of each operation."""
    item = Item(BAGS.uid(home), Kind.TODO, "Buy bags")
    other = Item(OUT.uid(home), Kind.TODO, "Take out the bins")
    third = Identity("bins.wash", "n000001", 1)
    return [
        Step(BAGS, Create(item), CANON, "new"),
        Step(OUT, Update("/out", '"3"', other, frozenset({"title", "notes"})), CANON, "changed"),
        Step(third, Delete("/wash", '"4"', third.uid(home)), None, "handed over"),
    ]


def test_an_intent_is_open_until_it_is_settled(db: Connection, home: str) -> None:
    numbers = [number for number, _ in intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY)]
    found = intents.open_intents(db, home, SPOKE)
    assert [intent.id for intent in found] == numbers == sorted(numbers)
    assert [(i.operation, i.ref, i.ours, i.fields) for i in found] == [
        ("create", None, CANON, frozenset()),
        ("update", "/out", CANON, frozenset({"title", "notes"})),
        ("delete", "/wash", None, frozenset()),
    ]
    assert [i.identity for i in found] == [step.identity for step in steps(home)]
    assert [i.uid for i in found] == [step.operation.uid for step in steps(home)]
    assert all(intents.open_intents(db, home, other) == [] for other in OTHERS)
    intents.settle(db, numbers[:1], Outcome.ACKNOWLEDGED, MONDAY)
    assert [intent.id for intent in intents.open_intents(db, home, SPOKE)] == numbers[1:]
    assert intents.count_open_intents(db, home, SPOKE) == 2
    intents.settle(db, numbers[1:], Outcome.ARRIVED, MONDAY)
    assert intents.count_open_intents(db, home, SPOKE) == 0


def test_the_first_outcome_of_an_intent_stays(db: Connection, home: str) -> None:
    [(number, _), *_rest] = intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY)
    intents.settle(db, [number], Outcome.ACKNOWLEDGED, MONDAY)
    intents.settle(db, [number], Outcome.CONFLICT, MONDAY + dt.timedelta(hours=1))
    assert runs.acknowledged(db, home, "run-1") == 1


def test_a_create_that_did_not_arrive_keeps_its_token(db: Connection, home: str) -> None:
    first = intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY)
    intents.settle(db, [number for number, _ in first], Outcome.ABSENT, MONDAY)
    again = intents.intend(db, home, SPOKE, "run-2", steps(home), MONDAY)
    tokens = [[step.operation.token for _, step in made] for made in (first, again)]
    assert tokens[0][0] == tokens[1][0]
    assert len({*tokens[0], *tokens[1]}) == 5
    intents.settle(db, [number for number, _ in again], Outcome.ARRIVED, MONDAY)
    [(_, anew), *_rest] = intents.intend(db, home, SPOKE, "run-3", steps(home), MONDAY)
    assert anew.operation.token not in tokens[0]


def test_images_rest_beside_their_intents_and_are_forgotten_with_them(db: Connection, home: str) -> None:
    image = Image("/out", '"3"', "BEGIN:VCALENDAR")
    made = intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY, images={"/out": image})
    kept = select(tables.image.c.intent, tables.image.c.raw).where(tables.image.c.household == home)
    assert db.execute(kept).all() == [(made[1][0], "BEGIN:VCALENDAR")]
    intents.settle(db, [number for number, _ in made[1:]], Outcome.ACKNOWLEDGED, MONDAY)
    intents.forget(db, home, MONDAY)
    assert len(db.execute(kept).all()) == 1
    intents.forget(db, home, MONDAY + dt.timedelta(seconds=1))
    assert db.execute(kept).all() == []
    assert intents.count_open_intents(db, home, SPOKE) == 1  # what is open is never forgotten
    assert db.execute(select(func.count()).where(tables.intent.c.household == home)).scalar() == 1


def test_counted_is_what_was_acknowledged_in_that_run(db: Connection, home: str) -> None:
    numbers = [number for number, _ in intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY)]
    others = [number for number, _ in intents.intend(db, home, OTHERS[0], "run-2", steps(home), MONDAY)]
    intents.settle(db, numbers[:2], Outcome.ACKNOWLEDGED, MONDAY)
    intents.settle(db, numbers[2:], Outcome.REFUSED, MONDAY)
    intents.settle(db, others[:1], Outcome.ACKNOWLEDGED, MONDAY)
    assert (runs.acknowledged(db, home, "run-1"), runs.acknowledged(db, home, "run-2")) == (2, 1)
    assert runs.acknowledged(db, "strangers", "run-1") == 0


def test_a_held_plan_is_kept_answered_and_dissolved(db: Connection, home: str) -> None:
    assert bindings.hold(db, home, SPOKE) is None
    held = Hold(MONDAY, "4 of 4 items vanished at once", ("bins.out/2026-11-24", "bins.out/2026-12-01"))
    for hold in (held, replace(held, answer="accept")):
        bindings.put_hold(db, home, SPOKE, hold)
        assert bindings.hold(db, home, SPOKE) == hold
    assert all(bindings.hold(db, home, other) is None for other in OTHERS)
    bindings.put_hold(db, home, SPOKE, None)
    assert bindings.hold(db, home, SPOKE) is None


def test_no_words_of_a_persons_rest_in_what_is_known_of_the_apps(db: Connection, home: str) -> None:
    projections.keep(db, home, SPOKE, [projection(home)])
    intents.intend(db, home, SPOKE, "run-1", steps(home), MONDAY)
    for table in (tables.projection, tables.intent):
        rows = str(db.execute(select(table).where(table.c.household == home)).all())
        assert "Buy bags" not in rows and "What matters" not in rows
    assert db.execute(select(func.count()).where(tables.intent.c.household == home)).scalar() == 3
