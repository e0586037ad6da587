"""Planted: what goes wrong around looking, from the listing to what it proves."""

from __future__ import annotations

from tests.prove.bug import Bug, Change

OBSERVE, FIRST = "engine/observe.py", "engine/firsthalf.py"
AGAIN = "    return list(dict.fromkeys([*unsure, *stale, *aside]))\n"

BUGS = (
    Bug(
        "open-intents-forgotten",
        "After a crash nobody looks what became of the operations that were under way.",
        "I3",
        (
            Change(
                FIRST,
                "            unsettled = self._start.intents.get(spoke.name, [])\n",
                "            unsettled = []\n",
            ),
        ),
    ),
    Bug(
        "absence-not-confirmed",
        "What a listing does not name is gone, and nobody looks again.",
        "I10",
        (
            Change(
                OBSERVE,
                "    found.confirm(connector, collection, absent, whole=full)\n",
                "    found.gone += [i for i, place in memory.known.items() if place.ref in absent]\n",
            ),
        ),
    ),
    Bug(
        "failed-read-is-empty",
        "A listing that failed reads as a collection without items, and what it lacks is gone.",
        "I10",
        (
            Change(
                OBSERVE,
                "        return connector.pull(collection, None, known)\n\n\ndef _is_another",
                "        return connector.pull(collection, None, known)\n"
                "    except Retry:\n"
                "        return Listing(Scope.COMPLETE)\n\n\ndef _is_another",
            ),
            Change(
                OBSERVE,
                "    found.confirm(connector, collection, absent, whole=full)\n",
                "    found.gone += [i for i, place in memory.known.items() if place.ref in absent]\n",
            ),
        ),
    ),
    Bug(
        "moved-is-deleted",
        "An item that its app moved to another address counts as deleted.",
        "I10",
        (Change("engine/found.py", "        if whole and lost:\n", "        if False:\n"),),
        first=173,
    ),
    Bug(
        "expired-cursor-swallowed",
        "An expired cursor reads as: nothing has changed.",
        "I11",
        (
            Change(
                OBSERVE,
                "        return connector.pull(collection, None, known)\n\n\ndef _is_another",
                "        return Listing(Scope.CHANGES, cursor=cursor)\n\n\ndef _is_another",
            ),
        ),
    ),
    Bug(
        "cursor-before-the-facts",
        "The cursor is committed before what was read up to it.",
        "I10",
        (
            Change(
                FIRST,
                "        with self._ledger.write() as connection:\n            absorbed = absorb(",
                "        with self._ledger.write() as connection:\n"
                "            early = replace(look.binding, turn=look.turn)\n"
                "            bindings.bind(connection, self._id, spoke, early)\n"
                "        with self._ledger.write() as connection:\n            absorbed = absorb(",
            ),
        ),
        first=53,
    ),
    Bug(
        "cursor-goes-on-while-held",
        "While a plan waits, the cursor goes on past what it waits for.",
        "I15",
        (
            Change(
                "engine/absorb.py",
                "title=look.binding.title) if held else look.binding",
                "title=look.binding.title) if False else look.binding",
            ),
        ),
    ),
    Bug(
        "old-backup-believed",
        "What a ledger from a backup misses in the apps counts as deleted by its owner.",
        "I20",
        (Change(FIRST, "        if older:\n", "        if False:\n"),),
        first=272,
    ),
)
