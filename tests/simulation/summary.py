"""Running many histories, and what came of them in figures."""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from syncer.testing.faults import Fault
from tests.simulation.chance import history
from tests.simulation.claims import Wrong
from tests.simulation.play import Played, play

CHUNK = 50
"""Histories that a worker takes at a time."""


@dataclass
class Summary:
    """Figures of many histories: `wrong` are broken laws by seed, `hit` how many histories a fault struck."""

    histories: int = 0
    passes: int = 0
    seconds: float = 0.0
    wrong: dict[int, Wrong] = field(default_factory=dict)
    struck: Counter[Fault] = field(default_factory=Counter)
    hit: Counter[Fault] = field(default_factory=Counter)

    def add(self, played: Played) -> None:
        """Count one history."""
        self.histories += 1
        self.passes += played.passes
        self.struck += played.struck
        self.hit.update(played.struck.keys())
        if played.wrong is not None:
            self.wrong[played.history.seed] = played.wrong

    def merge(self, other: Summary) -> None:
        """Count many."""
        self.histories += other.histories
        self.passes += other.passes
        self.struck += other.struck
        self.hit += other.hit
        self.wrong |= other.wrong

    @property
    def rare(self) -> list[Fault]:
        """Faults that struck less than one history in two hundred."""
        return [fault for fault in Fault if self.hit[fault] * 200 < self.histories]

    def to_data(self) -> dict[str, Any]:
        """JSON."""
        return {
            "histories": self.histories,
            "passes": self.passes,
            "seconds": round(self.seconds, 1),
            "violations": {str(seed): str(wrong) for seed, wrong in sorted(self.wrong.items())},
            "faults": {str(fault): self.struck[fault] for fault in Fault},
            "histories_with_fault": {str(fault): self.hit[fault] for fault in Fault},
        }


def run(seeds: Iterable[int], *, workers: int = 1, stop_at_first: bool = False) -> Summary:
    """Play the histories of these seeds; in this process, unless there are more workers."""
    total = Summary()
    began = time.monotonic()
    if workers == 1:
        _here(seeds, total, stop_at_first)
    else:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            for part in pool.imap_unordered(_some, _chunks(seeds)):
                total.merge(part)
                if stop_at_first and total.wrong:
                    break
    total.seconds = time.monotonic() - began
    return total


def _here(seeds: Iterable[int], total: Summary, stop_at_first: bool) -> None:
    """Play them in this process; garbage is collected between histories, not all the time."""
    collected = gc.isenabled()
    gc.disable()
    try:
        for seed in seeds:
            total.add(play(history(seed)))
            if total.histories % CHUNK == 0:
                gc.collect(1)
            if stop_at_first and total.wrong:
                break
    finally:
        if collected:
            gc.enable()


def _chunks(seeds: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(seeds)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _some(seeds: list[int]) -> Summary:
    return run(seeds)
