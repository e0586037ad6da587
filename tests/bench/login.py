"""Where a client goes and as whom. Small, so that the raw client stays small."""

from __future__ import annotations

import base64
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Login:
    """Port, name and password of an account on loopback."""

    port: int
    user: str
    password: str

    @property
    def headers(self) -> dict[str, str]:
        """HTTP Basic (RFC 7617)."""
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {"Authorization": f"Basic {token}"}
