"""What is loaded when: a household without Todoist loads none of it, and nobody before the first request."""

from __future__ import annotations

import subprocess
import sys

from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from connectors.todoist.wire import Line
from syncer.core.model import Kind

LOADED = """
import sys
from connectors.todoist import Todoist
from connectors.todoist.settings import TodoistSettings
from syncer.testing.builders import context
connector = Todoist(TodoistSettings(), context(str))
Todoist.login(TodoistSettings()), connector.address, connector.user, connector.server_time()
connector.close()
found = [name for name in ("httpx", "todoist_api_python", "googleapiclient", "caldav") if name in sys.modules]
assert found == [], found
"""


def test_no_library_is_loaded_before_the_first_request() -> None:
    subprocess.run([sys.executable, "-c", LOADED], check=True)


def test_certificates_are_checked_wherever_it_is_not_this_machine() -> None:
    for url, checked in (("https://api.todoist.com", True), ("http://127.0.0.1:8080", False)):
        line = Line(TodoistSettings(url=url))
        assert line._inner._pool._ssl_context.check_hostname is checked  # type: ignore[union-attr]  # set by httpx
        line.close()


def test_a_person_is_told_where_the_token_is() -> None:
    login = Todoist.login(TodoistSettings())
    assert login.word == "API token" and login.kinds == {Kind.TODO} and login.oauth is None
    assert "Integrations" in " ".join(login.advice)
