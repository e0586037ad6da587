"""The daemon, killed a hundred times on one server while people go on, loses and doubles nothing."""

from __future__ import annotations

import pytest

from tests.crash.kills import kill_often
from tests.servers import SERVERS

KILLS = 100
"""On each server; the two tests run side by side."""


@pytest.mark.parametrize("server", list(SERVERS))
def test_a_killed_daemon_goes_on_where_it_was(server: str) -> None:
    found = kill_often(server, KILLS, seed=1)
    assert found.violations == []
    assert found.kills == found.starts == KILLS
    assert found.proven >= 0.3 * KILLS
    assert found.ticks == found.counted > 20
