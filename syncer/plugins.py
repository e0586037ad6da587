"""Finding connectors by entry point, and loading one when it is asked for.

The only place that knows the entry-point group. Nothing is imported until a household names it, and a
broken connector is a report, not a crash: the others go on.
"""

from __future__ import annotations

import importlib.metadata
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint

from syncer.connector import API_VERSION, Capability, Connector, Settings
from syncer.problems import did_you_mean, without_login

GROUP = "evenhold.connectors"
"""The entry-point group in which a connector registers; built-in ones do it the same way."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A connector that can't be used: its name, who ships it, what is wrong, and what helps."""

    name: str
    distribution: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f'connector "{self.name}" from {self.distribution}: {self.what}. {self.cure}'


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `evenhold connectors`; what is unknown of a broken one is empty."""

    name: str
    distribution: str
    version: str
    api_version: int | None
    capabilities: frozenset[Capability]
    problem: Problem | None = None

    @property
    def state(self) -> str:
        """`ok` or `broken`."""
        return "ok" if self.problem is None else "broken"

    @property
    def reason(self) -> str:
        """Why it is broken, and the cure; empty for a good one."""
        return "" if self.problem is None else f"{self.problem.what}. {self.problem.cure}"


class ConnectorUnavailable(LookupError):
    """No connector of that name can be used; the message names those that can.

    `found` tells what there is instead: a similar name, or what is wrong with the one that was meant.
    """

    def __init__(self, name: str, found: str, available: tuple[str, ...]) -> None:
        super().__init__(name, found, available)
        self.name = name
        self.found = found
        self.available = available

    def __str__(self) -> str:
        return f'no connector "{self.name}"{self.found}. Available: {", ".join(self.available) or "none"}.'


class Registry:
    """The connectors that were found, loaded one by one when asked for."""

    def __init__(self, points: Iterable[EntryPoint]) -> None:
        self._points: dict[str, list[EntryPoint]] = {}
        for point in points:
            same = self._points.setdefault(point.name, [])
            # One distribution seen twice on the path (an editable install) is still one connector.
            if (point.value, _shipped_by(point)) not in [(p.value, _shipped_by(p)) for p in same]:
                same.append(point)
        self._loaded: dict[str, type[Connector]] = {}
        self._problems: dict[str, tuple[Problem, ...]] = {
            name: tuple(_taken_twice(point, same) for point in same)
            for name, same in self._points.items()
            if len(same) > 1
        }

    @property
    def names(self) -> tuple[str, ...]:
        """Those not known to be broken, in order; none is imported to find out."""
        return tuple(sorted(self._points.keys() - self._problems.keys()))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is known to be wrong so far: names taken twice at once, the rest as each is loaded."""
        return tuple(problem for name in sorted(self._problems) for problem in self._problems[name])

    def get(self, name: str) -> type[Connector]:
        """The connector of that name, imported now. Raises ConnectorUnavailable."""
        if name not in self._points:
            raise ConnectorUnavailable(name, did_you_mean(name, self.names), self.names)
        if name not in self._loaded and name not in self._problems:
            point = self._points[name][0]
            loaded = _load(point)
            if isinstance(loaded, Problem):
                self._problems[name] = (loaded,)
            else:
                self._loaded[name] = loaded
        if name in self._problems:
            fault = self._problems[name][0]
            raise ConnectorUnavailable(name, f", {fault.what}. {fault.cure}".rstrip("."), self.names)
        return self._loaded[name]

    def survey(self) -> tuple[Row, ...]:
        """Load all of them and tell what each is, broken ones included."""
        rows: list[Row] = []
        for name in sorted(self._points):
            try:
                found: type[Connector] | None = self.get(name)
            except ConnectorUnavailable:
                found = None
            faults = self._problems.get(name, (None,))
            for point, fault in zip(self._points[name], faults, strict=True):
                rows.append(_row(point, found, fault))
        return tuple(rows)


def discover(points: Iterable[EntryPoint] | None = None) -> Registry:
    """What is installed in group `evenhold.connectors`, or the given entry points; imports nothing."""
    return Registry(importlib.metadata.entry_points(group=GROUP) if points is None else points)


def _shipped_by(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unnamed source"


def _taken_twice(point: EntryPoint, same: list[EntryPoint]) -> Problem:
    others = ", ".join(sorted({_shipped_by(other) for other in same if other is not point}))
    return Problem(
        point.name,
        _shipped_by(point),
        f"its name is taken twice (also by {others})",
        "Uninstall one of them.",
    )


def _load(point: EntryPoint) -> type[Connector] | Problem:
    shipped_by = _shipped_by(point)
    cure = f"Reinstall or upgrade {shipped_by}, or uninstall it."
    try:
        found: object = point.load()
    # Whatever a stranger's module does while it is imported, `sys.exit` included, stays its own affair.
    except (Exception, SystemExit) as error:
        told = " ".join(without_login(str(error)).split())[:200]
        return Problem(point.name, shipped_by, f"it can't be imported: {type(error).__name__}: {told}", cure)
    fault = _fault(found)
    if fault:
        return Problem(point.name, shipped_by, fault, cure)
    assert isinstance(found, type)
    assert issubclass(found, Connector)
    return found


def _fault(found: object) -> str | None:
    """Why what an entry point names is not a connector for this version."""
    if not (isinstance(found, type) and issubclass(found, Connector)):
        return "it is not a subclass of syncer.connector.Connector"
    version: object = getattr(found, "api_version", None)
    if version != API_VERSION:
        return f"it is made for version {version} of the connector interface, and this is {API_VERSION}"
    schema: object = getattr(found, "settings", None)
    if not (isinstance(schema, type) and issubclass(schema, Settings)):
        return "it has no settings schema (a subclass of syncer.connector.Settings)"
    capabilities: object = getattr(found, "capabilities", None)
    if not isinstance(capabilities, frozenset) or not all(isinstance(c, Capability) for c in capabilities):
        return "it does not declare its capabilities (a frozenset of syncer.connector.Capability)"
    if inspect.isabstract(found):
        return f"it does not implement {', '.join(sorted(found.__abstractmethods__))}"
    return None


def _row(point: EntryPoint, found: type[Connector] | None, problem: Problem | None) -> Row:
    version = point.dist.version if point.dist is not None else ""
    if found is None:
        return Row(point.name, _shipped_by(point), version, None, frozenset(), problem)
    return Row(point.name, _shipped_by(point), version, found.api_version, found.capabilities)
