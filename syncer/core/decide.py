"""The decision for one occurrence in one collection, as a total table.

Theory of operation. Three things are known of an occurrence in a collection: what the ledger wants of
it there (`Want`), whether both sides ever agreed on something there (`Base`), and what the last look
showed (`Remote`). What a person changed has been taken into the ledger before this table is asked, so
`Want` speaks with that knowledge: a to-do that its owner deleted is no longer wanted, one that was
ticked is left. The table then only enforces:

- Nothing is created over something that stands there: it is adopted, and its content is compared.
- Only what is unwanted is deleted, and only if it stands there as last read (the connector's condition).
- What is gone has ended; if the ledger still wants it (a collection was rebuilt), it is put back.
- What is left is never created and never deleted; its tick is still kept right.

A test walks the product of all inputs and finds exactly one decision for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from syncer.core.projection import Want


class Base(StrEnum):
    """Whether a projection lives here."""

    NONE = "none"
    LIVE = "live"


class Remote(StrEnum):
    """What this pass saw: nothing new, the item itself, or a confirmed absence."""

    QUIET = "quiet"
    PRESENT = "present"
    GONE = "gone"


class Decision(StrEnum):
    """What follows. WRITE sends only fields that differ, and often none."""

    NOTHING = "nothing"
    CREATE = "create"
    ADOPT = "adopt"
    WRITE = "write"
    DELETE = "delete"
    END = "end"


TABLE: Mapping[tuple[Want, Base, Remote], Decision] = {
    (Want.WANTED, Base.NONE, Remote.QUIET): Decision.CREATE,
    (Want.WANTED, Base.NONE, Remote.PRESENT): Decision.ADOPT,
    (Want.WANTED, Base.NONE, Remote.GONE): Decision.CREATE,
    (Want.WANTED, Base.LIVE, Remote.QUIET): Decision.WRITE,
    (Want.WANTED, Base.LIVE, Remote.PRESENT): Decision.WRITE,
    (Want.WANTED, Base.LIVE, Remote.GONE): Decision.CREATE,
    (Want.LEFT, Base.NONE, Remote.QUIET): Decision.NOTHING,
    (Want.LEFT, Base.NONE, Remote.PRESENT): Decision.ADOPT,
    (Want.LEFT, Base.NONE, Remote.GONE): Decision.NOTHING,
    (Want.LEFT, Base.LIVE, Remote.QUIET): Decision.WRITE,
    (Want.LEFT, Base.LIVE, Remote.PRESENT): Decision.WRITE,
    (Want.LEFT, Base.LIVE, Remote.GONE): Decision.END,
    (Want.UNWANTED, Base.NONE, Remote.QUIET): Decision.NOTHING,
    (Want.UNWANTED, Base.NONE, Remote.PRESENT): Decision.DELETE,
    (Want.UNWANTED, Base.NONE, Remote.GONE): Decision.NOTHING,
    (Want.UNWANTED, Base.LIVE, Remote.QUIET): Decision.DELETE,
    (Want.UNWANTED, Base.LIVE, Remote.PRESENT): Decision.DELETE,
    (Want.UNWANTED, Base.LIVE, Remote.GONE): Decision.END,
}
"""Every combination, once."""
