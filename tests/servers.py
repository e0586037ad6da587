"""Real CalDAV servers on loopback ports, and a recording proxy that can misbehave.

Lives here: Radicale and Xandikos as child processes with the accounts `ada` and `ben`, each behind a
`Proxy` that logs every request and can answer for the server. No test logic may live here.
"""

from __future__ import annotations

import base64
import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ACCOUNTS: Mapping[str, str] = {"ada": "ada's-password", "ben": "ben's-password"}
"""The accounts of every server here: name to password."""

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "server", "date"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived: `headers` have lower-case names."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer in place of the server's.

    `forward` sends the request on first and throws the true answer away; `drop` closes the connection
    without an answer; `cut` announces the whole body and sends only so many bytes of it.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    forward: bool = False
    drop: bool = False
    cut: int | None = None


Fault = Callable[[str, str, int], Response | None]
Rewrite = Callable[[Request, Response], Response]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests, not worth a traceback."""


class Proxy:
    """Forwards to `target_port` on loopback, keeping each request in `requests`, in order of arrival.

    `fault(method, path, n)` is asked before forwarding (n counts requests from 0) and may answer instead;
    `rewrite(request, response)` may change what the server answered; `delay` holds each request back, in
    seconds. With `accounts`, the proxy checks the login itself and names the user in X-Remote-User.
    """

    def __init__(self, target_port: int, *, accounts: Mapping[str, str] | None = None, port: int = 0) -> None:
        self.target_port = target_port
        self.accounts = accounts
        self.requests: list[Request] = []
        self.delay = 0.0
        self.fault: Fault | None = None
        self.rewrite: Rewrite | None = None
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """The proxy's origin."""
        return f"http://127.0.0.1:{self.port}"

    def count(self, method: str | None = None) -> int:
        """How many requests came in, of one method or of all."""
        return sum(1 for request in self.requests if method in (None, request.method))

    def reset(self) -> None:
        """Forget the log and all misbehaviour."""
        self.requests.clear()
        self.delay, self.fault, self.rewrite = 0.0, None, None

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: Request, client: http.client.HTTPConnection) -> Response:
        """The answer to one request: a fault's, the login check's or the server's."""
        with self._lock:
            n = len(self.requests)
            self.requests.append(request)
        if self.delay:
            time.sleep(self.delay)
        fault = self.fault(request.method, request.path, n) if self.fault else None
        if fault is not None and not fault.forward:
            return fault
        user = self._login(request)
        if self.accounts is not None and user is None:
            return Response(401, headers={"WWW-Authenticate": 'Basic realm="test"'})
        true = self._forward(request, client, user)
        if fault is not None:
            return fault
        return self.rewrite(request, true) if self.rewrite else true

    def _login(self, request: Request) -> str | None:
        """The user whose name and password the request carries, if the proxy is to check that."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if self.accounts is None or scheme.lower() != "basic":
            return None
        name, _, password = base64.b64decode(given).decode().partition(":")
        return name if self.accounts.get(name) == password else None

    def _forward(self, request: Request, client: http.client.HTTPConnection, user: str | None) -> Response:
        """Send a request on over the handler's own connection and read the whole answer."""
        headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
        headers["host"] = f"127.0.0.1:{self.port}"
        if user is not None:
            headers["x-remote-user"] = user
        if self.rewrite is not None:  # what is packed can't be rewritten
            headers.pop("accept-encoding", None)
        try:
            client.request(request.method, request.path, request.body, headers)
            answer = client.getresponse()
        except (http.client.HTTPException, OSError):  # the server closed an idle connection, or restarted
            client.close()
            client.request(request.method, request.path, request.body, headers)
            answer = client.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP}
        return Response(answer.status, answer.read(), kept)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def setup(self) -> None:
                super().setup()
                self.client = http.client.HTTPConnection("127.0.0.1", proxy.target_port, timeout=60)

            def finish(self) -> None:
                self.client.close()
                super().finish()

            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65537)
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body)
                try:
                    self._send(proxy.answer(request, self.client))
                except OSError:
                    self.close_connection = True

            def _send(self, answer: Response) -> None:
                if answer.drop:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(answer.body[: answer.cut])
                self.wfile.flush()
                if answer.cut is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the log is `requests`."""

        return Handler


def free_port() -> int:
    """A loopback port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(pid: int, port: int) -> bool:
    """Whether this very process listens on a port: another's server may have taken it meanwhile."""
    listening = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
            listening.add(f"socket:[{fields[9]}]")
    try:
        return any(str(link.readlink()) in listening for link in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it ended, or closed the file that was being looked at
        return False


class Server:
    """A CalDAV server as a child process, reached through `proxy`.

    `start` after `stop` comes back on the same ports with the same storage under `root`; the log of the
    process itself is `root/server.log`. `direct` is the server's own origin, past the proxy.
    """

    name = ""
    proxy_checks_login = False

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self.backend_port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        accounts = ACCOUNTS if self.proxy_checks_login else None
        self.proxy = Proxy(self.backend_port, accounts=accounts)

    def command(self) -> list[str]:
        """The command line of the server."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The origin to give to a client, without a path."""
        return self.proxy.url

    @property
    def direct(self) -> str:
        """The server's own origin."""
        return f"http://127.0.0.1:{self.backend_port}"

    def home(self, user: str) -> str:
        """The URL below which the calendars of `user` stand."""
        return f"{self.url}/{user}/"

    def raw(
        self,
        user: str,
        method: str,
        path: str,
        body: bytes | str = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """One request of another app of `user`, past the proxy and its log."""
        login = base64.b64encode(f"{user}:{ACCOUNTS[user]}".encode()).decode()
        who = {"Authorization": f"Basic {login}", "X-Remote-User": user}
        client = http.client.HTTPConnection("127.0.0.1", self.backend_port, timeout=30)
        try:
            client.request(
                method, path, body.encode() if isinstance(body, str) else body, {**who, **(headers or {})}
            )
            answer = client.getresponse()
            return Response(answer.status, answer.read(), dict(answer.getheaders()))
        finally:
            client.close()

    def start(self) -> Server:
        """Start it and wait until it answers."""
        with (self.root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if _listens(self._process.pid, self.backend_port):
                return self
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise RuntimeError(f"{self.name} did not start: {(self.root / 'server.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """Stop the process; the storage and the ports stay."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def close(self) -> None:
        """Stop the process and the proxy."""
        self.stop()
        self.proxy.close()


class Radicale(Server):
    """Radicale with an htpasswd file; it checks the logins itself."""

    name = "radicale"

    def command(self) -> list[str]:
        """Write the configuration and name it."""
        users = self.root / "users"
        users.write_text("".join(f"{name}:{password}\n" for name, password in ACCOUNTS.items()))
        config = self.root / "config"
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.backend_port}\nmax_connections = 64\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\nhtpasswd_encryption = plain\ndelay = 0\n"
            f"[rights]\ntype = owner_only\n"
            f"[storage]\nfilesystem_folder = {self.root / 'collections'}\n"
            "[logging]\nlevel = warning\n"
        )
        return [sys.executable, "-m", "radicale", "--config", str(config)]


class Xandikos(Server):
    """Xandikos for several users; it takes plain logins over TLS only, so the proxy checks them."""

    name = "xandikos"
    proxy_checks_login = True

    def command(self) -> list[str]:
        """Trust the proxy's word about who is there."""
        place = ["--directory", str(self.root / "storage"), "--state-dir", str(self.root / "state")]
        listen = ["--listen-address", "127.0.0.1", "--port", str(self.backend_port), "--no-detect-systemd"]
        trust = ["--trust-x-remote-user-from", "127.0.0.1"]
        (self.root / "storage").mkdir(exist_ok=True)
        return [sys.executable, "-m", "xandikos", "multi-user", *place, *listen, *trust]


SERVERS: Mapping[str, type[Server]] = {"radicale": Radicale, "xandikos": Xandikos}
"""Every server here by name, for parametrised tests."""
