"""CalDAV (RFC 4791): calendars and to-do lists on any server that speaks it.

`connector` is what the entry point names. Pure are `codec` and what it is made of (`resource`, `states`,
`series`, `times`, `texts`, `zones`, `limits`), and `bodies` and `multistatus`. `transport` is the only module
that touches the network, and `wire` the only one that imports the `caldav` library, which happens with the
first request.
"""

from connectors.caldav.connector import CalDAV

__all__ = ["CalDAV"]
