"""Secrets come from a private file, a systemd credential or a command, and show up nowhere else."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from syncer import secrets
from syncer.secrets import SecretError, SecretRef, read

CANARY = "canary-5f1c"


def private(path: Path, content: str | bytes, mode: int = 0o600) -> SecretRef:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return SecretRef(file=Path(path.name))


def python(code: str) -> SecretRef:
    return SecretRef(command=(sys.executable, "-c", code))


@pytest.mark.parametrize(
    ("content", "secret"),
    [("a b\n", "a b"), ("a", "a"), ("a\n\n", "a\n"), ("a\r\n", "a"), (" ä \n", " ä "), ("\na\n", "\na")],
)
def test_a_file_loses_one_newline_at_its_end_and_nothing_else(
    tmp_path: Path, content: str, secret: str
) -> None:
    assert read(private(tmp_path / "p", content), tmp_path) == secret


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644])
def test_a_file_that_others_may_touch_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    ref = private(tmp_path / "p", CANARY, mode)
    with pytest.raises(SecretError) as told:
        read(ref, tmp_path)
    assert told.value.cure == f"Run: chmod 600 {tmp_path / 'p'}"
    assert CANARY not in f"{told.value} {told.value!r}"


@pytest.mark.parametrize(
    ("content", "condition"),
    [
        ("", "empty"),
        ("\n", "empty"),
        (b"\xff\xfe" + CANARY.encode(), "not UTF-8"),
        (CANARY * 9000, "too long"),
    ],
)
def test_what_can_be_no_password_is_refused(tmp_path: Path, content: str | bytes, condition: str) -> None:
    with pytest.raises(SecretError, match=condition) as told:
        read(private(tmp_path / "p", content), tmp_path)
    assert CANARY not in f"{told.value!r}"
    assert told.value.__cause__ is None and told.value.__suppress_context__ is (condition == "not UTF-8")


def test_an_absent_file_a_folder_and_a_pipe_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="is not there"):
        read(SecretRef(file=Path("none")), tmp_path)
    with pytest.raises(SecretError, match="can't be opened: Is a directory"):
        read(SecretRef(file=tmp_path))
    with pytest.raises(SecretError, match="is not there"):
        read(SecretRef(file=Path("~no-such-user/password")), tmp_path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretError, match="not a plain file"):
        read(SecretRef(file=tmp_path / "pipe"))


def test_a_credential_is_read_where_systemd_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 0440 is what systemd's ACL looks like in the mode bits.
    private(tmp_path / "ada", CANARY + "\n", 0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read(SecretRef(credential="ada")) == CANARY
    with pytest.raises(SecretError, match="the credential is not there") as told:
        read(SecretRef(credential="ben"))
    assert "LoadCredential=ben:FILE" in told.value.cure


@pytest.mark.parametrize("name", ["../ada", "/etc/passwd", "", "..", "a/b", "a\0b"])
def test_a_credential_is_a_name_and_no_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    private(tmp_path / "ada", CANARY)
    (tmp_path / "dir").mkdir()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "dir"))
    with pytest.raises(SecretError, match="no credential's name"):
        read(SecretRef(credential=name))


def test_without_systemd_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match=r"LoadCredential=ada:FILE, or name a file or a command"):
        read(SecretRef(credential="ada"))


def test_a_command_gives_its_first_line_and_sees_no_shell() -> None:
    assert read(python("print('one $HOME; two'); print('notes ' * 100000)")) == "one $HOME; two"


def test_a_command_that_fails_says_so_without_its_output_or_arguments() -> None:
    code = f"import sys; print('{CANARY}'); sys.stderr.write('{CANARY}'); sys.exit(3)"
    with pytest.raises(SecretError, match="ended with code 3") as told:
        read(python(code))
    assert CANARY not in f"{told.value} {told.value!r}"
    assert told.value.subject == sys.executable


def test_a_command_that_prints_nothing_or_is_not_there_is_told() -> None:
    with pytest.raises(SecretError, match="empty"):
        read(python("pass"))
    with pytest.raises(SecretError, match="can't be started"):
        read(SecretRef(command=("no-such-program-here", CANARY)))
    with pytest.raises(SecretError, match="can't be started"):
        read(SecretRef(command=()))


def test_a_slow_command_is_ended_with_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COMMAND_SECONDS", 0.5)
    begun = time.monotonic()
    # The child holds the pipe open: killing only the parent would leave us reading for 30 s.
    with pytest.raises(SecretError, match="took longer"):
        read(SecretRef(command=("sh", "-c", f"echo {CANARY}; sleep 30 & wait")))
    assert time.monotonic() - begun < 10


def test_where_there_is_no_secret_it_is_empty() -> None:
    assert read(SecretRef()) == ""


def test_a_reference_has_one_place_at_most_and_shows_none() -> None:
    with pytest.raises(ValueError, match="only one"):
        SecretRef(file=Path("a"), credential="b")
    for ref in (SecretRef(file=Path(CANARY)), SecretRef(credential=CANARY), SecretRef(command=(CANARY,))):
        assert CANARY not in f"{ref} {ref!r}"
