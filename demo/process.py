"""A child process of the demo: its output goes to a file, its end is noticed, its stop is orderly.

Children get a session of their own: a Ctrl-C in the terminal reaches the demo alone, which then
stops them one after the other, so that Home Assistant can write its history first.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import asynccontextmanager
import signal
from typing import TYPE_CHECKING

from .errors import DemoError

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator
    from pathlib import Path

TAIL = 15  # lines of its log that are shown when a child ends unasked


class Child:
    """One running child process."""

    def __init__(self, name: str, process: Process, log: Path) -> None:
        self.name = name
        self.log = log
        self.process = process

    async def first_line(self, seconds: float) -> bytes:
        """Return the first line that it prints."""
        if self.process.stdout is None:
            raise DemoError(f"{self.name} was started without an ear for what it says")
        try:
            async with asyncio.timeout(seconds):
                line = await self.process.stdout.readline()
        except TimeoutError:
            raise DemoError(f"{self.name} said nothing for {seconds:g} seconds") from None
        if not line:
            await self.ended()
        return line

    async def ended(self) -> None:
        """Wait until it ends, which it does not do unasked: raise, and show the log's tail."""
        code = await self.process.wait()
        tail = "".join(f"  {line}\n" for line in self._tail())
        raise DemoError(
            f"{tail}{self.name} ended by itself (exit code {code}); its log is {self.log}"
        )

    def _tail(self) -> list[str]:
        """Return the end of its log, without what only says that all is well."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if " INFO " not in line][-TAIL:]


@asynccontextmanager
async def running(
    name: str, command: list[str], *, log: Path, cwd: Path, stop_seconds: float, speaks: bool
) -> AsyncGenerator[Child]:
    """Run a command until the block is left.

    What one that `speaks` prints can be read; its standard input ends when the demo does, however
    that comes about.
    """
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=PIPE if speaks else DEVNULL,
            stdout=PIPE if speaks else file,
            stderr=file,
            cwd=cwd,
            start_new_session=True,
        )
    child = Child(name, process, log)
    try:
        yield child
    finally:
        await _stop(child, stop_seconds)


async def _stop(child: Child, seconds: float) -> None:
    """Ask it to end; one that does not is killed, and said to have been."""
    if child.process.returncode is not None:
        return
    child.process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(seconds):
            await child.process.wait()
    except TimeoutError:
        child.process.kill()
        await child.process.wait()
        raise DemoError(f"{child.name} did not end in {seconds:g} seconds and was killed") from None
