"""Conference rooms and who is in them.

The server tells which rooms there are, and who leaves. Who is in, no resource that the vendor describes
tells, and no event. So it is asked for where other resources have the sides of their calls; and an event that
nobody has described tells it, if it names a room and a side of a call. Whoever hangs up has left, too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..call_steps import Clock
from ..directory import Directory, Record
from ..model import Conference, ConferenceEvent, ConferenceMember, ObjectId, PassageKind
from .events import Party
from .found import Place, RoomFound
from .marks import Marks
from .resources import CallSegment

# What no office has: a server that goes on beyond is not followed.
MEMBERS_MOST = 256
ROOMS_MOST = 1_000

type _Members = dict[str, ConferenceMember]


@dataclass(slots=True, eq=False)
class Room:
    """A conference room and who is in it, by the side of the call. `id` is the server's, for now."""

    key: ObjectId
    place: Place
    id: str
    name: str
    identifier: str
    members: _Members = field(default_factory=dict)
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
        marks: tells which answers are older than events.
        now: tells the time (UTC).
    """

    def __init__(self, directory: Directory, marks: Marks, now: Clock) -> None:
        self._directory = directory
        self._marks = marks
        self._now = now
        self._rooms: dict[str, Room] = {}

    # --- what the answers tell -----------------------------------------------------------------

    def commit(
        self, told: Mapping[Place, Iterable[RoomFound] | None], *, whole: bool, anew: bool
    ) -> None:
        """Take in all rooms of all core servers.

        Where nobody tells who is in, or an event has since it was asked, that is kept, unless it is all
        begun anew.
        """
        known = {room.key: room.members for room in self._rooms.values()}
        self._rooms = {}
        for place, rooms in told.items():
            for each in rooms or ():
                room = _room(place, each)
                before = known.get(room.key, {})
                is_current = anew or self._marks.mark(room.id) == each.asked
                if each.members is not None and is_current:
                    room.members = _renamed(each.members, before)
                elif not anew:
                    room.members = before
                self._rooms[room.id] = room
        shown = {room.key: room.object for room in self._rooms.values()}
        table = self._directory.conferences
        table.replace_all(shown, complete=whole and bool(shown))
        for room in self._rooms.values():
            room.record = table.get(room.key)

    def told(self, place: Place, rooms: Iterable[RoomFound]) -> None:
        """Take in who is in some rooms, but for those of which events have told since it was asked."""
        for each in rooms:
            room = self._rooms.get(each.room.id) or self._meet(_room(place, each))
            if room is None or each.members is None:
                continue
            if self._marks.mark(room.id) == each.asked:
                there = {segment.id for segment in each.members}
                for gone in room.members.keys() - there:
                    self._leave(room, gone)
                for segment in each.members:
                    self._join(room, _member(segment))

    def _meet(self, room: Room) -> Room | None:
        """Have a room that is new, or has another id; people make rooms while they telephone."""
        before = next((each for each in self._rooms.values() if each.key == room.key), None)
        if before is not None:
            del self._rooms[before.id]
            room.members = before.members
        elif len(self._rooms) >= ROOMS_MOST:
            return None
        self._rooms[room.id] = room
        room.record = self._directory.conferences.put(room.object)
        return room

    # --- what events tell ----------------------------------------------------------------------

    def joined(self, room_id: str, party: Party) -> bool:
        """Take in that somebody is in a room; False if nobody has heard of the room."""
        room = self._rooms.get(room_id)
        if room is not None and party.call_segment_id:
            self._marks.told(room.id)
            number, name = party.caller_number, party.caller_name
            self._join(room, ConferenceMember(party.call_segment_id, None, number, name))
        return room is not None

    def left(self, room_id: str, party: Party) -> bool:
        """Take in that somebody is in a room no more; False if nobody has heard of the room."""
        room = self._rooms.get(room_id)
        if room is not None:
            self._marks.told(room.id)
            self._leave(room, party.call_segment_id)
        return room is not None

    def hung_up(self, segment_id: str | None) -> None:
        """Take in that a side of a call has gone, wherever it was."""
        for room in self._rooms.values():
            if segment_id in room.members:
                self._marks.told(room.id)
                self._leave(room, segment_id)

    # --- showing -------------------------------------------------------------------------------

    def _join(self, room: Room, member: ConferenceMember) -> None:
        if member.id in room.members or len(room.members) >= MEMBERS_MOST:
            return
        member = ConferenceMember(member.id, self._now(), member.number, member.name)
        room.members[member.id] = member
        self._show(room, ConferenceEvent(PassageKind.JOINED, member))

    def _leave(self, room: Room, segment_id: str | None) -> None:
        if (member := room.members.pop(segment_id or "", None)) is not None:
            self._show(room, ConferenceEvent(PassageKind.LEFT, member))

    def _show(self, room: Room, event: ConferenceEvent) -> None:
        if room.record is not None:
            self._directory.update(room.record, members=tuple(room.members.values()))
            room.record.tell_event(event)


def _room(place: Place, found: RoomFound) -> Room:
    room = found.room
    key = (place.slug, room.identifier)
    return Room(key, place, room.id, room.name or room.identifier, room.identifier)


def _member(segment: CallSegment) -> ConferenceMember:
    caller = segment.caller
    return ConferenceMember(segment.id, None, caller and caller.number, caller and caller.name)


def _renamed(segments: Iterable[CallSegment], before: _Members) -> _Members:
    """Return who is in; whoever was in before still is, whatever the server calls that side now."""
    known = {(each.number, each.name): each for each in before.values()}
    found: _Members = {}
    for segment in list(segments)[:MEMBERS_MOST]:
        member = _member(segment)
        found[segment.id] = known.pop((member.number, member.name), member)
    return found
