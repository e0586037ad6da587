"""The providers that nobody here can reach, on one stage, and a household's folder without an account."""

from __future__ import annotations

import itertools
import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest

from syncer.commands import consenting
from syncer.commands.connect import Wish, connect
from syncer.commands.terminal import Terminal
from syncer.onboarding.enrolment import Choice
from tests.emulators.google_calendar import GoogleCalendar
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.google_tasks import GoogleTasks
from tests.emulators.stage import Stage
from tests.emulators.todoist import Todoist
from tests.onboarding.house import HEAD
from tests.servers import SERVERS, Server

_numbers = itertools.count(1)


@dataclass
class Providers:
    """Google and Todoist. `mail` is a fresh account at Google, `token` one at Todoist."""

    stage: Stage
    oauth: GoogleOAuth
    calendar: GoogleCalendar
    tasks: GoogleTasks
    todoist: Todoist
    mail: str = ""
    token: str = ""

    @property
    def url(self) -> str:
        return self.stage.url

    def events(self) -> dict[str, list[str]]:
        """The titles of what stands in each calendar of the account that was made by an app."""
        shelves = self.calendar.shelves.values()
        person = self.calendar.person(self.mail)
        mine = [shelf for shelf in shelves if self.mail in shelf.roles]
        return {
            shelf.summary: [str(one["summary"]) for one in person.events(shelf.id).values()] for shelf in mine
        }

    def lists(self) -> dict[str, list[str]]:
        """The titles of what stands in each list of the account at Google, completed ones too."""
        person = self.tasks.person(self.mail)
        return {
            title: [*person.sees(held).values(), *person.sees_completed(held).values()]
            for held, title in person.lists().items()
        }

    def projects(self) -> dict[str, int]:
        """How many items are open or completed in each project at Todoist."""
        account = self.todoist.accounts[self.token]
        return {
            str(one["name"]): len(self.todoist.person(account).list(str(one["id"])))
            for one in account.projects.values()
        }


@pytest.fixture(scope="session")
def on_stage() -> Iterator[Providers]:
    oauth = GoogleOAuth()
    made = Providers(Stage(), oauth, GoogleCalendar(oauth), GoogleTasks(oauth), Todoist())
    made.stage = Stage(made.oauth, made.calendar, made.tasks, made.todoist)
    made.stage.start()
    yield made
    made.stage.stop()


@pytest.fixture
def providers(on_stage: Providers) -> Iterator[Providers]:
    """With accounts of this test's own, and somebody who says yes at the consent page."""
    number = next(_numbers)
    on_stage.mail = on_stage.oauth.consenting = f"ada{number}@example.org"
    on_stage.calendar.person(on_stage.mail)
    on_stage.tasks.person(on_stage.mail)
    on_stage.token = on_stage.todoist.account(f"ben{number}@example.org").token
    on_stage.oauth.unticked, on_stage.oauth.testing, on_stage.oauth.down = (), False, None
    on_stage.stage.fault = None
    yield on_stage
    on_stage.stage.fault = None
    bugs, on_stage.stage.bugs[:] = list(on_stage.stage.bugs), []
    assert not bugs, bugs


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = SERVERS["radicale"](tmp_path_factory.mktemp("radicale")).start()
    yield server
    server.close()


class Screen(StringIO):
    """What was printed so far; `on` acts, in a thread of its own, once a text is there."""

    def on(self, text: str, act: Callable[[str], None]) -> None:
        def watch() -> None:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                if text in (shown := self.getvalue()):
                    act(shown)
                    return
                time.sleep(0.01)

        threading.Thread(target=watch, daemon=True).start()


@dataclass
class Desk:
    """A household's folder, and somebody who connects accounts with what they type put into a pipe."""

    folder: Path
    screen: Screen = field(default_factory=Screen)

    def __post_init__(self) -> None:
        self.config = self.folder / "home.toml"
        self.config.write_text(HEAD)
        self._reads, self.keys = os.pipe()

    def type(self, *lines: str) -> None:
        if lines and self.keys >= 0:
            os.write(self.keys, "".join(f"{line}\n" for line in lines).encode())

    def end(self) -> None:
        """There is no more input."""
        if self.keys >= 0:
            os.close(self.keys)
            self.keys = -1

    def connect(self, provider: str, *typed: str, partner: str = "Ada", **wish: object) -> int:
        """The exit code; what is not part of a `Wish` belongs to its `Choice`."""
        names = ("account", "calendar", "todos", "new")
        choice = Choice(**{name: wish.pop(name) for name in names if name in wish})  # type: ignore[arg-type]  # as given
        self.type(*typed)
        # Whatever waits for ever gets the end of the input instead, and its test fails.
        watch = threading.Timer(20, self.end)
        watch.start()
        terminal = Terminal(self.screen, self._reads)
        try:
            return connect(self.config, Wish(provider, partner, choice, **wish), terminal)  # type: ignore[arg-type]  # as given
        finally:
            watch.cancel()

    def answer(self, question: str, *lines: str) -> None:
        """Type these lines once a question is there."""
        self.screen.on(question, lambda _: self.type(*lines))

    def client_file(self, providers: Providers, name: str = "client_secret.json") -> None:
        """What the household downloaded from Google's console."""
        oauth, url = providers.oauth, providers.url
        app = {
            "client_id": oauth.client_id,
            "client_secret": oauth.client_secret,
            "auth_uri": f"{url}/o/oauth2/auth",
            "token_uri": f"{url}/token",
        }
        (self.folder / name).write_text(json.dumps({"installed": app}))
        (self.folder / name).chmod(0o600)

    def files(self) -> dict[str, tuple[bytes, int]]:
        return {
            str(path.relative_to(self.folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }

    def close(self) -> None:
        self.end()
        os.close(self._reads)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(consenting, "PATIENCE", 20.0)
    made = Desk(tmp_path)
    yield made
    made.close()


def address_in(shown: str) -> str:
    """The consent page's address, as it was printed."""
    return next(line for line in shown.splitlines() if "/o/oauth2/" in line)


def browse(shown: str) -> None:
    """A browser on this machine: it opens the address and follows where it is sent."""
    urllib.request.urlopen(address_in(shown), timeout=10).close()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def browse_elsewhere(shown: str) -> str:
    """A phone: it is sent to a page that it can't open; the address that stands in its bar."""
    try:
        urllib.request.build_opener(_Stay).open(address_in(shown), timeout=10)
    except urllib.request.HTTPError as answer:
        return str(answer.headers["location"])
    raise AssertionError("the consent page did not redirect")
