"""`evenhold plan` lists all that the next pass writes, and writes nothing itself."""

from __future__ import annotations

from tests.servers import Server
from tests.system.house import BUNDLES, WRITING, House

BUNDLES_CHANGED = BUNDLES.read_text().replace("Nobody is forgotten.", "Everybody hears from us in time.")


def writes(server: Server) -> list[str]:
    """The methods of the logged requests that may change something."""
    return [request.method for request in server.proxy.requests if request.method in WRITING]


def test_a_plan_lists_every_item_that_the_first_pass_puts_up(house: House) -> None:
    house.load()
    planned = house.json("plan")
    assert house.server.proxy.count("PROPFIND") > 0
    assert writes(house.server) == []
    assert not house.query(
        "SELECT 1 FROM projection UNION SELECT 1 FROM intent UNION SELECT 1 FROM collection"
    )
    assert all(row["makes_collection"] for row in planned)
    assert {op["operation"] for row in planned for op in row["operations"]} == {"create"}
    told = house.evenhold("plan").stdout
    assert writes(house.server) == []
    house.once()
    assert "PUT" in writes(house.server)
    for row in planned:
        account, _, name = row["collection"].partition("/")
        kind = "calendar" if name == house.name("calendar") else "todos"
        stored = house.stored(account, kind)
        assert sorted(op["uid"] for op in row["operations"]) == sorted(one.uid for one in stored) != []
        part = told.partition(f"{name} ({account.title()}):")[2].partition(
            f"({'Ben' if account == 'ada' else 'Ada'}):"
        )[0]
        for one in stored:
            assert f"put up “{one.title}”" in part


def test_a_plan_without_a_ledger_leaves_no_folder_behind(home: House) -> None:
    assert home.json("plan") != []
    assert not home.state.exists()


def test_a_plan_of_what_a_partner_did_tells_it_and_takes_nothing_in(home: House) -> None:
    home.settle()
    todo = home.item("ada", "todos", "Choose a present")
    ticked = home.edit("ada", todo, lambda text: text.replace("END:VTODO", "STATUS:COMPLETED\nEND:VTODO"))
    home.load(BUNDLES_CHANGED)
    number = home.query("SELECT max(seq) FROM entry")
    home.server.proxy.reset()
    rows = {row["collection"]: row for row in home.json("plan")}
    row = rows[f"ada/{home.name('todos')}"]
    assert [(fact["kind"], fact["task"]) for fact in row["facts"]] == [("done", "birthdays.present")]
    assert all(op["operation"] == "update" and op["fields"] == ["notes"] for op in row["operations"])
    told = home.evenhold("plan").stdout
    assert "take in: Birthdays: “Choose a present”" in told and "change “Write the card”" in told
    assert writes(home.server) == [] and home.query("SELECT max(seq) FROM entry") == number
    assert home.fetch("ada", ticked.path) == ticked
