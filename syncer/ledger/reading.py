"""What the audit reads: completed occurrences, tenures and standing bundles, as streams."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, and_, distinct, func, select

from syncer.core.fold import Progress
from syncer.core.load import Carried, Held, Standing, Window
from syncer.core.model import BundleState, Category, Effort
from syncer.ledger import tables


def carried(connection: Connection, household: str, window: Window) -> Iterator[Carried]:
    """The occurrences completed in a window, counted by task, owner then and doer.

    The database counts: a million completions come to a few hundred rows. Tasks are joined after that,
    because their effort is JSON, which PostgreSQL groups by only where it is `jsonb`.
    """
    done, task, bundle = tables.occurrence, tables.task, tables.bundle
    alike = (done.c.task, done.c.owner, done.c.doer)
    counted = (
        select(*alike, func.max(done.c.resolved_at).label("last"), func.count().label("times"))
        .where(
            done.c.household == household,
            done.c.progress == str(Progress.DONE),
            done.c.resolved_at >= window.start,
            done.c.resolved_at < window.end,
        )
        .group_by(*alike)
        .subquery()
    )
    query = (
        select(
            bundle.c.id,
            bundle.c.category,
            bundle.c.weight,
            bundle.c.unpredictability,
            bundle.c.deadline,
            task.c.effort,
            counted.c.owner,
            counted.c.doer,
            counted.c.last,
            counted.c.times,
        )
        .select_from(counted)
        .join(task, and_(task.c.household == household, task.c.id == counted.c.task))
        .join(bundle, and_(bundle.c.household == household, bundle.c.id == task.c.bundle))
    )
    for row in connection.execution_options(yield_per=1000).execute(query):
        id, category, weight, unpredictability, deadline, effort, owner, doer, last, times = row
        yield Carried(
            id,
            Category(category),
            weight,
            unpredictability,
            deadline,
            Effort(**effort),
            owner,
            doer,
            last,
            times,
        )


def held(connection: Connection, household: str) -> Iterator[Held]:
    """Every tenure, unclipped."""
    tenure, bundle = tables.tenure, tables.bundle
    query = (
        select(
            tenure.c.bundle,
            bundle.c.category,
            bundle.c.weight,
            tenure.c.owner,
            tenure.c.since,
            tenure.c.until,
        )
        .join(bundle, and_(bundle.c.household == tenure.c.household, bundle.c.id == tenure.c.bundle))
        .where(tenure.c.household == household)
        .order_by(tenure.c.since)
    )
    for id, category, weight, owner, since, until in connection.execute(query):
        yield Held(id, Category(category), weight, owner, since, until)


def bundles_standing(connection: Connection, household: str) -> Iterator[Standing]:
    """Every active bundle, with how many of its tasks stand open in an app.

    Tasks, not items: a calendar shows four weeks of one and a list a single item, which is no difference
    of load.
    """
    bundle, task, there, state = tables.bundle, tables.task, tables.projection, tables.occurrence
    is_state = and_(
        state.c.household == there.c.household,
        state.c.task == there.c.task,
        state.c.key == there.c.occurrence,
    )
    query = (
        select(task.c.bundle, func.count(distinct(there.c.task)))
        .select_from(there)
        .join(task, and_(task.c.household == there.c.household, task.c.id == there.c.task))
        .outerjoin(state, is_state)
        .where(there.c.household == household, there.c.ended.is_(None), there.c.ref != "")
        .where(func.coalesce(state.c.progress, str(Progress.OPEN)) == str(Progress.OPEN))
        .group_by(task.c.bundle)
    )
    open_: dict[str, int] = {row[0]: row[1] for row in connection.execute(query)}
    active = select(bundle).where(bundle.c.household == household, bundle.c.state == str(BundleState.ACTIVE))
    for row in connection.execute(active.order_by(bundle.c.id)).mappings():
        yield Standing(
            row["id"], row["title"], Category(row["category"]), row["owner"], open_.get(row["id"], 0)
        )
