"""Why an account could not be connected, in words for the person who tried."""

from __future__ import annotations


class NotConnected(Exception):
    """What was found and what helps, as sentences; never a secret, a code or what a person pasted."""

    def __init__(self, condition: str, cure: str = "") -> None:
        super().__init__(condition)
        self.condition, self.cure = condition, cure

    def __str__(self) -> str:
        end = "" if self.condition.endswith("?") else "."
        return f"{self.condition}{end} {self.cure}".rstrip()
