"""Errors as Todoist says them: the same object as the body of an answer and inside `sync_status`.

Seen in the wild: tags, codes and texts from issue threads of tod-org/tod and Doist/todoist-mcp; a 403 carries
`retry_after` even where no waiting helps.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulators.stage import Response, json_response


class TodoistError(Exception):
    """One error; `after` becomes Retry-After and `error_extra.retry_after`."""

    def __init__(
        self,
        http: int,
        tag: str,
        code: int,
        message: str,
        *,
        extra: Mapping[str, Any] | None = None,
        after: int | None = None,
    ) -> None:
        super().__init__(f"{http} {tag}")
        self.http, self.tag, self.code, self.message, self.after = http, tag, code, message, after
        self.extra = {**(extra or {}), **({"retry_after": after} if after is not None else {})}

    def data(self) -> dict[str, Any]:
        """The error object."""
        return {
            "error": self.message,
            "error_code": self.code,
            "error_extra": {"event_id": "0f0f0f0f", **self.extra},
            "error_tag": self.tag,
            "http_code": self.http,
        }

    def response(self) -> Response:
        """The error as an answer of its own."""
        headers = {"retry-after": str(self.after)} if self.after is not None else {}
        return json_response(self.http, self.data(), headers)


def invalid(argument: str) -> TodoistError:
    """A value that is not taken."""
    return TodoistError(
        400, "INVALID_ARGUMENT_VALUE", 20, "Invalid argument value", extra={"argument": argument}
    )


def unknown(argument: str) -> TodoistError:
    """An argument that the call does not have. The real one may be more patient; here a typo is seen."""
    return TodoistError(400, "INVALID_ARGUMENT", 19, "Unknown argument", extra={"argument": argument})


def missing(argument: str) -> TodoistError:
    """A required argument that is not there."""
    return TodoistError(
        400, "ARGUMENT_MISSING", 19, "Required argument is missing", extra={"argument": argument}
    )


def not_found(kind: str) -> TodoistError:
    """There is no item, section or project with this id."""
    codes = {"item": 22, "project": 21, "section": 80}
    return TodoistError(404, f"{kind.upper()}_NOT_FOUND", codes[kind], f"{kind.capitalize()} not found")


def too_many(kind: str) -> TodoistError:
    """A limit of the plan: 300 open items or 20 sections in a project."""
    text = f"Maximum number of {kind} per user project limit reached"
    return TodoistError(403, f"MAX_{kind.upper()}_LIMIT_REACHED", 49, text)


def bad_temp_id() -> TodoistError:
    """A temporary id that no command of this request has made."""
    return TodoistError(400, "INVALID_TEMPID", 15, "Invalid temporary id")


def unauthorized() -> TodoistError:
    """No token, or one that is not, or no longer, known."""
    return TodoistError(401, "UNAUTHORIZED", 477, "Unauthorized")


def invalid_token() -> TodoistError:
    """How a revoked token may also be told: as 403, with a `retry_after` that means nothing."""
    return TodoistError(
        403, "AUTH_INVALID_TOKEN", 401, "Invalid token", extra={"access_type": "none"}, after=4
    )


def forbidden() -> TodoistError:
    """The token is good, but not for this."""
    return TodoistError(403, "FORBIDDEN", 32, "Forbidden")


def premium_only() -> TodoistError:
    """What the account's plan does not have."""
    return TodoistError(403, "PREMIUM_ONLY", 32, "Premium only feature")


def version_gone() -> TodoistError:
    """The API version was shut down. The text speaks of the token, as it did when v9 ended."""
    return TodoistError(410, "AUTH_INVALID_TOKEN", 401, "Invalid token: this endpoint is deprecated")


def slow_down(after: int) -> TodoistError:
    """Too many requests."""
    return TodoistError(
        429, "LIMITS_REACHED", 35, "Too many requests. Limits reached. Try again later", after=after
    )


def bad_sync_token() -> TodoistError:
    """A sync token that was never given out, or is no longer known."""
    return TodoistError(
        400,
        "INVALID_ARGUMENT_VALUE",
        20,
        "Sync token is invalid",
        extra={"argument": "sync_token"},
    )


def too_many_commands() -> TodoistError:
    """More than a hundred at once; the text is Todoist's."""
    text = "You can only submit max 100 commands pr. sync operation. Please split them up in smaller chunks"
    return TodoistError(400, "MAX_COMMANDS_REACHED", 39, text)


def too_large() -> TodoistError:
    """A body of more than 1 MiB."""
    return TodoistError(413, "REQUEST_TOO_LARGE", 413, "Request body is too large")
