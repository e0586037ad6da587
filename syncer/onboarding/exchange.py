"""Trading the code of a consent for a grant at the provider's token endpoint; one request, sent once.

No text of the provider's and nothing that was sent is ever part of a message.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from urllib.parse import urlsplit

from syncer.onboarding.consent import LARGEST, Consent, short
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.grants import expiry

SECONDS = 30.0
"""How long the token endpoint may take."""


def exchange(consent: Consent, code: str, now: dt.datetime) -> dict[str, Any]:
    """The account's secret, as `Login` describes it, for the code of a consent (RFC 6749 section 4.1.3).

    `testing` is None unless the answer tells a lifetime. Raises NotConnected.
    """
    told = _asked(
        consent.client.token_uri,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": consent.redirect,
            "client_id": consent.client.id,
            "client_secret": consent.client.secret,
            "code_verifier": consent.verifier,
        },
    )
    refresh = told.get("refresh_token")
    if not isinstance(refresh, str) or not refresh:
        raise NotConnected(
            "the answer holds no lasting login",
            "Take Evenhold's permission back in the account's security settings, then connect again",
        )
    # RFC 6749 section 5.1: left out, it is what was asked for.
    scope = told.get("scope")
    given = scope.split() if isinstance(scope, str) else list(consent.scopes)
    if lacking := [short(one) for one in consent.scopes if one not in given]:
        raise NotConnected(
            f"not everything was allowed on the consent page ({', '.join(lacking)} is missing)",
            "Connect again and tick every box there: nothing more is asked than what is used",
        )
    expires, testing = expiry(told.get("refresh_token_expires_in"), now)
    return {
        "client_id": consent.client.id,
        "client_secret": consent.client.secret,
        "refresh_token": refresh,
        "token_uri": consent.client.token_uri,
        "scopes": sorted(given),
        "granted": now.isoformat(timespec="seconds"),
        "expires": expires.isoformat(timespec="seconds") if expires else None,
        "testing": testing,
    }


def _asked(uri: str, form: dict[str, str]) -> dict[str, Any]:
    import httpx  # only a login on a page needs it

    try:
        with (
            httpx.Client(timeout=SECONDS, follow_redirects=False) as client,
            client.stream("POST", uri, data=form, headers={"accept": "application/json"}) as answer,
        ):
            body = b""
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > LARGEST:
                    raise NotConnected("the provider's answer is far too long", "Try again in a moment")
            status = answer.status_code
    except httpx.HTTPError as error:
        kind = "did not answer in time" if isinstance(error, httpx.TimeoutException) else "can't be reached"
        host = urlsplit(uri).netloc
        raise NotConnected(f"{host} {kind}", "Check this machine's network, then connect again") from None
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    told = told if isinstance(told, dict) else {}
    if status == 200 and told:
        return told
    raise _refusal(status, told.get("error"))


def _refusal(status: int, error: object) -> NotConnected:
    """What the token endpoint's refusal means; its own words are not passed on."""
    if error in ("invalid_client", "unauthorized_client"):
        return NotConnected(
            "the provider does not know the app in the client file",
            "Download the file again from the console",
        )
    if error == "invalid_grant":
        return NotConnected("the code was used before, or is too old", "Connect again, without a long pause")
    if error == "redirect_uri_mismatch":
        return NotConnected(
            "the app takes no loopback address", "Make an OAuth client of the type Desktop app"
        )
    if status >= 500 or status == 429:
        return NotConnected(f"the provider answered {status}", "Try again in a moment")
    return NotConnected(f"the provider refused the login ({status})", "Connect again")
