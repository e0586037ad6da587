"""Listings and single reads: nothing of ours is missed, nothing of others is seen, and nothing is made up."""

from __future__ import annotations

from syncer.connector import Broken, Create, CursorExpired, Gone, Listing, Scope, Seen
from syncer.core.model import Kind, Status
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme, deleted, renamed


class Listings(Theme):
    """Pulling everything, and pulling what changed."""

    def test_an_empty_collection_is_completely_empty(self, each: Desk) -> None:
        listing = each.pull()
        assert listing.scope is Scope.COMPLETE, "a pull without a cursor lists everything: Scope.COMPLETE"
        assert not (listing.seen or listing.same or listing.gone or listing.broken), (
            f"nothing stands there, so nothing may be listed: {listing}"
        )

    def test_what_was_created_is_listed_once_as_it_was_acknowledged(self, each: Desk) -> None:
        (ack,) = each.created(each.item(notes="And the lid"))
        seen = each.listed()[builders.uid(1)]
        assert (seen.ref, seen.revision, seen.item) == (ack.ref, ack.revision, ack.item), (
            "the Ack must say what a listing says: address, revision and the item read back after the write"
        )

    def test_what_is_known_is_not_shown_again(self, desk: Desk) -> None:
        acks = desk.created(desk.item(1), desk.item(2))
        listing = desk.pull(None, *acks)
        assert listing.seen == (), "an item at the revision in `known` belongs into `same`, not into `seen`"
        assert listing.same == {ack.ref for ack in acks}, (
            "each known address that is unchanged must stand in `same`: a listing that leaves it out "
            "says that it was deleted"
        )

    def test_where_nothing_changed_nothing_is_seen(self, desk: Desk) -> None:
        acks = desk.created(desk.item(1), desk.item(2))
        listing = desk.pull(None, *acks)
        for _ in range(3):
            listing = desk.pull(listing.cursor, *acks)
            assert not (listing.seen or listing.gone or listing.broken), (
                f"nothing changed since the cursor, so nothing may be listed: {listing}"
            )
            assert listing.scope is Scope.CHANGES or listing.same == {ack.ref for ack in acks}, (
                "a complete listing names each address that it knows, in `same` or `seen`"
            )

    def test_a_write_of_ours_is_in_the_next_changes_unless_known(self, desk: Desk) -> None:
        cursor = desk.pull().cursor
        (ack,) = desk.created(desk.item())
        assert [seen.item.uid for seen in desk.pull(cursor).seen] == [builders.uid(1)], (
            "the cursor is from before the create, so the item is a change since then"
        )
        listing = desk.pull(cursor, ack)
        assert not (listing.seen or listing.gone), (
            f"the item stands there at the revision in `known`: it is neither news nor gone, {listing}"
        )

    def test_an_edit_by_a_person_is_seen(self, each: Desk) -> None:
        acks = each.created(each.item(1), each.item(2))
        cursor = each.pull(None, *acks).cursor
        each.harness.edit(each.collection, acks[0].ref, "Theirs")
        for start in (cursor, None):
            seen = each.pull(start, *acks).seen
            assert [(one.ref, one.item.title) for one in seen] == [(acks[0].ref, "Theirs")], (
                f"the item that a person changed must be in `seen`, and it alone: {seen}"
            )
            assert seen[0].revision != acks[0].revision, "what was changed must have another revision"

    def test_a_tick_by_a_person_is_seen(self, each: Desk) -> None:
        (ack,) = each.created(each.item())
        cursor = each.pull(None, ack).cursor
        if each.kind is Kind.TODO:
            each.harness.tick(each.collection, ack.ref)
        else:
            each.harness.edit(each.collection, ack.ref, builders.DONE_MARK + "Take out the bins")
        for start in (cursor, None):
            listing = each.pull(start, ack)
            assert len(listing.seen) == 1, (
                f"an item that was ticked is a change, and not gone: list completed ones too, {listing}"
            )
            item = listing.seen[0].item
            assert item.status is Status.DONE or item.title.startswith(builders.DONE_MARK), (
                f"a to-do that was ticked has Status.DONE, an event its mark before the title: {item}"
            )

    def test_a_deletion_by_a_person_is_seen(self, each: Desk) -> None:
        acks = each.created(each.item(1), each.item(2))
        cursor = each.pull(None, *acks).cursor
        each.harness.delete(each.collection, acks[0].ref)
        for start in (cursor, None):
            listing = each.pull(start, *acks)
            assert _missing(listing, acks[0].ref), (
                f"what a person deleted is `gone` in a listing of changes and absent from a complete one: "
                f"{listing}"
            )
            assert not _missing(listing, acks[1].ref), "what was not deleted may not look as if it were"

    def test_a_listing_is_whole_beyond_one_page(self, desk: Desk) -> None:
        many = desk.harness.many
        acks = desk.created(*(desk.item(number) for number in range(1, many + 1)))
        assert len(desk.listed()) == many, "follow every page before you return a listing"
        known = desk.pull(None, *acks)
        assert len(known.same) == many, "follow every page before you return a listing"

    def test_an_expired_cursor_is_raised_and_not_guessed(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        cursor = desk.pull(None, ack).cursor
        if cursor is None:
            return
        old = desk.harness.expire(desk.collection, cursor)
        try:
            listing = desk.pull(old, ack)
        except CursorExpired:
            return
        raise AssertionError(f"a cursor that the provider refuses must raise CursorExpired: {listing}")

    def test_an_unreadable_item_is_set_aside_and_the_rest_goes_on(self, each: Desk) -> None:
        acks = each.created(*(each.item(number) for number in (1, 2, 3)))
        cursor = each.pull(None, *acks).cursor
        each.harness.spoil(each.collection, acks[1].ref)
        each.harness.edit(each.collection, acks[2].ref, "Theirs")
        for start in (cursor, None):
            listing = each.pull(start, *acks)
            assert [one.ref for one in listing.broken] == [acks[1].ref], (
                f"an item of ours that can't be understood belongs into `broken`: {listing}"
            )
            assert [one.item.title for one in listing.seen] == ["Theirs"], (
                f"one bad item must not keep the others from being listed: {listing}"
            )
            assert listing.broken[0].reason and "\n" not in listing.broken[0].reason, (
                "Broken.reason is one line that says what is wrong with the item"
            )


class Reads(Theme):
    """Single items: by address, and by UID."""

    def test_a_read_answers_once_for_each_address(self, desk: Desk) -> None:
        acks = desk.created(*(desk.item(number) for number in (1, 2, 3)))
        desk.harness.delete(desk.collection, acks[1].ref)
        answers = desk.connector.read(desk.collection, [ack.ref for ack in acks])
        assert sorted(one.ref for one in answers) == sorted(ack.ref for ack in acks), (
            f"read() gives one answer for each address that it was asked for: {answers}"
        )
        kinds = {one.ref: type(one) for one in answers}
        assert kinds == {acks[0].ref: Seen, acks[1].ref: Gone, acks[2].ref: Seen}, (
            f"an address at which nothing stands is answered Gone, the proof of a deletion: {answers}"
        )

    def test_a_read_shows_what_stands_there_now(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        desk.harness.edit(desk.collection, ack.ref, "Theirs")
        seen = desk.read(ack.ref)
        assert isinstance(seen, Seen) and seen.item.title == "Theirs", (
            f"read() asks the provider afresh, whatever was read before: {seen}"
        )

    def test_a_read_of_nothing_is_nothing(self, desk: Desk) -> None:
        desk.created(desk.item())
        for ask in (desk.connector.read, desk.connector.images, desk.connector.find):
            answers = list(ask(desk.collection, []))
            assert answers == [], f"{ask.__name__}() of no addresses has no answers: {answers}"

    def test_a_read_of_an_unreadable_item_says_so(self, desk: Desk) -> None:
        acks = desk.created(desk.item(1), desk.item(2))
        desk.harness.spoil(desk.collection, acks[0].ref)
        answers = desk.connector.read(desk.collection, [ack.ref for ack in acks])
        assert {one.ref: type(one) for one in answers} == {acks[0].ref: Broken, acks[1].ref: Seen}, (
            f"read() answers Broken for what can't be understood; it is not Gone: {answers}"
        )

    def test_items_are_found_by_their_uids(self, desk: Desk) -> None:
        acks = desk.created(desk.item(1), desk.item(2))
        desk.harness.foreign(desk.collection, desk.kind)
        found = desk.connector.find(desk.collection, [builders.uid(1), builders.uid(7)])
        assert [(one.item.uid, one.ref) for one in found] == [(builders.uid(1), acks[0].ref)], (
            f"find() returns the items with these UIDs and leaves out those that stand nowhere: {found}"
        )

    def test_an_item_that_was_moved_is_found_where_it_is(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        cursor = desk.pull(None, ack).cursor
        ref = desk.harness.move(desk.collection, ack.ref)
        assert ref != ack.ref, "Harness.move() gives the item another address"
        found = desk.connector.find(desk.collection, [builders.uid(1)])
        assert [one.ref for one in found] == [ref], (
            f"find() looks by UID, not by address: the item was moved to {ref}, {found}"
        )
        seen = desk.pull(cursor, ack).seen
        assert [(one.ref, one.item.uid) for one in seen] == [(ref, builders.uid(1))], (
            f"an item that moved is in the changes under its new address: {seen}"
        )

    def test_a_moved_item_is_not_created_a_second_time(self, desk: Desk) -> None:
        (ack,) = desk.created(desk.item())
        ref = desk.harness.move(desk.collection, ack.ref)
        found = desk.connector.find(desk.collection, [builders.uid(1)])
        desk.push(Create(desk.item()))
        standing = [text for text in desk.snapshot().values() if builders.uid(1) in text]
        assert len(standing) == 1, (
            f"the item stands at {ref} (find() said {found}), and the create put it a second time: "
            "adopt what stands there, or fail"
        )


class Strangers(Theme):
    """What is none of ours is neither fetched, kept nor changed."""

    def test_strangers_are_never_shown(self, each: Desk) -> None:
        ref = each.harness.foreign(each.collection, each.kind)
        (ack,) = each.created(each.item())
        listing = each.pull()
        assert [seen.item.uid for seen in listing.seen] == [builders.uid(1)], (
            "ask Context.claims before you return an item: whatever it denies is a stranger's"
        )
        assert ref not in listing.same and ref not in {one.ref for one in listing.broken}, (
            "a stranger's item may not be named in a listing at all"
        )
        each.harness.foreign(each.collection, each.kind)
        changes = each.pull(listing.cursor, ack)
        assert not (changes.seen or changes.broken or changes.gone), (
            f"a stranger's new item is no change of ours: {changes}"
        )
        answer = each.read(ref)
        assert not isinstance(answer, Seen), (
            "read() of an address at which a stranger's item stands may not show it: Broken or Gone"
        )

    def test_a_stranger_at_a_known_address_is_not_shown(self, desk: Desk) -> None:
        ref = desk.harness.foreign(desk.collection, desk.kind)
        listing = desk.connector.pull(desk.collection, None, {ref: "as we knew it"})
        assert listing.seen == (), (
            f"that we know an address does not make ours what stands there: ask Context.claims, {listing}"
        )

    def test_strangers_are_the_same_before_and_after(self, each: Desk) -> None:
        refs = [each.harness.foreign(each.collection, each.kind) for _ in range(2)]
        before = each.snapshot()
        assert set(refs) <= before.keys(), "Harness.snapshot() must hold foreign items too"
        first, second = each.created(each.item(1), each.item(2))
        each.pull()
        each.ack(renamed(first))
        each.ack(deleted(second))
        each.connector.images(each.collection, [first.ref])
        each.connector.find(each.collection, [builders.uid(1)])
        after = each.snapshot()
        assert {ref: after.get(ref) for ref in refs} == {ref: before[ref] for ref in refs}, (
            "an item that is none of ours was changed or removed: write only what an operation names"
        )


def _missing(listing: Listing, ref: str) -> bool:
    """Whether a listing says that nothing stands at an address."""
    if listing.scope is Scope.CHANGES:
        return ref in listing.gone
    named = {*listing.same, *(seen.ref for seen in listing.seen), *(bad.ref for bad in listing.broken)}
    return ref not in named
