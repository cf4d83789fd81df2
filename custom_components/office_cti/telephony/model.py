"""What an office telephone system is made of.

Every protocol ends in these objects and nothing above them knows a protocol. They are frozen: a
change makes a new object (`with_changes`), so whoever holds one holds a consistent picture of one
moment. Each carries the features its system gives it; a field whose feature is missing is absent,
one that is `None` is unknown.

Ids are tuples of the server's own names and numbers, from the outside in, e.g.
`("Head Office", "Sales", "100")`. They are unique among the objects of one kind on one server.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import Enum, StrEnum, auto
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self, override

type ObjectId = tuple[str, ...]


class Feature(Enum):
    """What a system gives an object: something to see, something that can be set or done."""

    # Every write of a state asks whether its feature is there, and by its name takes twice as long.
    __hash__ = object.__hash__

    # What is seen of an extension.
    STATUS = auto()
    NOTE = auto()
    RETURN_TIME = auto()
    PHONE = auto()
    CALLS = auto()
    DO_NOT_DISTURB = auto()
    CALL_FILTER = auto()
    RECORDING = auto()
    FORWARDS = auto()
    VOICEMAIL = auto()
    MESSAGES = auto()
    SHEETS = auto()
    VOICEMAIL_MESSAGES = auto()
    USER_LOGGED_IN = auto()
    REDIRECT = auto()
    CALL_CENTER = auto()
    BREAK = auto()
    # What can be set of it.
    SET_STATUS = auto()
    SET_NOTE = auto()
    SET_RETURN_TIME = auto()
    SET_DO_NOT_DISTURB = auto()
    SET_CALL_FILTER = auto()
    SET_RECORDING = auto()
    SET_FORWARDS = auto()
    SET_REDIRECT = auto()
    SET_CALL_CENTER = auto()
    SET_BREAK = auto()
    # What it can be asked to do.
    DIAL = auto()
    HANG_UP = auto()
    TRANSFER_CALL = auto()
    RECORD_CALL = auto()
    PICK_UP_CALL = auto()
    DECLINE_CALL = auto()
    FLASH = auto()
    STOP_DIALING = auto()
    CALL_DETAILS = auto()
    SWITCHBOARD = auto()
    LISTEN = auto()
    SEND_MESSAGE = auto()
    SEND_FAX = auto()
    CALL_HISTORY = auto()
    CALL_FORM = auto()
    INVITE_TO_CONFERENCE = auto()
    # What is seen of an agent and of a queue, besides what every system tells of them.
    AGENT_WORK = auto()
    QUEUE_WAITS = auto()
    # What can be done with an agent, and with a queue.
    LOG_IN = auto()
    PAUSE = auto()
    AGENT_STATISTICS = auto()
    CHANGE_MEMBERS = auto()
    QUEUE_STATISTICS = auto()
    # What a server tells of itself.
    NOTIFICATIONS = auto()
    LICENSE = auto()


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


class CallDirection(StrEnum):
    """Who began a call, seen from the extension."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class CallState(StrEnum):
    """How far a call has come."""

    RINGING = "ringing"
    DIALING = "dialing"
    TALKING = "talking"
    HELD = "held"
    PARKED = "parked"


class ForwardKind(StrEnum):
    """When calls are forwarded."""

    ALWAYS = "always"
    NO_ANSWER = "no_answer"
    BUSY = "busy"


class AgentAvailability(StrEnum):
    """Whether an agent can take a call from a queue, and what else it is doing."""

    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    ON_CALL_NONACD_INCOMING_INTERNAL = "on_call_nonacd_incoming_internal"
    ON_CALL_NONACD_INCOMING_EXTERNAL = "on_call_nonacd_incoming_external"
    ON_CALL_NONACD_OUTGOING_INTERNAL = "on_call_nonacd_outgoing_internal"
    ON_CALL_NONACD_OUTGOING_EXTERNAL = "on_call_nonacd_outgoing_external"


_ON_CALL = frozenset({PhoneState.DIALING, PhoneState.TALKING, PhoneState.ON_HOLD})


class TelephonyObject:
    """The base of all objects: a frozen dataclass with an id, copied with changes.

    `suspended` are features that are there, but cannot be used now: what they need besides the
    server, such as a person's own connection to it, is away.
    """

    __slots__ = ()

    # The fields that say which object this is and what it is called: the watcher hears of them.
    DESCRIBING: ClassVar[frozenset[str]] = frozenset({"number", "name", "group", "features"})

    id: ObjectId
    features: frozenset[Feature]
    suspended: frozenset[Feature]

    def with_changes(self, changes: Mapping[str, object]) -> Self:
        """Return a copy in which the named fields have new values."""
        kind: Any = type(self)
        copy = _copier(kind)(self)
        for name, value in changes.items():
            setattr(copy, name, value)
        copy.__class__ = kind
        frozen: Self = copy
        return frozen

    def values(self) -> dict[str, object]:
        """Return all fields by name."""
        kind: Any = type(self)
        return {name: getattr(self, name) for name in names_of(kind)}


@cache
def names_of(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a class' fields."""
    return tuple(each.name for each in fields(kind))


@cache
def _copier(kind: Any) -> Callable[[Any], Any]:
    """Return what copies an object of a class, into a copy that can be changed until it is called so.

    The copy is made in a mould: a class with the same slots, but not frozen. Every message of a server makes
    one, so its fields are written out one by one, as dataclasses do with their own methods: that takes a
    third of a loop over them, and a small part of what `dataclasses.replace` takes.
    """
    names = names_of(kind)
    mould = type("Mould", (TelephonyObject,), {"__slots__": names})
    fields_copied = "".join(f"    copy.{name} = known.{name}\n" for name in names)
    source = f"def copied(known):\n    copy = new(mould)\n{fields_copied}    return copy\n"
    written: dict[str, Any] = {"new": object.__new__, "mould": mould}
    exec(source, written)  # noqa: S102 -- of the class' own names, and nothing else
    copied: Callable[[Any], Any] = written["copied"]
    return copied


class StatusEffect(StrEnum):
    """What else a status does when a person takes it."""

    DO_NOT_DISTURB_ON = "do_not_disturb_on"
    DO_NOT_DISTURB_OFF = "do_not_disturb_off"
    AGENT_LOGS_OUT = "agent_logs_out"


@dataclass(frozen=True, slots=True)
class Status:
    """One word of presence that a system offers, e.g. "Out to lunch".

    `key` is what the server calls it where that is not its name; `following` are the keys of the
    statuses that may be chosen after it (None: all). The color is "#rrggbb".
    """

    name: str
    kind: StatusKind
    key: str = ""
    color: str | None = None
    following: frozenset[str] | None = None
    effects: frozenset[StatusEffect] = frozenset()

    @property
    def id(self) -> str:
        """What the server calls it."""
        return self.key or self.name

    def may_be_followed_by(self, other: Status) -> bool:
        """Tell whether a person who has this status may choose the other."""
        return self.following is None or other.id in self.following or other.id == self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList(TelephonyObject):
    """The statuses that a group of extensions (a tenant, a profile) may choose from."""

    id: ObjectId
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    statuses: tuple[Status, ...] = ()


@dataclass(frozen=True, slots=True)
class License:
    """What a server's licence says: its number, and the last days on which it is valid as it is."""

    number: str | None = None
    confirm_by: date | None = None
    updates_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server(TelephonyObject):
    """The telephone system itself, as far as we are connected to it.

    Of the features it has those that not every server has: notifications, a licence that it tells.
    """

    DESCRIBING: ClassVar[frozenset[str]] = TelephonyObject.DESCRIBING | {"version"}

    id: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    connected: bool = False
    connected_since: datetime | None = None
    version: str | None = None
    license: License | None = None


@dataclass(frozen=True, slots=True)
class Forward:
    """One of an extension's three call forwardings; the destination stays while it is off."""

    enabled: bool
    destination: str


@dataclass(frozen=True, slots=True)
class Modes:
    """How a person takes part in a call centre's work; None is what is not known.

    `redirect`: calls go elsewhere. `call_center`: the person takes its calls. `on_break`: it gets
    none for the moment, for `break_reason`.
    """

    redirect: bool | None = None
    call_center: bool | None = None
    on_break: bool | None = None
    break_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Voicemail:
    """A voicemail box: messages not heard yet, heard, and whether something waits."""

    new: int | None
    old: int | None
    waiting: bool


class Call(NamedTuple):
    """One call of an extension; times are in UTC. Who is on the other side may be unknown."""

    id: str
    state: CallState
    direction: CallDirection | None
    started: datetime
    answered: datetime | None = None
    number: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension(TelephonyObject):
    """A person's seat at the telephone system.

    `group` are the names of what the extension belongs to, from the outside in (location, tenant;
    context). `status_list` is the id of the list of statuses that it may choose from. Who has no
    telephone has an empty number. `return_time` is in UTC.
    """

    id: ObjectId
    number: str
    name: str | None = None
    group: ObjectId = ()
    status_list: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    status: Status | None = None
    note: str | None = None
    return_time: datetime | None = None
    phone: PhoneState | None = None
    calls: tuple[Call, ...] = ()
    do_not_disturb: bool | None = None
    call_filter: bool | None = None
    recording: bool | None = None
    forward_always: Forward | None = None
    forward_no_answer: Forward | None = None
    forward_busy: Forward | None = None
    voicemail: Voicemail | None = None
    agent: ObjectId | None = None
    modes: Modes | None = None
    logged_in: bool | None = None

    @property
    def presence(self) -> Presence | None:
        """Tell whether this person can be reached, from telephone, do-not-disturb and status."""
        if self.phone in _ON_CALL:
            return Presence.ON_CALL
        if self.do_not_disturb:
            return Presence.DO_NOT_DISTURB
        return None if self.status is None else Presence(self.status.kind.value)

    def forward(self, kind: ForwardKind) -> Forward | None:
        """Return one of the three call forwardings."""
        forward: Forward | None = getattr(self, f"forward_{kind}")
        return forward

    @override
    def __str__(self) -> str:
        """Name the extension as a person would: by its name, or its number and where that is."""
        if self.name:
            return self.name
        return f"{self.number} ({', '.join(self.group)})" if self.group else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(TelephonyObject):
    """Somebody, or some place, that takes calls from queues while logged in on a telephone.

    `queues` and `paused_in` are names of queues; `since` (UTC) is when the availability changed;
    `phone` is the number that the agent logged in on.
    """

    id: ObjectId
    number: str
    name: str | None = None
    group: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    availability: AgentAvailability | None = None
    since: datetime | None = None
    phone: str | None = None
    on_agent_call: bool | None = None
    wrap_up: bool | None = None
    queues: tuple[str, ...] = ()
    paused_in: tuple[str, ...] = ()

    @property
    def logged_in(self) -> bool | None:
        """Tell whether the agent is logged in."""
        if self.availability is None:
            return None
        return self.availability is not AgentAvailability.LOGGED_OUT

    @property
    def paused(self) -> bool:
        """Tell whether the agent gets no calls from any of its queues."""
        return bool(self.queues) and set(self.queues) <= set(self.paused_in)

    @override
    def __str__(self) -> str:
        return self.name or self.number


class QueueMemberState(StrEnum):
    """What the telephone of a queue's member is doing."""

    UNKNOWN = "unknown"
    NOT_IN_USE = "not_in_use"
    IN_USE = "in_use"
    BUSY = "busy"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"
    RINGING = "ringing"
    RINGING_IN_USE = "ringing_in_use"
    ON_HOLD = "on_hold"
    LOGGED_OUT = "logged_out"


@dataclass(frozen=True, slots=True)
class QueueMember:
    """An agent or a telephone that takes calls from a queue."""

    name: str
    state: QueueMemberState
    paused: bool
    agent: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class QueueCaller:
    """Somebody who waits in a queue; `position` counts from 1, `since` is in UTC."""

    id: str
    position: int
    since: datetime
    number: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue(TelephonyObject):
    """A queue of callers, and who takes their calls. Waits are in seconds.

    `name` is what people read, `key` what the server calls it.
    """

    id: ObjectId
    number: str
    name: str | None = None
    key: str = ""
    group: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    members: tuple[QueueMember, ...] = ()
    callers: tuple[QueueCaller, ...] = ()
    waiting: int | None = None
    longest_wait: float | None = None
    estimated_wait: float | None = None
    agents_logged_in: int | None = None
    agents_available: int | None = None
    agents_talking: int | None = None

    @override
    def __str__(self) -> str:
        return self.name or self.key or self.number


@dataclass(frozen=True, slots=True)
class ConferenceMember:
    """Somebody in a conference; `since` is in UTC."""

    id: str
    since: datetime | None = None
    number: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference(TelephonyObject):
    """A conference room, and who is in."""

    id: ObjectId
    number: str
    name: str | None = None
    group: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    members: tuple[ConferenceMember, ...] = ()

    @override
    def __str__(self) -> str:
        return self.name or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(TelephonyObject):
    """The people behind one internal number, and how many of them are free."""

    id: ObjectId
    number: str
    name: str | None = None
    group: ObjectId = ()
    features: frozenset[Feature] = frozenset()
    suspended: frozenset[Feature] = frozenset()
    free: int | None = None
    busy: int | None = None
    free_numbers: tuple[str, ...] = ()

    @override
    def __str__(self) -> str:
        return self.name or self.number


# --- what happens and is over at once ----------------------------------------------------------


class CallEventKind(StrEnum):
    """What happened to a call."""

    RINGING = "ringing"
    DIALING = "dialing"
    ANSWERED = "answered"
    HELD = "held"
    RESUMED = "resumed"
    PARKED = "parked"
    ENDED = "ended"
    MISSED = "missed"


class PassageKind(StrEnum):
    """Whether somebody came or went: a caller of a queue, a member of a conference."""

    JOINED = "joined"
    LEFT = "left"


class CallEvent(NamedTuple):
    """Something happened to a call of an extension."""

    kind: CallEventKind
    call: Call


@dataclass(frozen=True, slots=True)
class SheetEvent:
    """Customer information about a call came; `fields` in the server's order, by name.

    `form` holds the names of what a form that came with it asks for.
    """

    fields: Mapping[str, str]
    call_id: str | None = None
    form: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """An extension's person was sent a text message.

    `sender` is the extension of who sent it, `sender_name` what the server calls somebody who has none; the
    time is in UTC. `fields` are what else the server says, as it calls it.
    """

    text: str
    sender: ObjectId | None = None
    sender_name: str | None = None
    time: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallerEvent:
    """A caller joined or left a queue."""

    kind: PassageKind
    caller: QueueCaller


@dataclass(frozen=True, slots=True)
class ConferenceEvent:
    """Somebody joined or left a conference."""

    kind: PassageKind
    member: ConferenceMember


@dataclass(frozen=True, slots=True)
class VoicemailEvent:
    """Somebody has left a voicemail message for an extension's person; `fields` are the server's own."""

    fields: Mapping[str, Any] = field(default_factory=dict)


class ServerEventKind(StrEnum):
    """What a server has told everybody."""

    NOTIFICATION = "notification"
    SHUTDOWN_REQUESTED = "shutdown_requested"
    RESTART_REQUESTED = "restart_requested"
    SENDER_DISCONNECTED = "sender_disconnected"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """A server has told something, and how: `fields` are its own.

    Some have the same names everywhere: `type` (a word), `color` ("#rrggbb"), `sender`, `text` and
    `time` (in UTC). All others are called as the server calls them.
    """

    kind: ServerEventKind
    fields: Mapping[str, Any]


type TelephonyEvent = (
    CallEvent
    | SheetEvent
    | MessageEvent
    | VoicemailEvent
    | CallerEvent
    | ConferenceEvent
    | ServerEvent
)


# --- what commands take and return -------------------------------------------------------------


class DialOrder(StrEnum):
    """Whose telephone rings first."""

    OWN_PHONE_FIRST = "own_phone_first"
    DESTINATION_FIRST = "destination_first"


class DialScope(StrEnum):
    """Whether a number is one of the office's own."""

    INTERNAL = "internal"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a call goes: a number, a person, or a person's voicemail box (None: one's own).

    What is in the number's scope is found out by the system where it is not said.
    """

    number: str | None = None
    extension: Extension | None = None
    voicemail: bool = False
    order: DialOrder = DialOrder.OWN_PHONE_FIRST
    scope: DialScope | None = None


class FlashMode(StrEnum):
    """What a flash does with a call and the one that waits behind it."""

    FLASH = "flash"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class StateChange:
    """What is to change of a person's state, all at once; None stays as it is.

    A break's reason is one of the server's, by its number, or a text of one's own; not both.
    """

    status: str | None = None
    redirect: bool | None = None
    call_center: bool | None = None
    on_break: bool | None = None
    break_reason_id: int | None = None
    break_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """A script of the server to run.

    Args:
        name: what it is called there.
        parameters: up to five texts.
        wait: whether its result is waited for.
        timeout: how long (seconds) the server lets it run while we wait.
        plain: whether its result comes as it is, with a status and headers of its own.
    """

    name: str
    parameters: tuple[str, ...] = ()
    wait: bool = True
    timeout: float = 10.0
    plain: bool = False


@dataclass(frozen=True, slots=True)
class ScriptResult:
    """What a script has returned; status and headers only where it was called `plain`."""

    value: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LicenseDetails:
    """A server's licence as it tells it: in words, as XML, and the facts."""

    text: str
    xml: str
    facts: License


class RemoteFileKind(StrEnum):
    """How a file of the server is found."""

    RECORDING = "recording"
    FAX = "fax"
    RECORD_LINK = "record_link"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of the server: by its link there, or by the script that returns its path."""

    kind: RemoteFileKind
    link: str = ""
    script: ScriptCall | None = None


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """What became of a file that was sent to the server; size in bytes."""

    name: str
    saved: bool
    size: int | None = None
    path: str | None = None


class HistoryKind(StrEnum):
    """What became of a call, seen from the extension whose history it is in."""

    SENT = "sent"
    RECEIVED = "received"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A call of the past: when (UTC), with whom as the server words it, and how long (seconds).

    The other party's name and number are there where the server's words hold them.
    """

    kind: HistoryKind
    time: datetime | None
    party: str
    duration: float
    name: str | None = None
    number: str | None = None


class DirectorySource(StrEnum):
    """Where a directory search looks."""

    DIRECTORY = "directory"
    PEOPLE = "people"
    SWITCHBOARD = "switchboard"


@dataclass(frozen=True, slots=True)
class DirectoryResult:
    """What a directory search found: the columns' names, and a row for each person."""

    headers: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class QueueStatistics:
    """How a queue did in the last while; None is what the server cannot say.

    Waits are in seconds, rates in percent.
    """

    received: int | None = None
    answered: int | None = None
    abandoned: int | None = None
    average_wait: float | None = None
    longest_wait: float | None = None
    answered_rate: float | None = None
    quality_of_service: float | None = None
