"""Looking at everything: the configuration, what is installed, the ledger, and all accounts side by side.

Nothing is written, no server is started, and what is wrong with one part does not keep the others from being
looked at.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from syncer import clock
from syncer.app import LEDGER_FILE, SQLITE_FILE, spokes, state_folder
from syncer.checkup.account import Patient
from syncer.checkup.values import About, Finding, Remembered, Subject
from syncer.config.settings import Config, survey
from syncer.config.text import ConfigError
from syncer.ledger import bindings, views
from syncer.ledger.store import Ledger, LedgerError
from syncer.plugins import Registry, discover
from syncer.problems import Problem

GRACE = 1.0
"""Seconds beyond its own timeout that an account is given to say what it found."""


def check_up(config: Path | None, state: Path | None, registry: Registry | None = None) -> list[Subject]:
    """Everything that is found; the accounts last, in the order of the configuration."""
    registry = registry or discover()
    household, subjects = _configured(config, registry)
    subjects += _installed(registry)
    if household is not None:
        remembered, trouble = _remembered(household, state_folder(config, state, household.household.id))
        subjects += [Subject("ledger", (trouble,))] if trouble is not None else []
        subjects += _side_by_side(_patients(household, registry, remembered))
    return subjects


def _configured(config: Path | None, registry: Registry) -> tuple[Config | None, list[Subject]]:
    """The household as far as it can be read, and the mistakes in its file."""
    if config is None:
        cure = "Name its file: --config FILE, or EVENHOLD_CONFIG"
        said = "no household is named, and the sample one has nothing to look at"
        nothing = Finding(About.CONFIGURATION, False, said, cure)
        return None, [Subject("configuration", (nothing,))]
    try:
        found = survey(config.expanduser(), registry)
    except ConfigError as error:
        return None, [Subject("configuration", tuple(_mistake(one) for one in error.problems))]
    mistakes = tuple(_mistake(one) for one in found.problems)
    return found.config, [Subject("configuration", mistakes)] if mistakes else []


def _mistake(problem: Problem) -> Finding:
    if problem.sentence:
        return Finding(About.CONFIGURATION, False, problem.found, problem.allowed)
    place = f"{problem.place}: " if problem.place else f"{problem.file}: "
    return Finding(About.CONFIGURATION, False, f"{place}found {problem.found}", f"Allowed: {problem.allowed}")


def _installed(registry: Registry) -> list[Subject]:
    """The plugins that can't be used, whether or not an account needs them."""
    bad = {(row.name, row.problem.what): row.problem for row in registry.survey() if row.problem is not None}
    return [  # a name that is taken twice is one thing to look at
        Subject(name, (Finding(About.CONNECTOR, False, problem.what, problem.cure),))
        for (name, _), problem in bad.items()
    ]


def _remembered(config: Config, folder: Path) -> tuple[Remembered, Finding | None]:
    """What the ledger knows, read from a copy in memory; and what is wrong with the ledger."""
    where: str | Path = config.ledger_url or folder / LEDGER_FILE
    if isinstance(where, str) and where.startswith(SQLITE_FILE):
        where = Path(where.removeprefix(SQLITE_FILE))
    if isinstance(where, Path) and not where.exists():
        return Remembered(), None
    id = config.household.id
    try:
        ledger = Ledger.rehearsal(where) if isinstance(where, Path) else Ledger.open(where)
        try:
            with ledger.read() as connection:
                return Remembered(
                    bindings.bindings(connection, id),
                    bindings.holds(connection, id),
                    frozenset(views.unlinked(connection, id)),
                ), None
        finally:
            ledger.close()
    except LedgerError as error:
        return Remembered(), Finding(About.LEDGER, False, f"{error.condition} ({error.place})", error.cure)


def _patients(config: Config, registry: Registry, remembered: Remembered) -> list[Patient]:
    everything = spokes(config.accounts)
    return [
        Patient(
            account,
            registry.seat(account.connector, account.name),
            config,
            [spoke for spoke in everything if spoke.account == account.name],
            remembered,
        )
        for account in config.accounts
    ]


def _side_by_side(patients: Sequence[Patient]) -> list[Subject]:
    """One thread for each account; who hangs is left behind once its time is over."""
    now = clock.now()
    found: dict[str, Subject] = {}

    def look(patient: Patient) -> None:
        try:
            found[patient.account.name] = patient.look(now)
        except Exception as bug:  # one account's must not cost the others their row
            found[patient.account.name] = patient.broken(bug)

    threads = [threading.Thread(target=look, args=(patient,), daemon=True) for patient in patients]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for patient, thread in zip(patients, threads, strict=True):
        thread.join(max(0.0, began + patient.patience + GRACE - time.monotonic()))
    return [found.get(patient.account.name) or patient.unanswered() for patient in patients]
