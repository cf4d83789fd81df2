"""What happens by itself: a scenario that goes on until it is stopped, and bursts."""

import asyncio
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from .operations import positive

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

BATCH = 512  # events written at once in a burst
_BURST_TURN = 0.01  # seconds between two writes of a burst with a rate
_NOBODY_THERE = 1.0  # seconds between two looks into an empty office


class Scenario(StrEnum):
    """What happens by itself."""

    NONE = "none"
    OFFICE_DAY = "office-day"


class Player:
    """Plays one scenario at a time.

    `begin` makes an office day: what lets one thing happen, and tells whether there was anyone for it.
    """

    def __init__(self, begin: Callable[[], Callable[[], bool]]) -> None:
        self._begin = begin
        self._task: asyncio.Task[None] | None = None

    async def play(self, scenario: Scenario, rate: float) -> None:
        """Let a scenario begin, in place of the present one, at so many changes a second."""
        positive("rate", rate)
        await self.stop()
        if scenario is Scenario.OFFICE_DAY:
            self._task = asyncio.create_task(self._play_office_day(rate))

    async def stop(self) -> None:
        """Let nothing happen by itself any more."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _play_office_day(self, rate: float) -> None:
        go_on = self._begin()
        while True:
            happened = go_on()
            await asyncio.sleep(1 / rate if happened else _NOBODY_THERE)


async def burst(
    changes: Iterator[bool], count: int, rate: float | None, flushed: Callable[[], Awaitable[None]]
) -> int:
    """Let so many changes happen, at a rate or as fast as the sockets take it; return how many did."""
    batch_size = BATCH if rate is None else max(1, min(BATCH, round(rate * _BURST_TURN)))
    loop = asyncio.get_running_loop()
    start, done = loop.time(), 0
    while done < count:
        for _ in range(min(batch_size, count - done)):
            if not next(changes, False):
                return done
            done += 1
        await flushed()
        await asyncio.sleep(0 if rate is None else max(0, start + done / rate - loop.time()))
    return done
