"""The least that each connector asks of Google's consent page ("Choose Google Calendar API scopes")."""

from __future__ import annotations

_AUTH = "https://www.googleapis.com/auth/"
EVENTS = f"{_AUTH}calendar.events"
CALENDAR_LIST = f"{_AUTH}calendar.calendarlist.readonly"
CALENDARS = f"{_AUTH}calendar.calendars"

CALENDAR = (EVENTS, CALENDAR_LIST, CALENDARS)
"""Events, the list of calendars, and making a calendar of one's own; no sharing and no settings."""

TASKS = (f"{_AUTH}tasks",)
"""Lists and tasks; there is nothing smaller that can write."""
