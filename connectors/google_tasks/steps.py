"""An operation on its way: which call it is, and what an answer or a look at the task makes of it. Pure.

A write holds a condition, the ETag of what we knew. Where it does not hold, the task is read: it may be our
own write that had gone through unheard, or the ETag alone may have changed because other tasks moved; else
somebody changed it, and that is a Conflict.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from connectors.google import errors
from connectors.google.service import Call, Reply
from connectors.google_tasks import calls, codec, images, trouble
from connectors.google_tasks.revisions import etag_in, revision
from connectors.google_tasks.shelf import Shelf, Task
from syncer.connector import (
    Ack,
    Conflict,
    ConnectorError,
    Create,
    Delete,
    Failure,
    Operation,
    Outcome,
    Refused,
    Restore,
    Update,
)

NOT_AS_KNOWN = frozenset({404, 409, 412})
"""Answers to a write after which the task is looked at."""


@dataclass(slots=True)
class Step:
    """One operation on its way.

    `etag` is the condition that is sent. `look` says that the task is read before anything (more) is sent,
    `unsure` that an attempt may have gone through unheard, `met` that a condition did not hold. `anew` says
    that a task that is put back has to be created. `echo` is the task that was acknowledged.
    """

    operation: Operation
    etag: str | None = None
    look: bool = False
    unsure: bool = False
    met: bool = False
    anew: bool = False
    echo: Task | None = field(default=None, repr=False)
    outcome: Outcome | None = None

    @classmethod
    def of(cls, operation: Operation) -> Step:
        """An operation that was not sent yet."""
        if isinstance(operation, Create):
            return cls(operation)
        return cls(operation, etag_in(operation.revision), look=operation.revision is None)

    @property
    def uid(self) -> str:
        """The UID concerned."""
        return self.operation.uid

    @property
    def open(self) -> bool:
        """Whether it has no outcome that stands."""
        return self.outcome is None

    def fail(self, error: ConnectorError) -> None:
        """End in a failure, which a further attempt may replace."""
        self.outcome = Failure(self.operation, error)

    def conflict(self, condition: str) -> None:
        """End in a conflict."""
        self.fail(Conflict(condition, subject=self.uid))

    def ack(self, task: Task, *, exact: bool) -> None:
        """End with the echo of what stands there."""
        try:
            item = codec.decode(task, self.uid)
        except codec.Unreadable as error:
            self.fail(
                Refused(f"the task is not readable: {error}", subject=self.uid, cure="Delete it in the app")
            )
            return
        self.outcome, self.echo = Ack(self.operation, task["id"], revision(task, self.uid), item, exact), task

    def done(self) -> None:
        """End with a task that is gone, as it should be."""
        assert isinstance(self.operation, Delete)
        self.outcome = Ack(self.operation, self.operation.ref, None, None)

    # --- what is sent ---

    def call(self, held: str, zone: dt.tzinfo) -> Call:
        """The call. Raises Refused where the item can't be written."""
        match self.operation:
            case Create(item=item):
                return calls.insert(held, codec.encode(item, zone), self.uid)
            case Update(ref=ref, item=item, fields=fields):
                return calls.patch(held, ref, codec.patch(item, fields, zone), self.etag, self.uid)
            case Delete(ref=ref):
                return calls.delete(held, ref, self.etag, self.uid)
            case Restore(raw=raw) if self.anew:
                return calls.insert(held, images.new(raw), self.uid)
            case Restore(ref=ref, raw=raw):
                change = images.body(raw) | ({"deleted": False} if self.operation.revision is None else {})
                return calls.patch(held, ref, change, self.etag, self.uid)

    # --- what came of it ---

    def answered(self, reply: Reply | ConnectorError) -> None:
        """Take in the answer to the call."""
        if isinstance(reply, ConnectorError):
            self.unsure = self.unsure or trouble.may_have_arrived(reply)
            self.fail(trouble.told(reply))
        elif reply.status in NOT_AS_KNOWN and not self.creates:
            self.look, self.met = True, True
            self.unsure = self.unsure or reply.sent > 1
        elif not reply.good:
            error = reply.failure(self.uid)
            self.unsure = self.unsure or trouble.may_have_arrived(error)
            self.fail(trouble.told(error))
        elif isinstance(self.operation, Delete):
            self.done()
        elif reply.data is None or not isinstance(reply.data.get("id"), str):
            self.unsure = True
            self.fail(errors.malformed(self.uid))
        elif reply.data.get("deleted"):
            self._still_deleted()
        else:
            self.ack(reply.data, exact=True)

    def met_again(self, task: Task | None, uid: str | None, shelf: Shelf) -> None:
        """Take in what stands at the task's id: `task` with the UID `uid`, or nothing.

        Without an outcome afterwards, it is to be sent (again).
        """
        self.look = False
        gone = task is None or bool(task.get("deleted"))
        match self.operation:
            case Delete() if gone:
                self.done()
            case Restore(revision=None):
                self._put_back(task, uid)
            case Create() if task is None or gone or uid != self.uid:
                shelf.doubted.add(self.uid)  # not where it was: it is looked for
            case Create() if task is not None:
                self.ack(task, exact=False)
            case _ if task is None or gone:
                self.conflict("the item is not there any more")
            case _ if uid != self.uid:
                self.conflict("something else stands there")
            case _:
                self._changed(task, shelf)

    def found(self, task: Task) -> None:
        """Take in a task that was found by its marker: it need not be created any more."""
        if isinstance(self.operation, Restore) and not images.same(self.operation.raw, task):
            self.conflict("something stands there again")
        else:
            self.ack(task, exact=False)

    @property
    def creates(self) -> bool:
        """Whether it makes a new task, so that sending it twice makes two."""
        return isinstance(self.operation, Create) or self.anew

    def _changed(self, task: Task, shelf: Shelf) -> None:
        """A task that is still there; after a condition that did not hold, was it a person who changed it?"""
        now = revision(task, self.uid)
        if self.met:
            assert not isinstance(self.operation, Create)
            if self.unsure and self._holds(task):
                self.ack(task, exact=False)
                return
            before = shelf.tasks.get(self.operation.ref)
            known = before is not None and revision(before, self.uid) == self.operation.revision
            if before is None or not known or not images.untouched(before, task):
                self.conflict("somebody else changed the item")
                return
        self.etag = etag_in(now)

    def _holds(self, task: Task) -> bool:
        """Whether a task is what the operation wanted."""
        match self.operation:
            case Restore(raw=raw):
                return images.same(raw, task)
            case Update(item=item, fields=fields):
                try:
                    there = codec.decode(task, self.uid)
                except codec.Unreadable:
                    return False
                return all(getattr(there, name) == getattr(item, name) for name in fields & codec.WRITTEN)
            case _:
                return False

    def _put_back(self, task: Task | None, uid: str | None) -> None:
        """What was deleted is taken out of Google's bin, or created anew where it is not there either."""
        assert isinstance(self.operation, Restore)
        if task is None:
            self.anew = True
        elif task.get("deleted"):
            self.etag = etag_in(revision(task, uid))
        elif uid == self.uid and images.same(self.operation.raw, task):
            self.ack(task, exact=False)
        else:
            self.conflict("something stands there again")

    def _still_deleted(self) -> None:
        """A change that was taken by what is left of a deleted task."""
        if isinstance(self.operation, Restore) and self.operation.revision is None:
            self.anew = True
        else:
            self.conflict("the item is not there any more")
