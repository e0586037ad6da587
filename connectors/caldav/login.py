"""What a person has to know before they type the password of a CalDAV account. Pure; no request is made."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.caldav.settings import CalDAVSettings
from syncer.connector import Login
from syncer.core.model import Kind

APPLE = (".icloud.com", ".me.com", ".mac.com")
"""Domains of iCloud's servers and mail addresses."""


def login(settings: CalDAVSettings) -> Login:
    """The password, or the token of a bearer login; at iCloud an app-specific one, and calendars only.

    Apple's Reminders left CalDAV when they were upgraded with iOS 13: a list made this way is seen in no app.
    """
    if any(_host(place).endswith(APPLE) for place in (settings.url, settings.user)):
        return Login(
            word="app-specific password",
            advice=(
                "iCloud takes an app-specific password only: account.apple.com, Sign-In and Security.",
                "It has calendars this way, and no to-dos: Reminders have left CalDAV.",
            ),
            kinds=frozenset({Kind.EVENT}),
        )
    if settings.auth == "bearer":
        return Login(word="token")
    return Login(advice=("Where the provider has app passwords, make one for Evenhold.",))


def _host(place: str) -> str:
    """The host of a URL, the domain of a mail address, or the bare domain; with a dot in front."""
    host = urlsplit(place).hostname if "://" in place else place.rpartition("@")[2]
    return f".{(host or '').lower()}"
