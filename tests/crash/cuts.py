"""Cutting the canonical run at every boundary of IO, and holding what becomes of it against the uncut run.

In each act of a run the pass is cut once, at the same number; a new process then works until all is in
step, the oracle looks, and the next act begins. So one run stands for as many cuts as it has acts, and
each cut's consequences are seen before the next.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.crash.apps import Missing
from tests.crash.figures import Cuts
from tests.crash.oracle import State, judge
from tests.crash.script import ACTS
from tests.crash.stage import Stage
from tests.crash.theatre import Theatre, memory_folder, provider


@dataclass(frozen=True, slots=True)
class Uncut:
    """One act of the run that was not cut: the boundaries that its pass met, and what it came to.

    `cuts` are the numbers of those at which it shall be cut.
    """

    boundaries: tuple[str, ...]
    cuts: tuple[int, ...]
    state: State


def play_uncut(stage: Stage, found: Cuts, every: bool, share: slice) -> list[Uncut]:
    """The run as it goes by itself: what there is to cut, and what must come out."""
    acts: list[Uncut] = []
    for act in ACTS:
        act.play(stage)
        knife = stage.until_cut(0)
        wrong = stage.settle()
        state, more = judge(stage)
        found.violations += [f"{act.name}, uncut: {what}" for what in (*wrong, *more)]
        cuts = chosen(knife.gaps, every)
        acts.append(Uncut(tuple(knife.passed), cuts[share], state))
        found.boundaries += len(knife.passed)
        found.gaps += len(knife.gaps)
    found.operations = stage.operations
    return acts


def chosen(gaps: Sequence[Sequence[int]], every: bool) -> tuple[int, ...]:
    """The boundaries to cut: all, or one of each gap, by turns its first, second and so on."""
    if every:
        return tuple(number for gap in gaps for number in gap)
    return tuple(gap[index % len(gap)] for index, gap in enumerate(gaps))


def play_cut(stage: Stage, acts: Sequence[Uncut], turn: int, found: Cuts) -> None:
    """The run with every act's pass cut at the `turn`-th of its chosen boundaries, as far as there is one."""
    last = max(index for index, act in enumerate(acts) if len(act.cuts) > turn)
    for act, uncut in list(zip(ACTS, acts, strict=True))[: last + 1]:
        number = uncut.cuts[turn] if turn < len(uncut.cuts) else 0
        where = f"{act.name}, cut at {number} ({uncut.boundaries[number - 1]})" if number else act.name
        try:
            act.play(stage)
        except Missing as missing:
            found.violations.append(f"{where}: a person does not find {missing}")
            return
        knife = stage.until_cut(number)
        found.cut += knife.dead
        wrong = stage.settle()
        state, more = judge(stage)
        wrong += [*more, *uncut.state.differences(state)]
        if number and tuple(knife.passed) != uncut.boundaries[:number]:
            wrong.append(f"the run took another way: {knife.passed[-3:]}")
        found.violations += [f"{where}: {what}" for what in wrong]
        if wrong:  # what comes after it would only follow from it
            return


def cut_all(
    connector: str, part: int = 0, parts: int = 1, *, every: bool = False, share: slice = slice(None)
) -> Cuts:
    """Cut a connector's run: all parts together are all of it. `wanted` is how many cuts a part comes to.

    `share` is which of the boundaries are cut here, where two servers of one connector share them.
    """
    found = Cuts(connector)
    begun = time.monotonic()
    with memory_folder() as folder, provider(connector, folder) as fresh:
        theatre = Theatre(folder, fresh)
        with theatre.stage() as stage:
            acts = play_uncut(stage, found, every, share)
        turns = range(part, max(len(act.cuts) for act in acts), parts)
        found.wanted = sum(len(act.cuts[part::parts]) for act in acts)
        for turn in turns:
            with theatre.stage() as stage:
                play_cut(stage, acts, turn, found)
    found.seconds = time.monotonic() - begun
    return found
