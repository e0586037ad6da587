"""The knife: counts the boundaries of IO and cuts the run at one of them; and what makes it count.

Lives here: the ledger, the connector and the transport as the engine uses them, each telling the knife
before and after. What a run consists of stands in `script`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection as Transaction

from syncer.connector import Connector
from syncer.ledger.store import Ledger

NO_IO = frozenset({"address", "user", "address_of", "close"})
"""What a connector answers without asking anybody; all its other public methods are boundaries."""
REQUESTS: Sequence[tuple[str, str, Callable[..., str]]] = (
    ("transport", "_ask", lambda _client, method, *_rest: method),  # CalDAV
    ("service", "_one", lambda _call: "a call"),  # Google; a request is a call or a batch of them
    ("service", "_exchange", lambda calls: f"a batch of {len(calls)}"),
    (
        "transport",
        "_patiently",
        lambda *_given: "a request",
    ),  # Todoist; nothing here fails and is tried again
)
"""Where each connector sends its requests: the attribute that does, its method, and what to call one."""


class Cut(BaseException):
    """The process ends here. No `except Exception` may survive it."""


class Knife:
    """Cuts at boundary number `at`, from 1 on (0: never). After the cut nothing gets through any more:

    what a `finally` would still send or commit would not have happened in a process that is dead.
    `gaps` are the numbers of the boundaries that have no IO between them, gap by gap.
    """

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.passed: list[str] = []
        self.gaps: list[list[int]] = [[]]
        self.dead = False
        self._lock = threading.Lock()

    def boundary(self, label: str, *, effect: bool = False) -> None:
        """One boundary; raises Cut at the chosen one and at all that follow. `effect`: IO has just ended."""
        with self._lock:
            if not self.dead:
                self.passed.append(label)
                if effect:
                    self.gaps.append([])
                self.gaps[-1].append(len(self.passed))
                self.dead = len(self.passed) == self.at
            if self.dead:
                raise Cut(label)


class WatchedLedger(Ledger):
    """A ledger whose every commit lies between two boundaries.

    A new one is made for each start, on the engine of a ledger that was opened before: statements stay
    compiled (a new process every moment would do little else), connections don't stay open.
    """

    knife: Knife | None = None

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """One transaction; cut before its end, it is rolled back."""
        with super().write() as connection:
            yield connection
            if self.knife is not None:
                self.knife.boundary("before a commit")
        if self.knife is not None:
            self.knife.boundary("after a commit", effect=True)


class _Watched:
    """A connector whose every method that asks somebody lies between two boundaries.

    `direct` says that the methods themselves are the IO: there are no requests below them that are watched.
    """

    def __init__(
        self, inner: Connector, knife: Knife, meanwhile: Callable[[str], None], direct: bool
    ) -> None:
        self._inner, self._knife, self._meanwhile, self._direct = inner, knife, meanwhile, direct

    def __getattr__(self, name: str) -> Any:
        if name == "server_time":  # the run has a day of its own, whatever the server's clock says
            return lambda: None
        found = getattr(self._inner, name)
        if name in NO_IO or name.startswith("_") or not callable(found):
            return found
        return partial(self._pushed if name == "push" else self._asked, name, found)

    def _asked(self, name: str, method: Callable[..., Any], *given: Any) -> Any:
        self._knife.boundary(f"before {name}")
        if name == "images":
            self._meanwhile(f"looking at {given[0].name.split()[0]}")
        answer = method(*given)
        self._knife.boundary(f"after {name}", effect=self._direct)
        return answer

    def _pushed(self, name: str, method: Callable[..., Any], collection: Any, operations: Any) -> Any:
        """Each outcome is handed over at a boundary of its own; `meanwhile` is when a person may act."""
        where = collection.name.split()[0]
        self._knife.boundary(f"before {name} to {where}")
        self._meanwhile(f"before {where}")
        for number, outcome in enumerate(method(collection, operations), 1):
            self._knife.boundary(f"outcome {number} from {where}", effect=self._direct)
            yield outcome
        self._meanwhile(f"after {where}")
        self._knife.boundary(f"after {name} to {where}", effect=self._direct)


def watched(inner: Connector, knife: Knife, meanwhile: Callable[[str], None]) -> Connector:
    """The connector with boundaries around its methods, and around its requests where it makes any."""
    requests = [
        (getattr(inner, where), name, label)
        for where, name, label in REQUESTS
        if hasattr(getattr(inner, where, None), name)
    ]
    for owner, name, label in requests:
        _watch_requests(owner, name, label, knife)
    return cast(Connector, _Watched(inner, knife, meanwhile, direct=not requests))


def _watch_requests(owner: Any, name: str, label: Callable[..., str], knife: Knife) -> None:
    """Put boundaries around every request that is sent by a method of `owner`."""
    ask = getattr(owner, name)

    def asked(*given: Any) -> Any:
        knife.boundary(f"before {label(*given)}")
        answer = ask(*given)
        knife.boundary(f"after {label(*given)}", effect=True)
        return answer

    setattr(owner, name, asked)
