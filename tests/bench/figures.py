"""From runs to figures: medians, ratios within a round, targets, and the tables that a person reads."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.rounds import CLIENTS, Case, Round, Run, Taken

Figures = dict[str, float]

TITLES = {
    "raw1": "raw, one at a time",
    "raw8": "raw, eight at once",
    "vdirsyncer": "vdirsyncer",
    "evenhold": "Evenhold",
}


def figures(taken: Sequence[Taken]) -> Figures:
    """All figures of the cases by key; see the package's docstring."""
    found: Figures = {}
    for one in taken:
        name = one.case.name
        for client in CLIENTS:
            runs = [done[client] for done in one.rounds if client in done]
            found |= {f"{name}.{client}.{key}": value for key, value in _medians(runs).items()}
        found |= {f"{name}.{key}": value for key, value in _ratios(one.rounds).items()}
        found |= {f"{name}.{key}": value for key, value in one.quiet.items()}
    return found


def _medians(runs: Sequence[Run]) -> Figures:
    if not runs:
        return {}
    found = {
        key: statistics.median(getattr(run.cost, key) for run in runs)
        for key in ("wall_s", "process_s", "cpu_s", "peak_mib")
    }
    for key in ("requests", "sent_bytes", "received_bytes"):
        if all(key in run.counted for run in runs):
            found[key] = statistics.median(run.counted[key] for run in runs)
    return found


RATIOS = (
    ("evenhold", "raw1", "wall_s"),
    ("evenhold", "raw8", "wall_s"),
    ("vdirsyncer", "evenhold", "process_s"),
    ("vdirsyncer", "raw8", "process_s"),
)


def _ratios(rounds: Sequence[Round]) -> Figures:
    """Each the median, over the rounds in which both ran, of the ratio within the round."""
    found: Figures = {}
    for client, baseline, key in RATIOS:
        quotients = [
            getattr(done[client].cost, key) / getattr(done[baseline].cost, key)
            for done in rounds
            if client in done and baseline in done
        ]
        if quotients:
            found[f"{client}.per_{baseline}"] = float(statistics.median(quotients))
    return found


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must be: at most or at least a limit. `note` explains what else bears on it."""

    key: str
    title: str
    limit: float
    least: bool = False
    note: str = ""

    def met(self, value: float) -> bool:
        """Whether the figure is within the limit."""
        return value >= self.limit if self.least else value <= self.limit


TARGETS = (
    Target("radicale.0ms.evenhold.per_raw1", "First push, per raw one at a time: Radicale", 1.15),
    Target("nofsync.50ms.evenhold.per_raw8", "First push at 50 ms, per raw eight: no fsync", 1.25),
    Target("radicale.50ms.evenhold.per_raw8", "First push at 50 ms, per raw eight: Radicale", 1.25),
    Target("xandikos.50ms.evenhold.per_raw8", "First push at 50 ms, per raw eight: Xandikos", 1.25),
    Target("nofsync.50ms.vdirsyncer.per_evenhold", "vdirsyncer per Evenhold at 50 ms: no fsync", 6, True),
    Target("radicale.50ms.vdirsyncer.per_evenhold", "vdirsyncer per Evenhold at 50 ms: Radicale", 6, True),
    Target("xandikos.50ms.vdirsyncer.per_evenhold", "vdirsyncer per Evenhold at 50 ms: Xandikos", 6, True),
    *(
        Target(f"{server}.{delay}ms.{key}", f"{title}: {server}{', 50 ms' if delay else ''}", limit)
        for server, delay in (("radicale", 0), ("radicale", 50), ("nofsync", 50), ("xandikos", 50))
        for key, title, limit in (
            ("quiet.per_bare", "Pass without changes, per bare request", 1.5),
            ("quiet.requests", "Requests of a pass without changes", 1),
            ("quiet.ledger_writes", "Ledger writes of passes without changes", 0),
            ("changes.requests", "Requests of the pass after ten changes", 2),
        )
    ),
    *(
        Target(f"requests.{app}.{key}", f"Requests to {title}: {what}", limit)
        for app, title, push in (
            ("todoist", "Todoist", 6),
            ("google_calendar", "Google Calendar", 12),
            ("google_tasks", "Google Tasks", 12),
        )
        for key, what, limit in (
            ("idle", "a pass without changes", 1),
            ("push", "first push", push),
            ("theirs", "after ten changes in the app", 2),
            ("ours", "after ten changes in the ledger", 2),
        )
    ),
    Target("daemon.idle_mib", "Idle memory of the daemon, MiB (75 is the aim)", 90),
    Target("daemon.ready_s", "Daemon ready, s", 1.5),
)


def floor(key: str, found: Figures) -> str:
    """What the server itself allows of vdirsyncer's ratio: no client with eight at once can gain more."""
    if not key.endswith("vdirsyncer.per_evenhold"):
        return ""
    most = found[key.replace("per_evenhold", "per_raw8")]
    return f"raw eight at once: {most:.1f}"


def report(found: Figures, taken: Sequence[Taken], machine: Mapping[str, float | str]) -> Iterator[str]:
    """The lines that a person reads."""
    for one in taken:
        yield from _case(one.case, len(one.rounds), found)
    width = max(len(target.title) for target in TARGETS)
    rows = [target for target in TARGETS if target.key in found]
    if rows:
        yield f"{'Target':<{width}}  measured    wanted"
    for target in rows:
        value, sign = found[target.key], "≥" if target.least else "≤"
        word = "" if target.met(value) else "  not met"
        beside = floor(target.key, found)
        yield (
            f"{target.title:<{width}}  {value:8.2f}  {sign} {target.limit:<5g}{word}"
            f"{f'  ({beside})' if beside else ''}"
        )
    if "daemon.ready_cpu_s" in found:
        yield f"Of the time until it is ready, the daemon uses {found['daemon.ready_cpu_s']:.2f} s of CPU."
    yield ""
    yield (
        f"{machine['machine.cpus']} processors, a file on disk in {machine['machine.fsync_ms']:.1f} ms, "
        f"load {machine['machine.load_before']:.1f} before and {machine['machine.load_after']:.1f} after. "
        "Other work on this machine moves all figures; ratios within a round the least."
    )


def _case(case: Case, rounds: int, found: Figures) -> Iterator[str]:
    yield f"{case.title} ({rounds} round{'s' if rounds > 1 else ''})"
    heads = (("wall", 8), ("process", 9), ("CPU", 8), ("peak", 9), ("requests", 10), ("sent", 9))
    yield f"  {'':<20}{''.join(f'{head:>{width}}' for head, width in heads)}{'received':>10}"
    for client in CLIENTS:
        key = f"{case.name}.{client}"
        if f"{key}.wall_s" not in found:
            continue
        counted = (
            f"{found[f'{key}.requests']:>10.0f}"
            f"{found[f'{key}.sent_bytes'] / 1024:>5.0f} KiB"
            f"{found[f'{key}.received_bytes'] / 1024:>6.0f} KiB"
            if f"{key}.requests" in found
            else ""
        )
        yield (
            f"  {TITLES[client]:<20}{found[f'{key}.wall_s']:>6.2f} s{found[f'{key}.process_s']:>7.2f} s"
            f"{found[f'{key}.cpu_s']:>6.2f} s{found[f'{key}.peak_mib']:>5.0f} MiB{counted}"
        )
    for client, baseline, _ in RATIOS:
        if (key := f"{case.name}.{client}.per_{baseline}") in found:
            yield f"  {TITLES[client]} takes {found[key]:.2f} times {TITLES[baseline]}."
    if f"{case.name}.quiet.wall_ms" in found:
        yield (
            f"  A pass without changes: {found[f'{case.name}.quiet.wall_ms']:.1f} ms, the bare request "
            f"{found[f'{case.name}.quiet.bare_ms']:.1f} ms; CPU {found[f'{case.name}.quiet.cpu_ms']:.1f} ms. "
            f"After ten changes: {found[f'{case.name}.changes.wall_ms']:.0f} ms."
        )
    yield ""
