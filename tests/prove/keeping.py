"""Planted: what goes wrong in what the ledger keeps, and in what it wants of the apps."""

from __future__ import annotations

from tests.prove.bug import Bug, Change, Checker

ONEPASS, PROJECTION = "engine/onepass.py", "core/projection.py"

BUGS = (
    Bug(
        "state-without-an-entry",
        "A lapse changes the state and is not recorded.",
        "I18",
        (
            Change(
                "ledger/record.py",
                "        connection.execute(_INSERT, {",
                "        if entry.kind is not EntryKind.LAPSED:\n            connection.execute(_INSERT, {",
            ),
        ),
    ),
    Bug(
        "end-not-recorded",
        "What is gone from an app stays in the ledger as standing there.",
        "I4",
        (
            Change(
                "engine/absorb.py",
                "    projections.end(connection, id, spoke, ended, now.at)\n",
                "",
            ),
        ),
    ),
    Bug(
        "handover-leaves-items",
        "What was handed over stays in its former owner's app.",
        "I21",
        (
            Change(
                PROJECTION,
                'Desired(identity, Want.UNWANTED, why="handed over")',
                'Desired(identity, Want.LEFT, why="handed over")',
            ),
        ),
    ),
    Bug(
        "owner's-edit-overwritten",
        "What an owner wrote into an item is overwritten with the ledger's words.",
        "I12",
        (
            Change(
                PROJECTION,
                '    kept = {"notes"} if state is not None and state.noted else set()\n',
                "    kept = set()\n",
            ),
        ),
        first=374,
    ),
    Bug(
        "lost-is-not-put-back",
        "The table of decisions lets what a rebuilt collection lost stay away.",
        "I4",
        (
            Change(
                "core/decide.py",
                "(Want.WANTED, Base.LIVE, Remote.GONE): Decision.CREATE",
                "(Want.WANTED, Base.LIVE, Remote.GONE): Decision.END",
            ),
        ),
        Checker.TESTS,
        "tests/core/test_decide.py",
    ),
)
