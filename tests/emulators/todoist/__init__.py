"""Todoist on loopback: API v1 with its sync endpoint, stateful and strict, and the person who uses it.

`app` is what goes on the stage, `person` what a human does in Todoist's app. What it answers is checked
against the models of Todoist's own SDK (`models`); what it does not know it refuses, in Todoist's words
(`errors`).
"""

from tests.emulators.todoist.account import Account, Limits
from tests.emulators.todoist.app import Knobs, Todoist
from tests.emulators.todoist.person import Person

__all__ = ["Account", "Knobs", "Limits", "Person", "Todoist"]
