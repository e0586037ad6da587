"""The notification protocol, against a real datagram socket."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncer.sdnotify import Notifier, watchdog_interval


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(tmp_path / "notify"))
        receiver.settimeout(2)
        yield receiver


def notifier(receiver: socket.socket) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": receiver.getsockname()})


def received(receiver: socket.socket) -> list[str]:
    return receiver.recv(4096).decode().split("\n")


def test_each_fact_is_one_datagram(manager: socket.socket) -> None:
    to = notifier(manager)
    assert to.ready("2 accounts") and received(manager) == ["READY=1", "STATUS=2 accounts"]
    assert to.ready() and received(manager) == ["READY=1"]
    assert to.status("all well") and received(manager) == ["STATUS=all well"]
    assert to.watchdog() and received(manager) == ["WATCHDOG=1"]
    assert to.stopping("finishing") and received(manager) == ["STOPPING=1", "STATUS=finishing"]


def test_a_reload_carries_its_moment(manager: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    notifier(manager).reloading()
    state, moment = received(manager)
    assert state == "RELOADING=1"
    name, _, value = moment.partition("=")
    assert name == "MONOTONIC_USEC"
    assert before <= int(value) <= time.monotonic_ns() // 1000


def test_a_status_can_not_smuggle_in_another_fact(manager: socket.socket) -> None:
    notifier(manager).status("held\nREADY=1")
    assert received(manager) == ["STATUS=held READY=1"]


def test_abstract_names_start_with_an_at_sign() -> None:
    name = f"evenhold-test-{os.getpid()}-{time.monotonic_ns()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind("\0" + name)
        receiver.settimeout(2)
        assert Notifier({"NOTIFY_SOCKET": "@" + name}).ready()
        assert received(receiver) == ["READY=1"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_without_a_socket_nothing_happens(environ: dict[str, str]) -> None:
    to = Notifier(environ)
    assert not to.enabled
    assert not to.ready()
    assert not to.watchdog()


def test_a_manager_that_is_gone_does_no_harm(tmp_path: Path) -> None:
    to = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    assert to.enabled
    assert not to.status("still working")


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "300000000"}, 300.0),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": str(os.getpid())}, 1.5),
        ({"WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdogs_wish(environ: dict[str, str], seconds: float | None) -> None:
    assert watchdog_interval(environ) == seconds
