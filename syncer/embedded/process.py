"""What runs inside the embedded server's process: Radicale, and a watch over parent and log.

Lives here: the script that `embedded` starts by its path. It imports the standard library and Radicale
only, so that it works whatever the current folder is.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from pathlib import Path

LOG_BYTES = 8 * 2**20
"""Beyond this size the log is put aside as radicale.log.1; the one before is dropped."""

LOOK_SECONDS = 60.0


def watch(log: Path) -> None:
    """End the server when stdin closes, and keep its log small meanwhile.

    Stdin is a pipe from Evenhold, which the kernel closes however Evenhold ends (SIGKILL too).
    PR_SET_PDEATHSIG (prctl(2)) would fire once the *thread* that started us ends, which may be a passing one.
    """
    while not select.select([0], [], [], LOOK_SECONDS)[0] or os.read(0, 1):
        rotate(log)
    # To the main thread, whose select() has to return for Radicale to notice.
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
    threading.Event().wait(5)
    os._exit(1)


def rotate(log: Path, limit: int = LOG_BYTES) -> bool:
    """Put the log aside and write to a new one if it is larger than `limit` bytes; say whether."""
    if os.fstat(2).st_size <= limit:
        return False
    log.replace(log.with_name(log.name + ".1"))
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)
    return True


def main() -> None:
    """Arguments: Radicale's configuration file, the log's path."""
    config, log = sys.argv[1:]
    threading.Thread(target=watch, args=(Path(log),), daemon=True).start()
    sys.argv[1:] = ["--config", config]
    from radicale.__main__ import run

    run()


if __name__ == "__main__":
    main()
