"""A call to one of Google's APIs and its reply, as values."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.google import errors, patience
from syncer.connector import ConnectorError


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `make` builds the client's request from its service (`lambda api: api.events().get(…)`).

    `subject` names what it is about, for errors; `headers` go with it (If-Match). What has a second effect
    when it is sent a second time says `once`: it is sent again only where it is certain that it had none.
    """

    make: Callable[[Any], Any] = field(repr=False)
    subject: str
    headers: Mapping[str, str] = field(default_factory=dict)
    once: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a call: `data` is its JSON object, None where it has none.

    `sent` says how often the call went out until then: what was refused the second time may have been carried
    out the first time.
    """

    status: int
    data: Any = field(default=None, repr=False)
    reasons: frozenset[str] = frozenset()
    after: float | None = None
    sent: int = 1
    readable: bool = True

    @property
    def good(self) -> bool:
        """Whether it did what was asked, and said so readably."""
        return self.status // 100 == 2 and self.readable

    @property
    def gone(self) -> bool:
        """Whether Google itself says that what was asked for is not there (any more).

        A 410 may also be about the whole API, and a 404 may be anybody's page.
        """
        return (self.status == 404 and self.readable) or (self.status == 410 and "deleted" in self.reasons)

    def failure(self, subject: str, missing: str = "the calendar or list") -> ConnectorError:
        """What it means where it is not good."""
        if self.status // 100 == 2 or (not self.readable and self.status in errors.OF_GOOGLES_OWN):
            return errors.malformed(subject)
        return errors.from_status(self.status, self.reasons, self.after, subject=subject, missing=missing)


def read(response: Any, content: bytes) -> Reply:
    """The reply in an answer of the client's, which has httplib2's shape."""
    status = int(response["status"])
    after = errors.retry_after(response.get("retry-after"), dt.datetime.now(dt.UTC))
    if not content.strip():
        return Reply(status, None, after=after, readable=status in (204, 205) or status >= 300)
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        data = None
    whole = isinstance(data, dict)
    return Reply(status, data if whole else None, errors.reasons_in(data), after, readable=whole)


def failure(call: Call, found: Reply | ConnectorError | None) -> ConnectorError | None:
    """Why a call has no good answer; None where it has one, or none yet."""
    if isinstance(found, Reply):
        return None if found.good else found.failure(call.subject)
    return found


def passing(call: Call, found: Reply | ConnectorError | None) -> bool:
    """Whether to send a call (again): there is no answer yet, or one that may be another in a moment."""
    if found is None:
        return True
    if call.once and not _without_effect(found):
        return False
    error = failure(call, found)
    return error is not None and patience.passes(error)


def _without_effect(found: Reply | ConnectorError) -> bool:
    """Whether a failure says that nothing was carried out; of 5xx nobody knows."""
    if isinstance(found, Reply):
        return found.status in (403, 429)
    return isinstance(found, errors.Unreachable | errors.Limited)
