"""The calls to the Tasks API that this connector makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.google.service import Call

PAGE = 100
"""Tasks on a page; more are not given ("The default is 20 (max allowed: 100)")."""

MOST_LISTS = 1000


def lists(token: str | None, subject: str) -> Call:
    """A page of the account's lists."""
    more = {"pageToken": token} if token else {}
    return Call(lambda api: api.tasklists().list(maxResults=MOST_LISTS, **more), subject)


def one_list(held: str) -> Call:
    """A list by itself."""
    return Call(lambda api: api.tasklists().get(tasklist=held), held)


def insert_list(title: str, subject: str) -> Call:
    """A new list."""
    return Call(lambda api: api.tasklists().insert(body={"title": title}), subject, once=True)


def page(held: str, token: str | None, filters: Mapping[str, Any]) -> Call:
    """A page of a list's tasks."""
    more = {"pageToken": token} if token else {}
    return Call(lambda api: api.tasks().list(tasklist=held, maxResults=PAGE, **filters, **more), held)


def get(held: str, ref: str) -> Call:
    """A task, deleted ones too."""
    return Call(lambda api: api.tasks().get(tasklist=held, task=ref), ref)


def insert(held: str, body: Mapping[str, Any], subject: str) -> Call:
    """A new task, on top of its list."""
    return Call(lambda api: api.tasks().insert(tasklist=held, body=dict(body)), subject, once=True)


def patch(held: str, ref: str, body: Mapping[str, Any], etag: str | None, subject: str) -> Call:
    """A change of a task's fields, if it is still as we knew it."""
    return Call(
        lambda api: api.tasks().patch(tasklist=held, task=ref, body=dict(body)), subject, _unchanged(etag)
    )


def delete(held: str, ref: str, etag: str | None, subject: str) -> Call:
    """The end of a task, if it is still as we knew it."""
    return Call(lambda api: api.tasks().delete(tasklist=held, task=ref), subject, _unchanged(etag))


def to_top(held: str, ref: str) -> Call:
    """A subtask made a task of its own."""
    return Call(lambda api: api.tasks().move(tasklist=held, task=ref), ref)


def _unchanged(etag: str | None) -> dict[str, str]:
    """The condition of a write. Without an ETag, what was read a moment ago must do."""
    return {"If-Match": etag} if etag is not None else {}
