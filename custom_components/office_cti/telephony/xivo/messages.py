"""The vocabulary of XiVO CTI: what a server says, and what a client may ask.

Plain tuples with names. Values are tamed: ids are strings though the server writes some as numbers, 0 and
1 are booleans, times are Unix seconds. What the server left out keeps its default; what could not be read
is left out, too, and named in `problems` by the name that it has here. Text of the server stands in fields
alone, never in a `problem`.

Source: the vendor's page "CTI Protocol", sections as named, and real conversations with releases 14.12 and
15.01, which the page is older than.
"""

from datetime import datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any, NamedTuple, TypedDict, override

# --- words that have a fixed set ---------------------------------------------------------------


class ListName(StrEnum):
    """A list of objects that a server keeps. Page: Configuration Messages, Status messages."""

    USERS = "users"
    PHONES = "phones"
    AGENTS = "agents"
    QUEUES = "queues"
    VOICEMAILS = "voicemails"
    QUEUE_MEMBERS = "queuemembers"  # ids are "Agent/2001,blue" or "SIP/x2gjtw,red"
    CHANNELS = "channels"  # ids are "SIP/x2gjtw-0000000b"; cannot be listed, comes by itself
    CONFERENCES = "meetmes"


class Hint(IntEnum):
    """What a phone does, as Asterisk sees it. Page: login_capas, phonestatus."""

    REMOVED = -2
    DEACTIVATED = -1
    IDLE = 0
    IN_USE = 1
    BUSY = 2
    UNAVAILABLE = 4
    RINGING = 8
    IN_USE_AND_RINGING = 9
    ON_HOLD = 16


class Availability(StrEnum):
    """What an agent does. Page: Agent status."""

    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"  # paused in all queues, or in wrap-up, or on a queue's call
    ON_CALL_INCOMING_INTERNAL = "on_call_nonacd_incoming_internal"
    ON_CALL_INCOMING_EXTERNAL = "on_call_nonacd_incoming_external"
    ON_CALL_OUTGOING_INTERNAL = "on_call_nonacd_outgoing_internal"
    ON_CALL_OUTGOING_EXTERNAL = "on_call_nonacd_outgoing_external"


class MemberStatus(IntEnum):
    """What a member of a queue does, as Asterisk's queue sees it."""

    NOT_IN_USE = 1
    IN_USE = 2
    BUSY = 3
    INVALID = 4
    UNAVAILABLE = 5
    RINGING = 6
    IN_USE_AND_RINGING = 7
    ON_HOLD = 8
    UNKNOWN = 100
    LOGGED_OUT = 101


class ChannelState(StrEnum):
    """A channel's own state, in Asterisk's words. Page: channel status update."""

    DOWN = "Down"
    RESERVED = "Rsrvd"
    OFF_HOOK = "OffHook"
    DIALING = "Dialing"
    RING = "Ring"
    RINGING = "Ringing"
    UP = "Up"
    BUSY = "Busy"
    DIALING_OFF_HOOK = "Dialing Offhook"
    PRE_RING = "Pre-ring"
    UNKNOWN = "Unknown"


class Communication(StrEnum):
    """What a channel does with its other end. Page: channel status update, commstatus."""

    READY = "ready"
    CALLING = "calling"
    RINGING = "ringing"
    LINKED_CALLER = "linked-caller"
    LINKED_CALLED = "linked-called"


class Direction(StrEnum):
    """Which way a channel goes, as the phone sees it."""

    IN = "in"
    OUT = "out"


class HistoryMode(IntEnum):
    """Which calls. Page: history."""

    SENT = 0
    RECEIVED = 1
    MISSED = 2


class CurrentCallState(StrEnum):
    """What a call of one's own line does; further words of later releases count as UP."""

    UP = "up"
    HOLD = "hold"


class LoginError(StrEnum):
    """Why a server refuses a log-in and says so (a wrong password is a bare end of file)."""

    VERSION = "xivoversion_client"
    CREDENTIALS = "login_password"  # no such user, or the user may not use a client
    NO_PROFILE = "capaid_undefined"
    OTHER = ""


class CommandError(StrEnum):
    """Why a command has failed."""

    UNREACHABLE_EXTENSION = "unreachable_extension"
    AGENT_LOGIN_INVALID_EXTENSION = "agent_login_invalid_exten"  # also: the user is no agent
    AGENT_LOGIN_EXTENSION_IN_USE = "agent_login_exten_in_use"
    NOT_LOGGED_IN = "notloggedyet"
    OTHER = ""


class WarningKind(StrEnum):
    """What a server says instead of doing a thing."""

    NOTHING_RETURNED = "return_is_none"  # this release has no such command (chat: it was sent)
    UNIMPLEMENTED = "unimplemented"
    OTHER = ""


class Problem(StrEnum):
    """Why a line could not be read."""

    TOO_LONG = "too long"
    NOT_JSON = "not JSON"
    NOT_AN_OBJECT = "not an object"
    WRONG_FIELD = "a field that is missing or wrong"


# --- fields of objects: getlist ----------------------------------------------------------------
#
# What `Config.fields` and `Status.fields` hold, by list. Any key may be missing: not told.


class UserConfig(TypedDict, total=False):
    """A user's settings. Page: user."""

    full_name: str
    first_name: str
    last_name: str
    mobile_number: str
    lines: tuple[str, ...]  # ids of phones
    agent: str | None
    voicemail: str | None
    do_not_disturb: bool
    call_filter: bool
    recording: bool  # only ever pushed, never in an answer
    forward_always: bool
    forward_always_to: str
    forward_no_answer: bool
    forward_no_answer_to: str
    forward_busy: bool
    forward_busy_to: str
    voicemail_enabled: bool
    transfer_enabled: bool
    client_enabled: bool  # may log in; gone from 15.19 on


class UserStatus(TypedDict, total=False):
    """A user's presence. Page: User status."""

    presence: str  # a key of LoggedIn.presences
    connected: bool  # never pushed


class PhoneConfig(TypedDict, total=False):
    """A line's settings. Page: phones."""

    number: str
    identity: str  # "SIP/x2gjtw": what its channels' ids begin with
    user: str | None
    protocol: str  # gone from 15.19 on, and the context
    context: str


class PhoneStatus(TypedDict, total=False):
    """What a line does. Page: Phone status."""

    hint: Hint
    channels: tuple[str, ...]


class AgentConfig(TypedDict, total=False):
    """An agent's settings. Page: agents."""

    number: str
    first_name: str
    last_name: str
    context: str


class NonQueueCall(NamedTuple):
    """An agent's call that no queue gave: incoming or outgoing, with a colleague or outside."""

    incoming: bool
    internal: bool


class AgentStatus(TypedDict, total=False):
    """What an agent does. Page: Agent status."""

    availability: Availability
    availability_since: float
    queues: tuple[str, ...]  # ids of queues: membership, logged in or not
    phone_number: str | None  # stale after a log-out
    on_queue_call: bool
    wrap_up: bool
    non_queue_call: NonQueueCall | None


class QueueConfig(TypedDict, total=False):
    """A queue's settings. Page: queue."""

    name: str
    display_name: str
    number: str
    context: str


class QueueStatus(TypedDict, total=False):
    """A queue's members, always empty in practice: see the list of queue members. Page: Queue status."""

    agents: tuple[str, ...]
    phones: tuple[str, ...]


class VoicemailConfig(TypedDict, total=False):
    """A voicemail box's settings."""

    mailbox: str
    context: str
    full_name: str
    email: str


class VoicemailStatus(TypedDict, total=False):
    """How many messages a box holds; None where the server does not know yet."""

    new: int | None
    old: int | None  # gone from 15.19 on, and what waits
    waiting: int | None


class QueueMember(TypedDict, total=False):
    """A member of a queue: its configuration and its status are the same."""

    interface: str  # "Agent/2001", "SIP/x2gjtw"
    queue: str  # the queue's name
    paused: bool
    penalty: int
    status: MemberStatus
    membership: str  # static, dynamic, realtime
    calls_taken: int
    last_call: str  # "HH:MM:SS" of the server, or empty


class ChannelStatus(TypedDict, total=False):
    """One end of a call. Page: channel status update."""

    state: ChannelState
    communication: Communication
    direction: Direction | None  # None until the server knows
    talking_to: str | None  # the other end's channel
    talking_to_kind: str | None
    held: bool
    parked: bool
    since: float


class ConferenceConfig(TypedDict, total=False):
    """A conference room's settings."""

    name: str
    number: str
    context: str


class ConferenceStatus(TypedDict, total=False):
    """A conference room's state; who is in it comes with ConferencesUpdated."""

    paused: bool


# --- from the server: getlist ------------------------------------------------------------------


class Ids(NamedTuple):
    """All objects of a list; with problems, there may be more. Page: Configuration Messages."""

    list: ListName
    ids: tuple[str, ...]
    problems: tuple[str, ...] = ()


class Config(NamedTuple):
    """An object's settings, all or some; `fields` is None if there is no such object."""

    list: ListName
    id: str
    fields: dict[str, Any] | None
    problems: tuple[str, ...] = ()


class Status(NamedTuple):
    """An object's state, all or some; `fields` is None if there is no such object."""

    list: ListName
    id: str
    fields: dict[str, Any] | None
    problems: tuple[str, ...] = ()


class Added(NamedTuple):
    """There are new objects; what they are like must be asked."""

    list: ListName
    ids: tuple[str, ...]
    problems: tuple[str, ...] = ()


class Removed(NamedTuple):
    """Objects are gone."""

    list: ListName
    ids: tuple[str, ...]
    problems: tuple[str, ...] = ()


# --- from the server: log-in -------------------------------------------------------------------


class StartTlsOffered(NamedTuple):
    """The server can turn to TLS now (15.20 and later)."""


class StartTlsReady(NamedTuple):
    """The handshake comes next."""


class StartTlsDeclined(NamedTuple):
    """The connection stays plain, as we have asked."""


class SessionOpened(NamedTuple):
    """The user is known. Page: login_id."""

    session_id: str
    version: str = ""
    problems: tuple[str, ...] = ()


class LoginRefused(NamedTuple):
    """A step of the log-in has failed; the versions are told with LoginError.VERSION alone."""

    error: LoginError
    client_version: str = ""
    server_version: str = ""


class PasswordAccepted(NamedTuple):
    """The password is right. Page: login_pass."""

    profile_id: int


class Presence(NamedTuple):
    """A status that a profile's users can have; `allowed` holds what may follow, None for any."""

    key: str
    long_name: str = ""
    color: str = ""
    allowed: tuple[str, ...] | None = None
    actions: tuple[tuple[str, str], ...] = ()  # ("enablednd", "true"), ("agentlogoff", "")


class PhoneState(NamedTuple):
    """What a hint is called in this profile."""

    hint: int
    long_name: str = ""
    color: str = ""


class LoggedIn(NamedTuple):
    """The log-in is complete. Page: login_capas."""

    ipbx_id: str
    user_id: str
    profile_name: str = ""
    presences: tuple[Presence, ...] = ()
    phone_states: tuple[PhoneState, ...] = ()
    services: tuple[str, ...] = ()  # hides nothing: the server does not enforce it
    problems: tuple[str, ...] = ()


# --- from the server: replies ------------------------------------------------------------------


class KeptAlive(NamedTuple):
    """The server lives. Page: keepalive."""

    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class IpbxList(NamedTuple):
    """The servers behind this one. Page: getipbxlist."""

    ipbx_ids: tuple[str, ...]
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class DialAccepted(NamedTuple):
    """The phone is being called. Page: dial."""

    extension: str


class CommandFailed(NamedTuple):
    """A command has failed; `detail` is the extension that cannot be reached."""

    error: CommandError
    detail: str = ""


class CommandReply(NamedTuple):
    """A command was passed on: True, an action's id or an explanation; None if it was not.

    Page: hangup, originate, record.
    """

    command: str
    reply: str | bool | None
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class CommandResult(NamedTuple):
    """Asterisk has answered to a command (a fax: "sendfax", without a reply id). Page: record."""

    command: str
    ok: bool
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class Warned(NamedTuple):
    """The server has not done it; `about` is the command's class, empty if it is none of ours."""

    about: str
    warning: WarningKind
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class HistoryCall(NamedTuple):
    """A call that was. `start` has no zone: it is the server's time. `mode` and `extension`: 15.09 on."""

    start: datetime
    duration: float = 0.0  # seconds
    name: str = ""  # "1001" or '"Bob Marceau" <1002>'
    mode: HistoryMode | None = None
    extension: str = ""


class History(NamedTuple):
    """The calls of one's own line. Page: history."""

    calls: tuple[HistoryCall, ...]
    mode: HistoryMode | None = None
    problems: tuple[str, ...] = ()


class NoLine(NamedTuple):
    """The answer to GetHistory if the user has no line."""


class UndefinedContext(NamedTuple):
    """The answer to SearchDirectory if the user has no line."""


class Invited(NamedTuple):
    """A conference invitation was passed on."""


class DirectoryResult(NamedTuple):
    """What the directory knows, one row each. Page: directory."""

    headers: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class PeopleHeaders(NamedTuple):
    """The columns of a people search. Page: people_headers."""

    headers: tuple[str, ...] = ()
    types: tuple[str | None, ...] = ()
    problems: tuple[str, ...] = ()


class Related(NamedTuple):
    """What belongs to somebody; the server's uuid is told from 15.02 on."""

    user_id: str | None = None
    agent_id: str | None = None
    endpoint_id: str | None = None
    server_uuid: str | None = None


class Person(NamedTuple):
    """Somebody whom a people search has found."""

    values: tuple[str | None, ...]
    relations: Related = Related()
    source: str = ""


class PeopleResult(NamedTuple):
    """Whom a people search has found. Page: people_search."""

    term: str = ""
    headers: tuple[str, ...] = ()
    types: tuple[str | None, ...] = ()
    people: tuple[Person, ...] = ()
    problems: tuple[str, ...] = ()


class SwitchboardHeaders(NamedTuple):
    """The columns of a switchboard's search, and their types."""

    columns: tuple[tuple[str, str | None], ...]
    problems: tuple[str, ...] = ()


class SwitchboardEntry(NamedTuple):
    """A number that a switchboard's search has found; `others` are further columns."""

    name: str
    number: str
    number_type: str = ""
    others: tuple[tuple[str, str], ...] = ()


class SwitchboardResult(NamedTuple):
    """What a switchboard's search has found."""

    pattern: str = ""
    entries: tuple[SwitchboardEntry, ...] = ()
    problems: tuple[str, ...] = ()


class Relations(NamedTuple):
    """What belongs to the logged-in user (15.16 and later)."""

    relations: Related
    problems: tuple[str, ...] = ()


# --- from the server: what was subscribed to ---------------------------------------------------


class CurrentCall(NamedTuple):
    """A call on one's own line: the other party's name and number, and since when."""

    name: str = ""
    number: str = ""
    state: CurrentCallState = CurrentCallState.UP
    start: float | None = None


class CurrentCalls(NamedTuple):
    """The calls on one's own line."""

    calls: tuple[CurrentCall, ...]
    problems: tuple[str, ...] = ()


class AttendedTransferAnswered(NamedTuple):
    """Who is to get the call has answered."""

    line: str = ""
    problems: tuple[str, ...] = ()


class AttendedTransferCancelled(NamedTuple):
    """The transfer was given up."""

    line: str = ""
    problems: tuple[str, ...] = ()


class ConferenceMember(NamedTuple):
    """Somebody in a conference; `joined` is None if it was before the server's start."""

    position: int
    name: str = ""
    number: str = ""
    joined: float | None = None
    muted: bool = False


class Conference(NamedTuple):
    """A conference room; `since` is None while nobody is in it, or if it is not known."""

    number: str
    name: str = ""
    pin_required: bool = False
    since: float | None = None
    member_count: int = 0
    members: tuple[ConferenceMember, ...] = ()


class ConferencesUpdated(NamedTuple):
    """All conference rooms."""

    conferences: tuple[Conference, ...]
    problems: tuple[str, ...] = ()


class ConferenceSeat(NamedTuple):
    """A conference room, and the position of the logged-in user in it."""

    number: str
    position: int


class ConferenceUser(NamedTuple):
    """In which conferences the logged-in user is."""

    seats: tuple[ConferenceSeat, ...]
    problems: tuple[str, ...] = ()


class QueueEntry(NamedTuple):
    """A caller who waits; `joined` by the server's clock."""

    position: int
    name: str = ""
    number: str = ""
    joined: float | None = None
    unique_id: str = ""


class QueueEntries(NamedTuple):
    """Who waits in a queue."""

    queue_id: str
    queue_name: str = ""
    entries: tuple[QueueEntry, ...] = ()
    problems: tuple[str, ...] = ()


class QueueNumbers(TypedDict, total=False):
    """Statistics of one queue; times in seconds, rates in per cent. Page: getqueuesstats."""

    logged_agents: int
    available_agents: int
    talking_agents: int
    waiting: int
    longest_wait: float | None  # not told while nobody waits
    estimated_wait: float | None
    joined: int | None  # from here on: over a window of time, on request
    answered: int | None
    abandoned: int | None
    answer_rate: float | None
    service_level: float | None
    average_wait: float | None
    maximum_wait: float | None


class QueueStatistics(NamedTuple):
    """Statistics by queue's id, some of them at a time; with a reply id: on request."""

    queues: dict[str, QueueNumbers]
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class UserStatusUpdated(NamedTuple):
    """A registered user has another presence (15.02 and later). Page: user_status_update."""

    user_id: str
    presence: str
    server_uuid: str | None = None
    problems: tuple[str, ...] = ()


class AgentStatusUpdated(NamedTuple):
    """A registered agent has logged in or out (15.02 and later)."""

    agent_id: str
    logged_in: bool
    server_uuid: str | None = None
    problems: tuple[str, ...] = ()


class EndpointStatusUpdated(NamedTuple):
    """A registered phone has another hint (15.02 and later)."""

    endpoint_id: str
    hint: Hint
    server_uuid: str | None = None
    problems: tuple[str, ...] = ()


# --- from the server: what comes by itself -----------------------------------------------------


class ChatMessage(NamedTuple):
    """Somebody writes; `sender` and `to` are ids of users. Page: chitchat."""

    sender: str
    to: str = ""
    text: str = ""
    alias: str = ""
    problems: tuple[str, ...] = ()


class SheetReceived(NamedTuple):
    """Customer information on a call, to be read by `sheets.read_sheet`. Page: sheet."""

    payload: str
    compressed: bool = True
    serial: str = "xml"
    channel: str = ""
    problems: tuple[str, ...] = ()


class FaxAccepted(NamedTuple):
    """The server waits for the fax on a second connection (14.12 to 15.17)."""

    file_id: str
    reply_id: int | None = None
    problems: tuple[str, ...] = ()


class FaxProgress(NamedTuple):
    """What becomes of a fax (15.18 and later)."""

    status: str
    pages: int | None = None
    problems: tuple[str, ...] = ()


# --- from the server: what is neither ----------------------------------------------------------


class Ignored(NamedTuple):
    """Known, and about nothing that is brought in: a list such as trunks, an object without an id."""


class Unknown(NamedTuple):
    """A message of a class that is not known here."""


class Malformed(NamedTuple):
    """A line that could not be read; `about` is the name of a message here, or empty."""

    problem: Problem
    about: str = ""


type Message = (
    Ids
    | Config
    | Status
    | Added
    | Removed
    | StartTlsOffered
    | StartTlsReady
    | StartTlsDeclined
    | SessionOpened
    | LoginRefused
    | PasswordAccepted
    | LoggedIn
    | KeptAlive
    | IpbxList
    | DialAccepted
    | CommandFailed
    | CommandReply
    | CommandResult
    | Warned
    | History
    | NoLine
    | UndefinedContext
    | Invited
    | DirectoryResult
    | PeopleHeaders
    | PeopleResult
    | SwitchboardHeaders
    | SwitchboardResult
    | Relations
    | CurrentCalls
    | AttendedTransferAnswered
    | AttendedTransferCancelled
    | ConferencesUpdated
    | ConferenceUser
    | QueueEntries
    | QueueStatistics
    | UserStatusUpdated
    | AgentStatusUpdated
    | EndpointStatusUpdated
    | ChatMessage
    | SheetReceived
    | FaxAccepted
    | FaxProgress
    | Ignored
    | Unknown
    | Malformed
)

# --- commands: log-in --------------------------------------------------------------------------
#
# What a command's own fields can tell is looked at before it is encoded. Some mistakes only the picture
# can tell; the server closes the connection over them, too, and "must" in a command's text says which.


class AnswerStartTls(NamedTuple):
    """Have the server turn to TLS, or not."""

    accept: bool


class LogIn(NamedTuple):
    """First step: who. Page: login_id."""

    username: str
    version: str = "1.2"
    identity: str = "office-cti"


class SendHashedPassword(NamedTuple):
    """Second step, protocol 1.x: the password, hashed with the session's id. Page: login_pass."""

    session_id: str
    password: str

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class SendPassword(NamedTuple):
    """Second step, protocol 2.x: the password as it is."""

    password: str

    @override
    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class ChooseProfile(NamedTuple):
    """Third step. Page: login_capas.

    Args:
        profile_id: as PasswordAccepted has told it.
        presence: what the user becomes, with its actions; what is no presence's key changes nothing.
        legacy: protocol 1.x, which insists on two more fields.
    """

    profile_id: int
    presence: str = ""
    legacy: bool = True


class KeepAlive(NamedTuple):
    """Have the server show that it lives."""


# --- commands: getlist -------------------------------------------------------------------------


class GetIds(NamedTuple):
    """Ask for all objects of a list."""

    list: ListName
    ipbx_id: str


class GetConfig(NamedTuple):
    """Ask for an object's settings."""

    list: ListName
    id: str
    ipbx_id: str


class GetStatus(NamedTuple):
    """Ask for an object's state."""

    list: ListName
    id: str
    ipbx_id: str


# --- commands: the logged-in user --------------------------------------------------------------


class SetPresence(NamedTuple):
    """Change one's own presence, with its actions. Page: User status."""

    presence: str


class SetDoNotDisturb(NamedTuple):
    """Switch one's own do-not-disturb. Page: DND."""

    enabled: bool


class SetCallFilter(NamedTuple):
    """Switch one's own call filter. Page: Call Filtering."""

    enabled: bool


class SetRecording(NamedTuple):
    """Switch anybody's call recording. Page: Recording."""

    user_id: str
    enabled: bool


class Forward(NamedTuple):
    """A forward: the server insists on both; the number is kept when it is switched off."""

    enabled: bool
    destination: str


class SetForwards(NamedTuple):
    """Set one's own forwards, those that are given. Page: Unconditional Forward, and following."""

    always: Forward | None = None
    no_answer: Forward | None = None
    busy: Forward | None = None


class SubmitCallForm(NamedTuple):
    """Send a call form's answers. Page: call_form_result."""

    variables: tuple[tuple[str, str], ...]
    button: str = "saveandclose"


# --- commands: calls ---------------------------------------------------------------------------


class PartyKind(StrEnum):
    """What can be called, or call. Page: Commands, Objects have the format."""

    EXTENSION = "exten"
    USER = "user"
    PHONE = "phone"
    VOICEMAIL = "voicemail"
    VOICEMAIL_CONSULTATION = "vm_consult"
    CONFERENCE = "meetme"


class Party(NamedTuple):
    """Who calls, or is called: an extension's number, or an object's id."""

    kind: PartyKind
    id: str


class Dial(NamedTuple):
    """Call from one's own phone: an extension, a voicemail box, one's messages. Page: dial.

    The user must have a line.
    """

    destination: Party
    ipbx_id: str


class Originate(NamedTuple):
    """Call from anybody's phone; gone from 15.19 on. Page: originate."""

    source: Party
    destination: Party
    ipbx_id: str


class HangUp(NamedTuple):
    """End a channel's call; gone from 15.19 on. Page: hangup."""

    channel: str
    ipbx_id: str


class HangUpOwn(NamedTuple):
    """End one's own call."""


class Record(NamedTuple):
    """Start or stop the recording of a channel (up to 14.23). Page: record."""

    channel: str
    start: bool


class Intercept(NamedTuple):
    """Take a channel's call to one's own phone; gone from 15.19 on."""

    channel: str
    ipbx_id: str


class DirectTransfer(NamedTuple):
    """Pass one's own call on at once, as a switchboard does."""

    number: str


class AttendedTransfer(NamedTuple):
    """Call somebody to pass one's own call on."""

    number: str


class CompleteTransfer(NamedTuple):
    """Pass the call on now."""


class CancelTransfer(NamedTuple):
    """Go back to the caller."""


class AnswerCall(NamedTuple):
    """Answer a switchboard's waiting call. Page: Switchboard, answer."""

    unique_id: str


class HoldCall(NamedTuple):
    """Put one's own call on hold in a queue."""

    queue_name: str


class ResumeCall(NamedTuple):
    """Take a call back from hold."""

    unique_id: str


class InviteToConference(NamedTuple):
    """Call a user into the conference in which one is, and must be; both must have a line."""

    user_id: str
    ipbx_id: str


# --- commands: agents and queues ---------------------------------------------------------------


class AgentLogin(NamedTuple):
    """Log an agent in: one's own if none is named, on its user's phone if none is named. Page: login."""

    agent_id: str | None
    phone_number: str | None
    ipbx_id: str


class AgentLogout(NamedTuple):
    """Log an agent out: one's own if none is named. Page: Logout."""

    agent_id: str | None
    ipbx_id: str


class PauseAgent(NamedTuple):
    """Pause an agent in a queue, or in all if none is named. Page: Pause."""

    agent_id: str
    queue_id: str | None
    ipbx_id: str


class ResumeAgent(NamedTuple):
    """End an agent's pause in a queue, or in all if none is named. Page: Un pause."""

    agent_id: str
    queue_id: str | None
    ipbx_id: str


class AddToQueue(NamedTuple):
    """Make an agent a queue's member; it must not be one yet. Page: Add an agent in a queue."""

    agent_id: str
    queue_id: str
    ipbx_id: str


class RemoveFromQueue(NamedTuple):
    """End an agent's membership, which must be there. Page: Remove an agent from a queue."""

    agent_id: str
    queue_id: str
    ipbx_id: str


class Listen(NamedTuple):
    """Have one's own phone called and hear an agent's call. Page: Listen to an agent."""

    agent_id: str
    ipbx_id: str


class QueueWindow(NamedTuple):
    """Statistics over a time: the last `window` seconds; served well is within `answer_within` seconds."""

    queue_id: str
    window: int
    answer_within: int


class GetQueueStatistics(NamedTuple):
    """Ask for statistics over a time; the queues must exist."""

    queues: tuple[QueueWindow, ...]


# --- commands: subscriptions -------------------------------------------------------------------


class SubscribeQueueStatistics(NamedTuple):
    """Have all queues' statistics pushed. Page: subscribetoqueuesstats."""


class SubscribeQueueEntries(NamedTuple):
    """Have a queue's waiting callers pushed."""

    queue_id: str


class SubscribeCurrentCalls(NamedTuple):
    """Have the calls of one's own line pushed."""


class SubscribeConferences(NamedTuple):
    """Have the conferences pushed."""


class RegisterUserStatus(NamedTuple):
    """Have presences pushed (15.02 and later): pairs of a server's uuid and a user's id."""

    users: tuple[tuple[str, str], ...]


class RegisterAgentStatus(NamedTuple):
    """Have log-ins of agents pushed (15.02 and later): pairs of a server's uuid and an agent's id."""

    agents: tuple[tuple[str, str], ...]


class RegisterEndpointStatus(NamedTuple):
    """Have hints pushed (15.02 and later): pairs of a server's uuid and a phone's id."""

    endpoints: tuple[tuple[str, str], ...]


# --- commands: questions and messages ----------------------------------------------------------


class GetHistory(NamedTuple):
    """Ask for the calls of one's own line; from 15.09 on the mode is left out. Page: history."""

    mode: HistoryMode | None
    size: int
    user_id: str
    ipbx_id: str


class SearchDirectory(NamedTuple):
    """Search the directory. Page: directory. Without a pattern it finds nobody, and tells its columns."""

    pattern: str | None = None


class SearchPeople(NamedTuple):
    """Search for people (15.01 and later). Page: people_search."""

    pattern: str


class GetPeopleHeaders(NamedTuple):
    """Ask for the columns of a people search (15.01 and later). Page: people_headers."""


class SearchSwitchboard(NamedTuple):
    """Search the switchboard's directory."""

    pattern: str


class GetSwitchboardHeaders(NamedTuple):
    """Ask for the columns of the switchboard's directory."""


class GetRelations(NamedTuple):
    """Ask what belongs to the logged-in user (15.16 and later)."""


class SendChat(NamedTuple):
    """Write to a user (before 15.19). Page: chitchat."""

    text: str
    user_id: str
    ipbx_id: str


class SendChatByUuid(NamedTuple):
    """Write to a user (15.19 and later); `alias` is one's own name."""

    text: str
    user_id: str
    server_uuid: str
    alias: str


class SendFax(NamedTuple):
    """Announce a fax, a PDF; it follows on a second connection (14.12 to 15.17).

    The way: this; FaxAccepted; a second connection, silent; AnnounceFile on the first one; a Warned about
    "filetransfer" there; `codec.encode_file` on the second one, which is closed then.
    """

    destination: str
    filename: str
    hide_number: bool = False


class FindFileTransfer(NamedTuple):
    """Have a server that takes files on a second connection warn (to 15.17); later ones are silent."""


class AnnounceFile(NamedTuple):
    """Say on which connection a file comes: its local address, as "host:port"; the id must be known."""

    file_id: str
    socket: str
    filename: str
    size: int


class SendFaxData(NamedTuple):
    """Send a fax, a PDF (15.18 and later)."""

    destination: str
    filename: str
    data: bytes


type Command = (
    AnswerStartTls
    | LogIn
    | SendHashedPassword
    | SendPassword
    | ChooseProfile
    | KeepAlive
    | GetIds
    | GetConfig
    | GetStatus
    | SetPresence
    | SetDoNotDisturb
    | SetCallFilter
    | SetRecording
    | SetForwards
    | SubmitCallForm
    | Dial
    | Originate
    | HangUp
    | HangUpOwn
    | Record
    | Intercept
    | DirectTransfer
    | AttendedTransfer
    | CompleteTransfer
    | CancelTransfer
    | AnswerCall
    | HoldCall
    | ResumeCall
    | InviteToConference
    | AgentLogin
    | AgentLogout
    | PauseAgent
    | ResumeAgent
    | AddToQueue
    | RemoveFromQueue
    | Listen
    | GetQueueStatistics
    | SubscribeQueueStatistics
    | SubscribeQueueEntries
    | SubscribeCurrentCalls
    | SubscribeConferences
    | RegisterUserStatus
    | RegisterAgentStatus
    | RegisterEndpointStatus
    | GetHistory
    | SearchDirectory
    | SearchPeople
    | GetPeopleHeaders
    | SearchSwitchboard
    | GetSwitchboardHeaders
    | GetRelations
    | SendChat
    | SendChatByUuid
    | SendFax
    | FindFileTransfer
    | AnnounceFile
    | SendFaxData
)


# --- why a command is not sent -----------------------------------------------------------------


class CommandProblem(Enum):
    """Why a command is not sent."""

    EMPTY = "a text is missing"
    LINE_BREAK = "a line break"
    NOT_TEXT = "characters that cannot travel"
    TOO_LONG = "too long"
    SLASH = "a slash"
    WRONG_PARTY = "what cannot be called this way"
    WRONG_LIST = "a list that cannot be asked for this way"
    NOTHING = "nothing to do"
    NOT_A_NUMBER = "not a number"
    OUT_OF_RANGE = "a number out of range"


class CodecError(ValueError):
    """A command would cost the connection, or be misread."""

    def __init__(self, problem: CommandProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
