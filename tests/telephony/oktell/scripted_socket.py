"""A web-socket server that says what a test has it say, and when; over real sockets, encrypted or not."""

import asyncio
import json
import socket
import ssl
from typing import Any, Self

from aiohttp import WSMsgType, web

from custom_components.office_cti.telephony.oktell.frames import Event

from ..waiting import PATIENCE, until
from .frame_specimens import GUID

type Body = dict[str, Any]


class Peer:
    """The server's end of one connection."""

    def __init__(self, response: web.WebSocketResponse, request: web.Request) -> None:
        self.response = response
        self.request = request
        self._heard: asyncio.Queue[tuple[str, Body] | None] = asyncio.Queue()

    async def listen(self) -> None:
        """Take what the other says, until the end."""
        async for message in self.response:
            assert message.type is WSMsgType.TEXT
            name, body = json.loads(message.data)
            self._heard.put_nowait((name, body))
        self._heard.put_nowait(None)

    async def hears(self, name: str) -> Body:
        """Wait for the next question, which has to be this one."""
        async with asyncio.timeout(PATIENCE):
            heard = await self._heard.get()
        assert heard is not None, f"{name}: the other has ended the connection"
        assert heard[0] == name
        return heard[1]

    async def hears_nothing_more(self) -> None:
        """Wait for the other's end of the connection, which has to come next."""
        async with asyncio.timeout(PATIENCE):
            assert await self._heard.get() is None

    async def says(self, name: str, **body: Any) -> None:
        """Send a message."""
        await self.response.send_str(json.dumps([name, body], ensure_ascii=False))

    async def says_exactly(self, data: str | bytes) -> None:
        """Send a text as it is; bytes are a binary message."""
        if isinstance(data, str):
            await self.response.send_str(data)
        else:
            await self.response.send_bytes(data)

    async def floods(self) -> None:
        """Send for as long as anything can be sent."""
        while True:
            await self.says("linestatechanged", filler="x" * 65_536)

    async def answers(self, name: str, **body: Any) -> Body:
        """Wait for a question and answer it as servers do; return what it asked."""
        asked = await self.hears(name)
        answer = "pong" if name == "ping" else f"{name}result"
        await self.says(answer, **({"qid": asked["qid"]} | body))
        return asked

    async def lets_in(self) -> Body:
        """Answer what comes before everything else, and return the log-in."""
        await self.answers("ping")
        return await self.answers(
            "login", result=1, userid=GUID.upper(), sessionid="session-of-ivan"
        )

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


class Ears:
    """What a link had to tell."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.oddities: list[str] = []

    async def hear(self, count: int) -> list[Event]:
        """Return the events, as soon as there are so many."""
        await until(lambda: len(self.events) >= count)
        return self.events


class ScriptedSocketServer:
    """Takes connections, one after the other.

    Args:
        tls: encrypts, if given.
        protocols: the subprotocols that are echoed.
        status: what the handshake is refused with, if it is.
    """

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        protocols: tuple[str, ...] = ("json",),
        status: int | None = None,
    ) -> None:
        self._tls = tls
        self._protocols = protocols
        self._status = status
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._open: list[Peer] = []
        self.accepted = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/", self._accept)
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
        peer = Peer(response, request)
        self._open.append(peer)
        self._peers.put_nowait(peer)
        await peer.listen()
        return response

    async def accepts(self) -> Peer:
        """Return the next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._peers.get()
