"""No secret, title or note in any log, error or repr: at debug level, under every fault."""

from __future__ import annotations

import base64
import logging
import traceback

import pytest

from connectors.google import scopes
from syncer.connector import ConnectorError, Create, Delete, Failure, Update
from syncer.core.model import Kind
from syncer.testing.builders import uid
from syncer.testing.contract import harness
from syncer.testing.contract.http import HttpFaults
from tests.connectors.google_tasks.conftest import Desk, changes, todo
from tests.emulators.google_api import ApiError, Trouble, not_enabled

TITLE, NOTES = "Canary-title", "Canary-notes"


def _canaries(desk: Desk) -> set[str]:
    """Everything that must not be seen, and that was in use."""
    oauth = desk.google.oauth
    grants = [grant for grant in oauth._grants.values() if grant.account == desk.person.mail]
    tokens = {token for token, access in oauth._tokens.items() if access.account == desk.person.mail}
    secrets = {oauth.client_secret, *tokens, *(grant.refresh for grant in grants), desk.account.secret}
    assert len(tokens) > 1 and len(secrets) > 4
    return secrets | {base64.b64encode(one.encode()).decode() for one in secrets} | {TITLE, NOTES}


def _all_that_fails(desk: Desk) -> list[str]:
    """Every call under every fault; what each error says, with its whole traceback."""
    faults = HttpFaults(desk.google.proxy, writing=changes)
    (ack,) = desk.created(todo(title=TITLE, notes=NOTES))
    cursor = desk.pull(None, [ack]).cursor
    told: list[str] = []

    def note(error: BaseException) -> None:
        told.extend([repr(error), "".join(traceback.format_exception(error))])

    def calls() -> None:
        for call in (
            lambda: desk.pull(cursor, [ack]),
            lambda: desk.pull(),
            lambda: desk.connector.read(desk.collection, [ack.ref]),
            lambda: desk.connector.find(desk.collection, [uid(1)]),
            lambda: desk.connector.images(desk.collection, [ack.ref]),
            lambda: desk.connector.collections(),
            lambda: desk.connector.create_collection("Canary", Kind.TODO),
        ):
            try:
                call()
            except ConnectorError as error:
                note(error)
        assert ack.item is not None
        update = Update(ack.ref, '- "1"', ack.item, frozenset({"title", "notes"}))
        create = Create(todo(2, title=TITLE, notes=NOTES))
        for outcome in desk.push(create, update, Delete(ack.ref, '- "1"', uid(1))):
            if isinstance(outcome, Failure):
                note(outcome.error)

    for trouble in harness.NOT_APPLIED:
        if trouble is not harness.Trouble.TIMEOUT:
            faults.inject(trouble)
            calls()
            faults.calm()
    for failure in (
        not_enabled(),
        ApiError(403, "forbidden", TITLE),
        ApiError(400, "invalid", f"{TITLE} {NOTES}"),
        ApiError(410, "gone", TITLE),
    ):
        desk.tasks.trouble = _always(failure)
        calls()
        desk.tasks.trouble = None
    desk.google.oauth.expire(desk.person.mail)
    desk.pull(cursor, [ack])
    desk.google.oauth.revoke(desk.person.mail)
    calls()
    assert len(told) > 100
    return told


def _always(failure: ApiError) -> Trouble:
    return lambda made: failure


def test_nothing_secret_is_logged_raised_or_shown(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx", "httpcore", "googleapiclient", "google.auth", "httplib2", ""):
        caplog.set_level(logging.DEBUG, name or None)
    first = desk.connector
    told = _all_that_fails(desk)
    held = [first, first.service, first.service._http, first._settings, first._shelf(desk.collection)]
    shown = [repr(one) for one in held] + [repr(vars(one)) for one in (first, first.service)]
    canaries = _canaries(desk)
    records = [f"{one.getMessage()} {one.args!r} {one.exc_text}" for one in caplog.records]
    assert any("httpcore" in one.name for one in caplog.records), "the libraries' loggers are heard"
    for place, texts in (("error", told), ("log", records), ("repr", shown)):
        hits = [(canary[:20], text[:300]) for canary in canaries for text in texts if canary in text]
        assert not hits, (place, hits[0])


def test_the_scope_is_the_one_with_which_it_works(desk: Desk) -> None:
    assert len(scopes.TASKS) == 1
    desk.created(todo())
    desk.account.secret = desk.google.oauth.secret(desk.person.mail, [f"{scopes.TASKS[0]}.readonly"])
    desk.restart()
    desk.pull()
    (failure,) = desk.failures(Create(todo(2)))
    assert "tick every box" in failure.error.cure
