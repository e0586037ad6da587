"""A parsed iCalendar resource and the parts of it that are an item of ours. Pure.

One resource holds one item (RFC 4791 section 4.1): a master and, where a person made it recurring,
instances of it that differ (RECURRENCE-ID, RFC 5545 section 3.8.4.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from icalendar import Calendar, ComponentFactory, Todo

from connectors.caldav import times
from connectors.caldav.limits import Unreadable, check
from syncer.core.model import Kind

KINDS = {"VEVENT": Kind.EVENT, "VTODO": Kind.TODO}


class _TolerantTodo(Todo):
    """A VTODO in which one bad property is kept as it is instead of spoiling the rest, as in a VEVENT."""

    ignore_exceptions = True


class _TolerantCalendar(Calendar):
    """A VCALENDAR that reads its to-dos tolerantly."""

    @classmethod
    def _get_component_factory(cls) -> ComponentFactory:
        return _COMPONENTS


_COMPONENTS = ComponentFactory()
_COMPONENTS.add_component_class(_TolerantTodo)


@dataclass(frozen=True, slots=True)
class Resource:
    """A whole resource: `master` is the item itself, `overrides` the instances of it that differ."""

    calendar: Any
    master: Any
    overrides: tuple[Any, ...]

    @property
    def uid(self) -> str:
        """The item's UID."""
        return str(self.master["UID"])

    @property
    def kind(self) -> Kind:
        """What the item is."""
        return KINDS[self.master.name]


def read(text: str, uid: str | None = None) -> Resource:
    """The resource in a text, with the item of this UID or the first one. Raises Unreadable."""
    check(text)
    try:  # as bytes: given a str without line breaks, the library would read a file of that name
        calendar: Any = _TolerantCalendar.from_ical(text.removeprefix("\ufeff").encode())
        times.use_own_zones(calendar)
        found = [part for part in calendar.subcomponents if part.name in KINDS and part.get("UID")]
        if uid is not None:
            found = [part for part in found if str(part["UID"]) == uid]
        # An app that keeps a single instance of a series (an invitation to one meeting) has no master.
        master = next((part for part in found if "RECURRENCE-ID" not in part), found[0] if found else None)
        overrides = tuple(part for part in found if _is_override(part, master))
    except Exception:  # whatever the library trips over in a stranger's file, this item alone is unreadable
        raise Unreadable("not valid iCalendar") from None
    if master is None:
        raise Unreadable("holds no event or to-do with a UID" if uid is None else "holds another item")
    return Resource(calendar, master, overrides)


def _is_override(part: Any, master: Any) -> bool:
    return (
        part is not master
        and "RECURRENCE-ID" in part
        and part.name == master.name
        and str(part["UID"]) == str(master["UID"])
    )
