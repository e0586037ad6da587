"""Sending calls to one of Google's APIs, one or many at a time: the connectors' only IO.

A call is sent up to three times while it fails in passing, as `patience` says; in a batch, only those calls
are sent again that failed. What an answer means for an item is the connectors' to say.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tenacity import Retrying, retry_if_exception, stop_after_attempt

from connectors.google import calls as answers
from connectors.google import errors, patience
from connectors.google.calls import Call, Reply, failure, passing
from connectors.google.limits import BATCH
from connectors.google.settings import GoogleSettings
from syncer.connector import ConnectorError, Context, CredentialsDead, ProviderGone, Retry

if TYPE_CHECKING:
    from connectors.google.wire import Http

__all__ = ["FOR_ALL", "Call", "Reply", "Service"]

FOR_ALL = (CredentialsDead, ProviderGone, errors.Unavailable)
"""Failures after which other calls need not be tried."""


class Service:
    """One account at one API. Nothing is imported, read or sent before the first call."""

    def __init__(self, api: str, version: str, settings: GoogleSettings, context: Context) -> None:
        self.settings, self.context = settings, context
        self.sleep: Callable[[float], None] = self._sleep
        self._api, self._version = api, version
        self._lock = threading.Lock()
        self._built: Any = None
        self._http: Http | None = None

    @property
    def account(self) -> str:
        """The account, for errors."""
        return self.settings.user or f"{self._api}.{self._version}"

    def call(self, call: Call, accept: frozenset[int] = frozenset()) -> Reply:
        """Send one call and return its answer, if good or of a status in `accept`; all else is raised."""

        def send(left: Sequence[Call]) -> list[Reply]:
            return [self._one(left[0])]

        found = self._patiently([call], send)[0]
        if isinstance(found, ConnectorError):
            raise found
        if not found.good and found.status not in accept:
            raise found.failure(call.subject)
        return found

    def batch(self, calls: Sequence[Call]) -> list[Reply | ConnectorError]:
        """Send calls fifty to a request; one answer for each, whatever its status, or why there is none.

        After a failure that is everybody's the rest is not sent.
        """
        found: list[Reply | ConnectorError] = []
        halt: ConnectorError | None = None
        for start in range(0, len(calls), BATCH):
            chunk = calls[start : start + BATCH]
            if halt is not None:
                found += [halt] * len(chunk)
                continue
            told = self._patiently(chunk, self._many)
            found += told
            halt = next((one for one in map(failure, chunk, told) if isinstance(one, FOR_ALL)), None)
        return found

    def server_time(self) -> dt.datetime | None:
        """Google's clock when it made its last answer (HTTP Date), None where it told none."""
        said = self._http.date if self._http is not None else None
        return errors.http_date(said) if said else None

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            http, self._http, self._built = self._http, None, None
        if http is not None:
            http.close()

    # --- trying again ---

    def _patiently(
        self, calls: Sequence[Call], send: Callable[[Sequence[Call]], list[Reply]]
    ) -> list[Reply | ConnectorError]:
        """The answers to calls, of which those that fail in passing are sent again."""
        found: list[Reply | ConnectorError | None] = [None] * len(calls)
        sent = 0

        def once() -> None:
            nonlocal sent
            sent += 1
            left = [n for n, one in enumerate(found) if passing(calls[n], one)]
            try:
                told: Sequence[Reply | ConnectorError] = send([calls[n] for n in left])
            except ConnectorError as error:
                told = [error] * len(left)
            for n, answer in zip(left, told, strict=True):
                found[n] = replace(answer, sent=sent) if isinstance(answer, Reply) else answer
            for n in left:
                why = failure(calls[n], found[n])
                if why is not None and passing(calls[n], found[n]):
                    raise why

        retrying = Retrying(
            stop=stop_after_attempt(patience.ATTEMPTS),
            retry=retry_if_exception(lambda error: patience.passes(error) and not self.context.stopping()),
            wait=patience.wait,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            retrying(once)
        except Retry:
            pass  # what failed says so in its own answer
        return [one for one in found if one is not None]

    def _sleep(self, seconds: float) -> None:
        """Wait, but no longer than the daemon wants to live."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.context.stopping():
            time.sleep(min(left, 0.2))

    # --- one exchange ---

    def _connected(self) -> tuple[Any, Http]:
        """The client's service, made with the first call."""
        with self._lock:
            if self._http is None:
                from connectors.google import wire

                self._http = wire.Http(self.settings, self.context, self.account)
                self._built = wire.build(self._api, self._version, self.settings.root, self._http)
            return self._built, self._http

    def _request(self, call: Call) -> Any:
        request = call.make(self._connected()[0])
        request.headers.update(call.headers)
        request.postproc = request.null_postproc  # answers are read here, all in one way
        return request

    def _one(self, call: Call) -> Reply:
        request = self._request(call)
        response, content = self._connected()[1].request(
            request.uri, request.method, request.body, request.headers
        )
        return answers.read(response, content)

    def _many(self, calls: Sequence[Call]) -> list[Reply]:
        """One batch, or two where its answer is larger than we read.

        Where its calls' token is refused, it is renewed and they are sent once more.
        """
        try:
            replies = self._exchange(calls)
        except errors.TooLarge:
            if len(calls) == 1:
                raise
            half = len(calls) // 2
            return [*self._many(calls[:half]), *self._many(calls[half:])]
        refused = [n for n, reply in enumerate(replies) if reply.status == 401]
        if refused:
            self._connected()[1].renew()
            for n, reply in zip(refused, self._exchange([calls[n] for n in refused]), strict=True):
                replies[n] = reply
        return replies

    def _exchange(self, calls: Sequence[Call]) -> list[Reply]:
        from connectors.google import wire

        api, http = self._connected()
        found: dict[str, Reply] = {}

        def take(ident: str, answer: Any, error: Any) -> None:
            found[ident] = (
                answers.read(error.resp, error.content) if error is not None else answers.read(*answer)
            )

        batch = api.new_batch_http_request()
        for n, call in enumerate(calls):
            batch.add(self._request(call), callback=take, request_id=str(n))
        subject = calls[0].subject if len(calls) == 1 else self.account
        try:
            batch.execute(http=http)
            return [found[str(n)] for n in range(len(calls))]
        except ConnectorError:
            raise
        except wire.HttpError as error:
            raise answers.read(error.resp, error.content).failure(subject) from None
        except Exception:  # not a batch, or one cut short: the client trips over it in many ways
            raise errors.malformed(subject) from None
