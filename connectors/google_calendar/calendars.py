"""The account's calendars, and making one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.google import errors
from connectors.google.service import Call, Service
from syncer.connector import Collection, Context, ProviderGone, Refused, Retry
from syncer.core.model import Kind

LIST = "the list of calendars"
MOST_PAGES = 1000
WRITING = frozenset({"owner", "writer"})
"""The roles of those who may write in a calendar and see everything in it."""


class Calendars:
    """The calendars of one account."""

    def __init__(self, service: Service, context: Context) -> None:
        self._service, self._context = service, context

    def all(self) -> Sequence[Collection]:
        """Those in which the account may write, by the names that its owner gave them."""
        found: dict[str, Collection] = {}
        page: str | None = None
        for _ in range(MOST_PAGES):
            reply = self._service.call(_list(page), frozenset({404}))
            if not reply.good:
                raise ProviderGone("there is no Google Calendar here", subject=self._service.account)
            entries, following = _page(reply.data)
            for entry in entries:
                if entry.get("accessRole") in WRITING and not entry.get("deleted"):
                    collection = _collection(entry)
                    found[collection.ref] = collection
            if following is None or following == page:
                return list(found.values())
            page = following
        raise errors.malformed(LIST)

    def create(self, name: str, kind: Kind) -> Collection:
        """A new calendar in the partner's zone, unless there is one of that name."""
        if kind is not Kind.EVENT:
            raise Refused(
                "Google Calendar holds events only", subject=name, cure="Put to-dos into google_tasks"
            )
        if (there := self._named(name)) is not None:
            return there
        zone = self._context.zone
        body = {"summary": name, "timeZone": zone.key if isinstance(zone, ZoneInfo) else "UTC"}
        # Sent twice it would be there twice: where the answer is lost, we look.
        call = Call(lambda api: api.calendars().insert(body=body), name, once=True)
        try:
            reply = self._service.call(call)
        except Retry:
            if (there := self._named(name)) is not None:
                return there
            raise
        if not isinstance(reply.data, Mapping) or not reply.data.get("id"):
            raise errors.malformed(LIST)
        return _collection(reply.data)

    def _named(self, name: str) -> Collection | None:
        return next((one for one in self.all() if one.name == name), None)


def _list(page: str | None) -> Call:
    """A page of the list, with what its owner hides from it: a hidden calendar is there all the same."""
    return Call(lambda api: api.calendarList().list(maxResults=250, pageToken=page, showHidden=True), LIST)


def _page(data: Any) -> tuple[list[Mapping[str, Any]], str | None]:
    found = data if isinstance(data, Mapping) else {}
    entries, following = found.get("items", []), found.get("nextPageToken")
    whole = isinstance(entries, list) and all(
        isinstance(entry, Mapping) and isinstance(entry.get("id"), str) for entry in entries
    )
    if found.get("kind") != "calendar#calendarList" or not whole:
        raise errors.malformed(LIST)
    return list(entries), following


def _collection(entry: Mapping[str, Any]) -> Collection:
    name = entry.get("summaryOverride") or entry.get("summary") or entry["id"]
    return Collection(str(entry["id"]), str(name), frozenset({Kind.EVENT}))
