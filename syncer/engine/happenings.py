"""What a pass tells while it works: values, which the terminal and the log put into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.entries import Entry
from syncer.core.spoke import Spoke
from syncer.core.standing import Step


class What(StrEnum):
    """The kinds of happening."""

    COLLECTION_MADE = "collection made"
    FACT = "fact"
    SENDING = "sending"
    SENT = "sent"
    SENT_ALL = "sent all"
    SET_ASIDE = "set aside"
    MENDED = "mended"
    HELD = "held"
    DISSOLVED = "dissolved"
    PARKED = "parked"
    REFUSED = "refused"
    TROUBLE = "trouble"
    RECOVERED = "recovered"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened in one collection; which fields are set depends on `what`.

    `count` is how many operations are meant; `text` and `cure` are sentences without titles or notes.
    """

    what: What
    spoke: Spoke
    entry: Entry | None = None
    step: Step | None = None
    count: int = 0
    text: str = ""
    cure: str = ""


Tell = Callable[[Happening], None]
