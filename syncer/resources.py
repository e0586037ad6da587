"""Files that come with Evenhold: the annotated example, the catalogue of bundles, the sample household.

Lives here: finding them, in a checkout (`config/`) as well as in an installation (`share/evenhold`).
What they mean is read elsewhere; nothing here writes.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent


def path(name: str) -> Path:
    """Return the absolute path of the file `name` ("catalogue.tsv").

    Raises FileNotFoundError, naming the file and the cure, where this installation has no such file.
    """
    if (_CHECKOUT / "pyproject.toml").is_file():
        found: Path | None = _CHECKOUT / "config" / name
    else:
        found = _installed(name)
    if found is None or not found.is_file():
        raise FileNotFoundError(f"{name} does not belong to this installation of Evenhold. Install it again")
    return found


def read_text(name: str) -> str:
    """Return the text of the file `name`, read as UTF-8; raises as `path` does."""
    return path(name).read_text(encoding="utf-8")


def _installed(name: str) -> Path | None:
    """Look in the installation's own record, which is right for every scheme (venv, user, system)."""
    try:
        files = distribution("evenhold").files or []
    except PackageNotFoundError:
        return None
    for file in files:
        if file.parts[-3:] == ("share", "evenhold", name):
            return Path(str(file.locate())).resolve()
    return None
