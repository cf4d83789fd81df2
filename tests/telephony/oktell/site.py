"""A simulated site, and the whole Oktell client connected to it over real sockets.

    async with Site() as site:                            # four people in a group; the service user watches
        await site.start("100")                           # and Anna has an account of her own
        await site.happens("ring", caller="84951234567", called="101")
        await site.system.decline_call(site.person("101"))
        assert site.asked("wp_") == [("wp_declinecall", {"user": site.id("101")})]

People are named by their numbers. `happens` is an operation of the control port; what it brings about has
been heard when it returns, but for what is asked for only when it has settled: `until` waits for that.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

from custom_components.office_cti.telephony.model import (
    CallEvent,
    CallEventKind,
    Extension,
    Feature,
    Group,
    TelephonyEvent,
)
from custom_components.office_cti.telephony.oktell import OktellSystem
from custom_components.office_cti.telephony.oktell.account import Account
from custom_components.office_cti.telephony.system import (
    PUSH,
    Authorization,
    Credentials,
    Hindered,
    NamedUser,
    PushSettings,
    SystemSettings,
)
from simulators.oktell import (
    Controls,
    Office,
    OktellSimulator,
    Settings,
    Standing,
    UserState,
    default_office,
)
from simulators.operations import perform

from ..waiting import PATIENCE, until

PASSWORD = "demo"
GROUP = "900"


def small_office() -> Office:
    """Return an office of four people who are ready; the last two are in the call centre."""
    office = default_office(4, groups=1)
    people = office.people()
    for position, user in enumerate(people):
        user.is_operator = position >= 2
        user.standing = Standing(UserState.READY, call_center=user.is_operator)
        user.redirects_to = ""
    office.groups[GROUP].members = people[1:]
    return office


class Site:
    """A simulated server, and the system that is connected to it; `settings` are the server's."""

    def __init__(self, office: Office | None = None, **settings: Any) -> None:
        self.office = office or small_office()
        self.settings = Settings(**{"settles_after": 0.0, **settings})
        self.simulator = OktellSimulator(self.office, settings=self.settings)
        self.system: OktellSystem
        self.refused: list[str | None] = []
        self.hindered: list[Hindered | None] = []
        self._systems: list[OktellSystem] = []

    async def __aenter__(self) -> Self:
        await self.simulator.__aenter__()
        self._operations = Controls(self.simulator).operations()
        self.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for system in self._systems:
            await system.stop()
        await self.session.close()
        await self.simulator.__aexit__()

    # --- the system ----------------------------------------------------------------------------

    def make(
        self, *accounts: str, push: bool | PushSettings = True, **settings: Any
    ) -> OktellSystem:
        """Return a system that is not started yet.

        Args:
            accounts: the logins of those who have accounts of their own; these are their keys, too.
            push: whether the service user watches over the web-socket, or who does in its place.
            settings: those of the system, in place of the usual ones.
        """
        port = self.simulator.port
        service = Credentials("hass", PASSWORD)
        if push is True:
            push = PushSettings(port, service)
        usual = {
            "credentials": service,
            "authorization": Authorization.BASIC,
            "push": push or None,
            "accounts": {login: Credentials(login, PASSWORD) for login in accounts},
        }
        system = OktellSystem(
            SystemSettings(
                host="127.0.0.1", port=port, session=self.session, **{**usual, **settings}
            )
        )
        system.on_refused = self.refused.append
        system.on_hindered = self.hindered.append
        self._systems.append(system)
        return system

    async def start(
        self, *accounts: str, push: bool | PushSettings = True, **settings: Any
    ) -> OktellSystem:
        """Start a system, and wait until all its accounts are live."""
        self.system = self.make(*accounts, push=push, **settings)
        await self.system.start()
        await until(lambda: self.system.connected_accounts == len(accounts))
        await until(lambda: not self.system.directory.is_telling)
        self.hindered.clear()
        self.asked()
        return self.system

    def named(self, *numbers: str) -> tuple[NamedUser, ...]:
        """Return these people as somebody names them who has no web-socket."""
        return tuple(
            NamedUser(self.id(number), self.office.user(number).name, number) for number in numbers
        )

    def account(self, login: str) -> Account:
        """Return somebody's own account."""
        return self.system._accounts[login]

    @property
    def main(self) -> Account:
        """The service user's connection."""
        assert self.system._main is not None
        return self.system._main

    # --- the server ----------------------------------------------------------------------------

    async def happens(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, and return when our client has heard of it."""
        answer = await self.does(name, **arguments)
        await self.settle()
        return answer

    async def does(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, whether or not anybody hears of it."""
        return await perform(self._operations, "operation", name, arguments)

    async def settle(self) -> None:
        """Return when our client has read what the server has said."""
        async with asyncio.timeout(PATIENCE):
            for account in (self.system._main, *self.system._accounts.values()):
                if account is not None and account.is_live:
                    await account.live_link().probe()

    async def restart(self) -> None:
        """Close all connections, and wait until the service user is back."""
        interruptions = self.system.interruptions
        await self.does("disconnect")
        await until(lambda: self.system.interruptions > interruptions)
        await until(lambda: self.is_connected)

    async def says(self, user: str, method: str, /, **body: Any) -> None:
        """Have the server send somebody a message, and return when our client has heard it."""
        await self.happens("frames", user=user, messages=[[method, body]])

    def asked(self, starting: str = "") -> list[tuple[str, dict[str, str]]]:
        """Hand out the requests over HTTP since the last time: commands that start so, parameters."""
        entries, _ = self.simulator.log.take(starting)
        return [
            (entry["command"], entry["query"] | entry["form"])
            for entry in entries
            if entry["kind"] == "http"
        ]

    def framed(self, *methods: str) -> list[tuple[str | None, str]]:
        """Hand out the messages over web-sockets since the last time: whose, and which of these."""
        entries, _ = self.simulator.log.take()
        return [
            (entry["user"], entry["method"])
            for entry in entries
            if entry["kind"] == "frame" and entry["method"] in methods
        ]

    def logins(self) -> Counter[str]:
        """Hand out who has logged in since the last time, and how often."""
        entries, _ = self.simulator.log.take("login")
        return Counter(entry["body"]["userlogin"] for entry in entries)

    @property
    def sessions(self) -> list[str]:
        """Who is logged in, sorted."""
        return sorted(session.user.login for session in self.simulator.hub.sessions.values())

    # --- the picture ---------------------------------------------------------------------------

    @property
    def is_connected(self) -> bool:
        """Whether the picture is live."""
        return self.system.directory.server.object.connected

    def id(self, number: str) -> str:
        """Return the id of a person."""
        return self.office.user(number).id

    def person(self, number: str) -> Extension:
        """Return a person as the directory shows it."""
        return self.extension(self.id(number))

    def extension(self, user_id: str) -> Extension:
        """Return an extension by its id."""
        record = self.system.directory.extensions.get((user_id,))
        assert record is not None
        return record.object

    def status(self, number: str) -> str | None:
        """Return the name of a person's state."""
        status = self.person(number).status
        return None if status is None else status.name

    def group(self, number: str = GROUP) -> Group:
        """Return a group."""
        record = self.system.directory.groups.get((number,))
        assert record is not None
        return record.object

    def can(self, number: str, feature: Feature) -> bool:
        """Tell whether something is offered of somebody, and can be done now."""
        person = self.person(number)
        return feature in person.features and feature not in person.suspended

    def listen(self, number: str, kind: type[TelephonyEvent]) -> list[Any]:
        """Return a list into which somebody's events of a kind go from now on."""
        heard: list[Any] = []
        record = self.system.directory.extensions.get((self.id(number),))
        assert record is not None
        record.listen_to_events(kind, heard.append)
        return heard

    def calls_of(self, number: str) -> list[CallEventKind]:
        """Return a list into which what happens to somebody's calls goes from now on."""
        kinds: list[CallEventKind] = []
        record = self.system.directory.extensions.get((self.id(number),))
        assert record is not None
        record.listen_to_events(CallEvent, lambda event: kinds.append(event.kind))
        return kinds

    def writes(self) -> list[str]:
        """Return a list into which the number of whoever changes goes from now on."""
        written: list[str] = []
        for record in self.system.directory.extensions:
            fields = frozenset(type(record.object).__slots__)
            record.listen(fields, lambda number=record.object.number: written.append(number))
        return written


__all__ = ["GROUP", "PASSWORD", "PUSH", "Site", "small_office", "until"]
