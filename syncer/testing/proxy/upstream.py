"""The side of the fault proxy that the server sees."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from syncer.testing.proxy.listener import HOP_BY_HOP, HOST
from syncer.testing.proxy.wire import Request, Response

NOT_FORWARDED = HOP_BY_HOP | {"accept-encoding", "expect"}
"""Beside what belongs to a connection: packed bodies could be neither read in the log nor changed by faults,
and 100-continue has been answered by our own listener."""


class Upstream:
    """One server. Each request goes over a connection of its own: a kept one could close under it, and what
    was sent once would have to be sent again."""

    def __init__(self, origin: str, patience: float) -> None:
        parts = urlsplit(origin)
        self._connection = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._host, self._port = parts.hostname or HOST, parts.port
        self._patience = patience

    def send(self, asked: Request) -> Response:
        """The server's answer, whole. Raises OSError where there is none."""
        headers = {name: value for name, value in asked.headers.items() if name not in NOT_FORWARDED}
        server = self._connection(self._host, self._port, timeout=self._patience)
        try:
            server.request(asked.method, asked.path, asked.body or None, headers)
            answer = server.getresponse()
            body = answer.read()
        except http.client.HTTPException as error:
            raise OSError("the server's answer broke off") from error
        finally:
            server.close()
        told: dict[str, str] = {}
        for name, value in answer.getheaders():
            if (
                name := name.lower()
            ) not in HOP_BY_HOP:  # a header sent twice is a list (RFC 9110 section 5.3)
                told[name] = f"{told[name]}, {value}" if name in told else value
        return Response(answer.status, told, body)
