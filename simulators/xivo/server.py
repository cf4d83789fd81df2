"""The server: messages in, replies and pushes out.

    async with XivoSimulator(default_office(), port=0) as simulator:
        ...                                                          # connect to simulator.port
        simulator.calls.ring("0145550123", "101")
        simulator.end_turn()

Whatever a change brings about is told to every connection, from accept on, when the turn ends. Most mistakes
of a client end its connection without a word, and every end of a connection shows its user as disconnected.
"""

import asyncio
from collections import deque
from contextlib import suppress
from enum import StrEnum
import logging
import random
import time
from typing import TYPE_CHECKING, Self

from simulators.faults import Faults
from simulators.operations import positive
from simulators.tcp import OUTSTANDING_LIMIT, Listener

from .asterisk import SilentAsterisk
from .call_center import CallCenter
from .calls import Calls
from .channels import Channels
from .client import Client, parse
from .conferences import Conferences
from .current_calls import CurrentCalls
from .fields import Drop, reply_to
from .office import MemberStatus, OfficeError
from .office_day import OfficeDay, flurry
from .outbox import Outbox
from .profiles import SUPERVISOR
from .releases import Release
from .requests import Requests
from .sheets import sheet
from .site import Site
from .specimens import XivoSpecimens
from .users import Users

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    import ssl

    from .calls import Call
    from .messages import Message
    from .office import Office, User

logger = logging.getLogger(__name__)

LOGIN_TIMEOUT = 5.0  # seconds
RECEIVED_LIMIT = 10_000  # messages kept
BATCH = 512  # pushes written at once in a burst
_BURST_TURN = 0.01  # seconds between two writes of a burst with a rate
_NOBODY_THERE = 1.0  # seconds between two looks into an empty office


class Scenario(StrEnum):
    """What happens by itself."""

    NONE = "none"
    OFFICE_DAY = "office-day"


class XivoSimulator:
    """A XiVO's CTI server and the Asterisk behind it, for as long as its `async with` lasts.

    `is_silent` makes an Asterisk that takes every order and does nothing; `answers_after` is how many
    seconds it takes until a call that a client made is answered: never, if left out. All is in TLS with
    `tls`; with `starttls` a release that knows how offers it. `scenario` goes at `rate` pushes a second,
    and `clock` gives its Unix time; `outstanding_limit` is how many bytes a client may leave unread.
    """

    def __init__(
        self,
        office: Office,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        release: Release = Release.R15_01,
        seed: int = 0,
        is_silent: bool = False,
        answers_after: float | None = None,
        shows_sheets: bool = True,
        tls: ssl.SSLContext | None = None,
        starttls: ssl.SSLContext | None = None,
        login_timeout: float = LOGIN_TIMEOUT,
        scenario: Scenario = Scenario.NONE,
        rate: float = 0.5,
        clock: Callable[[], float] = time.time,
        outstanding_limit: int = OUTSTANDING_LIMIT,
    ) -> None:
        watcher = _watcher(office)
        self.username: str | None = watcher.login if watcher else None
        self.password: str | None = watcher.password if watcher else None
        self.office = office
        self.release = release
        self.outbox = Outbox(release, clock)
        self.site = Site(office, release, self.outbox, clock, random.Random(seed))
        self.site.end_turn = self.end_turn
        self.call_center = CallCenter(self.site)
        self.users = Users(self.site, self.call_center)
        self.channels = Channels(self.site, self.call_center)
        self.current_calls = CurrentCalls(self.site)
        self.calls = Calls(
            self.site,
            self.channels,
            self.call_center,
            self.users,
            self.current_calls,
            show_sheet=self._show_sheet,
            answers_after=answers_after,
        )
        asterisk = SilentAsterisk() if is_silent else self.calls
        self.conferences = Conferences(self.site, asterisk)
        self.calls.conferences = self.conferences
        self.requests = Requests(
            self.site,
            self.users,
            self.call_center,
            self.channels,
            asterisk,
            self.current_calls,
            self.conferences,
            lambda: self.clients,
        )
        self.shows_sheets = shows_sheets
        self.received: deque[Message] = deque(maxlen=RECEIVED_LIMIT)
        self.messages = 0
        self.dropped: deque[str] = deque(maxlen=RECEIVED_LIMIT)  # why
        self.clients: list[Client] = []
        self.listener = Listener(self._client, host, port, outstanding_limit)
        self.faults = Faults(self.listener, XivoSpecimens(office), random.Random(seed))
        self.moved = asyncio.Event()  # whenever a client has sent something, or left
        self._tls = tls
        self._starttls = starttls if release.offers_starttls else None
        self._login_timeout = login_timeout
        self._first_scenario = scenario, rate
        self._rng = random.Random(seed)
        self._scenario: asyncio.Task[None] | None = None
        self._prepare()

    async def __aenter__(self) -> Self:
        await self.listener.open()
        await self.play(*self._first_scenario)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_scenario()
        self.site.timers.stop()
        await self.faults.close()
        await self.listener.shut_down()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return self.listener.port

    def end_turn(self) -> None:
        """Let waiting callers be served, and send everything."""
        self.calls.serve_queues()
        self.outbox.flush()

    def welcome(self, client: Client) -> None:
        """Take in a connection, and end it again unless it logs in in time."""
        self.clients.append(client)
        self.outbox.add(client)
        client.login_timer = self.site.later(self._login_timeout, lambda: self._give_up(client))
        if self._tls is not None:
            client.start_tls(self._tls)
        elif self._starttls is not None:
            self.outbox.reply(client, {"class": "starttls"})
            self.outbox.flush()

    def receive(self, client: Client, data: bytes) -> None:
        """Take what a client sent; all that it brings about is one turn."""
        try:
            if self.requests.faxes.is_transfer(client):
                self.requests.faxes.receive(client, data)
            else:
                for line in client.lines(data):
                    self._take(client, line)
        except (Drop, OfficeError) as error:
            self.drop(client, str(error))
        self.end_turn()
        self.moved.set()
        if client.wants_tls and self._starttls is not None:
            client.wants_tls = False
            client.start_tls(self._starttls)

    def drop(self, client: Client, reason: str) -> None:
        """End a connection without a word."""
        self.dropped.append(reason)
        self._let_go(client)
        client.drop(reset=False)

    def lost(self, client: Client) -> None:
        """Note that a client is gone."""
        if client in self.clients:
            self._let_go(client)
            self.end_turn()
        self.moved.set()

    def expire_logins(self) -> int:
        """Let the time to log in be over for everyone who has not; return for how many."""
        late = [each for each in self.clients if not each.is_logged_in and not each.never_ends]
        for client in late:
            self._give_up(client)
        return len(late)

    def show_sheet(
        self, user: User, channel: str, fields: Mapping[str, str], *, compressed: bool = True
    ) -> int:
        """Show a sheet to a user's clients; return to how many."""
        message = sheet(channel, fields, ipbx=self.office.ipbx, compressed=compressed)
        own = [each for each in self.clients if each.is_logged_in and each.user is user]
        for client in own:
            self.outbox.reply(client, message)
        return len(own)

    async def play(self, scenario: Scenario, rate: float) -> None:
        """Let a scenario begin, in place of the present one, at so many pushes a second."""
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
        """Push as much as is wanted, at a rate or as fast as the sockets take it.

        Returns how many were pushed: fewer than wanted only if the office is empty.
        """
        changes = flurry(self, self._rng if seed is None else random.Random(seed))
        batch_size = BATCH if rate is None else max(1, min(BATCH, round(rate * _BURST_TURN)))
        loop = asyncio.get_running_loop()
        start, first = loop.time(), self.outbox.pushes
        while (sent := self.outbox.pushes - first) < pushes:
            for _ in range(min(batch_size, pushes - sent)):
                if not next(changes, False):
                    return self.outbox.pushes - first
            self.outbox.flush()
            await self.listener.flushed()
            await asyncio.sleep(0 if rate is None else max(0, start + sent / rate - loop.time()))
        return sent

    def _prepare(self) -> None:
        """Bring what the office holds in line with the time and with itself."""
        for agent in self.office.agents.values():
            agent.since = agent.since or self.site.clock()
            for member in self.office.memberships(agent):
                if not agent.is_logged_in:
                    member.status = MemberStatus.LOGGED_OUT

    def _client(self) -> Client:
        return Client(self, self.listener)

    def _take(self, client: Client, line: bytes | None) -> None:
        if line == b"" and self.release.tolerates_empty_lines:
            return
        message = parse(line)
        self.messages += 1
        self.received.append(message)
        fault = self.faults.take(_name(message))
        if fault is None:
            self.requests.take(client, message)
        elif fault.error is not None:
            self.outbox.reply(client, reply_to(message, error_string=fault.error))
        elif fault.carried_out:
            client.is_muted = True
            self.requests.take(client, message)
            client.is_muted = False

    def _give_up(self, client: Client) -> None:
        if not client.is_logged_in and not client.never_ends and client in self.clients:
            self.drop(client, "not logged in in time")

    def _let_go(self, client: Client) -> None:
        self.clients.remove(client)
        if client.login_timer is not None:
            self.site.timers.cancel(client.login_timer)
        if client in self.outbox:
            self.outbox.remove(client)
        self.requests.forget(client)
        self.requests.login.end(client)

    def _show_sheet(self, user: User, call: Call) -> None:
        """Show a called user who calls from outside."""
        if self.shows_sheets and call.caller.phone is None and call.callee is not None:
            fields = {
                "Nom": call.caller.channel.party_name or call.caller.number,
                "Numéro": call.caller.number,
                "Origine": "extern",
            }
            self.show_sheet(user, call.callee.channel.name, fields)

    async def _play_office_day(self, rate: float) -> None:
        day = OfficeDay(self, self._rng)
        while True:
            before = self.outbox.pushes
            happened = day.go_on()
            self.end_turn()
            pushes = self.outbox.pushes - before
            await asyncio.sleep(max(1, pushes) / rate if happened else _NOBODY_THERE)


def _watcher(office: Office) -> User | None:
    """Return whose account is for watching: the first supervisor's, or else the first there is."""
    users = list(office.users.values())
    supervisors = [user for user in users if user.profile_id == SUPERVISOR.id]
    return next(iter(supervisors + users), None)


def _name(message: Message) -> str:
    """Return what a fault on commands calls a message: its class, then its command or function."""
    parts = [message.get(key) for key in ("class", "command", "function")]
    return " ".join(part for part in parts if isinstance(part, str))
