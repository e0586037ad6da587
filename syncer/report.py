"""How an audit looks: tables for a person, one JSON object for a program.

Lives here: layout and wording only. Every figure comes from `syncer.core.audit`; nothing is computed
here beyond rounding. The wording is calm and about bundles; a test holds it to a list of words that
never appear. ASCII alone, so that it survives any terminal, pipe or mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from syncer.core.audit import Pick, Range, Report, Split, bounds, bounds_open, words
from syncer.core.conventions import Conventions
from syncer.core.load import DAY, Figures, Measure

_MEASURES: dict[str, Pick] = {
    "thinking": lambda figures: figures.thinking,
    "doing": lambda figures: figures.doing,
    "holding": lambda figures: figures.holding,
    "carried": lambda figures: figures.carried,
}


def _plain(figures: Figures) -> Measure:
    return figures.carried_plain


def to_json(report: Report) -> dict[str, Any]:
    """The report as one object of plain values. Minutes have two decimals, shares (0-1) four.

    Keys: `conventions` (`version` and each constant), `window` (`start`, `end` ISO 8601 in UTC, `days`,
    `observed_days`), `attribution`, `completions`, `enough`, `total`, `unattributed`, and the lists
    `bundles` (`id`, `title`, `category`, `owner` or null, `multipliers`), `categories` (`category`) and
    `partners` (`id`, `name`, `share`).
    Everywhere figures are `open`, `done`, and `thinking`, `doing`, `holding`, `carried`,
    `carried_without_multipliers`, each with `minutes`, `assumed` (the part of them that is) and `basis`
    (`evidenced`, `assumed`, `mixed`, `none`; `unattributed` where it is nobody's; a total's basis speaks of
    its attributed minutes). A bundle and a category have them as `total`, as `partners`
    by partner's id and as `unattributed`. `share` is null until `enough`; then for each measure, and for
    `carried_without_multipliers` and `carried_evidence_alone` (assumed minutes as if nobody's), `low`,
    `high` and `words`, or null where the household has no such minutes.
    """
    household = _split_json(report.household)
    return {
        "conventions": _conventions_json(report.conventions),
        "window": {
            "start": report.window.start.isoformat(),
            "end": report.window.end.isoformat(),
            "days": _number((report.window.end - report.window.start) / DAY),
            "observed_days": _number(report.observed / DAY),
        },
        "attribution": {
            "thinking": "the owner's, assumed",
            "doing": "whose account the completion came from, evidenced; else the owner's, assumed",
            "holding": "the owner's, evidenced by the record of who owned the bundle",
        },
        "completions": report.completions,
        "enough": report.enough,
        "bundles": [
            {
                "id": line.id,
                "title": line.title,
                "category": line.category.value,
                "owner": line.owner,
                "multipliers": [_number(multiplier) for multiplier in line.multipliers],
                **_split_json(line.split),
            }
            for line in report.bundles
        ],
        "categories": [
            {"category": line.category.value, **_split_json(line.split)} for line in report.categories
        ],
        "partners": [
            {
                "id": who,
                "name": name,
                **household["partners"][who],
                "share": _share_json(report, who) if report.enough else None,
            }
            for who, name in report.partners
        ],
        "total": household["total"],
        "unattributed": household["unattributed"],
    }


def _number(value: Fraction | float, digits: int = 2) -> float:
    return round(float(value), digits)


def _measure_json(measure: Measure, basis: str) -> dict[str, Any]:
    return {"minutes": _number(measure.minutes), "assumed": _number(measure.assumed), "basis": basis}


def _figures_json(figures: Figures, basis: str = "") -> dict[str, Any]:
    """Figures with what each rests on, or with one basis for all of them."""
    picks = {**_MEASURES, "carried_without_multipliers": _plain}
    return {
        "open": figures.open,
        "done": int(figures.done) if figures.done.denominator == 1 else _number(figures.done),
        **{name: _measure_json(of(figures), basis or of(figures).basis) for name, of in picks.items()},
    }


def _split_json(split: Split) -> dict[str, Any]:
    return {
        "total": _figures_json(split.total),
        "partners": {who: _figures_json(figures) for who, figures in split.partners.items()},
        "unattributed": _figures_json(split.unattributed, "unattributed"),
    }


def _conventions_json(conventions: Conventions) -> dict[str, Any]:
    return {
        "version": conventions.version,
        "multiplier": {
            "base": 1,
            "weight": _number(conventions.per_weight),
            "unpredictability": _number(conventions.per_unpredictability),
            "deadline": _number(conventions.per_deadline),
        },
        "holding_minutes_a_day": [_number(minutes) for minutes in conventions.holding],
        "about_even": [_number(share) for share in conventions.even_band(2)],
        "enough": {"days": conventions.days, "completions": conventions.completions},
    }


def _ranges(report: Report) -> dict[str, dict[str, Range]]:
    """What a share is taken of, to each partner's range; empty where there are no such minutes."""
    ranges = {name: bounds(report.household, of) for name, of in _MEASURES.items()}
    ranges["carried_without_multipliers"] = bounds(report.household, _plain)
    ranges["carried_evidence_alone"] = bounds_open(report.household, lambda figures: figures.carried)
    return ranges


def _share_json(report: Report, who: str) -> dict[str, Any]:
    return {
        name: {
            "low": _number(found[who].low, 4),
            "high": _number(found[who].high, 4),
            "words": words(found[who], len(report.partners)),
        }
        if found
        else None
        for name, found in _ranges(report).items()
    }


def render(report: Report, console: Console) -> None:
    """Print the report: bundles, categories, then the partners side by side, always in the same order.

    On a terminal with rich's tables, elsewhere as plain aligned lines that are never cut or wrapped.
    """
    start, end = report.window.start, report.window.end
    _say(console, f"How the load is carried, {start:%d %b %Y} to {end:%d %b %Y} (UTC)", "bold")
    _say(console, "Minutes; ~ means that all or some of them are assumed to be the owner's.", "dim")
    _table(console, ["bundle", "owner", *_COLUMNS, "factor"], _bundle_rows(report))
    _table(
        console,
        ["category", *_COLUMNS],
        ([line.category.value, *_cells(line.split.total)] for line in report.categories),
    )
    rest = report.household.unattributed
    spare = [rest] if rest != Figures() else []
    names = [_clean(name) for _, name in report.partners]
    _table(console, ["", *names, *(["unattributed"] if spare else [])], _partner_rows(report, spare))
    _closing(report, console)


_COLUMNS = ["open", "done", *_MEASURES]


def _bundle_rows(report: Report) -> Iterable[list[str]]:
    names = dict(report.partners)
    for line in report.bundles:
        owner = names.get(line.owner, "-") if line.owner is not None else "-"
        factors = sorted({line.multipliers[0], line.multipliers[-1]}) if line.multipliers else []
        yield [
            _clean(line.title),
            _clean(owner),
            *_cells(line.split.total),
            "-".join(f"{float(factor):.2f}" for factor in factors),
        ]


def _partner_rows(report: Report, spare: list[Figures]) -> Iterable[list[str]]:
    own = report.household.partners.values()
    sides = [*own, *spare]
    yield ["open", *(str(side.open) for side in sides)]
    yield ["done", *(_count(side.done) for side in sides)]
    for name, of in _MEASURES.items():
        yield [
            f"{name}, minutes",
            *(_told(of(side)) for side in own),
            *(str(round(of(side).minutes)) for side in spare),
        ]
    if not report.enough:
        return
    marks = {"assumed": ", assumed", "mixed": ", part assumed"}
    total = report.household.total
    titles = {
        "carried_without_multipliers": "  without multipliers",
        "carried_evidence_alone": "  evidence alone",
        **{name: f"share of {name}{marks.get(of(total).basis, '')}" for name, of in _MEASURES.items()},
    }
    for name, found in _ranges(report).items():
        if found:
            cells = [_share(found[who], report) for who, _ in report.partners]
            yield [titles[name], *cells, *("" for _ in spare)]


def _closing(report: Report, console: Console) -> None:
    """What the figures rest on, with the version of the conventions."""
    c = report.conventions
    _say(console, "")
    low, high = c.even_band(len(report.partners) or 1)
    if not report.enough:
        _say(
            console,
            f"Shares: not enough yet ({report.completions} of {c.completions} completions, "
            f"{report.observed // DAY} of {c.days} days).",
        )
    _say(
        console,
        "Thinking is assumed to be the owner's. Doing is evidenced where a completion came from a "
        "partner's own account, else assumed to be the owner's. Holding follows the record of who owned "
        "what. Shares are ranges: what is unattributed may be anybody's.",
        "dim",
    )
    holding = ", ".join(f"{float(minutes):g}" for minutes in c.holding)
    _say(
        console,
        f"Conventions, version {c.version} (the household's own, changed by both together): factor of "
        f"thinking 1 + {float(c.per_weight):g} x (weight - 1) + {float(c.per_unpredictability):g} x "
        f"unpredictability + {float(c.per_deadline):g} x deadline; holding {holding} minutes a day for "
        f'weight 1 to 5; "about even" is {_percent(low)}-{_percent(high)}%; shares from {c.days} days and '
        f"{c.completions} completions on.",
        "dim",
    )


def _cells(figures: Figures) -> list[str]:
    return [str(figures.open), _count(figures.done), *(_marked(of(figures)) for of in _MEASURES.values())]


def _count(value: Fraction) -> str:
    return f"{float(value):g}"


def _marked(measure: Measure) -> str:
    return f"{'~' if measure.assumed else ''}{round(measure.minutes)}"


def _told(measure: Measure) -> str:
    """Minutes with what they rest on in words."""
    minutes = round(measure.minutes)
    if measure.basis == "none":
        return str(minutes)
    if measure.basis == "mixed":
        return f"{minutes} ({round(measure.assumed)} assumed)"
    return f"{minutes} {measure.basis}"


def _share(share: Range, report: Report) -> str:
    """Words and a range in whole steps, rounded outwards: the conventions bear no finer figure."""
    step = report.conventions.step
    low, high = share.low // step * step, -(-share.high // step) * step
    if low == high:
        low, high = max(low - step, Fraction(0)), min(high + step, Fraction(1))
    return f"{words(share, len(report.partners))}, {_percent(low)}-{_percent(high)}%"


def _percent(value: Fraction) -> int:
    return round(value * 100)


def _clean(text: str) -> str:
    """One line without control characters: a title may come from anybody's app."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _say(console: Console, line: str, style: str = "") -> None:
    console.print(Text(line, style=style), soft_wrap=not console.is_terminal)


def _table(console: Console, header: list[str], rows: Iterable[list[str]]) -> None:
    """First column to the left, figures to the right; one blank line before."""
    body = list(rows)
    sides = header[0] == ""
    if console.is_terminal:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for index, name in enumerate(header):
            left = sides or index == 0 or name == "owner"
            table.add_column(Text(name), justify="left" if left else "right", no_wrap=not left)
        for row in body:
            table.add_row(*(Text(cell) for cell in row))
        console.print()
        console.print(table)
        return
    widths = [max(map(cell_len, column)) for column in zip(header, *body, strict=True)]
    for row in [[], header, *body]:
        cells = [
            cell + pad if sides or index == 0 else pad + cell
            for index, (cell, width) in enumerate(zip(row, widths, strict=False))
            for pad in [" " * (width - cell_len(cell))]
        ]
        console.print("  ".join(cells).rstrip(), markup=False, highlight=False, soft_wrap=True)
