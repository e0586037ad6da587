"""What a person's commands do to bundles: each writes entries to the ledger and nothing else.

The running daemon notices the new entries and brings the apps in step.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from syncer import clock
from syncer.app import App
from syncer.bundles import catalogue
from syncer.bundles import file as bundlefile
from syncer.bundles.draft import BundleSpec, from_catalogue
from syncer.core.entries import Entry
from syncer.core.fold import Memory
from syncer.core.model import Bundle, BundleState, Partner
from syncer.core.ownership import define, give, set_state
from syncer.ledger import bindings, record, views
from syncer.problems import or_stop


class Unknown(LookupError):
    """A bundle, partner or catalogue row that is not there; the message names those that are."""


def find_bundle(rows: Memory, name: str) -> Bundle:
    """A bundle by id or title."""
    for bundle in rows.bundles.values():
        if name.casefold() in (bundle.id, bundle.title.casefold()):
            return bundle
    known = sorted(rows.bundles)
    listed = (
        f"There are: {', '.join(known)}."
        if known
        else "There are none yet; `evenhold import FILE` adds some."
    )
    raise Unknown(f'There is no bundle "{name}"{or_stop(name, known)} {listed}')


def find_partner(app: App, name: str) -> Partner:
    """A partner by name or id."""
    partners = app.config.household.partners
    for partner in partners.values():
        if name.casefold() in (partner.id, partner.name.casefold()):
            return partner
    known = [partner.name for partner in partners.values()]
    raise Unknown(f'There is no partner "{name}"{or_stop(name, known)} There are: {", ".join(known)}.')


def give_bundle(app: App, name: str, to: str) -> tuple[Bundle, Partner, bool]:
    """Hand a bundle over; the last value says whether anything changed."""
    partner = find_partner(app, to)
    now = clock.now()
    with app.ledger.write() as connection:
        bundle = find_bundle(views.state(connection, app.household), name)
        added = record.append(connection, app.household, give(bundle, partner.id, now, "command"))
    return bundle, partner, bool(added)


def set_bundle_state(app: App, name: str, state: BundleState) -> tuple[Bundle, bool]:
    """Pause, archive or wake a bundle."""
    now = clock.now()
    with app.ledger.write() as connection:
        bundle = find_bundle(views.state(connection, app.household), name)
        added = record.append(connection, app.household, set_state(bundle, state, now, "command"))
    return bundle, bool(added)


def import_file(app: App, path: Path) -> tuple[list[BundleSpec], list[Entry]]:
    """Take over the bundles of a file, all or none. Raises BundleFileError."""
    starts = {task.id: task.start for task in app.rows().tasks.values()}
    specs = bundlefile.load(path, app.config.household.partners, _today(app), starts=starts)
    return list(specs), _define(app, specs, f"import {path.name}")


def add_from_catalogue(app: App, row_id: str, owner: str) -> BundleSpec:
    """Add a bundle made from a catalogue row."""
    rows = catalogue.load()
    if row_id.upper() not in rows:
        guess = or_stop(row_id, rows)
        raise Unknown(f'There is no catalogue row "{row_id}"{guess} `evenhold bundle catalogue` lists them.')
    spec = from_catalogue(rows[row_id.upper()], find_partner(app, owner).id, _today(app))
    if spec.bundle.id in app.rows().bundles:
        raise Unknown(
            f'The bundle "{spec.bundle.id}" is there already; `evenhold bundle show {spec.bundle.id}`.'
        )
    _define(app, [spec], "command")
    return spec


def _define(app: App, specs: Iterable[BundleSpec], source: str) -> list[Entry]:
    now = clock.now()
    with app.ledger.write() as connection:
        rows = views.state(connection, app.household)
        entries = [e for spec in specs for e in define(spec.bundle, spec.tasks, rows, now, source)]
        return record.append(connection, app.household, entries)


def _today(app: App) -> dt.date:
    zone = next(iter(app.config.household.partners.values())).zone
    return clock.now().astimezone(zone).date()


def release_hold(app: App, name: str, answer: str) -> tuple[str, int]:
    """Answer a held plan with accept or restore; returns the collection's name and how many items."""
    held: list[str] = []
    with app.ledger.write() as connection:
        for line in app.lines:
            hold = bindings.hold(connection, app.household, line.spoke)
            if hold is None:
                continue
            held.append(line.spoke.name)
            if name in (line.spoke.name, line.spoke.account, line.spoke.collection):
                return line.spoke.name, bindings.answer(connection, app.household, line.spoke, answer)
    waiting = f"Waiting are: {', '.join(held)}." if held else "Nothing is waiting."
    raise Unknown(f'No plan is held for "{name}". {waiting}')
