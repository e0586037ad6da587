"""The emulated Tasks API over real HTTP: what it answers, refuses and leaves out, checked by its document."""

from __future__ import annotations

import datetime as dt
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.emulators import discovery
from tests.emulators.google_api import ApiError, rate_limited
from tests.emulators.google_oauth import GoogleOAuth
from tests.emulators.google_tasks import GoogleTasks, Person
from tests.emulators.google_tasks.app import SCOPE
from tests.emulators.stage import Clock, Stage

START = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)


@dataclass
class Answer:
    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return str(self.body["error"]["errors"][0]["reason"])

    @property
    def ids(self) -> list[str]:
        return [item["id"] for item in self.body["items"]]


@dataclass
class Desk:
    """A person, their first list, and raw HTTP with their token."""

    stage: Stage
    oauth: GoogleOAuth
    tasks: GoogleTasks
    person: Person
    token: str = ""

    @property
    def held(self) -> str:
        return next(iter(self.person.lists()))

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> Answer:
        text = {name: str(value).lower() if value is True else value for name, value in query.items()}
        url = f"{self.stage.url}/tasks/v1/{path}" + (f"?{urlencode(text)}" if text else "")
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data, method=method)
        if self.token:
            request.add_header("authorization", f"Bearer {self.token}")
        if data is not None:
            request.add_header("content-type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return _read(response.status, response.read(), response.headers)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error.read(), error.headers)

    def on(self, method: str, ident: str, body: Any = None, **more: Any) -> Answer:
        """A call on one task of the first list."""
        return self.ask(method, f"lists/{self.held}/tasks/{ident}", body, **more)

    def insert(self, title: str = "Bread", **fields: Any) -> Any:
        answer = self.ask("POST", f"lists/{self.held}/tasks", {"title": title, **fields})
        assert answer.status == 200, answer
        return answer.body

    def list(self, **query: Any) -> Answer:
        return self.ask("GET", f"lists/{self.held}/tasks", **query)


def _read(status: int, data: bytes, headers: Any) -> Answer:
    body = json.loads(data) if data else None
    return Answer(status, body, {name.lower(): value for name, value in headers.items()})


@pytest.fixture
def desk() -> Iterator[Desk]:
    oauth = GoogleOAuth()
    tasks = GoogleTasks(oauth)
    stage = Stage(oauth, tasks, clock=Clock(START))
    stage.start()
    made = Desk(stage, oauth, tasks, tasks.person("ada@example.org"))
    secret = json.loads(oauth.secret("ada@example.org", [SCOPE]))
    form = {"grant_type": "refresh_token"} | {
        name: secret[name] for name in ("client_id", "client_secret", "refresh_token")
    }
    with urllib.request.urlopen(f"{stage.url}/token", urlencode(form).encode(), timeout=5) as response:
        made.token = json.load(response)["access_token"]
    yield made
    stage.stop()
    assert stage.bugs == []


def test_a_task_is_shown_as_the_document_says(desk: Desk) -> None:
    task = desk.insert(notes="Brown", due="2026-11-24T18:30:00+01:00")
    assert task["due"] == "2026-11-24T00:00:00.000Z"
    assert (task["status"], task["title"], task["notes"]) == ("needsAction", "Bread", "Brown")
    assert task["updated"].startswith("2026-11-24T08:00:00.")
    assert not task.keys() & {"completed", "hidden", "deleted", "parent"}
    shown = desk.on("GET", task["id"])
    assert shown.body == task and shown.headers["etag"] == task["etag"]


def test_the_validator_sees_what_breaks_the_document(desk: Desk) -> None:
    document = discovery.load("tasks", "v1")
    task = desk.insert()
    assert document.value("Task", task) == []
    broken: list[dict[str, Any]] = [{"title": 7}, {"alarm": "08:00"}, {"links": {}}, {"notes": None}]
    for wrong in broken:
        assert len(document.value("Task", task | wrong)) == 1
    insert = document.calls["tasks.tasks.insert"]
    assert document.body(insert, {"title": None}) and not document.body(insert, {"title": ""})
    assert document.query(document.calls["tasks.tasks.list"], {"syncToken": ["7"]})


@pytest.mark.parametrize(
    "body",
    [{"alarm": "08:00"}, {"title": 7}, {"title": "x" * 1025}, {"notes": "x" * 8193}, {"due": "2026-11-24"},
     {"due": "2026-02-30T00:00:00Z"}, {"status": "done"}, {"title": "half \ud800"}, {"completed": "now"}],
)  # fmt: skip
def test_what_is_not_a_task_is_refused_and_changes_nothing(desk: Desk, body: dict[str, Any]) -> None:
    task = desk.insert()
    for answer in (
        desk.ask("POST", f"lists/{desk.held}/tasks", body),
        desk.on("PATCH", task["id"], {"title": "Changed", **body}),
    ):
        assert (answer.status, answer.reason) == (400, "invalid")
    assert desk.list().body["items"] == [task]


def test_unknown_parameters_and_paths_are_refused(desk: Desk) -> None:
    assert desk.list(syncToken="7").status == 400
    assert desk.list(maxResults=101).status == 400
    assert desk.list(updatedMin="yesterday").status == 400
    assert desk.ask("GET", "lists").status == 404
    assert desk.ask("PUT", f"lists/{desk.held}/clear").status == 404


def test_a_page_holds_twenty_and_a_hundred_at_most(desk: Desk) -> None:
    made = [desk.insert(f"Task {number}")["id"] for number in range(105)]
    usual = desk.list()
    assert len(usual.ids) == 20
    first = desk.list(maxResults=100)
    second = desk.list(maxResults=100, pageToken=first.body["nextPageToken"])
    assert first.ids + second.ids == made[::-1] and "nextPageToken" not in second.body
    other = desk.list(maxResults=100, showHidden=True, pageToken=first.body["nextPageToken"])
    assert other.status == 400
    assert desk.list(pageToken="made-up").status == 400


def test_what_is_ticked_in_the_app_is_hidden_and_what_the_api_completes_is_not(desk: Desk) -> None:
    app, api = desk.insert("In the app")["id"], desk.insert("By the API")["id"]
    desk.person.tick(desk.held, app)
    done = desk.on("PATCH", api, {"status": "completed"}).body
    assert done["completed"] == "2026-11-24T08:00:00.000Z" and "hidden" not in done
    assert desk.list().ids == [api]
    assert desk.list(showCompleted="false", showHidden=True).ids == []
    assert set(desk.list(showHidden=True).ids) == {app, api}
    hidden = desk.on("GET", app).body
    assert hidden["hidden"] is True and hidden["position"].startswith("0999999")
    opened = desk.on("PATCH", app, {"status": "needsAction", "completed": None}).body
    assert opened["status"] == "needsAction" and not opened.keys() & {"hidden", "completed"}


def test_the_time_of_a_completion_can_be_told(desk: Desk) -> None:
    said = {"status": "completed", "completed": "2026-11-20T07:00:00Z"}
    task = desk.insert(**said)
    assert task["completed"] == "2026-11-20T07:00:00.000Z"
    assert desk.on("PATCH", task["id"], {"title": "Other"}).body["completed"] == task["completed"]


def test_bounds_leave_out_what_lies_beyond_them(desk: Desk) -> None:
    early = desk.insert(due="2026-11-20T00:00:00Z")["id"]
    late = desk.insert(due="2026-11-30T00:00:00Z")["id"]
    done = desk.insert(status="completed", completed="2026-11-01T08:00:00Z")["id"]
    assert desk.list(dueMin="2026-11-25T00:00:00Z").ids == [late]
    assert desk.list(dueMax="2026-11-25T00:00:00Z").ids == [early]
    assert desk.list(completedMax="2026-11-02T00:00:00Z").ids == [done]
    assert desk.list(completedMin="2026-11-02T00:00:00Z").ids == []


def test_clearing_hides_what_is_completed(desk: Desk) -> None:
    done, left = desk.insert(status="completed")["id"], desk.insert()["id"]
    assert desk.ask("POST", f"lists/{desk.held}/clear").status == 204
    assert desk.list().ids == [left]
    assert set(desk.list(showHidden=True).ids) == {done, left}


def test_deletions_are_shown_only_on_demand_with_updated_min_too(desk: Desk) -> None:
    gone, left = desk.insert()["id"], desk.insert()["id"]
    desk.stage.clock.advance(minutes=10)
    since = "2026-11-24T08:05:00Z"
    assert desk.on("DELETE", gone).status == 204
    assert desk.list(updatedMin=since).ids == []
    assert desk.list(updatedMin=since, showDeleted=True).ids == [gone]
    assert desk.list().ids == [left]
    tombstone = desk.on("GET", gone)
    assert tombstone.status == 200 and tombstone.body["deleted"] is True


def test_what_was_deleted_can_come_back(desk: Desk) -> None:
    ident = desk.insert()["id"]
    desk.on("DELETE", ident)
    assert "deleted" not in desk.on("PATCH", ident, {"deleted": False}).body
    desk.tasks.undeletes = False
    desk.on("DELETE", ident)
    assert desk.on("PATCH", ident, {"deleted": False}).body["deleted"] is True


def test_a_write_keeps_its_condition(desk: Desk) -> None:
    task = desk.insert()
    stale = {"headers": {"if-match": task["etag"]}}
    assert desk.on("PATCH", task["id"], {"title": "One"}, **stale).status == 200
    again = desk.on("PATCH", task["id"], {"title": "Two"}, **stale)
    assert (again.status, again.reason) == (412, "conditionNotMet")
    assert desk.on("DELETE", task["id"], **stale).status == 412
    assert desk.on("PATCH", task["id"], {"title": "Two"}, headers={"if-match": "*"}).status == 200
    desk.tasks.conditional = False
    assert desk.on("PATCH", task["id"], {"title": "Three"}, **stale).status == 200


def test_a_put_clears_what_it_leaves_out_and_names_its_task(desk: Desk) -> None:
    task = desk.insert(notes="Brown", due="2026-11-24T00:00:00Z")
    assert desk.on("PUT", task["id"], {"title": "Bread"}).status == 400
    after = desk.on("PUT", task["id"], {"id": task["id"], "title": "Rolls"}).body
    assert after["title"] == "Rolls" and not after.keys() & {"notes", "due"}


def test_read_only_fields_are_passed_over(desk: Desk) -> None:
    task = desk.insert(
        hidden=True, position="7", parent="x", updated="2020-01-01T00:00:00Z", kind="tasks#task"
    )
    assert task["position"] == "0" * 20 and not task.keys() & {"hidden", "parent"}


def test_tasks_have_places_and_subtasks(desk: Desk) -> None:
    last, first = desk.insert("Last")["id"], desk.insert("First")["id"]
    child = desk.ask("POST", f"lists/{desk.held}/tasks", {"title": "Child"}, parent=last).body
    assert child["parent"] == last and child["position"] == "0" * 20
    moved = desk.ask("POST", f"lists/{desk.held}/tasks/{first}/move", previous=last)
    assert moved.body["position"].endswith("1")
    assert desk.on("GET", last).body["position"].endswith("0")
    top = desk.ask("POST", f"lists/{desk.held}/tasks/{child['id']}/move").body
    assert "parent" not in top and top["position"] == "0" * 20
    assert desk.ask("POST", f"lists/{desk.held}/tasks/{first}/move", parent="unknown").status == 400


def test_an_etag_may_follow_the_place(desk: Desk) -> None:
    desk.tasks.etags_by_position = True
    first = desk.insert()
    desk.insert()
    shown = desk.on("GET", first["id"]).body
    assert shown["updated"] == first["updated"] and shown["etag"] != first["etag"]


def test_a_task_that_moves_to_another_list_keeps_its_id_and_leaves_nothing(desk: Desk) -> None:
    task = desk.insert()["id"]
    child = desk.person.add(desk.held, "Child", under=task)
    other = desk.person.add_list("Other")
    moved = desk.ask("POST", f"lists/{desk.held}/tasks/{task}/move", destinationTasklist=other)
    assert moved.body["id"] == task
    assert desk.on("GET", task).status == 404
    assert desk.list(showDeleted=True).ids == []
    assert set(desk.ask("GET", f"lists/{other}/tasks").ids) == {task, child}


def test_subtasks_of_what_is_deleted_go_out_of_the_apps_sight_alone(desk: Desk) -> None:
    task = desk.insert("Parent")["id"]
    child = desk.person.add(desk.held, "Child", under=task)
    assert desk.person.sees(desk.held) == {task: "Parent", child: "Child"}
    desk.on("DELETE", task)
    assert desk.person.sees(desk.held) == {}
    assert desk.list().ids == [child]


def test_what_the_app_repeats_is_a_new_plain_task_each_time(desk: Desk) -> None:
    first = desk.insert(notes="Brown", due="2026-11-24T00:00:00Z")["id"]
    desk.person.repeat(desk.held, first, 7)
    assert desk.list().ids == [first]
    desk.person.tick(desk.held, first)
    (following,) = desk.list().body["items"]
    assert following["id"] != first
    assert (following["title"], following["notes"]) == ("Bread", "Brown")
    assert following["due"].startswith("2026-12-01")
    other = desk.person.add_list("Other")
    move = f"lists/{desk.held}/tasks/{following['id']}/move"
    assert desk.ask("POST", move, destinationTasklist=other).status == 400


def test_the_persons_other_deeds_are_seen_by_the_api(desk: Desk) -> None:
    held = desk.held
    task = desk.person.add(held, "Theirs", "Brown", dt.date(2026, 11, 24))
    desk.person.tick(held, task)
    assert desk.person.sees_completed(held) == {task: "Theirs"}
    desk.person.untick(held, task)
    desk.person.edit(held, task, title="Other", notes="Blue")
    desk.person.drag(held, task, dt.date(2026, 11, 30))
    desk.person.link(held, task, "https://mail.example.org/7")
    shown = desk.on("GET", task).body
    assert (shown["title"], shown["notes"], shown["due"][:10]) == ("Other", "Blue", "2026-11-30")
    assert shown["links"][0]["link"] == "https://mail.example.org/7"
    desk.person.drag(held, task, None)
    desk.person.delete(held, task)
    assert desk.list(showDeleted=True).body["items"][0]["deleted"] is True
    desk.person.undo_delete(held, task)
    assert desk.list().ids == [task] and "due" not in desk.list().body["items"][0]


def test_lists_come_and_go(desk: Desk) -> None:
    made = desk.ask("POST", "users/@me/lists", {"title": "Food"}).body
    path = f"users/@me/lists/{made['id']}"
    assert desk.ask("GET", path).body == made
    assert desk.ask("PATCH", path, {"title": "Meals"}).body["title"] == "Meals"
    assert list(desk.person.lists().values()) == ["My Tasks", "Meals"]
    page = desk.ask("GET", "users/@me/lists", maxResults=1)
    assert [one["title"] for one in page.body["items"]] == ["My Tasks"] and page.body["nextPageToken"]
    assert desk.ask("GET", "users/@me/lists/@default").body["title"] == "My Tasks"
    assert desk.ask("DELETE", f"users/@me/lists/{desk.held}").status == 400
    assert desk.ask("DELETE", path).status == 204
    assert desk.ask("GET", path).status == 404
    assert desk.ask("GET", f"lists/{made['id']}/tasks").reason == "notFound"


def test_an_account_sees_nothing_of_another(desk: Desk) -> None:
    theirs = desk.tasks.person("ben@example.org")
    held = next(iter(theirs.lists()))
    theirs.add(held, "Secret")
    assert desk.ask("GET", f"lists/{held}/tasks").status == 404
    assert len(desk.ask("GET", "users/@me/lists").ids) == 1


def test_tokens_run_out_and_are_taken_back(desk: Desk) -> None:
    desk.stage.clock.advance(hours=2)
    expired = desk.list()
    assert (expired.status, expired.reason) == (401, "authError")


def test_a_token_for_reading_writes_nothing(desk: Desk) -> None:
    scope = "https://www.googleapis.com/auth/tasks.readonly"
    secret = json.loads(desk.oauth.secret("ada@example.org", [scope]))
    form = {"grant_type": "refresh_token"} | {
        name: secret[name] for name in ("client_id", "client_secret", "refresh_token")
    }
    with urllib.request.urlopen(f"{desk.stage.url}/token", urlencode(form).encode(), timeout=5) as response:
        desk.token = json.load(response)["access_token"]
    assert desk.list().status == 200
    refused = desk.ask("POST", f"lists/{desk.held}/tasks", {"title": "Bread"})
    assert (refused.status, refused.reason) == (403, "insufficientPermissions")


def test_the_provider_can_be_made_to_refuse_and_to_wait(desk: Desk) -> None:
    desk.tasks.trouble = lambda made: rate_limited(after=7) if made.of.id.endswith("insert") else None
    refused = desk.ask("POST", f"lists/{desk.held}/tasks", {"title": "Bread"})
    assert (refused.status, refused.reason, refused.headers["retry-after"]) == (403, "rateLimitExceeded", "7")
    assert desk.list().ids == []
    desk.tasks.trouble = lambda made: ApiError(503, "backendError", "Backend Error")
    assert desk.list().status == 503


def test_a_listing_can_be_late(desk: Desk) -> None:
    early = desk.insert("Early")["id"]
    desk.tasks.fall_behind()
    late = desk.insert("Late")["id"]
    assert desk.list().ids == [early] and desk.on("GET", late).status == 200
    desk.tasks.catch_up()
    assert desk.list().ids == [late, early]


def test_a_batch_holds_many_calls(desk: Desk) -> None:
    body = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <c{number}>\r\n\r\n"
        f"POST /tasks/v1/lists/{desk.held}/tasks HTTP/1.1\r\nContent-Type: application/json\r\n\r\n"
        f'{{"title": "Task {number}"}}\r\n'
        for number in range(3)
    ) + "--b--\r\n"  # fmt: skip
    request = urllib.request.Request(f"{desk.stage.url}/batch", body.encode(), method="POST")
    request.add_header("content-type", 'multipart/mixed; boundary="b"')
    request.add_header("authorization", f"Bearer {desk.token}")
    with urllib.request.urlopen(request, timeout=5) as response:
        text = response.read().decode()
    assert text.count("HTTP/1.1 200 OK") == 3 and "<response-c2>" in text
    assert len(desk.list().ids) == 3
    assert desk.stage.log[-2].parts == 3
