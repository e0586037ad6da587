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
_MISSING = re.compile(r"([a-z_]+) is missing: (.+)", re.DOTALL)
_LONGEST = 60
_MOST = 30
_Path = Sequence[str | int]
_TYPES = {
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction",
    dict: "a table",
    list: "a list",
}
_PLAIN = {
    "missing": "a value here",
    "model_type": "a table",
    "dict_type": "a table",
    "string_type": "a text in quotes",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_too_short": "a longer text",
}
"""What may stand there by pydantic's type of error, for keys that have no description."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: `place` is a key path or a line, `found` what stands there, `allowed` what may."""

    place: str
    found: str
    allowed: str
    file: str = ""
    sentence: bool = False
    """Whether `found` and `allowed` are sentences as they stand: what is missing and what helps."""

    def __str__(self) -> str:
        if self.sentence:
            return (
                f"{self.file}: {self.found}. {self.allowed}" if self.file else f"{self.found}. {self.allowed}"
            )
        said = f"found {self.found}; allowed: {self.allowed}"
        return ": ".join(part for part in (self.file, self.place, said) if part)


class Mistakes(ValueError):
    """Everything that is wrong with one file. `problems` is never empty; as text, the first 30 of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:_MOST]]
        more = len(self.problems) - len(lines)
        return "\n".join([*lines, f"... and {more} more"] if more else lines)


def without_login(text: str) -> str:
    """The text with the user and password of any address in it taken out."""
    return _LOGIN_IN_URL.sub("", text)


def is_secret(key: str) -> bool:
    """Whether a key of that name may hold a secret."""
    return _SECRET_KEY.search(key) is not None


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


def or_stop(word: str, known: Iterable[str]) -> str:
    """As `did_you_mean`, which ends a sentence; a full stop where no word is close."""
    return did_you_mean(word, known) or "."


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

    A list whose items are wrong counts as too short for pydantic too: what encloses another is left out.
    `before` is the path to the table concerned; `known` names keys that may stand beside the model's.
    """
    details = error.errors(include_url=False)
    enclosing = {detail["loc"][:end] for detail in details for end in range(len(detail["loc"]))}
    names = tuple(known)
    return tuple(
        _problem(detail, model, before, names) for detail in details if detail["loc"] not in enclosing
    )


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
    if not path and (missing := _missing_key(detail, model)):
        return replace(missing, place=key_path((*before, missing.place)))
    found = "nothing" if detail["type"] == "missing" else show(detail["input"])
    if not path and detail["type"] == "value_error":
        found = "keys that do not go together"
    if any(isinstance(part, str) and _SECRET_KEY.search(part) for part in path):
        found = "nothing" if detail["type"] == "missing" else "a value that is not shown"
    return Problem(place, found, without_login(_allowed(detail, model, path)))


def _missing_key(detail: ErrorDetails, model: type[BaseModel]) -> Problem | None:
    """The one key concerned, where a check of the whole table says `user is missing: what it is`."""
    told = _MISSING.fullmatch(str(detail["ctx"]["error"])) if detail["type"] == "value_error" else None
    if told is None or told[1] not in _names(model):
        return None
    # A key that is there, but empty, reads as it stands.
    written = detail["input"].get(told[1]) if isinstance(detail["input"], Mapping) else None
    return Problem(told[1], '""' if written == "" else "nothing", without_login(told[2]))


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
    message = _PLAIN.get(detail["type"], detail["msg"].removeprefix("Input should be "))
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
