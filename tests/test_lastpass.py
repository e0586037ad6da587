"""The status file: what a pass left there, whether it went well, broke off or was cut short."""

from __future__ import annotations

from pathlib import Path

from syncer import lastpass
from syncer.connector import Retry
from syncer.core.operations import Operation
from tests.home import Home


def test_a_push_that_breaks_off_is_trouble_and_not_a_pass_cut_short(tmp_path: Path) -> None:
    home = Home()

    def broken(_what: str, operation: Operation | None) -> None:
        if operation is not None:
            raise Retry("the line went dead")

    home.providers["ada"].fault = broken
    report = home.run()
    assert not report.ok
    lastpass.note(tmp_path, report)
    noted = lastpass.read(tmp_path)
    assert "the line went dead" in noted["ada/calendar"]["trouble"]
    assert noted["ada/calendar"]["last_success"] is None
    assert noted["ben/tasks"]["trouble"] == ""


def test_a_pass_cut_short_leaves_what_was_noted(tmp_path: Path) -> None:
    home = Home()
    home.stopped = True
    report = home.run()
    assert not report.ok
    lastpass.note(tmp_path, report)
    assert "ada/calendar" not in lastpass.read(tmp_path)


def test_a_ledger_that_is_older_than_the_last_pass_came_from_a_backup(tmp_path: Path) -> None:
    lastpass.note(tmp_path, report := Home().run())
    assert not lastpass.restored(tmp_path, report.version)
    assert lastpass.restored(tmp_path, report.version - 1)
    assert not lastpass.restored(tmp_path / "elsewhere", 0)
