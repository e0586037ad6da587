"""Expansion of rules against a brute-force walk, refusals, and wall times in zones that jump."""

from __future__ import annotations

import datetime as dt
import time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from syncer.bundles.catalogue import load
from syncer.core.model import AfterDone, Once, Rule
from syncer.core.recurrence import MOST, _phase, following, occurrences, slot
from syncer.core.rulecheck import refusal
from tests.core.scenes import MONDAY, a_task

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def days(rule: str, start: dt.date = MONDAY, after: dt.date | None = None, most: int = 10) -> list[str]:
    """The first days of a rule."""
    task = a_task(repeat=Rule(rule), start=start)
    return [o.day.isoformat() for o in islice(occurrences(task, after), most)]


@pytest.mark.parametrize("rule", sorted({row.rrule for row in load().values()}))
def test_every_rule_of_the_catalogue_expands(rule: str) -> None:
    assert refusal(rule, MONDAY) is None
    found = [dt.date.fromisoformat(day) for day in days(rule)]
    assert len(found) == 10
    assert found == sorted(set(found))
    assert found[0] >= MONDAY
    assert days(rule, after=found[4])[:5] == [day.isoformat() for day in found[5:]]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY", ["2026-11-23", "2026-11-24", "2026-11-25"]),
        ("FREQ=WEEKLY", ["2026-11-23", "2026-11-30", "2026-12-07"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", ["2026-11-25", "2026-12-09", "2026-12-23"]),
        ("FREQ=MONTHLY;BYDAY=1SA", ["2026-12-05", "2027-01-02", "2027-02-06"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["2026-12-31", "2027-01-31", "2027-03-31"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29", "2032-02-29", "2036-02-29"]),
        ("FREQ=WEEKLY;COUNT=2", ["2026-11-23", "2026-11-30"]),
        ("FREQ=WEEKLY;UNTIL=20261130", ["2026-11-23", "2026-11-30"]),
        ("FREQ=WEEKLY;UNTIL=20261130T225959Z", ["2026-11-23", "2026-11-30"]),
        ("freq=weekly;until=20261130t000000z", ["2026-11-23", "2026-11-30"]),
    ],
)
def test_the_days_of_a_rule(rule: str, expected: list[str]) -> None:
    assert days(rule, most=3) == expected


def test_a_key_is_the_day_and_the_same_however_it_is_reached() -> None:
    task = a_task()
    first, second = islice(occurrences(task), 2)
    assert (first.key, first.day) == ("2026-11-25", dt.date(2026, 11, 25))
    assert next(occurrences(task, first.day)) == second
    assert next(occurrences(task, dt.date(1990, 1, 1))) == first


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules of all frequencies with the parts that they may have."""
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    parts = [f"FREQ={frequency}"]
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 6))}")
    if draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True))
        parts.append("BYDAY=" + ",".join(chosen))
        if draw(st.booleans()):
            parts.append(f"BYSETPOS={draw(st.sampled_from((1, 2, -1)))}")
    if frequency != "WEEKLY" and draw(st.integers(0, 3)) == 0:
        parts.append(f"BYMONTHDAY={draw(st.sampled_from((1, 15, 29, 31, -1)))}")
    if draw(st.integers(0, 3)) == 0:
        parts.append(f"BYMONTH={draw(st.integers(1, 12))}")
    if draw(st.integers(0, 3)) == 0:
        parts.append("WKST=SU")
    end = draw(st.integers(0, 3))
    if end == 0:
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    elif end == 1:
        parts.append(f"UNTIL={draw(st.dates(dt.date(2021, 1, 1), dt.date(2029, 1, 1))):%Y%m%d}")
    return ";".join(parts)


@settings(max_examples=60, deadline=None)
@given(rules(), st.dates(dt.date(2019, 1, 1), dt.date(2026, 1, 1)), st.integers(-30, 2500))
@example("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1", dt.date(2024, 1, 3), 30)
@example("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;WKST=SU", dt.date(2024, 1, 6), 31)
@example("FREQ=DAILY;INTERVAL=3;COUNT=10", dt.date(2024, 1, 1), 20)
def test_expanding_after_a_late_day_equals_walking_from_the_start(
    rule: str, start: dt.date, late: int
) -> None:
    assume(refusal(rule, start) is None)
    after = start + dt.timedelta(days=late)
    until = max(after, start) + dt.timedelta(days=800)
    walked = rrulestr(rule, dtstart=dt.datetime.combine(start, dt.time()))
    brute = walked.between(dt.datetime.combine(after, dt.time()), dt.datetime.combine(until, dt.time()))
    found = [o.day for o in occurrences(a_task(repeat=Rule(rule), start=start), after) if o.day < until]
    assert found[:50] == [moment.date() for moment in brute[:50]]


def test_years_of_daily_days_are_not_walked_again() -> None:
    start, after = dt.date(1950, 1, 1), dt.date(2026, 11, 23)
    assert _phase("FREQ=DAILY", start, after) == after - dt.timedelta(days=1)
    assert after - _phase("FREQ=WEEKLY;INTERVAL=3", start, after) < dt.timedelta(days=42)
    assert _phase("FREQ=DAILY;COUNT=9", start, after) == start  # a count is counted from the first


def test_one_expansion_yields_a_thousand_at_most() -> None:
    assert len(list(occurrences(a_task(repeat=Rule("FREQ=DAILY"))))) == MOST == 1000


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=MINUTELY",
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;BYMINUTE=30",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=2;UNTIL=20271231",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31;BYMONTH=4",
        "FREQ=WEEKLY;UNTIL=20200101",
        "FREQ=WEEKLY\nDTSTART:20200101T000000",
        "FREQ=WEEKLY\rRRULE:FREQ=SECONDLY",
        "DTSTART:20200101T000000\nRRULE:FREQ=WEEKLY",
        "FREQ=WEEKLY;DTSTART=20200101",
        "FREQ=WEEKLY;FREQ=SECONDLY",
        "EXDATE=20261124;FREQ=DAILY",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=FORTNIGHTLY",
        "weekly",
        "",
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_soon_and_in_words(rule: str) -> None:
    began = time.process_time()
    said = refusal(rule, MONDAY)
    assert said is not None
    assert said.startswith("it")
    assert time.process_time() - began < 0.5  # unbounded, the search to the year 9999 takes seconds


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY;UNTIL=20271231T235959Z", "FREQ=WEEKLY;COUNT=1", "freq=weekly;byday=tu"]
)
def test_a_rule_that_makes_sense_is_taken(rule: str) -> None:
    assert refusal(rule, MONDAY) is None


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30"),  # gap: 03:30 on the clock
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # overlap: the first
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45"),  # half an hour
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("Pacific/Apia", "2011-12-30", "19:00", "2011-12-31T05:00"),  # a day that never was
        ("Europe/Berlin", "2026-11-24", "19:00", "2026-11-24T18:00"),
    ],
)
def test_a_wall_time_in_a_gap_or_an_overlap(zone: str, day: str, at: str, utc: str) -> None:
    found = slot(dt.date.fromisoformat(day), dt.time.fromisoformat(at), 15, ZoneInfo(zone))
    # Python holds a moment in an overlap unequal to any in another zone: compare in one.
    assert found.start.astimezone(dt.UTC) == dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    assert found.minutes == 15


@settings(max_examples=100, deadline=None)
@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2037, 1, 1)),
    st.times(),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
def test_a_slot_is_a_time_that_exists_there(day: dt.date, at: dt.time, name: str) -> None:
    zone = ZoneInfo(name)
    start = slot(day, at, 0, zone).start
    again = start.astimezone(dt.UTC).astimezone(zone)
    assert (again.replace(tzinfo=None), again.fold) == (start.replace(tzinfo=None), start.fold)
    assert (
        dt.timedelta(0) <= start.replace(tzinfo=None) - dt.datetime.combine(day, at) <= dt.timedelta(days=1)
    )


def test_once_happens_once() -> None:
    task = a_task(repeat=Once())
    assert [o.key for o in occurrences(task)] == ["2026-11-23"]
    assert list(occurrences(task, MONDAY)) == []


def test_what_counts_from_completion_has_no_calendar_of_its_own() -> None:
    assert list(occurrences(a_task(repeat=AfterDone(7)))) == []


@given(st.lists(st.integers(0, 90), min_size=1, max_size=20), st.integers(1, 400))
def test_a_sequence_that_counts_from_completion(lateness: list[int], interval: int) -> None:
    task = a_task(repeat=AfterDone(interval))
    key: str | None = None
    done: dt.date | None = None
    keys = []
    for late in lateness:
        following_one = following(task, key, done)
        assert following_one.day == (task.start if done is None else done + dt.timedelta(days=interval))
        assert following(task, key, done) == following_one
        key, done = following_one.key, following_one.day + dt.timedelta(days=late)
        keys.append(key)
    assert keys == sorted(set(keys))
    assert keys[0] == "n000001"


def test_a_task_that_had_a_rule_before_counts_from_its_last_completion() -> None:
    task = a_task(repeat=AfterDone(10))
    found = following(task, "2026-11-18", dt.date(2026, 11, 20))
    assert (found.key, found.day) == ("n000001", dt.date(2026, 11, 30))
