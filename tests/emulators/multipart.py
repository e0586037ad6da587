"""Batches on the wire: multipart/mixed whose parts are whole HTTP messages ("Send batch requests").

Nothing here knows what a call means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser, Parser
from http import HTTPStatus

from tests.emulators.stage import Asked, Response


@dataclass(frozen=True)
class Part:
    """One request in a batch, and the Content-ID by which its answer is known."""

    id: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    def asked(self, around: Mapping[str, str]) -> Asked:
        """The request by itself; `around` are the headers of the batch that count for it too."""
        return Asked.of(self.method, self.target, {**around, **self.headers}, self.body)


def count(asked: Asked) -> int:
    """How many parts there are, counted without reading them; 0 where it is no batch."""
    return asked.body.lower().count(b"content-type: application/http")


def read(asked: Asked) -> list[Part] | None:
    """The requests in a batch, None where it can't be read as one."""
    kind = asked.headers.get("content-type", "")
    message = BytesParser().parsebytes(b"content-type: " + kind.encode() + b"\r\n\r\n" + asked.body)
    if message.get_content_type() != "multipart/mixed" or not message.is_multipart():
        return None
    found = []
    for part in message.get_payload():
        if isinstance(part, str) or part.get_content_type() != "application/http":
            return None
        one = _request(part.get("content-id", ""), str(part.get_payload()))
        if one is None:
            return None
        found.append(one)
    return found


def _request(ident: str, text: str) -> Part | None:
    line, _, rest = text.replace("\r\n", "\n").partition("\n")
    words = line.split(" ")
    # "The URL must be only its path; full URLs are not allowed in batch requests."
    if len(words) != 3 or not words[1].startswith("/") or not words[2].startswith("HTTP/"):
        return None
    inner = Parser().parsestr(rest)
    headers = {name.lower(): value for name, value in inner.items()}
    body = inner.get_payload()
    return Part(
        ident, words[0], words[1], headers, str(body).encode(errors="surrogateescape") if body else b""
    )


def write(answers: Sequence[tuple[str, Response]]) -> Response:
    """The answer to a batch: a part for each request, with its Content-ID and `response-` in front."""
    boundary = "batch_emulated"
    lines: list[bytes] = []
    for ident, answer in answers:
        known = ident.replace("<", "<response-", 1) if ident.startswith("<") else f"response-{ident}"
        headers = {**answer.headers, "content-length": str(len(answer.body))}
        lines += [
            f"--{boundary}".encode(),
            b"Content-Type: application/http",
            f"Content-ID: {known}".encode(),
            b"",
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}".encode(),
            *(f"{name.title()}: {value}".encode() for name, value in headers.items()),
            b"",
            answer.body,
        ]
    lines += [f"--{boundary}--".encode(), b""]
    kind = {"content-type": f"multipart/mixed; boundary={boundary}"}
    return Response(200, kind, b"\r\n".join(lines))
