"""What a provider can hold or do, as connectors declare it and the core takes it into account."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """What a connector's provider can hold or do. A field it can't carry is left alone, not cleared."""

    EVENTS = "events"
    TODOS = "todos"
    TIME_OF_DAY_TODOS = "to-dos with a time of day"
    NOTES = "notes"
    ALARMS = "alarms"
    CHOSEN_IDS = "ids that we choose"
    REUSED_IDS = "a deleted id can be used again"
    CONDITIONAL_WRITES = "conditional writes"
