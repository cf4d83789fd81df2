"""What a server has told of its objects, put together from its parts.

Settings and states come partial and in any order. Each object is one small record that keeps what was told
last of each thing we use; what we do not use is not kept. A `Register` holds all records of one list: there
is one for every id that the server has named, and it is known once its settings have come. An `Index` finds
them by what they share.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from sys import intern
from typing import Any, override

from ..directory import Record
from ..model import Extension, Queue, QueueCaller, QueueMember
from .calls import Line
from .messages import Availability, MemberStatus
from .statuses import DISCONNECTED


@dataclass(slots=True, eq=False)
class Facts:
    """What was told of one object; only fields that __init__ takes are told."""

    id: str

    def merge(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Take in what a server says; returns the old values of what is other than before."""
        kept = _told_fields(type(self))
        old = {}
        for name, value in told.items():
            if name in _REPEATED and value is not None:
                value = intern(value)  # noqa: PLW2901 -- the same text, once
            if name in kept and (before := getattr(self, name)) != value:
                setattr(self, name, value)
                old[name] = before
        return old

    @property
    def is_known(self) -> bool:
        """Whether the object's settings have come."""
        raise NotImplementedError


# So many objects may share a line, a name or the like.
SHARED_MOST = 256
# What many objects have alike.
_REPEATED = frozenset({"context", "presence"})
_TOLD: dict[type[Facts], frozenset[str]] = {}


def _told_fields(kind: type[Facts]) -> frozenset[str]:
    told = _TOLD.get(kind)
    if told is None:
        names = frozenset(each.name for each in fields(kind) if each.init)
        told = _TOLD[kind] = names - {"id"}
    return told


@dataclass(slots=True, eq=False)
class User(Facts):
    """A user: what becomes an extension."""

    full_name: str | None = None
    lines: tuple[str, ...] | None = None
    agent: str | None = None
    voicemail: str | None = None
    do_not_disturb: bool | None = None
    call_filter: bool | None = None
    recording: bool | None = None
    forward_always: bool | None = None
    forward_always_to: str = ""
    forward_no_answer: bool | None = None
    forward_no_answer_to: str = ""
    forward_busy: bool | None = None
    forward_busy_to: str = ""
    presence: str | None = None
    connected: bool | None = None
    record: Record[Extension] | None = field(default=None, init=False)

    @property
    @override
    def is_known(self) -> bool:
        return self.full_name is not None or self.lines is not None

    @property
    def name(self) -> str | None:
        """What the user is called; blanks are no name."""
        return (self.full_name or "").strip() or None

    @override
    def merge(self, told: Mapping[str, Any]) -> dict[str, Any]:
        if "presence" in told and "connected" not in told:  # a push, which leaves it to be inferred
            told = {"connected": told["presence"] != DISCONNECTED, **told}
        return Facts.merge(self, told)


@dataclass(slots=True, eq=False)
class Phone(Facts):
    """A line of one or several users, with its calls."""

    number: str | None = None
    identity: str | None = None
    user: str | None = None
    context: str | None = None
    line: Line = field(default_factory=Line, init=False)

    @property
    @override
    def is_known(self) -> bool:
        return self.number is not None or self.identity is not None


@dataclass(slots=True, eq=False)
class Mailbox(Facts):
    """A voicemail box."""

    mailbox: str | None = None
    context: str | None = None
    new: int | None = None
    old: int | None = None
    waiting: int | None = None

    @property
    @override
    def is_known(self) -> bool:
        return self.mailbox is not None


@dataclass(slots=True, eq=False)
class AgentFacts(Facts):
    """An agent."""

    number: str | None = None
    first_name: str = ""
    last_name: str = ""
    context: str | None = None
    availability: Availability | None = None
    availability_since: float | None = None
    queues: tuple[str, ...] = ()
    phone_number: str | None = None
    on_queue_call: bool | None = None
    wrap_up: bool | None = None

    @property
    @override
    def is_known(self) -> bool:
        return self.number is not None

    @property
    def full_name(self) -> str:
        """What the agent is called."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(slots=True, eq=False)
class QueueFacts(Facts):
    """A queue; its members are objects of their own."""

    name: str | None = None
    display_name: str = ""
    number: str = ""
    context: str | None = None
    # What statistics have told, all together; who waits, as far as that was told.
    numbers: dict[str, Any] = field(default_factory=dict, init=False)
    callers: tuple[QueueCaller, ...] = field(default=(), init=False)
    record: Record[Queue] | None = field(default=None, init=False)

    @property
    @override
    def is_known(self) -> bool:
        return self.name is not None

    @property
    def shown_name(self) -> str | None:
        """What people call the queue; blanks are no name."""
        return self.display_name.strip() or self.name


@dataclass(slots=True, eq=False)
class Member(Facts):
    """An agent's or a phone's membership of a queue; the id is "<interface>,<queue>"."""

    interface: str = ""
    queue: str = ""
    paused: bool = False
    status: MemberStatus = MemberStatus.UNKNOWN
    shown: QueueMember | None = field(default=None, init=False)

    @property
    @override
    def is_known(self) -> bool:
        return bool(self.interface and self.queue)

    @property
    def agent_number(self) -> str | None:
        """The number of the agent who is the member; None if it is a phone."""
        kind, _, number = self.interface.partition("/")
        return number if kind == "Agent" else None


@dataclass(slots=True, eq=False)
class Room(Facts):
    """A conference room; who is in it is told otherwise."""

    name: str = ""
    number: str | None = None
    context: str | None = None

    @property
    @override
    def is_known(self) -> bool:
        return self.number is not None


class Register[F: Facts]:
    """All objects of one list that a server has named.

    Args:
        make: makes the record of an id of which nothing was told yet.
        most: so many are followed; no office has more.
    """

    def __init__(self, make: Callable[[str], F], most: int) -> None:
        self.make = make
        self.most = most
        self.records: dict[str, F] = {}
        # Whether the server has told which there are; before that, anybody who is named is one.
        self.is_listed = False

    def __iter__(self) -> Iterator[F]:
        """Go through those whose settings have come."""
        return (record for record in self.records.values() if record.is_known)

    def get(self, object_id: str | None) -> F | None:
        """Return an object, if its settings have come."""
        record = None if object_id is None else self.records.get(object_id)
        return record if record is not None and record.is_known else None

    def add(self, object_id: str) -> F | None:
        """Return an object's record, new if need be; None if there are too many."""
        record = self.records.get(object_id)
        if record is None and len(self.records) < self.most:
            record = self.records[object_id] = self.make(object_id)
        return record


class Index[F: Facts]:
    """Finds objects by what they may share: a line, a name, a number.

    Most keys have one object; nothing keeps a server from having two of a name.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[F, ...]] = {}

    def all(self, key: str | None) -> tuple[F, ...]:
        """Return the objects that have this key, in the order of their ids."""
        return () if key is None else self._found.get(key, ())

    def one(self, key: str | None) -> F | None:
        """Return the first of them."""
        found = self.all(key)
        return found[0] if found else None

    def put(self, key: str | None, record: F) -> None:
        """Have an object found by a key; without one it is not found."""
        there = self.all(key)
        if key and record not in there and len(there) < SHARED_MOST:
            self._found[key] = tuple(sorted((*there, record), key=_id))

    def drop(self, key: str | None, record: F) -> None:
        """Have an object found by a key no more."""
        if key and record in (there := self.all(key)):
            left = tuple(each for each in there if each is not record)
            if left:
                self._found[key] = left
            else:
                del self._found[key]


def _id(record: Facts) -> str:
    return record.id
