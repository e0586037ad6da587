"""What a household configured, as frozen values, read from one TOML file and checked as a whole.

Lives here: `Config`, `Account` and what reads them. The keys are declared in `tables`, the checks between
them stand in `checks`. Nothing is read but that file: no environment variables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from syncer.config.checks import Table, Written, across, tables
from syncer.config.tables import (
    AccountTable,
    File,
    PartnerTable,
    PasswordTable,
    Sync,
    Unfinished,
    partner_id,
)
from syncer.config.text import ConfigError, reader, tables_of, text_of
from syncer.connector import Settings
from syncer.core.model import Alarm, Alarms, Household, Partner
from syncer.plugins import Registry
from syncer.problems import Problem, explain, named, show
from syncer.secrets import SecretRef, located

__all__ = ["Account", "Config", "ConfigError", "Survey", "Sync", "load", "parse", "partner_id", "survey"]

_LOGIN = re.compile(r"://[^/\s@]*:[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Account:
    """A partner's login at a provider, and the names of the collections that take their items.

    At least one of `calendar` and `todos` is set. `settings` is an instance of the connector's schema.
    """

    name: str
    partner_id: str
    connector: str
    settings: Settings
    calendar: str | None
    todos: str | None
    secret: SecretRef


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is configured. `ledger_url` is None for the file in the state folder."""

    household: Household
    accounts: tuple[Account, ...]
    sync: Sync = field(default_factory=Sync)
    ledger_url: str | None = None


@dataclass(frozen=True, slots=True)
class Survey:
    """A configuration as far as it can be used: all its mistakes, and what is left without them.

    `config` has the accounts that no mistake concerns; None where not even the household can be read.
    """

    config: Config | None
    problems: tuple[Problem, ...]


def load(path: Path, registry: Registry) -> Config:
    """The configuration in a TOML file. Raises ConfigError with all mistakes at once."""
    return parse(text_of(path), path, registry)


def parse(text: str, path: Path, registry: Registry, *, unfinished: bool = False) -> Config:
    """The configuration in a text that stands, or is to stand, at `path`. Raises ConfigError.

    An `unfinished` one may have partners without an account yet.
    """
    raw = tables_of(text, path)
    config, problems = _examined(raw, path, registry, unfinished=unfinished)
    if config is None:
        raise ConfigError(problems)
    return config


def survey(path: Path, registry: Registry) -> Survey:
    """What of the configuration in a file can be used. Raises ConfigError where it is no TOML at all."""
    raw = tables_of(text_of(path), path)
    config, problems = _examined(raw, path, registry)
    if config is None:
        sound = [
            row
            for index, row in tables(raw, "accounts")
            if not any(problem.place.startswith(f"accounts[{index}]") for problem in problems)
        ]
        config, _ = _examined({**raw, "accounts": sound}, path, registry, unfinished=True)
    return Survey(config, problems)


def _examined(
    raw: Table, path: Path, registry: Registry, *, unfinished: bool = False
) -> tuple[Config | None, tuple[Problem, ...]]:
    """The configuration, or None and every mistake in it."""
    # A household without any account is told by its partners, in `across`.
    schema = Unfinished if unfinished or raw.get("accounts", []) == [] else File
    problems: list[Problem] = []
    file: File | None = None
    try:
        file = reader(schema, raw)()
    except ValidationError as error:
        problems += explain(error, schema)
    rows = [_written(index, table, registry, problems) for index, table in tables(raw, "accounts")]
    problems += across(raw, rows, unfinished=unfinished)
    if problems or file is None:
        return None, tuple(_placed(problem, raw, str(path)) for problem in problems)
    return _built(file, [row.settings for row in rows if row.settings is not None], path.parent), ()


def _written(index: int, table: Table, registry: Registry, problems: list[Problem]) -> Written:
    """An account's connector, and its own keys checked against the connector's schema."""
    place, common = f"accounts[{index}]", AccountTable.model_fields
    own = {key: value for key, value in table.items() if key not in common}
    # Whatever the connector thinks of it: a password never stands in this file.
    problems += (
        Problem(f"{place}.{key}", "an address with a password in it", "the address alone, see `password`")
        for key, value in own.items()
        if isinstance(value, str) and _LOGIN.search(value)
    )
    name = table.get("connector", common["connector"].default)
    # One that is not installed rests, as a broken one does: no mistake of this file stops the others for it.
    connector = registry.seat(str(name), str(table.get("name", "")))
    try:
        settings = connector.settings.model_validate(own)
    except ValidationError as error:
        problems += explain(error, connector.settings, (place,), common)
        return Written(place, table, connector, None)
    except Exception as bug:  # a stranger's own check; ours raise nothing else
        found = f"settings on which {show(name)} breaks off with {type(bug).__name__}"
        problems.append(Problem(place, found, "what its own documentation says"))
        return Written(place, table, connector, None)
    return Written(place, table, connector, settings)


def _placed(problem: Problem, raw: Table, file: str) -> Problem:
    key = problem.place.partition("[")[0]
    return named(problem, raw, file, key=key, by="name")


def _built(file: File, settings: Sequence[Settings], base: Path) -> Config:
    partners = {partner_id(row.name): _partner(row) for row in file.partners}
    accounts = (
        Account(
            name=row.name,
            partner_id=partner_id(row.partner),
            connector=row.connector,
            settings=own,
            calendar=row.calendar,
            todos=row.todos,
            secret=_secret(row.password, base),
        )
        for row, own in zip(file.accounts, settings, strict=True)
    )
    return Config(Household(file.household.name, partners), tuple(accounts), file.sync, file.ledger.url)


def _partner(row: PartnerTable) -> Partner:
    timed = (Alarm(-dt.timedelta(minutes=minutes)) for minutes in row.alarms.timed)
    due = (Alarm(dt.timedelta(hours=at.hour, minutes=at.minute)) for at in row.alarms.due)
    return Partner(
        partner_id(row.name), row.name, row.time_zone, row.addresses, Alarms(tuple(timed), tuple(due))
    )


def _secret(row: PasswordTable | None, base: Path) -> SecretRef:
    if row is None:
        return SecretRef()
    file = located(Path(row.file), base) if row.file is not None else None
    return SecretRef(file, row.credential, row.command)
