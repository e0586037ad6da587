"""Measure what each hostile item costs: `python -m tests.corpora.hostile [NAME ...]`.

Each is fetched with ten harmless ones by the real connector in a process of its own, from a server that tells
sizes and from one that doesn't. The aim: 250 ms and 32 MiB.
"""

from __future__ import annotations

import sys

from tests.corpora.hostile.items import ITEMS, files
from tests.corpora.hostile.server import HostileServer
from tests.corpora.hostile.visit import visit


def main() -> None:
    """Print one line for each item and kind of server."""
    print(f"{'item':40}{'sizes':>7}{'ms':>8}{'MiB':>8}  outcome")
    for name, hostile in {**ITEMS, **files()}.items():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        for sizes in (True, False):
            with HostileServer(hostile.build(), sizes=sizes) as server:
                found = visit(server.port)
            outcome = next(iter(found.broken.values()), "read")
            told = "told" if sizes else "not"
            print(f"{name:40}{told:>7}{found.ms:8.0f}{found.mib:8.1f}  {outcome}", flush=True)


if __name__ == "__main__":
    main()
