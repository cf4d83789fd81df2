"""A flood is taken in at the pace at which Home Assistant's dashboards can follow.

A dashboard that 4,096 messages wait for is cut off by Home Assistant. So what arrives faster is left
with the server for a moment: reading is paused, and TCP holds the sender back. We may be a moment ahead
of the pace, so what is less than a flood is never held up.
"""

import asyncio

# Seconds per event, and how far ahead of that pace (seconds) we may be.
_PACE = 1 / 5_000
_AHEAD_MOST = 0.05


class Pacer:
    """Pauses a transport's reading when events come faster than they can be followed."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # When all events so far would have been taken in at the pace of a flood.
        self._due = loop.time()
        self._pause: asyncio.TimerHandle | None = None

    def took_in(self, events: int, transport: asyncio.Transport | None) -> None:
        """Note that so many events have just been taken in from this transport."""
        ahead = self.ahead(events)
        if ahead and transport:
            transport.pause_reading()
            self._pause = self._loop.call_later(ahead, transport.resume_reading)

    def ahead(self, events: int) -> float:
        """Note that so many have been taken in; return how long (seconds) nothing more should be."""
        now = self._loop.time()
        self._due = max(self._due, now) + events * _PACE
        ahead = self._due - now
        return ahead if ahead > _AHEAD_MOST else 0.0

    def stop(self) -> None:
        """Pause nothing any more."""
        if self._pause:
            self._pause.cancel()
            self._pause = None
