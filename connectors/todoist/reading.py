"""Reading: what changed, what stands there, what was completed. Requests go through `transport`.

An idle look is one sync request. A full sync names open items only, so that what is missing from it is looked
up in the history; what neither knows is left out of the listing, and each such address is read by itself
before anybody takes it for deleted. Of a recurring item that changed, the activity log is asked besides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence, Set

from connectors.todoist import activity, codec, edge, errors, history
from connectors.todoist.board import ALL, Board, Entry, Fresh
from connectors.todoist.edge import Kept
from connectors.todoist.transport import Transport
from syncer.connector import Broken, Context, CursorExpired, Gone, Listing, Scope, Seen

TYPES = ("projects", "sections", "items")
DELAY = dt.timedelta(seconds=10)
"""How old a full answer may be before it is asked what changed since."""
FEW = 20
"""So many missing items are read one by one rather than searched for further back."""


class Reader:
    """Reads one account's projects into their boards, and answers from there."""

    def __init__(self, transport: Transport, context: Context) -> None:
        self._transport, self._context = transport, context

    def pull(self, board: Board, cursor: str | None, known: Mapping[str, str | None]) -> Listing:
        """What changed since the cursor, or everything; see `Connector.pull`."""
        board.remember(known)
        if cursor == "":
            raise CursorExpired("Todoist gave no such sync token", subject=board.project)
        kept, changed = self._sync(board, ALL if cursor is None else cursor)
        if kept.full:
            self._complete(board, kept, known.keys())
            listing = self._listing(board, Scope.COMPLETE, board.entries, known)
        else:
            self._recall(board, changed)
            gone = frozenset(ref for ref in known if ref in kept.gone or ref in kept.elsewhere)
            listing = self._listing(board, Scope.CHANGES, changed, known, gone)
        board.fresh = Fresh.PULLED
        return listing

    def look(self, board: Board) -> None:
        """Bring the board up to date; afterwards it has every open item of ours."""
        try:
            kept, changed = self._sync(board, board.token if board.whole else ALL)
        except CursorExpired:
            kept, changed = self._sync(board, ALL)
        self._recall(board, board.entries if kept.full else changed)
        board.fresh = Fresh.LOOKED

    def read(self, board: Board, refs: Sequence[str]) -> list[Seen | Gone | Broken]:
        """Single items afresh."""
        if not refs:
            return []
        self.look(board)
        self.meet(board, refs)
        board.fresh = Fresh.NO
        return [self._answer(board, ref) for ref in refs]

    def find(self, board: Board, uids: Sequence[str]) -> list[Seen]:
        """Items with these UIDs, done ones too."""
        if not uids:
            return []
        self.look(board)
        wanted = set(uids)
        missing = {uid for uid in wanted if not board.standing(uid)}
        for window in self._history(board) if missing else ():
            board.complete(window.records, self._context.claims)
            missing = {uid for uid in missing if not board.standing(uid)}
            if not missing:
                break
        board.fresh = Fresh.NO
        found = [self._shown(ref, entry) for ref, entry in board.entries.items() if entry.uid in wanted]
        return [one for one in found if isinstance(one, Seen)]

    def meet(self, board: Board, refs: Iterable[str]) -> None:
        """Make sure that the board knows what stands at these addresses, after a look.

        Afterwards an address is among its entries, or nothing of ours stands there: then it is in `gone`
        where nothing does at all.
        """
        unknown = [ref for ref in dict.fromkeys(refs) if ref not in board.entries and ref not in board.gone]
        if len(unknown) > FEW:
            self._search(board, set(unknown))
        for ref in unknown:
            if ref in board.entries:
                continue
            raw = self._transport.task(ref, board.project) if ref else None
            if raw is None or not edge.of_project([raw], board.project):
                board.gone.add(ref)
            elif board.put(raw, self._context.claims):
                self._recall(board, [ref])

    def shown(self, board: Board, ref: str) -> Seen | Broken:
        """An item of the board's as it stands."""
        return self._shown(ref, board.entries[ref])

    # --- sync ---

    def _sync(self, board: Board, token: str) -> tuple[Kept, list[str]]:
        """One sync request, taken in; the addresses of our items that it names."""
        board.fresh = Fresh.NO
        types = (*TYPES, "completed_info") if token == ALL else TYPES
        told = self._transport.sync(token, types, (), board.project)
        kept = edge.kept(told.data, board.project)
        check(kept, board.project)
        changed = board.take(kept, self._context.claims)
        return kept, changed + self.catch_up(board, kept)

    def catch_up(self, board: Board, kept: Kept) -> list[str]:
        """Take in what changed since a full answer that was put together some time ago.

        Of big accounts it may be ("Full sync data delay" of the API documentation).
        """
        made, now = codec.moment(kept.made), self._transport.server_time()
        if not kept.full or made is None or now is None or now - made <= DELAY:
            return []
        told = self._transport.sync(kept.token, TYPES, (), board.project)
        since = edge.kept(told.data, board.project)
        check(since, board.project)
        return board.take(since, self._context.claims)

    # --- the history ---

    def _complete(self, board: Board, kept: Kept, known: Set[str]) -> None:
        """Add what was completed to a board that was just filled with what is open."""
        missing = {ref for ref in known if ref not in board.entries and ref not in board.gone}
        if kept.holds_done:
            self._search(board, missing)
        self._recall(board, board.entries)

    def _recall(self, board: Board, refs: Iterable[str]) -> None:
        """Whether recurring items of ours were completed: their new date alone does not say."""
        for ref in board.recurring(refs):
            raw = board.entries[ref].raw
            board.recur(ref, activity.first_completion(self._transport, board.project, raw))

    def _search(self, board: Board, missing: set[str]) -> None:
        """Walk back until all are found, or nothing more is."""
        left = set(missing)
        for window in self._history(board):
            found = board.complete(window.records, self._context.claims)
            fewer = left - found
            idle = len(fewer) == len(left) and len(fewer) <= FEW
            left = fewer
            if not left or idle:
                return

    def _history(self, board: Board) -> Iterable[history.Window]:
        """The windows back to when the project was made."""
        return history.walk(self._transport, board.project, codec.moment(board.created))

    # --- answers ---

    def _listing(
        self,
        board: Board,
        scope: Scope,
        refs: Iterable[str],
        known: Mapping[str, str | None],
        gone: frozenset[str] = frozenset(),
    ) -> Listing:
        seen: list[Seen] = []
        broken: list[Broken] = []
        same: set[str] = set()
        for ref in refs:
            entry = board.entries[ref]
            if known.get(ref) == entry.revision:
                same.add(ref)
                continue
            match self._shown(ref, entry):
                case Seen() as one:
                    seen.append(one)
                case Broken() as one:
                    broken.append(one)
        # In an increment too: our own writes stand there, and need not be read to know that they do.
        return Listing(scope, tuple(seen), frozenset(same), gone, tuple(broken), board.token)

    def _answer(self, board: Board, ref: str) -> Seen | Gone | Broken:
        if ref in board.entries:
            return self._shown(ref, board.entries[ref])
        if ref in board.gone:
            return Gone(ref)
        return Broken(ref, None, "the address holds somebody else's item")

    def _shown(self, ref: str, entry: Entry) -> Seen | Broken:
        try:
            item = codec.decode(entry.raw, entry.uid, self._context.claims, self._context.zone, entry.past)
        except codec.Unreadable as odd:
            return Broken(ref, entry.revision, str(odd))
        return Seen(ref, entry.revision, item)


def check(kept: Kept, project: str) -> None:
    """Raise CollectionGone where an answer says that the project is not there."""
    record = kept.project
    if record is None and not kept.full:
        return
    if record is None or record.get("is_deleted") is True or record.get("is_archived") is True:
        raise errors.project_gone(project)
