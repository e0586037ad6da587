"""Items of ours that a person made recurring: what apps leave behind, and taking the recurrence off."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.caldav import codec
from connectors.caldav.limits import Unreadable
from syncer.core.fingerprint import canonical
from syncer.core.model import Day, Item, Kind, Slot, Status, When
from syncer.core.recurrence import moved_on
from tests.connectors.caldav.conftest import BERLIN

CORPUS = Path(__file__).parents[2] / "corpora" / "recurring"
CASES = sorted(file.parent for file in CORPUS.glob("*/*/after.ics"))
NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
UID = "evenhold-0123456789.food.shop.n000001"
RULE = frozenset({"rule"})
CORPUS_CASES = pytest.mark.parametrize("case", CASES, ids=[str(case.relative_to(CORPUS)) for case in CASES])

MASTER = "RRULE:FREQ=WEEKLY\nRDATE:20261226T080000Z\nEXDATE:20261201T080000Z\nX-KEPT:as it is\n"
TODO = "DTSTART:20261124T080000Z\nDUE:20261124T090000Z\n"
EVENT = "DTSTART:20261124T080000Z\nDTEND:20261124T090000Z\n"


def _text(case: Path, name: str) -> str:
    return (case / f"{name}.ics").read_bytes().decode()


def _read(text: str) -> Item:
    return codec.decode(text, BERLIN)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def _cleared(text: str, item: Item) -> str:
    return codec.patch(text, replace(item, rule=""), RULE, NOW, BERLIN).decode()


def _series(kind: str, *parts: str) -> str:
    """A resource of ours with these components, each with a UID."""
    body = "".join(f"BEGIN:{kind}\nUID:{UID}\nDTSTAMP:20261101T080000Z\n{part}END:{kind}\n" for part in parts)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Some//App//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


def _day(when: When | None) -> dt.date:
    assert when is not None
    return when.date if isinstance(when, Day) else when.start.astimezone(BERLIN).date()


def test_the_corpus_is_there() -> None:
    assert {case.parent.name for case in CASES} >= {
        "todoman",
        "evolution",
        "python-caldav-safe",
        "python-caldav-thisandfuture",
        "tasks-org",
        "thunderbird",
    }


@CORPUS_CASES
def test_what_apps_leave_behind_is_understood(case: Path) -> None:
    expected = tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))
    before, after = _read(_text(case, "before")), _read(_text(case, "after"))
    assert (before.status, before.rule != "", after.uid) == (Status.OPEN, True, before.uid)
    assert (after.status, after.title, after.rule) == tuple(
        expected[name] for name in ("status", "title", "rule")
    )
    held = after.when.date if isinstance(after.when, Day) else after.when.start if after.when else None
    assert held == expected["when"]
    went = canonical(before).rule, _day(before.when), _day(after.when)
    jumped = after.status is Status.OPEN and after.rule != "" and moved_on(*went, NOW.date())
    assert jumped == expected["jumped"]
    assert not after.rule or canonical(after).rule == went[0]  # COUNT may be counted down, no more


@CORPUS_CASES
def test_taking_the_recurrence_off_changes_nothing_else(case: Path) -> None:
    """What made the item done stays, also where it stood in an instance that goes."""
    text = _text(case, "after")
    item = _read(text)
    cleared = _cleared(text, item)
    assert _read(cleared) == replace(item, rule="")
    lines = _lines(cleared)
    start = lines.index(f"BEGIN:{'VEVENT' if item.kind is Kind.EVENT else 'VTODO'}")
    assert not [
        line for line in lines[start:] if line.startswith(("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"))
    ]
    assert cleared.count("BEGIN:VTODO") + cleared.count("BEGIN:VEVENT") == 1
    assert "X-KEPT:as it is" in lines or "X-KEPT" not in text


@CORPUS_CASES
def test_what_an_app_makes_beside_is_not_ours(case: Path) -> None:
    if (case / "beside.ics").exists():
        assert _read(_text(case, "beside")).uid != UID


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("STATUS:COMPLETED\n", Status.DONE),
        ("PERCENT-COMPLETE:100\n", Status.DONE),
        ("COMPLETED:20261124T100000Z\n", Status.DONE),
        ("STATUS:IN-PROCESS\n", Status.OPEN),
        ("STATUS:CANCELLED\n", Status.OPEN),
    ],
)
@pytest.mark.parametrize("range_", ["", ";RANGE=THISANDFUTURE"])
def test_an_instance_that_is_done_makes_the_item_done(state: str, status: Status, range_: str) -> None:
    override = f"RECURRENCE-ID{range_}:20261201T080000Z\n{TODO}{state}"
    item = _read(_series("VTODO", TODO + MASTER + "STATUS:NEEDS-ACTION\n", override))
    assert (item.status, item.rule) == (status, "FREQ=WEEKLY")
    assert item.when == Slot(dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC))


def test_somebody_elses_instance_says_nothing() -> None:
    override = f"RECURRENCE-ID:20261201T080000Z\n{TODO}STATUS:COMPLETED\n"
    text = _series("VTODO", TODO + MASTER, override)
    at = text.rindex(f"UID:{UID}")
    assert _read(text[:at] + text[at:].replace(UID, "theirs")).status is Status.OPEN


def test_an_instance_alone_is_the_item() -> None:
    item = _read(_series("VTODO", f"RECURRENCE-ID:20261124T080000Z\n{TODO}STATUS:COMPLETED\n"))
    assert (item.status, item.rule) == (Status.DONE, "")


def test_a_done_instance_is_opened_with_the_item() -> None:
    """Else it would say done again with the next reading, and for ever."""
    text = _series("VTODO", TODO + MASTER, f"RECURRENCE-ID:20261201T080000Z\n{TODO}STATUS:COMPLETED\n")
    item = replace(_read(text), status=Status.OPEN, percent=None, completed=None)
    opened = codec.patch(text, item, frozenset({"status"}), NOW, BERLIN).decode()
    assert _read(opened).status is Status.OPEN
    assert opened.count("BEGIN:VTODO") == 2


def test_everything_that_recurs_goes_in_one_write() -> None:
    """As after a jump: done, on the day that it was, and once."""
    text = _series("VTODO", TODO + MASTER, f"RECURRENCE-ID;RANGE=THISANDFUTURE:20261201T080000Z\n{TODO}")
    wanted = Item(
        UID, Kind.TODO, "", Day(dt.date(2026, 11, 24)), status=Status.DONE, percent=100, completed=NOW
    )
    written = codec.patch(text, wanted, frozenset({"rule", "status", "when"}), NOW, BERLIN).decode()
    assert _read(written) == wanted
    assert "X-KEPT:as it is" in _lines(written)


def test_a_recurrence_can_not_be_written() -> None:
    text = _series("VTODO", TODO)
    with pytest.raises(ValueError, match="only be cleared"):
        codec.patch(text, replace(_read(text), rule="FREQ=DAILY"), RULE, NOW, BERLIN)


def test_a_ticked_instance_of_an_event_ticks_the_item() -> None:
    plain = f"RECURRENCE-ID:20261201T080000Z\n{EVENT}SUMMARY:Shop twice\n"
    ticked = f"RECURRENCE-ID:20261208T080000Z\n{EVENT}SUMMARY:[x] Shop\n"
    text = _series("VEVENT", f"SUMMARY:Shop\n{EVENT}{MASTER}", plain, ticked)
    assert _read(text).title == "[x] Shop"
    assert _read(text.replace("SUMMARY:Shop\r\n", "SUMMARY:✓ Shop\r\n")).title == "✓ Shop"
    opened = codec.patch(text, replace(_read(text), title="Shop"), frozenset({"title"}), NOW, BERLIN).decode()
    assert _read(opened).title == "Shop"
    assert "SUMMARY:Shop twice" in _lines(opened)
    cleared = _cleared(text, _read(text))
    assert _read(cleared).title == "[x] Shop"
    assert "SEQUENCE:1" in _lines(cleared)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("RRULE:FREQ=WEEKLY;BYDAY=TU,TH", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("RRULE;X-EVOLUTION-ENDDATE=20261215T170000Z:FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;COUNT=3"),
        ("RRULE:FREQ=MINUTELY;INTERVAL=30", "FREQ=MINUTELY;INTERVAL=30"),
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTHDAY=30;BYMONTH=2"),
        ("RRULE:every now and then", "RRULE"),
        ("RRULE:FREQ=SELDOM", "FREQ=SELDOM"),
        ("RRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY", "FREQ=DAILY"),
        ("RDATE;VALUE=DATE:20261201,20261208", "RDATE"),
        ("EXDATE;VALUE=DATE:20261201", ""),
    ],
)
def test_the_rule_is_told_as_it_stands(line: str, rule: str) -> None:
    """It is not expanded here, so one that never matches or never ends costs nothing."""
    text = _series("VTODO", f"DUE;VALUE=DATE:20261124\n{line}\n")
    assert _read(text).rule == rule
    assert _read(_cleared(text, _read(text))).rule == ""


def test_a_rule_without_end_is_not_read() -> None:
    with pytest.raises(Unreadable, match="rule longer than we read"):
        _read(_series("VTODO", TODO + "RRULE:FREQ=DAILY;BYSECOND=" + ",".join(["1"] * 900) + "\n"))
