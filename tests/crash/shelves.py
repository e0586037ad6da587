"""One collection in Google's or Todoist's own app: what its owner sees there and does.

Lives here: reading and changing what stands at an emulator, without the connectors' own codecs.
"""

from __future__ import annotations

import datetime as dt
import json
from abc import ABC, abstractmethod

from tests.crash.apps import FOREIGN, KEPT, Edit, Thing
from tests.emulators import google_calendar, google_tasks, todoist

LINE = "Kept by "
"""Begins the line below a text that says whose item it is, where a provider has no other place for that."""


class Shelf(ABC):
    """One collection in an app."""

    @abstractmethod
    def things(self) -> list[Thing]:
        """Everything in it, done ones too."""

    @abstractmethod
    def add(self, title: str) -> None:
        """An item of the person's own."""

    @abstractmethod
    def edit(self, thing: Thing, change: Edit) -> None:
        """An edit, and with it something that only this app knows."""

    @abstractmethod
    def delete(self, thing: Thing) -> None:
        """A deletion."""


class EventShelf(Shelf):
    """A calendar at Google. Another app's own is a private property."""

    def __init__(self, person: google_calendar.Person, calendar: str) -> None:
        self._person, self._calendar = person, calendar

    def things(self) -> list[Thing]:
        """See the base."""
        found = []
        for ident, event in self._person.events(self._calendar).items():
            private = event.get("extendedProperties", {}).get("private", {})
            fields = {
                "SUMMARY": event["summary"],
                "DESCRIPTION": event.get("description", ""),
                "DTSTART": json.dumps(event["start"], sort_keys=True),
                "DTEND": json.dumps(event["end"], sort_keys=True),
                "X-KEPT": private.get("kept", ""),
                "VALARM": json.dumps(event.get("reminders"), sort_keys=True),
            }
            found.append(Thing(ident, private.get("evenhold", FOREIGN), fields, event["etag"]))
        return found

    def add(self, title: str) -> None:
        """See the base."""
        self._person.add(title, self._calendar)

    def edit(self, thing: Thing, change: Edit) -> None:
        """See the base; days of events are nobody's to change in the run."""
        words = {"summary": change.title, "description": change.notes}
        changed = {key: value for key, value in words.items() if value is not None}
        private = {"private": {"kept": KEPT}}
        self._person.edit(thing.ref, self._calendar, **changed, extendedProperties=private)
        if change.tick:
            self._person.tick(thing.ref, self._calendar)

    def delete(self, thing: Thing) -> None:
        """See the base."""
        self._person.delete(thing.ref, self._calendar)


class TaskShelf(Shelf):
    """A list in Google Tasks. Another app's own is the link that Google's mail leaves."""

    def __init__(self, person: google_tasks.Person, held: str) -> None:
        self._person, self._held = person, held

    def things(self) -> list[Thing]:
        """See the base."""
        found = []
        for ident in self._person.content(self._held):
            task = self._person.task(self._held, ident)
            notes, uid = parted(task.notes)
            fields = {
                "SUMMARY": task.title,
                "DESCRIPTION": notes,
                "DUE": (task.due or "").replace("-", ""),
                "STATUS": "COMPLETED" if task.completed else "",
                "X-KEPT": ",".join(sorted({link["link"] for link in task.links})),
            }
            found.append(Thing(ident, uid, fields, task.updated.isoformat()))
        return found

    def add(self, title: str) -> None:
        """See the base."""
        self._person.add(self._held, title, "On Thursdays", dt.date(2026, 12, 1))

    def edit(self, thing: Thing, change: Edit) -> None:
        """See the base."""
        ref = thing.ref
        notes = None if change.notes is None else lined(change.notes, thing.uid)
        if change.title is not None or notes is not None:
            self._person.edit(self._held, ref, title=change.title, notes=notes)
        if change.day is not None:
            self._person.drag(self._held, ref, dt.date.fromisoformat(change.day))
        self._person.link(self._held, ref, KEPT)
        if change.tick:
            self._person.tick(self._held, ref)

    def delete(self, thing: Thing) -> None:
        """See the base."""
        self._person.delete(self._held, thing.ref)


class ProjectShelf(Shelf):
    """A project in Todoist. Another app's own is a label."""

    def __init__(self, person: todoist.Person, project: str) -> None:
        self._person, self._project = person, project

    def things(self) -> list[Thing]:
        """See the base."""
        names = {one["id"]: one["name"] for one in self._person.account.sections.values()}
        found = []
        for item in self._person.list(self._project):
            notes, uid = parted(item["description"])
            fields = {
                "SUMMARY": item["content"],
                "DESCRIPTION": notes,
                "DUE": ((item["due"] or {}).get("date") or "").replace("-", ""),
                "STATUS": "COMPLETED" if item["checked"] else "",
                "SECTION": names.get(item["section_id"], ""),
                "X-KEPT": ",".join(item["labels"]),
            }
            found.append(Thing(item["id"], uid, fields, item["updated_at"]))
        return found

    def add(self, title: str) -> None:
        """See the base."""
        self._person.add(
            self._project, title, description="On Thursdays", labels=["Singing"], due={"date": "2026-12-01"}
        )

    def edit(self, thing: Thing, change: Edit) -> None:
        """See the base."""
        words: dict[str, object] = {"labels": [KEPT]}
        if change.title is not None:
            words["content"] = change.title
        if change.notes is not None:
            words["description"] = lined(change.notes, thing.uid)
        self._person.edit(thing.ref, **words)
        if change.day is not None:
            self._person.drag(thing.ref, change.day)
        if change.tick:
            self._person.tick(thing.ref)

    def delete(self, thing: Thing) -> None:
        """See the base."""
        self._person.delete(thing.ref)


def parted(text: str) -> tuple[str, str]:
    """A person's own words, and the UID in the line below them."""
    words, found, uid = text.rpartition(LINE)
    return (words.removesuffix("\n\n"), uid) if found else (text, FOREIGN)


def lined(words: str, uid: str) -> str:
    """Other words above the line, which stays."""
    return f"{words}\n\n{LINE}{uid}"
