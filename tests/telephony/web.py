"""An HTTP server that answers what a test has it answer, and keeps what it was asked."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import ssl
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, unquote

from aiohttp import web


class Heard(NamedTuple):
    """A request that has come: where, with which parameters, and who asked."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str

    @property
    def parameters(self) -> dict[str, str]:
        """Return all parameters, wherever they stood."""
        return self.query | self.form


type Answer = str | bytes | int | web.StreamResponse
type Handler = Callable[[Heard], Answer | Awaitable[Answer]]


class WebServer:
    """Answers by path; a path that was given no answer is not there."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.heard: list[Heard] = []
        self.answers: dict[str, Answer | Handler] = {}
        self.port = 0
        self._context = context
        self._runner = web.ServerRunner(web.Server(self._answer, access_log=None))

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.shutdown()
        await self._runner.cleanup()

    @property
    def only(self) -> Heard:
        """Return the one request that has come."""
        (heard,) = self.heard
        return heard

    def of(self, path: str) -> list[Heard]:
        """Return the requests for a path, in order."""
        return [heard for heard in self.heard if heard.path == path]

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        heard = await _heard(request)
        self.heard.append(heard)
        answer = self.answers.get(heard.path, 404)
        if callable(answer):
            answer = answer(heard)
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, int):
            return web.Response(status=answer)
        if isinstance(answer, str):
            answer = answer.encode()
        return web.Response(body=answer) if isinstance(answer, bytes) else answer


async def _heard(request: web.BaseRequest) -> Heard:
    body = await request.read()
    in_form = request.content_type == "application/x-www-form-urlencoded"
    address = request.raw_path
    return Heard(
        request.method,
        unquote(address.partition("?")[0]),
        dict(parse_qsl(address.partition("?")[2], keep_blank_values=True, strict_parsing=True))
        if "?" in address
        else {},
        dict(parse_qsl(body.decode(), keep_blank_values=True)) if in_form else {},
        request.headers,
        body,
        address,
    )


class RawServer:
    """Says some bytes to whoever connects and has asked, and hangs up."""

    def __init__(self, says: bytes) -> None:
        self.port = 0
        self.asked = 0
        self._says = says
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        writer.write(self._says)
        await writer.drain()
        writer.close()
