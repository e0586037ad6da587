"""Google and Todoist for the canonical run: their real connectors, and emulators of the providers.

Lives here: the accounts of one run, and whose hands are in which app. What stands in an app is in `shelves`.

What a provider can't hold is in its connector's capabilities and stands in the spokes' `lacks`. Google keeps
events and to-dos in two accounts; Todoist has no events, so there every collection is a project of to-dos.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.google import scopes
from connectors.google.settings import GoogleSettings
from connectors.google_calendar import GoogleCalendar
from connectors.google_calendar.settings import GoogleCalendarSettings
from connectors.google_tasks import GoogleTasks
from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from syncer.connector import Capability, Connector
from syncer.core.model import Kind, Task
from syncer.core.spoke import Spoke
from tests.crash.apps import Apps, Edit, Missing, Thing, context
from tests.crash.household import MORE, TASKS, Names
from tests.crash.shelves import EventShelf, ProjectShelf, Shelf, TaskShelf
from tests.emulators import google_calendar, google_tasks, todoist
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Stage


class EmulatedApps(Apps):
    """Collections at an emulator. The provider's clock goes on by a minute with each new connector."""

    def __init__(self, names: Names, stage: Stage) -> None:
        super().__init__(names)
        self._stage = stage

    @abstractmethod
    def shelf(self, name: str) -> Shelf:
        """A collection as its owner's app shows it; Missing where there is none yet."""

    def things(self, name: str) -> list[Thing]:
        """What the app shows."""
        try:
            return self.shelf(name).things()
        except Missing:
            return []

    def put_foreign(self, name: str) -> None:
        """An item of the owner's own."""
        self.shelf(name).add("Choir")

    def edit(self, name: str, uid: str, change: Edit) -> None:
        """An edit in the app, and something of the app's own that no one else knows."""
        self.shelf(name).edit(self._find(name, uid), change)

    def delete(self, name: str, uid: str) -> None:
        """A deletion in the app."""
        self.shelf(name).delete(self._find(name, uid))

    def clear(self) -> None:
        """The accounts are of this run alone; nobody asks what was asked."""
        self._stage.log.clear()

    def _find(self, name: str, uid: str) -> Thing:
        for thing in self.things(name):
            if thing.uid == uid:
                return thing
        raise Missing(f"{name} {uid}")


def owner(name: str) -> str:
    """Whose a collection is."""
    return "ben" if name == "Planner" else "ada"


def _lacking(spoke: Spoke, capabilities: frozenset[Capability]) -> Spoke:
    return replace(spoke, lacks=frozenset(Capability) - capabilities)


class GoogleApps(EmulatedApps):
    """Events in Google Calendar and to-dos in Google Tasks: Ada has an account of each connector."""

    LISTS = "ada-tasks"

    def __init__(
        self,
        number: int,
        oauth: GoogleOAuth,
        calendar: google_calendar.GoogleCalendar,
        tasks: google_tasks.GoogleTasks,
    ) -> None:
        super().__init__(Names(), oauth.stage)
        self._people = {who: calendar.person(f"{who}{number}@example.org") for who in ("ada", "ben")}
        self._calendar, self._tasks = calendar, tasks.person(self._people["ada"].mail)
        granted = (*scopes.CALENDAR, *scopes.TASKS)
        self._secrets = {who: oauth.secret(person.mail, granted) for who, person in self._people.items()}

    def spokes(self) -> Sequence[Spoke]:
        """The to-dos are those of another account."""
        return [
            _lacking(replace(spoke, account=self.LISTS), GoogleTasks.capabilities)
            if spoke.kind is Kind.TODO
            else _lacking(spoke, GoogleCalendar.capabilities)
            for spoke in self.names.spokes()
        ]

    def connect(self, account: str) -> Connector:
        """See the base."""
        self._stage.clock.advance(minutes=1)
        who = "ben" if account == "ben" else "ada"
        root, mail = f"{self._stage.url}/", self._people[who].mail
        given = context(who, self._secrets[who])
        if account == self.LISTS:
            return GoogleTasks(GoogleSettings(root=root, user=mail), given)
        return GoogleCalendar(GoogleCalendarSettings(root=root, user=mail), given)

    def shelf(self, name: str) -> Shelf:
        """See the base."""
        title = self.names(name)
        if name == "List":
            found = [held for held, called in self._tasks.lists().items() if called == title]
            return TaskShelf(self._tasks, _only(found, name))
        person = self._people[owner(name)]
        with self._stage.lock:
            found = [
                ident
                for ident, shelf in self._calendar.shelves.items()
                if shelf.summary == title and person.mail in shelf.roles
            ]
        return EventShelf(person, _only(found, name))


class TodoistApps(EmulatedApps):
    """Ada's Diary and List are projects of one account, Ben's Planner is one of another."""

    def __init__(self, number: int, app: todoist.Todoist) -> None:
        super().__init__(Names(), app.stage)
        self._app = app
        self._accounts = {
            who: app.account(f"{who}@example.org", f"todoist-{who}-{number}") for who in ("ada", "ben")
        }

    def spokes(self) -> Sequence[Spoke]:
        """All are of to-dos."""
        return [_lacking(replace(s, kind=Kind.TODO), Todoist.capabilities) for s in self.names.spokes()]

    @property
    def tasks(self) -> Mapping[str, Sequence[Task]]:
        """In a list only the next occurrence of a task stands, so there are more tasks."""
        return {bundle: (*tasks, *MORE[bundle]) for bundle, tasks in TASKS.items()}

    def connect(self, account: str) -> Connector:
        """See the base."""
        self._stage.clock.advance(minutes=1)
        given = context(account, self._accounts[account].token)
        return Todoist(TodoistSettings(url=self._stage.url, user=f"{account}@example.org"), given)

    def shelf(self, name: str) -> Shelf:
        """See the base."""
        account = self._accounts[owner(name)]
        with self._stage.lock:
            found = [
                str(one["id"])
                for one in account.projects.values()
                if one["name"] == self.names(name) and not one["is_deleted"]
            ]
        return ProjectShelf(self._app.person(account), _only(found, name))


def _only(found: Sequence[str], name: str) -> str:
    """The one collection of a name; two would be one too many."""
    assert len(found) < 2, f"{len(found)} collections are called {name}"
    if not found:
        raise Missing(name)
    return found[0]
