"""Conference rooms and who is in them.

The server tells which rooms there are, and who leaves. Who is in, no resource that the vendor describes
tells, and no event: that is learned from events that nobody has described, if they name a room and a side of
a call. Whoever hangs up has left, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..call_steps import Clock
from ..directory import Directory, Record
from ..model import Conference, ConferenceEvent, ConferenceMember, ObjectId, PassageKind
from .events import Party
from .found import Place
from .resources import ConferenceRoom

# What no office has: a server that goes on beyond is not followed.
MEMBERS_MOST = 256


@dataclass(slots=True, eq=False)
class Room:
    """A conference room and who is in it, by the side of the call. `id` is the server's, for now."""

    key: ObjectId
    place: Place
    id: str
    name: str
    identifier: str
    members: dict[str, ConferenceMember] = field(default_factory=dict)
    record: Record[Conference] | None = None

    @property
    def object(self) -> Conference:
        """The room as it is shown."""
        return Conference(
            id=self.key,
            number=self.identifier,
            name=self.name,
            group=self.place.group,
            members=tuple(self.members.values()),
        )


class Conferences:
    """All conference rooms of one server.

    Args:
        directory: what is kept equal to them.
        now: tells the time (UTC).
    """

    def __init__(self, directory: Directory, now: Clock) -> None:
        self._directory = directory
        self._now = now
        self._rooms: dict[str, Room] = {}

    def commit(
        self, told: Mapping[Place, Iterable[ConferenceRoom] | None], *, whole: bool, anew: bool
    ) -> None:
        """Take in all rooms of all core servers; who is in is kept, unless it is all begun anew."""
        known = {} if anew else self._rooms
        self._rooms = {}
        for place, rooms in told.items():
            for each in rooms or ():
                room = _room(place, each)
                if (before := known.get(room.id)) is not None:
                    room.members = before.members
                self._rooms[room.id] = room
        shown = {room.key: room.object for room in self._rooms.values()}
        table = self._directory.conferences
        table.replace_all(shown, complete=whole and bool(shown))
        for room in self._rooms.values():
            room.record = table.get(room.key)

    def joined(self, room_id: str | None, party: Party) -> None:
        """Take in that somebody is in a room."""
        room, segment_id = self._rooms.get(room_id or ""), party.call_segment_id
        if room is None or not segment_id or segment_id in room.members:
            return
        if len(room.members) < MEMBERS_MOST:
            member = ConferenceMember(
                segment_id, self._now(), party.caller_number, party.caller_name
            )
            room.members[segment_id] = member
            self._show(room, ConferenceEvent(PassageKind.JOINED, member))

    def left(self, room_id: str | None, party: Party) -> None:
        """Take in that somebody is in a room no more."""
        if (room := self._rooms.get(room_id or "")) is not None:
            self._leave(room, party.call_segment_id)

    def hung_up(self, segment_id: str | None) -> None:
        """Take in that a side of a call has gone, wherever it was."""
        for room in self._rooms.values():
            self._leave(room, segment_id)

    def _leave(self, room: Room, segment_id: str | None) -> None:
        if (member := room.members.pop(segment_id or "", None)) is not None:
            self._show(room, ConferenceEvent(PassageKind.LEFT, member))

    def _show(self, room: Room, event: ConferenceEvent) -> None:
        if room.record is not None:
            self._directory.update(room.record, members=tuple(room.members.values()))
            room.record.tell_event(event)


def _room(place: Place, found: ConferenceRoom) -> Room:
    key = (place.slug, found.identifier)
    return Room(key, place, found.id, found.name or found.identifier, found.identifier)
