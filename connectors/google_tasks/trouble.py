"""What a failed call on one task means, in the words for it. Pure; what Google's answers mean in general is
said in `connectors.google.errors`.
"""

from __future__ import annotations

from connectors.google import errors
from syncer.connector import CollectionGone, ConnectorError, Refused, Retry


def may_have_arrived(error: ConnectorError) -> bool:
    """Whether something may have been carried out: a limit or a missing connection says that it was not."""
    return isinstance(error, Retry) and not isinstance(error, errors.Limited | errors.Unreachable)


def told(error: ConnectorError) -> ConnectorError:
    """The error of a call on one task, in the words for it."""
    if isinstance(error, CollectionGone):
        return CollectionGone(
            "the list is not there", subject=error.subject, cure="Check that it still exists"
        )
    if type(error) is Refused and not error.cure:
        cure = "Shorten its title or notes, or delete it in the app"
        return Refused("Google can't take the item as it is", subject=error.subject, cure=cure)
    return error
