"""Proving: plant a bug, let its checker run on the copy, tell whether and after how much it was caught."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from tests.prove.bug import Bug, Checker
from tests.prove.plant import CHECKOUT, planted


@dataclass(frozen=True, slots=True)
class Proof:
    """What a checker said: `wrong` is the broken law, None where it saw nothing; `tried` what it took."""

    wrong: str | None
    tried: int
    seconds: float


def prove(bug: Bug) -> Proof:
    """Whether a bug is caught. Raises PlantAnew."""
    budget = str(CHECKOUT / bug.module) if bug.checker is Checker.TESTS else f"{bug.first}+{bug.seeds}"
    return _check(bug, bug.checker, budget)


def control(seeds: int) -> Proof:
    """The same histories on a copy that nothing was planted in."""
    return _check(None, Checker.SIMULATION, f"0+{seeds}")


def _check(bug: Bug | None, checker: Checker, budget: str) -> Proof:
    begun = time.monotonic()
    with planted(bug) as folder:
        # The folder comes first (it is where the process runs), then the checkout for the tests.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(CHECKOUT)])}
        ended = subprocess.run(
            [sys.executable, "-m", "tests.prove.check", checker, budget],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if ended.returncode:
        raise RuntimeError(f"the checker itself broke off: {ended.stderr.strip()}")
    said = json.loads(ended.stdout)
    return Proof(said["wrong"], said["tried"], time.monotonic() - begun)
