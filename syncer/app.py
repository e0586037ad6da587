"""The composition root: from a configuration (or none) to a household that can be worked on.

The only place that knows all parts. Nothing is started at import, and nothing is written by opening a
rehearsal.
"""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from syncer import clock, lastpass, secrets
from syncer.config.settings import Account, Config, load
from syncer.connector import Capability, Connector, Context, CredentialsDead
from syncer.core.fold import Memory
from syncer.core.identity import read_uid
from syncer.core.model import Kind, Partner
from syncer.core.ownership import define
from syncer.core.spoke import Spoke
from syncer.embedded.demo import SAMPLE, DemoServer
from syncer.engine.cycle import Cycle, Line
from syncer.engine.happenings import Tell
from syncer.ledger import record, views
from syncer.ledger.store import Ledger, LedgerError
from syncer.onboarding.reminders import Reminder, command, cure, reminders
from syncer.plugins import Registry, discover
from syncer.resources import path as resource

LEDGER_FILE = "ledger.sqlite3"
SQLITE_FILE = "sqlite:///"


@dataclass
class App:
    """One household, opened: its configuration, ledger and connectors."""

    config: Config
    ledger: Ledger
    state: Path
    connectors: Mapping[str, Connector]
    lines: tuple[Line, ...]
    demo: DemoServer | None = None
    stopping: threading.Event = field(default_factory=threading.Event)
    _rows: tuple[int, Memory] | None = field(default=None, init=False, repr=False)

    @property
    def household(self) -> str:
        """The household's id."""
        return self.config.household.id

    def cycle(self, tell: Tell) -> Cycle:
        """The engine over this household's collections."""
        with self.ledger.read() as connection:
            version = views.version(connection, self.household)
        return Cycle(
            self.ledger,
            self.config.household,
            self.lines,
            clock=clock.now,
            tell=tell,
            horizon=self.config.sync.horizon_days,
            compare_every=dt.timedelta(hours=self.config.sync.compare_hours),
            restored=lastpass.restored(self.state, version),
            doubted=lastpass.doubted(self.state),
            frozen=lastpass.frozen(self.state),
        )

    def reminders(self, now: dt.datetime) -> list[Reminder]:
        """The logins that end soon, have ended or may end."""
        kinds = {a.connector: type(self.connectors[a.name]) for a in self.config.accounts}
        return reminders(self.config, kinds, now)

    def rows(self) -> Memory:
        """All bundles and tasks as they stand; read again only where the record has grown."""
        with self.ledger.read() as connection:
            version = views.version(connection, self.household)
            if self._rows is None or self._rows[0] != version:
                self._rows = version, views.state(connection, self.household)
            return self._rows[1]

    def close(self) -> None:
        """Let go of everything; a demonstration server that is ours ends."""
        for connector in self.connectors.values():
            with suppress(Exception):
                connector.close()
        self.ledger.close()
        if self.demo is not None:
            self.demo.stop()


def state_folder(config: Path | None, state: Path | None, household: str) -> Path:
    """Where a household's state is kept: as told, systemd's folder, or the user's (XDG Base Directory).

    Without a configuration it is the folder `.evenhold` here, which `make clean` removes.
    """
    if state is not None:
        return state.expanduser()
    if config is None:
        return Path(".evenhold")
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "evenhold" / household


def open_app(
    config: Path | None,
    state: Path | None,
    *,
    rehearse: bool = False,
    online: bool = True,
    reading: bool = False,
) -> App:
    """Open the configured household, or the sample one on an embedded server where nothing is configured.

    Raises ConfigError, LedgerError or EmbeddedServerError. A rehearsal has a copy of the ledger in memory
    and leaves the one on disk alone. A command that makes no request opens it offline: no server starts.
    One that only reads makes no ledger where there is none.
    """
    config = config.expanduser() if config is not None else None
    registry = discover()
    stopping = threading.Event()
    if config is not None:
        read = load(config, registry)
        folder = state_folder(config, state, read.household.id)
        found = {account.name: partial(_secret, account, read, registry) for account in read.accounts}
        return _assemble(read, folder, registry, found, None, stopping, rehearse, reading)
    folder = state_folder(None, state, "")
    demo = DemoServer(folder)
    try:
        if online:
            demo.launch()
        demo.recall()
        made = demo.config(registry)
        app = _assemble(made, folder, registry, demo.secrets(), demo, stopping, rehearse, reading)
        if online:
            demo.wait()  # it came up while we did
        return app
    except BaseException:
        demo.stop()
        raise


def _assemble(
    config: Config,
    folder: Path,
    registry: Registry,
    found: Mapping[str, Callable[[], str]],
    demo: DemoServer | None,
    stopping: threading.Event,
    rehearse: bool,
    reading: bool,
) -> App:
    ledger = _ledger(config, folder, rehearse, reading)
    if demo is not None:
        _load_sample(ledger, config)
    connectors = {
        account.name: _connector(account, config, registry, found[account.name], stopping)
        for account in config.accounts
    }
    lines = tuple(
        Line(
            replace(spoke, lacks=frozenset(Capability) - connectors[spoke.account].capabilities),
            connectors[spoke.account],
        )
        for spoke in spokes(config.accounts)
    )
    return App(config, ledger, folder, connectors, lines, demo, stopping)


def _ledger(config: Config, folder: Path, rehearse: bool, reading: bool) -> Ledger:
    where: str | Path = config.ledger_url or folder / LEDGER_FILE
    if isinstance(where, str) and where.startswith(SQLITE_FILE):
        where = Path(where.removeprefix(SQLITE_FILE))
    if reading and isinstance(where, Path) and not where.exists():
        return Ledger.empty()
    if rehearse:
        if isinstance(where, str):
            cure = "Keep the ledger in a file to plan."
            raise LedgerError("a plan needs a ledger that it can copy into memory", "ledger.url", cure)
        return Ledger.rehearsal(where) if where.exists() else Ledger.empty()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Ledger.open(where)


def _load_sample(ledger: Ledger, config: Config) -> None:
    """Give an empty ledger the sample household."""
    from syncer.bundles import file as bundlefile  # a household of one's own never needs it at start

    household = config.household
    now = clock.now()
    with ledger.write() as connection:
        if views.version(connection, household.id):
            return
        partner = next(iter(household.partners.values()))
        specs = bundlefile.load(resource(SAMPLE), household.partners, now.astimezone(partner.zone).date())
        rows = Memory()
        for spec in specs:
            record.append(connection, household.id, define(spec.bundle, spec.tasks, rows, now, "sample"))


def _connector(
    account: Account,
    config: Config,
    registry: Registry,
    secret: Callable[[], str],
    stopping: threading.Event,
) -> Connector:
    partner: Partner = config.household.partners[account.partner_id]
    kind_of = registry.seat(account.connector, account.name)
    context = Context(
        zone=partner.zone,
        secret=secret,
        claims=lambda uid: read_uid(uid, config.household.id) is not None,
        stopping=stopping.is_set,
        again=command(config, account, kind_of),
    )
    return kind_of(account.settings, context)


def _secret(account: Account, config: Config, registry: Registry) -> str:
    try:
        return secrets.read(account.secret)
    except secrets.SecretError as error:
        helps = cure(error, config, account, registry.seat(account.connector, account.name))
        raise CredentialsDead(error.condition, subject=error.subject, cure=helps) from error


def spokes(accounts: Sequence[Account]) -> list[Spoke]:
    """The collections of a household and what each takes.

    A partner's calendar takes timed tasks and their list those that are due; where a partner has, over
    all accounts, only one of the two, it takes both (product.md, rule 3).
    """
    made: list[Spoke] = []
    for account in accounts:
        mine = [other for other in accounts if other.partner_id == account.partner_id]
        has_calendar = any(other.calendar is not None for other in mine)
        has_todos = any(other.todos is not None for other in mine)
        name, partner = account.name, account.partner_id
        if account.calendar is not None:
            made.append(Spoke(name, account.calendar, partner, Kind.EVENT, timed=True, due=not has_todos))
        if account.todos is not None:
            made.append(Spoke(name, account.todos, partner, Kind.TODO, timed=not has_calendar, due=True))
    return made
