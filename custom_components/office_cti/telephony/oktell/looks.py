"""Looks at whoever is busy, again and again, until it is seen what for.

A server tells of everybody only that somebody is busy, and some say so while the telephone still rings: who
is looked at once may not be in a call yet. So the looks go on, with growing pauses, until one has seen all
that there is to see, or until somebody says that there is nothing to look for any more.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain, repeat

# Seconds before each look; the last of them before all further ones. The first lets the line settle.
PAUSES = (0.7, 2.0, 4.0, 8.0, 15.0, 30.0)
# Looks that are under way at once: fewer than the requests that may be, so that no command waits for them.
AT_ONCE = 2
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
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, user_id: str) -> None:
        """Look at a user from now on; who is looked at already stays so."""
        if user_id in self._tasks or len(self._tasks) >= MOST:
            return
        task = asyncio.create_task(self._look_again(user_id), name="office_cti look")
        self._tasks[user_id] = task
        task.add_done_callback(lambda _: self._forget(user_id, task))

    def end(self, user_id: str) -> None:
        """Look at a user no more."""
        if task := self._tasks.pop(user_id, None):
            task.cancel()

    def stop(self) -> None:
        """Look at nobody any more."""
        for user_id in tuple(self._tasks):
            self.end(user_id)

    @property
    def users(self) -> tuple[str, ...]:
        """Who is looked at."""
        return tuple(self._tasks)

    def _forget(self, user_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(user_id) is task:  # and not one that has been begun since
            del self._tasks[user_id]

    async def _look_again(self, user_id: str) -> None:
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            await asyncio.sleep(pause)
            async with self._turns:
                if await self._look(user_id):
                    return
