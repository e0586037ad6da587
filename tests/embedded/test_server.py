"""The embedded server, with the real Radicale."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from syncer.embedded import process as embedded_process
from syncer.embedded import server as embedded
from syncer.embedded.files import free_port
from syncer.embedded.server import Account, EmbeddedServer, EmbeddedServerError

Start = Callable[..., EmbeddedServer]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start servers on the test's state folder and stop them afterwards."""
    servers: list[EmbeddedServer] = []

    def starting(*users: str) -> EmbeddedServer:
        server = EmbeddedServer(tmp_path / "state", users or ("ada", "grace"))
        servers.append(server)
        server.start()
        return server

    yield starting
    for server in servers:
        server.stop()


def ask(account: Account, path: str, method: str = "PROPFIND") -> int:
    """Return the status of a request as `account`."""
    token = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
    connection = http.client.HTTPConnection(urlsplit(account.url).netloc, timeout=5)
    try:
        connection.request(method, path, headers={"Depth": "0", "Authorization": f"Basic {token}"})
        return connection.getresponse().status
    finally:
        connection.close()


def listening(server: EmbeddedServer) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(server.url).port or 0)) == 0


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def server_pid(state: Path) -> int:
    """The process that runs the server of `state`, found by its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if embedded_process.__file__ in command and str(state / "radicale" / "config") in command:
            return int(folder.name)
    raise AssertionError(f"no server runs for {state}")


def test_each_partner_reaches_their_own_and_nothing_else(start: Start) -> None:
    ada, grace = start().accounts
    assert ada.url.startswith("http://127.0.0.1:") and ada.url.endswith("/ada/")
    assert ask(ada, "/ada/") == 207
    assert ask(ada, "/ada/tasks/", "MKCALENDAR") == 201
    assert ask(grace, "/ada/tasks/") == 403
    assert ask(Account("ada", grace.password, ada.url), "/ada/") == 401


def test_passwords_are_kept_private_and_across_starts(start: Start, tmp_path: Path) -> None:
    first = start("ada")
    ada = first.accounts[0]
    assert ask(ada, "/ada/list/", "MKCALENDAR") == 201
    first.stop()
    assert not listening(first)
    second = start("grace", "ada")
    assert second.accounts[1].password == ada.password
    assert second.accounts[0].password != ada.password
    assert ask(second.accounts[1], "/ada/list/") == 207
    for name in ("users", "config", "server.json"):
        assert stat.S_IMODE((tmp_path / "state" / "radicale" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "state" / "radicale").stat().st_mode) == 0o700
    assert ada.password not in second.log_file.read_text() and ada.password not in repr(ada)


def test_the_log_names_each_request(start: Start) -> None:
    server = start()
    ask(server.accounts[0], "/ada/")
    assert until(lambda: "PROPFIND request for '/ada/'" in server.log_file.read_text())


def test_a_second_evenhold_joins_in_and_leaves_it_running(start: Start) -> None:
    first, second = start(), start()
    assert not first.attached and second.attached
    assert second.accounts == first.accounts
    second.stop()
    assert listening(first)


def test_who_joined_takes_over_when_the_server_is_gone(start: Start) -> None:
    first, second = start(), start()
    first.stop()
    second.ensure()
    assert not second.attached
    assert second.accounts == first.accounts
    assert ask(second.accounts[0], "/ada/") == 207


def test_joining_without_a_login_says_so(start: Start) -> None:
    start("ada")
    with pytest.raises(EmbeddedServerError, match="without a login for grace"):
        start("grace")


def test_two_starts_at_the_same_moment_make_one_server(tmp_path: Path) -> None:
    servers = [EmbeddedServer(tmp_path, ["ada"]) for _ in range(3)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(server.attached for server in servers) == [False, True, True]
    assert len({server.accounts for server in servers}) == 1
    for server in servers:
        server.stop()


def test_it_is_started_again_after_it_died(start: Start, tmp_path: Path) -> None:
    server = start()
    before = server_pid(tmp_path / "state")
    server.ensure()
    assert server_pid(tmp_path / "state") == before
    os.kill(before, signal.SIGKILL)
    assert until(lambda: not listening(server))
    server.ensure()
    assert server_pid(tmp_path / "state") != before
    assert ask(server.accounts[0], "/ada/") == 207


def test_a_busy_port_is_avoided_and_the_new_one_kept(start: Start) -> None:
    first = start()
    port = urlsplit(first.url).port or 0
    first.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        second = start()
        assert second.url != first.url
        second.stop()
    third = start()
    assert third.url == second.url


def test_a_port_lost_between_look_and_start_is_no_failure(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = int(other.getsockname()[1])
        looks = iter([taken])
        monkeypatch.setattr(
            "syncer.embedded.files.free_port", lambda wanted: next(looks, None) or free_port(wanted)
        )
        server = start()
        assert urlsplit(server.url).port != taken
        assert ask(server.accounts[0], "/ada/") == 207


def test_a_free_port_is_taken_as_wished() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
        assert free_port(port) != port
    assert free_port(port) == port
    assert free_port(70000) not in (0, 70000)


def test_it_ends_with_its_evenhold_even_after_sigkill(tmp_path: Path) -> None:
    program = (
        "import sys, time, pathlib; from syncer.embedded.server import EmbeddedServer\n"
        "server = EmbeddedServer(pathlib.Path(sys.argv[1]), ['ada']); server.start()\n"
        "print(server.url, flush=True); time.sleep(60)"
    )
    root = Path(embedded.__file__).parents[2]
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    with parent:
        assert parent.stdout is not None
        url = urlsplit(parent.stdout.readline().strip())
        server = server_pid(tmp_path)
        assert os.getsid(server) == server != os.getsid(parent.pid)
        parent.kill()
    assert until(lambda: not Path(f"/proc/{server}").exists())
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", url.port or 0)) != 0


def test_what_is_ours_alone_stays_with_us(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere")
    monkeypatch.setenv("RADICALE_CONFIG", str(tmp_path / "another"))
    start()
    environ = Path(f"/proc/{server_pid(tmp_path / 'state')}/environ").read_bytes()
    assert b"NOTIFY_SOCKET" not in environ and b"RADICALE_CONFIG" not in environ


def test_a_server_that_can_not_start_shows_the_end_of_its_log(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "syncer.embedded.files._CONFIG", "[server]\nhosts = {host}:{port}\nno_such_option = 1\n"
    )
    with pytest.raises(EmbeddedServerError) as caught:
        start()
    assert "it ended while it started" in str(caught.value)
    assert "no_such_option" in str(caught.value)
    assert "radicale.log" in str(caught.value)
    assert "--config FILE" in str(caught.value)


def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(EmbeddedServerError, match="state/radicale can't be used"):
        EmbeddedServer(tmp_path / "state", ["ada"]).start()


@pytest.mark.parametrize("user", ["", " ada", "a:b", "a/b", "..", "#ada", "a\nb"])
def test_names_that_can_not_be_logins_are_refused(user: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="can't be a login name"):
        EmbeddedServer(tmp_path, [user])


def test_names_with_accents_can_be_logins(start: Start) -> None:
    (account,) = start("zoë").accounts
    assert account.url.endswith("/zo%C3%AB/")
    assert ask(account, "/zo%C3%AB/") == 207


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "radicale.log"
    program = (
        f"import os; from pathlib import Path; from syncer.embedded.process import rotate\n"
        f"log = Path({str(log)!r})\n"
        "os.write(2, b'before'); assert not rotate(log, 6); os.write(2, b'!'); assert rotate(log, 6)\n"
        "os.write(2, b'after')"
    )
    root = Path(embedded.__file__).parents[2]
    with log.open("ab") as stream:
        subprocess.run([sys.executable, "-c", program], stdout=stream, stderr=stream, check=True, cwd=root)
    assert (tmp_path / "radicale.log.1").read_text() == "before!"
    assert log.read_text() == "after"
