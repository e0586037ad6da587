"""A connector that keeps the contract keeps it behind the fence: nothing of its answers is lost there."""

from __future__ import annotations

import pytest

from syncer.connector import Connector, Context, Settings
from syncer.fence import fenced
from syncer.testing.contract import Contract, Harness
from syncer.testing.contract.desk import Desk
from syncer.testing.contract.hostile import ODD_TEXTS
from syncer.testing.memory import MemoryConnector
from tests.testing.harnesses import MemoryHarness


class FencedHarness(MemoryHarness):
    """The provider in memory, with its connector behind the fence."""

    def connect(self, context: Context) -> Connector:
        there = self.provider

        class ToThere(MemoryConnector):
            def __init__(self, settings: Settings, context: Context) -> None:
                super().__init__(settings, context, there)

        return fenced(ToThere, "memory")(Settings(), context)


class TestFenced(Contract):
    @pytest.fixture
    def harness(self) -> Harness:
        return FencedHarness()

    # What is in memory can hold half a character; no real provider can, and the fence lets none through.
    @pytest.mark.parametrize("name", sorted(ODD_TEXTS.keys() - {"half a character"}))
    def test_an_odd_text_is_written_or_refused(self, desk: Desk, name: str) -> None:
        super().test_an_odd_text_is_written_or_refused(desk, name)
