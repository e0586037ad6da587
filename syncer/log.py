"""The log: constant messages with bound fields; ids and field names only, never titles, notes or secrets."""

from __future__ import annotations

import sys
from typing import Any

from syncer.engine.happenings import Happening, What

QUIET = frozenset({What.SENDING, What.SENT})
"""Happenings that are progress and not news."""


def logger(debug: bool = False) -> Any:
    """A structured logger on standard error, one line of key=value pairs an event; UTC times."""
    import structlog  # a terminal needs none of it

    level = 10 if debug else 20
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()


class Repeated:
    """Knows of trouble that it was told before: an account that stays frozen is said once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, str]] = {}

    def told(self, happening: Happening) -> bool:
        """Whether a happening is trouble of a collection that was in the same trouble before."""
        name = happening.spoke.name
        if happening.what is What.RECOVERED:
            self._known.pop(name, None)
        if happening.what is not What.TROUBLE:
            return False
        said = happening.text, happening.cure
        before, self._known[name] = self._known.get(name), said
        return before == said


def bound(happening: Happening) -> dict[str, Any]:
    """A happening's fields for the log."""
    fields: dict[str, Any] = {"collection": happening.spoke.name}
    if happening.entry is not None:
        entry = happening.entry
        fields |= {"kind": str(entry.kind), "task": entry.task, "occurrence": entry.occurrence}
    if happening.step is not None:
        identity = happening.step.identity
        fields |= {"task": identity.task, "occurrence": identity.occurrence}
        fields["operation"] = type(happening.step.operation).__name__.lower()
    if happening.count:
        fields["count"] = happening.count
    if happening.text:
        fields |= {"condition": happening.text}
    if happening.cure:
        fields |= {"cure": happening.cure}
    return fields
