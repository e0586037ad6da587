"""Which titles count as ticked: a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.ticks import TICK, begins_ticked, split_tick, ticked

TITLE = "Take out the bins"


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        (f"✓ {TITLE}", "✓"),
        (f"✓{TITLE}", "✓"),
        (f"✔ {TITLE}", "✔"),
        (f"✔\ufe0f {TITLE}", "✔"),
        (f"☑ {TITLE}", "☑"),
        (f"✅ {TITLE}", "✅"),
        (f"[x] {TITLE}", "[x]"),
        (f"[X]{TITLE}", "[X]"),
        (f"  [✓] {TITLE}", "[✓]"),
        (f"x {TITLE}", "x"),
        (f"X  {TITLE}", "X"),
        (f"done: {TITLE}", "done:"),
        (f"Done:{TITLE}", "Done:"),
        (f"DONE : {TITLE}", "DONE :"),
    ],
)
def test_a_mark_in_front_counts(title: str, mark: str) -> None:
    assert split_tick(title, TITLE.__eq__) == (TITLE, mark)


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        "x-ray",
        "x-ray of the bins",
        "xylophone lesson",
        f"x-{TITLE}",
        f"x{TITLE}",
        f"{TITLE} x",
        f"{TITLE} ✓",
        f"undone: {TITLE}",
        f"done {TITLE}",
        f"[ ] {TITLE}",
        f"[y] {TITLE}",
        "x marks the spot",
        "done: something else",
        "✓",
        "[x]",
        "x ",
        "",
    ],
)
def test_anything_else_does_not(title: str) -> None:
    assert split_tick(title, TITLE.__eq__) == (title, "")


def test_a_title_that_stood_there_is_no_tick_even_if_it_looks_like_one() -> None:
    for title in ("x ray at noon", "Done: the list", "✓ ticked off"):
        assert split_tick(title, title.__eq__) == (title, "")
        assert split_tick(f"x {title}", title.__eq__) == (title, "x")


def test_a_plain_mark_counts_before_a_title_that_is_new_too_but_a_letter_does_not() -> None:
    assert split_tick("✓ Bins and boxes", TITLE.__eq__) == ("Bins and boxes", "✓")
    assert split_tick("x Bins and boxes", TITLE.__eq__) == ("x Bins and boxes", "")


@given(st.text(min_size=1).filter(lambda text: text.strip() == text != ""))
def test_our_own_mark_is_always_read_back(title: str) -> None:
    assert split_tick(ticked(title), title.__eq__) == (title, TICK)
    assert begins_ticked(ticked(title))


@pytest.mark.parametrize(
    ("title", "refused"),
    [("✓ Bins", True), ("x Bins", True), ("Done: bins", True), ("x-ray", False), ("Bins", False)],
)
def test_a_title_of_ours_may_not_begin_ticked(title: str, refused: bool) -> None:
    assert begins_ticked(title) is refused
