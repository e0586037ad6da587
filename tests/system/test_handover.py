"""A bundle stands in its owner's apps only; a handover moves its open items, and its past stays."""

from __future__ import annotations

import pytest

from tests.system.house import House

DUE = {"days", "wash", "present", "card", "cake", "guests", "ahead", "pay"}


def standing(house: House, user: str) -> set[str]:
    """The bundles of which anything stands in a partner's collections."""
    both = house.tasks(user, "calendar") | house.tasks(user, "todos")
    return {task.partition(".")[0] for task in both}


def uids(house: House, user: str, bundle: str) -> list[str]:
    """The UIDs of a bundle's items in a partner's two collections."""
    both = house.uids(user, "calendar") + house.uids(user, "todos")
    return [uid for uid in both if f".{bundle}." in uid]


def tick(text: str) -> str:
    """A to-do as an app leaves it when it is ticked."""
    return text.replace("END:VTODO", "STATUS:COMPLETED\nPERCENT-COMPLETE:100\nEND:VTODO")


def test_a_bundle_given_away_moves_within_one_pass_and_its_past_stays(house: House) -> None:
    house.settle()
    assert standing(house, "ada") == {"bins", "birthdays"} and standing(house, "ben") == {"bills"}
    assert house.tasks("ada", "calendar") == {"bins.out", "birthdays.xray"}
    assert not {task.partition(".")[2] for task in house.tasks("ada", "todos")} - DUE
    house.edit("ada", house.item("ada", "todos", "Check the collection days"), tick)
    house.again()
    done = [uid for uid in uids(house, "ada", "bins") if ".bins.days." in uid]
    open_ = [uid for uid in uids(house, "ada", "bins") if uid not in done]
    assert len(open_) >= 5 and len(done) == 1
    said = house.evenhold("bundle", "give", "bins", "Ben").stdout
    assert "Ben" in said
    house.once()
    assert uids(house, "ada", "bins") == done and uids(house, "ben", "bins") == open_
    assert standing(house, "ben") == {"bins", "bills"}
    house.again()
    assert house.audited() == {"bins": {"ada": 1}}
    assert house.entries("done", "skipped") == [("done", "bins.days")]
    assert house.query("SELECT owner, until IS NULL FROM tenure WHERE bundle = 'bins' ORDER BY since") == [
        ("ada", 0),
        ("ben", 1),
    ]


def test_what_the_receiver_does_is_the_receivers(home: House) -> None:
    home.settle()
    home.evenhold("bundle", "give", "Bins and recycling", "ben")
    home.again()
    home.again()
    home.edit("ben", home.item("ben", "todos", "Wash out the bins"), tick)
    home.once()
    assert home.audited() == {"bins": {"ben": 1}}
    assert home.evenhold("bundle", "give", "bins", "Ben").stdout.rstrip().endswith("already.")
    before = uids(home, "ben", "bins.out")
    home.inside("bundle", "give", "bins", "Ada")
    home.once()
    home.again()
    assert standing(home, "ada") == {"bins", "birthdays"}
    assert uids(home, "ada", "bins.out") == before != []
    assert home.audited() == {"bins": {"ben": 1}} and home.entries("skipped") == []


@pytest.mark.parametrize("word", ["pause", "archive"])
def test_a_bundle_that_rests_is_in_nobodys_apps_until_it_is_resumed(home: House, word: str) -> None:
    home.settle()
    before = {kind: [one.uid for one in items] for kind, items in home.everything().items()}
    home.evenhold("bundle", word, "bins")
    home.once()
    assert standing(home, "ada") == {"birthdays"} and standing(home, "ben") == {"bills"}
    home.evenhold("bundle", "resume", "bins")
    home.again()
    assert {kind: [one.uid for one in items] for kind, items in home.everything().items()} == before
    home.again()
    assert home.entries("done", "skipped", "lapsed") == []


def test_nobody_of_that_name_gets_a_bundle(home: House) -> None:
    home.load()
    assert "Ada, Ben" in home.evenhold("bundle", "give", "bins", "Bob", code=1).stderr
    assert "bins" in home.evenhold("bundle", "give", "bin", "Ben", code=1).stderr
    assert home.entries("owned") == []
