"""What an iSymphony Live server tells becomes the directory's objects.

    users, statuses, extensions, calls ──▶ Seat ──▶ Extension
    queues and their agents ──centre──▶ Queue, Agent
    conference rooms ──conferences──▶ Conference

A seat is a user with all its telephones, or a telephone that is nobody's. Ids are new whenever the server has
restarted, so they are kept for asking and for what events name; what lasts is the core server's slug with a
name or number, and that is what the directory's ids are made of.

The whole picture is read anew after each connect. What events tell meanwhile is newer than the answers: it
waits, and is applied when they are in. An answer that is asked for later is dropped if an event has told of
the same thing since it was asked (`marks`).

Source: the vendor's pages "Live API" and "WebSocket API Documentation (Event)".
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Any, Protocol

from ..call_steps import Clock, phone_of
from ..directory import Directory, Record
from ..model import (
    Call,
    CallEvent,
    Extension,
    Feature,
    ObjectId,
    ServerEvent,
    ServerEventKind,
    Status,
    StatusKind,
    StatusList,
)
from ..turns import by_turns
from . import resources
from .calls import Line
from .centre import Centre, agent_key
from .conferences import Conferences
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
from .found import CallFound, CoreFound, Place, QueueFound, RoomFound, UserFound
from .marks import Marks
from .statuses import Statuses

# What no office has: a server that goes on beyond is not followed.
LOGINS_MOST = 64
STRANGERS_MOST = 1024
# People who are shown in one turn of the event loop.
IN_A_TURN = 200
# How the vendor calls it that two sides talk to each other; only the event of its end is described.
_LINK = "link"

# What is seen of a user, and of a telephone.
OF_A_USER = frozenset({Feature.STATUS, Feature.NOTE, Feature.RETURN_TIME, Feature.USER_LOGGED_IN})
OF_A_TELEPHONE = frozenset({Feature.PHONE, Feature.CALLS})
_NONE: frozenset[Feature] = frozenset()


@dataclass(slots=True, eq=False)
class Phone:
    """A telephone; `id` is the server's, for now."""

    id: str
    number: str
    line: Line = field(default_factory=Line)


@dataclass(slots=True, eq=False)
class Seat:
    """A user with its telephones, or a telephone that is nobody's. `id` is the server's, for now.

    `logins` are those that are known: none are while nobody has told of any.
    """

    key: ObjectId
    place: Place
    id: str
    username: str | None
    name: str | None
    phones: list[Phone] = field(default_factory=list)
    status: Status | None = None
    note: str | None = None
    return_time: datetime | None = None
    logins: frozenset[str] | None = None
    configuration_id: str = ""
    record: Record[Extension] | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of all its telephones."""
        return tuple(chain.from_iterable(phone.line.calls for phone in self.phones))


@dataclass(slots=True)
class _Core:
    """The people of a core server, by the ids that they have now and by what lasts."""

    place: Place
    seats: dict[ObjectId, Seat] = field(default_factory=dict)
    users: dict[str, Seat] = field(default_factory=dict)
    usernames: dict[str, Seat] = field(default_factory=dict)
    phones: dict[str, tuple[Seat, Phone]] = field(default_factory=dict)
    numbers: dict[str, tuple[Seat, Phone]] = field(default_factory=dict)
    # Those of the telephones that have calls.
    busy: dict[str, tuple[Seat, Phone]] = field(default_factory=dict)

    def note_calls(self, seat: Seat, phone: Phone) -> None:
        """Note whether a telephone has calls now."""
        if phone.line.segments:
            self.busy[phone.id] = seat, phone
        else:
            self.busy.pop(phone.id, None)

    def of_call(self, segment_id: str | None) -> tuple[Seat, Phone] | None:
        """Return the telephone whose side of a call this is."""
        busy = self.busy.values()
        return next((found for found in busy if segment_id in found[1].line.segments), None)


class _Tells(Protocol):
    """What a telephone's calls make of an event, such as `Line.linked`."""

    def __call__(self, line: Line, own: Party, other: Party, now: Clock, /) -> list[CallEvent]: ...


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
        self.now = now
        self.marks = Marks()
        self.centre = Centre(directory, self.marks, now)
        self.conferences = Conferences(directory, self.marks, now)
        # By id; the statuses by slug.
        self._cores: dict[str, _Core] = {}
        self._statuses: dict[str, Statuses] = {}
        # What can be done with every person and telephone, because somebody has said how.
        self.person_features: frozenset[Feature] = frozenset()
        self.phone_features: frozenset[Feature] = frozenset()
        # Called with a core server's and an extension's id when its calls are to be asked for.
        self.on_call: Callable[[str, str], None] = lambda _core, _extension: None
        # Called when something is told of which nobody has heard: the picture is to be read anew.
        self.on_stranger: Callable[[], None] = lambda: None
        # Whom no reading of the picture has made known: one is enough.
        self._strangers: set[str] = set()
        # Those of them of whom the last reading could have told.
        self._asked_for: frozenset[str] = frozenset()
        # Whether the event that is just taken in names such a one.
        self._is_strange = False
        self._handlers: Mapping[type, Callable[[_Core, Any], None]] = MappingProxyType(
            {
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
        )

    # --- everything at once --------------------------------------------------------------------

    async def commit(
        self,
        found: Iterable[CoreFound],
        *,
        whole: bool,
        anew: bool = True,
        waiting: Collection[Event] = (),
    ) -> None:
        """Make the directory equal to the answers.

        Args:
            found: all core servers.
            whole: whether all was answered, so that who is not in it is gone.
            anew: whether events may have been missed since the last time.
            waiting: what events have told while all of it was asked for, and will be applied next; more
                may come in while others have their turn of the event loop.
        """
        found = tuple(found)
        several = len(found) > 1
        known = {core.place.slug: core for core in self._cores.values()}
        cores: dict[str, _Core] = {}
        told: dict[int, list[CallEvent]] = {}
        renamed: dict[ObjectId, ObjectId] = {}
        with self._directory.bulk():
            for each in found:
                server = each.server
                group = (server.name or server.slug,) if several else ()
                core = _Core(Place(server.slug, server.id, group))
                cores[server.id] = core
                reading = _Reading(
                    self, core, each, known.get(server.slug), anew=anew, dialing=_dialed(waiting)
                )
                async for user in by_turns(each.users, IN_A_TURN):
                    reading.put_user(user)
                if not whole:
                    reading.keep_absent_users()
                async for extension in by_turns(each.extensions, IN_A_TURN):
                    reading.put_extension(extension)
                told |= reading.told
                renamed |= reading.renamed
            self._cores = cores
            for old, new in renamed.items():
                if (record := self._directory.extensions.get(old)) is not None:
                    self._directory.extensions.rename(record, new)
            if anew:
                self._strangers.clear()
            self.centre.commit(
                {core.place: each.queues for core, each in self._paired(found)},
                whole=whole,
                anew=anew,
            )
            await self._show_people(told, whole=whole)
            self.conferences.commit(
                {core.place: each.rooms for core, each in self._paired(found)},
                whole=whole,
                anew=anew,
            )
            self.marks.start_over()
        self._asked_for = frozenset(self._strangers)
        self._directory.complete = whole and not self.is_starting

    def _paired(self, found: Iterable[CoreFound]) -> Iterable[tuple[_Core, CoreFound]]:
        return ((self._cores[each.server.id], each) for each in found)

    async def _show_people(self, told: Mapping[int, list[CallEvent]], *, whole: bool) -> None:
        directory = self._directory
        for slug, statuses in self._statuses.items():
            directory.status_lists.put(StatusList(id=(slug,), statuses=statuses.offered))
        seats = {key: seat for core in self._cores.values() for key, seat in core.seats.items()}
        if whole and seats:
            # A core server that has no users at all is one that has not finished starting.
            starting = {core.place.slug for core in self._cores.values() if not core.users}
            gone = [record for record in directory.extensions if record.object.id not in seats]
            for record in gone:
                if record.object.id[0] not in starting:
                    directory.extensions.remove(record)
        async for seat in by_turns(seats.values(), IN_A_TURN):
            self._show(seat, told.get(id(seat), ()))

    def _extension(self, seat: Seat) -> Extension:
        calls = seat.calls
        return Extension(
            id=seat.key,
            number=seat.phones[0].number if seat.phones else "",
            name=seat.name,
            group=seat.place.group,
            status_list=(seat.place.slug,),
            features=_all_of(
                _NONE if seat.username is None else OF_A_USER | self.person_features,
                OF_A_TELEPHONE | self.phone_features if seat.phones else _NONE,
            ),
            status=seat.status,
            note=seat.note,
            return_time=seat.return_time,
            logged_in=_is_logged_in(seat),
            agent=self._agent_of(seat),
            phone=phone_of(calls) if seat.phones else None,
            calls=calls,
        )

    def _agent_of(self, seat: Seat) -> ObjectId | None:
        """Return who takes calls of queues on a seat's telephones; as long as nobody has, on the first."""
        agents = [agent_key(seat.place, phone.number) for phone in seat.phones]
        return next(filter(self._directory.agents.get, agents), agents[0] if agents else None)

    def _show(self, seat: Seat, events: Iterable[CallEvent] = ()) -> None:
        seat.record = self._directory.extensions.put(self._extension(seat))
        for event in events:
            seat.record.tell_event(event)

    def _update(self, seat: Seat, **changes: Any) -> None:
        if seat.record is not None:
            self._directory.update(seat.record, **changes)

    # --- statuses ------------------------------------------------------------------------------

    def status_of(self, place: Place, name: str, type_: str) -> tuple[Status, bool]:
        """Return what a core server means by a status, and whether nobody has had it before."""
        statuses = self._statuses.get(place.slug)
        if statuses is None:
            statuses = self._statuses[place.slug] = Statuses(self._status_kinds)
        return statuses.meet(name, type_)

    def _status_told(self, core: _Core, event: UserStatus) -> None:
        seat = self._user(core, event.user_id, event.username)
        if seat is None or event.name is None:
            return
        self.marks.told(seat.id)
        self._has_status(seat, event.name, event.type or "", event.note or "", event.return_time)

    def status_read(self, seat: Seat, found: resources.Status | None, asked: int) -> None:
        """Take in a user's status, unless an event has told of it since it was asked."""
        is_current = self.marks.mark(seat.id) == asked and self.seat(seat.key) is seat
        if found is not None and is_current:
            self._has_status(seat, found.name, found.type, found.note, found.return_time)

    def _has_status(
        self, seat: Seat, name: str, type_: str, note: str, return_time: datetime | None
    ) -> None:
        place = seat.place
        seat.status, is_new = self.status_of(place, name, type_)
        seat.note, seat.return_time = note, return_time
        if is_new:
            offered = self._statuses[place.slug].offered
            self._directory.status_lists.put(StatusList(id=(place.slug,), statuses=offered))
        self._update(seat, status=seat.status, note=note, return_time=return_time)

    # --- events --------------------------------------------------------------------------------

    def apply(self, event: Event) -> bool:
        """Take in an event; False if it names somebody of whom nobody has heard."""
        self._is_strange = False
        core = self._core_of(event)
        if core is not None:
            self._handlers[type(event)](core, event)
            return not self._is_strange
        self._met_stranger(event.core_server_id)
        if isinstance(event, Unknown):
            self._tell_unknown(event)
        return not self._is_strange

    def _core_of(self, event: Event) -> _Core | None:
        """Return the core server that an event is about; where there is but one, that need not be said.

        What says that it is another is about this one only when it was asked whether there is another:
        else somebody there would be taken for who has the same number here.
        """
        core_id = event.core_server_id
        if len(self._cores) == 1 and (not core_id or core_id in self._asked_for):
            return next(iter(self._cores.values()))
        return self._cores.get(core_id or "")

    def _met_stranger(self, stranger: str | None) -> None:
        """Have the picture read anew, once for each whom nobody has heard of."""
        self._is_strange |= bool(stranger)
        if stranger and stranger not in self._strangers and len(self._strangers) < STRANGERS_MOST:
            self._strangers.add(stranger)
            self.on_stranger()

    def _user(self, core: _Core, user_id: str | None, username: str | None) -> Seat | None:
        seat = core.users.get(user_id or "") or core.usernames.get(username or "")
        if seat is None:
            self._met_stranger(user_id or username)
        return seat

    def _logged_in(self, core: _Core, event: UserLogin) -> None:
        seat = self._user(core, event.user_id, event.username)
        if seat is not None and len(seat.logins or ()) < LOGINS_MOST:
            seat.logins = (seat.logins or frozenset()) | {event.login_id or ""}
            self._update(seat, logged_in=True)

    def _logged_out(self, core: _Core, event: UserLogout) -> None:
        """Note a log-out; a log-in from before us, which nobody has told of, is taken for none."""
        if seat := self._user(core, event.user_id, event.username):
            known = seat.logins or frozenset()
            seat.logins = known - {event.login_id} if event.login_id else frozenset()
            self._update(seat, logged_in=_is_logged_in(seat))

    # --- calls ---------------------------------------------------------------------------------

    def _phone(self, core: _Core, party: Party) -> tuple[Seat, Phone] | None:
        """Return the telephone that a side of a call is of; one from outside is of none.

        Whose it is an event need not say: a call that is known is somebody's already.
        """
        found = (
            core.phones.get(party.extension_id or "")
            or core.numbers.get(party.extension_number or "")
            or core.of_call(party.call_segment_id)
        )
        if found is None:
            self._met_stranger(party.extension_id or party.extension_number)
        return found

    def _dialed(self, core: _Core, event: Dial) -> None:
        """Note that a side of a call dials; nobody has said whether the event names one side or two."""
        first, second = _sides(event.data)
        if first.call_segment_id and second.call_segment_id:
            self._both(
                core,
                first,
                second,
                lambda line, own, other, now: line.dialed(own, now, other),
            )
        elif found := self._phone(core, event.party):
            self._told(core, found, found[1].line.dialed(event.party, self.now))

    def _link_ended(self, core: _Core, event: LinkEnd) -> None:
        self._both(core, event.first, event.second, Line.unlinked)

    def _both(self, core: _Core, first: Party, second: Party, tells: _Tells) -> None:
        for own, other in ((first, second), (second, first)):
            if found := self._phone(core, own):
                self._told(core, found, tells(found[1].line, own, other, self.now))

    def _told(
        self, core: _Core, found: tuple[Seat, Phone], events: list[CallEvent], *, look: bool = True
    ) -> None:
        """Show what has become of a telephone's calls, and ask for the rest."""
        seat, phone = found
        core.note_calls(seat, phone)
        self.marks.told(phone.id)
        self._show_calls(seat, events)
        if look:
            self.on_call(core.place.id, phone.id)

    def _show_calls(self, seat: Seat, events: Iterable[CallEvent]) -> None:
        calls = seat.calls
        self._update(seat, calls=calls, phone=phone_of(calls))
        if seat.record is not None:
            for event in events:
                seat.record.tell_event(event)

    def _hung_up(self, core: _Core, event: Hangup) -> None:
        segment_id = event.party.call_segment_id
        if found := self._phone(core, event.party):
            self._told(core, found, found[1].line.hung_up(segment_id), look=False)
        self.conferences.hung_up(segment_id)

    def calls_told(
        self, core_id: str, extension_id: str, found: Iterable[CallFound], asked: int
    ) -> bool:
        """Take in all of a telephone's calls; False if an event has told of them since it was asked."""
        core = self._cores.get(core_id)
        if core is None or extension_id not in core.phones:
            return True
        if self.marks.mark(extension_id) != asked:
            return False
        seat, phone = core.phones[extension_id]
        events = phone.line.listed(found, self.now)
        core.note_calls(seat, phone)
        self._show_calls(seat, events)
        return True

    # --- queues and conferences ----------------------------------------------------------------

    def queues_told(self, core_id: str, queues: Iterable[QueueFound]) -> None:
        """Take in all queues of a core server, with their agents."""
        if (core := self._cores.get(core_id)) is not None:
            self.centre.queues_told(core.place, queues)

    def rooms_told(self, core_id: str, rooms: Iterable[RoomFound]) -> None:
        """Take in who is in the conference rooms of a core server."""
        if (core := self._cores.get(core_id)) is not None:
            self.conferences.told(core.place, rooms)

    def _agent_logged_in(self, core: _Core, event: AgentLogin) -> None:
        if not self.centre.logged_in(core.place, event):
            self._met_stranger(event.queue_id)

    def _agent_logged_out(self, core: _Core, event: AgentLogout) -> None:
        self.centre.logged_out(core.place, event)

    def _conference_left(self, _: _Core, event: ConferenceLeave) -> None:
        if event.room_id and not self.conferences.left(event.room_id, event.party):
            self._met_stranger(event.room_id)

    # --- what nobody has described -------------------------------------------------------------

    def _unknown(self, core: _Core, event: Unknown) -> None:
        """Take from an event of an unknown type what it names as all others do.

        That is a room and who is in it, two sides of a call, or one side of it: nothing tells what has
        become of the call, so it is asked for.
        """
        data = event.data
        own, (first, second) = _side(data), _sides(data)
        room_id = _text(data, "conferenceRoomId")
        if room_id and not self.conferences.joined(room_id, own):
            self._met_stranger(room_id)
        if first.call_segment_id and second.call_segment_id:
            is_link = event.type.startswith(_LINK)
            self._both(core, first, second, Line.linked if is_link else Line.met)
        elif own.call_segment_id and (found := self._phone(core, own)):
            self._told(core, found, [])
        self._tell_unknown(event)

    def _tell_unknown(self, event: Unknown) -> None:
        fields = {"name": event.type, **event.data}
        self._directory.server.tell_event(ServerEvent(ServerEventKind.OTHER, fields))

    # --- who is who ----------------------------------------------------------------------------

    def seat(self, key: ObjectId) -> Seat | None:
        """Return a seat."""
        return next((core.seats[key] for core in self._cores.values() if key in core.seats), None)

    @property
    def busy(self) -> tuple[tuple[str, str], ...]:
        """The telephones that have calls: their core servers' ids and their own."""
        return tuple((core_id, each) for core_id, core in self._cores.items() for each in core.busy)

    @property
    def is_starting(self) -> bool:
        """Whether there is no core server, or one without users: a server that has not finished starting."""
        return not self._cores or not all(core.users for core in self._cores.values())

    @property
    def ids(self) -> frozenset[str]:
        """The ids that users and telephones have now."""
        cores = self._cores.values()
        return frozenset(chain.from_iterable(chain(core.users, core.phones) for core in cores))

    def extension_id(self, place: Place, number: str) -> str | None:
        """Return the id that a telephone has now."""
        core = self._cores.get(place.id)
        found = core.numbers.get(number) if core else None
        return found[1].id if found else None


class _Reading:
    """Makes the seats of a core server of what the answers tell, and what was known before."""

    def __init__(
        self,
        picture: Picture,
        core: _Core,
        found: CoreFound,
        known: _Core | None,
        *,
        anew: bool,
        dialing: Collection[str],
    ) -> None:
        self._picture = picture
        self._core = core
        self._found = found
        self._known = known
        self._anew = anew
        self._dialing = dialing
        self._owned: set[str] = set()
        # What has happened to calls since they were known, by the seat; and who has another key.
        self.told: dict[int, list[CallEvent]] = {}
        self.renamed: dict[ObjectId, ObjectId] = {}
        slug = core.place.slug
        self._keys: frozenset[ObjectId] = frozenset(
            chain(
                ((slug, "users", each.user.username) for each in found.users),
                ((slug, "extensions", each.number) for each in found.extensions),
            )
        )
        seats = () if known is None else known.seats.values()
        self._by_id = {(each.key[1], each.id): each for each in seats}
        self._by_configuration = {
            (each.key[1], each.configuration_id): each for each in seats if each.configuration_id
        }

    def put_user(self, found: UserFound) -> None:
        """Have a user with its telephones."""
        user, core = found.user, self._core
        seat = self._seat("users", user.username, user.id, user.name or user.username)
        seat.username, seat.configuration_id = user.username, user.configuration_id
        before = self._before(seat)
        if before is not None and not self._anew:
            seat.logins = before.logins
            seat.status, seat.note = before.status, before.note
            seat.return_time = before.return_time
        if (status := found.status) is not None:
            seat.status, _ = self._picture.status_of(core.place, status.name, status.type)
            seat.note, seat.return_time = status.note, status.return_time
        core.users[user.id] = core.usernames[user.username] = seat
        extensions = found.extensions
        if extensions is None:
            extensions = self._extensions_before(before)
        self._put_phones(seat, extensions)

    def _put_phones(self, seat: Seat, extensions: Iterable[resources.Extension]) -> None:
        for extension in extensions:
            if extension.id not in self._owned:  # a telephone that two have would be shown as both
                self._owned.add(extension.id)
                self._put_phone(seat, extension)

    def _extensions_before(self, before: Seat | None) -> tuple[resources.Extension, ...]:
        """Return a user's telephones that are still there, where nothing tells which they are now."""
        numbers = {phone.number for phone in before.phones} if before else ()
        return tuple(each for each in self._found.extensions if each.number in numbers)

    def keep_absent_users(self) -> None:
        """Keep users of whom nothing could be read, with their telephones: they are not gone."""
        for before in () if self._known is None else self._known.seats.values():
            if before.username is None or before.key in self._core.seats.keys() | self.renamed:
                continue
            seat = self._seat("users", before.username, before.id, before.name)
            seat.username, seat.configuration_id = before.username, before.configuration_id
            seat.status, seat.note = before.status, before.note
            seat.return_time = before.return_time
            seat.logins = None if self._anew else before.logins
            self._core.users[seat.id] = self._core.usernames[before.username] = seat
            self._put_phones(seat, self._extensions_before(before))

    def put_extension(self, extension: resources.Extension) -> None:
        """Have a telephone that is nobody's, unless it is somebody's."""
        if extension.id not in self._owned:
            number = extension.number
            seat = self._seat("extensions", number, extension.id, extension.name or None)
            seat.configuration_id = extension.configuration_id
            self._before(seat)
            self._put_phone(seat, extension)

    def _before(self, seat: Seat) -> Seat | None:
        """Return the seat as it was, if need be under another name or number.

        Who has another one is told by the id, as long as it lasts, and by that of the configuration.
        """
        if self._known is None:
            return None
        if (before := self._known.seats.get(seat.key)) is not None:
            return before
        kind = seat.key[1]
        before = self._by_id.get((kind, seat.id)) or self._by_configuration.get(
            (kind, seat.configuration_id)
        )
        if before is None or before.key in self._keys:
            return None
        self.renamed[before.key] = seat.key
        return before

    def _seat(self, kind: str, name: str, seat_id: str, label: str | None) -> Seat:
        place = self._core.place
        seat = Seat((place.slug, kind, name), place, seat_id, None, label)
        self._core.seats[seat.key] = seat
        return seat

    def _put_phone(self, seat: Seat, extension: resources.Extension) -> None:
        phone = Phone(extension.id, extension.number)
        known = None
        if self._known is not None:
            known = self._known.numbers.get(extension.number) or self._known.phones.get(
                extension.id
            )
        is_renamed = known is not None and known[1].id != phone.id
        if known is not None:  # calls go on, whatever the server calls them now
            phone.line = known[1].line
        seat.phones.append(phone)
        self._core.phones[phone.id] = self._core.numbers[phone.number] = seat, phone
        found = self._found.calls.get(extension.id)
        events: list[CallEvent] = []
        if found is not None or self._anew:  # else what events tell has to do
            events = phone.line.listed(
                found or (), self._picture.now, dialing=self._dialing, renamed=is_renamed
            )
        self._core.note_calls(seat, phone)
        if known is not None:
            self.told.setdefault(id(seat), []).extend(events)


@cache
def _all_of(person: frozenset[Feature], telephone: frozenset[Feature]) -> frozenset[Feature]:
    """Return all of these: one set for all who have the same, for each of their own would be large."""
    return person | telephone


def _is_logged_in(seat: Seat) -> bool | None:
    return None if seat.logins is None else bool(seat.logins)


def _dialed(events: Iterable[Event]) -> frozenset[str]:
    """Return the sides of calls that events tell to dial."""
    return frozenset(
        side.call_segment_id
        for event in events
        if isinstance(event, Dial)
        for side in (event.party, *_sides(event.data))
        if side.call_segment_id
    )


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if type(value) is str and value else None


def _sides(data: Mapping[str, Any]) -> tuple[Party, Party]:
    """Return the two sides that an event names as linkEnd does."""
    return _side(data, "1"), _side(data, "2")


def _side(data: Mapping[str, Any], number: str = "") -> Party:
    """Return a side of a call that an event names as hangup does."""
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
