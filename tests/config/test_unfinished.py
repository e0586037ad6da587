"""A configuration that is still being written, or is wrong in a part, is used as far as it goes."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from syncer.config.settings import ConfigError, parse, survey
from syncer.connector import Settings
from syncer.plugins import GROUP, Registry, discover
from tests.config.test_settings import Fake

HEAD = """
[household]
name = "home"

[[partners]]
name = "Ada"
time_zone = "Europe/Berlin"

[[partners]]
name = "Ben"
time_zone = "Europe/Berlin"
"""
ADA = """
[[accounts]]
name = "ada"
partner = "Ada"
todos = "Tasks"
password = { file = "ada" }
url = "https://dav.example.org/"
user = "ada"
"""
BROKEN = """
[[accounts]]
name = "ben"
partner = "Ben"
connector = "alike"
todos = 7

password = { file = "ben" }
"""
TOKENS = """
[[accounts]]
name = "{0}"
partner = "{1}"
connector = "alike"
todos = "Tasks"
password = {{ file = "{2}.token" }}
"""
FILE = Path("home.toml")


@pytest.fixture
def registry() -> Registry:
    alike = EntryPoint("alike", "tests.config.test_unfinished:Alike", GROUP)
    return discover([EntryPoint("caldav", "connectors.caldav:CalDAV", GROUP), alike])


class Alike(Fake):
    """A provider whose settings are the same for everybody: the login is in the token."""

    settings = Settings


@pytest.mark.parametrize("accounts", ["", ADA])
def test_partners_may_lack_an_account_while_it_is_unfinished(registry: Registry, accounts: str) -> None:
    config = parse(HEAD + accounts, FILE, registry, unfinished=True)
    assert [account.name for account in config.accounts] == (["ada"] if accounts else [])
    with pytest.raises(ConfigError):
        parse(HEAD + accounts, FILE, registry)


def test_every_other_mistake_is_one_while_it_is_unfinished_too(registry: Registry) -> None:
    with pytest.raises(ConfigError) as told:
        parse(HEAD + ADA.replace('"Ada"', '"Adda"').replace("url", "ulr"), FILE, registry, unfinished=True)
    assert len(told.value.problems) == 3
    with pytest.raises(ConfigError, match="a second todos for Ada"):
        parse(HEAD + ADA + ADA.replace('"ada"', '"other"'), FILE, registry, unfinished=True)


def test_a_survey_keeps_what_is_sound_and_tells_all_that_is_not(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "home.toml"
    file.write_text(HEAD + BROKEN + ADA)
    found = survey(file, registry)
    assert found.config is not None
    assert [account.name for account in found.config.accounts] == ["ada"]
    assert [problem.place for problem in found.problems] == ['accounts[0].todos (accounts["ben"])']


def test_a_survey_of_a_household_that_can_not_be_read_says_so(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "home.toml"
    file.write_text(HEAD.replace("Berlin", "Nowhere", 1) + ADA)
    found = survey(file, registry)
    assert found.config is None
    assert len(found.problems) == 2
    file.write_text("[household")
    with pytest.raises(ConfigError, match="no valid TOML"):
        survey(file, registry)


def test_two_logins_that_only_their_tokens_tell_apart_may_have_lists_of_one_name(registry: Registry) -> None:
    two = HEAD + TOKENS.format("ada", "Ada", "ada") + TOKENS.format("ben", "Ben", "ben")
    assert len(parse(two, FILE, registry).accounts) == 2
    one = HEAD + TOKENS.format("ada", "Ada", "ada") + TOKENS.format("ben", "Ben", "ada")
    with pytest.raises(ConfigError, match="a collection of its own"):
        parse(one, FILE, registry)
