"""A person with a calendar app on CalDAV: what stands in their calendar, and the mark that they put.

Lives here: the few requests of such an app. What calendar that is, is the household's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx
from icalendar import Calendar

TICK = "✓ "
_ASK = '<propfind xmlns="DAV:"><prop><displayname/></prop></propfind>'


@dataclass(frozen=True, slots=True)
class Held:
    """One event as served. `start` is its day or local time, as ISO text."""

    href: str
    title: str
    start: str
    body: str


class DavApp:
    """The app, signed in at `url` as `user`; it looks into each of their calendars."""

    def __init__(self, url: str, user: str, password: str) -> None:
        parts = urlsplit(url)
        self._home = f"/{user}/"
        self._client = httpx.Client(
            base_url=f"{parts.scheme}://{parts.netloc}", auth=(user, password), timeout=30, trust_env=False
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def events(self) -> list[Held]:
        """All events of all their calendars."""
        hrefs = [href for shelf in self._below(self._home) for href in self._below(shelf)]
        return [self._read(href) for href in hrefs if href.endswith(".ics")]

    def tick(self, held: Held) -> None:
        """Put the mark before the title."""
        calendar = Calendar.from_ical(held.body)
        for event in calendar.walk("VEVENT"):
            event["SUMMARY"] = TICK + str(event["SUMMARY"])
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        self._client.put(held.href, content=calendar.to_ical(), headers=headers).raise_for_status()

    def _below(self, href: str) -> list[str]:
        """What stands directly in a collection (RFC 4918 section 9.1)."""
        answer = self._client.request("PROPFIND", href, content=_ASK, headers={"Depth": "1"})
        answer.raise_for_status()
        found = ElementTree.fromstring(answer.text).iterfind("{DAV:}response/{DAV:}href")
        return [str(one.text) for one in found if one.text != href]

    def _read(self, href: str) -> Held:
        answer = self._client.get(href)
        answer.raise_for_status()
        event = Calendar.from_ical(answer.text).walk("VEVENT")[0]
        start = cast(dt.date, event.decoded("DTSTART"))
        return Held(href, str(event["SUMMARY"]), start.isoformat()[:16], answer.text)
