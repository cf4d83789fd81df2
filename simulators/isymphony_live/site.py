"""What every part of the server works with: the office, the settings, the time, chance, and who is told."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulators.timers import Timers

if TYPE_CHECKING:
    from collections.abc import Callable
    import random

    from .office import Extension, Office, User
    from .settings import Settings


@dataclass(slots=True)
class Site:
    """A running server's common ground."""

    office: Office
    settings: Settings
    clock: Callable[[], float]
    rng: random.Random
    timers: Timers = field(default_factory=Timers)

    def is_full(self, user: User | None) -> bool:
        """Whether a user is licensed; without a licence nobody is."""
        return user is not None and user.is_licensed and self.settings.is_licensed

    def is_told_of(self, extension: Extension) -> bool:
        """Whether an extension is in lists: unless it is that of a user without a licence."""
        if extension.user is None:
            return self.settings.is_licensed and self.settings.lists_free_extensions
        return self.is_full(extension.user)
