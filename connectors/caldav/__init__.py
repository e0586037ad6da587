"""CalDAV (RFC 4791): calendars and to-do lists on any server that speaks it.

`connector` is what the entry point names. `codec`, `zones`, `todo_dates`, `limits`, `bodies` and
`multistatus` are pure; `transport` is the only module that touches the network, and `wire` the only one
that imports the `caldav` library, which happens with the first request and not before.
"""

from connectors.caldav.connector import CalDAV

__all__ = ["CalDAV"]
