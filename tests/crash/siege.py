"""One household whose daemon is killed again and again while its people go on.

Each kill: people act in their apps, a command changes something, the daemon starts, and is killed at a
moment drawn beforehand; then server and ledger are looked at before anything repairs them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL

from syncer import clock
from syncer.config.settings import load
from syncer.core.ownership import define, give
from syncer.ledger import record, views
from syncer.ledger.store import Ledger
from syncer.plugins import discover
from tests.crash.aim import Aim, Shot, When
from tests.crash.figures import Kills
from tests.crash.oracle import doubled_or_lost, facts_of, ledger_at_rest, twice
from tests.crash.person import PLACES, Apps, People
from tests.crash.proof import Standing, ask, pending, proven
from tests.crash.warm import WarmDaemon
from tests.servers import Server
from tests.system.daemons import Manager
from tests.system.house import WRITING, House, until

HORIZON = 9
"""Days: enough items that a handover is many writes, few enough that one is soon done."""
PATIENCE = 90.0
"""Seconds after which a daemon counts as stuck; it needs one or two, more on a busy machine."""


class Siege:
    """One household under fire."""

    def __init__(self, house: House, manager: Manager, chance: random.Random) -> None:
        self.house, self.manager, self._chance = house, manager, chance
        self.apps = Apps(house)
        self.people = People(self.apps, chance)
        self.found = Kills(house.server.name)
        self._household = load(house.config, discover()).household.id
        self._ledger = house.state / "ledger.sqlite3"

    def run(self, kills: int) -> None:
        """The kills, then a pass or two in peace, and what came of it all."""
        for number in range(kills):
            if number:
                self._meanwhile()
            self._kill(number)
            if number == 0:
                self.house.again()  # the collections exist now, and people put things of their own in them
                self.people.put_foreign()
        self._settle()
        self._judge()

    def _meanwhile(self) -> None:
        """People act on what stands there, and a command gives something to do."""
        rows = ask(self._ledger, "SELECT ref FROM projection WHERE ended IS NULL AND base IS NOT NULL")
        self.people.act(frozenset(ref for (ref,) in rows))
        with self._opened() as ledger, ledger.write() as connection:
            state = views.state(connection, self._household)
            now = clock.now()
            if self._chance.random() < 0.75:
                bins = state.bundles["bins"]
                new = give(bins, "ben" if bins.owner == "ada" else "ada", now, "command")
            else:
                bundle = state.bundles[self._chance.choice(("cook", "plants"))]
                told = replace(bundle, outcome=f"{bundle.outcome.split(' (')[0]} ({now:%H:%M:%S})")
                tasks = [task for task in state.tasks.values() if task.bundle == bundle.id]
                new = define(told, tasks, state, now, "command")
            record.append(connection, self._household, new)

    def _kill(self, number: int) -> None:
        aim = self._aim()
        before = self._standing()
        self.manager.heard.clear()
        self.found.starts += 1
        daemon = WarmDaemon(self.house.command("run"), self.house.folder, self.manager)
        shot = Shot(aim, self.house.server.proxy, daemon.process.kill)
        try:
            if aim.when is When.TIME:
                shot.fired.wait(aim.seconds)
            else:
                self._await(number, aim, shot, daemon)
        finally:
            shot.fire()
            code = daemon.wait(10)
        if code != -SIGKILL or "Traceback" in daemon.err:
            self._wrong(number, aim, f"it ended by itself with {code}: {daemon.err[-1500:]}")
        shot.wait_idle()
        self.found.kills += 1
        self.found.aims[str(aim.when)] += 1
        self._inspect(number, aim, before)

    def _await(self, number: int, aim: Aim, shot: Shot, daemon: WarmDaemon) -> None:
        """Until the write came that the kill is aimed at, or there was none."""
        if not until(lambda: shot.fired.is_set() or self._in_step() or daemon.ended, PATIENCE):
            self._wrong(number, aim, "it neither wrote nor came into step")
        if aim.when is When.LATER:
            shot.fired.wait(aim.seconds)
        if self.manager.count("READY=1") != 1:
            self._wrong(number, aim, f"READY came {self.manager.count('READY=1')} times")

    def _aim(self) -> Aim:
        when = self._chance.choices(list(When), (5, 2, 2, 1))[0]
        seconds = self._chance.uniform(0.02, 0.7) if when is When.TIME else self._chance.uniform(0, 0.03)
        return Aim(when, self._chance.choice((1, 1, 2, 3, 4, 5, 6, 8, 10, 14, 20)), seconds)

    def _inspect(self, number: int, aim: Aim, before: Standing) -> None:
        """What the crash left, before anything repairs it."""
        after = self._standing()
        caught = proven(pending(self._ledger), before, after)
        self.found.proven += bool(caught)
        self.found.proofs.update({intent.operation for intent in caught})
        for name, things in after.items():
            for what in twice(list(things)):
                self._wrong(number, aim, f"{name}: {what}")

    def _standing(self) -> Standing:
        """What stands in each collection; their names are told apart by whose they are."""
        return {
            f"{user} {self.house.name(kind)}": [thing for thing, _ in self.apps.things(user, kind)]
            for user, kind in PLACES
        }

    def _in_step(self) -> bool:
        return any(line.startswith("STATUS=all in step") for line in self.manager.lines())

    def _settle(self) -> None:
        """Within two rounds all is in step; the third writes nothing."""
        proxy = self.house.server.proxy
        for _ in range(3):
            proxy.reset()
            self.house.again()
        if written := [request.method for request in proxy.requests if request.method in WRITING]:
            self.found.violations.append(f"the third round still writes: {written}")

    def _judge(self) -> None:
        """The oracle, over everything that people did."""
        wrong: list[str] = []
        for user, kind in PLACES:
            things = [thing for thing, _ in self.apps.things(user, kind)]
            wrong += [f"{user}/{kind}: {what}" for what in twice(things)]
            wrong += self.people.wrong_in(user, kind, things)
        with self._opened() as ledger, ledger.read() as connection:
            wrong += doubled_or_lost(connection, self.people.ticks, self._household)
            wrong += ledger_at_rest(connection, self._household)
            facts = facts_of(connection, self._household)
        for name in self.people.deleted:
            if facts.get("/".join(name), ()).count(f"skipped by {self.people.deleted[name][0]}") != 1:
                wrong.append(
                    f"{name} was deleted by its owner, and the ledger says {facts.get('/'.join(name))}"
                )
        self.found.ticks = self.people.ticks.total()
        self.found.counted = sum(said.startswith("done") for told in facts.values() for said in told)
        self.found.deletions = len(self.people.deleted)
        self.found.violations += wrong

    @contextmanager
    def _opened(self) -> Iterator[Ledger]:
        ledger = Ledger.open(self._ledger)
        try:
            yield ledger
        finally:
            ledger.close()

    def _wrong(self, number: int, aim: Aim, what: str) -> None:
        self.found.violations.append(f"kill {number} ({aim.when}, write {aim.number}): {what}")


@contextmanager
def besieged(server: Server, folder: Path, number: int, seed: int) -> Iterator[Siege]:
    """A household of its own on a server; `number` and `seed` decide what happens to it."""
    house = House(server, folder / f"house-{number}", number)
    house.configure(horizon=HORIZON)
    # More connections at once than Radicale's queue for new ones holds would wait a second each, for nothing.
    text = house.config.read_text()
    house.config.write_text(text.replace("timeout = 10\n", "timeout = 10\nparallel = 2\n"))
    house.load((Path(__file__).parent / "bundles.toml").read_text())
    manager = Manager()
    siege = Siege(house, manager, random.Random(f"{seed}/{server.name}/{number}"))
    try:
        yield siege
    finally:
        siege.apps.close()
        manager.close()
