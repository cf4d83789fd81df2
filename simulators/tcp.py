"""TCP connections that can be made to misbehave.

A `Listener` owns the listening socket and all connections made to it. Whatever is sent goes through
`Connection.send`, and there a pace may be set: None is full speed, a number is so many bytes a
second, and 0 is a stall, in which nothing is read either. What a pace holds back is bounded, and so
is what a client leaves unread: a client that stops reading is disconnected, as memory is not
endless.

What a connection receives is for a subclass to understand (`data_received`).
"""

import asyncio
import logging
import socket
import struct
from typing import TYPE_CHECKING, cast, override

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    import ssl

logger = logging.getLogger(__name__)

OUTSTANDING_LIMIT = 8 * 1024 * 1024  # bytes
FLUSH_PATIENCE = 30.0  # seconds
_TICK = 0.02  # seconds; the shortest time between two portions of a slow connection


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._transport = cast("asyncio.Transport", None)
        self._flushed = asyncio.Event()
        self._flushed.set()
        self._pace: int | None = None
        self._held = bytearray()
        self._has_gap = False
        self._closes_when_sent = False
        self._ticker: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # With a limit of 0, "writing is paused" means "not yet all in the kernel's hands".
        self._transport.set_write_buffer_limits(high=0)
        self._listener.welcome(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_ticker()
        self._held.clear()
        self._flushed.set()
        self._listener.forget(self)

    @override
    def pause_writing(self) -> None:
        self._flushed.clear()

    @override
    def resume_writing(self) -> None:
        self._flushed.set()

    @property
    def is_closing(self) -> bool:
        """Whether the connection is closed, or about to be."""
        return self._closes_when_sent or self._transport.is_closing()

    @property
    def outstanding(self) -> int:
        """How many bytes were sent but not yet taken by the socket."""
        return len(self._held) + self._transport.get_write_buffer_size()

    def send(self, data: bytes) -> None:
        """Send whole lines, at the pace that is set."""
        if self.is_closing:
            return
        if self.outstanding > self._listener.outstanding_limit:
            self._give_up()
        elif self._pace is None:
            self._write(data)
        elif not self._has_gap:
            self._held += data

    def close(self) -> None:
        """Close in good order, after what was sent before."""
        if self._held:
            self._closes_when_sent = True
        else:
            self._transport.close()

    def drop(self, *, reset: bool) -> None:
        """Close at once, by RST or by FIN; what was not yet sent is lost."""
        if reset:
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def set_pace(self, pace: int | None) -> None:
        """Send so many bytes a second from now on: None all at once, 0 nothing."""
        if self._transport.is_closing():
            return
        self._pace = pace
        self._stop_ticker()
        if pace == 0:
            self._transport.pause_reading()
            return
        self._transport.resume_reading()
        if self._has_gap:
            self.drop(reset=False)
        elif pace is None:
            self._release(len(self._held))
        else:
            self._tick()

    async def flushed(self) -> None:
        """Wait until the socket has taken what was sent, but not for what a pace holds back.

        A client that takes nothing for `FLUSH_PATIENCE` is disconnected.
        """
        if self._flushed.is_set():  # the usual case, made cheap for bursts
            return
        try:
            async with asyncio.timeout(FLUSH_PATIENCE):
                await self._flushed.wait()
        except TimeoutError:
            self._give_up()

    def _give_up(self) -> None:
        """Let go of a client that does not read."""
        if self._pace == 0:
            # A stall keeps the socket open. Lines are missing from now on, so that the connection
            # cannot go on when the stall ends.
            self._has_gap = True
            self._held.clear()
            return
        logger.warning("A client was disconnected: it did not read what it was sent")
        self._listener.gave_up += 1
        self.drop(reset=False)

    def _write(self, data: bytes) -> None:
        self._listener.bytes_sent += len(data)
        self._transport.write(data)

    def _release(self, size: int) -> None:
        if self._held:
            self._write(bytes(self._held[:size]))
            del self._held[:size]
        if self._closes_when_sent and not self._held:
            self._transport.close()

    def _tick(self) -> None:
        pace = self._pace or 1
        interval = max(_TICK, 1 / pace)
        self._release(max(1, round(pace * interval)))
        self._ticker = asyncio.get_running_loop().call_later(interval, self._tick)

    def _stop_ticker(self) -> None:
        if self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None


class Listener:
    """A listening socket and its connections.

    `factory` makes a connection for each client; `port` 0 takes any free one, and keeps it. With `tls`,
    connections are made when the handshake is over.
    """

    def __init__(
        self,
        factory: Callable[[], Connection],
        host: str,
        port: int,
        outstanding_limit: int = OUTSTANDING_LIMIT,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.outstanding_limit = outstanding_limit
        self.accepts = True
        self.accepted = 0
        self.bytes_sent = 0
        self.gave_up = 0
        self._factory = factory
        self._tls = tls
        self._connections: list[Connection] = []
        self._pace: int | None = None
        self._server: asyncio.Server | None = None

    @property
    def connections(self) -> Sequence[Connection]:
        """The present connections, the oldest first."""
        return self._connections

    async def open(self) -> None:
        """Listen, if not listening yet."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                self._factory, self.host, self.port, ssl=self._tls
            )
            self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more; present connections stay."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def shut_down(self) -> None:
        """Listen no more, and drop all connections."""
        self.close()
        self.drop_all(reset=False)
        await asyncio.sleep(0)  # for the transports to tell their protocols that they are gone

    def welcome(self, connection: Connection) -> None:
        """Take in a new connection."""
        self.accepted += 1
        self._connections.append(connection)
        if self._server is None or not self.accepts:
            connection.drop(reset=False)
        else:
            connection.set_pace(self._pace)

    def forget(self, connection: Connection) -> None:
        """Take out a connection that is gone."""
        self._connections.remove(connection)

    def broadcast(self, data: bytes) -> None:
        """Send whole lines to everyone."""
        for connection in self._connections:
            connection.send(data)

    def drop_all(self, *, reset: bool) -> int:
        """Drop all connections at once; return how many there were."""
        present = [each for each in self._connections if not each.is_closing]
        for connection in self._connections:
            connection.drop(reset=reset)
        return len(present)

    def set_pace(self, pace: int | None) -> None:
        """Set the pace of all connections, those to come included."""
        self._pace = pace
        for connection in self._connections:
            connection.set_pace(pace)

    async def flushed(self) -> None:
        """Wait until the sockets have taken what was sent to everyone."""
        for connection in tuple(self._connections):
            await connection.flushed()
