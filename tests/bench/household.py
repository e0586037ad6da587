"""The household of the measurements: one partner's to-do list that one pass fills with so many items.

Lives here: its bundles and tasks, the configuration file, a ledger that holds it, and the items' bytes as
Evenhold would send them.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from connectors.caldav import codec
from connectors.caldav.writing import address_of
from syncer import clock
from syncer.app import LEDGER_FILE, App, open_app
from syncer.connector import Collection
from syncer.core.fold import Memory
from syncer.core.model import Bundle, Category, Effort, Kind, Rule, Stage, Task
from syncer.core.ownership import define
from syncer.core.projection import desired
from syncer.core.spoke import Now
from syncer.ledger import record, views
from tests.bench.servers import USERS

TASKS_PER_BUNDLE = 20
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def bundles(items: int, today: dt.date) -> list[tuple[Bundle, list[Task]]]:
    """So many weekly tasks, each with one current occurrence, in bundles of twenty, all of ada's."""
    found: list[tuple[Bundle, list[Task]]] = []
    categories = list(Category)
    for first in range(0, items, TASKS_PER_BUNDLE):
        number = first // TASKS_PER_BUNDLE
        id = f"bundle-{number:03}"
        bundle = Bundle(
            id,
            f"Bundle number {number}",
            categories[number % len(categories)],
            "Everything that belongs to it is noticed, planned and done without a reminder",
            "ada",
            weight=1 + number % 5,
        )
        tasks = [
            Task(
                f"{id}.task-{n:04}",
                id,
                f"Task {n}: look after it, and see that it stays so",
                list(Stage)[n % 4],
                Effort(do=5 + n % 30),
                Rule(f"FREQ=WEEKLY;BYDAY={DAYS[n % 7]}"),
                today,
            )
            for n in range(first, min(first + TASKS_PER_BUNDLE, items))
        ]
        found.append((bundle, tasks))
    return found


def write_config(folder: Path, url: str, passwords: dict[str, str], tag: str) -> Path:
    """A configuration with a list for each partner, called `ada-TAG` and `ben-TAG`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = ['[household]\nname = "bench"\n']
    for user in USERS:
        secret = folder / f"{user}.password"
        secret.touch(mode=0o600)
        secret.write_text(passwords[user])
        parts.append(f'[[partners]]\nname = "{user.title()}"\ntime_zone = "Europe/Berlin"\n')
        parts.append(
            f'[[accounts]]\nname = "{user}"\npartner = "{user.title()}"\ntodos = "{user}-{tag}"\n'
            f'url = "{url}"\nuser = "{user}"\npassword = {{ file = "{secret.name}" }}\n'
        )
    config = folder / "evenhold.toml"
    config.write_text("\n".join(parts))
    return config


def fill_ledger(config: Path, state: Path, items: int) -> Path:
    """Make the state folder with a ledger that knows the household; returns the ledger's file."""
    app = open_app(config, state, online=False)
    try:
        now = clock.now()
        with app.ledger.write() as connection:
            for bundle, tasks in bundles(items, now.date()):
                entries = define(bundle, tasks, Memory(), now, "bench")
                record.append(connection, app.household, entries)
    finally:
        app.close()
    return state / LEDGER_FILE


def wanted_bytes(config: Path, state: Path) -> dict[str, bytes]:
    """What a first pass sends to ada's list: file name to body, by the connector's own codec."""
    app = open_app(config, state, online=False)
    try:
        return _encoded(app)
    finally:
        app.close()


def _encoded(app: App) -> dict[str, bytes]:
    now = clock.now()
    spoke = next(line.spoke for line in app.lines if line.spoke.account == "ada")
    with app.ledger.read() as connection:
        view = views.view(connection, app.config.household, now.date())
    found: dict[str, bytes] = {}
    nowhere = Collection("/", "", frozenset({Kind.TODO}))
    for want in desired(view, spoke, Now(now, app.config.sync.horizon_days), ()).values():
        assert want.item is not None
        name = address_of(nowhere, want.item.uid).rsplit("/", 1)[-1]
        found[name] = codec.encode(want.item, now)
    return found
