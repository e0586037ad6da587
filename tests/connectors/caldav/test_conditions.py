"""Creates on servers that take no notice of their condition, and finding out which do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from connectors.caldav import CalDAV, writing
from connectors.caldav.conditions import Keeping
from connectors.caldav.transport import Answer
from syncer.connector import Ack, Create, Failure, Refused
from tests.connectors.caldav.conftest import Desk, todo, uid_of
from tests.connectors.caldav.test_pull import STRANGER
from tests.servers import Response


def _unmet(desk: Desk, *ignored: str) -> CalDAV:
    """A connector that meets the server for the first time, and a server that ignores these headers."""

    def ignore(method: str, path: str, n: int) -> Response | None:
        headers = cast(dict[str, str], desk.server.proxy.requests[n].headers)
        for name in ignored:
            headers.pop(name, None)
        return None

    desk.server.proxy.fault = ignore
    return desk.account.connect(met=False)


def _create(desk: Desk, connector: CalDAV, *numbers: int) -> list[Any]:
    return list(connector.push(desk.collection, [Create(todo(number)) for number in numbers]))


def _methods(desk: Desk) -> list[str]:
    methods = [request.method for request in desk.server.proxy.requests]
    desk.server.proxy.requests.clear()
    return methods


def test_a_server_is_asked_once_whether_it_keeps_conditions(desk: Desk) -> None:
    """The first create looks before and asks after; all later ones do neither."""
    connector = _unmet(desk)
    (first,) = _create(desk, connector, 1)
    assert isinstance(first, Ack) and first.exact and first.item == todo(1)
    assert _methods(desk) == ["REPORT", "PUT", "PUT", "REPORT"]
    assert all(isinstance(outcome, Ack) for outcome in _create(desk, connector, 2, 3))
    assert _methods(desk) == ["PUT", "PUT", "REPORT"]


def test_a_refusal_answers_the_question(desk: Desk) -> None:
    connector = _unmet(desk)

    def meanwhile(method: str, path: str, n: int) -> Response | None:
        if method == "PUT":
            desk.server.proxy.fault = None
            desk.created(todo(1, "Theirs, just now"))
        return None

    desk.server.proxy.fault = meanwhile
    (outcome,) = _create(desk, connector, 1)
    assert isinstance(outcome, Ack) and outcome.item == todo(1, "Theirs, just now")
    _methods(desk)
    _create(desk, connector, 2)
    assert _methods(desk) == ["PUT", "REPORT"]


@pytest.mark.parametrize("ignored", [("if-none-match",), ("if-none-match", "if-match")])
def test_nothing_is_overwritten_where_conditions_are_ignored(desk: Desk, ignored: tuple[str, ...]) -> None:
    """As on SOGo: what was edited since, and what is somebody else's, stays as it is."""
    connector = _unmet(desk, *ignored)
    (first,) = _create(desk, connector, 1)
    assert isinstance(first, Ack) and first.item == todo(1)
    for number in (1, 2):
        desk.created(todo(number)) if number == 2 else None
        text = desk.text(desk.address(number)).replace("Shop", "Edited since")
        desk.put(f"{uid_of(number)}.ics", text)
    desk.put(f"{uid_of(3)}.ics", STRANGER.format(uid="private"))
    before = {number: desk.text(desk.address(number)) for number in (1, 2, 3)}
    for _ in range(2):
        outcomes = {outcome.operation.uid: outcome for outcome in _create(desk, connector, 1, 2, 3, 4)}
        assert all(outcomes[uid_of(number)].item.title == "Edited since" for number in (1, 2))
        stranger = outcomes[uid_of(3)]
        assert isinstance(stranger, Failure) and isinstance(stranger.error, Refused)
        assert outcomes[uid_of(4)].item == todo(4)
        assert {number: desk.text(desk.address(number)) for number in (1, 2, 3)} == before


def test_asking_never_goes_over_a_change(desk: Desk) -> None:
    """Somebody edits the item between our create and the question, on a server that ignores If-None-Match."""
    connector = _unmet(desk, "if-none-match")
    ignore = cast(Callable[[str, str, int], Response | None], desk.server.proxy.fault)

    def meanwhile(method: str, path: str, n: int) -> Response | None:
        if method == "PUT" and "if-match" in desk.server.proxy.requests[n].headers:
            desk.put(f"{uid_of(1)}.ics", desk.text(desk.address(1)).replace("Shop", "Theirs"))
        return ignore(method, path, n)

    desk.server.proxy.fault = meanwhile
    (outcome,) = _create(desk, connector, 1)
    assert isinstance(outcome, Ack) and outcome.item is not None
    assert (outcome.item.title, outcome.exact) == ("Theirs", False)


@pytest.mark.parametrize(
    ("status", "etag", "looks"), [(412, '"1"', False), (204, '"2"', True), (403, '"1"', True)]
)
def test_what_an_answer_to_the_question_means(status: int, etag: str, looks: bool) -> None:
    """Where it was written again, its ETag is the new one: some servers count them."""
    keeping = Keeping()
    answer = Answer(status, {"ETag": '"2"'} if status == 204 else {})
    assert keeping.ask(lambda ref, body, condition: answer, "/a.ics", b"", '"1"') == etag
    assert keeping.needs_reading(Create(todo(1))) is looks


def test_nothing_is_asked_without_a_condition() -> None:
    """A weak ETag can't be sent (RFC 9110 section 13.1.1), and a PUT without one could go over a change."""

    def put(ref: str, body: bytes, condition: dict[str, str]) -> Answer:
        raise AssertionError("nothing may be sent")

    for etag in ('W/"1"', None):
        assert Keeping().ask(put, "/a.ics", b"", etag) == etag


def test_a_question_that_fails_spoils_nothing(desk: Desk) -> None:
    connector = _unmet(desk)
    desk.server.proxy.fault = lambda method, path, n: (
        Response(500) if "if-match" in desk.server.proxy.requests[n].headers else None
    )
    (outcome,) = _create(desk, connector, 1)
    assert isinstance(outcome, Ack) and outcome.exact
    _methods(desk)
    _create(desk, connector, 2)
    assert _methods(desk)[0] == "REPORT"  # still not known


def test_many_creates_look_by_the_hundred(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "CHUNK", 10)
    connector = _unmet(desk, "if-none-match")
    outcomes = _create(desk, connector, *range(1, 31))
    assert len(outcomes) == 30 and all(isinstance(outcome, Ack) for outcome in outcomes)
    assert desk.server.proxy.count("REPORT") == 6
    assert desk.server.proxy.count("PUT") <= 30 + 8  # the question, by each thread at most


def test_what_can_not_be_written_stops_nobody(desk: Desk) -> None:
    """Whatever goes wrong in one item's own work is that item's."""
    odd = replace(todo(1), title=cast(str, None))
    outcomes = list(desk.connector.push(desk.collection, [Create(odd), Create(todo(2))]))
    assert [type(outcome) for outcome in outcomes] == [Failure, Ack]
    assert isinstance(outcomes[0], Failure) and "its content is not valid" in str(outcomes[0].error)
