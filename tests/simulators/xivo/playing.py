"""Plays a recording's clients against the simulator, and tells what they got.

Nobody waits for time to pass: the control port's `settle` answers when the simulator has heard all that was
sent, and tells how many bytes each client is to read.
"""

import asyncio
from collections import defaultdict
from hashlib import sha1
import json
import re
from typing import Any

from simulators.xivo import PASSWORDS
from tests.recordings.reading import Message
from tests.simulators.wire import PATIENCE, ControlClient, LineClient

_PROPER_HASH = re.compile(r"(?!0{40})[0-9a-f]{40}")


class PlayedClient(LineClient):
    """A client that sends what was recorded, with hashes that fit its own session."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.bytes_sent = 0
        self.is_over = False
        self._bytes_read = 0
        self._login = ""
        self._session = ""

    @property
    def port(self) -> int:
        return self.writer.get_extra_info("sockname")[1]

    def play(self, message: Message | None, raw: bytes) -> None:
        """Send one recorded message, or the bytes that it was."""
        if message is not None:
            self._login = message.get("userlogin", self._login)
            proof = message.get("hashedpassword")
            if proof is not None and _PROPER_HASH.fullmatch(proof):
                password = PASSWORDS[self._login]
                proof = sha1(f"{self._session}:{password}".encode()).hexdigest()  # noqa: S324
                raw = json.dumps(message | {"hashedpassword": proof}).encode() + b"\n"
        self.bytes_sent += len(raw)
        self.send(raw)

    async def read(self, sent: int | None) -> list[Message]:
        """Return the messages up to so many bytes since the beginning, or up to the end."""
        async with asyncio.timeout(PATIENCE):
            if sent is None:
                self.is_over = True
                data = await self.rest()
            else:
                data = await self.reader.readexactly(sent - self._bytes_read)
        self._bytes_read += len(data)
        messages = [json.loads(line) for line in data.splitlines()]
        for message in messages:
            self._session = message.get("sessionid", self._session)
        return messages


class Stage:
    """All clients of a recording, by their names there."""

    def __init__(self, port: int, control: ControlClient) -> None:
        self.inbox: dict[str, list[Message]] = defaultdict(list)
        self._port = port
        self._control = control
        self._clients: dict[str, PlayedClient] = {}
        self._all: list[PlayedClient] = []

    async def client(self, who: str) -> PlayedClient:
        """Return the client of that name, connected."""
        if who not in self._clients or self._clients[who].is_over:
            client = PlayedClient(self._port)
            await client.__aenter__()
            self._clients[who] = client
            self._all.append(client)
            await self.settle()
        return self._clients[who]

    def named(self, who: str) -> PlayedClient:
        """Return the client of that name, which must be there."""
        return self._clients[who]

    def take_off(self, who: str) -> PlayedClient | None:
        """Forget a client's name, so that the next of that name is another connection."""
        return self._clients.pop(who, None)

    async def leave(self, client: PlayedClient) -> None:
        """Close a client's connection, as whoever recorded did."""
        self._all.remove(client)
        self._clients = {name: each for name, each in self._clients.items() if each is not client}
        port = client.port
        await client.__aexit__()
        await self.settle(gone=[port])

    async def do(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Let something happen behind the server."""
        answer = await self._control.do(op, **arguments)
        assert answer["ok"], answer
        await self.settle()
        return answer

    async def settle(self, gone: list[int] | None = None) -> None:
        """Wait until all that was sent is answered; put the answers into the inboxes."""
        present = [client for client in self._all if not client.is_over]
        received = {str(client.port): client.bytes_sent for client in present}
        answer = await self._control.do("settle", received=received, gone=gone or [])
        assert answer["ok"], answer
        names = {client: name for name, client in self._clients.items()}
        for client in present:
            messages = await client.read(answer["sent"].get(str(client.port)))
            if client in names:
                self.inbox[names[client]] += messages

    def is_over(self, who: str) -> bool:
        """Tell whether a client's connection was closed."""
        return who in self._clients and self._clients[who].is_over

    async def close(self) -> None:
        """End all clients."""
        for client in self._all:
            await client.__aexit__()
