"""What clients have sent, for tests to look at."""

from collections import deque
from typing import Any

LIMIT = 10_000  # requests kept

type Entry = dict[str, Any]


class RequestLog:
    """The latest requests and messages."""

    def __init__(self) -> None:
        self.total = 0
        self.meaningless = 0  # messages that were none
        self._kept: deque[tuple[str, Entry]] = deque(maxlen=LIMIT)
        self._taken = 0

    def note(self, name: str, entry: Entry) -> Entry:
        """Note a request; the entry is returned, for what is learnt of it later."""
        self.total += 1
        self._kept.append((name, entry))
        return entry

    def take(self, starting: str = "") -> tuple[list[Entry], int]:
        """Hand out what came since the last time, and how much more came than is kept.

        `starting` is what a request's name begins with.
        """
        missed = max(0, self.total - self._taken - LIMIT)
        entries = [entry for name, entry in self._kept if name.startswith(starting)]
        self._taken = self.total
        self._kept.clear()
        return entries, missed
