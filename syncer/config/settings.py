"""What a household configured, as frozen values, read from one TOML file and checked as a whole.

Lives here: `Config`, `Account` and `load`. The keys are declared in `configfile`, the checks between
tables stand in `configchecks`. Nothing is read but that file: no environment variables.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from syncer.config.checks import Table, Written, across, tables
from syncer.config.tables import AccountTable, File, PartnerTable, PasswordTable, Sync, partner_id
from syncer.config.toml import Unusable, parsed
from syncer.connector import Settings
from syncer.core.model import Alarm, Alarms, Household, Partner
from syncer.plugins import ConnectorUnavailable, Registry
from syncer.problems import Mistakes, Problem, explain, named, show
from syncer.secrets import SecretRef, located

__all__ = ["Account", "Config", "ConfigError", "Sync", "load", "partner_id"]

_LOGIN = re.compile(r"://[^/\s@]*:[^/\s]*@")


class ConfigError(Mistakes):
    """The configuration can't be used: every mistake in it, with its file, key and cure."""


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


def load(path: Path, registry: Registry) -> Config:
    """The configuration in a TOML file. Raises ConfigError with all mistakes at once."""
    source = _source(path)
    raw = source.init_kwargs
    problems: list[Problem] = []
    file: File | None = None
    try:
        file = _reader(source)()
    except ValidationError as error:
        problems += explain(error, File)
    rows = [_written(index, table, registry, problems) for index, table in tables(raw, "accounts")]
    problems += across(raw, rows)
    if problems or file is None:
        raise ConfigError(_placed(problem, raw, str(path)) for problem in problems)
    return _built(file, [row.settings for row in rows if row.settings is not None], path.parent)


def _source(path: Path) -> InitSettingsSource:
    """The file as TOML tables; what is no TOML, or not there, is the one mistake told."""
    try:
        if path.is_file():
            return InitSettingsSource(File, parsed(path.read_bytes().decode()))
        found, allowed = "no such file", "the path of the configuration file"
    except Unusable as error:
        found, allowed = str(error), "TOML, as in config/evenhold.example.toml"
    except UnicodeDecodeError:
        found, allowed = "bytes that are not UTF-8", "a text file in UTF-8"
    except OSError as error:
        found, allowed = f"a file that can't be read ({error.strerror})", "a file that this user may read"
    raise ConfigError([Problem("", found, allowed, str(path))])


def _reader(source: PydanticBaseSettingsSource) -> Callable[[], File]:
    """The file's schema with that source alone: no environment, no `.env`, no secrets folder."""

    class Reader(File):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (source,)

    # Its fields come from the source, which a type checker can't know.
    return cast(Callable[[], File], Reader)


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
    try:
        connector = registry.get(str(name))
    except ConnectorUnavailable as error:
        allowed = f"an installed connector ({', '.join(error.available) or 'there is none'})"
        problems.append(Problem(f"{place}.connector", show(name) + error.found, allowed))
        return Written(place, table, None, None)
    try:
        settings = connector.settings.model_validate(own)
    except ValidationError as error:
        problems += explain(error, connector.settings, (place,), common)
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


def _secret(row: PasswordTable, base: Path) -> SecretRef:
    file = located(Path(row.file), base) if row.file is not None else None
    return SecretRef(file, row.credential, row.command)
