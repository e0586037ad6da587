"""Google as emulators on one stage, for the tests of its connectors, and a proxy that can misbehave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from syncer.testing.proxy import FaultProxy
from tests.emulators.google_calendar import GoogleCalendar
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.stage import Clock, Stage

START = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


@dataclass
class Google:
    """The stage with what is on it, and a proxy in front. The token endpoint can be met either way."""

    stage: Stage
    oauth: GoogleOAuth
    calendar: GoogleCalendar
    proxy: FaultProxy

    def calm(self) -> None:
        """As if nothing had happened."""
        self.proxy.calm()
        self.proxy.log.clear()
        self.stage.log.clear()
        self.stage.fault = self.calendar.trouble = self.oauth.down = self.oauth.after = None
        self.calendar.mails.clear()
        self.calendar.made.clear()
        self.calendar.lister.most = 2500


@pytest.fixture(scope="session")
def on_stage() -> Iterator[Google]:
    """One server for all tests; each has an account of its own."""
    oauth = GoogleOAuth()
    calendar = GoogleCalendar(oauth)
    stage = Stage(oauth, calendar, clock=Clock(START))
    stage.start()
    proxy = FaultProxy(stage.url)
    proxy.start()
    yield Google(stage, oauth, calendar, proxy)
    proxy.stop()
    stage.stop()


@pytest.fixture
def google(on_stage: Google) -> Iterator[Google]:
    """The server without faults; a test in which it broke its own rules has failed."""
    on_stage.calm()
    yield on_stage
    on_stage.calm()
    bugs, on_stage.stage.bugs[:] = list(on_stage.stage.bugs), []
    assert not bugs, bugs
