"""What a person has to know before they give the token of a Todoist account. Pure; no request is made."""

from __future__ import annotations

from syncer.connector import Login
from syncer.core.model import Kind

LOGIN = Login(
    word="API token",
    advice=(
        "In Todoist: Settings, Integrations, Developer, Copy API token.",
        "It opens the whole account: whoever has it can read and change all of it.",
    ),
    kinds=frozenset({Kind.TODO}),
)
