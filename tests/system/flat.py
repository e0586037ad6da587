"""The mixed household with the real command run on it, in this process; and small bundle files for it.

The clock of the emulators and that of Evenhold are one, so that a week away is a week for both.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from sqlite3 import connect
from typing import Any
from urllib.parse import urlsplit

from syncer.cli import app as cli
from syncer.testing.proxy import FaultProxy, Request, Response, Rewrite
from tests.emulators.household import Mixed, Thing

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""


def bundle(id: str, owner: str, tasks: Iterable[str]) -> str:
    """A bundle as a file has it."""
    head = (
        f'[[bundle]]\nid = "{id}"\ntitle = "{id.title()}"\ncategory = "household logistics"\n'
        f'outcome = "It is looked after."\nowner = "{owner}"\n'
    )
    return "\n".join((head, *tasks))


def task(id: str, title: str, day: int, time: str = "") -> str:
    """A task that is due once, in so many days; with a time it is an event."""
    at = f'at = "{time}"\nduration = 15\n' if time else ""
    return (
        f'[[bundle.task]]\nid = "{id}"\ntitle = "{title}"\nstage = "do"\nminutes = 10\n'
        f'once = "in {day} days"\n{at}'
    )


FOUR = "\n".join(
    (
        bundle("bins", "Ada", (task("wash", "Wash the bins", 3), task("out", "Bins out", 2, "19:00"))),
        bundle("bills", "Ben", (task("pay", "Pay the rent", 3), task("bank", "Go to the bank", 2, "10:00"))),
    )
)


class Flat(Mixed):
    """The household with the command run on it, and what its ledger holds.

    The calendar server is a process of its own with the machine's clock: a proxy tells ours in its place.
    """

    def dav_url(self, url: str) -> str:
        parts = urlsplit(url)
        self._dated = FaultProxy(f"{parts.scheme}://{parts.netloc}")
        self._dated.inject(Rewrite(self._date), times=None)
        return f"{self._dated.start()}{parts.path}"

    def stop(self) -> None:
        self._dated.stop()
        super().stop()

    def _date(self, _: Request, answer: Response) -> Response:
        told = {"date": format_datetime(self.stage.clock.now(), usegmt=True)}
        kept = {name: value for name, value in answer.headers.items() if name.lower() != "date"}
        return replace(answer, headers={**kept, **told})

    def evenhold(self, *words: str, code: int = 0) -> str:
        """The real command, in this process, held to its exit code; what it said."""
        found, said = self._run(words)
        assert found == code, (words, found, said)
        return said

    def said(self, *words: str) -> str:
        """What a command says, whatever comes of it."""
        return self._run(words)[1]

    def _run(self, words: Sequence[str]) -> tuple[int, str]:
        said = io.StringIO()
        place = ["--config", str(self.config), "--state", str(self.state)]
        with redirect_stdout(said), redirect_stderr(said):
            found = cli(args=[*words, *place], standalone_mode=False)
        return found or 0, said.getvalue()

    def once(self, code: int = 0) -> str:
        """One pass, a minute later."""
        self.stage.clock.advance(minutes=1)
        return self.evenhold("run", "--once", code=code)

    def settle(self, text: str) -> None:
        """Import bundles, and put them up."""
        self.load(text)
        self.once()

    def titles(self, app: str) -> list[str]:
        """The titles in an app, sorted: what stands there twice is there twice."""
        return sorted(thing.title for thing in self.apps()[app]())

    def thing(self, app: str, title: str) -> Thing:
        """The one item of a title in an app."""
        (found,) = [thing for thing in self.apps()[app]() if thing.title == title]
        return found

    def stands(self) -> tuple[object, ...]:
        """Changes at every provider: the same again where nothing was written."""
        lists = {held: self.ada_tasks.account.lists[held].tasks for held in self.ada_tasks.lists()}
        return (
            {id: len(shelf.log) for id, shelf in self.calendar.shelves.items()},
            {(held, one.id): one.updated for held, tasks in lists.items() for one in tasks},
            self.account.changes,
            {held.href: held.body for held in self.ben_events.events()},
        )

    def facts(self) -> Counter[tuple[str, str]]:
        """How often each thing was done, skipped or the like, by kind and task."""
        kinds = ("done", "reopened", "skipped", "lapsed", "rescheduled", "proposed")
        with closing(connect(self.state / "ledger.sqlite3")) as ledger:
            marks = ", ".join("?" * len(kinds))
            return Counter(ledger.execute(f"SELECT kind, task FROM entry WHERE kind IN ({marks})", kinds))

    def audited(self) -> dict[str, dict[str, int]]:
        """Completions by bundle and partner, as the audit tells them a minute later (its window is open)."""
        self.stage.clock.advance(minutes=1)
        bundles: list[Any] = json.loads(self.evenhold("audit", "--json"))["bundles"]
        return {
            one["id"]: {who: told["done"] for who, told in one["partners"].items() if told["done"]}
            for one in bundles
        }
