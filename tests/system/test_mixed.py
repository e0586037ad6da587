"""Ada in Google's apps, Ben in Todoist and a CalDAV calendar: the real command, over real HTTP.

The clock of the emulators and that of Evenhold are one, so that a week away is a week for both.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from sqlite3 import connect
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from syncer import clock
from syncer.cli import app as cli
from syncer.testing.proxy import FaultProxy, Request, Response, Rewrite
from tests.emulators.household import (
    ADA_CALENDAR,
    ADA_LIST,
    BEN_CALENDAR,
    BEN_LIST,
    Mixed,
    Thing,
)
from tests.emulators.stage import Clock

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday."""
EACH = 150
"""Tasks of a partner that are done while nobody runs Evenhold: three hundred in all."""
NOTICE = "Evenhold can't log in to ada-calendar"


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


def many() -> str:
    """A bundle of so many tasks for each of them."""
    return "\n".join(
        bundle(id, who, (task(f"t{n}", f"{who} {n}", 1 + n % 20) for n in range(EACH)))
        for id, who in (("hers", "Ada"), ("his", "Ben"))
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
        said = io.StringIO()
        place = ["--config", str(self.config), "--state", str(self.state)]
        with redirect_stdout(said), redirect_stderr(said):
            found = cli(args=[*words, *place], standalone_mode=False)
        assert (found or 0) == code, (words, found, said.getvalue())
        return said.getvalue()

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


@pytest.fixture
def flat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flat]:
    made = Flat(tmp_path, Clock(START), "Europe/Berlin")
    monkeypatch.setattr(clock, "now", made.stage.clock.now)
    made.start()
    yield made
    made.stop()
    assert made.stage.bugs == []


def test_a_bundle_goes_from_todoist_to_google_and_a_tick_in_any_app_counts_once(flat: Flat) -> None:
    flat.settle(FOUR)
    assert {app: flat.titles(app) for app in flat.apps()} == {
        ADA_CALENDAR: ["Bins out"],
        ADA_LIST: ["Wash the bins"],
        BEN_CALENDAR: ["Go to the bank"],
        BEN_LIST: ["Pay the rent"],
    }
    for app, title in (
        (ADA_CALENDAR, "Bins out"),
        (ADA_LIST, "Wash the bins"),
        (BEN_CALENDAR, "Go to the bank"),
        (BEN_LIST, "Pay the rent"),
    ):
        flat.thing(app, title).tick()
    flat.once()
    done = {("done", name): 1 for name in ("bins.out", "bins.wash", "bills.bank", "bills.pay")}
    assert flat.facts() == done
    flat.once()
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    assert flat.facts() == done
    assert flat.audited() == {"bins": {"ada": 2}, "bills": {"ben": 2}}


def test_what_is_handed_over_leaves_todoist_and_stands_in_googles_apps(flat: Flat) -> None:
    flat.settle(FOUR)
    flat.evenhold("bundle", "give", "bills", "Ada")
    flat.once()
    flat.once()
    assert flat.titles(BEN_LIST) == [] and flat.titles(BEN_CALENDAR) == []
    assert flat.titles(ADA_LIST) == ["Pay the rent", "Wash the bins"]
    assert flat.titles(ADA_CALENDAR) == ["Bins out", "Go to the bank"]
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    flat.thing(ADA_LIST, "Pay the rent").tick()
    flat.once()
    assert flat.facts() == {("done", "bills.pay"): 1}
    assert flat.audited()["bills"] == {"ada": 1}


@pytest.mark.parametrize("expired", [False, True], ids=["increment", "expired"])
def test_three_hundred_things_done_in_a_week_away_are_in_the_ledger_once_each(
    flat: Flat, expired: bool
) -> None:
    flat.settle(many())
    flat.once()
    assert len(flat.titles(ADA_LIST)) == len(flat.titles(BEN_LIST)) == EACH
    for app in (ADA_LIST, BEN_LIST):
        for number, thing in enumerate(flat.apps()[app]()):
            thing.tick()
            if number % 20 == 0:
                flat.stage.clock.advance(hours=10)
    if expired:
        flat.ben_tasks.forget_sync_tokens()
    flat.once()
    done = {("done", f"{id}.t{number}"): 1 for id in ("hers", "his") for number in range(EACH)}
    assert flat.facts() == done
    flat.once()
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    assert flat.facts() == done
    assert flat.audited() == {"hers": {"ada": EACH}, "his": {"ben": EACH}}


def test_a_grant_that_was_taken_back_freezes_that_account_alone_until_the_next_login(flat: Flat) -> None:
    flat.settle(FOUR)
    refresh = json.loads(flat.secret("ada-calendar"))["refresh_token"]
    revoked = httpx.post(f"{flat.stage.url}/revoke", data={"token": refresh}, trust_env=False)
    assert revoked.status_code == 200
    flat.thing(ADA_CALENDAR, "Bins out").tick()
    flat.thing(ADA_LIST, "Wash the bins").tick()
    flat.thing(BEN_LIST, "Pay the rent").tick()
    flat.once(code=1)
    assert flat.facts() == {("done", "bins.wash"): 1, ("done", "bills.pay"): 1}
    assert flat.titles(ADA_CALENDAR) == ["✓ Bins out"]
    assert flat.titles(ADA_LIST).count(NOTICE) == 1
    assert not any("log in" in title for app in (BEN_LIST, BEN_CALENDAR) for title in flat.titles(app))
    flat.once(code=1)
    before = flat.stands()
    flat.once(code=1)
    assert flat.stands() == before
    flat.log_in("ada-calendar")
    flat.once()
    flat.once()
    assert flat.facts() == {("done", name): 1 for name in ("bins.out", "bins.wash", "bills.pay")}
    assert NOTICE not in {thing.title for thing in flat.apps()[ADA_LIST]() if not thing.done}
