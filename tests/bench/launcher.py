"""Runs one command and writes down what it cost. A script of its own, so small that it hides nothing.

A child's ru_maxrss begins at what its parent held at exec (Linux, exec_mmap: the old address space's mark
is kept), so whoever measures memory with it must be smaller than what is measured. Start as
`python -I -S launcher.py RESULT COMMAND...`; the exit code is the command's.
"""

import os
import sys
import time


def main() -> int:
    """Write `wall user system maxrss_kib` to the file RESULT."""
    result, command = sys.argv[1], sys.argv[2:]
    start = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    with open(result, "w") as out:  # noqa: PTH123  pathlib alone is larger than this script
        out.write(f"{wall} {usage.ru_utime} {usage.ru_stime} {usage.ru_maxrss}\n")
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main())
