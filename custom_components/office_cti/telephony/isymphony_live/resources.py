"""What the REST resources of an iSymphony Live server hold, without a socket, a clock or a log.

A body is a JSON object, or a list of such; the tables at the end say what each kind of resource is read from,
and `readers` tame the values. What a server leaves out keeps its default, what is not known is left where it
is, and what cannot be read is left out and told. Only what one is recognised by and asked for with must be
there.

Ids are new whenever the server has restarted: they are good for asking, and for what events name. What lasts
is a core server's slug with a user's name, an extension's number, a queue's or a conference's identifier.

Source: the vendor's pages "Live API", one per resource. No page tells what an agent's statistics are: they
are told under the server's own names.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import orjson

from ..readers import (
    FEW,
    ITEMS,
    OBJECTS,
    Entries,
    Field,
    Many,
    Nullable,
    OneOf,
    Partly,
    Reader,
    Record,
    Unreadable,
    flag,
    flag_or_no,
    identifier,
    label,
    label_or_none,
    message_text,
    required,
    text,
)
from .readers import moment, resource_id

# A body may have so many bytes: all the objects that a list may hold have room.
BODY_LIMIT = 16 * 1024 * 1024

# --- what there is -----------------------------------------------------------------------------


class CoreServer(NamedTuple):
    """One of the telephone exchanges that the server looks after."""

    slug: str
    id: str = ""
    name: str = ""


class User(NamedTuple):
    """A person who may log in."""

    username: str
    id: str = ""
    name: str = ""
    configuration_id: str = ""


class StatusType(StrEnum):
    """What a status may be of; another word is one of a release that we do not know."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    AWAY = "away"
    EXTENDED_AWAY = "xa"
    DO_NOT_DISTURB = "dnd"
    CHAT = "chat"
    BLUE = "altblue"
    GREEN = "altgreen"
    PINK = "altpink"
    PURPLE = "altpurple"
    RED = "altred"


class Status(NamedTuple):
    """A user's status; `type` is one of `StatusType`, or a word that we do not know."""

    name: str
    type: str = ""
    note: str = ""
    return_time: datetime | None = None
    is_user_created: bool = False
    id: str = ""
    configuration_id: str = ""


class Extension(NamedTuple):
    """A telephone of somebody who has a licence."""

    number: str
    id: str = ""
    name: str = ""
    configuration_id: str = ""


class Queue(NamedTuple):
    """A queue that is enabled."""

    identifier: str
    id: str = ""
    name: str = ""
    configuration_id: str = ""


class QueueAgent(NamedTuple):
    """One who takes calls of one queue; `state` is the server's word, such as NOT_INUSE."""

    id: str
    name: str = ""
    state: str = ""
    is_paused: bool = False
    is_dynamic: bool = False


class AgentStatistics(NamedTuple):
    """How an agent did, in the server's own words."""

    values: tuple[tuple[str, str | float | bool | None], ...] = ()


class CallSegmentType(StrEnum):
    """Where the other party of a call is."""

    INTERNAL = "INTERNAL"
    EXTERNAL = "EXTERNAL"


class CallerId(NamedTuple):
    """Who calls, or is called."""

    name: str | None = None
    number: str | None = None


class CallSegment(NamedTuple):
    """One side of a call; `did` is the number that was dialled from outside, or Asterisk's "s" for none."""

    id: str
    type: CallSegmentType | None = None
    caller: CallerId | None = None
    did: str | None = None
    is_on_hold: bool = False
    is_recording: bool = False
    is_incoming: bool | None = None


class ConferenceRoom(NamedTuple):
    """A conference room (3.3 and later)."""

    identifier: str
    id: str = ""
    name: str = ""
    dial_string: str = ""
    is_user_generated: bool = False
    configuration_id: str = ""


# --- values as this server writes them ---------------------------------------------------------


def scalar(value: Any) -> str | float | bool | None:
    """Read a text, a number, yes or no, or null."""
    if value is None or type(value) in {bool, int, float}:
        found: float | bool | None = value
        return found
    return text(value)


_SEGMENT_TYPES = OneOf(
    {word: kind for kind in CallSegmentType for word in (kind, kind.lower(), kind.capitalize())}
)

# --- tables ------------------------------------------------------------------------------------

_ID = required("id", "id", resource_id)
_CONFIGURATION = Field("configurationId", "configuration_id", label)
_DISPLAY_NAME = Field("displayName", "name", label)

core_server = Record(
    CoreServer, required("slug", "slug", identifier), _ID, Field("name", "name", label)
)
user = Record(
    User,
    required("username", "username", identifier),
    required("userName", "username", identifier),
    _ID,
    _DISPLAY_NAME,
    Field("displayedName", "name", label),
    _CONFIGURATION,
)
status = Record(
    Status,
    required("name", "name", text),
    Field("type", "type", label),
    Field("statusType", "type", label),
    Field("note", "note", message_text),
    Field("returnTime", "return_time", moment),
    Field("userCreated", "is_user_created", flag_or_no),
    Field("id", "id", label),
    _CONFIGURATION,
)
extension = Record(
    Extension,
    required("extensionNumber", "number", identifier),
    _ID,
    Field("displayedName", "name", label),
    _DISPLAY_NAME,
    _CONFIGURATION,
)
queue = Record(
    Queue,
    required("identifier", "identifier", identifier),
    _ID,
    Field("displayedName", "name", label),
    _DISPLAY_NAME,
    _CONFIGURATION,
)
agent = Record(
    QueueAgent,
    _ID,
    Field("name", "name", label),
    Field("state", "state", label),
    Field("paused", "is_paused", flag_or_no),
    Field("dynamic", "is_dynamic", flag_or_no),
)
call_segment = Record(
    CallSegment,
    _ID,
    Field("type", "type", Nullable(_SEGMENT_TYPES)),
    Field(
        "callerId",
        "caller",
        Nullable(
            Record(
                CallerId,
                Field("name", "name", label_or_none),
                Field("number", "number", label_or_none),
            )
        ),
    ),
    Field("did", "did", label_or_none),
    Field("onHold", "is_on_hold", flag_or_no),
    Field("recording", "is_recording", flag_or_no),
    Field("incoming", "is_incoming", Nullable(flag)),
)
conference_room = Record(
    ConferenceRoom,
    required("identifier", "identifier", identifier),
    _ID,
    Field("displayedName", "name", label),
    _DISPLAY_NAME,
    Field("dialString", "dial_string", label),
    Field("userGenerated", "is_user_generated", flag_or_no),
    _CONFIGURATION,
)
_STATISTICS = Entries(identifier, scalar, FEW)


def statistics(value: Any) -> AgentStatistics:
    """Read an agent's statistics, whatever they are."""
    try:
        return AgentStatistics(_STATISTICS(value))
    except Partly as partly:
        raise Partly(AgentStatistics(partly.value)) from None


core_servers = Many(core_server, FEW)
users = Many(user, OBJECTS)
extensions = Many(extension, OBJECTS)
queues = Many(queue, ITEMS)
agents = Many(agent, ITEMS)
call_segments = Many(call_segment, ITEMS)
conference_rooms = Many(conference_room, ITEMS)

# --- reading -----------------------------------------------------------------------------------


class Problem(StrEnum):
    """What is wrong with a body."""

    TOO_LONG = "too long"
    NOT_JSON = "not JSON"
    OF_ANOTHER_KIND = "of another kind"
    PARTLY = "of another kind in part"


class BodyError(Exception):
    """A body cannot be read; only what kind of problem it is stands in the text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class Reading[T](NamedTuple):
    """What a body holds, and what of it could not be read, by the names that fields have here."""

    value: T
    problems: tuple[str, ...] = ()


def parsed(body: bytes) -> Any:
    """Return the JSON of a body; None is an empty one.

    Raises:
        BodyError: it is too long, or no JSON.
    """
    if len(body) > BODY_LIMIT:
        raise BodyError(Problem.TOO_LONG)
    if not body.strip():
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BodyError(Problem.NOT_JSON) from None


def read[T](body: bytes, reader: Reader[T]) -> Reading[T]:
    """Read a body; what of it can be used is used.

    Raises:
        BodyError: nothing of it can be.
    """
    value = parsed(body)
    try:
        return Reading(reader(value))
    except Unreadable:
        raise BodyError(Problem.OF_ANOTHER_KIND) from None
    except Partly as partly:
        return Reading(partly.value, partly.problems or (Problem.PARTLY.value,))
