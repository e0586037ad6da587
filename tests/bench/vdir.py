"""vdirsyncer as a client: a configuration with one pair, discovered before the clock starts."""

from __future__ import annotations

from pathlib import Path

from tests.bench.login import HOST, Login
from tests.bench.measure import measure, script


def prepare(folder: Path, items: Path, login: Login, collection: str) -> list[str]:
    """Write the configuration, let vdirsyncer look at both sides, and return the command that syncs."""
    folder.mkdir(parents=True)
    config = folder / "config"
    config.write_text(
        f'[general]\nstatus_path = "{folder / "status"}"\n'
        '[pair pair]\na = "here"\nb = "there"\ncollections = null\n'
        f'[storage here]\ntype = "filesystem"\npath = "{items}"\nfileext = ".ics"\n'
        f'[storage there]\ntype = "caldav"\nurl = "http://{HOST}:{login.port}{collection}"\n'
        f'username = "{login.user}"\npassword = "{login.password}"\n'
    )
    command = [script("vdirsyncer"), "-c", str(config), "-v", "ERROR"]
    measure([*command, "discover", "pair"])
    return [*command, "sync", "pair"]
