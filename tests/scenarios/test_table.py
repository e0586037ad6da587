"""The tables name every failure and invariant, and no test that is not there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.scenarios.table import HERE, ROOT, exists, rows

TABLES = {"failures": [str(n) for n in range(1, 26)], "invariants": [f"I{n}" for n in range(1, 22)]}
NAMED = [(row.number, test) for name in TABLES for row in rows(name) for test in row.tests]


@pytest.mark.parametrize(("name", "numbers"), TABLES.items())
def test_every_number_has_its_row_and_at_least_one_test(name: str, numbers: list[str]) -> None:
    table = rows(name)
    assert [row.number for row in table] == numbers
    assert all(row.what and row.tests for row in table)
    assert all(len(set(row.tests)) == len(row.tests) for row in table)


@pytest.mark.parametrize(("number", "test"), NAMED, ids=[f"{number} {test}" for number, test in NAMED])
def test_every_test_that_is_named_is_written(number: str, test: str) -> None:
    assert exists(test), number


@pytest.mark.parametrize("test", ["tests/nowhere.py::test_it", "tests/scenarios/test_table.py::test_nothing"])
def test_a_test_that_is_not_written_is_noticed(test: str) -> None:
    assert not exists(test)


def test_every_scenario_stands_in_the_table() -> None:
    """A story that no row names would be found by nobody."""
    named = {test for _, test in NAMED}
    told = {
        f"{path.relative_to(ROOT)}::{line.partition('(')[0].removeprefix('def ')}"
        for path in HERE.glob("test_*.py")
        if path != Path(__file__)
        for line in path.read_text().splitlines()
        if line.startswith("def test_")
    }
    assert told - named == set()


def test_the_tables_are_printed_as_markdown() -> None:
    done = subprocess.run([sys.executable, "-m", "tests.scenarios"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows_ = [line for line in done.stdout.splitlines() if line.startswith("| ") and "[" in line]
    assert len(rows_) == 46
