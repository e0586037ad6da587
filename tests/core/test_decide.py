"""The decision table: total over the product of its inputs, and never against what it promises."""

from __future__ import annotations

from itertools import product

import pytest

from syncer.core.decide import TABLE, Base, Decision, Remote
from syncer.core.projection import Want

PRODUCT = list(product(Want, Base, Remote))


def test_every_combination_has_exactly_one_decision() -> None:
    assert set(TABLE) == set(PRODUCT)
    assert len(TABLE) == len(PRODUCT) == 18


@pytest.mark.parametrize(("want", "base", "remote"), PRODUCT)
def test_no_decision_goes_against_what_is_known(want: Want, base: Base, remote: Remote) -> None:
    decision = TABLE[want, base, remote]
    if want is Want.LEFT:
        assert decision not in (Decision.CREATE, Decision.DELETE)
    if want is Want.UNWANTED:
        assert decision in (Decision.DELETE, Decision.END, Decision.NOTHING)
    if want is Want.WANTED:
        assert decision not in (Decision.DELETE, Decision.END, Decision.NOTHING)
    if remote is Remote.GONE:
        assert decision not in (Decision.DELETE, Decision.WRITE, Decision.ADOPT)
    if remote is Remote.PRESENT:
        assert decision not in (Decision.CREATE, Decision.END)
    if base is Base.NONE:
        assert decision not in (Decision.WRITE, Decision.END)
    if base is Base.LIVE:
        assert decision is not Decision.ADOPT


def test_only_what_stands_there_is_deleted_and_only_where_it_is_unwanted() -> None:
    deletes = {key for key, decision in TABLE.items() if decision is Decision.DELETE}
    assert deletes == {
        (Want.UNWANTED, Base.NONE, Remote.PRESENT),
        (Want.UNWANTED, Base.LIVE, Remote.QUIET),
        (Want.UNWANTED, Base.LIVE, Remote.PRESENT),
    }


def test_a_live_projection_that_is_gone_always_ends_or_is_put_back() -> None:
    assert {want: TABLE[want, Base.LIVE, Remote.GONE] for want in Want} == {
        Want.WANTED: Decision.CREATE,
        Want.LEFT: Decision.END,
        Want.UNWANTED: Decision.END,
    }
