"""What a planted bug is: one sentence, the text it changes, the invariant it breaks, who must catch it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Checker(StrEnum):
    """Who must catch a bug: seeded histories, the canonical run cut at every boundary, or one test module."""

    SIMULATION = "simulation"
    CUTS = "cuts"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Change:
    """In a file below `syncer`, a text that stands there exactly once, and the one that takes its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Bug:
    """One bug. `breaks` is the invariant (reliability.md), `module` the test module of Checker.TESTS.

    `seeds` is how many histories may be played until it is caught, from seed `first` on: those before were
    seen not to notice, and need not be played each time.
    """

    name: str
    what: str
    breaks: str
    changes: tuple[Change, ...]
    checker: Checker = Checker.SIMULATION
    module: str = ""
    seeds: int = 800
    first: int = 0
