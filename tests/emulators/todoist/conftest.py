"""The emulator on a port, a fresh account, and requests as a client of Todoist's would send them."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.emulators.stage import Clock, Stage
from tests.emulators.todoist import Account, Person, Todoist

MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


class Client:
    """Somebody with a token."""

    def __init__(self, app: Todoist, account: Account) -> None:
        self.app, self.account = app, account
        self.person: Person = app.person(account)
        self.knobs = app.knobs[account.token]
        self._http = httpx.Client(base_url=f"{app.stage.url}/api/v1/", trust_env=False)
        self.token = account.token

    def post(self, path: str, **form: Any) -> httpx.Response:
        return self._http.post(path, data=form, headers=self._login())

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._http.get(path, params=query, headers=self._login())

    def sync(self, token: str = "*", *types: str, commands: list[dict[str, Any]] | None = None) -> Any:
        """The answer to a sync request that goes well."""
        form: dict[str, Any] = {"sync_token": token, "resource_types": json.dumps(types or ["all"])}
        if commands is not None:
            form["commands"] = json.dumps(commands)
        answer = self.post("sync", **form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def status(self, kind: str, **args: Any) -> Any:
        """What `sync_status` says of one command."""
        (said,) = self.sync(commands=[command(kind, **args)])["sync_status"].values()
        return said

    def close(self) -> None:
        self._http.close()

    def _login(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def command(kind: str, temp_id: str | None = None, **args: Any) -> dict[str, Any]:
    """A command with a uuid of its own."""
    temp = {"temp_id": temp_id} if temp_id is not None else {}
    return {"type": kind, "uuid": str(uuid.uuid4()), "args": args, **temp}


@pytest.fixture(scope="session")
def app() -> Iterator[Todoist]:
    made = Todoist()
    stage = Stage(made, clock=Clock(MONDAY))
    stage.start()
    yield made
    stage.stop()


@pytest.fixture
def client(app: Todoist) -> Iterator[Client]:
    made = Client(app, app.account())
    yield made
    made.close()
    assert app.stage.bugs == []
