"""A proxy for HTTP that misbehaves where a test tells it to, in front of one server.

    proxy = FaultProxy("http://127.0.0.1:5232")
    url = proxy.start()                                       # give this to the connector
    proxy.inject(Reset(applied=True), writes)                 # the next write is applied, its answer lost
    proxy.inject(busy(7), method("PUT"), skip=2, times=None)  # each PUT but the first two is sent away
    proxy.on_response = lambda exchange: exchange.applied and daemon.kill()
    ...
    proxy.stop()

`proxy.log` holds every exchange. One request in is one request out: nothing is retried, coalesced or kept
from an earlier answer unless a fault says so, so that what the log counts is what the server got.

Lives here: `wire` (messages, faults and matchers as values), `faulty` (which fault befalls which request),
`listener` and `upstream` (the sockets on either side). No provider is known here.
"""

from syncer.testing.proxy.faulty import FaultProxy, Rule
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
    busy,
    every,
    garbled,
    login_refused,
    method,
    reads,
    writes,
)

__all__ = [
    "Answer",
    "Exchange",
    "Fault",
    "FaultProxy",
    "Hang",
    "Matcher",
    "Request",
    "Reset",
    "Response",
    "Rewrite",
    "Rule",
    "Slow",
    "Stale",
    "Truncate",
    "Twice",
    "busy",
    "every",
    "garbled",
    "login_refused",
    "method",
    "reads",
    "writes",
]
