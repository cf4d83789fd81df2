"""The simulated telephone system, in a process of its own, and its control port."""

import asyncio
from contextlib import AsyncExitStack
import json
from pathlib import Path
import sys
from typing import Any, NamedTuple, Self

from tests.simulators.wire import ControlClient

_ROOT = Path(__file__).parents[2]
_EXTENSIONS = 8
_OPTIONS = (
    f"--port 0 --control-port 0 --until-eof --scenario none --extensions {_EXTENSIONS} --seed 1"
)
# The clock stands still, so that a sequence does the same each time it is run.
_CLOCK = "--locations 2 --tenants 2 --clock 1900000000"


class Seat(NamedTuple):
    """Where an extension is."""

    location: str
    tenant: str
    number: str

    @property
    def names(self) -> dict[str, str]:
        """What the control port names it by."""
        return {"location": self.location, "tenant": self.tenant, "extension": self.number}


class Refusal(Exception):
    """The control port could not do what it was asked for, and says why."""


class Server:
    """A simulator's process, for as long as its `async with` lasts."""

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "simulators", "isymphony_status"),
                *_OPTIONS.split(),
                *_CLOCK.split(),
                cwd=_ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            stack.push_async_callback(self._end_process)
            assert self._process.stdout
            said = json.loads(await self._process.stdout.readline())
            self.port: int = said["port"]
            self._control = await stack.enter_async_context(ControlClient(said["control_port"]))
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _end_process(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()

    async def do(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Have one operation done.

        Raises:
            Refusal: it could not be done.
        """
        answer = await self._control.do(op, **arguments)
        if not answer.pop("ok"):
            raise Refusal(answer["error"])
        return answer

    async def dump(self) -> Dump:
        """Return what the server holds."""
        return Dump((await self.do("dump"))["locations"])


class Dump:
    """What the server holds, by the names it has for it."""

    def __init__(self, locations: dict[str, Any]) -> None:
        self.locations = list(locations)
        self.statuses: dict[tuple[str, str], list[str]] = {}
        self.extensions: dict[Seat, dict[str, Any]] = {}
        for location, content in locations.items():
            for tenant, group in content["tenants"].items():
                self.statuses[location, tenant] = group["statuses"]
                for number, extension in group["extensions"].items():
                    self.extensions[Seat(location, tenant, number)] = extension

    @property
    def groups(self) -> list[tuple[str, str]]:
        """The tenants, each with its location."""
        return list(self.statuses)

    @property
    def seats(self) -> list[Seat]:
        """Where the extensions are."""
        return list(self.extensions)

    def seats_in(self, *path: str) -> list[Seat]:
        """Return the seats in a location or a tenant of one."""
        return [seat for seat in self.extensions if seat[: len(path)] == path]
