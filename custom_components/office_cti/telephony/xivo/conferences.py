"""Conference rooms, and who is in them.

Rooms are listed with their settings; who is in them comes for all at once, by the room's number, whenever
somebody joins or leaves. A room that only one of the two speaks of is there, too.

Source: real conversations, and the vendor's list "meetmes".
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..directory import Directory
from ..model import Conference, ConferenceEvent, ConferenceMember, Feature, PassageKind
from . import messages
from .calls import moment
from .facts import Index, Register, Room

# What no office has: a server that goes on beyond is not followed.
ROOMS_MOST = 5_000
PEOPLE_IN_A_ROOM_MOST = 1_000


class Conferences:
    """All conference rooms.

    Args:
        directory: what is kept equal to them.
        count_oddity: counts what a server should not have sent.
    """

    def __init__(self, directory: Directory, *, count_oddity: Callable[[str], None]) -> None:
        self._directory = directory
        self._count_oddity = count_oddity
        self.features: frozenset[Feature] = frozenset()
        self.begin()

    def begin(self) -> None:
        """Forget everything; what comes is noted until `commit`."""
        self._is_live = False
        self.rooms = Register(Room, ROOMS_MOST)
        self._room_of_number: Index[Room] = Index()
        # By number; None before the server has told who is in which.
        self._told: dict[str, messages.Conference] | None = None

    def commit(self, *, whole: bool) -> None:
        """Make all conferences; those that are not there go if the snapshot is whole."""
        for room in self.rooms:
            self._room_of_number.put(room.number, room)
        numbers = {*(room.number or "" for room in self.rooms), *(self._told or ())}
        shown = {each.id: each for each in map(self._conference, numbers)}
        whole = whole and self.rooms.is_listed
        self._directory.conferences.replace_all(shown, complete=whole)
        self._is_live = True

    def _conference(self, number: str) -> Conference:
        room, told = self._room_of_number.one(number), (self._told or {}).get(number)
        context = room.context if room else None
        return Conference(
            id=(number,),
            number=number,
            name=(room and room.name) or (told and told.name) or None,
            group=(context,) if context else (),
            features=self.features,
            members=tuple(map(_member, told.members[:PEOPLE_IN_A_ROOM_MOST])) if told else (),
        )

    def _show(self, numbers: Iterable[str]) -> None:
        table = self._directory.conferences
        for number in numbers:
            if self._room_of_number.one(number) or number in (self._told or ()):
                table.put(self._conference(number))
            elif (record := table.get((number,))) is not None:
                table.remove(record)

    # --- rooms ---------------------------------------------------------------------------------

    def room_changed(self, room: Room, old: Mapping[str, Any]) -> None:
        """Bring a conference up to date; one that has another number now stays the same."""
        if not self._is_live or room.number is None:
            return
        before = old.get("number") or room.number
        self._room_of_number.drop(before, room)
        self._room_of_number.put(room.number, room)
        record = self._directory.conferences.get((before,))
        if record is not None and self._room_of_number.one(before) is None:
            self._directory.conferences.rename(record, (room.number,), number=room.number)
        self._show({before, room.number})

    def room_removed(self, room: Room) -> None:
        """Take a conference out."""
        if self._is_live and room.number is not None:
            self._room_of_number.drop(room.number, room)
            if self._told:
                self._told.pop(room.number, None)
            self._show([room.number])

    # --- who is in them ------------------------------------------------------------------------

    def told(self, message: messages.ConferencesUpdated) -> None:
        """Take in who is in which conference; who has come or gone since the last time is told."""
        is_news = self._told is not None
        before = self._told or {}
        if len(message.conferences) > ROOMS_MOST:
            self._count_oddity("more conferences than an office has")
        self._told = {each.number: each for each in message.conferences[:ROOMS_MOST]}
        if not self._is_live:
            return
        changed = {*before.items()} ^ {*self._told.items()}
        for number in sorted({number for number, _ in changed}):
            record = self._directory.conferences.get((number,))
            members = record.object.members if record else ()
            self._show([number])
            record = self._directory.conferences.get((number,))
            if is_news and record is not None:
                self._tell(record.tell_event, members, record.object.members)

    @staticmethod
    def _tell(
        tell: Callable[[ConferenceEvent], None],
        before: tuple[ConferenceMember, ...],
        now: tuple[ConferenceMember, ...],
    ) -> None:
        for kind, here, there in (
            (PassageKind.LEFT, before, now),
            (PassageKind.JOINED, now, before),
        ):
            others = {(member.id, member.since) for member in there}
            for member in here:
                if (member.id, member.since) not in others:
                    tell(ConferenceEvent(kind, member))


def _member(member: messages.ConferenceMember) -> ConferenceMember:
    return ConferenceMember(
        str(member.position), moment(member.joined), member.number or None, member.name or None
    )
