"""What can be done with an iSymphony Live server: what its site has said how to ask for, and any request.

The vendor describes the actions of its resources only in part, so none is built in: a person tells method,
path and body of those that the own site's documentation names (`COMMANDS` lists them, with what each can fill
in), and a command is there once it has a template.

Source: the vendor's page "REST API Documentation": actions are POST, and are answered with 204.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
import logging
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final, override

from ..model import (
    Agent,
    Destination,
    DialOrder,
    DialScope,
    Extension,
    Feature,
    ObjectId,
    Queue,
    Status,
    TelephonyObject,
)
from ..system import (
    AlreadyQueueMember,
    InNoQueue,
    NoCall,
    NoTelephone,
    NotQueueMember,
    NotSupported,
    NotSupportedByRelease,
    NotThere,
    OrderNotSupported,
    QueueNotKnown,
    RequestTemplate,
    TelephoneSystem,
    TelephonyError,
)
from . import requests
from .centre import Membership, Team
from .events import Filter
from .found import Place
from .picture import Phone, Picture, Seat
from .requests import Id
from .rest import LiveClient

_LOGGER = logging.getLogger(__name__)

_CORE = ("core_server", "core_server_id")
_PERSON = (*_CORE, "user", "user_id")
_TELEPHONE = (*_PERSON, "extension", "extension_id")
_QUEUE = (*_CORE, "queue", "queue_id", "agent", "agent_id", "extension", "extension_id")

# The commands that a person can say how to send, with what is filled into each.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "set_status": (*_PERSON, "status", "status_type", "note", "return_time", "return_seconds"),
        "dial": (*_TELEPHONE, "number"),
        "do_not_disturb_on": _TELEPHONE,
        "do_not_disturb_off": _TELEPHONE,
        "transfer_call": (*_TELEPHONE, "call_segment_id", "number"),
        "log_agent_in": _QUEUE,
        "log_agent_out": _QUEUE,
        "pause_agent": _QUEUE,
        "resume_agent": _QUEUE,
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
QUEUE_FEATURES: Final[Mapping[Feature, tuple[str, ...]]] = MappingProxyType(
    {Feature.CHANGE_MEMBERS: ("log_agent_in", "log_agent_out")}
)
# Where they are possible: with what is seen of an extension, and of what else there is.
_FEATURES_WITH: Final[Mapping[Feature, Mapping[Feature, tuple[str, ...]]]] = MappingProxyType(
    {Feature.STATUS: PERSON_FEATURES, Feature.PHONE: TELEPHONE_FEATURES}
)
_FEATURES_OF: Final[Mapping[type[TelephonyObject], Mapping[Feature, tuple[str, ...]]]] = (
    MappingProxyType({Agent: AGENT_FEATURES, Queue: QUEUE_FEATURES})
)


class LiveControl(TelephoneSystem):
    """The commands of an iSymphony Live server."""

    picture: Picture
    client: LiveClient

    def offered(self, features: Mapping[Feature, tuple[str, ...]]) -> frozenset[Feature]:
        """Return those of these features whose commands all have templates."""
        given = self.settings.templates.keys()
        return frozenset(each for each, needed in features.items() if set(needed) <= given)

    @override
    def given_by_request(self, known: TelephonyObject) -> frozenset[Feature]:
        possible = [features for seen, features in _FEATURES_WITH.items() if seen in known.features]
        possible += [_FEATURES_OF[type(known)]] if type(known) in _FEATURES_OF else []
        return frozenset[Feature]().union(*possible) - known.features

    # --- a person ------------------------------------------------------------------------------

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        seat = self._seat(extension)
        await self._send_status(seat, self.offered_status(extension, status))

    @override
    async def set_note(self, extension: Extension, note: str) -> None:
        seat, status = self._with_status(extension)
        await self._send_status(seat, status, note=note)

    @override
    async def set_return_time(self, extension: Extension, return_time: datetime | None) -> None:
        seat, status = self._with_status(extension)
        await self._send_status(seat, status, **_times(return_time))

    def _with_status(self, extension: Extension) -> tuple[Seat, Status]:
        """Return whoever has a status: what is said beside it cannot be sent without."""
        seat = self._seat(extension)
        if seat.status is None:
            raise NotSupported(name=str(extension))
        return seat, seat.status

    async def _send_status(self, seat: Seat, status: Status, **changes: Any) -> None:
        """Send a whole status: what is not to change is sent as it is."""
        values: dict[str, Any] = {
            "status": status.name,
            "status_type": status.key,
            "note": seat.note or "",
            **_times(seat.return_time),
        }
        await self._send("set_status", _of_person(seat) | values | changes)
        await self._read_status(seat)

    async def _read_status(self, seat: Seat) -> None:
        """Ask for a status that was set: the next thing that is said beside it is sent with it."""
        asked = self.picture.marks.mark(seat.id)
        try:
            found = await self.client.status(Id(seat.place.id), Id(seat.id))
        except TelephonyError as error:
            _LOGGER.debug("A status could not be read: %s", error)
        else:
            self.picture.status_read(seat, found, asked)

    # --- a telephone ---------------------------------------------------------------------------

    @override
    async def set_do_not_disturb(self, extension: Extension, *, enabled: bool) -> None:
        name = "do_not_disturb_on" if enabled else "do_not_disturb_off"
        for seat, phone in self._phones(extension):
            await self._send(name, _of_telephone(seat, phone))

    @override
    async def dial(self, extension: Extension, destination: Destination) -> None:
        if destination.voicemail:
            raise NotSupported(name=str(extension))
        if destination.order is not DialOrder.OWN_PHONE_FIRST:
            raise OrderNotSupported(name=str(extension))
        number = self.called_number(destination)
        seat, phone = self._phones(extension)[0]
        await self._send("dial", _of_telephone(seat, phone) | {"number": number})

    @override
    async def transfer_call(
        self,
        extension: Extension,
        number: str,
        *,
        attended: bool,
        scope: DialScope | None = None,
    ) -> None:
        if attended:
            raise NotSupported(name=str(extension))
        calls = [
            (each.call.answered is None, seat, phone, each.id)
            for seat, phone in self._phones(extension)
            for each in phone.line.segments.values()
            if each.call is not None
        ]
        if not calls:
            raise NoCall(name=str(extension))
        # A call that is not known to be answered may be all the same: the server knows.
        _, seat, phone, segment_id = min(calls, key=itemgetter(0))
        values = {"call_segment_id": segment_id, "number": number}
        await self._send("transfer_call", _of_telephone(seat, phone) | values)

    # --- agents and queues ---------------------------------------------------------------------

    @override
    async def log_agent_in(self, agent: Agent, number: str | None = None) -> None:
        """Log an agent in to the queues that it has left; in which others it could be, nothing tells."""
        if number is not None and number != agent.number:
            raise NotSupported(name=str(agent))
        left = self.picture.centre.left(agent.id)
        if not left and not self.picture.centre.memberships(agent.id):
            raise QueueNotKnown(name=str(agent))
        await self._send_for_agent("log_agent_in", left)

    @override
    async def log_agent_out(self, agent: Agent) -> None:
        await self._send_for_agent("log_agent_out", self._memberships(agent))

    @override
    async def pause_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._send_for_agent("pause_agent", self._memberships(agent, queue))

    @override
    async def resume_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        await self._send_for_agent("resume_agent", self._memberships(agent, queue))

    @override
    async def get_agent_statistics(self, agent: Agent) -> Mapping[ObjectId, Mapping[str, Any]]:
        found: dict[ObjectId, Mapping[str, Any]] = {}
        for team, member in self._memberships(agent):
            statistics = await self.client.statistics(Id(team.place.id), Id(team.id), member.id)
            if statistics is not None:
                found[team.key] = dict(statistics.values)
        if not found:  # of nobody, as far as we have seen
            raise NotSupportedByRelease
        return found

    @override
    async def add_queue_member(self, queue: Queue, agent: Agent) -> None:
        team = self._team(queue)
        if any(each.key == team.key for each, _ in self.picture.centre.memberships(agent.id)):
            raise AlreadyQueueMember(name=str(agent), queue=str(queue))
        # The agent of a queue where nobody has seen it has no id there yet.
        left = {each.key: member for each, member in self.picture.centre.left(agent.id)}
        member = left.get(team.key) or Membership.outside(agent)
        await self._send_for_agent("log_agent_in", ((team, member),))

    @override
    async def remove_queue_member(self, queue: Queue, agent: Agent) -> None:
        await self._send_for_agent("log_agent_out", self._memberships(agent, queue))

    def _memberships(
        self, agent: Agent, queue: Queue | None = None
    ) -> tuple[tuple[Team, Membership], ...]:
        """Return the agent's places in all of its queues, or in one of them."""
        found = tuple(
            (team, member)
            for team, member in self.picture.centre.memberships(agent.id)
            if queue is None or team.key == queue.id
        )
        if found:
            return found
        if queue is None:
            raise InNoQueue(name=str(agent))
        raise NotQueueMember(name=str(agent), queue=str(queue))

    async def _send_for_agent(self, name: str, places: Iterable[tuple[Team, Membership]]) -> None:
        """Send a command for each of these places, and see what has come of it: no event tells all of it."""
        cores: set[str] = set()
        try:
            for team, member in places:
                await self._send(name, self._of_agent(team, member))
                cores.add(team.place.id)
        finally:
            for core_id in cores:
                await self.ask_queues_again(core_id)

    async def ask_queues_again(self, core_id: str) -> None:
        """Ask for a core server's queues now; whether they can be told is no matter."""
        raise NotImplementedError

    def _of_agent(self, team: Team, member: Membership) -> dict[str, Any]:
        return _of_core(team.place) | {
            "queue": team.identifier,
            "queue_id": team.id,
            "agent": member.name,
            "agent_id": member.id,
            "extension": member.number,
            "extension_id": self.picture.extension_id(team.place, member.number)
            or member.extension_id,
        }

    # --- the server as a whole -----------------------------------------------------------------

    @override
    async def call_api(self, method: str, path: str, body: Any = None) -> Any:
        return await self.client.call(method, path, body)

    @classmethod
    @override
    def check_template(cls, template: RequestTemplate) -> None:
        requests.check(template)

    @classmethod
    @override
    def check_wanted_events(cls, types: Sequence[str], users: Sequence[str]) -> None:
        Filter.of(types, users)

    async def _send(self, name: str, values: Mapping[str, Any]) -> None:
        template = self.settings.templates.get(name)
        if template is None:
            raise NotSupported(name=self.name)
        await self.client.send(template, values)

    # --- who is who ----------------------------------------------------------------------------

    def _seat(self, extension: Extension) -> Seat:
        found = self.picture.seat(extension.id)
        if found is None:
            raise NotThere(name=str(extension))
        return found

    def _phones(self, extension: Extension) -> list[tuple[Seat, Phone]]:
        """Return somebody's telephones, at least one."""
        seat = self._seat(extension)
        if not seat.phones:
            raise NoTelephone(name=str(extension))
        return [(seat, phone) for phone in seat.phones]

    def _team(self, queue: Queue) -> Team:
        found = self.picture.centre.team(queue.id)
        if found is None:
            raise NotThere(name=str(queue))
        return found


def _of_core(place: Place) -> dict[str, Any]:
    return {"core_server": place.slug, "core_server_id": place.id}


def _of_person(seat: Seat) -> dict[str, Any]:
    user_id = "" if seat.username is None else seat.id
    return _of_core(seat.place) | {"user": seat.username or "", "user_id": user_id}


def _of_telephone(seat: Seat, phone: Phone) -> dict[str, Any]:
    return _of_person(seat) | {"extension": phone.number, "extension_id": phone.id}


def _times(time: datetime | None) -> dict[str, int]:
    """Return a time in milliseconds, as the pages say, and in seconds, as their sample does; -1 is none."""
    if time is None:
        return {"return_time": -1, "return_seconds": -1}
    return {
        "return_time": round(time.timestamp() * 1000),
        "return_seconds": round(time.timestamp()),
    }
