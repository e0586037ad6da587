"""The configuration file's text, and its schema with that text as the only source. Checks no key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource

from syncer.config.checks import Table
from syncer.config.tables import File
from syncer.config.toml import Unusable, parsed
from syncer.problems import Mistakes, Problem


class ConfigError(Mistakes):
    """The configuration can't be used: every mistake in it, with its file, key and cure."""


def text_of(path: Path) -> str:
    """What stands in the file; what is no text, or not there, is the one mistake told."""
    try:
        if path.is_file():
            return path.read_bytes().decode()
        found, allowed = "no such file", "the path of the configuration file"
    except UnicodeDecodeError:
        found, allowed = "bytes that are not UTF-8", "a text file in UTF-8"
    except OSError as error:
        found, allowed = f"a file that can't be read ({error.strerror})", "a file that this user may read"
    raise ConfigError([Problem("", found, allowed, str(path))])


def tables_of(text: str, path: Path) -> Table:
    """A text as TOML tables; `path` is where it stands, for messages."""
    try:
        return parsed(text)
    except Unusable as error:
        raise ConfigError(
            [Problem("", str(error), "TOML, as in config/evenhold.example.toml", str(path))]
        ) from None


def reader(schema: type[File], raw: Table) -> Callable[[], File]:
    """The schema with these tables as its only source: no environment, no `.env`, no secrets folder."""
    source: PydanticBaseSettingsSource = InitSettingsSource(schema, dict(raw))

    class Reader(schema):  # type: ignore[misc, valid-type]  # a class chosen at run time
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (source,)

    # Its fields come from the source, which a type checker can't know.
    return cast(Callable[[], File], Reader)
