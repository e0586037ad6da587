"""The measurements measure what they say: counts, delay, ratios within a round, and all of it in small."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.figures import TARGETS, figures
from tests.bench.measure import BenchError, Cost, measure, module
from tests.bench.rounds import Case, Round, Run, Taken
from tests.bench.servers import Front, Radicale, front

TOGETHER = threading.Barrier(8)


class Echo(BaseHTTPRequestHandler):
    """Answers with the method and the body, in chunks where the path says so, and closes where it says so."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/together":
            TOGETHER.wait(10)
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for part in (body[:3], body[3:]):
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
            return
        if self.path == "/closing":
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def proxied() -> Iterator[Front]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    with front(int(server.server_address[1]), 40) as at:
        yield at
    server.shutdown()
    server.server_close()
    thread.join()


def put(connection: http.client.HTTPConnection, path: str, body: bytes) -> bytes:
    connection.request("PUT", path, body)
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read()


def test_the_proxy_passes_every_kind_of_body_on_delays_each_request_and_counts(proxied: Front) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=10)
    try:
        start = time.monotonic()
        for path in ("/plain", "/chunked", "/closing", "/plain"):
            assert put(connection, path, b"a body") == b"a body", path
        assert time.monotonic() - start >= 4 * 0.04
        counts = proxied.take()
        assert counts["requests"] == 4
        # The third answer closed its connection; the others were kept.
        assert counts["connections"] == 2
        assert counts["sent_bytes"] > 4 * len(b"a body")
        assert proxied.take()["requests"] == 0
    finally:
        connection.close()


def test_eight_at_once_are_under_way_together(proxied: Front) -> None:
    def one() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", proxied.port, timeout=20)
        put(connection, "/together", b"x")  # answered only when eight are there
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(one) for _ in range(8)]:
            future.result()
    assert proxied.take()["requests"] == 8


def test_ratios_are_taken_within_a_round() -> None:
    def runs(raw: float, ours: float) -> Round:
        walls = {"raw1": raw, "raw8": raw / 2, "vdirsyncer": raw * 4, "evenhold": ours}
        return Round({name: Run(Cost(wall, 1, 1, {"wall_s": wall})) for name, wall in walls.items()})

    # The second round ran on a busy machine: the ratio of the medians would be 2, within rounds it is 1.1.
    rounds = [runs(1, 1.1), runs(10, 11), runs(1, 2)]
    found = figures([Taken(Case(Radicale, 0), rounds)])
    assert found["radicale.0ms.evenhold.per_raw1"] == pytest.approx(1.1)
    assert found["radicale.0ms.evenhold.per_raw8"] == pytest.approx(2.2)
    assert found["radicale.0ms.vdirsyncer.wall_s"] == 4


def test_a_client_that_fails_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="ended with 1"):
        measure(module("raw", "{}"))


def test_a_small_run_gives_every_figure_that_has_a_target(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    given = ["--items", "10", "--rounds", "1", "--only", "nofsync.50ms", "--json", str(file)]
    assert main(given) == 0
    found = json.loads(file.read_text())
    wanted = [target.key for target in TARGETS if target.key.startswith("nofsync.50ms.")]
    assert len(wanted) == 6
    assert set(wanted) <= set(found)
    assert found["nofsync.50ms.raw8.requests"] == 10
    assert found["nofsync.50ms.raw8.sent_bytes"] > 10 * 300
    assert found["nofsync.50ms.vdirsyncer.wall_s"] >= 10 * 0.05
    assert found["nofsync.50ms.quiet.requests"] == 1
    assert found["nofsync.50ms.quiet.ledger_writes"] == 0
    assert found["nofsync.50ms.changes.requests"] == 2
    assert found["nofsync.50ms.changes.facts"] == 10
    assert found["nofsync.50ms.evenhold.peak_mib"] > 20
    shown = capsys.readouterr().out
    assert "Evenhold" in shown and "wanted" in shown
