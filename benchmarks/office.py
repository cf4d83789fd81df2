"""The simulated office: one of the simulators in a process of its own.

Its work is not counted with ours. Seed and clock are fixed, so that an office that is started again
begins with the same picture, and the same burst brings the same events.

Whatever differs from system to system stands in the table `_SYSTEMS`; nobody else has to know it.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
import json
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import ROOT

if TYPE_CHECKING:  # what it imports takes seconds, and not everybody who knows an office needs it
    from custom_components.office_cti.telephony.model import Extension

HOST = "127.0.0.1"
FIRST_EXTENSION = "100"  # of every simulated office
_CLOCK = 1_790_000_000  # Unix time
_STOP_SECONDS = 10.0
_LINE_LIMIT = 64 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Site:
    """Which office it is: its system, how many there are of each, and what a config entry chooses of it.

    Of iSymphony Live, extensions are telephones: some users have two, and some are nobody's.
    """

    system: str
    extensions: int
    users: int = 0
    agents: int = 0
    queues: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as JSON, for a job."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _System:
    """What one simulator is told, and asked, otherwise than the others.

    Attributes:
        counts: what its office has so many of, as the command line's options call it.
        burst: what a burst consists of, as its control port calls it.
        extension: what its control port calls an extension.
        mark: the field of the directory's extension that shows a mark.
        marks: what an extension is set to for the mark of this number, by the control port's names. No
            burst sets it to the like, and the next mark is another one.
        marked: reads what was set.
        about: what a config entry has beside address and credentials.
        seats: how many extensions with a number the directory holds of what is there, if that is not one of
            each extension.
    """

    counts: tuple[str, ...]
    burst: str
    mark: str
    marks: Callable[[int], dict[str, Any]]
    marked: Callable[[Extension], Any]
    extension: str = "extension"
    about: Callable[[Mapping[str, Any]], dict[str, Any]] = lambda _: {}
    seats: Callable[[dict[str, Any]], int] | None = None


def _words(number: int) -> str:
    return f"Burst {number} is over"


def _forward_destination(extension: Extension) -> str | None:
    forward = extension.forward_always
    return None if forward is None else forward.destination


# A user of an Oktell server is given states only; these two come in no burst: disconnected, reserved.
_RARE_STATES = (0, 6)


def _state(extension: Extension) -> int | None:
    return None if extension.status is None else int(extension.status.key)


def _oktell_connections(data: Mapping[str, Any]) -> dict[str, Any]:
    push = {name: data[name] for name in ("port", "username", "password")}
    return {"authorization": "basic", "encryption": "none", "push": push}


def _live_seats(office: dict[str, Any]) -> int:
    """Count licensed users, who may have several telephones, and telephones of nobody."""
    [server] = office["servers"].values()
    users = sum(user["licensed"] for user in server["users"].values())
    return int(users + sum(each["user"] is None for each in server["extensions"].values()))


_SYSTEMS: Mapping[str, _System] = MappingProxyType(
    {
        "isymphony_status": _System(
            counts=("extensions",),
            burst="events",
            mark="note",
            marks=lambda number: {"note": _words(number)},
            marked=lambda extension: extension.note,
        ),
        "xivo": _System(
            counts=("extensions", "agents", "queues"),
            burst="pushes",
            mark="forward_always",
            marks=lambda number: {"forward_always": _words(number)},
            marked=_forward_destination,
        ),
        "oktell": _System(
            counts=("extensions",),
            burst="pushes",
            extension="user",
            mark="status",
            marks=lambda number: {"state": _RARE_STATES[number % 2]},
            marked=_state,
            about=_oktell_connections,
        ),
        "isymphony_live": _System(
            counts=("extensions", "agents", "queues"),
            burst="events",
            extension="user",
            mark="note",
            marks=lambda number: {"note": _words(number)},
            marked=lambda extension: extension.note,
            about=lambda _: {"encryption": "none", "verify_ssl": True},
            seats=_live_seats,
        ),
    }
)


class Office:
    """One simulated office; it can be started again, and is then where it was in the beginning."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.port = 0
        self._system = _SYSTEMS[site.system]
        self._credentials: dict[str, str] = {}
        self._process: Process | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Start it, at the port that it had before."""
        counts = " ".join(f"--{name} {getattr(self.site, name)}" for name in self._system.counts)
        command = f"""-m simulators {self.site.system} --host {HOST} --port {self.port}
            --control-port 0 --until-eof --scenario none {counts} --clock {_CLOCK}"""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *command.split(), stdin=PIPE, stdout=PIPE, cwd=ROOT
        )
        assert self._process.stdout
        about = json.loads(await self._process.stdout.readline())
        self.port = about["port"]
        self._credentials = {
            name: about[name] for name in ("username", "password") if about[name] is not None
        }
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

    @property
    def data(self) -> dict[str, Any]:
        """What a config entry of it holds."""
        data = {
            "system": self.site.system,
            "host": HOST,
            "port": self.port,
            **self._credentials,
        }
        return data | self._system.about(data)

    async def ask(self, op: str, **arguments: Any) -> dict[str, Any]:
        """Have one operation done through the control port."""
        assert self._reader
        assert self._writer
        self._writer.write(json.dumps({"op": op, **arguments}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._reader.readline())
        if not answer["ok"]:
            raise RuntimeError(f"The simulated office refused {op}: {answer['error']}")
        return answer

    async def worked(self) -> float:
        """Return how much processor time (s) the simulator has taken until now."""
        answer = await self.ask("stats")
        seconds: float = answer["processor_seconds"]
        return seconds

    async def seats(self) -> int:
        """Return how many extensions with a number the directory is to hold."""
        if self._system.seats is None:
            return self.site.extensions
        return self._system.seats(await self.ask("dump"))

    async def burst(self, events: int, seed: int) -> None:
        """Have so many events of an office day sent."""
        await self.ask("burst", seed=seed, **{self._system.burst: events})

    @property
    def mark_field(self) -> str:
        """The field of an extension that `mark` changes."""
        return self._system.mark

    async def mark(self, number: int) -> None:
        """Set the first extension to something that shows that all before has arrived."""
        extension = {self._system.extension: FIRST_EXTENSION}
        await self.ask("set", **extension, **self._system.marks(number))

    def is_marked(self, extension: Extension, number: int) -> bool:
        """Tell whether the first extension shows the mark of that number."""
        [mark] = self._system.marks(number).values()
        return bool(self._system.marked(extension) == mark)


@asynccontextmanager
async def running(site: Site) -> AsyncGenerator[Office]:
    """Run an office in which nothing happens by itself."""
    office = Office(site)
    try:
        await office.start()
        yield office
    finally:
        await office.stop()
