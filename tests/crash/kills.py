"""Killing the real daemon often: household after household at a real server, and the figures of it all."""

from __future__ import annotations

import sys
import time

from tests.crash.figures import Kills
from tests.crash.siege import besieged
from tests.crash.theatre import memory_folder
from tests.servers import SERVERS

A_HOUSEHOLD = 50
"""Kills after which another household begins."""


def kill_often(server: str, kills: int, seed: int, *, progress: bool = False) -> Kills:
    """So many kills on one server, household after household; the same seed draws the same.

    `progress` tells on standard error how far it has come: a thousand take their time.
    """
    found = Kills(server)
    begun = time.monotonic()
    with memory_folder() as folder:
        process = SERVERS[server](folder / server).start()
        try:
            for number in range(0, kills, A_HOUSEHOLD):
                with besieged(process, folder, number, seed) as siege:
                    siege.run(min(A_HOUSEHOLD, kills - number))
                    found.add(siege.found)
                if progress and found.kills < kills:
                    so_far = f"{found.kills} kills, {found.proven} proven, {len(found.violations)} violations"
                    print(f"  {server}: {so_far}", file=sys.stderr, flush=True)
        finally:
            process.close()
    found.seconds = time.monotonic() - begun
    return found
