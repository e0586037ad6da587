"""TOML text as tables, for every file that a person writes: what Evenhold can't work with is refused.

Knows no key and opens no file; what the tables mean is checked where they are declared.
"""

from __future__ import annotations

import tomllib
from typing import Any

_DEEPEST = 32
"""Tables and lists within each other; the files of Evenhold need five."""
_TOO_DEEP = "no usable TOML: nested too deeply"
_TOO_LONG = "no usable TOML: a number with too many digits"


class Unusable(ValueError):
    """The text is no TOML, or none that can be worked with; its words say why."""


def parsed(text: str) -> dict[str, Any]:
    """The tables in a TOML text. Raises Unusable."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unusable(f"no valid TOML: {error}") from None
    except RecursionError:
        raise Unusable(_TOO_DEEP) from None
    except ValueError:
        # int() of more than 4300 digits: tomllib (Python 3.11 to 3.13) lets it through.
        raise Unusable(_TOO_LONG) from None
    _refuse_extremes(tables)
    return tables


def _refuse_extremes(tables: dict[str, Any]) -> None:
    """Dotted keys nest without a limit, and hexadecimal numbers have none; both break what reads on."""
    rest: list[tuple[int, Any]] = [(0, tables)]
    while rest:
        depth, value = rest.pop()
        if depth > _DEEPEST:
            raise Unusable(_TOO_DEEP)
        # TOML 1.0, "Integer": 64 bits, signed; beyond them a reader must refuse.
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise Unusable(_TOO_LONG)
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            rest += ((depth + 1, part) for part in inner)
