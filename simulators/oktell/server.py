"""The server: HTTP and the web-socket on one port, and notifications that it posts.

    async with OktellSimulator(default_office(), port=0) as simulator:
        ...                                                          # connect to simulator.port
        simulator.calls.ring("84951234567", "101")

Every change of a user goes through `states`, every call through `calls`; both tell whoever has to know.
"""

from contextlib import AsyncExitStack
import random
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from simulators.scenario import Player, Scenario, burst
from simulators.seam import Wire
from simulators.tcp import OUTSTANDING_LIMIT, Listener
from simulators.web_faults import WebFaults

from .call_events import CallEvents
from .calls import Calls
from .default_office import SERVICE_USER
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
from .requests import OktellRequestLog
from .scripts import Scripts
from .settings import Settings
from .site import Site
from .specimens import OktellSpecimens
from .states import States
from .websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    import ssl

    from .office import Office

_GOODBYE = 1.0  # seconds for requests to end when the server stops


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
        self.log = OktellRequestLog()
        self.notifier = Notifier(self.site, webhook)
        self.listener = Listener(self._wire, host, port, outstanding_limit, tls)
        self.faults = WebFaults(self.listener, OktellSpecimens(office), random.Random(seed))
        self._passwords = OneTimePasswords(self.site)
        self._first_scenario = scenario, rate
        self._rng = random.Random(seed)
        self._player = Player(lambda: OfficeDay(self, self._rng).go_on)
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
            stack.callback(self.site.timers.stop)
            await self.play(*self._first_scenario)
            stack.push_async_callback(self._player.stop)
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
        await self._player.play(scenario, rate)

    async def burst(self, pushes: int, rate: float | None = None, seed: int | None = None) -> int:
        """Push the states of so many numbers, at a rate or as fast as the sockets take it.

        Returns how many were pushed: fewer than wanted only if the office is empty.
        """
        changes = flurry(self, self._rng if seed is None else random.Random(seed))
        return await burst(changes, pushes, rate, self.listener.flushed)

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
