"""`evenhold connect`: a partner's account at a provider, from the login to the first probe item.

Lives here: the order of the steps and what is said. Everything is tried before anything is written, and a
mistake at any step leaves the folder as it was.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from syncer.commands import consenting
from syncer.commands.terminal import Terminal
from syncer.commands.trying import Trial
from syncer.commands.words import count
from syncer.config.settings import Config, parse
from syncer.config.text import text_of
from syncer.connector import Connector, ConnectorError, Settings
from syncer.core.model import Partner
from syncer.onboarding import grants, register
from syncer.onboarding.answers import settle
from syncer.onboarding.enrolment import (
    Choice,
    Seat,
    account_name,
    connectors_of,
    partner_named,
    to_add,
    to_renew,
)
from syncer.onboarding.errors import NotConnected
from syncer.plugins import discover
from syncer.problems import Mistakes, Problem, did_you_mean, is_secret
from syncer.secrets import SecretError


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line. `settings` are the connector's, as written there."""

    provider: str
    partner: str
    choice: Choice = field(default_factory=Choice)
    settings: Mapping[str, str] = field(default_factory=dict)
    client: Path | None = None
    port: int = 0
    existing: bool = False
    only_print: bool = False


def connect(config: Path | None, wish: Wish, terminal: Terminal) -> int:
    """Connect, or renew a login; returns the exit code. Nothing is written unless all went well."""
    try:
        if config is None:
            raise NotConnected("no household is named", "Name its file: --config FILE, or EVENHOLD_CONFIG")
        _connect(config.expanduser(), wish, terminal)
    except KeyboardInterrupt:
        print("\nStopped; nothing was written.", file=sys.stderr)
        return 130
    except (NotConnected, ConnectorError, SecretError, Mistakes) as error:
        said = str(error)
        if not isinstance(error, Mistakes):  # those begin with the name of a file
            said = said[:1].upper() + said[1:]
        print(f"{said}\nNothing was written.", file=sys.stderr)
        return 1
    return 0


def _connect(file: Path, wish: Wish, terminal: Terminal) -> None:
    registry = discover()
    household = parse(text_of(file), file, registry, unfinished=True)
    partner = partner_named(household, wish.partner)
    provider = connectors_of(registry, wish.provider)
    for problem in registry.problems:  # one of a family may be missing for it
        terminal.say(f"({problem})")
    seats = to_renew(household, partner, provider, wish.choice)
    renewed = bool(seats)
    if renewed:
        names = " and ".join(seat.name for seat in seats)
        said = "so only the login is renewed" if seats[0].login.word else "so it is only tried"
        terminal.say(f"{names}: connected already, {said}.")
    else:
        own = {name: (each, _settings(terminal, each, provider, wish)) for name, each in provider.items()}
        seats = to_add(household, partner, own, wish.choice)
    place = _place(file, seats, partner, wish)
    register.check_writable(file, place)
    register.check(file, registry, _tables(seats, partner, place))
    existing = wish.existing or any(_reached_existing(seat) for seat in seats)
    secret = _secret(terminal, seats, file, wish, existing=existing)
    trial = Trial(terminal, secret, household, partner, existing)
    seats = [trial.run(seat) for seat in seats]
    tables = _tables(seats, partner, place)
    register.check(file, registry, tables)
    appended = [] if wish.only_print else tables
    path = place.path if place is not None else None
    register.register(file, registry, path, secret, appended, new=not renewed)
    _say_done(terminal, file, seats, place, tables, wish)
    lacking = _without(household, partner)
    if lacking:
        terminal.say(f"Still without an account: {', '.join(lacking)}.")


def _settings(
    terminal: Terminal, kind_of: type[Connector], provider: Mapping[str, type[Connector]], wish: Wish
) -> Settings:
    """The settings of a new account: those given, and those that the connector still needs."""
    known = [name for each in provider.values() for name in each.settings.model_fields]
    for key in wish.settings:
        if key not in known:
            if is_secret(key):
                raise NotConnected(
                    "a secret is never given on the command line", "It is asked for, and not shown"
                )
            raise NotConnected(
                f'there is no setting "{key}"{did_you_mean(key, known)}',
                f"There are: {', '.join(dict.fromkeys(known))}",
            )
    own = {k: v for k, v in wish.settings.items() if k in kind_of.settings.model_fields}

    def ask(key: str, problem: Problem) -> str:
        if problem.found != "nothing":
            terminal.say(f"{key}: {problem.allowed}.")
        answer = terminal.ask(f"{key} ({problem.allowed}): " if problem.found == "nothing" else f"{key}: ")
        if answer is None:
            raise NotConnected(f'the setting "{key}" is missing', f"Give it with --set {key}=…")
        return answer

    return settle(kind_of, own, ask)


def _place(file: Path, seats: Sequence[Seat], partner: Partner, wish: Wish) -> register.Place | None:
    """Where the secret is kept; None where there is none."""
    first = seats[0]
    if not first.login.word:
        return None
    if first.known is not None:
        return register.known_place(file, first.known.secret)
    stem = first.name if len(seats) == 1 else account_name(partner, wish.provider)
    word = first.login.word
    return register.new_place(file, stem, ".password" if "password" in word else ".token")


def _tables(seats: Sequence[Seat], partner: Partner, place: register.Place | None) -> list[str]:
    return [register.table_of(seat, partner.name, place) for seat in seats if seat.known is None]


def _reached_existing(seat: Seat) -> bool:
    """Whether the login that is to be renewed reached a collection that a person made."""
    grant = grants.of(seat.known.secret) if seat.known is not None else None
    oauth = seat.login.oauth
    if grant is None or oauth is None or not oauth.existing:
        return False
    return grant.scopes >= set(oauth.existing)


def _secret(terminal: Terminal, seats: Sequence[Seat], file: Path, wish: Wish, *, existing: bool) -> str:
    """The login, by page or by hand."""
    logins = [seat.login for seat in seats]
    oauth = logins[0].oauth
    if oauth is not None:
        path = consenting.client_file(file.parent, oauth, wish.client)
        grant = consenting.log_in(terminal, logins, existing=existing, client_file=path, port=wish.port)
        return json.dumps(grant)
    terminal.say(*logins[0].advice)
    if not logins[0].word:
        return ""
    typed = terminal.ask(f"{logins[0].word} (it is not shown): ", hidden=True)
    if not typed:
        raise NotConnected(f"no {logins[0].word} was given", "Connect again")
    return typed


def _without(household: Config, partner: Partner) -> list[str]:
    """The partners who have no account yet."""
    have = {account.partner_id for account in household.accounts} | {partner.id}
    return [one.name for id, one in household.household.partners.items() if id not in have]


def _say_done(
    terminal: Terminal,
    file: Path,
    seats: Sequence[Seat],
    place: register.Place | None,
    tables: Sequence[str],
    wish: Wish,
) -> None:
    terminal.say("", *([f"The login is kept in {place.path} (mode 600)."] if place is not None else []))
    if wish.only_print and tables:
        terminal.say(f"Put this at the end of {file}:", "")
        print("\n".join(tables), end="")
    elif tables:
        terminal.say(f"{count(len(tables), 'account')} added to {file}.")
    again = "restart" if place is not None and place.key == "credential" else "reload"
    if seats[0].known is not None and again == "reload":
        terminal.say("A running Evenhold goes on with it within ten minutes.")
    else:
        terminal.say(f"A running service takes it up with: systemctl {again} evenhold")
