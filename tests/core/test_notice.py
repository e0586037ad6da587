"""The notice of a held plan: in which app it stands, under which name, and what it says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations

import pytest

from syncer.core.fold import Memory
from syncer.core.identity import Identity, read_uid
from syncer.core.model import Day, Item, Kind, Status
from syncer.core.notice import (
    SHOWN,
    Frozen,
    Question,
    host_of,
    identity_of,
    is_answered,
    login_notices,
    notices,
)
from syncer.core.projection import Want, desired
from syncer.core.spoke import Spoke
from tests.core.scenes import EVENT, HOUSE, MONDAY, NOW, TODO, a_task, a_view, timed

OTHER = replace(TODO, collection="errands")
BEN = replace(TODO, account="ben", partner="ben")
BEN_EVENT = replace(EVENT, account="ben", partner="ben")
WORK = replace(EVENT, account="ada-work")
ROWS = Memory()
for row in (a_task(), timed()):
    ROWS.put(row)


def question(*waiting: str, number: int = 7) -> Question:
    """A question about a calendar of Ada's."""
    return Question(EVENT, "4 of 4 items vanished at once", number, waiting, MONDAY)


def asked(*waiting: str) -> Item:
    """The notice's item in Ada's list."""
    (notice,) = notices([question(*waiting)], TODO, [EVENT, TODO], ROWS, HOUSE.id)
    assert notice.item is not None
    return notice.item


@pytest.mark.parametrize(
    ("spokes", "host"),
    [
        ([EVENT], EVENT),  # nowhere else to go
        ([EVENT, TODO], TODO),  # a list, where it can be ticked
        ([EVENT, TODO, OTHER], OTHER),  # the first by name of two that would do
        ([EVENT, WORK], WORK),  # no list: another calendar than the one that is in doubt
        ([EVENT, BEN], EVENT),  # never in the other partner's app
        ([EVENT, BEN_EVENT, BEN, TODO], TODO),
    ],
)
def test_it_stands_in_the_same_partners_app_rather_in_another_list(spokes: list[Spoke], host: Spoke) -> None:
    for order in permutations(spokes):
        assert host_of(EVENT, order) == host


def test_a_list_in_doubt_asks_in_another_list_and_only_without_one_in_itself() -> None:
    assert host_of(TODO, [EVENT, TODO, OTHER]) == OTHER
    assert host_of(OTHER, [EVENT, TODO, OTHER]) == TODO
    assert host_of(TODO, [EVENT, TODO]) == TODO


def test_each_held_plan_asks_in_one_place_only() -> None:
    spokes = [EVENT, TODO, OTHER, BEN, BEN_EVENT]
    hosts = [spoke for spoke in spokes if notices([question("a.b/n000001")], spoke, spokes, ROWS, "home")]
    assert hosts == [OTHER]


def test_each_held_plan_has_a_name_of_its_own_that_is_no_tasks() -> None:
    names = {identity_of(spoke, number) for spoke in (EVENT, TODO, BEN) for number in (1, 2, 1_000_000)}
    assert len(names) == 9
    for identity in names:
        assert identity.reserved
        assert read_uid(identity.uid(HOUSE.id), HOUSE.id) == identity
        assert read_uid(identity.uid("another"), HOUSE.id) is None
    assert not Identity("bins.bags", "2026-11-25").reserved


@pytest.mark.parametrize(
    ("waiting", "title"),
    [
        (("bins.bags/2026-11-25",), "1 change is waiting"),
        (("bins.bags/2026-11-25", "bins.out/2026-11-24"), "2 changes are waiting"),
    ],
)
def test_its_title_says_how_many_changes_wait(waiting: tuple[str, ...], title: str) -> None:
    item = asked(*waiting)
    assert (item.title, item.kind, item.status, item.when) == (title, Kind.TODO, Status.OPEN, Day(MONDAY))


def test_its_notes_name_each_in_words_with_the_reason_and_what_a_tick_means() -> None:
    lines = asked("bins.bags/2026-11-25", "bins.out/n000003", "gone.task/2026-12-01").notes.splitlines()
    assert lines[0] == "calendar: 4 of 4 items vanished at once, so nothing was concluded from it yet:"
    assert lines[1:4] == ["- Buy bags (Wed 25 Nov)", "- Take out the bins", "- gone.task (Tue 1 Dec)"]
    assert lines[-1] == "Tick this if it was meant. If not, leave it: it goes away when they are back."


@pytest.mark.parametrize(("many", "more"), [(SHOWN, None), (SHOWN + 1, 1), (500, 500 - SHOWN)])
def test_a_long_list_is_cut_and_says_by_how_much(many: int, more: int | None) -> None:
    waiting = [f"bins.bags/{dt.date(2027, 1, 1) + dt.timedelta(days=n)}" for n in range(many)]
    lines = asked(*waiting).notes.splitlines()
    named = [line for line in lines if line.startswith("- Buy bags")]
    assert len(named) == SHOWN
    assert [line for line in lines if line.startswith("- and")] == ([f"- and {more} more"] if more else [])


def test_in_a_calendar_it_is_an_event_of_the_day_that_a_mark_answers() -> None:
    (notice,) = notices([question("bins.out/2026-11-24")], EVENT, [EVENT], ROWS, HOUSE.id)
    assert notice.item is not None
    assert (notice.item.kind, notice.item.when) == (Kind.EVENT, Day(MONDAY))


def test_it_is_wanted_while_it_is_asked_and_leaves_when_it_is_not() -> None:
    notice = notices([question("bins.out/2026-11-24")], TODO, [EVENT, TODO], ROWS, HOUSE.id)
    view = a_view(a_task(), timed())
    during = desired(view, TODO, NOW, [notice[0].identity], notice)
    after = desired(view, TODO, NOW, [notice[0].identity])
    assert during[notice[0].identity].want is Want.WANTED
    assert after[notice[0].identity].want is Want.UNWANTED
    assert Identity("bins.bags", "2026-11-25") in after


@pytest.mark.parametrize(
    ("title", "answered"),
    [
        ("4 changes are waiting", False),
        ("x 4 changes are waiting", True),
        ("[x] 4 changes are waiting", True),
        ("✓ 1 change is waiting", True),
        ("x-rays are waiting for nobody", False),
        ("no: 4 changes are waiting", False),
    ],
)
def test_in_a_calendar_a_mark_before_its_title_is_a_tick(title: str, answered: bool) -> None:
    assert is_answered(Item("u", Kind.EVENT, title, Day(MONDAY))) is answered


@pytest.mark.parametrize("status", Status)
def test_in_a_list_its_status_alone_is_a_tick(status: Status) -> None:
    for title in ("4 changes are waiting", "x 4 changes are waiting", "what is this?"):
        assert is_answered(Item("u", Kind.TODO, title, status=status)) is (status is Status.DONE)


@pytest.mark.parametrize(
    ("spokes", "shut", "host"),
    [
        ([EVENT, TODO], ["ada"], None),  # there is nowhere to say it
        ([EVENT, WORK], ["ada"], WORK),  # another calendar, where there is no list
        ([EVENT, TODO, WORK], ["ada-work"], TODO),
        ([EVENT, TODO, WORK, BEN], ["ada", "ada-work"], None),  # never in the other partner's app
    ],
)
def test_a_refused_login_is_told_in_an_account_of_that_partner_that_answers(
    spokes: list[Spoke], shut: list[str], host: Spoke | None
) -> None:
    frozen = [Frozen(account, "ada", MONDAY, "Do this") for account in shut]
    for order in permutations(spokes):
        hosts = {one: login_notices(frozen, one, order, HOUSE.id) for one in order}
        assert [one for one, said in hosts.items() if said] == ([host] if host else [])
        for (said,) in filter(None, hosts.values()):
            assert said.identity.reserved and said.item is not None
            assert read_uid(said.item.uid, HOUSE.id) == said.identity
            assert all(f"- {account}: Do this" in said.item.notes for account in shut)
