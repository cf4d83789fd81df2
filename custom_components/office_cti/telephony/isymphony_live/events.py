"""What an iSymphony Live server says over its event web-socket, and what it is asked to say there.

    text ──decode──▶ UserStatus, Hangup, … · Unknown · Reply · Unwanted · Malformed
    Filter ──message──▶ text

An event is a JSON object with its `type`, a time (in Unix milliseconds), and the core server's id; the order
of its properties is not fixed. The tables below say what each type holds; `readers` tame the values. Null
stays null, and what is missing is null, too. Nothing that arrives raises.

The vendor's list of events is not complete, and how a filter message is answered is told nowhere: so an
event of a type that is not here is handed on with all that it holds, and what has no type, or that of a
filter message, is taken for a reply.

Source: the vendor's page "WebSocket API Documentation (Event)", and one page per event. Its own filter
messages are no valid JSON; they are read as objects with the members `property` and `value`.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import Any, NamedTuple, Self, override

import orjson

from ..readers import (
    TEXT_LENGTH,
    Field,
    Nullable,
    Partly,
    Record,
    count,
    flag,
    label_or_none,
    message_text,
    required,
    text,
)
from ..system import InvalidText, TextTooLong
from .readers import anything, milliseconds, moment

# A message may be this long, in bytes or characters.
MESSAGE_LIMIT = 256 * 1024
ANY_VALUE = "*"
_FILTER = "filter"

# --- events ------------------------------------------------------------------------------------


class _Login(NamedTuple):
    """A log-in of a user, at an address; one user may have several."""

    time: int | None = None
    core_server_id: str | None = None
    user_id: str | None = None
    username: str | None = None
    login_id: str | None = None
    ip: str | None = None
    port: int | None = None
    problems: tuple[str, ...] = ()


class UserLogin(_Login):
    """A user has logged in."""

    __slots__ = ()


class UserLogout(_Login):
    """A user has logged out."""

    __slots__ = ()


class UserStatus(NamedTuple):
    """A user has another status; its fields are called as those of `resources.Status`."""

    time: int | None = None
    core_server_id: str | None = None
    user_id: str | None = None
    username: str | None = None
    name: str | None = None
    type: str | None = None
    note: str | None = None
    return_time: datetime | None = None
    is_user_created: bool | None = None
    problems: tuple[str, ...] = ()


class _QueueLogin(NamedTuple):
    """An agent's log-in at a queue; `agent` and `queue` are names for people."""

    time: int | None = None
    core_server_id: str | None = None
    agent_id: str | None = None
    agent: str | None = None
    state: str | None = None
    queue_id: str | None = None
    queue: str | None = None
    extension_id: str | None = None
    extension_number: str | None = None
    user_id: str | None = None
    username: str | None = None
    problems: tuple[str, ...] = ()


class AgentLogin(_QueueLogin):
    """An agent takes calls of a queue from now on."""

    __slots__ = ()


class AgentLogout(_QueueLogin):
    """An agent takes no more calls of a queue."""

    __slots__ = ()


class Party(NamedTuple):
    """One side of a call, with the extension and the user that it is of, if it is of any."""

    call_segment_id: str | None = None
    caller_name: str | None = None
    caller_number: str | None = None
    did: str | None = None
    extension_id: str | None = None
    extension_number: str | None = None
    user_id: str | None = None
    username: str | None = None


class LinkEnd(NamedTuple):
    """Two sides do not talk to each other any more."""

    time: int | None = None
    core_server_id: str | None = None
    first: Party = Party()
    second: Party = Party()
    problems: tuple[str, ...] = ()


class Hangup(NamedTuple):
    """A side of a call has gone."""

    time: int | None = None
    core_server_id: str | None = None
    party: Party = Party()
    problems: tuple[str, ...] = ()


class ConferenceLeave(NamedTuple):
    """A side of a call has left a conference room."""

    time: int | None = None
    core_server_id: str | None = None
    party: Party = Party()
    room_id: str | None = None
    room_name: str | None = None
    problems: tuple[str, ...] = ()


class Dial(NamedTuple):
    """A side of a call dials: known by name alone. It is read as a hangup, and `data` is all of it."""

    time: int | None = None
    core_server_id: str | None = None
    party: Party = Party()
    data: Mapping[str, Any] = {}
    problems: tuple[str, ...] = ()


class Unknown(NamedTuple):
    """Something of a type that is not known here; `data` is all of it."""

    type: str
    time: int | None = None
    core_server_id: str | None = None
    data: Mapping[str, Any] = {}
    problems: tuple[str, ...] = ()


type Event = (
    UserLogin
    | UserLogout
    | UserStatus
    | AgentLogin
    | AgentLogout
    | LinkEnd
    | Hangup
    | ConferenceLeave
    | Dial
    | Unknown
)

# --- what else arrives -------------------------------------------------------------------------


class Reply(NamedTuple):
    """No event, but probably the answer to a filter message."""


class Unwanted(NamedTuple):
    """An event that the filter keeps out, and that has come all the same."""


class Problem(StrEnum):
    """What is wrong with a message."""

    TOO_LONG = "too long"
    NOT_JSON = "not JSON"
    NOT_A_MESSAGE = "not an object"


class Malformed(NamedTuple):
    """Nothing that could be read."""

    problem: Problem


type Frame = Event | Reply | Unwanted | Malformed

# --- what is wanted ----------------------------------------------------------------------------


class Filter:
    """Which events are wanted: for each property that is named, it must have one of these values.

    An event that has not all of these properties is not wanted: one that is narrowed down to users leaves
    out whatever says its users in another way, such as linkEnd, which has two of them. A property that is
    null is not there: "*" for `username` asks for events that have to do with a user.

    Args:
        values: by property; `ANY_VALUE` among them is any. None at all want everything.

    Raises:
        TextTooLong, InvalidText: somebody has typed what cannot travel.
    """

    def __init__(self, values: Mapping[str, Iterable[str]] | None = None) -> None:
        named = {key: frozenset(wanted) for key, wanted in (values or {}).items()}
        self._values = {key: wanted for key, wanted in named.items() if wanted}
        if not self._values:
            self._values = {"type": frozenset({ANY_VALUE})}
        self._wants_all = self._values == {"type": frozenset({ANY_VALUE})}
        if any(len(word) > TEXT_LENGTH for word in chain(self._values, *self._values.values())):
            raise TextTooLong
        try:
            self.message = orjson.dumps({"type": _FILTER, "filters": list(self._filters())})
        except orjson.JSONEncodeError:  # half a character, which its text would show
            raise InvalidText from None

    @classmethod
    def of(cls, types: Iterable[str] = (), users: Iterable[str] = ()) -> Self:
        """Return the filter for events of some types, of some users (by name), or of both."""
        return cls({"type": types, "username": users})

    def _filters(self) -> Iterable[dict[str, str]]:
        for key, wanted in self._values.items():
            for value in sorted(wanted):
                yield {"property": key, "value": value}

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self._values == other._values

    @override
    def __hash__(self) -> int:
        return hash(self.message)

    def passes(self, event: Mapping[str, Any]) -> bool:
        """Tell whether an event is wanted; its properties are called as on the wire."""
        if self._wants_all:  # as nearly always: told at once
            return event.get("type") is not None
        return all(
            (value := event.get(key)) is not None
            and (ANY_VALUE in wanted or _word(value) in wanted)
            for key, wanted in self._values.items()
        )


def _word(value: Any) -> str | None:
    """Return a property's value as a filter names it: a text, or a number's or a flag's JSON."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) in {int, float} else None


EVERYTHING = Filter()

# --- tables ------------------------------------------------------------------------------------

_BASE = (
    Field("time", "time", milliseconds),
    Field("coreServerId", "core_server_id", label_or_none),
)
_USER = (
    Field("userId", "user_id", label_or_none),
    Field("userName", "username", label_or_none),
    Field("username", "username", label_or_none),
)
_LOGIN = (
    *_BASE,
    *_USER,
    Field("userLoginId", "login_id", label_or_none),
    Field("ip", "ip", label_or_none),
    Field("port", "port", Nullable(count)),
)
_AGENT = (
    *_BASE,
    Field("agentId", "agent_id", label_or_none),
    Field("agent", "agent", label_or_none),
    Field("state", "state", label_or_none),
    Field("queueId", "queue_id", label_or_none),
    Field("queue", "queue", label_or_none),
    Field("extensionId", "extension_id", label_or_none),
    Field("extensionNumber", "extension_number", label_or_none),
    *_USER,
)
_PARTY = {
    "callSegmentId": "call_segment_id",
    "callerIdName": "caller_name",
    "callerIdNumber": "caller_number",
    "did": "did",
    "extensionId": "extension_id",
    "extensionNumber": "extension_number",
    "userId": "user_id",
    "username": "username",
}


def _party(number: str = "") -> tuple[Field, ...]:
    """Return the fields of a side of a call; where there are two, their numbers stand behind the names."""
    return tuple(
        Field(f"{wire}{number}", f"{name}{number}", label_or_none) for wire, name in _PARTY.items()
    )


def _with_party[T](kind: Callable[..., T], *numbers: str) -> Callable[..., T]:
    """Return what makes an event of its fields, and a party of those that belong to one."""
    parties = [{f"{name}{number}": name for name in Party._fields} for number in numbers]

    def make(**found: Any) -> T:
        sides = [
            Party(**{name: found.pop(key) for key, name in names.items() if key in found})
            for names in parties
        ]
        members = ("first", "second") if len(sides) > 1 else ("party",)
        return kind(**dict(zip(members, sides, strict=True)), **found)

    return make


EVENTS: Mapping[str, Record[Any]] = {
    "userLogin": Record(UserLogin, *_LOGIN),
    "userLogout": Record(UserLogout, *_LOGIN),
    "userStatus": Record(
        UserStatus,
        *_BASE,
        *_USER,
        Field("name", "name", label_or_none),
        Field("statusType", "type", label_or_none),
        Field("note", "note", Nullable(message_text)),
        Field("returnTime", "return_time", moment),
        Field("userCreated", "is_user_created", Nullable(flag)),
    ),
    "agentLogin": Record(AgentLogin, *_AGENT),
    "agentLogout": Record(AgentLogout, *_AGENT),
    "linkEnd": Record(
        _with_party(LinkEnd, "1", "2"), *_BASE, *_party("1"), *_party("2"), about="LinkEnd"
    ),
    "hangup": Record(_with_party(Hangup, ""), *_BASE, *_party(), about="Hangup"),
    "confRoomCallLeave": Record(
        _with_party(ConferenceLeave, ""),
        *_BASE,
        *_party(),
        Field("conferenceRoomId", "room_id", label_or_none),
        Field("conferenceRoomName", "room_name", label_or_none),
        about="ConferenceLeave",
    ),
    "dial": Record(_with_party(Dial, ""), *_BASE, *_party(), about="Dial"),
}
_UNKNOWN = Record(Unknown, required("type", "type", text), *_BASE)

# --- decoding ----------------------------------------------------------------------------------

_WITH_DATA = (Dial, Unknown)
_REPLY = Reply()
_UNWANTED = Unwanted()


def decode(data: str | bytes, wanted: Filter = EVERYTHING) -> Frame:
    """Return what a message says, if it is wanted."""
    if len(data) > MESSAGE_LIMIT:
        return Malformed(Problem.TOO_LONG)
    try:
        wire = orjson.loads(data)
    except orjson.JSONDecodeError:
        return Malformed(Problem.NOT_JSON)
    if type(wire) is not dict:
        return Malformed(Problem.NOT_A_MESSAGE)
    kind = wire.get("type")
    if type(kind) is not str or not 0 < len(kind) <= TEXT_LENGTH or kind == _FILTER:
        return _REPLY
    if not wanted.passes(wire):
        return _UNWANTED
    return _event(kind, wire)


def _event(kind: str, wire: dict[str, Any]) -> Event:
    event: Event
    try:
        event = EVENTS.get(kind, _UNKNOWN)(wire)
    except Partly as partly:
        event = partly.value._replace(problems=partly.problems)
    if isinstance(event, _WITH_DATA):
        return event._replace(data=anything(wire))
    return event
