"""Tapes play without a network, hold what was sent, say what they were recorded from, and hold no secret."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.metadata
import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest
import time_machine
from vcr.errors import (  # type: ignore[import-untyped]  # it has no types of its own
    CannotOverwriteExistingCassetteException,
)

from syncer.connector import ConnectorError
from tests.cassettes import accounts, studio
from tests.cassettes.__main__ import main
from tests.cassettes.scrubbing import HIDDEN, Scrubber, forms
from tests.cassettes.sources import SOURCES, START, Live, Source
from tests.cassettes.tape import TAPES, Request, Tape
from tests.servers import ACCOUNTS, SERVERS, Server

RECORDED = sorted(TAPES.glob("*.yaml"))
LARGEST = 80 * 1024


class Touched(BaseException):
    """Somebody wanted to go to the network; nothing on the way may take it for trouble of the provider."""


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket can be made, and no name asked for."""

    def touched(*_: object, **__: object) -> NoReturn:
        raise Touched

    for name in ("connect", "connect_ex", "sendto", "bind"):
        monkeypatch.setattr(socket.socket, name, touched)
    for name in ("getaddrinfo", "gethostbyname", "create_connection", "socketpair"):
        monkeypatch.setattr(socket, name, touched)


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_tape_plays_without_a_network(path: Path) -> None:
    before = path.read_bytes()
    _, cassette = studio.play(path)
    assert len(cassette) > 15 and cassette.all_played
    assert path.read_bytes() == before


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_tape_plays_on_any_day(path: Path) -> None:
    with time_machine.travel(dt.datetime(2031, 3, 30, 1, 30, tzinfo=ZoneInfo("Pacific/Auckland"))):
        studio.play(path)


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("name", SOURCES)
def test_without_a_tape_the_network_would_be_touched(name: str) -> None:
    """The guard of the test above is none that a library walks around."""
    source = SOURCES[name]
    connector = studio.connector(source.connector, source.played, studio.secret_to_play(source.connector))
    with pytest.raises(Touched):
        connector.collections()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_what_was_not_recorded_is_not_answered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another body is another request: a connector that sends something else no longer plays."""
    monkeypatch.setattr("tests.cassettes.story.NAME", "Another list")
    with pytest.raises((ConnectorError, CannotOverwriteExistingCassetteException)):
        studio.play(path)


def test_each_source_has_its_tape_and_each_tape_says_what_it_is_of() -> None:
    assert {path.stem for path in RECORDED} >= SOURCES.keys()
    for path in RECORDED:
        head = path.read_text(encoding="utf-8")[:300]
        origin = Tape.read(path).head.origin
        assert head.startswith("recorded:\n  from: ") and origin.split(":")[0].split(",")[0] in head
        assert path.stat().st_size < LARGEST
    for name, source in SOURCES.items():
        origin = Tape.read(TAPES / f"{name}.yaml").head.origin
        told = "a real CalDAV server" if source.connector == "caldav" else "the emulator of"
        assert told in origin and told in source.origin


@pytest.fixture(scope="module", params=list(SOURCES))
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Each source recorded now: the source, the provider while it is there, the tape and the cassette."""
    source: Source = SOURCES[request.param]
    folder = tmp_path_factory.mktemp(source.name)
    with source.start(folder / "provider") as live:
        tape, cassette = studio.record(source, folder, live)
        yield source, live, tape, cassette


def test_a_recording_holds_what_was_sent(fresh: tuple[Source, Live, Tape, Any]) -> None:
    """Request by request, as the provider's own side of the wire heard it."""
    _, live, tape, cassette = fresh
    heard = [exchange.request for exchange in live.wire]
    told = [
        tape.scrubbed(
            Request(
                one.method,
                str(live.settings.get("url") or live.settings["root"]) + one.path,
                one.body,
                one.headers,
            )
        )
        for one in heard
    ]
    assert [_line(one) for one in cassette.requests] == [_line(one) for one in told]
    assert len(cassette) == len(heard) > 15


def _line(request: Any) -> tuple[object, ...]:
    conditions = {
        name: request.headers.get(name) for name in ("if-match", "if-none-match", "depth", "content-type")
    }
    return request.method, request.uri, request.body, tuple(conditions.items())


def test_a_recording_has_all_the_main_flows(fresh: tuple[Source, Live, Tape, Any]) -> None:
    source, _, tape, cassette = fresh
    bodies = b"".join(request.body for request in cassette.requests)
    for text in (b"Take out the bins", b"Pay all the bills"):
        assert text in bodies or text.replace(b" ", b"+") in bodies
    assert tape.facts["expired cursor"]
    committed = Tape.read(TAPES / f"{source.name}.yaml")
    assert committed.head.settings == tape.head.settings and committed.head.kind is tape.head.kind


def test_it_plays_at_once(fresh: tuple[Source, Live, Tape, Any], nowhere: None) -> None:
    _, _, tape, cassette = fresh
    _, played = studio.play(tape.path)
    assert [_line(one) for one in played.requests] == [_line(one) for one in cassette.requests]


def test_no_secret_is_on_a_tape(fresh: tuple[Source, Live, Tape, Any]) -> None:
    """Whatever logs in anywhere here, in each form in which it may stand somewhere."""
    _, live, tape, _ = fresh
    text = tape.path.read_text(encoding="utf-8")
    spoken = "".join(str(dict(one.request.headers)) + one.request.body.decode() for one in live.wire)
    secrets = {*tape.scrubber.secrets, *re.findall(r"(?i)bearer ([\w.~+/-]+)", spoken), *ACCOUNTS.values()}
    secrets |= set(re.findall(r"(?i)basic ([\w+/=-]+)", spoken))
    assert len(secrets - set(ACCOUNTS.values())) >= 1
    assert any(secret in spoken for secret in secrets), "a login went over the wire"
    assert [secret for secret in secrets for form in forms(secret) if form in text] == []
    assert not re.search(r"(?i)authorization|cookie|bearer [^\W_]{6}", text)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_no_tape_that_is_kept_holds_a_login(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?i)authorization|cookie|ya29\.|bearer [^\W_]{6}", text)
    assert [secret for secret in ACCOUNTS.values() for form in forms(secret) if form in text] == []
    for name in ("client_secret", "refresh_token", "access_token", "client_id"):
        for value in re.findall(rf"{name}(?:=|\W{{1,6}}:\W{{1,6}})(\w+)", text):
            assert value == HIDDEN, (path.name, name)


CANARY = "canary/+=&secret of mine"


@pytest.mark.parametrize(
    "text",
    [
        f"password={CANARY}",
        f'{{"note": "{CANARY}"}}',
        "x=canary%2F%2B%3D%26secret+of+mine&y=1",
        "x=canary%2F%2B%3D%26secret%20of%20mine&y=1",
        "Basic Y2FuYXJ5Lys9JnNlY3JldCBvZiBtaW5l",
        "authorization: Bearer something-else",
        "Set-Cookie: session=something-else",
        "grant_type=refresh_token&refresh_token=something-else",
        '{"access_token": "something-else", "websocket_url": "wss://x/something-else"}',
        '{"token":"something-else"}',
    ],
)
def test_a_secret_is_taken_out_in_each_form(text: str) -> None:
    scrubbed = Scrubber.of(CANARY, ()).text(text)
    assert HIDDEN in scrubbed
    assert "canary" not in scrubbed and "something-else" not in scrubbed and "Y2FuY" not in scrubbed


def test_what_only_looks_like_a_secret_stays() -> None:
    text = 'sync_token=abc&resource_types=["items"] {"nextSyncToken": "x", "sync_token": "y", "code": 404}'
    assert Scrubber.of("unlike", ()).text(text) == text
    assert Scrubber().text("ada@home.example.com c_1@group.calendar.google.com") == (
        "somebody@example.org c_1@group.calendar.google.com"
    )


def test_the_caldav_client_is_heard_because_urllib3_is_its_own() -> None:
    """vcrpy knows urllib3, and niquests brings its fork of it under that very name (urllib3-future)."""
    urllib3: Any = importlib.import_module("urllib3")
    adapters: Any = importlib.import_module("niquests.adapters")
    files = importlib.metadata.files("urllib3-future") or []
    assert any(str(file) == "urllib3/connectionpool.py" for file in files)
    assert urllib3.__version__ == importlib.metadata.version("urllib3-future")
    assert adapters.PoolManager.__module__.split(".")[0] == "urllib3"


@pytest.fixture
def radicale(tmp_path: Path) -> Iterator[Server]:
    server = SERVERS["radicale"](tmp_path / "radicale").start()
    yield server
    server.close()


def test_an_account_of_ones_own_is_recorded_by_its_configuration(radicale: Server, tmp_path: Path) -> None:
    """The person is played by a second connector, and neither they nor the server are known afterwards."""
    (tmp_path / "secret").write_text(ACCOUNTS["ada"])
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "evenhold.toml").write_text(
        '[household]\nname = "mine"\n[[partners]]\nname = "Ada"\ntime_zone = "Europe/Berlin"\n'
        '[[accounts]]\nname = "mine"\npartner = "Ada"\ntodos = "Tasks"\nuser = "ada"\n'
        f'url = "{radicale.url}/"\npassword = {{ file = "secret" }}\n'
    )
    (source,) = accounts.sources(tmp_path / "evenhold.toml", ["mine"])
    with source.start(tmp_path) as live:
        tape, _ = studio.record(source, tmp_path, live, START)
    text = tape.path.read_text(encoding="utf-8")
    assert "an account at the real provider of caldav" in text[:200]
    assert radicale.url not in text and accounts.PLACE in text and ACCOUNTS["ada"] not in text
    studio.play(tape.path)


def test_the_command_says_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["cassettes", "record", "nobody"])
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert "there is no nobody" in said and all(name in said for name in SOURCES)
