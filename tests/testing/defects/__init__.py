"""Connectors with one defect each: the memory connector with something that authors get wrong.

A guard that can't fail guards nothing: `DEFECTS` says which tests of the contract must notice each of them.
"""

from tests.testing.defects import creating, declaring, failing, reading, storing, undoing
from tests.testing.defects.bases import DEFECTS

__all__ = ["DEFECTS", "creating", "declaring", "failing", "reading", "storing", "undoing"]
