"""`evenhold status`: for each collection where it is, when it was last in step, and what waits."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from syncer import clock, lastpass
from syncer.app import App
from syncer.commands.say import answers
from syncer.commands.words import age, count
from syncer.core.spoke import Spoke
from syncer.ledger import bindings, intents, projections, quarantine, views
from syncer.onboarding.reminders import Reminder


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """One collection as last known. Times are UTC; `trouble` is empty where all is well.

    `since` is when the trouble began; `reminder` tells of a login that ends soon.
    """

    spoke: Spoke
    account: str
    partner: str
    address: str
    user: str
    collection: str
    kind: str
    last_success: dt.datetime | None
    items: int
    open_intents: int
    held: bindings.Hold | None
    set_aside: list[quarantine.SetAside]
    linked: bool
    trouble: str
    since: dt.datetime | None
    reminder: Reminder | None

    def to_json(self, now: dt.datetime) -> dict[str, Any]:
        """A row of `evenhold status --json`; `age_seconds` is null before the first success."""
        last = self.last_success
        return {
            "account": self.account,
            "partner": self.partner,
            "address": self.address,
            "user": self.user,
            "collection": self.collection,
            "kind": self.kind,
            "last_success": last.isoformat() if last else None,
            "age_seconds": round((now - last).total_seconds()) if last else None,
            "items": self.items,
            "open_intents": self.open_intents,
            "held": (
                {
                    "since": self.held.since.isoformat(),
                    "reason": self.held.reason,
                    "items": list(self.held.items),
                    "completed": list(self.held.completed),
                    "answer": self.held.answer,
                }
                if self.held
                else None
            ),
            "set_aside": [
                {"item": item.ref, "reason": item.reason, "since": item.since.isoformat()}
                for item in self.set_aside
            ],
            "linked": self.linked,
            "trouble": self.trouble,
            "trouble_since": self.since.isoformat() if self.since else None,
            "login": f"{self.reminder.text}. {self.reminder.cure}" if self.reminder else "",
        }


def collect(app: App) -> list[CollectionStatus]:
    """The status of every collection that is configured; makes no request."""
    known = lastpass.read(app.state)
    due = {name: reminder for reminder in app.reminders(clock.now()) for name in reminder.accounts}
    rows: list[CollectionStatus] = []
    with app.ledger.read() as connection:
        aside = quarantine.of(connection, app.household)
        unlinked = views.unlinked(connection, app.household)
        for line in app.lines:
            spoke, connector = line.spoke, line.connector
            said = known.get(spoke.name, {})
            last, since = said.get("last_success"), said.get("since")
            rows.append(
                CollectionStatus(
                    spoke=spoke,
                    account=spoke.account,
                    partner=app.config.household.partners[spoke.partner].name,
                    address=connector.address,
                    user=connector.user,
                    collection=spoke.collection,
                    kind=str(spoke.kind),
                    last_success=dt.datetime.fromisoformat(last) if last else None,
                    items=len(projections.known(connection, app.household, spoke)),
                    open_intents=intents.count_open_intents(connection, app.household, spoke),
                    held=bindings.hold(connection, app.household, spoke),
                    set_aside=aside.get(spoke.name, []),
                    linked=spoke.account not in unlinked,
                    trouble=said.get("trouble", ""),
                    since=dt.datetime.fromisoformat(since) if since else None,
                    reminder=due.get(spoke.account),
                )
            )
    return rows


def print_status(app: App, *, as_json: bool) -> None:
    """Print the status of every collection."""
    now = clock.now()
    rows = collect(app)
    if as_json:
        print(json.dumps([row.to_json(now) for row in rows], indent=2, ensure_ascii=False))
        return
    account = told = ""
    for row in rows:
        if row.account != account:
            account, told = row.account, ""
            out = "" if row.linked else f"; unlinked, `evenhold link {row.account}` takes it in again"
            user = f" as {row.user}" if row.user else ""
            print(f"{row.account} ({row.partner}): {row.address}{user}{out}")
            if row.reminder:
                print(f"  {row.reminder.text[:1].upper()}{row.reminder.text[1:]}. {row.reminder.cure}")
        words = [count(row.items, "item"), f"last in step {age(row.last_success, now)}"]
        if row.open_intents:
            words.append(f"{count(row.open_intents, 'write')} to be looked up")
        if row.held:
            many = len(row.held.waiting)
            words.append(f"{count(many, 'change')} {'waits' if many == 1 else 'wait'}: {row.held.reason}")
        print(f"  {row.collection} ({row.kind}): {', '.join(words)}")
        if row.held:
            print(answers(row.spoke))
        for item in row.set_aside:
            print(f"    set aside {age(item.since, now)}, until it is mended: {item.ref} ({item.reason})")
        if row.trouble and row.trouble != told:  # a login that is refused is every collection's trouble
            told = row.trouble
            since = f" (since {age(row.since, now)})" if row.since else ""
            print(f"    {row.trouble}{since}")
