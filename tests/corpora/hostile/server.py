"""A CalDAV server on a loopback port that hands out what it is told to, piece by piece and without lengths.

It knows two lists, each with the same ten harmless items; `/ada/list/` has `item` besides. With `answer` it
answers everything so. No test logic may live here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape

from syncer.connector import Collection
from syncer.core.identity import Identity
from syncer.core.model import Kind
from tests.corpora.hostile.items import UID

LIST = Collection("/ada/list/", "List", frozenset(Kind))
HARMLESS = Collection("/ada/harmless/", "Harmless", frozenset(Kind))
UIDS = tuple(Identity("food.shop", f"n{number:06}").uid("home") for number in range(1, 11))
HEAD = (
    '<?xml version="1.0" encoding="utf-8"?><multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'
)
_TODO = "BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nUID:{}\r\nSUMMARY:Good\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `pieces` is called anew for each request."""

    status: int = 207
    pieces: Callable[[], Iterable[bytes]] = tuple
    headers: Mapping[str, str] = field(default_factory=dict)


def response(href: str, props: str, status: str = "200 OK") -> str:
    """One DAV:response."""
    return (
        f"<response><href>{href}</href><propstat><prop>{props}</prop>"
        f"<status>HTTP/1.1 {status}</status></propstat></response>"
    )


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is what is wanted."""


class HostileServer:
    """The server. `sizes` says that it tells how large items are, `sync` that it has sync-collection.

    `requests` holds what came in, `sent` counts the bytes that went out.
    """

    def __init__(self, item: str = "", *, sizes: bool = True, sync: bool = True) -> None:
        self.item = item.encode(errors="surrogateescape")
        self.sizes, self.sync = sizes, sync
        self.answer: Answer | None = None
        self.requests: list[tuple[str, str]] = []
        self.sent = 0
        self._server = _Quiet(("127.0.0.1", 0), self._handler())
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """The server's origin."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> HostileServer:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def reply(self, method: str, path: str, body: str) -> Answer:
        """What a request is answered."""
        members = {f"{path}{uid}.ics": _TODO.format(uid).encode() for uid in UIDS}
        if path == LIST.ref and self.item:
            members[f"{path}{UID}.ics"] = self.item
        if method == "PROPFIND" or ("sync-collection" in body and self.sync):
            sizes = self.sizes and "getcontentlength" in body
            return Answer(207, lambda: self._listing(path, members, sizes))
        if "multiget" in body:
            return Answer(207, lambda: self._contents(members, re.findall("<href>([^<]*)</href>", body)))
        return Answer(404 if method == "GET" else 501)

    def _listing(self, path: str, members: Mapping[str, bytes], sizes: bool) -> Iterator[bytes]:
        yield HEAD.encode()
        yield response(path, "<resourcetype><collection/><C:calendar/></resourcetype>").encode()
        for href, text in members.items():
            size = f"<getcontentlength>{len(text)}</getcontentlength>" if sizes else ""
            yield response(href, f'<getetag>"{len(text)}"</getetag>{size}').encode()
        yield b"<sync-token>t</sync-token></multistatus>"

    def _contents(self, members: Mapping[str, bytes], hrefs: Iterable[str]) -> Iterator[bytes]:
        yield HEAD.encode()
        for href in hrefs:
            if (text := members.get(href)) is not None:
                whole = response(
                    href, f'<getetag>"{len(text)}"</getetag><C:calendar-data>|</C:calendar-data>'
                )
                before, after = whole.split("|")
                yield before.encode()
                for start in range(0, len(text), 1 << 20):  # escaped byte by byte: it may be no text at all
                    yield escape(text[start : start + (1 << 20)].decode("latin-1")).encode("latin-1")
                yield after.encode()
        yield b"</multistatus>"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                server.requests.append((self.command, self.path))
                answer = server.answer or server.reply(self.command, self.path, body)
                try:
                    self.send_response(answer.status)
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    self.send_header("Transfer-Encoding", "chunked")
                    self.end_headers()
                    for piece in filter(None, answer.pieces()):
                        self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                        server.sent += len(piece)
                    self.wfile.write(b"0\r\n\r\n")
                except OSError:  # the client had enough
                    self.close_connection = True

            do_GET = do_PUT = do_PROPFIND = do_REPORT = answer

            def log_message(self, format: str, *args: object) -> None:
                """Quiet: the log is `requests`."""

        return Handler
