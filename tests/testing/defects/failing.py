"""Wrong in what it makes of a failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from syncer.connector import (
    Collection,
    ConnectorError,
    CredentialsDead,
    Failure,
    Listing,
    Operation,
    Outcome,
    Refused,
    Retry,
    Scope,
)
from syncer.testing.memory import MemoryConnector
from tests.testing.defects.bases import EMPTY, Failing, Known, red


@red("a_read_that_fails_raises", "a_listing_never_lies")
class EmptyOnFailure(MemoryConnector):
    def pull(self, collection: Collection, cursor: str | None, known: Known) -> Listing:
        try:
            return super().pull(collection, cursor, known)
        except ConnectorError:
            return replace(EMPTY, scope=Scope.CHANGES if cursor else Scope.COMPLETE)


@red("a_push_that_fails_says_so_for_each_operation")
class RaisesFromPush(MemoryConnector):
    def push(self, collection: Collection, operations: Iterable[Operation]) -> Iterator[Outcome]:
        for outcome in super().push(collection, operations):
            if isinstance(outcome, Failure):
                raise outcome.error
            yield outcome


@red("the_wish_of_a_busy_provider_is_handed_on")
class Impatient(Failing):
    def told(self, error: ConnectorError) -> ConnectorError:
        return Retry(error.condition, subject=error.subject) if isinstance(error, Retry) else error


@red("errors_are_one_line_that_names_its_subject_and_no_secret")
class Chatty(Failing):
    def told(self, error: ConnectorError) -> ConnectorError:
        return type(error)(f"{error.condition} with {self._context.secret()}", subject=error.subject)


@red("a_refused_login_says_what_to_do")
class Curt(Failing):
    def told(self, error: ConnectorError) -> ConnectorError:
        return CredentialsDead(error.condition, subject=error.subject)


@red(
    "an_update_whose_answer_is_lost_has_one_effect",
    "a_restore_whose_answer_is_lost_has_one_effect",
    "a_restored_deletion_whose_answer_is_lost_stands_there_once",
)
class GivesUp(Failing):
    def told(self, error: ConnectorError) -> ConnectorError:
        return Refused(error.condition, subject=error.subject)
