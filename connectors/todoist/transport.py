"""Requests to Todoist and what their answers mean: the connector's only IO.

A request is sent up to three times while it fails in passing, as `patience` says. What comes back is JSON
that has the keys it must have; a page or an answer that was cut short is never taken for a whole one.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from connectors.todoist import edge, errors, patience
from connectors.todoist.board import ALL
from connectors.todoist.settings import TodoistSettings
from syncer.connector import ConnectorError, Context, CredentialsDead, CursorExpired

if TYPE_CHECKING:
    from connectors.todoist.wire import Answer, Project, Wire

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """A sync answer; `tries` says how often the request went out until then."""

    data: Mapping[str, Any] = field(repr=False)
    tries: int = 1


class Transport:
    """One account at Todoist. Nothing is imported, read or sent before the first request."""

    def __init__(self, settings: TodoistSettings, context: Context) -> None:
        self._settings, self._context = settings, context
        self.sleep: Callable[[float], None] = self._sleep
        self.host = urlsplit(settings.url).netloc
        self._wire: Wire | None = None
        self._lock = threading.Lock()

    def sync(
        self, token: str, types: Sequence[str], commands: Sequence[Mapping[str, Any]], subject: str
    ) -> Told:
        """One sync request. Raises ConnectorError, CursorExpired where the token may be refused.

        How that is said is written down nowhere: a 400 is taken for it, and if everything is asked for and
        refused too, it was something else.
        """
        form = {"sync_token": token, "resource_types": json.dumps(list(types))}
        if commands:
            form["commands"] = json.dumps(list(commands))
        tries = 0

        def send() -> Mapping[str, Any]:
            nonlocal tries
            tries += 1
            answer = self._wired().post("sync", form)
            if answer.status_code == 400 and token != ALL:
                raise CursorExpired("Todoist no longer knows the sync token", subject=subject)
            data = self._data(answer, subject)
            if not edge.is_whole(data, types, with_commands=bool(commands)):
                raise errors.malformed(subject)
            return data

        return Told(self._patiently(send, subject), tries)

    def task(self, ref: str, subject: str) -> Mapping[str, Any] | None:
        """One item, done ones too; None where there is none."""
        path = f"tasks/{quote(ref, safe='')}"

        def send() -> Mapping[str, Any] | None:
            answer = self._wired().get(path, {})
            if answer.status_code == 404 and _json(answer) is not None:
                return None
            data = self._data(answer, subject)
            if data.get("id") != ref:
                raise errors.malformed(subject)
            return None if data.get("is_deleted") is True else data

        return self._patiently(send, subject)

    def pages(
        self, path: str, query: Mapping[str, str], subject: str, *, under: str = "items"
    ) -> list[Mapping[str, Any]]:
        """Everything that a list by cursor holds, under the key that it has there."""
        found: list[Mapping[str, Any]] = []
        cursor: str | None = None
        while True:
            asked = {**query, **({"cursor": cursor} if cursor is not None else {})}

            def send(asked: dict[str, str] = asked) -> Mapping[str, Any]:
                data = self._data(self._wired().get(path, asked), subject)
                if not isinstance(data.get(under), list) or "next_cursor" not in data:
                    raise errors.malformed(subject)
                return data

            page = self._patiently(send, subject)
            found += [one for one in page[under] if isinstance(one, dict)]
            if page["next_cursor"] is None:
                return found
            if page["next_cursor"] == cursor:
                raise errors.malformed(subject)
            cursor = str(page["next_cursor"])

    def projects(self) -> Sequence[Project]:
        """The account's projects, as the SDK reads them."""
        return self._patiently(lambda: self._wired().projects(), self.host)

    def server_time(self) -> dt.datetime | None:
        """Todoist's clock when it made its last answer (HTTP Date), None where it told none."""
        said = self._wire.line.date if self._wire is not None else None
        return errors.http_date(said) if said else None

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            wire, self._wire = self._wire, None
        if wire is not None:
            wire.close()

    # --- one exchange ---

    def _wired(self) -> Wire:
        """The connection for the token of now."""
        from connectors.todoist.wire import Wire

        token = self._context.secret().strip()
        if not (token.isascii() and token.isprintable()) or " " in token or not token:
            raise CredentialsDead(
                "the account's secret holds no Todoist token", subject=self.host, cure=errors.NEW_TOKEN
            )
        with self._lock:
            if self._wire is None or self._wire.token != token:
                if self._wire is not None:
                    self._wire.close()
                self._wire = Wire(self._settings, token)
            return self._wire

    def _data(self, answer: Answer, subject: str) -> Mapping[str, Any]:
        """The JSON object of a good answer; all else is raised."""
        data = _json(answer)
        if answer.status_code != 200:
            raise self._refusal(answer, subject)
        if not isinstance(data, dict):
            raise errors.malformed(subject)
        return data

    def _refusal(self, answer: Answer, subject: str) -> ConnectorError:
        header = answer.headers.get("retry-after")
        now = dt.datetime.now(dt.UTC)
        return errors.from_answer(answer.status_code, _json(answer), header, now, subject)

    def _patiently(self, send: Callable[[], T], subject: str) -> T:
        from connectors.todoist import wire

        def once() -> T:
            try:
                return send()
            except wire.HttpError as error:
                found = wire.failure(error, subject)
            # Outside of the handler: the library's own exception quotes the request.
            raise found if isinstance(found, ConnectorError) else self._refusal(found, subject)

        retrying = Retrying(
            stop=stop_after_attempt(patience.ATTEMPTS),
            retry=retry_if_exception(lambda error: patience.passes(error) and not self._context.stopping()),
            wait=patience.wait,
            sleep=self.sleep,
            reraise=True,
        )
        return retrying(once)

    def _sleep(self, seconds: float) -> None:
        """Wait, but no longer than the daemon wants to live."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._context.stopping():
            time.sleep(min(left, 0.2))


def _json(answer: Answer) -> Any:
    """The JSON of an answer, None where it is none."""
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None
