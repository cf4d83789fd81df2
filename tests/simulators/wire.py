"""A client that knows lines and nothing else."""

import asyncio
import json
from typing import Any, Self

PATIENCE = 10.0  # seconds; only a test that fails waits so long


class LineClient:
    """Sends and reads lines; bytes, so that nothing is smoothed over."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(
            "127.0.0.1", self._port, limit=2**26
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.close()
        await asyncio.sleep(0)

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def line(self) -> bytes:
        """Return the next line with its end, or what there is before the end of the stream."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.readline()

    async def lines(self, count: int) -> list[bytes]:
        return [await self.line() for _ in range(count)]

    async def until(self, last: bytes) -> list[bytes]:
        lines = [await self.line()]
        while lines[-1] != last:
            assert lines[-1], f"the stream ended before {last!r}"
            lines.append(await self.line())
        return lines

    async def ask(self, command: str) -> bytes:
        self.send(command.encode() + b"\n")
        return await self.line()

    async def is_in_step(self) -> None:
        """Return once everything sent so far was answered, with nothing more to come."""
        assert await self.ask("what?") == b"Error: Invalid command.\n"

    async def rest(self) -> bytes:
        """Return all that comes before the server closes, by FIN or by RST."""
        received = bytearray()
        async with asyncio.timeout(PATIENCE):
            try:
                while data := await self.reader.read(65_536):
                    received += data
            except ConnectionResetError:
                return bytes(received)
        return bytes(received)

    async def is_reset(self) -> bool:
        """Wait for the end of the connection; tell whether it came by RST."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(65_536):
                    pass
            except ConnectionResetError:
                return True
        return False


class ControlClient(LineClient):
    """Sends operations and returns their answers."""

    async def do(self, op: str, **arguments: Any) -> dict[str, Any]:
        self.send(json.dumps({"op": op, **arguments}).encode() + b"\n")
        return json.loads(await self.line())
