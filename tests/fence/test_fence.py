"""Whatever a stranger's connector does, the rest goes on, and it too once it is mended."""

from __future__ import annotations

import math

import pytest

from syncer.connector import (
    CollectionGone,
    Conflict,
    ConnectorError,
    Context,
    CredentialsDead,
    CursorExpired,
    IdSpent,
    ProviderGone,
    Refused,
    Retry,
    Settings,
)
from syncer.core.identity import read_uid
from syncer.engine.cycle import Line
from syncer.fence import fenced
from tests.fence.rogue import METHODS, SECRET, Rogue, Way, ways
from tests.home import BERLIN, BINS, HOUSE, Home

CALLED = ("__init__", *METHODS, "server_time", "capabilities", "address", "user", "close")
CLOSED_SET = (Conflict, CollectionGone, CursorExpired, CredentialsDead, IdSpent, ProviderGone, Refused, Retry)


class Strange(Home):
    """The household, in which Ben's account is a rogue's."""

    def __post_init__(self) -> None:
        super().__post_init__()
        there = self.providers["ben"]

        class Ours(Rogue):
            at = there

        self.rogue = Ours
        self.context = Context(BERLIN, lambda: SECRET, lambda text: read_uid(text, HOUSE.id) is not None)
        self.turn("", None)

    def turn(self, method: str, way: Way | None) -> None:
        """Let one method go wrong from now on, or none; the connector is made anew, as after a start."""
        self.rogue.wrong = (method, way) if way is not None else None
        self.connector = fenced(self.rogue, "rogue")(Settings(), self.context)
        self.lines = [
            line if line.spoke.account == "ada" else Line(line.spoke, self.connector) for line in self.lines
        ]
        self.restart()


def standing(home: Home) -> dict[str, list[str]]:
    """What stands in every collection; what stands there twice is there twice."""
    return {
        f"{who}{ref}": sorted(item.uid for _, item in shelf.items.values())
        for who, provider in home.providers.items()
        for ref, shelf in provider.shelves.items()
    }


def undisturbed() -> list[dict[str, list[str]]]:
    """What stands where without a rogue: at first, with the bins in Ben's hands, and back in Ada's."""
    home, found = Home(), []
    for owner in ("ada", "ben", "ada"):
        home.give(BINS, owner)
        home.run()
        found.append(standing(home))
    return found


def told_well(error: object) -> bool:
    """Whether an error is none, or one that the daemon and a person can do something with."""
    text = str(error)
    if len(text) > 1000 or SECRET in text or "\x1b" in text:
        return False
    if isinstance(error, Retry):
        return 0 <= (error.after or 0) < math.inf
    return error is None or type(error) in (*CLOSED_SET, ConnectorError)


@pytest.mark.parametrize("method", CALLED)
def test_the_rest_goes_on_and_it_too_once_it_is_mended(method: str) -> None:
    first, given, back = undisturbed()
    home = Strange()
    for what, way in ways(method).items():
        if "collection" in method:
            home = Strange()  # nobody asks again where the collections are
        else:
            home.run()
            assert standing(home) == first == back
        home.turn(method, way)
        home.give(BINS, "ben")  # so that there is something to send, and to look up later
        for _ in range(2):
            for one in home.run().spokes:
                error = one.error or one.applied.error
                assert told_well(error), (what, error)
                assert error is None or one.spoke.account == "ben", (what, one.spoke, error)
        home.turn(method, None)
        home.run()
        report = home.run()
        assert report.ok and standing(home) == given, (what, report)
        home.give(BINS, "ada")
        report = home.run()
        assert report.ok and standing(home) == back, (what, report)
        assert home.kinds() == [], f"nothing was done, and nobody skipped anything: {what}"
