"""Requests to each emulated provider, as its log counts them: a first push, an idle pass, ten changes.

The mixed household on loopback, with as many items in each app as are asked for. What is counted is the
engine's whole pass over one account, in one process as the daemon is one. The provider's clock moves on
between passes: whoever asks Google Tasks within two minutes of a push is shown what was pushed once more,
page by page. Logins are left out: an access token lasts an hour, whatever is asked.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from syncer import clock
from syncer.app import open_app
from syncer.engine.cycle import Cycle
from syncer.engine.happenings import Happening
from syncer.engine.report import SpokeReport
from tests.bench.measure import BenchError
from tests.emulators.household import ADA_CALENDAR, ADA_LIST, BEN_LIST, Mixed

CHANGED = 10
APART = 3
"""Minutes between two passes, by the provider's clock."""
DAYS = 20
"""The items are due on so many days, all within the horizon."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One app: its name in the figures, the account, and whose it is."""

    name: str
    account: str
    owner: str
    app: str
    timed: bool = False


APPS = (
    Counted("todoist", "ben-tasks", "Ben", BEN_LIST),
    Counted("google_calendar", "ada-calendar", "Ada", ADA_CALENDAR, True),
    Counted("google_tasks", "ada-tasks", "Ada", ADA_LIST),
)


def measure_requests(folder: Path, items: int) -> dict[str, float]:
    """`requests.APP.made`, `.first`, `.push`, `.idle`, `.theirs` and `.ours` of each app; raises BenchError.

    `made` is what it takes to look for a collection that isn't there and to make it, before the first push.
    `first` is the whole pass that puts everything up, `push` are those of its requests that write.
    `theirs` are ten changes that a person made in the app, `ours` ten that a command made in the ledger.
    """
    mixed = Mixed(folder, zone="Europe/Berlin")
    mixed.start()
    try:
        mixed.account.limits.items = max(300, items + CHANGED)  # a project of Todoist's free plan holds 300
        found: dict[str, float] = {}
        for app in APPS:
            found |= {
                f"requests.{app.name}.{key}": value for key, value in _measure(mixed, app, items).items()
            }
        if mixed.stage.bugs:
            raise BenchError(mixed.stage.bugs[0])
        return found
    finally:
        mixed.stop()


def _measure(mixed: Mixed, counted: Counted, items: int) -> dict[str, float]:
    app = open_app(mixed.config, mixed.state)
    try:
        run = partial(_pass, mixed, app.cycle(_unheard), counted)
        made, _ = run()  # an empty household: the collection is looked for and made
        mixed.load(_bundle(counted, items))
        first, report = run()
        push = sum(bool(entry.parts) for entry in mixed.stage.log)
        _hold(report.applied.created == items, f"{report.applied.created} of {items} were put up", counted)
        run()  # what we wrote ourselves comes back
        idle, report = run()
        _hold(not report.facts and not report.applied.acknowledged, "it was not in step", counted)
        _edit(mixed, counted, clock.now().date())
        theirs, report = run()
        _hold(len(report.facts) == CHANGED, f"{len(report.facts)} facts of ten changes", counted)
        run()
        mixed.load(_bundle(counted, items, "; with care"))
        ours, report = run()
        _hold(report.applied.acknowledged == CHANGED, f"{report.applied.acknowledged} were changed", counted)
    finally:
        app.close()
    return {"made": made, "first": first, "push": push, "idle": idle, "theirs": theirs, "ours": ours}


def _pass(mixed: Mixed, cycle: Cycle, counted: Counted) -> tuple[int, SpokeReport]:
    """A pass over one account, and the requests that it took."""
    mixed.stage.clock.advance(minutes=APART)
    mixed.stage.log.clear()
    report = cycle.run({counted.account})
    if not report.ok:
        raise BenchError(f"{counted.account}: {report.spokes[0].error}")
    asked = [entry for entry in mixed.stage.log if not entry.path.startswith("/token")]
    return len(asked), report.spokes[0]


def _unheard(_: Happening) -> None:
    """Nobody watches."""


def _hold(true: bool, else_: str, counted: Counted) -> None:
    if not true:
        raise BenchError(f"{counted.account}: {else_}")


def _bundle(counted: Counted, items: int, more: str = "") -> str:
    """Tasks that are due once each. `more` is added to the titles of the last ten, which no edit touches."""
    at = 'at = "19:00"\nduration = 15\n' if counted.timed else ""
    head = (
        f'[[bundle]]\nid = "{counted.name.replace("_", "-")}"\ntitle = "{counted.name}"\n'
        f'owner = "{counted.owner}"\ncategory = "household logistics"\noutcome = "It is looked after."\n'
    )
    tasks = (
        f'[[bundle.task]]\nid = "t{n:04}"\ntitle = "Task {n:04}{more if n >= items - CHANGED else ""}"\n'
        f'stage = "do"\nminutes = 10\nonce = "in {1 + n % DAYS} days"\n{at}'
        for n in range(items)
    )
    return "\n".join((head, *tasks))


def _edit(mixed: Mixed, counted: Counted, today: dt.date) -> None:
    """Ten changes as people make them: items of the app's first days are moved to a day of their own."""
    day = today + dt.timedelta(days=DAYS + 3)
    things = sorted(mixed.apps()[counted.app](), key=lambda thing: thing.title)[:CHANGED]
    for thing in things:
        assert thing.drag is not None
        thing.drag(day)
