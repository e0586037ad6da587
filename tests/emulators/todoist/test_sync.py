"""The sync endpoint: increments, full syncs, commands that run once, and errors under status 200."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from tests.emulators.todoist.conftest import Client, command


def ids(records: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in records}


def test_a_full_sync_lists_what_is_open_and_an_increment_what_changed(client: Client) -> None:
    project = client.person.make_project("Household")
    kept, ticked, deleted = (client.person.add(project, text) for text in ("one", "two", "three"))
    token = client.sync()["sync_token"]
    client.person.tick(ticked)
    client.person.delete(deleted)
    full = client.sync("*", "items")
    assert full["full_sync"] is True and ids(full["items"]) == {kept}
    changes = client.sync(token, "items")
    assert changes["full_sync"] is False
    said = {one["id"]: (one["checked"], one["is_deleted"]) for one in changes["items"]}
    assert said == {ticked: (True, False), deleted: (False, True)}
    assert client.sync(changes["sync_token"], "items")["items"] == []


def test_a_token_that_was_never_given_out_is_refused(client: Client) -> None:
    answer = client.post("sync", sync_token="nonsense", resource_types='["items"]')
    assert answer.status_code == 400
    assert answer.json()["error_extra"]["argument"] == "sync_token"


def test_a_forgotten_token_is_refused_or_answered_in_full(client: Client) -> None:
    token = client.sync()["sync_token"]
    client.person.forget_sync_tokens()
    assert client.post("sync", sync_token=token, resource_types='["items"]').status_code == 400
    client.knobs.patient = True
    assert client.sync(token, "items")["full_sync"] is True


def test_what_was_completed_is_counted_by_place(client: Client) -> None:
    project = client.person.make_project("Household")
    section = client.person.make_section(project, "Bins")
    parent = client.person.add(project, "Parent")
    for values in ({}, {"section_id": section}, {"parent_id": parent}):
        client.person.tick(client.person.add(project, "Done", **values))
    info = client.sync("*", "completed_info")["completed_info"]
    assert [(one.get("project_id"), one.get("section_id"), one.get("item_id")) for one in info] == [
        (project, None, None),
        (None, section, None),
        (None, None, parent),
    ]


def test_a_command_runs_once_and_is_told_again_what_came_of_it(client: Client) -> None:
    temp = str(uuid.uuid4())
    add = command("item_add", temp, content="Bins")
    first = client.sync(commands=[add])
    again = client.sync(commands=[add, add])
    assert first["sync_status"] == again["sync_status"] == {add["uuid"]: "ok"}
    assert first["temp_id_mapping"] == again["temp_id_mapping"]
    assert len(client.sync("*", "items")["items"]) == 1


def test_a_command_that_failed_may_be_sent_again(client: Client) -> None:
    add = command("item_add", content="Bins", section_id="none")
    assert client.sync(commands=[add])["sync_status"][add["uuid"]]["error_tag"] == "SECTION_NOT_FOUND"
    del add["args"]["section_id"]
    assert client.sync(commands=[add])["sync_status"] == {add["uuid"]: "ok"}


def test_one_that_fails_leaves_the_others_alone_and_the_status_is_200(client: Client) -> None:
    good, bad = command("item_add", content="Bins"), command("item_update", id="none", content="x")
    said = client.sync(commands=[bad, good])["sync_status"]
    assert said[good["uuid"]] == "ok"
    assert (said[bad["uuid"]]["error_tag"], said[bad["uuid"]]["http_code"]) == ("ITEM_NOT_FOUND", 404)


def test_a_temporary_id_serves_later_commands_of_its_request_only(client: Client) -> None:
    project = client.person.make_project("Household")
    section = command("section_add", str(uuid.uuid4()), name="Bins", project_id=project)
    item = command("item_add", content="Out", section_id=section["temp_id"])
    told = client.sync("*", "items", commands=[section, item])
    assert told["items"][0]["section_id"] == told["temp_id_mapping"][section["temp_id"]]
    assert (
        client.status("item_add", content="x", section_id=section["temp_id"])["error_tag"] == "INVALID_TEMPID"
    )


def test_the_answer_to_commands_has_what_they_changed(client: Client) -> None:
    token = client.sync()["sync_token"]
    told = client.sync(token, "items", commands=[command("item_add", content="Bins")])
    assert [one["content"] for one in told["items"]] == ["Bins"]


def test_a_hundred_commands_are_the_most(client: Client) -> None:
    many = [command("item_add", content="x") for _ in range(101)]
    answer = client.post("sync", sync_token="*", resource_types="[]", commands=json.dumps(many))
    assert answer.status_code == 400 and "100 commands" in answer.json()["error"]
    assert client.sync("*", "items")["items"] == []


def test_a_project_holds_300_open_items_and_20_sections(client: Client) -> None:
    project = client.person.make_project("Household")
    client.account.limits.items = 2
    client.account.limits.sections = 1
    first, _ = (client.person.add(project, "x") for _ in range(2))
    full = client.status("item_add", content="x", project_id=project)
    assert (full["error_tag"], full["error_code"], full["http_code"]) == ("MAX_ITEMS_LIMIT_REACHED", 49, 403)
    client.person.tick(first)
    assert client.status("item_add", content="x", project_id=project) == "ok"
    client.person.make_section(project, "One")
    said = client.status("section_add", name="Two", project_id=project)
    assert said["error_tag"] == "MAX_SECTIONS_LIMIT_REACHED"


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        ("item_add", {"content": ""}),
        ("item_add", {"content": "   "}),
        ("item_add", {"content": "x" * 501}),
        ("item_add", {"content": "a\x00b"}),
        ("item_add", {"content": "x", "description": "x" * 16384}),
        ("item_add", {"content": "x", "priority": 5}),
        ("item_add", {"content": "x", "labels": "home"}),
        ("item_add", {"content": "x", "title": "y"}),
        ("item_add", {"content": "x", "due": {"date": "soon"}}),
        ("item_add", {"content": "x", "due": {"string": "whenever"}}),
        ("item_add", {"content": "x", "due": {"date": "2026-11-24T17:30:00Z", "timezone": "Nowhere"}}),
        ("item_add", {"content": "x", "due": {"datetime": "2026-11-24T17:30:00Z"}}),
        ("item_add", {"content": "x", "duration": {"amount": 0, "unit": "minute"}}),
        ("item_add", {"content": "x", "deadline": {"date": "soon"}}),
        ("item_add", {}),
        ("item_move", {"id": "x", "project_id": "a", "section_id": "b"}),
        ("item_shuffle", {"id": "x"}),
        ("section_add", {"name": "", "project_id": "x"}),
    ],
)
def test_what_todoist_does_not_take_is_refused(client: Client, kind: str, args: dict[str, Any]) -> None:
    assert client.status(kind, **args)["http_code"] in (400, 404)
    assert client.sync("*", "items")["items"] == []


def test_an_at_sign_in_a_title_becomes_a_label_unless_told_otherwise(client: Client) -> None:
    client.status("item_add", content="Mail to @home now")
    client.status("item_add", content="Mail to @home now", auto_parse_labels=False)
    first, second = client.sync("*", "items")["items"]
    assert (first["content"], first["labels"]) == ("Mail to now", ["home"])
    assert (second["content"], second["labels"]) == ("Mail to @home now", [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"date": "2026-11-24"}, ("2026-11-24", None)),
        ({"date": "2026-11-24T18:30:00.000000"}, ("2026-11-24T18:30:00", None)),
        (
            {"date": "2026-11-24T17:30:00Z", "timezone": "America/New_York"},
            ("2026-11-24T17:30:00Z", "America/New_York"),
        ),
        ({"date": "2026-11-24T17:30:00Z"}, ("2026-11-24T17:30:00Z", "Europe/Berlin")),
        ({"string": "tomorrow"}, ("2026-11-24", None)),
        ({"string": "every monday"}, ("2026-11-23", None)),
    ],
)
def test_a_due_has_one_of_three_shapes(
    client: Client, given: dict[str, Any], kept: tuple[str, str | None]
) -> None:
    assert client.status("item_add", content="x", due=given) == "ok"
    due = client.sync("*", "items")["items"][0]["due"]
    assert (due["date"], due["timezone"]) == kept
    assert due["is_recurring"] is given.get("string", "").startswith("every")


def test_a_bare_date_ends_a_recurrence_and_a_whole_due_does_not(client: Client) -> None:
    item = client.person.add(client.account.inbox, "x", due={"string": "every day"})
    due = {**client.person.sees(item)["due"], "date": "2026-12-01"}
    assert client.status("item_update", id=item, due=due) == "ok"
    assert client.person.sees(item)["due"] == due
    client.status("item_update", id=item, due={"date": "2026-12-02"})
    assert client.person.sees(item)["due"]["is_recurring"] is False


def test_a_json_body_and_an_unknown_field_are_refused(client: Client) -> None:
    assert client.post("sync", sync_token="*", resource_types="[]", sync_tokens="*").status_code == 400
    assert client.post("sync", sync_token="*", resource_types='["stuff"]').status_code == 400
    assert client.post("sync").status_code == 400
