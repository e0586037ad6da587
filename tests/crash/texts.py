"""iCalendar as other apps see and change it, without the product's own codec.

Lives here: what a calendar-query is asked and answers, and an app's edits of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from tests.crash.apps import KEPT, Edit, Thing

DAV, CAL = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
EVERYTHING = (
    '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/>'
    '<c:calendar-data/></prop><c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
)
FOREIGN_TEXT = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Another app//EN
BEGIN:{0}
UID:{1}
DTSTAMP:20261101T080000Z
DTSTART;VALUE=DATE:20261201
SUMMARY:Choir
CATEGORIES:Singing
X-OF-ANOTHER-APP;X-P=1:kept
END:{0}
END:VCALENDAR
"""
COMPARED = ("SUMMARY", "DTSTART", "DUE", "DESCRIPTION", "STATUS", "X-KEPT")
"""Properties whose values must come out the same however the run was cut."""


def things_in(multistatus: str) -> Iterator[tuple[Thing, str]]:
    """What a calendar-query was answered, each with its whole text."""
    for response in ElementTree.fromstring(multistatus).iter(f"{DAV}response"):
        ref = str(response.findtext(f"{DAV}href"))
        body = next(response.iter(f"{CAL}calendar-data")).text or ""
        mark = next(response.iter(f"{DAV}getetag")).text or ""
        yield Thing(ref, value(body, "UID"), _fields(body), mark), body


def unfolded(text: str) -> str:
    """RFC 5545 section 3.1 undone, with plain line ends."""
    return re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n")


def value(text: str, name: str) -> str:
    """The value of the item's first property of that name, "" where it has none."""
    return _values(text).get(name, "")


def changed(text: str, change: Edit) -> str:
    """The text after an app's edit."""
    todo = "BEGIN:VTODO" in text
    lines: dict[str, str] = {"X-KEPT": KEPT}
    if change.notes is not None:
        lines["DESCRIPTION"] = change.notes
    if change.title is not None:
        lines["SUMMARY"] = change.title
    if change.day is not None:
        lines["DUE;VALUE=DATE"] = change.day.replace("-", "")
    if change.tick and todo:
        lines |= {"STATUS": "COMPLETED", "COMPLETED": "20261123T090500Z"}
    elif change.tick:
        lines["SUMMARY"] = f"x {lines.get('SUMMARY') or value(text, 'SUMMARY')}"
    plain = unfolded(text)
    for name in lines:
        plain = re.sub(rf"^{name.partition(';')[0]}[;:].*\n", "", plain, flags=re.MULTILINE)
    end = "END:VTODO" if todo else "END:VEVENT"
    return plain.replace(end, "".join(f"{key}:{said}\n" for key, said in lines.items()) + end)


def _values(text: str) -> dict[str, str]:
    inside = re.sub(r"BEGIN:(VTIMEZONE|VALARM)\n.*?END:\1\n", "", unfolded(text), flags=re.DOTALL)
    lines = re.findall(r"^([A-Z-]+)(?:;[^:\n]*)?:(.*)$", inside, flags=re.MULTILINE)
    return dict(reversed(lines))


def _fields(text: str) -> dict[str, str]:
    values = _values(text)
    found = {name: values.get(name, "") for name in COMPARED}
    return found | {"VALARM": str(text.count("BEGIN:VALARM"))}
