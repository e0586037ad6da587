"""The configuration file as it is written: its tables, their keys, ranges and defaults.

The only place where a setting is declared; `config/evenhold.example.toml` is held to it by a test.
What the tables mean together (cross checks, connectors' own settings) is in `config`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from syncer.problems import did_you_mean

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_CLOCK = re.compile(r"^([01]\d|2[0-3]):([0-5]\d)(:00)?$")
_ADDRESS = re.compile(r"^(?:mailto:)?([^@\s:]+@[^@\s:]+)$", re.IGNORECASE)


def partner_id(name: str) -> str:
    """A partner's id: the name in lower case, other than Latin letters and digits as dashes.

    A name without any Latin letter gets a short hash, so that every name has an id.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = "-".join(re.findall("[a-z0-9]+", plain))
    return slug or f"p-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def wall_time(value: object) -> dt.time:
    """A local time of day from `"18:30"` or TOML's own 18:30:00."""
    if isinstance(value, dt.time) and value.tzinfo is None:
        return value.replace(second=0, microsecond=0)
    found = _CLOCK.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a time of day in quotes, as in "18:30"')
    return dt.time(int(found[1]), int(found[2]))


def _zone(value: object) -> ZoneInfo:
    try:
        if isinstance(value, str):
            return ZoneInfo(value)
    except (LookupError, ValueError, OSError):
        guess = did_you_mean(str(value), available_timezones())
        raise ValueError(f"an IANA time zone, as in Europe/Berlin{guess}") from None
    raise ValueError("an IANA time zone, as in Europe/Berlin")


def _address(value: object) -> str:
    found = _ADDRESS.match(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a mail address, as in ada@example.org")
    return f"mailto:{found[1]}"


def _password(value: object) -> object:
    """Refuse what is no pointer to a secret, in words that do not repeat it."""
    if isinstance(value, str):
        raise ValueError(
            'a password never stands in this file: write { file = "…" }, { credential = "…" } '
            'or { command = ["…"] } instead'
        )
    if (
        not isinstance(value, Mapping)
        or len(value) != 1
        or not value.keys() <= {"file", "credential", "command"}
    ):
        raise ValueError("a table with exactly one of the keys file, credential and command")
    ((key, where),) = value.items()
    words = where if isinstance(where, list) else [where]
    if (
        isinstance(where, list) != (key == "command")
        or not words
        or not all(isinstance(w, str) and w for w in words)
    ):
        raise ValueError(
            'command is a list of words, as in ["pass", "show", "calendar"]'
            if key == "command"
            else f"{key} is a name in quotes"
        )
    return value


def _ledger_url(value: object) -> object:
    if isinstance(value, str):
        parts = urlsplit(value)
        if parts.password is not None:
            raise ValueError(
                "an address without a password, which never stands in this file; use a .pgpass file"
            )
        if parts.scheme.partition("+")[0] in ("sqlite", "postgresql"):
            return value
    raise ValueError("an address as in sqlite:////var/lib/evenhold/ledger.db or postgresql://host/name")


Slug = Annotated[str, Field(pattern=SLUG, max_length=40)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S([^\r\n]*\S)?$")]
WallTime = Annotated[dt.time, BeforeValidator(wall_time)]
_LeadMinutes = Annotated[int, Field(strict=True, ge=0, le=40320)]


class Table(BaseModel):
    """A table in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class HouseholdTable(Table):
    """`[household]`."""

    name: Slug = Field(description="lower-case letters, digits and dashes, as in our-home")


class AlarmsTable(Table):
    """`alarms` of a partner."""

    timed: tuple[_LeadMinutes, ...] = Field(
        default=(),
        max_length=5,
        description="up to five numbers of minutes before the start, each 0 to 40320",
    )
    due: tuple[WallTime, ...] = Field(
        default=(), max_length=5, description='up to five times of that day, as in ["09:00"]'
    )


class PartnerTable(Table):
    """`[[partners]]`."""

    name: Name = Field(description="a name of 1 to 60 characters")
    time_zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(
        description="an IANA time zone, as in Europe/Berlin"
    )
    addresses: tuple[Annotated[str, BeforeValidator(_address)], ...] = Field(
        default=(), description='a list of mail addresses, as in ["ada@example.org"]'
    )
    alarms: AlarmsTable = Field(
        default=AlarmsTable(), description='a table, as in { timed = [30], due = ["09:00"] }'
    )


class PasswordTable(Table):
    """`password` of an account: where it is kept."""

    file: str | None = None
    credential: str | None = None
    command: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        return "PasswordTable(…)"


class AccountTable(BaseModel):
    """`[[accounts]]`; every other key is the connector's own and checked against its schema."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Slug = Field(description="lower-case letters, digits and dashes, as in ada-phone")
    partner: Name = Field(description="the name of a partner")
    connector: str = Field(default="caldav", description="the name of a connector, see `evenhold connectors`")
    calendar: Name | None = Field(default=None, description="the name of a calendar")
    todos: Name | None = Field(default=None, description="the name of a to-do list")
    password: Annotated[PasswordTable | None, BeforeValidator(_password)] = Field(
        default=None, description="a table with one of the keys file, credential and command", repr=False
    )


class Sync(Table):
    """`[sync]`: how far ahead calendars are filled, and how often the apps are looked at."""

    horizon_days: int = Field(
        default=28, strict=True, ge=1, le=366, description="a whole number of days, 1 to 366"
    )
    poll_seconds: int = Field(
        default=60, strict=True, ge=5, le=86400, description="a whole number of seconds, 5 to 86400"
    )
    compare_hours: int = Field(
        default=24, strict=True, ge=1, le=720, description="a whole number of hours, 1 to 720"
    )


class LedgerTable(Table):
    """`[ledger]`."""

    url: Annotated[str | None, BeforeValidator(_ledger_url)] = None


class File(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True)

    household: HouseholdTable = Field(description="a table [household]")
    partners: tuple[PartnerTable, ...] = Field(min_length=1, description="one or more tables [[partners]]")
    accounts: tuple[AccountTable, ...] = Field(min_length=1, description="one or more tables [[accounts]]")
    sync: Sync = Field(default=Sync(), description="a table [sync]")
    ledger: LedgerTable = Field(default=LedgerTable(), description="a table [ledger]")


class Unfinished(File):
    """The file while accounts are still being connected."""

    accounts: tuple[AccountTable, ...] = Field(default=(), description="tables [[accounts]]")
