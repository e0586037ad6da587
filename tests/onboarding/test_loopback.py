"""The listener to which the browser comes back takes one good answer, and nothing else disturbs it."""

from __future__ import annotations

import http.client
import select
import socket
from collections.abc import Iterator

import pytest

from syncer.connector import OAuth
from syncer.onboarding.consent import Client, Consent, Denied
from syncer.onboarding.errors import NotConnected
from syncer.onboarding.loopback import Loopback

CLIENT = Client("id", "canary-secret", "https://a.example.org/", "https://t.example.org/")


@pytest.fixture
def listener() -> Iterator[Loopback]:
    made = Loopback()
    yield made
    made.close()


def expecting(listener: Loopback) -> Consent:
    consent = Consent.of(CLIENT, OAuth("client_secret.json", ("a",)), ("a",), listener.redirect)
    listener.expect(consent.code_in)
    return consent


def get(listener: Loopback, target: str, method: str = "GET") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=5)
    connection.request(method, target)
    answer = connection.getresponse()
    answer.read_all = answer.read()  # type: ignore[attr-defined]  # kept for the test
    connection.close()
    return answer


def ready(listener: Loopback) -> bool:
    return bool(select.select([listener.fileno()], [], [], 0)[0])


def test_the_first_good_answer_is_taken_and_the_page_says_so(listener: Loopback) -> None:
    consent = expecting(listener)
    assert listener.redirect == f"http://127.0.0.1:{listener.port}/"
    assert listener.result() is None and not ready(listener)
    answer = get(listener, f"/?state={consent.state}&code=4/0abc")
    body: bytes = answer.read_all  # type: ignore[attr-defined]  # see above
    assert answer.status == 200 and b"You can close this page" in body
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert b"4/0abc" not in body and "python" not in answer.headers["server"].lower()
    assert ready(listener) and listener.result() == "4/0abc"
    assert get(listener, f"/?state={consent.state}&code=4/0other").status == 400
    assert listener.result() == "4/0abc"


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/favicon.ico", 404),
        ("GET", "/favicon.ico?state={state}&code=4/0abc", 404),
        ("GET", "/", 400),
        ("GET", "/?state=wrong&code=4/0abc", 400),
        ("GET", "/?state=wrong&error=access_denied", 400),
        ("GET", "/?code=4/0abc", 400),
        ("HEAD", "/?state={state}&code=4/0abc", 501),
        ("POST", "/?state={state}&code=4/0abc", 501),
    ],
)
def test_whatever_else_comes_by_changes_nothing(
    listener: Loopback, method: str, target: str, status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    consent = expecting(listener)
    assert get(listener, target.replace("{state}", consent.state), method).status == status
    assert listener.result() is None and not ready(listener)
    get(listener, f"/?state={consent.state}&code=4/0abc")
    assert listener.result() == "4/0abc"
    said = capfd.readouterr()
    assert said.out == said.err == ""  # what is asked holds the code: it is logged nowhere


def test_a_no_on_the_page_ends_the_waiting(listener: Loopback) -> None:
    consent = expecting(listener)
    answer = get(listener, f"/?state={consent.state}&error=access_denied")
    assert b"was not let in" in answer.read_all  # type: ignore[attr-defined]  # see above
    assert ready(listener)
    with pytest.raises(Denied, match="answered with no"):
        listener.result()


def test_rubbish_on_the_line_is_survived(listener: Loopback) -> None:
    consent = expecting(listener)
    for noise in (b"\x16\x03\x01\x02\x00", b"GET " + b"/a" * 40_000 + b" HTTP/1.1\r\n\r\n", b""):
        with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as line:
            line.sendall(noise)
            line.shutdown(socket.SHUT_WR)
            while line.recv(4096):
                pass
    get(listener, f"/?state={consent.state}&code=4/0abc")
    assert listener.result() == "4/0abc"


def test_it_listens_on_loopback_alone_and_a_taken_port_is_told(listener: Loopback) -> None:
    assert listener._server.server_address[0] == "127.0.0.1"
    with pytest.raises(NotConnected, match=f"port {listener.port} can't be used"):
        Loopback(listener.port)
