"""Real clients of a partner: vdirsyncer with its folder of files, and todoman and khal on that folder.

Lives here: their configuration and running them as a person would. No test logic may live here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers import ACCOUNTS
from tests.system.house import HOMES, House, Stored, child_environment

BIN = Path(sys.executable).parent

_VDIRSYNCER = """\
[general]
status_path = "{folder}/status/"

[pair phone]
a = "here"
b = "there"
collections = [["calendar", "calendar", "{calendar}"], ["todos", "todos", "{todos}"]]
conflict_resolution = "a wins"

[storage here]
type = "filesystem"
path = "{folder}/vdir/"
fileext = ".ics"

[storage there]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
"""

_TODOMAN = """\
path = "{folder}/vdir/todos"
cache_path = "{folder}/todoman.sqlite3"
default_list = "todos"
date_format = "%Y-%m-%d"
time_format = "%H:%M"
default_due = 0
"""

_KHAL = """\
[calendars]
[[household]]
path = {folder}/vdir/calendar
[sqlite]
path = {folder}/khal.sqlite3
[locale]
local_timezone = {zone}
default_timezone = {zone}
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""


class Phone:
    """One partner's apps, which know Evenhold's collections only through vdirsyncer."""

    def __init__(self, house: House, user: str) -> None:
        self._house, self._folder = house, house.folder / f"{user}-phone"
        words = {
            "folder": self._folder,
            "user": user,
            "password": ACCOUNTS[user],
            "url": house.server.url + HOMES[house.server.name].format(user),
            "zone": house.zone.key,
            **{kind: house.path(user, kind).rstrip("/").rsplit("/", 1)[-1] for kind in ("calendar", "todos")},
        }
        for kind in ("calendar", "todos"):
            (self._folder / "vdir" / kind).mkdir(parents=True)
        for name, text in (("vdirsyncer.ini", _VDIRSYNCER), ("todoman.py", _TODOMAN), ("khal.ini", _KHAL)):
            (self._folder / name).write_text(text.format(**words))
        self._run("vdirsyncer", "-c", self._file("vdirsyncer.ini"), "discover", "phone")
        self.sync()

    def sync(self) -> None:
        """Bring the folder and the server in step."""
        self._run("vdirsyncer", "-c", self._file("vdirsyncer.ini"), "sync")

    def todo(self, *words: str) -> str:
        """A todoman command."""
        return self._run("todo", "--config", self._file("todoman.py"), *words)

    def khal(self, *words: str) -> str:
        """A khal command."""
        return self._run("khal", "-c", self._file("khal.ini"), *words)

    def todos(self) -> list[dict[str, Any]]:
        """What todoman lists: its own number (`id`), `summary`, `completed` and more."""
        listed: list[dict[str, Any]] = json.loads(self.todo("--porcelain", "list", "--status", "ANY"))
        return listed

    def number(self, title: str) -> str:
        """The number under which todoman lists a to-do."""
        (found,) = [str(todo["id"]) for todo in self.todos() if todo["summary"] == title]
        return found

    def edit_event(self, there: Stored, change: Callable[[str], str]) -> None:
        """Change an event in the folder, as an app that keeps its calendar in files does."""
        for file in (self._folder / "vdir" / "calendar").glob("*.ics"):
            text = file.read_bytes().decode()
            if f"UID:{there.uid}" in Stored("", "", text.encode()).text:
                assert change(text) != text
                file.write_bytes(change(text).encode())
                return
        raise AssertionError(f"{there.uid} is not in the folder")

    def _file(self, name: str) -> str:
        return str(self._folder / name)

    def _run(self, program: str, *words: str) -> str:
        done = subprocess.run(
            [str(BIN / program), *words],
            env=child_environment(self._folder, {"TZ": self._house.zone.key}),
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, (program, words, done.stdout, done.stderr)
        return done.stdout
