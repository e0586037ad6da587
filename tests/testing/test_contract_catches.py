"""Each test of the contract can fail: against a connector with the defect that it is about, it does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncer.core.model import Kind
from syncer.testing.contract import Contract
from syncer.testing.contract.desk import Desk
from syncer.testing.memory import MemoryConnector
from tests.testing.defects import DEFECTS
from tests.testing.harnesses import MemoryHarness

NOT_IN_MEMORY = {
    "test_a_read_of_an_unreadable_item_says_so": "nothing in memory is unreadable",
    "test_an_unreadable_item_is_set_aside_and_the_rest_goes_on": "nothing in memory is unreadable",
    "test_a_request_that_arrives_twice_has_one_effect": "there are no requests to repeat",
    "test_an_answer_from_a_cache_only_delays": "there is no cache",
}
"""Tests that the memory connector's harness can't run; CalDAV's does."""

TESTS = {name for name in dir(Contract) if name.startswith("test_")}


def variants(test: Callable[..., object]) -> Iterator[dict[str, Any]]:
    """The arguments of each run of a test, desk and harness aside."""
    marks = [mark.args for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(list(choices) for _, choices in marks)):
        yield dict(zip((name for name, _ in marks), values, strict=True))


def noticed(name: str, connector: type[MemoryConnector]) -> bool:
    """Whether any run of a test of the contract fails with this connector, and tells its author why."""
    test = getattr(Contract, name)
    wants = test.__code__.co_varnames[1 : test.__code__.co_argcount]
    for kind, arguments in itertools.product(Kind if "each" in wants else [Kind.TODO], variants(test)):
        harness = MemoryHarness(connector)
        place = harness if "harness" in wants else Desk(harness, kind)
        try:
            test(Contract(), **{wants[0]: place}, **arguments)
        except pytest.skip.Exception:
            continue
        except AssertionError as error:
            told = str(error)
            assert told and not told.startswith("assert "), f"{name} says nothing to an author: {told}"
            return True
    return False


@pytest.mark.parametrize(
    ("connector", "name"),
    [(connector, name) for connector, names in DEFECTS.items() for name in sorted(names)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_defect_is_noticed(connector: type[MemoryConnector], name: str) -> None:
    assert noticed(name, connector), f"{name} passes although {connector.__name__} is wrong"
    assert not noticed(name, MemoryConnector), f"{name} fails with a connector that is right"


def test_each_test_of_the_contract_has_its_defect() -> None:
    assert TESTS - set().union(*DEFECTS.values()) == NOT_IN_MEMORY.keys()
