"""Shrinking: from a history that breaks a law to the shortest that still breaks the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.events import Event, History, Run
from tests.simulation.play import Played, play

MOST = 400
"""So many histories are tried at most."""


def shrink(played: Played, again: Callable[[History], Played] = play) -> Played:
    """The shortest history found that breaks the law that `played` broke."""
    assert played.wrong is not None
    law, best, left = played.wrong.law, played, MOST
    found = True
    while found and left:
        found = False
        for shorter in _shorter(best.history):
            left -= 1
            tried = again(shorter)
            if tried.wrong is not None and tried.wrong.law == law:
                best, found = tried, True
                break
            if not left:
                break
    return best


def _shorter(history: History) -> Iterator[History]:
    """Without the later half, without each half, quarter, and single event; without each strike."""
    events = history.events
    size = len(events) // 2
    while size >= 1:
        for start in range(len(events) - size, -1, -size):
            yield replace(history, events=events[:start] + events[start + size :])
        size //= 2
    for number, event in enumerate(events):
        for simpler in _simpler(event):
            yield replace(history, events=(*events[:number], simpler, *events[number + 1 :]))


def _simpler(event: Event) -> Iterator[Event]:
    if isinstance(event, Run):
        for number in range(len(event.strikes)):
            yield Run(event.strikes[:number] + event.strikes[number + 1 :])
