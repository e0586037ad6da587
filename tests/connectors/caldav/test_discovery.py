"""Finding an account's calendars, making new ones, and logging in."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.caldav import CalDAV
from connectors.caldav.settings import CalDAVSettings
from syncer.connector import CredentialsDead, Refused, Retry
from syncer.core.model import Kind
from tests.connectors.caldav.conftest import Account, Desk
from tests.servers import ACCOUNTS, Request, Response, free_port


def test_the_class_costs_no_http_library() -> None:
    """Importing the connector leaves the heavy libraries unloaded."""
    code = "import sys, connectors.caldav; sys.exit('caldav' in sys.modules or 'niquests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_list_is_found_from_every_address(account: Account) -> None:
    """The origin, the principal and the calendar itself all lead to it."""
    made = account.connect().create_collection("Errands & more", Kind.TODO)
    assert made.name == "Errands & more"
    assert made.kinds == {Kind.TODO}
    for url in (account.server.url, account.server.url + "/", account.server.home("ada")):
        found = [one for one in account.connect(url).collections() if one.ref == made.ref]
        assert found == [made]
    assert account.connect(account.server.url + made.ref).collections() == (made,)


def test_a_calendar_url_makes_no_other(desk: Desk) -> None:
    """Below a single calendar no second one can be made, and the person is told what to change."""
    with pytest.raises(Refused, match="account's own address"):
        desk.account.connect(desk.server.url + desk.collection.ref).create_collection("Other", Kind.TODO)


def test_creating_twice_gives_the_same(account: Account) -> None:
    """One of that name and kind is returned; another kind of that name is another calendar."""
    connector = account.connect()
    first = connector.create_collection("Twice", Kind.TODO)
    assert connector.create_collection("Twice", Kind.TODO) == first
    other = connector.create_collection("Twice", Kind.EVENT)
    assert other.ref != first.ref
    assert other.kinds == {Kind.EVENT}


@pytest.mark.parametrize("status", [403, 405, 501])
def test_a_server_that_makes_no_calendars(account: Account, status: int) -> None:
    """The person is told to make one themselves."""
    account.server.proxy.fault = lambda method, path, n: Response(status) if method == "MKCALENDAR" else None
    with pytest.raises(Refused, match="Make one in your calendar app"):
        account.connect().create_collection("Never made", Kind.TODO)


def test_an_identity_lasts_until_the_list_is_rebuilt(account: Account, desk: Desk) -> None:
    """DAV:resource-id (RFC 5842) where there is one; it survives a restart and not a new beginning."""
    assert (desk.collection.identity is not None) == (desk.server.name == "xandikos")
    desk.server.stop()
    desk.server.start()
    assert desk.collection in account.connect().collections()
    desk.delete(desk.collection.ref)
    rebuilt = account.connect().create_collection(desk.collection.name, Kind.TODO)
    assert rebuilt.ref == desk.collection.ref
    if desk.collection.identity is not None:
        assert rebuilt.identity != desk.collection.identity


def test_a_create_whose_answer_is_lost_has_one_effect(account: Account) -> None:
    """The second attempt is told "it is there", which is what was wanted."""

    def lose_first(method: str, path: str, n: int) -> Response | None:
        first = method == "MKCALENDAR" and account.server.proxy.count("MKCALENDAR") == 1
        return Response(forward=True, drop=True) if first else None

    account.server.proxy.fault = lose_first
    made = account.connect().create_collection("Lost answer", Kind.TODO)
    assert account.server.proxy.count("MKCALENDAR") == 2
    assert [one.ref for one in account.connect().collections() if one.name == "Lost answer"] == [made.ref]


def test_well_known(account: Account) -> None:
    """A server that says nothing at its root is found by RFC 6764's well-known address."""
    made = account.connect().create_collection("Well known", Kind.TODO)

    def fault(method: str, path: str, n: int) -> Response | None:
        if path == "/":
            return Response(405)
        return Response(301, headers={"Location": "/ada/"}) if path == "/.well-known/caldav" else None

    account.server.proxy.fault = fault
    assert made in account.connect().collections()


def test_a_root_with_a_web_page_is_not_the_end(account: Account) -> None:
    """HTML at the root is a web interface; the well-known address still answers."""
    page = Response(200, b"<html>hello</html>", {"Content-Type": "text/html"})

    def fault(method: str, path: str, n: int) -> Response | None:
        if path == "/":
            return page
        return Response(302, headers={"Location": "/ada/"}) if path == "/.well-known/caldav" else None

    account.server.proxy.fault = fault
    account.connect().collections()
    account.server.proxy.fault = lambda *_: page
    with pytest.raises(Retry, match="not readable as WebDAV"):
        account.connect().collections()


def test_no_caldav_here(account: Account) -> None:
    """An address that leads nowhere is named."""
    account.server.proxy.fault = lambda *_: Response(404)
    with pytest.raises(Refused, match="there is no CalDAV at this address"):
        account.connect().collections()


@pytest.mark.parametrize("target", ["http://localhost:{port}/", "https://elsewhere.example/dav/"])
def test_no_redirect_takes_the_password_elsewhere(account: Account, target: str) -> None:
    """A redirect to another host or port is refused, and nothing is sent there."""
    location = target.format(port=free_port())
    account.server.proxy.fault = lambda *_: Response(302, headers={"Location": location})
    with pytest.raises(Refused, match="redirects to another host"):
        account.connect(account.server.home("ada")).collections()


def test_a_home_on_another_host_is_not_trusted(account: Account) -> None:
    """Only providers known to do so may keep calendars on another host."""

    def rewrite(request: Request, response: Response) -> Response:
        body = response.body.replace(b"<href>/ada/", b"<href>https://elsewhere.example/ada/")
        body = body.replace(b"href>/ada/", b"href>https://elsewhere.example/ada/")
        return Response(response.status, body, response.headers)

    account.server.proxy.rewrite = rewrite
    with pytest.raises(Refused, match="another host for its calendars"):
        account.connect().collections()


def test_a_wrong_password(account: Account) -> None:
    """It is said once, with the cure, and neither repeated nor told."""
    account.secret = "not-the-password"
    with pytest.raises(CredentialsDead, match="Check the account's user and password") as caught:
        account.connect().collections()
    assert account.server.proxy.count() == 1
    assert "not-the-password" not in str(caught.value)


def test_a_changed_password_is_read_again(desk: Desk) -> None:
    """After a 401 the secret is read once more; a new one is used from then on."""
    desk.account.secret = "out-of-date"
    connector = desk.account.connect()
    with pytest.raises(CredentialsDead):
        connector.collections()
    desk.account.secret = ACCOUNTS["ada"]
    assert desk.collection in connector.collections()


def test_bearer_tokens_are_sent(desk: Desk) -> None:
    """With auth = "bearer" the secret is the token, and no user is needed."""
    desk.server.proxy.fault = lambda *_: Response(404)
    with pytest.raises(Refused):
        desk.account.connect(auth="bearer").collections()
    assert desk.server.proxy.requests[0].headers["authorization"] == f"Bearer {ACCOUNTS['ada']}"


def test_digest_answers_the_challenge(desk: Desk) -> None:
    """With auth = "digest" the password itself never travels."""
    challenge = Response(401, headers={"WWW-Authenticate": 'Digest realm="r", nonce="n", qop="auth"'})
    desk.server.proxy.fault = lambda method, path, n: challenge if n == 0 else Response(404)
    with pytest.raises(Refused):
        desk.account.connect(desk.server.home("ada"), auth="digest").collections()
    sent = desk.server.proxy.requests[1].headers["authorization"]
    assert sent.startswith("Digest ")
    assert 'username="ada"' in sent


def test_a_server_that_is_down(account: Account) -> None:
    """Nothing listens: after three attempts it is one passing failure that names the address."""
    port = free_port()
    with pytest.raises(Retry, match=f"127.0.0.1:{port} is up and reachable"):
        account.connect(f"http://127.0.0.1:{port}/").collections()
    assert len(account.waited) == 2
    assert all(0.5 <= seconds <= 8 for seconds in account.waited)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"url": "http://dav.example.org/"}, "plain http"),
        ({"url": "https://ada:pw@dav.example.org/"}, "must not hold a login"),
        ({"url": "ftp://dav.example.org/"}, "https://"),
        ({"url": "dav.example.org/dav"}, "https:// in front"),
        ({"url": "https://dav.example.org/", "user": ""}, "user is missing"),
        ({"url": "https://dav.example.org/", "parallel": 17}, "less than or equal to 16"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], complaint: str) -> None:
    """Each is told in words."""
    with pytest.raises(ValidationError, match=complaint):
        CalDAVSettings(**{"user": "ada", **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://127.0.0.1:5232/"},
        {"url": "http://[::1]:5232/"},
        {"url": "http://nas.lan/", "insecure": True},
        {"url": "example.org"},
        {"url": "ada@example.org"},
    ],
)
def test_settings_that_are_taken(settings: dict[str, Any]) -> None:
    """Loopback may be plain; other hosts only if the person says so."""
    CalDAVSettings(user="ada", **settings)


def test_construction_makes_no_request(account: Account) -> None:
    """Neither the network nor the secret is touched."""
    connector = account.connect()
    assert isinstance(connector, CalDAV)
    assert (connector.address, connector.user) == (account.server.url, "ada")
    assert account.server.proxy.count() == 0
