"""Merging one field: who changed it since both sides agreed, and what follows. A total table.

A test walks the product of its inputs. What a value means is `evidence`'s, whose rule a field has `fields`'.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from syncer.core.fields import Settle


class Outside(StrEnum):
    """Who changed a field in an app: nobody, the bundle's owner, or somebody else."""

    NOBODY = "nobody"
    OWNER = "owner"
    OTHER = "other"


class Inside(StrEnum):
    """Whether the ledger wants something else than when both last agreed."""

    SAME = "same"
    CHANGED = "changed"


class Merge(StrEnum):
    """What becomes of a field.

    TAKE: the app's value becomes the ledger's. TAKE_OVER: so too, and the ledger's own new value is recorded
    as given way. PROPOSE: the app's value becomes a wish, parked for the next check-in; the ledger's stands.
    LEAVE: the app's value is left where it is and means nothing. OVERRULE: the ledger's value goes out over
    the app's, which is recorded as given way.
    """

    NOTHING = "nothing"
    SEND = "send"
    TAKE = "take"
    TAKE_OVER = "take over"
    PROPOSE = "propose"
    LEAVE = "leave"
    OVERRULE = "overrule"


TABLE: Mapping[tuple[Settle, Outside, Inside], Merge] = {
    # Completion: whoever did it did it, and what was done is not undone by a plan.
    (Settle.COMPLETION, Outside.NOBODY, Inside.SAME): Merge.NOTHING,
    (Settle.COMPLETION, Outside.NOBODY, Inside.CHANGED): Merge.SEND,
    (Settle.COMPLETION, Outside.OWNER, Inside.SAME): Merge.TAKE,
    (Settle.COMPLETION, Outside.OWNER, Inside.CHANGED): Merge.TAKE,
    (Settle.COMPLETION, Outside.OTHER, Inside.SAME): Merge.TAKE,
    (Settle.COMPLETION, Outside.OTHER, Inside.CHANGED): Merge.TAKE,
    # The owner decides how; somebody else may wish.
    (Settle.OWNER, Outside.NOBODY, Inside.SAME): Merge.NOTHING,
    (Settle.OWNER, Outside.NOBODY, Inside.CHANGED): Merge.SEND,
    (Settle.OWNER, Outside.OWNER, Inside.SAME): Merge.TAKE,
    (Settle.OWNER, Outside.OWNER, Inside.CHANGED): Merge.TAKE_OVER,
    (Settle.OWNER, Outside.OTHER, Inside.SAME): Merge.PROPOSE,
    (Settle.OWNER, Outside.OTHER, Inside.CHANGED): Merge.PROPOSE,
    # What was agreed on together is changed together.
    (Settle.LEDGER, Outside.NOBODY, Inside.SAME): Merge.NOTHING,
    (Settle.LEDGER, Outside.NOBODY, Inside.CHANGED): Merge.SEND,
    (Settle.LEDGER, Outside.OWNER, Inside.SAME): Merge.LEAVE,
    (Settle.LEDGER, Outside.OWNER, Inside.CHANGED): Merge.OVERRULE,
    (Settle.LEDGER, Outside.OTHER, Inside.SAME): Merge.LEAVE,
    (Settle.LEDGER, Outside.OTHER, Inside.CHANGED): Merge.OVERRULE,
}
"""Every combination, once."""
