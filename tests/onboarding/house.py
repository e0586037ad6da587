"""A household's file and a few providers of the tests' own, for connecting to them.

`calendars` and `lists` share one login on a page (family "pair"), `both` takes events and to-dos with a
password, `tokens` has no settings, `broken` can't be imported. No test logic may live here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from typing import ClassVar

from pydantic import Field

from syncer.connector import (
    Capability,
    Collection,
    Connector,
    Context,
    Image,
    Listing,
    Login,
    OAuth,
    Outcome,
    Settings,
)
from syncer.core.model import Kind
from syncer.plugins import GROUP, Registry, discover

HEAD = """# Our home; this comment stays.
[household]
name = "home"

[[partners]]
name = "Ada"
time_zone = "Europe/Berlin"

[[partners]]
name = "Ben"
time_zone = "Europe/Berlin"
"""


class BothSettings(Settings):
    url: str = Field(description="the server's address")
    user: str = Field(default="", description="the name of the login")
    speed: int = Field(default=1, ge=1, le=9, description="a whole number, 1 to 9")


class Both(Connector):
    """Takes both kinds."""

    name = "both"
    settings: ClassVar[type[Settings]] = BothSettings
    capabilities = frozenset(Capability)
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


class Calendars(Both):
    """One half of the pair."""

    settings = Settings
    family = "pair"
    capabilities = frozenset({Capability.EVENTS})

    @classmethod
    def login(cls, settings: Settings) -> Login:
        return Login("login", oauth=OAuth("client.json", ("c",), ("e",)))


class Lists(Calendars):
    """The other half."""

    capabilities = frozenset({Capability.TODOS})

    @classmethod
    def login(cls, settings: Settings) -> Login:
        return Login("login", oauth=OAuth("client.json", ("t",)))


class Tokens(Both):
    """To-dos only, by login: its provider could do more."""

    settings = Settings

    @classmethod
    def login(cls, settings: Settings) -> Login:
        return Login("token", kinds=frozenset({Kind.TODO}))


def registry(*more: EntryPoint) -> Registry:
    names = {"both": Both, "calendars": Calendars, "lists": Lists, "tokens": Tokens}
    points = [EntryPoint(name, f"{__name__}:{kind_of.__name__}", GROUP) for name, kind_of in names.items()]
    return discover([*points, EntryPoint("broken", "no_such_module_anywhere:X", GROUP), *more])


def table(name: str, partner: str, connector: str, file: str = "", **keys: str) -> str:
    """An account's table."""
    if connector == "both":
        keys = {"url": "https://one.example.org", **keys}
    rows = "\n".join(f'{key} = "{value}"' for key, value in keys.items())
    return (
        f'\n[[accounts]]\nname = "{name}"\npartner = "{partner}"\nconnector = "{connector}"\n{rows}\n'
        f'password = {{ file = "{file or name}.secret" }}\n'
    )
