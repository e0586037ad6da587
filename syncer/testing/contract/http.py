"""Faults for any connector that speaks HTTP, by way of the fault proxy."""

from __future__ import annotations

from collections.abc import Mapping

from syncer.testing.contract.harness import AFTER, Faults, On, Trouble
from syncer.testing.proxy import (
    Answer,
    Fault,
    FaultProxy,
    Hang,
    Matcher,
    Request,
    Reset,
    Stale,
    Truncate,
    Twice,
    busy,
    garbled,
    login_refused,
    writes,
)


class HttpFaults(Faults):
    """Troubles as they look on the wire.

    `writing` tells which requests may change something, where the method alone doesn't. `patience` is
    longer, in seconds, than the connector waits for an answer.
    """

    def __init__(self, proxy: FaultProxy, writing: Matcher = writes, patience: float = 5) -> None:
        self.proxy = proxy
        self._writing = writing
        self._kinds: Mapping[Trouble, Fault] = {
            Trouble.RESET: Reset(),
            Trouble.TIMEOUT: Hang(patience, applied=False),
            Trouble.BUSY: busy(AFTER),
            Trouble.UNAVAILABLE: Answer(503),
            Trouble.ERROR: Answer(500, {"content-type": "text/html"}, b"<html>Internal error"),
            Trouble.TRUNCATED: Truncate(),
            Trouble.GARBLED: garbled(),
            Trouble.LOGIN: login_refused(),
            Trouble.LOST: Reset(applied=True),
            Trouble.LOST_IN_TIME: Hang(patience),
            Trouble.LOST_IN_ERROR: Answer(500, applied=True),
            Trouble.DUPLICATE: Twice(),
            Trouble.STALE: Stale(),
        }

    def inject(self, trouble: Trouble, on: On = On.ALL, *, skip: int = 0, times: int | None = None) -> None:
        """See the base."""

        def meant(request: Request) -> bool:
            return bool(on & (On.WRITES if self._writing(request) else On.READS))

        self.proxy.inject(self._kinds[trouble], meant, skip=skip, times=times)

    def calm(self) -> None:
        """See the base."""
        self.proxy.calm()

    def requests(self) -> int:
        """Those that reached the proxy."""
        return self.proxy.count()
