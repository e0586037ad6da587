"""Google Calendar (API v3): the calendars of one Google account. Events only; to-dos are `google_tasks`'s.

`connector` is what the entry point names. Pure are `ids` (whose an event is), `times`, `codec` and `held` (an
event with the instances of it that differ), `images` and `outcomes` (what became of a write). `reading` and
`writing` ask Google, through `connectors.google.service`; Google's client is imported with the first request.
"""

from connectors.google_calendar.connector import GoogleCalendar

__all__ = ["GoogleCalendar"]
