"""On what condition a write is sent, so that it never goes over what somebody else wrote meanwhile.

An update or delete carries the ETag that it was decided on, a create `If-None-Match: *`. Where a server gives
no ETag that can be sent, or takes no notice of a condition, we look ourselves, right before.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from connectors.caldav import quirks
from connectors.caldav.fetching import NOT_HERE, Found
from connectors.caldav.transport import Answer
from syncer.connector import Conflict, ConnectorError, Create, Delete, Operation, Refused, Restore, Update

FREE = {"If-None-Match": "*"}
"""The condition of a create (RFC 9110 section 13.1.2): nothing stands there."""


def unchanged(revision: str | None) -> dict[str, str]:
    """The condition of a write over `revision`, none where it can't be sent."""
    return {"If-Match": revision} if revision is not None and quirks.is_strong(revision) else {}


def still_there(operation: Update | Delete | Restore, found: Found) -> None:
    """Raise Conflict unless the item is at the revision that we know."""
    if found.status in NOT_HERE:
        raise Conflict("the item is no longer there", subject=operation.uid)
    if found.status != 200:
        raise Refused("the server does not show the item", subject=operation.uid)
    if operation.revision is not None and found.revision != operation.revision:
        raise Conflict("the item is not as we knew it", subject=operation.uid)


class Keeping:
    """Whether a server keeps `If-None-Match: *`; SOGo overwrites all the same.

    Until that is known, and where it doesn't, we look before we create: one request for a hundred. What tells
    is one more PUT of the first item that was created, with both conditions: that it stands as just written,
    and that nothing stands there. A server that keeps them refuses (RFC 9110 section 13.2.2); one that keeps
    only the first writes what stands there already; and if anybody changed it in between, neither writes.
    """

    def __init__(self) -> None:
        self._kept: bool | None = None
        self._lock = threading.Lock()

    def needs_reading(self, operation: Operation) -> bool:
        """Whether what stands there must be known before: to change it, or because no condition will hold."""
        match operation:
            case Update() | Restore():
                return True
            case Delete(revision=revision):
                return revision is not None and not quirks.is_strong(revision)
            case Create():
                return not self._kept

    def refused(self) -> None:
        """A create was refused because something stands there: the condition is kept."""
        self._kept = True

    def ask(
        self, put: Callable[[str, bytes, dict[str, str]], Answer], ref: str, body: bytes, etag: str | None
    ) -> str | None:
        """Find out with an item that was just created; its ETag afterwards."""
        if self._kept is not None or not quirks.is_strong(etag) or not self._lock.acquire(blocking=False):
            return etag
        try:
            answer = put(ref, body, unchanged(etag) | FREE)
        except ConnectorError:  # the create itself went well; the next one will ask again
            return etag
        else:
            if answer.status == 412:
                self._kept = True
            elif answer.status // 100 == 2:
                self._kept = False
                return answer.etag
            return etag
        finally:
            self._lock.release()
