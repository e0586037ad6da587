"""The histories of every CI run: people's acts under all faults, and no law broken."""

from __future__ import annotations

import pytest

from tests.simulation.summary import run

CHUNKS, EACH = 40, 500
"""20,000 histories, in parts that the workers share evenly."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_law_is_broken(chunk: int) -> None:
    summary = run(range(chunk * EACH, (chunk + 1) * EACH))
    assert {seed: str(wrong) for seed, wrong in summary.wrong.items()} == {}
    assert summary.rare == [], "a fault that hardly strikes proves nothing"
