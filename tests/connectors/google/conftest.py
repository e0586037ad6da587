"""One of Google's APIs behind a service of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from connectors.google import scopes
from connectors.google.service import Call, Service
from connectors.google.settings import GoogleSettings
from syncer.connector import ConnectorError
from syncer.testing import builders
from tests.connectors.google.staging import Google
from tests.connectors.google.staging import google as google
from tests.connectors.google.staging import on_stage as on_stage

_numbers = itertools.count(1)


@dataclass
class Line:
    """A service to the Calendar API, and the account that it logs into."""

    google: Google
    mail: str
    secret: str
    service: Service
    waited: list[float] = field(default_factory=list)
    stopping: bool = False
    others: list[Line] = field(default_factory=list)

    def again(self, secret: str, root: str = "") -> Line:
        """Another line to the account, with another secret."""
        self.others.append(connected(self.google, self.mail, secret, root))
        return self.others[-1]

    def close(self) -> None:
        """Close all lines."""
        for line in (self, *self.others):
            line.service.close()

    def calendars(self) -> Any:
        """One call, a read."""
        return self.service.call(LIST).data

    def failure(self) -> ConnectorError:
        """What that call raises."""
        with pytest.raises(ConnectorError) as raised:
            self.service.call(LIST)
        return raised.value

    def gets(self, *idents: str) -> list[Any]:
        """A batch of reads."""
        return self.service.batch([get(self.mail, ident) for ident in idents])

    def asked(self) -> list[str]:
        """What reached the server since the last time."""
        found = [
            f"{entry.method} {entry.path.rpartition('/')[2]} {entry.status}"
            for entry in self.google.stage.log
        ]
        self.google.stage.log.clear()
        return found


LIST = Call(lambda api: api.calendarList().list(), "the list")


def get(calendar: str, ident: str) -> Call:
    """A call for one event."""
    return Call(lambda api: api.events().get(calendarId=calendar, eventId=ident), ident)


def connected(google: Google, mail: str, secret: str, root: str = "") -> Line:
    """A line to an account, that notes how long it would wait instead of waiting."""
    line = Line(google, mail, secret, None)  # type: ignore[arg-type]  # in the next lines
    context = builders.context(lambda: line.secret, lambda: line.stopping)
    settings = GoogleSettings(root=root or google.proxy.url, timeout=0.4, user=mail)
    line.service = Service("calendar", "v3", settings, context)
    line.service.sleep = line.waited.append
    return line


@pytest.fixture
def line(google: Google) -> Iterator[Line]:
    """A line to a fresh account with events `event0` to `event4`."""
    person = google.calendar.person(f"line{next(_numbers)}@example.org")
    shelf = person.shelf()
    for number in range(5):
        ident = person.add(f"Bins {number}")
        shelf.events[f"event{number}"] = {**shelf.events.pop(ident), "id": f"event{number}"}
    made = connected(
        google, person.mail, google.oauth.secret(person.mail, [*scopes.CALENDAR, *scopes.CALENDAR_EXISTING])
    )
    made.calendars()
    google.stage.log.clear()
    yield made
    made.close()
