"""Looks at whoever is busy, again and again, until it is seen what for.

A server tells of everybody only that somebody is busy, and some say so while the telephone still rings: who
is looked at once may not be in a call yet. So the looks go on, with growing pauses, until one has seen all
that there is to see, or until somebody says that there is nothing to look for any more.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

# Seconds before each look; the last of them before all further ones. The first lets the line settle.
PAUSES = (0.7, 2.0, 4.0, 8.0, 15.0, 30.0)
# Looks that are under way at once: fewer than the requests that may be, so that no command waits for them.
AT_ONCE = 2
# Seconds for which each of these keeps others waiting, so that no flood of busy users floods the server.
APART = 0.2
# Who is looked at in one time; who is too many is passed over.
MOST = 2_000
# Seconds that the ends of pauses are apart at least: of many there are only as many timers as that makes.
_TOGETHER = 0.05

# Whose pause it is, and which of them.
type _Pause = tuple[str, int]


class Looks:
    """Looks at users, each in turns of its own.

    Args:
        look: looks at a user once; tells whether that was all.
    """

    def __init__(self, look: Callable[[str], Awaitable[bool]]) -> None:
        self._look = look
        self._turns = asyncio.Semaphore(AT_ONCE)
        # Of each user the pause, or the look.
        self._steps: dict[str, _Pause | asyncio.Task[None]] = {}
        self._lines: dict[float, _Line] = {}

    def begin(self, user_id: str) -> None:
        """Look at a user from now on; who is looked at already stays so."""
        if user_id not in self._steps and len(self._steps) < MOST:
            self._pause(user_id, 0)

    def end(self, user_id: str) -> None:
        """Look at a user no more."""
        step = self._steps.pop(user_id, None)
        if isinstance(step, asyncio.Task):
            step.cancel()

    def stop(self) -> None:
        """Look at nobody any more."""
        for user_id in tuple(self._steps):
            self.end(user_id)
        for line in self._lines.values():
            line.clear()

    @property
    def users(self) -> tuple[str, ...]:
        """Who is looked at."""
        return tuple(self._steps)

    def _pause(self, user_id: str, position: int) -> None:
        seconds = PAUSES[position] if position < len(PAUSES) else PAUSES[-1]
        line = self._lines.get(seconds)
        if line is None:
            line = self._lines[seconds] = _Line(seconds, self._pause_is_over)
        pause = self._steps[user_id] = (user_id, position)
        line.join(pause)

    def _pause_is_over(self, pause: _Pause) -> None:
        user_id, position = pause
        if self._steps.get(user_id) is pause:  # nobody has ended it since
            self._steps[user_id] = asyncio.create_task(
                self._look_once(user_id, position), name="office_cti look"
            )

    async def _look_once(self, user_id: str, position: int) -> None:
        async with self._turns:
            was_all = await self._look(user_id)
            await asyncio.sleep(APART)
        if was_all:
            del self._steps[user_id]
        else:
            self._pause(user_id, position + 1)


class _Line:
    """Pauses of one length: who came first is done first, so one timer is enough for all of them.

    Most pauses are given up before they end. To begin and give up a timer for each is what would take the
    most time of all that a busy user makes us do.
    """

    def __init__(self, seconds: float, on_over: Callable[[_Pause], None]) -> None:
        self._seconds = seconds
        self._on_over = on_over
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[float, _Pause]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def join(self, pause: _Pause) -> None:
        """Begin a pause."""
        end = self._loop.time() + self._seconds
        self._waiting.append((end, pause))
        if self._timer is None:
            self._timer = self._loop.call_at(end, self._take)

    def clear(self) -> None:
        """Forget all pauses."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take(self) -> None:
        now = self._loop.time()
        self._timer = None
        while self._waiting and self._waiting[0][0] <= now:
            self._on_over(self._waiting.popleft()[1])
        if self._waiting and self._timer is None:
            end = max(self._waiting[0][0], now + _TOGETHER)
            self._timer = self._loop.call_at(end, self._take)
