"""The table of fields: whole over what is compared, true to what an item holds."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from syncer.core import fields
from syncer.core.capabilities import Capability
from syncer.core.fields import FIELDS, Field, Settle, carried
from syncer.core.fingerprint import Canon
from syncer.core.model import Item, Kind

NO_FIELD: Mapping[str, str] = {"percent": "only read", "alarms": "written once, on creation"}
"""What is no field of the table although `Canon` or `Item` has it, in the words of the table's docstring."""
BESIDE = {"uid", "kind", "completed"}
"""What an item is, and when it says that it was done: written with its status."""


def names(kind: type[Any]) -> set[str]:
    """The names of a dataclass's fields."""
    return {field.name for field in dataclasses.fields(kind)}


def test_everything_that_is_compared_is_a_field_or_said_to_be_none() -> None:
    assert set(FIELDS) == names(Canon) - NO_FIELD.keys()


def test_everything_that_an_item_holds_is_written_by_a_field_or_said_to_be_none() -> None:
    written = {field.written for field in FIELDS.values()}
    assert written <= names(Item)
    assert names(Item) - written - BESIDE == NO_FIELD.keys()


def test_what_is_no_field_is_documented_beside_the_table() -> None:
    told = inspect.getsource(fields).partition('"""All fields by name.')[2].partition('"""')[0]
    for name, why in NO_FIELD.items():
        assert name in told and why in told


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_fields_rule_agrees_with_what_is_taken(field: Field) -> None:
    assert FIELDS[field.name] is field
    assert field.taken == (field.settle is not Settle.LEDGER)
    assert set(field.needs) == set(Kind)


@pytest.mark.parametrize(("name", "kind"), list(product(FIELDS, Kind)))
def test_a_field_is_left_alone_exactly_where_a_provider_lacks_what_it_needs(name: str, kind: Kind) -> None:
    need = FIELDS[name].needs[kind]
    assert carried(name, kind, frozenset())
    assert carried(name, kind, frozenset(Capability)) == (need is None)
    if need is not None:
        assert not carried(name, kind, frozenset({need}))
        assert carried(name, kind, frozenset(Capability) - {need})


def test_a_completion_needs_nothing_that_a_provider_may_lack() -> None:
    for name, kind in product(("status", "mark"), Kind):
        assert carried(name, kind, frozenset(Capability))
