"""Google Tasks, by version 1 of its API.

`connector` is what the entry point names. Pure are `codec` (tasks and items), `images`, `revisions`,
`cursors`, `trouble` and `steps` (what an operation sends, and what its answer means). `calls` are the calls
that are made, all through `connectors.google.service`. `listing` reads lists, `reading` single tasks,
`writing` sends. `shelf` is what is remembered of a list between calls; losing it costs requests and no more.
"""

from connectors.google_tasks.connector import GoogleTasks

__all__ = ["GoogleTasks"]
