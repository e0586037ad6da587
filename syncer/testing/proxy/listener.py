"""The side of the fault proxy that its clients see: HTTP/1.1 on a loopback port, a thread a connection.

Nothing is decided here: each request goes to one function, whose answer is written as it is, cut short, or
not at all.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from syncer.testing.proxy.wire import Response

HOST = "127.0.0.1"
BODILESS = frozenset({204, 304})
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})
"""Headers of one connection (RFC 9110 section 7.6.1), and lengths, which follow from the body."""


@dataclass(frozen=True, slots=True)
class Truncated:
    """A response that announces its whole body, of which only the first `keep` bytes are sent."""

    response: Response
    keep: int


Answering = Callable[[str, str, dict[str, str], bytes], Response | Truncated | None]


class Listener:
    """Listens from construction to `close`."""

    def __init__(self, answering: Answering, port: int) -> None:
        self._server = _Server((HOST, port), answering)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Listen no more and close the connections of clients, idle ones too."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answering: Answering) -> None:
        super().__init__(address, _Connection)
        self.answering = answering
        self.clients: set[socket.socket] = set()
        self.lock = threading.Lock()

    def hang_up(self) -> None:
        with self.lock:
            clients = list(self.clients)
        for client in clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the client was faster

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or was killed, is what this is for: not worth a traceback."""


class _Connection(BaseHTTPRequestHandler):
    """One client's connection. Whatever the answering function needs is passed to it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.clients.add(self.connection)

    def finish(self) -> None:
        with self.server.lock:
            self.server.clients.discard(self.connection)
        super().finish()

    def handle_one_request(self) -> None:
        """Read one request, whatever its method, and answer it."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answering(self.command, self.path, headers, self._body(headers))
        if answer is None:
            self.close_connection = True
        elif isinstance(answer, Truncated):
            self._send(answer.response, max(answer.keep, 0))
            self.close_connection = True
        else:
            self._send(answer, None)

    def _body(self, headers: dict[str, str]) -> bytes:
        """The body, whole; in chunks where the client did not know its length (RFC 9112 section 7.1)."""
        if not headers.get("transfer-encoding", "").lower().endswith("chunked"):
            return self.rfile.read(int(headers.get("content-length") or 0))
        found = bytearray()
        while size := int(self.rfile.readline(65537).split(b";")[0], 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline(65537).strip():
            pass  # trailers, up to an empty line
        return bytes(found)

    def _send(self, answer: Response, keep: int | None) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status not in BODILESS:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body[:keep])
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the proxy keeps the log."""
