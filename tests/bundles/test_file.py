"""A bundle file becomes bundles and tasks, all its mistakes are told at once, and `dump` loses nothing."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncer.bundles.file import BundleFileError, BundleSpec, dump, load
from syncer.core.identity import Identity, read_uid
from syncer.core.model import (
    AfterDone,
    Bundle,
    BundleState,
    Category,
    Effort,
    Missed,
    Once,
    Partner,
    Repeat,
    Rule,
    Stage,
    Task,
)
from syncer.core.ticks import begins_ticked
from syncer.resources import path

TODAY = dt.date(2026, 11, 23)
BERLIN = ZoneInfo("Europe/Berlin")
PARTNERS = {"ada": Partner("ada", "Ada", BERLIN), "ben": Partner("ben", "Ben", BERLIN)}
BUNDLE = """
[[bundle]]
id = "bins"
title = "Bins"
category = "household logistics"
outcome = "Right bin, right day"
owner = "Ada"
"""
TASK = """
[[bundle.task]]
id = "out"
title = "Take out the bins"
stage = "do"
minutes = 10
repeat = "FREQ=WEEKLY;BYDAY=TU"
"""


def one(text: str) -> BundleSpec:
    (spec,) = load(text, PARTNERS, TODAY)
    return spec


def mistakes(text: str) -> list[str]:
    with pytest.raises(BundleFileError) as told:
        load(text, PARTNERS, TODAY)
    return str(told.value).splitlines()


def edited(old: str, new: str) -> str:
    """The good file with one line of it changed; the line must be there."""
    assert old in BUNDLE + TASK
    return (BUNDLE + TASK).replace(old, new, 1)


def test_what_is_written_is_what_comes_out() -> None:
    timed = 'start = 2026-12-01\nat = "18:30"\nduration = 15\nmissed = "stay"\n'
    spec = one(
        BUNDLE.replace('"Ada"', '"ben"') + "weight = 3\ndeadline = 2\nstate = 'paused'\n" + TASK + timed
    )
    assert spec.bundle == Bundle(
        id="bins",
        title="Bins",
        category=Category.HOUSEHOLD_LOGISTICS,
        outcome="Right bin, right day",
        owner="ben",
        weight=3,
        unpredictability=0,
        deadline=2,
        state=BundleState.PAUSED,
    )
    assert spec.tasks == (
        Task(
            id="bins.out",
            bundle="bins",
            title="Take out the bins",
            stage=Stage.DO,
            effort=Effort(do=10),
            repeat=Rule("FREQ=WEEKLY;BYDAY=TU"),
            start=dt.date(2026, 12, 1),
            at=dt.time(18, 30),
            duration=15,
            missed=Missed.STAY,
        ),
    )


@pytest.mark.parametrize(
    ("line", "repeat", "start", "missed"),
    [
        ('repeat = "FREQ=DAILY"', Rule("FREQ=DAILY"), TODAY, Missed.LAPSE),
        ("after_done = 7", AfterDone(7), TODAY, Missed.STAY),
        ("once = 2026-12-01", Once(), dt.date(2026, 12, 1), Missed.STAY),
        ('once = "2026-12-01"', Once(), dt.date(2026, 12, 1), Missed.STAY),
        ('once = "in 3 days"', Once(), dt.date(2026, 11, 26), Missed.STAY),
        ('after_done = 7\nstart = "in 1 day"', AfterDone(7), dt.date(2026, 11, 24), Missed.STAY),
        ('repeat = "FREQ=DAILY"\nmissed = "stay"', Rule("FREQ=DAILY"), TODAY, Missed.STAY),
    ],
)
def test_when_a_task_happens(line: str, repeat: Repeat, start: dt.date, missed: Missed) -> None:
    (task,) = one(edited('repeat = "FREQ=WEEKLY;BYDAY=TU"', line)).tasks
    assert (task.repeat, task.start, task.missed, task.at) == (repeat, start, missed, None)


@pytest.mark.parametrize(
    ("lines", "effort"),
    [
        ("minutes = 0", Effort()),
        ("minutes = { notice = 3, plan = 2, do = 10 }", Effort(notice=3, plan=2, do=10)),
        ('minutes = 4\nfrom = "HL01"', Effort(do=4)),
        ('from = "HL01"', Effort(do=75)),
    ],
)
def test_how_long_a_task_takes(lines: str, effort: Effort) -> None:
    (task,) = one(edited("minutes = 10", lines)).tasks
    assert task.effort == effort


def test_a_catalogue_row_gives_what_is_left_out() -> None:
    text = '[[bundle]]\nid = "a"\nfrom = "HL05"\ntitle = "Clothes"\nowner = "Ben"\nweight = 1\n'
    spec = one(text + '[[bundle.task]]\nid = "t"\nfrom = "HL01"\nstage = "plan"\n')
    outcome = "Everyone has clean clothes for the next two days"
    category = Category.HOUSEHOLD_LOGISTICS
    assert spec.bundle == Bundle("a", "Clothes", category, outcome, "ben", 1, 1, 1)
    (task,) = spec.tasks
    assert task.title == "Keep food in the house: meals decided, list made, shop done"
    assert (task.effort, task.repeat) == (Effort(plan=30), Rule("FREQ=WEEKLY;BYDAY=SA"))


def test_reading_a_file_again_moves_no_task() -> None:
    text = BUNDLE + TASK + TASK.replace('"out"', '"two"') + "start = 2026-11-30\n"
    later = dt.date(2027, 3, 1)
    (spec,) = load(text, PARTNERS, later, starts={"bins.out": TODAY, "bins.two": TODAY})
    assert [task.start for task in spec.tasks] == [TODAY, dt.date(2026, 11, 30)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('id = "bins"', 'id = "Bins!"', 'bundle[0].id (bundle["Bins!"]): found "Bins!"'),
        (
            '"household logistics"',
            '"chores"',
            'category (bundle["bins"]): found "chores"; allowed: one of household',
        ),
        ('"Right bin, right day"', f'"{"o" * 141}"', "one line of 1 to 140 characters"),
        ('"Right bin, right day"', '"two\\nlines"', "one line of 1 to 140 characters"),
        (
            'owner = "Ada"',
            'owner = "Adda"',
            'found "Adda", did you mean "Ada"?; allowed: the name of a partner',
        ),
        ('owner = "Ada"', "", "bundle[0].owner"),
        ('owner = "Ada"', 'owner = "Ada"\nweight = 6', "found 6; allowed: a whole number, 1 to 5"),
        ('owner = "Ada"', 'owner = "Ada"\nweight = "3"', "a whole number, 1 to 5"),
        ('owner = "Ada"', 'owner = "Ada"\nunpredictability = 3', "0, 1 or 2"),
        ('owner = "Ada"', 'owner = "Ada"\ndeadline = -1', "0, 1 or 2"),
        ('owner = "Ada"', 'owner = "Ada"\nwieght = 1', 'the unknown key "wieght", did you mean "weight"?'),
        ('owner = "Ada"', 'owner = "Ada"\nfrom = "XX1"', "the id of a catalogue row"),
        ('category = "household logistics"', "", "the bundle's category, or `from`"),
        ('outcome = "Right bin, right day"', "", "the bundle's outcome, or `from`"),
        ("[[bundle.task]]", "[[bundle.tasks]]", 'did you mean "task"?'),
        ('id = "out"', 'id = "a.b"', "bundle[0].task[0].id"),
        ('title = "Take out the bins"', "", "the task's title, or `from`"),
        ('stage = "do"', 'stage = "doo"', "one of notice, plan, do, watch"),
        ('stage = "do"', "", "bundle[0].task[0].stage"),
        ("minutes = 10", "minutes = -1", "a whole number of minutes, 0 to 1440"),
        ("minutes = 10", "minutes = 1.5", "a whole number of minutes, 0 to 1440"),
        ("minutes = 10", "minutes = true", "a whole number of minutes, 0 to 1440"),
        ("minutes = 10", 'minutes = "ten"', "a whole number of minutes, 0 to 1440"),
        ("minutes = 10", "minutes = { doo = 1 }", 'did you mean "do"?'),
        ("minutes = 10", "", "a whole number of minutes, 0 to 1440"),
        ("minutes = 10", "minutes = 10\nafter_done = 3", "exactly one of repeat, after_done and once"),
        ('repeat = "FREQ=WEEKLY;BYDAY=TU"', "", "exactly one of repeat, after_done and once"),
        ('repeat = "FREQ=WEEKLY;BYDAY=TU"', "after_done = 0", "a whole number of days, 1 to 3660"),
        ('repeat = "FREQ=WEEKLY;BYDAY=TU"', "once = 2026-12-01T10:00:00", "a date, as in 2026-12-01"),
        ('repeat = "FREQ=WEEKLY;BYDAY=TU"', 'once = "tomorrow"', "a date, as in 2026-12-01"),
        ('repeat = "FREQ=WEEKLY;BYDAY=TU"', "once = 20261201", "a date, as in 2026-12-01"),
        (
            'repeat = "FREQ=WEEKLY;BYDAY=TU"',
            "once = 2026-12-01\nstart = 2026-12-01",
            "no start: once is the day",
        ),
        ("minutes = 10", 'minutes = 10\nat = "18:30"', "at and duration together"),
        ("minutes = 10", "minutes = 10\nduration = 30", "at and duration together"),
        ("minutes = 10", 'minutes = 10\nat = "6pm"\nduration = 5', "a time of day in quotes"),
        ("minutes = 10", 'minutes = 10\nat = "18:00"\nduration = 0', "a whole number of minutes, 1 to 1440"),
        ("minutes = 10", 'minutes = 10\nmissed = "drop"', "one of lapse, stay"),
    ],
)
def test_a_mistake_is_told_with_its_key(old: str, new: str, line: str) -> None:
    found = mistakes(edited(old, new))
    assert any(line in text for text in found), found


@pytest.mark.parametrize("key", ["once", "start"])
@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", '"1999-12-31"', "2201-01-01", "9999-12-31"])
def test_a_day_in_a_far_year_is_refused_soon(key: str, day: str) -> None:
    rule = 'repeat = "FREQ=WEEKLY;BYDAY=TU"'
    begun = time.process_time()
    (line,) = mistakes(edited(rule, f"{key} = {day}" if key == "once" else f"{rule}\n{key} = {day}"))
    assert time.process_time() - begun < 0.15
    assert line.startswith(f'bundle[0].task[0].{key} (bundle["bins"]): found "')
    assert line.endswith("allowed: a date in the years 2000 to 2200")


@pytest.mark.parametrize("day", [dt.date(2000, 1, 1), dt.date(2200, 12, 31)])
def test_the_first_and_the_last_day_are_taken(day: dt.date) -> None:
    for line in (f"once = {day}", f"after_done = 7\nstart = {day}"):
        assert one(edited('repeat = "FREQ=WEEKLY;BYDAY=TU"', line)).tasks[0].start == day


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("x" + ".x" * 5000 + " = 1", "nested too deeply"),
        ("x = " + "9" * 5000, "a number with too many digits"),
        (edited("minutes = 10", "minutes = 0x" + "f" * 5000), "a number with too many digits"),
    ],
)
def test_an_extreme_file_is_one_ordinary_mistake(text: str, told: str) -> None:
    (line,) = mistakes(text)
    assert line.startswith(f"found no usable TOML: {told}; allowed: TOML, as ")


@pytest.mark.parametrize(
    "title", ["✓ Bins", "✔ Bins", "[x] Bins", "x Bins", "X Bins", "done: Bins", "Done : Bins"]
)
def test_a_title_that_would_count_as_ticked_is_refused(title: str) -> None:
    (line,) = mistakes(edited("Take out the bins", title))
    assert "without a mark for done" in line
    assert one(edited("Take out the bins", "x-ray the bins")).tasks[0].title == "x-ray the bins"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY",
        "FREQ=SECONDLY;COUNT=3",
        "FREQ=FORTNIGHTLY",
        "WEEKLY",
        "",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=99999999999",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;BYEASTER=400",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "DTSTART:20260101\\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY",
        "FREQ=DAILY;DTSTART=20260101",
        # These name no day at all: dateutil alone would look until the year 9999.
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=3",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
        "FREQ=YEARLY;BYWEEKNO=1;BYMONTH=6",
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=DAILY;UNTIL=20261122",
        "FREQ=DAILY;UNTIL=20261399",
        "FREQ=DAILY;UNTIL=soon",
    ],
)
def test_a_rule_that_is_none_or_never_happens_is_refused_soon(rule: str) -> None:
    begun = time.process_time()
    (line,) = mistakes(edited("FREQ=WEEKLY;BYDAY=TU", rule))
    # The whole reading; a rule that dateutil searches for to the end takes 200 ms to 5 s.
    assert time.process_time() - begun < 0.15
    assert line.startswith('bundle[0].task[0].repeat (bundle["bins"]): found ')


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SA;COUNT=5",
        "FREQ=MONTHLY;BYMONTHDAY=1;UNTIL=20270101T000000Z",
        "freq=weekly;byday=tu",
    ],
)
def test_other_rules_are_taken_as_written(rule: str) -> None:
    assert one(edited("FREQ=WEEKLY;BYDAY=TU", rule)).tasks[0].repeat == Rule(rule)


def test_all_mistakes_are_told_at_once_each_where_it_stands() -> None:
    second = TASK.replace("FREQ=WEEKLY", "FREQ=HOURLY") + 'at = "18:30"\n'
    third = BUNDLE.replace("Ada", "Eve").replace("Bins", "✓ Bins") + TASK.replace("10", "9999")
    places = [line.partition(" (")[0] for line in mistakes("rhythm = 3\n" + BUNDLE + TASK + second + third)]
    assert sorted(places) == [
        "bundle[0].task[1]",
        "bundle[0].task[1].id",
        "bundle[0].task[1].repeat",
        "bundle[1].id",
        "bundle[1].owner",
        "bundle[1].task[0].minutes.do",
        "bundle[1].title",
        'rhythm: found the unknown key "rhythm"; allowed: tables [[bundle]]',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "one or more tables [[bundle]]"),
        ("bundle = 3", "one or more tables [[bundle]]"),
        ("bundle = [3]", "bundle[0]"),
        ("[bundle]\nid = 'a'\n", "one or more tables [[bundle]]"),
        (BUNDLE, "one or more tables [[bundle.task]]"),
        (BUNDLE + "task = [3]", "bundle[0].task[0]"),
        (BUNDLE + "oops", "no valid TOML"),
    ],
)
def test_what_is_no_bundle_file(text: str, told: str) -> None:
    assert any(told in line for line in mistakes(text))


def test_a_file_is_named_in_its_mistakes(tmp_path: Path) -> None:
    file = tmp_path / "bundles.toml"
    for content in (None, b"\xff", b"x = 1"):
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(BundleFileError) as told:
            load(file, PARTNERS, TODAY)
        assert str(told.value).startswith(f"{file}: ")


# --- dump ---------------------------------------------------------------------------------------------

# Any printable text, quotes, backslashes and other scripts included, but for a mark of done in front.
LINES = (
    st.text(st.characters(exclude_categories=("C", "Z"), include_characters=' "\\'), min_size=1, max_size=60)
    .map(str.strip)
    .filter(lambda text: text != "" and not begins_ticked(text))
)
SLUGS = st.from_regex(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8}){0,2}", fullmatch=True)
MINUTES = st.integers(0, 1440)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1))
REPEATS = st.one_of(
    st.sampled_from(["FREQ=DAILY", "FREQ=MONTHLY;BYDAY=-1FR"]).map(Rule),
    st.integers(1, 3660).map(AfterDone),
    st.just(Once()),
)


@st.composite
def specs(draw: st.DrawFn, name: str) -> BundleSpec:
    bundle = Bundle(
        name,
        draw(LINES),
        draw(st.sampled_from(Category)),
        draw(LINES),
        draw(st.sampled_from(sorted(PARTNERS))),
        draw(st.integers(1, 5)),
        draw(st.integers(0, 2)),
        draw(st.integers(0, 2)),
        draw(st.sampled_from(BundleState)),
    )
    tasks = []
    for task in draw(st.lists(SLUGS, min_size=1, max_size=3, unique=True)):
        at = draw(st.none() | st.times().map(lambda time: time.replace(second=0, microsecond=0)))
        tasks.append(
            Task(
                f"{name}.{task}",
                name,
                draw(LINES),
                draw(st.sampled_from(Stage)),
                draw(st.builds(Effort, MINUTES, MINUTES, MINUTES, MINUTES) | st.just(Effort())),
                draw(REPEATS),
                draw(DAYS),
                at,
                draw(st.integers(1, 1440)) if at else 0,
                draw(st.sampled_from(Missed)),
            )
        )
    return BundleSpec(bundle, tuple(tasks))


@given(
    st.lists(SLUGS, min_size=1, max_size=3, unique=True).flatmap(lambda names: st.tuples(*map(specs, names)))
)
def test_what_is_dumped_reads_back_the_same(written: tuple[BundleSpec, ...]) -> None:
    text = dump([spec.bundle for spec in written], [task for spec in written for task in spec.tasks])
    assert load(text, PARTNERS, dt.date(2000, 1, 1)) == written


def test_a_removed_task_is_not_dumped() -> None:
    spec = one(BUNDLE + TASK + TASK.replace('"out"', '"two"'))
    kept, removed = spec.tasks
    text = dump([spec.bundle], [kept, replace(removed, removed=True)])
    assert one(text).tasks == (kept,)
    assert dump([], []) == ""


def test_an_owner_is_dumped_by_name() -> None:
    spec = one(BUNDLE + TASK)
    zoe = replace(spec.bundle, id="other", owner="zoe")
    text = dump([spec.bundle, zoe], [], {"ada": "Ada"})
    assert [line for line in text.splitlines() if line.startswith("owner")] == [
        'owner = "Ada"',
        'owner = "zoe"',
    ]
    assert one(dump([spec.bundle], spec.tasks, {"ada": "Ada"})) == spec


# --- the sample household -----------------------------------------------------------------------------


def sample(today: dt.date = TODAY) -> tuple[BundleSpec, ...]:
    return load(path("household.sample.toml"), PARTNERS, today)


def test_the_sample_shows_everything_that_a_household_may_hold() -> None:
    bundles = [spec.bundle for spec in sample()]
    tasks = [task for spec in sample() for task in spec.tasks]
    assert len(bundles) >= 6 and len(tasks) >= 15
    assert {bundle.category for bundle in bundles} == set(Category)
    assert {task.stage for task in tasks} == set(Stage)
    assert {type(task.repeat) for task in tasks} == {Rule, AfterDone, Once}
    assert {task.missed for task in tasks} == set(Missed)
    owners = Counter(bundle.owner for bundle in bundles)
    assert abs(owners["ada"] - owners["ben"]) <= 1
    for owner in PARTNERS:
        own = [task for spec in sample() if spec.bundle.owner == owner for task in spec.tasks]
        # Both see a calendar and a to-do list fill, the list on the very first day.
        assert any(task.timed for task in own)
        assert any(not task.timed and task.start == TODAY for task in own)


def test_the_sample_has_the_bins_in_the_calendar() -> None:
    tasks = [task for spec in sample() for task in spec.tasks]
    (bins,) = [task for task in tasks if task.title == "Take out the bins"]
    assert bins.timed and bins.repeat == Rule("FREQ=WEEKLY;BYDAY=TU") and bins.at == dt.time(19, 0)
    titles = [task.title for task in tasks]
    assert len(set(titles)) == len(titles) and max(map(len, titles)) <= 34


def test_the_sample_never_goes_stale() -> None:
    later = TODAY + dt.timedelta(days=800)
    moved = [task for spec in sample(later) for task in spec.tasks]
    assert all(task.start >= later for task in moved)
    assert [task.id for task in moved] == [task.id for spec in sample() for task in spec.tasks]


def test_every_id_survives_the_identity_that_items_carry() -> None:
    for spec in sample():
        for task in spec.tasks:
            identity = Identity(task.id, "2026-11-24")
            assert read_uid(identity.uid("our-home"), "our-home") == identity
