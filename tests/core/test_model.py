"""Values, and the JSON shapes in which they rest: each shape has an inverse."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncer.core.model import (
    AfterDone,
    Bundle,
    BundleState,
    Category,
    Day,
    Effort,
    Missed,
    Once,
    Rule,
    Slot,
    Stage,
    Task,
    day_of,
)
from syncer.core.shapes import (
    bundle_from_data,
    bundle_to_data,
    task_from_data,
    task_to_data,
    when_from_data,
    when_to_data,
)
from tests.core.scenes import AUCKLAND, BERLIN, NOON, a_task, timed

MINUTES = st.integers(0, 1440)
REPEATS = st.one_of(st.builds(Rule, st.text()), st.builds(AfterDone, st.integers(1, 999)), st.builds(Once))
TASKS = st.builds(
    Task,
    st.just("bins.out"),
    st.just("bins"),
    st.text(),
    st.sampled_from(Stage),
    st.builds(Effort, MINUTES, MINUTES, MINUTES, MINUTES),
    REPEATS,
    st.dates(),
    st.none() | st.times(),
    MINUTES,
    st.sampled_from(Missed),
    st.booleans(),
)
BUNDLES = st.builds(
    Bundle,
    st.just("bins"),
    st.text(),
    st.sampled_from(Category),
    st.text(),
    st.text(),
    st.integers(1, 5),
    st.integers(0, 2),
    st.integers(0, 2),
    st.sampled_from(BundleState),
)
WHENS = st.one_of(
    st.none(),
    st.builds(Day, st.dates()),
    st.builds(
        Slot,
        st.datetimes(dt.datetime(1980, 1, 1), dt.datetime(2080, 1, 1), timezones=st.just(dt.UTC)),
        MINUTES,
    ),
)


@settings(max_examples=50)
@given(TASKS, BUNDLES)
def test_tasks_and_bundles_survive_json(task: Task, bundle: Bundle) -> None:
    assert task_from_data(task.id, json.loads(json.dumps(task_to_data(task)))) == task
    assert bundle_from_data(bundle.id, json.loads(json.dumps(bundle_to_data(bundle)))) == bundle


@given(WHENS)
def test_moments_survive_json(when: Day | Slot | None) -> None:
    assert when_from_data(json.loads(json.dumps(when_to_data(when))), dt.UTC) == when


def test_a_moment_is_stored_in_utc_with_its_zones_name() -> None:
    slot = Slot(dt.datetime(2026, 11, 24, 19, tzinfo=BERLIN), 15)
    data = when_to_data(slot)
    assert data == {"start": "2026-11-24T18:00:00+00:00", "minutes": 15, "zone": "Europe/Berlin"}
    there = when_from_data(data, AUCKLAND)
    assert isinstance(there, Slot)
    assert there.start.isoformat() == "2026-11-25T07:00:00+13:00"


def test_the_local_day_of_a_moment_depends_on_where_one_is() -> None:
    evening = Slot(NOON.replace(hour=20))
    assert day_of(evening, BERLIN) == dt.date(2026, 11, 23)
    assert day_of(evening, AUCKLAND) == dt.date(2026, 11, 24)
    assert day_of(Day(dt.date(2026, 11, 23)), AUCKLAND) == dt.date(2026, 11, 23)


def test_midnight_is_a_time_of_day() -> None:
    assert timed(at=dt.time(0)).timed
    assert not a_task().timed
    assert task_from_data("bins.out", task_to_data(timed(at=dt.time(0)))).timed


def test_thinking_is_everything_but_doing() -> None:
    assert Effort(1, 2, 40, 8).thinking == 11


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        a_task().title = "x"  # type: ignore[misc]  # it is frozen
