"""`python -m tests.cassettes record [NAME …] [--accounts FILE]`: record tapes again."""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import tempfile
from pathlib import Path

from tests.cassettes import accounts
from tests.cassettes.sources import SOURCES, START
from tests.cassettes.story import NAME
from tests.cassettes.studio import play, record
from tests.cassettes.tape import TAPES


def main() -> None:
    """Record, and play each tape at once: one that can't be played takes no other's place."""
    parser = argparse.ArgumentParser(prog="python -m tests.cassettes", description=__doc__)
    parser.add_argument("command", choices=["record"])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(SOURCES)}, or an account's name"
    )
    parser.add_argument(
        "--accounts", type=Path, metavar="FILE", help="a household's configuration, with real accounts"
    )
    given = parser.parse_args()
    unknown = set(given.names) - SOURCES.keys()
    if given.accounts is None and unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SOURCES)}")
    real = given.accounts is not None
    chosen = (
        accounts.sources(given.accounts.expanduser(), given.names)
        if real
        else [source for name, source in SOURCES.items() if name in given.names or not given.names]
    )
    # A real provider's clock is today's; the others' stands where we put it.
    at = dt.datetime.now(dt.UTC).replace(microsecond=0) if real else START
    for source in chosen:
        with tempfile.TemporaryDirectory() as folder, source.start(Path(folder)) as live:
            tape, cassette = record(source, Path(folder), live, at)
            play(tape.path)
            size = tape.path.stat().st_size / 1024
            shutil.copy(tape.path, TAPES)
        print(f"{tape.path.name}: {len(cassette)} requests, {size:.0f} KiB, from {source.origin}")
    if real:
        print(
            f"The list “{NAME}” in each account is yours to delete. Read the tapes before you give them away."
        )


if __name__ == "__main__":
    main()
