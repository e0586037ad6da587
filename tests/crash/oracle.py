"""The oracle: what must be true of apps and ledger whenever all is in step, however it came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from syncer.core.fold import Memory
from syncer.core.identity import Identity
from syncer.ledger import record, tables, views
from tests.crash.acting import NAMES
from tests.crash.apps import Thing, foreign_in
from tests.crash.stage import Stage
from tests.home import HOUSE

Facts = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class State:
    """What two runs must agree on: facts by occurrence, and what stands in each collection."""

    facts: Facts
    items: Mapping[str, Mapping[str, Mapping[str, str]]]

    def differences(self, other: State) -> list[str]:
        """Where another state differs from this one, in words."""
        found = []
        for name in sorted({*self.facts, *other.facts}):
            was, now = self.facts.get(name), other.facts.get(name)
            if was != now:
                found.append(f"facts of {name}: {now}, uncut {was}")
        for collection, items in self.items.items():
            there = other.items[collection]
            for uid in sorted({*items, *there}):
                if items.get(uid) != there.get(uid):
                    found.append(f"{collection} {uid}: {there.get(uid)}, uncut {items.get(uid)}")
        return found


def judge(stage: Stage) -> tuple[State, list[str]]:
    """The state that a stage has come to, and everything about it that is wrong in itself."""
    wrong: list[str] = []
    items: dict[str, Mapping[str, Mapping[str, str]]] = {}
    for name in NAMES:
        things = stage.people.apps.things(name)
        wrong += _collection(stage, name, things)
        items[name] = {thing.uid: thing.fields for thing in things}
    with stage.ledger.read() as connection:
        facts = facts_of(connection)
        wrong += doubled_or_lost(
            connection, Counter((t.task, t.occurrence, t.partner) for t in stage.people.ticks)
        )
        wrong += ledger_at_rest(connection)
    return State(facts, items), wrong


def _collection(stage: Stage, name: str, things: list[Thing]) -> list[str]:
    wrong = [f"{name}: {what}" for what in twice(things)]
    if foreign_in(things) != stage.people.foreign.get(name, ""):
        wrong.append(
            f"{name}: foreign items are {foreign_in(things)!r}, were {stage.people.foreign.get(name)!r}"
        )
    by_uid = {thing.uid: thing for thing in things}
    for (where, uid), words in stage.people.kept.items():
        there = by_uid.get(uid) if where == name else None
        for key, value in words.items() if there else ():
            if there is not None and there.fields.get(key, value) != value:
                wrong.append(f"{name} {uid}: {key} is {there.fields[key]!r}, its owner wrote {value!r}")
    return wrong


def twice(things: list[Thing]) -> list[str]:
    """Occurrences that stand in a collection more than once, and UIDs that do."""
    occurrences = Counter(thing.identity.plain for thing in things if thing.identity is not None)
    uids = Counter(thing.uid for thing in things)
    return [f"{i.name} stands {n} times" for i, n in occurrences.items() if n > 1] + [
        f"the UID {uid} stands {n} times" for uid, n in uids.items() if n > 1
    ]


def facts_of(connection: Connection, household: str = HOUSE.id) -> dict[str, tuple[str, ...]]:
    """What the record says of each occurrence, in order, and by whom."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in record.entries(connection, household):
        if entry.occurrence is not None:
            name = Identity(str(entry.task), entry.occurrence).name
            found[name] = (*found.get(name, ()), f"{entry.kind} by {entry.actor}")
    return found


def doubled_or_lost(
    connection: Connection, ticks: Counter[tuple[str, str, str]], household: str = HOUSE.id
) -> list[str]:
    """Every tick that was made is one completion, by whoever made it, and there are no others."""
    counted = Counter(
        (str(entry.task), str(entry.occurrence), str(entry.actor))
        for entry in record.entries(connection, household)
        if entry.kind == "done"
    )
    return [
        f"{key} was ticked {ticks[key]} times and counted {counted[key]} times"
        for key in sorted({*ticks, *counted})
        if ticks[key] != counted[key]
    ]


def ledger_at_rest(connection: Connection, household: str = HOUSE.id) -> list[str]:
    """No intent is open, nothing is held, and the current state is the record's fold."""
    wrong = []
    for table, condition, what in (
        (tables.intent, tables.intent.c.outcome.is_(None), "intents are open"),
        (tables.hold, tables.hold.c.household == household, "plans are held"),
    ):
        count = connection.execute(select(func.count()).select_from(table).where(condition)).scalar()
        if count:
            wrong.append(f"{count} {what}")
    told = Memory().apply(record.entries(connection, household))
    kept = views.state(connection, household)
    for row in connection.execute(select(tables.occurrence)).mappings():
        kept.put(record.occurrence_of(dict(row)))
    for tenure in views.tenures(connection, household):
        kept.put(tenure)
    for name in ("bundles", "tasks", "occurrences", "tenures"):
        if getattr(told, name) != getattr(kept, name):
            wrong.append(f"{name} are not what the record comes to")
    return wrong
