"""Reading the tables of failures and invariants, and finding the tests that they name, by their source."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """One failure or invariant: its number, what it is, the ids of its tests, and what is not shown yet."""

    number: str
    what: str
    tests: tuple[str, ...]
    yet: str = ""


def rows(name: str) -> list[Row]:
    """The rows of a table, in order."""
    data = tomllib.loads((HERE / f"{name}.toml").read_text())
    return [
        Row(str(row["number"]), row["what"], tuple(row["tests"]), row.get("yet", "")) for row in data[name]
    ]


def exists(test: str) -> bool:
    """Whether a test of this id (`path::name` or `path::Class::name`) is written down."""
    path, *names = test.split("::")
    return (ROOT / path).is_file() and tuple(names) in _tests(ROOT / path)


@lru_cache
def _tests(path: Path) -> frozenset[tuple[str, ...]]:
    module = ast.parse(path.read_text())
    found: set[tuple[str, ...]] = {(name,) for name in _named(module.body)}
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            found |= {(node.name, name) for name in _named(node.body)}
    return frozenset(found)


def _named(body: Sequence[ast.stmt]) -> list[str]:
    return [node.name for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def markdown(title: str, table: Sequence[Row]) -> str:
    """A table as Markdown, each test as a sentence that links to its file."""
    lines = [f"## {title}", "", "| | what | shown by |", "|---|---|---|"]
    for row in table:
        shown = [f"[{_sentence(test)}]({test.partition('::')[0]})" for test in row.tests]
        yet = [f"*{row.yet}*"] if row.yet else []
        lines.append(f"| {row.number} | {row.what} | {'<br>'.join([*shown, *yet])} |")
    return "\n".join(lines)


def _sentence(test: str) -> str:
    return test.rpartition("::")[2].removeprefix("test_").replace("_", " ")
