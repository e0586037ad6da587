"""Google's APIs as their discovery documents describe them: which calls there are, and what may stand in
them.

The documents are those that ship with google-api-python-client. Requests are checked against them before an
emulator looks at them, and its answers before they go out. Every check returns what is wrong, as sentences
that name a place and quote no value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?"
FORMATS = {
    "date": re.compile(_DATE),
    "date-time": re.compile(f"{_DATE}T{_TIME}(Z|[+-]\\d{{2}}:\\d{{2}})?"),
    "int64": re.compile(r"-?\d+"),
}
"""How texts of a format look. An offset may be missing where a field beside it names the zone."""

_JSON: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "array": list,
    "object": dict,
}


@dataclass(frozen=True)
class Call:
    """One method of an API: `id` as in `calendar.events.list`, `path` a pattern that names its parameters."""

    id: str
    http: str
    path: re.Pattern[str]
    parameters: Mapping[str, Any]
    takes: str | None
    gives: str | None
    scopes: frozenset[str]


class Document:
    """One API's discovery document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.root = str(document["rootUrl"])
        self.service = f"/{document['servicePath']}"
        self.batch = f"/{document['batchPath']}"
        self.schemas: Mapping[str, Any] = document["schemas"]
        self.common: Mapping[str, Any] = document["parameters"]
        self.calls = {call.id: call for call in _calls(document, self.service)}

    def find(self, http: str, path: str) -> tuple[Call, dict[str, str]] | None:
        """The method at a path (as it stands in the request line), and the path's own parameters."""
        for call in self.calls.values():
            if call.http == http and (found := call.path.fullmatch(path)) is not None:
                return call, found.groupdict()
        return None

    # --- checks ---

    def query(self, call: Call, query: Mapping[str, Sequence[str]]) -> list[str]:
        """What is wrong with a query: unknown names, values of another type, what is missing."""
        known = {**self.common, **call.parameters}
        wrong = [f"unknown parameter {name}" for name in query if name not in known]
        for name, rule in call.parameters.items():
            if rule["location"] == "query" and rule.get("required") and name not in query:
                wrong.append(f"{name} is missing")
        for name, values in query.items():
            rule = known.get(name, {})
            if rule and not rule.get("repeated") and len(values) > 1:
                wrong.append(f"{name} stands twice")
            wrong += [f"{name}: {said}" for value in values for said in _parameter(rule, value)]
        return wrong

    def body(self, call: Call, body: Any) -> list[str]:
        """What is wrong with a request's body. A null takes a field away, which only PATCH and PUT can."""
        if call.takes is None:
            return [] if body is None else ["a body where none is taken"]
        if body is None:
            return ["no body"]
        return list(self._value({"$ref": call.takes}, body, call.takes, nulls=call.http in ("PATCH", "PUT")))

    def response(self, call: Call, answer: Any) -> list[str]:
        """What is wrong with an answer's body (None: it has none)."""
        if call.gives is None:
            return [] if answer is None else ["a body where none is given"]
        if answer is None:
            return ["no body"]
        return list(self._value({"$ref": call.gives}, answer, call.gives))

    def value(self, schema: str, value: Any) -> list[str]:
        """What is wrong with a value of a schema."""
        return list(self._value({"$ref": schema}, value, schema))

    def _value(self, rule: Mapping[str, Any], value: Any, where: str, nulls: bool = False) -> Iterator[str]:
        if "$ref" in rule:
            yield from self._value(self.schemas[rule["$ref"]], value, where, nulls)
            return
        if value is None:
            if not nulls:
                yield f"{where}: null"
            return
        kind = rule.get("type", "any")
        if kind == "any":
            return
        if not isinstance(value, _JSON[kind]) or (kind in ("integer", "number") and isinstance(value, bool)):
            yield f"{where}: no {kind}"
        elif kind == "array":
            for number, item in enumerate(value):
                yield from self._value(rule["items"], item, f"{where}[{number}]", nulls)
        elif kind == "object":
            yield from self._object(rule, value, where, nulls)
        else:
            yield from (f"{where}: {said}" for said in _scalar(rule, value))

    def _object(self, rule: Mapping[str, Any], value: Any, where: str, nulls: bool) -> Iterator[str]:
        properties, rest = rule.get("properties", {}), rule.get("additionalProperties")
        for name, item in value.items():
            known = properties.get(name, rest)
            if known is None:
                yield f"{where}: unknown field {name}"
            else:
                yield from self._value(known, item, f"{where}.{name}", nulls)


@cache
def load(name: str, version: str) -> Document:
    """The document of an API, as it ships with the client."""
    folder = files("googleapiclient.discovery_cache") / "documents"
    return Document(json.loads((folder / f"{name}.{version}.json").read_text("utf-8")))


def _calls(part: Mapping[str, Any], service: str) -> Iterator[Call]:
    for method in part.get("methods", {}).values():
        path = re.escape(service) + re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(method["path"]))
        yield Call(
            method["id"],
            method["httpMethod"],
            re.compile(path),
            method.get("parameters", {}),
            method.get("request", {}).get("$ref"),
            method.get("response", {}).get("$ref"),
            frozenset(method.get("scopes", ())),
        )
    for resource in part.get("resources", {}).values():
        yield from _calls(resource, service)


def _parameter(rule: Mapping[str, Any], text: str) -> Iterator[str]:
    """What is wrong with one value of a parameter, which is always a text."""
    kind = rule.get("type", "string")
    if kind == "boolean" and text not in ("true", "false"):
        yield "neither true nor false"
    elif kind == "integer":
        if not re.fullmatch(r"-?\d{1,10}", text):
            yield "no whole number"
        else:
            yield from _scalar(rule, int(text))
    elif kind == "string":
        yield from _scalar(rule, text)


def _scalar(rule: Mapping[str, Any], value: Any) -> Iterator[str]:
    pattern = FORMATS.get(rule.get("format", ""))
    if isinstance(value, str) and pattern is not None and not pattern.fullmatch(value):
        yield f"no {rule['format']}"
    if isinstance(value, str) and "pattern" in rule and not re.fullmatch(rule["pattern"], value):
        yield "not as it must look"
    if "enum" in rule and value not in rule["enum"]:
        yield "none of the values that it may have"
    if isinstance(value, int) and not isinstance(value, bool):
        if "minimum" in rule and value < int(rule["minimum"]):
            yield "too small"
        if "maximum" in rule and value > int(rule["maximum"]):
            yield "too large"
