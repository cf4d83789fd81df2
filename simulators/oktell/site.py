"""What every part of the server works with: the office, the settings, the time, and chance."""

from dataclasses import dataclass, field
import random
from typing import TYPE_CHECKING
from uuid import UUID

from simulators.guids import new_guid
from simulators.timers import Timers

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from .office import Office
    from .settings import Settings
    from .states import States

NO_ID = str(UUID(int=0))


@dataclass(slots=True)
class Site:
    """A running server's common ground."""

    office: Office
    settings: Settings
    states: States
    clock: Callable[[], float]
    rng: random.Random
    timers: Timers = field(default_factory=Timers)

    def later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something in so many seconds."""
        return self.timers.later(seconds, act)

    def guid(self) -> str:
        """Return a new GUID."""
        return new_guid(self.rng)
