"""`evenhold connect` with real providers or emulated ones: what is asked, said, tried and written."""

from __future__ import annotations

import json
import os
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from connectors.google import scopes
from syncer.config.settings import load, parse
from syncer.connector import Login
from syncer.core.model import Kind
from syncer.plugins import GROUP, discover
from syncer.secrets import SecretRef, read
from tests.commands.conftest import Desk, Providers, browse, browse_elsewhere
from tests.emulators.stage import Asked, Response, json_response
from tests.onboarding.house import HEAD
from tests.servers import ACCOUNTS, Server

SECRETS = ("canary", ACCOUNTS["ada"])


def said(desk: Desk, capsys: pytest.CaptureFixture[str]) -> str:
    """Everything that was shown."""
    captured = capsys.readouterr()
    return desk.screen.getvalue() + captured.out + captured.err


def caldav(radicale: Server, **more: str) -> dict[str, str]:
    return {"url": f"{radicale.url}/", "user": "ada", **more}


# --- an account without a login ---


def test_a_provider_that_asks_for_no_login_is_connected_without_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "stranger" / "evenhold-todotxt")
    registry = discover([EntryPoint("todotxt", "evenhold_todotxt:TodoTxt", GROUP)])
    monkeypatch.setattr("syncer.commands.connect.discover", lambda: registry)
    monkeypatch.setattr(
        registry.get("todotxt"), "login", lambda _: Login(word="", kinds=frozenset({Kind.TODO}))
    )
    lists = tmp_path / "lists"
    lists.mkdir()
    given = {"folder": str(lists), "settle": "0"}
    desk.end()  # nothing is asked
    assert desk.connect("todotxt", settings=given) == 0, desk.screen.getvalue()
    (account,) = parse(desk.config.read_text(), desk.config, registry, unfinished=True).accounts
    assert account.secret == SecretRef() and "password" not in desk.config.read_text()
    assert "The login is kept" not in desk.screen.getvalue()
    assert set(desk.files()) == {"home.toml", "lists/Household tasks.txt"}
    text = desk.config.read_text()
    assert desk.connect("todotxt") == 0
    assert "connected already, so it is only tried" in desk.screen.getvalue()
    assert desk.config.read_text() == text


# --- CalDAV ---


def test_caldav_asks_for_address_user_and_password_and_tries_them(desk: Desk, radicale: Server) -> None:
    assert desk.connect("caldav", f"{radicale.url}/", "ada", ACCOUNTS["ada"]) == 0
    shown = desk.screen.getvalue()
    assert "the server's address" in shown and "the name of the login" in shown
    assert "Household (calendar), new: probe item put up, read, ticked, removed." in shown
    assert "Household tasks (to-do list), new: probe item put up, read, ticked, removed." in shown
    assert "Still without an account: Ben." in shown
    (account,) = parse(desk.config.read_text(), desk.config, discover(), unfinished=True).accounts
    assert (account.name, account.calendar, account.todos) == ("ada-caldav", "Household", "Household tasks")
    assert account.secret == SecretRef(file=desk.folder / "ada-caldav.password")
    assert read(account.secret) == ACCOUNTS["ada"]
    assert desk.files()["ada-caldav.password"][1] == 0o600
    assert desk.config.read_text().startswith(HEAD)
    for place in ("/ada/household/", "/ada/household-tasks/"):
        listing = radicale.raw("ada", "PROPFIND", place, headers={"Depth": "1"}).body.decode()
        assert ".ics" not in listing  # nothing of the probe stays


def test_a_login_is_renewed_and_nothing_else(desk: Desk, radicale: Server) -> None:
    assert desk.connect("caldav", ACCOUNTS["ada"], settings=caldav(radicale)) == 0
    before = desk.files()
    (desk.folder / "ada-caldav.password").write_text("forgotten\n")
    (desk.folder / "ada-caldav.password").chmod(0o644)
    assert desk.connect("caldav", ACCOUNTS["ada"]) == 0
    assert "only the login is renewed" in desk.screen.getvalue()
    assert desk.files() == before


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["canary"], "The server refused the login"),
        ([""], "no password was given"),
        ([], "no password was given"),
    ],
)
def test_a_wrong_or_missing_password_leaves_nothing(
    desk: Desk, radicale: Server, capsys: pytest.CaptureFixture[str], typed: list[str], words: str
) -> None:
    before = desk.files()
    desk.type(*typed)
    desk.end()
    assert desk.connect("caldav", settings=caldav(radicale)) == 1
    shown = said(desk, capsys)
    assert words.lower() in shown.lower() and shown.endswith("Nothing was written.\n")
    assert "canary" not in shown
    assert desk.files() == before


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"provider": "caldaw"}, 'no connector "caldaw", did you mean "caldav"?'),
        ({"partner": "Adda"}, 'no partner "Adda", did you mean "Ada"?'),
        ({"settings": {"ulr": "x"}}, 'no setting "ulr", did you mean "url"?'),
        (
            {"settings": {"url": "https://x.example.org", "user": "a", "timeout": "long"}},
            "The setting timeout: found",
        ),
        ({"settings": {"url": "https://ada:canary@x.example.org", "user": "a"}}, "must not hold a login"),
        ({}, 'The setting "url" is missing'),
    ],
)
def test_a_mistake_is_told_before_anything_is_asked_of_a_provider(
    desk: Desk, capsys: pytest.CaptureFixture[str], wish: dict[str, str], words: str
) -> None:
    before = desk.files()
    desk.end()
    assert desk.connect(wish.pop("provider", "caldav"), **{"partner": "Ada", **wish}) == 1
    shown = said(desk, capsys)
    assert words in shown and "Nothing was written." in shown and "canary" not in shown
    assert desk.files() == before


def test_a_server_that_is_no_caldav_is_told(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    before = desk.files()
    assert desk.connect("caldav", "canary", settings={"url": f"{providers.url}/", "user": "ada"}) == 1
    assert "there is no caldav at this address" in said(desk, capsys).lower()
    assert desk.files() == before


def test_icloud_gets_no_list(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.type("https://caldav.icloud.com/", "ada@icloud.com")
    desk.end()
    assert desk.connect("caldav", todos="Tasks") == 1
    assert "Such an account has no to-do list" in said(desk, capsys)


def test_icloud_says_of_the_password_and_of_reminders(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.type("https://caldav.icloud.com/", "ada@icloud.com")
    desk.end()
    assert desk.connect("caldav") == 1
    shown = said(desk, capsys)
    assert "app-specific password" in shown and "Reminders have left CalDAV" in shown


# --- Todoist ---


def test_todoist_takes_a_token(desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"url": providers.url}
    assert desk.connect("todoist", providers.token, partner="Ben", settings=settings, todos="Ours") == 0
    assert "Ours (to-do list), new: probe item put up, read, ticked, removed." in desk.screen.getvalue()
    assert providers.token not in said(desk, capsys)
    assert desk.files()["ben-todoist.token"] == (f"{providers.token}\n".encode(), 0o600)
    assert providers.projects()["Ours"] == 0
    assert providers.token not in desk.config.read_text()


# --- Google ---


def google(desk: Desk, providers: Providers, *, status: str = "p", **wish: object) -> int:
    """With `status` as the answer to how the app stands."""
    desk.client_file(providers)
    desk.answer("[t/p", status)
    return desk.connect("google", settings={"root": providers.url}, **wish)  # type: ignore[arg-type]  # by name


def test_google_makes_two_accounts_with_one_login(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers) == 0
    shown = said(desk, capsys)
    assert "ada-google-calendar: logged in." in shown and "ada-google-tasks: logged in." in shown
    assert f"It has {providers.mail} (calendar)." in shown
    assert shown.count("probe item put up, read, ticked, removed.") == 2
    assert "2 accounts added" in shown
    first, second = parse(desk.config.read_text(), desk.config, discover(), unfinished=True).accounts
    assert first.secret == second.secret == SecretRef(file=desk.folder / "ada-google.token")
    kept = json.loads(read(first.secret))
    assert kept["scopes"] == sorted([*scopes.CALENDAR, *scopes.TASKS])
    assert kept["testing"] is False and kept["granted"].endswith("+00:00")
    assert desk.files()["ada-google.token"][1] == 0o600
    for secret in (kept["refresh_token"], kept["client_secret"]):
        assert secret not in shown and secret not in desk.config.read_text()
    assert providers.events()["Household"] == []
    assert providers.lists()["Household tasks"] == []


def test_the_address_of_a_page_that_a_phone_could_not_open_is_pasted(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    pasted: list[str] = []

    def phone(shown: str) -> None:
        address = browse_elsewhere(shown)
        pasted.append(address)
        desk.type("", "what?", address.replace("state=", "state=x"), f"\x1b[200~{address}\x1b[201~")

    desk.screen.on("Waiting for either", phone)
    assert google(desk, providers, status="t", calendar="Ours") == 0
    shown = said(desk, capsys)
    assert (
        "No, that is not the address of the last page. Paste the whole address; it begins with http://127.0.0.1:"
        in shown
    )
    assert "No, that address belongs to another attempt." in shown
    assert "this login ends after seven days" in shown
    assert pasted[0] not in shown and pasted[0].partition("code=")[2][:20] not in shown
    kept = json.loads((desk.folder / "ada-google-calendar.token").read_text())
    assert kept["testing"] is True and kept["expires"] > kept["granted"]
    assert kept["scopes"] == sorted(scopes.CALENDAR)  # nothing is asked that is not used


def test_it_is_told_by_google_that_the_app_is_in_testing(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    providers.oauth.testing = True
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers, todos="Ours") == 0
    shown = said(desk, capsys)
    assert "[t/p" not in shown and "this login ends after seven days" in shown
    assert json.loads((desk.folder / "ada-google-tasks.token").read_text())["testing"] is True


def test_a_no_on_the_page_leaves_nothing(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    providers.oauth.consenting = None
    desk.screen.on("Waiting for either", browse)
    desk.client_file(providers)
    before = desk.files()
    assert google(desk, providers) == 1
    assert "The consent page was answered with no" in said(desk, capsys)
    assert desk.files() == before


def test_a_box_left_unticked_leaves_nothing(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    providers.oauth.unticked = scopes.TASKS
    desk.screen.on("Waiting for either", browse)
    desk.client_file(providers)
    before = desk.files()
    assert google(desk, providers) == 1
    assert "(tasks is missing)" in said(desk, capsys)
    assert desk.files() == before


def test_the_end_of_a_script_that_gave_something_is_the_end(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.type("rubbish")
    desk.end()
    assert google(desk, providers) == 1
    assert "The input ended before an address came" in said(desk, capsys)


def test_without_any_input_the_browser_alone_is_waited_for(
    desk: Desk, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    desk.end()
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers) == 0
    assert json.loads((desk.folder / "ada-google.token").read_text())["testing"] is None


def test_without_a_client_file_it_says_how_to_get_one(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    before = desk.files()
    assert desk.connect("google") == 1
    shown = said(desk, capsys)
    assert "client_secret.json is not there" in shown
    assert f"Save it as {desk.folder / 'client_secret.json'}" in shown and "scp client_secret.json " in shown
    assert "Desktop app" in shown and "Publish app" in shown
    assert desk.files() == before


def test_a_download_is_found_under_the_name_that_google_gave_it(desk: Desk, providers: Providers) -> None:
    desk.client_file(providers, "client_secret_1234-ab.apps.googleusercontent.com.json")
    desk.screen.on("Waiting for either", browse)
    desk.answer("[t/p", "p")
    assert desk.connect("google", settings={"root": providers.url}) == 0


def test_a_probe_that_fails_half_way_leaves_nothing_anywhere(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(asked: Asked) -> Response | None:
        if asked.path.startswith("/tasks/") and asked.method == "PATCH":
            return json_response(403, {"error": {"code": 403, "errors": [{"reason": "forbidden"}]}})
        return None

    providers.stage.fault = fault
    desk.screen.on("Waiting for either", browse)
    desk.client_file(providers)
    before = desk.files()
    assert google(desk, providers) == 1
    shown = said(desk, capsys)
    assert "Household tasks (to-do list), new: probe item put up, read." in shown
    assert shown.endswith("Nothing was written.\n")
    assert desk.files() == before
    assert providers.lists()["Household tasks"] == []
    assert providers.events()["Household"] == []


def test_a_calendar_of_the_persons_own_is_asked_for_only_where_that_is_said(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    providers.calendar.person(providers.mail).new_calendar("Family")
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers, calendar="Family") == 1
    assert "this login reaches only what Evenhold made" in said(desk, capsys)
    for name, code in (("Famly", 1), ("Family", 0)):
        desk.screen.truncate(0)
        desk.screen.on("Waiting for either", browse)
        assert google(desk, providers, calendar=name, existing=True) == code
    kept = json.loads((desk.folder / "ada-google-calendar.token").read_text())
    assert kept["scopes"] == sorted(scopes.CALENDAR_EXISTING)
    desk.screen.truncate(0)
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers) == 0  # renewed, and it still reaches it
    kept = json.loads((desk.folder / "ada-google-calendar.token").read_text())
    assert kept["scopes"] == sorted(scopes.CALENDAR_EXISTING)


@pytest.mark.parametrize("answer", ["n", "", "y"])
def test_renewing_with_somebody_elses_login_is_noticed(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    desk.screen.on("Waiting for either", browse)
    assert google(desk, providers, calendar="Ours") == 0
    before = desk.files()
    other = f"other-{providers.mail}"
    providers.calendar.person(other)
    providers.oauth.consenting = other
    desk.screen.truncate(0)
    desk.screen.on("Waiting for either", browse)
    desk.answer("[y/N]", answer)
    assert google(desk, providers) == (0 if answer == "y" else 1)
    assert "“Ours” is not in this account. Is it the right one?" in said(desk, capsys)
    assert (desk.files() == before) is (answer != "y")


# --- what is written, and where ---


def test_with_print_the_configuration_is_left_alone(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"url": providers.url}
    assert desk.connect("todoist", providers.token, settings=settings, only_print=True) == 0
    printed = capsys.readouterr().out
    assert desk.config.read_text() == HEAD
    assert (desk.folder / "ada-todoist.token").is_file()
    config = parse(HEAD + printed, desk.config, discover(), unfinished=True)
    assert [account.name for account in config.accounts] == ["ada-todoist"]


def test_beside_a_services_credentials_it_becomes_one(desk: Desk, providers: Providers) -> None:
    (desk.folder / "credentials").mkdir()
    assert desk.connect("todoist", providers.token, settings={"url": providers.url}) == 0
    assert 'password = { credential = "ada-todoist" }' in desk.config.read_text()
    assert desk.files()["credentials/ada-todoist"][1] == 0o600
    assert "systemctl restart evenhold" in desk.screen.getvalue()


def test_two_partners_may_each_have_their_own(desk: Desk, providers: Providers) -> None:
    settings = {"url": providers.url}
    assert desk.connect("todoist", providers.token, partner="Ben", settings=settings) == 0
    other = providers.todoist.account("ada@example.org").token
    assert desk.connect("todoist", other, settings=settings) == 0
    assert len(load(desk.config, discover()).accounts) == 2
    assert "Still without" not in desk.screen.getvalue().partition("ada-todoist")[2]


def test_a_folder_that_can_not_be_written_is_told_before_anything_is_asked(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, as whom tests may run, is let everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != desk.folder)
    assert desk.connect("todoist") == 1
    shown = said(desk, capsys)
    assert f"{desk.folder} can't be written by this user" in shown
    assert "token" not in shown


def test_no_household_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    from syncer.commands.connect import Wish, connect
    from syncer.commands.terminal import Terminal

    assert connect(None, Wish("todoist", "Ada"), Terminal()) == 1
    assert "no household is named" in capsys.readouterr().err.lower()
    assert connect(tmp_path / "none.toml", Wish("todoist", "Ada"), Terminal()) == 1
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"uri": "x"}, "There are: "),
        ({"token": "canary"}, "A secret is never given on the command line. It is asked for, and not shown"),
    ],
)
def test_a_setting_that_there_is_not_is_told_in_words(
    desk: Desk, capsys: pytest.CaptureFixture[str], settings: dict[str, str], words: str
) -> None:
    desk.end()
    assert desk.connect("caldav", settings=settings) == 1
    shown = said(desk, capsys)
    assert words in shown and "[" not in shown and "canary" not in shown


def test_a_token_that_was_mistyped_is_to_be_copied_again(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.connect("todoist", "canary", partner="Ben", settings={"url": providers.url}) == 1
    shown = said(desk, capsys)
    assert "Todoist doesn't take this token. Copy the API token again, and connect again" in shown


def test_where_nobody_can_answer_a_consent_it_ends_at_once(
    desk: Desk, providers: Providers, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    desk.client_file(providers)
    desk.end()
    assert desk.connect("google") == 1
    assert "Nothing can be pasted here" in said(desk, capsys)
