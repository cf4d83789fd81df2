"""The control port: one JSON object per line in, one JSON object per line out.

    {"op": "set", "extension": "100", "status": "Away"}     →  {"ok": true, "events": 1}
    {"op": "no such thing"}                                 →  {"ok": false, "error": "…"}

`op` names the operation, all other members are its arguments. The requests of one connection are
answered one after the other; several connections are served side by side. What operations there
are is told by the system that is simulated.
"""

import asyncio
import json
from typing import TYPE_CHECKING, Self

from .operations import OperationError, perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .operations import Answer, Operation

LINE_LIMIT = 1024 * 1024  # bytes


class ControlPort:
    """Listens for requests, for as long as its `async with` lasts."""

    def __init__(
        self, operations: Mapping[str, Operation], host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.port = port
        self._host = host
        self._operations = operations
        self._conversations: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(
            self._converse, self._host, self.port, limit=LINE_LIMIT
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = asyncio.current_task()
        if conversation is not None:
            self._conversations.add(conversation)
            conversation.add_done_callback(self._conversations.discard)
        try:
            await self._answer_all(reader, writer)
        except ConnectionError:
            pass  # whoever asked has left without waiting for the answer
        finally:
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                line = await reader.readline()
            except ValueError:  # where the line would end is unknown, so nothing more can be read
                writer.write(_to_line(_refusal(f"a line is at most {LINE_LIMIT} bytes")))
                await writer.drain()
                return
            if not line:
                return
            writer.write(_to_line(await self.answer(line)))
            await writer.drain()

    async def answer(self, line: bytes) -> Answer:
        """Do what one line asks for, and return the answer."""
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as error:
            return _refusal(f"not JSON: {error}")
        if not isinstance(request, dict):
            return _refusal("a request is a JSON object")
        name = request.pop("op", None)
        try:
            return {"ok": True} | await perform(self._operations, "op", name, request)
        except (OperationError, ValueError, OSError) as error:
            return _refusal(str(error))


def _refusal(reason: str) -> Answer:
    return {"ok": False, "error": reason}


def _to_line(answer: Answer) -> bytes:
    return json.dumps(answer).encode() + b"\n"
