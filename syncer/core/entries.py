"""The entry: one fact of the append-only record, and the shapes that its data takes.

Lives here: what can be recorded and how a fact is named so that it is recorded once. What follows from
an entry is in `fold`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class EntryKind(StrEnum):
    """What happened. The data each kind carries stands behind it."""

    BUNDLE = "bundle"  # title, category, outcome, owner, weight, unpredictability, deadline, state
    TASK = "task"  # bundle, title, stage, effort, repeat, start, at, duration, missed, removed
    OWNED = "owned"  # owner (the new one), from (the one before)
    STATE = "state"  # state: active, paused or archived
    DONE = "done"  # day (nominal), on (local day it was seen), claimed (the app's own time, UTC)
    REOPENED = "reopened"  # day
    RESCHEDULED = "rescheduled"  # day, when
    NOTED = "noted"  # day; the text itself stays in the owner's app
    RETITLED = "retitled"  # day; the text itself stays in the owner's app
    SKIPPED = "skipped"  # day, on
    LAPSED = "lapsed"  # day, on
    PROPOSED = "proposed"  # day, what: the field that a non-owner wished otherwise, wish: its value
    OVERRULED = "overruled"  # day, what: the field, kept: owner or ledger, lost: the value that gave way
    ACCOUNT = "account"  # account, state: linked or unlinked


@dataclass(frozen=True, slots=True)
class Entry:
    """Who (`actor`, a partner's id), when (`at`, UTC), on what evidence, from which source.

    `key` is unique in a household: an entry whose key is there already is the same fact again.
    `source` is `account/collection` or the command; `evidence` a short constant such as `status`.
    """

    kind: EntryKind
    at: dt.datetime
    key: str
    actor: str | None = None
    source: str = ""
    evidence: str = ""
    bundle: str | None = None
    task: str | None = None
    occurrence: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
