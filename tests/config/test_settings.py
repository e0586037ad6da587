"""One TOML file becomes one frozen Config, and every mistake in it is told at once, secrets aside."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar, get_args
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, Field

from connectors.caldav.settings import CalDAVSettings
from syncer.config.settings import Account, Config, ConfigError, Sync, load, partner_id
from syncer.config.tables import AccountTable, File
from syncer.connector import (
    Capability,
    Collection,
    Connector,
    Context,
    Image,
    Listing,
    Login,
    Outcome,
    Settings,
)
from syncer.core.model import Alarm, Alarms, Household, Kind, Partner
from syncer.plugins import GROUP, Registry, discover
from syncer.problems import Mistakes, Problem
from syncer.resources import path
from syncer.secrets import SecretRef

CANARY = "canary-8b1d"


class FakeSettings(Settings):
    url: str
    user: str = ""
    speed: int = Field(default=1, ge=1, le=9, description="a whole number, 1 to 9")


class Fake(Connector):
    """A connector that does nothing, with settings of its own."""

    name = "fake"
    settings: ClassVar[type[Settings]] = FakeSettings
    capabilities = frozenset({Capability.EVENTS, Capability.TODOS})
    address = user = ""

    def __init__(self, settings: Settings, context: Context) -> None: ...

    def collections(self) -> Sequence[Collection]:
        return ()

    def create_collection(self, name: str, kind: Kind) -> Collection:
        return Collection("", name, frozenset({kind}))

    def pull(self, collection: Collection, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        raise NotImplementedError

    def read(self, collection: Collection, refs: Sequence[str]) -> tuple[()]:
        return ()

    def images(self, collection: Collection, refs: object) -> list[Image]:
        return []

    def address_of(self, collection: Collection, uid: str) -> str | None:
        return None

    def push(self, collection: Collection, operations: object) -> Iterator[Outcome]:
        return iter(())


class Open(Fake):
    """A provider that asks for no login."""

    @classmethod
    def login(cls, settings: Settings) -> Login:
        return Login(word="")


class OnlyTodos(Fake):
    """A provider without calendars."""

    capabilities = frozenset({Capability.TODOS})


@pytest.fixture
def registry() -> Registry:
    return discover(
        [
            EntryPoint("fake", f"{__name__}:Fake", GROUP),
            EntryPoint("open", f"{__name__}:Open", GROUP),
            EntryPoint("todos-only", f"{__name__}:OnlyTodos", GROUP),
            EntryPoint("broken", "no_such_module_anywhere:X", GROUP),
            EntryPoint("caldav", "connectors.caldav:CalDAV", GROUP),
        ]
    )


GOOD: dict[str, Any] = {
    "household": {"name": "our-home"},
    "partners": [
        {"name": "Ada", "time_zone": "Europe/Berlin", "addresses": ["a@b.org"]},
        {"name": "Ben", "time_zone": "America/New_York"},
    ],
    "accounts": [
        {
            "name": "ada-phone",
            "partner": "Ada",
            "connector": "fake",
            "calendar": "Home",
            "todos": "Tasks",
            "password": {"file": "ada.password"},
            "url": "https://one.example.org",
            "user": "ada",
        },
        {
            "name": "ben",
            "partner": "Ben",
            "connector": "fake",
            "calendar": "Home",
            "password": {"command": ["pass", "show", "ben"]},
            "url": "https://one.example.org",
            "user": "ben",
        },
    ],
}


def toml(value: object) -> str:
    """A value in TOML; tables within arrays as inline tables."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case dict():
            return "{" + ", ".join(f"{key} = {toml(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(toml(part) for part in value) + "]"
        case _:
            return str(value)


def written(folder: Path, tables: Mapping[str, Any]) -> Path:
    file = folder / "evenhold.toml"
    file.write_text("\n".join(f"{key} = {toml(value)}" for key, value in tables.items()))
    return file


_DROP = object()


def changed(*changes: tuple[str, object]) -> dict[str, Any]:
    """The good tables with some keys changed: `("accounts.0.url", value)`; _DROP takes a key away."""
    tables: dict[str, Any] = tomllib.loads("\n".join(f"{k} = {toml(v)}" for k, v in GOOD.items()))
    for where, value in changes:
        *parents, last = (int(part) if part.isdigit() else part for part in where.split("."))
        at: Any = tables
        for part in parents:
            at = at.setdefault(part, {}) if isinstance(at, dict) else at[part]
        if value is _DROP:
            del at[last]
        elif isinstance(at, list) and last == len(at):
            at.append(value)
        else:
            at[last] = value
    return tables


def mistakes(folder: Path, registry: Registry, *changes: tuple[str, object]) -> list[str]:
    with pytest.raises(ConfigError) as told:
        load(written(folder, changed(*changes)), registry)
    text = str(told.value)
    assert CANARY not in f"{text} {told.value!r}"
    assert all(line.startswith(f"{folder / 'evenhold.toml'}: ") for line in text.splitlines())
    assert len(text.splitlines()) == len(told.value.problems)
    return [line.removeprefix(f"{folder / 'evenhold.toml'}: ") for line in text.splitlines()]


def test_a_good_file_becomes_frozen_values(tmp_path: Path, registry: Registry) -> None:
    alarms = {"timed": [30, 0], "due": ["09:00"]}
    changes = ("partners.0.alarms", alarms), ("partners.0.addresses", ["ada@example.org", "mailto:a@b.org"])
    config = load(written(tmp_path, changed(*changes, ("sync.poll_seconds", 5))), registry)
    minute = dt.timedelta(minutes=1)
    ada = Partner(
        "ada",
        "Ada",
        ZoneInfo("Europe/Berlin"),
        ("mailto:ada@example.org", "mailto:a@b.org"),
        Alarms((Alarm(-30 * minute), Alarm(0 * minute)), (Alarm(540 * minute),)),
    )
    ben = Partner("ben", "Ben", ZoneInfo("America/New_York"))
    assert config == Config(
        household=Household("our-home", {"ada": ada, "ben": ben}),
        accounts=(
            Account(
                "ada-phone",
                "ada",
                "fake",
                FakeSettings(url="https://one.example.org", user="ada"),
                "Home",
                "Tasks",
                SecretRef(file=tmp_path / "ada.password"),
            ),
            Account(
                "ben",
                "ben",
                "fake",
                FakeSettings(url="https://one.example.org", user="ben"),
                "Home",
                None,
                SecretRef(command=("pass", "show", "ben")),
            ),
        ),
        sync=Sync(horizon_days=28, poll_seconds=5, compare_hours=24),
        ledger_url=None,
    )


def test_the_file_alone_counts(tmp_path: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNC", '{"horizon_days": 7}')
    monkeypatch.setenv("LEDGER", '{"url": "sqlite:///other.db"}')
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("SYNC='{\"horizon_days\": 7}'")
    config = load(written(tmp_path, GOOD), registry)
    assert config.sync == Sync() and config.ledger_url is None


def test_a_connector_that_can_not_be_used_is_no_mistake_of_the_file(
    tmp_path: Path, registry: Registry
) -> None:
    """The other accounts go on; what is wrong is told when this one is asked for anything."""
    config = load(written(tmp_path, changed(("accounts.0.connector", "broken"))), registry)
    assert [account.connector for account in config.accounts] == ["broken", "fake"]


def test_a_connector_that_is_not_installed_is_no_mistake_of_the_file(
    tmp_path: Path, registry: Registry
) -> None:
    """Who uninstalls a plugin that makes trouble finds the others going on, and can unlink its account."""
    raw = changed(("accounts.0.connector", "fak"), ("accounts.0.whatever", 3))
    config = load(written(tmp_path, raw), registry)
    assert [account.connector for account in config.accounts] == ["fak", "fake"]


@pytest.mark.parametrize(
    ("where", "value", "line"),
    [
        ("household.name", "Our Home", 'household.name: found "Our Home"; allowed: lower-case'),
        ("household", _DROP, "household: found nothing; allowed: a table [household]"),
        ("houshold", {"a": 1}, 'found the unknown key "houshold", did you mean "household"?'),
        ("partners", [], "partners: found a list; allowed: one or more tables [[partners]]"),
        ("partners.0.time_zone", "Europe/Berln", 'did you mean "Europe/Berlin"?'),
        ("partners.0.time_zone", "Europe", 'partners[0].time_zone (partners["Ada"]): found "Europe"'),
        ("partners.0.time_zone", "../../etc/passwd", "an IANA time zone"),
        ("partners.0.addresses", ["ada"], "partners[0].addresses[0]"),
        ("partners.1.addresses", ["mailto:A@b.org"], "allowed: an address that partners[0] does not have"),
        ("partners.0.alarms.timed", [-1], "partners[0].alarms.timed[0]"),
        ("partners.0.alarms.timed", ["30"], "partners[0].alarms.timed[0]"),
        ("partners.0.alarms.due", ["24:00"], 'a time of day in quotes, as in "18:30"'),
        ("partners.0.alarms.dew", [], 'did you mean "due"?'),
        ("partners.1.name", "ADA", 'partners[1].name (partners["ADA"]): found "ADA"; allowed: another name'),
        (
            "partners.2",
            {"name": "Cleo", "time_zone": "UTC"},
            "Cleo has no account yet. Connect one with: evenhold connect google --partner Cleo",
        ),
        ("accounts.0.url", _DROP, 'accounts[0].url (accounts["ada-phone"]): found nothing; allowed: '),
        ("accounts.0.speed", 10, "found 10; allowed: a whole number, 1 to 9"),
        ("accounts.0.sped", 3, 'the unknown key "sped", did you mean "speed"?'),
        ("accounts.0.todo", "x", 'the unknown key "todo", did you mean "todos"?'),
        (
            "accounts.0.partner",
            "Adah",
            'found "Adah", did you mean "Ada"?; allowed: the name of a partner (Ada, Ben)',
        ),
        ("accounts.0.connector", "todos-only", "no calendar: this connector has no events"),
        ("accounts.1.name", "ada-phone", "allowed: another name than accounts[0] has"),
        ("accounts.1.calendar", _DROP, "found neither calendar nor todos"),
        ("accounts.1.calendar", 4, "accounts[1].calendar"),
        ("accounts.1.user", "ada", "allowed: a collection of its own: accounts[0] uses this one"),
        ("sync.horizon_days", 0, "a whole number of days, 1 to 366"),
        ("sync.horizon_days", 367, "a whole number of days, 1 to 366"),
        ("sync.horizon_days", "28", "a whole number of days, 1 to 366"),
        ("sync.poll_seconds", 4, "a whole number of seconds, 5 to 86400"),
        ("sync.poll_seconds", True, "a whole number of seconds, 5 to 86400"),
        ("sync.compare_hours", 1.5, "a whole number of hours, 1 to 720"),
        ("sync.poll_second", 60, 'did you mean "poll_seconds"?'),
        ("ledger.url", "mysql://x/y", "ledger.url"),
    ],
)
def test_a_mistake_is_told_with_its_key(
    tmp_path: Path, registry: Registry, where: str, value: object, line: str
) -> None:
    found = mistakes(tmp_path, registry, (where, value))
    assert any(line in text for text in found), found


def test_two_accounts_of_a_partner_share_the_kinds_between_them(tmp_path: Path, registry: Registry) -> None:
    second = {**GOOD["accounts"][1], "name": "ben-2", "user": "ben2"}
    found = mistakes(tmp_path, registry, ("accounts.2", second))
    assert found == [
        'accounts[2].calendar (accounts["ben-2"]): found "Home", a second calendar for Ben; '
        "allowed: one account with calendar: accounts[1] has it"
    ]
    del second["calendar"]
    config = load(written(tmp_path, changed(("accounts.2", {**second, "todos": "Tasks"}))), registry)
    assert [(a.calendar, a.todos) for a in config.accounts[1:]] == [("Home", None), (None, "Tasks")]


@pytest.mark.parametrize(
    "password",
    [
        CANARY,
        {"file": "x", "credential": CANARY},
        {"fiel": CANARY},
        {},
        {"command": CANARY},
        {"command": []},
        {"command": [CANARY, 3]},
        {"file": [CANARY]},
        [CANARY],
        3,
    ],
)
def test_a_password_is_only_pointed_at_and_never_repeated(
    tmp_path: Path, registry: Registry, password: object
) -> None:
    (line,) = mistakes(tmp_path, registry, ("accounts.0.password", password))
    assert line.startswith('accounts[0].password (accounts["ada-phone"]): found a value that is not shown')
    assert ("a password never stands in this file" in line) == (password == CANARY)


def test_a_misplaced_password_is_not_repeated_either(tmp_path: Path, registry: Registry) -> None:
    changes: tuple[tuple[str, object], ...] = (
        ("accounts.0.pasword", CANARY),
        ("accounts.0.url", f"https://ada:{CANARY}@example.org"),
        ("accounts.1.token", CANARY),
        ("ledger.url", f"postgresql://u:{CANARY}@host/x"),
    )
    lines = mistakes(tmp_path, registry, *changes)
    assert len(lines) == 4
    assert any("an address with a password in it" in line for line in lines)


def test_all_mistakes_are_told_at_once(tmp_path: Path, registry: Registry) -> None:
    changes: tuple[tuple[str, object], ...] = (
        ("household.name", "Our Home"),
        ("partners.0.time_zone", "Mars"),
        ("accounts.0.password", _DROP),
        ("accounts.0.speed", 0),
        ("accounts.1.partner", "Bob"),
        ("sync.horizon_days", 0),
    )
    places = [line.partition(" ")[0].rstrip(":") for line in mistakes(tmp_path, registry, *changes)]
    assert sorted(places) == [
        "Ben",  # who has no account now
        "accounts[0].password",
        "accounts[0].speed",
        "accounts[1].partner",
        "household.name",
        "partners[0].time_zone",
        "sync.horizon_days",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[household\n", "line 1"),
        (b"name = 1\nname = 2\n", "line 2"),
        (b"\xff", "not UTF-8"),
        (None, "no such file"),
        (b"[accounts]\nname = 1\n", "one or more tables [[accounts]]"),
        (b"accounts = [3]\n", "accounts[0]"),
        (b"", "a table [household]"),
    ],
)
def test_a_file_that_is_no_configuration(
    tmp_path: Path, registry: Registry, content: bytes | None, told: str
) -> None:
    file = tmp_path / "evenhold.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        load(file, registry)
    assert str(error.value).startswith(f"{file}: ")
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("x = " + "[" * 5000 + "]" * 5000, "nested too deeply"),
        ("x" + ".x" * 5000 + " = 1", "nested too deeply"),
        ("x = " + "9" * 5000, "a number with too many digits"),
        ("sync.horizon_days = 0x" + "f" * 5000, "a number with too many digits"),
        (f"x = {2**63}", "a number with too many digits"),
    ],
)
def test_an_extreme_file_is_one_ordinary_mistake(
    tmp_path: Path, registry: Registry, content: str, told: str
) -> None:
    file = tmp_path / "evenhold.toml"
    file.write_text(content)
    with pytest.raises(ConfigError) as error:
        load(file, registry)
    assert str(error.value).startswith(f"{file}: found no usable TOML: {told}; allowed: TOML, as in ")
    assert len(error.value.problems) == 1


def test_a_long_list_of_mistakes_is_cut() -> None:
    def text(count: int) -> list[str]:
        return str(Mistakes(Problem(f"k{n}", "x", "y") for n in range(count))).splitlines()

    assert (len(text(30)), text(30)[-1]) == (30, "k29: found x; allowed: y")
    assert (len(text(42)), text(42)[-2:]) == (31, ["k29: found x; allowed: y", "... and 12 more"])


def test_a_mistake_within_a_list_is_not_told_of_the_list_too(tmp_path: Path, registry: Registry) -> None:
    changes = (("partners.0.time_zone", _DROP), ("accounts.0.password", _DROP), ("accounts.1.calendar", ""))
    assert [line.partition("; ")[0] for line in mistakes(tmp_path, registry, *changes)] == [
        'partners[0].time_zone (partners["Ada"]): found nothing',
        'accounts[1].calendar (accounts["ben"]): found ""',
        'accounts[0].password (accounts["ada-phone"]): found nothing',
    ]


def test_an_account_that_needs_no_login_names_no_password(tmp_path: Path, registry: Registry) -> None:
    changes = (("accounts.0.connector", "open"), ("accounts.0.password", _DROP))
    config = load(written(tmp_path, changed(*changes)), registry)
    assert config.accounts[0].secret == SecretRef()
    (line,) = mistakes(tmp_path, registry, ("accounts.0.password", _DROP))
    assert line.endswith("allowed: a table with one of the keys file, credential and command")


def test_what_may_stand_there_is_said_in_plain_words(tmp_path: Path, registry: Registry) -> None:
    plain = {
        ("partners.0.time_zone", _DROP): "an IANA time zone, as in Europe/Berlin",
        ("partners.0.name", _DROP): "a name of 1 to 60 characters",
        ("accounts.0.url", _DROP): "a value here",
        ("accounts.0.url", 3): "a text in quotes",
    }
    for change, allowed in plain.items():
        lines = mistakes(tmp_path, registry, change)
        assert lines[0].endswith(f"; allowed: {allowed}"), lines


@pytest.mark.parametrize(("user", "found"), [(_DROP, "nothing"), ("", '""')])
def test_a_missing_login_reads_as_a_missing_key(
    tmp_path: Path, registry: Registry, user: object, found: str
) -> None:
    lines = mistakes(tmp_path, registry, ("accounts.0.connector", "caldav"), ("accounts.0.user", user))
    place = 'accounts[0].user (accounts["ada-phone"])'
    assert lines == [f"{place}: found {found}; allowed: the name of the login"]


@pytest.mark.parametrize("place", ["partners.0.name", "accounts.0.partner", "accounts.0.connector"])
@pytest.mark.parametrize("value", [["Ada"], {"a": 1}])
def test_a_list_or_table_for_a_name_is_told(
    tmp_path: Path, registry: Registry, place: str, value: object
) -> None:
    lines = mistakes(tmp_path, registry, (place, value))
    assert any(line.startswith(place.replace(".0", "[0]")) for line in lines), lines


def test_a_name_is_offered_once(tmp_path: Path, registry: Registry) -> None:
    third = {"name": "ADA", "time_zone": "UTC"}
    lines = mistakes(tmp_path, registry, ("partners.2", third), ("accounts.0.partner", "Eve"))
    assert any(line.endswith("allowed: the name of a partner (Ada, Ben)") for line in lines), lines


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Ada", "ada"), ("Zoë M. Öz", "zoe-m-oz"), ("  Ben  ", "ben"), ("李", "p-c2e4a5d8")],
)
def test_a_partner_id_is_a_slug_whatever_the_name(name: str, slug: str) -> None:
    found = partner_id(name)
    assert re.fullmatch(r"[a-z0-9-]+", found)
    assert found == slug or (slug.startswith("p-") and re.fullmatch("p-[0-9a-f]{8}", found))


# --- the example file ---------------------------------------------------------------------------------


def keys_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Every key that a table declares, with those of its own tables: `accounts.password.file`."""
    for name, info in model.model_fields.items():
        yield before + name
        for inner in tables_in(info.annotation):
            yield from keys_of(inner, f"{before}{name}.")


def tables_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from tables_in(part)


def keys_in(value: object, before: str = "") -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield before + key
        for row in inner if isinstance(inner, list) else [inner]:
            yield from keys_in(row, f"{before}{key}.")


def example(*, all_settings: bool) -> str:
    """The example's text, with its settings at rest (`#key = …`) switched on if asked for."""
    text = path("evenhold.example.toml").read_text()
    return re.sub(r"^#(?=[a-z_]+ = )", "", text, flags=re.MULTILINE) if all_settings else text


def test_the_example_has_every_setting_and_no_other() -> None:
    settings = {*keys_of(File), *keys_of(CalDAVSettings, "accounts.")}
    assert set(keys_in(tomllib.loads(example(all_settings=True)))) == settings
    assert {"accounts.password.credential", "accounts.insecure", "sync.compare_hours"} <= settings


@pytest.mark.parametrize("all_settings", [False, True])
def test_the_example_loads(tmp_path: Path, registry: Registry, all_settings: bool) -> None:
    (tmp_path / "evenhold.toml").write_text(example(all_settings=all_settings))
    config = load(tmp_path / "evenhold.toml", registry)
    assert [account.connector for account in config.accounts] == ["caldav"] * 3
    assert (config.ledger_url is not None) == all_settings


def test_the_example_names_the_defaults() -> None:
    """Where the comment above a key says `Default: x`, x is the default."""
    told = re.findall(r"Default: (\S+)\.\n(?:#.*\n)*#?([a-z_]+) = ", example(all_settings=False))
    known = {**Sync.model_fields, **CalDAVSettings.model_fields, **AccountTable.model_fields}
    values = {key: tomllib.loads(f"x = {said}")["x"] for said, key in told if key in known}
    assert values == {key: known[key].default for key in values}
    assert values.keys() == {*Sync.model_fields, *CalDAVSettings.model_fields, "connector"} - {"url", "user"}
