"""`python -m tests.prove.check CHECKER BUDGET`: run one checker on whichever `syncer` comes first.

Runs in a process of its own, in the folder of the copy, and prints one object: what was wrong (`null` where
nothing was) and how many histories, cuts or tests it took.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

import syncer

PARTS = 8
"""The cuts are made in so many parts, so that the first that shows anything can be the last."""

Result = tuple[str | None, int]


def _simulation(budget: str) -> Result:
    from tests.simulation.summary import run

    first, _, seeds = budget.partition("+")
    summary = run(range(int(first), int(first) + int(seeds)), stop_at_first=True)
    wrong = next(iter(summary.wrong.values()), None)
    return str(wrong) if wrong is not None else None, summary.histories


def _cuts(_budget: str) -> Result:
    from tests.crash.cuts import cut_all

    cut = 0
    for part in range(PARTS):
        found = cut_all("memory", part, PARTS, every=True)
        cut += found.cut
        if found.violations:
            return found.violations[0], cut
    return None, cut


def _tests(module: str) -> Result:
    said = StringIO()
    with redirect_stdout(said):
        ended = pytest.main([module, "-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--tb=line"])
    if ended not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise RuntimeError(said.getvalue())
    failed = [line for line in said.getvalue().splitlines() if line.startswith("FAILED ")]
    return failed[0].removeprefix("FAILED ") if failed else None, 1


CHECKERS: Mapping[str, Callable[[str], Result]] = {
    "simulation": _simulation,
    "cuts": _cuts,
    "tests": _tests,
}


def main() -> None:
    """What is checked is the copy here, or nothing is."""
    assert Path(syncer.__file__).is_relative_to(Path.cwd()), f"{syncer.__file__} is not the copy"
    wrong, tried = CHECKERS[sys.argv[1]](sys.argv[2])
    print(json.dumps({"wrong": wrong, "tried": tried}))


if __name__ == "__main__":
    main()
