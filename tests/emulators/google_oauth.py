"""Google's consent page and token endpoint: grants, access tokens that run out, and grants that are taken
back.

The addresses are Google's (`/o/oauth2/auth`, `/token`, `/revoke`), the answers RFC 6749's with Google's
texts. The consent page asks nobody: `consenting` says at once, as the person who has signed in, and
`unticked` are the scopes that they leave out.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from tests.emulators.stage import App, Asked, Response, json_response

LIVES = dt.timedelta(seconds=3599)
"""How long an access token counts."""

TESTING = dt.timedelta(days=7)
"""How long a grant counts that was given to an app in "testing"."""


@dataclass
class Grant:
    """What one person allowed an app: found by its refresh token until it is `revoked`."""

    account: str
    scopes: frozenset[str]
    client: str
    issued: dt.datetime
    refresh: str
    testing: bool = False
    revoked: bool = False


@dataclass(frozen=True)
class Access:
    """An access token's account and scopes."""

    grant: Grant
    expires: dt.datetime

    @property
    def account(self) -> str:
        """The mail address of the person."""
        return self.grant.account

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes, as full addresses."""
        return self.grant.scopes


@dataclass(frozen=True)
class _Code:
    grant: Grant
    redirect: str
    challenge: str | None
    offline: bool


class _Refused(Exception):
    """The token endpoint's answer to what it does not take (RFC 6749 section 5.2)."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


@dataclass
class GoogleOAuth(App):
    """One authorization server for all of Google's emulators on a stage.

    `down` answers every request for a token with this status, and `after` as Retry-After beside it.
    """

    prefixes = ("/o/oauth2/", "/token", "/revoke")
    clients: dict[str, str] = field(default_factory=dict)
    consenting: str | None = None
    unticked: Collection[str] = ()
    down: int | None = None
    after: int | None = None
    testing: bool = False

    def __post_init__(self) -> None:
        self.client_id = "1234-emulated.apps.googleusercontent.com"
        self.client_secret = f"GOCSPX-{secrets.token_urlsafe(20)}"
        self.clients[self.client_id] = self.client_secret
        self._grants: dict[str, Grant] = {}
        self._tokens: dict[str, Access] = {}
        self._codes: dict[str, _Code] = {}

    # --- what tests and other emulators ask ---

    def grant(self, account: str, scopes: Sequence[str], *, testing: bool = False) -> Grant:
        """A grant as if the person had just consented."""
        refresh = f"1//0{secrets.token_urlsafe(40)}"
        made = Grant(account, frozenset(scopes), self.client_id, self.stage.clock.now(), refresh, testing)
        self._grants[refresh] = made
        return made

    def secret(self, account: str, scopes: Sequence[str], token_uri: str | None = None) -> str:
        """The secret of an account with a new grant, as the connectors are given it."""
        made = self.grant(account, scopes)
        return json.dumps(
            {
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "refresh_token": made.refresh,
                "token_uri": token_uri or f"{self.stage.url}/token",
                "scopes": sorted(made.scopes),
                "granted": made.issued.isoformat(),
                "testing": None,
            }
        )

    def revoke(self, account: str) -> None:
        """The person takes back what they allowed: no token of theirs counts any more."""
        for grant in self._grants.values():
            grant.revoked = grant.revoked or grant.account == account

    def expire(self, account: str) -> None:
        """The access tokens of an account run out; its grant still counts."""
        now = self.stage.clock.now()
        for token, access in self._tokens.items():
            if access.account == account:
                self._tokens[token] = replace(access, expires=now)

    def who(self, token: str | None) -> Access | None:
        """Whose token this is, None where it counts no longer."""
        access = self._tokens.get(token or "")
        if access is None or self._dead(access.grant) or self.stage.clock.now() >= access.expires:
            return None
        return access

    # --- HTTP ---

    def answer(self, asked: Asked) -> Response:
        """See the base."""
        if asked.path in ("/o/oauth2/auth", "/o/oauth2/v2/auth") and asked.method == "GET":
            return self._consent(asked)
        if asked.path == "/token" and asked.method == "POST":
            return self._token(asked)
        if asked.path == "/revoke" and asked.method == "POST":
            return self._revoke(asked)
        return Response(404, {"content-type": "text/html"}, b"<html>Not Found</html>")

    def _consent(self, asked: Asked) -> Response:
        """The redirect with a code (RFC 6749 section 4.1.2), or an error page where the request is wrong."""
        redirect, client = asked.one("redirect_uri") or "", asked.one("client_id")
        parts = urlsplit(redirect)
        loopback = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        hashed = "code_challenge" not in asked.query or asked.one("code_challenge_method") == "S256"
        known = client in self.clients and asked.one("response_type") == "code"
        if not (known and loopback and hashed):
            return Response(400, {"content-type": "text/html"}, b"<html>Error 400: invalid_request</html>")
        state = {"state": asked.query["state"][-1]} if "state" in asked.query else {}
        if self.consenting is None:
            return _to(redirect, {"error": "access_denied", **state})
        scopes = frozenset((asked.one("scope") or "").split()) - frozenset(self.unticked)
        made = self.grant(self.consenting, sorted(scopes), testing=self.testing)
        code = f"4/0{secrets.token_urlsafe(30)}"
        offline = asked.one("access_type") == "offline"
        self._codes[code] = _Code(made, redirect, asked.one("code_challenge"), offline)
        return _to(redirect, {"code": code, "scope": " ".join(sorted(scopes)), **state})

    def _token(self, asked: Asked) -> Response:
        if self.down is not None:
            after = {"retry-after": str(self.after)} if self.after is not None else {}
            return json_response(self.down, {"error": "internal_failure"}, after)
        form = asked.form()
        try:
            if self.clients.get(form.get("client_id", "")) != form.get("client_secret"):
                raise _Refused("invalid_client", "Unauthorized", 401)
            match form.get("grant_type"):
                case "refresh_token":
                    return self._issued(self._refreshed(form))
                case "authorization_code":
                    code = self._redeemed(form)
                    return self._issued(code.grant, refresh=code.offline)
                case _:
                    raise _Refused("unsupported_grant_type", "Invalid grant_type")
        except _Refused as refused:
            said = {"error": refused.error, "error_description": refused.description}
            return json_response(refused.status, said)

    def _refreshed(self, form: dict[str, str]) -> Grant:
        grant = self._grants.get(form.get("refresh_token", ""))
        if grant is None:
            raise _Refused("invalid_grant", "Bad Request")
        if self._dead(grant):
            raise _Refused("invalid_grant", "Token has been expired or revoked.")
        return grant

    def _redeemed(self, form: dict[str, str]) -> _Code:
        """A code counts once, for its own redirect address and verifier (RFC 7636 section 4.6)."""
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or form.get("redirect_uri") != code.redirect:
            raise _Refused("invalid_grant", "Malformed auth code.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        said = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if code.challenge is not None and said != code.challenge:
            raise _Refused("invalid_grant", "Invalid code verifier.")
        return code

    def _issued(self, grant: Grant, *, refresh: bool = False) -> Response:
        token = f"ya29.{secrets.token_urlsafe(40)}"
        self._tokens[token] = Access(grant, self.stage.clock.now() + LIVES)
        said: dict[str, object] = {
            "access_token": token,
            "expires_in": int(LIVES.total_seconds()),
            "scope": " ".join(sorted(grant.scopes)),
            "token_type": "Bearer",
        }
        if grant.testing:  # seen of apps in testing: 604799 at first
            left = grant.issued + TESTING - self.stage.clock.now()
            said["refresh_token_expires_in"] = int(left.total_seconds()) - 1
        return json_response(200, said | ({"refresh_token": grant.refresh} if refresh else {}))

    def _revoke(self, asked: Asked) -> Response:
        token = asked.form().get("token") or asked.one("token") or ""
        access = self._tokens.get(token)
        grant = access.grant if access is not None else self._grants.get(token)
        if grant is None or self._dead(grant):
            return json_response(
                400, {"error": "invalid_token", "error_description": "Token expired or revoked"}
            )
        grant.revoked = True
        return json_response(200, {})

    def _dead(self, grant: Grant) -> bool:
        aged = grant.testing and self.stage.clock.now() >= grant.issued + TESTING
        return grant.revoked or aged


def _to(redirect: str, query: dict[str, str]) -> Response:
    mark = "&" if "?" in redirect else "?"
    return Response(302, {"location": f"{redirect}{mark}{urlencode(query)}"})
