"""What a check-up finds, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from syncer.core.spoke import Spoke
from syncer.ledger.bindings import Binding, Hold


class About(StrEnum):
    """What a finding is about, in the order in which it is told."""

    CONFIGURATION = "configuration"
    LEDGER = "ledger"
    CONNECTOR = "connector"
    REACHED = "reached"
    LOGIN = "login"
    SCOPES = "scopes"
    CLOCK = "clock"
    CAN = "can hold"
    COLLECTIONS = "collections"
    HELD = "held plans"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence, what helps if it is not well, and figures for a program."""

    about: About
    well: bool
    text: str
    cure: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """An account, or what is no account's: its name, and for an account whose and where it is."""

    name: str
    findings: tuple[Finding, ...]
    partner: str = ""
    connector: str = ""
    address: str = ""
    user: str = ""

    @property
    def well(self) -> bool:
        """Whether nothing is to be done."""
        return all(finding.well for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the ledger knows of a household's collections, by spoke; empty where there is no ledger yet."""

    bindings: Mapping[str, Binding] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    unlinked: frozenset[str] = frozenset()

    def binding(self, spoke: Spoke) -> Binding:
        """Which of the provider's collections a spoke is, as far as is known."""
        return self.bindings.get(spoke.name, Binding())
