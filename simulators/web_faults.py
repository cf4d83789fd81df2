"""What can go wrong on purpose with HTTP and web-sockets, beside what can with any connection.

`garbage` and `half_line` concern web-sockets alone: nothing unasked comes over HTTP. `status` and
`late` concern the next HTTP requests; `error` is status 500 there, and `lost` no answer at all.
"""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, override

from aiohttp import web

from .faults import GARBAGE_LIMIT, Faults, starts_so
from .operations import OperationError, positive
from .text_frames import text_frame

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    import random

    from .faults import Specimens
    from .operations import Answer
    from .seam import Wire
    from .tcp import Listener

_LETTERS = 'abcxyzАБВэюя[]{}",:0159 \t\\é漢🎈'  # noqa: RUF001 - in three scripts
_LONGEST_TEXT = 2_000  # letters


@dataclass(slots=True)
class _HttpFault:
    """What happens to the next HTTP requests."""

    count: int
    command: str  # only commands that start so
    status: int = 0  # 0: the proper answer
    text: str = ""
    seconds: float | None = 0.0  # None: until no fault is left
    stale: bool = False  # whether the answer is of before the wait


class WebFaults(Faults):
    """The faults of one server."""

    def __init__(self, listener: Listener, specimens: Specimens, rng: random.Random) -> None:
        super().__init__(listener, specimens, rng)
        self._http_fault: _HttpFault | None = None
        self._ended = asyncio.Event()
        self._kinds |= {"raw": self.raw, "status": self.status, "late": self.late}

    @override
    async def none(self) -> Answer:
        self._http_fault = None
        self._ended.set()
        self._ended = asyncio.Event()
        return await super().none()

    @override
    def half_line(self) -> Answer:
        frame = self._specimens.true_line()
        sockets = self._websockets()
        for wire in sockets:
            wire.send(frame[: len(frame) // 2])
            wire.close()
        return {"connections": len(sockets)}

    @override
    def garbage(self, *, bytes: int = 65_536) -> Answer:
        frames = self._frames(bytes)
        for wire in self._websockets():
            wire.send(b"".join(frames))
        return {"lines": len(frames), "bytes": sum(map(len, frames))}

    def raw(self, *, bytes: int = 256) -> Answer:  # noqa: A002 - the option's name
        """Send about so many bytes over the web-socket that are no frames."""
        _check_size(bytes)
        sockets = self._websockets()
        for wire in sockets:
            # A frame of a reserved kind comes first: no client can take what follows for anything.
            wire.send(b"\xff" + self._rng.randbytes(bytes))
        return {"connections": len(sockets)}

    def status(self, *, code: int, count: int = 1, command: str = "", text: str = "") -> Answer:
        """Answer the next HTTP requests with a status."""
        positive("count", count)
        if not 400 <= code <= 599:
            raise OperationError("code must be 400 to 599")
        self._http_fault = _HttpFault(count, command, status=code, text=text)
        return {"count": count}

    def late(
        self,
        *,
        seconds: float | None = None,
        count: int = 1,
        command: str = "",
        stale: bool = False,
    ) -> Answer:
        """Answer the next HTTP requests properly, but late, or when there is no fault any more.

        The answer tells how things are then, or how they were when it was asked for (`stale`).
        """
        positive("count", count)
        if seconds is not None:
            positive("seconds", seconds)
        self._http_fault = _HttpFault(count, command, seconds=seconds, stale=stale)
        return {"count": count}

    async def meet(
        self, command: str, answer: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        """Answer an HTTP request, or let it meet its fault."""
        fault = self.take(command)
        if fault is not None and fault.error is not None:
            return web.Response(status=500, text=fault.error)
        if fault is not None:
            if fault.carried_out:
                await answer()
            await asyncio.Event().wait()  # until the client has had enough
        http = self._take_http(command)
        if http is None:
            return await answer()
        if http.status:
            return web.Response(status=http.status, text=http.text)
        stale = await answer() if http.stale else None
        await self._wait(http.seconds)
        return stale or await answer()

    def refusal(self, command: str) -> web.Response | None:
        """Return what a web-socket's handshake is answered instead, if its fault is a status."""
        if self._http_fault is None or not self._http_fault.status:
            return None
        fault = self._take_http(command)
        return None if fault is None else web.Response(status=fault.status, text=fault.text)

    async def _wait(self, seconds: float | None) -> None:
        if seconds is None:
            await self._ended.wait()
        else:
            await asyncio.sleep(seconds)

    def _take_http(self, command: str) -> _HttpFault | None:
        fault = self._http_fault
        if fault is None or not starts_so(command, fault.command):
            return None
        fault.count -= 1
        if fault.count == 0:
            self._http_fault = None
        return fault

    def _websockets(self) -> list[Wire]:
        wires = (cast("Wire", each) for each in self._listener.connections)
        return [wire for wire in wires if wire.is_websocket]

    def _frames(self, size: int) -> list[bytes]:
        """Return frames of random text, and what is malformed, shuffled."""
        _check_size(size)
        frames = self._specimens.malformed_lines()
        missing = size - sum(map(len, frames))
        while missing > 0:
            letters = self._rng.choices(_LETTERS, k=self._rng.randint(1, _LONGEST_TEXT))
            frames.append(text_frame("".join(letters).encode()))
            missing -= len(frames[-1])
        self._rng.shuffle(frames)
        return frames


def _check_size(size: int) -> None:
    if not 0 < size <= GARBAGE_LIMIT:
        raise OperationError(f"bytes must be above 0 and at most {GARBAGE_LIMIT}")
