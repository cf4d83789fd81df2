"""What an Oktell server tells becomes the directory's extensions.

    number's state ──┐
    user's state  ───┼──▶ Seat ──▶ Extension
    user's line   ───┘

A user has one personal number, and the state that the server tells everybody of that number is the user's.
The modes and the line are told to nobody but the user: they come over an own connection, in notifications,
or as the answer to a question. A seat keeps what was told last; what differs in the extension is announced.

Source: the vendor's pages "Серверный HTTP интерфейс", wp_setuserstate, and "Сервисное оповещение", event 111.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from ..call_steps import Clock, phone_of
from ..directory import Directory, Record
from ..model import (
    Call,
    Extension,
    Feature,
    MessageEvent,
    Modes,
    ObjectId,
    PhoneState,
    Status,
    StatusKind,
    StatusList,
    TelephonyEvent,
)
from .calls import Seen, follow
from .states import SETTABLE, UserState

# What the one list of states is known by.
STATES: ObjectId = ("states",)

# What people call a state, and what it means.
_WORDS: Mapping[UserState, tuple[str, StatusKind]] = MappingProxyType(
    {
        UserState.READY: ("Ready", StatusKind.AVAILABLE),
        UserState.BREAK: ("Break", StatusKind.AWAY),
        UserState.AWAY: ("Away", StatusKind.AWAY),
        UserState.BUSY: ("Busy", StatusKind.BUSY),
        UserState.RESERVED: ("Reserved", StatusKind.BUSY),
        UserState.NO_PHONE: ("No telephone", StatusKind.OFFLINE),
        UserState.DISCONNECTED: ("Disconnected", StatusKind.OFFLINE),
    }
)
NAME_OF: Mapping[UserState, str] = MappingProxyType(
    {state: name for state, (name, _) in _WORDS.items()}
)
_NO_FIELDS: Mapping[str, str] = MappingProxyType({})
_UNREACHABLE = frozenset({UserState.NO_PHONE, UserState.DISCONNECTED})


class Person(NamedTuple):
    """A user as the server lists it; the id is a GUID in lower case.

    `number` is the one whose state is the user's, `numbers` are all that the user has.
    """

    id: str
    name: str | None = None
    number: str = ""
    numbers: tuple[str, ...] = ()
    department: str = ""


@dataclass(slots=True, eq=False)
class Seat:
    """A user, and what was told of it last."""

    person: Person
    state: UserState | None = None
    modes: Modes | None = None
    calls: tuple[Call, ...] = ()
    # The line is told, call by call: by the user's own connection.
    tells_line: bool = False
    record: Record[Extension] | None = field(default=None, init=False)


class Picture:
    """All users of a server.

    Args:
        directory: what is kept equal to them.
        status_kinds: what a state means by its name, where the person knows better.
        now: tells the server's time (UTC).
    """

    def __init__(
        self, directory: Directory, *, status_kinds: Mapping[str, StatusKind], now: Clock
    ) -> None:
        self._directory = directory
        self._now = now
        self._statuses = {
            state: Status(name, status_kinds.get(name, kind), key=str(int(state)))
            for state, (name, kind) in _WORDS.items()
        }
        self._seats: dict[str, Seat] = {}
        self._by_number: dict[str, Seat] = {}
        self._by_any_number: dict[str, Seat] = {}
        # Whose login is which, in lower case: the server's list does not tell it.
        self.logins: Mapping[str, str] = {}
        self.features_of: Callable[[str], frozenset[Feature]] = lambda _: frozenset()
        self.suspended_of: Callable[[str], frozenset[Feature]] = lambda _: frozenset()
        # Called with the id of whoever is busy with what nobody has said, and is that no longer.
        self.on_busy: Callable[[str], None] = lambda _: None
        self.on_busy_no_more: Callable[[str], None] = lambda _: None

    # --- everything at once --------------------------------------------------------------------

    def commit(
        self, people: Iterable[Person], states: Mapping[str, UserState | None], *, whole: bool
    ) -> None:
        """Make the directory equal to what a server has told of everybody.

        Args:
            people: all users.
            states: what each is doing, by id; who is not there is in no state that we know.
            whole: whether that is really all, so that who is not among them is gone.
        """
        seats = {person.id: self._seat(person) for person in people}
        self._seats = seats if whole else self._seats | seats
        self._index()
        extensions = self._directory.extensions
        with self._directory.bulk():
            offered = tuple(status for state, status in self._statuses.items() if state in SETTABLE)
            self._directory.status_lists.put(StatusList(id=STATES, statuses=offered))
            for record in tuple(extensions):
                if record.object.id[0] not in self._seats:
                    extensions.remove(record)
            for seat in self._seats.values():
                events = self._state_seen(seat, states.get(seat.person.id))
                seat.record = extensions.put(self._extension(seat))
                for event in events:
                    seat.record.tell_event(event)
        self._directory.complete = whole

    def _seat(self, person: Person) -> Seat:
        seat = self._seats.get(person.id)
        if seat is None:
            return Seat(person)
        seat.person = person
        return seat

    def _index(self) -> None:
        """Note whose number is which; one that two have is whose main one it is."""
        seats = self._seats.values()
        self._by_number = {seat.person.number: seat for seat in seats if seat.person.number}
        any_number = {number: seat for seat in seats for number in seat.person.numbers}
        self._by_any_number = any_number | self._by_number

    def _state_seen(self, seat: Seat, state: UserState | None) -> list[TelephonyEvent]:
        """Note the state that a snapshot shows: a busy user's call may be another one by now."""
        if state is None and seat.tells_line:  # whose own connection tells it
            return []
        if state is seat.state is UserState.BUSY and not seat.tells_line:
            self.on_busy(seat.person.id)
        return self._state_told(seat, state)

    def _extension(self, seat: Seat) -> Extension:
        person = seat.person
        return Extension(
            id=(person.id,),
            number=person.number,
            name=person.name,
            group=(person.department,) if person.department else (),
            status_list=STATES,
            features=self.features_of(person.id),
            suspended=self.suspended_of(person.id),
            modes=seat.modes,
            **self._doing(seat),
        )

    def _doing(self, seat: Seat) -> dict[str, Any]:
        state = seat.state
        return {
            "status": None if state is None else self._statuses[state],
            "phone": self._phone(seat),
            "calls": seat.calls,
        }

    @staticmethod
    def _phone(seat: Seat) -> PhoneState | None:
        if seat.calls:
            return phone_of(seat.calls)
        if seat.state is None:
            return None
        return PhoneState.UNREACHABLE if seat.state in _UNREACHABLE else PhoneState.IDLE

    # --- one thing after the other -------------------------------------------------------------

    def number_told(self, number: str, state: UserState) -> bool:
        """Take in what the server says of a number; most changes come so. False if it is nobody's."""
        seat = self._by_number.get(number)
        if seat is None:
            return False
        if seat.state is not state:
            self._tell(seat, self._state_told(seat, state))
        return True

    def state_told(self, user_id: str, state: UserState | None) -> None:
        """Take in what a user is doing; None if that is not known any more."""
        seat = self._seats.get(user_id)
        if seat is not None and seat.state is not state:
            self._tell(seat, self._state_told(seat, state))

    def _state_told(self, seat: Seat, state: UserState | None) -> list[TelephonyEvent]:
        """Note a state; who is no longer busy has no call, unless the line itself is told."""
        was, seat.state = seat.state, state
        if state is UserState.BUSY:
            if was is not state and not seat.tells_line:
                self.on_busy(seat.person.id)
            return []
        if was is UserState.BUSY:
            self.on_busy_no_more(seat.person.id)
        return [] if seat.tells_line or not seat.calls else self._follow(seat, ())

    def modes_told(self, user_id: str, **modes: Any) -> None:
        """Take in a user's modes, by the names that `Modes` has; None is what was not said."""
        seat = self._seats.get(user_id)
        told = {name: value for name, value in modes.items() if value is not None}
        if seat is None or not told:
            return
        now = replace(seat.modes or Modes(), **told)
        if now.on_break is False:
            now = replace(now, break_reason=None)
        if now != seat.modes:
            seat.modes = now
            self._update(seat, modes=now)

    def line_told(self, user_id: str, *seen: Seen) -> None:
        """Take in what a user's line is doing: its calls, or that there are none."""
        seat = self._seats.get(user_id)
        if seat is not None and (seen or seat.calls):
            self._tell(seat, self._follow(seat, seen))

    def line_is_told(self, user_id: str, *, told: bool) -> None:
        """Say whether a user's own connection tells what the line is doing."""
        seat = self._seats.get(user_id)
        if seat is None:
            return
        seat.tells_line = told
        if told:
            self.on_busy_no_more(user_id)
        else:
            seat.modes = None
            self._update(seat, modes=None)
            if seat.state is UserState.BUSY:
                self.on_busy(user_id)
            else:
                self.line_told(user_id)

    def _follow(self, seat: Seat, seen: Iterable[Seen]) -> list[TelephonyEvent]:
        seat.calls, events = follow(seat.calls, seen, self._now)
        return list(events)

    def _tell(self, seat: Seat, events: Iterable[TelephonyEvent]) -> None:
        if seat.record is not None:
            self._directory.update(seat.record, **self._doing(seat))
            for event in events:
                seat.record.tell_event(event)

    def _update(self, seat: Seat, **changes: Any) -> None:
        if seat.record is not None:
            self._directory.update(seat.record, **changes)

    def tell_event(self, user_id: str, event: TelephonyEvent) -> None:
        """Tell of something that has happened to a user and is over at once."""
        seat = self._seats.get(user_id)
        if seat is not None and seat.record is not None:
            seat.record.tell_event(event)

    def message_told(
        self,
        user_id: str,
        text: str,
        sender: str,
        sender_name: str,
        time: datetime | None,
        fields: Mapping[str, str] = _NO_FIELDS,
    ) -> None:
        """Tell of a message to a user; `sender` is what `find` takes, the time is in UTC."""
        known = self.find(sender)
        event = MessageEvent(
            text,
            sender=None if known is None else (known.person.id,),
            sender_name=sender_name or None if known is None else None,
            time=time,
            fields=fields,
        )
        self.tell_event(user_id, event)

    def refresh(self, user_ids: Iterable[str]) -> None:
        """Ask anew for what these users can do."""
        with self._directory.bulk():
            for user_id in user_ids:
                if seat := self._seats.get(user_id):
                    self._update(
                        seat,
                        features=self.features_of(user_id),
                        suspended=self.suspended_of(user_id),
                    )

    # --- who is who ----------------------------------------------------------------------------

    def seat(self, user_id: str) -> Seat | None:
        """Return a user by its id."""
        return self._seats.get(user_id)

    def find(self, word: str) -> Seat | None:
        """Return the user whom somebody means: by id, any number, or a login that is known."""
        word = word.strip()
        folded = word.casefold()
        return (
            self._seats.get(folded.strip("{}"))
            or self._seats.get(self.logins.get(folded, ""))
            or self._by_any_number.get(word)
        )

    @property
    def ids(self) -> tuple[str, ...]:
        """All users' ids."""
        return tuple(self._seats)

    def state_named(self, name: str) -> UserState | None:
        """Return the state that people call so."""
        return next((state for state, word in NAME_OF.items() if word == name), None)
