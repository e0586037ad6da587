"""The canonical form: each row of its table shown equal, and what a person changes shown different."""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from syncer.core.fingerprint import Canon, canonical, text_print, when_print
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status
from tests.core.scenes import BERLIN, NOON

START = dt.datetime(2026, 11, 24, 19, tzinfo=BERLIN)
EVENT = Item("u", Kind.EVENT, "Café für zwei", Slot(START, 15), "First line\nsecond line")
TODO = Item("u", Kind.TODO, "Buy bags", Day(START.date()), "The strong ones")
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"])
MOMENTS = st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2035, 1, 1), timezones=st.just(dt.UTC))


@pytest.mark.parametrize("item", [EVENT, TODO], ids=["event", "to-do"])
@pytest.mark.parametrize(
    "rewritten",
    [
        {"alarms": (Alarm(dt.timedelta(minutes=-5)),)},
        {"percent": 0},
        {"completed": NOON},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_is_no_part_of_the_form(item: Item, rewritten: dict[str, Any]) -> None:
    assert canonical(replace(item, **rewritten)) == canonical(item)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"{text}  ",
        lambda text: f"{text}\n",
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: text.replace(" ", "\u00a0"),
    ],
    ids=["line ends", "trailing blanks", "trailing line", "NFD", "no-break space"],
)
def test_texts_that_servers_rewrite(rewrite: Any) -> None:
    rewritten = replace(EVENT, title=rewrite(EVENT.title), notes=rewrite(EVENT.notes))
    assert rewritten != EVENT
    assert canonical(rewritten) == canonical(EVENT)


@given(MOMENTS, ZONES, ZONES, st.integers(0, 1440))
def test_the_same_moment_in_another_zone(moment: dt.datetime, one: str, other: str, minutes: int) -> None:
    here = Slot(moment.astimezone(ZoneInfo(one)), minutes)
    there = Slot(moment.astimezone(ZoneInfo(other)).replace(microsecond=0), minutes)
    assert when_print(here) == when_print(there)


def test_both_hours_of_an_overlap_are_different_moments() -> None:
    twice = dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert when_print(Slot(twice)) != when_print(Slot(twice.replace(fold=1)))


def test_done_is_done_with_or_without_a_percentage() -> None:
    done = replace(TODO, status=Status.DONE)
    assert canonical(done) == canonical(replace(done, percent=100)) == canonical(replace(done, percent=40))


@pytest.mark.parametrize(
    "change",
    [
        {"title": "buy bags"},
        {"title": "Buy bags!"},
        {"title": ""},
        {"notes": "The strong one"},
        {"notes": ""},
        {"when": None},
        {"when": Day(dt.date(2026, 11, 25))},
        {"when": Slot(START)},
        {"status": Status.DONE},
        {"status": Status.CANCELLED},
        {"percent": 50},
    ],
    ids=str,
)
def test_what_a_person_changes_is_a_change(change: dict[str, Any]) -> None:
    assert canonical(replace(TODO, **change)) != canonical(TODO)


@given(MOMENTS, MOMENTS)
def test_another_moment_is_a_change(one: dt.datetime, other: dt.datetime) -> None:
    assume(one.replace(microsecond=0) != other.replace(microsecond=0))
    assert when_print(Slot(one)) != when_print(Slot(other))
    assert when_print(Slot(one, 15)) != when_print(Slot(one, 16))
    assert when_print(Day(one.date())) != when_print(Slot(one))


@given(st.text(), st.text())
def test_texts_are_equal_only_but_for_blanks_and_composition(one: str, other: str) -> None:
    def plain(text: str) -> str:
        return " ".join(unicodedata.normalize("NFC", text).split())

    assert (text_print(one) == text_print(other)) is (plain(one) == plain(other))


def test_no_words_rest_in_the_form() -> None:
    data = str(canonical(EVENT).to_data()).lower()
    for word in ("caf", "zwei", "line"):
        assert word not in data


def test_the_mark_of_an_event_is_apart_from_its_title() -> None:
    plain = canonical(EVENT)
    ticked = canonical(replace(EVENT, title=f"x {EVENT.title}"), plain.title)
    assert ticked == replace(plain, mark="x")
    assert canonical(replace(EVENT, title=f"x {EVENT.title}"), text_print("Something else")).mark == ""
    assert canonical(replace(TODO, title="✓ Buy bags")).mark == ""  # a to-do has a status


@settings(max_examples=50)
@given(
    st.builds(
        Canon,
        st.none() | st.text(),
        st.text(),
        st.text(),
        st.none() | st.text(),
        st.sampled_from(Status),
        st.integers(0, 100),
    )
)
def test_the_form_survives_json(canon: Canon) -> None:
    assert Canon.from_data(canon.to_data()) == canon
