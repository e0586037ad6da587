"""Todoist's SDK and the HTTP below it: the only module that imports them, with the first request.

The SDK has no setting for the address and reads whatever it is sent, so both are seen to below it: `Line` is
the transport of the one `httpx.Client` that the SDK and the sync endpoint share. No redirect is followed with
the token in hand, and no proxy of the environment comes between.
"""

from __future__ import annotations

import httpx
from todoist_api_python.api import TodoistAPI
from todoist_api_python.models import Project

from connectors.todoist import errors
from connectors.todoist.limits import LARGEST_ANSWER
from connectors.todoist.settings import TodoistSettings
from syncer.connector import ConnectorError

__all__ = ["Answer", "HttpError", "Line", "Project", "Wire", "failure"]

API = "https://api.todoist.com/api/v1/"
"""Where the SDK sends its requests (todoist_api_python 4.0, `_core/endpoints.py`)."""
_OF_THE_BODY = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})

Answer = httpx.Response
HttpError = httpx.HTTPError


class Line(httpx.BaseTransport):
    """Sends each request to where the settings say, once, and takes in no more than we are ready for.

    `date` is what the last answer said of the time.
    """

    def __init__(self, settings: TodoistSettings) -> None:
        self._url = httpx.URL(settings.url)
        self.host = self._url.host
        self._timeout = httpx.Timeout(settings.timeout).as_dict()
        # Reading the certificates takes 30 ms, and plain http, which is this machine's own, needs none.
        self._inner = httpx.HTTPTransport(
            verify=self._url.scheme == "https", limits=httpx.Limits(keepalive_expiry=30)
        )
        self.date: str | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange, with its body read whole. Raises TooLarge beyond 32 MiB."""
        url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        request.url = url
        request.headers["host"] = url.netloc.decode("ascii")
        request.extensions = {**request.extensions, "timeout": self._timeout}
        answer = self._inner.handle_request(request)
        told = httpx.Response(
            answer.status_code, headers=answer.headers, stream=answer.stream, request=request
        )
        body = bytearray()
        try:
            for piece in told.iter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise errors.too_large(url.host)
        finally:
            told.close()
        self.date = told.headers.get("date", self.date)
        headers = [pair for pair in told.headers.raw if pair[0].lower() not in _OF_THE_BODY]
        return httpx.Response(told.status_code, headers=headers, content=bytes(body), request=request)

    def close(self) -> None:
        """Let go of the connections."""
        self._inner.close()


class Wire:
    """The SDK and its client for one token."""

    def __init__(self, settings: TodoistSettings, token: str) -> None:
        self.line = Line(settings)
        self.token = token
        self._client = httpx.Client(
            transport=self.line,
            follow_redirects=False,
            trust_env=False,
            event_hooks={"response": [_check_page]},
        )
        # The SDK closes the client when its object is collected: both live as long as this one.
        self._api = TodoistAPI(token, client=self._client)

    def __repr__(self) -> str:
        return "Wire()"

    def post(self, path: str, form: dict[str, str]) -> Answer:
        """A form to an endpoint."""
        return self._client.post(f"{API}{path}", data=form, headers=self._login())

    def get(self, path: str, query: dict[str, str]) -> Answer:
        """What an endpoint has."""
        return self._client.get(f"{API}{path}", params=query, headers=self._login())

    def projects(self) -> list[Project]:
        """All projects, page by page."""
        try:
            return [project for page in self._api.get_projects(limit=200) for project in page]
        except (httpx.HTTPError, ConnectorError):
            raise
        except Exception:  # the SDK's models raise many kinds, and quote what they could not read
            raise errors.unknown_shape(self.line.host) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _login(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def _check_page(response: httpx.Response) -> None:
    """Raise for a page of projects without its list or its cursor, which the SDK takes for the last one."""
    if response.status_code != 200 or not response.url.path.endswith("/projects"):
        return
    response.read()
    try:
        page = response.json()
    except (ValueError, RecursionError):
        page = None
    if not isinstance(page, dict) or not isinstance(page.get("results"), list) or "next_cursor" not in page:
        raise errors.malformed(response.url.host)


def failure(error: httpx.HTTPError, subject: str) -> ConnectorError | Answer:
    """What an exception of the HTTP library means; the answer itself, where it quarrels with a status."""
    match error:
        case httpx.HTTPStatusError():
            return error.response
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return errors.unreachable(subject)
        case httpx.TimeoutException():
            return errors.no_answer(subject)
        case httpx.DecodingError():
            return errors.malformed(subject)
    return errors.broken(subject)
