"""Sending one request and getting one answer, or one of our failures: the connector's only IO.

Lives here: login and its renewal, redirects, trying again as `patience` says. What a request means lives in
`discovery`, `reading` and `writing`.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tenacity import Retrying, retry_if_exception

from connectors.caldav import errors, multistatus, patience, quirks
from connectors.caldav.limits import LARGEST_ANSWER
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import ConnectorError, Context

if TYPE_CHECKING:
    from connectors.caldav.wire import DAVClient

REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `preconditions` are the DAV:error elements, `attempts` how often we had to send."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    root: Any = None
    preconditions: tuple[str, ...] = ()
    after: float | None = None
    attempts: int = 1

    @property
    def etag(self) -> str | None:
        """The ETag header as served."""
        return self.headers.get("ETag") or None


class Transport:
    """One account's connection. `base` is the URL that was given or found; requests go to its `origin`."""

    def __init__(self, settings: CalDAVSettings, context: Context) -> None:
        self.settings = settings
        self.context = context
        self.sleep: Callable[[float], None] = self._sleep
        self._client: DAVClient | None = None
        self._secret = ""
        self._origin: str | None = None
        self._date: tuple[str | None, dt.datetime | None] = (None, None)
        self._lock = threading.Lock()

    @property
    def base(self) -> str:
        """The account's URL; for a domain or mail address the one that was found, which takes requests."""
        return self.settings.url if self.settings.full_url else str(self._connected()[0].url)

    @property
    def origin(self) -> str:
        """Scheme and host of every request."""
        if self._origin is None:
            parts = urlsplit(self.base)
            self._origin = f"{parts.scheme}://{parts.netloc}"
        return self._origin

    def move_to(self, url: str) -> None:
        """Send requests to the host of this URL from now on (`quirks.may_move` has allowed it)."""
        parts = urlsplit(url)
        self._origin = f"{parts.scheme}://{parts.netloc}"

    def send(
        self,
        method: str,
        path: str,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        *,
        accept: frozenset[int] = frozenset(),
        login: bool = False,
        most: int = LARGEST_ANSWER,
    ) -> Answer:
        """Send one request, up to three times while it fails in passing, and return its answer.

        Statuses in `accept` are returned beside the 2xx, all others raised. Whatever we send may be
        repeated: reads, and writes that carry a condition or say the same again. A PROPFIND or REPORT
        that succeeds has a multistatus, or it has failed. Of an answer, no more than `most` bytes are read.
        """
        attempts = 0

        def once() -> Answer:
            nonlocal attempts
            attempts += 1
            return self._once(method, path, body, headers or {}, accept, login, most)

        retrying = Retrying(
            stop=patience.enough,
            retry=retry_if_exception(self._passing),
            wait=patience.wait,
            sleep=self.sleep,
            reraise=True,
        )
        answer = retrying(once)
        return Answer(
            answer.status,
            answer.headers,
            answer.text,
            answer.root,
            answer.preconditions,
            answer.after,
            attempts,
        )

    def multistatus(self, method: str, path: str, body: str, depth: str) -> multistatus.Multistatus:
        """A PROPFIND or REPORT whose every failure is raised."""
        return parsed(self.send(method, path, body, {"Depth": depth}), path)

    def server_time(self) -> dt.datetime | None:
        """The server's clock when it made its last answer (HTTP Date), None where it told none."""
        said, known = self._date
        if said is not None and known is None:
            known = errors.http_date(said)
            self._date = (None if known is None else said, known)  # read once, whoever asks again
        return known

    def close(self) -> None:
        """Let go of the connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _passing(self, error: BaseException) -> bool:
        """Whether to try again here and now."""
        return patience.passes(error) and not self.context.stopping()

    def _sleep(self, seconds: float) -> None:
        """Wait, but no longer than the daemon wants to live."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.context.stopping():
            time.sleep(min(left, 0.2))

    def _once(
        self,
        method: str,
        path: str,
        body: str,
        headers: Mapping[str, str],
        accept: frozenset[int],
        login: bool,
        most: int,
    ) -> Answer:
        """One request with its redirects, and once more if the password was renewed meanwhile."""
        try:
            url = urljoin(self.origin + "/", path)
        except ValueError:  # an address that a server named, such as //[
            raise errors.malformed(path) from None
        for _ in range(4):
            client, secret = self._connected()
            answer = self._ask(client, method, url, body, headers, most)
            if answer.status == 401:
                if not self._renewed(secret):
                    raise errors.bad_login(self.origin)
            elif answer.status in REDIRECTS:
                url = self._redirected(url, answer)
            else:
                break
        else:
            raise errors.bad_login(self.origin) if answer.status == 401 else errors.circular(path)
        if answer.status // 100 != 2 and answer.status not in accept:
            raise errors.from_status(
                answer.status, answer.preconditions, answer.after, subject=path, login=login
            )
        if method in ("PROPFIND", "REPORT") and answer.status // 100 == 2:
            parsed(answer, path)
        return answer

    def _ask(
        self, client: DAVClient, method: str, url: str, body: str, headers: Mapping[str, str], most: int
    ) -> Answer:
        """One exchange on the wire; whatever the library raises becomes an answer or a failure."""
        from connectors.caldav import wire

        wire.most.set(most)
        try:
            response = client.request(url, method, body, headers)
        except wire.AuthorizationError as error:
            return Answer(error.status or 403, preconditions=tuple(error.preconditions))
        except wire.RateLimitError as error:
            after = errors.retry_after(error.retry_after, dt.datetime.now(dt.UTC))
            return Answer(error.status or 429, after=after)
        except ConnectorError:
            raise
        except Exception as error:
            failure = errors.from_exception(error, urlsplit(url).netloc)
            if failure is None:
                raise
            raise failure from None
        self._date = (response.headers.get("Date"), None)
        wrong = response.status >= 400
        if response.tree is not None and response.tree.getroottree().docinfo.doctype:
            raise errors.entities(urlsplit(url).path)
        unparsed = not wrong and method == "REPORT" and response.tree is None
        try:
            whole = unparsed and quirks.ill_formed(response.raw)
        except UnicodeDecodeError:  # in another charset, and no XML in that either
            raise errors.malformed(urlsplit(url).path) from None
        if method == "DELETE" and not wrong and quirks.is_page(response.raw):
            raise errors.malformed(urlsplit(url).path)
        if whole:
            raise errors.ill_formed(urlsplit(url).path)
        return Answer(
            response.status,
            response.headers,
            response.raw if method == "GET" else "",
            response.tree,
            tuple(wire.parse_preconditions(response.raw)) if wrong else (),
            errors.retry_after(response.headers.get("Retry-After"), dt.datetime.now(dt.UTC)),
        )

    def _connected(self) -> tuple[DAVClient, str]:
        """The client, made with the first request, and the secret that it uses now."""
        with self._lock:
            if self._client is None:
                from connectors.caldav import wire

                self._secret = self.context.secret()
                self._client = wire.connect(self.settings, self._secret)
            return self._client, self._secret

    def _renewed(self, refused: str) -> bool:
        """Whether there is another secret than the refused one; from now on it is used.

        An unchanged one is not sent again: servers lock accounts that are tried too often.
        """
        with self._lock:
            if self._secret == refused:
                self._secret = self.context.secret()
                if self._client is not None and self._secret != refused:
                    self._client.password = self._secret
                    self._client.build_auth_object()
            return self._secret != refused

    def _redirected(self, url: str, answer: Answer) -> str:
        """Where a redirect leads, if that is the same host, and not from https to http."""
        try:
            here, there = urlsplit(url), urlsplit(urljoin(url, answer.headers.get("Location", "")))
            same = (there.hostname, there.port, there.scheme) == (here.hostname, here.port, here.scheme)
        except ValueError:  # such as http://[ or a port beyond 65535
            raise errors.from_status(answer.status, (), None, subject=url) from None
        upgraded = there.hostname == here.hostname and (here.scheme, there.scheme) == ("http", "https")
        if not answer.headers.get("Location") or not (same or upgraded):
            raise errors.from_status(answer.status, (), None, subject=there.hostname or url)
        return there.geturl()


def parsed(answer: Answer, subject: str) -> multistatus.Multistatus:
    """The multistatus of an answer; anything else (HTML, nothing) is a failure, never an empty listing."""
    result = multistatus.read(answer.root)
    if result is None:
        raise errors.malformed(subject)
    return result
