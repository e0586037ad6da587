"""Odd input from either side: one outcome each, no crash, and the rest goes on."""

from __future__ import annotations

import datetime as dt

import pytest

from syncer.connector import (
    Ack,
    ConnectorError,
    Create,
    CursorExpired,
    Delete,
    Failure,
    Gone,
    Operation,
    Refused,
    Scope,
    Update,
)
from syncer.core.model import Day, Item, Kind, Slot
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme

ODD_TEXTS = {
    "nothing": "",
    "two lines": "one\ntwo",
    "control characters": "a\x00b\x1bc\x7f",
    "half a character": "a\ud800b",
    "a very long one": "x" * 20_000,
    "only spaces": "   ",
}
ODD_TIMES = {
    "the first day of all": Day(dt.date.min),
    "the last day of all": Day(dt.date.max),
    "the last minute of all": Slot(dt.datetime.max.replace(tzinfo=builders.BERLIN), 10),
    "a fixed offset": Slot(
        dt.datetime(2026, 11, 24, 9, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=45)))
    ),
}


class Hostile(Theme):
    """Values that nobody would send on purpose."""

    @pytest.mark.parametrize("name", ODD_TEXTS)
    def test_an_odd_text_is_written_or_refused(self, desk: Desk, name: str) -> None:
        self._written_or_refused(desk, desk.item(1, title=ODD_TEXTS[name], notes=ODD_TEXTS[name]))

    @pytest.mark.parametrize("name", ODD_TIMES)
    def test_an_odd_time_is_written_or_refused(self, each: Desk, name: str) -> None:
        when = ODD_TIMES[name]
        if each.kind is Kind.TODO and isinstance(when, Slot):
            when = Slot(when.start)
        self._written_or_refused(each, each.item(1, when=when))

    def _written_or_refused(self, desk: Desk, odd: Item) -> None:
        outcomes = desk.push(Create(odd), Create(desk.item(2)))
        assert len(outcomes) == 2, f"push yields one outcome for each operation: {outcomes}"
        by_uid = {one.operation.uid: one for one in outcomes}
        assert isinstance(by_uid[builders.uid(2)], Ack), f"one odd item must not stop the others: {outcomes}"
        first = by_uid[builders.uid(1)]
        if isinstance(first, Failure):
            assert isinstance(first.error, Refused), (
                f"what can never be written is Refused, or it would be tried for ever: {first.error!r}"
            )
        standing = desk.listed()
        assert (builders.uid(1) in standing) == isinstance(first, Ack), (
            f"an item stands there if and only if it was acknowledged: {first}"
        )

    def test_an_event_without_a_time_is_written_or_refused(self, each: Desk) -> None:
        self._written_or_refused(each, each.item(1, when=None))

    def test_a_cursor_of_somebody_else_is_expired(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        if desk.pull(None, ack).cursor is None:
            return
        for cursor in ("", "not a cursor", "https://example.org/sync/7?a=1&b=<2>", "-1", "🗓"):
            try:
                listing = desk.pull(cursor, ack)
            except CursorExpired:
                continue
            except ConnectorError as error:
                raise AssertionError(
                    f"the cursor {cursor!r} was never given out: CursorExpired, not {error!r}"
                ) from error
            assert listing.scope is Scope.COMPLETE and listing.same == {ack.ref}, (
                f"the cursor {cursor!r} was never given out: raise CursorExpired, or list all, not {listing}"
            )

    def test_a_stranger_at_the_address_of_a_write_is_left_alone(self, desk: Desk) -> None:
        ref = desk.harness.foreign(desk.collection, desk.kind)
        before = desk.snapshot()
        revision = "as we knew it"
        operations: list[Operation] = [
            Update(ref, revision, desk.item(), frozenset({"title"})),
            Delete(ref, revision, builders.uid(1)),
        ]
        for operation in operations:
            desk.push(operation)
            assert desk.snapshot() == before, (
                f"a {type(operation).__name__} met a stranger's item at its address, and changed it"
            )

    def test_an_address_that_is_none_is_not_there(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        odd = f"{ack.ref}-which-is-not-there"
        answer = desk.read(odd)
        assert answer == Gone(odd), f"an address at which nothing stands is Gone, not {answer}"
        images = list(desk.connector.images(desk.collection, [odd]))
        assert images == [], f"images() leaves out an address at which nothing stands: {images}"
        desk.ack(Delete(odd, "1", builders.uid(9)))
