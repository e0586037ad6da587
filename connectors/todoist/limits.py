"""How much is sent and taken in: Todoist's own limits, and ours, so that a hostile answer costs little."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LARGEST_ITEM = 1024 * 1024
"""Bytes of one item as JSON."""

LARGEST_ANSWER = 32 * LARGEST_ITEM
"""Bytes of an answer, unpacked, beyond which reading stops."""

MOST_COMMANDS = 100
"""Commands in one sync request ("Batching commands" of the API documentation)."""

LARGEST_REQUEST = 900 * 1024
"""Bytes of a request's body; the API takes 1 MiB ("Request limits")."""

LONGEST_TITLE = 500
LONGEST_NOTES = 16383
"""Characters of `content` and `description` (todoist-api-python 4.0, `add_task`)."""


def is_too_large(raw: Mapping[str, Any]) -> bool:
    """Whether an item is larger than we read."""
    return len(json.dumps(raw)) > LARGEST_ITEM
