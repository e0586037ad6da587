"""The fields of an item: who may change each, how a true conflict is settled, what it needs. As data.

Theory. A field that only one side changed since both last agreed is no conflict: the change goes to the other
side. Where both changed it to different things, the field's rule settles it (`merge`):

- *completion* beats content: what anybody did stands, whoever changed what else.
- *owner*: when and how belong to the bundle's owner, so their edit stands and the ledger's value gives way.
- *ledger*: what the household agreed on (outcome, owner, bundle, recurrence) is never taken from an app.

Whatever gives way is recorded, so that nothing that a person or the ledger wanted is lost without a trace.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from syncer.core.capabilities import Capability
from syncer.core.model import Kind


class Settle(StrEnum):
    """Whose value stands where both sides changed a field."""

    COMPLETION = "completion"
    OWNER = "owner"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of `Canon`, which holds the form in which it is compared.

    `written` is the field of `Item` that carries it to an app. `taken` says that a change in an app can come
    to the ledger. `needs` are what the provider must be able to hold, by kind of item; where it can't, the
    field is left alone.
    """

    name: str
    written: str
    settle: Settle
    taken: bool
    needs: Mapping[Kind, Capability | None]


def _both(needs: Capability | None = None) -> dict[Kind, Capability | None]:
    return dict.fromkeys(Kind, needs)


FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        # An event has no status for "done": the mark before its title says it, and wins as a status does.
        Field("status", "status", Settle.COMPLETION, True, _both()),
        Field("mark", "title", Settle.COMPLETION, True, _both()),
        Field("title", "title", Settle.OWNER, True, _both()),
        Field("when", "when", Settle.OWNER, True, _both()),
        # What the owner writes stays in their app: the ledger learns that the notes are theirs, not the text.
        Field("notes", "notes", Settle.OWNER, True, _both(Capability.NOTES)),
        # A recurrence that a person gave our item is read, to tell what they did; never taken over.
        Field("rule", "rule", Settle.LEDGER, False, _both()),
    )
}
"""All fields by name. Not among them: percent, which is only read, and alarms, written once, on creation."""


def carried(name: str, kind: Kind, lacks: frozenset[Capability]) -> bool:
    """Whether a provider that lacks these capabilities can hold a field."""
    return FIELDS[name].needs[kind] not in lacks
