"""The canonical run, cut at every boundary of IO, comes out as if it had not been cut."""

from __future__ import annotations

import pytest

from tests.crash.cuts import chosen, cut_all
from tests.crash.theatre import CONNECTORS

PARTS = 2
"""Each connector's cuts in so many tests, for as many workers."""
SHARES = {"radicale": slice(0, None, 2), "xandikos": slice(1, None, 2)}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("connector", CONNECTORS)
def test_a_run_that_was_cut_anywhere_comes_out_like_the_uncut_one(connector: str, part: int) -> None:
    """In memory each single boundary; elsewhere one of those that have no IO between them.

    The two servers that the CalDAV connector speaks to share them: `python -m tests.crash` cuts all on both.
    """
    share = SHARES.get(connector, slice(None))
    found = cut_all(connector, part, PARTS, every=connector == "memory", share=share)
    assert found.violations == []
    assert found.cut == found.wanted > 20
    assert 25 <= found.operations <= 40


def test_every_gap_between_two_actions_is_cut_and_every_boundary_if_asked() -> None:
    gaps = [[1], [2, 3, 4], [5, 6]]
    assert chosen(gaps, every=True) == (1, 2, 3, 4, 5, 6)
    assert chosen(gaps, every=False) == (1, 3, 5)
