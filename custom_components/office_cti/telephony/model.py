"""What an office telephone system is made of.

Every protocol ends in these objects and nothing above them knows a protocol. They are frozen: a
change makes a new object (`with_changes`), so whoever holds one holds a consistent picture of one
moment. Each carries the features its system gives it; a field whose feature is missing is absent,
one that is `None` is unknown.

Ids are tuples of the server's own names and numbers, from the outside in, e.g.
`("Head Office", "Sales", "100")`. They are unique among the objects of one kind on one server.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum, StrEnum, auto
from typing import Any, Self, override

type ObjectId = tuple[str, ...]


class Feature(Enum):
    """What a system gives an object: something to see, or something that can be set."""

    STATUS = auto()
    NOTE = auto()
    RETURN_TIME = auto()
    SET_STATUS = auto()
    SET_NOTE = auto()
    SET_RETURN_TIME = auto()
    DIAL = auto()


class StatusKind(StrEnum):
    """What a status means, whatever its system calls it."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    DO_NOT_DISTURB = "do_not_disturb"
    OFFLINE = "offline"


class Presence(StrEnum):
    """Whether a person can be reached now: the same words for every system."""

    AVAILABLE = "available"
    ON_CALL = "on_call"
    BUSY = "busy"
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    OFFLINE = "offline"


class PhoneState(StrEnum):
    """What a person's telephone is doing."""

    IDLE = "idle"
    RINGING = "ringing"
    DIALING = "dialing"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    UNREACHABLE = "unreachable"


_ON_CALL = frozenset({PhoneState.DIALING, PhoneState.TALKING, PhoneState.ON_HOLD})


class TelephonyObject:
    """The base of all objects: a frozen dataclass with an id, copied with changes."""

    __slots__ = ()

    id: ObjectId
    features: frozenset[Feature]

    def with_changes(self, changes: Mapping[str, object]) -> Self:
        """Return a copy in which the named fields have new values."""
        slots = slots_of(type(self))
        copy: Self = object.__new__(type(self))
        for slot in slots.values():
            slot.__set__(copy, slot.__get__(self))
        for name, value in changes.items():
            slots[name].__set__(copy, value)
        return copy


_SLOTS: dict[type[TelephonyObject], dict[str, Any]] = {}


def slots_of(kind: type[TelephonyObject]) -> dict[str, Any]:
    """Return the slots (member descriptors) of a class by field name.

    Copying slot by slot is what makes a change cheap: `dataclasses.replace` goes through __init__
    and takes four times as long, for every message of a server.
    """
    slots = _SLOTS.get(kind)
    if slots is None:
        slots = _SLOTS[kind] = {field.name: getattr(kind, field.name) for field in fields(kind)}  # type: ignore[arg-type]
    return slots


@dataclass(frozen=True, slots=True)
class Status:
    """One word of presence that a system offers, e.g. "Out to lunch"."""

    name: str
    kind: StatusKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList(TelephonyObject):
    """The statuses that a group of extensions (a tenant, a profile) may choose from."""

    id: ObjectId
    features: frozenset[Feature] = frozenset()
    statuses: tuple[Status, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(TelephonyObject):
    """The telephone system itself, as far as we are connected to it."""

    id: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    connected: bool = False
    connected_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(TelephonyObject):
    """A person's seat at the telephone system.

    `group` are the names of what the extension belongs to, from the outside in (location, tenant);
    the list of statuses it may choose from has that id. `return_time` is in UTC.
    """

    id: ObjectId
    number: str
    name: str | None = None
    group: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    status: Status | None = None
    note: str | None = None
    return_time: datetime | None = None
    phone: PhoneState | None = None
    do_not_disturb: bool | None = None

    @property
    def presence(self) -> Presence | None:
        """Tell whether this person can be reached, from telephone, do-not-disturb and status."""
        if self.phone in _ON_CALL:
            return Presence.ON_CALL
        if self.do_not_disturb:
            return Presence.DO_NOT_DISTURB
        return None if self.status is None else Presence(self.status.kind.value)

    @override
    def __str__(self) -> str:
        """Name the extension as a person would: by its number, and where that is."""
        return f"{self.number} ({', '.join(self.group)})" if self.group else self.number
