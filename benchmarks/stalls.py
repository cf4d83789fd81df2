"""How long the event loop stands still: the longest of its turns.

A task asks for the next turn again and again; what lies between two of them is one turn, with all that
others did in it. Home Assistant leaves the garbage collector as Python starts it, and so do we here;
how long it held the loop up is told apart, for it goes through all that is in the process, whoever
made it, and it may run in another thread (the recorder's) and hold the loop up from there.

Beside the time on the clock stands what the loop's own thread worked in a turn: the rest of the turn it
waited, for another thread or for a processor.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import gc
import threading
import time
from typing import Literal


@dataclass(slots=True)
class Stalls:
    """The longest of what was seen, in seconds."""

    longest: float = 0.0
    longest_without_collector: float = 0.0
    longest_work: float = 0.0
    longest_collection: float = 0.0
    _thread: int = field(default_factory=threading.get_ident)
    _collected: float = 0.0
    _collecting_since: float | None = None
    # The same, of what the loop's thread worked for it.
    _collected_work: float = 0.0
    _collecting_work_since: float = 0.0

    def collected(self, phase: Literal["start", "stop"], _info: dict[str, int]) -> None:
        """Take note of the garbage collector's work; this is what it calls."""
        now = time.perf_counter()
        is_here = threading.get_ident() == self._thread
        if phase == "start":
            self._collecting_since = now
            if is_here:
                self._collecting_work_since = time.thread_time()
        elif self._collecting_since is not None:
            spent = now - self._collecting_since
            self._collecting_since = None
            self._collected += spent
            self.longest_collection = max(self.longest_collection, spent)
            if is_here:
                self._collected_work += time.thread_time() - self._collecting_work_since

    def _now(self) -> tuple[float, float, float]:
        """Return the time on the clock, the same without the collector's, and the thread's work."""
        now = time.perf_counter()
        since = self._collecting_since
        collected = self._collected + (0.0 if since is None else now - since)
        return now, now - collected, time.thread_time() - self._collected_work

    async def watch(self) -> None:
        """Measure turn after turn, until cancelled."""
        before = self._now()
        while True:
            await asyncio.sleep(0)
            after = self._now()
            self.longest = max(self.longest, after[0] - before[0])
            self.longest_without_collector = max(
                self.longest_without_collector, after[1] - before[1]
            )
            self.longest_work = max(self.longest_work, after[2] - before[2])
            before = after


@asynccontextmanager
async def watched() -> AsyncGenerator[Stalls]:
    """Watch the event loop while the block runs."""
    stalls = Stalls()
    gc.callbacks.append(stalls.collected)
    task = asyncio.create_task(stalls.watch())
    try:
        yield stalls
        await asyncio.sleep(0)  # the turn in which the block ended counts, too
    finally:
        task.cancel()
        gc.callbacks.remove(stalls.collected)
