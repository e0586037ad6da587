"""Which accounts a command is about: those that come in, and those whose login is renewed."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from syncer.config.settings import Config, parse
from syncer.connector import ProviderGone, Settings
from syncer.core.model import Kind
from syncer.onboarding.answers import settle
from syncer.onboarding.enrolment import (
    CALENDAR,
    TODOS,
    Choice,
    Seat,
    connectors_of,
    partner_named,
    to_add,
    to_renew,
)
from syncer.onboarding.errors import NotConnected
from syncer.plugins import GROUP
from syncer.problems import Problem
from tests.onboarding.house import HEAD, Both, BothSettings, registry, table

REGISTRY = registry()


def config(*tables: str, head: str = HEAD) -> Config:
    return parse(head + "".join(tables), Path("home.toml"), REGISTRY, unfinished=True)


def added(provider: str, *tables: str, **choice: str) -> list[Seat]:
    household = config(*tables)
    found = connectors_of(REGISTRY, provider)
    settings = BothSettings(url="https://one.example.org") if provider == "both" else Settings()
    return to_add(
        household,
        partner_named(household, "Ada"),
        {name: (kind_of, settings) for name, kind_of in found.items()},
        Choice(**choice),  # type: ignore[arg-type]  # texts alone
    )


def renewed(provider: str, *tables: str, new: bool = False, **choice: str) -> list[str]:
    household = config(*tables)
    found = connectors_of(REGISTRY, provider)
    seats = to_renew(household, partner_named(household, "ada"), found, Choice(new=new, **choice))
    return [seat.name for seat in seats]


def shape(seats: list[Seat]) -> list[tuple[str, dict[Kind, str]]]:
    return [(seat.name, dict(seat.collections)) for seat in seats]


# --- who and where ---


def test_a_partner_is_found_by_name_or_id_and_a_wrong_name_is_corrected() -> None:
    household = config()
    assert partner_named(household, "ADA").id == partner_named(household, "ada").id == "ada"
    with pytest.raises(NotConnected, match='no partner "Adda", did you mean "Ada"') as told:
        partner_named(household, "Adda")
    assert str(told.value).endswith("There are: Ada, Ben")


def test_a_provider_is_one_connector_or_a_family() -> None:
    assert list(connectors_of(REGISTRY, "both")) == ["both"]
    assert list(connectors_of(REGISTRY, "pair")) == ["calendars", "lists"]
    assert list(connectors_of(REGISTRY, "lists")) == ["lists"]
    with pytest.raises(NotConnected, match='no connector "bohth", did you mean "both"') as told:
        connectors_of(REGISTRY, "bohth")
    assert "pair" in str(told.value)


def test_a_connector_that_can_not_be_used_says_why() -> None:
    (broken,) = connectors_of(REGISTRY, "broken").values()
    with pytest.raises(ProviderGone, match="can't be imported"):
        broken.login(Settings())
    twice = registry(EntryPoint("lists", "tests.onboarding.house:Both", GROUP))
    (lists,) = connectors_of(twice, "lists").values()
    with pytest.raises(ProviderGone, match="taken twice"):
        lists.login(Settings())


# --- new accounts ---


def test_what_a_provider_has_is_connected_under_the_usual_names() -> None:
    both = {Kind.EVENT: CALENDAR, Kind.TODO: TODOS}
    assert shape(added("both")) == [("ada-both", both)]
    assert shape(added("pair")) == [
        ("ada-calendars", {Kind.EVENT: CALENDAR}),
        ("ada-lists", {Kind.TODO: TODOS}),
    ]
    assert shape(added("tokens")) == [("ada-tokens", {Kind.TODO: TODOS})]


def test_naming_one_collection_connects_that_alone() -> None:
    assert shape(added("both", calendar="Ours")) == [("ada-both", {Kind.EVENT: "Ours"})]
    assert shape(added("pair", todos="Ours")) == [("ada-lists", {Kind.TODO: "Ours"})]
    both = {Kind.EVENT: "A", Kind.TODO: "B"}
    assert shape(added("both", calendar="A", todos="B", account="mine")) == [("mine", both)]


def test_what_the_partner_has_elsewhere_is_not_connected_again() -> None:
    has_list = table("old", "Ada", "tokens", todos="Tasks")
    assert shape(added("pair", has_list)) == [("ada-calendars", {Kind.EVENT: CALENDAR})]
    bens = table("bens", "Ben", "both", calendar="Household", todos="Tasks")
    assert len(added("pair", bens)) == 2
    with pytest.raises(NotConnected, match="Ada has a to-do list in old already"):
        added("tokens", has_list)
    with pytest.raises(NotConnected, match="Ada has a to-do list in old already"):
        added("pair", has_list, todos="Others")


def test_what_a_provider_has_not_is_told() -> None:
    with pytest.raises(NotConnected, match="such an account has no calendar"):
        added("tokens", calendar="Ours")
    with pytest.raises(NotConnected, match="such an account has no calendar"):
        added("tokens", calendar="Ours", todos="Mine")


def test_a_name_that_is_taken_gets_a_number() -> None:
    bens = table("ada-both", "Ben", "both", calendar="Household")
    assert [seat.name for seat in added("both", bens)] == ["ada-both-2"]


@pytest.mark.parametrize("name", ["Æ" * 60, "A" * 60, "Åsa-Märta von und zu Hinterupfingen", "李"])
def test_every_partner_gets_a_name_that_a_file_may_hold(name: str) -> None:
    household = config(head=HEAD.replace("Ada", name))
    found = {n: (k, Settings()) for n, k in connectors_of(REGISTRY, "pair").items()}
    (seat, _) = to_add(household, partner_named(household, name), found, Choice())
    tables = table(seat.name, name, "calendars", calendar="Household")
    assert config(tables, head=HEAD.replace("Ada", name)).accounts[0].name == seat.name


# --- renewing ---

PAIR = (
    table("c", "Ada", "calendars", "pair", calendar="Household"),
    table("l", "Ada", "lists", "pair", todos="Tasks"),
)


def test_what_is_connected_has_its_login_renewed() -> None:
    assert renewed("pair") == []
    assert renewed("pair", *PAIR) == ["c", "l"]
    assert renewed("pair", PAIR[0]) == ["c"]
    assert renewed("pair", PAIR[0].replace("Ada", "Ben")) == []
    assert renewed("pair", *PAIR, account="l") == ["l"]
    assert renewed("both", *PAIR) == []


def test_another_account_is_meant_where_that_is_said() -> None:
    one = table("one", "Ada", "both", calendar="Household")
    assert renewed("both", one, new=True) == []
    assert renewed("both", one, account="another") == []


def test_which_of_several_has_to_be_said() -> None:
    two = (
        table("one", "Ada", "both", calendar="Household"),
        table("two", "Ada", "both", todos="Tasks", user="b"),
    )
    with pytest.raises(NotConnected, match=r"several such accounts \(one, two\)"):
        renewed("both", *two)
    assert renewed("both", *two, account="two") == ["two"]


def test_somebody_elses_account_is_not_renewed_by_its_name() -> None:
    bens = table("bens", "Ben", "both", calendar="Household")
    with pytest.raises(NotConnected, match='"bens" is another account'):
        renewed("both", bens, account="bens")


def test_renewing_changes_no_collection() -> None:
    with pytest.raises(NotConnected, match="only its login is renewed"):
        renewed("pair", *PAIR, calendar="Another")


# --- settings ---


def test_what_a_connector_needs_is_asked_until_it_is_content() -> None:
    asked: list[tuple[str, str]] = []
    answers = iter(["https://one.example.org"])

    def ask(key: str, problem: Problem) -> str:
        asked.append((key, problem.found))
        return next(answers)

    found = settle(Both, {}, ask)
    assert found == BothSettings(url="https://one.example.org")
    assert asked == [("url", "nothing")]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"speed": "12"}, "the setting speed: found"),
        ({"url": "https://a.example.org", "sped": "1"}, 'unknown key "sped"'),
    ],
)
def test_what_was_given_wrongly_is_told_and_not_asked_for(given: dict[str, str], said: str) -> None:
    with pytest.raises(NotConnected, match=said):
        settle(Both, given, lambda key, problem: "https://one.example.org")
