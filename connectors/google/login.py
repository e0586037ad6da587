"""How a person comes by a Google login: an app of their own in Google's console, and one consent for all of
it.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncer.connector import Login, OAuth
from syncer.core.model import Kind

CLIENT_FILE = "client_secret.json"
"""What Google's console calls the file; downloads have the client's id behind an underscore in their names.
"""

ADVICE = (
    "1. Open https://console.cloud.google.com/ and make a project.",
    "2. In APIs & Services, enable the Google Calendar API and the Google Tasks API.",
    "3. In OAuth consent screen, choose External, and then Publish app: the login of an",
    "   app that is left in testing ends after seven days.",
    "4. In Credentials, create an OAuth client ID of the type Desktop app, and download",
    "   its JSON file.",
    "Google warns that it has not verified the app: it is your own, so go on (Advanced).",
)

OFFLINE: Mapping[str, str] = {
    "access_type": "offline",
    # Without it Google gives a refresh token only the first time that somebody consents.
    "prompt": "consent",
}


def login(kind: Kind, scopes: tuple[str, ...], existing: tuple[str, ...] = ()) -> Login:
    """The login of a connector that holds `kind`; `existing` are the scopes where it makes no collection."""
    oauth = OAuth(CLIENT_FILE, scopes, existing, OFFLINE, testing=True)
    return Login("login", ADVICE, frozenset({kind}), oauth)
