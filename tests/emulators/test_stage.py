"""The stage: its clock, its log, and what it does with what it does not know."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulators.asking import Asking
from tests.emulators.stage import App, Asked, Clock, Response, Stage, json_response

NOON = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


class Echo(App):
    """Says what it was asked; breaks where it is asked to."""

    prefixes = ("/echo/",)

    def answer(self, asked: Asked) -> Response:
        if asked.one("break"):
            raise KeyError("on purpose")
        told = {"path": asked.path, "query": asked.query, "bearer": asked.bearer, "body": asked.body.decode()}
        return json_response(200, told)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Echo(), clock=Clock(NOON))
    made.start()
    yield made
    made.stop()


def test_a_request_is_answered_and_logged_without_its_secrets(stage: Stage) -> None:
    told = Asking(stage, "a-token")("POST", "/echo/a%20b", "a-body", q=["1", "2"])
    assert told.data == {
        "path": "/echo/a b",
        "query": {"q": ["1", "2"]},
        "bearer": "a-token",
        "body": "a-body",
    }
    (entry,) = stage.log
    assert (entry.method, entry.path, entry.query, entry.status) == (
        "POST",
        "/echo/a b",
        {"q": ["1", "2"]},
        200,
    )
    assert "a-token" not in repr(stage.log) and "a-body" not in repr(stage.log)
    assert stage.count("POST", path="/echo/") == 1 and stage.count("GET") == 0


def test_the_date_is_the_stages_own(stage: Stage) -> None:
    stage.clock.advance(days=2, hours=1)
    assert Asking(stage)("GET", "/echo/").headers["date"] == "Thu, 26 Nov 2026 13:00:00 GMT"


def test_no_two_changes_have_one_time() -> None:
    clock = Clock(NOON)
    first, second = clock.tick(), clock.tick()
    assert (first, second - first) == (NOON, dt.timedelta(milliseconds=1))
    clock.advance(seconds=1)
    assert clock.tick() == NOON + dt.timedelta(seconds=1)
    assert abs(Clock().now() - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_an_unknown_path_is_not_there(stage: Stage) -> None:
    assert Asking(stage)("GET", "/elsewhere").status == 404


def test_a_bug_of_an_emulator_is_told(stage: Stage) -> None:
    query: dict[str, Any] = {"break": "1"}
    assert Asking(stage)("GET", "/echo/", **query).status == 500
    assert "on purpose" in stage.bugs[0]


def test_a_fault_comes_first(stage: Stage) -> None:
    stage.fault = lambda asked: Response(503) if asked.one("q") == "1" else None
    assert [Asking(stage)("GET", "/echo/", q=q).status for q in ("1", "2")] == [503, 200]
