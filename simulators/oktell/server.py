"""The server: HTTP and the web-socket on one port, and notifications that it posts.

    async with OktellSimulator(default_office(), port=0) as simulator:
        ...                                                          # connect to simulator.port
        simulator.calls.ring("84951234567", "101")

Every change of a user goes through `states`, every call through `calls`; both tell whoever has to know.
"""

import asyncio
from contextlib import AsyncExitStack, suppress
from enum import StrEnum
import random
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from simulators.operations import positive
from simulators.tcp import OUTSTANDING_LIMIT, Listener

from .call_events import CallEvents
from .calls import Calls
from .default_office import SERVICE_USER
from .faults import OktellFaults
from .files import Files
from .http import HttpCommands
from .http_access import HttpAccess
from .hub import Hub
from .license import License
from .messenger import Messenger
from .notifications import Notifier
from .office_day import OfficeDay, flurry
from .passwords import OneTimePasswords
from .picture import Pushes
from .requests import RequestLog
from .scripts import Scripts
from .seam import Wire
from .settings import Settings
from .site import Site
from .specimens import OktellSpecimens
from .states import States
from .websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    import ssl

    from .office import Office

BATCH = 512  # pushes written at once in a burst
_BURST_TURN = 0.01  # seconds between two writes of a burst with a rate
_NOBODY_THERE = 1.0  # seconds between two looks into an empty office
_GOODBYE = 1.0  # seconds for requests to end when the server stops


class Scenario(StrEnum):
    """What happens by itself."""

    NONE = "none"
    OFFICE_DAY = "office-day"


class OktellSimulator:
    """An Oktell server, for as long as its `async with` lasts.

    `webhook` is where notifications are posted to; `tls` makes everything HTTPS. `scenario` goes at `rate`
    changes a second, and `clock` gives its Unix time; `outstanding_limit` is how many bytes a client may
    leave unread.
    """

    def __init__(
        self,
        office: Office,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        settings: Settings | None = None,
        webhook: str | None = None,
        tls: ssl.SSLContext | None = None,
        seed: int = 0,
        scenario: Scenario = Scenario.NONE,
        rate: float = 0.5,
        clock: Callable[[], float] = time.time,
        outstanding_limit: int = OUTSTANDING_LIMIT,
    ) -> None:
        service = office.with_login(SERVICE_USER)
        self.username: str | None = service.login if service else None
        self.password: str | None = service.password if service else None
        self.office = office
        self.settings = settings or Settings()
        self.states = States(office)
        rng = random.Random(f"running {seed}")  # or the ids would be those of the office again
        self.site = Site(office, self.settings, self.states, clock, rng)
        self.hub = Hub(self.site)
        self.pushes = Pushes(self.site, self.hub)
        self.calls = Calls(self.site, CallEvents(self.hub))
        self.messenger = Messenger(self.site, self.hub)
        self.files = Files(self.site)
        self.scripts = Scripts(self.files)
        self.license = License(self.settings.seats, clock())
        self.log = RequestLog()
        self.notifier = Notifier(self.site, webhook)
        self.listener = Listener(self._wire, host, port, outstanding_limit, tls)
        self.faults = OktellFaults(self.listener, OktellSpecimens(office), random.Random(seed))
        self._passwords = OneTimePasswords(self.site)
        self._first_scenario = scenario, rate
        self._rng = random.Random(seed)
        self._scenario: asyncio.Task[None] | None = None
        self._web: web.Server | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._web = web.Server(self._http().handle, handler_cancellation=True, access_log=None)
            stack.push_async_callback(self._web.shutdown, _GOODBYE)
            await stack.enter_async_context(self.notifier)
            stack.push_async_callback(self.scripts.close)
            await self.listener.open()
            stack.push_async_callback(self.listener.shut_down)
            stack.push_async_callback(self.faults.close)
            stack.callback(self.site.stop_timers)
            await self.play(*self._first_scenario)
            stack.push_async_callback(self.stop_scenario)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self.listener.port

    async def play(self, scenario: Scenario, rate: float) -> None:
        """Let a scenario begin, in place of the present one, at so many changes a second."""
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

    async def burst(self, pushes: int, rate: float | None = None, seed: int | None = None) -> int:
        """Push the states of so many numbers, at a rate or as fast as the sockets take it.

        Returns how many were pushed: fewer than wanted only if the office is empty.
        """
        changes = flurry(self, self._rng if seed is None else random.Random(seed))
        batch_size = BATCH if rate is None else max(1, min(BATCH, round(rate * _BURST_TURN)))
        loop = asyncio.get_running_loop()
        start, sent = loop.time(), 0
        while sent < pushes:
            for _ in range(min(batch_size, pushes - sent)):
                if not next(changes, False):
                    return sent
                sent += 1
            await self.listener.flushed()
            await asyncio.sleep(0 if rate is None else max(0, start + sent / rate - loop.time()))
        return sent

    def _http(self) -> HttpCommands:
        websocket = WebSocket(
            self.site,
            self.hub,
            self.calls,
            self.messenger,
            self._passwords,
            self.log,
            self.faults.take,
            lambda: self.port,
        )
        return HttpCommands(
            self.site,
            self.calls,
            self.scripts,
            self.files,
            self.license,
            HttpAccess(self.site, self._passwords),
            self.log,
            self.faults,
            websocket,
        )

    def _wire(self) -> Wire:
        assert self._web is not None
        return Wire(self.listener, self._web())

    async def _play_office_day(self, rate: float) -> None:
        day = OfficeDay(self, self._rng)
        while True:
            happened = day.go_on()
            await asyncio.sleep(1 / rate if happened else _NOBODY_THERE)
