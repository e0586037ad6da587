"""The classes that the registry hands out: a connector's own behind the fence, or one in its place.

What is not installed, or can't be used, has a class too: its accounts are in trouble and say why, and the
household goes on.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict

from syncer.connector import Capability, Connector, Context, Login, ProviderGone, Settings
from syncer.fence import values
from syncer.fence.connector import Fenced
from syncer.fence.errors import fence


def fenced(found: type[Connector], called: str) -> type[Connector]:
    """A connector's class behind the fence, under the name by which a household calls it."""

    class Behind(Fenced):
        name = called
        settings = found.settings
        capabilities = found.capabilities
        family = found.family

        def make(self, settings: Settings, context: Context) -> Connector:
            return found(settings, context)

        @classmethod
        def login(cls, settings: Settings) -> Login:
            with fence(called):
                return values.only(found.login(settings), Login)

    Behind.__name__, Behind.__qualname__, Behind.__doc__ = found.__name__, found.__qualname__, found.__doc__
    return Behind


class AnySettings(Settings):
    """The settings of a connector that can't be used: nobody knows what they should be."""

    model_config: ClassVar[ConfigDict] = {"extra": "allow", "frozen": True}


def stand_in(called: str, condition: str, about: str, remedy: str) -> type[Connector]:
    """The class in the place of a connector that there is not; it says why when something is asked of it."""

    def missing() -> ProviderGone:
        return ProviderGone(condition, subject=about, cure=remedy)

    class Missing(Fenced):
        name = called
        settings = AnySettings
        capabilities = frozenset(Capability)

        def make(self, settings: Settings, context: Context) -> Connector:
            raise missing()

        @classmethod
        def login(cls, settings: Settings) -> Login:
            raise missing()

    return Missing
