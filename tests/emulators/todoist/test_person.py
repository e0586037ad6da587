"""What a person does in the app, and what the API shows of it."""

from __future__ import annotations

import pytest

from tests.emulators.todoist.conftest import Client


@pytest.fixture
def item(client: Client) -> str:
    return client.person.add(client.account.inbox, "Bins", due={"date": "2026-11-24"})


def log(client: Client, item: str) -> list[tuple[str, str]]:
    """What the activity log has of an item, latest first: the event, and the day that was completed."""
    found = client.get("activities", object_type="item", object_id=item).json()["results"]
    return [(one["event_type"], one["extra_data"].get("completed_due_date_local", "")[:10]) for one in found]


def history(client: Client, **query: str) -> list[tuple[str, str]]:
    """The completions of the last weeks, latest first: the item, and when it was due."""
    now = client.app.stage.clock.now()
    path = "tasks/completed/by_completion_date"
    span = {"since": f"{now.year}-10-01T00:00:00Z", "until": f"{now.year}-12-31T00:00:00Z"}
    return [(one["id"], one["due"]["date"]) for one in client.get(path, **span, **query).json()["items"]]


def test_a_tick_completes_and_taking_it_back_leaves_no_history(client: Client, item: str) -> None:
    client.person.tick(item)
    assert client.person.sees(item)["checked"] and history(client) == [(item, "2026-11-24")]
    client.person.untick(item)
    assert not client.person.sees(item)["checked"] and history(client) == []


def test_a_recurring_item_moves_on_and_the_log_alone_has_each_time(client: Client, item: str) -> None:
    client.person.repeat(item, "every week")
    client.person.tick(item)
    client.person.tick(item)
    assert client.person.sees(item)["due"]["date"] == "2026-12-08"
    assert client.person.sees(item)["checked"] is False
    assert log(client, item) == [("completed", "2026-12-01"), ("completed", "2026-11-24")]
    assert client.get(f"tasks/{item}").json()["completed_count"] == 2
    client.person.undo(item)
    assert client.person.sees(item)["due"]["date"] == "2026-12-01"
    assert log(client, item)[0] == ("uncompleted", "")
    assert history(client) == []
    client.person.complete_for_good(item)
    assert client.person.sees(item)["checked"] is True
    assert history(client) == [(item, "2026-12-01")]


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("every day", "2026-11-25"),
        ("every! day", "2026-11-24"),
        ("every 3 days", "2026-11-27"),
        ("every tuesday", "2026-12-01"),
        ("every month", "2026-12-24"),
        ("täglich", "2026-11-25"),
    ],
)
def test_where_a_completion_goes(client: Client, item: str, text: str, after: str) -> None:
    client.person.repeat(item, text)
    client.person.tick(item)
    assert client.person.sees(item)["due"]["date"] == after


def test_dragging_keeps_a_recurrence(client: Client, item: str) -> None:
    client.person.repeat(item, "every week")
    client.person.drag(item, "2026-11-30")
    due = client.person.sees(item)["due"]
    assert (due["date"], due["string"], due["is_recurring"]) == ("2026-11-30", "every week", True)
    assert history(client) == []


def test_what_stands_below_goes_with_its_parent(client: Client, item: str) -> None:
    ticked = client.person.add(client.account.inbox, "Child", parent_id=item)
    client.person.tick(item)
    assert client.person.sees(ticked)["checked"] is True
    client.person.delete(item)
    assert client.get(f"tasks/{ticked}").status_code == 404


def test_a_deleted_section_or_project_takes_its_items_along(client: Client) -> None:
    project = client.person.make_project("Household")
    section = client.person.make_section(project, "Bins")
    items = [client.person.add(project, "x", section_id=section), client.person.add(project, "y")]
    client.person.delete_section(section)
    assert client.get(f"tasks/{items[0]}").status_code == 404
    client.person.delete_project(project)
    assert client.get(f"tasks/{items[1]}").status_code == 404
    assert project not in {one["id"] for one in client.sync("*", "projects")["projects"]}


def test_an_archived_project_is_not_listed_and_neither_is_what_stands_in_it(client: Client) -> None:
    project = client.person.make_project("Household")
    client.person.add(project, "x")
    token = client.sync()["sync_token"]
    client.person.archive_project(project)
    full = client.sync("*", "projects", "items")
    assert project not in {one["id"] for one in full["projects"]} and full["items"] == []
    assert client.sync(token, "projects")["projects"][0]["is_archived"] is True


def test_a_moved_item_has_its_new_place(client: Client, item: str) -> None:
    project = client.person.make_project("Elsewhere")
    section = client.person.make_section(project, "Later")
    client.person.move(item, section=section)
    assert (client.person.sees(item)["project_id"], client.person.sees(item)["section_id"]) == (
        project,
        section,
    )
    client.person.move(item, project=client.account.inbox)
    assert client.person.sees(item)["section_id"] is None


def test_a_duration_goes_with_the_time_of_day(client: Client, item: str) -> None:
    client.person.edit(item, due={"date": "2026-11-24T18:30:00"}, duration={"amount": 25, "unit": "minute"})
    client.person.edit(item, due={"date": "2026-11-25"})
    assert client.person.sees(item)["duration"] is None
