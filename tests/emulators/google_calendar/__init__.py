"""Google Calendar (API v3) as far as anybody here needs it, and a person who uses it in Google's own app.

`api` answers the calls; `shelf` holds calendars and events; `rules` says what may stand in an event, `times`
how its times look, `listing` how they are listed, page by page and since a sync token; `series` is about
recurring events. `person` is the app.

What is known of Google's behaviour comes from the API's reference and guides, and from issue threads; each
oddity says where it is met. Not emulated, and refused: expanding recurring events (`singleEvents`), partial
responses (`fields`), conferences, attachments, sharing.
"""

from tests.emulators.google_calendar.api import GoogleCalendar
from tests.emulators.google_calendar.person import Person

__all__ = ["GoogleCalendar", "Person"]
