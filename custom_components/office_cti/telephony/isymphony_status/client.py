"""The socket: bytes in and out, one command at a time.

What arrives is decoded and handed on at once, in the same turn of the loop; only a flood is read no
faster than Home Assistant's dashboards can follow. The protocol has no
request ids, so only one command may be on its way; its answer is known by its shape, and whatever is
no answer is an event. A command that is not answered in time leaves the two sides out of step, so the
connection ends with it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from ..pacing import Pacer
from ..system import CannotConnect, ConnectionLost, NoAnswer, NotConnected, Refused
from .codec import Decoder, encode
from .messages import (
    Command,
    Done,
    Error,
    Event,
    Exit,
    ExtensionNote,
    ExtensionReturnTime,
    ExtensionStatus,
    GetExtensionNote,
    GetExtensionReturnTime,
    GetExtensionState,
    GetExtensionStatus,
    GetStatuses,
    Malformed,
    Reply,
    SetExtensionNote,
    SetExtensionReturnTime,
    SetExtensionStatus,
    StateReport,
    StatusReport,
)

CONNECT_TIMEOUT = 10.0
REPLY_TIMEOUT = 10.0
REPORT_TIMEOUT = 60.0  # everybody's state: a megabyte of a large office, perhaps over a slow line
LEAVE_TIMEOUT = 1.0
# asyncio would hand over 256 KiB at once, thousands of events in one turn of the loop; this is a hundred.
BUFFER = 8 * 1024

_REPLY_TO: dict[type[Command], type[Reply]] = {
    GetExtensionState: StateReport,
    GetStatuses: StatusReport,
    GetExtensionStatus: ExtensionStatus,
    GetExtensionNote: ExtensionNote,
    GetExtensionReturnTime: ExtensionReturnTime,
    SetExtensionStatus: Done,
    SetExtensionNote: Done,
    SetExtensionReturnTime: Done,
}
_REPLIES = frozenset({*_REPLY_TO.values(), Error})


@dataclass(frozen=True, slots=True)
class _Exchange:
    """A command and what becomes of it. Whoever asked may have stopped waiting: it is done then."""

    line: bytes
    expected: type[Reply]
    timeout: float
    reply: asyncio.Future[Reply]


class StatusClient(asyncio.BufferedProtocol):
    """One connection to a Status interface.

    Args:
        on_event: called with each event, in the order of their arrival.
        count_oddity: called with a word for each thing that the server should not have sent.
    """

    def __init__(
        self, on_event: Callable[[Event], None], count_oddity: Callable[[str], None]
    ) -> None:
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.last_received = loop.time()
        # Whether the peer has said something, and nothing of it in this protocol.
        self.is_foreign = False
        self._is_understood = False
        self.probe_command: Command = GetStatuses()
        self._loop = loop
        self._on_event = on_event
        self._count_oddity = count_oddity
        self._buffer = bytearray(BUFFER)
        self._view = memoryview(self._buffer)
        self._decoder = Decoder()
        self._transport: asyncio.Transport | None = None
        self._pacer = Pacer(loop)
        # The command on its way, and those whose turn has not come.
        self._exchange: _Exchange | None = None
        self._waiting: deque[_Exchange] = deque()
        self._deadline: asyncio.TimerHandle | None = None

    @classmethod
    async def connect(
        cls,
        host: str,
        port: int,
        on_event: Callable[[Event], None],
        count_oddity: Callable[[str], None],
    ) -> StatusClient:
        """Open a connection.

        Raises:
            CannotConnect: nobody answers there.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                _, client = await loop.create_connection(
                    lambda: cls(on_event, count_oddity), host, port, happy_eyeballs_delay=0.25
                )
        except (OSError, UnicodeError) as error:
            raise CannotConnect(str(error)) from error
        return client

    async def request(self, command: Command) -> Reply:
        """Send a command and return its answer.

        Raises:
            CodecError: a text in it cannot travel; nothing was sent.
            NotConnected: the connection has ended; nothing was sent.
            Refused: the server answered with an error.
            NoAnswer, ConnectionLost: it is not known whether the command worked.
        """
        line = encode(command)
        if self._transport is None or self._transport.is_closing():
            raise NotConnected
        timeout = REPORT_TIMEOUT if type(command) is GetExtensionState else REPLY_TIMEOUT
        exchange = _Exchange(line, _REPLY_TO[type(command)], timeout, self._loop.create_future())
        self._waiting.append(exchange)
        self._send_next()
        reply = await exchange.reply
        if isinstance(reply, Error):
            raise Refused(reason=reply.details)
        return reply

    def _send_next(self) -> None:
        """Send the next command, if none is on its way; one that nobody waits for is not sent."""
        while self._exchange is None and self._waiting:
            exchange = self._waiting.popleft()
            if not exchange.reply.cancelled() and self._transport:
                self._exchange = exchange
                self._transport.write(exchange.line)
                self._deadline = self._loop.call_later(exchange.timeout, self._give_up, exchange)

    def _give_up(self, exchange: _Exchange) -> None:
        """End the connection: an answer that comes now would be taken for another's."""
        if not exchange.reply.done():
            exchange.reply.set_exception(NoAnswer())
        self.abort()

    async def probe(self) -> None:
        """Ask for one extension's status: any answer at all is a sign of life."""
        try:
            await self.request(self.probe_command)
        except Refused:
            return

    async def leave(self) -> None:
        """Say `exit`, and give the server a moment to close."""
        if self._transport and not self._transport.is_closing():
            self._transport.write(encode(Exit()))
            await asyncio.wait((self.closed,), timeout=LEAVE_TIMEOUT)

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport:
            self._transport.abort()

    # --- asyncio's side ------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @override
    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self.last_received = self._loop.time()
        events = 0
        for message in self._decoder.feed(self._view[:nbytes]):
            kind = type(message)
            self._is_understood |= kind is not Malformed
            if kind in _REPLIES:
                self._replied(message)  # type: ignore[arg-type]
            elif kind is Malformed:
                self._count_oddity(message.problem)  # type: ignore[union-attr]
            else:
                events += 1
                self._on_event(message)  # type: ignore[arg-type]
        self.is_foreign = not self._is_understood
        self._pacer.took_in(events, self._transport)

    def _replied(self, reply: Reply) -> None:
        exchange = self._exchange
        if exchange is None or not isinstance(reply, (exchange.expected, Error)):
            self._count_oddity("an answer to no question")
            return
        self._end_exchange()
        if not exchange.reply.done():  # else whoever asked no longer waits
            exchange.reply.set_result(reply)
        self._send_next()

    def _end_exchange(self) -> None:
        self._exchange = None
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._pacer.stop()
        if self._exchange and not self._exchange.reply.done():
            self._exchange.reply.set_exception(ConnectionLost())
        self._end_exchange()
        for unsent in self._waiting:
            if not unsent.reply.done():
                unsent.reply.set_exception(NotConnected())
        self._waiting.clear()
        self.closed.set_result(None)
