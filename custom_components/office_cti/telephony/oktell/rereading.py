"""Reads again, from time to time, what a server does not push: who its users are, and what they are called.

Somebody who is not known may turn up in what it does push; then it is read sooner, though never without end:
a server may speak of what it never lists.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
import logging

from ..system import TelephonyError

_LOGGER = logging.getLogger(__name__)

# Seconds from one reading to the next, where nobody asks for it, and where somebody does.
INTERVAL = 600.0
SOONEST = 60.0
# Seconds in which others may turn up, for who comes rarely comes alone.
SETTLING = 2.0


class Rereading:
    """Reads again and again, from when it is started until it is stopped.

    Args:
        read: reads everything once.
    """

    def __init__(self, read: Callable[[], Awaitable[None]]) -> None:
        self._read = read
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read again from now on; everything has just been read."""
        self.stop()
        self._wanted.clear()
        self._task = asyncio.create_task(self._go_on(), name="office_cti rereading")

    def soon(self) -> None:
        """Read as soon as may be."""
        self._wanted.set()

    def stop(self) -> None:
        """Read no more."""
        if self._task:
            self._task.cancel()
            self._task = None

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(SOONEST)
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL - SOONEST):
                    await self._wanted.wait()
            await asyncio.sleep(SETTLING)
            self._wanted.clear()
            try:
                await self._read()
            except TelephonyError as error:
                _LOGGER.debug("The users could not be read again: %s", error)
