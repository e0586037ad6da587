"""The far side of the canonical run: a person's hands in the apps, and what stands in them.

Lives here: the interface, the edits, and the provider in memory. Real servers are in `dav`, emulators in
`emulated`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncer.connector import Connector, Context, Settings
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Day, Item, Kind, Status, Task
from syncer.core.spoke import Spoke
from syncer.testing.memory import MemoryConnector, Provider
from tests.crash.household import TASKS, Names
from tests.home import BERLIN, HOUSE, MONDAY

FOREIGN = "not-ours-4711"
"""The UID of the item of somebody else's that stands in every collection."""
KEPT = "by another app"
"""The value of a property that no one but another app knows, where the provider can hold such a thing."""


_OURS = re.compile(r"evenhold-[0-9a-f]{10}\.([a-z0-9-]+\.[a-z0-9-]+)\.([0-9a-z-]+)(?:\.g\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Thing:
    """One resource as it stands: `fields` is its content as text, `mark` changes with every write."""

    ref: str
    uid: str
    fields: Mapping[str, str]
    mark: str

    @property
    def identity(self) -> Identity | None:
        """The occurrence that it stands for, of whichever household; None for a foreign one."""
        found = _OURS.match(self.uid)
        return Identity(found[1], found[2]) if found else None


@dataclass(frozen=True, slots=True)
class Edit:
    """What a person does to an item; what is None stays."""

    tick: bool = False
    title: str | None = None
    notes: str | None = None
    day: str | None = None


def foreign_in(things: Iterable[Thing]) -> str:
    """What somebody else's items in a collection are, down to the mark of their last write."""
    return "; ".join(f"{t.ref} {t.mark} {sorted(t.fields.items())}" for t in things if t.identity is None)


class Missing(Exception):
    """A person looks for an item that is not there."""


class Apps(ABC):
    """One run's collections at one provider."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def spokes(self) -> Sequence[Spoke]:
        """The collections, with what this provider can't hold."""
        return self.names.spokes()

    def spoke(self, name: str) -> Spoke:
        """One of them, by its name without the run's suffix."""
        return next(spoke for spoke in self.spokes() if spoke.collection == self.names(name))

    @property
    def tasks(self) -> Mapping[str, Sequence[Task]]:
        """The bundles' tasks, by their ids."""
        return TASKS

    @abstractmethod
    def connect(self, account: str) -> Connector:
        """A new connector of an account's; the caller closes it."""

    @abstractmethod
    def things(self, name: str) -> list[Thing]:
        """Every resource in a collection, foreign ones too."""

    @abstractmethod
    def put_foreign(self, name: str) -> None:
        """Somebody puts an item of their own into a collection."""

    @abstractmethod
    def edit(self, name: str, uid: str, change: Edit) -> None:
        """A person edits an item."""

    @abstractmethod
    def delete(self, name: str, uid: str) -> None:
        """A person deletes an item."""

    @abstractmethod
    def clear(self) -> None:
        """Leave nothing of this run at the provider."""


def context(partner: str, password: str = "") -> Context:
    """What a partner's connector is given."""
    return Context(BERLIN, lambda: password, lambda text: read_uid(text, HOUSE.id) is not None)


class MemoryApps(Apps):
    """A provider in memory for each partner."""

    def __init__(self, names: Names) -> None:
        super().__init__(names)
        self._providers = {"ada": Provider(), "ben": Provider()}

    def connect(self, account: str) -> Connector:
        """The requests of this one are its methods."""
        return MemoryConnector(Settings(), context(account), self._providers[account])

    def things(self, name: str) -> list[Thing]:
        """What is on the shelf."""
        found = self._of(name).shelf(self.names(name)).items.items()
        return [Thing(ref, item.uid, _fields(item), str(revision)) for ref, (revision, item) in found]

    def put_foreign(self, name: str) -> None:
        """An item without our marker."""
        shelf = self._of(name).shelf(self.names(name))
        (kind,) = shelf.collection.kinds
        shelf.put(f"{shelf.collection.ref}{FOREIGN}", Item(FOREIGN, kind, "Choir", Day(MONDAY.date())))

    def edit(self, name: str, uid: str, change: Edit) -> None:
        """Change fields of an item."""
        provider = self._of(name)
        item = self._find(name, uid)
        given = {"title": change.title, "notes": change.notes}
        fields: dict[str, object] = {key: value for key, value in given.items() if value is not None}
        if change.day is not None:
            fields["when"] = Day(MONDAY.date().fromisoformat(change.day))
        if change.tick and item.kind is Kind.TODO:
            fields |= {"status": Status.DONE, "completed": MONDAY}
        elif change.tick:
            fields["title"] = f"x {item.title}"
        provider.edit(self.names(name), uid, **fields)

    def delete(self, name: str, uid: str) -> None:
        """Take it off the shelf."""
        self._find(name, uid)
        self._of(name).remove(self.names(name), uid)

    def clear(self) -> None:
        """Nothing is kept anywhere."""

    def _find(self, name: str, uid: str) -> Item:
        found = self._of(name).items(self.names(name)).get(uid)
        if found is None:
            raise Missing(f"{name} {uid}")
        return found

    def _of(self, name: str) -> Provider:
        return self._providers["ben" if name == "Planner" else "ada"]


def _fields(item: Item) -> dict[str, str]:
    plain = replace(item, completed=None, percent=None)
    day = f"{item.when.date:%Y%m%d}" if isinstance(item.when, Day) else ""
    return {"SUMMARY": item.title, "DESCRIPTION": item.notes, "DUE": day, "all": repr(plain)}
