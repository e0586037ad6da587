"""The breaker (reliability.md, I15): whether what a look seems to show counts, or waits for a person.

Counted is what looks like loss: items of ours that are gone without the ledger having wanted it. So are
completions that are only inferred (a recurrence that moved on). A tick is positive evidence of a person's
doing and counts at once; only a great many that say the very same moment look like a machine's and wait too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncer.core.entries import Entry, EntryKind
from syncer.core.evidence import INFERRED
from syncer.core.identity import Identity

FLOOR = 3
SHARE = 0.2
MASS = 10
"""So many ticks of one moment may be a busy evening."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a plan waits, and if so, why."""

    held: bool
    reason: str = ""


def limit(standing: int, floor: int = FLOOR) -> int:
    """How many of the items in a collection may vanish at once without a question."""
    return max(floor, int(standing * SHARE))


def suspects(entries: Sequence[Entry], standing: int) -> frozenset[Identity]:
    """The occurrences that these facts say are done, where it may be nobody's doing."""
    done = [entry for entry in entries if entry.kind is EntryKind.DONE]
    moments = Counter(entry.data.get("claimed") for entry in done if entry.evidence != INFERRED)
    many = {moment for moment, number in moments.items() if number > limit(standing, MASS)}
    return frozenset(
        Identity(str(entry.task), str(entry.occurrence))
        for entry in done
        if entry.evidence == INFERRED or entry.data.get("claimed") in many
    )


def judge(
    standing: int, vanished: int, completed: int = 0, *, full_look: bool, swapped: bool = False
) -> Verdict:
    """Judge a pass over one collection that held `standing` items.

    `vanished` of them are gone and `completed` look done without a person's word. `full_look` says that the
    whole collection was compared, not only a list of changes; `swapped` that it is not the one that it was.
    """
    if swapped and vanished:
        return Verdict(True, "the collection is not the one that it was")
    if vanished + completed > limit(standing):
        if not completed:
            return Verdict(True, f"{vanished} of {standing} items vanished at once")
        if not vanished:
            return Verdict(True, f"{completed} of {standing} items look done all at once")
        return Verdict(True, f"{vanished + completed} of {standing} items vanished or look done all at once")
    if full_look and vanished and vanished >= standing:
        return Verdict(True, "a collection that was full reads empty")
    return Verdict(False)


def names(identities: Iterable[Identity]) -> tuple[str, ...]:
    """Identities as a held plan lists them."""
    return tuple(sorted(identity.name for identity in identities))
