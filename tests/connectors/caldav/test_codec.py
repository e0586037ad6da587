"""Between items and iCalendar: shapes, zones, what a patch leaves alone, and hostile input."""

from __future__ import annotations

import datetime as dt
import io
import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.caldav import codec, zones
from connectors.caldav.limits import Unreadable
from syncer.core.model import Alarm, Day, Item, Kind, Slot, Status, When

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
NOW = dt.datetime(2026, 11, 24, 8, 0, tzinfo=dt.UTC)
UID = "evenhold-0123456789.food.shop.n000001"
WHEN = frozenset({"when"})
STATUS = frozenset({"status"})
DAY = Day(dt.date(2026, 11, 24))


def _resource(component: str, *lines: str, outside: str = "") -> str:
    body = "\n".join(
        (f"BEGIN:{component}", f"UID:{UID}", "DTSTAMP:20261101T080000Z", *lines, f"END:{component}")
    )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Some//App//EN\n{outside}{body}\nEND:VCALENDAR\n".replace(
        "\n", "\r\n"
    )


def _decode(component: str, *lines: str, outside: str = "") -> Item:
    return codec.decode(_resource(component, *lines, outside=outside), BERLIN)


def _patched(text: str, item: Item, fields: frozenset[str]) -> list[str]:
    changed = codec.patch(text, item, fields, NOW, BERLIN).decode()
    return changed.replace("\r\n ", "").split("\r\n")


def _encoded(item: Item) -> list[str]:
    return codec.encode(item, NOW).decode().replace("\r\n ", "").split("\r\n")


def _named(lines: list[str], *names: str) -> list[str]:
    """The lines of these properties, sorted."""
    return sorted(line for line in lines if line.startswith(names))


def _event(when: When | None, **fields: object) -> Item:
    return replace(Item(UID, Kind.EVENT, "Shop", when), **fields)  # type: ignore[arg-type]  # any field, by name


def _todo(when: When | None, **fields: object) -> Item:
    return replace(Item(UID, Kind.TODO, "Shop", when), **fields)  # type: ignore[arg-type]  # any field, by name


def test_a_day_is_all_day_with_an_exclusive_end_and_makes_nobody_busy() -> None:
    lines = _encoded(_event(DAY))
    assert {"DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261125", "TRANSP:TRANSPARENT"} <= set(lines)


def test_a_slot_names_its_zone_and_brings_it() -> None:
    lines = _encoded(_event(Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN), 45)))
    assert {"DTSTART;TZID=Europe/Berlin:20261124T183000", "DTEND;TZID=Europe/Berlin:20261124T191500"} <= set(
        lines
    )
    assert "TZID:Europe/Berlin" in lines
    assert "PRODID:-//Evenhold//Evenhold 0.1//EN" in lines


@pytest.mark.parametrize(
    "zone", [dt.UTC, ZoneInfo("UTC"), ZoneInfo("Etc/UTC"), dt.timezone(dt.timedelta(hours=2))]
)
def test_nameless_zones_are_written_in_utc(zone: dt.tzinfo) -> None:
    start = dt.datetime(2026, 11, 24, 18, 30, tzinfo=zone)
    lines = _encoded(_event(Slot(start, 45)))
    assert f"DTSTART:{start.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_a_todo_is_due_and_has_no_start() -> None:
    assert "DUE;VALUE=DATE:20261124" in _encoded(_todo(DAY))
    timed = _encoded(_todo(Slot(dt.datetime(2026, 11, 24, 18, 30, tzinfo=BERLIN))))
    assert "DUE;TZID=Europe/Berlin:20261124T183000" in timed
    assert not any(
        line.startswith("DTSTART") for line in _encoded(_todo(DAY)) + timed[timed.index("BEGIN:VTODO") :]
    )


def test_reminders_count_from_the_start_or_the_due() -> None:
    alarm = (Alarm(dt.timedelta(minutes=-15)),)
    assert "TRIGGER:-PT15M" in _encoded(_event(DAY, alarms=alarm))
    assert "TRIGGER;RELATED=END:-PT15M" in _encoded(_todo(DAY, alarms=alarm))
    assert not any(line.startswith("TRIGGER") for line in _encoded(_todo(None, alarms=alarm)))


def test_an_event_needs_a_time() -> None:
    with pytest.raises(ValueError, match="needs a time"):
        codec.encode(_event(None), NOW)


def test_a_time_in_a_gap_is_sent_as_the_one_that_exists() -> None:
    """RFC 5545 section 3.3.5: 02:30 does not exist on 29 March 2026 in Berlin, and means 03:30."""
    item = _event(Slot(dt.datetime(2026, 3, 29, 2, 30, tzinfo=BERLIN), 30))
    assert "DTSTART;TZID=Europe/Berlin:20260329T033000" in _encoded(item)
    assert "DTEND;TZID=Europe/Berlin:20260329T040000" in _encoded(item)
    read = _decode("VEVENT", "DTSTART;TZID=Europe/Berlin:20260329T023000")
    assert read.when == Slot(dt.datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN))


def test_the_second_of_a_doubled_hour_is_sent_in_utc() -> None:
    """A local 02:30 on 25 October 2026 is read as the first one, so the second has no local name."""
    first = dt.datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    assert "DTSTART;TZID=Europe/Berlin:20261025T023000" in _encoded(_event(Slot(first, 60)))
    assert "DTEND:20261025T013000Z" in _encoded(_event(Slot(first, 60)))
    assert "DTSTART:20261025T013000Z" in _encoded(_event(Slot(first.replace(fold=1), 60)))


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (["DTSTART;VALUE=DATE:20261124"], DAY),
        (["DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261127"], DAY),
        (["DTSTART:20261124T080000Z"], Slot(NOW)),
        (["DTSTART:20261124T080000Z", "DTEND:20261124T083000Z"], Slot(NOW, 30)),
        (["DTSTART:20261124T080000Z", "DURATION:PT1H30M"], Slot(NOW, 90)),
        (["DTSTART:20261124T090000", "DTEND:20261124T100000"], Slot(NOW, 60)),
        (["DTSTART;TZID=America/New_York:20261124T030000"], Slot(NOW)),
        (["DTSTART;TZID=W. Europe Standard Time:20261124T090000"], Slot(NOW)),
        (["DTSTART;TZID=Nowhere/Known:20261124T090000"], Slot(NOW)),
        (["DTSTART:20261124T080000Z", "DTEND:20261124T070000Z"], Slot(NOW)),
        # a day is a day of the calendar, 23 hours long when the clocks go forward
        (
            ["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"],
            Slot(dt.datetime(2026, 3, 28, 12, tzinfo=BERLIN), 23 * 60),
        ),
    ],
)
def test_when_an_event_is(lines: list[str], when: When) -> None:
    assert _decode("VEVENT", *lines).when == when


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        ([], None),
        (["DUE;VALUE=DATE:20261124"], DAY),
        (["DTSTART;VALUE=DATE:20261120", "DUE;VALUE=DATE:20261124"], DAY),
        (["DTSTART;VALUE=DATE:20261124"], DAY),
        (["DTSTART;VALUE=DATE:20261123", "DURATION:P1D"], DAY),
        (["DUE:20261124T080000Z"], Slot(NOW)),
        (["DUE:20261124T090000"], Slot(NOW)),
        (["DTSTART:20261124T073000Z", "DURATION:PT30M"], Slot(NOW)),
    ],
)
def test_when_a_todo_is_due(lines: list[str], when: When | None) -> None:
    assert _decode("VTODO", *lines).when == when


def test_a_zone_that_only_the_file_knows() -> None:
    zone = "\n".join((
        "BEGIN:VTIMEZONE", "TZID:Our own", "BEGIN:STANDARD", "DTSTART:19700101T000000",
        "TZOFFSETFROM:+0300", "TZOFFSETTO:+0300", "END:STANDARD", "END:VTIMEZONE", "",
    ))  # fmt: skip
    item = _decode("VEVENT", "DTSTART;TZID=Our own:20261124T110000", outside=zone)
    assert item.when == Slot(NOW)
    text = _resource("VEVENT", "DTSTART;TZID=Our own:20261124T110000", outside=zone)
    later = Slot(dt.datetime(2026, 11, 25, 9, tzinfo=BERLIN))
    lines = _patched(text, _event(later), WHEN)
    assert "DTSTART;TZID=Europe/Berlin:20261125T090000" in lines
    assert "TZID:Our own" in lines  # somebody else's definition stays


@pytest.mark.parametrize(
    ("lines", "status", "percent"),
    [
        ([], Status.OPEN, None),
        (["STATUS:NEEDS-ACTION"], Status.OPEN, None),
        (["STATUS:IN-PROCESS", "PERCENT-COMPLETE:50"], Status.OPEN, 50),
        (["STATUS:COMPLETED"], Status.DONE, None),
        (["STATUS:completed", "PERCENT-COMPLETE:100"], Status.DONE, 100),
        (["PERCENT-COMPLETE:100"], Status.DONE, 100),
        (["STATUS:IN-PROCESS", "PERCENT-COMPLETE:100"], Status.DONE, 100),
        (["COMPLETED:20261124T080000Z"], Status.DONE, None),
        (["STATUS:NEEDS-ACTION", "COMPLETED:20261124T080000Z"], Status.OPEN, None),
        (["STATUS:CANCELLED", "PERCENT-COMPLETE:100"], Status.CANCELLED, 100),
        (["PERCENT-COMPLETE:half"], Status.OPEN, None),
    ],
)
def test_how_a_todo_stands(lines: list[str], status: Status, percent: int | None) -> None:
    item = _decode("VTODO", *lines)
    assert (item.status, item.percent) == (status, percent)


def test_how_an_event_stands() -> None:
    start = "DTSTART:20261124T080000Z"
    assert _decode("VEVENT", start, "SUMMARY:✓ Shop", "STATUS:CONFIRMED").status is Status.OPEN
    assert _decode("VEVENT", start, "SUMMARY:✓ Shop").title == "✓ Shop"
    assert _decode("VEVENT", start, "STATUS:CANCELLED").status is Status.CANCELLED


def test_recurrence_and_overrides() -> None:
    start = "DTSTART:20261124T080000Z"
    assert _decode("VEVENT", start, "RRULE:FREQ=DAILY;COUNT=3").rule == "FREQ=DAILY;COUNT=3"
    assert _decode("VEVENT", start, "RDATE:20261125T080000Z").rule == "RDATE"
    assert _decode("VEVENT", start).rule == ""
    override = f"BEGIN:VEVENT\nUID:{UID}\nRECURRENCE-ID:20261125T080000Z\nSUMMARY:Once\n{start}\nEND:VEVENT\n"
    assert _decode("VEVENT", start, "SUMMARY:Always", outside=override).title == "Always"


def test_a_patch_changes_what_it_is_asked_to() -> None:
    text = _resource(
        "VTODO",
        "SUMMARY;LANGUAGE=en:Shop",
        'DESCRIPTION;ALTREP="cid:1":old\\nlines',
        "X-THEIRS;A=B:kept\\, as it is",
        "CATEGORIES:one,two",
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:somebody@example.org",
        "BEGIN:VALARM",
        "ACTION:AUDIO",
        "TRIGGER;VALUE=DATE-TIME:20261124T080000Z",
        "END:VALARM",
    )
    before = text.split("\r\n")
    lines = _patched(text, _todo(None, title="Shop more", notes="new"), frozenset({"title", "notes"}))
    gone, come = (
        [line for line in before if line not in lines],
        [line for line in lines if line not in before],
    )
    assert gone == [
        "DTSTAMP:20261101T080000Z",
        "SUMMARY;LANGUAGE=en:Shop",
        'DESCRIPTION;ALTREP="cid:1":old\\nlines',
    ]
    assert come == [
        "DTSTAMP:20261124T080000Z",
        "SUMMARY;LANGUAGE=en:Shop more",
        "DESCRIPTION:new",
        "LAST-MODIFIED:20261124T080000Z",
    ]
    assert not any(
        line.startswith("DESCRIPTION") for line in _patched(text, _todo(None), frozenset({"notes"}))
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("DTSTART:20261124T080000Z", "DTSTART:20261125T170000Z"),
        ("DTSTART:20261124T090000", "DTSTART:20261125T180000"),
        ("DTSTART;TZID=America/New_York:20261124T030000", "DTSTART;TZID=America/New_York:20261125T120000"),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261124T090000",
            "DTSTART;TZID=W. Europe Standard Time:20261125T180000",
        ),
        ("DTSTART;VALUE=DATE:20261124", "DTSTART;TZID=Europe/Berlin:20261125T180000"),
    ],
)
def test_a_new_time_is_written_as_the_old_one_was(before: str, after: str) -> None:
    item = _event(Slot(dt.datetime(2026, 11, 25, 18, tzinfo=BERLIN), 30))
    text = _resource("VEVENT", before, "DURATION:PT1H" if "T" in before[8:] else "X-A:1")
    lines = _patched(text, item, WHEN)
    assert after in lines
    assert not any(line.startswith("DURATION") for line in lines)
    assert codec.decode("\r\n".join(lines), BERLIN).when == item.when


def test_a_move_keeps_an_all_day_event_as_long_as_it_was() -> None:
    text = _resource("VEVENT", "DTSTART;VALUE=DATE:20261124", "DTEND;VALUE=DATE:20261127", "SEQUENCE:4")
    lines = _patched(text, _event(Day(dt.date(2026, 12, 1))), WHEN)
    assert {"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261204", "SEQUENCE:5"} <= set(lines)
    assert "SEQUENCE:4" in _patched(text, _event(DAY, title="Other"), frozenset({"title"}))


def test_an_event_without_length_has_no_end() -> None:
    text = _resource("VEVENT", "DTSTART:20261124T080000Z", "DTEND:20261124T090000Z")
    assert not any(line.startswith("DTEND") for line in _patched(text, _event(Slot(NOW)), WHEN))


@pytest.mark.parametrize(
    ("held", "when", "expected"),
    [
        # still before the new due: the person's start stays
        (
            ["DTSTART;VALUE=DATE:20261120", "DUE;VALUE=DATE:20261124"],
            Day(dt.date(2026, 11, 30)),
            ["DTSTART;VALUE=DATE:20261120", "DUE;VALUE=DATE:20261130"],
        ),
        # it would be after the due: it moves along
        (
            ["DTSTART;VALUE=DATE:20261122", "DUE;VALUE=DATE:20261124"],
            Day(dt.date(2026, 11, 20)),
            ["DTSTART;VALUE=DATE:20261118", "DUE;VALUE=DATE:20261120"],
        ),
        (
            ["DTSTART:20261124T060000Z", "DUE:20261124T080000Z"],
            Slot(dt.datetime(2026, 11, 23, 8, tzinfo=dt.UTC)),
            ["DTSTART:20261123T060000Z", "DUE:20261123T080000Z"],
        ),
        # of another type: it becomes of the same (RFC 5545 section 3.8.2.3)
        (
            ["DTSTART:20261124T060000Z", "DUE:20261124T080000Z"],
            Day(dt.date(2026, 11, 30)),
            ["DTSTART;VALUE=DATE:20261130", "DUE;VALUE=DATE:20261130"],
        ),
        (
            ["DTSTART;VALUE=DATE:20261122", "DUE;VALUE=DATE:20261124"],
            Slot(dt.datetime(2026, 11, 30, 9, tzinfo=BERLIN)),
            ["DTSTART;TZID=Europe/Berlin:20261128T000000", "DUE;TZID=Europe/Berlin:20261130T090000"],
        ),
        # only a start so far, and a length
        (
            ["DTSTART:20261124T070000Z", "DURATION:PT1H"],
            Slot(dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)),
            ["DTSTART:20261124T050000Z", "DUE:20261124T060000Z"],
        ),
        (["DUE;VALUE=DATE:20261124"], None, []),
    ],
)
def test_a_due_and_a_start_that_fit(held: list[str], when: When | None, expected: list[str]) -> None:
    lines = _patched(_resource("VTODO", *held), _todo(when), WHEN)
    start = lines.index("BEGIN:VTODO")
    assert (
        sorted(line for line in lines[start:] if line.startswith(("DTSTART", "DUE", "DURATION"))) == expected
    )


def test_done_and_open_again() -> None:
    text = _resource("VTODO", "STATUS:IN-PROCESS", "PERCENT-COMPLETE:30")
    done = _patched(text, _todo(None, status=Status.DONE, completed=NOW), STATUS)
    assert {"STATUS:COMPLETED", "PERCENT-COMPLETE:100", "COMPLETED:20261124T080000Z"} <= set(done)
    again = _patched("\r\n".join(done), _todo(None), STATUS)
    assert "STATUS:NEEDS-ACTION" in again
    assert not any(line.startswith(("COMPLETED", "PERCENT-COMPLETE")) for line in again)
    assert "STATUS:IN-PROCESS" in _patched(text, _todo(None), STATUS)
    assert "STATUS:CANCELLED" in _patched(text, _todo(None, status=Status.CANCELLED), STATUS)
    assert "PERCENT-COMPLETE:60" in _patched(text, _todo(None, percent=60), frozenset({"percent"}))


def test_an_event_is_cancelled_and_revived_but_never_completed() -> None:
    text = _resource("VEVENT", "DTSTART:20261124T080000Z", "STATUS:CONFIRMED")
    cancelled = _patched(text, _event(Slot(NOW), status=Status.CANCELLED), STATUS)
    assert "STATUS:CANCELLED" in cancelled
    assert not any(
        line.startswith("STATUS") for line in _patched("\r\n".join(cancelled), _event(Slot(NOW)), STATUS)
    )
    assert "STATUS:CONFIRMED" in _patched(text, _event(Slot(NOW), status=Status.DONE), STATUS)


def test_one_files_zone_is_not_anothers() -> None:
    """The library would take the first definition of a TZID that it ever saw for all files."""

    def zone(offset: str) -> str:
        return (
            "BEGIN:VTIMEZONE\nTZID:Shared name\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
            f"TZOFFSETFROM:{offset}\nTZOFFSETTO:{offset}\nEND:STANDARD\nEND:VTIMEZONE\n"
        )

    line = "DTSTART;TZID=Shared name:20261124T090000"
    for offset, hour in (("+0100", 8), ("+0500", 4), ("-0300", 12)):
        expected = Slot(dt.datetime(2026, 11, 24, hour, tzinfo=dt.UTC))
        assert _decode("VEVENT", line, outside=zone(offset)).when == expected
    assert _decode("VEVENT", line).when == Slot(NOW)  # no definition: as the owner's clock says


def test_lines_that_would_be_lost_forbid_a_patch() -> None:
    text = _resource("VEVENT", "DTSTART:20261124T080000Z", "this is no property")
    assert codec.decode(text, BERLIN).when == Slot(NOW)
    with pytest.raises(Unreadable, match="would be lost"):
        codec.patch(text, _event(Slot(NOW)), frozenset({"title"}), NOW, BERLIN)


def test_a_bad_property_is_kept_as_it_is() -> None:
    text = _resource("VTODO", "SUMMARY:Shop", "DUE;VALUE=DATE:20261124", "GEO:nowhere")
    assert codec.decode(text, BERLIN).when == DAY
    assert "GEO:nowhere" in _patched(text, _todo(DAY, title="Other"), frozenset({"title"}))


def test_a_backslash_is_no_line_break() -> None:
    r"""`C:\New` is one line, in our own text and in what others wrote beside it."""
    assert codec.decode(codec.encode(_todo(DAY, title="C:\\New"), NOW).decode(), BERLIN).title == "C:\\New"
    lines = ["DESCRIPTION:C:\\\\New\\nand more", "CATEGORIES:a\\\\Nb,c", "COMMENT;X-A=1:\\\\N", "COMMENT:two"]
    text = _resource("VTODO", "SUMMARY:Shop", *lines)
    assert set(lines) <= set(_patched(text, _todo(None, title="Other"), frozenset({"title"})))


def test_our_zone_goes_with_its_last_use() -> None:
    text = codec.encode(_event(Slot(dt.datetime(2026, 11, 24, 18, tzinfo=BERLIN), 30)), NOW).decode()
    assert "BEGIN:VTIMEZONE" not in _patched(text, _event(DAY), WHEN)
    theirs = text.replace(codec.PRODID, "-//Some//App//EN")
    assert "BEGIN:VTIMEZONE" in _patched(theirs, _event(DAY), WHEN)


def test_a_patch_never_touches_another_item() -> None:
    text = _resource("VTODO", "SUMMARY:Theirs").replace(UID, "somebody-elses")
    with pytest.raises(Unreadable, match="another item"):
        codec.patch(text, _todo(None), frozenset({"title"}), NOW, BERLIN)
    with pytest.raises(Unreadable, match="another kind"):
        codec.patch(_resource("VEVENT"), _todo(None), frozenset({"title"}), NOW, BERLIN)
    with pytest.raises(ValueError, match="can't be changed: uid"):
        codec.patch(_resource("VTODO"), _todo(None), frozenset({"uid"}), NOW, BERLIN)


def test_control_characters_are_not_sent() -> None:
    item = codec.decode(codec.encode(_todo(DAY, title="a\x00b\x07c\r\nd"), NOW).decode(), BERLIN)
    assert item.title == "abc\nd"


ZONE_NAMES = "Europe/Berlin America/New_York Europe/Dublin Africa/Casablanca Australia/Lord_Howe Asia/Tokyo"


@pytest.mark.parametrize("zone", [*ZONE_NAMES.split(), "America/Santiago", "Asia/Kathmandu"])
def test_a_vtimezone_says_what_the_zone_does(zone: str) -> None:
    """Read by another implementation, each hour around each change of 2020-2036 has the right offset."""
    text = zones.vtimezone(zone).to_ical().decode()
    read = tzical(io.StringIO(text.replace("\r\n ", "").replace("\r\n", "\n"))).get(zone)
    true = ZoneInfo(zone)
    for change in zones._changes(true, 2020, 2036):
        for minutes in (-24 * 60, -1, 61, 24 * 60):
            local = (change + dt.timedelta(minutes=minutes)).astimezone(true).replace(tzinfo=None)
            if (
                dt.datetime.combine(local, local.time(), true).replace(fold=1).utcoffset()
                == local.replace(tzinfo=true).utcoffset()
            ):
                assert local.replace(tzinfo=read).utcoffset() == local.replace(tzinfo=true).utcoffset(), local
    noon = dt.datetime(2026, 11, 24, 12)
    assert noon.replace(tzinfo=read).utcoffset() == noon.replace(tzinfo=true).utcoffset()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not valid"),
        ("hello", "not valid"),
        ("/etc/hostname", "not valid"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "no event or to-do"),
        (_resource("VJOURNAL"), "no event or to-do"),
        (_resource("VTODO").replace(f"UID:{UID}", "X-A:1"), "UID"),
        (_resource("VTODO", "DUE:soon"), "DUE is not"),
        (_resource("VEVENT", "DTSTART:20261332T990000Z"), "DTSTART is not"),
        (_resource("VEVENT", "DTSTART:00010101T000000Z"), "outside the years 1900 to 2200"),
        (_resource("VEVENT", "DTSTART;VALUE=DATE:99991231"), "outside the years"),
        (_resource("VEVENT", "DTSTART:20261124T080000Z", "DTEND:99991231T235959"), "outside the years"),
        (_resource("VTODO", "DUE;TZID=Europe/Berlin:22010101T000000"), "outside the years"),
        (_resource("VTODO", "DTSTART;VALUE=DATE:21990101", "DURATION:P9999D"), "outside the years"),
        (_resource("VEVENT", "DTSTART:20261124T080000Z", "DURATION:P99999999D"), "longer than we read"),
        (_resource("VTODO", "DUE:20261124T080000Z", "DESCRIPTION:" + "x" * 1_100_000), "1 MiB"),
        (_resource("VTODO", *["X-A:1"] * 9000), "too many lines"),
        (_resource("VTODO", "CATEGORIES:" + "a," * 30_000), "too many values"),
        (_resource("VTODO", *["BEGIN:X-A", "END:X-A"] * 500), "too many components"),
        (
            _resource(
                "VEVENT", "DTSTART;TZID=Mine:20261124T080000",
                outside="BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\n"
                "TZOFFSETTO:+0100\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n",
            ),
            "more often than yearly",
        ),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_set_aside_quickly(text: str, reason: str) -> None:
    began = time.process_time()
    with pytest.raises(Unreadable, match=reason):
        codec.decode(text, BERLIN)
    assert time.process_time() - began < 0.25


ZONES = st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
STARTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2034, 1, 1), timezones=ZONES).map(
    lambda start: start.replace(second=0, microsecond=0).astimezone(dt.UTC).astimezone(start.tzinfo)
)
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 1, 1)).map(Day)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=60)
NOTES = st.lists(TEXT, max_size=4).map("\n".join)
ALARMS = st.lists(st.integers(-3000, 3000).map(lambda n: Alarm(dt.timedelta(minutes=n))), max_size=2).map(
    tuple
)


@st.composite
def items(draw: st.DrawFn) -> Item:
    """Any item that the engine could ask for."""
    kind = draw(st.sampled_from(Kind))
    slots = st.builds(Slot, STARTS, st.integers(0, 3000) if kind is Kind.EVENT else st.just(0))
    when = draw(DAYS | slots)
    done = kind is Kind.TODO and draw(st.booleans())
    return Item(
        UID,
        kind,
        draw(TEXT),
        when,
        draw(NOTES),
        Status.DONE if done else Status.OPEN,
        100 if done else None,
        NOW if done else None,
        draw(ALARMS),
    )


def _instant(item: Item) -> Item:
    """The item with its time in UTC: that is what has to be kept."""
    if isinstance(item.when, Slot):
        return replace(item, when=Slot(item.when.start.astimezone(dt.UTC), item.when.minutes))
    return item


@given(items())
@settings(max_examples=150, deadline=None)
def test_what_is_encoded_is_decoded(item: Item) -> None:
    assert _instant(codec.decode(codec.encode(item, NOW).decode(), BERLIN)) == _instant(item)


@given(items(), items())
@settings(max_examples=150, deadline=None)
def test_a_patch_of_everything_gives_the_other_item(old: Item, new: Item) -> None:
    new = replace(new, kind=old.kind, alarms=old.alarms)
    if old.kind is Kind.EVENT:
        new = replace(new, status=Status.OPEN, percent=None, completed=None)
    elif isinstance(new.when, Slot):
        new = replace(new, when=Slot(new.when.start))
    fields = frozenset({"title", "when", "notes", "status"})
    text = codec.patch(codec.encode(old, NOW).decode(), new, fields, NOW, BERLIN).decode()
    assert _instant(codec.decode(text, BERLIN)) == _instant(new)


def test_a_zone_of_any_year_is_explained_quickly() -> None:
    """An item of the last years that we read does not cost seconds, nor hundreds of dates."""
    began = time.process_time()
    component = zones.vtimezone("Europe/Berlin", 2019, 9999)
    assert time.process_time() - began < 1
    text = component.to_ical().decode()
    assert text.count("RRULE") == 2
    assert "RDATE" not in text


@pytest.mark.parametrize("year", [1890, 2300])
def test_a_date_out_of_reach_is_not_written(year: int) -> None:
    """It could not be read back."""
    with pytest.raises(Unreadable, match="outside the years"):
        codec.encode(_todo(Day(dt.date(year, 1, 1))), NOW)
    with pytest.raises(Unreadable, match="outside the years"):
        codec.patch(_resource("VTODO"), _todo(Day(dt.date(year, 1, 1))), WHEN, NOW, BERLIN)


def test_a_text_that_was_folded_is_one_line() -> None:
    item = _todo(DAY, notes="x" * 700_000)
    text = codec.encode(item, NOW).decode()
    assert text.count("\n") > 8_000
    assert codec.decode(text, BERLIN) == item


def test_a_sequence_that_is_none_is_counted_from_the_start() -> None:
    text = _resource("VEVENT", "DTSTART:20261123T080000Z", "SEQUENCE:soon")
    assert "SEQUENCE:1" in _patched(text, _event(Slot(NOW)), WHEN)
