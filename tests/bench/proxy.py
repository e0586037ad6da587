"""A proxy that holds each request back and counts, in a process of its own.

Arguments: the server's port, the delay in seconds. It prints its own port and the control port, and ends
when its stdin closes. Whoever connects to the control port is sent the counts since the last time, as JSON.
Bytes are passed on as they come, and a connection that the server closes is closed to the client too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio import StreamReader, StreamWriter

HOST = "127.0.0.1"
LARGEST_HEAD = 256 * 1024
BODILESS = (204, 304)


class Counts:
    """Requests, connections, and bytes of either direction with their heads."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Begin again."""
        self.requests = self.connections = self.sent_bytes = self.received_bytes = 0

    def take(self) -> str:
        """The counts as JSON; they begin again."""
        text = json.dumps(vars(self))
        self.clear()
        return text


def header(head: bytes, name: bytes) -> bytes:
    """The value of a header, in lower case; empty where there is none."""
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().lower()
    return b""


async def body(reader: StreamReader, head: bytes) -> bytes:
    """The message's body as it stands on the wire (RFC 9112 section 6); empty where none is announced."""
    if header(head, b"transfer-encoding").endswith(b"chunked"):
        return await _chunks(reader)
    return await reader.readexactly(int(header(head, b"content-length") or 0))


async def _chunks(reader: StreamReader) -> bytes:
    found = bytearray()
    while True:
        line = await reader.readuntil(b"\r\n")
        found += line
        size = int(line.split(b";")[0], 16)
        if size == 0:
            while line != b"\r\n":  # trailers, up to an empty line
                line = await reader.readuntil(b"\r\n")
                found += line
            return bytes(found)
        found += await reader.readexactly(size + 2)


class Forwarder:
    """Carries the requests of one client connection to a connection of its own to the server."""

    def __init__(self, port: int, delay: float, counts: Counts) -> None:
        self.port, self.delay, self.counts = port, delay, counts

    async def serve(self, client: StreamReader, answer: StreamWriter) -> None:
        """Until either side closes."""
        self.counts.connections += 1
        server, forward = await asyncio.open_connection(HOST, self.port, limit=LARGEST_HEAD)
        try:
            while await self._one(client, answer, server, forward):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # whoever hangs up ends the conversation; the other side is told by our closing
        finally:
            forward.close()
            answer.close()

    async def _one(
        self, client: StreamReader, answer: StreamWriter, server: StreamReader, forward: StreamWriter
    ) -> bool:
        """One request and its answer; says whether another may follow."""
        asked = await client.readuntil(b"\r\n\r\n")
        if header(asked, b"expect") == b"100-continue":
            answer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request = asked + await body(client, asked)
        await asyncio.sleep(self.delay)
        self.counts.requests += 1
        self.counts.sent_bytes += len(request)
        forward.write(request)
        head = await server.readuntil(b"\r\n\r\n")
        while head.split(b" ", 2)[1].startswith(b"1"):
            head = await server.readuntil(b"\r\n\r\n")
        method, status = asked.split(b" ", 1)[0], int(head.split(b" ", 2)[1])
        response, ends = await self._answer(server, head, method == b"HEAD" or status in BODILESS)
        self.counts.received_bytes += len(response)
        answer.write(response)
        await answer.drain()
        # HTTP/1.0 closes unless it says otherwise (RFC 9112 section 9.3).
        stays = b"keep-alive" if head.startswith(b"HTTP/1.0") else b""
        said = header(head, b"connection")
        return not ends and said != b"close" and (not stays or said == stays)

    async def _answer(self, server: StreamReader, head: bytes, bodiless: bool) -> tuple[bytes, bool]:
        """The whole answer, and whether the end of the connection was its end."""
        if bodiless:
            return head, False
        if not header(head, b"content-length") and not header(head, b"transfer-encoding"):
            return head + await server.read(-1), True
        return head + await body(server, head), False


async def run(port: int, delay: float) -> None:
    """Serve until stdin closes."""
    counts = Counts()

    async def conversation(client: StreamReader, answer: StreamWriter) -> None:
        try:
            await Forwarder(port, delay, counts).serve(client, answer)
        except OSError:
            answer.close()

    async def control(_: StreamReader, answer: StreamWriter) -> None:
        answer.write(counts.take().encode())
        await answer.drain()
        answer.close()

    front = await asyncio.start_server(conversation, HOST, 0, limit=LARGEST_HEAD, backlog=128)
    side = await asyncio.start_server(control, HOST, 0)
    print(*(server.sockets[0].getsockname()[1] for server in (front, side)), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    front.close()
    side.close()


if __name__ == "__main__":
    asyncio.run(run(int(sys.argv[1]), float(sys.argv[2])))
