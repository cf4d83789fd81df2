"""What an iSymphony Live server tells becomes the directory's objects.

    users, statuses, extensions ──▶ Seat ──▶ Extension
    queues and their agents     ──▶ Team ──▶ Queue, Agent
    conference rooms            ──▶ Room ──▶ Conference

A seat is a user with all its telephones, or a telephone that is nobody's. Ids are new whenever the server has
restarted, so they are kept for asking and for what events name; what lasts is the core server's slug with a
name or number, and that is what the directory's ids are made of.

The whole picture is read anew after each connect. What events tell meanwhile is newer than the answers: it
waits, and is applied when they are in. An answer that is asked for later is dropped if an event has told of
the same thing since it was asked (`mark` and `is_older`).

Source: the vendor's pages "Live API" and "WebSocket API Documentation (Event)".
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from ..call_steps import Clock
from ..directory import Directory, Record
from ..model import (
    Agent,
    AgentAvailability,
    CallEvent,
    Conference,
    ConferenceEvent,
    ConferenceMember,
    Extension,
    Feature,
    ObjectId,
    PassageKind,
    Queue,
    QueueMember,
    QueueMemberState,
    ServerEvent,
    ServerEventKind,
    Status,
    StatusKind,
    StatusList,
)
from . import resources
from .calls import Line, phone_of
from .events import (
    AgentLogin,
    AgentLogout,
    ConferenceLeave,
    Dial,
    Event,
    Hangup,
    LinkEnd,
    Party,
    Unknown,
    UserLogin,
    UserLogout,
    UserStatus,
)
from .resources import StatusType

# What a status means by its type; the coloured ones mean what the person says, and by themselves nothing bad.
KINDS: Mapping[str, StatusKind] = MappingProxyType(
    {
        StatusType.AVAILABLE: StatusKind.AVAILABLE,
        StatusType.CHAT: StatusKind.AVAILABLE,
        StatusType.AWAY: StatusKind.AWAY,
        StatusType.EXTENDED_AWAY: StatusKind.AWAY,
        StatusType.DO_NOT_DISTURB: StatusKind.DO_NOT_DISTURB,
        StatusType.UNAVAILABLE: StatusKind.BUSY,
        StatusType.BLUE: StatusKind.AVAILABLE,
        StatusType.GREEN: StatusKind.AVAILABLE,
        StatusType.PINK: StatusKind.AVAILABLE,
        StatusType.PURPLE: StatusKind.AVAILABLE,
        StatusType.RED: StatusKind.AVAILABLE,
    }
)
# The state of an agent who can take a call; Asterisk's word. Others are of one who cannot just now.
_FREE = "NOT_INUSE"
_MEMBER_STATES: Mapping[str, QueueMemberState] = MappingProxyType(
    {
        "NOT_INUSE": QueueMemberState.NOT_IN_USE,
        "INUSE": QueueMemberState.IN_USE,
        "BUSY": QueueMemberState.BUSY,
        "INVALID": QueueMemberState.INVALID,
        "UNAVAILABLE": QueueMemberState.UNAVAILABLE,
        "RINGING": QueueMemberState.RINGING,
        "RINGINUSE": QueueMemberState.RINGING_IN_USE,
        "ONHOLD": QueueMemberState.ON_HOLD,
    }
)
# What no office has: a server that goes on beyond is not followed.
STATUSES_MOST = 256
CONFERENCE_MEMBERS_MOST = 256

_PERSON = frozenset(
    {
        Feature.STATUS,
        Feature.NOTE,
        Feature.RETURN_TIME,
        Feature.LOGGED_IN,
        Feature.PHONE,
        Feature.CALLS,
    }
)
_TELEPHONE = frozenset({Feature.PHONE, Feature.CALLS})


class UserFound(NamedTuple):
    """A user as the answers tell it; no status is known of one without a licence."""

    user: resources.User
    status: resources.Status | None = None
    extensions: tuple[resources.Extension, ...] = ()


class AgentFound(NamedTuple):
    """An agent of a queue, and on which telephone."""

    agent: resources.QueueAgent
    extension: resources.Extension | None = None


class QueueFound(NamedTuple):
    """A queue, its agents, and the sides of calls that wait in it or are answered."""

    queue: resources.Queue
    agents: tuple[AgentFound, ...] = ()
    waiting: int | None = None


class CoreFound(NamedTuple):
    """All that the answers tell of a core server."""

    server: resources.CoreServer
    users: tuple[UserFound, ...] = ()
    extensions: tuple[resources.Extension, ...] = ()
    segments: Mapping[str, tuple[resources.CallSegment, ...]] = MappingProxyType({})
    queues: tuple[QueueFound, ...] = ()
    rooms: tuple[resources.ConferenceRoom, ...] = ()


@dataclass(slots=True, eq=False)
class Phone:
    """A telephone; `id` is the server's, for now."""

    id: str
    number: str
    name: str
    line: Line = field(default_factory=Line)


@dataclass(slots=True, eq=False)
class Seat:
    """A user with its telephones, or a telephone that is nobody's. `id` is the server's, for now."""

    key: ObjectId
    id: str
    username: str | None
    name: str | None
    group: ObjectId = ()
    phones: list[Phone] = field(default_factory=list)
    status: Status | None = None
    note: str | None = None
    return_time: datetime | None = None
    logins: set[str] | None = None
    record: Record[Extension] | None = None


@dataclass(slots=True, eq=False)
class Membership:
    """An agent of one queue. `id` is the server's, for now."""

    id: str
    agent_key: ObjectId
    name: str
    number: str
    state: str
    is_paused: bool


@dataclass(slots=True, eq=False)
class Team:
    """A queue and its agents. `id` is the server's, for now."""

    key: ObjectId
    id: str
    name: str
    identifier: str
    members: dict[str, Membership] = field(default_factory=dict)
    waiting: int | None = None


@dataclass(slots=True, eq=False)
class Room:
    """A conference room and who is in it, by the side of the call. `id` is the server's, for now."""

    key: ObjectId
    id: str
    name: str
    identifier: str
    members: dict[str, ConferenceMember] = field(default_factory=dict)
    record: Record[Conference] | None = None


@dataclass(slots=True)
class _Core:
    """All that is known of a core server, by the ids that it has now."""

    slug: str
    id: str
    group: ObjectId
    users: dict[str, Seat] = field(default_factory=dict)
    phones: dict[str, tuple[Seat, Phone]] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)


class Picture:
    """All core servers of one server.

    Args:
        directory: what is kept equal to them.
        status_kinds: what a status means by its name or its type, where the person knows better.
        now: tells the time (UTC).
    """

    def __init__(
        self, directory: Directory, *, status_kinds: Mapping[str, StatusKind], now: Clock
    ) -> None:
        self._directory = directory
        self._status_kinds = status_kinds
        self._now = now
        self._cores: dict[str, _Core] = {}
        self._statuses: dict[str, dict[str, Status]] = {}
        # What can be done with everybody, agent and queue, because the person has said how.
        self.person_features: frozenset[Feature] = frozenset()
        self.phone_features: frozenset[Feature] = frozenset()
        self.agent_features: frozenset[Feature] = frozenset()
        # Called with a core server's and an extension's id when its calls are to be asked for.
        self.on_call: Callable[[str, str], None] = lambda _core, _extension: None
        # Called when something is told of which nobody has heard: the picture is to be read anew.
        self.on_stranger: Callable[[], None] = lambda: None
        self._marks: dict[str, int] = {}
        self._told = 0
        self._handlers: Mapping[type, Callable[[_Core, Any], None]] = {
            UserLogin: self._logged_in,
            UserLogout: self._logged_out,
            UserStatus: self._status_told,
            AgentLogin: self._agent_logged_in,
            AgentLogout: self._agent_logged_out,
            Dial: self._dialed,
            LinkEnd: self._link_ended,
            Hangup: self._hung_up,
            ConferenceLeave: self._conference_left,
            Unknown: self._unknown,
        }

    # --- everything at once --------------------------------------------------------------------

    def commit(self, found: Iterable[CoreFound], *, whole: bool) -> None:
        """Make the directory equal to the answers.

        Args:
            found: all core servers.
            whole: whether all was answered, so that who is not in it is gone.
        """
        found = tuple(found)
        several = len(found) > 1
        lines = self._lines()
        self._cores = {}
        for each in found:
            group = (each.server.name or each.server.slug,) if several else ()
            core = _Core(each.server.slug, each.server.id, group)
            self._cores[each.server.id or each.server.slug] = core
            self._put_people(core, each, lines)
            self._put_teams(core, each.queues)
            self._put_rooms(core, each.rooms)
        with self._directory.bulk():
            self._show_everything(whole=whole)
        self._directory.complete = whole

    def _lines(self) -> dict[tuple[str, str], Line]:
        """Return the telephones' calls by core server and number: they go on when ids change."""
        return {
            (core.slug, phone.number): phone.line
            for core in self._cores.values()
            for _, phone in core.phones.values()
        }

    def _put_people(
        self, core: _Core, found: CoreFound, lines: Mapping[tuple[str, str], Line]
    ) -> None:
        owned: set[str] = set()
        for each in found.users:
            seat = self._seat_of_user(core, each)
            core.users[each.user.id] = seat
            for extension in each.extensions:
                owned.add(extension.id)
                self._put_phone(core, seat, extension, found, lines)
        for extension in found.extensions:
            if extension.id not in owned:
                key = (core.slug, "extensions", extension.number)
                seat = Seat(key, extension.id, None, extension.name or None, core.group)
                self._put_phone(core, seat, extension, found, lines)

    def _seat_of_user(self, core: _Core, found: UserFound) -> Seat:
        user = found.user
        key = (core.slug, "users", user.username)
        seat = Seat(key, user.id, user.username, user.name or user.username, core.group)
        known = self._directory.extensions.get(key)
        if known is not None:  # nothing tells who is logged in but the events since
            seat.logins = None if known.object.logged_in is None else set()
        if (status := found.status) is not None:
            self._set_status(core, seat, status.name, status.type, status.note, status.return_time)
        return seat

    def _put_phone(
        self,
        core: _Core,
        seat: Seat,
        extension: resources.Extension,
        found: CoreFound,
        lines: Mapping[tuple[str, str], Line],
    ) -> None:
        line = lines.get((core.slug, extension.number)) or Line()
        phone = Phone(extension.id, extension.number, extension.name, line)
        seat.phones.append(phone)
        core.phones[extension.id] = seat, phone
        if (segments := found.segments.get(extension.id)) is not None:
            line.listed(segments, self._now)

    def _put_teams(self, core: _Core, queues: Iterable[QueueFound]) -> None:
        core.teams = {each.queue.id: self._team(core, each) for each in queues}

    def _team(self, core: _Core, found: QueueFound) -> Team:
        queue = found.queue
        key = (core.slug, queue.identifier)
        team = Team(key, queue.id, queue.name or queue.identifier, queue.identifier)
        team.waiting = found.waiting
        for each in found.agents:
            number = each.extension.number if each.extension else ""
            team.members[each.agent.id] = Membership(
                each.agent.id,
                (core.slug, number or each.agent.name or each.agent.id),
                each.agent.name or number,
                number,
                each.agent.state,
                each.agent.is_paused,
            )
        return team

    def _put_rooms(self, core: _Core, rooms: Iterable[resources.ConferenceRoom]) -> None:
        for each in rooms:
            key = (core.slug, each.identifier)
            room = Room(key, each.id, each.name or each.identifier, each.identifier)
            core.rooms[each.id] = room

    # --- showing -------------------------------------------------------------------------------

    def _show_everything(self, *, whole: bool) -> None:
        directory = self._directory
        seats = {seat.key: seat for core in self._cores.values() for seat in _seats(core)}
        for slug, statuses in self._statuses.items():
            directory.status_lists.put(StatusList(id=(slug,), statuses=tuple(statuses.values())))
        shown = {key: self._extension(seat) for key, seat in seats.items()}
        directory.extensions.replace_all(shown, complete=whole)
        for key, seat in seats.items():
            seat.record = directory.extensions.get(key)
        rooms = {room.key: room for core in self._cores.values() for room in core.rooms.values()}
        directory.conferences.replace_all(
            {key: _conference(room, core_group=()) for key, room in rooms.items()}, complete=whole
        )
        for key, room in rooms.items():
            room.record = directory.conferences.get(key)
        self._show_teams(whole=whole)

    def _show_teams(self, *, whole: bool) -> None:
        """Make all queues and agents anew: an agent is the same in all its queues."""
        queues: dict[ObjectId, Queue] = {}
        agents: dict[ObjectId, list[tuple[Team, Membership]]] = {}
        for core in self._cores.values():
            for team in core.teams.values():
                queues[team.key] = _queue(team, core.group)
                for member in team.members.values():
                    agents.setdefault(member.agent_key, []).append((team, member))
        with self._directory.bulk():
            self._directory.queues.replace_all(queues, complete=whole)
            known = {record.object.id for record in self._directory.agents}
            shown = {key: self._agent(key, each) for key, each in agents.items()}
            self._directory.agents.replace_all(shown, complete=False)
            for key in known - shown.keys():  # in no queue any more: logged out, and not gone
                if (record := self._directory.agents.get(key)) is not None:
                    self._directory.update(
                        record,
                        availability=AgentAvailability.LOGGED_OUT,
                        queues=(),
                        paused_in=(),
                        phone=None,
                    )

    def _extension(self, seat: Seat) -> Extension:
        calls = _calls(seat)
        is_user = seat.username is not None
        return Extension(
            id=seat.key,
            number=seat.phones[0].number if seat.phones else "",
            name=seat.name,
            group=seat.group,
            status_list=(seat.key[0],),
            features=(_PERSON | self.person_features if is_user else frozenset())
            | (_TELEPHONE | self.phone_features if seat.phones else frozenset()),
            status=seat.status,
            note=seat.note,
            return_time=seat.return_time,
            logged_in=None if seat.logins is None else bool(seat.logins),
            phone=phone_of(calls) if seat.phones else None,
            calls=calls,
        )

    def _show(self, seat: Seat, events: Iterable[CallEvent] = ()) -> None:
        seat.record = self._directory.extensions.put(self._extension(seat))
        for event in events:
            seat.record.tell_event(event)

    def _agent(self, key: ObjectId, memberships: list[tuple[Team, Membership]]) -> Agent:
        _, first = memberships[0]
        is_free = all(member.state in {_FREE, ""} for _, member in memberships)
        known = self._directory.agents.get(key)
        availability = AgentAvailability.AVAILABLE if is_free else AgentAvailability.UNAVAILABLE
        is_same = known is not None and known.object.availability is availability
        return Agent(
            id=key,
            number=first.number,
            name=first.name,
            features=self.agent_features,
            availability=availability,
            since=known.object.since if known is not None and is_same else self._now(),
            phone=first.number or None,
            queues=tuple(team.name for team, _ in memberships),
            paused_in=tuple(team.name for team, member in memberships if member.is_paused),
        )

    # --- statuses ------------------------------------------------------------------------------

    def _set_status(
        self,
        core: _Core,
        seat: Seat,
        name: str,
        kind: str,
        note: str,
        return_time: datetime | None,
    ) -> None:
        seat.status = self._status(core, name, kind)
        seat.note, seat.return_time = note, return_time

    def _status(self, core: _Core, name: str, kind: str) -> Status:
        statuses = self._statuses.setdefault(core.slug, {})
        meaning = self._status_kinds.get(name) or self._status_kinds.get(kind)
        status = Status(name, meaning or KINDS.get(kind, StatusKind.AVAILABLE), key=kind)
        if statuses.get(name) != status and (name in statuses or len(statuses) < STATUSES_MOST):
            statuses[name] = status
            if any(core is each for each in self._cores.values()):
                offered = StatusList(id=(core.slug,), statuses=tuple(statuses.values()))
                self._directory.status_lists.put(offered)
        return status

    # --- events --------------------------------------------------------------------------------

    def apply(self, event: Event) -> None:
        """Take in an event."""
        core = self._cores.get(event.core_server_id or "")
        if core is None and len(self._cores) == 1:
            core = next(iter(self._cores.values()))
        if core is not None:
            self._handlers[type(event)](core, event)
        elif isinstance(event, Unknown):
            self._tell_unknown(event)

    def _user(self, core: _Core, user_id: str | None, username: str | None) -> Seat | None:
        seat = core.users.get(user_id or "")
        if seat is None and username is not None:
            seat = next((each for each in core.users.values() if each.username == username), None)
        if seat is None and (user_id or username):
            self.on_stranger()
        return seat

    def _logged_in(self, core: _Core, event: UserLogin) -> None:
        if seat := self._user(core, event.user_id, event.username):
            seat.logins = (seat.logins or set()) | {event.login_id or ""}
            self._show(seat)

    def _logged_out(self, core: _Core, event: UserLogout) -> None:
        if seat := self._user(core, event.user_id, event.username):
            seat.logins = (seat.logins or set()) - {event.login_id or ""}
            self._show(seat)

    def _status_told(self, core: _Core, event: UserStatus) -> None:
        if (seat := self._user(core, event.user_id, event.username)) and event.name is not None:
            self._set_status(
                core, seat, event.name, event.type or "", event.note or "", event.return_time
            )
            if seat.record is not None:  # the way of most changes
                self._directory.update(
                    seat.record,
                    status=seat.status,
                    note=seat.note,
                    return_time=seat.return_time,
                )

    # --- calls ---------------------------------------------------------------------------------

    def _phone(self, core: _Core, party: Party) -> tuple[Seat, Phone] | None:
        found = core.phones.get(party.extension_id or "")
        if found is None and party.extension_number:
            found = next(
                (each for each in core.phones.values() if each[1].number == party.extension_number),
                None,
            )
        return found

    def _dialed(self, core: _Core, event: Dial) -> None:
        if found := self._phone(core, event.party):
            seat, phone = found
            self._touch(phone.id)
            self._show(seat, phone.line.dialed(event.party, self._now))
            self.on_call(core.id, phone.id)

    def _link_ended(self, core: _Core, event: LinkEnd) -> None:
        self._linked(core, event.first, event.second)

    def _linked(self, core: _Core, first: Party, second: Party) -> None:
        for own, other in ((first, second), (second, first)):
            if found := self._phone(core, own):
                seat, phone = found
                self._touch(phone.id)
                self._show(seat, phone.line.linked(own, other, self._now))
                self.on_call(core.id, phone.id)

    def _hung_up(self, core: _Core, event: Hangup) -> None:
        if found := self._phone(core, event.party):
            seat, phone = found
            self._touch(phone.id)
            self._show(seat, phone.line.hung_up(event.party.call_segment_id))
        if event.party.call_segment_id:
            for room in core.rooms.values():
                self._leave(room, event.party.call_segment_id)

    def _touch(self, key: str) -> None:
        self._marks[key] = self._marks.get(key, 0) + 1

    def mark(self, key: str) -> int:
        """Return what tells whether an event has come since: see `segments_told`."""
        return self._marks.get(key, 0)

    def segments_told(
        self,
        core_id: str,
        extension_id: str,
        found: tuple[resources.CallSegment, ...],
        asked: int,
    ) -> bool:
        """Take in all sides of a telephone's calls; False if an event has come since it was asked."""
        core = self._cores.get(core_id)
        if core is None or extension_id not in core.phones:
            return True
        if self.mark(extension_id) != asked:
            return False
        seat, phone = core.phones[extension_id]
        self._show(seat, phone.line.listed(found, self._now))
        return True

    # --- queues --------------------------------------------------------------------------------

    def queues_told(self, core_id: str, queues: Iterable[QueueFound]) -> None:
        """Take in all queues of a core server, with their agents."""
        if (core := self._cores.get(core_id)) is not None:
            self._put_teams(core, queues)
            self._show_teams(whole=True)

    def _agent_logged_in(self, core: _Core, event: AgentLogin) -> None:
        team = core.teams.get(event.queue_id or "")
        if team is None or not event.agent_id:
            self.on_stranger()
            return
        number = event.extension_number or ""
        name = event.agent or number
        key = (core.slug, number or name or event.agent_id)
        team.members[event.agent_id] = Membership(
            event.agent_id, key, name, number, event.state or "", is_paused=False
        )
        self._show_teams(whole=True)

    def _agent_logged_out(self, core: _Core, event: AgentLogout) -> None:
        team = core.teams.get(event.queue_id or "")
        if team is not None and team.members.pop(event.agent_id or "", None) is not None:
            self._show_teams(whole=True)

    # --- conferences ---------------------------------------------------------------------------

    def _conference_left(self, core: _Core, event: ConferenceLeave) -> None:
        room = core.rooms.get(event.room_id or "")
        if room is not None and event.party.call_segment_id:
            self._leave(room, event.party.call_segment_id)

    def _leave(self, room: Room, segment_id: str) -> None:
        if (member := room.members.pop(segment_id, None)) is not None:
            self._show_room(room, ConferenceEvent(PassageKind.LEFT, member))

    def _join(self, room: Room, party: Mapping[str, Any]) -> None:
        segment_id = party["callSegmentId"]
        if segment_id in room.members or len(room.members) >= CONFERENCE_MEMBERS_MOST:
            return
        member = ConferenceMember(
            segment_id,
            self._now(),
            _text(party, "callerIdNumber"),
            _text(party, "callerIdName"),
        )
        room.members[segment_id] = member
        self._show_room(room, ConferenceEvent(PassageKind.JOINED, member))

    def _show_room(self, room: Room, event: ConferenceEvent) -> None:
        if room.record is not None:
            self._directory.update(room.record, members=tuple(room.members.values()))
            room.record.tell_event(event)

    # --- what nobody has described -------------------------------------------------------------

    def _unknown(self, core: _Core, event: Unknown) -> None:
        """Take from an event of an unknown type what it says as all others do: who is in which room and call."""
        data = event.data
        room = core.rooms.get(_text(data, "conferenceRoomId") or "")
        if room is not None and _text(data, "callSegmentId"):
            self._join(room, data)
        first, second = _side(data, "1"), _side(data, "2")
        if first.call_segment_id and second.call_segment_id:
            self._linked(core, first, second)
        self._tell_unknown(event)

    def _tell_unknown(self, event: Unknown) -> None:
        fields = {**event.data, "name": event.type}
        self._directory.server.tell_event(ServerEvent(ServerEventKind.OTHER, fields))

    # --- who is who ----------------------------------------------------------------------------

    def seat(self, key: ObjectId) -> tuple[str, Seat] | None:
        """Return a seat, and its core server's id."""
        for core_id, core in self._cores.items():
            for seat in _seats(core):
                if seat.key == key:
                    return core_id, seat
        return None

    def memberships(self, agent_key: ObjectId) -> list[tuple[str, Team, Membership]]:
        """Return an agent's places in queues, each with the core server's id."""
        return [
            (core_id, team, member)
            for core_id, core in self._cores.items()
            for team in core.teams.values()
            for member in team.members.values()
            if member.agent_key == agent_key
        ]

    def team(self, key: ObjectId) -> tuple[str, Team] | None:
        """Return a queue, and its core server's id."""
        for core_id, core in self._cores.items():
            for team in core.teams.values():
                if team.key == key:
                    return core_id, team
        return None


def _seats(core: _Core) -> Iterable[Seat]:
    """Return all seats of a core server, each once."""
    return {
        id(seat): seat
        for seat in chain(core.users.values(), (seat for seat, _ in core.phones.values()))
    }.values()


def _calls(seat: Seat) -> tuple[Any, ...]:
    return tuple(chain.from_iterable(phone.line.calls for phone in seat.phones))


def _queue(team: Team, group: ObjectId) -> Queue:
    members = tuple(
        QueueMember(
            member.name,
            _MEMBER_STATES.get(member.state, QueueMemberState.UNKNOWN),
            member.is_paused,
            member.agent_key,
        )
        for member in team.members.values()
    )
    return Queue(
        id=team.key,
        number=team.identifier,
        name=team.name,
        group=group,
        members=members,
        waiting=team.waiting,
        agents_logged_in=len(members),
        agents_available=sum(
            member.state is QueueMemberState.NOT_IN_USE and not member.paused for member in members
        ),
        agents_talking=sum(member.state is QueueMemberState.IN_USE for member in members),
    )


def _conference(room: Room, core_group: ObjectId) -> Conference:
    return Conference(
        id=room.key,
        number=room.identifier,
        name=room.name,
        group=core_group,
        members=tuple(room.members.values()),
    )


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if type(value) is str and value else None


def _side(data: Mapping[str, Any], number: str) -> Party:
    """Return one of the two sides that an event names as linkEnd does."""
    return Party(
        _text(data, f"callSegmentId{number}"),
        _text(data, f"callerIdName{number}"),
        _text(data, f"callerIdNumber{number}"),
        _text(data, f"did{number}"),
        _text(data, f"extensionId{number}"),
        _text(data, f"extensionNumber{number}"),
        _text(data, f"userId{number}"),
        _text(data, f"username{number}"),
    )
