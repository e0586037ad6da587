"""A connector's settings from what a person gave and answers; which are asked for is the schema's affair."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import ValidationError

from syncer.connector import Connector, Settings
from syncer.onboarding.errors import NotConnected
from syncer.problems import Problem, explain


def settle(
    kind_of: type[Connector], given: Mapping[str, str], ask: Callable[[str, Problem], str]
) -> Settings:
    """The connector's settings: what was given, and what `ask` (by key, with what is wrong) answers.

    Asked is for what the schema misses or refuses, until it is content. Raises NotConnected where a mistake
    is not about one key that can be asked for.
    """
    values: dict[str, str] = dict(given)
    fields = kind_of.settings.model_fields
    while True:
        try:
            return kind_of.settings.model_validate(values)
        except ValidationError as error:
            problem = explain(error, kind_of.settings)[0]
        # A check of the whole table begins its sentence with the key that it is about.
        key = problem.place or problem.allowed.partition(" ")[0]
        if key not in fields or (key in given and values[key] == given[key]):
            raise NotConnected(f"the setting {problem}")
        values[key] = ask(key, problem)
