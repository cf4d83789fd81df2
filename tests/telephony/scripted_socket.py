"""A web-socket server that says what a test has it say, and when; over real sockets, encrypted or not."""

import asyncio
import json
import socket
import ssl
from typing import Any, Self

from aiohttp import WSMsgType, web

from .waiting import PATIENCE, until


class Peer:
    """The server's end of one connection."""

    def __init__(self, response: web.WebSocketResponse, request: web.Request) -> None:
        self.response = response
        self.request = request
        self._heard: asyncio.Queue[Any] = asyncio.Queue()

    async def listen(self) -> None:
        """Take what the other says, until the end."""
        async for message in self.response:
            assert message.type is WSMsgType.TEXT
            self._heard.put_nowait(json.loads(message.data))
        self._heard.put_nowait(None)

    async def hears_any(self) -> Any:
        """Wait for what the other says next; None is the end of the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._heard.get()

    async def hears_nothing_more(self) -> None:
        """Wait for the other's end of the connection, which has to come next."""
        assert await self.hears_any() is None

    async def says_exactly(self, data: str | bytes) -> None:
        """Send a text as it is; bytes are a binary message."""
        if isinstance(data, str):
            await self.response.send_str(data)
        else:
            await self.response.send_bytes(data)

    async def hangs_up(self) -> None:
        """End the connection, with a farewell."""
        await self.response.close()

    def stops_reading(self) -> None:
        """Read nothing more, though the connection stays."""
        assert self.request.transport
        self.request.transport.pause_reading()

    def breaks(self) -> None:
        """End the connection, without a word."""
        if self.request.transport:
            self.request.transport.abort()


class Ears[E]:
    """What a link had to tell."""

    def __init__(self) -> None:
        self.events: list[E] = []
        self.oddities: list[str] = []

    async def hear(self, count: int) -> list[E]:
        """Return the events, as soon as there are so many."""
        await until(lambda: len(self.events) >= count)
        return self.events


class SocketServer[P: Peer]:
    """Takes connections, one after the other.

    Args:
        peer: what the server's end of each is.
        tls: encrypts, if given.
        path: where web-sockets are taken.
        protocols: the subprotocols that are echoed.
        status: what the handshake is refused with, if it is.
    """

    def __init__(
        self,
        peer: type[P],
        tls: ssl.SSLContext | None = None,
        *,
        path: str = "/",
        protocols: tuple[str, ...] = (),
        status: int | None = None,
    ) -> None:
        self._peer = peer
        self._tls = tls
        self._path = path
        self._protocols = protocols
        self._status = status
        self._peers: asyncio.Queue[P] = asyncio.Queue()
        self._open: list[P] = []
        self.accepted = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get(self._path, self._accept)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        await web.SockSite(self._runner, listener, ssl_context=self._tls).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for peer in self._open:
            peer.breaks()
        await self._runner.cleanup()

    async def _accept(self, request: web.Request) -> web.StreamResponse:
        self.accepted += 1
        if self._status is not None:
            return web.Response(status=self._status)
        response = web.WebSocketResponse(protocols=self._protocols, timeout=0.1)
        await response.prepare(request)
        peer = self._peer(response, request)
        self._open.append(peer)
        self._peers.put_nowait(peer)
        await peer.listen()
        return response

    async def accepts(self) -> P:
        """Return the next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._peers.get()
