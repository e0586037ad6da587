"""How often a request is tried, and how long is waited in between: the one layer that retries. Pure."""

from __future__ import annotations

import math
import random

from tenacity import RetryCallState

from connectors.caldav import errors
from syncer.connector import Retry

ATTEMPTS = 3
LOCKED_ATTEMPTS = 8
"""How often to try what meets a lock (423): writes side by side lock each other out for some milliseconds."""

LONGEST_WAIT = 60.0
"""Seconds of Retry-After that are waited out here; a longer wish is the engine's to schedule."""


def passes(error: BaseException) -> bool:
    """Whether a failure may be gone in a moment."""
    if isinstance(error, errors.IllFormed):
        return False
    return isinstance(error, Retry) and (error.after is None or error.after <= LONGEST_WAIT)


def enough(state: RetryCallState) -> bool:
    """Whether it was tried often enough."""
    return state.attempt_number >= (LOCKED_ATTEMPTS if isinstance(_error(state), errors.Locked) else ATTEMPTS)


def wait(state: RetryCallState) -> float:
    """Seconds: what the server asked for, little for a lock, else exponential with jitter."""
    error = _error(state)
    if isinstance(error, Retry) and error.after is not None:
        return error.after
    if isinstance(error, errors.Locked):
        return random.uniform(0.05, 0.1) * state.attempt_number
    return min(8.0, math.ldexp(random.uniform(0.5, 1), state.attempt_number - 1))


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
