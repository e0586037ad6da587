"""Due dates there and back, in all their shapes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.todoist import dues
from syncer.core.model import Day, Slot, When
from syncer.core.rulecheck import refusal
from syncer.testing.builders import BERLIN, NEW_YORK, TIMES

KIRITIMATI = ZoneInfo("Pacific/Kiritimati")


def moment(when: When | None) -> object:
    return when.start.astimezone(dt.UTC) if isinstance(when, Slot) else when


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK, KIRITIMATI, dt.UTC])
def test_every_time_comes_back_wherever_its_owner_is(name: str, zone: dt.tzinfo) -> None:
    due = dues.encode(TIMES[name], None, zone)
    assert moment(dues.decode(due, zone)) == moment(TIMES[name])


@pytest.mark.parametrize("name", TIMES)
def test_every_time_can_be_written_over_one_that_floats(name: str) -> None:
    due = dues.encode(TIMES[name], {"date": "2026-11-24T08:00:00"}, BERLIN)
    assert due is not None and moment(dues.decode(due, BERLIN)) == moment(TIMES[name])
    floats = len(due["date"]) > 10 and not due["date"].endswith("Z")
    # The second 02:30 of the autumn has no floating form: it would be the first.
    assert floats == (isinstance(TIMES[name], Slot) and name != "the second 02:30 of the autumn overlap")


@pytest.mark.parametrize(
    ("due", "when"),
    [
        (None, None),
        ({"date": "2026-11-24"}, Day(dt.date(2026, 11, 24))),
        ({"date": "2026-11-24T18:30:00"}, Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN))),
        ({"date": "2026-11-24T18:30:00.000000"}, Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN))),
        (
            {"date": "2026-11-24T17:30:00.000000Z", "timezone": "Europe/Berlin"},
            Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN)),
        ),
        (
            {"date": "2026-11-24T23:30:00Z", "timezone": "America/New_York"},
            Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=NEW_YORK)),
        ),
        (
            {"date": "2026-11-24T17:30:00Z", "timezone": "GMT +5:45"},
            Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN)),
        ),
        (
            {"date": "2026-11-24T17:30:00Z", "timezone": None},
            Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN)),
        ),
    ],
)
def test_what_each_shape_means(due: Any, when: When | None) -> None:
    assert moment(dues.decode(due, BERLIN)) == moment(when)


def test_a_floating_time_in_a_gap_is_a_time_that_exists() -> None:
    when = dues.decode({"date": "2026-03-29T02:30:00"}, BERLIN)
    assert isinstance(when, Slot) and when.start.isoformat() == "2026-03-29T03:30:00+02:00"


@pytest.mark.parametrize(
    "due",
    [
        "2026-11-24",
        {},
        {"date": None},
        {"date": 20261124},
        {"date": "soon"},
        {"date": "2026-13-01"},
        {"date": "2026-11-24T25:00:00"},
        {"date": "2026-11-24T17:30:00+01:00"},
        {"date": "x" * 1_000_000},
        {"date": "9999-12-31T23:30:00Z", "timezone": "Europe/Berlin"},
        {"date": "0001-01-01T00:00:00", "timezone": None},
    ],
)
def test_what_is_no_due_date_is_odd(due: Any) -> None:
    with pytest.raises(dues.Odd):
        dues.decode(due, BERLIN)


def test_a_recurrence_is_never_one_that_could_be_inferred_to_have_moved_on() -> None:
    """Whether it was completed or dragged, only the history knows."""
    for text in ("every day", "FREQ=DAILY", "RRULE:FREQ=DAILY", "", "x" * 500):
        rule = dues.rule({"date": "2026-11-24", "string": text, "is_recurring": True})
        assert rule and len(rule) <= dues.LONGEST_TEXT
        assert refusal(rule, dt.date(2026, 11, 24)) is not None
    assert dues.rule({"date": "2026-11-24", "string": "tomorrow", "is_recurring": False}) == ""
