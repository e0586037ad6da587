"""Print the failures and invariants with their tests as Markdown: `python -m tests.scenarios`."""

from __future__ import annotations

from tests.scenarios.table import markdown, rows

print(markdown("Failures seen in the field", rows("failures")))
print()
print(markdown("Invariants", rows("invariants")))
