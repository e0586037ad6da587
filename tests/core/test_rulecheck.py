"""Whether a rule ever names a day is asked in a like year; the answer must be that of its own year."""

from __future__ import annotations

import datetime as dt

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from syncer.core.rulecheck import refusal

RULES = [
    "FREQ=DAILY;INTERVAL=3;BYDAY=MO",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=31",
    "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
]


@given(st.sampled_from(RULES), st.dates(dt.date(2000, 1, 1), dt.date(2085, 12, 31)))
def test_the_first_day_is_that_of_the_rule_in_its_own_year(rule: str, start: dt.date) -> None:
    first = next(iter(rrulestr(rule, dtstart=dt.datetime.combine(start, dt.time())))).date()
    assert refusal(f"{rule};UNTIL={first:%Y%m%d}", start) is None
    day_before = first - dt.timedelta(days=1)
    assert refusal(f"{rule};UNTIL={day_before:%Y%m%d}", start) == "its UNTIL comes before its first day"


@pytest.mark.parametrize(("year", "taken"), [(2026, False), (2027, False), (2028, True), (2030, False)])
def test_a_phase_that_meets_no_leap_year_is_refused(year: int, taken: bool) -> None:
    rule = "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29"
    assert (refusal(rule, dt.date(year, 1, 1)) is None) is taken


def test_any_day_may_be_the_start() -> None:
    for start in (dt.date.min, dt.date(2028, 2, 29), dt.date(2100, 2, 28), dt.date.max):
        assert refusal("FREQ=DAILY", start) is None
