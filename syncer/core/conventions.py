"""The audit's constants: conventions of the household's own, not measurements.

Lives here: every number the audit multiplies or compares with, under one version that is printed beside
the figures. A change of any of them is a new version and needs both partners. No arithmetic beyond the
two formulas that the constants belong to (audit.md).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Conventions:
    """One version of the constants. Exact fractions, so that no sum depends on its order.

    `per_weight`, `per_unpredictability` and `per_deadline` are added to 1 to give a bundle's multiplier;
    `holding` is minutes a day for weights 1 to 5; `even` is how far, relative to equal shares, "about
    even" reaches (1/5: 40-60 % of two partners); below `days` or `completions` nothing is said about
    shares; `step` is the precision at which a share is shown.
    """

    version: int
    per_weight: Fraction
    per_unpredictability: Fraction
    per_deadline: Fraction
    holding: tuple[Fraction, ...]
    even: Fraction
    days: int
    completions: int
    step: Fraction

    def multiplier(self, weight: int, unpredictability: int, deadline: int) -> Fraction:
        """m_b of a bundle, at least 1. ValueError outside weight 1-5, unpredictability and deadline 0-2."""
        self._check("weight", weight, 1, len(self.holding))
        self._check("unpredictability", unpredictability, 0, 2)
        self._check("deadline", deadline, 0, 2)
        return (
            1
            + self.per_weight * (weight - 1)
            + self.per_unpredictability * unpredictability
            + self.per_deadline * deadline
        )

    def holding_a_day(self, weight: int) -> Fraction:
        """h(c): minutes a day of keeping a bundle of this weight in mind. ValueError outside 1-5."""
        self._check("weight", weight, 1, len(self.holding))
        return self.holding[weight - 1]

    def even_band(self, partners: int) -> tuple[Fraction, Fraction]:
        """Lowest and highest share (0-1) of one of so many partners that is still "about even"."""
        return (1 - self.even) / partners, (1 + self.even) / partners

    @property
    def window(self) -> dt.timedelta:
        """The time that an audit looks back over unless told otherwise."""
        return dt.timedelta(days=self.days)

    @staticmethod
    def _check(name: str, value: int, low: int, high: int) -> None:
        if not low <= value <= high:
            raise ValueError(f"{name} is {value}; allowed is {low} to {high}. Correct it in the bundle.")


CONVENTIONS = Conventions(
    version=1,
    per_weight=Fraction(1, 4),
    per_unpredictability=Fraction(3, 20),
    per_deadline=Fraction(3, 20),
    holding=(Fraction(0), Fraction(1, 2), Fraction(1), Fraction(2), Fraction(3)),
    even=Fraction(1, 5),
    days=28,
    completions=20,
    step=Fraction(1, 20),
)
"""The version in force."""
