"""A server that says what a test has it say, line by line, and when."""

import asyncio
from typing import Self

from ..waiting import PATIENCE


class ScriptedServer:
    """Takes connections one after the other; lines go to and come from the latest."""

    async def __aenter__(self) -> Self:
        self._connections: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
        self._connections = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        self._connections.put_nowait((reader, writer))

    async def accepts(self) -> None:
        """Turn to the next connection."""
        async with asyncio.timeout(PATIENCE):
            self._reader, self._writer = await self._connections.get()

    async def hears(self, command: str) -> None:
        """Wait for the next command, which has to be this one."""
        async with asyncio.timeout(PATIENCE):
            line = await self._reader.readline()
        assert line == f"{command}\n".encode()

    def says(self, *lines: str) -> None:
        """Send lines."""
        self._writer.write("".join(f"{line}\n" for line in lines).encode())

    def drops(self) -> None:
        """End the connection at once."""
        self._writer.transport.abort()

    async def reports(
        self,
        statuses: tuple[str, ...],
        state: tuple[str, ...],
        *,
        between: tuple[str, ...] = (),
        last: tuple[str, ...] = (),
    ) -> None:
        """Answer the two commands that ask for everything, with events in between and at last."""
        await self.hears("get_statuses")
        self.says("Status Report Started", *statuses, "Status Report Finished", *between)
        await self.hears("get_extension_state")
        self.says("State Report Started", *state, *last, "State Report Finished")
