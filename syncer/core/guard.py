"""The guard: whether a plan may go on by itself, or waits for a person (reliability.md, I15).

Only what looks like loss counts: items of ours that are gone without the ledger having wanted it. What
people ticked is positive evidence and always counts; what a command changed has its cause in the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass

FLOOR = 3
SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether deletions seen in an app are taken as its owner's, and if not, why."""

    held: bool
    reason: str = ""


def limit(standing: int) -> int:
    """How many of the items in a collection may vanish at once without a question."""
    return max(FLOOR, int(standing * SHARE))


def judge(standing: int, vanished: int, *, full_look: bool) -> Verdict:
    """Judge a pass over one collection that held `standing` items and lacks `vanished` of them.

    `full_look` says that the whole collection was compared, not only a list of changes.
    """
    if vanished > limit(standing):
        return Verdict(True, f"{vanished} of {standing} items vanished at once")
    if full_look and vanished and vanished >= standing:
        return Verdict(True, "a collection that was full reads empty")
    return Verdict(False)
