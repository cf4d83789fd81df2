"""The office that the simulator is the telephone system of: pure state, no I/O.

    Office ─┬─ users ─── login, profile, presence, do not disturb, forwards, their lines, voicemail and agent
            ├─ phones ── number, hint, channels                        (a line of XiVO, a device of Asterisk)
            ├─ agents ── number, on which phone, on an agent call, in wrap-up
            ├─ queues ── name, number, callers
            ├─ members ─ an agent or a phone in a queue: penalty, paused, device state
            ├─ voicemails, conferences
            └─ channels ─ one leg of a call each

Ids are strings of digits, as on the wire. Who tells the clients of a change is `pushes.py`.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from .profiles import DISCONNECTED, PROFILES, Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CONTEXT = "default"
CALL_LOG_LIMIT = 200  # calls kept of each user
PASSAGE_LIMIT = 2_000  # callers kept of each queue
AGENT_FIRST = "Agent/"


class OfficeError(ValueError):
    """A change that the office cannot make, and why."""


class Hint(StrEnum):
    """What Asterisk says a phone does."""

    REMOVED = "-2"
    DEACTIVATED = "-1"
    IDLE = "0"
    IN_USE = "1"
    BUSY = "2"
    UNAVAILABLE = "4"
    RINGING = "8"
    IN_USE_AND_RINGING = "9"
    ON_HOLD = "16"


class MemberStatus(StrEnum):
    """What a queue says a member's device does."""

    NOT_IN_USE = "1"
    IN_USE = "2"
    BUSY = "3"
    INVALID = "4"
    UNAVAILABLE = "5"
    RINGING = "6"
    RINGING_IN_USE = "7"
    ON_HOLD = "8"
    UNKNOWN = "100"
    LOGGED_OUT = "101"


class Availability(StrEnum):
    """What an agent is doing."""

    LOGGED_OUT = "logged_out"
    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    OUTGOING_INTERNAL = "on_call_nonacd_outgoing_internal"
    OUTGOING_EXTERNAL = "on_call_nonacd_outgoing_external"
    INCOMING_INTERNAL = "on_call_nonacd_incoming_internal"
    INCOMING_EXTERNAL = "on_call_nonacd_incoming_external"


class CallKind(StrEnum):
    """A call, as seen by the user whose log it is in; the values are those of `history`."""

    SENT = "0"
    RECEIVED = "1"
    MISSED = "2"


type Flag = int | bool  # 0 or 1 out of the database, a bool once it was changed

FORWARDS: Mapping[str, tuple[str, str]] = {
    "always": ("enableunc", "destunc"),
    "no_answer": ("enablerna", "destrna"),
    "busy": ("enablebusy", "destbusy"),
}


@dataclass(frozen=True, slots=True)
class PastCall:
    """One line of a user's call log."""

    kind: CallKind
    start: str  # ISO 8601, local time
    duration: int  # seconds
    party: str


def features() -> dict[str, Flag | str]:
    """Return what a new user's phone is set to: nothing is on."""
    return {
        "enablednd": 0,
        "incallfilter": 0,
        **{key: 0 for key, _ in FORWARDS.values()},
        **{key: "" for _, key in FORWARDS.values()},
    }


@dataclass(slots=True)
class User:
    """A person with an account."""

    id: str
    firstname: str
    lastname: str
    login: str = ""
    password: str = ""
    profile_id: int | None = None
    client_enabled: bool = True
    lines: list[str] = field(default_factory=list)
    agent_id: int | None = None
    voicemail_id: int | None = None
    mobile: str = ""
    email: str = ""
    features: dict[str, Flag | str] = field(default_factory=features)
    records: Flag = 0
    availstate: str = DISCONNECTED
    connection: Literal["yes"] | None = None
    calls: list[PastCall] = field(default_factory=list)  # the latest first

    @property
    def fullname(self) -> str:
        """The name that everyone sees."""
        return f"{self.firstname} {self.lastname}".strip()

    @property
    def profile(self) -> Profile | None:
        """The client profile, if there is one."""
        return None if self.profile_id is None else PROFILES[self.profile_id]


@dataclass(slots=True)
class Phone:
    """A line, and the device that it rings on."""

    id: str
    number: str
    identity: str  # SIP/x2gjtw
    user_id: str
    hint: str = Hint.IDLE
    channels: list[str] = field(default_factory=list)
    answers: bool = True  # a phone that is unplugged does not


@dataclass(slots=True)
class Agent:
    """A person who takes calls of queues, on whichever phone."""

    id: str
    number: str
    firstname: str
    lastname: str
    is_logged_in: bool = False
    phone_number: str | None = None  # kept after logging out
    availability: Availability = Availability.LOGGED_OUT
    since: float = 0.0  # Unix time
    on_call_acd: bool = False
    on_wrapup: bool = False
    nonacd_call: tuple[str, bool] | None = None  # direction, whether it is internal

    @property
    def interface(self) -> str:
        """What the agent is called in a queue."""
        return f"{AGENT_FIRST}{self.number}"


@dataclass(slots=True)
class Member:
    """An agent or a phone in a queue."""

    interface: str
    queue: str  # its name
    penalty: str = "0"
    paused: bool = False
    status: str = MemberStatus.UNKNOWN
    calls_taken: int = 0
    last_call: str = ""  # HH:MM:SS

    @property
    def key(self) -> str:
        """The member's id."""
        return f"{self.interface},{self.queue}"


@dataclass(slots=True)
class Caller:
    """Someone who waits in a queue."""

    unique_id: str
    number: str
    name: str
    joined: float  # Unix time
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """One caller's way through a queue, once it is over."""

    joined: float  # Unix time
    waited: float  # seconds
    was_answered: bool


@dataclass(slots=True)
class Queue:
    """A queue, and who waits in it."""

    id: str
    name: str
    displayname: str
    number: str
    hold_time: int = 0  # seconds a caller is expected to wait
    wrapup: float = 0.0  # seconds
    callers: list[Caller] = field(default_factory=list)
    was_used: bool = False
    passages: list[Passage] = field(default_factory=list)


@dataclass(slots=True)
class Voicemail:
    """A voicemail box; counts are strings, or None before Asterisk has told them."""

    id: str
    mailbox: str
    fullname: str
    email: str = ""
    new: str | None = "0"
    old: str | None = None
    waiting: str | None = None


@dataclass(slots=True)
class Participant:
    """Someone in a conference room."""

    number: str
    name: str
    channel: str
    joined: float  # Unix time
    muted: bool = False


@dataclass(slots=True)
class Conference:
    """A conference room."""

    id: str
    number: str
    name: str
    pin_required: bool = False
    started: float = 0  # Unix time; 0 while nobody is in
    members: dict[int, Participant] = field(default_factory=dict)


@dataclass(slots=True)
class Channel:
    """One leg of a call."""

    name: str
    unique_id: str
    started: float  # Unix time
    phone_id: str | None = None  # None: a trunk
    number: str = ""
    party_name: str = ""
    state: str = "Unknown"
    comm_status: str = "ready"
    direction: str | None = None
    talking_to: str | None = None
    talking_to_kind: str | None = None
    held: bool = False
    parked: bool = False


class Office:
    """All there is; `ipbx` is what the server calls itself in every object's id."""

    def __init__(self, ipbx: str = "xivo") -> None:
        self.ipbx = ipbx
        self.uuid = "8f2a6d1e-5c0b-4b0e-9f57-0a4c1d2e3f40"
        self.users: dict[str, User] = {}
        self.phones: dict[str, Phone] = {}
        self.agents: dict[str, Agent] = {}
        self.queues: dict[str, Queue] = {}
        self.members: dict[str, Member] = {}
        self.voicemails: dict[str, Voicemail] = {}
        self.conferences: dict[str, Conference] = {}
        self.channels: dict[str, Channel] = {}

    def user(self, user_id: str) -> User:
        """Return a user by id."""
        return _find(self.users, "user", user_id)

    def user_of(self, login: str) -> User | None:
        """Return whoever has that login name, and may use a client."""
        for user in self.users.values():
            if user.login == login and user.client_enabled:
                return user
        return None

    def phone(self, number: str) -> Phone:
        """Return the phone of that number."""
        for phone in self.phones.values():
            if phone.number == number:
                return phone
        raise OfficeError(f"There is no phone {number!r}.")

    def phone_of(self, user: User) -> Phone | None:
        """Return a user's main line."""
        return self.phones[user.lines[0]] if user.lines else None

    def phone_by_identity(self, identity: str) -> Phone | None:
        """Return the phone that Asterisk calls so."""
        return next((each for each in self.phones.values() if each.identity == identity), None)

    def owner(self, phone: Phone) -> User | None:
        """Return whose phone it is."""
        return self.users.get(phone.user_id)

    def agent(self, number: str) -> Agent:
        """Return the agent of that number."""
        for agent in self.agents.values():
            if agent.number == number:
                return agent
        raise OfficeError(f"There is no agent {number!r}.")

    def agent_on(self, phone: Phone) -> Agent | None:
        """Return the agent who is logged in on a phone."""
        for agent in self.agents.values():
            if agent.is_logged_in and agent.phone_number == phone.number:
                return agent
        return None

    def queue(self, name: str) -> Queue:
        """Return the queue of that name or number."""
        for queue in self.queues.values():
            if name in {queue.name, queue.number}:
                return queue
        raise OfficeError(f"There is no queue {name!r}.")

    def conference(self, number: str) -> Conference:
        """Return the conference room of that number."""
        for conference in self.conferences.values():
            if conference.number == number:
                return conference
        raise OfficeError(f"There is no conference {number!r}.")

    def voicemail(self, mailbox: str) -> Voicemail:
        """Return the voicemail box of that number."""
        for voicemail in self.voicemails.values():
            if voicemail.mailbox == mailbox:
                return voicemail
        raise OfficeError(f"There is no voicemail box {mailbox!r}.")

    def channel(self, name: str) -> Channel:
        """Return a channel."""
        return _find(self.channels, "channel", name)

    def memberships(self, agent: Agent) -> list[Member]:
        """Return an agent's places in queues, in the queues' order."""
        return [
            member
            for queue in self.queues.values()
            if (member := self.members.get(f"{agent.interface},{queue.name}"))
        ]

    def members_of(self, queue: Queue) -> Iterator[Member]:
        """Yield who is in a queue."""
        return (each for each in self.members.values() if each.queue == queue.name)

    def queue_ids_of(self, agent: Agent) -> list[str]:
        """Return the ids of an agent's queues."""
        return [self.queue(member.queue).id for member in self.memberships(agent)]

    def agent_behind(self, member: Member) -> Agent | None:
        """Return the agent that a queue's member is, if it is one."""
        number = member.interface.removeprefix(AGENT_FIRST)
        return next((each for each in self.agents.values() if each.number == number), None)

    def phone_behind(self, member: Member) -> Phone | None:
        """Return the phone that rings when a queue tries a member."""
        agent = self.agent_behind(member)
        if agent is None:
            return self.phone_by_identity(member.interface)
        if not agent.is_logged_in or agent.phone_number is None:
            return None
        return next((p for p in self.phones.values() if p.number == agent.phone_number), None)

    def add_user(self, user: User) -> None:
        """Add a user."""
        _add(self.users, user.id, user)

    def add_phone(self, phone: Phone) -> None:
        """Add a phone, as a line of its user."""
        _add(self.phones, phone.id, phone)
        if user := self.owner(phone):
            user.lines.append(phone.id)

    def add_agent(self, agent: Agent) -> None:
        """Add an agent."""
        _add(self.agents, agent.id, agent)

    def add_queue(self, queue: Queue) -> None:
        """Add a queue."""
        _add(self.queues, queue.id, queue)

    def add_member(self, member: Member) -> None:
        """Add a member to a queue."""
        self.queue(member.queue)
        _add(self.members, member.key, member)

    def add_voicemail(self, voicemail: Voicemail) -> None:
        """Add a voicemail box."""
        _add(self.voicemails, voicemail.id, voicemail)

    def add_conference(self, conference: Conference) -> None:
        """Add a conference room."""
        _add(self.conferences, conference.id, conference)

    def knows_number(self, number: str) -> bool:
        """Tell whether something inside answers to a number."""
        groups = (self.phones, self.queues, self.conferences)
        return any(number == each.number for group in groups for each in group.values())

    def next_id(self, things: Mapping[str, object]) -> str:
        """Return an id that none of these has."""
        return str(max((int(each) for each in things), default=0) + 1)


def _find[T](things: dict[str, T], noun: str, name: str) -> T:
    try:
        return things[name]
    except KeyError:
        raise OfficeError(f"There is no {noun} {name!r}.") from None


def _add[T](things: dict[str, T], name: str, thing: T) -> None:
    if name in things:
        raise OfficeError(f"There is a {name!r} already.")
    things[name] = thing
