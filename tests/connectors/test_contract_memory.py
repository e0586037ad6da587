"""The memory connector keeps the contract that it is the reference of."""

from __future__ import annotations

import pytest

from syncer.testing.contract import Contract, Harness
from tests.testing.harnesses import MemoryHarness


class TestMemory(Contract):
    @pytest.fixture
    def harness(self) -> Harness:
        return MemoryHarness()
