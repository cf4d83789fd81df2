"""What can be done with an iSymphony Live server: what its site has said how to ask for, and any request.

The vendor describes the actions of its resources only in part, so none is built in: a person tells method, path
and body of those that the own site's documentation names (`COMMANDS` lists them, with what each can fill in),
and a command is there once it has a template.

Source: the vendor's page "REST API Documentation": actions are POST, and are answered with 204.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, override

from ..model import Agent, Destination, Extension, Feature, Queue
from ..system import (
    InvalidNumber,
    NoCall,
    NotQueueMember,
    NotSupported,
    NotThere,
    StatusNotAllowed,
    TelephoneSystem,
)
from .picture import Membership, Phone, Picture, Seat, Team
from .rest import LiveClient

_PERSON = ("core_server", "user", "user_id")
_TELEPHONE = ("core_server", "extension", "extension_id", "user", "user_id")
_AGENT = ("core_server", "queue", "queue_id", "agent", "agent_id", "extension")

# The commands that a person can say how to send, with what is filled into each.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "set_status": (*_PERSON, "status", "status_type", "note", "return_time"),
        "dial": (*_TELEPHONE, "number"),
        "do_not_disturb_on": _TELEPHONE,
        "do_not_disturb_off": _TELEPHONE,
        "transfer_call": (*_TELEPHONE, "call_segment_id", "number"),
        "log_agent_in": _AGENT,
        "log_agent_out": _AGENT,
        "pause_agent": _AGENT,
        "resume_agent": _AGENT,
    }
)

# What each makes possible, once it has a template; some need another beside it.
PERSON_FEATURES: Final[Mapping[Feature, tuple[str, ...]]] = MappingProxyType(
    {
        Feature.SET_STATUS: ("set_status",),
        Feature.SET_NOTE: ("set_status",),
        Feature.SET_RETURN_TIME: ("set_status",),
    }
)
TELEPHONE_FEATURES: Final[Mapping[Feature, tuple[str, ...]]] = MappingProxyType(
    {
        Feature.DIAL: ("dial",),
        Feature.TRANSFER_CALL: ("transfer_call",),
        Feature.SET_DO_NOT_DISTURB: ("do_not_disturb_on", "do_not_disturb_off"),
    }
)
AGENT_FEATURES: Final[Mapping[Feature, tuple[str, ...]]] = MappingProxyType(
    {
        Feature.LOG_IN: ("log_agent_in", "log_agent_out"),
        Feature.PAUSE: ("pause_agent", "resume_agent"),
    }
)


class LiveControl(TelephoneSystem):
    """The commands of an iSymphony Live server."""

    picture: Picture
    client: LiveClient

    def offered(self, features: Mapping[Feature, tuple[str, ...]]) -> frozenset[Feature]:
        """Return those of these features whose commands all have templates."""
        given = self.settings.templates.keys()
        return frozenset(each for each, needed in features.items() if set(needed) <= given)

    # --- a person ------------------------------------------------------------------------------

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        core, seat = self._seat(extension)
        statuses = self.directory.status_lists.get(extension.status_list)
        offered = statuses.object.statuses if statuses else ()
        wanted = next((each for each in offered if each.name == status), None)
        if wanted is None:
            raise StatusNotAllowed(name=str(extension), status=status)
        await self._send_status(core, seat, status=wanted.name, status_type=wanted.key)

    @override
    async def set_note(self, extension: Extension, note: str) -> None:
        core, seat = self._seat(extension)
        await self._send_status(core, seat, note=note)

    @override
    async def set_return_time(self, extension: Extension, return_time: datetime | None) -> None:
        core, seat = self._seat(extension)
        await self._send_status(core, seat, return_time=_milliseconds(return_time))

    async def _send_status(self, core: str, seat: Seat, **changes: Any) -> None:
        """Send a whole status: what is not to change is sent as it is."""
        status = seat.status
        values: dict[str, Any] = {
            "status": "" if status is None else status.name,
            "status_type": "" if status is None else status.key,
            "note": seat.note or "",
            "return_time": _milliseconds(seat.return_time),
        }
        await self._send("set_status", _of_person(core, seat) | values | changes)

    # --- a telephone ---------------------------------------------------------------------------

    @override
    async def set_do_not_disturb(self, extension: Extension, *, enabled: bool) -> None:
        core, seat = self._seat(extension)
        name = "do_not_disturb_on" if enabled else "do_not_disturb_off"
        for phone in seat.phones:
            await self._send(name, _of_telephone(core, seat, phone))

    @override
    async def dial(self, extension: Extension, destination: Destination) -> None:
        if destination.voicemail:
            raise NotSupported(name=str(extension))
        number = destination.number
        if destination.extension is not None:
            number = destination.extension.number
        if not number:
            raise InvalidNumber
        core, seat = self._seat(extension)
        await self._send("dial", _of_telephone(core, seat, seat.phones[0]) | {"number": number})

    @override
    async def transfer_call(self, extension: Extension, number: str, *, attended: bool) -> None:
        if attended:
            raise NotSupported(name=str(extension))
        core, seat = self._seat(extension)
        for phone in seat.phones:
            for call in phone.line.calls:
                if call.answered is not None:
                    values = {"call_segment_id": call.id, "number": number}
                    await self._send("transfer_call", _of_telephone(core, seat, phone) | values)
                    return
        raise NoCall(name=str(extension))

    # --- agents --------------------------------------------------------------------------------

    @override
    async def log_agent_in(self, agent: Agent, number: str | None = None) -> None:
        if number is not None and number != agent.number:
            raise NotSupported(name=str(agent))
        await self._of_all_queues("log_agent_in", agent)

    @override
    async def log_agent_out(self, agent: Agent) -> None:
        await self._of_all_queues("log_agent_out", agent)

    @override
    async def pause_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._of_all_queues("pause_agent", agent, queue)

    @override
    async def resume_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._of_all_queues("resume_agent", agent, queue)

    async def _of_all_queues(self, name: str, agent: Agent, queue: Queue | None = None) -> None:
        """Send a command for each of the agent's queues, or for one of them."""
        found = [
            each
            for each in self.picture.memberships(agent.id)
            if queue is None or each[1].key == queue.id
        ]
        if not found:
            raise NotQueueMember(name=str(agent), queue="" if queue is None else str(queue))
        for core, team, member in found:
            await self._send(name, _of_agent(core, team, member))

    # --- the server as a whole -----------------------------------------------------------------

    @override
    async def call_api(self, method: str, path: str, body: Any = None) -> Any:
        return await self.client.call(method, path, body)

    async def _send(self, name: str, values: Mapping[str, Any]) -> None:
        template = self.settings.templates.get(name)
        if template is None:
            raise NotSupported(name=self.name)
        await self.client.send(template, values)

    def _seat(self, extension: Extension) -> tuple[str, Seat]:
        found = self.picture.seat(extension.id)
        if found is None:
            raise NotThere(name=str(extension))
        return found


def _of_person(core: str, seat: Seat) -> dict[str, Any]:
    user_id = "" if seat.username is None else seat.id
    return {"core_server": core, "user": seat.username or "", "user_id": user_id}


def _of_telephone(core: str, seat: Seat, phone: Phone) -> dict[str, Any]:
    return _of_person(core, seat) | {"extension": phone.number, "extension_id": phone.id}


def _of_agent(core: str, team: Team, member: Membership) -> dict[str, Any]:
    return {
        "core_server": core,
        "queue": team.identifier,
        "queue_id": team.id,
        "agent": member.name,
        "agent_id": member.id,
        "extension": member.number,
    }


def _milliseconds(time: datetime | None) -> int:
    """Return a time as the server has it; -1 is none."""
    return -1 if time is None else round(time.timestamp() * 1000)
