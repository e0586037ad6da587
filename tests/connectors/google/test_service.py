"""Calls and batches against an emulator that refuses, breaks off, and is told to come back later."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from connectors.google import errors, scopes, wire
from connectors.google.calls import Reply
from connectors.google.service import Call
from connectors.google.settings import GoogleSettings
from syncer.connector import CredentialsDead, ProviderGone, Refused, Retry
from syncer.testing.proxy import (
    Answer,
    Hang,
    Request,
    Reset,
    Response,
    Rewrite,
    Truncate,
    busy,
    garbled,
)
from tests.connectors.google.conftest import Line, get
from tests.emulators.google_api import ApiError, gone_api, not_enabled, rate_limited

# --- the login ---


def test_an_access_token_that_ran_out_is_renewed_without_a_word(line: Line) -> None:
    line.google.oauth.expire(line.mail)
    assert line.calendars()["items"]
    assert line.asked() == ["GET calendarList 401", "POST token 200", "GET calendarList 200"]
    line.google.oauth.expire(line.mail)
    assert [reply.status for reply in line.gets("event0", "event1")] == [200, 200]


def test_a_revoked_grant_is_a_dead_login(line: Line) -> None:
    line.google.oauth.revoke(line.mail)
    error = line.failure()
    assert isinstance(error, CredentialsDead)
    assert str(error) == (
        f"Google has ended the grant ({line.mail}). Connect the account again: evenhold connect google"
    )
    assert all(isinstance(one, CredentialsDead) for one in line.gets("event0", "event1"))
    assert line.waited == []


def test_a_grant_of_an_app_in_testing_says_how_to_make_it_last(line: Line) -> None:
    line.secret = line.secret.replace('"testing": null', '"testing": true')
    again = line.again(line.secret)
    line.google.oauth.revoke(line.mail)
    assert "Publish the Google app, or its grants end every seven days" in str(again.failure())


def test_a_token_endpoint_that_is_busy_ends_no_grant(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google.auth._exponential_backoff.time", SimpleNamespace(sleep=lambda seconds: None))
    line.google.oauth.expire(line.mail)
    body = b'{"error": "temporarily_unavailable"}'
    line.google.stage.fault = lambda asked: Response(400, {}, body) if asked.path == "/token" else None
    assert isinstance(line.failure(), errors.Unavailable)


def test_an_account_that_was_connected_again_goes_on(line: Line) -> None:
    line.google.oauth.revoke(line.mail)
    line.secret = line.google.oauth.secret(line.mail, scopes.CALENDAR_EXISTING)
    assert line.calendars()["items"]


def test_an_app_that_google_does_not_know(line: Line) -> None:
    line.google.oauth.clients[line.google.oauth.client_id] = "another"
    line.google.oauth.expire(line.mail)
    try:
        error = line.failure()
    finally:
        line.google.oauth.clients[line.google.oauth.client_id] = line.google.oauth.client_secret
    assert isinstance(error, CredentialsDead) and "Check its client id and secret" in str(error)


def test_a_login_that_is_refused_for_good(line: Line) -> None:
    """The grant counts, the token is fresh, and Google says 401 all the same."""
    line.google.proxy.inject(Answer(401), times=None)
    error = line.failure()
    assert isinstance(error, CredentialsDead) and "no longer accepts the login" in str(error)


@pytest.mark.parametrize(
    ("status", "kind"), [(503, errors.Unavailable), (429, errors.Unavailable), (500, Retry)]
)
def test_an_outage_of_the_token_endpoint_passes(line: Line, status: int, kind: type[Retry]) -> None:
    line.google.oauth.expire(line.mail)
    line.google.oauth.down, line.google.oauth.after = status, 40
    error = line.failure()
    assert isinstance(error, kind) and error.after == 40
    assert line.waited == [40, 40]
    line.google.oauth.down = None
    assert line.calendars()["items"]


@pytest.mark.parametrize(
    "body", [b"<html>Please log in</html>", b"[]", b'{"token_type": "Bearer"}', b"", b"7"]
)
def test_a_token_endpoint_that_is_none(line: Line, body: bytes) -> None:
    line.google.oauth.expire(line.mail)
    line.google.stage.fault = lambda asked: Response(200, {}, body) if asked.path == "/token" else None
    error = line.failure()
    assert type(error) is Retry and "not readable as Google's" in str(error)


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_page_in_place_of_the_token_endpoint_ends_no_grant(line: Line, status: int) -> None:
    """ "We're sorry, your computer or network may be sending automated queries" is no word about a login."""
    line.google.oauth.expire(line.mail)
    page = Response(status, {"content-type": "text/html"}, b"<html><title>Sorry...</title></html>")
    line.google.stage.fault = lambda asked: page if asked.path == "/token" else None
    error = line.failure()
    assert type(error) is Retry and "not readable as Google's" in str(error)
    line.google.stage.fault = None
    assert line.calendars()["items"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"error": "invalid_grant", "error_subtype": "invalid_rapt", "error_description": "reauth"}',
        b'{"error": {"code": 403, "status": "PERMISSION_DENIED"}}',
    ],
)
def test_a_grant_that_google_wants_anew_is_a_dead_login(line: Line, body: bytes) -> None:
    """A firm's Google asks its people to sign in again from time to time; the client then tells no code."""
    line.google.oauth.expire(line.mail)
    line.google.stage.fault = lambda asked: Response(400, {}, body) if asked.path == "/token" else None
    error = line.failure()
    assert isinstance(error, CredentialsDead) and "Google has ended the grant" in str(error)


# --- single calls ---


def test_what_google_asks_for_is_waited_out(line: Line) -> None:
    line.google.proxy.inject(busy(7), times=2)
    assert line.calendars()["items"]
    assert line.waited == [7, 7]


def test_a_long_wait_is_the_engines(line: Line) -> None:
    line.google.proxy.inject(busy(600), times=None)
    error = line.failure()
    assert isinstance(error, Retry) and error.after == 600
    assert line.waited == [] and len(line.google.proxy.log) == 2  # with the fixture's own


@pytest.mark.parametrize(
    ("trouble", "kind", "sent"),
    [
        (rate_limited(403, "rateLimitExceeded", 5), errors.Limited, 3),
        (rate_limited(403, "userRateLimitExceeded"), errors.Limited, 3),
        (rate_limited(429, "rateLimitExceeded", 5), errors.Limited, 3),
        (rate_limited(403, "quotaExceeded"), errors.Exhausted, 1),
        (ApiError(500, "backendError", "Backend Error"), Retry, 3),
        (ApiError(503, "backendError", "Backend Error"), errors.Unavailable, 3),
        (gone_api(), ProviderGone, 1),
        (not_enabled(), CredentialsDead, 1),
        (ApiError(403, "forbidden", "Forbidden"), Refused, 1),
    ],
    ids=lambda value: str(value),
)
def test_what_is_passing_is_tried_three_times(
    line: Line, trouble: ApiError, kind: type[Exception], sent: int
) -> None:
    line.google.calendar.trouble = lambda made: trouble
    assert type(line.failure()) is kind
    assert len(line.google.stage.log) == sent
    assert len(line.waited) == sent - 1
    if trouble.after is not None:
        assert line.waited == [trouble.after] * (sent - 1)


def test_a_login_without_the_scope_is_no_limit(line: Line) -> None:
    narrow = line.again(line.google.oauth.secret(line.mail, [scopes.EVENTS]))
    error = narrow.failure()
    assert isinstance(error, CredentialsDead) and "tick every box" in str(error)
    assert narrow.waited == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Reset(), "the connection broke"),
        (Hang(0.9), "Google did not answer in time (127.0.0.1"),
        (Truncate(), "the connection broke"),
        (garbled(), "not readable as Google's"),
        (garbled(b'{"kind": '), "not readable as Google's"),
        (garbled(b"[]"), "not readable as Google's"),
        (garbled(b"[" * 100_000), "not readable as Google's"),
        (
            Rewrite(lambda _, true: Response(200, {**true.headers, "content-encoding": "gzip"}, b"x")),
            "readable",
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_answer_is_tried_again(line: Line, fault: Any, words: str) -> None:
    line.google.proxy.inject(fault, times=1)
    assert line.calendars()["items"]
    line.google.proxy.inject(fault, times=3)
    error = line.failure()
    assert isinstance(error, Retry) and words in str(error)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 412])
def test_what_is_not_googles_word_says_nothing_of_a_login_or_an_item(line: Line, status: int) -> None:
    """A proxy's page, or that of Google's front: it is asked again, and an item is not gone for it."""
    page = Answer(status, {"content-type": "text/html"}, b"<html>Error</html>")
    line.google.proxy.inject(page, lambda request: not request.path.startswith("/token"), times=None)
    error = line.failure()
    assert type(error) is Retry and "not readable as Google's" in str(error)
    reply = line.service.call(get(line.mail, "event0"), frozenset({status}))
    assert reply.status == status and not reply.gone


def test_a_server_that_is_not_there(line: Line) -> None:
    error = line.again(line.secret, "http://127.0.0.1:9/").failure()
    assert isinstance(error, errors.Unreachable) and "Check this machine's network" in str(error)


def test_a_redirect_gets_no_login(line: Line) -> None:
    line.google.proxy.inject(Answer(302, {"location": "http://127.0.0.1:9/"}))
    assert "redirects" in str(line.failure())


def test_no_more_is_read_than_we_are_ready_for(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed or not: what is unpacked counts."""
    monkeypatch.setattr(wire, "LARGEST_ANSWER", 10_000)
    packed = gzip.compress(b'{"items": "' + b"x" * 1_000_000 + b'"}')
    for body, headers in ((b" " * 20_000, {}), (packed, {"content-encoding": "gzip"})):
        line.google.proxy.inject(Answer(200, headers, body))
        error = line.failure()
        assert isinstance(error, errors.TooLarge) and "larger than we read" in str(error)


def test_nobody_waits_once_it_is_to_stop(line: Line) -> None:
    line.google.proxy.inject(Answer(503), times=None)
    line.stopping = True
    assert isinstance(line.failure(), Retry)
    assert line.waited == []


def test_what_ends_the_process_is_not_tried_again(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = 0

    def interrupted(*_: object) -> None:
        nonlocal sent
        sent += 1
        raise KeyboardInterrupt

    monkeypatch.setattr(wire.Http, "_send", interrupted)
    for ask in (line.calendars, lambda: line.gets("event0")):
        with pytest.raises(KeyboardInterrupt):
            ask()
    assert sent == 2 and line.waited == []


def test_the_clock_is_googles(line: Line) -> None:
    assert line.service.server_time() == line.google.stage.clock.now().replace(microsecond=0)


# --- what must not happen twice ---


def _new(name: str) -> Call:
    return Call(lambda api: api.calendars().insert(body={"summary": name}), name, once=True)


@pytest.mark.parametrize(
    ("fault", "sent"),
    [(Reset(applied=True), 1), (Hang(0.9), 1), (Answer(500, applied=True), 1), (garbled(), 1), (busy(1), 2)],
    ids=lambda value: type(value).__name__,
)
def test_what_has_a_second_effect_is_sent_again_only_if_it_had_none(
    line: Line, fault: Any, sent: int
) -> None:
    line.google.proxy.inject(fault, lambda request: request.method == "POST")
    replies = line.service.batch([_new("Once")])
    assert len([entry for entry in line.google.proxy.log if entry.request.path.startswith("/batch")]) == sent
    assert isinstance(replies[0], Retry) if sent == 1 else isinstance(replies[0], Reply)
    line.google.proxy.calm()
    names = [one["summary"] for one in line.calendars()["items"]]
    assert names.count("Once") == 1


# --- batches ---


def test_a_batch_is_one_request(line: Line) -> None:
    replies = line.gets("event0", "event1", "n0thing")
    assert [reply.status for reply in replies] == [200, 200, 404]
    assert replies[0].data["summary"] == "Bins 0"
    assert line.google.stage.log[-1].parts == 3 and len(line.google.stage.log) == 1


def test_only_the_calls_that_failed_are_sent_again(line: Line) -> None:
    failing = {"event1": 1, "event3": 2}

    def trouble(made: Any) -> ApiError | None:
        ident = made.params.get("eventId")
        if failing.get(ident, 0) > 0:
            failing[ident] -= 1
            return rate_limited(429, after=3)
        return None

    line.google.calendar.trouble = trouble
    replies = line.gets("event0", "event1", "event2", "event3")
    assert [(reply.status, reply.sent) for reply in replies] == [(200, 1), (200, 2), (200, 1), (200, 3)]
    assert [entry.parts for entry in line.google.stage.log] == [4, 2, 1]
    assert line.waited == [3, 3]


def test_a_call_that_keeps_failing_fails_alone(line: Line) -> None:
    line.google.calendar.trouble = lambda made: (
        ApiError(500, "backendError", "Backend Error") if made.params.get("eventId") == "event1" else None
    )
    replies = line.gets("event0", "event1", "event2")
    assert [reply.status for reply in replies] == [200, 500, 200]
    assert isinstance(replies[1].failure("event1"), Retry)


def _first_part(true: Response) -> bytes:
    """A batch's answer in which only the first part is left."""
    mark = b"--batch_emulated"
    return mark + true.body.split(mark)[1] + mark + b"--"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda true: Response(200, true.headers, true.body[: len(true.body) // 2]), "readable"),
        (lambda true: Response(200, true.headers, b""), "readable"),
        (lambda true: Response(200, {"content-type": "application/json"}, b"{}"), "readable"),
        (lambda true: Response(200, true.headers, _first_part(true)), "readable"),
        (lambda true: Response(500, {}, b"<html>"), "500"),
        (lambda true: Response(413, {}, b""), "larger"),
    ],
    ids=["half", "nothing", "json", "one part of two", "500", "413"],
)
def test_a_batch_that_can_not_be_read_fails_as_a_whole(
    line: Line, change: Callable[[Response], Response], words: str
) -> None:
    fault = Rewrite(lambda request, true: change(true))
    line.google.proxy.inject(fault, lambda request: request.path.startswith("/batch"), times=None)
    replies = line.gets("event0", "event1")
    assert len(replies) == 2 and all(words in str(_error(reply)) for reply in replies), replies


def _error(reply: Any) -> Exception:
    return reply.failure("it") if isinstance(reply, Reply) else reply


def test_a_part_that_can_not_be_read_is_asked_for_again(line: Line) -> None:
    def spoil(request: Request, true: Response) -> Response:
        return Response(
            true.status, true.headers, true.body.replace(b'"kind": "calendar#event",', b'"kind: ', 1)
        )

    line.google.proxy.inject(Rewrite(spoil), lambda request: request.path.startswith("/batch"))
    replies = line.gets("event0", "event1")
    assert [(reply.status, reply.sent) for reply in replies] == [(200, 2), (200, 1)]


def test_a_batch_whose_answer_is_too_large_is_halved(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(line.gets("event0")) == 1
    size = len(line.google.proxy.log[-1].response.body)  # type: ignore[union-attr]  # it has answered
    monkeypatch.setattr(wire, "LARGEST_ANSWER", size * 2)
    replies = line.gets(*(f"event{number}" for number in range(5)))
    assert [reply.status for reply in replies] == [200] * 5
    monkeypatch.setattr(wire, "LARGEST_ANSWER", size // 2)
    assert all(isinstance(one, errors.TooLarge) for one in line.gets("event0", "event1"))


def test_many_calls_are_fifty_to_a_batch_and_stop_where_all_would_fail(line: Line) -> None:
    assert len(line.gets(*["event0"] * 120)) == 120
    assert [entry.parts for entry in line.google.stage.log] == [50, 50, 20]
    line.google.stage.log.clear()
    line.google.calendar.trouble = lambda made: rate_limited(403, "quotaExceeded")
    replies = line.gets(*["event0"] * 120)
    assert len(replies) == 120 and all(isinstance(_error(one), errors.Exhausted) for one in replies)
    assert [entry.parts for entry in line.google.stage.log] == [50]


def test_a_batch_of_nothing_asks_nothing(line: Line) -> None:
    assert line.gets() == [] and line.google.stage.log == []


# --- settings, and what is loaded ---


@pytest.mark.parametrize("root", ["ftp://example.org", "http://example.org/", "https://"])
def test_a_root_that_would_show_the_login_is_refused(root: str) -> None:
    with pytest.raises(ValueError, match="root"):
        GoogleSettings(root=root)


def test_googles_client_is_loaded_with_the_first_request() -> None:
    """A household without Google never does, and the connector's own package does not either."""
    check = (
        "import sys, syncer.plugins, connectors.google.service, connectors.google_calendar;"
        "heavy = {'googleapiclient', 'google.auth', 'httplib2', 'httpx'} & sys.modules.keys();"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", check], check=True)
