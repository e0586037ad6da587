"""Questions on a real terminal: what is hidden is not shown, and afterwards the terminal is as it was."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from syncer.commands.terminal import LONGEST, Terminal
from tests.commands.conftest import Desk, Providers, browse_elsewhere
from tests.onboarding.house import HEAD
from tests.system.house import EVENHOLD, child_environment


@pytest.fixture
def pair() -> Iterator[tuple[int, int]]:
    """The two ends of a terminal: a person's and a program's."""
    person, program = pty.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def echoes(program: int) -> bool:
    return bool(termios.tcgetattr(program)[3] & termios.ECHO)


def test_an_answer_is_a_line_without_the_blanks_around_it(pair: tuple[int, int]) -> None:
    person, program = pair
    out = io.StringIO()
    terminal = Terminal(out, program)
    assert terminal.is_person
    os.write(person, b"  an answer \r\n\n")
    assert terminal.ask("What? ") == "an answer"
    assert terminal.ask("And? [yes] ", "yes") == "yes"
    assert out.getvalue() == "What? And? [yes] "


def test_what_is_hidden_is_not_shown_and_the_echo_comes_back(
    pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, program = pair
    terminal = Terminal(io.StringIO(), program)
    seen: list[bool] = []
    real = os.read

    def read(descriptor: int, size: int) -> bytes:
        seen.append(echoes(program))
        return real(descriptor, size)

    monkeypatch.setattr(os, "read", read)
    os.write(person, b"canary\n")
    assert terminal.ask("Password: ", hidden=True) == "canary"
    assert seen == [False]
    assert echoes(program)


def test_the_echo_comes_back_after_ctrl_c_too(pair: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    _, program = pair

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(select, "select", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Terminal(io.StringIO(), program).ask("Password: ", hidden=True)
    assert echoes(program)


def test_the_end_of_the_input_is_told_from_an_empty_answer() -> None:
    reads, writes = os.pipe()
    terminal = Terminal(io.StringIO(), reads)
    os.write(writes, b"\nlast")
    os.close(writes)
    assert not terminal.is_person
    assert terminal.ask("1 ") == ""
    ended = [terminal.ended]
    assert terminal.ask("2 ") == "last"
    assert terminal.ask("3 ") is None
    ended.append(terminal.ended)
    assert ended == [False, True]
    assert terminal.ask("4 [d] ", "d") == "d"
    os.close(reads)


def test_a_line_without_an_end_costs_no_more_than_a_line_may_have() -> None:
    reads, writes = os.pipe()
    terminal = Terminal(io.StringIO(), reads)

    def flood() -> None:
        with suppress(BrokenPipeError):
            os.write(writes, b"x" * (LONGEST * 4))

    writer = threading.Thread(target=flood, daemon=True)
    writer.start()
    line = terminal.line()
    assert line is not None and LONGEST <= len(line) <= LONGEST + 4096
    os.close(reads)
    writer.join(5)
    os.close(writes)


class Bell:
    """Company that is there when it rings."""

    def __init__(self) -> None:
        self.reads, self.writes = os.pipe()

    def fileno(self) -> int:
        return self.reads

    def ring(self) -> None:
        os.write(self.writes, b".")


def test_who_comes_first_is_heard_first_and_half_a_line_is_kept() -> None:
    reads, writes = os.pipe()
    terminal, bell = Terminal(io.StringIO(), reads), Bell()
    assert terminal.line(bell, 0.01) is None
    os.write(writes, b"half")
    bell.ring()
    assert terminal.line(bell, 5) is None
    os.read(bell.reads, 1)
    os.write(writes, b" a line\nmore\n")
    assert terminal.line(bell, 5) == "half a line"
    bell.ring()
    assert terminal.line(bell, 5) == "more"  # it was read already
    for descriptor in (reads, writes, bell.reads, bell.writes):
        os.close(descriptor)


# --- the command itself ---


class Sitting:
    """`evenhold connect` at a terminal of 80 columns; `shown` is everything on the screen so far."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.person, program = pty.openpty()
        termios.tcsetwinsize(program, (24, 80))
        self.shown, self.program = "", program
        self.process = subprocess.Popen(
            [str(EVENHOLD), "connect", *words, "--config", str(folder / "home.toml")],
            stdin=program,
            stdout=program,
            stderr=program,
            cwd=folder,
            env=child_environment(folder),
            start_new_session=True,
            preexec_fn=lambda: _take_terminal(program),
        )

    def until(self, text: str, seconds: float = 20) -> str:
        """What is shown once a text is there."""
        deadline = time.monotonic() + seconds
        while text not in self.shown:
            ready, _, _ = select.select([self.person], [], [], max(0, deadline - time.monotonic()))
            assert ready, self.shown
            self.shown += os.read(self.person, 4096).decode()
        return self.shown

    def type(self, text: str) -> None:
        os.write(self.person, text.encode())

    def end(self) -> int:
        code = self.process.wait(20)
        while select.select([self.person], [], [], 0)[0]:
            self.shown += os.read(self.person, 4096).decode()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.person)
        os.close(self.program)


def _take_terminal(program: int) -> None:
    """Let Ctrl-C on this terminal reach the command (ioctl_tty(2))."""
    fcntl.ioctl(program, termios.TIOCSCTTY, 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "home.toml").write_text(HEAD)
    return tmp_path


def test_google_is_connected_by_a_pasted_address_that_is_seen_nowhere(
    desk: Desk, providers: Providers
) -> None:
    desk.client_file(providers)
    sitting = Sitting(desk.folder, "google", "--partner", "Ada", "--set", f"root={providers.url}")
    try:
        shown = sitting.until("Waiting for either")
        assert not echoes(sitting.program)
        ssh = re.search(r"ssh -N.* -L (\d+):127\.0\.0\.1:\1 \S+@\S+", shown)
        assert ssh is not None
        address = browse_elsewhere(shown.replace("\r\n", "\n"))
        assert f"http://127.0.0.1:{ssh[1]}/?" in address
        proc = Path("/proc", str(sitting.process.pid))
        sitting.type(f"{address}\n")
        sitting.until("[t/p")
        assert echoes(sitting.program)
        kept = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        sitting.type("p\n")
        assert sitting.end() == 0
        token = (desk.folder / "ada-google.token").read_text()
        for secret in (*re.findall(r'"(1//\S+?|GOCSPX\S+?)"', token), address.partition("code=")[2][:24]):
            assert secret not in sitting.shown and secret.encode() not in kept
        assert len(re.findall(r'"(1//\S+?|GOCSPX\S+?)"', token)) == 2
        mine = [line for line in sitting.shown.splitlines() if not re.search("http|home.toml|ada-g", line)]
        assert [line for line in mine if len(line) > 80] == []
    finally:
        sitting.close()


@pytest.mark.parametrize(
    ("where", "how"),
    [("waiting", "ctrl-c"), ("waiting", "ctrl-d"), ("waiting", "hang up"), ("password", "ctrl-c")],
)
def test_giving_up_leaves_nothing_and_the_terminal_as_it_was(
    desk: Desk, providers: Providers, how: str, where: str
) -> None:
    desk.client_file(providers)
    before = desk.files()
    at = {"waiting": ("google", "Waiting for either"), "password": ("todoist", "not shown")}
    provider, prompt = at[where]
    sitting = Sitting(desk.folder, provider, "--partner", "Ada")
    try:
        sitting.until(prompt)
        sitting.type("half a canary")
        if how == "hang up":
            os.kill(sitting.process.pid, signal.SIGHUP)
        else:
            sitting.type({"ctrl-c": "\x03", "ctrl-d": "\x15\x04"}[how])
        code = sitting.end()
        assert code == {"ctrl-c": 130, "ctrl-d": 1, "hang up": -signal.SIGHUP}[how]
        if how != "hang up":
            assert "othing was written." in sitting.shown
            assert echoes(sitting.program)
        assert "Traceback" not in sitting.shown and "canary" not in sitting.shown
        assert desk.files() == before
    finally:
        sitting.close()
