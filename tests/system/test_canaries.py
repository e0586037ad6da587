"""No secret in any log, error, database or report: the whole household, every fault, every word looked at."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import pytest

from tests.emulators.household import ADA, ADA_CALENDAR
from tests.emulators.stage import Asked, Response
from tests.system.flat import FOUR, Flat

ACCOUNTS = ("ada-calendar", "ada-tasks", "ben-calendar", "ben-tasks")
Fault = Callable[[Asked], Response | None]


def echo(asked: Asked, status: int) -> Response:
    """The worst provider: it tells everybody the headers and the body of the request that it refuses."""
    told = {"error": {"message": f"{dict(asked.headers)} {asked.body!r}", "status": asked.raw_path}}
    return Response(status, {"content-type": "application/json"}, json.dumps(told).encode())


def refusing(status: int, *, logins: bool = False) -> Fault:
    """Every request is refused, or only those for a token."""
    return lambda asked: None if logins and asked.path != "/token" else echo(asked, status)


def garbling(body: bytes) -> Fault:
    """Answers that can't be understood."""
    return lambda asked: None if asked.path == "/token" else Response(200, {}, body)


FAULTS: tuple[Fault, ...] = (
    *(refusing(status) for status in (400, 401, 403, 404, 410, 412, 429, 500, 503)),
    *(refusing(status, logins=True) for status in (400, 401, 500)),
    *(garbling(body) for body in (b"", b"<h1>?</h1>", b'{"items": [{"id": "')),
)


def canaries(flat: Flat, issued: set[str]) -> set[str]:
    """What nobody else may read: what the files of the secrets hold, and the tokens issued for it."""
    found = set(issued)
    for account in ACCOUNTS:
        text = flat.secret(account).strip()
        grant = json.loads(text) if text.startswith("{") else {"token": text}
        found |= {grant[name] for name in ("refresh_token", "client_secret", "token") if grant.get(name)}
    return found


def forms(secret: str) -> Iterator[str]:
    """A secret as it may be written."""
    yield from {secret, quote(secret), quote_plus(secret), repr(secret)[1:-1], json.dumps(secret)[1:-1]}


def test_no_secret_is_in_anything_that_is_told_or_kept(
    flat: Flat, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("connectors.google.patience", "connectors.todoist.patience"):
        monkeypatch.setattr(f"{patience}.wait", lambda state: 0.0)
    monkeypatch.setattr("google.auth._exponential_backoff.time", SimpleNamespace(sleep=lambda seconds: None))
    caplog.set_level(logging.DEBUG)
    flat.settle(FOUR)
    issued: set[str] = set()
    told: list[str] = []

    def watched(fault: Fault, asked: Asked) -> Response | None:
        issued.add(asked.bearer or "")
        return fault(asked)

    for fault in FAULTS:
        flat.oauth.expire(ADA)
        flat.stage.fault = partial(watched, fault)
        flat.stage.clock.advance(minutes=5)
        told.append(flat.said("run", "--once"))
    told += [flat.said(*words) for words in (("plan", "--json"), ("doctor",), ("doctor", "--json"))]
    flat.stage.fault = None
    flat.thing(ADA_CALENDAR, "Bins out").tick()
    told.append(flat.said("run", "--once"))
    told += [flat.said(word, "--json") for word in ("status", "audit")]
    told += [flat.said("undo"), flat.said("audit")]
    kept = {path: path.read_bytes() for path in flat.state.rglob("*") if path.is_file()}
    text = "\n".join([*told, caplog.text, *(str(vars(record)) for record in caplog.records)])
    assert len(issued) > 2 and "HTTP Request" in text and flat.state / "ledger.sqlite3" in kept
    for secret in canaries(flat, issued - {""}):
        for form in forms(secret):
            assert form not in text
            assert [path.name for path, data in kept.items() if form.encode() in data] == []
