"""The proxy itself: which fault befalls which request, and what each fault does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from syncer.testing.proxy.listener import HOST, Listener, Truncated
from syncer.testing.proxy.upstream import Upstream
from syncer.testing.proxy.wire import (
    Answer,
    Exchange,
    Fault,
    Hang,
    Matcher,
    Request,
    Reset,
    Response,
    Rewrite,
    Slow,
    Stale,
    Truncate,
    Twice,
    every,
)


@dataclass(slots=True)
class Rule:
    """A fault for the requests that match: not for the first `skip` of them, then for `times` (None: all)."""

    fault: Fault
    when: Matcher
    skip: int = 0
    times: int | None = 1
    hits: int = 0

    def take(self, request: Request) -> bool:
        """Whether the fault befalls this request."""
        if self.times == self.hits or not self.when(request):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.hits += 1
        return True


class FaultProxy:
    """Forwards to `upstream` (scheme, host and port) on a loopback port of its own.

    `on_request` is called before a request is looked at, `on_response` after the server has answered and
    before the client hears anything: the moment in which a write is applied and its writer can still die.
    `policy` is asked for a fault where no rule has one. All are called from the connection's thread; what
    they raise is raised again by `stop`.
    """

    def __init__(self, upstream: str, *, port: int = 0, patience: float = 60) -> None:
        self._upstream = Upstream(upstream, patience)
        self._port = port
        self.log: list[Exchange] = []
        self.on_request: Callable[[Request], object] | None = None
        self.on_response: Callable[[Exchange], object] | None = None
        self.policy: Callable[[Request], Fault | None] | None = None
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._errors: list[Exception] = []
        self._listener: Listener | None = None

    @property
    def url(self) -> str:
        """The proxy's origin, once started; after `stop` and `start` it is the same."""
        return f"http://{HOST}:{self._port}"

    @property
    def disturbed(self) -> bool:
        """Whether faults were injected since the last `calm`, met or not."""
        return bool(self._rules) or self.policy is not None

    def start(self) -> str:
        """Listen, and say where."""
        self._ending.clear()
        self._listener = Listener(self._answer, self._port)
        self._port = self._listener.port
        return self.url

    def stop(self) -> None:
        """Close every connection and listen no more. Raises what a hook raised."""
        if self._listener is not None:
            self._ending.set()
            self._listener.close()
            self._listener = None
        if self._errors:
            raise self._errors.pop()

    def inject(self, fault: Fault, when: Matcher = every, *, skip: int = 0, times: int | None = 1) -> Rule:
        """Let a fault befall requests to come. The oldest rule that matches decides; `hits` counts."""
        rule = Rule(fault, when, skip, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def calm(self) -> None:
        """Take back all faults and hooks; the log stays."""
        with self._lock:
            self._rules.clear()
        self.on_request = self.on_response = self.policy = None

    def count(self, when: Matcher = every) -> int:
        """How many requests that match have arrived."""
        return sum(1 for exchange in list(self.log) if when(exchange.request))

    def _answer(
        self, verb: str, path: str, headers: dict[str, str], body: bytes
    ) -> Response | Truncated | None:
        """What the client is told; None closes the connection without a word."""
        with self._lock:
            request = Request(len(self.log), verb, path, headers, body)
            exchange = Exchange(request)
            self.log.append(exchange)
        try:
            if self.on_request is not None:
                self.on_request(request)
            exchange.fault = self._fault(request)
            return self._meet(exchange)
        except OSError:
            return None  # the server is down: the client sees the connection close
        except Exception as error:  # a hook or rewrite is at fault: the test must hear of it
            self._errors.append(error)
            return None

    def _fault(self, request: Request) -> Fault | None:
        with self._lock:
            for rule in self._rules:
                if rule.take(request):
                    return rule.fault
        return self.policy(request) if self.policy is not None else None

    def _meet(self, exchange: Exchange) -> Response | Truncated | None:
        """The theory of each fault in one place."""
        match exchange.fault:
            case None:
                return self._ask(exchange)
            case Reset(applied):
                if applied:
                    self._ask(exchange)
                return None
            case Hang(seconds, applied):
                if applied:
                    self._ask(exchange)
                self._ending.wait(seconds)
                return None
            case Answer(status, headers, body, applied):
                if applied:
                    self._ask(exchange)
                return Response(status, headers, body)
            case Slow(seconds):
                true = self._ask(exchange)
                self._ending.wait(seconds)
                return true
            case Truncate(keep):
                true = self._ask(exchange)
                return Truncated(true, min(keep, len(true.body) - 1)) if true.body else None
            case Rewrite(change):
                return change(exchange.request, self._ask(exchange))
            case Twice():
                true = self._ask(exchange)
                self._forward(exchange)
                return true
            case Stale():
                return self._logged(exchange.request) or self._ask(exchange)

    def _ask(self, exchange: Exchange) -> Response:
        """The server's answer, which `on_response` hears of first."""
        true = exchange.response = self._forward(exchange)
        if self.on_response is not None:
            self.on_response(exchange)
        return true

    def _forward(self, exchange: Exchange) -> Response:
        exchange.forwarded += 1
        return self._upstream.send(exchange.request)

    def _logged(self, asked: Request) -> Response | None:
        """The oldest answer of the server to the same request."""
        for exchange in list(self.log):
            past = exchange.request
            if exchange.response is not None and (past.method, past.path, past.body) == (
                asked.method,
                asked.path,
                asked.body,
            ):
                return exchange.response
        return None
