"""The check of answers against Todoist's own SDK, and that it can fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulators.todoist import models
from tests.emulators.todoist.conftest import Client


def test_what_the_emulator_makes_is_what_the_sdk_reads(client: Client) -> None:
    project = client.person.make_project("Household")
    section = client.person.make_section(project, "Bins")
    dues: list[Any] = [
        None,
        {"date": "2026-11-24"},
        {"date": "2026-11-24T18:30:00"},
        {"date": "2026-11-24T17:30:00Z"},
        {"string": "every day"},
    ]
    for due in dues:
        client.person.tick(client.person.add(project, "x", section_id=section, due=due))
    for kind in ("projects", "sections", "items"):
        models.check(kind, list(client.account.table(kind).values()))


@pytest.mark.parametrize(
    "damage",
    [
        {"content": ...},
        {"added_at": ...},
        {"added_at": "yesterday"},
        {"due": {"date": "soon", "string": "soon", "lang": "en", "is_recurring": False, "timezone": None}},
        {"due": {"date": "2026-11-24T17:30:00Z", "string": "x", "lang": "en", "timezone": None}},
        {"priority": "high"},
        {"priority": 0},
        {"checked": True},
        {"id": 7},
        {"duration": {"amount": 1}},
    ],
)
def test_what_no_client_could_read_is_a_bug(client: Client, damage: dict[str, Any]) -> None:
    item = client.person.sees(client.person.add(client.account.inbox, "x"))
    models.check("items", [item])
    spoilt = {name: value for name, value in {**item, **damage}.items() if value is not ...}
    with pytest.raises(models.Unfit):
        models.check("items", [spoilt])


def test_an_unfit_answer_does_not_go_out_and_is_noted(client: Client) -> None:
    item = client.person.add(client.account.inbox, "x")
    del client.account.items[item]["added_by_uid"]
    answer = client.get(f"tasks/{item}")
    assert answer.status_code == 500
    assert "Unfit: tasks: MissingFields" in client.app.stage.bugs.pop()
