"""The tables of a bundle file as written: their keys and what each may hold.

What they mean together, and what the catalogue adds, is `bundlefile`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from syncer.config.tables import SLUG, WallTime
from syncer.core.model import OUTCOME_LENGTH, BundleState, Category, Missed, Stage
from syncer.core.ticks import begins_ticked

MINUTES = "a whole number of minutes, 0 to 1440"
_IN_DAYS = re.compile(r"^in (\d{1,3}) days?$")
YEARS = range(2000, 2201)
"""The years a day may be in: from a far one, each pass would walk through centuries of occurrences."""
_DAYS = 'a date, as in 2026-12-01, or a time from the import, as in "in 3 days"'


def _day(value: object) -> dt.date | dt.timedelta:
    """A date, or how long after the day of the import."""
    if isinstance(value, str) and (ahead := _IN_DAYS.match(value)):
        return dt.timedelta(days=int(ahead[1]))
    day = written_day(value)
    if day is None:
        raise ValueError(_DAYS)
    if day.year not in YEARS:
        raise ValueError(f"a date in the years {YEARS[0]} to {YEARS[-1]}")
    return day


def written_day(value: object) -> dt.date | None:
    """A date of TOML's own or in quotes, whatever its year; None for everything else."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    try:
        return dt.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _unticked(title: str) -> str:
    if begins_ticked(title):
        raise ValueError(
            "a title without a mark for done in front (✓ ✔ [x] x done:), which would count as one"
        )
    return title


Line = Annotated[
    str, Field(min_length=1, pattern=r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f])?$")
]
Title = Annotated[Line, Field(max_length=100), AfterValidator(_unticked)]
Id = Annotated[str, Field(pattern=SLUG, max_length=40)]
Day = Annotated[dt.date | dt.timedelta, BeforeValidator(_day)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=1440)]
_ID = "lower-case letters, digits and dashes, at most 40, as in bins"
_TITLE = "one line of 1 to 100 characters"
_FROM = "the id of a catalogue row, as in HL09"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EffortTable(_Table):
    """`minutes` by stage."""

    notice: Minutes = Field(default=0, description=MINUTES)
    plan: Minutes = Field(default=0, description=MINUTES)
    do: Minutes = Field(default=0, description=MINUTES)
    watch: Minutes = Field(default=0, description=MINUTES)


class TaskTable(_Table):
    """`[[bundle.task]]`."""

    id: Id = Field(description=_ID)
    from_: str | None = Field(default=None, alias="from", description=_FROM)
    title: Title | None = Field(default=None, description=_TITLE)
    stage: Stage = Field(description="one of notice, plan, do, watch")
    minutes: EffortTable | None = Field(
        default=None, description=f"{MINUTES}, or a table as in {{ notice = 3, do = 10 }}"
    )
    repeat: str | None = Field(default=None, description="a recurrence rule, as in FREQ=WEEKLY;BYDAY=TU")
    after_done: int | None = Field(
        default=None, strict=True, ge=1, le=3660, description="a whole number of days, 1 to 3660"
    )
    once: Day | None = Field(default=None, description=_DAYS)
    start: Day | None = Field(default=None, description=_DAYS)
    at: WallTime | None = Field(default=None, description='a time of day in quotes, as in "18:30"')
    duration: int | None = Field(
        default=None, strict=True, ge=1, le=1440, description="a whole number of minutes, 1 to 1440"
    )
    missed: Missed | None = Field(default=None, description="one of lapse, stay")

    @model_validator(mode="before")
    @classmethod
    def _own_stage(cls, value: object) -> object:
        """A bare number of minutes is that of the task's own stage."""
        if not isinstance(value, dict) or not isinstance(value.get("minutes"), int | float):
            return value
        stage = value.get("stage")
        return {**value, "minutes": {stage if stage in tuple(Stage) else Stage.DO: value["minutes"]}}


class BundleTable(_Table):
    """`[[bundle]]`, without its tasks."""

    id: Id = Field(description=_ID)
    from_: str | None = Field(default=None, alias="from", description=_FROM)
    title: Title = Field(description=_TITLE)
    category: Category | None = Field(default=None, description="one of " + ", ".join(Category))
    outcome: Annotated[Line, Field(max_length=OUTCOME_LENGTH)] | None = Field(
        default=None, description=f"one line of 1 to {OUTCOME_LENGTH} characters"
    )
    owner: str = Field(description="the name of a partner")
    weight: int | None = Field(default=None, strict=True, ge=1, le=5, description="a whole number, 1 to 5")
    unpredictability: int | None = Field(default=None, strict=True, ge=0, le=2, description="0, 1 or 2")
    deadline: int | None = Field(default=None, strict=True, ge=0, le=2, description="0, 1 or 2")
    state: BundleState = Field(default=BundleState.ACTIVE, description="one of " + ", ".join(BundleState))
