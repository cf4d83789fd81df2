"""A simulated site, and the whole XiVO client connected to it over real sockets.

    async with Site() as site:                            # the recorded office; Carol watches
        await site.start("alice", "bob")                  # and these have accounts of their own
        await site.happens("ring", caller="0145550123", called="1001")
        await site.system.hang_up(site.person("alice"))
        assert site.sent() == [...]

`happens` is an operation of the control port. What our client has sent is looked at when the server has read
all of it (`settle`); keepalives and the questions that a picture is read with are left out.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

from custom_components.office_cti.telephony.model import (
    Agent,
    Conference,
    Extension,
    Feature,
    Queue,
    TelephonyEvent,
)
from custom_components.office_cti.telephony.system import Credentials, SystemSettings
from custom_components.office_cti.telephony.xivo.account import Account
from custom_components.office_cti.telephony.xivo.system import XivoSystem
from simulators.operations import perform
from simulators.xivo import PASSWORDS, Controls, Office, Release, XivoSimulator, recorded_office
from simulators.xivo.client import Client

from ..waiting import PATIENCE, until

type Wire = dict[str, Any]

# What our client sends by itself.
_OWN_AFFAIR = frozenset(
    {"keepalive", "getlist", "starttls", "login_id", "login_pass", "login_capas"}
)
_SUBSCRIBING = frozenset({"subscribe", "subscribetoqueuesstats", "get_relations"})


class Site:
    """A simulated server, and the system that is connected to it."""

    def __init__(
        self,
        office: Office | None = None,
        *,
        release: Release = Release.R15_01,
        **options: Any,
    ) -> None:
        self.office = office or recorded_office()
        self.simulator = XivoSimulator(self.office, release=release, **options)
        self.system: XivoSystem
        self.refused: Counter[str | None] = Counter()
        self.told: Counter[str] = Counter()
        self._systems: list[XivoSystem] = []

    async def __aenter__(self) -> Self:
        await self.simulator.__aenter__()
        self._operations = Controls(self.simulator).operations()
        return self

    async def __aexit__(self, *_: object) -> None:
        for system in self._systems:
            await system.stop()
        await self.simulator.__aexit__()

    # --- the system ----------------------------------------------------------------------------

    def make(
        self, main: str = "carol", *accounts: str, password: str | None = None, **settings: Any
    ) -> XivoSystem:
        """Return a system that is not started yet."""
        credentials = self.credentials(main)
        if password is not None:
            credentials = Credentials(credentials.username, password)
        system = XivoSystem(
            SystemSettings(
                host="127.0.0.1",
                port=self.simulator.port,
                credentials=credentials,
                **{"accounts": {login: self.credentials(login) for login in accounts}, **settings},
            )
        )
        system.on_refused = lambda key: self.refused.update([key])
        self._systems.append(system)
        return system

    async def start(self, *accounts: str, main: str = "carol", **settings: Any) -> XivoSystem:
        """Start a system, and wait until all its accounts are live."""
        self.system = self.make(main, *accounts, **settings)
        await self.system.start()
        await until(lambda: self.system.connected_accounts == len(accounts))
        await self.settle()
        self.simulator.received.clear()
        return self.system

    @staticmethod
    def credentials(login: str) -> Credentials:
        """Return what somebody of the recorded office logs in with, or of the default one."""
        return Credentials(login, PASSWORDS.get(login, "demo"))

    def accounts(self) -> list[Account]:
        """Return the connections that are live."""
        further = self.system._accounts.values()
        return [each for each in (self.system.main, *further) if each.is_live]

    # --- the server ----------------------------------------------------------------------------

    async def happens(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, and return when our client has heard of it."""
        answer = await perform(self._operations, "operation", name, arguments)
        await self.settle()
        return answer

    async def does(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, whether or not anybody hears of it."""
        return await perform(self._operations, "operation", name, arguments)

    async def settle(self) -> None:
        """Return when the server has read what was sent, and our client what was said."""
        async with asyncio.timeout(PATIENCE):
            for account in self.accounts():
                await account.live_link().probe()

    def sent(self) -> list[Wire]:
        """Hand out what our client has sent since the last time, but for what it sends by itself."""
        passed_over = _OWN_AFFAIR | _SUBSCRIBING
        sent = [
            {key: value for key, value in message.items() if key != "commandid"}
            for message in self.simulator.received
            if message["class"] not in passed_over
        ]
        self.simulator.received.clear()
        return sent

    @property
    def dropped(self) -> list[str]:
        """Why the server has dropped a connection of ours."""
        return list(self.simulator.dropped)

    def client(self, login: str) -> Client:
        """Return the server's end of somebody's latest connection."""
        return [each for each in self.simulator.clients if each.user and each.user.login == login][
            -1
        ]

    # --- the picture ---------------------------------------------------------------------------

    def person(self, login: str) -> Extension:
        """Return somebody of the office, by the name to log in with."""
        (user_id,) = [user.id for user in self.office.users.values() if user.login == login]
        record = self.system.directory.extensions.get((user_id,))
        assert record is not None
        return record.object

    def number(self, number: str) -> Extension:
        """Return whom a number belongs to."""
        (found,) = [
            each.object for each in self.system.directory.extensions if each.object.number == number
        ]
        return found

    def agent(self, number: str) -> Agent:
        """Return an agent, by its number."""
        (found,) = [
            each.object for each in self.system.directory.agents if each.object.number == number
        ]
        return found

    def queue(self, key: str) -> Queue:
        """Return a queue, by the server's name for it."""
        (found,) = [each.object for each in self.system.directory.queues if each.object.key == key]
        return found

    def conference(self, number: str) -> Conference:
        """Return a conference room, by its number."""
        (found,) = [
            each.object
            for each in self.system.directory.conferences
            if each.object.number == number
        ]
        return found

    def can(self, login: str, feature: Feature) -> bool:
        """Tell whether something is offered of somebody, and can be done now."""
        person = self.person(login)
        return feature in person.features and feature not in person.suspended

    def listen(self, login: str, kind: type[TelephonyEvent]) -> list[Any]:
        """Return a list into which somebody's events of a kind go from now on."""
        heard: list[Any] = []
        record = self.system.directory.extensions.get(self.person(login).id)
        assert record is not None
        record.listen_to_events(kind, heard.append)
        return heard
