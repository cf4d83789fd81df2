"""What happens later, unless the server stops before."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Timers:
    """All that is yet to happen."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def later(self, seconds: float, act: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something in so many seconds."""

        def turn() -> None:
            self._handles.discard(handle)
            act()

        handle = asyncio.get_running_loop().call_later(seconds, turn)
        self._handles.add(handle)
        return handle

    def cancel(self, handle: asyncio.TimerHandle) -> None:
        """Do one thing not."""
        handle.cancel()
        self._handles.discard(handle)

    def stop(self) -> None:
        """Let nothing happen later any more."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()
