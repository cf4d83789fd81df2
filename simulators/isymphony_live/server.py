"""The server: REST and the event web-socket on one port.

    async with LiveSimulator(default_office(), port=0) as simulator:
        ...                                                          # connect to simulator.port
        simulator.calls.ring(simulator.office.server(), "15550100", "101")

Every change of a user or agent goes through `people`, every call through `calls`; both tell whoever has to
know.
"""

from contextlib import AsyncExitStack
import random
import time
from typing import TYPE_CHECKING, Self

from aiohttp import web

from simulators.request_log import RequestLog
from simulators.scenario import Player, Scenario, burst
from simulators.seam import Wire
from simulators.tcp import OUTSTANDING_LIMIT, Listener
from simulators.web_faults import WebFaults

from .actions import Actions
from .bodies import Bodies
from .calls import Calls
from .configuration import Configuration
from .events import Events
from .http import Http
from .hub import Hub
from .office_day import OfficeDay, flurry
from .people import People
from .resources import Resources
from .settings import Settings
from .site import Site
from .specimens import LiveSpecimens
from .websocket import WebSocket

if TYPE_CHECKING:
    from collections.abc import Callable
    import ssl

    from .office import Office

_GOODBYE = 1.0  # seconds for requests to end when the server stops


class LiveSimulator:
    """An iSymphony 3 server, for as long as its `async with` lasts.

    `tls` makes everything HTTPS. `scenario` goes at `rate` changes a second, and `clock` gives its Unix time;
    `outstanding_limit` is how many bytes a client may leave unread.
    """

    def __init__(
        self,
        office: Office,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        settings: Settings | None = None,
        tls: ssl.SSLContext | None = None,
        seed: int = 0,
        scenario: Scenario = Scenario.NONE,
        rate: float = 0.5,
        clock: Callable[[], float] = time.time,
        outstanding_limit: int = OUTSTANDING_LIMIT,
    ) -> None:
        self.office = office
        self.settings = settings or Settings()
        self.username: str | None = self.settings.username
        self.password: str | None = self.settings.password
        self.restarts = 0
        self.site = Site(office, self.settings, clock, random.Random(f"running {seed}"))
        self.hub = Hub(self.site)
        self.events = Events(self.site, self.hub)
        self.calls = Calls(self.site, self.events)
        self.people = People(self.site, self.events, self.calls)
        self.log = RequestLog()
        self.listener = Listener(self._wire, host, port, outstanding_limit, tls)
        self.faults = WebFaults(self.listener, LiveSpecimens(office), random.Random(seed))
        self._seed = seed
        self._first_scenario = scenario, rate
        self._rng = random.Random(seed)
        self._player = Player(lambda: OfficeDay(self, self._rng).go_on)
        self._web: web.Server | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._web = web.Server(self._http().handle, handler_cancellation=True, access_log=None)
            stack.push_async_callback(self._web.shutdown, _GOODBYE)
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

    async def burst(self, events: int, rate: float | None = None, seed: int | None = None) -> int:
        """Let so many statuses change, at a rate or as fast as the sockets take it.

        Returns how many did: fewer than wanted only if nobody has a status.
        """
        changes = flurry(self, self._rng if seed is None else random.Random(seed))
        return await burst(changes, events, rate, self.listener.flushed)

    async def restart(self, seconds: float | None = None) -> int:
        """Drop every connection, let everyone be logged out, and give everything other ids.

        With `seconds`, nothing listens for so long. Calls go on: they are Asterisk's. Returns how many
        connections there were.
        """
        self.restarts += 1
        connections = len(self.listener.connections)
        for server in self.office.servers.values():
            for user in server.users.values():
                user.logins.clear()
        self.office.renew_ids(
            random.Random(f"ids {self._seed} {self.restarts} {self.site.clock()}")
        )
        self.calls.renew_ids()
        if seconds is None:
            self.listener.drop_all(reset=False)
        else:
            await self.faults.refuse(seconds=seconds)
        return connections

    def _http(self) -> Http:
        return Http(
            self.site,
            Resources(self.site, self.calls),
            Bodies(self.site, self.calls),
            Actions(self.site, self.people, self.calls),
            Configuration(self.site),
            self.log,
            self.faults,
            WebSocket(self.site, self.hub, self.log, self.faults.take),
        )

    def _wire(self) -> Wire:
        assert self._web is not None
        return Wire(self.listener, self._web())
