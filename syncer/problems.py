"""Mistakes in what people write (configuration, bundle files, catalogue), and how they are told.

Lives here: `Problem`, the exception that carries all of them at once, and the table that turns
pydantic's errors into plain words. Nothing here reads a file or knows what the keys mean.
No message repeats a secret: what stands under a key that may hold one is never shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

_SECRET_KEY = re.compile(r"pass|secret|token|credential|key|pin\b", re.IGNORECASE)
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s]*@")
_LONGEST = 60
_Path = Sequence[str | int]
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction",
    dict: "a table",
    list: "a list",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `place` is a key path or a line, `found` what stands there, `allowed` what may."""

    place: str
    found: str
    allowed: str
    file: str = ""

    def __str__(self) -> str:
        where = ": ".join(part for part in (self.file, self.place) if part)
        return f"{where}: found {self.found}; allowed: {self.allowed}"


class Mistakes(ValueError):
    """Everything that is wrong with one file, one line a problem. `problems` is never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def without_login(text: str) -> str:
    """The text with the user and password of any address in it taken out."""
    return _LOGIN_IN_URL.sub("", text)


def show(value: object) -> str:
    """A value as a message may repeat it: short, on one line, without a login in an address."""
    if isinstance(value, str):
        text = " ".join(without_login(value).split())
        return f'"{text[: _LONGEST - 1]}…"' if len(text) > _LONGEST else f'"{text}"'
    named = _TYPES.get(type(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return named or "nothing" if value is None or named else show(str(value))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean "x"?` where one of the known words is close, else nothing."""
    by_case = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), by_case, n=1, cutoff=0.6)
    return f', did you mean "{by_case[close[0]]}"?' if close else ""


def key_path(parts: Sequence[str | int]) -> str:
    """`("accounts", 0, "url")` as `accounts[0].url`."""
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def named(problem: Problem, raw: Mapping[str, Any], file: str, *, key: str, by: str) -> Problem:
    """The problem with its file, and with its table's own name beside the index.

    `raw` is the whole file, `key` an array of tables in it, and `by` the key that names one of them:
    `accounts[0].url` becomes `accounts[0].url (accounts["ada-phone"])`.
    """
    found = re.match(rf"{re.escape(key)}\[(\d+)\]", problem.place)
    rows = raw.get(key)
    row = rows[int(found[1])] if found and isinstance(rows, list) and int(found[1]) < len(rows) else None
    name = row.get(by) if isinstance(row, dict) else None
    place = f"{problem.place} ({key}[{show(name)}])" if isinstance(name, str) else problem.place
    return replace(problem, place=place, file=file)


def explain(
    error: ValidationError, model: type[BaseModel], before: _Path = (), known: Iterable[str] = ()
) -> tuple[Problem, ...]:
    """A failed validation of `model` as problems, one for each of pydantic's errors.

    `before` is the path to the table concerned; `known` names keys that may stand beside the model's.
    """
    return tuple(_problem(detail, model, before, tuple(known)) for detail in error.errors(include_url=False))


def _problem(detail: ErrorDetails, model: type[BaseModel], before: _Path, known: tuple[str, ...]) -> Problem:
    # A union adds the tag or type of the member to the path; ours have none, so the path is the keys'.
    path = tuple(detail["loc"])
    place = key_path((*before, *path))
    if detail["type"] == "extra_forbidden":
        parent = _descend(model, path[:-1])
        names = (*known, *_names(parent)) if len(path) == 1 else _names(parent)
        # The value of an unknown key is never shown: it may be a password under a misspelt name.
        guess = did_you_mean(str(path[-1]), names)
        return Problem(place, f'the unknown key "{path[-1]}"{guess}', _keys(names))
    found = "nothing" if detail["type"] == "missing" else show(detail["input"])
    if not path and detail["type"] == "value_error":
        found = "keys that do not go together"
    if any(isinstance(part, str) and _SECRET_KEY.search(part) for part in path):
        found = "nothing" if detail["type"] == "missing" else "a value that is not shown"
    return Problem(place, found, without_login(_allowed(detail, model, path)))


def _allowed(detail: ErrorDetails, model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """What may stand there: the validator's own words, or the field's description, or pydantic's words."""
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    owner = next((at for at in range(len(path), 0, -1) if isinstance(path[at - 1], str)), 0)
    parent = _descend(model, path[: owner - 1]) if owner else None
    if parent is not None:
        for name, info in parent.model_fields.items():
            if path[owner - 1] in (name, info.alias) and info.description:
                return info.description
    message = "a value here" if detail["type"] == "missing" else detail["msg"]
    return message[:1].lower() + message[1:]


def _descend(model: type[BaseModel] | None, path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the table at a path, where there is exactly one."""
    for part in path:
        if model is None or isinstance(part, int):
            continue
        fields: Mapping[str, Any] = {info.alias or name: info for name, info in model.model_fields.items()}
        found = fields.get(part)
        model = _inner(found.annotation) if found is not None else None
    return model


def _inner(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _inner(part)) is not None), None)


def _names(model: type[BaseModel] | None) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in model.model_fields.items()) if model else ()


def _keys(names: Sequence[str]) -> str:
    return "the keys " + ", ".join(names) if names else "no key of that name"
