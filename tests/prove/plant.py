"""Planting: a copy of `syncer` in which the text of a bug stands in place of what is right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.prove.bug import Bug, Change

CHECKOUT = Path(__file__).parents[2]


class PlantAnew(Exception):
    """The text that a bug changes is not (or not once) in its file any more."""


@contextmanager
def planted(bug: Bug | None) -> Iterator[Path]:
    """A folder with a copy of `syncer`, and the bug in it; without one it is the copy that is checked."""
    with TemporaryDirectory(prefix="evenhold-prove-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        shutil.copytree(CHECKOUT / "syncer", folder / "syncer")
        for change in bug.changes if bug else ():
            file = folder / "syncer" / change.file
            file.write_text(changed(file.read_text(), change))
        yield folder


def changed(text: str, change: Change) -> str:
    """A file's text with the change in it. Raises PlantAnew."""
    found = text.count(change.old)
    if found != 1:
        raise PlantAnew(
            f"the text stands {found} times in syncer/{change.file}, so the bug needs to be planted anew: "
            f"{change.old.strip()!r}"
        )
    return text.replace(change.old, change.new)
