"""The embedded server's script with Radicale's fsync switched off; arguments as for the script itself.

The option is internal to Radicale: a configuration file may not name it, a program may.
"""

from __future__ import annotations

from collections.abc import Iterable

from radicale import config

from syncer.embedded import process

_load = config.load


def _relaxed(paths: Iterable[tuple[str, bool]] | None = None) -> config.Configuration:
    found = _load(paths)
    found.update({"storage": {"_filesystem_fsync": "False"}}, "bench", privileged=True)
    return found


if __name__ == "__main__":
    config.load = _relaxed
    process.main()
