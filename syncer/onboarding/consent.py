"""A login on the provider's consent page: the address to open, and what comes back.

RFC 6749 section 4.1 with RFC 7636 (S256), for an app that is installed (RFC 8252): the code comes back to a
loopback address, whoever carries it from there. Nothing here listens, asks or sends; no code, verifier or
token is ever part of a message. Pure but for the reading of the client file.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from syncer.connector import OAuth
from syncer.onboarding.errors import NotConnected

LARGEST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Client:
    """The household's own app at the provider, from the file that its console gives (type "Desktop app")."""

    id: str = field(repr=False)
    secret: str = field(repr=False)
    auth_uri: str
    token_uri: str

    @classmethod
    def read(cls, path: Path) -> Client:
        """The app in a client file. Raises NotConnected."""
        try:
            held = json.loads(path.read_bytes()[:LARGEST])
        except OSError as error:
            raise NotConnected(f"{path} can't be read: {error.strerror}") from None
        except (ValueError, RecursionError):
            raise NotConnected(f"{path} is no JSON", "Download it again from the console") from None
        held = held if isinstance(held, dict) else {}
        if "web" in held:
            raise NotConnected(
                f"the app in {path} is a web application", "Make an OAuth client of the type Desktop app"
            )
        app = held.get("installed")
        app = app if isinstance(app, dict) else {}
        found = [app.get(name) for name in ("client_id", "client_secret", "auth_uri", "token_uri")]
        if not all(isinstance(text, str) and text for text in found):
            raise NotConnected(
                f"{path} is no OAuth client file", "Download it again: OAuth client of the type Desktop app"
            )
        client = cls(*(str(text) for text in found))
        for uri in (client.auth_uri, client.token_uri):
            if not _is_safe(uri):
                raise NotConnected(f"{path} names an address without https://", "Download it again")
        return client


@dataclass(frozen=True, slots=True)
class Consent:
    """One attempt: where the answer comes back, and what proves that it is the answer to this one."""

    client: Client
    scopes: tuple[str, ...]
    redirect: str
    parameters: tuple[tuple[str, str], ...] = ()
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @classmethod
    def of(cls, client: Client, oauth: OAuth, scopes: Iterable[str], redirect: str) -> Consent:
        """A new attempt, with a state and a verifier that nobody can guess (RFC 7636 section 4.1)."""
        return cls(client, tuple(scopes), redirect, tuple(oauth.parameters.items()))

    @property
    def address(self) -> str:
        """What the person opens in a browser."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.client.id,
            "redirect_uri": self.redirect,
            "scope": " ".join(self.scopes),
            "state": self.state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **dict(self.parameters),
        }
        mark = "&" if "?" in self.client.auth_uri else "?"
        return f"{self.client.auth_uri}{mark}{urlencode(query)}"

    def code_pasted(self, line: str) -> str:
        """The code in what a person pasted: the first address that is whole, should it stand there twice.

        Raises as `code_in` does.
        """
        begins = re.escape(self.redirect.removeprefix("http://"))
        pieces = re.split(rf"(?=http://{begins})|(?<!http://)(?={begins})", line)
        for piece in filter(None, pieces[:-1]):
            try:
                return self.code_in(piece)
            except Elsewhere:
                continue
        return self.code_in(pieces[-1])

    def code_in(self, text: str) -> str:
        """The code in a redirect address, or in the path and query of one.

        Raises Denied where the person said no, and Elsewhere where the address is of no use to this attempt.
        """
        try:
            query = parse_qs(urlsplit(text.strip()).query)
        except ValueError:
            query = {}
        if "state" not in query or not ("code" in query or "error" in query):
            raise Elsewhere("that is not the address of the last page")
        told = query["state"][0].encode(errors="replace")
        if len(query["state"]) != 1 or not secrets.compare_digest(told, self.state.encode()):
            raise Elsewhere("that address belongs to another attempt")
        if "error" in query:
            raise Denied(query["error"][0])
        return query["code"][0]


def scopes_of(asked: Iterable[OAuth], *, existing: bool) -> tuple[str, ...]:
    """Everything that one consent has to ask for, each once; `existing` where no collection is made."""
    sets = (one.existing if existing and one.existing else one.scopes for one in asked)
    return tuple(dict.fromkeys(scope for scopes in sets for scope in scopes))


def lacking(oauth: OAuth, scopes: Set[str]) -> list[str]:
    """What is needed besides these scopes; nothing where either of the connector's sets is there."""
    if oauth.existing and scopes >= set(oauth.existing):
        return []
    return [scope for scope in oauth.scopes if scope not in scopes]


def short(scope: str) -> str:
    """A scope as a person can read it: Google's without the address in front."""
    return scope.rsplit("/auth/", 1)[-1]


class Elsewhere(ValueError):
    """An address that has nothing to do with this attempt: say so and wait on."""


class Denied(NotConnected):
    """The consent page's own refusal (RFC 6749 section 4.1.2.1)."""

    def __init__(self, error: str) -> None:
        said = {
            "access_denied": "the consent page was answered with no",
            "admin_policy_enforced": "the organisation that runs this account forbids it",
            "org_internal": "the app is open to its own organisation only",
        }.get(error, "the consent page refused")
        super().__init__(said, "Start again when you want to")


def _is_safe(uri: str) -> bool:
    parts = urlsplit(uri)
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")
    )
