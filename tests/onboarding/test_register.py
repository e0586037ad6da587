"""The secret and the table are written together or not at all, and the configuration stays its person's."""

from __future__ import annotations

import os
import threading
import tomllib
from pathlib import Path
from typing import Any

import pytest

from syncer import files
from syncer.config.settings import ConfigError, load, parse
from syncer.connector import Settings
from syncer.core.model import Kind
from syncer.onboarding import register
from syncer.onboarding.enrolment import Seat
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.register import Place, appended, known_place, new_place, table_of
from syncer.secrets import SecretError, SecretRef
from tests.onboarding.house import HEAD, Both, BothSettings, Lists, registry, table

REGISTRY = registry()
SECRET = '{"refresh_token": "canary-1"}'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    file = tmp_path / "home.toml"
    file.write_text(HEAD)
    return file


def seat(name: str = "ada-lists", todos: str = "Household tasks") -> Seat:
    return Seat(name, "lists", Lists, Settings(), {Kind.TODO: todos})


def write(home: Path, one: Seat | None = None, partner: str = "Ada", secret: str = SECRET) -> Place:
    one = one or seat()
    place = new_place(home, one.name, ".token")
    register.register(home, REGISTRY, place.path, secret, [table_of(one, partner, place)], new=True)
    return place


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode & 0o777)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_table_comes_to_the_end_and_the_secret_beside_the_file(home: Path) -> None:
    place = write(home)
    text = home.read_text()
    assert text.startswith(HEAD)
    assert text.count("[[accounts]]") == 1 and "canary" not in text
    (account,) = parse(text, home, REGISTRY, unfinished=True).accounts
    assert (account.name, account.connector, account.todos) == ("ada-lists", "lists", "Household tasks")
    assert account.secret == SecretRef(file=home.parent / "ada-lists.token")
    assert place.path.read_text() == SECRET + "\n"
    assert place.path.stat().st_mode & 0o777 == 0o600
    write(home, seat("ben-lists"), "Ben")
    assert len(load(home, REGISTRY).accounts) == 2
    assert home.read_text().startswith(text)


def test_own_settings_are_written_as_they_were_given_and_no_others(home: Path) -> None:
    settings = BothSettings(url='https://x.example.org/"\\', speed=3)
    one = Seat("a", "both", Both, settings, {Kind.EVENT: 'Ours, "the" ✓\\', Kind.TODO: "B"})
    found = tomllib.loads(table_of(one, 'A "\x7fda', Place(Path("x"), "credential", "x")))["accounts"][0]
    assert found == {
        "name": "a",
        "partner": 'A "\x7fda',
        "connector": "both",
        "calendar": 'Ours, "the" ✓\\',
        "todos": "B",
        "password": {"credential": "x"},
        "url": 'https://x.example.org/"\\',
        "speed": 3,
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        "a = 1\n",
        "a = 1\n\n",
        "a = 1\r\n",
        "a = 1\r\nb = 2",
        "[x]\ny = 1 # z",
        "# only a comment",
    ],
)
def test_what_stands_in_the_file_is_not_touched(text: str) -> None:
    found = appended(text, [table("a", "Ada", "lists", todos="T").lstrip()], "More.")
    assert found.startswith(text)
    before, after = tomllib.loads(text), tomllib.loads(found)
    assert {key: value for key, value in after.items() if key != "accounts"} == before
    assert [one["name"] for one in after["accounts"]] == ["a"]
    if "\r\n" in text:
        assert "\n" not in found.replace("\r\n", "")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o600])
def test_the_file_keeps_its_mode_and_a_link_stays_one(home: Path, mode: int) -> None:
    real = home.parent / "etc" / "real.toml"
    real.parent.mkdir()
    home.rename(real)
    real.chmod(mode)
    home.symlink_to(real)
    write(home)
    assert home.is_symlink()
    assert real.stat().st_mode & 0o777 == mode
    assert real.read_text().count("[[accounts]]") == 1


# --- where the secret goes ---


def test_no_file_that_is_there_is_written_over(home: Path) -> None:
    (home.parent / "ada-lists.token").write_text("somebody's")
    (home.parent / "ada-lists-2.token").symlink_to("nowhere")
    assert new_place(home, "ada-lists", ".token").path.name == "ada-lists-3.token"


def test_beside_a_folder_of_credentials_it_is_one_of_them(home: Path) -> None:
    (home.parent / "credentials").mkdir()
    place = write(home)
    assert place.path == home.parent / "credentials" / "ada-lists"
    (account,) = parse(home.read_text(), home, REGISTRY, unfinished=True).accounts
    assert account.secret == SecretRef(credential="ada-lists")
    assert known_place(home, account.secret) == place


def test_what_is_no_file_of_ours_is_not_renewed(home: Path) -> None:
    with pytest.raises(NotConnected, match=r"comes from a program \(pass\)") as told:
        known_place(home, SecretRef(command=("pass", "show", "canary")))
    assert "canary" not in str(told.value)
    with pytest.raises(NotConnected, match="is not in"):
        known_place(home, SecretRef(credential="ada"))


def test_renewing_writes_the_secret_alone(home: Path) -> None:
    place = write(home)
    text = home.read_bytes()
    place.path.chmod(0o644)
    register.register(home, REGISTRY, place.path, "new", [], new=False)
    assert home.read_bytes() == text
    assert place.path.read_text() == "new\n" and place.path.stat().st_mode & 0o777 == 0o600


# --- all or nothing ---


@pytest.mark.parametrize("renew", [False, True])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=repr)
def test_what_fails_after_the_secret_leaves_everything_as_it_was(
    home: Path, monkeypatch: pytest.MonkeyPatch, renew: bool, error: BaseException
) -> None:
    if renew:
        write(home, seat("ben-lists", "Others"), "Ben", "old")
    before = everything(home.parent)
    real = files.replace

    def fail(path: Path, *given: Any, **named: Any) -> None:
        if path == home:
            raise error
        real(path, *given, **named)

    monkeypatch.setattr(files, "replace", fail)
    path = home.parent / ("ben-lists.token" if renew else "ada-lists.token")
    tables = [table_of(seat(), "Ada", Place(path, "file", path.name))]
    with pytest.raises((NotConnected, KeyboardInterrupt)):
        register.register(home, REGISTRY, path, SECRET, tables, new=not renew)
    assert everything(home.parent) == before


def test_a_secret_that_can_not_be_written_leaves_the_configuration_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(home.parent)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SecretError, match="No space left"):
        write(home)
    assert everything(home.parent) == before


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("Berlin", "Nowhere", 1),
        HEAD + table("ada-lists", "Ben", "lists", todos="T"),
        HEAD + table("x", "Ada", "lists", todos="T"),
        HEAD.replace("[household]", "accounts = []\n[household]"),
        HEAD + "[[",
        HEAD.replace("Ada", "Eve"),
    ],
    ids=["a mistake", "the name", "a second list", "an inline array", "no TOML", "no such partner"],
)
def test_a_configuration_that_would_not_be_one_is_not_written(home: Path, text: str) -> None:
    home.write_text(text)
    before = everything(home.parent)
    with pytest.raises((ConfigError, NotConnected)):
        write(home)
    assert everything(home.parent) == before


def test_two_at_once_lose_nothing(home: Path) -> None:
    ways = [("Ada", seat("ada-lists")), ("Ben", seat("ben-lists"))]
    start = threading.Barrier(2)

    def connect(partner: str, one: Seat) -> None:
        start.wait()
        write(home, one, partner)

    threads = [threading.Thread(target=connect, args=(partner, one)) for partner, one in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {account.name for account in load(home, REGISTRY).accounts} == {"ada-lists", "ben-lists"}


def test_the_second_of_two_for_the_same_account_is_refused_whole(home: Path) -> None:
    place = new_place(home, "ada-lists", ".token")
    tables = [table_of(seat(), "Ada", place)]
    register.register(home, REGISTRY, place.path, "first", tables, new=True)
    before = everything(home.parent)
    with pytest.raises(NotConnected, match="was changed meanwhile"):
        register.register(home, REGISTRY, place.path, "second", tables, new=True)
    assert everything(home.parent) == before


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_asked(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = new_place(home, "ada-lists", ".token")
    register.check_writable(home, place)
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != home.parent and allowed(path, mode))
    with pytest.raises(NotConnected, match="can't be written by this user"):
        register.check_writable(home, place)
