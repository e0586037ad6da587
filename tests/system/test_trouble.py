"""What goes wrong is said with its cure, ends with a code that is not 0, deletes nothing, and passes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.system.house import FACTS, House, Stored

EXTRA = """\
[[bundle]]
id = "extra"
title = "One more"
category = "child-related"
outcome = "It goes on."
owner = "Ada"

[[bundle.task]]
id = "go"
title = "Go on"
stage = "do"
minutes = 5
once = "in 3 days"
"""

# prctl(2): without these capabilities root, too, is held to the modes of files.
AS_ANYBODY = (
    "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    "if os.geteuid() == 0:\n"
    "    for capability in (1, 2):\n"
    "        assert libc.prctl(24, capability, 0, 0, 0) == 0, os.strerror(ctypes.get_errno())"
)


def no_file_beyond(size: int) -> str:
    """A child that can't make any file longer than `size` bytes (setrlimit(2)); Python ignores SIGXFSZ."""
    return f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.fixture
def busy(home: House) -> House:
    """A household in step, with one more bundle that the next good pass puts up."""
    home.settle()
    home.load(EXTRA)
    return home


def others(house: House) -> dict[str, list[Stored]]:
    """Everything at the server but the item that waits to be put up."""
    return {
        place: [one for one in items if one.title != "Go on"] for place, items in house.everything().items()
    }


def goes_on(house: House) -> None:
    """The next pass is a good one: it catches up, and nothing was taken for anybody's doing."""
    before = others(house)
    house.again()
    assert others(house) == before
    assert len(house.items("ada", "todos", "Go on")) == 1
    assert house.entries(*FACTS) == []


def fails(house: House, *words: str, first: str = "") -> str:
    """A pass that says these words, and is no success; whatever stood at the server stands as it did."""
    before = others(house)
    done = house.once(code=1, first=first)
    for word in words:
        assert word in done.stderr, done.stderr
    assert others(house) == before
    return done.stderr


def test_the_server_is_down(busy: House) -> None:
    before = busy.everything()
    busy.base = busy.server.direct
    busy.configure()
    busy.server.stop()
    try:
        done = busy.once(code=1)
    finally:
        busy.server.start()
    place = busy.server.direct.removeprefix("http://")
    assert f"Tasks {busy.number} (Ada): the server can't be reached. Check that {place} is up" in done.stderr
    assert "not in step: " in done.stdout
    row, *_ = busy.json("status")
    assert row["trouble"] and row["last_success"]
    assert busy.everything() == before
    goes_on(busy)
    assert not any(row["trouble"] for row in busy.json("status"))


def test_the_password_is_wrong(busy: House) -> None:
    busy.set_password("ada", "not it")
    said = fails(busy, "(Ada): the server refused the login. Check the account's user and password")
    assert "(Ben)" not in said and "not it" not in said
    busy.set_password("ada", "ada's-password")
    goes_on(busy)


def test_others_may_read_the_password(busy: House) -> None:
    busy.set_password("ada", "ada's-password", 0o644)
    fails(busy, "others may read the password file", f"chmod 600 {busy.folder / 'ada.password'}")
    busy.set_password("ada", "ada's-password")
    goes_on(busy)


def test_a_collection_was_deleted_at_the_server(house: House) -> None:
    house.settle()
    before = house.everything()
    house.request("ada", "DELETE", house.path("ada", "todos"))
    there = house.everything()
    assert there == {**before, "ada/todos": []}
    for _ in range(2):
        said = fails(house, "(Ada): the calendar is not where it was. Check whether it was deleted")
        assert "(Ben)" not in said
    house.make_collection("ada", "todos")
    house.once()
    assert house.uids("ada", "todos") == [one.uid for one in sorted(before["ada/todos"], key=lambda o: o.uid)]
    assert house.entries(*FACTS) == []
    house.again()
    assert house.entries(*FACTS) == []


@pytest.mark.parametrize("size", [0, 4096, 40_000])
def test_a_file_may_not_grow(busy: House, size: int) -> None:
    fails(busy, str(busy.state), "space", first=no_file_beyond(size))
    goes_on(busy)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 700 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k,mode=0700", "evenhold-test", str(place)]
    made = subprocess.run(mount, capture_output=True, text=True, check=False) if os.geteuid() == 0 else None
    if made is None or made.returncode != 0:
        pytest.skip(f"can't mount a tmpfs: {made.stderr.strip() if made else 'needs root'}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("left", [0, 36])
def test_the_disk_is_full(home: House, small_disk: Path, left: int) -> None:
    home.state = small_disk / "state"
    home.settle()
    home.load(EXTRA)
    ballast = small_disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"0" * 1024)
    with ballast.open("r+b") as file:
        file.truncate(ballast.stat().st_size - left * 1024)
    fails(home, str(home.state), "space", "nothing was lost")
    ballast.unlink()
    goes_on(home)


def test_the_state_folder_is_read_only(busy: House) -> None:
    files = [file for file in busy.state.iterdir() if file.is_file()]
    for file in files:
        file.chmod(0o444)
    busy.state.chmod(0o555)
    try:
        fails(busy, str(busy.state), "write", first=AS_ANYBODY)
    finally:
        busy.state.chmod(0o700)
        for file in files:
            file.chmod(0o600)
    goes_on(busy)


def test_the_state_folder_can_not_be_made(home: House) -> None:
    locked = home.folder / "locked"
    locked.mkdir(mode=0o555)
    home.state = locked / "state"
    done = home.once(code=1, first=AS_ANYBODY)
    assert str(home.state) in done.stderr and "writ" in done.stderr
    assert home.server.proxy.count("MKCALENDAR") == 0


def test_several_mistakes_in_the_configuration_are_told_at_once(busy: House) -> None:
    good = busy.config.read_text()
    bad = good.replace('partner = "Ben"', 'partner = "Bem"').replace("poll_seconds = 60", "poll_seconds = 1")
    busy.config.write_text(bad.replace("horizon_days", "horizon_dyas"))
    said = fails(busy, str(busy.config), "accounts[1].partner", '"Bem"', "sync.poll_seconds", "horizon_dyas")
    assert "has no account yet" in said
    assert len(said.splitlines()) == 4 and said.count("allowed: ") == 3  # what an account lacks is a sentence
    busy.config.write_text(good.replace("[sync]", "[sync"))
    assert "no valid TOML" in fails(busy, str(busy.config))
    busy.config.write_text(good)
    goes_on(busy)


def swept(house: House) -> list[str]:
    """Ada's to-dos, of which she deleted four at once; that it waits, and is shown, is checked."""
    house.settle()
    house.again()
    before = house.stored("ada", "todos")
    for one in before[:4]:
        house.delete("ada", one)
    left = house.everything()
    name = f"ada/{house.name('todos')}"
    planned = next(row for row in house.json("plan") if row["collection"] == name)
    assert len(planned["held"]) == 4
    assert [one["task"].partition("-")[0] for one in planned["operations"]] == ["evenhold.waiting"]
    said = house.once().stdout
    assert f"4 of {len(before)} items vanished at once" in said and f"evenhold release '{name}'" in said
    asked = [one for one in house.everything()["ada/todos"] if "evenhold.waiting" not in one.uid]
    assert asked == left["ada/todos"] and house.entries(*FACTS) == []
    return [one.uid for one in before]


def test_many_deletions_at_once_wait_until_they_are_released(home: House) -> None:
    uids = swept(home)
    assert "4 of 7 items vanished at once" in home.evenhold("plan").stdout
    home.again()
    assert "4 changes wait" in home.evenhold("status").stdout
    assert home.entries(*FACTS) == []
    home.evenhold("release", f"ada/{home.name('todos')}")
    home.once()
    assert len(home.entries("skipped")) == 4
    left = set(home.uids("ada", "todos"))
    assert not set(uids[:4]) & left and set(uids[4:]) <= left
    home.again()
    assert len(home.entries("skipped")) == 4 and "changes wait" not in home.evenhold("status").stdout


def test_many_deletions_at_once_are_undone_on_request(house: House) -> None:
    uids = swept(house)
    house.evenhold("release", house.name("todos"), "--restore")
    house.once()
    assert house.uids("ada", "todos") == sorted(uids) and house.entries(*FACTS) == []
    house.again()
    assert house.uids("ada", "todos") == sorted(uids) and house.entries(*FACTS) == []
    assert "Nothing is waiting" in house.evenhold("release", house.name("todos"), code=1).stderr
