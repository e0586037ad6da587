"""What makes a pass doubt what it knows: a clock that jumped, an older ledger, a refused login, an answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, MutableMapping, Sequence

from syncer.connector import Connector, CredentialsDead, Retry
from syncer.core.model import Partner
from syncer.core.notice import Frozen, identity_of, is_answered
from syncer.core.spoke import Now, Spoke
from syncer.engine.observe import Look
from syncer.ledger import projections
from syncer.ledger.bindings import Hold
from syncer.ledger.store import Ledger

APART = dt.timedelta(hours=12)
"""How far a server's clock may be from ours. Zones set wrong make up to 14 hours, dead batteries years."""


class ClocksApart(Retry):
    """This computer's clock and the server's tell days that are not the same."""


def check_clock(
    connector: Connector,
    spoke: Spoke,
    now: dt.datetime,
    before: Mapping[str, dt.timedelta],
    apart: MutableMapping[str, dt.timedelta],
) -> None:
    """Raise ClocksApart where the two clocks differ much, and did not so in the pass `before`.

    `apart` takes down by how much they differ, by account. A jump that lasts for one pass (a board without a
    battery before it asked the network, a slip of a hand) must not let everything lapse; one that stays is
    taken as right, because the server's may be the wrong one.
    """
    told = connector.server_time()
    if told is None:
        return
    apart[spoke.account] = now - told
    if abs(now - told) <= APART:
        return
    known = before.get(spoke.account)
    if known is not None and abs(now - told - known) <= APART:
        return
    raise ClocksApart(
        f"this computer's clock and the server's are {_span(abs(now - told))} apart",
        subject=spoke.name,
        cure="Set the clock right. If it still differs in the next pass, this computer's counts",
    )


def note_clocks(doubted: MutableMapping[str, dt.timedelta], apart: Mapping[str, dt.timedelta]) -> None:
    """Remember for the next pass which clocks differ, and forget those that agree again."""
    for account, difference in apart.items():
        if abs(difference) > APART:
            doubted[account] = difference
        else:
            doubted.pop(account, None)


def note_logins(
    frozen: MutableMapping[str, Frozen],
    refused: Mapping[str, CredentialsDead],
    reached: Iterable[Spoke],
    partners: Mapping[str, Partner],
    now: Now,
) -> None:
    """Remember for the next pass which accounts' logins are refused, and since when; forget who is let in."""
    for spoke in reached:
        if spoke.account in refused:
            day = now.today(partners[spoke.partner])
            known = frozen.get(spoke.account)
            cure = refused[spoke.account].cure
            frozen[spoke.account] = Frozen(spoke.account, spoke.partner, known.day if known else day, cure)
        else:
            frozen.pop(spoke.account, None)


def _span(apart: dt.timedelta) -> str:
    hours = round(apart.total_seconds() / 3600)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def ledger_is_older(ledger: Ledger, household: str, looks: Sequence[Look]) -> bool:
    """Whether apps hold items of ours that this ledger never sent: it came back from a backup.

    Then what it misses in the apps may have been taken down by its own later self, and is put back instead of
    being taken as skipped.
    """
    strange = [(look.spoke, [i for i in look.strange if not i.reserved]) for look in looks if look.strange]
    if not any(identities for _, identities in strange):
        return False
    with ledger.read() as connection:
        return any(
            projections.strangers(connection, household, spoke, identities) for spoke, identities in strange
        )


def answers(looks: Sequence[Look], held: Mapping[str, Hold], spokes: Sequence[Spoke]) -> list[Spoke]:
    """The spokes whose held plan was answered with a tick on its notice, in an app of that same partner."""
    asked = {
        identity_of(spoke, held[spoke.name].number): spoke
        for spoke in spokes
        if spoke.name in held and held[spoke.name].answer is None
    }
    found: list[Spoke] = []
    for look in looks if asked else ():
        for sight in look.seen:
            spoke = asked.get(sight.identity.plain)
            if spoke is not None and spoke.partner == look.spoke.partner and is_answered(sight.item):
                found.append(spoke)
    return found
