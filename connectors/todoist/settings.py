"""The settings of a Todoist account. No secret may live here."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from syncer.connector import Settings

HOME = "https://api.todoist.com"


class TodoistSettings(Settings):
    """The keys of an `[[accounts]]` table with `connector = "todoist"`.

    `user` is the account's mail address, for people only: the login is the secret. `timeout` is in seconds,
    for one request. With `sections`, each bundle has its section in the project. `url` is where the API
    lives, for tests.
    """

    user: str = Field(default="", description="the account's mail address, to show")
    timeout: float = Field(default=30, gt=0, le=600, description="seconds, up to 600")
    sections: bool = Field(default=True, description="true or false")
    url: str = Field(default=HOME, description="the API's address, for tests")

    @model_validator(mode="after")
    def _safe(self) -> TodoistSettings:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError("url must begin with https:// and name a host, and nothing more")
        if parts.username is not None or parts.password is not None:
            raise ValueError("url must not hold a login: put the token in the secret")
        if parts.scheme == "http" and not _is_loopback(parts.hostname):
            raise ValueError("url is plain http, which shows the token to the network: use https")
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
