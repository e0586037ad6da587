"""What all of Google's APIs have in common: tokens and scopes, checks, errors, limits, and batches.

A subclass names its discovery document and supplies a function for each method that it emulates, under the
method's id (`calendar.events.get`). Whatever the document does not allow is refused before the function hears
of it; whatever the function answers against the document is a bug, and stands in `Stage.bugs`.

Sources: the error pages of the Calendar and Tasks APIs, "Send batch requests", AIP-193.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote

from tests.emulators import discovery, multipart
from tests.emulators.google_oauth import Access, GoogleOAuth
from tests.emulators.stage import App, Asked, Response, json_response

MOST_PARTS = 1000
"""Calls in one batch ("You're limited to 1000 calls in a single batch request")."""


class ApiError(Exception):
    """An error as Google's APIs answer it: `reason` is what clients tell errors apart by.

    `location` names the parameter or header concerned; `after` becomes Retry-After.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        domain: str = "global",
        location: tuple[str, str] | None = None,
        after: int | None = None,
        details: tuple[Mapping[str, Any], ...] = (),
    ) -> None:
        super().__init__(f"{status} {reason}")
        self.status, self.reason, self.message, self.domain = status, reason, message, domain
        self.location, self.after, self.details = location, after, details

    def response(self) -> Response:
        """The answer."""
        one: dict[str, Any] = {"domain": self.domain, "reason": self.reason, "message": self.message}
        if self.location is not None:
            one |= dict(zip(("locationType", "location"), self.location, strict=True))
        error: dict[str, Any] = {"errors": [one], "code": self.status, "message": self.message}
        if self.details:
            error |= {"status": "PERMISSION_DENIED", "details": list(self.details)}
        headers = {"retry-after": str(self.after)} if self.after is not None else {}
        return json_response(self.status, {"error": error}, headers)


def invalid(message: str, location: str = "", reason: str = "invalid") -> ApiError:
    """A 400 for a parameter or field."""
    return ApiError(400, reason, message, location=("parameter", location) if location else None)


def rate_limited(status: int = 403, reason: str = "rateLimitExceeded", after: int | None = None) -> ApiError:
    """A limit was met: `rateLimitExceeded`, `userRateLimitExceeded` or `quotaExceeded`, as 403 or 429."""
    return ApiError(status, reason, "Rate Limit Exceeded", domain="usageLimits", after=after)


def clashed() -> ApiError:
    """A call in a batch met another of its calls and was not carried out ("409: Conflict")."""
    return ApiError(409, "conflict", "Conflict")


def gone_api() -> ApiError:
    """The version of an API that is no longer there."""
    return ApiError(410, "gone", "This version of the API has been shut down.")


def not_enabled() -> ApiError:
    """The project of the app has not switched this API on."""
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
    }
    message = "The API has not been used in this project before or it is disabled."
    return ApiError(403, "accessNotConfigured", message, domain="usageLimits", details=(reason,))


@dataclass(frozen=True)
class Made:
    """One call, checked: `of` is the method, `params` its parameters as texts, repeated ones in `all`.

    `body` is the JSON that came with it; `headers` have lower-case names, those around a batch included.
    """

    of: discovery.Call
    access: Access
    params: Mapping[str, str]
    all: Mapping[str, list[str]]
    body: Any
    headers: Mapping[str, str]

    def flag(self, name: str) -> bool:
        """A parameter that is true or false."""
        return self.params.get(name) == "true"

    def number(self, name: str, otherwise: int) -> int:
        """A parameter that is a number."""
        return int(self.params.get(name, otherwise))


Function = Callable[[Made], Any]
Trouble = Callable[[Made], ApiError | None]


@dataclass
class GoogleApi(App):
    """Base of Google's APIs on a stage. What an account holds is the subclass's.

    `trouble` is asked before each call, within batches too: an ApiError that it returns is the answer. It is
    how a test lets limits, revoked rights and outages of the provider befall single calls.
    """

    oauth: GoogleOAuth
    trouble: Trouble | None = None
    made: list[tuple[str, str]] = field(default_factory=list)
    """Every call that was let through, by account and method id, those within batches too."""

    api: ClassVar[tuple[str, str]]
    functions: Mapping[str, Function] = field(init=False)

    def __post_init__(self) -> None:
        self.document = discovery.load(*self.api)
        self.prefixes = (self.document.service, self.document.batch)
        self.functions = self.supply()

    def supply(self) -> Mapping[str, Function]:
        """The functions, by the id of the method that each answers."""
        raise NotImplementedError

    def parts(self, asked: Asked) -> int:
        """See the base."""
        return multipart.count(asked) if asked.path == self.document.batch else 0

    def answer(self, asked: Asked) -> Response:
        """See the base."""
        if asked.path != self.document.batch:
            return self._one(asked)
        if asked.method != "POST":
            return json_response(404, {"error": {"code": 404, "message": "Not Found"}})
        parts = multipart.read(asked)
        if parts is None or not 1 <= len(parts) <= MOST_PARTS:
            return ApiError(400, "badRequest", "Failed to parse batch request").response()
        # What surrounds the parts counts for each, save what it says about the body ("Send batch requests").
        around = {name: text for name, text in asked.headers.items() if not name.startswith("content-")}
        return multipart.write([(part.id, self._one(part.asked(around))) for part in parts])

    def _one(self, asked: Asked) -> Response:
        """One call, whether it came alone or in a batch."""
        try:
            made = self._checked(asked)
            if self.trouble is not None and (error := self.trouble(made)) is not None:
                raise error
            self.made.append((made.access.account, made.of.id))
            return self._told(made, self.functions[made.of.id](made))
        except ApiError as error:
            return error.response()

    def _checked(self, asked: Asked) -> Made:
        found = self.document.find(asked.method, asked.raw_path)
        if found is None or found[0].id not in self.functions:
            raise ApiError(404, "notFound", "Not Found")
        call, places = found
        access = self.oauth.who(asked.bearer)
        if access is None:
            raise ApiError(401, "authError", "Invalid Credentials", location=("header", "Authorization"))
        if call.scopes and not access.scopes & call.scopes:
            raise _insufficient()
        body = _json(asked)
        if wrong := self.document.query(call, asked.query) + self.document.body(call, body):
            raise invalid(wrong[0])
        params = {name: values[-1] for name, values in asked.query.items()}
        params |= {name: unquote(text) for name, text in places.items()}
        return Made(call, access, params, asked.query, body, asked.headers)

    def _told(self, made: Made, answer: Any) -> Response:
        if wrong := self.document.response(made.of, answer):
            raise AssertionError(f"{made.of.id} answers against its document: {wrong}")
        if answer is None:
            return Response(204)
        etag = answer.get("etag") if isinstance(answer, dict) else None
        return json_response(200, answer, {"etag": etag} if etag else {})


def _json(asked: Asked) -> Any:
    if not asked.body:
        return None
    if not asked.headers.get("content-type", "").startswith("application/json"):
        raise ApiError(400, "badRequest", "Bad Request")
    try:
        return json.loads(asked.body)
    except ValueError:
        raise ApiError(400, "parseError", "Parse Error") from None


def _insufficient() -> ApiError:
    """The token is good, but not for this ("ACCESS_TOKEN_SCOPE_INSUFFICIENT")."""
    reason = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
    }
    message = "Request had insufficient authentication scopes."
    return ApiError(403, "insufficientPermissions", message, details=(reason,))
