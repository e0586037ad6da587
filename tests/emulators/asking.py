"""Plain HTTP to an emulator, for the tests of the emulators themselves: no library stands in between."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.emulators.stage import Stage


@dataclass(frozen=True)
class Told:
    """An answer: `data` is its JSON, None where it is none."""

    status: int
    data: Any
    headers: Mapping[str, str]
    text: str

    @property
    def reason(self) -> str:
        """Why one of Google's APIs refused."""
        return str(self.data["error"]["errors"][0]["reason"])


@dataclass
class Asking:
    """Asks a stage, with a token where there is one."""

    stage: Stage
    token: str = ""
    root: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> Told:
        """One request. A body that is a text is sent as it is, anything else as JSON."""
        parts = urlsplit(self.stage.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        given = {"authorization": f"Bearer {self.token}"} if self.token else {}
        given |= {**self.headers, **(headers or {})}
        if body is not None and not isinstance(body, str):
            body, given = json.dumps(body), {"content-type": "application/json", **given}
        target = f"{self.root}{path}{f'?{urlencode(query, doseq=True)}' if query else ''}"
        try:
            connection.request(method, target, body, given)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        try:
            data = json.loads(text)
        except ValueError:
            data = None
        return Told(response.status, data, {k.lower(): v for k, v in response.getheaders()}, text)
