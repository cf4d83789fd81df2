"""One client's connection: bytes to messages, and how far its log-in has come."""

import asyncio
import json
from typing import TYPE_CHECKING, override

from simulators.lines import LineSplitter
from simulators.tcp import Connection

from .fields import Drop

if TYPE_CHECKING:
    import ssl

    from simulators.tcp import Listener

    from .messages import Message
    from .office import User
    from .server import XivoSimulator

LINE_LIMIT = 256 * 1024 * 1024  # bytes; the real server has no limit


class Client(Connection):
    """A client of the CTI server."""

    def __init__(self, simulator: XivoSimulator, listener: Listener) -> None:
        super().__init__(listener)
        self.pending: list[bytes] = []
        self.user: User | None = None
        self.session_id = ""
        self.is_authenticated = False
        self.is_logged_in = False
        self.never_ends = False  # the server fails at closing it
        self.login_timer: asyncio.TimerHandle | None = None
        self.registrations: set[tuple[str, int]] = set()  # what, id
        self.wants_tls = False
        self.is_muted = False
        self.bytes_received = 0
        self.bytes_sent = 0
        self._simulator = simulator
        self._lines = LineSplitter(LINE_LIMIT)
        self._is_lost = False
        self._handshake: asyncio.Task[None] | None = None
        self._meanwhile = bytearray()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._simulator.welcome(self)

    @override
    def data_received(self, data: bytes) -> None:
        self.bytes_received += len(data)
        self._simulator.receive(self, data)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if not self._is_lost:  # a handshake that fails may tell it twice
            self._is_lost = True
            super().connection_lost(exc)
            self._simulator.lost(self)

    @override
    def send(self, data: bytes) -> None:
        if self._handshake is not None:
            self._meanwhile += data
            return
        if not self.is_closing:
            self.bytes_sent += len(data)
        super().send(data)

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Go on in TLS, after what was sent before."""
        self._transport.pause_reading()  # what comes now is for the handshake
        self._handshake = asyncio.create_task(self._shake_hands(context))

    async def _shake_hands(self, context: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()
        try:
            transport = await loop.start_tls(self._transport, self, context, server_side=True)
        except OSError as error:
            self.connection_lost(error)
            return
        assert transport is not None
        self._transport = transport
        self._transport.set_write_buffer_limits(high=0)
        self._handshake = None
        self.send(bytes(self._meanwhile))
        self._meanwhile.clear()

    @property
    def port(self) -> int:
        """The client's own port, by which the control port speaks of it."""
        port: int = self._transport.get_extra_info("peername")[1]
        return port

    @property
    def address(self) -> str:
        """The client's own host and port, as its fax names them."""
        return "{}:{}".format(*self._transport.get_extra_info("peername")[:2])

    def lines(self, data: bytes) -> list[bytes | None]:
        """Return the lines that these bytes end."""
        return self._lines.feed(data)


def parse(line: bytes | None) -> Message:
    """Understand one line, without its LF."""
    try:
        message = json.loads((line or b"").decode())
    except (ValueError, RecursionError) as error:
        raise Drop(f"not JSON: {error}") from error
    if not isinstance(message, dict) or "class" not in message:
        raise Drop("no object with a class")
    return message
