"""Every planted bug is caught by the checker that is there for it."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.prove.bug import Bug, Change
from tests.prove.bugs import BUGS
from tests.prove.plant import PlantAnew, changed
from tests.prove.prove import control, prove

CONTROL = 60
"""Histories on the copy with no bug in it; that many more are clean is the simulation's own test."""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Bug) -> None:
    proof = prove(bug)
    assert proof.wrong is not None, f"{bug.what} Nobody noticed."


def test_where_no_bug_is_planted_none_is_found() -> None:
    clean = control(CONTROL)
    assert clean.wrong is None and clean.tried == CONTROL


def test_there_are_enough_bugs_and_each_has_a_name_of_its_own() -> None:
    assert len(BUGS) >= 20
    assert max(Counter(bug.name for bug in BUGS).values()) == 1


@pytest.mark.parametrize("text", ["nothing like it", "old and old"])
def test_a_bug_whose_text_is_gone_or_not_alone_asks_to_be_planted_anew(text: str) -> None:
    with pytest.raises(PlantAnew, match="planted anew"):
        changed(text, Change("core/fold.py", "old", "new"))
