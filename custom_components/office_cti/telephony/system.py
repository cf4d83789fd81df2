"""The one interface that every telephone system implements, and what can go wrong with it.

A `TelephoneSystem` turns its server's messages into changes of its directory, and the commands below
into its server's messages. What a system cannot do it simply does not override; which objects can do
what is said by their features. Errors carry a key that names them, so that whoever shows them can say
it in the person's language, and the values that belong into that sentence.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import Enum, StrEnum, auto
import logging
import re
from types import MappingProxyType
from typing import Any, ClassVar

import aiohttp

from .directory import Directory
from .grace import Grace
from .model import (
    Agent,
    Destination,
    DialScope,
    DirectoryResult,
    DirectorySource,
    Extension,
    Feature,
    FlashMode,
    ForwardKind,
    HistoryEntry,
    HistoryKind,
    LicenseDetails,
    ObjectId,
    Queue,
    QueueStatistics,
    RemoteFile,
    ScriptCall,
    ScriptResult,
    StateChange,
    Status,
    StatusKind,
    TelephonyObject,
    UploadedFile,
)

_LOGGER = logging.getLogger(__name__)

# The key under which `on_refused` tells of the persistent connection's own credentials.
PUSH = "push"
# How a request of a person's own may be sent.
METHODS = ("POST", "PUT", "GET", "DELETE")


class Setting(StrEnum):
    """What a person has set up that an error may be about."""

    USERNAME = "username"
    PASSWORD = "password"  # noqa: S105 -- no password, but the word for one
    ENCRYPTION = "encryption"
    CERTIFICATE = "certificate"


class TelephonyError(Exception):
    """The base of all errors: `key` names the sentence, `values` fill it.

    A system has errors of its own where nobody else needs to tell them apart: by deriving them from the
    one here that says what is to be done.

    Attributes:
        setting: what is to be set up in another way, if it is one thing alone.
        is_the_persons: whether it can be mended by asking for something else, or at another time;
            everything else is the system's failure.
    """

    key: ClassVar[str] = "telephony_error"
    setting: ClassVar[Setting | None] = None
    is_the_persons: ClassVar[bool] = False

    def __init__(self, message: str = "", **values: str) -> None:
        super().__init__(message or self.key.replace("_", " "))
        self.values = values


class CannotConnect(TelephonyError):
    """Nothing answers at the server's address."""

    key = "cannot_connect"


class NotThisSystem(TelephonyError):
    """Something answers there, but it is not the telephone system that was expected."""

    key = "not_this_system"


class AuthenticationFailed(TelephonyError):
    """The server does not take this username with this password."""

    key = "invalid_auth"
    setting: ClassVar[Setting | None] = Setting.PASSWORD


class LoginRefused(TelephonyError):
    """The server knows who logs in, but lets nobody in so. Subclasses say what is to be done."""

    key = "login_refused"


class VersionRefused(LoginRefused):
    """The server speaks a version of the protocol that we do not. Value: `version`, the server's."""

    key = "version_refused"


class NoProfile(LoginRefused):
    """The person who logs in has no profile on the server."""

    key = "no_profile"
    setting = Setting.USERNAME


class AddressOrCredentialsRefused(AuthenticationFailed):
    """The server lets nobody in from our address, or not with these credentials: it does not say which."""

    key = "address_or_credentials_refused"
    setting = None


class Hindered(TelephonyError):
    """The server cannot let us in before somebody puts something right; we try again meanwhile."""

    key = "hindered"


class UserLoggedInElsewhere(Hindered):
    """The user is logged in with the vendor's own program. Value: `username`."""

    key = "user_logged_in_elsewhere"


class NoLicenseSeat(Hindered):
    """All the seats of the server's licence are taken."""

    key = "no_license_seat"


# What somebody may have to put right at the server: besides what we wait for, what could be taken for wrong
# credentials alone.
type InTheWay = Hindered | AddressOrCredentialsRefused


class ServerStarting(CannotConnect):
    """The server is there, but has not finished starting."""

    key = "server_starting"


class EncryptionFailed(TelephonyError):
    """The connection could not be encrypted as it is set up."""

    key = "encryption_failed"
    setting = Setting.ENCRYPTION


class CertificateNotTrusted(EncryptionFailed):
    """The server shows a certificate that nobody vouches for."""

    key = "certificate_not_trusted"
    setting = Setting.CERTIFICATE


class NotConnected(TelephonyError):
    """There is no connection now; the command was not sent."""

    key = "not_connected"


class ConnectionLost(TelephonyError):
    """The connection ended before the server answered: the command may or may not have worked."""

    key = "connection_lost"


class NoAnswer(TelephonyError):
    """The server did not answer in time: the command may or may not have worked."""

    key = "no_answer"


class NotConfirmed(TelephonyError):
    """The server took the command, but what should have come of it did not show in time."""

    key = "not_confirmed"


class CallNotConfirmed(NotConfirmed):
    """The server took a number to call, but no call came of it in time. Value: `number`."""

    key = "call_not_confirmed"


class Refused(TelephonyError):
    """The server said no. Value: `reason`, in the server's words."""

    key = "refused"


class NotSupported(TelephonyError):
    """This telephone system, or this object of it, cannot do that. Value: `name`."""

    key = "not_supported"
    is_the_persons = True


class OrderNotSupported(NotSupported):
    """This telephone system cannot ring the destination first. Value: `name`."""

    key = "order_not_supported"


class AccountNeeded(TelephonyError):
    """This needs an account of the person, and there is none. Value: `name`."""

    key = "account_needed"
    is_the_persons = True


class NotSupportedByRelease(TelephonyError):
    """The server's release does not know this command."""

    key = "not_supported_by_release"
    is_the_persons = True


class NotThere(TelephonyError):
    """The object is no longer there. Value: `name`."""

    key = "not_there"


class AccountNotConnected(TelephonyError):
    """This needs the person's own connection, and that is away now. Value: `name`."""

    key = "account_not_connected"


class CannotNow(TelephonyError):
    """The object is in no state for this command; nothing was sent. Value: `name`.

    Subclasses say which state, so that the sentence can say what to do.
    """

    key = "cannot_now"
    is_the_persons = True


class NoTelephone(CannotNow):
    """The person has no telephone."""

    key = "no_telephone"


class NoCall(CannotNow):
    """The person has no call that this could be done with."""

    key = "no_call"


class CallNotThere(CannotNow):
    """The call that was named is not there (any more)."""

    key = "call_not_there"


class NoVoicemail(CannotNow):
    """The person has no voicemail box."""

    key = "no_voicemail"


class CannotReceiveMessages(CannotNow):
    """Nobody is logged in as this person, so a message would be lost."""

    key = "cannot_receive_messages"


class AgentLoggedOut(CannotNow):
    """The agent is logged out."""

    key = "agent_logged_out"


class AgentLoggedInElsewhere(CannotNow):
    """The agent is logged in on another telephone. Value: `number`, too."""

    key = "agent_logged_in_elsewhere"


class AlreadyQueueMember(CannotNow):
    """The agent takes calls from this queue already. Value: `queue`, too."""

    key = "already_queue_member"


class NotQueueMember(CannotNow):
    """The agent takes no calls from this queue. Value: `queue`, too."""

    key = "not_queue_member"


class InNoQueue(CannotNow):
    """The agent takes calls from no queue. Value: `name`."""

    key = "in_no_queue"


class QueueNotKnown(CannotNow):
    """Nothing tells to which queues the agent is to be logged in. Value: `name`."""

    key = "queue_not_known"


class NotInConference(CannotNow):
    """The person who is to invite somebody is in no conference."""

    key = "not_in_conference"


class NoForwardDestination(CannotNow):
    """A call forwarding cannot be on without a destination."""

    key = "no_forward_destination"


class NotInCallCenter(CannotNow):
    """A break needs the call-centre mode, which is off."""

    key = "not_in_call_center"


class InCallCenter(CannotNow):
    """A redirection needs the call-centre mode to be off."""

    key = "in_call_center"


class ScriptFailed(TelephonyError):
    """The server could not run a script. Values: `name`, `reason`."""

    key = "script_failed"


class ScriptWithoutResult(TelephonyError):
    """A script has returned nothing, or not in time. Value: `name`."""

    key = "script_without_result"


class NoSuchFile(TelephonyError):
    """The server has no such file."""

    key = "no_such_file"
    is_the_persons = True


class NumberUnreachable(TelephonyError):
    """The telephone system cannot reach the number that was to be called."""

    key = "number_unreachable"
    is_the_persons = True


class InvalidNumber(TelephonyError):
    """This is no number that the telephone system could call."""

    key = "invalid_number"
    is_the_persons = True


class StatusNotAllowed(TelephonyError):
    """The person cannot have this status now. Values: `name`, `status`."""

    key = "status_not_allowed"
    is_the_persons = True


class UnknownBreakReason(TelephonyError):
    """The server has no reason for a break of this number. Values: `reason`, and which are `offered`."""

    key = "unknown_break_reason"
    is_the_persons = True


class AgentPhoneInvalid(TelephonyError):
    """The agent cannot log in on this number: it is no telephone of the server."""

    key = "agent_phone_invalid"
    is_the_persons = True


class AgentPhoneInUse(TelephonyError):
    """Another agent is logged in on this number."""

    key = "agent_phone_in_use"
    is_the_persons = True


class InvalidFile(TelephonyError):
    """The file cannot be sent."""

    key = "invalid_file"
    is_the_persons = True


class InvalidText(TelephonyError):
    """What a person typed cannot travel on this system's wire; the text itself is told nobody."""

    key = "invalid_text"
    is_the_persons = True


class PathNotAllowed(InvalidText):
    """A path that leaves the part of the interface that one may ask."""

    key = "path_not_allowed"


class ValueUnknown(InvalidText):
    """A request needs what is not known of whom it is for. Value: `value`, the name that it has there."""

    key = "value_unknown"


class ReservedCharacters(InvalidText):
    """Characters that the protocol keeps for itself and has no way to send."""

    key = "reserved_characters"


class LineBreakInText(InvalidText):
    """A line end where the protocol has no way to send one."""

    key = "line_break_in_text"


class TextTooLong(InvalidText):
    """More text than the system can hold."""

    key = "text_too_long"


class InvalidReturnTime(TelephonyError):
    """A return time that the system cannot hold."""

    key = "invalid_return_time"
    is_the_persons = True


class Encryption(StrEnum):
    """How a connection is protected.

    `AS_OFFERED` takes what the server offers, if anything, and trusts any certificate: it keeps
    listeners out, not impostors. `TLS_1_0` is for servers that know no better; it keeps out nobody
    who means it.
    """

    NONE = "none"
    AS_OFFERED = "as_offered"
    STARTTLS = "starttls"
    TLS = "tls"
    TLS_1_0 = "tls_1_0"

    @property
    def has_own_port(self) -> bool:
        """Tell whether a connection is encrypted from its first byte, where no other is taken."""
        return self in {Encryption.TLS, Encryption.TLS_1_0}


class Authorization(StrEnum):
    """How each request says who asks: not at all, by the server's one password, or by HTTP's own way."""

    BASIC = "basic"
    PASSWORD = "password"  # noqa: S105 -- no password, a way to send one
    NONE = "none"


class Means(Enum):
    """What a feature takes that some object of a telephone system may have.

    Nothing but the server; the person's own account beside that; or a request that somebody has described.
    """

    SERVER = auto()
    ACCOUNT = auto()
    TEMPLATE = auto()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who logs in, and who that is on the server where it is known already (an extension's id)."""

    username: str
    password: str = field(repr=False)
    user: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class AccountInfo:
    """Whom an account belongs to: an extension's id, and the person's name."""

    user: ObjectId
    name: str


@dataclass(frozen=True, slots=True)
class PushSettings:
    """A persistent connection beside the requests: where it is taken, and who logs in."""

    port: int
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class NamedUser:
    """A user whom a person has named: the server's id, and what people call the user."""

    id: str
    name: str
    number: str = ""


# What is filled into a request that a person has described.
NAME_IN_BRACES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class RequestTemplate:
    """A request that a site's own documentation describes, with names in braces for what is filled in."""

    method: str
    path: str
    body: str = ""

    @property
    def names(self) -> frozenset[str]:
        """What is filled in."""
        return frozenset(NAME_IN_BRACES.findall(self.path) + NAME_IN_BRACES.findall(self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSettings:
    """What a person says about a telephone system. Times are in seconds."""

    host: str
    port: int
    credentials: Credentials | None = None
    encryption: Encryption = Encryption.AS_OFFERED
    # Whether a certificate must be one that somebody vouches for, where encryption is asked for.
    verify_certificate: bool = True
    # What a time without a zone means that the server tells.
    time_zone: tzinfo = UTC
    # Further accounts, each the connection of one person, by a key of their owner's choice.
    accounts: Mapping[str, Credentials] = field(default_factory=dict)
    # How requests say who asks, and the persistent connection beside them, where there may be none.
    authorization: Authorization = Authorization.NONE
    push: PushSettings | None = None
    # Who and which groups are followed, where the server does not tell which there are.
    users: tuple[NamedUser, ...] = ()
    group_numbers: tuple[str, ...] = ()
    # How a command is sent whose form the public does not know, by the command's name.
    templates: Mapping[str, RequestTemplate] = field(default_factory=dict)
    # Of which types events are wanted, and of which users (empty: of all).
    event_types: tuple[str, ...] = ()
    event_users: tuple[str, ...] = ()
    # What HTTP requests and web-sockets go through.
    session: aiohttp.ClientSession | None = None
    # How long an interruption may last before everything counts as unavailable.
    grace_period: float = 10.0
    # What a status means, where the person knows better than its name tells.
    status_kinds: Mapping[str, StatusKind] = field(default_factory=dict)


class TelephoneSystem:
    """One telephone system: its live directory, and its commands.

    Commands raise TelephonyError. They return when the server has taken them, and the directory then
    shows what the server says.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    manufacturer: ClassVar[str]
    default_port: ClassVar[int]
    # Whether one logs in; whether further accounts may; and how a connection may be protected.
    has_login: ClassVar[bool] = False
    has_accounts: ClassVar[bool] = False
    encryptions: ClassVar[tuple[Encryption, ...]] = ()
    # Where connections are taken that are encrypted from their first byte, if such are.
    default_tls_port: ClassVar[int | None] = None
    # The kinds of object that a server may have, and whether it tells times without a zone.
    kinds: ClassVar[tuple[type[TelephonyObject], ...]] = (Extension,)
    tells_local_times: ClassVar[bool] = False
    # All features that its objects, or the server itself, may have, and what each takes.
    features: ClassVar[Mapping[Feature, Means]] = MappingProxyType({})
    # How requests may say who asks; whether a persistent connection beside them is a choice; whether
    # users are named by the person where there is none, and groups everywhere; whether what the server
    # has to tell may also be posted to us.
    authorizations: ClassVar[tuple[Authorization, ...]] = ()
    offers_push: ClassVar[bool] = False
    takes_named_users: ClassVar[bool] = False
    takes_group_numbers: ClassVar[bool] = False
    takes_posts: ClassVar[bool] = False
    # The commands whose requests a person may describe, with the names that each fills in; whether
    # events can be narrowed down; and the credentials that every new server has until they are changed.
    templates: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    filters_events: ClassVar[bool] = False
    vendor_credentials: ClassVar[Credentials | None] = None

    def __init__(self, settings: SystemSettings) -> None:
        self.settings = settings
        self.loop = asyncio.get_running_loop()
        self.directory = Directory(self.loop.call_soon, self.loop.call_later)
        # What a server should not have sent, by what it was: shown in the diagnostics.
        self.oddities: Counter[str] = Counter()
        self._logged_oddities: set[str] = set()
        self._was_live = False
        self.interruptions = 0
        self._grace = Grace(settings.grace_period, self._grace_is_over)
        self._told_gone = False
        # Called when the server refuses an account that it took before: its key, None for the main
        # one, or PUSH. It is not tried again before it has other credentials. When it is the persistent
        # connection's credentials that `start` fails for, this is called before it does.
        self.on_refused: Callable[[str | None], None] = lambda _: None
        # Called with what somebody must put right at the server, and with None when it is.
        self.on_hindered: Callable[[InTheWay | None], None] = lambda _: None

    async def start(self) -> None:
        """Connect and read the whole picture; from then on stay connected.

        Raises:
            TelephonyError: it could not be done; nothing is left running.
        """
        raise NotImplementedError

    async def stop(self) -> None:
        """Take leave of the server and end."""
        raise NotImplementedError

    async def set_accounts(self, accounts: Mapping[str, Credentials]) -> None:
        """Have these further accounts, and no others: start what is new, stop what is gone."""
        raise NotImplementedError

    def recall(self, known: TelephonyObject, features: frozenset[Feature]) -> None:
        """Take in what was shown of an object the last time, and is not yet: it may be told again."""

    @property
    def user(self) -> ObjectId | None:
        """Whose the main account is (an extension's id), once it has logged in."""
        return None

    def without_account(self, name: str) -> TelephonyError:
        """Return what to say where somebody's own connection is needed, and is away.

        While nothing is connected, that is no matter of the account: it comes back with the server.
        """
        if self.directory.server.object.connected:
            return AccountNotConnected(name=name)
        return NotConnected()

    @property
    def connected_accounts(self) -> int:
        """The number of further accounts whose connection is live."""
        return 0

    async def check_account(self, credentials: Credentials) -> AccountInfo:
        """Log in with these credentials once, beside everything else, and tell whose they are.

        Raises:
            TelephonyError: the server does not let them in, or is not reached.
        """
        raise NotImplementedError

    @classmethod
    def check_template(cls, template: RequestTemplate) -> None:
        """Let a request pass that can be sent, whatever its names are filled in with.

        Raises:
            InvalidText: it cannot; nothing is sent here.
        """
        raise NotImplementedError

    @classmethod
    def check_wanted_events(cls, types: Sequence[str], users: Sequence[str]) -> None:
        """Let types of events, and users whose events are wanted, pass that can be asked for.

        Raises:
            InvalidText: one of them cannot.
        """
        raise NotImplementedError

    def given_by_account(self, known: TelephonyObject) -> frozenset[Feature]:
        """Return what can be done with this object over its person's own account, if there is one."""
        return frozenset()

    def given_by_request(self, known: TelephonyObject) -> frozenset[Feature]:
        """Return what can be done with this object once a person has described the request for it."""
        return frozenset()

    async def check_user(self, user: NamedUser) -> NamedUser:
        """Ask the server for a user whom a person has named; return the user as the server knows it.

        Raises:
            NotThere: the server has no user of this id.
            TelephonyError: it could not be asked.
        """
        raise NotImplementedError

    # --- an extension's person -----------------------------------------------------------------

    async def set_status(self, extension: Extension, status: str) -> None:
        """Set the status of a person, by its name."""
        raise NotSupported(name=str(extension))

    async def set_note(self, extension: Extension, note: str) -> None:
        """Set the note beside a person's status; an empty one clears it."""
        raise NotSupported(name=str(extension))

    async def set_return_time(self, extension: Extension, return_time: datetime | None) -> None:
        """Set when a person will be back (UTC), or that nothing is known of it."""
        raise NotSupported(name=str(extension))

    async def set_do_not_disturb(self, extension: Extension, *, enabled: bool) -> None:
        """Switch do-not-disturb."""
        raise NotSupported(name=str(extension))

    async def set_call_filter(self, extension: Extension, *, enabled: bool) -> None:
        """Switch the filter that sends incoming calls to somebody else first."""
        raise NotSupported(name=str(extension))

    async def set_recording(self, extension: Extension, *, enabled: bool) -> None:
        """Switch the recording of all the person's calls."""
        raise NotSupported(name=str(extension))

    async def set_forward(
        self,
        extension: Extension,
        kind: ForwardKind,
        *,
        enabled: bool | None = None,
        destination: str | None = None,
    ) -> None:
        """Switch a call forwarding, or give it another destination; what is not given stays."""
        raise NotSupported(name=str(extension))

    async def send_message(self, extension: Extension, text: str) -> None:
        """Send a person a text message."""
        raise NotSupported(name=str(extension))

    async def change_state(self, extension: Extension, change: StateChange) -> None:
        """Change a person's status and modes, all at once; where there are no modes, the status alone."""
        status = change.status
        if status is None or change != StateChange(status=status):
            raise NotSupported(name=str(extension))
        await self.set_status(extension, status)

    # --- an extension's calls ------------------------------------------------------------------

    async def dial(self, extension: Extension, destination: Destination) -> None:
        """Ring the person's own phone and the destination, in the order that is asked for."""
        raise NotSupported(name=str(extension))

    async def hang_up(self, extension: Extension) -> None:
        """End the person's calls."""
        raise NotSupported(name=str(extension))

    async def transfer_call(
        self,
        extension: Extension,
        number: str,
        *,
        attended: bool,
        scope: DialScope | None = None,
    ) -> None:
        """Pass the person's call on: at once, or attended, after talking to the other first.

        Whether the number is one of the office's own is found out by the system where it is not said.
        """
        raise NotSupported(name=str(extension))

    async def complete_transfer(self, extension: Extension) -> None:
        """Pass the call on that is being transferred attended."""
        raise NotSupported(name=str(extension))

    async def cancel_transfer(self, extension: Extension) -> None:
        """Take the call back that is being transferred attended."""
        raise NotSupported(name=str(extension))

    async def record_call(self, extension: Extension, *, record: bool) -> None:
        """Begin or end the recording of the person's present call."""
        raise NotSupported(name=str(extension))

    async def pick_up_call(self, extension: Extension, other: Extension) -> None:
        """Take the call of another extension over."""
        raise NotSupported(name=str(extension))

    async def decline_call(self, extension: Extension) -> None:
        """Decline the call that rings at the person's phone."""
        raise NotSupported(name=str(extension))

    async def stop_dialing(self, extension: Extension) -> None:
        """Stop calling for the person, before anybody has answered."""
        raise NotSupported(name=str(extension))

    async def flash(self, extension: Extension, mode: FlashMode) -> None:
        """Do with the person's call what the flash key of a telephone does."""
        raise NotSupported(name=str(extension))

    async def get_call_details(self, extension: Extension) -> Mapping[str, Any]:
        """Return all that the server knows of the person's present call, in its own words."""
        raise NotSupported(name=str(extension))

    async def listen(self, extension: Extension, agent: Agent) -> None:
        """Ring the person's phone, and let the person listen to an agent's call."""
        raise NotSupported(name=str(extension))

    async def answer_waiting_call(self, extension: Extension, call_id: str) -> None:
        """Have a switchboard's operator answer a caller who waits; the id is the caller's."""
        raise NotSupported(name=str(extension))

    async def hold_call(self, extension: Extension, queue: Queue) -> None:
        """Have a switchboard's operator put the present call on hold, in this queue."""
        raise NotSupported(name=str(extension))

    async def resume_call(self, extension: Extension, call_id: str) -> None:
        """Have a switchboard's operator go on with a call on hold; the id is the caller's."""
        raise NotSupported(name=str(extension))

    async def submit_call_form(
        self, extension: Extension, button: str, values: Mapping[str, str]
    ) -> None:
        """Send the server what a person has filled into the form that came with a call."""
        raise NotSupported(name=str(extension))

    async def invite_to_conference(self, extension: Extension, invitee: Extension) -> None:
        """Have a person, who is in a conference, invite another into it."""
        raise NotSupported(name=str(extension))

    async def send_fax(self, extension: Extension, number: str, document: bytes) -> None:
        """Send a document (PDF) as a fax to a number, in a person's name."""
        raise NotSupported(name=str(extension))

    async def get_call_history(
        self, extension: Extension, kind: HistoryKind, size: int
    ) -> list[HistoryEntry]:
        """Return a person's latest calls of one kind, at most so many, the latest first."""
        raise NotSupported(name=str(extension))

    # --- agents and queues ---------------------------------------------------------------------

    async def log_agent_in(self, agent: Agent, number: str | None = None) -> None:
        """Log an agent in, on a telephone's number or its person's own."""
        raise NotSupported(name=str(agent))

    async def log_agent_out(self, agent: Agent) -> None:
        """Log an agent out."""
        raise NotSupported(name=str(agent))

    async def pause_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        """Have an agent get no calls from a queue, or from all of its queues."""
        raise NotSupported(name=str(agent))

    async def resume_agent(self, agent: Agent, queue: Queue | None = None) -> None:
        """Have an agent get calls from a queue again, or from all of its queues."""
        raise NotSupported(name=str(agent))

    async def get_agent_statistics(self, agent: Agent) -> Mapping[ObjectId, Mapping[str, Any]]:
        """Return how an agent did, by the ids of its queues, in the server's own words."""
        raise NotSupported(name=str(agent))

    async def add_queue_member(self, queue: Queue, agent: Agent) -> None:
        """Have an agent take calls from a queue."""
        raise NotSupported(name=str(queue))

    async def remove_queue_member(self, queue: Queue, agent: Agent) -> None:
        """Have an agent take no more calls from a queue."""
        raise NotSupported(name=str(queue))

    async def get_queue_statistics(
        self, queue: Queue, *, window: float, quality_of_service: float
    ) -> QueueStatistics:
        """Return how a queue did.

        Args:
            queue: the queue.
            window: the last so many seconds are looked at.
            quality_of_service: a caller who waited at most so many seconds was served well.
        """
        raise NotSupported(name=str(queue))

    # --- the server as a whole -----------------------------------------------------------------

    async def search_directory(self, pattern: str, source: DirectorySource) -> DirectoryResult:
        """Look people up on the server; an empty pattern finds nobody, and tells the columns."""
        raise NotSupported(name=self.name)

    async def call_api(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request of a person's own to the server's interface, and return its answer (JSON)."""
        raise NotSupported(name=self.name)

    async def run_script(self, call: ScriptCall) -> ScriptResult:
        """Run a script of the server."""
        raise NotSupported(name=self.name)

    async def get_break_reasons(self) -> Mapping[int, str]:
        """Return the reasons for a break that the server knows, by their numbers; none if nothing tells."""
        raise NotSupported(name=self.name)

    async def get_license(self) -> LicenseDetails:
        """Return what the server's licence says."""
        raise NotSupported(name=self.name)

    def fetch_file(self, file: RemoteFile) -> AsyncGenerator[bytes]:
        """Return a file of the server, piece by piece; who stops before its end closes it."""
        raise NotSupported(name=self.name)

    async def upload_files(
        self, files: Mapping[str, bytes], *, plain: bool = False
    ) -> list[UploadedFile]:
        """Send files to the server: all in one form, or each `plain`, in a request of its own."""
        raise NotSupported(name=self.name)

    def take_post(self, body: bytes, user: str | None) -> None:
        """Take in what somebody at the server has posted, about a user if it is said about whom.

        Raises:
            ValueError: it is nothing that such a server tells.
        """
        raise NotSupported(name=self.name)

    # --- what the systems themselves need ------------------------------------------------------

    def offered_status(self, extension: Extension, name: str) -> Status:
        """Return the status of this name that an extension's list offers.

        Raises:
            StatusNotAllowed: there is none.
        """
        statuses = self.directory.status_lists.get(extension.status_list)
        for status in statuses.object.statuses if statuses else ():
            if status.name == name:
                return status
        raise StatusNotAllowed(name=str(extension), status=name)

    @staticmethod
    def called_number(destination: Destination) -> str:
        """Return the number that is to be called, be it a person's.

        Raises:
            InvalidNumber: there is none.
        """
        called = destination.extension
        number = destination.number if called is None else called.number
        if not number:
            raise InvalidNumber
        return number

    def utc(self, time: datetime | None) -> datetime | None:
        """Return a time in UTC; one that names no zone is the server's."""
        if time is None:
            return None
        if time.tzinfo is None:
            time = time.replace(tzinfo=self.settings.time_zone)
        try:
            return time.astimezone(UTC)
        except OverflowError:  # at the end of all times
            return None

    def _went_live(self) -> None:
        """The picture is complete and live."""
        self._was_live = True
        self._log_oddities()
        self._grace.end()
        directory = self.directory
        directory.update(directory.server, connected=True, connected_since=datetime.now(UTC))
        if self._told_gone:
            self._told_gone = False
            _LOGGER.info("Connected to %s at %s again", self.name, self.settings.host)
        directory.set_available(True)

    def _went_away(self) -> None:
        """The connection has ended; if it is not back in a moment, so has the picture."""
        self.interruptions += 1
        directory = self.directory
        directory.update(directory.server, connected=False, connected_since=None)
        self._grace.begin()

    def _grace_is_over(self) -> None:
        self._told_gone = True
        _LOGGER.info("The connection to %s at %s is lost", self.name, self.settings.host)
        self.directory.set_available(False)

    def count_oddity(self, kind: str, *, quietly: bool = False) -> None:
        """Count something that a server should not have sent, and log the first of each kind.

        What servers send that nobody has described, but may send, is counted `quietly`.
        """
        self.oddities[kind] += 1
        if quietly:
            self._logged_oddities.add(kind)
        if self._was_live:
            self._log_oddities()

    def _log_oddities(self) -> None:
        """Log each kind once; what answers but never was this telephone system is not logged."""
        for kind in self.oddities.keys() - self._logged_oddities:
            self._logged_oddities.add(kind)
            _LOGGER.warning(
                "%s at %s sent something unexpected (%s); it is counted in the diagnostics and "
                "not logged again",
                self.name,
                self.settings.host,
                kind,
            )
