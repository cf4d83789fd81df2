"""A web-socket server that speaks as an Oktell server does, and says what a test has it say."""

import json
import ssl
from typing import Any

from custom_components.office_cti.telephony.oktell.frames import Event

from .. import scripted_socket
from .frame_specimens import GUID

type Body = dict[str, Any]


class Ears(scripted_socket.Ears[Event]):
    """What a link had to tell."""


class Peer(scripted_socket.Peer):
    """The server's end of one connection."""

    async def hears(self, name: str) -> Body:
        """Wait for the next question, which has to be this one."""
        heard = await self.hears_any()
        assert heard is not None, f"{name}: the other has ended the connection"
        word, body = heard
        assert word == name
        return body

    async def says(self, name: str, **body: Any) -> None:
        """Send a message."""
        await self.response.send_str(json.dumps([name, body], ensure_ascii=False))

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


class ScriptedSocketServer(scripted_socket.SocketServer[Peer]):
    """Takes connections, one after the other; arguments are those of any such server."""

    def __init__(
        self,
        tls: ssl.SSLContext | None = None,
        *,
        protocols: tuple[str, ...] = ("json",),
        status: int | None = None,
    ) -> None:
        super().__init__(Peer, tls, protocols=protocols, status=status)
