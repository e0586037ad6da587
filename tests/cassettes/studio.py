"""Recording a tape, and playing one: the story told by a connector, with or without its provider."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from syncer.connector import Connector
from syncer.testing import builders
from tests.cassettes.scrubbing import Scrubber
from tests.cassettes.sources import CONNECTORS, START, Live, Source
from tests.cassettes.sources import secret_to_play as secret_to_play
from tests.cassettes.story import Story
from tests.cassettes.tape import Cassette, Head, Tape


def record(source: Source, folder: Path, live: Live, at: dt.datetime = START) -> tuple[Tape, Cassette]:
    """A new tape in a folder that has none of that name, of a provider that is there."""
    head = Head(source.origin, source.connector, source.kind, source.played, at)
    scrubber = Scrubber.of(live.secret, live.renamed)
    path = folder / f"{source.name}.yaml"
    assert not path.exists(), "vcrpy would keep what is on it"
    tape = Tape(path, head, scrubber, recording=True)
    made = connector(source.connector, live.settings, live.secret)
    with tape.running() as cassette:
        Story(tape, made, source.kind, live.person).tell()
    return tape, cassette


def play(path: Path) -> tuple[Tape, Cassette]:
    """A tape from its beginning to its end."""
    tape = Tape.read(path)
    made = connector(tape.head.connector, tape.head.settings, secret_to_play(tape.head.connector))
    line: Any = getattr(made, "transport", None) or getattr(made, "service", None)
    line.sleep = lambda seconds: None  # nobody there can be asked to be patient
    with tape.running() as cassette:
        Story(tape, made, tape.head.kind, None).tell()
    return tape, cassette


def connector(name: str, settings: object, secret: str) -> Connector:
    """A connector with these settings."""
    kind = CONNECTORS[name]
    return kind(kind.settings.model_validate(settings), builders.context(lambda: secret))
