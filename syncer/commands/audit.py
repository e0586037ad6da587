"""`evenhold audit`: the ledger's read views, streamed into the audit's arithmetic."""

from __future__ import annotations

from syncer import clock
from syncer.app import App
from syncer.core.audit import Report, audit
from syncer.core.load import Window
from syncer.ledger import reading


def audit_now(app: App) -> Report:
    """The audit of the last four weeks."""
    window = Window.before(clock.now())
    household = app.config.household
    with app.ledger.read() as connection:
        return audit(
            reading.carried(connection, household.id, window),
            reading.held(connection, household.id),
            reading.bundles_standing(connection, household.id),
            window,
            household.partners.values(),
        )
