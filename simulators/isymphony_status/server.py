"""The server: commands in, replies and events out.

    async with StatusSimulator(default_office(), port=0) as simulator:
        ...                                                          # connect to simulator.port
        simulator.announce(simulator.office.set_note("Head Office", "Sales", "100", "Lunch"))

There is no log-in and no banner. Every change is announced to all connections, also to the one that
asked for it; whether that one gets its event before or after its reply is not known of real servers
and therefore a choice (`Echo`).

Everything happens within the turn of the event loop in which a line arrives, so that nothing can
land inside a reply. Only a report can be interleaved with events, and only on demand.
"""

import asyncio
from collections import deque
from contextlib import suppress
from enum import StrEnum
from itertools import islice
import logging
import random
import time
from typing import TYPE_CHECKING, Self, override

from simulators.faults import Faults
from simulators.lines import LineSplitter
from simulators.operations import positive
from simulators.tcp import OUTSTANDING_LIMIT, Connection, Listener

from .office import OfficeError
from .office_day import office_day
from .protocol import (
    Change,
    CommandError,
    Exit,
    Query,
    Report,
    Spelling,
    decode_line,
    encode_line,
    error_line,
    event_line,
    parse,
)
from .specimens import StatusSpecimens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .office import Event, Office
    from .office_day import PersonChange
    from .protocol import Command

logger = logging.getLogger(__name__)

LINE_LIMIT = 64 * 1024  # bytes
RECEIVED_LIMIT = 10_000  # command lines kept
BATCH = 512  # events written at once in a burst
NOBODY_THERE = 1.0  # seconds between two looks into an empty office
_BURST_TURN = 0.01  # seconds between two writes of a burst with a rate
_SUCCESS = encode_line("")


class Echo(StrEnum):
    """When a client gets the event of a change that it made itself."""

    BEFORE = "before"
    AFTER = "after"
    MIXED = "mixed"
    NONE = "none"


class Scenario(StrEnum):
    """What happens by itself."""

    NONE = "none"
    OFFICE_DAY = "office-day"


class StatusConnection(Connection):
    """A client of the Status interface."""

    def __init__(self, simulator: StatusSimulator, listener: Listener) -> None:
        super().__init__(listener)
        self._simulator = simulator
        self._lines = LineSplitter(LINE_LIMIT)
        self._has_spoken = False

    @override
    def data_received(self, data: bytes) -> None:
        self._has_spoken = True
        for line in self._lines.feed(data):
            if self.is_closing:
                return
            self._simulator.obey(self, line)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if not self._has_spoken:
            self._simulator.probes += 1


class StatusSimulator:
    """An iSymphony 2 server's Status interface, for as long as its `async with` lasts.

    `scenario` goes at `rate` events a second, and `clock` gives its Unix time; `interleave` is how
    many people's changes fall into the midst of each report; `outstanding_limit` is how many bytes
    a client may leave unread.
    """

    username: str | None = None  # the protocol has no log-in
    password: str | None = None

    def __init__(
        self,
        office: Office,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        seed: int = 0,
        echo: Echo = Echo.MIXED,
        spelling: Spelling | None = None,
        interleave: int = 0,
        scenario: Scenario = Scenario.NONE,
        rate: float = 0.5,
        clock: Callable[[], float] = time.time,
        outstanding_limit: int = OUTSTANDING_LIMIT,
    ) -> None:
        self.office = office
        self.echo = echo
        self.spelling = spelling or Spelling()
        self.interleave = interleave
        self.received: deque[str] = deque(maxlen=RECEIVED_LIMIT)
        self.commands = 0
        self.events = 0
        self.probes = 0
        self._first_scenario = scenario, rate
        self._rng = random.Random(seed)
        self._clock = clock
        self.listener = Listener(self._connection, host, port, outstanding_limit)
        self.faults = Faults(self.listener, StatusSpecimens(office), random.Random(seed))
        self._scenario: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.listener.open()
        await self.play(*self._first_scenario)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_scenario()
        await self.faults.close()
        await self.listener.shut_down()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self.listener.port

    def announce(self, event: Event, *, besides: Connection | None = None) -> None:
        """Tell all clients of a change, perhaps besides one."""
        line = self.render(event)
        self.events += 1
        for connection in self.listener.connections:
            if connection is not besides:
                connection.send(line)

    def render(self, event: Event) -> bytes:
        """Return an event's line, in the spelling that is set."""
        return event_line(event, self.spelling.status_rename)

    def obey(self, connection: Connection, line: bytes | None) -> None:
        """Do what a client's line says, and reply; None is a line that was too long."""
        text = "" if line is None else decode_line(line)
        self.commands += 1
        self.received.append(text)
        fault = self.faults.take(text)
        if fault is None:
            self._reply(connection, line)
        elif fault.error is not None:
            connection.send(error_line(fault.error))
        elif fault.carried_out:
            self._obey_silently(connection, line)

    async def play(self, scenario: Scenario, rate: float) -> None:
        """Let a scenario begin, in place of the present one, at so many events a second."""
        positive("rate", rate)
        await self.stop_scenario()
        if scenario is Scenario.OFFICE_DAY:
            self._scenario = asyncio.create_task(self._play_office_day(rate))

    async def stop_scenario(self) -> None:
        """Let nothing happen by itself any more."""
        scenario, self._scenario = self._scenario, None
        if scenario is not None:
            scenario.cancel()
            with suppress(asyncio.CancelledError):
                await scenario

    async def burst(self, events: int, rate: float | None = None, seed: int | None = None) -> int:
        """Send events of an office day, at a rate or as fast as the sockets take them.

        Returns how many were written: fewer than wanted only if the office is empty.
        """
        rng = self._rng if seed is None else random.Random(seed)
        day = office_day(self.office, rng, self._clock)
        batch_size = BATCH if rate is None else max(1, min(BATCH, round(rate * _BURST_TURN)))
        loop = asyncio.get_running_loop()
        start = loop.time()
        sent = 0
        while batch := _take(day, min(batch_size, events - sent)):
            self.listener.broadcast(b"".join([self.render(event) for event in batch]))
            self.events += len(batch)
            sent += len(batch)
            await self.listener.flushed()
            await asyncio.sleep(0 if rate is None else max(0, start + sent / rate - loop.time()))
        return sent

    def _connection(self) -> StatusConnection:
        return StatusConnection(self, self.listener)

    def _parse(self, line: bytes | None) -> Command:
        if line is None:
            raise CommandError(f"A line is at most {LINE_LIMIT} bytes.")
        return parse(line)

    def _reply(self, connection: Connection, line: bytes | None) -> None:
        try:
            match self._parse(line):
                case Report() as report:
                    self._send_report(connection, report)
                case Query(reply):
                    connection.send(encode_line(reply(self.office)))
                case Change(make):
                    self._send_change(connection, make(self.office))
                case Exit():
                    connection.close()
        except (CommandError, OfficeError) as error:
            connection.send(error_line(str(error)))

    def _obey_silently(self, connection: Connection, line: bytes | None) -> None:
        """Carry out a command whose reply gets lost; its event does not."""
        try:
            command = self._parse(line)
            if isinstance(command, Change):
                event = command.make(self.office)
                self.announce(event, besides=connection if self.echo is Echo.NONE else None)
        except (CommandError, OfficeError) as error:
            logger.info("A command failed, and so would its reply have said: %s", error)

    def _send_change(self, connection: Connection, event: Event) -> None:
        echo = self.echo
        if echo is Echo.MIXED:
            echo = self._rng.choice((Echo.BEFORE, Echo.AFTER))
        if echo is Echo.BEFORE:
            connection.send(self.render(event))
        connection.send(_SUCCESS)
        if echo is Echo.AFTER:
            connection.send(self.render(event))
        self.announce(event, besides=connection)

    def _send_report(self, connection: Connection, report: Report) -> None:
        places = self._interruptions(report) if self.interleave else frozenset()
        parts = []
        for position, line in enumerate(report.lines(self.office, self.spelling, self._rng)):
            parts.append(encode_line(line))
            if position in places:
                parts += self._interrupt(connection)
        connection.send(b"".join(parts))

    def _interruptions(self, report: Report) -> frozenset[int]:
        """Return after which lines of a report something happens, never after its last."""
        size = sum(1 for _ in report.lines(self.office, self.spelling, random.Random(0)))
        return frozenset(self._rng.sample(range(size - 1), min(self.interleave, size - 1)))

    def _interrupt(self, connection: Connection) -> list[bytes]:
        """Let one person change something in the midst of a report; return the events' lines."""
        events = _take(office_day(self.office, self._rng, self._clock), 1)
        for event in events:
            self.announce(event, besides=connection)
        return [self.render(event) for event in events]

    async def _play_office_day(self, rate: float) -> None:
        while True:
            for change in office_day(self.office, self._rng, self._clock):
                events = 0
                for event in change:
                    self.announce(event)
                    events += 1
                await asyncio.sleep(events / rate)
            await asyncio.sleep(NOBODY_THERE)


def _take(day: Iterator[PersonChange], wanted: int) -> list[Event]:
    """Let the day go on for that many events; the last person may be interrupted."""
    events: list[Event] = []
    while len(events) < wanted:
        change = next(day, None)
        if change is None:
            break
        events += islice(change, wanted - len(events))
    return events
