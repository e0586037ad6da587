"""How much of an answer is taken in, so that a hostile one costs little."""

from __future__ import annotations

LARGEST_ITEM = 1024 * 1024
"""Bytes of one item as JSON."""

LARGEST_ANSWER = 32 * LARGEST_ITEM
"""Bytes of an answer, unpacked, beyond which reading stops."""

BATCH = 50
"""Calls that go into one batch. The Calendar API takes 1000, but each counts towards the limits by itself,
and
larger batches meet them (see "Send batch requests" of Calendar and Gmail)."""
