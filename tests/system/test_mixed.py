"""Ada in Google's apps, Ben in Todoist and a CalDAV calendar: the real command, over real HTTP."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.emulators.household import ADA_CALENDAR, ADA_LIST, BEN_CALENDAR, BEN_LIST
from tests.system.flat import FOUR, Flat, bundle, task

EACH = 150
"""Tasks of a partner that are done while nobody runs Evenhold: three hundred in all."""
NOTICE = "Evenhold can't log in to ada-calendar"


def many() -> str:
    """A bundle of so many tasks for each of them."""
    return "\n".join(
        bundle(id, who, (task(f"t{n}", f"{who} {n}", 1 + n % 20) for n in range(EACH)))
        for id, who in (("hers", "Ada"), ("his", "Ben"))
    )


def test_a_bundle_goes_from_todoist_to_google_and_a_tick_in_any_app_counts_once(flat: Flat) -> None:
    flat.settle(FOUR)
    assert {app: flat.titles(app) for app in flat.apps()} == {
        ADA_CALENDAR: ["Bins out"],
        ADA_LIST: ["Wash the bins"],
        BEN_CALENDAR: ["Go to the bank"],
        BEN_LIST: ["Pay the rent"],
    }
    for app, title in (
        (ADA_CALENDAR, "Bins out"),
        (ADA_LIST, "Wash the bins"),
        (BEN_CALENDAR, "Go to the bank"),
        (BEN_LIST, "Pay the rent"),
    ):
        flat.thing(app, title).tick()
    flat.once()
    done = {("done", name): 1 for name in ("bins.out", "bins.wash", "bills.bank", "bills.pay")}
    assert flat.facts() == done
    flat.once()
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    assert flat.facts() == done
    assert flat.audited() == {"bins": {"ada": 2}, "bills": {"ben": 2}}


def test_what_is_handed_over_leaves_todoist_and_stands_in_googles_apps(flat: Flat) -> None:
    flat.settle(FOUR)
    flat.evenhold("bundle", "give", "bills", "Ada")
    flat.once()
    flat.once()
    assert flat.titles(BEN_LIST) == [] and flat.titles(BEN_CALENDAR) == []
    assert flat.titles(ADA_LIST) == ["Pay the rent", "Wash the bins"]
    assert flat.titles(ADA_CALENDAR) == ["Bins out", "Go to the bank"]
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    flat.thing(ADA_LIST, "Pay the rent").tick()
    flat.once()
    assert flat.facts() == {("done", "bills.pay"): 1}
    assert flat.audited()["bills"] == {"ada": 1}


@pytest.mark.parametrize("expired", [False, True], ids=["increment", "expired"])
def test_three_hundred_things_done_in_a_week_away_are_in_the_ledger_once_each(
    flat: Flat, expired: bool
) -> None:
    flat.settle(many())
    flat.once()
    assert len(flat.titles(ADA_LIST)) == len(flat.titles(BEN_LIST)) == EACH
    for app in (ADA_LIST, BEN_LIST):
        for number, thing in enumerate(flat.apps()[app]()):
            thing.tick()
            if number % 20 == 0:
                flat.stage.clock.advance(hours=10)
    if expired:
        flat.ben_tasks.forget_sync_tokens()
    flat.once()
    done = {("done", f"{id}.t{number}"): 1 for id in ("hers", "his") for number in range(EACH)}
    assert flat.facts() == done
    flat.once()
    before = flat.stands()
    flat.once()
    assert flat.stands() == before
    assert flat.facts() == done
    assert flat.audited() == {"hers": {"ada": EACH}, "his": {"ben": EACH}}


def test_a_grant_that_was_taken_back_freezes_that_account_alone_until_the_next_login(flat: Flat) -> None:
    flat.settle(FOUR)
    refresh = json.loads(flat.secret("ada-calendar"))["refresh_token"]
    revoked = httpx.post(f"{flat.stage.url}/revoke", data={"token": refresh}, trust_env=False)
    assert revoked.status_code == 200
    flat.thing(ADA_CALENDAR, "Bins out").tick()
    flat.thing(ADA_LIST, "Wash the bins").tick()
    flat.thing(BEN_LIST, "Pay the rent").tick()
    flat.once(code=1)
    assert flat.facts() == {("done", "bins.wash"): 1, ("done", "bills.pay"): 1}
    assert flat.titles(ADA_CALENDAR) == ["✓ Bins out"]
    assert flat.titles(ADA_LIST).count(NOTICE) == 1
    assert not any("log in" in title for app in (BEN_LIST, BEN_CALENDAR) for title in flat.titles(app))
    flat.once(code=1)
    before = flat.stands()
    flat.once(code=1)
    assert flat.stands() == before
    flat.log_in("ada-calendar")
    flat.once()
    flat.once()
    assert flat.facts() == {("done", name): 1 for name in ("bins.out", "bins.wash", "bills.pay")}
    assert NOTICE not in {thing.title for thing in flat.apps()[ADA_LIST]() if not thing.done}
