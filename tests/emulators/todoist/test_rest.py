"""Single items, lists by cursor, the history and its limits, and who may ask."""

from __future__ import annotations

import httpx
import pytest

from tests.emulators.todoist import errors
from tests.emulators.todoist.conftest import Client

COMPLETED = "tasks/completed/by_completion_date"
DUE = "tasks/completed/by_due_date"


def test_one_item_is_found_when_it_is_done_and_not_when_it_is_deleted(client: Client) -> None:
    item = client.person.add(client.account.inbox, "Bins")
    client.person.tick(item)
    assert client.get(f"tasks/{item}").json()["checked"] is True
    client.person.delete(item)
    gone = client.get(f"tasks/{item}")
    assert gone.status_code == 404 and gone.json()["error_tag"] == "ITEM_NOT_FOUND"


def test_lists_come_in_pages_and_a_cursor_is_good_for_its_own_question_only(client: Client) -> None:
    project = client.person.make_project("Household")
    made = {client.person.add(project, f"{number}") for number in range(5)}
    found: set[str] = set()
    cursor: str | None = None
    for _ in range(3):
        more: dict[str, str] = {"cursor": cursor} if cursor else {}
        page = client.get("tasks", project_id=project, limit=2, **more).json()
        found |= {one["id"] for one in page["results"]}
        cursor = page["next_cursor"]
    assert found == made and cursor is None
    first = client.get("tasks", project_id=project, limit=2).json()["next_cursor"]
    assert client.get("tasks", limit=2, cursor=first).status_code == 400
    assert client.get("tasks", cursor="odd").status_code == 400
    assert client.get("tasks", limit=201).status_code == 400
    assert client.get("tasks", ids=",".join(sorted(made)[:2])).json()["results"][1]["id"] in made


def test_the_history_reaches_three_months_by_completion_and_six_weeks_by_due_date(client: Client) -> None:
    def asked(path: str, since: str, until: str) -> int:
        return client.get(path, since=f"{since}T00:00:00Z", until=f"{until}T00:00:00Z").status_code

    assert asked(COMPLETED, "2026-11-30", "2027-02-28") == 200
    assert asked(COMPLETED, "2026-11-30", "2027-03-01") == 400
    assert asked(COMPLETED, "2026-11-30", "2026-11-29") == 400
    assert asked(DUE, "2026-11-01", "2026-12-13") == 200
    assert asked(DUE, "2026-11-01", "2026-12-14") == 400
    assert client.get(COMPLETED, since="2026-11-01").json()["error_tag"] == "ARGUMENT_MISSING"


def test_the_history_is_asked_by_project_and_by_due_date(client: Client) -> None:
    project = client.person.make_project("Household")
    here = client.person.add(project, "here", due={"date": "2026-11-20"})
    there = client.person.add(client.account.inbox, "there", due={"date": "2026-12-20"})
    for item in (here, there):
        client.person.tick(item)
    span = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    assert [one["id"] for one in client.get(COMPLETED, **span, project_id=project).json()["items"]] == [here]
    assert [one["id"] for one in client.get(DUE, **span).json()["items"]] == [here]
    assert len(client.get(COMPLETED, **span).json()["items"]) == 2


def test_an_edit_of_what_is_done_shows_in_the_history(client: Client) -> None:
    item = client.person.add(client.account.inbox, "Bins")
    client.person.tick(item)
    client.person.edit(item, content="Bins, done")
    span = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    assert [one["content"] for one in client.get(COMPLETED, **span).json()["items"]] == ["Bins, done"]


@pytest.mark.parametrize("path", ["stuff", "task/1", "tasks/1/comments"])
def test_what_is_not_there_is_not_found(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_unknown_parameter_is_refused(client: Client) -> None:
    assert client.get("tasks", project="x").json()["error_extra"]["argument"] == "project"


def test_who_has_no_good_token_is_told_so(client: Client) -> None:
    client.token = "not-a-token"
    assert client.get("projects").status_code == 401
    assert httpx.get(f"{client.app.stage.url}/api/v1/projects", trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.unauthorized(), 401),
        (errors.invalid_token(), 403),
        (errors.forbidden(), 403),
        (errors.version_gone(), 410),
        (errors.slow_down(30), 429),
    ],
)
def test_a_knob_makes_every_request_fail(client: Client, error: errors.TodoistError, status: int) -> None:
    client.knobs.login = error
    answer = client.post("sync", sync_token="*", resource_types="[]")
    assert answer.status_code == client.get("projects").status_code == status
    assert answer.json()["error_tag"] == error.tag
    assert answer.headers.get("retry-after") == (str(error.after) if error.after else None)


def test_so_many_syncs_and_no_more_within_a_quarter_of_an_hour(client: Client) -> None:
    client.account.limits.full = 2
    client.sync()
    token = client.sync()["sync_token"]
    busy = client.post("sync", sync_token="*", resource_types="[]")
    assert busy.status_code == 429 and busy.json()["error_extra"]["retry_after"] == 900
    client.sync(token)
    client.app.stage.clock.advance(minutes=16)
    client.sync()


def test_a_body_beyond_a_mebibyte_is_refused(client: Client) -> None:
    assert client.post("sync", sync_token="x" * 1024 * 1024).status_code == 413
