"""An interruption's grace period: what is back in a moment has not been away."""

import asyncio
from collections.abc import Callable


class Grace:
    """Tells when an interruption has lasted too long.

    Args:
        period: how long (seconds) it may last.
        on_over: called when it has lasted longer.
    """

    def __init__(self, period: float, on_over: Callable[[], None]) -> None:
        self._period = period
        self._on_over = on_over
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_running(self) -> bool:
        """Whether there is an interruption that has not lasted too long yet."""
        return self._timer is not None

    def begin(self) -> None:
        """An interruption begins."""
        self._timer = asyncio.get_running_loop().call_later(self._period, self._is_over)

    def end(self) -> None:
        """It has ended, or nobody wants to know any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _is_over(self) -> None:
        self._timer = None
        self._on_over()
