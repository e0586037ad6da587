"""Trouble on the way: it is raised, named and told apart; a listing never lies; secrets stay inside."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable, Mapping

import pytest

from syncer.connector import (
    Ack,
    ConnectorError,
    Create,
    CredentialsDead,
    Delete,
    Failure,
    Operation,
    Retry,
    Scope,
)
from syncer.testing import builders
from syncer.testing.contract.desk import Desk, Theme, deleted, renamed
from syncer.testing.contract.harness import AFTER, NOT_APPLIED, On, Trouble

MEANS: Mapping[Trouble, type[ConnectorError]] = {
    Trouble.RESET: Retry,
    Trouble.TIMEOUT: Retry,
    Trouble.BUSY: Retry,
    Trouble.UNAVAILABLE: Retry,
    Trouble.ERROR: Retry,
    Trouble.TRUNCATED: Retry,
    Trouble.GARBLED: ConnectorError,
    Trouble.LOGIN: CredentialsDead,
}
"""What each trouble is to be raised as. A login page in place of an answer can be taken for more than one."""

TITLE = "Our-secret-title"
Call = Callable[[Desk, Ack], object]
READS: Mapping[str, Call] = {
    "pull(cursor)": lambda desk, ack: desk.pull(desk.cursor, ack),
    "pull(None)": lambda desk, ack: desk.pull(None),
    "read()": lambda desk, ack: desk.connector.read(desk.collection, [ack.ref]),
    "find()": lambda desk, ack: desk.connector.find(desk.collection, [builders.uid(1)]),
    "images()": lambda desk, ack: desk.connector.images(desk.collection, [ack.ref]),
    "collections()": lambda desk, ack: desk.connector.collections(),
}


class Failures(Theme):
    """Troubles after which nothing has been applied."""

    @pytest.mark.parametrize("trouble", NOT_APPLIED, ids=lambda trouble: trouble.name)
    def test_a_read_that_fails_raises(self, desk: Desk, trouble: Trouble) -> None:
        faults = desk.faults(trouble)
        (ack,) = desk.created(desk.item())
        desk.note_cursor(ack)
        # A timeout takes its time: one call stands for all.
        for name, call in list(READS.items())[: 1 if trouble is Trouble.TIMEOUT else None]:
            faults.inject(trouble)
            error = _raised(name, call, desk, ack)
            faults.calm()
            assert isinstance(error, MEANS[trouble]), (
                f"{name} met: {trouble}. Raise {MEANS[trouble].__name__}, not {error!r}"
            )
            call(desk, ack)

    @pytest.mark.parametrize("trouble", NOT_APPLIED, ids=lambda trouble: trouble.name)
    def test_a_push_that_fails_says_so_for_each_operation(self, desk: Desk, trouble: Trouble) -> None:
        faults = desk.faults(trouble)
        acks = desk.created(*(desk.item(number) for number in (1, 2)))
        before = desk.snapshot()
        operations: list[Operation] = [Create(desk.item(3)), renamed(acks[0]), deleted(acks[1])]
        if trouble is Trouble.TIMEOUT:
            operations = operations[:1]
        faults.inject(trouble)
        outcomes = desk.push(*operations)
        faults.calm()
        assert len(outcomes) == len(operations), (
            f"push met: {trouble}. It yields one Failure for each operation all the same: {outcomes}"
        )
        spoilt = trouble in (Trouble.TRUNCATED, Trouble.GARBLED)  # answers to what was applied
        for outcome in outcomes:
            if spoilt and isinstance(outcome, Ack) and isinstance(outcome.operation, Delete):
                assert outcome.operation.uid not in desk.listed(), "what a delete acknowledges must be gone"
                continue
            assert isinstance(outcome, Failure) and isinstance(outcome.error, MEANS[trouble]), (
                f"push met: {trouble}. Yield Failure({MEANS[trouble].__name__}), not {outcome}"
            )
        if not spoilt:
            assert desk.snapshot() == before, f"push met: {trouble}. Nothing may have been changed"
            again = desk.push(*operations)
            assert all(isinstance(one, Ack) for one in again), (
                f"once the trouble is over, the same connector sends the same again: {again}"
            )

    def test_the_wish_of_a_busy_provider_is_handed_on(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.BUSY)
        faults.inject(Trouble.BUSY)
        error = _raised("pull(None)", READS["pull(None)"], desk, None)
        failure = desk.failure(Create(desk.item()))
        for one in (error, failure):
            assert isinstance(one, Retry) and one.after is not None and abs(one.after - AFTER) <= 2, (
                f"Retry.after is what the provider asked for (Retry-After: {AFTER:g}), not {one!r}"
            )


class Honesty(Theme):
    """A listing is whole, or it is raised."""

    def test_a_listing_never_lies(self, desk: Desk) -> None:
        """Whichever request of a listing fails: it is whole, or it is raised."""
        troubles = [one for one in NOT_APPLIED if one in desk.faults().offered and one is not Trouble.TIMEOUT]
        acks = desk.created(*(desk.item(number) for number in range(1, 6)))
        cursor = desk.pull(None, *acks).cursor
        desk.harness.delete(desk.collection, acks[0].ref)
        desk.harness.edit(desk.collection, acks[1].ref, "Theirs")
        for trouble in troubles:
            for skip in range(4):
                for start in (None, cursor):
                    self._one(desk, acks, start, trouble, skip)

    def _one(self, desk: Desk, acks: list[Ack], start: str | None, trouble: Trouble, skip: int) -> None:
        faults = desk.faults()
        faults.inject(trouble, On.READS, skip=skip)
        try:
            listing = desk.pull(start, *acks)
        except ConnectorError:
            return
        finally:
            faults.calm()
        where = f"its request number {skip + 1} met: {trouble}. Raise it; the listing lies: {listing}"
        assert [one.item.title for one in listing.seen] == ["Theirs"], where
        if listing.scope is Scope.COMPLETE:
            assert listing.same == {ack.ref for ack in acks[2:]}, where
        else:
            assert listing.gone == {acks[0].ref}, where

    def test_an_answer_from_a_cache_only_delays(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.STALE)
        (ack,) = desk.created(desk.item())
        cursor = desk.pull(None, ack).cursor
        desk.harness.edit(desk.collection, ack.ref, "First")
        desk.pull(cursor, ack)
        desk.harness.edit(desk.collection, ack.ref, "Second")
        faults.inject(Trouble.STALE, On.READS)
        try:
            late = desk.pull(cursor, ack)
        except ConnectorError:
            return
        finally:
            faults.calm()
        assert not late.gone, f"an earlier answer, given again, is no deletion: {late}"
        seen = desk.pull(late.cursor, *late.seen).seen
        assert [one.item.title for one in seen] == ["Second"], (
            f"after an earlier answer was given again, the next pull shows what stands there: {seen}"
        )


class Telling(Theme):
    """What errors say, and what they must not."""

    def test_errors_are_one_line_that_names_its_subject_and_no_secret(self, desk: Desk) -> None:
        secret = desk.harness.secret
        login = base64.b64encode(f"{desk.connector.user}:{secret}".encode()).decode()
        for trouble, error in _errors(desk):
            told = "".join(traceback.format_exception(error))
            for canary in (secret, login):
                assert canary not in told, (
                    f"an error after {trouble.name} shows the secret: never pass on a library's own text, "
                    "and raise `from None` where its exception quotes the login"
                )
            assert TITLE not in told, (
                f"an error after {trouble.name} shows an item's title or notes: {error!r}"
            )
            text = str(error)
            assert text and len(text) < 300 and len(text.splitlines()) == 1, (
                f"an error after {trouble.name} is one line that a person can read: {text!r}"
            )
            assert error.condition and error.condition == error.condition.strip(), (
                f"ConnectorError.condition says in a few words what happened: {error!r}"
            )
            assert error.subject and error.subject in text, (
                f"an error after {trouble.name} names the address, item or collection in `subject`: {error!r}"
            )

    def test_a_refused_login_says_what_to_do(self, desk: Desk) -> None:
        faults = desk.faults(Trouble.LOGIN)
        faults.inject(Trouble.LOGIN)
        error = _raised("collections()", READS["collections()"], desk, None)
        assert error.cure, "CredentialsDead.cure says what a person can do about it, in one sentence"


def _errors(desk: Desk) -> list[tuple[Trouble, ConnectorError]]:
    """Every error that reads and a push give after every trouble that takes no time."""
    offered = desk.faults().offered
    (ack,) = desk.created(desk.item(title=TITLE, notes=TITLE))
    desk.note_cursor(ack)
    found: list[tuple[Trouble, ConnectorError]] = []
    for trouble in NOT_APPLIED:
        if trouble not in offered or trouble is Trouble.TIMEOUT:
            continue
        desk.faults().inject(trouble)
        found += [(trouble, _raised(name, call, desk, ack)) for name, call in READS.items()]
        outcomes = desk.push(Create(desk.item(2, title=TITLE)), renamed(ack, TITLE), deleted(ack))
        found += [(trouble, one.error) for one in outcomes if isinstance(one, Failure)]
        desk.faults().calm()
    return found


def _raised(name: str, call: Call, desk: Desk, ack: Ack | None) -> ConnectorError:
    """What a call that must fail raises: one of the closed set, and nothing else."""
    try:
        answer = call(desk, ack)  # type: ignore[arg-type]  # calls without an ack don't look at it
    except ConnectorError as error:
        return error
    except Exception as error:
        raise AssertionError(f"{name} must raise a ConnectorError, whatever the library raises") from error
    raise AssertionError(f"{name} met trouble and must raise it, it returned {answer!r}")
