"""Which accounts a `connect` is about: new ones with names and collections, or those to be renewed. Pure.

A partner has one calendar and one list over all accounts: what another account has is not connected again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from syncer.config.settings import Account, Config
from syncer.connector import Capability, Connector, Login, Settings
from syncer.core.model import Kind, Partner
from syncer.onboarding.errors import NotConnected
from syncer.plugins import ConnectorUnavailable, Registry
from syncer.problems import did_you_mean

CALENDAR, TODOS = "Household", "Household tasks"
"""What new collections are called unless told otherwise."""
_CAN = {Kind.EVENT: Capability.EVENTS, Kind.TODO: Capability.TODOS}
_CALLED = {Kind.EVENT: "calendar", Kind.TODO: "to-do list"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person asked for: an account by name, names of collections, and whether it is another one."""

    account: str | None = None
    calendar: str | None = None
    todos: str | None = None
    new: bool = False

    def wants(self, kind: Kind) -> bool:
        """Whether a kind is meant: every one, unless only one was named."""
        named = {Kind.EVENT: self.calendar, Kind.TODO: self.todos}
        return named[kind] is not None or not any(named.values())


@dataclass(frozen=True, slots=True)
class Seat:
    """One account as it is to be: `connector` as the configuration names it; `known` where it is renewed."""

    name: str
    connector: str
    kind_of: type[Connector]
    settings: Settings
    collections: Mapping[Kind, str]
    known: Account | None = None

    @property
    def login(self) -> Login:
        """How its secret is got."""
        return self.kind_of.login(self.settings)


def partner_named(config: Config, name: str) -> Partner:
    """A partner by name or id. Raises NotConnected."""
    partners = config.household.partners
    for partner in partners.values():
        if name.casefold() in (partner.id, partner.name.casefold()):
            return partner
    names = [partner.name for partner in partners.values()]
    raise NotConnected(
        f'there is no partner "{name}"{did_you_mean(name, names)}', f"There are: {', '.join(names)}"
    )


def connectors_of(registry: Registry, provider: str) -> dict[str, type[Connector]]:
    """The connectors that a name means: the one called so, or all of that family. Raises NotConnected."""
    try:
        return {provider: registry.get(provider)}
    except ConnectorUnavailable:
        installed = {name: registry.get(name) for name in registry.names}
    found = {name: kind_of for name, kind_of in installed.items() if kind_of.family == provider}
    if not found:
        names = sorted({*installed, *(kind_of.family for kind_of in installed.values())} - {""})
        raise NotConnected(
            f'there is no connector "{provider}"{did_you_mean(provider, names)}',
            f"There are: {', '.join(names)}",
        )
    return found


def to_renew(
    config: Config, partner: Partner, provider: Mapping[str, type[Connector]], choice: Choice
) -> list[Seat]:
    """The accounts whose login is to be renewed; none where new ones are meant. Raises NotConnected."""
    mine = [a for a in config.accounts if a.partner_id == partner.id and a.connector in provider]
    if choice.account is not None and any(a.name == choice.account for a in config.accounts):
        mine = [a for a in mine if a.name == choice.account]
        if not mine:
            raise NotConnected(
                f'"{choice.account}" is another account', f"Name one of {partner.name}'s, or a new name"
            )
    elif choice.new or choice.account is not None:
        return []
    if len({a.secret for a in mine}) > 1:
        names = ", ".join(a.name for a in mine)
        raise NotConnected(
            f"{partner.name} has several such accounts ({names})",
            "Say which one with --account, or --new for another one",
        )
    if len(mine) > 0 and (choice.calendar or choice.todos):
        raise NotConnected(
            f"{mine[0].name} is connected already, and only its login is renewed",
            "Edit its collections in the configuration, or say --new for another account",
        )
    return [_known(account, provider[account.connector]) for account in mine]


def _known(account: Account, kind_of: type[Connector]) -> Seat:
    names = {Kind.EVENT: account.calendar, Kind.TODO: account.todos}
    there = {kind: name for kind, name in names.items() if name is not None}
    return Seat(account.name, account.connector, kind_of, account.settings, there, account)


def to_add(
    config: Config,
    partner: Partner,
    provider: Mapping[str, tuple[type[Connector], Settings]],
    choice: Choice,
) -> list[Seat]:
    """The accounts that come in, each with what it can hold and the partner lacks. Raises NotConnected."""
    taken = _taken(config, partner)
    for kind, name in ((Kind.EVENT, choice.calendar), (Kind.TODO, choice.todos)):
        if name is not None and kind in taken:
            raise _has_already(partner, {kind: taken[kind]})
    seats: list[Seat] = []
    busy: dict[Kind, str] = {}
    for connector, (kind_of, settings) in provider.items():
        able = [k for k in Kind if _CAN[k] in kind_of.capabilities and k in kind_of.login(settings).kinds]
        wanted = [kind for kind in able if choice.wants(kind)]
        busy |= {kind: taken[kind] for kind in wanted if kind in taken}
        names = {k: _named(k, choice) for k in wanted if k not in taken}
        if names:
            given = choice.account if len(provider) == 1 else None
            name = _free(given or account_name(partner, connector), config)
            seats.append(Seat(name, connector, kind_of, settings, names))
    if not seats and busy:
        raise _has_already(partner, busy)
    missing = [k for k in Kind if _given(k, choice) and not any(k in seat.collections for seat in seats)]
    if missing or not seats:
        raise NotConnected(f"such an account has no {_CALLED[missing[0] if missing else Kind.EVENT]}")
    return seats


def account_name(partner: Partner, provider: str) -> str:
    """What an account is called unless told otherwise; it fits the pattern of `name`."""
    plain = re.sub("[^a-z0-9]+", "-", provider.lower()).strip("-") or "account"
    return f"{partner.id[:20].strip('-')}-{plain}"[:36].strip("-")


def _taken(config: Config, partner: Partner) -> dict[Kind, str]:
    """What the partner has, and in which account."""
    found: dict[Kind, str] = {}
    for account in config.accounts:
        if account.partner_id == partner.id and account.calendar is not None:
            found[Kind.EVENT] = account.name
        if account.partner_id == partner.id and account.todos is not None:
            found[Kind.TODO] = account.name
    return found


def _has_already(partner: Partner, busy: Mapping[Kind, str]) -> NotConnected:
    said = " and ".join(f"a {_CALLED[kind]} in {account}" for kind, account in busy.items())
    keys = " and ".join(
        f"`{'calendar' if kind is Kind.EVENT else 'todos'}` out of {account}'s table in the configuration"
        for kind, account in busy.items()
    )
    alone = "--todos" if Kind.EVENT in busy else "--calendar"
    purge = " and ".join(f"evenhold unlink {account} --purge" for account in dict.fromkeys(busy.values()))
    other = f"leave it out here with {alone} NAME, or " if len(busy) == 1 else ""
    return NotConnected(
        f"{partner.name} has {said} already",
        f"A partner has one of each: {other}take {keys}. What stands there stays until: {purge}",
    )


def _given(kind: Kind, choice: Choice) -> str | None:
    return choice.calendar if kind is Kind.EVENT else choice.todos


def _named(kind: Kind, choice: Choice) -> str:
    return _given(kind, choice) or (CALENDAR if kind is Kind.EVENT else TODOS)


def _free(name: str, config: Config) -> str:
    """The name, or the first of it with a number that no account has."""
    names = {account.name for account in config.accounts}
    numbered = (f"{name}-{number}" for number in range(2, 1000))
    return name if name not in names else next(one for one in numbered if one not in names)
