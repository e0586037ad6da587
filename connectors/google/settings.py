"""What the settings of all Google connectors have in common. No secret may live here."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from syncer.connector import Settings


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class GoogleSettings(Settings):
    """The keys of an `[[accounts]]` table of a Google connector.

    `user` is the account's mail address, for people only: the login is the secret. `timeout` is in seconds,
    for one request. `root` is where the API lives, for emulators; left out, it is where Google says.
    """

    user: str = Field(default="", description="the account's mail address, to show")
    timeout: float = Field(default=30, gt=0, le=600, description="seconds, up to 600")
    root: str | None = Field(default=None, description="the API's address, for tests")

    @model_validator(mode="after")
    def _safe(self) -> GoogleSettings:
        if self.root is not None:
            parts = urlsplit(self.root)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("root must begin with https:// and name a host")
            if parts.scheme == "http" and not is_loopback(parts.hostname):
                raise ValueError("root is plain http, which shows the login to the network: use https")
        return self
