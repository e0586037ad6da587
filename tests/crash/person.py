"""The two people of the killed daemon's household: what they do in their apps, and what they expect of it.

Whatever is done here is done by raw requests on the condition that the item is as it was read; what a
server refuses for that reason was not done.
"""

from __future__ import annotations

import base64
import http.client
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.crash.apps import FOREIGN, Edit, Thing
from tests.crash.texts import EVERYTHING, FOREIGN_TEXT, changed, things_in
from tests.servers import ACCOUNTS
from tests.system.house import House

PLACES = tuple((user, kind) for user in ACCOUNTS for kind in ("calendar", "todos"))
MOVING = "bins"
"""The bundle that is handed to and fro; of the others each item stays where it is."""
DELETIONS = 2
"""How many items are deleted in one collection: more within a day would rightly be held (guard)."""


@dataclass
class Apps:
    """The apps of a household on a real server, over one connection for each partner."""

    house: House
    _clients: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def things(self, user: str, kind: str) -> list[tuple[Thing, str]]:
        """Every resource in a collection with its text; none where the collection is not there yet."""
        status, text = self._ask(user, "REPORT", self.house.path(user, kind), EVERYTHING, {"Depth": "1"})
        return list(things_in(text)) if status == 207 else []

    def put(self, user: str, ref: str, text: str, condition: tuple[str, str]) -> bool:
        """Write a resource, if the condition holds."""
        body = text.replace("\r\n", "\n").replace("\n", "\r\n")
        headers = {"Content-Type": "text/calendar; charset=utf-8", condition[0]: condition[1]}
        return self._ask(user, "PUT", ref, body, headers)[0] in (200, 201, 204)

    def delete(self, user: str, thing: Thing) -> bool:
        """Delete a resource, if it is as it was read."""
        return self._ask(user, "DELETE", thing.ref, "", {"If-Match": thing.mark})[0] in (200, 204)

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            client.close()

    def _ask(self, user: str, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, str]:
        login = base64.b64encode(f"{user}:{ACCOUNTS[user]}".encode()).decode()
        sent = {"Authorization": f"Basic {login}", "X-Remote-User": user, "Content-Type": "application/xml"}
        port = self.house.server.backend_port
        client = self._clients.setdefault(user, http.client.HTTPConnection("127.0.0.1", port, timeout=30))
        try:
            client.request(method, path, body.encode(), {**sent, **headers})
            answer = client.getresponse()
        except (http.client.HTTPException, OSError):  # an idle connection that the server closed
            client.close()
            client.request(method, path, body.encode(), {**sent, **headers})
            answer = client.getresponse()
        return answer.status, answer.read().decode()


@dataclass
class People:
    """Ada and Ben: they act at random, and remember it."""

    apps: Apps
    chance: random.Random
    ticks: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    deleted: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    notes: dict[tuple[str, str, str], str] = field(default_factory=dict)
    foreign: dict[tuple[str, str], str] = field(default_factory=dict)

    def put_foreign(self) -> None:
        """An item of their own in every collection."""
        for user, kind in PLACES:
            component = "VEVENT" if kind == "calendar" else "VTODO"
            ref = f"{self.apps.house.path(user, kind)}choir.ics"
            assert self.apps.put(user, ref, FOREIGN_TEXT.format(component, FOREIGN), ("If-None-Match", "*"))
            self.foreign[user, kind] = self._foreign_in(user, kind)

    def act(self, settled: frozenset[str]) -> None:
        """A few things, on items of which the ledger knows (`settled`, by address) where it matters."""
        for _ in range(self.chance.choice((1, 2, 3))):
            user, kind = self.chance.choice(PLACES)
            things = [found for found in self.apps.things(user, kind) if found[0].identity is not None]
            if not things:
                continue
            thing, text = self.chance.choice(things)
            what = self.chance.choice(("tick", "tick", "note", "delete"))
            if what == "tick":
                self._tick(user, thing, text)
            elif what == "note" and not self._moves(thing):
                self._note(user, kind, thing, text)
            elif what == "delete" and not self._moves(thing) and thing.ref in settled:
                self._delete(user, kind, thing)

    def wrong_in(self, user: str, kind: str, things: Sequence[Thing]) -> list[str]:
        """What is not as its owner left it: notes, the item of their own, what was deleted."""
        wrong = []
        if (user, kind) in self.foreign and self.foreign[user, kind] != self._foreign_in(user, kind):
            wrong.append(f"{user}/{kind}: the foreign item is not as it was")
        for thing in things:
            noted = self.notes.get((user, kind, thing.uid))
            if noted is not None and thing.fields["DESCRIPTION"] != noted:
                wrong.append(f"{user}/{kind} {thing.uid}: the notes are not the owner's: {thing.fields}")
        return wrong

    def _tick(self, user: str, thing: Thing, text: str) -> None:
        identity = thing.identity
        assert identity is not None
        name = (identity.task, identity.occurrence)
        # An item may stand in both partners' apps for a moment; who ticks it there second comes too late.
        if any((*name, who) in self.ticks for who in ACCOUNTS) or name in self.deleted:
            return
        if self.apps.put(user, thing.ref, changed(text, Edit(tick=True)), ("If-Match", thing.mark)):
            self.ticks[(*name, user)] += 1

    def _note(self, user: str, kind: str, thing: Thing, text: str) -> None:
        words = f"Note {self.chance.randrange(10**6)}"
        if self.apps.put(user, thing.ref, changed(text, Edit(notes=words)), ("If-Match", thing.mark)):
            self.notes[user, kind, thing.uid] = words

    def _delete(self, user: str, kind: str, thing: Thing) -> None:
        identity = thing.identity
        assert identity is not None
        name = (identity.task, identity.occurrence)
        gone = sum(place == (user, kind) for place in self.deleted.values())
        if gone < DELETIONS and (*name, user) not in self.ticks and self.apps.delete(user, thing):
            self.deleted[name] = (user, kind)
            self.notes.pop((user, kind, thing.uid), None)

    def _moves(self, thing: Thing) -> bool:
        return thing.identity is None or thing.identity.task.partition(".")[0] == MOVING

    def _foreign_in(self, user: str, kind: str) -> str:
        return "".join(
            f"{thing.mark}\n{text}" for thing, text in self.apps.things(user, kind) if thing.uid == FOREIGN
        )
