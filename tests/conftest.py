"""What holds for all tests: Hypothesis draws the same examples each time, and no test is about speed.

`pytest --hypothesis-profile=default` draws others, as whoever looks for something new wants it.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "evenhold", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("evenhold")
