"""The marker in a person's notes: it goes in, comes out, and leaves what is theirs."""

from __future__ import annotations

import pytest

from connectors import markers
from connectors.markers import Marked
from syncer.core.identity import Identity
from syncer.testing import builders
from syncer.testing.builders import claims, uid
from syncer.testing.contract.hostile import ODD_TEXTS

ONE, TWO = uid(1), uid(2)
STRANGER = Identity("bins.out", "2026-11-24").uid("another household")


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "The brown one",
        "two\nlines",
        "two\n\nparagraphs",
        "ends\n",
        "ends\n\n",
        "ends\n\n\n",
        " ",
        "\n",
        "\n\n",
        *builders.TEXTS.values(),
        *ODD_TEXTS.values(),
    ],
)
def test_notes_come_out_as_they_went_in(notes: str) -> None:
    assert markers.find(markers.marked(notes, ONE), claims) == Marked(ONE, notes)


@pytest.mark.parametrize("notes", ["", "The brown one"])
def test_its_length_is_what_it_adds_at_most(notes: str) -> None:
    assert len(markers.marked(notes, ONE)) - len(notes) <= markers.length(ONE)


@pytest.mark.parametrize("item", ["bins.out", "food-1.shop-2"])
@pytest.mark.parametrize("key", ["2026-11-24", "n000001", "n123456789"])
@pytest.mark.parametrize("generation", [0, 1, 12])
def test_every_identity_can_be_read_back(item: str, key: str, generation: int) -> None:
    name = Identity(item, key, generation).uid(builders.HOUSEHOLD)
    assert markers.find(markers.marked("Notes", name), claims) == Marked(name, "Notes")


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (f"Notes\n\nKept by {ONE}\nmilk", "Notes\nmilk"),
        (f"Notes\n\nKept by {ONE}\n\nmilk", "Notes\n\nmilk"),
        (f"Kept by {ONE}\nmilk", "milk"),
        (f"Notes\nKept by {ONE}", "Notes"),
        (f"Notes {ONE}", "Notes "),
        (f"Notes\n\nkept by {ONE.upper()}\n\n", "Notes"),
        (f"Notes\n\nKept by {ONE} milk", "Notes\n\n milk"),
        (f"Notes\r\n\r\nKept by {ONE}", "Notes"),
    ],
)
def test_what_a_person_writes_around_it_is_theirs(text: str, notes: str) -> None:
    assert markers.find(text, claims) == Marked(ONE, notes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Notes",
        "Kept by ",
        f"Kept by {STRANGER}",
        "Kept by evenhold-0123456789.bins",
        f"Kept by {ONE}x",
        ONE[:-3],
    ],
)
def test_what_is_not_ours_holds_no_marker(text: str) -> None:
    assert markers.find(text, claims) is None


def test_of_two_markers_the_one_that_was_there_counts() -> None:
    text = markers.marked(markers.marked("Notes", ONE), TWO)
    assert markers.find(text, claims, known=ONE) == Marked(ONE, f"Notes\n\nKept by {TWO}")
    assert markers.find(text, claims) == Marked(TWO, f"Notes\n\nKept by {ONE}")
    assert markers.find(text, claims, known=uid(3)) == Marked(TWO, f"Notes\n\nKept by {ONE}")


def test_a_strangers_marker_is_part_of_the_notes() -> None:
    text = markers.marked(f"Kept by {STRANGER}", ONE)
    assert markers.find(text, claims) == Marked(ONE, f"Kept by {STRANGER}")
