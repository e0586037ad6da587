"""Planted: what goes wrong around sending, from the intent to the acknowledgement."""

from __future__ import annotations

from tests.prove.bug import Bug, Change

APPLY, ONEPASS = "engine/apply.py", "engine/onepass.py"

BUGS = (
    Bug(
        "no-intent",
        "Operations are sent without having been written down.",
        "I8",
        (
            Change(
                APPLY,
                "        named = self._intend(steps, turn, images)\n",
                "        named = [\n"
                "            (-n, replace(s, operation=replace(s.operation, token=f'{self.run}/{n}')))\n"
                "            for n, s in enumerate(steps, 1)\n"
                "        ]\n",
            ),
        ),
    ),
    Bug(
        "conflict-as-success",
        "A 412 is taken as done.",
        "I12",
        (
            Change(
                APPLY,
                "                applied.conflicts.append(step.identity)\n",
                "                applied.changed += 1\n",
            ),
        ),
    ),
    Bug(
        "overwrite-after-conflict",
        "After a 412 the same is sent again at the new revision, and nothing is merged.",
        "I12",
        (
            Change(
                ONEPASS,
                "        what = self._absorb(again, binding)\n",
                "        read = {s.identity.plain: s.revision for s in sights}\n"
                "        if read:\n"
                "            self._turns[spoke] = binding.turn\n"
                "            return [\n"
                "                replace(s, operation=replace(s.operation, revision=r))\n"
                "                for s in self._reports[spoke].steps\n"
                "                if (r := read.get(s.identity.plain)) and hasattr(s.operation, 'revision')\n"
                "            ]\n"
                "        what = self._absorb(again, binding)\n",
            ),
        ),
        first=326,
    ),
    Bug(
        "unsure-is-counted",
        "A write whose answer was lost is reported as done.",
        "I19",
        (Change(APPLY, "            applied.unsure += 1\n", "            applied.changed += 1\n"),),
    ),
    Bug(
        "unsure-is-written-off",
        "A write whose answer was lost is taken as never done.",
        "I13",
        (
            Change(
                APPLY,
                "            applied.unsure += 1\n",
                "            applied.unsure += 1\n"
                "            with self.ledger.write() as connection:\n"
                "                intents.settle(connection, [number], Outcome.ABSENT, self.clock())\n",
            ),
        ),
        first=73,
    ),
    Bug(
        "base-is-what-was-meant",
        "The base is what was sent, not what the provider made of it.",
        "I7",
        (
            Change(
                "core/writing.py",
                "    canon = canonical(item, step.ours.title)\n",
                "    canon = step.ours\n",
            ),
        ),
        first=70,
    ),
    Bug(
        "base-before-the-answer",
        "The base is recorded with the intent, before the provider acknowledged anything.",
        "I13",
        (
            Change(
                APPLY,
                "            return intents.intend(\n",
                "            meant = [\n"
                "                replace(s.known, ours=s.ours, base=s.ours)\n"
                "                for s in steps\n"
                "                if type(s.operation).__name__ == 'Update' and s.known and s.ours\n"
                "            ]\n"
                "            projections.keep(connection, self.household, self.spoke, meant)\n"
                "            return intents.intend(\n",
            ),
        ),
        first=193,
    ),
    Bug(
        "no-generations",
        "An id that was used up is tried again and again.",
        "I6",
        (
            Change(
                ONEPASS,
                "                spent = projections.generations(connection, self._id, spoke, new)\n",
                "                spent = {}\n",
            ),
        ),
        first=173,
    ),
    Bug(
        "holder-not-asked",
        "What another daemon is just sending is looked up and sent beside it.",
        "I20",
        (Change("engine/firsthalf.py", "if self._held_elsewhere(unsettled):", "if False:"),),
        first=133,
    ),
)
