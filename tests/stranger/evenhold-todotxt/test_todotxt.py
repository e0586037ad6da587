"""The connector keeps Evenhold's contract: with a person at an editor, and a file system that fails."""

import datetime as dt
import itertools
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from evenhold_todotxt import TodoTxt, TodoTxtSettings

from syncer.connector import (
    Ack,
    Collection,
    Connector,
    Context,
    Create,
    Delete,
    Failure,
    Operation,
    Retry,
    Update,
)
from syncer.core.model import Kind, Status
from syncer.testing import builders
from syncer.testing.contract import Contract, Faults, Harness, On, Trouble

ITERDIR, REPLACE = Path.iterdir, Path.replace


class DiskFaults(Faults):
    """The file system says no, before or after it did what was asked."""

    offered = frozenset(
        {Trouble.RESET, Trouble.UNAVAILABLE, Trouble.ERROR, Trouble.LOST, Trouble.LOST_IN_ERROR}
    )

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch, self._asked = patch, 0
        self.calm()

    def inject(self, trouble: Trouble, on: On = On.ALL, *, skip: int = 0, times: int | None = None) -> None:
        turns = itertools.count(-skip)
        applied = trouble in (Trouble.LOST, Trouble.LOST_IN_ERROR)

        def broken(call: Callable[..., Any], kind: On) -> Callable[..., Any]:
            def called(path: Path, *more: Path) -> Any:
                self._asked += 1
                if kind not in on or not 0 <= next(turns) < (times or 1_000_000):
                    return call(path, *more)
                if applied:
                    call(path, *more)
                raise OSError(5, "Input/output error", str(path))

            return called

        self._patch.setattr(Path, "iterdir", broken(ITERDIR, On.READS))
        self._patch.setattr(Path, "replace", broken(REPLACE, On.WRITES))

    def calm(self) -> None:
        self.inject(Trouble.RESET, On(0))

    def requests(self) -> int:
        return self._asked


class FolderHarness(Harness):
    """A folder, and a person who edits what is in it."""

    secret = "no-list-has-a-password"

    def __init__(self, folder: Path, faults: Faults) -> None:
        self.folder, self.faults = folder, faults

    def connect(self, context: Context) -> Connector:
        return TodoTxt(TodoTxtSettings(folder=self.folder, settle=0), context)

    def snapshot(self, collection: Collection) -> Mapping[str, str]:
        return {_id(line): line for line in self._lines(collection.ref) if line}

    def foreign(self, collection: Collection, kind: Kind) -> str:
        lines = self._lines(collection.ref)
        lines[-1:] = [f"(B) 2026-11-01 Call the dentist +teeth due:2026-12-01 id:own-{len(lines)}", ""]
        self._save(collection.ref, lines)
        return _id(lines[-2])

    def edit(self, collection: Collection, ref: str, title: str) -> None:
        self._change(
            collection, ref, lambda line: re.sub(r"^(\(A\) |x )?.*?(?= due:| id:)", rf"\1{title}", line)
        )

    def delete(self, collection: Collection, ref: str) -> None:
        self._save(collection.ref, [line for line in self._lines(collection.ref) if _id(line) != ref])

    def tick(self, collection: Collection, ref: str) -> None:
        self._change(collection, ref, lambda line: f"x 2026-11-24 {line}")

    def adorn(self, collection: Collection, ref: str) -> list[str]:
        self._change(collection, ref, lambda line: f"(A) {line} +home @yard rec:1w")
        return ["(A) ", " +home @yard rec:1w"]

    def spoil(self, collection: Collection, ref: str) -> None:
        self._change(collection, ref, lambda line: re.sub(r"due:\S+", "due:soon", line))

    def remove(self, collection: Collection) -> None:
        (self.folder / collection.ref).unlink()

    def _lines(self, name: str) -> list[str]:
        return (self.folder / name).read_text().split("\n")

    def _save(self, name: str, lines: list[str]) -> None:
        (self.folder / name).write_text("\n".join(lines))

    def _change(self, collection: Collection, ref: str, change: Callable[[str], str]) -> None:
        lines = [change(line) if _id(line) == ref else line for line in self._lines(collection.ref)]
        self._save(collection.ref, lines)


def _id(line: str) -> str:
    return line.rpartition(" id:")[2].partition(" ")[0]


class TestTodoTxt(Contract):
    @pytest.fixture
    def harness(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Harness:
        return FolderHarness(tmp_path, DiskFaults(monkeypatch))


# --- what the contract can't know of: files, and the person's editor ---


@pytest.fixture
def desk(tmp_path: Path) -> TodoTxt:
    (tmp_path / "home.txt").write_text("")
    return TodoTxt(TodoTxtSettings(folder=tmp_path, settle=0), builders.context(str))


HOME = Collection("home.txt", "home", frozenset({Kind.TODO}))
BINS = builders.item(Kind.TODO)
LINE = f"Take out the bins due:2026-11-24 id:{BINS.uid}"


def pushed(connector: TodoTxt, *operations: Operation) -> list[Ack]:
    outcomes = list(connector.push(HOME, operations))
    assert all(isinstance(one, Ack) for one in outcomes), outcomes
    return [one for one in outcomes if isinstance(one, Ack)]


@pytest.mark.parametrize(
    "theirs",
    [
        b"",
        b"no newline at the end",
        b"(A) 2026-11-01 Call the dentist +teeth @phone\n\n\n  x indented\n",
        b"Windows\r\nline ends\r\n",
        b"\xef\xbb\xbfa mark first\nL\xf6sungen in Latin-1\n\x00\x0c\x1c\xe2\x80\xa8 odd ones id: id:x\n",
    ],
)
def test_what_is_theirs_is_the_same_to_the_byte(desk: TodoTxt, tmp_path: Path, theirs: bytes) -> None:
    file = tmp_path / "home.txt"
    file.write_bytes(theirs)
    (ack,) = pushed(desk, Create(BINS))
    (ack,) = pushed(desk, Update(ack.ref, ack.revision, replace(BINS, title="Bins"), frozenset({"title"})))
    standing = file.read_bytes().split(b"\n")
    ours = [line for line in standing if ack.ref.encode() in line]
    assert [line.endswith(b"\r") for line in ours] == [b"\r" in theirs]
    assert [line for line in standing if line not in ours] == theirs.split(b"\n")
    pushed(desk, Delete(ack.ref, ack.revision, ack.ref))
    assert file.read_bytes() == theirs


def test_a_line_reads_as_todo_txt_has_it(desk: TodoTxt, tmp_path: Path) -> None:
    (ack,) = pushed(desk, Create(BINS))
    assert (tmp_path / "home.txt").read_text() == f"{LINE}\n"
    done = replace(BINS, status=Status.DONE, completed=dt.datetime(2026, 11, 24, 23, 30, tzinfo=dt.UTC))
    pushed(desk, Update(ack.ref, ack.revision, done, frozenset({"status"})))
    assert (tmp_path / "home.txt").read_text() == f"x 2026-11-25 {LINE}\n", "the day is the partner's"


def test_what_an_app_archived_is_done_and_can_be_taken_down(desk: TodoTxt, tmp_path: Path) -> None:
    (ack,) = pushed(desk, Create(BINS))
    (tmp_path / "home.txt").write_text("Feed the cat\n")
    (tmp_path / "done.txt").write_text(f"x 2026-11-20 Call Mum\nx 2026-11-24 {LINE} pri:A\n")
    (seen,) = desk.pull(HOME, None, {ack.ref: ack.revision}).seen
    assert (seen.ref, seen.item.status) == (ack.ref, Status.DONE)
    pushed(desk, Delete(seen.ref, seen.revision, seen.ref))
    assert (tmp_path / "done.txt").read_text() == "x 2026-11-20 Call Mum\n"
    assert (tmp_path / "home.txt").read_text() == "Feed the cat\n"


def test_a_save_between_our_look_and_our_write_is_kept(
    desk: TodoTxt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, synced = tmp_path / "home.txt", os.fsync
    saves = iter(["Feed the cat\n", "Feed the cat\nWater the plants\n"])

    def save_meanwhile(number: int) -> None:
        synced(number)
        if (text := next(saves, None)) is not None:
            file.write_text(text)

    monkeypatch.setattr(os, "fsync", save_meanwhile)
    pushed(desk, Create(BINS))
    assert file.read_text() == f"Feed the cat\nWater the plants\n{LINE}\n"


def test_somebody_who_never_stops_saving_is_waited_for(
    desk: TodoTxt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, turns, synced = tmp_path / "home.txt", itertools.count(), os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (synced(number), file.write_text(f"{next(turns)}\n")))
    (outcome,) = desk.push(HOME, [Create(BINS)])
    assert isinstance(outcome, Failure) and isinstance(outcome.error, Retry)
    assert file.read_text() == "4\n"


def test_an_editor_that_is_not_through_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "home.txt"
    file.write_text("")  # cut off, as an editor does that writes in place
    monkeypatch.setattr(time, "sleep", lambda seconds: file.write_text(f"{LINE}\n"))
    careful = TodoTxt(TodoTxtSettings(folder=tmp_path, settle=60), builders.context(str))
    assert [seen.ref for seen in careful.pull(HOME, None, {}).seen] == [BINS.uid]


def test_a_list_keeps_its_mode_and_its_place_behind_a_link(desk: TodoTxt, tmp_path: Path) -> None:
    elsewhere = tmp_path / "synchronised"
    elsewhere.mkdir()
    (tmp_path / "home.txt").replace(elsewhere / "mine.txt")
    (tmp_path / "home.txt").symlink_to(elsewhere / "mine.txt")
    (elsewhere / "mine.txt").chmod(0o640)
    pushed(desk, Create(BINS))
    assert (tmp_path / "home.txt").is_symlink()
    assert (elsewhere / "mine.txt").read_text() == f"{LINE}\n"
    assert (elsewhere / "mine.txt").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in elsewhere.iterdir()] == ["mine.txt"]


def test_of_a_line_that_was_copied_the_first_counts(desk: TodoTxt, tmp_path: Path) -> None:
    (tmp_path / "home.txt").write_text(f"{LINE}\nx {LINE}\n")
    (seen,) = desk.pull(HOME, None, {}).seen
    assert seen.item.status is Status.OPEN
    pushed(desk, Update(seen.ref, seen.revision, replace(BINS, when=None), frozenset({"when"})))
    assert (tmp_path / "home.txt").read_text() == f"Take out the bins id:{BINS.uid}\nx {LINE}\n"


def test_a_folder_that_is_away_is_trouble_and_no_empty_list(desk: TodoTxt, tmp_path: Path) -> None:
    pushed(desk, Create(BINS))
    tmp_path.rename(tmp_path.with_name("away"))
    for ask in (desk.collections, lambda: desk.pull(HOME, None, {})):
        with pytest.raises(Retry, match="No such file"):
            ask()
