"""A refused login freezes its account alone and is told once: in the log, and in that partner's other app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from syncer import lastpass
from syncer.connector import Capability, Context, CredentialsDead, Settings
from syncer.core.identity import read_uid
from syncer.core.model import Item, Kind, Status
from syncer.core.operations import Operation
from syncer.core.ownership import set_account
from syncer.core.spoke import Spoke
from syncer.engine.cycle import Cycle, Line
from syncer.engine.happenings import What
from syncer.ledger import record
from syncer.testing.manners import CALDAV, GOOGLE_TASKS, TODOIST, Manner
from syncer.testing.memory import MemoryConnector, Provider
from tests.home import BERLIN, HOUSE, Home

NOTICE = "evenhold.login-ada/n000001"


class Two(Home):
    """Ada keeps her calendar and her list with two providers; Ben has one account."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.lines = [
            self._line("ada-calendar", Kind.EVENT, CALDAV),
            self._line("ada-tasks", Kind.TODO, self.manners.get("ada", CALDAV)),
            *(line for line in self.lines if line.spoke.account == "ben"),
        ]
        self.restart()

    def _line(self, account: str, kind: Kind, manner: Manner) -> Line:
        self.providers[account] = Provider(manner)
        context = Context(BERLIN, str, lambda text: read_uid(text, HOUSE.id) is not None)
        connector = MemoryConnector(Settings(), context, self.providers[account])
        lacks = frozenset(Capability) - connector.capabilities
        name = "calendar" if kind is Kind.EVENT else "tasks"
        spoke = Spoke(account, name, "ada", kind, kind is Kind.EVENT, kind is Kind.TODO, lacks)
        return Line(spoke, connector)

    def shut(self, *accounts: str) -> None:
        """These logins are refused from now on, and no others."""

        def refused(_what: str, _operation: Operation | None) -> None:
            raise CredentialsDead("the login is refused", subject="x", cure="Connect it again")

        for name, provider in self.providers.items():
            provider.fault = refused if name in accounts else lambda *_: None

    def notice(self) -> Item | None:
        """The notice in Ada's list."""
        for uid, item in self.providers["ada-tasks"].items("tasks").items():
            if (
                found := read_uid(uid, HOUSE.id)
            ) is not None and f"{found.task}/{found.occurrence}" == NOTICE:
                return item
        return None


@pytest.mark.parametrize("manner", [CALDAV, GOOGLE_TASKS, TODOIST], ids=lambda manner: manner.name)
def test_it_stands_in_the_other_app_once_and_goes_when_the_login_works_again(manner: Manner) -> None:
    home = Two(manners={"ada": manner})
    home.run()
    before = home.uids("ada-tasks", "tasks")
    home.shut("ada-calendar")
    report = home.run()
    assert [type(r.error) for r in report.spokes if r.error] == [CredentialsDead]
    assert home.uids("ada-tasks", "tasks") == {*before, NOTICE}
    notice = home.notice()
    assert notice is not None
    assert notice.title == "Evenhold can't log in to ada-calendar"
    if Capability.NOTES in manner.capabilities:
        assert "- ada-calendar: Connect it again" in notice.notes
    writes = home.writes()
    home.run()
    home.run(days=0.01)
    assert home.writes() == writes  # said once: nothing is written while it lasts
    home.shut()
    home.run()
    home.run()
    assert home.uids("ada-tasks", "tasks") == before
    writes = home.writes()
    home.run()
    assert home.writes() == writes


def test_nothing_of_the_frozen_account_is_deleted_and_nobody_else_hears_of_it() -> None:
    home = Two()
    home.run()
    events, bens = home.uids("ada-calendar", "calendar"), home.uids("ben", "tasks")
    home.shut("ada-calendar")
    home.run(days=2)
    assert events and home.uids("ada-calendar", "calendar") == events
    assert not any("login" in uid for uid in home.uids("ben", "tasks"))
    assert bens
    assert "skipped" not in home.kinds()


def test_where_no_app_of_that_partner_answers_there_is_no_notice() -> None:
    home = Two()
    home.run()
    home.shut("ada-calendar", "ada-tasks")
    home.run()
    home.shut("ada-calendar")
    home.run()
    assert home.notice() is not None
    home = Two()
    home.shut("ben")
    home.run()
    assert not any("login" in uid for account in home.providers for uid in _all(home, account))


def _all(home: Two, account: str) -> set[str]:
    shelves = home.providers[account].shelves.values()
    return {uid for shelf in shelves for uid in home.uids(account, shelf.collection.name)}


def test_ticking_it_puts_it_away_without_a_word_and_counts_as_nothing() -> None:
    home = Two()
    home.run()
    home.shut("ada-calendar")
    home.run()
    shelf = next(iter(home.providers["ada-tasks"].shelves.values()))
    (ref,) = [ref for ref, (_, item) in shelf.items.items() if "login" in item.uid]
    facts = home.facts()
    shelf.put(ref, replace(shelf.items[ref][1], status=Status.DONE))
    home.run()
    writes = home.writes()
    home.run()
    notice = home.notice()
    assert notice is not None and notice.status is Status.DONE
    assert home.writes() == writes
    assert home.facts() == facts


def test_it_is_told_once_for_an_account_and_its_end_too() -> None:
    home = Two()
    home.run()
    home.shut("ada-calendar")
    home.told.clear()
    home.run()
    told = [(h.what, h.spoke.account) for h in home.told if h.what in (What.TROUBLE, What.RECOVERED)]
    assert told == [(What.TROUBLE, "ada-calendar")]
    home.told.clear()
    home.shut()
    home.run()
    assert [h.spoke.account for h in home.told if h.what is What.RECOVERED] == ["ada-calendar"]


def test_its_day_survives_a_restart_by_the_status_file(tmp_path: Path) -> None:
    home = Two()
    home.run()
    home.shut("ada-calendar")
    lastpass.note(tmp_path, home.run())
    first = home.notice()
    home.cycle = Cycle(
        home.ledger,
        HOUSE,
        home.lines,
        clock=lambda: home.now,
        tell=home.told.append,
        frozen=lastpass.frozen(tmp_path),
    )
    home.run(days=3)
    assert first is not None and home.notice() == first
    noted = lastpass.read(tmp_path)["ada-calendar/calendar"]
    assert noted["since"] is not None and "refused" in noted["trouble"]
    home.shut()
    lastpass.note(tmp_path, home.run())
    assert lastpass.frozen(tmp_path) == {}
    assert lastpass.read(tmp_path)["ada-calendar/calendar"]["since"] is None


def test_an_account_that_is_unlinked_meanwhile_is_told_of_no_more() -> None:
    home = Two()
    home.run()
    home.shut("ada-calendar")
    home.run()
    with home.ledger.write() as connection:
        record.append(connection, HOUSE.id, [set_account("ada-calendar", "unlinked", home.now, "test")])
    home.run()
    assert home.notice() is None
