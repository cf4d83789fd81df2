"""The simulated office: the iSymphony Status simulator in a process of its own.

Its work is not counted with ours. Seed and clock are fixed, so that an office that is started again
begins with the same picture, and the same burst brings the same events.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import json
import sys
from typing import Any

from . import ROOT

HOST = "127.0.0.1"
_CLOCK = 1_790_000_000  # Unix time
_STOP_SECONDS = 10.0
_LINE_LIMIT = 64 * 1024 * 1024  # bytes


class Office:
    """One simulated office; it can be started again, and is then where it was in the beginning."""

    def __init__(self, extensions: int) -> None:
        self.extensions = extensions
        self.port = 0
        self._process: Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Start it, at the port that it had before."""
        command = f"""-m simulators isymphony_status --host {HOST} --port {self.port}
            --control-port 0 --until-eof --scenario none --extensions {self.extensions}
            --clock {_CLOCK}"""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command.split(), stdin=PIPE, stdout=PIPE, cwd=ROOT
        )
        assert self._process.stdout
        about = json.loads(await self._process.stdout.readline())
        self.port = about["port"]
        self._reader, self._writer = await asyncio.open_connection(
            HOST, about["control_port"], limit=_LINE_LIMIT
        )

    async def stop(self) -> None:
        """End it, and wait until it has ended."""
        if self._writer:
            self._writer.close()
        if self._process and self._process.stdin:
            self._process.stdin.close()
            async with asyncio.timeout(_STOP_SECONDS):
                await self._process.wait()

    async def ask(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Have one operation done through the control port."""
        assert self._reader
        assert self._writer
        self._writer.write(json.dumps({"op": op, **arguments}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._reader.readline())
        if not answer["ok"]:
            raise RuntimeError(f"The simulated office refused {op}: {answer['error']}")
        return answer


@asynccontextmanager
async def running(extensions: int) -> AsyncGenerator[Office]:
    """Run an office of that many extensions in which nothing happens by itself."""
    office = Office(extensions)
    try:
        await office.start()
        yield office
    finally:
        await office.stop()
