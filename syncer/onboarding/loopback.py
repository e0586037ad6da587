"""The small listener on 127.0.0.1 to which the browser is sent back (RFC 8252 section 7.3).

It takes one answer and knows nothing of what it means: that is `consent`'s. What it is asked is neither
logged nor shown; whatever else comes by (a wrong state, an icon, a stranger on this machine) changes nothing.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from syncer.onboarding.consent import Elsewhere
from syncer.onboarding.errors import NotConnected

HOST = "127.0.0.1"
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Evenhold</title><p>{}</p></html>"
)
_DONE = "Evenhold has what it needs. You can close this page and look at the terminal."
_NO = "Evenhold was not let in. You can close this page and look at the terminal."
_ELSE = "This page belongs to another attempt. Nothing was done with it."


class Loopback:
    """Listens from the start on; `fileno` is readable as soon as an answer is there."""

    def __init__(self, port: int = 0) -> None:
        """`port` 0 takes a free one. Raises NotConnected where the port is taken."""
        try:
            self._server = _Server((HOST, port), _Handler)
        except OSError as error:
            raise NotConnected(f"port {port} can't be used: {error.strerror}", "Name another one") from None
        self._server.owner = self
        self.port = int(self._server.server_address[1])
        self._check: Callable[[str], str] | None = None
        self._result: str | NotConnected | None = None
        self._lock = threading.Lock()
        self._reads, self._writes = os.pipe()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def redirect(self) -> str:
        """The address that the consent page sends the browser to."""
        return f"http://{HOST}:{self.port}/"

    def expect(self, check: Callable[[str], str]) -> None:
        """Take the first address from which `check` makes something; see `Consent.code_in`."""
        self._check = check
        self._thread.start()

    def fileno(self) -> int:
        """Readable (select(2)) once there is a result."""
        return self._reads

    def result(self) -> str | None:
        """What the check made of the answer, None while there is none. Raises what the check refused with."""
        with self._lock:
            found = self._result
        if isinstance(found, NotConnected):
            raise found
        return found

    def close(self) -> None:
        """Listen no more."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
        os.close(self._reads)
        os.close(self._writes)

    def take(self, target: str) -> tuple[int, str]:
        """The status and the words for a request; the first good one becomes the result."""
        if urlsplit(target).path != "/" or self._check is None:
            return 404, _ELSE
        found: str | NotConnected
        try:
            found, told = self._check(target), (200, _DONE)
        except Elsewhere:
            return 400, _ELSE
        except NotConnected as refused:
            found, told = refused, (200, _NO)
        with self._lock:
            if self._result is not None:
                return 400, _ELSE
            self._result = found
        os.write(self._writes, b".")
        return told


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = False
    owner: Loopback

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that hangs up is none of our business."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 5
    server: _Server

    def do_GET(self) -> None:
        """One request of the browser's."""
        status, words = self.server.owner.take(self.path)
        body = _PAGE.format(words).encode()
        self.send_response(status)
        # The address in the bar holds the code: it is passed on to nobody and kept nowhere.
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        """Nothing of our libraries is told."""
        return "evenhold"

    def log_message(self, format: str, *args: object) -> None:
        """What was asked holds the code."""
