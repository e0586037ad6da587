"""What a connector says of itself, and its collections."""

from __future__ import annotations

import datetime as dt

from syncer.connector import API_VERSION, Capability, CollectionGone, Create, Settings
from syncer.core.model import Kind
from syncer.testing import builders
from syncer.testing.contract.desk import HOLDS, Desk, Theme
from syncer.testing.contract.harness import Harness


class Declaring(Theme):
    """Names, capabilities, construction and closing."""

    def test_it_declares_what_it_is(self, harness: Harness) -> None:
        connector = harness.connect(builders.context(lambda: harness.secret))
        assert connector.name and connector.name.strip() == connector.name, (
            "set `name` to one short word: it is what `connector =` says in an [[accounts]] table"
        )
        assert connector.api_version == API_VERSION, (
            f"set `api_version = {API_VERSION}`: the interface that this suite is about"
        )
        assert issubclass(connector.settings, Settings), (
            "set `settings` to a subclass of syncer.connector.Settings"
        )
        assert connector.capabilities <= frozenset(Capability), "`capabilities` holds members of Capability"
        assert connector.capabilities & frozenset(HOLDS.values()), (
            "declare Capability.EVENTS or Capability.TODOS: without either nothing can be put there"
        )

    def test_constructing_makes_no_request_and_reads_no_secret(self, harness: Harness) -> None:
        def unasked() -> str:
            raise AssertionError("read the secret with the first request, not in __init__")

        before = harness.faults.requests() if harness.faults is not None else 0
        connector = harness.connect(builders.context(unasked))
        told = connector.address + connector.user
        connector.close()
        after = harness.faults.requests() if harness.faults is not None else 0
        assert before == after, (
            "connect with the first request, not in __init__, `address`, `user` or close()"
        )
        assert harness.secret not in told, "`address` and `user` are shown to people: keep the secret out"

    def test_closing_again_is_harmless(self, desk: Desk) -> None:
        connector = desk.connect()
        connector.collections()
        connector.close()
        try:
            connector.close()
        except Exception as error:
            raise AssertionError(
                f"close() is called again at times, and does nothing then: {error!r}"
            ) from error

    def test_its_clock_is_utc_or_none(self, desk: Desk) -> None:
        desk.connector.collections()
        time = desk.connector.server_time()
        assert time is None or time.utcoffset() == dt.timedelta(), (
            "server_time() is an aware datetime in UTC, or None where the provider tells no time"
        )

    def test_ids_are_chosen_where_it_says_so(self, desk: Desk) -> None:
        item = desk.item()
        address = desk.connector.address_of(desk.collection, item.uid)
        if Capability.CHOSEN_IDS not in desk.can:
            assert address is None, "address_of() must be None without CHOSEN_IDS: the provider chooses"
            return
        assert address is not None, "with CHOSEN_IDS address_of() says where a create will put an item"
        ack = desk.ack(Create(item))
        assert ack.ref == address, "with CHOSEN_IDS a create puts the item where address_of() says"


class Collecting(Theme):
    """Calendars and lists."""

    def test_a_collection_is_listed_once_with_its_kind(self, each: Desk) -> None:
        found = [one for one in each.connector.collections() if one.ref == each.collection.ref]
        assert len(found) == 1, "collections() must list each calendar or list once, new ones too"
        assert each.kind in found[0].kinds, "`kinds` must say what the collection holds"
        assert found[0].name == each.collection.name, "collections() and create_collection() name it alike"

    def test_creating_a_collection_again_returns_the_one_that_is_there(self, each: Desk) -> None:
        name = f"{each.collection.name}, again 🗓"
        refs = {each.connect().create_collection(name, each.kind).ref for _ in range(2)}
        assert len(refs) == 1, "create_collection() must look for one of that name and kind first"
        there = [one.name for one in each.connector.collections()]
        assert there.count(name) == 1, f"{name!r} must stand there once and by its name, there are {there}"

    def test_a_collection_that_is_gone_is_not_empty(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        cursor = desk.pull().cursor
        desk.harness.remove(desk.collection)
        for what in (None, cursor):
            try:
                listing = desk.pull(what, ack)
            except CollectionGone:
                continue
            raise AssertionError(
                f"pull() of a collection that was deleted must raise CollectionGone, it returned {listing}: "
                "an empty listing would read as if each item had been deleted"
            )
        error = desk.failure(Create(desk.item(2)))
        assert isinstance(error, CollectionGone), f"a push to it must fail with CollectionGone, not {error!r}"

    def test_a_collection_holds_the_kind_that_was_asked_for(self, desk: Desk) -> None:
        for kind in Kind:
            if HOLDS[kind] in desk.can:
                made = desk.harness.collection(desk.connector, kind)
                assert kind in made.kinds, f"create_collection(…, {kind}) must return one that holds {kind}s"
