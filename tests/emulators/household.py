"""The mixed household: Ada lives in Google Calendar and Google Tasks, Ben in a CalDAV calendar and Todoist.

Lives here: the emulators and the calendar server that it needs, its configuration with secrets in files, and
what its two people see and do in their four apps. What is shown of that is `__main__`'s.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from connectors.google import scopes
from syncer.app import open_app
from syncer.commands.household import import_file
from syncer.embedded.demo import local_zone
from syncer.embedded.server import EmbeddedServer
from tests.emulators import google_calendar, google_tasks, todoist
from tests.emulators.davapp import TICK, DavApp
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Clock, Stage

NAME = "Household"
"""What the calendars and lists are called."""
HEAD = '[household]\nname = "mixed"\n'
"""How the configuration begins, by which a folder of ours is known."""
ADA = "ada@example.org"
SCOPES = {"ada-calendar": scopes.CALENDAR, "ada-tasks": scopes.TASKS}
ADA_CALENDAR, ADA_LIST = "Ada, Google Calendar", "Ada, Google Tasks"
BEN_CALENDAR, BEN_LIST = "Ben, calendar (CalDAV)", "Ben, Todoist"


@dataclass(frozen=True, slots=True)
class Thing:
    """One item as a person sees it in an app; `tick` is what they do when it is done.

    `drag` takes it to another day, where the app is one of those that this is tried in.
    """

    title: str
    when: str
    done: bool
    tick: Callable[[], None]
    drag: Callable[[dt.date], None] | None = None


class Mixed:
    """Two partners, four apps, three kinds of provider. Each of Ada's two accounts has a grant of its own."""

    def __init__(self, folder: Path, clock: Clock | None = None, zone: str | None = None) -> None:
        """`folder` holds the configuration, the secrets, and the calendar server's files.

        Both partners live in `zone`, or in this machine's.
        """
        self.folder = folder
        self.config, self.state = folder / "evenhold.toml", folder / "state"
        self.zone = zone or local_zone().key
        self.oauth = GoogleOAuth()
        self.calendar = google_calendar.GoogleCalendar(self.oauth)
        self.tasks = google_tasks.GoogleTasks(self.oauth)
        self.todoist = todoist.Todoist()
        self.stage = Stage(self.oauth, self.calendar, self.tasks, self.todoist, clock=clock)
        self._server = EmbeddedServer(folder / "server", ["ben"])

    def start(self) -> None:
        """Everything on loopback, and a configuration that leads there.

        The emulators know nothing of an earlier time, so neither may the folder: a ledger that stands there
        would tell of lists that are gone.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.config.is_file() and self.config.read_text().startswith(HEAD):  # only what we made goes
            for name in ("state", "server"):
                shutil.rmtree(self.folder / name, ignore_errors=True)
        self.stage.start()
        self._server.start()
        self.ada_events = self.calendar.person(ADA)
        self.ada_tasks = self.tasks.person(ADA)
        self.account = self.todoist.account("ben@example.org")
        self.ben_tasks = self.todoist.person(self.account)
        self._login = self._server.accounts[0]
        self.ben_events = DavApp(self._login.url, self._login.user, self._login.password)
        self.log_in("ada-calendar")
        self.log_in("ada-tasks")
        self._keep("ben-calendar", self._login.password)
        self._keep("ben-tasks", self.account.token)
        self._write()

    def dav_url(self, url: str) -> str:
        """Where Ben's calendar account is said to be; a test may put something before the server."""
        return url

    def stop(self) -> None:
        """End both servers."""
        self.ben_events.close()
        self._server.stop()
        self.stage.stop()

    def log_in(self, account: str) -> None:
        """Ada consents (again) for one of her accounts; the new secret takes the old one's place."""
        self._keep(account, self.oauth.secret(ADA, SCOPES[account]))

    def load(self, text: str) -> None:
        """Take over the bundles of a bundle file's text, as `evenhold import` does, without its words."""
        file = self.folder / "bundles.toml"
        file.write_text(text)
        app = open_app(self.config, self.state, online=False)
        try:
            import_file(app, file)
        finally:
            app.close()

    def secret(self, account: str) -> str:
        """The secret of an account, as it is kept."""
        return self._file(account).read_text()

    def apps(self) -> dict[str, Callable[[], list[Thing]]]:
        """What stands in each app, by what the app is called."""
        return {
            ADA_CALENDAR: self._ada_calendar,
            ADA_LIST: self._ada_list,
            BEN_CALENDAR: self._ben_calendar,
            BEN_LIST: self._ben_list,
        }

    # --- each app ---

    def _ada_calendar(self) -> list[Thing]:
        person = self.ada_events
        with self.stage.lock:
            mine = [id for id, shelf in self.calendar.shelves.items() if shelf.summary == NAME]
        return [
            Thing(
                event["summary"],
                event["start"].get("date") or event["start"]["dateTime"][:16],
                event["summary"].startswith(TICK),
                partial(person.tick, id, shelf),
                partial(self._drag_event, id, shelf),
            )
            for shelf in mine
            for id, event in person.events(shelf).items()
        ]

    def _ada_list(self) -> list[Thing]:
        person = self.ada_tasks
        mine = [id for id, title in person.lists().items() if title == NAME]
        tasks = [
            (held, person.task(held, id))
            for held in mine
            for id in person.sees(held) | person.sees_completed(held)
        ]
        return [
            Thing(
                task.title,
                (task.due or "")[:10],
                task.completed is not None,
                partial(person.tick, held, task.id),
                partial(person.drag, held, task.id),
            )
            for held, task in tasks
        ]

    def _ben_list(self) -> list[Thing]:
        with self.stage.lock:
            mine = [id for id, project in self.account.projects.items() if project["name"] == NAME]
        return [
            Thing(
                item["content"],
                (item["due"] or {}).get("date", "")[:16],
                item["checked"],
                partial(self.ben_tasks.tick, item["id"]),
                partial(self._drag_item, item["id"]),
            )
            for project in mine
            for item in self.ben_tasks.list(project)
        ]

    def _ben_calendar(self) -> list[Thing]:
        app = self.ben_events
        return [
            Thing(held.title, held.start, held.title.startswith(TICK), partial(app.tick, held))
            for held in app.events()
        ]

    def _drag_event(self, id: str, shelf: str, day: dt.date) -> None:
        start = dt.datetime.fromisoformat(self.ada_events.event(id, shelf)["start"]["dateTime"])
        self.ada_events.drag(id, dt.datetime.combine(day, start.timetz()), shelf)

    def _drag_item(self, id: str, day: dt.date) -> None:
        self.ben_tasks.drag(id, day.isoformat())

    # --- the configuration ---

    def _file(self, account: str) -> Path:
        return self.folder / f"{account}.secret"

    def _keep(self, account: str, secret: str) -> None:
        self._file(account).touch(mode=0o600)
        self._file(account).write_text(secret)

    def _write(self) -> None:
        url, there = self.stage.url, self.dav_url(self._login.url)
        accounts = (
            ("ada-calendar", "Ada", "google_calendar", f'calendar = "{NAME}"\nroot = "{url}/"'),
            ("ada-tasks", "Ada", "google_tasks", f'todos = "{NAME}"\nroot = "{url}/"'),
            ("ben-calendar", "Ben", "caldav", f'calendar = "{NAME}"\nurl = "{there}"\nuser = "ben"'),
            ("ben-tasks", "Ben", "todoist", f'todos = "{NAME}"\nurl = "{url}"'),
        )
        parts = [HEAD]
        parts += [f'[[partners]]\nname = "{name}"\ntime_zone = "{self.zone}"\n' for name in ("Ada", "Ben")]
        parts += [
            f'[[accounts]]\nname = "{name}"\npartner = "{partner}"\nconnector = "{connector}"\n{own}\n'
            f'password = {{ file = "{name}.secret" }}\n'
            for name, partner, connector, own in accounts
        ]
        parts.append("[sync]\npoll_seconds = 5\n")
        self.config.write_text("\n".join(parts))
