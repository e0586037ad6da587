"""Errors as they leave the fence: of the closed set, short, on one line, without the account's secret."""

from __future__ import annotations

import math
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    CredentialsDead,
    CursorExpired,
    IdSpent,
    ProviderGone,
    Refused,
    Retry,
)
from syncer.problems import without_login

CURE = "Tell its author; the other accounts go on."
LONGEST_WAIT = 86_400.0
"""Seconds that a provider's wish is heeded at most: whoever asks for more is asked again after a day."""

_CLOSED_SET: tuple[type[ConnectorError], ...] = (
    IdSpent,
    Conflict,
    CollectionGone,
    Refused,
    CursorExpired,
    CredentialsDead,
    ProviderGone,
)
"""Without Retry, which carries more; the narrower ones first."""

_CONNECT = re.compile(r"evenhold connect [\w-]+\b(?! --partner)")
_LONGEST = 300
_SHORTEST_SECRET = 4


class Wrong(ValueError):
    """An answer that can't be used; the message says what of it."""


@contextmanager
def fence(subject: str, secret: str = "", again: str = "") -> Iterator[None]:
    """Let nothing out but an error of the closed set, and what a person at the keyboard wants."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except Wrong as flaw:
        raise wrong(str(flaw), subject) from None
    except BaseException as error:  # SystemExit too: a connector does not end the daemon
        raise plain(error, secret, subject, again) from None


def plain(error: object, secret: str, subject: str, again: str = "") -> ConnectorError:
    """The failure as a value of ours: a stranger's exception may say anything in any way.

    `again` is what connects the account again; a cure that names less of the command is completed.
    """
    if not isinstance(error, ConnectorError):
        return broke_off(error, subject)
    told = {
        "condition": line(getattr(error, "condition", ""), secret) or "it failed and said nothing",
        "subject": line(getattr(error, "subject", ""), secret) or subject,
        "cure": line(getattr(error, "cure", ""), secret),
    }
    if again:
        told["cure"] = _CONNECT.sub(lambda _: again, told["cure"])
    for kind in _CLOSED_SET:
        if isinstance(error, kind):
            return kind(**told)
    if isinstance(error, Retry):
        return Retry(**told, after=_seconds(getattr(error, "after", None)))
    return ConnectorError(**told)


def broke_off(bug: object, subject: str) -> Retry:
    """What it is called when a connector raises something else; its own words may hold anything."""
    frames = traceback.extract_tb(bug.__traceback__) if isinstance(bug, BaseException) else []
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return Retry(f"the connector broke off with {type(bug).__name__}{place}", subject=subject, cure=CURE)


def wrong(what: str, subject: str) -> Retry:
    """What it is called when a connector answers something that is no answer."""
    return Retry(f"the connector's answer can't be used: {what}", subject=subject, cure=CURE)


def line(value: object, secret: str = "") -> str:
    """A value as one short line for a person, whatever it is."""
    try:
        text = value if type(value) is str else str(value)
    except Exception:
        return ""
    if len(secret) >= _SHORTEST_SECRET:
        text = text.replace(secret, "…")
    text = " ".join(without_login(text).split()).encode("utf-8", "replace").decode()
    return "".join(char for char in text if char.isprintable())[:_LONGEST]


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value) or value < 0:
        return None
    return min(float(value), LONGEST_WAIT)
