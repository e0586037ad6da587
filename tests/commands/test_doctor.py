"""`evenhold doctor`: what is well, what is not and what helps, for every account; nothing is written."""

from __future__ import annotations

import datetime as dt
import io
import json
import socket
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import Field
from rich.console import Console

from connectors.google import scopes
from syncer.app import LEDGER_FILE
from syncer.checkup import findings
from syncer.checkup.household import check_up
from syncer.checkup.values import About, Finding, Remembered, Subject
from syncer.commands.doctor import doctor, render, to_json
from syncer.connector import Collection, CredentialsDead, Settings
from syncer.core.model import Kind
from syncer.core.ownership import set_account
from syncer.core.spoke import Spoke
from syncer.ledger import bindings, record
from syncer.ledger.bindings import Binding, Hold
from syncer.ledger.store import Ledger
from syncer.plugins import GROUP, Registry, discover
from tests.commands.conftest import Providers
from tests.onboarding.house import HEAD, Both, table

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
CANARIES = ("canary", "1//0", "GOCSPX")


class House:
    """A household with Ada at Google and Ben at Todoist; `state` is not there until a test makes it."""

    def __init__(self, folder: Path, providers: Providers) -> None:
        self.folder, self.providers = folder, providers
        self.config, self.state = folder / "home.toml", folder / "state"
        root = providers.url
        self.tables = {
            "ada-calendar": table("ada-calendar", "Ada", "google_calendar", "g", calendar="Ours", root=root),
            "ada-tasks": table("ada-tasks", "Ada", "google_tasks", "g", todos="Tasks", root=root),
            "ben-todoist": table("ben-todoist", "Ben", "todoist", "t", todos="Inbox", url=root),
        }
        self.keep("t", providers.token)
        self.login()
        self.write()

    def keep(self, name: str, secret: str, mode: int = 0o600) -> None:
        (self.folder / f"{name}.secret").write_text(secret)
        (self.folder / f"{name}.secret").chmod(mode)

    def login(self, asked: tuple[str, ...] = (*scopes.CALENDAR, *scopes.TASKS), **kept: Any) -> None:
        """Ada's login at Google."""
        secret = json.loads(self.providers.oauth.secret(self.providers.mail, asked))
        self.keep("g", json.dumps({**secret, "granted": dt.datetime.now(dt.UTC).isoformat(), **kept}))

    def write(self, more: str = "") -> None:
        self.config.write_text(HEAD + "".join(self.tables.values()) + more)

    def look(self, registry: Registry | None = None) -> dict[str, Subject]:
        return {one.name: one for one in check_up(self.config, self.state, registry)}

    def finding(self, name: str, about: About) -> Finding:
        return next(one for one in self.look()[name].findings if one.about is about)

    def ledger(self) -> Ledger:
        self.state.mkdir(exist_ok=True)
        ledger = Ledger.open(self.state / LEDGER_FILE)
        with ledger.write() as connection:
            record.enrol(connection, "home")
        return ledger

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file()}


@pytest.fixture
def house(tmp_path: Path, providers: Providers) -> House:
    return House(tmp_path, providers)


SPOKES = {
    "ada-calendar": Spoke("ada-calendar", "Ours", "ada", Kind.EVENT, timed=True, due=False),
    "ben-todoist": Spoke("ben-todoist", "Inbox", "ben", Kind.TODO, timed=True, due=True),
}


def test_where_all_is_well_it_says_so_and_ends_with_0(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.providers.stage.log.clear()
    before = house.files()
    assert doctor(house.config, house.state, as_json=False) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("All is well.\n")
    assert f"ada-calendar (Ada): {house.providers.url}" in shown
    for line in ("accepted, given", "calendar.app.created", "“Ours” (the first pass makes it)", "held plans"):
        assert line in shown
    assert "accepted, written down" in shown and "“Inbox”" in shown
    assert not any(canary in shown for canary in (*CANARIES, house.providers.token))
    # Nothing is written, here or there: a sync without commands reads.
    assert house.files() == before
    paths = {(entry.method, entry.path) for entry in house.providers.stage.log}
    assert {path for method, path in paths if method not in ("GET", "HEAD")} <= {"/token", "/api/v1/sync"}


def test_a_program_reads_the_same(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.login(scopes.CALENDAR, granted=None)
    assert doctor(house.config, house.state, as_json=True) == 1
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert list(rows) == ["ada-calendar", "ada-tasks", "ben-todoist"]
    assert rows["ada-calendar"]["well"] and not rows["ada-tasks"]["well"]
    told = {one["about"]: one for one in rows["ada-tasks"]["findings"]}
    assert told["scopes"]["missing"] == ["tasks"]
    assert "tick every box" in told["scopes"]["cure"]
    assert not told["login"]["well"] and told["login"]["granted"] is None
    told = {one["about"]: one for one in rows["ben-todoist"]["findings"]}
    assert told["collections"]["used"] == ["Inbox"]
    assert "todos" in told["can hold"]["capabilities"]
    assert abs(told["clock"]["skew_seconds"]) < 60
    assert told["reached"]["seconds"] >= 0


# --- logins ---


def test_a_login_that_was_taken_back_is_told_with_the_command(house: House) -> None:
    house.providers.oauth.revoke(house.providers.mail)
    found = house.look()
    for name in ("ada-calendar", "ada-tasks"):
        assert not found[name].well
    login = house.finding("ada-tasks", About.LOGIN)
    assert "ended the grant" in login.text
    assert login.cure == "Run: evenhold connect google --partner Ada"
    assert house.finding("ada-tasks", About.REACHED).well  # the others' fault it is not
    assert found["ben-todoist"].well


def test_a_login_that_ends_soon_is_told_in_time(house: House) -> None:
    now = dt.datetime.now(dt.UTC)
    for days, well in ((4, True), (5, False)):
        house.login(granted=(now - dt.timedelta(days=days)).isoformat(), testing=True)
        assert house.finding("ada-calendar", About.LOGIN).well is well
    login = house.finding("ada-calendar", About.LOGIN)
    assert "ends in 2 days because its app is in testing" in login.text
    assert login.cure.startswith("Publish the app")
    assert login.data["testing"] is True


@pytest.mark.parametrize(
    ("secret", "mode", "condition", "cure"),
    [
        (None, 0, "the password file is not there", "Create it"),
        ("canary", 0o644, "others may read the password file", "chmod 600"),
        ("", 0o600, "the password is empty", "Write the password into it"),
        ("canary", 0o600, "", "Run: evenhold connect todoist --partner Ben --account ben-todoist"),
    ],
)
def test_each_trouble_with_a_secret_has_its_cure(
    house: House, secret: str | None, mode: int, condition: str, cure: str
) -> None:
    if secret is None:
        (house.folder / "t.secret").unlink()
    else:
        house.keep("t", secret, mode)
    login = house.finding("ben-todoist", About.LOGIN)
    assert not login.well and condition in login.text and cure in login.cure
    assert "canary" not in f"{login}"
    assert house.look()["ada-calendar"].well


def test_a_cure_of_the_connectors_own_is_kept_unless_it_is_the_command() -> None:
    dead = CredentialsDead("refused", cure="Check the user (app-specific password)")
    assert findings.refused(dead, None, "do it").cure == "Check the user (app-specific password). Run: do it"
    dead = CredentialsDead("refused", cure="Connect the account again: evenhold connect google")
    assert findings.refused(dead, None, "do it").cure == "Run: do it"


# --- clocks and collections ---


@pytest.mark.parametrize(
    ("seconds", "well", "text"),
    [
        (0, True, "within 2 s"),
        (-299, True, "within 299 s"),
        (301, False, "this computer's clock is 5 minutes ahead of the server's"),
        (-3600, False, "this computer's clock is 60 minutes behind the server's"),
        (86400 * 400, False, "this computer's clock is 400 days ahead of the server's"),
    ],
)
def test_clocks_that_differ_are_told(seconds: float, well: bool, text: str) -> None:
    found = findings.clock(NOW - dt.timedelta(seconds=seconds), NOW)
    assert (found.well, found.text, bool(found.cure)) == (well, text, not well)
    assert found.data["skew_seconds"] == seconds


def test_a_collection_that_was_there_and_is_not_is_told(house: House) -> None:
    ledger = house.ledger()
    with ledger.write() as connection:
        bindings.bind(connection, "home", SPOKES["ada-calendar"], Binding("gone@group", "Ours"))
    ledger.close()
    found = house.finding("ada-calendar", About.COLLECTIONS)
    assert not found.well and "not there any more: “Ours”" in found.text and found.cure
    assert house.providers.mail in found.text
    assert house.look()["ben-todoist"].well


def test_one_that_was_renamed_is_known_by_its_address_and_many_are_not_all_named() -> None:
    spoke = SPOKES["ben-todoist"]
    there = [Collection(str(n), f"List \x1b[31m{n}", frozenset({Kind.TODO})) for n in range(20)]
    known = Remembered({spoke.name: Binding("7", "Inbox")})
    found = findings.collections([spoke], known, there)
    assert found.well and found.text.startswith("“List [31m7”; also there: List [31m0")
    assert found.text.endswith(" and 11 more")
    assert "\x1b" not in found.text


# --- held plans, unlinked accounts, the ledger ---


def test_a_plan_that_waits_is_told_and_nothing_of_the_ledger_is_touched(house: House) -> None:
    ledger = house.ledger()
    with ledger.write() as connection:
        hold = Hold(NOW, "4 of 4 items vanished at once", ("bins.out/2026-11-24",) * 4, number=3)
        bindings.put_hold(connection, "home", SPOKES["ben-todoist"], hold)
        record.append(connection, "home", [set_account("ada-calendar", "unlinked", NOW, "test")])
    ledger.close()
    before = house.files()
    house.providers.oauth.revoke(house.providers.mail)
    held = house.finding("ben-todoist", About.HELD)
    assert not held.well and "vanished at once" in held.text
    assert "evenhold release ben-todoist/Inbox" in held.cure
    unlinked = house.look()["ada-calendar"]
    assert unlinked.well and "evenhold link ada-calendar" in unlinked.findings[0].text
    assert house.files() == before


def test_a_damaged_ledger_is_a_row_and_the_accounts_are_looked_at(house: House) -> None:
    house.state.mkdir()
    (house.state / LEDGER_FILE).write_bytes(b"no database" * 500)
    found = house.look()
    (ledger,) = found["ledger"].findings
    assert not ledger.well and "Restore it from a backup" in ledger.cure
    assert found["ben-todoist"].well
    assert (house.state / LEDGER_FILE).read_bytes() == b"no database" * 500


# --- plugins and the configuration ---


def installed(*more: EntryPoint) -> Registry:
    names = {
        "google_calendar": "connectors.google_calendar:GoogleCalendar",
        "google_tasks": "connectors.google_tasks:GoogleTasks",
        "todoist": "connectors.todoist:Todoist",
    }
    return discover([*(EntryPoint(name, value, GROUP) for name, value in names.items()), *more])


class Outdated(Both):
    api_version: ClassVar[int] = 99


def test_a_plugin_that_can_not_be_used_is_a_row_and_stops_nobody(house: House) -> None:
    found = house.look(
        installed(
            EntryPoint("broken", "no_such_module_anywhere:X", GROUP),
            EntryPoint("outdated", f"{__name__}:Outdated", GROUP),
            EntryPoint("todoist", "connectors.google_tasks:GoogleTasks", GROUP),
        )
    )
    told = {name: found[name].findings[0] for name in ("broken", "outdated", "todoist")}
    assert "can't be imported" in told["broken"].text
    assert "version 99" in told["outdated"].text
    assert "taken twice" in told["todoist"].text
    assert all(one.cure and one.about is About.CONNECTOR for one in told.values())
    assert not found["ben-todoist"].well  # which uses it
    assert "taken twice" in found["ben-todoist"].findings[0].text
    assert found["ada-calendar"].well and found["ada-tasks"].well


def test_a_login_that_is_not_there_is_got_by_connecting_again(house: House) -> None:
    (house.folder / "g.secret").unlink()
    (house.folder / "t.secret").write_text("")
    assert house.finding("ada-tasks", About.LOGIN).cure == "Run: evenhold connect google --partner Ada"
    told = house.finding("ben-todoist", About.LOGIN).cure
    assert told.endswith(", or run: evenhold connect todoist --partner Ben --account ben-todoist")


def test_a_mistake_in_one_account_is_told_and_the_others_are_looked_at(house: House) -> None:
    house.write(table("x", "Eve", "todoist", todos="A", password2="canary"))
    found = house.look()
    told = found["configuration"]
    assert [one.text.partition(":")[0] for one in told.findings] == [
        'accounts[3].password2 (accounts["x"])',
        'accounts[3].partner (accounts["x"])',
    ]
    assert all(one.cure.startswith("Allowed: ") for one in told.findings)
    assert "canary" not in json.dumps(to_json(told))
    assert found["ben-todoist"].well and "x" not in found


@pytest.mark.parametrize(
    ("text", "said"), [("[household", "no valid TOML"), (HEAD.replace("Berlin", "Nowhere"), "Europe/Nowhere")]
)
def test_a_configuration_that_can_not_be_read_is_told(house: House, text: str, said: str) -> None:
    house.config.write_text(text)
    found = house.look()
    assert list(found) == ["configuration"]
    assert said in " ".join(one.text for one in found["configuration"].findings)


def test_no_household_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(None, None, as_json=False) == 1
    assert "the sample one has nothing to look at -> Name its file" in capsys.readouterr().out


# --- time ---


class SlowSettings(Settings):
    timeout: float = Field(default=30)


class Slow(Both):
    """Answers once it is let go, which is never while the doctor waits; or breaks off."""

    settings: ClassVar[type[Settings]] = SlowSettings
    let_go: ClassVar[threading.Event] = threading.Event()
    asked: ClassVar[threading.Semaphore] = threading.Semaphore(0)

    def collections(self) -> tuple[Collection, ...]:
        self.asked.release()
        assert self.let_go.wait(60)
        return ()


def test_servers_that_hang_cost_their_own_row_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncer.checkup.household.GRACE", 0.0)
    house.tables["ada-calendar"] = table("ada-calendar", "Ada", "slow", calendar="A", timeout="0.2")
    house.tables["ada-tasks"] = table("ada-tasks", "Ada", "slow", todos="A", timeout="0.2")
    house.keep("ada-calendar", "canary")
    house.keep("ada-tasks", "canary")
    house.write()
    try:
        found = house.look(installed(EntryPoint("slow", f"{__name__}:Slow", GROUP)))
        # Both were being asked at the same time, or the second would not have been.
        assert Slow.asked.acquire(timeout=10) and Slow.asked.acquire(timeout=10)
    finally:
        Slow.let_go.set()
    for name in ("ada-calendar", "ada-tasks"):
        (late, held) = found[name].findings
        assert not late.well and late.text == "no answer within 0.2 seconds" and late.cure
        assert held.about is About.HELD
    assert found["ben-todoist"].well


def test_a_server_that_takes_the_line_and_says_nothing_is_told(house: House) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ben = table("ben-todoist", "Ben", "todoist", "t", todos="Inbox", url=url)
        house.tables["ben-todoist"] = f"{ben}timeout = 0.2\n"
        house.write()
        found = house.look()
    assert not found["ben-todoist"].well and found["ada-calendar"].well


# --- how it looks ---


def test_it_fits_a_terminal_of_80_columns_and_is_never_cut_elsewhere() -> None:
    long = "x" * 70
    subjects = [
        Subject(
            "anna-lena-google-calendar",
            (
                Finding(About.REACHED, True, "in 0.2 s"),
                Finding(About.LOGIN, False, f"refused [red]{long}", "Run: evenhold connect google"),
            ),
            "Anna-Lena",
        )
    ]
    narrow, pipe = io.StringIO(), io.StringIO()
    render(subjects, Console(file=narrow, width=80, force_terminal=True, color_system=None))
    lines = narrow.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert "".join(line[40:].strip() for line in lines).count("x") == 70
    assert "[red]" in narrow.getvalue() and lines[-1] == "1 thing to look at."
    render(subjects, Console(file=pipe, width=80))
    assert f"  login         LOOK refused [red]{long} -> Run: evenhold connect google\n" in pipe.getvalue()
