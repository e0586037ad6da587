"""What cutting and killing showed, as values that parts of the work add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields


@dataclass
class Cuts:
    """What cutting showed.

    `boundaries` is how many there are in the whole run; those with no IO between them are one of `gaps`.
    `wanted` is how many should be cut here, `cut` how many were.
    """

    connector: str
    boundaries: int = 0
    gaps: int = 0
    operations: int = 0
    wanted: int = 0
    cut: int = 0
    seconds: float = 0.0
    violations: list[str] = field(default_factory=list)

    def add(self, part: Cuts) -> None:
        """Take in another part of the same run, which was cut elsewhere at the same time."""
        self.wanted += part.wanted
        self.cut += part.cut
        self.seconds = max(self.seconds, part.seconds)
        self.violations += part.violations


@dataclass
class Kills:
    """What killing showed."""

    server: str
    kills: int = 0
    proven: int = 0
    starts: int = 0
    ticks: int = 0
    counted: int = 0
    deletions: int = 0
    aims: Counter[str] = field(default_factory=Counter)
    proofs: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, more: Kills) -> None:
        """Take in what another household showed."""
        for name in (each.name for each in fields(self) if each.name != "server"):
            setattr(self, name, getattr(self, name) + getattr(more, name))


def figures(cuts: Sequence[Cuts], kills: Sequence[Kills]) -> dict[str, float]:
    """Everything by name, as one flat object."""
    named: list[tuple[str, Cuts | Kills]] = [(f"cuts.{each.connector}", each) for each in cuts]
    named += [(f"kills.{each.server}", each) for each in kills]
    found: dict[str, float] = {}
    for name, each in named:
        numbers = {key: value for key, value in asdict(each).items() if isinstance(value, int | float)}
        found |= {f"{name}.{key}": value for key, value in numbers.items()}
        found[f"{name}.violations"] = len(each.violations)
    found["cuts"] = sum(cut.cut for cut in cuts)
    for key in ("kills", "proven", "starts", "ticks", "counted"):
        found[key] = sum(getattr(kill, key) for kill in kills)
    found["violations"] = sum(len(each.violations) for _, each in named)
    return found
