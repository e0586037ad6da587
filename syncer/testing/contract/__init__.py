"""The contract suite: what every connector must do, run by inheritance.

    from syncer.testing.contract import Contract, Harness

    class TestMine(Contract):
        @pytest.fixture
        def harness(self) -> Harness:
            return MyHarness()

`Contract` has all themes; each can be inherited by itself. The harness is the only thing to be written (see
`harness`, and README.md in `syncer.testing`). This package needs pytest, the rest of `syncer.testing` not.
"""

import pytest

# The asserts of these modules are explained as those of test files are; it must come before the imports.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{theme}"
        for theme in (
            "conditions",
            "declaring",
            "desk",
            "failures",
            "hostile",
            "reading",
            "repeating",
            "values",
            "writing",
        )
    )
)

from syncer.testing.contract.conditions import Conditions, Deleting, Undoing  # noqa: E402  see above
from syncer.testing.contract.declaring import Collecting, Declaring  # noqa: E402  see above
from syncer.testing.contract.failures import Failures, Honesty, Telling  # noqa: E402  see above
from syncer.testing.contract.harness import Faults, Harness, On, Trouble  # noqa: E402  see above
from syncer.testing.contract.hostile import Hostile  # noqa: E402  see above
from syncer.testing.contract.http import HttpFaults  # noqa: E402  see above
from syncer.testing.contract.reading import Listings, Reads, Strangers  # noqa: E402  see above
from syncer.testing.contract.repeating import Repeating  # noqa: E402  see above
from syncer.testing.contract.values import Values  # noqa: E402  see above
from syncer.testing.contract.writing import Creating, Pushing, Updating  # noqa: E402  see above

__all__ = [
    "Collecting",
    "Conditions",
    "Contract",
    "Creating",
    "Declaring",
    "Deleting",
    "Failures",
    "Faults",
    "Harness",
    "Honesty",
    "Hostile",
    "HttpFaults",
    "Listings",
    "On",
    "Pushing",
    "Reads",
    "Repeating",
    "Strangers",
    "Telling",
    "Trouble",
    "Undoing",
    "Updating",
    "Values",
]


class Contract(
    Declaring,
    Collecting,
    Listings,
    Reads,
    Strangers,
    Creating,
    Updating,
    Pushing,
    Values,
    Conditions,
    Deleting,
    Undoing,
    Failures,
    Honesty,
    Telling,
    Repeating,
    Hostile,
):
    """Everything that a connector must do. A subclass supplies the fixture `harness`."""
