"""The mixed household on emulated providers, to try: `make run DEMO=mixed`.

Ada uses Google Calendar and Google Tasks, Ben a CalDAV calendar and Todoist. Nobody has a window of these
apps here, so what stands in them is printed, and a person's taps are typed. Only what is typed and printed
lives here; the household is `household`, its bundles the sample file.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from syncer.resources import path
from tests.emulators.household import Mixed, Thing

WORDS = """\
Type:  show               what stands in the four apps
       tick WORDS         tick the first open item with these words in its title
       give BUNDLE NAME   hand a bundle over, as in: give bins Ada
       quit"""
SHOWN = 6
"""Items of an app; a calendar for four weeks would fill the screen."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run until `quit`, Ctrl-C or the end of the input."""
    parser = argparse.ArgumentParser(prog="python -m tests.emulators")
    parser.add_argument("--folder", type=Path, required=True, help="where everything is kept")
    folder = parser.parse_args(argv).folder.absolute()
    mixed = Mixed(folder)
    mixed.start()
    words = [str(Path(sys.executable).parent / "evenhold")]
    place = ["--config", str(mixed.config), "--state", str(mixed.state)]
    try:
        sample = path("household.sample.toml")
        imported = subprocess.run([*words, "import", str(sample), *place], check=False)
        if imported.returncode:
            return imported.returncode
        daemon = subprocess.Popen([*words, "run", *place])
        try:
            _talk(mixed, [*words, "bundle", "give"], place)
        finally:
            daemon.terminate()
            daemon.wait()
    except KeyboardInterrupt:
        pass
    finally:
        mixed.stop()
    return 0


def _talk(mixed: Mixed, give: Sequence[str], place: Sequence[str]) -> None:
    print("The providers here are emulated; the connectors and the ledger are the real ones.")
    print("The emulators forget everything when they end, so each start begins a new household.\n")
    print(WORDS, flush=True)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "quit":
            return
        if word == "show":
            _show(mixed)
        elif word == "tick" and rest:
            print(_tick(mixed, rest), flush=True)
        elif word == "give" and len(rest.split()) >= 2:
            bundle, _, partner = rest.rpartition(" ")  # a title has blanks
            subprocess.run([*give, bundle.strip(), partner, *place], check=False)
        elif word:
            print(WORDS, flush=True)


def _show(mixed: Mixed) -> None:
    for app, look in mixed.apps().items():
        things = sorted(look(), key=lambda thing: (thing.done, thing.when, thing.title))
        print(f"\n{app}")
        for thing in things[:SHOWN]:
            print(f"  {'✓' if thing.done else '·'} {thing.when:<16}  {thing.title.removeprefix('✓ ')}")
        if len(things) > SHOWN:
            print(f"    and {len(things) - SHOWN} more")
        if not things:
            print("  nothing yet")
    print(flush=True)


def _tick(mixed: Mixed, words: str) -> str:
    for app, look in mixed.apps().items():
        things: list[Thing] = sorted(look(), key=lambda thing: thing.when)
        for thing in things:
            if words.casefold() in thing.title.casefold() and not thing.done:
                thing.tick()
                return f"Ticked in {app}: {thing.title} ({thing.when})"
    return f"Nothing open has “{words}” in its title."


if __name__ == "__main__":
    sys.exit(main())
