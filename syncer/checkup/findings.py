"""What an account answered, as findings with their cures. Pure but for the age of a password's file."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path

from syncer.checkup.values import About, Finding, Remembered
from syncer.commands.words import age, count, plain
from syncer.connector import Capability, Collection, ConnectorError, CredentialsDead, OAuth
from syncer.core.spoke import Spoke
from syncer.onboarding import grants
from syncer.onboarding.consent import lacking, short
from syncer.onboarding.grants import Grant

APART = dt.timedelta(minutes=5)
"""How far two clocks may differ: beyond that, some providers refuse logins and tokens."""
SHOWN = 8


def said(error: ConnectorError) -> str:
    """What failed, and where."""
    return f"{error.condition} ({error.subject})" if error.subject else error.condition


def reached(seconds: float) -> Finding:
    """It answered."""
    return Finding(About.REACHED, True, f"in {seconds:.1f} s", data={"seconds": round(seconds, 2)})


def refused(dead: CredentialsDead, grant: Grant | None, again: str) -> Finding:
    """Its login is not taken; `again` is the command that connects it anew."""
    # A cure of the connector's that names no command says what may be wrong besides.
    hint = f"{dead.cure.rstrip('.')}. " if dead.cure and "evenhold connect" not in dead.cure else ""
    return Finding(About.LOGIN, False, said(dead), f"{hint}Run: {again}", _data(grant))


def login(grant: Grant | None, file: Path | None, again: str, now: dt.datetime) -> Finding:
    """How old the login is, and whether it ends soon; of a plain password, how long it stands in its file."""
    if grant is None:
        since = dt.datetime.fromtimestamp(file.stat().st_mtime, dt.UTC) if file is not None else None
        kept = f", written down {age(since, now)}" if since is not None else ""
        return Finding(About.LOGIN, True, f"accepted{kept}")
    if text := grants.warning(grant, now):
        return Finding(About.LOGIN, False, text, grants.cure(grant, again), _data(grant))
    given = f", given {age(grant.granted, now)}" if grant.granted else ""
    ends = f", ends in {grants.span(left)}" if (left := grant.left(now)) is not None else ""
    return Finding(About.LOGIN, True, f"accepted{given}{ends}", data=_data(grant))


def _data(grant: Grant | None) -> dict[str, object]:
    if grant is None:
        return {}
    return {
        "granted": grant.granted.isoformat() if grant.granted else None,
        "expires": grant.expires.isoformat() if grant.expires else None,
        "testing": grant.testing,
    }


def scopes(oauth: OAuth, grant: Grant, again: str) -> Finding:
    """What the login reaches, and what it lacks."""
    missing = [short(scope) for scope in lacking(oauth, grant.scopes)]
    data = {"granted": sorted(grant.scopes), "missing": missing}
    if missing:
        cure = f"Run: {again}, and tick every box on the page"
        return Finding(About.SCOPES, False, f"{', '.join(missing)} is missing", cure, data)
    return Finding(About.SCOPES, True, ", ".join(sorted(map(short, grant.scopes))), data=data)


def clock(told: dt.datetime, now: dt.datetime) -> Finding:
    """How far this computer's clock is from the provider's."""
    apart = abs(now - told)
    data = {"skew_seconds": round((now - told).total_seconds(), 1)}
    if apart > APART:
        side = "ahead of" if now > told else "behind"
        minutes = round(apart.total_seconds() / 60)
        length = count(minutes, "minute") if minutes < 90 else grants.span(apart)
        text = f"this computer's clock is {length} {side} the server's"
        return Finding(About.CLOCK, False, text, "Set the clock right: timedatectl set-ntp true", data)
    # An answer tells its time in whole seconds (RFC 9110 section 5.6.7).
    return Finding(About.CLOCK, True, f"within {max(2, round(apart.total_seconds()))} s", data=data)


def can(capabilities: frozenset[Capability]) -> Finding:
    """What the provider can hold or do."""
    names = [str(one) for one in Capability if one in capabilities]
    return Finding(About.CAN, True, ", ".join(names), data={"capabilities": names})


def collections(spokes: Sequence[Spoke], remembered: Remembered, there: Sequence[Collection]) -> Finding:
    """Whether the configured ones are there, and what else is."""
    used: list[Collection] = []
    well: list[str] = []
    lost: list[str] = []
    for spoke in spokes:
        ref = remembered.binding(spoke).ref
        found = next((one for one in there if _is(one, spoke, ref)), None)
        if found is not None:
            used.append(found)
            well.append(f"“{plain(found.name)}”")
        elif ref is None:
            well.append(f"“{plain(spoke.collection)}” (the first pass makes it)")
        else:
            lost.append(f"“{plain(spoke.collection)}”")
    others = [plain(one.name) for one in there if one not in used]
    more = f" and {len(others) - SHOWN} more" if len(others) > SHOWN else ""
    beside = f"; also there: {', '.join(others[:SHOWN])}{more}" if others else ""
    data = {"used": [one.name for one in used], "lost": lost, "others": others}
    if lost:
        cure = "Make it again under that name in the app, or name another in the configuration"
        return Finding(About.COLLECTIONS, False, f"not there any more: {', '.join(lost)}{beside}", cure, data)
    return Finding(About.COLLECTIONS, True, f"{', '.join(well)}{beside}", data=data)


def _is(collection: Collection, spoke: Spoke, ref: str | None) -> bool:
    if ref is not None and collection.ref == ref:
        return True
    return spoke.kind in collection.kinds and spoke.collection in (collection.ref, collection.name)


def held(spokes: Sequence[Spoke], remembered: Remembered) -> list[Finding]:
    """The plans that wait for a person's word."""
    found: list[Finding] = []
    for spoke in spokes:
        hold = remembered.holds.get(spoke.name)
        if hold is not None and hold.answer is None:
            many = count(len(hold.waiting), "change")
            verb = "waits" if len(hold.waiting) == 1 else "wait"
            text = f"“{plain(spoke.collection)}”: {many} {verb}, {hold.reason}"
            cure = f"See: evenhold plan. Then: evenhold release {shlex.quote(spoke.name)} (or --restore)"
            data = {"collection": spoke.name, "waiting": sorted(hold.waiting), "reason": hold.reason}
            found.append(Finding(About.HELD, False, text, cure, data))
    return found or [Finding(About.HELD, True, "none")]
