"""Home Assistant's HTTP and WebSocket API, as far as the demo uses it.

Everything here is what the frontend does too: the demo has no back door into Home Assistant.
"""

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from .errors import DemoError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

MESSAGE_LIMIT = 64 * 1024 * 1024  # bytes; the registries of a large office are long

type Json = dict[str, Any]


class Api:
    """A signed-in connection: HTTP requests and WebSocket commands, one at a time."""

    def __init__(
        self, url: str, http: aiohttp.ClientSession, websocket: aiohttp.ClientWebSocketResponse
    ) -> None:
        self.url = url
        self._http = http
        self._websocket = websocket
        self._last_id = 0

    async def command(self, type_: str, **arguments: Any) -> Any:
        """Send a WebSocket command and return its result."""
        self._last_id += 1
        await self._websocket.send_json({"id": self._last_id, "type": type_, **arguments})
        answer = await _receive(self._websocket)
        while answer.get("id") != self._last_id or answer["type"] != "result":
            answer = await _receive(self._websocket)
        if not answer["success"]:
            raise DemoError(f"Home Assistant refused {type_}: {answer['error']['message']}")
        return answer["result"]

    async def post(self, path: str, body: Json) -> Json:
        """Send a POST request with a JSON body and return the JSON answer."""
        return await post(self._http, self.url + path, json=body)


async def post(http: aiohttp.ClientSession, url: str, **body: Any) -> Json:
    """Send a POST request and return the JSON answer."""
    async with http.post(url, **body) as response:
        if not response.ok:
            raise DemoError(f"Home Assistant answered {url} with: {await response.text()}")
        answer: Json = await response.json()
        return answer


@asynccontextmanager
async def connect(url: str, access_token: str) -> AsyncGenerator[Api]:
    """Open a signed-in connection."""
    headers = {"Authorization": f"Bearer {access_token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as http,
        http.ws_connect(f"{url}/api/websocket", max_msg_size=MESSAGE_LIMIT) as websocket,
    ):
        await _receive(websocket)  # auth_required
        await websocket.send_json({"type": "auth", "access_token": access_token})
        if (answer := await _receive(websocket))["type"] != "auth_ok":
            raise DemoError(f"Home Assistant did not accept its own token: {answer}")
        yield Api(url, http, websocket)


async def _receive(websocket: aiohttp.ClientWebSocketResponse) -> Json:
    message = await websocket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise DemoError("Home Assistant closed the connection")
    answer: Json = message.json()
    return answer
