"""A XiVO server that says what a test has it say, and when; over real sockets, encrypted or not."""

import asyncio
import json
import os
import socket
import ssl
import struct
from typing import Any, Self

from custom_components.office_cti.telephony.xivo.messages import Message

from ..waiting import PATIENCE, until

type Wire = dict[str, Any]

_LINE_LIMIT = 4 * 1024 * 1024  # bytes: a fax


class Peer:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def hears(self, name: str, **fields: Any) -> Wire:
        """Wait for the next message, which has to be of this class and to have these fields."""
        message: Wire = json.loads(await self.hears_line())
        assert {key: message.get(key) for key in ("class", *fields)} == {"class": name, **fields}
        return message

    async def hears_line(self) -> bytes:
        """Wait for the next line, whatever it is."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readline()

    async def hears_something(self) -> bytes:
        """Wait for the next bytes, whatever they are; none are the other's end of file."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read(65536)

    async def hears_nothing_more(self) -> None:
        """Wait for the other's end of file, which has to come next."""
        assert await self.hears_line() == b""

    def says(self, *messages: Wire | str | bytes) -> None:
        """Send messages, each with its line feed; bytes are sent as they are."""
        for message in messages:
            if isinstance(message, bytes):
                self._writer.write(message)
            else:
                text = message if isinstance(message, str) else json.dumps(message)
                self._writer.write(f"{text}\n".encode())

    def hangs_up(self) -> None:
        """End the connection, with an end of file."""
        self._writer.close()

    def cuts(self) -> None:
        """End an encrypted connection without its farewell, as a server does that has crashed."""
        sock = self._writer.get_extra_info("socket")
        socket.socket(fileno=os.dup(sock.fileno())).shutdown(socket.SHUT_WR)

    def breaks(self) -> None:
        """End the connection, with a reset."""
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def turns_to_tls(self, context: ssl.SSLContext) -> None:
        """Shake hands on the connection as it is."""
        async with asyncio.timeout(PATIENCE):
            await self._writer.start_tls(context)

    @property
    def tls_version(self) -> str | None:
        """What the connection is encrypted by now."""
        encryption = self._writer.get_extra_info("ssl_object")
        return encryption and encryption.version()

    @property
    def other_address(self) -> str:
        """The client's address, as the server sees it."""
        host, port = self._writer.get_extra_info("peername")
        return f"{host}:{port}"

    # --- what every log-in is made of ----------------------------------------------------------

    async def opens_session(self, **fields: Any) -> Wire:
        """Answer the first step, as protocol 1.2 does."""
        message = await self.hears("login_id", **fields)
        self.says({"class": "login_id", "sessionid": "eOxwAkqJsY", "xivoversion": "1.2"})
        return message

    async def accepts_password(self) -> Wire:
        """Answer the second step."""
        message = await self.hears("login_pass")
        self.says({"class": "login_pass", "capalist": [3], "replyid": message["commandid"]})
        return message

    async def completes_login(self) -> Wire:
        """Answer the third step."""
        message = await self.hears("login_capas", capaid=3)
        self.says({"class": "login_capas", "ipbxid": "xivo", "userid": "1", "appliname": "Client"})
        return message

    async def lets_in(self) -> None:
        """Answer all steps."""
        await self.opens_session()
        await self.accepts_password()
        await self.completes_login()

    async def keeps_alive(self) -> None:
        """Answer a keepalive."""
        message = await self.hears("keepalive")
        self.says(kept_alive(message))


class Ears:
    """What a client had to tell."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.oddities: list[str] = []

    async def hear(self, count: int) -> list[Message]:
        """Return the messages, as soon as there are so many."""
        await until(lambda: len(self.messages) >= count)
        return self.messages


class ScriptedServer:
    """Takes connections, one after the other."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._peers: asyncio.Queue[Peer] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._accept, "127.0.0.1", 0, ssl=self._tls, limit=_LINE_LIMIT
        )
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._peers.put_nowait(Peer(reader, writer))

    async def accepts(self) -> Peer:
        """Return the next connection."""
        async with asyncio.timeout(PATIENCE):
            return await self._peers.get()

    def stops_listening(self) -> None:
        """Take no more connections."""
        self._server.close()

    @property
    def accepted(self) -> int:
        """How many connections there have been."""
        return len(self._writers)


def kept_alive(message: Wire) -> Wire:
    """Return the answer to a keepalive."""
    return {
        "class": "keepalive",
        "replyid": message["commandid"],
        "warning_string": "unimplemented",
    }


def phone_status(phone: str, hint: str = "0") -> Wire:
    """Return what a server pushes when a phone rings, or answers when it is asked for its state."""
    return {
        "class": "getlist",
        "function": "updatestatus",
        "listname": "phones",
        "tipbxid": "xivo",
        "tid": phone,
        "status": {"hintstatus": hint},
    }
