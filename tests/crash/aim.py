"""Aiming a kill: the proxy between daemon and server tells when a write is asked for and when it is answered.

The daemon is killed from within the proxy, so that the answer to the write is certainly not heard.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.servers import Proxy, Request, Response
from tests.system.house import WRITING


class When(StrEnum):
    """Which moment a kill is aimed at."""

    ANSWERED = "when the server answered a write"
    ASKED = "before a write reaches the server"
    LATER = "a moment after the daemon heard an answer"
    TIME = "at a random time"


@dataclass(frozen=True, slots=True)
class Aim:
    """A moment: at the `number`-th write from the start on, or `seconds` after the start or that write."""

    when: When
    number: int = 1
    seconds: float = 0.0


class Shot:
    """One kill. `fired` is set once it was done; `idle` says that no request is under way any more."""

    def __init__(self, aim: Aim, proxy: Proxy, kill: Callable[[], None]) -> None:
        self.aim, self.fired = aim, threading.Event()
        self._kill, self._proxy = kill, proxy
        self._lock = threading.Lock()
        self._asked = self._answered = self._under_way = 0
        proxy.fault, proxy.rewrite = self._before, self._after

    def fire(self) -> None:
        """Kill now, unless it was done."""
        with self._lock:
            if not self.fired.is_set():
                self._kill()
                self.fired.set()

    def wait_idle(self) -> None:
        """Wait until the server has done with what the dead process still asked for."""
        deadline = time.monotonic() + 10
        while self._under_way and time.monotonic() < deadline:
            time.sleep(0.002)
        time.sleep(0.01)  # a request that was sent but not yet read by the proxy
        while self._under_way and time.monotonic() < deadline:
            time.sleep(0.002)
        self._proxy.reset()

    def _before(self, method: str, _path: str, _number: int) -> Response | None:
        with self._lock:
            self._under_way += 1
            self._asked += method in WRITING
            now = method in WRITING and self.aim.when is When.ASKED and self._asked == self.aim.number
        if now:
            self.fire()
            with self._lock:
                self._under_way -= 1
            return Response(drop=True)
        return None

    def _after(self, request: Request, response: Response) -> Response:
        with self._lock:
            self._answered += request.method in WRITING
            due = request.method in WRITING and self._answered == self.aim.number
        if due and self.aim.when is When.ANSWERED:
            self.fire()
        elif due and self.aim.when is When.LATER:
            threading.Timer(self.aim.seconds, self.fire).start()
        with self._lock:
            self._under_way -= 1
        return response
