"""The least that each connector asks of Google's consent page ("Choose Google Calendar API scopes")."""

from __future__ import annotations

_AUTH = "https://www.googleapis.com/auth/"
APP_CREATED = f"{_AUTH}calendar.app.created"
EVENTS = f"{_AUTH}calendar.events"
CALENDAR_LIST = f"{_AUTH}calendar.calendarlist.readonly"

CALENDAR = (APP_CREATED, CALENDAR_LIST)
"""Calendars that we make and what is in them, and the names of all others; no other calendar's events."""

CALENDAR_EXISTING = (EVENTS, CALENDAR_LIST)
"""The events of a calendar that a person made, where that is to be ours too; Google can't give less than all.
"""

TASKS = (f"{_AUTH}tasks",)
"""Lists and tasks; there is nothing smaller that can write."""
