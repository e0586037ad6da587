"""How far an item is: STATUS, PERCENT-COMPLETE and COMPLETED, read and written. Pure."""

from __future__ import annotations

import datetime as dt
from typing import Any

from icalendar import vInt, vText

from connectors.caldav import times
from syncer.core.model import Item, Kind, Status


def read(component: Any) -> tuple[Status, int | None]:
    """The state, and PERCENT-COMPLETE where the app has one."""
    said = str(component.get("STATUS", "")).upper()
    try:
        percent = int(component["PERCENT-COMPLETE"]) if "PERCENT-COMPLETE" in component else None
    except (TypeError, ValueError):
        percent = None
    if said == "CANCELLED":
        return Status.CANCELLED, percent
    if component.name != "VTODO":
        return Status.OPEN, percent
    # Some apps only move the percentage to 100, others only set COMPLETED: both mean that it is done.
    done = said == "COMPLETED" or percent == 100 or (not said and "COMPLETED" in component)
    return (Status.DONE if done else Status.OPEN), percent


def is_done(component: Any) -> bool:
    """Whether a to-do says that it was done; an event never does."""
    return read(component)[0] is Status.DONE


def completed(component: Any) -> dt.datetime | None:
    """When it was completed, in UTC, where the app says so."""
    found = times.moment(component, "COMPLETED", dt.UTC) if "COMPLETED" in component else None
    return found.astimezone(dt.UTC) if isinstance(found, dt.datetime) else None


def write(component: Any, item: Item, now: dt.datetime) -> None:
    """STATUS and what goes with it. An event has no "done" (RFC 5545 section 3.8.1.11): its title says it."""
    if item.status is Status.CANCELLED:
        component["STATUS"] = vText("CANCELLED")
    elif item.kind is Kind.EVENT:
        if str(component.get("STATUS", "")).upper() == "CANCELLED":
            component.pop("STATUS")
    elif item.status is Status.DONE:
        component["STATUS"] = vText("COMPLETED")
        put_percent(component, 100)
        component["COMPLETED"] = times.utc(item.completed or now)
    elif read(component)[0] is not Status.OPEN:  # IN-PROCESS is open too, and stays
        component["STATUS"] = vText("NEEDS-ACTION")
        component.pop("COMPLETED", None)
        put_percent(component, None)


def put_percent(component: Any, percent: int | None) -> None:
    """Set PERCENT-COMPLETE, or drop it."""
    if percent is None:
        component.pop("PERCENT-COMPLETE", None)
    else:
        component["PERCENT-COMPLETE"] = vInt(percent)
