"""`python -m tests.prove`: plant every bug, two at a time, and print which were caught and after how much."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.prove.bug import Bug, Checker
from tests.prove.bugs import BUGS
from tests.prove.prove import Proof, control, prove

AT_ONCE = 2


def main() -> int:
    """Exit code 0 if every bug was caught and nothing was found where none was planted."""
    options = _options()
    bugs = [bug for bug in BUGS if options.only in (None, bug.name)]
    if not bugs:
        print(f"No bug is called {options.only}. There are: {', '.join(bug.name for bug in BUGS)}")
        return 2
    proofs: list[Proof] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for bug, proof in zip(bugs, pool.map(prove, bugs), strict=True):
            print(_line(bug, proof), flush=True)
            proofs.append(proof)
    both = list(zip(bugs, proofs, strict=True))
    survived = [bug.name for bug, proof in both if proof.wrong is None]
    clean = control(max((proof.tried for bug, proof in both if bug.checker is Checker.SIMULATION), default=1))
    print(f"{len(bugs) - len(survived)} of {len(bugs)} bugs caught")
    print(f"without a bug, {clean.tried} histories: {clean.wrong or 'nothing wrong'}")
    if options.json:
        Path(options.json).write_text(json.dumps(_data(bugs, proofs, clean), indent=2) + "\n")
    return 1 if survived or clean.wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.prove", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures there too")
    parser.add_argument("--only", metavar="NAME", help="plant this bug alone")
    return parser.parse_args()


def _line(bug: Bug, proof: Proof) -> str:
    took = {Checker.SIMULATION: f"{proof.tried} histories", Checker.CUTS: f"{proof.tried} cuts"}
    how = took.get(bug.checker, bug.module)
    return f"{bug.name:32} {bug.breaks:4} {how:28} {proof.seconds:5.1f} s  {proof.wrong or 'SURVIVED'}"


def _data(bugs: Sequence[Bug], proofs: Sequence[Proof], clean: Proof) -> dict[str, Any]:
    return {
        "bugs": [
            {
                "name": bug.name,
                "what": bug.what,
                "breaks": bug.breaks,
                "checker": str(bug.checker),
                "caught": proof.wrong is not None,
                "wrong": proof.wrong,
                "tried": proof.tried,
            }
            for bug, proof in zip(bugs, proofs, strict=True)
        ],
        "control": {"histories": clean.tried, "wrong": clean.wrong},
    }


if __name__ == "__main__":
    sys.exit(main())
