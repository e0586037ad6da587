"""What goes wrong at Google, by class: which failure it is, and the sentence that a person reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from connectors.google import scopes
from connectors.google.errors import Exhausted
from syncer.connector import (
    Ack,
    CollectionGone,
    Conflict,
    ConnectorError,
    Create,
    CredentialsDead,
    CursorExpired,
    Delete,
    Failure,
    ProviderGone,
    Refused,
    Retry,
    Update,
)
from syncer.core.model import Kind
from syncer.testing.builders import uid
from syncer.testing.proxy import Answer, Fault, Hang, Reset, Truncate, garbled, reads
from tests.connectors.google_tasks.conftest import Desk, changes, todo
from tests.emulators.google_api import ApiError, gone_api, not_enabled, rate_limited
from tests.emulators.google_api import Trouble as Knob

AGAIN, BY_ITSELF = "Connect the account again: evenhold connect google", "It is tried again by itself"
Make = Callable[[Desk], None]
UNAVAILABLE = ApiError(503, "backendError", "Backend Error", after=7)


def _answers(error: ApiError) -> Make:
    def make(desk: Desk) -> None:
        knob: Knob = lambda made: error  # noqa: E731  a function of its own for its type
        desk.tasks.trouble = knob

    return make


def _meets(fault: Fault) -> Make:
    def make(desk: Desk) -> None:
        desk.google.proxy.inject(fault, times=None)

    return make


def _revoked(desk: Desk) -> None:
    desk.google.oauth.revoke(desk.person.mail)


def _token_refused(desk: Desk) -> None:
    """The API knows none of the tokens that the token endpoint gives out."""
    _answers(ApiError(401, "authError", "Invalid Credentials"))(desk)


def _unknown_app(desk: Desk) -> None:
    desk.account.secret = desk.account.secret.replace("GOCSPX-", "GOCSPX-other-")
    desk.restart()


def _least(desk: Desk) -> None:
    desk.account.secret = desk.google.oauth.secret(desk.person.mail, scopes.CALENDAR)
    desk.restart()


FAILURES: dict[str, tuple[Make, type[ConnectorError], str]] = {
    "revoked (invalid_grant)": (_revoked, CredentialsDead, AGAIN),
    "token refused (401)": (_token_refused, CredentialsDead, AGAIN),
    "app unknown (invalid_client)": (_unknown_app, CredentialsDead, "Check its client id and secret"),
    "scope missing (403)": (_least, CredentialsDead, "tick every box on Google's page"),
    "API not enabled (403)": (_answers(not_enabled()), CredentialsDead, "Enable it in the Google Cloud"),
    "forbidden (403)": (_answers(ApiError(403, "forbidden", "Forbidden")), Refused, "Check who may change"),
    "rate limit (403)": (_answers(rate_limited(after=600)), Retry, BY_ITSELF),
    "rate limit (429)": (_answers(rate_limited(429, after=600)), Retry, BY_ITSELF),
    "quota of the day (403)": (
        _answers(rate_limited(403, "quotaExceeded")), Exhausted, BY_ITSELF
    ),
    "API gone (410)": (_answers(gone_api()), ProviderGone, "Update Evenhold"),
    "list gone (404)": (
        lambda desk: desk.person.delete_list(desk.held), CollectionGone, "Check that it still exists"
    ),
    "internal error (500)": (_answers(ApiError(500, "backendError", "x")), Retry, BY_ITSELF),
    "down (503)": (_answers(UNAVAILABLE), Retry, BY_ITSELF),
    "no answer in time": (_meets(Hang(0.6, applied=False)), Retry, "Raise timeout"),
    "connection broke": (_meets(Reset()), Retry, BY_ITSELF),
    "body cut short": (_meets(Truncate()), Retry, BY_ITSELF),
    "body that is none": (_meets(garbled()), Retry, BY_ITSELF),
    "empty body": (_meets(Answer(200, {}, b"")), Retry, BY_ITSELF),
    "another JSON": (
        _meets(Answer(200, {"content-type": "application/json"}, b"[]")), Retry, BY_ITSELF
    ),
    "another page (302)": (_meets(Answer(302, {"location": "https://example.org/"})), Refused, "Tell us"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAILURES)
def test_each_failure_is_one_of_the_closed_set_with_a_cure(desk: Desk, name: str) -> None:
    make, kind, cure = FAILURES[name]
    desk.connector = desk.account.connect(timeout=0.3)
    (ack,) = desk.created(todo())
    cursor = desk.pull(None, [ack]).cursor
    make(desk)
    with pytest.raises(kind) as raised:
        desk.pull(cursor, [ack])
    assert cure in raised.value.cure and raised.value.subject and raised.value.condition
    (failure,) = desk.failures(Create(todo(2)))
    assert isinstance(failure.error, kind), failure


@pytest.mark.parametrize("status", [403, 429])
def test_the_wish_of_google_is_handed_on(desk: Desk, status: int) -> None:
    desk.tasks.trouble = lambda made: rate_limited(status, after=600)
    with pytest.raises(Retry) as raised:
        desk.pull()
    (failure,) = desk.failures(Create(todo()))
    assert isinstance(failure.error, Retry) and failure.error.after == raised.value.after == 600
    assert desk.account.waited == []


def test_a_short_wish_is_waited_out(desk: Desk) -> None:
    calls: list[str] = []

    def trouble(made: object) -> ApiError | None:
        calls.append("x")
        return UNAVAILABLE if len(calls) == 1 else None

    desk.tasks.trouble = trouble
    desk.pull()
    assert desk.account.waited == [7.0]


def test_somebody_elses_change_is_a_conflict(desk: Desk) -> None:
    """412, and what a person then finds: their words, untouched."""
    (ack,) = desk.created(todo())
    desk.person.edit(desk.held, ack.ref, title="Theirs")
    update = Update(ack.ref, ack.revision, todo(title="Ours"), frozenset({"title"}))
    for failure in desk.failures(update, Delete(ack.ref, ack.revision, uid(1))):
        assert isinstance(failure.error, Conflict) and failure.error.subject == uid(1)
    assert list(desk.person.sees(desk.held).values()) == ["Theirs"]


def test_a_timeout_after_the_write_ends_in_one_effect(desk: Desk) -> None:
    desk.connector = desk.account.connect(timeout=0.3)
    desk.google.proxy.inject(Hang(0.6), changes)
    (failure,) = desk.failures(Create(todo()))
    assert isinstance(failure.error, Retry)
    assert [one.item.uid for one in desk.connector.find(desk.collection, [uid(1)])] == [uid(1)]
    desk.acks(Create(todo()))
    assert len(desk.person.sees(desk.held)) == 1


def test_the_second_page_that_does_not_come_spoils_the_listing(desk: Desk) -> None:
    acks = desk.created(*(todo(number) for number in range(1, 152)))
    for fault in (Truncate(), garbled(), Answer(500), Reset()):
        desk.google.proxy.inject(fault, reads, skip=1, times=None)
        with pytest.raises(Retry):
            desk.pull(None, acks)
        desk.google.proxy.calm()
    assert len(desk.pull(None, acks).same) == 151


def test_a_task_that_google_does_not_know_is_gone_only_while_its_list_is_there(desk: Desk) -> None:
    (ack,) = desk.created(todo())
    desk.person.delete_list(desk.held)
    with pytest.raises(CollectionGone):
        desk.connector.read(desk.collection, [ack.ref])


def test_an_id_that_google_finds_odd_is_not_gone(desk: Desk) -> None:
    """The real API answers 400 "Invalid task ID" to what is no id of its own: no proof of a deletion."""
    (ack,) = desk.created(todo())
    desk.tasks.trouble = lambda made: ApiError(400, "invalid", "Invalid task ID")
    with pytest.raises(Refused):
        desk.connector.read(desk.collection, [ack.ref])


def test_one_part_of_a_batch_of_reads_that_fails_is_raised(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))

    def trouble(made) -> ApiError | None:  # type: ignore[no-untyped-def]  # any call
        return ApiError(500, "backendError", "x") if made.params.get("task") == acks[1].ref else None

    desk.tasks.trouble = trouble
    with pytest.raises(Retry):
        desk.connector.read(desk.collection, [ack.ref for ack in acks])


def test_an_old_cursor_has_expired(desk: Desk) -> None:
    with pytest.raises(CursorExpired):
        desk.pull("2020-01-01T00:00:00Z")
    desk.tasks.trouble = lambda made: ApiError(410, "updatedMinTooLongAgo", "Too long ago")
    with pytest.raises(CursorExpired):
        desk.pull(desk_cursor(desk))


def desk_cursor(desk: Desk) -> str:
    """A cursor of now."""
    return f"{desk.google.stage.clock.now():%Y-%m-%dT%H:%M:%SZ}"


def test_dead_credentials_end_a_push_with_one_sentence_and_no_more_requests(desk: Desk) -> None:
    desk.pull()
    _revoked(desk)
    desk.calm()
    failures = desk.failures(*(Create(todo(number)) for number in range(1, 121)))
    assert {str(one.error) for one in failures} == {str(failures[0].error)}
    assert isinstance(failures[0].error, CredentialsDead)
    # Google's client sends once more what was refused for its token; the second and third fifty not at all.
    assert [entry.parts for entry in desk.asked] == [50, 50]


def test_an_account_that_was_connected_again_goes_on(desk: Desk) -> None:
    desk.pull()
    _revoked(desk)
    with pytest.raises(CredentialsDead):
        desk.pull()
    desk.account.secret = desk.google.oauth.secret(desk.person.mail, scopes.TASKS)
    desk.pull()


def test_an_access_token_that_ran_out_is_renewed_unasked(desk: Desk) -> None:
    acks = desk.created(todo(1), todo(2))
    desk.google.oauth.expire(desk.person.mail)
    assert len(desk.pull(None, acks).same) == 2
    desk.google.oauth.expire(desk.person.mail)
    outcomes = desk.push(*(Delete(ack.ref, ack.revision, ack.operation.uid) for ack in acks))
    assert all(isinstance(one, Ack) for one in outcomes)


def test_a_list_for_events_is_refused_with_a_cure(desk: Desk) -> None:
    with pytest.raises(Refused, match="Choose a calendar"):
        desk.connector.create_collection("Dates", Kind.EVENT)
    with pytest.raises(Refused, match="Shorten the name"):
        desk.connector.create_collection("x" * 1025, Kind.TODO)


def test_a_new_list_whose_answer_is_lost_is_found_the_next_time(desk: Desk) -> None:
    desk.google.proxy.inject(Reset(applied=True), changes)
    with pytest.raises(Retry):
        desk.connector.create_collection("Meals", Kind.TODO)
    made = desk.connector.create_collection("Meals", Kind.TODO)
    assert [ident for ident, title in desk.person.lists().items() if title == "Meals"] == [made.ref]


def test_what_failed_is_told_in_one_line_of_its_own(desk: Desk) -> None:
    """No text of Google's comes through: it may quote the item."""
    desk.tasks.trouble = lambda made: ApiError(400, "invalid", "Take out the bins\nis not nice")
    for outcome in desk.push(Create(todo())):
        assert isinstance(outcome, Failure)
        assert "bins\n" not in str(outcome.error) and "nice" not in str(outcome.error)


def test_no_task_is_gone_because_of_somebody_elses_page(desk: Desk) -> None:
    """A proxy's 404 for one request, while the list can be read: that would be a deletion."""
    (ack,) = desk.created(todo())
    page = Answer(404, {"content-type": "text/html"}, b"<html>Not Found</html>")
    desk.google.proxy.inject(page, lambda request: f"/tasks/{ack.ref}" in request.path, times=None)
    with pytest.raises(Retry, match="not readable"):
        desk.connector.read(desk.collection, [ack.ref])
