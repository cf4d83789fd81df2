"""A simulated site, and the whole iSymphony Live client connected to it over real sockets.

    async with Site() as site:                            # a small office
        await site.start(templates=TEMPLATES)             # with requests as the simulator wants them
        await site.happens("ring", caller="0555", called="100")
        await until(lambda: site.user("100").calls)
        await site.system.set_note(site.user("100"), "Soup")
        assert site.acts() == [...]

Anna (100, and a second telephone, 110), Bob (101) and Colin (102, without a licence) work here; 103 is
nobody's. Anna and Bob are in the queue 5001, and 650 is a conference room. `happens` is an operation of the
control port; what it brings about has been heard when it returns, but for what is asked for only when it has
settled: `until` waits for that.
"""

import asyncio
from collections.abc import Mapping
import json
import random
from types import MappingProxyType
from typing import Any, Self

import aiohttp

from custom_components.office_cti.telephony.directory import Record
from custom_components.office_cti.telephony.isymphony_live import IsymphonyLiveSystem
from custom_components.office_cti.telephony.isymphony_live.websocket import EventLink
from custom_components.office_cti.telephony.model import (
    Agent,
    CallEvent,
    CallEventKind,
    Conference,
    Extension,
    Queue,
    TelephonyObject,
)
from custom_components.office_cti.telephony.system import (
    Credentials,
    Encryption,
    InTheWay,
    RequestTemplate,
    SystemSettings,
)
from simulators.isymphony_live import (
    Agent as OfficeAgent,
    ConferenceRoom,
    Controls,
    CoreServer,
    Extension as Telephone,
    LiveSimulator,
    Office,
    Queue as OfficeQueue,
    Settings,
    Status,
    StatusType,
    User,
)
from simulators.operations import perform

from ..waiting import PATIENCE, until

ROOT = "/communication_manager/rest/live/"
_CORE = "coreServers/getByName/{core_server}"
_AGENT = "coreServers/{core_server_id}/queues/{queue_id}/agents/{agent_id}/actions"
# Requests as the simulator wants them: the vendor's own are described nowhere.
TEMPLATES: Mapping[str, RequestTemplate] = MappingProxyType(
    {
        "set_status": RequestTemplate(
            "POST",
            f"{_CORE}/users/getByName/{{user}}/status/actions/set",
            '{"name": {status}, "type": {status_type}, "note": {note}, "returnTime": {return_time}}',
        ),
        "dial": RequestTemplate(
            "POST",
            f"{_CORE}/extensions/getByName/{{extension}}/actions/originate",
            '{"destination": "{number}"}',
        ),
        "do_not_disturb_on": RequestTemplate(
            "POST", f"{_CORE}/extensions/getByName/{{extension}}/actions/enableDnd"
        ),
        "do_not_disturb_off": RequestTemplate(
            "POST", f"{_CORE}/extensions/getByName/{{extension}}/actions/disableDnd"
        ),
        "transfer_call": RequestTemplate(
            "POST",
            f"{_CORE}/callSegments/{{call_segment_id}}/actions/transfer",
            '{"destination": {number}}',
        ),
        "log_agent_in": RequestTemplate(
            "POST",
            f"{_CORE}/queues/getByName/{{queue}}/actions/logIn",
            '{"extension": {extension}}',
        ),
        "log_agent_out": RequestTemplate("POST", f"{_AGENT}/logOut"),
        "pause_agent": RequestTemplate("POST", f"{_AGENT}/pause"),
        "resume_agent": RequestTemplate("POST", f"{_AGENT}/unpause"),
    }
)


def core_server(slug: str = "default", name: str = "Default") -> CoreServer:
    """Return a core server with its people."""
    server = CoreServer(slug=slug, name=name)
    for number, label, is_licensed in (
        ("100", "Anna", True),
        ("101", "Bob", True),
        ("102", "Colin", False),
    ):
        user = User(username=number, name=label, is_licensed=is_licensed)
        server.users[number] = user
        server.extensions[number] = Telephone(number=number, name=f"{label} (desk)", user=user)
    anna = server.users["100"]
    server.extensions["110"] = Telephone(number="110", name="Anna (mobile)", user=anna)
    server.extensions["103"] = Telephone(number="103", name="Front Door")
    server.users["101"].status = Status(name="Lunch", type=StatusType.AWAY, note="Back soon")
    sales, support = (
        OfficeQueue(identifier="5001", name="Sales"),
        OfficeQueue(identifier="5002", name="Support"),
    )
    for number in ("100", "101"):
        sales.agents.append(OfficeAgent(queue=sales, extension=server.extensions[number]))
    server.queues = {"5001": sales, "5002": support}
    server.rooms["650"] = ConferenceRoom(identifier="650", name="Main")
    return server


def small_office(*slugs: str) -> Office:
    """Return an office of these core servers, or of one."""
    office = Office(random.Random(0))  # noqa: S311 -- ids that are the same every time
    for slug in slugs or ("default",):
        office.add_server(core_server(slug, slug.capitalize()))
    return office


class Site:
    """A simulated server, and the system that is connected to it; `settings` are the server's."""

    def __init__(self, office: Office | None = None, **settings: Any) -> None:
        self.office = office or small_office()
        self.settings = Settings(**settings)
        self.simulator = LiveSimulator(self.office, settings=self.settings)
        self.system: IsymphonyLiveSystem
        self.refused: list[str | None] = []
        self.hindered: list[InTheWay | None] = []
        self._systems: list[IsymphonyLiveSystem] = []

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

    def make(self, **settings: Any) -> IsymphonyLiveSystem:
        """Return a system that is not started yet; `settings` are its own, in place of the usual ones."""
        usual: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.simulator.port,
            "credentials": Credentials("manager", "manag3rpa55word"),
            "encryption": Encryption.NONE,
            "session": self.session,
        }
        system = IsymphonyLiveSystem(SystemSettings(**usual | settings))
        system.on_refused = self.refused.append
        system.on_hindered = self.hindered.append
        self._systems.append(system)
        return system

    async def start(self, **settings: Any) -> IsymphonyLiveSystem:
        """Start a system."""
        self.system = self.make(**settings)
        await self.system.start()
        await until(lambda: not self.system.directory.is_telling)
        self.requests()
        return self.system

    @property
    def link(self) -> EventLink:
        """The web-socket."""
        link = self.system._connection._link
        assert isinstance(link, EventLink)
        return link

    @property
    def is_connected(self) -> bool:
        """Whether the picture is live."""
        return self.system.directory.server.object.connected

    # --- the server ----------------------------------------------------------------------------

    async def happens(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, and return when our client has heard of it."""
        answer = await self.does(name, **arguments)
        await self.settle()
        return answer

    async def does(self, name: str, /, **arguments: Any) -> Mapping[str, Any]:
        """Have something happen on the server, whether or not anybody hears of it."""
        return await perform(self._operations, "operation", name, arguments)

    async def says(self, kind: str, /, **properties: Any) -> None:
        """Have the server tell an event, and return when our client has heard it."""
        await self.happens("event", properties={"type": kind, **properties})

    async def settle(self) -> None:
        """Return when our client has read what the server has said."""
        async with asyncio.timeout(PATIENCE):
            await self.link.probe()

    async def restart(self) -> None:
        """Restart the server, and wait until our client is back."""
        interruptions = self.system.interruptions
        await self.does("restart")
        await until(lambda: self.system.interruptions > interruptions)
        await until(lambda: self.is_connected and not self.system.directory.is_telling)

    def requests(self, method: str = "") -> list[tuple[str, Any]]:
        """Hand out the requests since the last time: paths below the root, and what was in them."""
        entries, _ = self.simulator.log.take()
        return [
            (entry["path"].removeprefix(ROOT), json.loads(entry["body"] or "null"))
            for entry in entries
            if entry["kind"] == "http" and entry["method"].startswith(method)
        ]

    def acts(self) -> list[tuple[str, Any]]:
        """Hand out what the server was asked to do since the last time, with what it was told."""
        return self.requests("POST")

    def path(self, kind: str, key: str) -> str:
        """Return what the server calls a resource of its first core server now."""
        server = self.office.server()
        found: Any = {
            "users": server.users,
            "extensions": server.extensions,
            "queues": server.queues,
        }[kind][key]
        return f"rest/live/coreServers/{server.id}/{kind}/{found.id}"

    # --- the picture ---------------------------------------------------------------------------

    def record(self, kind: type[TelephonyObject], *key: str) -> Record[Any]:
        """Return the place of an object; of the first core server, unless the whole key is given."""
        table = self.system.directory.tables[kind]
        record = table.get(key) or table.get((self.office.server().slug, *key))
        assert record is not None, key
        return record

    def user(self, username: str, slug: str = "default") -> Extension:
        """Return a user as the directory shows it."""
        user: Extension = self.record(Extension, slug, "users", username).object
        return user

    def telephone(self, number: str) -> Extension:
        """Return a telephone that is nobody's."""
        telephone: Extension = self.record(Extension, "extensions", number).object
        return telephone

    def agent(self, number: str) -> Agent:
        """Return an agent."""
        agent: Agent = self.record(Agent, number).object
        return agent

    def queue(self, identifier: str = "5001") -> Queue:
        """Return a queue."""
        queue: Queue = self.record(Queue, identifier).object
        return queue

    def room(self, identifier: str = "650") -> Conference:
        """Return a conference room."""
        room: Conference = self.record(Conference, identifier).object
        return room

    def status(self, username: str) -> str | None:
        """Return the name of a user's status."""
        status = self.user(username).status
        return None if status is None else status.name

    def calls_of(self, username: str) -> list[CallEventKind]:
        """Return a list into which what happens to somebody's calls goes from now on."""
        kinds: list[CallEventKind] = []
        record = self.record(Extension, "users", username)
        record.listen_to_events(CallEvent, lambda event: kinds.append(event.kind))
        return kinds

    def writes(self) -> list[str]:
        """Return a list into which whatever changes goes from now on."""
        written: list[str] = []
        for table in self.system.directory.tables.values():
            for record in table:
                fields = frozenset(type(record.object).__slots__)
                record.listen(fields, lambda key=record.object.id: written.append("/".join(key)))
        return written


__all__ = ["TEMPLATES", "Site", "core_server", "small_office", "until"]
