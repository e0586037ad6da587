"""Whether a recurrence rule that a person wrote is one that Evenhold takes. Pure, and bounded in time.

What a rule's days are is `core.recurrence`'s; here is only why one is refused, in words for a person.
"""

from __future__ import annotations

import datetime as dt
import re

from dateutil.rrule import rrulestr

_MONTHLY = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYDAY", "BYSETPOS", "BYMONTHDAY"}
)
# Which parts go with which frequency: the table of RFC 5545 section 3.3.10, without times of day.
_PARTS = {
    "DAILY": _MONTHLY,
    "WEEKLY": _MONTHLY - {"BYMONTHDAY"},
    "MONTHLY": _MONTHLY,
    "YEARLY": _MONTHLY | {"BYYEARDAY", "BYWEEKNO"},
}
_MOST = 1000
_YEARS = 12
_ENDS = re.compile(r"(?:^|(?<=;))(?:UNTIL|COUNT)=[^;]*(?:;|$)")
_UNTIL = re.compile(r"(?:^|;)UNTIL=(\d{8})(?:T\d{6}Z?)?(?:;|$)", re.IGNORECASE)
_LAST_YEARS = range(9960, 9988)


def refusal(text: str, start: dt.date) -> str | None:
    """Why a rule counted from `start` is refused, or None where it is taken.

    Taken are rules of RFC 5545 section 3.3.10 that are daily or coarser, name no time of day and name a
    day within twelve years. The answer takes at most some 50 ms, whatever the rule.
    """
    if not re.fullmatch(r"[A-Za-z]+=[A-Za-z0-9,+-]+(;[A-Za-z]+=[A-Za-z0-9,+-]+)*", text) or len(text) > 500:
        return "it must be one recurrence rule and nothing else, as in FREQ=WEEKLY;BYDAY=TU"
    pairs = [part.split("=") for part in text.upper().split(";")]
    parts = dict(pairs)
    fault = _bad_part(parts, repeated=len(parts) < len(pairs))
    if fault:
        return fault
    until = _UNTIL.search(text)
    try:
        first = _first_day(text.upper(), start)
        last = dt.datetime.strptime(until[1], "%Y%m%d").date() if until else dt.date.max
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        return f"it is not a recurrence rule ({error})"
    if first is None or first.year > start.year + _YEARS:
        return f"it names no day within {_YEARS} years"
    return "its UNTIL comes before its first day" if first > last else None


def _bad_part(parts: dict[str, str], *, repeated: bool) -> str | None:
    if repeated:
        return "it says the same part twice"
    allowed = _PARTS.get(parts.get("FREQ", ""))
    if allowed is None:
        return "its FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY: nothing finer"
    for part in parts.keys() - allowed:
        return f"it may not have {part} beside FREQ={parts['FREQ']}"
    for part in ("INTERVAL", "COUNT"):
        # dateutil takes an INTERVAL of 0, and then never ends.
        if part in parts and not (parts[part].isdigit() and 1 <= int(parts[part]) <= _MOST):
            return f"its {part} must be 1 to {_MOST}"
    if "UNTIL" in parts and not _UNTIL.search(f"UNTIL={parts['UNTIL']}"):
        return "its UNTIL must be a day, as in 20271231"
    if "COUNT" in parts and "UNTIL" in parts:
        return "it may have COUNT or UNTIL, not both"
    return None


def _first_day(text: str, start: dt.date) -> dt.date | None:
    """The first day that a rule names, asked where the answer comes soon.

    dateutil looks at UNTIL only once it has a match and else searches to the year 9999, which takes
    seconds. So the same rule is asked in a like year (the calendar returns after 28 years, where no
    century comes between) so late that its search ends after 12 to 40 years.
    """
    like = next(
        year
        for year in _LAST_YEARS
        if (year - start.year) % 4 == 0
        and dt.date(year, 1, 1).weekday() == dt.date(start.year, 1, 1).weekday()
    )
    begin = dt.datetime(like, start.month, start.day)
    rule = rrulestr(_ENDS.sub("", text).strip(";"), dtstart=begin)
    found = next(iter(rule), None)
    return start + (found - begin) if found is not None else None
