"""Asking a person: lines from a terminal or a pipe, without an echo where that is better, and with a company.

Standard input is read past Python's buffer, so that a pasted line and a browser's answer can be waited for at
the same time. What is typed without an echo is never shown, logged or kept here.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Protocol

LONGEST = 16 * 1024
"""Bytes that one line may have; a terminal itself gives 4095 at most (termios(3), canonical mode)."""
LOOK = 0.5
"""Seconds between two looks for a Ctrl-C that came just before the wait began, which does not end it."""


class Company(Protocol):
    """Something else that may come first: its file descriptor becomes readable then."""

    def fileno(self) -> int:
        """The descriptor to wait for (select(2))."""


class Terminal:
    """Where questions are put and answered."""

    def __init__(self, out: IO[str] | None = None, source: int = 0) -> None:
        """`out` is where it is printed (standard output), `source` the descriptor that answers come from."""
        self._out, self._source = out or sys.stdout, source
        self._rest = b""
        self._ended = False
        self.heard = False
        """Whether anything was ever read."""

    @property
    def is_person(self) -> bool:
        """Whether somebody sits there."""
        return os.isatty(self._source)

    def say(self, *lines: str) -> None:
        """Print lines."""
        print(*lines, sep="\n", file=self._out, flush=True)

    def ask(self, question: str, default: str = "", *, hidden: bool = False) -> str | None:
        """The answer in one line without blanks around it; the default for an empty one.

        None where there is no more input and no default.
        """
        with self._unseen(hidden):  # before the question: some paste as soon as they see it
            self._out.write(question)
            self._out.flush()
            line = self.line()
        if hidden or not self.is_person:
            self.say()
        if line is None:
            return default or None
        return line.strip() or default

    def line(self, company: Company | None = None, seconds: float | None = None) -> str | None:
        """The next line; None at the end of the input, once `company` is ready, or when the time is over."""
        until = time.monotonic() + seconds if seconds is not None else None
        while b"\n" not in self._rest and not self._ended and len(self._rest) <= LONGEST:
            left = until - time.monotonic() if until is not None else LOOK
            if left <= 0:
                return None
            wanted: list[int] = [self._source] if company is None else [self._source, company.fileno()]
            ready, _, _ = select.select(wanted, [], [], min(left, LOOK))
            if not ready:
                continue
            if company is not None and company.fileno() in ready:
                return None
            piece = os.read(self._source, 4096)
            self._ended, self.heard = not piece, self.heard or bool(piece)
            self._rest += piece
        if not self._rest:
            return None
        found, _, self._rest = self._rest.partition(b"\n")
        return found.decode(errors="replace").removesuffix("\r")

    def wait(self, company: Company, seconds: float) -> None:
        """Until `company` is ready or some time is over, where there is no more input."""
        select.select([company.fileno()], [], [], max(0.0, min(seconds, LOOK)))

    @property
    def ended(self) -> bool:
        """Whether there is no more input."""
        return self._ended and not self._rest

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """What is typed meanwhile is not shown."""
        with self._unseen(True):
            yield

    @contextmanager
    def _unseen(self, hidden: bool) -> Iterator[None]:
        if not (hidden and self.is_person):
            yield
            return
        before = termios.tcgetattr(self._source)
        quiet = [*before]
        quiet[3] = before[3] & ~termios.ECHO
        # What was typed ahead stays: it may be the answer already.
        termios.tcsetattr(self._source, termios.TCSADRAIN, quiet)
        try:
            yield
        finally:
            termios.tcsetattr(self._source, termios.TCSADRAIN, before)
