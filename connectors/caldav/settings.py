"""The settings of a CalDAV account: where it is and how to log in. No secret may live here."""

from __future__ import annotations

import ipaddress
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from syncer.connector import Settings


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this very machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class CalDAVSettings(Settings):
    """The keys of an `[[accounts]]` table with `connector = "caldav"`.

    `url` is a full URL (of the server, the account or one calendar), or a bare domain or mail address
    whose server is found by RFC 6764. `timeout` is in seconds, for one request; `parallel` is how many
    requests may be under way at once. `insecure` allows plain http:// beyond this machine.
    """

    url: str = Field(min_length=1, description="the server's address, a bare domain or a mail address")
    user: str = Field(default="", description="the name of the login")
    timeout: float = Field(default=30, gt=0, le=600, description="seconds, up to 600")
    parallel: int = Field(default=8, ge=1, le=16, description="a whole number, 1 to 16")
    auth: Literal["basic", "digest", "bearer"] = Field(
        default="basic", description='"basic", "digest" or "bearer"'
    )
    insecure: bool = Field(default=False, description="true or false")

    @property
    def full_url(self) -> bool:
        """Whether `url` says where the server is, so that nothing has to be looked up."""
        return "://" in self.url

    @model_validator(mode="after")
    def _safe(self) -> CalDAVSettings:
        if not self.user and self.auth != "bearer":
            raise ValueError("user is missing: the name of the login")
        if not self.full_url:
            if "/" in self.url:
                raise ValueError("url needs https:// in front, or be a bare domain or mail address")
            return self
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("url must begin with https:// and name a host")
        if parts.username is not None or parts.password is not None:
            raise ValueError("url must not hold a login: put the name in user and the password in the secret")
        if parts.scheme == "http" and not self.insecure and not is_loopback(parts.hostname):
            raise ValueError(
                "url is plain http, which shows the password to the network: use https, "
                "or set insecure = true if that is what you want"
            )
        return self
