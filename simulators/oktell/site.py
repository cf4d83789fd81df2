"""What every part of the server works with: the office, the settings, the time, and chance."""

import asyncio
from dataclasses import dataclass, field
import random
from typing import TYPE_CHECKING
from uuid import UUID

from simulators.guids import new_guid

if TYPE_CHECKING:
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
    timers: set[asyncio.TimerHandle] = field(default_factory=set)

    def later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something in so many seconds."""

        def turn() -> None:
            self.timers.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, turn)
        self.timers.add(handle)
        return handle

    def stop_timers(self) -> None:
        """Let nothing happen later any more."""
        for handle in self.timers:
            handle.cancel()
        self.timers.clear()

    def guid(self) -> str:
        """Return a new GUID."""
        return new_guid(self.rng)
