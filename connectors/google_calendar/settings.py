"""The settings of a Google Calendar account. No secret may live here."""

from __future__ import annotations

from connectors.google.settings import GoogleSettings


class GoogleCalendarSettings(GoogleSettings):
    """The keys of an `[[accounts]]` table with `connector = "google_calendar"`: as of all Google's."""
