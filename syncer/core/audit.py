"""The audit, first form: how the load is carried, per bundle, category and partner.

Lives here: one pass over the ledger's read views into tallies, the report made of them, and its shares
as ranges. Pure. The arithmetic of minutes stands in `load`; how a report looks, in `syncer.report`.

First form: a completion from a partner's own account is that partner's doing (evidenced); everything
else of an occurrence is taken to be its owner's (assumed). Memory grows with the number of bundles, never
with the number of records.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from syncer.core.conventions import CONVENTIONS, Conventions
from syncer.core.load import (
    ONE,
    ZERO,
    Basis,
    Carried,
    Figures,
    Held,
    Measure,
    Share,
    StageShares,
    Standing,
    Window,
    holding,
    spread,
)
from syncer.core.model import Category, Effort, Partner


class Group(NamedTuple):
    """What occurrences have in common that are counted together."""

    bundle: str
    category: Category
    weight: int
    unpredictability: int
    deadline: int
    owner: str
    actor: str | None


Attribution = Callable[[Group], StageShares]
"""Who has which part of each stage of a group's occurrences."""


def owner_assumed(group: Group) -> StageShares:
    """The first form: doing is the actor's where one is known; the rest is assumed to be the owner's."""
    owner = (Share(group.owner, ONE, Basis.ASSUMED),)
    do = owner if group.actor is None else (Share(group.actor, ONE, Basis.EVIDENCED),)
    return StageShares(notice=owner, plan=owner, do=do, watch=owner)


@dataclass(frozen=True, slots=True)
class Split:
    """Figures of each partner, by id, and those that are nobody's; `total` is all of them."""

    partners: Mapping[str, Figures]
    unattributed: Figures = field(default_factory=Figures)

    @property
    def total(self) -> Figures:
        """The sum over the partners and the unattributed."""
        return sum(self.partners.values(), self.unattributed)

    def plus(self, who: str | None, more: Figures) -> Split:
        """With more for a partner, or for nobody."""
        if who is None or who not in self.partners:
            return Split(self.partners, self.unattributed + more)
        return Split({**self.partners, who: self.partners[who] + more}, self.unattributed)


@dataclass(frozen=True, slots=True)
class Range:
    """A share (0-1) that lies somewhere from `low` to `high`."""

    low: Fraction
    high: Fraction


Pick = Callable[[Figures], Measure]


def bounds(split: Split, of: Pick) -> dict[str, Range]:
    """Worst cases for the unattributed U: from A/(A+B+U) to (A+U)/(A+B+U). Empty without minutes."""
    total = of(split.total).minutes
    spare = of(split.unattributed).minutes
    if not total:
        return {}
    return {
        who: Range(of(figures).minutes / total, (of(figures).minutes + spare) / total)
        for who, figures in split.partners.items()
    }


def bounds_open(split: Split, of: Pick) -> dict[str, Range]:
    """The same with every assumed minute counted as unattributed: what the evidence alone can say."""
    total = of(split.total).minutes
    if not total:
        return {}
    sure = {who: of(figures).minutes - of(figures).assumed for who, figures in split.partners.items()}
    spare = total - sum(sure.values(), ZERO)
    return {who: Range(minutes / total, (minutes + spare) / total) for who, minutes in sure.items()}


def words(share: Range, partners: int) -> str:
    """A range of shares in words: "less", "about even", "more", or from one of them to another."""
    low, high = CONVENTIONS.even_band(partners)
    names = [
        "less" if value < low else "more" if value > high else "about even"
        for value in (share.low, share.high)
    ]
    return names[0] if names[0] == names[1] else f"{names[0]} to {names[1]}"


@dataclass(frozen=True, slots=True)
class BundleLine:
    """One bundle. `owner` is its owner now, None if it no longer stands; `multipliers` are those in use."""

    id: str
    title: str
    category: Category
    owner: str | None
    multipliers: tuple[Fraction, ...]
    split: Split


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """One of the six categories."""

    category: Category
    split: Split


@dataclass(frozen=True, slots=True)
class Report:
    """The audit's result. `partners` are (id, name) by id, whoever asks; `observed` is the part of the
    window since the household's first tenure; `completions` counts occurrences."""

    window: Window
    observed: dt.timedelta
    completions: int
    conventions: Conventions
    partners: tuple[tuple[str, str], ...]
    bundles: tuple[BundleLine, ...]
    categories: tuple[CategoryLine, ...]
    household: Split

    @property
    def enough(self) -> bool:
        """Whether there are four weeks and twenty completions, so that shares mean something."""
        return self.observed >= self.conventions.window and self.completions >= self.conventions.completions


@dataclass(slots=True)
class _Tally:
    """Counts of one pass: per group [occurrences, notice, plan, do, watch]; per tenure the time owned."""

    done: defaultdict[Group, list[int]]
    owned: defaultdict[tuple[str, Category, int, str], dt.timedelta]
    first: dt.datetime | None = None


def audit(
    carried: Iterable[Carried],
    held: Iterable[Held],
    standing: Iterable[Standing],
    window: Window,
    partners: Iterable[Partner],
    *,
    attribution: Attribution = owner_assumed,
) -> Report:
    """The report over a window; each input is read once, in any order.

    ValueError names a bundle whose weight, unpredictability or deadline is outside its range.
    """
    names = tuple(sorted((partner.id, partner.name) for partner in partners))
    tally = _count(carried, held, window)
    standings = {bundle.bundle: bundle for bundle in standing}
    sums = _Sums(Split({who: Figures() for who, _ in names}))
    for bundle, category, who, figures in _lines(
        tally, standings.values(), attribution, [who for who, _ in names]
    ):
        sums.add(bundle, category, who, figures)
    start = window.start if tally.first is None else tally.first
    return Report(
        window=window,
        observed=window.clip(start, None),
        completions=sum(counts[0] for counts in tally.done.values()),
        conventions=CONVENTIONS,
        partners=names,
        bundles=_bundles(sums, standings, tally.done),
        categories=tuple(CategoryLine(category, split) for category, split in sums.categories.items()),
        household=sums.household,
    )


class _Sums:
    """The same figures summed three ways: by bundle, by category and over the household."""

    def __init__(self, empty: Split) -> None:
        self.empty = empty
        self.bundles: dict[str, Split] = {}
        self.categories: dict[Category, Split] = dict.fromkeys(Category, empty)
        self.household = empty
        self.seen: defaultdict[str, set[Category]] = defaultdict(set)

    def add(self, bundle: str, category: Category, who: str | None, figures: Figures) -> None:
        self.bundles[bundle] = self.bundles.get(bundle, self.empty).plus(who, figures)
        self.categories[category] = self.categories[category].plus(who, figures)
        self.household = self.household.plus(who, figures)
        self.seen[bundle].add(category)


def _bundles(
    sums: _Sums, standings: Mapping[str, Standing], groups: Iterable[Group]
) -> tuple[BundleLine, ...]:
    """A line for each bundle, by category and title. One that no longer stands goes by its id."""
    order = list(Category)
    multipliers: defaultdict[str, set[Fraction]] = defaultdict(set)
    for group in groups:
        multipliers[group.bundle].add(_multiplier(group))
    lines = []
    for bundle, split in sums.bundles.items():
        now = standings.get(bundle)
        lines.append(
            BundleLine(
                id=bundle,
                title=now.title if now else bundle,
                category=now.category if now else min(sums.seen[bundle], key=order.index),
                owner=now.owner if now else None,
                multipliers=tuple(sorted(multipliers[bundle])),
                split=split,
            )
        )
    return tuple(sorted(lines, key=lambda line: (order.index(line.category), line.title.casefold(), line.id)))


def _count(carried: Iterable[Carried], held: Iterable[Held], window: Window) -> _Tally:
    """The single pass: whole numbers only, so that order cannot matter."""
    tally = _Tally(defaultdict(lambda: [0, 0, 0, 0, 0]), defaultdict(dt.timedelta))
    for one in carried:
        if not window.holds(one.at):
            continue
        counts = tally.done[
            Group(
                one.bundle,
                one.category,
                one.weight,
                one.unpredictability,
                one.deadline,
                one.owner,
                one.actor,
            )
        ]
        effort = one.effort
        counts[0] += one.times
        counts[1] += one.times * effort.notice
        counts[2] += one.times * effort.plan
        counts[3] += one.times * effort.do
        counts[4] += one.times * effort.watch
    for tenure in held:
        tally.first = tenure.since if tally.first is None else min(tally.first, tenure.since)
        owned = window.clip(tenure.since, tenure.until)
        if owned:
            tally.owned[tenure.bundle, tenure.category, tenure.weight, tenure.owner] += owned
    return tally


def _lines(
    tally: _Tally, standing: Iterable[Standing], attribution: Attribution, partners: list[str]
) -> Iterable[tuple[str, Category, str | None, Figures]]:
    """Everything counted, as figures of one bundle, in one category, of one partner or nobody."""
    for group, (n, notice, plan, do, watch) in tally.done.items():
        effort = Effort(notice, plan, do, watch)
        for who, figures in spread(n, effort, _multiplier(group), attribution(group), partners).items():
            yield group.bundle, group.category, who, figures
    for (bundle, category, weight, owner), owned in tally.owned.items():
        try:
            yield bundle, category, owner, holding(owned, weight)
        except ValueError as error:
            raise ValueError(f"bundle {bundle}: {error}") from error
    for now in standing:
        yield now.bundle, now.category, now.owner, Figures(open=now.open)


def _multiplier(group: Group) -> Fraction:
    try:
        return CONVENTIONS.multiplier(group.weight, group.unpredictability, group.deadline)
    except ValueError as error:
        raise ValueError(f"bundle {group.bundle}: {error}") from error
