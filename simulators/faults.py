"""What can go wrong on purpose.

Some faults happen once (`drop`, `half_line`, `garbage`); some last for their `seconds` or until
`none` (`stall`, `slow`, `refuse`, `accept_and_close`), and a new one takes the place of the old;
and some wait for the next commands (`error`, `lost`). `none` ends them all.

The faults are the same for every system that talks in lines over TCP. What such a line looks like
is the system's affair: it lends `Specimens`.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
import logging
import re
from typing import TYPE_CHECKING, Protocol

from .operations import OperationError, perform, positive

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    import random

    from .operations import Answer, Operation
    from .tcp import Listener

logger = logging.getLogger(__name__)

GARBAGE_LIMIT = 64 * 1024 * 1024  # bytes
_LISTEN_AGAIN = 1.0  # seconds until the next try, should someone else hold the port
# No garbage line starts as a line of any protocol could, nor is one empty: that would be an answer.
_GARBAGE_STARTS = b"\x00\x01\x7f\x80\xc3\xe2\xf0\xfe\xff"


class Specimens(Protocol):
    """What a system lends to the faults."""

    def true_line(self) -> bytes:
        """Return a true line, its end included, that does not change the picture."""
        ...

    def malformed_lines(self) -> list[bytes]:
        """Return lines, ends included, that look like the protocol's and mean nothing."""
        ...


@dataclass(slots=True)
class CommandFault:
    """What happens to the next commands, in place of a proper answer."""

    count: int
    command: str  # only commands that start so; `*` is anything
    error: str | None  # None: no answer at all
    carried_out: bool


class Faults:
    """The faults of one listener."""

    def __init__(self, listener: Listener, specimens: Specimens, rng: random.Random) -> None:
        self._listener = listener
        self._specimens = specimens
        self._rng = rng
        self._command_fault: CommandFault | None = None
        self._ending: asyncio.Task[None] | None = None
        self._kinds: dict[str, Operation] = {
            "none": self.none,
            "drop": self.drop,
            "half_line": self.half_line,
            "garbage": self.garbage,
            "stall": self.stall,
            "slow": self.slow,
            "refuse": self.refuse,
            "accept_and_close": self.accept_and_close,
            "error": self.error,
            "lost": self.lost,
        }

    async def apply(self, *, kind: str, **options: object) -> Answer:
        """Make one fault happen; its options are the arguments of the method of that name."""
        return {"kind": kind} | await perform(self._kinds, "kind of fault", kind, options)

    async def close(self) -> None:
        """Forget about faults that have yet to end."""
        ending, self._ending = self._ending, None
        if ending is not None:
            ending.cancel()
            with suppress(asyncio.CancelledError):
                await ending

    def take(self, command: str) -> CommandFault | None:
        """Return the fault that this command meets, if any, and count it."""
        fault = self._command_fault
        if fault is None or not starts_so(command, fault.command):
            return None
        fault.count -= 1
        if fault.count == 0:
            self._command_fault = None
        return fault

    async def none(self) -> Answer:
        """End all faults."""
        self._command_fault = None
        await self.close()
        await self._recover()
        return {}

    def drop(self, *, how: str = "rst") -> Answer:
        """Drop all present connections, by RST or FIN."""
        return {"connections": self._listener.drop_all(reset=_is_reset(how))}

    def half_line(self) -> Answer:
        """Send one half of a line to everyone, and close."""
        line = self._specimens.true_line()
        for connection in self._listener.connections:
            connection.send(line[: len(line) // 2])
            connection.close()
        return {"connections": len(self._listener.connections)}

    def garbage(self, *, bytes: int = 65_536) -> Answer:  # noqa: A002 - the option's name
        """Send everyone about so many bytes of lines that mean nothing."""
        if not 0 < bytes <= GARBAGE_LIMIT:
            raise OperationError(f"bytes must be above 0 and at most {GARBAGE_LIMIT}")
        lines = self._garbage_lines(bytes)
        self._listener.broadcast(b"".join(lines))
        return {"lines": len(lines), "bytes": sum(map(len, lines))}

    async def stall(self, *, seconds: float | None = None) -> Answer:
        """Leave the sockets open, but read and send nothing."""
        return await self._last(seconds, lambda: self._listener.set_pace(0))

    async def slow(self, *, bytes_per_second: int = 100, seconds: float | None = None) -> Answer:
        """Let the bytes trickle."""
        positive("bytes_per_second", bytes_per_second)
        return await self._last(seconds, lambda: self._listener.set_pace(bytes_per_second))

    async def refuse(self, *, how: str = "fin", seconds: float | None = None) -> Answer:
        """Drop all connections and do not listen any more."""
        reset = _is_reset(how)

        def start() -> None:
            self._listener.close()
            self._listener.drop_all(reset=reset)

        return await self._last(seconds, start)

    async def accept_and_close(self, *, seconds: float | None = None) -> Answer:
        """Drop all connections, and each new one as soon as it is made."""

        def start() -> None:
            self._listener.accepts = False
            self._listener.drop_all(reset=False)

        return await self._last(seconds, start)

    def error(self, *, count: int = 1, command: str = "", text: str = "Simulated fault.") -> Answer:
        """Answer the next commands with an error."""
        positive("count", count)
        if "\n" in text:
            raise OperationError("text must be one line")
        self._command_fault = CommandFault(count, command, text, carried_out=False)
        return {"count": count}

    def lost(self, *, count: int = 1, command: str = "", carried_out: bool = False) -> Answer:
        """Do not answer the next commands, whether or not they are carried out."""
        positive("count", count)
        self._command_fault = CommandFault(count, command, None, carried_out)
        return {"count": count}

    async def _last(self, seconds: float | None, start: Callable[[], None]) -> Answer:
        """Start a fault that lasts, in place of the one that lasts already."""
        if seconds is not None:
            positive("seconds", seconds)
        connections = len(self._listener.connections)
        await self.close()
        await self._recover()
        start()
        if seconds is not None:
            self._ending = asyncio.create_task(self._end_after(seconds, self._recover))
        return {"connections": connections, "seconds": seconds}

    @staticmethod
    async def _end_after(seconds: float, recover: Callable[[], Awaitable[None]]) -> None:
        await asyncio.sleep(seconds)
        while True:
            try:
                await recover()
            except OSError as error:
                logger.warning("Cannot listen again yet: %s", error)
                await asyncio.sleep(_LISTEN_AGAIN)
            else:
                return

    async def _recover(self) -> None:
        self._listener.accepts = True
        self._listener.set_pace(None)
        await self._listener.open()

    def _garbage_lines(self, size: int) -> list[bytes]:
        """Return random bytes, one line of half the size, and what is malformed, shuffled."""
        lines = [*self._specimens.malformed_lines(), self._garbage_line(size // 2)]
        missing = size - sum(map(len, lines))
        while missing > 0:
            lines.append(self._garbage_line(min(missing, self._rng.randint(2, 2_000))))
            missing -= len(lines[-1])
        self._rng.shuffle(lines)
        return lines

    def _garbage_line(self, size: int) -> bytes:
        start = self._rng.choice(_GARBAGE_STARTS)
        rest = self._rng.randbytes(max(0, size - 2)).translate(None, delete=b"\r\n")
        return bytes((start,)) + rest + b"\n"


def starts_so(command: str, start: str) -> bool:
    """Tell whether a command starts so; `*` is anything."""
    pieces = map(re.escape, start.split("*"))
    return re.match(".*".join(pieces), command, re.DOTALL) is not None


def _is_reset(how: str) -> bool:
    if how not in {"rst", "fin"}:
        raise OperationError(f"how is rst or fin, not {how!r}")
    return how == "rst"
