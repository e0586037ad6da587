"""`evenhold undo` and `evenhold unlink`: taking back what was written to the apps, a run of it or all."""

from __future__ import annotations

from dataclasses import dataclass

from syncer import clock
from syncer.app import App
from syncer.commands.household import Unknown
from syncer.commands.say import Words
from syncer.commands.words import age, count
from syncer.config.settings import Account
from syncer.connector import Connector
from syncer.core.ownership import set_account
from syncer.engine.undo import Undone, undo
from syncer.engine.unlink import Purged, purge
from syncer.ledger import bindings, projections, record, runs, views
from syncer.ledger.runs import Run
from syncer.problems import or_stop

_VERBS = {"create": "put up", "update": "changed", "delete": "taken down", "restore": "put back"}


def list_runs(app: App) -> list[str]:
    """The last runs that wrote something, a line each."""
    with app.ledger.read() as connection:
        found = runs.runs(connection, app.household)
    if not found:
        return ["No run has written anything yet."]
    return [f"{run.name}  {age(run.at, clock.now())}: {_counts(run)}" for run in found]


def undo_run(app: App, name: str) -> tuple[list[str], bool]:
    """Undo a run; what to say about it, and whether all of it could be put back."""
    with app.ledger.read() as connection:
        known = [run.name for run in runs.runs(connection, app.household, 1000)]
    if name == "last" and known:
        name = known[0]
    if name not in known:
        guess = or_stop(name, known)
        raise Unknown(f'There is no run "{name}"{guess} `evenhold undo` lists those that can be undone.')
    return _said(app, name, undo(app.cycle(lambda _: None).house, name))


def _said(app: App, name: str, done: Undone) -> tuple[list[str], bool]:
    words = Words(app.config.household, app.rows, [line.spoke for line in app.lines])
    lines = [f"{count(done.restored, 'item')} put back as before {name} (this undo is {done.run})."]
    for kept in done.kept:
        where = words.place(kept.spoke) if kept.spoke is not None else "somewhere"
        what = words.occurrence(kept.identity.task, kept.identity.occurrence)
        lines.append(f"{where}: {what} stays as it is: {kept.reason}.")
    lines.append("The ledger keeps what happened; the apps stay so until something else is wanted there.")
    return lines, not done.kept


def _counts(run: Run) -> str:
    return ", ".join(f"{run.counts[name]} {verb}" for name, verb in _VERBS.items() if name in run.counts)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """What `unlink` did: the account, whether that was new, and what a purge removed."""

    account: str
    changed: bool
    purged: Purged | None = None


def _account(app: App, name: str) -> tuple[Account, Connector]:
    for account in app.config.accounts:
        if account.name == name:
            return account, app.connectors[name]
    known = [account.name for account in app.config.accounts]
    raise Unknown(f'There is no account "{name}"{or_stop(name, known)} There are: {", ".join(known)}.')


def unlink(app: App, name: str, *, remove: bool) -> Unlinked:
    """Take an account out of the household's care; with `remove`, everything of ours goes from it too.

    The record comes first, so that a running daemon puts nothing back meanwhile. Raises ConnectorError where
    the provider can't be asked; the account is unlinked all the same.
    """
    account, connector = _account(app, name)
    changed = _record(app, name, "unlinked")
    purged = None
    if remove:
        house = app.cycle(lambda _: None).house
        purged = purge(house, name, account.partner_id, connector)
    with app.ledger.write() as connection:
        projections.end_account(connection, app.household, name, "unlinked", clock.now())
        bindings.unbind(connection, app.household, name)
    return Unlinked(name, changed, purged)


def link(app: App, name: str) -> bool:
    """Take an account back into the household's care; whether that was new."""
    _account(app, name)
    return _record(app, name, "linked")


def _record(app: App, name: str, state: str) -> bool:
    with app.ledger.write() as connection:
        is_out = name in views.unlinked(connection, app.household)
        if is_out == (state == "unlinked"):
            return False
        entry = set_account(name, state, clock.now(), "command")
        return bool(record.append(connection, app.household, [entry]))


def say_unlinked(done: Unlinked) -> list[str]:
    """What to say about it."""
    lines = [f"{done.account} is {'' if done.changed else 'already '}out of Evenhold's care."]
    if done.purged is not None:
        lines.append(f"{count(done.purged.removed, 'item')} taken down (this run is {done.purged.run}).")
        for name, (number, reason) in done.purged.left.items():
            lines.append(f"{name}: {count(number, 'item')} left: {reason}. Try again in a moment.")
    else:
        lines.append("What stands in its apps stays there; `--purge` takes it down.")
    lines.append(f"`evenhold link {done.account}` takes it in again.")
    return lines
