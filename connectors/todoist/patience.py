"""How often a request is sent, and how long is waited in between: the one layer that retries. Pure.

Every request may be sent again: reads change nothing, and a command runs once whatever brings its uuid.
"""

from __future__ import annotations

import math
import random

from tenacity import RetryCallState

from syncer.connector import Retry

ATTEMPTS = 3
LONGEST_WAIT = 60.0
"""Seconds of Retry-After that are waited out here; a longer wish is the engine's to schedule."""


def passes(error: BaseException) -> bool:
    """Whether a failure may be gone in a moment."""
    return isinstance(error, Retry) and (error.after is None or error.after <= LONGEST_WAIT)


def wait(state: RetryCallState) -> float:
    """Seconds: what Todoist asked for, else exponential with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, Retry) and error.after is not None:
        return error.after
    return min(8.0, math.ldexp(random.uniform(0.5, 1), state.attempt_number - 1))
