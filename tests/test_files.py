"""A file is replaced whole or not at all, and is never readable with another mode than its own."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from syncer import files, secrets


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.parametrize("before", [None, 0o644, 0o600, 0o400])
def test_a_file_is_there_whole_with_its_mode_whatever_it_had(tmp_path: Path, before: int | None) -> None:
    place = tmp_path / "token"
    if before is not None:
        place.write_text("old")
        place.chmod(before)
    files.replace(place, b"new", mode=0o600)
    assert (place.read_bytes(), mode(place)) == (b"new", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_a_link_stays_one_and_leads_to_the_new_content(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "token").write_text("old")
    (tmp_path / "token").symlink_to("elsewhere/token")
    files.replace(tmp_path / "token", b"new", mode=0o600)
    assert (tmp_path / "token").is_symlink()
    assert (tmp_path / "elsewhere" / "token").read_bytes() == b"new"


@pytest.mark.parametrize("broken", ["fsync", "fchmod"])
def test_what_breaks_off_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    place = tmp_path / "token"
    place.write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        files.replace(place, b"new", mode=0o600)
    assert place.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_one_at_a_time_in_a_folder(tmp_path: Path) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait()
        with files.alone_in(tmp_path):
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with files.alone_in(tmp_path):
        inside.set()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_kept_private_and_read_as_it_was_given(tmp_path: Path) -> None:
    config, place = tmp_path / "home.toml", tmp_path / "token"
    config.write_text("")
    secrets.keep(place, '{"a": "ä"}', config)
    assert mode(place) == 0o600
    assert secrets.read(secrets.SecretRef(file=place)) == '{"a": "ä"}'


def test_a_secret_that_can_not_be_kept_is_told_without_it(tmp_path: Path) -> None:
    config = tmp_path / "home.toml"
    config.write_text("")
    with pytest.raises(secrets.SecretError, match="can't be written") as told:
        secrets.keep(tmp_path / "nowhere" / "token", "canary-77", config)
    assert "canary-77" not in f"{told.value} {told.value!r}"
