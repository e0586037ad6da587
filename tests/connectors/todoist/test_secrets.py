"""The token, titles and notes are in no error, log or repr: canaries, all faults, debug level."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest

from syncer.connector import ConnectorError, Create, Failure, Operation, Update
from syncer.core.model import Kind
from syncer.testing import builders
from syncer.testing.proxy import Answer, Hang, Reset, Rewrite, Truncate, garbled, login_refused
from tests.connectors.todoist.conftest import TIMEOUT, Desk
from tests.emulators.todoist import errors

TITLE, NOTES, PRIVATE = "Canary-title", "Canary-notes", "Canary-of-a-stranger"


def echoing(request: Any, true: Any) -> Any:
    """A server that quotes the whole request back, the login too, under an error."""
    quoted = f"{dict(request.headers)} {request.body!r}".encode()
    return type(true)(500, {"content-type": "text/plain"}, quoted)


FAULTS: list[Any] = [
    None,
    Reset(),
    Reset(applied=True),
    Hang(2 * TIMEOUT),
    Truncate(),
    garbled(),
    login_refused(),
    Answer(403),
    Answer(410, {}, b"Invalid token"),
    Answer(429, {"retry-after": "600"}),
    Answer(503),
    Rewrite(echoing),
    errors.invalid_token(),
    errors.version_gone(),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_no_canary_leaves_the_connector(desk: Desk, caplog: pytest.LogCaptureFixture, fault: Any) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "httpcore.http11", "httpcore.connection"):
        caplog.set_level(logging.DEBUG, name)
    item = builders.item(Kind.TODO, title=TITLE, notes=NOTES)
    (ack,) = desk.created(item)
    desk.person.add(desk.collection.ref, PRIVATE, description=PRIVATE)
    cursor = desk.pull(None, ack).cursor
    if isinstance(fault, errors.TodoistError):
        desk.emulator.knobs[desk.account.token].login = fault
    elif fault is not None:
        desk.proxy.inject(fault, times=None)
    told = [repr(desk.connector), repr(desk.connector.transport), repr(desk.connector.transport._wire)]
    told += [repr(vars(board)) for board in desk.connector._boards.values()]
    calls: list[Any] = [
        desk.connector.collections,
        lambda: desk.pull(cursor, ack),
        lambda: desk.connector.read(desk.collection, [ack.ref]),
        lambda: desk.connector.images(desk.collection, [ack.ref]),
    ]
    for call in calls[: 2 if isinstance(fault, Hang) else None]:
        try:
            call()
        except ConnectorError as error:
            told += ["".join(traceback.format_exception(error)), repr(error), repr(vars(error))]
    operations: list[Operation] = [
        Create(builders.item(Kind.TODO, 2, title=TITLE, notes=NOTES), "token"),
        Update(ack.ref, ack.revision, item, frozenset({"title", "notes"})),
    ]
    for outcome in desk.push(*operations):
        if isinstance(outcome, Failure):
            told.append("".join(traceback.format_exception(outcome.error)))
    told += [record.getMessage() + repr(record.args) for record in caplog.records]
    assert any("httpcore" in record.name for record in caplog.records), "the loggers below were not heard"
    for canary in (desk.account.token, TITLE, NOTES, PRIVATE):
        assert not any(canary in text for text in told), f"{canary} was told"


def test_the_check_would_see_a_canary(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").debug("Authorization: Bearer %s", desk.account.token)
    assert any(desk.account.token in record.getMessage() for record in caplog.records)
