"""The providers that tapes are recorded from: real CalDAV servers, and this repository's emulators of others.

Lives here: how each is started, and what stands on the tape in place of its address on this machine. A tape
plays with the connector's own settings, as a household has them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from connectors.caldav import CalDAV
from connectors.google_calendar import GoogleCalendar
from connectors.google_tasks import GoogleTasks
from connectors.todoist import Todoist
from syncer.connector import Connector
from syncer.core.model import Kind
from syncer.testing.contract import Harness
from syncer.testing.proxy import FaultProxy
from syncer.testing.proxy.wire import Exchange
from tests.connectors.caldav.test_contract import CalDAVHarness
from tests.connectors.google.staging import Google
from tests.connectors.google_calendar.test_contract import GoogleHarness
from tests.connectors.google_tasks.conftest import Google as GoogleWithTasks
from tests.connectors.google_tasks.test_contract import GoogleTasksHarness
from tests.connectors.todoist.test_contract import TodoistHarness
from tests.emulators import google_calendar, google_tasks, todoist
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import App, Clock, Stage
from tests.servers import SERVERS

CONNECTORS: Mapping[str, type[Connector]] = {
    "caldav": CalDAV,
    "google_calendar": GoogleCalendar,
    "google_tasks": GoogleTasks,
    "todoist": Todoist,
}
START = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
TOKENS = "https://oauth2.googleapis.com/token"
LOGINS = {
    "caldav": "a-password",
    "todoist": "a-token",
    "google": json.dumps({"client_id": "an-id", "client_secret": "its-secret", "refresh_token": "a-grant"}),
}
"""What logs in where a tape plays: nobody looks at it."""


@dataclass(frozen=True, slots=True)
class Live:
    """A provider that is there: `settings` lead to it, `renamed` says what stands on the tape instead.

    `person` uses the account with another app; `wire` is what the provider's own side of the wire heard.
    """

    settings: Mapping[str, Any]
    secret: str
    person: Harness
    renamed: tuple[tuple[str, str], ...] = ()
    wire: list[Exchange] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Source:
    """A provider of a tape; `played` are the settings with which it plays, `start` starts it in a folder."""

    name: str
    connector: str
    kind: Kind
    origin: str
    played: Mapping[str, Any]
    start: Callable[[Path], AbstractContextManager[Live]]


def secret_to_play(connector: str) -> str:
    """A secret of the right form."""
    return LOGINS["google" if connector.startswith("google") else connector]


def _caldav(name: str) -> Callable[[Path], AbstractContextManager[Live]]:
    @contextmanager
    def start(folder: Path) -> Iterator[Live]:
        server = SERVERS[name](folder).start()
        proxy = FaultProxy(server.url if server.proxy_checks_login else server.direct)
        proxy.start()
        person = CalDAVHarness(server, proxy)
        settings = {"url": proxy.url, "user": "ada", "parallel": 1}
        try:
            yield Live(settings, person.secret, person, _places(proxy, CALDAV), proxy.log)
        finally:
            proxy.stop()
            server.close()

    return start


@contextmanager
def _staged(*apps: App) -> Iterator[tuple[Stage, FaultProxy]]:
    stage = Stage(*apps, clock=Clock(START))
    proxy = FaultProxy(stage.start())
    proxy.start()
    try:
        yield stage, proxy
    finally:
        proxy.stop()
        stage.stop()
    assert stage.bugs == []


@contextmanager
def _google_calendar(folder: Path) -> Iterator[Live]:
    oauth = GoogleOAuth()
    app = google_calendar.GoogleCalendar(oauth)
    with _staged(oauth, app) as (stage, proxy):
        person = GoogleHarness(Google(stage, oauth, app, proxy))
        yield _google(person, proxy, GOOGLE_CALENDAR)


@contextmanager
def _google_tasks(folder: Path) -> Iterator[Live]:
    oauth = GoogleOAuth()
    app = google_tasks.GoogleTasks(oauth)
    with _staged(oauth, app) as (stage, proxy):
        person = GoogleTasksHarness(GoogleWithTasks(stage, oauth, app, proxy))
        yield _google(person, proxy, GOOGLE_TASKS)


def _google(person: Harness, proxy: FaultProxy, place: str) -> Live:
    """Tokens are asked for through the proxy too, so that it hears everything."""
    secret = json.dumps({**json.loads(person.secret), "token_uri": f"{proxy.url}/token"})
    renamed = ((f"{proxy.url}/token", TOKENS), *_places(proxy, place))
    return Live({"root": proxy.url}, secret, person, renamed, proxy.log)


@contextmanager
def _todoist(folder: Path) -> Iterator[Live]:
    app = todoist.Todoist()
    with _staged(app) as (_, proxy):
        person = TodoistHarness(app, proxy)
        yield Live({"url": proxy.url}, person.secret, person, _places(proxy, TODOIST), proxy.log)


def _places(proxy: FaultProxy, place: str) -> tuple[tuple[str, str], ...]:
    """The proxy's address, and its host and port alone, as what they stand for."""
    return (proxy.url, place), (urlsplit(proxy.url).netloc, urlsplit(place).netloc)


CALDAV = "http://127.0.0.1:5232"
GOOGLE_CALENDAR = "https://www.googleapis.com"
GOOGLE_TASKS = "https://tasks.googleapis.com"
TODOIST = "https://api.todoist.com"
_EMULATED = "the emulator of {} in tests/emulators: nobody here can reach the real one"
_REAL = "{} {}, a real CalDAV server"
_AT_HOME = {"url": CALDAV, "user": "ada", "parallel": 1}

SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source(
            "caldav-radicale",
            "caldav",
            Kind.TODO,
            _REAL.format("Radicale", version("radicale")),
            _AT_HOME,
            _caldav("radicale"),
        ),
        Source(
            "caldav-xandikos",
            "caldav",
            Kind.EVENT,
            _REAL.format("Xandikos", version("xandikos")),
            _AT_HOME,
            _caldav("xandikos"),
        ),
        Source(
            "google_calendar",
            "google_calendar",
            Kind.EVENT,
            _EMULATED.format("Google Calendar"),
            {},
            _google_calendar,
        ),
        Source(
            "google_tasks", "google_tasks", Kind.TODO, _EMULATED.format("Google Tasks"), {}, _google_tasks
        ),
        Source("todoist", "todoist", Kind.TODO, _EMULATED.format("Todoist"), {}, _todoist),
    )
}
"""What tapes are made of without an account anywhere."""
