"""`evenhold run`: the household opened, the daemon started, and lines for whoever watches.

Under a service manager the lines are a structured log without titles; elsewhere they are sentences, with
a progress bar where long work is watched on a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from syncer import lastpass, log
from syncer.app import App, open_app, state_folder
from syncer.commands.say import Words
from syncer.commands.words import count
from syncer.core.entries import Entry
from syncer.daemon import Daemon, alone
from syncer.engine.happenings import Happening, Tell, What
from syncer.engine.report import PassReport

LONG = 20
"""From how many operations on sending shows its progress."""


def run_daemon(config: Path | None, state: Path | None, debug: bool) -> int:
    """Run until stopped; returns the exit code."""
    with alone(_folder(config, state)):
        app = open_app(config, state)
        try:
            tell, warn, hear = _voices(app, debug)
            if not _logged():
                print("\n".join(_greeting(app)), flush=True)
            daemon = Daemon(app, tell, warn, hear)
            daemon.listen()
            daemon.run(lambda: open_app(config, state))
            app = daemon.app
        finally:
            app.close()
    if not _logged():
        print("Stopped; the next start goes on from here.", flush=True)
    return 0


def run_once(config: Path | None, state: Path | None, debug: bool) -> int:
    """One pass; the exit code is 0 only if every account was reached and everything was taken."""
    with alone(_folder(config, state)):
        app = open_app(config, state)
        try:
            tell, _, _ = _voices(app, debug)
            report = app.cycle(tell).run()
            lastpass.note(app.state, report)
            print(_closing(report), flush=True)
            return 0 if report.ok else 1
        finally:
            app.close()


def _folder(config: Path | None, state: Path | None) -> Path:
    """The state folder, which has to be known, and locked, before anything is opened there."""
    if config is None or state is not None:
        return state_folder(config, state, "")
    from syncer.config.settings import load
    from syncer.plugins import discover

    return state_folder(config, state, load(config.expanduser(), discover()).household.id)


def _greeting(app: App) -> list[str]:
    if app.demo is not None:
        return app.demo.welcome(app.rows())
    names = " and ".join(partner.name for partner in app.config.household.partners.values())
    return [f"Evenhold runs for {names}: {count(len(app.lines), 'collection')}. Ctrl-C stops it."]


def _closing(report: PassReport) -> str:
    facts = sum(len(spoke.facts) for spoke in report.spokes)
    written = sum(spoke.applied.acknowledged for spoke in report.spokes)
    words = (
        f"{count(len(report.spokes), 'collection')}: {count(facts, 'change')} taken in,"
        f" {count(written, 'change')} written"
    )
    troubled = [spoke.spoke.name for spoke in report.spokes if spoke.error or spoke.applied.error]
    return f"{words}; not in step: {', '.join(troubled)}." if troubled else f"{words}."


def _logged() -> bool:
    """Whether our output goes to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    return "JOURNAL_STREAM" in os.environ or "NOTIFY_SOCKET" in os.environ


def _voices(app: App, debug: bool) -> tuple[Tell, Callable[[str], None], Callable[[Entry], None]]:
    """Who tells what passes do, who warns, and who says what commands wrote meanwhile."""
    if _logged() or debug:
        logger = log.logger(debug)

        again = log.Repeated()

        def note(happening: Happening) -> None:
            quiet = happening.what in log.QUIET or again.told(happening)
            (logger.debug if quiet else logger.info)(str(happening.what), **log.bound(happening))

        def hear(entry: Entry) -> None:
            logger.info("command", kind=str(entry.kind), bundle=entry.bundle, task=entry.task)

        return note, lambda text: logger.warning("trouble", condition=text), hear
    words = Words(app.config.household, app.rows, [line.spoke for line in app.lines])

    def say(entry: Entry) -> None:
        if (line := words.command(entry)) is not None:
            print(line, flush=True)

    return Spoken(words).tell, lambda text: print(text, file=sys.stderr, flush=True), say


class Spoken:
    """Prints one line for each thing that happened, and says the same trouble once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._trouble: dict[str, str] = {}
        self._bar = ProgressBars() if sys.stdout.isatty() else None

    def tell(self, happening: Happening) -> None:
        """Take one happening."""
        if self._bar is not None:
            self._bar.tell(happening)
        line = self._words.line(happening)
        name = happening.spoke.name
        if happening.what is What.TROUBLE:
            if self._trouble.get(name) == line:
                return
            self._trouble[name] = line or ""
            print(line, file=sys.stderr, flush=True)
        elif line is not None:
            if happening.what is What.RECOVERED:
                self._trouble.pop(name, None)
            print(line, flush=True)


class ProgressBars:
    """A bar for each collection to which much is sent."""

    def __init__(self) -> None:
        self._bars: dict[str, object] = {}
        self._progress: object | None = None

    def tell(self, happening: Happening) -> None:
        """Take one happening."""
        from rich.progress import Progress, TaskID

        name = happening.spoke.name
        if happening.what is What.SENDING and happening.count >= LONG:
            if self._progress is None:
                self._progress = Progress(transient=True)
                self._progress.start()
            assert isinstance(self._progress, Progress)
            self._bars[name] = self._progress.add_task(happening.spoke.collection, total=happening.count)
        elif name in self._bars and isinstance(self._progress, Progress):
            bar = TaskID(int(str(self._bars[name])))
            if happening.what is What.SENT:
                self._progress.advance(bar)
            elif happening.what in (What.SENT_ALL, What.TROUBLE):
                del self._bars[name]
                if not self._bars:
                    self._progress.stop()
                    self._progress = None
