"""A household of two partners on a real server, as the system tests use it.

Lives here: its folder with configuration, passwords and state, the installed `evenhold` command run on it,
what stands on the server (read past the proxy), and what stands in its ledger (read from the file). No
test logic may live here.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from syncer.cli import app as cli
from tests.servers import ACCOUNTS, Response, Server

EVENHOLD = Path(sys.executable).parent / "evenhold"
BUNDLES = Path(__file__).parent / "bundles.toml"
HOMES = {"radicale": "/{}/", "xandikos": "/{}/calendars/"}
WRITING = frozenset(
    {"PUT", "DELETE", "MKCALENDAR", "MKCOL", "PROPPATCH", "POST", "PATCH", "MOVE", "COPY", "LOCK"}
)
"""Methods that may change something at a server."""

FACTS = ("done", "reopened", "skipped", "lapsed", "rescheduled", "noted", "retitled", "proposed")
"""The kinds of entry that say what became of an occurrence."""

_OURS = (
    "EVENHOLD_",
    "NOTIFY_SOCKET",
    "JOURNAL_STREAM",
    "WATCHDOG_",
    "STATE_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
)
_ASK_ETAGS = '<propfind xmlns="DAV:"><prop><getetag/><resourcetype/></prop></propfind>'
_MKCALENDAR = (
    '<C:mkcalendar xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>'
    "<displayname>{name}</displayname><C:supported-calendar-component-set>"
    '<C:comp name="{component}"/></C:supported-calendar-component-set></prop></set></C:mkcalendar>'
)
_BEFORE_EXEC = "import os, sys\n{}\nos.execv(sys.argv[1], sys.argv[1:])"


def daytime_zone() -> ZoneInfo:
    """A zone in which it is day now, so that no test runs over a local midnight."""
    names = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "America/Los_Angeles")
    zones = [ZoneInfo(name) for name in names]
    return next(zone for zone in zones if 5 <= dt.datetime.now(zone).hour < 18)


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether something comes true within the time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.03)
    return True


def child_environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our environment without what would configure a child; its home is `home`, its words English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    kept = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    return {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8", **(more or {})}


@dataclass(frozen=True, slots=True)
class Stored:
    """One resource at the server; `text` is unfolded and has plain line ends, `body` is as served."""

    path: str
    etag: str
    body: bytes

    @property
    def text(self) -> str:
        """RFC 5545 section 3.1 undone."""
        return re.sub(r"\r?\n[ \t]", "", self.body.decode()).replace("\r\n", "\n")

    def get(self, name: str) -> str | None:
        """The value of the first property of that name in the event or to-do itself."""
        item = re.sub(r"BEGIN:VALARM.*?END:VALARM\n", "", self.text, flags=re.DOTALL)
        item = re.sub(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\n", "", item, flags=re.DOTALL)
        found = re.search(rf"^{name}(?:;[^:\n]*)?:(.*)$", item, flags=re.MULTILINE)
        return found[1] if found else None

    @property
    def uid(self) -> str:
        """The item's UID."""
        return self.get("UID") or ""

    @property
    def title(self) -> str:
        """The item's title."""
        return self.get("SUMMARY") or ""


@dataclass
class House:
    """Ada and Ben, with a calendar and a to-do list each that no other test uses.

    `base` is the server's address in the configuration; the sync settings are written by `configure`.
    """

    server: Server
    folder: Path
    number: int

    def __post_init__(self) -> None:
        self.base = self.server.url
        self.zone = daytime_zone()
        self.config, self.state = self.folder / "evenhold.toml", self.folder / "state"
        self.folder.mkdir(parents=True, exist_ok=True)
        for user, password in ACCOUNTS.items():
            self.set_password(user, password)
        self.configure()

    # The configuration.

    def set_password(self, user: str, password: str, mode: int = 0o600) -> None:
        """Write a partner's password file."""
        file = self.folder / f"{user}.password"
        file.write_text(password + "\n")
        file.chmod(mode)

    def configure(self, *, horizon: int = 28, poll: int = 60, more: str = "") -> None:
        """Write the configuration."""
        parts = [f'[household]\nname = "home-{self.number}"\n']
        for user in ACCOUNTS:
            alarms = 'alarms = { timed = [30], due = ["09:00"] }\n' if user == "ada" else ""
            parts.append(f'[[partners]]\nname = "{user.title()}"\ntime_zone = "{self.zone.key}"\n{alarms}')
        for user in ACCOUNTS:
            parts.append(
                f'[[accounts]]\nname = "{user}"\npartner = "{user.title()}"\n'
                f'calendar = "{self.name("calendar")}"\ntodos = "{self.name("todos")}"\n'
                f'password = {{ file = "{user}.password" }}\n'
                f'url = "{self.base}/"\nuser = "{user}"\ntimeout = 10\n'
            )
        parts.append(f"[sync]\nhorizon_days = {horizon}\npoll_seconds = {poll}\n{more}")
        self.config.write_text("\n".join(parts))

    def name(self, kind: str) -> str:
        """The display name of the partners' `calendar` or `todos`."""
        return f"{'Plans' if kind == 'calendar' else 'Tasks'} {self.number}"

    def path(self, user: str, kind: str) -> str:
        """Where a collection stands once it was made."""
        return f"{HOMES[self.server.name].format(user)}{self.name(kind).lower().replace(' ', '-')}/"

    # The command.

    def command(self, *words: str) -> list[str]:
        """The installed command with this household's configuration and state."""
        return [str(EVENHOLD), *words, "--config", str(self.config), "--state", str(self.state)]

    def evenhold(self, *words: str, code: int = 0, first: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end and hold it to its exit code; never may it show a traceback.

        `first` is Python that the child runs on itself before it becomes the command.
        """
        command = self.command(*words)
        if first:
            command = [sys.executable, "-c", _BEFORE_EXEC.format(first), *command]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=child_environment(self.folder),
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def once(self, code: int = 0, first: str = "") -> subprocess.CompletedProcess[str]:
        """One pass."""
        return self.evenhold("run", "--once", code=code, first=first)

    def inside(self, *words: str) -> None:
        """The same command in this process, to its good end.

        For what a test only builds upon: starting Python and its libraries anew takes a second each time.
        """
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = cli(args=self.command(*words)[1:], standalone_mode=False)
        assert not code, said.getvalue()

    def again(self) -> None:
        """A pass more, on the household opened anew."""
        self.inside("run", "--once")

    def load(self, text: str | None = None) -> None:
        """Import the bundles of the tests, or those of a text."""
        file = self.folder / "bundles.toml"
        file.write_text(BUNDLES.read_text() if text is None else text)
        self.inside("import", str(file))

    def settle(self) -> None:
        """Import the bundles and put them up."""
        self.load()
        self.again()

    def json(self, *words: str, code: int = 0) -> Any:
        """What a command prints as JSON."""
        return json.loads(self.evenhold(*words, "--json", code=code).stdout)

    # The server, past the proxy.

    def request(
        self, user: str, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> Response:
        """A request that must be answered well."""
        answer = self.server.raw(user, method, path, body, headers)
        assert answer.status // 100 == 2, (method, path, answer)
        return answer

    def make_collection(self, user: str, kind: str) -> None:
        """Make a collection where it was, as a person would after deleting it."""
        component = "VEVENT" if kind == "calendar" else "VTODO"
        body = _MKCALENDAR.format(name=self.name(kind), component=component)
        self.request(user, "MKCALENDAR", self.path(user, kind), body, {"Content-Type": "application/xml"})

    def stored(self, user: str, kind: str) -> list[Stored]:
        """Everything in a collection; nothing where it is not there."""
        place = self.path(user, kind)
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        answer = self.server.raw(user, "PROPFIND", place, _ASK_ETAGS, headers)
        if answer.status == 404:
            return []
        assert answer.status == 207, answer
        found = []
        for response in ElementTree.fromstring(answer.body).iter("{DAV:}response"):
            href = str(response.findtext("{DAV:}href"))
            if not href.endswith(".ics"):
                continue
            found.append(self.fetch(user, href))
        return sorted(found, key=lambda one: one.path)

    def fetch(self, user: str, path: str) -> Stored:
        """One resource."""
        answer = self.request(user, "GET", path)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Stored(path, headers["etag"], answer.body)

    def everything(self) -> dict[str, list[Stored]]:
        """All four collections by `user/kind`."""
        return {
            f"{user}/{kind}": self.stored(user, kind) for user in ACCOUNTS for kind in ("calendar", "todos")
        }

    def uids(self, user: str, kind: str) -> list[str]:
        """The UIDs in a collection, sorted; what stands there twice is there twice."""
        return sorted(one.uid for one in self.stored(user, kind))

    def tasks(self, user: str, kind: str) -> set[str]:
        """The tasks whose items stand in a collection, as in `bins.out`."""
        return {uid.split(".", 1)[1].rsplit(".", 1)[0] for uid in self.uids(user, kind)}

    def item(self, user: str, kind: str, title: str) -> Stored:
        """The first item of that title, by date."""
        return self.items(user, kind, title)[0]

    def items(self, user: str, kind: str, title: str) -> list[Stored]:
        """The items of that title, by date."""
        found = [one for one in self.stored(user, kind) if one.title == title]
        assert found, (title, [one.title for one in self.stored(user, kind)])
        return sorted(found, key=lambda one: one.uid)

    def edit(self, user: str, there: Stored, change: Callable[[str], str]) -> Stored:
        """Another app changes the text of a resource."""
        return self.replace(user, there, change(there.text))

    def replace(self, user: str, there: Stored, text: str) -> Stored:
        """Another app writes a resource, on the condition that it stands as read."""
        assert text != there.text, "the edit changed nothing"
        headers = {"Content-Type": "text/calendar; charset=utf-8", "If-Match": there.etag}
        self.request(user, "PUT", there.path, text.replace("\n", "\r\n"), headers)
        return self.fetch(user, there.path)

    def delete(self, user: str, there: Stored) -> None:
        """Another app deletes a resource."""
        self.request(user, "DELETE", there.path)

    # The ledger.

    def query(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the ledger's file, read-only."""
        with closing(
            sqlite3.connect(f"file:{self.state / 'ledger.sqlite3'}?mode=ro", uri=True)
        ) as connection:
            return list(connection.execute(sql, values))

    def entries(self, *kinds: str) -> list[tuple[str, str]]:
        """(kind, task) of every entry of these kinds, in order."""
        marks = ", ".join("?" * len(kinds))
        return self.query(f"SELECT kind, task FROM entry WHERE kind IN ({marks}) ORDER BY seq", *kinds)

    def done(self) -> list[str]:
        """The task of every completion in the ledger, in order."""
        return [task for _, task in self.entries("done")]

    def audited(self) -> dict[str, dict[str, int]]:
        """Completions by bundle and partner, as the audit tells them; bundles without any left out."""
        bundles: Sequence[Any] = self.json("audit")["bundles"]
        told = {
            bundle["id"]: {
                who: figures["done"] for who, figures in bundle["partners"].items() if figures["done"]
            }
            for bundle in bundles
        }
        return {id: partners for id, partners in told.items() if partners}
