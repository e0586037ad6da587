"""What counts as a change of an item, and what can't be read."""

from __future__ import annotations

from typing import Any

import pytest

from connectors import markers
from connectors.todoist import codec
from syncer.core.model import Status
from syncer.testing import builders
from syncer.testing.builders import BERLIN, claims, uid
from syncer.testing.contract.hostile import ODD_TEXTS

RAW: dict[str, Any] = {
    "id": "6X7rM8997g3RQmvh",
    "content": "Take out the bins",
    "description": markers.marked("The brown one", uid(1)),
    "checked": False,
    "priority": 1,
    "labels": ["b", "a"],
    "due": {"date": "2026-11-24", "string": "24 Nov", "lang": "en", "is_recurring": False, "timezone": None},
    "deadline": None,
    "duration": None,
    "project_id": "p",
    "section_id": None,
    "parent_id": None,
    "responsible_uid": None,
    "updated_at": "2026-11-23T09:00:00.000000Z",
    "child_order": 3,
    "collapsed": False,
}


def revision(**changes: Any) -> str:
    return codec.revision({**RAW, **changes}, uid(1), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"updated_at": "2026-11-24T09:00:00.000000Z"},
        {"child_order": 7, "day_order": 2, "collapsed": True},
        {"labels": ["a", "b"]},
        {"due": {**RAW["due"], "string": "tomorrow", "lang": "de"}},
        {"due": {"date": "2026-11-24"}},
        {"completed_at": None, "note_count": 3},
    ],
)
def test_what_an_app_rewrites_by_itself_is_no_change(changes: dict[str, Any]) -> None:
    assert revision(**changes) == revision()


@pytest.mark.parametrize(
    "changes",
    [
        {"content": "Take the bins out"},
        {"description": "x"},
        {"checked": True},
        {"priority": 4},
        {"labels": []},
        {"due": None},
        {"due": {**RAW["due"], "is_recurring": True}},
        {"due": {**RAW["due"], "date": "2026-11-24T18:30:00"}},
        {"deadline": {"date": "2026-11-30", "lang": "en"}},
        {"duration": {"amount": 5, "unit": "minute"}},
        {"section_id": "s"},
        {"parent_id": "i"},
    ],
)
def test_what_a_person_changes_is_a_change(changes: dict[str, Any]) -> None:
    assert revision(**changes) != revision()


def test_a_completion_of_a_recurring_item_is_a_change() -> None:
    assert codec.revision(RAW, uid(1), RAW) != revision()


def test_a_revision_holds_the_uid() -> None:
    assert codec.uid_in(revision()) == uid(1)
    for odd in (None, "", "as we knew it", "0123"):
        assert codec.uid_in(odd) is None


def test_an_item_is_ours_by_its_marker_or_by_its_address() -> None:
    wiped = {**RAW, "description": "mine"}
    assert codec.uid_of(RAW, claims, None) == uid(1)
    assert codec.uid_of(wiped, claims, None) is None
    assert codec.uid_of(wiped, claims, uid(1)) == uid(1)
    assert codec.uid_of(wiped, claims, "somebody else's") is None
    assert codec.uid_of({**RAW, "description": None}, claims, None) is None


def test_an_item_says_what_stands_there() -> None:
    item = codec.decode(RAW, uid(1), claims, BERLIN, None)
    assert (item.title, item.notes, item.when) == ("Take out the bins", "The brown one", builders.DAY)
    assert (item.status, item.completed, item.rule) == (Status.OPEN, None, "")


@pytest.mark.parametrize(
    "damage",
    [
        {"content": None},
        {"content": 7},
        {"description": ["x"]},
        {"due": "tomorrow"},
        {"due": {"date": "soon"}},
        {"content": "x" * 2**20},
        {"labels": ["x" * 2**20]},
    ],
)
def test_what_can_not_be_read_says_why_and_quotes_nothing(damage: dict[str, Any]) -> None:
    with pytest.raises(codec.Unreadable) as caught:
        codec.decode({**RAW, **damage}, uid(1), claims, BERLIN, None)
    assert str(caught.value) and "x" * 20 not in str(caught.value) and len(str(caught.value)) < 60


@pytest.mark.parametrize("name", ODD_TEXTS)
def test_every_text_can_be_sent(name: str) -> None:
    for text in (codec.title(ODD_TEXTS[name]), codec.clean(ODD_TEXTS[name])):
        text.encode()
        assert not any(ord(letter) < 32 and letter not in "\n\t" for letter in text)
    assert "\n" not in codec.title(ODD_TEXTS[name])
