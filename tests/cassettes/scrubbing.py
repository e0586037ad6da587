"""What is taken out of a request and an answer before anybody writes them down. Pure.

Headers are kept by name, so that nothing comes along unseen. Of bodies, what a provider calls secret is
replaced under its own name, and what this account's secrets and addresses are is replaced wherever it stands.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

HIDDEN = "hidden"
ASKED = frozenset({"accept", "content-type", "depth", "if-match", "if-none-match", "prefer"})
"""Headers of a request that are kept."""
ANSWERED = frozenset(
    {"allow", "content-type", "dav", "date", "etag", "location", "preference-applied", "retry-after"}
)
"""Headers of an answer that are kept."""
_SECRET = (
    "access_token|refresh_token|id_token|client_secret|client_id|assertion|code|password|token|websocket_url"
)
_FORM = re.compile(rf"(?<![^&\s])({_SECRET})=[^&\s]*")
_JSON = re.compile(rf'("(?:{_SECRET})"\s*:\s*)"[^"]*"')
_LOGIN = re.compile(r"(?im)^(authorization|cookie|set-cookie|x-goog-api-key):[^\r\n]*")
_VERSIONS = re.compile(r"(?im)^(user-agent|x-goog-api-client|accept-encoding):[^\r\n]*")
"""Headers inside a batch that tell of this machine: a tape plays with another Python and client too."""
_MAIL = re.compile(r"[\w.+-]+(@|%40)(?!example\.org|group\.calendar\.google|google\.com)[\w-]+\.[\w.-]+")
"""Mail addresses; those of calendars are no person's."""
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Scrubber:
    """Takes out `secrets`, and puts what `renamed` says in place of what is this machine's or account's."""

    secrets: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, secret: str, renamed: Iterable[tuple[str, str]]) -> Scrubber:
        """For an account's secret as it is handed to a connector: each text in it, where it is JSON."""
        return cls(tuple(sorted(_texts(secret), key=len, reverse=True)), tuple(renamed))

    def text(self, text: str) -> str:
        """A text without what is secret, and with the names that everybody may know."""
        for real, name in self.renamed:
            text = text.replace(real, name)
            text = text.replace(quote_plus(real), quote_plus(name)).replace(quote(real), quote(name))
        for secret in self.secrets:
            for form in forms(secret):
                text = text.replace(form, HIDDEN)
        text = _MAIL.sub(r"somebody\1example.org", text)
        text = _VERSIONS.sub(r"\1: any", _LOGIN.sub(rf"\1: {HIDDEN}", text))
        return _JSON.sub(rf'\1"{HIDDEN}"', _FORM.sub(rf"\1={HIDDEN}", text))

    def body(self, body: bytes | str | None) -> bytes:
        """A body likewise; one that is no text is refused."""
        if body is None:
            return b""
        return self.text(body.decode() if isinstance(body, bytes) else body).encode()

    def headers(self, headers: Mapping[str, object], kept: frozenset[str]) -> dict[str, list[str]]:
        """The headers that are kept, by lower-case name, with all their values."""
        return {
            name.lower(): [self.text(value) for value in _values(values)]
            for name, values in sorted(headers.items(), key=lambda one: one[0].lower())
            if name.lower() in kept
        }


def forms(secret: str) -> list[str]:
    """A secret as it may stand somewhere: as it is, in an address, in JSON, in a login, the longest first."""
    told = [secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]]
    told.append(base64.b64encode(secret.encode()).decode().rstrip("="))
    return sorted(set(told), key=len, reverse=True)


def _texts(secret: str) -> set[str]:
    try:
        held = json.loads(secret)
    except ValueError:
        held = secret
    found = (
        {str(value) for name, value in held.items() if name in _OF_A_GRANT}
        if isinstance(held, dict)
        else {secret}
    )
    return {text for text in found if len(text) >= _SHORTEST}


_OF_A_GRANT = ("client_id", "client_secret", "refresh_token")


def _values(values: object) -> Sequence[str]:
    if isinstance(values, str | bytes):
        return [values.decode() if isinstance(values, bytes) else values]
    assert isinstance(values, Iterable)
    return [value.decode() if isinstance(value, bytes) else str(value) for value in values]
