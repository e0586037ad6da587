"""The canonical form of an item, which decides whether anything changed.

A revision (ETag) says that a server touched an item; only this form says whether a person did. Texts
are kept as fingerprints, so that no title or note of a person's rests in the database. What servers and
apps rewrite without meaning anything, and what makes it equal here:

| seen | who | made equal by |
|---|---|---|
| property order, folding, line ends, PRODID, DTSTAMP, LAST-MODIFIED | all | not part of the form |
| SEQUENCE counted up, CREATED added | DAViCal, SOGo, apps | not part of the form |
| CLASS:PUBLIC added, TRANSP or PRIORITY dropped | SOGo, apps | not part of the form |
| alarms acknowledged or snoozed | Thunderbird, Evolution | not part of the form: they are the owner's |
| trailing blanks and line ends of texts, NFD accents | Apple, Google | texts are NFC, blanks folded |
| another zone's name or UTC for the same moment | Google, Exchange, Apple | moments are compared in UTC |
| DTEND against DURATION | Evolution, Cyrus | minutes |
| PERCENT-COMPLETE:0 or STATUS:NEEDS-ACTION added | Tasks.org, jtx | the same as absent |
| RRULE in another case, COUNT counted down | Evolution, python-caldav | rule in capitals, without its end |
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from syncer.core.model import Day, Item, Kind, Status, When
from syncer.core.ticks import split_tick

_BLANK = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Canon:
    """What an item says, as far as Evenhold cares. Texts are fingerprints; None: left to the owner."""

    title: str | None
    mark: str
    when: str
    notes: str | None
    status: Status
    percent: int = 0
    rule: str = ""

    def to_data(self) -> dict[str, Any]:
        """JSON with a key for each field."""
        return {
            "title": self.title,
            "mark": self.mark,
            "when": self.when,
            "notes": self.notes,
            "status": str(self.status),
            "percent": self.percent,
            "rule": self.rule,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Canon:
        """The inverse of `to_data`."""
        return cls(**{**data, "status": Status(data["status"])})


def text_print(text: str) -> str:
    """The fingerprint of a title or note: case and punctuation count, blanks don't."""
    folded = _BLANK.sub(" ", unicodedata.normalize("NFC", text)).strip()
    return hashlib.sha256(folded.encode()).hexdigest()[:20]


def when_print(when: When | None) -> str:
    """A day, or a moment in UTC to the second with its minutes."""
    if when is None:
        return ""
    if isinstance(when, Day):
        return when.date.isoformat()
    moment = when.start.astimezone(dt.UTC).replace(microsecond=0)
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}/{when.minutes}"


def rule_print(rule: str) -> str:
    """A recurrence rule without its end: how often counts, not how often still."""
    return ";".join(part for part in rule.upper().split(";") if not part.startswith(("COUNT=", "UNTIL=")))


def printed_day(when: str, zone: dt.tzinfo) -> dt.date | None:
    """The local day of what `when_print` made; None where there was no date."""
    if not when:
        return None
    if "/" not in when:
        return dt.date.fromisoformat(when)
    return dt.datetime.fromisoformat(when.partition("/")[0]).astimezone(zone).date()


def canonical(item: Item, known_title: str | None = None) -> Canon:
    """The canonical form of an item as an app holds it.

    `known_title` is the fingerprint of the title that it had: only against it can a title with
    an "x " in front be told from one that begins so.
    """
    title, mark = item.title, ""
    if item.kind is Kind.EVENT:
        title, mark = split_tick(item.title, lambda rest: text_print(rest) == known_title)
    percent = item.percent or 0
    return Canon(
        title=text_print(title),
        mark=mark,
        when=when_print(item.when),
        notes=text_print(item.notes),
        status=item.status,
        percent=100 if item.status is Status.DONE else percent,
        rule=rule_print(item.rule),
    )
