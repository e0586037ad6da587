"""Every failure class: which of the closed set it is, and the sentence that a person reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.todoist import errors as connector_errors
from connectors.todoist.limits import LARGEST_ANSWER
from connectors.todoist.settings import TodoistSettings
from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    Create,
    CredentialsDead,
    CursorExpired,
    Failure,
    ProviderGone,
    Refused,
    Retry,
)
from syncer.core.model import Kind
from syncer.testing import builders
from syncer.testing.proxy import Answer, Hang, Reset, Response, Rewrite, Truncate, garbled
from tests.connectors.todoist.conftest import TIMEOUT, Desk, writing
from tests.emulators.stage import Response as Said
from tests.emulators.todoist import errors
from tests.emulators.todoist.errors import TodoistError

NEW_TOKEN = "Connect the account again with a new token"
LATER = "It is tried again by itself"


def asked(desk: Desk) -> list[tuple[str, Callable[[], object]]]:
    """Every way of asking."""
    return [
        ("collections", desk.connector.collections),
        ("create_collection", lambda: desk.connector.create_collection("Another", Kind.TODO)),
        ("pull", desk.pull),
        ("read", lambda: desk.connector.read(desk.collection, ["x"])),
        ("find", lambda: desk.connector.find(desk.collection, [builders.uid(1)])),
        ("images", lambda: desk.connector.images(desk.collection, ["x"])),
        ("push", lambda: _pushed(desk)),
    ]


def _pushed(desk: Desk) -> None:
    (outcome,) = desk.push(Create(builders.item(Kind.TODO), "token"))
    assert isinstance(outcome, Failure), outcome
    raise outcome.error


PROVIDER: list[tuple[TodoistError, type[ConnectorError], str, str]] = [
    (errors.unauthorized(), CredentialsDead, "doesn't take this token", NEW_TOKEN),
    (errors.invalid_token(), CredentialsDead, "doesn't take this token", NEW_TOKEN),
    (errors.forbidden(), CredentialsDead, "forbids this login", NEW_TOKEN),
    (errors.version_gone(), ProviderGone, "this API version is gone", "Update Evenhold"),
    (errors.slow_down(600), Retry, "asks for fewer requests", LATER),
    (TodoistError(503, "UNAVAILABLE", 503, "down"), Retry, "down for a moment", LATER),
    (TodoistError(500, "INTERNAL", 500, "oops"), Retry, "answered 500", LATER),
    (TodoistError(403, "PROJECT_FROZEN", 403, "frozen"), Refused, "may not do that", "Look at the project"),
    (errors.too_many("projects"), Retry, "a limit of the Todoist plan", "Remove or archive"),
]


@pytest.mark.parametrize(("error", "kind", "condition", "cure"), PROVIDER, ids=lambda one: str(one)[:30])
def test_what_todoist_answers_has_one_meaning_everywhere(
    desk: Desk, error: TodoistError, kind: type[ConnectorError], condition: str, cure: str
) -> None:
    desk.emulator.knobs[desk.account.token].login = error
    for name, ask in asked(desk):
        with pytest.raises(kind) as caught:
            ask()
        assert condition in caught.value.condition and cure in caught.value.cure, name
        assert caught.value.subject and "\n" not in str(caught.value)


def test_a_version_that_is_gone_is_never_told_as_a_bad_token(desk: Desk) -> None:
    """Todoist's own words speak of the token; nobody is to be sent for a new one."""
    for said in (
        errors.version_gone(),
        TodoistError(410, "GONE", 410, "Sync API v9 has been sunset. Unauthorized."),
        TodoistError(410, "AUTH_INVALID_TOKEN", 401, "Invalid token", after=4),
    ):
        desk.emulator.knobs[desk.account.token].login = said
        with pytest.raises(ProviderGone) as caught:
            desk.pull()
        assert "this API version is gone" in str(caught.value)
        assert "new token" not in str(caught.value) and "the token can stay" in str(caught.value)
    desk.proxy.inject(Answer(410, {"content-type": "text/html"}, b"<h1>Please log in</h1>"), times=None)
    with pytest.raises(ProviderGone):
        desk.pull()
    assert not desk.waited  # and it is not asked again at once


@pytest.mark.parametrize(
    ("answer", "after"),
    [
        (Answer(429, {"retry-after": "600"}), 600),
        (Answer(429, {}, b'{"error_extra": {"retry_after": 600}}'), 600),
        (Answer(429, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), 0),
        (Answer(429, {"retry-after": "soon"}, b'{"error_extra": {"retry_after": "soon"}}'), None),
        (Answer(429), None),
        (Answer(403, {"retry-after": "600"}, b"<html>slow down</html>"), 600),
        (Answer(503, {"retry-after": "600"}), 600),
    ],
)
def test_the_wish_to_wait_is_handed_on(desk: Desk, answer: Answer, after: float | None) -> None:
    desk.proxy.inject(answer, times=None)
    with pytest.raises(Retry) as caught:
        desk.pull()
    assert caught.value.after == after
    # A short wish is waited out here, a long one is the engine's to schedule.
    assert len(desk.waited) == (0 if after == 600 else 2)


def test_a_403_with_a_wish_to_wait_that_is_about_the_token_is_about_the_token(desk: Desk) -> None:
    desk.emulator.knobs[desk.account.token].login = errors.invalid_token()
    with pytest.raises(CredentialsDead):
        desk.pull()
    assert desk.waited == []


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        (Reset(), "the connection broke"),
        (Reset(applied=True), "the connection broke"),
        (Truncate(), "the connection broke"),
        (garbled(), "not readable as Todoist's"),
        (garbled(b""), "not readable as Todoist's"),
        (garbled(b"[]"), "not readable as Todoist's"),
        (garbled(b"{}"), "not readable as Todoist's"),
        (garbled(b"null"), "not readable as Todoist's"),
        (garbled(b"[" * 100_000), "not readable as Todoist's"),
        (garbled(b'{"sync_token": 1' + b"1" * 10_000 + b"}"), "not readable as Todoist's"),
        (Answer(502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>"), "answered 502"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_trouble_on_the_wire_passes(desk: Desk, fault: Any, condition: str) -> None:
    desk.proxy.inject(fault, times=None)
    for name, ask in asked(desk):
        with pytest.raises(Retry) as caught:
            ask()
        assert condition in caught.value.condition, name
        assert caught.value.after is None and caught.value.cure
    desk.proxy.calm()
    desk.pull()


@pytest.mark.parametrize("lost", [b"results", b"next_cursor"])
def test_a_page_of_projects_that_lost_a_part_is_no_empty_one(desk: Desk, lost: bytes) -> None:
    """Else a project that stands there would be made a second time."""

    def without(_: Any, true: Response) -> Response:
        return Response(true.status, true.headers, true.body.replace(b'"%s":' % lost, b'"lost":'))

    desk.proxy.inject(Rewrite(without), times=None)
    with pytest.raises(Retry):
        desk.connector.create_collection("Household", Kind.TODO)
    desk.proxy.calm()
    assert desk.connector.create_collection("Household", Kind.TODO).ref == desk.collection.ref


def test_a_project_in_a_form_that_the_sdk_does_not_know_says_so(desk: Desk) -> None:
    def without(_: Any, true: Response) -> Response:
        return Response(true.status, true.headers, true.body.replace(b'"view_style"', b'"view"'))

    desk.proxy.inject(Rewrite(without), times=None)
    with pytest.raises(Refused) as caught:
        desk.connector.collections()
    assert "not in the form that we know" in str(caught.value) and caught.value.cure == "Update Evenhold"
    desk.pull()  # which needs no model


def test_no_answer_in_time(desk: Desk) -> None:
    desk.proxy.inject(Hang(2 * TIMEOUT), writing, times=None)
    (outcome,) = desk.push(Create(builders.item(Kind.TODO), "token"))
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Retry)
    assert "did not answer in time" in outcome.error.condition and "timeout" in outcome.error.cure
    desk.proxy.calm()
    assert len(desk.connector.find(desk.collection, [builders.uid(1)])) == 1


def test_nobody_there(desk: Desk) -> None:
    desk.proxy.stop()
    try:
        with pytest.raises(Retry) as caught:
            desk.pull()
    finally:
        desk.proxy.start()
    assert "can't be reached" in caught.value.condition and "network" in caught.value.cure


@pytest.mark.parametrize(
    ("status", "kind"),
    [(302, Refused), (400, Refused), (404, CollectionGone), (413, Refused), (418, Refused)],
)
def test_other_answers_are_refusals(desk: Desk, status: int, kind: type[ConnectorError]) -> None:
    elsewhere = {"location": "http://127.0.0.1:9/api/v1/sync"}
    desk.proxy.inject(Answer(status, elsewhere, b'{"error": "x"}'), times=None)
    with pytest.raises(kind) as caught:
        desk.pull()
    assert caught.value.cure
    assert len(desk.proxy.log) == 1 and desk.waited == []


@pytest.mark.parametrize(
    ("status", "condition"), [(403, "asks for fewer requests"), (404, "not readable as Todoist's")]
)
def test_a_page_of_a_proxy_says_nothing_of_the_login_or_the_project(
    desk: Desk, status: int, condition: str
) -> None:
    """Todoist says errors in JSON."""
    desk.proxy.inject(Answer(status, {"content-type": "text/html"}, b"<h1>No</h1>"), times=None)
    for name, ask in asked(desk):
        with pytest.raises(Retry) as caught:
            ask()
        assert condition in caught.value.condition, name


def test_a_limit_on_projects_is_not_told_as_a_full_project(desk: Desk) -> None:
    desk.emulator.knobs[desk.account.token].failing = {"project_add": errors.too_many("projects")}
    with pytest.raises(Retry) as caught:
        desk.connector.create_collection("Another", Kind.TODO)
    assert "a limit of the Todoist plan" in caught.value.condition and "300" not in caught.value.cure


def test_a_refused_sync_token_is_an_expired_cursor(desk: Desk) -> None:
    with pytest.raises(CursorExpired):
        desk.pull("never given out")
    # In whatever words it is said.
    desk.proxy.inject(Answer(400, {}, b'{"error": "Sync token is invalid"}'), times=None)
    with pytest.raises(CursorExpired):
        desk.pull("never given out")


def test_an_answer_beyond_32_mebibytes_is_not_taken_in(desk: Desk) -> None:
    body = b" " * (LARGEST_ANSWER + 1)
    desk.proxy.inject(Rewrite(lambda _, __: Response(200, {"content-type": "application/json"}, body)))
    with pytest.raises(Refused) as caught:
        desk.pull()
    assert "larger than we read" in str(caught.value)
    desk.pull()


def test_a_small_answer_that_unpacks_to_a_large_one_is_not_taken_in(desk: Desk) -> None:
    import gzip

    body = gzip.compress(b" " * (LARGEST_ANSWER + 1))
    assert len(body) < 100_000
    packed = Response(200, {"content-type": "application/json", "content-encoding": "gzip"}, body)
    desk.proxy.inject(Rewrite(lambda _, __: packed))
    with pytest.raises(Refused) as caught:
        desk.pull()
    assert "larger than we read" in str(caught.value)
    garbage = Response(200, {"content-encoding": "gzip"}, b"not packed at all")
    desk.proxy.inject(Rewrite(lambda _, __: garbage), times=None)
    with pytest.raises(Retry):
        desk.pull()


def test_a_failure_of_everybody_ends_a_push(desk: Desk) -> None:
    """Five hundred operations are not tried one after the other with a dead login."""
    desk.pull()
    desk.requests()
    desk.emulator.knobs[desk.account.token].login = errors.unauthorized()
    outcomes = desk.push(*(Create(builders.item(Kind.TODO, number), f"{number}") for number in range(1, 501)))
    assert len(outcomes) == 500 and desk.requests() == 1
    assert all(isinstance(one, Failure) and isinstance(one.error, CredentialsDead) for one in outcomes)


@pytest.mark.parametrize("secret", ["", "two words", "line\nbreak", "tökén", "bell\x07"])
def test_a_secret_that_is_no_token_is_told_without_a_request(desk: Desk, secret: str) -> None:
    desk.account.token = secret
    with pytest.raises(CredentialsDead) as caught:
        desk.pull()
    assert "holds no Todoist token" in str(caught.value) and (not secret or secret not in str(caught.value))
    assert desk.requests() == 0


def test_a_new_token_counts_from_the_next_request_on(desk: Desk) -> None:
    desk.pull()
    old = desk.account.token
    desk.emulator.accounts["a-new-token"] = desk.emulator.accounts.pop(old)
    desk.emulator.knobs["a-new-token"] = desk.emulator.knobs.pop(old)
    with pytest.raises(CredentialsDead):
        desk.pull()
    desk.account.token = "a-new-token\n"
    desk.emulator.accounts["a-new-token"].token = "a-new-token"
    desk.pull()


def test_events_have_no_home_here(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        desk.connector.create_collection("Household", Kind.EVENT)
    assert "no calendars" in str(caught.value)


def test_a_project_that_can_not_be_made_says_why(desk: Desk) -> None:
    desk.emulator.knobs[desk.account.token].failing = {"project_add": errors.too_many("projects")}
    with pytest.raises(Retry):
        desk.connector.create_collection("Another", Kind.TODO)


def test_a_project_whose_creation_was_not_heard_of_is_found_the_next_time(desk: Desk) -> None:
    desk.proxy.inject(Reset(applied=True), writing, times=None)
    with pytest.raises(Retry):
        desk.connector.create_collection("Another", Kind.TODO)
    desk.proxy.calm()
    made = desk.connector.create_collection("Another", Kind.TODO)
    assert [one.ref for one in desk.connector.collections() if one.name == "Another"] == [made.ref]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://api.todoist.com", "plain http"),
        ("ftp://api.todoist.com", "https://"),
        ("api.todoist.com", "https://"),
        ("https://ada:secret@api.todoist.com", "must not hold a login"),
        ("https://api.todoist.com/api/v9", "nothing more"),
    ],
)
def test_an_address_that_would_show_the_token_is_not_taken(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TodoistSettings(url=url)


def test_every_error_of_a_command_is_of_the_closed_set() -> None:
    odd: list[object] = [None, "no", 7, [], {}, {"http_code": "x"}, {"error_tag": 7, "http_code": 418}]
    for error in odd:
        assert isinstance(connector_errors.from_command(error, "uid"), Retry | Refused)
    assert isinstance(connector_errors.from_command({"error_tag": "ITEM_NOT_FOUND"}, "uid"), Conflict)


def test_the_emulators_stage_can_fail_too(desk: Desk) -> None:
    desk.emulator.stage.fault = lambda _: Said(500, {}, b"")
    try:
        with pytest.raises(Retry):
            desk.pull()
    finally:
        desk.emulator.stage.fault = None
