"""Hostile answers by name: what a server says to a listing, and which failure that must be.

Unlike an item, an answer that is no listing costs its own collection only; what counts is that it ends soon,
that nothing it names is followed, and that it is never taken for an empty list.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from syncer.connector import ConnectorError, Refused, Retry
from tests.corpora.hostile.server import HEAD, LIST, Answer, response

END = "<sync-token>t</sync-token></multistatus>"


@dataclass(frozen=True, slots=True)
class Astray:
    """One answer, and the failure that it must be: its class and words of its condition."""

    answer: Answer
    failure: type[ConnectorError]
    words: str = "."


def _text(*parts: str) -> Answer:
    return Answer(207, lambda: (part.encode() for part in parts))


def _declared(declaration: str, reference: str) -> Answer:
    body = HEAD.replace("?>", f"?><!DOCTYPE multistatus [{declaration}]>", 1)
    return _text(body, response(f"{LIST.ref}{reference}.ics", "<getetag>1</getetag>"), END)


def _laughs() -> Answer:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _declared('<!ENTITY l0 "lol">' + lines, "&l9;")


def _many(one: str, times: int) -> Answer:
    def pieces() -> Iterator[bytes]:
        yield HEAD.encode()
        for _ in range(times // 1000):
            yield one.encode() * 1000
        yield END.encode()

    return Answer(207, pieces)


@lru_cache
def _packed(layers: int) -> bytes:
    body = gzip.compress(HEAD.encode() + b" " * 300_000_000)
    for _ in range(layers - 1):
        body = gzip.compress(body)
    return body


def _bomb(layers: int) -> Answer:
    encoding = ", ".join(["gzip"] * layers)
    return Answer(207, lambda: [_packed(layers)], {"Content-Encoding": encoding})


def _endless() -> Iterable[bytes]:
    while True:
        yield b" " * 65536


ANSWERS: Mapping[str, Astray] = {
    "entities that multiply": Astray(_laughs(), ConnectorError),
    "an entity that is large": Astray(
        _declared(f'<!ENTITY a "{"x" * 100_000}">', "&a;" * 1000), ConnectorError
    ),
    "an entity that is a file": Astray(
        _declared('<!ENTITY f SYSTEM "file:///etc/passwd">', "&f;"), Refused, "declares XML entities"
    ),
    "an entity from elsewhere": Astray(
        _declared('<!ENTITY % d SYSTEM "http://127.0.0.1:1/d"> %d;', "x"), ConnectorError
    ),
    "a declaration alone": Astray(_declared("", "x"), Refused, "declares XML entities"),
    "100,000 elements in each other": Astray(
        _text(HEAD, "<a>" * 100_000, "</a>" * 100_000, END), Retry, "not well-formed"
    ),
    "1,000,000 responses": Astray(
        _many(f"<response><href>{LIST.ref}x</href></response>", 1_000_000), Refused, "too large"
    ),
    "300,000 responses": Astray(
        _many(f"<response><href>{LIST.ref}x</href></response>", 300_000), Refused, "too many entries"
    ),
    "a bomb": Astray(_bomb(1), Refused, "too large"),
    "a bomb in a bomb": Astray(_bomb(2), Refused, "too large"),
    "an answer without end": Astray(Answer(207, _endless), Refused, "too large"),
    "a circle": Astray(Answer(302, tuple, {"Location": LIST.ref}), Refused, "in a circle"),
    "another host": Astray(Answer(302, tuple, {"Location": "http://127.0.0.2:1/"}), Refused, "another host"),
    "another port": Astray(Answer(307, tuple, {"Location": "//127.0.0.1:1/"}), Refused, "another host"),
    "another scheme": Astray(Answer(308, tuple, {"Location": "file:///etc/passwd"}), Refused, "another host"),
    "a name in the redirect": Astray(
        Answer(302, tuple, {"Location": "http://ada:secret@127.0.0.2/"}), Refused, "another host"
    ),
    "nowhere": Astray(Answer(302), Refused, "another host"),
    "a page": Astray(Answer(200, lambda: [b"<html><body>Please log in</body></html>"]), Retry, "WebDAV"),
    "nothing": Astray(Answer(207), Retry, "WebDAV"),
    "null bytes": Astray(Answer(207, lambda: [b"\0" * 100_000]), Retry, "WebDAV"),
}
"""Each is the answer to everything that is asked."""

HREFS = (
    "/ada/other/{uid}.ics",
    "/ada/list/../other/{uid}.ics",
    "/ada/list/%2e%2e/other/{uid}.ics",
    "/ada/list/%2E%2E%2Fother%2F{uid}.ics",
    "/ada/list/..%2fother%2f{uid}.ics",
    "/ada/list/.%00./{uid}.ics",
    "/ada/list/sub/{uid}.ics",
    "/ada/list//{uid}.ics",
    "/ada/list;x/{uid}.ics",
    "\\ada\\list\\{uid}.ics",
    "//elsewhere.example/ada/list/{uid}.ics",
    "http://elsewhere.example/ada/list/{uid}.ics",
    "http://ada@elsewhere.example/ada/list/{uid}.ics",
    "file:///ada/list/{uid}.ics",
    "javascript:{uid}.ics",
    "http://[/{uid}.ics",
    "",
)
"""Addresses that are none of a member of `/ada/list/`."""


def listing(*entries: str) -> Answer:
    """A listing of these responses."""
    return _text(HEAD, *entries, END)
