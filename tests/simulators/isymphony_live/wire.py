"""Clients of the iSymphony 3 server that know HTTP and the web-socket, and nothing else."""

import asyncio
from base64 import b64encode
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.simulators.wire import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

type Body = dict[str, Any]

USERNAME, PASSWORD = "manager", "manag3rpa55word"
SERVER = "coreServers/getByName/default"


def basic(username: str = USERNAME, password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{username}:{password}'.encode()).decode()}"}


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class HttpClient:
    """Asks for what is below the Live root; with the vendor's credentials, unless told otherwise."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session = session
        self.root = f"http://127.0.0.1:{port}/communication_manager"

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> HttpAnswer:
        sent = basic() if headers is None else headers
        url = f"{self.root}/{path}"
        async with self._session.request(method, url, headers=sent, data=body) as answer:
            return HttpAnswer(answer.status, answer.headers, await answer.text())

    async def get(self, path: str) -> HttpAnswer:
        return await self.ask("GET", f"rest/live/{path}")

    async def read(self, path: str = "") -> Any:
        """Return what there is at a path of the core server."""
        answer = await self.get(f"{SERVER}/{path}" if path else SERVER)
        assert answer.status == 200, answer
        assert answer.headers["Content-Type"].startswith("application/json")
        return answer.json

    async def status(self, path: str) -> int:
        """Return the status of a path of the core server."""
        return (await self.get(f"{SERVER}/{path}")).status

    async def act(self, path: str, body: Body | None = None) -> HttpAnswer:
        """Have something done on the core server."""
        text = "" if body is None else json.dumps(body)
        return await self.ask("POST", f"rest/live/{SERVER}/{path}", body=text)


class SocketClient:
    """Sends filters, and reads events."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def filter(self, *filters: tuple[str, Any]) -> Any:
        """Set the filters, and return the answer."""
        wanted = [{"property": name, "value": value} for name, value in filters]
        return await self.say(json.dumps({"type": "filter", "filters": wanted}))

    async def say(self, text: str) -> Any:
        """Send any message, and return its answer; nothing else may come before."""
        await self.socket.send_str(text)
        return await self.next()

    async def next(self) -> Body:
        async with asyncio.timeout(PATIENCE):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, message
        return json.loads(message.data)

    async def events(self) -> list[Body]:
        """Return all events that come before the answer to a message sent now, which changes nothing."""
        await self.socket.send_str("?")
        events = []
        while "success" not in (event := await self.next()):
            events.append(event)
        return events

    async def types(self) -> list[str]:
        return [event["type"] for event in await self.events()]

    async def ending(self) -> WSMsgType:
        """Return how the connection ends, passing over whatever comes before."""
        async with asyncio.timeout(PATIENCE):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                pass
        return message.type
