"""What can be wrong between the tables of a configuration: pure checks that yield problems.

They work on the tables as written, so that one bad key does not hide the mistakes beside it. What a
single key may hold is declared in `tables`.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncer.config.tables import AccountTable, partner_id
from syncer.connector import Capability, Connector, ConnectorError, Settings
from syncer.problems import Problem, did_you_mean, show

Table = Mapping[str, Any]
_KINDS = {"calendar": Capability.EVENTS, "todos": Capability.TODOS}


@dataclass(frozen=True, slots=True)
class Written:
    """One `[[accounts]]` table as written; `connector` and `settings` are None where they are wrong."""

    place: str
    table: Table
    connector: type[Connector] | None
    settings: Settings | None


def tables(raw: Table, key: str) -> Iterator[tuple[int, Table]]:
    """The tables of an array of tables, whatever state they are in, with their index."""
    rows = raw.get(key)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, dict):
            yield index, row


def across(raw: Table, accounts: Sequence[Written], *, unfinished: bool = False) -> Iterator[Problem]:
    """All mistakes that concern more than one key; while it is unfinished, a partner may lack an account."""
    partners = [(f"partners[{index}]", row) for index, row in tables(raw, "partners")]
    yield from _same_name(partners, partner_id)
    yield from _same_name([(row.place, row.table) for row in accounts], str)
    yield from _same_address(partners)
    names = [row["name"] for _, row in partners if isinstance(row.get("name"), str)]
    for account in accounts:
        yield from _partner(account, names)
        yield from _kinds(account)
        yield from _without_password(account)
    yield from _one_account_a_kind(accounts)
    yield from _one_account_a_collection(accounts)
    # A list, as a wrongly typed name may be one, can't stand in a set.
    owners = [row.table.get("partner") for row in accounts]
    without = [name for name in dict.fromkeys(names) if name not in owners]
    if without and isinstance(raw.get("accounts", []), list) and not unfinished:
        run = f"evenhold connect google --partner {shlex.quote(without[0])} (or todoist, caldav, …)"
        has = "has" if len(without) == 1 else "have"
        found = f"{' and '.join(without)} {has} no account yet"
        yield Problem("partners", found, f"Connect one with: {run}", sentence=True)


def _same_name(rows: Sequence[tuple[str, Table]], same: Callable[[str], str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for place, row in rows:
        if isinstance(row.get("name"), str):
            other = first.setdefault(same(row["name"]), place)
            if other != place:
                yield Problem(f"{place}.name", show(row["name"]), f"another name than {other} has")


def _same_address(partners: Sequence[tuple[str, Table]]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for place, row in partners:
        addresses = row.get("addresses")
        for address in addresses if isinstance(addresses, list) else ():
            plain = str(address).lower().removeprefix("mailto:")
            other = first.setdefault(plain, place)
            if other != place:
                yield Problem(f"{place}.addresses", show(plain), f"an address that {other} does not have")


def _partner(account: Written, names: Sequence[str]) -> Iterator[Problem]:
    owner = account.table.get("partner")
    if isinstance(owner, str) and owner not in names:
        # Two partners of one name are told as a mistake of their own.
        different: dict[str, str] = {}
        for name in names:
            different.setdefault(partner_id(name), name)
        known = ", ".join(different.values()) or "none is written yet"
        guess = did_you_mean(owner, names)
        yield Problem(f"{account.place}.partner", show(owner) + guess, f"the name of a partner ({known})")


def _kinds(account: Written) -> Iterator[Problem]:
    """At least one collection, and only of kinds that the connector's provider has."""
    if not any(key in account.table for key in _KINDS):
        yield Problem(account.place, "neither calendar nor todos", "at least one of the two keys")
    for key, capability in _KINDS.items():
        connector = account.connector
        if key in account.table and connector is not None and capability not in connector.capabilities:
            allowed = f"no {key}: this connector has no {capability.value}"
            yield Problem(f"{account.place}.{key}", show(account.table[key]), allowed)


def _without_password(account: Written) -> Iterator[Problem]:
    """A login that is missing; where nobody asks for one (see `needs_secret`), none is."""
    if "password" in account.table or account.connector is None:
        return
    if account.settings is None or needs_secret(account.connector, account.settings):
        allowed = AccountTable.model_fields["password"].description or ""
        yield Problem(f"{account.place}.password", "nothing", allowed)


def needs_secret(connector: type[Connector], settings: Settings) -> bool:
    """Whether an account has a secret at all: none does whose `Login.word` is empty.

    Nobody knows of a connector that can't be used: what is wrong with it is told elsewhere, and a password
    that may not even be wanted must not stop the rest of the household.
    """
    try:
        return bool(connector.login(settings).word)
    except ConnectorError:
        return False


def _one_account_a_kind(accounts: Sequence[Written]) -> Iterator[Problem]:
    first: dict[tuple[str, str], str] = {}
    for account in accounts:
        owner = account.table.get("partner")
        for key in _KINDS:
            if key in account.table and isinstance(owner, str):
                other = first.setdefault((owner, key), account.place)
                if other != account.place:
                    found = f"{show(account.table[key])}, a second {key} for {owner}"
                    yield Problem(f"{account.place}.{key}", found, f"one account with {key}: {other} has it")


def _one_account_a_collection(accounts: Sequence[Written]) -> Iterator[Problem]:
    """No collection of two accounts: a bundle's items stand in its owner's apps only."""
    first: dict[tuple[type[Connector] | None, str, str], str] = {}
    for account in accounts:
        for key in _KINDS:
            name = account.table.get(key)
            if account.settings is None or not isinstance(name, str):
                continue
            login = _login(account.settings, account.table.get("password"))
            other = first.setdefault((account.connector, login, name), account.place)
            if other != account.place:
                allowed = f"a collection of its own: {other} uses this one"
                yield Problem(f"{account.place}.{key}", show(name), allowed)


def _login(settings: Settings, password: object) -> str:
    """What tells two logins apart: address and user where a connector has both, else everything.

    Where the settings name no user, the login is in the secret: then the place where that is kept counts too.
    """
    values = settings.model_dump(mode="json")
    if values.get("url") and values.get("user"):
        return f"{str(values['url']).rstrip('/').lower()} {values['user']}"
    return f"{sorted(values.items())!r} {password!r}"
