"""The fault proxy against a server that counts: what the client meets, and what the server was asked."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlsplit

import pytest

from syncer.testing.proxy import (
    Answer,
    Exchange,
    FaultProxy,
    Hang,
    Request,
    Reset,
    Response,
    Rewrite,
    Slow,
    Stale,
    Truncate,
    Twice,
    busy,
    garbled,
    login_refused,
    method,
    reads,
    writes,
)


class Counter(HTTPServer):
    """Adds what is put to `got`; a GET tells how much there is."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Counting)
        self.got: list[bytes] = []


class Counting(BaseHTTPRequestHandler):
    server: Counter

    def do_GET(self) -> None:
        body = f"there are {len(self.server.got)}".encode()
        self.send_response(200)
        self.send_header("DAV", "1")
        self.send_header("DAV", "calendar-access")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.server.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Counter]:
    running = Counter()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,))
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def proxy(server: Counter) -> Iterator[FaultProxy]:
    made = FaultProxy(f"http://127.0.0.1:{server.server_address[1]}")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[http.client.HTTPConnection]:
    made = http.client.HTTPConnection(urlsplit(proxy.url).netloc, timeout=5)
    yield made
    made.close()


def get(client: http.client.HTTPConnection) -> str:
    client.request("GET", "/")
    return client.getresponse().read().decode()


def put(client: http.client.HTTPConnection, body: bytes = b"x") -> int:
    client.request("PUT", "/item", body)
    answer = client.getresponse()
    answer.read()
    return answer.status


def test_without_faults_it_is_not_noticed(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection
) -> None:
    assert put(client, b"one") == 204
    client.request("GET", "/")
    answer = client.getresponse()
    assert (answer.read(), answer.headers["DAV"]) == (b"there are 1", "1, calendar-access")
    assert server.got == [b"one"]
    assert [(one.request.method, one.forwarded, one.applied) for one in proxy.log] == [
        ("PUT", 1, True),
        ("GET", 1, False),
    ]
    assert (proxy.count(), proxy.count(writes), proxy.count(reads)) == (2, 1, 1)


@pytest.mark.parametrize("applied", [False, True], ids=["before it is applied", "after"])
def test_a_reset_gives_no_answer(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection, applied: bool
) -> None:
    rule = proxy.inject(Reset(applied), method("PUT"))
    assert get(client) == "there are 0"
    with pytest.raises(http.client.RemoteDisconnected):
        put(client)
    assert len(server.got) == applied == proxy.log[-1].applied
    assert put(client) == 204, "a rule holds once unless told otherwise"
    assert rule.hits == 1


def test_a_hang_outlasts_the_client_and_is_applied(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection
) -> None:
    proxy.inject(Hang(30), writes)
    client.timeout = 0.2
    with pytest.raises(TimeoutError):
        put(client)
    assert len(server.got) == 1


@pytest.mark.parametrize(
    ("fault", "status", "applied"),
    [
        (busy(7), 429, False),
        (busy(7, 503), 503, False),
        (login_refused(), 401, False),
        (Answer(500, applied=True), 500, True),
    ],
    ids=["too many", "unavailable", "login", "error after it was applied"],
)
def test_an_answer_stands_in_for_the_servers(
    proxy: FaultProxy,
    server: Counter,
    client: http.client.HTTPConnection,
    fault: Answer,
    status: int,
    applied: bool,
) -> None:
    proxy.inject(fault, writes, skip=1, times=2)
    assert [put(client) for _ in range(4)] == [204, status, status, 204]
    assert len(server.got) == (4 if applied else 2)
    assert all(name in ("retry-after", "www-authenticate") for name in fault.headers)


def test_a_slow_answer_is_the_true_one(proxy: FaultProxy, client: http.client.HTTPConnection) -> None:
    proxy.inject(Slow(0.2))
    start = time.monotonic()
    assert get(client) == "there are 0"
    assert time.monotonic() - start >= 0.2


def test_a_truncated_body_is_seen_as_one(proxy: FaultProxy, client: http.client.HTTPConnection) -> None:
    proxy.inject(Truncate(5))
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(client)
    assert caught.value.partial == b"there"


def test_a_body_shorter_than_the_cut_is_cut_all_the_same(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    proxy.inject(Truncate(1000))
    with pytest.raises(http.client.IncompleteRead):
        get(client)
    client.close()
    proxy.inject(Truncate(1000))
    with pytest.raises(http.client.RemoteDisconnected):
        put(client)


def test_an_answer_can_be_changed(proxy: FaultProxy, client: http.client.HTTPConnection) -> None:
    def louder(request: Request, true: Response) -> Response:
        return Response(true.status, true.headers, true.body.upper())

    proxy.inject(Rewrite(louder))
    proxy.inject(garbled(b"<html>"))
    assert [get(client) for _ in range(3)] == ["THERE ARE 0", "<html>", "there are 0"]


def test_a_request_can_arrive_twice(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection
) -> None:
    proxy.inject(Twice(), writes)
    assert put(client, b"one") == 204
    assert server.got == [b"one", b"one"]
    assert (proxy.count(), proxy.log[0].forwarded) == (1, 2)


def test_a_stale_answer_is_the_oldest_to_the_same_request(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    proxy.inject(Stale(), reads, skip=0)
    assert get(client) == "there are 0", "nothing is logged yet"
    put(client)
    assert get(client) == "there are 1"
    proxy.inject(Stale(), reads)
    assert get(client) == "there are 0"
    assert proxy.log[-1].forwarded == 0


def test_a_hook_hears_of_an_applied_write_before_the_client(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection
) -> None:
    told: list[str] = []

    def applied(exchange: Exchange) -> None:
        if exchange.applied:
            told.append(f"applied, {len(server.got)} there")

    proxy.on_request = lambda request: told.append(f"asked, {len(server.got)} there")
    proxy.on_response = applied
    put(client)
    told.append("answered")
    assert told == ["asked, 0 there", "applied, 1 there", "answered"]
    proxy.calm()
    put(client)
    assert len(told) == 3


def test_a_hook_that_fails_is_heard_of(proxy: FaultProxy, client: http.client.HTTPConnection) -> None:
    def wrong(_: object) -> None:
        raise ZeroDivisionError

    proxy.on_response = wrong
    with pytest.raises(http.client.RemoteDisconnected):
        get(client)
    with pytest.raises(ZeroDivisionError):
        proxy.stop()


def test_a_policy_chooses_where_no_rule_does(proxy: FaultProxy, client: http.client.HTTPConnection) -> None:
    proxy.policy = lambda request: busy(1) if request.number % 2 else None
    proxy.inject(Answer(500), writes)
    assert [put(client) for _ in range(4)] == [500, 429, 204, 429]


def test_stopped_and_started_it_is_where_it_was(
    proxy: FaultProxy, client: http.client.HTTPConnection
) -> None:
    url = proxy.url
    assert get(client) == "there are 0"
    proxy.stop()
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        get(client)
    client.close()
    assert proxy.start() == url
    assert get(client) == "there are 0"


def test_a_server_that_is_down_is_a_closed_connection() -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        proxy = FaultProxy(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        client = http.client.HTTPConnection(urlsplit(proxy.start()).netloc, timeout=5)
        with pytest.raises(http.client.RemoteDisconnected):
            get(client)
        client.close()
        proxy.stop()


def test_a_body_in_chunks_arrives_whole(
    proxy: FaultProxy, server: Counter, client: http.client.HTTPConnection
) -> None:
    client.request("PUT", "/item", iter([b"one ", b"two"]), encode_chunked=True)
    assert client.getresponse().status == 204
    assert server.got == [b"one two"]
