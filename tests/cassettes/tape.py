"""A tape: what went over the wire between a connector and its provider, recorded with vcrpy or played by it.

Lives here: what is matched, what is kept, how it is written down, and the clock and the dice, which are the
same each time. What is secret is `scrubbing`'s.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import time_machine
import yaml  # type: ignore[import-untyped]  # the same
from vcr import VCR  # type: ignore[import-untyped]  # it has no types of its own
from vcr.cassette import Cassette  # type: ignore[import-untyped]  # the same
from vcr.request import Request  # type: ignore[import-untyped]  # the same

from syncer.core.model import Kind
from tests.cassettes.scrubbing import ANSWERED, ASKED, Scrubber

__all__ = ["Cassette", "Head", "Request", "Tape"]

TAPES = Path(__file__).parent / "tapes"
UNUSED = ("httplib", "requests", "boto3", "httplib2", "tornado", "aiohttp", "httpx2")
"""Libraries that no connector uses; the proxies of the tests do use http.client, and are not to be heard."""
CONDITIONS = ("depth", "if-match", "if-none-match")
"""Headers that make another request of it."""
SEED = 20_261_124


@dataclass(frozen=True, slots=True)
class Head:
    """What stands on the first lines: what was recorded from (`origin`), of which connector with which
    settings, and when. `settings` are those to play it with.
    """

    origin: str
    connector: str
    kind: Kind
    settings: Mapping[str, Any]
    at: dt.datetime

    @classmethod
    def of(cls, lines: Mapping[str, Any]) -> Head:
        """As it is written down."""
        at = dt.datetime.fromisoformat(lines["at"])
        return cls(lines["from"], lines["connector"], Kind(lines["kind"]), lines["settings"], at)

    def lines(self) -> dict[str, Any]:
        """As it is to be written down."""
        return {
            "from": self.origin,
            "connector": self.connector,
            "kind": str(self.kind),
            "settings": dict(self.settings),
            "at": self.at.isoformat(),
        }


@dataclass
class Tape:
    """One recording; no request is heard while it is `paused`.

    `facts` are what only a recording can find out, and the player needs.
    """

    path: Path
    head: Head
    scrubber: Scrubber = field(default_factory=Scrubber)
    facts: dict[str, str] = field(default_factory=dict)
    recording: bool = False
    paused: bool = False

    @classmethod
    def read(cls, path: Path) -> Tape:
        """A tape as it was recorded, to be played."""
        head, _, _ = path.read_text(encoding="utf-8").partition("\ninteractions:")
        lines = yaml.safe_load(head)["recorded"]
        return cls(path, Head.of(lines), facts=dict(lines["facts"]))

    @contextmanager
    def running(self) -> Iterator[Cassette]:
        """Record what the connector asks, or answer it: at the tape's moment, with the tape's dice."""
        machine = VCR(
            record_mode="all" if self.recording else "none",
            serializer="tape",
            match_on=("method", "uri", "raw_body", "conditions"),
            before_record_request=self._asked,
            before_record_response=self._answered,
            decode_compressed_response=True,
            record_on_exception=False,
            skip_patchers=UNUSED,
        )
        machine.register_serializer("tape", _Serializer(self))
        machine.register_matcher("conditions", _same_conditions)
        with _still(self.head.at), machine.use_cassette(str(self.path)) as cassette:
            yield cassette
        if not self.recording:
            assert cassette.all_played, f"{self.path.name}: not all that was recorded was asked for"

    def fact(self, name: str, value: str | None) -> str:
        """A fact that only a recording can find out; afterwards the tape knows it."""
        if self.recording:
            assert value is not None
            self.facts[name] = value
        return self.facts[name]

    def scrubbed(self, request: Request) -> Request:
        """A request as it is written down."""
        headers = self.scrubber.headers(request.headers, ASKED)
        return Request(
            request.method,
            self.scrubber.text(str(request.uri)),
            self.scrubber.body(request.body),
            {name: ", ".join(values) for name, values in headers.items()},
        )

    def _asked(self, request: Request) -> Request | None:
        return None if self.paused else self.scrubbed(request)

    def _answered(self, response: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "status": response["status"],
            "headers": self.scrubber.headers(response["headers"], ANSWERED),
            "body": {"string": self.scrubber.body(response["body"]["string"])},
        }


class _Serializer:
    """The recording as YAML. What it was recorded from stands on its first lines."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape

    def serialize(self, cassette: Mapping[str, Any]) -> str:
        head = {**self._tape.head.lines(), "facts": self._tape.facts}
        text = yaml.safe_dump({"recorded": head}, sort_keys=False, allow_unicode=True, width=110)
        return f"{text}{yaml.safe_dump(dict(cassette), allow_unicode=True, width=110)}"

    def deserialize(self, text: str) -> Any:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _same_conditions(asked: Request, recorded: Request) -> None:
    for name in CONDITIONS:
        assert asked.headers.get(name) == recorded.headers.get(name), name


@contextmanager
def _still(at: dt.datetime) -> Iterator[None]:
    """The clock stands still at a moment, and everything random comes out the same."""
    dice, before = random.Random(SEED), random.getstate()
    random.seed(SEED)
    fresh = lambda: uuid.UUID(int=dice.getrandbits(128), version=4)  # noqa: E731  shorter than its name
    try:
        with time_machine.travel(at, tick=False), mock.patch.object(uuid, "uuid4", fresh):
            yield
    finally:
        random.setstate(before)
