"""What every emulator stands on: a server on loopback, a clock that tests move, and a log of what was asked.

Nothing here knows a provider. An `App` answers the requests below its prefixes, one at a time: a person's
methods and requests never overlap. What an app can't make sense of it answers as its provider would; where
its own answer breaks the provider's rules, that is a bug of the emulator and stands in `Stage.bugs`.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from urllib.parse import parse_qs, unquote, urlsplit

from syncer.testing.proxy import Response
from syncer.testing.proxy.listener import HOST, Listener

__all__ = ["HOST", "App", "Asked", "Clock", "Entry", "Response", "Stage", "json_response"]


class Clock:
    """The provider's clock, in UTC: `start` and what was advanced, or the real one plus that.

    Each look at `tick` is a millisecond later than the one before, so that no two changes have one time.
    """

    def __init__(self, start: dt.datetime | None = None) -> None:
        self._start = start
        self._moved = dt.timedelta()
        self._last = dt.datetime.min.replace(tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        """The time, in UTC."""
        return (self._start or dt.datetime.now(dt.UTC)) + self._moved

    def tick(self) -> dt.datetime:
        """The time of a change: to the millisecond, and later than every change before."""
        now = self.now()
        found = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = max(found, self._last + dt.timedelta(milliseconds=1))
        return self._last

    def advance(self, **amount: float) -> None:
        """Move on by so many `days`, `hours`, `seconds`, as `timedelta` takes them."""
        self._moved += dt.timedelta(**amount)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `path` is decoded, `query` holds every value of a parameter, `headers` have lower-case
    names.
    """

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    raw_path: str = ""

    @classmethod
    def of(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Asked:
        """A request for `target`, a path with its query as it stands in the request line."""
        parts = urlsplit(target)
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method, unquote(parts.path), query, headers, body, parts.path)

    def one(self, name: str) -> str | None:
        """The value of a parameter, the last where it stands twice."""
        return self.query[name][-1] if name in self.query else None

    def form(self) -> dict[str, str]:
        """The fields of a form in the body (application/x-www-form-urlencoded)."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def bearer(self) -> str | None:
        """The token in the Authorization header (RFC 6750 section 2.1)."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" and token else None


@dataclass(frozen=True, slots=True)
class Entry:
    """One request in the log, without its headers and its body. `parts` counts the calls of a batch."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    status: int
    parts: int = 0


def json_response(status: int, data: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    body = json.dumps(data, ensure_ascii=False, indent=1).encode()
    return Response(status, {"content-type": "application/json; charset=UTF-8", **(headers or {})}, body)


class App(ABC):
    """One provider, or a part of one: it answers what lies below its prefixes."""

    prefixes: tuple[str, ...]
    stage: Stage

    @abstractmethod
    def answer(self, asked: Asked) -> Response:
        """The answer to one request; nothing else happens at that moment."""

    def parts(self, asked: Asked) -> int:
        """How many calls a request holds, where it is a batch; 0 where it is none."""
        return 0


class Stage:
    """A port with apps on it.

    `log` is what was asked so far; `lock` is held while a request is answered, and by a person's methods. A
    `fault`, if set, is asked first: what it returns is the answer, and no app hears of the request.
    """

    def __init__(self, *apps: App, clock: Clock | None = None) -> None:
        self.apps = apps
        self.clock = clock or Clock()
        self.log: list[Entry] = []
        self.bugs: list[str] = []
        self.fault: Callable[[Asked], Response | None] | None = None
        self.lock = threading.RLock()
        self._listener: Listener | None = None
        self._port = 0
        for app in apps:
            app.stage = self

    @property
    def url(self) -> str:
        """The origin, without a slash at the end."""
        return f"http://{HOST}:{self._port}"

    def start(self, port: int = 0) -> str:
        """Listen, and say where."""
        self._listener = Listener(self._answer, port or self._port)
        self._port = self._listener.port
        return self.url

    def stop(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def count(self, *methods: str, path: str = "") -> int:
        """How many requests there were, by method (any) and the beginning of their path."""
        return sum(
            1
            for entry in list(self.log)
            if (not methods or entry.method in methods) and entry.path.startswith(path)
        )

    def _answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Response:
        asked = Asked.of(method, target, headers, body)
        with self.lock:
            response = self._found(asked)
            app = self._app(asked.path)
            parts = app.parts(asked) if app is not None else 0
            self.log.append(Entry(method, asked.path, asked.query, response.status, parts))
        date = format_datetime(self.clock.now(), usegmt=True)  # RFC 9110 section 6.6.1
        return Response(response.status, {"date": date, **response.headers}, response.body)

    def _found(self, asked: Asked) -> Response:
        try:
            if self.fault is not None and (response := self.fault(asked)) is not None:
                return response
            app = self._app(asked.path)
            if app is None:
                return Response(404, {"content-type": "text/plain"}, b"Not Found")
            return app.answer(asked)
        except Exception:  # a bug of the emulator: the test that met it must hear of it
            self.bugs.append(traceback.format_exc())
            return Response(500, {"content-type": "text/plain"}, b"the emulator has a bug")

    def _app(self, path: str) -> App | None:
        """The app with the longest prefix: one API's batches lie at /batch, another's below it."""
        fitting = [(len(start), app) for app in self.apps for start in app.prefixes if path.startswith(start)]
        return max(fitting, key=lambda one: one[0])[1] if fitting else None
