"""So many requests, and no more: each count of the emulators' log, exact, with few items."""

from __future__ import annotations

from pathlib import Path

from tests.bench.figures import TARGETS
from tests.bench.requests import measure_requests

ITEMS = 120
"""Two of Todoist's requests (a hundred commands each) and three batches of Google's (fifty calls each)."""


def test_the_emulators_count_what_each_provider_is_asked(tmp_path: Path) -> None:
    found = measure_requests(tmp_path, ITEMS)
    passes = {"made": 4, "idle": 1, "theirs": 1, "ours": 2}
    pushes = {"todoist": 2, "google_calendar": 3, "google_tasks": 3}
    assert found == {
        f"requests.{app}.{key}": count
        for app, push in pushes.items()
        for key, count in {**passes, "first": 1 + push, "push": push}.items()
    }
    targets = [target for target in TARGETS if target.key.startswith("requests.")]
    assert len(targets) == 12 and all(target.met(found[target.key]) for target in targets)
