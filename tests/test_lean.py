"""A household loads what it uses: one without Google never imports Google's client; so for each provider."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.system.house import child_environment

CLIENTS = {
    "caldav": {"caldav", "niquests", "icalendar"},
    "google_calendar": {"googleapiclient", "google.auth", "google.oauth2", "httplib2", "httpx"},
    "google_tasks": {"googleapiclient", "google.auth", "google.oauth2", "httplib2", "httpx"},
    "todoist": {"httpx", "todoist_api_python"},
}
"""What a connector's first request loads of others' libraries."""

EVERY = frozenset().union(*CLIENTS.values(), {"google_auth_oauthlib", "requests"})
OTHERS = {"sqlalchemy", "alembic", "radicale", "rich", "structlog", "tenacity"}
SETTINGS = {
    "caldav": 'calendar = "Plans"\nurl = "http://127.0.0.1:{port}/"\nuser = "ada"',
    "google_calendar": 'calendar = "Plans"\nroot = "http://127.0.0.1:{port}/"',
    "google_tasks": 'todos = "Tasks"\nroot = "http://127.0.0.1:{port}/"',
    "todoist": 'todos = "Tasks"\nurl = "http://127.0.0.1:{port}"',
}
GRANT = {
    "client_id": "an-id",
    "client_secret": "a-client-secret",
    "refresh_token": "a-refresh-token",
    "token_uri": "http://127.0.0.1:{port}/token",
    "scopes": [],
}
PROGRAM = """
import json, sys
sys.argv = ["evenhold", *sys.argv[1:]]
from syncer.cli import main
try:
    main()
except SystemExit:
    pass
print()
print(json.dumps(sorted(sys.modules)))
"""


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a command has loaded when it ends."""
    command = [sys.executable, "-c", PROGRAM, *words]
    environment = child_environment(folder)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


class Refusing(BaseHTTPRequestHandler):
    """A provider that lets nobody in: a connector does not ask twice."""

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(401)
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_PROPFIND = do_OPTIONS = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def household(folder: Path, connector: str, port: int = 1) -> Path:
    """A household with one account."""
    secret = json.dumps(GRANT) if "google" in connector else "a-token"
    (folder / "secret").write_text(secret.replace("{port}", str(port)))
    (folder / "secret").chmod(0o600)
    (folder / "evenhold.toml").write_text(
        '[household]\nname = "lean"\n[[partners]]\nname = "Ada"\ntime_zone = "Europe/Berlin"\n'
        f'[[accounts]]\nname = "ada"\npartner = "Ada"\nconnector = "{connector}"\ntimeout = 2\n'
        f'password = {{ file = "secret" }}\n{SETTINGS[connector].replace("{port}", str(port))}\n'
    )
    return folder / "evenhold.toml"


@pytest.mark.parametrize("connector", CLIENTS)
def test_a_household_loads_its_own_provider_alone(connector: str, tmp_path: Path, port: int) -> None:
    config = household(tmp_path, connector, port)
    place = ("--config", str(config), "--state", str(tmp_path / "state"))
    there = loaded(tmp_path, "run", "--once", *place)
    assert CLIENTS[connector] - there == set(), "the request was made"
    assert there & (EVERY - CLIENTS[connector]) == set()
    theirs = {f"connectors.{name}" for name in CLIENTS}
    assert there & theirs == {f"connectors.{connector}"}


def test_a_connector_is_loaded_when_named_and_its_library_with_the_first_request(
    tmp_path: Path,
) -> None:
    config = household(tmp_path, "google_calendar")
    there = loaded(tmp_path, "status", "--config", str(config), "--state", str(tmp_path / "state"))
    assert "connectors.google_calendar" in there and there & EVERY == set()


def test_to_list_the_connectors_takes_nobodys_client(tmp_path: Path) -> None:
    there = loaded(tmp_path, "connectors")
    assert {f"connectors.{name}" for name in CLIENTS} <= there
    assert there & (EVERY - {"icalendar"}) == set()


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("connect", "--help")])
def test_help_takes_next_to_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    there = loaded(tmp_path, *words)
    assert there & (EVERY | OTHERS) == set()
    assert [name for name in there if name.startswith("connectors")] == []
