"""Todoist (API v1): projects as to-do lists, by its sync endpoint.

`connector` is what the entry point names. Pure are `codec` and `dues` (items there and back), `commands` and
`sections` (what is sent), `packets` (in which request), `steps` (what became of it), `edge` (what of an
answer is kept) and `board` (what is known of a project). `reading`, `planning` and `writing` decide what is
asked, `history` and `activity` what is asked of the past; `transport` alone sends it, and `wire` alone
imports Todoist's SDK and the HTTP library, which happens with the first request.
"""

from connectors.todoist.connector import Todoist

__all__ = ["Todoist"]
