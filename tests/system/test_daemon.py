"""The daemon under a notify socket and under signals: it says how it is, stops cleanly, and loses nothing."""

from __future__ import annotations

import base64
import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT
from urllib.parse import urlsplit

import pytest

from tests.system.daemons import Daemon, Manager, heard, running
from tests.system.house import EVENHOLD, House, until

MANY = """\
[[bundle]]
id = "dishes"
title = "Dishes"
category = "household logistics"
outcome = "The kitchen is usable in the morning."
owner = "Ada"

[[bundle.task]]
id = "wash"
title = "Wash up"
stage = "do"
minutes = 15
repeat = "FREQ=DAILY"
start = "in 0 days"
at = "20:00"
duration = 15

[[bundle.task]]
id = "dry"
title = "Dry and put away"
stage = "do"
minutes = 10
repeat = "FREQ=DAILY"
start = "in 0 days"
at = "20:30"
duration = 15
"""
IN_STEP = re.compile(r"STATUS=all in step at .* UTC")


@pytest.fixture
def manager() -> Iterator[Manager]:
    """A service manager that listens."""
    listening = Manager()
    yield listening
    listening.close()


def in_step(manager: Manager, times: int = 1, seconds: float = 20) -> bool:
    """Whether so many passes go well within the time."""
    return until(lambda: sum(map(bool, map(IN_STEP.match, manager.lines()))) >= times, seconds)


def test_it_tells_its_manager_how_it_is(home: House, manager: Manager) -> None:
    home.load()
    with running(home.command("run"), home.folder, manager) as daemon:
        assert heard(manager, "READY=1")
        assert manager.when("READY=1") - daemon.started < 10
        assert in_step(manager)
        assert manager.count("WATCHDOG=1") > 0
        fed = manager.count("WATCHDOG=1")
        assert heard(manager, "WATCHDOG=1", fed + 2), "idle, it must go on feeding the watchdog"
        assert "bins.out" in home.tasks("ada", "calendar")
        assert daemon.end() == 0
    assert heard(manager, "STOPPING=1")
    assert "Take out the bins" not in daemon.out + daemon.err, "a log names no titles"
    assert not any("bins" in line.casefold() for line in manager.lines())


def test_a_changed_configuration_is_in_force_after_a_reload(home: House, manager: Manager) -> None:
    home.configure(horizon=6)
    home.load()
    with running(home.command("run"), home.folder, manager) as daemon:
        assert in_step(manager)
        assert len(home.items("ada", "calendar", "Take out the bins")) == 1
        home.configure(horizon=13)
        daemon.signal(SIGHUP)
        assert heard(manager, "RELOADING=1") and heard(manager, "READY=1", 2)
        assert in_step(manager, 2)
        assert len(home.items("ada", "calendar", "Take out the bins")) == 2
        home.configure(horizon=0, poll=1, more="nonsense = 1\n")
        daemon.signal(SIGHUP)
        assert heard(manager, "RELOADING=1", 2) and heard(manager, "READY=1", 3)
        assert until(lambda: "sync.horizon_days" in daemon.err and "nonsense" in daemon.err)
        assert "stays in force" in daemon.err
        home.evenhold("bundle", "give", "bins", "Ben", code=1)
        home.configure(horizon=28)
        home.evenhold("bundle", "give", "bins", "Ben")
        assert until(lambda: "bins.out" in home.tasks("ben", "calendar"))
        assert len(home.items("ben", "calendar", "Take out the bins")) == 2, "the horizon of the old one"
        assert daemon.end() == 0


def test_a_stop_in_the_middle_of_a_push_loses_nothing(house: House, manager: Manager) -> None:
    house.load(MANY)
    proxy = house.server.proxy
    proxy.delay = 0.25
    with running(house.command("run"), house.folder, manager) as daemon:
        assert until(lambda: proxy.count("PUT") >= 12, 30)
        assert daemon.end() == 0
    assert heard(manager, "STOPPING=1")
    claimed = in_step(manager, seconds=0)
    proxy.reset()
    some = house.uids("ada", "calendar")
    assert 0 < len(some) < 58, "the stop was to come in the middle"
    assert len(some) == len(set(some))
    with running(house.command("run"), house.folder, manager) as daemon:
        assert until(lambda: len(house.uids("ada", "calendar")) == 58, 20)
        assert in_step(manager)
        all_ = house.uids("ada", "calendar")
        assert len(all_) == len(set(all_)) == 58 and set(some) < set(all_)
        # By address: one of them is sent twice, the second time to be refused (see `conditions`).
        sent = {request.path for request in proxy.requests if request.method == "PUT"}
        assert len(sent) == 58 - len(some), "what was there is not sent again"
        assert daemon.end() == 0
    assert house.entries("done", "skipped", "rescheduled", "retitled", "noted", "reopened") == []
    assert house.query("SELECT count(*) FROM intent WHERE outcome IS NULL") == [(0,)]
    assert house.query("SELECT count(*) FROM projection WHERE ended IS NULL") == [(58,)]
    assert not claimed, "a pass that was cut short is not in step"


def test_what_a_command_wrote_is_taken_up_within_seconds(home: House, manager: Manager) -> None:
    home.settle()
    home.server.proxy.reset()
    with running(home.command("run"), home.folder, manager) as daemon:
        assert in_step(manager)
        assert home.server.proxy.count("PUT") == 0, "a second start goes on from its state"
        assert "already running" in home.once(code=1).stderr
        home.evenhold("bundle", "give", "bills", "Ada")
        assert until(lambda: "bills.pay" in home.tasks("ada", "todos"), 5)
        assert until(lambda: home.uids("ben", "calendar") + home.uids("ben", "todos") == [], 5)
        assert daemon.end() == 0


def ask(daemon: Daemon, user: str, method: str, path: str, body: str = "") -> tuple[int, str]:
    """A request at the address, and with the login, that the daemon printed for a partner."""
    found = re.search(rf"{user}: (\S+)  user (\S+)  password (\S+)", daemon.out)
    assert found, daemon.out
    where = urlsplit(found[1])
    login = base64.b64encode(f"{found[2]}:{found[3]}".encode()).decode()
    client = http.client.HTTPConnection(str(where.hostname), where.port, timeout=10)
    try:
        client.request(method, where.path + path, body, {"Authorization": f"Basic {login}", "Depth": "1"})
        answer = client.getresponse()
        return answer.status, answer.read().decode()
    finally:
        client.close()


def listed(daemon: Daemon, user: str) -> set[str]:
    """The addresses of a partner's items."""
    answers = [ask(daemon, user, "PROPFIND", path) for path in ("household/", "household-tasks/")]
    assert [status for status, _ in answers] == [207, 207]
    return {href for _, text in answers for href in re.findall(r"href>([^<]+\.ics)<", text)}


def put_up(daemon: Daemon) -> int:
    """How many items it says that it put up."""
    return sum(int(number) for number in re.findall(r": (\d+) put up", daemon.out))


def tick(daemon: Daemon, user: str, task: str) -> None:
    """Tick the to-do of a task, as an app does."""
    (href,) = [href for href in listed(daemon, user) if f".{task}." in href]
    path = href.removeprefix(f"/{user.lower()}/")
    _, text = ask(daemon, user, "GET", path)
    ticked = text.replace("END:VTODO", "STATUS:COMPLETED\r\nEND:VTODO")
    assert ask(daemon, user, "PUT", path, ticked)[0] in (201, 204)


def test_without_a_configuration_it_shows_a_household_to_try(tmp_path: Path) -> None:
    command = [str(EVENHOLD), "run", "--state", str(tmp_path / "state")]
    with running(command, tmp_path) as daemon:
        assert until(lambda: daemon.out.count(" put up") == 4, 30), daemon.out + daemon.err
        assert "Try first" in daemon.out and "Ctrl-C" in daemon.out
        ada, ben = listed(daemon, "Ada"), listed(daemon, "Ben")
        assert put_up(daemon) == len(ada) + len(ben) >= 15
        tick(daemon, "Ben", "laundry.wash")
        assert until(lambda: re.search(r"Clean clothes: “.+” of .+ is done\.", daemon.out))
        assert until(lambda: len(listed(daemon, "Ben")) == len(ben) + 1), "the next one appears"
        ben = listed(daemon, "Ben")
        assert daemon.end(SIGINT) == 0
        assert daemon.out.rstrip().endswith("Stopped; the next start goes on from here.")
        assert daemon.err == ""
    with running(command, tmp_path) as daemon:
        assert until(lambda: daemon.out.count("Point a calendar app at") == 2, 20)
        tick(daemon, "Ben", "bills.pay")
        assert until(lambda: re.search(r"Bills: “.+” of .+ is done\.", daemon.out))
        assert until(lambda: len(listed(daemon, "Ben")) == len(ben) + 1)
        (new,) = listed(daemon, "Ben") - ben
        assert ".bills.pay." in new and listed(daemon, "Ada") == ada
        assert daemon.end(SIGINT) == 0
    assert put_up(daemon) == len(ada) + len(ben) + 1, "a second start puts up nothing again"
