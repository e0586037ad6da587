"""The merge table: total over the product of its inputs, and what it promises whoever changed what."""

from __future__ import annotations

from itertools import product

import pytest

from syncer.core.fields import Settle
from syncer.core.merge import TABLE, Inside, Merge, Outside

PRODUCT = list(product(Settle, Outside, Inside))
TAKEN = {Merge.TAKE, Merge.TAKE_OVER}
"""The app's value becomes the ledger's."""
SENT = {Merge.SEND, Merge.OVERRULE}
"""The ledger's value goes out."""


def test_every_combination_has_exactly_one_outcome() -> None:
    assert set(TABLE) == set(PRODUCT)
    assert len(TABLE) == len(PRODUCT) == 18


def test_every_outcome_is_reached() -> None:
    assert set(TABLE.values()) == set(Merge)


@pytest.mark.parametrize(("settle", "outside", "inside"), PRODUCT)
def test_no_outcome_goes_against_what_a_field_promises(
    settle: Settle, outside: Outside, inside: Inside
) -> None:
    merge = TABLE[settle, outside, inside]
    if outside is Outside.NOBODY:
        assert merge is (Merge.SEND if inside is Inside.CHANGED else Merge.NOTHING)
        return
    assert merge not in (Merge.NOTHING, Merge.SEND)  # whatever a person did means something
    if settle is Settle.COMPLETION:
        assert merge in TAKEN
    if settle is Settle.OWNER and outside is Outside.OWNER:
        assert merge in TAKEN
    if settle is Settle.OWNER and outside is Outside.OTHER:
        assert merge is Merge.PROPOSE
    if settle is Settle.LEDGER:
        assert merge not in TAKEN


@pytest.mark.parametrize(("settle", "outside", "inside"), PRODUCT)
def test_what_gives_way_is_recorded_and_nothing_else_is(
    settle: Settle, outside: Outside, inside: Inside
) -> None:
    """A completion overrules nothing: the words and times that the ledger changed are fields of their own."""
    both = outside is not Outside.NOBODY and inside is Inside.CHANGED
    records = TABLE[settle, outside, inside] in (Merge.TAKE_OVER, Merge.OVERRULE)
    if records:
        assert both
    if both and settle is Settle.OWNER:
        assert records or outside is Outside.OTHER
    if both and settle is Settle.LEDGER:
        assert records


def test_an_owners_value_is_never_written_over() -> None:
    over = {
        outside for (settle, outside, _), merge in TABLE.items() if settle is Settle.OWNER and merge in SENT
    }
    assert over == {Outside.NOBODY}


def test_it_makes_no_difference_who_completed_something() -> None:
    for inside in Inside:
        owner, other = (TABLE[Settle.COMPLETION, who, inside] for who in (Outside.OWNER, Outside.OTHER))
        assert owner is other
