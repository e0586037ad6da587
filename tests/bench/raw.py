"""The raw client: PUTs every file of a folder, one at a time or several at once, and nothing else.

What no client that keeps the same conditions can undercut. A process of its own; arguments as JSON.
"""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

from tests.bench.login import HOST, Login

HEADERS = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}


def put_all(login: Login, collection: str, bodies: dict[str, bytes], at_once: int) -> float:
    """The seconds from the first PUT to the last answer. Raises RuntimeError where one is refused."""
    waiting: SimpleQueue[tuple[str, bytes]] = SimpleQueue()
    for pair in bodies.items():
        waiting.put(pair)
    failed: list[str] = []
    threads = [
        threading.Thread(target=_worker, args=(login, collection, waiting, failed)) for _ in range(at_once)
    ]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.perf_counter() - start
    if failed:
        raise RuntimeError(f"{len(failed)} PUTs were refused, the first with {failed[0]}")
    return taken


def _worker(
    login: Login, collection: str, waiting: SimpleQueue[tuple[str, bytes]], failed: list[str]
) -> None:
    connection = http.client.HTTPConnection(HOST, login.port, timeout=60)
    headers = HEADERS | login.headers
    while True:
        try:
            name, body = waiting.get_nowait()
        except Empty:
            connection.close()
            return
        try:
            connection.request("PUT", f"{collection}{name}", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (201, 204):
                failed.append(str(answer.status))
        except (OSError, http.client.HTTPException) as error:
            failed.append(repr(error))
            connection.close()


def main() -> None:
    """Print `{"wall_s": ...}`."""
    told = json.loads(sys.argv[1])
    bodies = {path.name: path.read_bytes() for path in sorted(Path(told["folder"]).iterdir())}
    login = Login(told["port"], told["user"], told["password"])
    print(json.dumps({"wall_s": put_all(login, told["collection"], bodies, told["at_once"])}))


if __name__ == "__main__":
    main()
