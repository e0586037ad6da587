r"""TEXT values (RFC 5545 section 3.3.11) that come out as they went in. Pure.

`icalendar` takes a backslash followed by N for a line break when it writes, even where both are meant:
`C:\New` would come out in two lines, in our text and in everybody's that stands beside it.
"""

from __future__ import annotations

import re
from typing import Any

from icalendar import vCategory, vText

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class ExactText(vText):
    """A text that is escaped once, character by character."""

    __slots__ = ()

    def to_ical(self) -> bytes:
        """The escaped text in UTF-8."""
        escaped = str(self).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
        return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n").encode()


def clean(text: str) -> ExactText:
    """Text without what neither iCalendar nor XML can hold (RFC 5545 section 3.1, XML 1.0 section 2.2)."""
    return ExactText(_CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def put(component: Any, name: str, text: str) -> None:
    """Set a text and keep its parameters, save the one that points at another rendering of the old text."""
    if not text and name != "SUMMARY":
        component.pop(name, None)
        return
    held = clean(text)
    held.params.update(getattr(component.get(name), "params", {}))
    held.params.pop("ALTREP", None)
    component[name] = held


def get(component: Any, name: str) -> str:
    """A text, the first one where it stands twice; empty where it is absent."""
    held = component.get(name, "")
    return str(held[0] if isinstance(held, list) else held)


def keep(calendar: Any) -> None:
    """Make every text of a resource an exact one, where the library would write it otherwise."""
    for part in calendar.walk():
        for name, held in list(part.items()):
            if isinstance(held, list):
                held[:] = [_exact(value) for value in held]
            else:
                part[name] = _exact(held)


def _exact(held: Any) -> Any:
    if type(held) is vText and "\\N" in held:
        return ExactText(held, params=held.params)
    if isinstance(held, vCategory):  # CATEGORIES holds its texts inside
        held.cats = [_exact(text) for text in held.cats]
    return held
