"""The command line. Each command opens the household, does one thing and says what it did.

Lives here: arguments, exit codes and which words are printed. What the commands do is elsewhere; heavy
libraries are loaded by the command that needs them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syncer.core.model import BundleState

if TYPE_CHECKING:
    from syncer.app import App
    from syncer.plugins import Row

app = typer.Typer(
    name="evenhold",
    invoke_without_command=True,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
bundles = typer.Typer(help="List, show, add, hand over, pause or archive bundles.", no_args_is_help=True)
app.add_typer(bundles, name="bundle")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="EVENHOLD_CONFIG", help="The household's TOML file; without it, the sample."
    ),
]
OwnConfigOption = Annotated[
    Path | None,
    typer.Option("--config", envvar="EVENHOLD_CONFIG", help="The household's TOML file; needed."),
]
StateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        envvar="EVENHOLD_STATE",
        help="The folder that holds the ledger (~/.local/state/evenhold/NAME unless named).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Couples agree who owns which household bundle; Evenhold puts it into the apps they already use."""
    if version:
        from importlib.metadata import version as installed

        print(f"evenhold {installed('evenhold')}")
        raise typer.Exit


def main() -> None:
    """The `evenhold` command."""
    os.umask(0o077)  # what a household keeps is nobody else's
    with _explained():
        app()


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what can be said to a person into a message and exit code 1; anything else is a bug."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(141)
    except Exception as error:
        if not _is_explained(error):
            raise
        print(str(error), file=sys.stderr)
        sys.exit(1)


def _is_explained(error: Exception) -> bool:
    from syncer.commands.household import Unknown
    from syncer.connector import ConnectorError
    from syncer.daemon import AlreadyRunning, StateUnusable
    from syncer.embedded.server import EmbeddedServerError
    from syncer.ledger.store import LedgerError
    from syncer.problems import Mistakes
    from syncer.secrets import SecretError

    known = (Mistakes, SecretError, LedgerError, EmbeddedServerError, AlreadyRunning, StateUnusable, Unknown)
    return isinstance(error, (*known, ConnectorError))


@contextmanager
def _opened(
    config: Path | None,
    state: Path | None,
    *,
    rehearse: bool = False,
    online: bool = False,
    reading: bool = False,
) -> Iterator[App]:
    from syncer.app import open_app

    if config is None and not online:
        where = state or Path(".evenhold")
        print(f"(The sample household in {where}; --config or EVENHOLD_CONFIG names yours.)", file=sys.stderr)
    opened = open_app(config, state, rehearse=rehearse, online=online, reading=reading)
    try:
        yield opened
    finally:
        opened.close()


@app.command()
def run(
    config: ConfigOption = None,
    state: StateOption = None,
    once: Annotated[bool, typer.Option("--once", help="One pass, then end.")] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Log more; never titles, notes or secrets.")] = False,
) -> None:
    """Keep the apps and the ledger in step, until stopped."""
    from syncer.commands.run import run_daemon, run_once

    code = run_once(config, state, debug) if once else run_daemon(config, state, debug)
    raise typer.Exit(code)


@app.command()
def plan(config: ConfigOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """Show item by item what a pass would do; touches nothing."""
    from syncer.commands.plan import print_plan

    with _opened(config, state, rehearse=True, online=True) as opened:
        raise typer.Exit(print_plan(opened, as_json=as_json))


@app.command()
def status(config: ConfigOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """Show for each collection where it is, when it was last read, and what waits."""
    from syncer.commands.status import print_status

    with _opened(config, state, reading=True) as opened:
        print_status(opened, as_json=as_json)


@app.command()
def release(
    collection: Annotated[str, typer.Argument(help="The account/collection whose plan is held.")],
    restore: Annotated[bool, typer.Option("--restore", help="Put the items back instead.")] = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Answer a held plan: the deletions were meant, or the items are to be put back."""
    from syncer.commands.household import release_hold
    from syncer.commands.words import count as counted

    with _opened(config, state) as opened:
        name, count = release_hold(opened, collection, "restore" if restore else "accept")
        what = "will be put back" if restore else "count as deleted by their owner"
        print(f"{name}: {counted(count, 'item')} {what} with the next pass.")


@app.command()
def undo(
    run: Annotated[
        str | None, typer.Argument(help="The run, as listed without it; `last` is the youngest.")
    ] = None,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Put back what stood in the apps before a run, where nobody has changed it since; or list the runs."""
    from syncer.commands.undo import list_runs, undo_run

    with _opened(config, state, online=run is not None, reading=run is None) as opened:
        lines, whole = (list_runs(opened), True) if run is None else undo_run(opened, run)
    print("\n".join(lines))
    raise typer.Exit(0 if whole else 1)


@app.command()
def unlink(
    account: Annotated[str, typer.Argument(help="The account's name in the configuration.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Take down everything that Evenhold ever put up there.")
    ] = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Leave an account alone from now on; what a person made there is never touched."""
    from syncer.commands.undo import say_unlinked
    from syncer.commands.undo import unlink as unlink_account

    with _opened(config, state, online=purge) as opened:
        done = unlink_account(opened, account, remove=purge)
    print("\n".join(say_unlinked(done)))
    raise typer.Exit(1 if done.purged is not None and done.purged.left else 0)


@app.command()
def link(
    account: Annotated[str, typer.Argument(help="The account's name in the configuration.")],
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Look after an account again that was unlinked."""
    from syncer.commands.undo import link as link_account

    with _opened(config, state) as opened:
        changed = link_account(opened, account)
    then = "; the next pass puts up what belongs there" if changed else " already"
    print(f"{account} is in Evenhold's care{then}.")


@app.command()
def audit(config: ConfigOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """Show per bundle, category and partner how the load is carried, for both at once."""
    from syncer.commands.audit import audit_now
    from syncer.report import render, to_json

    with _opened(config, state, reading=True) as opened:
        report = audit_now(opened)
    if as_json:
        print(json.dumps(to_json(report), indent=2, ensure_ascii=False))
        return
    from rich.console import Console

    render(report, Console())


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="A bundle file, as `evenhold bundle show` prints one.")],
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Take over the bundles of a file: all of them, or with a mistake in it none."""
    from syncer.commands.household import import_file
    from syncer.commands.say import Words
    from syncer.commands.words import count

    with _opened(config, state) as opened:
        specs, entries = import_file(opened, file.expanduser())
        words = Words(opened.config.household, opened.rows)
        lines = [line for entry in entries if (line := words.command(entry)) is not None]
    print("\n".join(lines) if lines else f"{count(len(specs), 'bundle')} read; nothing changed.")


@app.command()
def connect(
    provider: Annotated[str, typer.Argument(help="google, todoist, caldav, or an installed connector.")],
    partner: Annotated[str, typer.Option("--partner", help="Whose account it is.")],
    config: OwnConfigOption = None,
    account: Annotated[
        str | None, typer.Option("--account", help="The account's name: a new one, or the one to renew.")
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option("--calendar", help="The calendar to use or make; alone, no to-do list."),
    ] = None,
    todos: Annotated[
        str | None, typer.Option("--todos", help="The to-do list to use or make; alone, no calendar.")
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Another account; renew none.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="KEY=VALUE, a setting of the connector. Never a secret.")
    ] = None,
    client: Annotated[
        Path | None, typer.Option("--client", help="The OAuth client file (client_secret.json beside FILE).")
    ] = None,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Where to wait for the browser; 0 is a free port.")
    ] = 0,
    existing: Annotated[
        bool, typer.Option("--existing", help="Ask for access to calendars that are there already.")
    ] = False,
    only_print: Annotated[
        bool, typer.Option("--print", help="Print the account's table; leave the configuration alone.")
    ] = False,
) -> None:
    """Log in to a partner's account, try it with a probe item, and add it to the configuration."""
    from syncer.commands.connect import Wish, connect
    from syncer.commands.terminal import Terminal
    from syncer.onboarding.enrolment import Choice

    given = dict(pair.partition("=")[::2] for pair in settings or ())
    choice = Choice(account, calendar, todos, new)
    wish = Wish(provider, partner, choice, given, client, port, existing, only_print)
    raise typer.Exit(connect(config, wish, Terminal(sys.stderr if only_print else sys.stdout)))


@app.command()
def doctor(config: OwnConfigOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """Look at every account and what is installed: what is not well, and what helps. Writes nothing."""
    from syncer.commands.doctor import doctor as examine

    raise typer.Exit(examine(config, state, as_json=as_json))


@app.command()
def connectors(as_json: JsonOption = False) -> None:
    """List the connectors that are installed, and what is wrong with those that can't be used."""
    from syncer.plugins import discover

    rows = discover().survey()
    if as_json:
        print(json.dumps([_connector_json(row) for row in rows], indent=2))
    else:
        width = max((len(row.name) for row in rows), default=0)
        for row in rows:
            can = ", ".join(sorted(row.capabilities)) if row.state == "ok" else row.reason
            print(f"{row.name:<{width}} {row.state:<7} {row.distribution} {row.version}: {can}")
    if any(row.state != "ok" for row in rows):
        raise typer.Exit(1)


def _connector_json(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "state": row.state,
        "distribution": row.distribution,
        "version": row.version,
        "api_version": row.api_version,
        "capabilities": sorted(row.capabilities),
        "reason": row.reason,
    }


@bundles.command(name="list")
def list_(config: ConfigOption = None, state: StateOption = None, as_json: JsonOption = False) -> None:
    """List all bundles with their owners."""
    from syncer.core.shapes import bundle_to_data

    with _opened(config, state, reading=True) as opened:
        rows = opened.rows()
        names = {partner.id: partner.name for partner in opened.config.household.partners.values()}
    if as_json:
        print(json.dumps([{"id": b.id, **bundle_to_data(b)} for b in rows.bundles.values()], indent=2))
        return
    if not rows.bundles:
        print("There are no bundles yet. `evenhold import FILE` or `evenhold bundle add` adds some.")
    for bundle in rows.bundles.values():
        note = "" if bundle.state is BundleState.ACTIVE else f" ({bundle.state})"
        owner = names.get(bundle.owner, bundle.owner)
        print(f"{bundle.id:<14} {bundle.title}{note} · {bundle.category} · {owner}")


@bundles.command()
def show(bundle: str, config: ConfigOption = None, state: StateOption = None) -> None:
    """Show one bundle as a file that can be edited and imported again."""
    from syncer.bundles.draft import dump
    from syncer.commands.household import find_bundle
    from syncer.core.ownership import tasks_of

    with _opened(config, state, reading=True) as opened:
        rows = opened.rows()
        found = find_bundle(rows, bundle)
        names = {partner.id: partner.name for partner in opened.config.household.partners.values()}
        print(dump([found], tasks_of(rows, found.id), names), end="")


@bundles.command()
def add(
    row: Annotated[str, typer.Option("--from", help="A catalogue row, as in HL09.")],
    owner: Annotated[str, typer.Option("--owner", help="The partner who owns it.")],
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Add a bundle from the catalogue."""
    from syncer.commands.household import add_from_catalogue
    from syncer.commands.words import count

    with _opened(config, state) as opened:
        spec = add_from_catalogue(opened, row, owner)
    print(f"Added “{spec.bundle.title}” as {spec.bundle.id} with {count(len(spec.tasks), 'task')}.")


@bundles.command()
def catalogue() -> None:
    """List the ready-made bundles that `add --from` knows."""
    from syncer.bundles.catalogue import load

    for row in load().values():
        print(f"{row.id}  {row.category:<24} {row.task}")


@bundles.command()
def give(
    bundle: str,
    partner: str,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Hand a bundle, whole, to another partner."""
    from syncer.commands.household import give_bundle

    with _opened(config, state) as opened:
        given, to, changed = give_bundle(opened, bundle, partner)
    if changed:
        print(f"“{given.title}” is {to.name}'s from now on; the apps follow with the next pass.")
    else:
        print(f"“{given.title}” is {to.name}'s already.")


def _set_state(bundle: str, state: BundleState, config: Path | None, folder: Path | None) -> None:
    from syncer.commands.household import set_bundle_state

    with _opened(config, folder) as opened:
        found, changed = set_bundle_state(opened, bundle, state)
    then = "; the apps follow with the next pass" if changed else " already"
    print(f"“{found.title}” is {state}{then}.")


@bundles.command()
def pause(bundle: str, config: ConfigOption = None, state: StateOption = None) -> None:
    """Take a bundle out of the apps for now."""
    _set_state(bundle, BundleState.PAUSED, config, state)


@bundles.command()
def resume(bundle: str, config: ConfigOption = None, state: StateOption = None) -> None:
    """Put a paused or archived bundle back into its owner's apps."""
    _set_state(bundle, BundleState.ACTIVE, config, state)


@bundles.command()
def archive(bundle: str, config: ConfigOption = None, state: StateOption = None) -> None:
    """Take a bundle out for good; what was done in it stays in the ledger."""
    _set_state(bundle, BundleState.ARCHIVED, config, state)
