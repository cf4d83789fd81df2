"""Looks at whoever is busy, again and again, until it is seen what for.

A server tells of everybody only that somebody is busy, and some say so while the telephone still rings: who
is looked at once may not be in a call yet. So the looks go on, with growing pauses, until one has seen all
that there is to see, or until somebody says that there is nothing to look for any more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat

# Seconds before each look; the last of them before all further ones. The first lets the line settle.
PAUSES = (0.7, 2.0, 4.0, 8.0, 15.0, 30.0)
# Looks that are under way at once: fewer than the requests that may be, so that no command waits for them.
AT_ONCE = 2
# Seconds for which each of these keeps others waiting, so that no flood of busy users floods the server.
APART = 0.1
# Who is looked at in one time; who is too many is passed over.
MOST = 2_000


class Looks:
    """Looks at users, each in turns of its own.

    Args:
        look: looks at a user once; tells whether that was all.
    """

    def __init__(self, look: Callable[[str], Awaitable[bool]]) -> None:
        self._look = look
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Of each user the pause, or the look.
        self._steps: dict[str, asyncio.TimerHandle | asyncio.Task[None]] = {}

    def begin(self, user_id: str) -> None:
        """Look at a user from now on; who is looked at already stays so."""
        if user_id not in self._steps and len(self._steps) < MOST:
            self._pause(user_id, chain(PAUSES, repeat(PAUSES[-1])))

    def end(self, user_id: str) -> None:
        """Look at a user no more."""
        if step := self._steps.pop(user_id, None):
            step.cancel()

    def stop(self) -> None:
        """Look at nobody any more."""
        for user_id in tuple(self._steps):
            self.end(user_id)

    @property
    def users(self) -> tuple[str, ...]:
        """Who is looked at."""
        return tuple(self._steps)

    def _pause(self, user_id: str, pauses: Iterator[float]) -> None:
        loop = asyncio.get_running_loop()
        self._steps[user_id] = loop.call_later(next(pauses), self._look_now, user_id, pauses)

    def _look_now(self, user_id: str, pauses: Iterator[float]) -> None:
        self._steps[user_id] = asyncio.create_task(
            self._look_once(user_id, pauses), name="office_cti look"
        )

    async def _look_once(self, user_id: str, pauses: Iterator[float]) -> None:
        async with self._turns:
            was_all = await self._look(user_id)
            await asyncio.sleep(APART)
        if was_all:
            del self._steps[user_id]
        else:
            self._pause(user_id, pauses)
