"""The Google Tasks API, version 1, emulated: `GoogleTasks` answers the calls of its discovery document, and a
`Person` uses the same account in Google's own app.

`store` holds what accounts hold, `writing` takes fields in as the API does, `listing` filters and pages,
`app` has the calls, `person` the other side. Where the documentation says nothing, what was decided stands
beside the code, with who has seen it so.
"""

from tests.emulators.google_tasks.app import GoogleTasks
from tests.emulators.google_tasks.person import Person

__all__ = ["GoogleTasks", "Person"]
