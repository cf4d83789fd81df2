"""The simulated offices: one row per telephone system, each a child process of the demo.

A further system is one more row: what its config flow is told, taken from the line of JSON in
which a simulator says where it listens and how to log in.
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import sys
from typing import TYPE_CHECKING, Any

from . import ports, process
from .errors import DemoError
from .home_assistant import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from .api import Json
    from .process import Child

# system: the fields of its config flow's step, named as in the simulator's line
SYSTEMS: dict[str, tuple[str, ...]] = {
    "isymphony_status": ("host", "port"),
}

# What a person may send to a control port, to see something move.
EXAMPLE = json.dumps({"op": "set", "extension": "100", "status": "Out to Lunch", "note": "Pizza!"})

START_SECONDS = 60.0
STOP_SECONDS = 15.0
ANSWER_SECONDS = 30.0
LINE_LIMIT = 64 * 1024 * 1024  # bytes; the picture of a large office is one line


@dataclass(frozen=True, slots=True)
class Office:
    """A running simulated office, and what its simulator said about itself."""

    child: Child
    about: Json

    @property
    def system(self) -> str:
        """The telephone system that it simulates."""
        return str(self.about["system"])

    @property
    def flow_input(self) -> Json:
        """What a person types into the config flow to reach it."""
        return {field: self.about[field] for field in SYSTEMS[self.system]}

    async def ask(self, op: str, **arguments: Any) -> Json:
        """Have one operation done through the control port."""
        return await ask(int(self.about["control_port"]), op, **arguments)


@asynccontextmanager
async def running(
    system: str, folder: Path, *, extensions: int, scenario: str, remembered: Json
) -> AsyncGenerator[Office]:
    """Run one simulated office, where it was the last time if those ports are still free."""
    command = [
        *(sys.executable, "-m", "simulators", system),
        *("--host", ports.HOST, "--port", str(_port(remembered, "port"))),
        *("--control-port", str(_port(remembered, "control_port"))),
        *("--extensions", str(extensions), "--scenario", scenario, "--until-eof"),
    ]
    async with process.running(
        f"the simulated office ({system})",
        command,
        log=folder / f"{system}.log",
        cwd=ROOT,
        stop_seconds=STOP_SECONDS,
        speaks=True,
    ) as child:
        yield Office(child, _about(system, await child.first_line(START_SECONDS)))


def _about(system: str, line: bytes) -> Json:
    try:
        about: Json = json.loads(line)
    except ValueError:
        raise DemoError(
            f"the simulator of {system} did not say where it listens: {line!r}"
        ) from None
    return about


def _port(remembered: Json, field: str) -> int:
    port = int(remembered.get(field, 0))
    return port if port and ports.is_free(port) else 0


async def ask(control_port: int, op: str, **arguments: Any) -> Json:
    """Have one operation done by the simulator behind a control port, and return its answer."""
    async with asyncio.timeout(ANSWER_SECONDS):
        reader, writer = await asyncio.open_connection(ports.HOST, control_port, limit=LINE_LIMIT)
        try:
            writer.write(json.dumps({"op": op, **arguments}).encode() + b"\n")
            await writer.drain()
            answer: Json = json.loads(await reader.readline())
        finally:
            writer.close()
    if not answer.get("ok"):
        raise DemoError(f"the simulated office refused {op}: {answer.get('error')}")
    return answer
