"""HTTP messages as values, and what can befall them: the vocabulary of the fault proxy.

Lives here: requests, responses, the kinds of faults, and matchers that pick requests. Faults are values, so
that a test can print them, count them and choose among them by a seed. Nothing here opens a socket.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

WRITING = frozenset({"PUT", "POST", "PATCH", "DELETE", "MKCALENDAR", "MKCOL", "PROPPATCH", "MOVE", "COPY"})
"""Methods that may change something. A provider that also reads by POST needs a matcher of its own."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived: `number` counts from 0, `headers` have lower-case names."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; `headers` have lower-case names and no lengths: those follow from the body."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection closes without an answer, before the server has seen the request or after."""

    applied: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer within `seconds`, then the connection closes: the client is to run into its timeout."""

    seconds: float
    applied: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer than the server's: 401, 429, 5xx. `applied` has the server asked all the same."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    applied: bool = False


@dataclass(frozen=True, slots=True)
class Slow:
    """The true answer, so many seconds late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Truncate:
    """The true answer, of whose announced body only the first `keep` bytes come. At least one is cut off."""

    keep: int = 100


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The true answer, changed: a body that is malformed, a header that is missing."""

    change: Callable[[Request, Response], Response]


@dataclass(frozen=True, slots=True)
class Twice:
    """The request reaches the server a second time, as if sent again; the first answer counts."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The oldest logged answer to the very same request, as from a cache; the server is not asked.

    Where none is logged, the true answer.
    """


Fault = Reset | Hang | Answer | Slow | Truncate | Rewrite | Twice | Stale
Matcher = Callable[[Request], bool]


@dataclass(slots=True)
class Exchange:
    """A request and what became of it.

    `response` is the server's own, None where it was not asked (or has not answered yet); `forwarded` counts
    how often it was asked; `fault` is what the client met instead, if anything.
    """

    request: Request
    fault: Fault | None = None
    forwarded: int = 0
    response: Response | None = None

    @property
    def applied(self) -> bool:
        """Whether the server has carried out a write."""
        return writes(self.request) and self.response is not None and self.response.status // 100 == 2


def every(_: Request) -> bool:
    """Match any request."""
    return True


def writes(request: Request) -> bool:
    """Match requests whose method may change something."""
    return request.method in WRITING


def reads(request: Request) -> bool:
    """Match all others."""
    return not writes(request)


def method(*names: str) -> Matcher:
    """Match requests of these methods."""
    return lambda request: request.method in names


def busy(seconds: float, status: int = 429) -> Answer:
    """The server asks to be left alone for so long (RFC 6585 section 4, RFC 9110 section 10.2.3)."""
    return Answer(status, {"retry-after": f"{seconds:g}"})


def login_refused() -> Answer:
    """The password, token or grant no longer counts."""
    return Answer(401, {"www-authenticate": 'Basic realm="here"'})


def garbled(body: bytes = b"<html><body>Please log in</body>") -> Rewrite:
    """The true status with a body that is something else."""
    return Rewrite(lambda _, true: Response(true.status, {**true.headers, "content-type": "text/html"}, body))
