"""Clients of the Oktell server that know HTTP, the web-socket and the log-in, and nothing else."""

import asyncio
from base64 import b64encode
from hashlib import md5
import json
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as ET

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.simulators.wire import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

type Body = dict[str, Any]

PASSWORD = "demo"
USER_EVENTS = [
    "userstatechanged",
    "linestatechanged",
    "flashstatechanged",
    "usertextmessagereceived",
    *(
        f"phoneevent_{name}"
        for name in (
            "ringstarted",
            "ringstopped",
            "commstarted",
            "commstopped",
            "acmcallstarted",
            "acmcallstopped",
        )
    ),
]


class HttpAnswer(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def xml(self) -> ET.Element:
        return ET.fromstring(self.text.lstrip())  # noqa: S314 - our own simulator's

    def property(self, key: str) -> ET.Element | None:
        """Return a property of XML, by its key."""
        return self.xml.find(f".//*[@key='{key}']")


def basic(login: str = "hass", password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'{login}:{password}'.encode()).decode()}"}


class HttpClient:
    """Asks for commands; by Basic as the service user, unless told otherwise."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session = session
        self._base = f"http://127.0.0.1:{port}"

    async def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, **query: str
    ) -> HttpAnswer:
        return await self.ask("GET", path, headers=headers, params=query)

    async def post(
        self, path: str, *, headers: Mapping[str, str] | None = None, **form: str
    ) -> HttpAnswer:
        return await self.ask("POST", path, headers=headers, data=form)

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **options: Any
    ) -> HttpAnswer:
        sent = basic() if headers is None else headers
        url = f"{self._base}/{path}"
        async with self._session.request(method, url, headers=sent, **options) as answer:
            return HttpAnswer(answer.status, answer.headers, await answer.read())


class SocketClient:
    """Sends commands, and reads answers and events."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self._asked = 0

    async def say(self, method: str, **body: Any) -> None:
        await self.socket.send_str(json.dumps([method, body], ensure_ascii=False))

    async def next(self) -> tuple[str, Body]:
        async with asyncio.timeout(PATIENCE):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, message
        method, body = json.loads(message.data)
        return method, body

    async def ask(self, method: str, **body: Any) -> Body:
        """Return a command's answer, passing over events."""
        self._asked += 1
        qid = f"0.{self._asked}"
        await self.say(method, qid=qid, **body)
        while (answer := await self.next())[1].get("qid") != qid:
            pass
        assert answer[0] == ("pong" if method == "ping" else f"{method}result")
        return answer[1]

    async def events(self) -> list[tuple[str, Body]]:
        """Return all events that come before the answer to a question asked now."""
        await self.say("ping", qid="all")
        events = []
        while (event := await self.next()) != ("pong", {"qid": "all"}):
            events.append(event)
        return events

    async def names(self) -> list[str]:
        return [name for name, _ in await self.events()]

    async def log_in(self, login: str = "hass", password: str = PASSWORD) -> Body:
        return await self.ask("login", **credentials(login, password))

    async def subscribe(self, *events: str) -> None:
        assert (await self.ask("subscribeevent", eventmethod=list(events)))["result"] == 1

    async def ending(self) -> WSMsgType:
        """Return how the connection ends, passing over whatever comes before."""
        async with asyncio.timeout(PATIENCE):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                pass
        return message.type


def credentials(login: str, password: str) -> Body:
    def digest(text: str) -> str:
        return md5(text.encode("cp1251", "ignore")).hexdigest()  # noqa: S324 - the protocol's

    return {
        "userlogin": login,
        "Password": digest(password),
        "password": digest(password.lower()),
        "showid": 1,
        "usewebrtc": False,
    }
