"""Ticks in an event's title: an event has no status for "done", so its owner puts a mark in front.

`✓`, `✔`, `[x]`, `x ` and `done:` count; Evenhold writes the first. An "x-ray" is not done.
"""

from __future__ import annotations

import re
from collections.abc import Callable

TICK = "✓"
"""The mark that Evenhold writes."""

# These can't begin a title by accident.
_PLAIN = re.compile(r"^\s*(✓|✔|☑|✅|\[[xX✓✔]\])\ufe0f?\s*(?=\S)")
# These can ("x ray", "Done: the list"), so the rest must be the title that was there.
_DOUBTFUL = re.compile(r"^\s*([xX](?=\s)|[dD][oO][nN][eE]\s*:)\s*(?=\S)")


def split_tick(title: str, is_known: Callable[[str], bool]) -> tuple[str, str]:
    """A title and the mark in front of it ("" where there is none).

    `is_known` tells whether a text is the title that stood there before.
    """
    if is_known(title):
        return title, ""
    plain = _PLAIN.match(title)
    if plain:
        return title[plain.end() :], plain[1]
    doubtful = _DOUBTFUL.match(title)
    if doubtful and is_known(title[doubtful.end() :]):
        return title[doubtful.end() :], doubtful[1]
    return title, ""


def begins_ticked(title: str) -> bool:
    """Whether a title of ours would read as ticked from the start; such a title is refused."""
    return bool(_PLAIN.match(title) or _DOUBTFUL.match(title))


def ticked(title: str) -> str:
    """The title with Evenhold's own mark."""
    return f"{TICK} {title}"
