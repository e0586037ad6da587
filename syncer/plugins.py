"""Finding connectors by entry point, and loading one when it is asked for.

The only place that knows the entry-point group. Nothing is imported until a household names it, and a broken
connector is a report, not a crash: the others go on, and so does the rest of a household that uses it. What
is handed out stands behind the fence (`syncer.fence`).
"""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path

from syncer import distributions
from syncer.connector import API_VERSION, Capability, Connector, Settings
from syncer.fence import fenced, stand_in
from syncer.fence.errors import line
from syncer.problems import did_you_mean

OURS = "evenhold"
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
    """No connector is called so; the message names those that can be used.

    `found` is a similar name, if there is one.
    """

    def __init__(self, name: str, found: str, available: tuple[str, ...]) -> None:
        super().__init__(name, found, available)
        self.name = name
        self.found = found
        self.available = available

    def __str__(self) -> str:
        end = "" if self.found else "."
        return (
            f'no connector "{self.name}"{self.found}{end} Available: {", ".join(self.available) or "none"}.'
        )


class Registry:
    """The connectors that were found, loaded one by one when asked for."""

    def __init__(self, points: Iterable[EntryPoint], unreadable: Iterable[Problem] = ()) -> None:
        """`unreadable` are the distributions of which nobody can say what they hold."""
        self._unreadable = tuple(unreadable)
        self._points: dict[str, list[EntryPoint]] = {}
        for point in points:
            same = self._points.setdefault(point.name, [])
            # One distribution seen twice on the path (an editable install) is still one connector.
            if (point.value, distributions.shipped_by(point)) not in [
                (p.value, distributions.shipped_by(p)) for p in same
            ]:
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
        return (*self._unreadable, *(one for name in sorted(self._problems) for one in self._problems[name]))

    def get(self, name: str) -> type[Connector]:
        """The connector of that name, imported now, behind the fence.

        One that is installed and can't be used has a stand-in, which raises ProviderGone with the reason
        whenever something is asked of it. Raises ConnectorUnavailable where none is called so.
        """
        if name not in self._points:
            raise ConnectorUnavailable(name, did_you_mean(name, self.names), self.names)
        if name not in self._loaded:
            self._loaded[name] = self._put_up(name)
        return self._loaded[name]

    def seat(self, name: str, account: str) -> type[Connector]:
        """As `get`, for an account in a household: what is not installed has a stand-in too.

        A plugin that somebody uninstalled must not stop the others, nor the leaving of its own account.
        """
        try:
            return self.get(name)
        except ConnectorUnavailable as error:
            called = line(name)[:60]
            first = f"D{error.found.removeprefix(', d')} Else install" if error.found else "Install"
            cure = (
                f"{first} what ships it, or run: evenhold unlink {account}, or take the account's table out "
                "of the configuration."
            )
            return stand_in(name, f'the connector "{called}" is not installed', account, cure)

    def survey(self) -> tuple[Row, ...]:
        """Load all of them and tell what each is, broken ones included."""
        rows = [Row(line(bad.name), bad.distribution, "", None, frozenset(), bad) for bad in self._unreadable]
        for name in sorted(self._points):
            found = self.get(name)
            faults = self._problems.get(name, (None,))
            for point, fault in zip(self._points[name], faults, strict=True):
                rows.append(_row(point, found, fault))
        return tuple(rows)

    def _put_up(self, name: str) -> type[Connector]:
        if name not in self._problems:
            loaded = _load(self._points[name][0])
            if not isinstance(loaded, Problem):
                return loaded
            self._problems[name] = (loaded,)
        fault = self._problems[name][0]
        condition = f'the connector "{name}" can\'t be used: {fault.what}'
        return stand_in(name, condition, fault.distribution, fault.cure)


def discover(points: Iterable[EntryPoint] | None = None) -> Registry:
    """What is installed in group `evenhold.connectors`, or the given entry points; imports nothing."""
    if points is not None:
        return Registry(points)
    found, unreadable = distributions.entry_points(GROUP)
    what = "its list of entry points can't be read, so nobody knows whether it has a connector"
    return Registry(found, [Problem(name, name, what, _cure(name)) for name in unreadable])


def _cure(shipped_by: str) -> str:
    return f"Reinstall or upgrade {shipped_by}, or uninstall it."


def _taken_twice(point: EntryPoint, same: list[EntryPoint]) -> Problem:
    names = sorted({distributions.shipped_by(one) for one in same}, key=lambda name: (name == OURS, name))
    everyone = " and ".join(names)
    what = f"its name is taken twice (by {everyone})"
    strangers = [name for name in names if name != OURS]
    cure = f"Uninstall {strangers[0]}." if len(strangers) == 1 else f"Uninstall {' or '.join(strangers)}."
    return Problem(point.name, distributions.shipped_by(point), what, cure)


def _load(point: EntryPoint) -> type[Connector] | Problem:
    shipped_by = distributions.shipped_by(point)
    try:
        # What a module prints while it is imported is no part of what a command prints for a program.
        with redirect_stdout(sys.stderr):
            found: object = point.load() if point.pattern.match(point.value) else point
        fault = _fault(found)
        if fault is None:
            assert isinstance(found, type)
            return fenced(found, point.name)
    except KeyboardInterrupt:
        raise
    # Whatever a stranger's module does while it is imported, `sys.exit` included, stays its own affair.
    except BaseException as error:
        fault = f"it can't be imported: {type(error).__name__}: {line(error)[:200]}".rstrip(": ")
        fault += _place(error, point)
    return Problem(point.name, shipped_by, fault, _cure(shipped_by))


def _place(error: BaseException, point: EntryPoint) -> str:
    """Where in the plugin's own code it broke off; empty where that was never reached."""
    top = point.value.partition(":")[0].partition(".")[0]
    files = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    if isinstance(error, SyntaxError) and error.filename:
        files.append((error.filename, error.lineno))
    own = [(Path(name), at) for name, at in files if top in (*Path(name).parts, Path(name).stem)]
    return f" ({line(own[-1][0].name)}, line {own[-1][1]})" if own else ""


def _fault(found: object) -> str | None:
    """Why what an entry point names is not a connector for this version."""
    if isinstance(found, EntryPoint):
        return f'its entry point "{line(found.value)[:60]}" names no module and class'
    if not (isinstance(found, type) and issubclass(found, Connector)):
        return "it is not a subclass of syncer.connector.Connector"
    version: object = getattr(found, "api_version", None)
    if version != API_VERSION:
        made_for = line(version)[:20]
        return f"it is made for version {made_for} of the connector interface, and this is {API_VERSION}"
    schema: object = getattr(found, "settings", None)
    if not (isinstance(schema, type) and issubclass(schema, Settings)):
        return "it has no settings schema (a subclass of syncer.connector.Settings)"
    capabilities: object = getattr(found, "capabilities", None)
    if not isinstance(capabilities, frozenset) or not all(isinstance(c, Capability) for c in capabilities):
        return "it does not declare its capabilities (a frozenset of syncer.connector.Capability)"
    if inspect.isabstract(found):
        return f"it does not implement {', '.join(sorted(found.__abstractmethods__))}"
    return None


def _row(point: EntryPoint, found: type[Connector], problem: Problem | None) -> Row:
    name, shipped_by, version = (
        line(point.name),
        distributions.shipped_by(point),
        distributions.version(point),
    )
    if problem is not None:
        return Row(name, shipped_by, version, None, frozenset(), problem)
    return Row(name, shipped_by, version, found.api_version, found.capabilities)
