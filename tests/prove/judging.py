"""Planted: what goes wrong in what a change is taken to mean, and in what must wait for a person."""

from __future__ import annotations

from tests.prove.bug import Bug, Change, Checker

EVIDENCE, FOLD, ABSORB = "core/evidence.py", "core/fold.py", "engine/absorb.py"

BUGS = (
    Bug(
        "vanished-is-done",
        "An item that its owner deleted counts as done.",
        "I2",
        (
            Change(
                EVIDENCE,
                "writer.entry(EntryKind.SKIPPED, DELETED,",
                "writer.entry(EntryKind.DONE, DELETED,",
            ),
        ),
    ),
    Bug(
        "reopened-ignored",
        "A tick that is taken away means nothing.",
        "I1",
        (
            Change(
                EVIDENCE,
                "        if back and writer.progress in (Progress.DONE, Progress.SKIPPED):\n",
                "        if False:\n",
            ),
        ),
        first=55,
    ),
    Bug(
        "lapse-beats-completion",
        "What has lapsed can't be done any more.",
        "I1",
        (
            Change(
                FOLD,
                "    return state if state.progress is Progress.DONE else _resolve(",
                "    return state if state.progress in (Progress.DONE, Progress.LAPSED) else _resolve(",
            ),
        ),
    ),
    Bug(
        "others-edit-taken",
        "An edit by who does not own the bundle is taken like its owner's.",
        "I21",
        (
            Change(
                EVIDENCE,
                "    outside = Outside.OWNER if writer.mine else Outside.OTHER\n",
                "    outside = Outside.OWNER\n",
            ),
        ),
        Checker.TESTS,
        "tests/core/test_evidence.py",
    ),
    Bug(
        "merge-takes-a-wish",
        "The table of merges lets somebody else's value stand over the ledger's.",
        "I12",
        (
            Change(
                "core/merge.py",
                "(Settle.OWNER, Outside.OTHER, Inside.CHANGED): Merge.PROPOSE",
                "(Settle.OWNER, Outside.OTHER, Inside.CHANGED): Merge.TAKE",
            ),
        ),
        Checker.TESTS,
        "tests/core/test_merge.py",
    ),
    Bug(
        "hold-accepted-unasked",
        "A held plan is carried out with the next pass, whether or not anybody answered.",
        "I15",
        (
            Change(
                ABSORB,
                'hold is not None and hold.answer == "accept" and {*items',
                "hold is not None and {*items",
            ),
        ),
    ),
    Bug(
        "clock-believed",
        "A clock that jumped for one pass is believed.",
        "I16",
        (
            Change(
                "engine/doubts.py",
                "    if abs(now - told) <= APART:\n        return\n    known",
                "    if True:\n        return\n    known",
            ),
        ),
    ),
)
