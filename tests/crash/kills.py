"""Killing the real daemon often: household after household at a real server, and the figures of it all."""

from __future__ import annotations

import time

from tests.crash.figures import Kills
from tests.crash.siege import besieged
from tests.crash.theatre import memory_folder
from tests.servers import SERVERS

A_HOUSEHOLD = 50
"""Kills after which another household begins."""


def kill_often(server: str, kills: int, seed: int) -> Kills:
    """So many kills on one server, household after household; the same seed draws the same."""
    found = Kills(server)
    begun = time.monotonic()
    with memory_folder() as folder:
        process = SERVERS[server](folder / server).start()
        try:
            for number in range(0, kills, A_HOUSEHOLD):
                with besieged(process, folder, number, seed) as siege:
                    siege.run(min(A_HOUSEHOLD, kills - number))
                    found.add(siege.found)
        finally:
            process.close()
    found.seconds = time.monotonic() - begun
    return found
