"""The seam between a TCP connection that can misbehave and aiohttp's HTTP protocol.

aiohttp is given a transport whose bytes all go through `Connection.send`, so that a pace, a stall and
the bound on what is unread hold for HTTP and the web-socket alike.
"""

import asyncio
from typing import TYPE_CHECKING, Any, override

from .tcp import Connection

if TYPE_CHECKING:
    from aiohttp.web_protocol import RequestHandler

    from .tcp import Listener


class Wire(Connection):
    """One client's connection."""

    def __init__(self, listener: Listener, protocol: RequestHandler) -> None:
        super().__init__(listener)
        self.is_websocket = False
        self._protocol = protocol
        self._protocol_reads = True

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._protocol.connection_made(Seam(self))

    @override
    def data_received(self, data: bytes) -> None:
        self._protocol.data_received(data)

    @override
    def eof_received(self) -> None:
        self._protocol.eof_received()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._protocol.connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._protocol.pause_writing()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._protocol.resume_writing()

    @override
    def set_pace(self, pace: int | None) -> None:
        super().set_pace(pace)
        if not self._protocol_reads:
            self._transport.pause_reading()

    def let_read(self, *, reads: bool) -> None:
        """Do as the protocol says about reading, unless the pace is a stall."""
        self._protocol_reads = reads
        if not reads:
            self._transport.pause_reading()
        elif self._pace != 0:
            self._transport.resume_reading()

    def extra_info(self, name: str, default: Any) -> Any:
        """Return what the true transport knows."""
        return self._transport.get_extra_info(name, default)


class Seam(asyncio.Transport):
    """What aiohttp takes for a transport."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire

    @override
    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.wire.send(bytes(data))

    @override
    def close(self) -> None:
        self.wire.close()

    @override
    def abort(self) -> None:
        self.wire.drop(reset=False)

    @override
    def is_closing(self) -> bool:
        return self.wire.is_closing

    @override
    def pause_reading(self) -> None:
        self.wire.let_read(reads=False)

    @override
    def resume_reading(self) -> None:
        self.wire.let_read(reads=True)

    @override
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self.wire.extra_info(name, default)

    @override
    def get_write_buffer_size(self) -> int:
        return self.wire.outstanding
