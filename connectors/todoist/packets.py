"""What goes into one sync request: steps with their commands, up to Todoist's limits. Pure."""

from __future__ import annotations

import json
from urllib.parse import quote_plus

from connectors.todoist.commands import Command
from connectors.todoist.limits import LARGEST_REQUEST, MOST_COMMANDS
from connectors.todoist.steps import Step


class Packet:
    """The steps of one request. `sections` are those that it makes, by name; each is made once."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.commands: list[Command] = []
        self.sections: dict[str, Command] = {}
        self._size = 0

    def fits(self, step: Step) -> bool:
        """Whether a step goes in as well; the first always does."""
        added = self._added(step)
        size = self._size + sum(map(_size, added))
        return not self.commands or (
            len(self.commands) + len(added) <= MOST_COMMANDS and size <= LARGEST_REQUEST
        )

    def add(self, step: Step) -> None:
        """Put a step in."""
        added = self._added(step)
        if step.section is not None:
            self.sections.setdefault(step.section.args["name"], step.section)
        self.commands += added
        self.steps.append(step)
        self._size += sum(map(_size, added))

    def _added(self, step: Step) -> list[Command]:
        new = step.section is not None and step.section.args["name"] not in self.sections
        return [*([step.section] if step.section is not None and new else []), *step.commands]


def _size(command: Command) -> int:
    """Bytes of a command in the body of a form."""
    return len(quote_plus(json.dumps(command.data()))) + 3
