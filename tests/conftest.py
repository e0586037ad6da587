"""What holds for all tests: Hypothesis draws the same examples each time, and no test is about speed.

`pytest --hypothesis-profile=default` draws others, as whoever looks for something new wants it.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "evenhold", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("evenhold")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make test ARGS=--every-server`."""
    parser.addoption(
        "--every-server", action="store_true", help="system tests on each server, not one of them"
    )
