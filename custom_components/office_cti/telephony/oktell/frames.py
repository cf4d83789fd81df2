"""What an Oktell server says over its web-socket, without a socket, a clock or a log.

A message is a JSON array of a word and an object: ["pbxnumberstatechanged", {"numbers": […], "qid": …}].
The tables below say what each event holds, and what the body of each answer does; `readers` tame the
values. Nothing that arrives raises: what cannot be read is a `Malformed`. An answer is recognised by the
qid of its question, and its body is read by whoever has asked, with one of the readers at the end.

Sources: the vendor's own client in JavaScript, its web panel, and messages of live servers. What a server
leaves out keeps its default; what could not be read is left out too, and named in `problems` by the name
that it has here. Text of the server stands in fields alone.
"""

from datetime import datetime
from enum import StrEnum
import re
from typing import Any, NamedTuple, override

import orjson

from ..readers import (
    ID_LENGTH,
    ITEMS,
    OBJECTS,
    Field,
    Many,
    Nullable,
    Partly,
    Reader,
    Record,
    Unreadable,
    count,
    count_or_none,
    flag,
    flag_or_no,
    identifier,
    identifier_or_none,
    label,
    local_time,
    message_text,
    number,
    required,
    text_or_empty,
)
from .multipart import PIECE, Assembler
from .states import UserState, state_of

# A message may be this long, in bytes or characters.
MESSAGE_LIMIT = 4 * 1024 * 1024

# --- what a server says ------------------------------------------------------------------------


class Problem(StrEnum):
    """What is wrong with a message."""

    TOO_LONG = "too long"
    NOT_JSON = "not JSON"
    NOT_A_MESSAGE = "not a word and an object"
    WRONG_FIELD = "a field that is missing or wrong"
    INCOMPLETE = "a message whose pieces did not all come"


class Malformed(NamedTuple):
    """Nothing that could be read; `about` says what it should have been."""

    problem: Problem
    about: str = ""


class Unknown(NamedTuple):
    """An event that is of no interest here."""


class Pinged(NamedTuple):
    """The server wants a "pong"."""

    qid: str = ""
    problems: tuple[str, ...] = ()


class Pong(NamedTuple):
    """The answer to our "ping"."""

    qid: str = ""
    problems: tuple[str, ...] = ()


class Redirected(NamedTuple):
    """The server wants to be talked to under TLS, at another port if it says so."""

    port: int | None = None
    problems: tuple[str, ...] = ()


class Answer(NamedTuple):
    """The answer to the question with this qid; `message` says in the server's words why not."""

    qid: str
    # Whatever the server has put in it, a session's id included: nothing for a log.
    body: dict[str, Any]
    ok: bool = True
    error: int = 0
    message: str = ""
    problems: tuple[str, ...] = ()

    @override
    def __repr__(self) -> str:
        return f"Answer(ok={self.ok}, error={self.error})"


class NumberStates(NamedTuple):
    """Numbers of the office, and what those who sit there are doing; None is a state we do not know."""

    states: tuple[tuple[str, UserState | None], ...]
    problems: tuple[str, ...] = ()


class UserStateChanged(NamedTuple):
    """A user's state and modes; None is what the server has not told.

    One's own state is answered with the same. The user may be a colleague, and the login may be missing.
    """

    user_id: str = ""
    login: str = ""
    state: UserState | None = None
    call_center: bool | None = None
    call_center_manual: bool | None = None
    on_break: bool | None = None
    break_reason_id: int | None = None
    redirect: bool | None = None
    on_task: bool | None = None
    problems: tuple[str, ...] = ()


class PhoneEventKind(StrEnum):
    """What has happened to a user's telephone, in the server's words behind "phoneevent_"."""

    RING_STARTED = "ringstarted"
    RING_STOPPED = "ringstopped"
    TALK_STARTED = "commstarted"
    TALK_STOPPED = "commstopped"
    CALL_STARTED = "acmcallstarted"
    CALL_STOPPED = "acmcallstopped"
    IVR_STARTED = "ivrstarted"
    IVR_STOPPED = "ivrstopped"
    FAX_STARTED = "faxstarted"
    FAX_STOPPED = "faxstopped"
    FAX_RECEIVED = "faxreceived"


class PhoneEvent(NamedTuple):
    """Something has happened to a user's telephone.

    It comes before the state has settled. When the server calls a user back, `direction` is "oktell_pbx",
    `line_number` is all zeros, `number` is empty, and the other party's stands in `info` alone.
    """

    kind: PhoneEventKind
    user_id: str = ""
    login: str = ""
    chain_id: str = ""
    commutation_id: str = ""
    number: str = ""
    name: str = ""
    called_number: str = ""
    info: str = ""
    comment: str = ""
    description: str = ""
    direction: str = ""
    line_id: str = ""
    line_number: str = ""
    is_external: bool = False
    is_conference: bool = False
    conference_id: str = ""
    is_task: bool = False
    is_routing_ivr: bool = False
    problems: tuple[str, ...] = ()


class LineStateChanged(NamedTuple):
    """The state of a user's line is another one now: it has to be asked for."""

    user_id: str = ""
    login: str = ""
    problems: tuple[str, ...] = ()


class FlashStateChanged(NamedTuple):
    """Something has happened to a call that waits behind another."""

    user_id: str = ""
    login: str = ""
    kind: str = ""
    problems: tuple[str, ...] = ()


class TextMessageReceived(NamedTuple):
    """Somebody has written to a user."""

    text: str = ""
    user_id: str = ""
    login: str = ""
    sender_id: str = ""
    sender_login: str = ""
    sender_name: str = ""
    time: datetime | None = None
    problems: tuple[str, ...] = ()


type Event = (
    NumberStates
    | UserStateChanged
    | PhoneEvent
    | LineStateChanged
    | FlashStateChanged
    | TextMessageReceived
)
EVENT_KINDS = (
    NumberStates,
    UserStateChanged,
    PhoneEvent,
    LineStateChanged,
    FlashStateChanged,
    TextMessageReceived,
)
type Frame = Event | Answer | Pong | Pinged | Redirected | Unknown | Malformed

# --- what answers hold -------------------------------------------------------------------------


class LoggedIn(NamedTuple):
    """Who has logged in."""

    user_id: str


class Version(NamedTuple):
    """The server's release: `dated` is its day, 150420 for the 20th of April 2015."""

    dated: int = 0
    build: str = ""
    web_server_port: int | None = None


class OwnUser(NamedTuple):
    """The user who has logged in."""

    name: str = ""
    number: str = ""
    has_line: bool = False
    line_id: str = ""
    line_number: str = ""
    is_operator: bool = False


class BreakReason(NamedTuple):
    """Why somebody may take a break; every site has its own."""

    id: int
    name: str = ""


class PbxNumber(NamedTuple):
    """An internal number; one of a group has no state."""

    number: str
    id: str = ""
    caption: str = ""
    state: UserState | None = None
    department_id: str = ""
    department: str = ""


class UserNumbers(NamedTuple):
    """A user and the user's numbers; `main` is the one whose state is the user's."""

    id: str
    name: str = ""
    main: str = ""
    numbers: tuple[str, ...] = ()
    may_be_listened_to: bool = False


class Abonent(NamedTuple):
    """Whom a line talks to, rings for or waits for."""

    number: str = ""
    caller_id: str = ""
    external_line: str = ""
    is_external: bool = False
    user_id: str = ""
    user_login: str = ""
    user_name: str = ""
    name: str = ""
    caption: str = ""
    comment: str = ""
    chain_id: str = ""
    direction: str = ""
    is_auto_call: bool = False
    is_ringing: bool = False
    is_talking: bool = False
    is_waiting_in_flash: bool = False
    is_waiting_for_answer: bool = False
    is_ivr: bool = False
    ivr_name: str = ""
    is_conference: bool = False
    conference_id: str = ""


class LineInfo(NamedTuple):
    """What one's own line is doing; `state` is the server's word, such as lsCommutated."""

    state: str = ""
    talk_seconds: int | None = None
    chain_id: str = ""
    called_id: str = ""
    abonent: Abonent | None = None
    is_flashing: bool = False
    flashed: Abonent | None = None


class RedirectRule(NamedTuple):
    """Where one's own calls go while they are redirected."""

    id: str = ""
    number: str = ""


class ChainElement(NamedTuple):
    """A step of a call's way: a queue, a call, or a talk of two sides, A and B. Times have no zone."""

    kind: str = ""
    started: datetime | None = None
    answered: datetime | None = None
    direction: str = ""
    caller_id: str = ""
    called_id: str = ""
    user_id: str = ""
    user_login: str = ""
    user_name: str = ""
    department: str = ""
    a_number: str = ""
    a_name: str = ""
    a_user_id: str = ""
    b_number: str = ""
    b_name: str = ""
    b_user_id: str = ""
    is_recorded: bool = False


class ChainContent(NamedTuple):
    """A call's way through the office."""

    chain_id: str = ""
    created: datetime | None = None
    trace: tuple[ChainElement, ...] = ()
    custom_field: str = ""


# --- values as this server writes them ---------------------------------------------------------


def guid(value: Any) -> str:
    """Read a GUID, in lower case; what is missing, and the one of zeros alone, are an empty text."""
    found = identifier_or_none(value)
    if found is None:
        return ""
    found = found.strip("{}").lower()
    return "" if found == _NOBODY else found


_NOBODY = "00000000-0000-0000-0000-000000000000"


def some_guid(value: Any) -> str:
    """Read a GUID that must be there."""
    if found := guid(value):
        return found
    raise Unreadable


def state(value: Any) -> UserState | None:
    """Read a state by its number or name; one that we do not know is None."""
    if type(value) is int or type(value) is str:
        return state_of(value)
    raise Unreadable


def number_state(value: Any) -> tuple[str, UserState | None]:
    """Read a number and its state."""
    if type(value) is not dict:
        raise Unreadable
    found = value.get("num")
    if type(found) is str and 0 < len(found) <= ID_LENGTH:
        return found, state_of(value.get("numstateid"))
    return identifier(found), state_of(value.get("numstateid"))


def success(value: Any) -> bool:
    """Read whether a question was answered with yes; what is not clearly that is no."""
    return value is True or (type(value) in {int, str} and value in _YES)


_YES = frozenset({1, "1"})


def written_time(value: Any) -> datetime:
    """Read a time in ISO's form, or as the server writes it in XML: 12.07.2008 18:35:06."""
    if type(value) is str and _WRITTEN_TIME.fullmatch(value):
        try:
            return datetime.strptime(value, "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 -- the server's zone
        except ValueError:
            raise Unreadable from None
    return local_time(value)


_WRITTEN_TIME = re.compile(r"\d\d\.\d\d\.\d{4} \d\d?:\d\d:\d\d", re.ASCII)


class IfAny[T]:
    """Reads what may be nothing: null, or an empty text, list or object."""

    __slots__ = ("read",)

    def __init__(self, read: Reader[T]) -> None:
        self.read = read

    def __call__(self, value: Any) -> T | None:
        """Read it, or nothing."""
        return None if value is None or value in _NOTHING else self.read(value)


_NOTHING: tuple[Any, ...] = ("", [], {})


class Inside[T]:
    """Reads the one field of an object that is of interest."""

    __slots__ = ("name", "read")

    def __init__(self, name: str, read: Reader[T]) -> None:
        self.name = name
        self.read = read

    def __call__(self, value: Any) -> T:
        """Read it; one that is missing is read as null."""
        if type(value) is not dict:
            raise Unreadable
        return self.read(value.get(self.name))


# --- events ------------------------------------------------------------------------------------

# What reads one kind of frame.
type Table = Record[Any]

_QID = Field("qid", "qid", label)
_USER = (Field("userid", "user_id", guid), Field("userlogin", "login", label))
user_state = Record(
    UserStateChanged,
    *_USER,
    # The last of the three that is there counts.
    Field("userstatestr", "state", state),
    Field("userstate", "state", state),
    Field("userstateid", "state", state),
    Field("oncallcenter", "call_center", flag),
    Field("onccmanual", "call_center_manual", flag),
    Field("onlunch", "on_break", flag),
    Field("lunchreasonid", "break_reason_id", Nullable(number)),
    Field("onredirect", "redirect", flag),
    Field("ontask", "on_task", flag),
)
_PHONE_EVENT = (
    *_USER,
    Field("chainid", "chain_id", guid),
    Field("commutationid", "commutation_id", guid),
    Field("callerid", "number", label),
    Field("callername", "name", text_or_empty),
    Field("calledid", "called_number", label),
    Field("callerinfo", "info", message_text),
    Field("callercomment", "comment", message_text),
    Field("callerdescription", "description", message_text),
    Field("callerdirection", "direction", text_or_empty),
    Field("callerlineid", "line_id", guid),
    Field("callerlinenum", "line_number", label),
    Field("isextline", "is_external", flag_or_no),
    Field("isconference", "is_conference", flag_or_no),
    Field("confid", "conference_id", guid),
    Field("istask", "is_task", flag_or_no),
    Field("isroutingivr", "is_routing_ivr", flag_or_no),
)


def _phone_event(kind: PhoneEventKind) -> Table:
    def made(**fields: Any) -> PhoneEvent:
        return PhoneEvent(kind, **fields)

    return Record(made, *_PHONE_EVENT, about="PhoneEvent")


NUMBER_STATES = "pbxnumberstatechanged"
USER_STATE = "userstatechanged"
LINE_STATE = "linestatechanged"
FLASH_STATE = "flashstatechanged"
TEXT_MESSAGE = "usertextmessagereceived"
PHONE_EVENTS = tuple(f"phoneevent_{kind}" for kind in PhoneEventKind)
# What one connection is told of everybody, and what of the user alone who has logged in.
EVENTS_OF_ALL = (NUMBER_STATES,)
OWN_EVENTS = (USER_STATE, LINE_STATE, FLASH_STATE, *PHONE_EVENTS)
# What not every release may know.
MESSAGE_EVENTS = (TEXT_MESSAGE,)

EVENTS: dict[str, Table] = {
    NUMBER_STATES: Record(NumberStates, required("numbers", "states", Many(number_state, OBJECTS))),
    USER_STATE: user_state,
    LINE_STATE: Record(LineStateChanged, *_USER),
    FLASH_STATE: Record(FlashStateChanged, *_USER, Field("flashtypeid", "kind", label)),
    **{f"phoneevent_{kind}": _phone_event(kind) for kind in PhoneEventKind},
    # How its fields are called is known from the XML event 114 alone.
    TEXT_MESSAGE: Record(
        TextMessageReceived,
        *_USER,
        Field("message", "text", message_text),
        Field("text", "text", message_text),
        Field("senderid", "sender_id", guid),
        Field("senderlogin", "sender_login", label),
        Field("sendername", "sender_name", text_or_empty),
        Field("datetime", "time", IfAny(written_time)),
    ),
    "ping": Record(Pinged, _QID),
    "pong": Record(Pong, _QID),
    "websocketredirect": Record(Redirected, Field("port", "port", count_or_none)),
}


def _answer(
    qid: str, *, result: bool | None = None, error: int | None = None, message: str = ""
) -> Answer:
    """Return an answer: one without a result is a good one, unless it names an error."""
    return Answer(qid, {}, not error if result is None else result, error or 0, message)


# What names a qid and is no event is an answer, whatever its word.
ANSWER: Table = Record(
    _answer,
    required("qid", "qid", identifier),
    Field("result", "result", success),
    Field("errorcode", "error", Nullable(number)),
    Field("error", "error", Nullable(number)),
    Field("errormsg", "message", text_or_empty),
    about="Answer",
)

# --- bodies of answers -------------------------------------------------------------------------

_ABONENT = Record(
    Abonent,
    Field("number", "number", label),
    Field("callerid", "caller_id", label),
    Field("extline", "external_line", label),
    Field("isextline", "is_external", flag_or_no),
    Field("userid", "user_id", guid),
    Field("userlogin", "user_login", label),
    Field("username", "user_name", text_or_empty),
    Field("simplename", "name", text_or_empty),
    Field("name", "name", text_or_empty),
    Field("caption", "caption", label),
    Field("comment", "comment", message_text),
    Field("chainid", "chain_id", guid),
    Field("direction", "direction", text_or_empty),
    Field("isautocall", "is_auto_call", flag_or_no),
    Field("isringing", "is_ringing", flag_or_no),
    Field("iscommutated", "is_talking", flag_or_no),
    Field("iswaitinginflash", "is_waiting_in_flash", flag_or_no),
    Field("iswaitingforanswer", "is_waiting_for_answer", flag_or_no),
    Field("isivr", "is_ivr", flag_or_no),
    Field("ivrname", "ivr_name", text_or_empty),
    Field("isconference", "is_conference", flag_or_no),
    Field("conferenceid", "conference_id", guid),
)
_CHAIN_ELEMENT = Record(
    ChainElement,
    Field("contentelementtype", "kind", text_or_empty),
    Field("startqueuetime", "started", IfAny(local_time)),
    Field("timestart", "started", IfAny(local_time)),
    Field("timeanswer", "answered", IfAny(local_time)),
    Field("pbxdirection", "direction", text_or_empty),
    Field("callerid", "caller_id", label),
    Field("calledid", "called_id", label),
    Field("userid", "user_id", guid),
    Field("userlogin", "user_login", label),
    Field("username", "user_name", text_or_empty),
    Field("department", "department", text_or_empty),
    Field("aoutnumber", "a_number", label),
    Field("atext", "a_name", text_or_empty),
    Field("auserid", "a_user_id", guid),
    Field("boutnumber", "b_number", label),
    Field("btext", "b_name", text_or_empty),
    Field("buserid", "b_user_id", guid),
    Field("isrecorded", "is_recorded", flag_or_no),
)


def nothing(value: Any) -> None:
    """Read an answer that has nothing to tell but that it is one."""
    del value


logged_in = Record(LoggedIn, required("userid", "user_id", some_guid))
version = Inside(
    "version",
    Record(
        Version,
        Field("dated", "dated", count),
        Field("build", "build", label),
        Field("webserverport", "web_server_port", count_or_none),
    ),
)
own_user = Record(
    OwnUser,
    Field("username", "name", text_or_empty),
    Field("mainpbxnumber", "number", label),
    Field("hasline", "has_line", flag_or_no),
    Field("lineid", "line_id", guid),
    Field("linenumber", "line_number", label),
    Field("isoperator", "is_operator", flag_or_no),
)
break_reasons = Inside(
    "items",
    Many(
        Record(
            BreakReason,
            required("id", "id", number),
            Field("caption", "name", text_or_empty),
            Field("name", "name", text_or_empty),
        )
    ),
)
pbx_numbers = Inside(
    "numbers",
    Many(
        Record(
            PbxNumber,
            required("number", "number", identifier),
            Field("id", "id", guid),
            Field("caption", "caption", label),
            Field("state", "state", Nullable(state)),
            Field("departmentid", "department_id", guid),
            Field("department", "department", text_or_empty),
        ),
        OBJECTS,
    ),
)
user_numbers = Inside(
    "users",
    Many(
        Record(
            UserNumbers,
            required("id", "id", some_guid),
            Field("name", "name", text_or_empty),
            Field("main", "main", label),
            Field("nums", "numbers", Many(identifier)),
            Field("sub", "may_be_listened_to", flag_or_no),
        ),
        OBJECTS,
    ),
)
line_info = Record(
    LineInfo,
    Field("linestatestr", "state", text_or_empty),
    Field("timertalklensec", "talk_seconds", count_or_none),
    Field("chainid", "chain_id", guid),
    Field("calledid", "called_id", label),
    Field("abonent", "abonent", IfAny(_ABONENT)),
    Field("isflashing", "is_flashing", flag_or_no),
    Field("flashed", "flashed", IfAny(_ABONENT)),
)
redirect_rules = Inside(
    "redirectrules",
    Many(
        Record(RedirectRule, Field("id", "id", label), Field("destinationnumber", "number", label))
    ),
)
chain_content = Inside(
    "content",
    IfAny(
        Record(
            ChainContent,
            Field("chainid", "chain_id", guid),
            Field("createtime", "created", IfAny(local_time)),
            Field("trace", "trace", Many(_CHAIN_ELEMENT, ITEMS)),
            Field("customfield", "custom_field", text_or_empty),
        )
    ),
)

# --- decoding ----------------------------------------------------------------------------------

_UNKNOWN = Unknown()
_TOO_LONG = Malformed(Problem.TOO_LONG)
_NOT_JSON = Malformed(Problem.NOT_JSON)
_NOT_A_MESSAGE = Malformed(Problem.NOT_A_MESSAGE)
_NO_PIECE = Malformed(Problem.WRONG_FIELD, "Piece")
_INCOMPLETE = Malformed(Problem.INCOMPLETE)
_MULTIPART = "multipart"


def decode(data: str | bytes) -> Frame:
    """Return the message that a whole text is; a piece of one is Unknown here."""
    if len(data) > MESSAGE_LIMIT:
        return _TOO_LONG
    try:
        wire = orjson.loads(data)
    except orjson.JSONDecodeError:
        return _NOT_JSON
    return frame_of(wire)


class Decoder:
    """Turns what arrives on one connection into messages, those in pieces too."""

    def __init__(self) -> None:
        self._assembler = Assembler()

    def feed(self, data: str | bytes) -> list[Frame]:
        """Return what has been said with this text: mostly one message, none where pieces are missing."""
        if len(data) > MESSAGE_LIMIT:
            return [_TOO_LONG]
        try:
            wire = orjson.loads(data)
        except orjson.JSONDecodeError:
            return [_NOT_JSON]
        if type(wire) is list and len(wire) == 2 and wire[0] == _MULTIPART:
            return self._piece(wire[1])
        return [frame_of(wire)]

    def _piece(self, body: Any) -> list[Frame]:
        assembler = self._assembler
        given_up = assembler.given_up
        found: list[Frame] = []
        try:
            whole = assembler.take(PIECE(body))
        except Unreadable, Partly:
            found.append(_NO_PIECE)
        else:
            if whole is not None:
                found.append(decode(whole))
        return [_INCOMPLETE] * (assembler.given_up - given_up) + found


def frame_of(wire: Any) -> Frame:
    """Return the message that somebody has read from JSON."""
    if type(wire) is not list or not 1 <= len(wire) <= 2 or type(name := wire[0]) is not str:
        return _NOT_A_MESSAGE
    body = wire[1] if len(wire) == 2 else {}
    table = EVENTS.get(name)
    if table is not None:
        return _read(table, body)
    if type(body) is not dict:
        return _NOT_A_MESSAGE
    if "qid" not in body or name == _MULTIPART:
        return _UNKNOWN
    answer = _read(ANSWER, body)
    return answer._replace(body=body) if type(answer) is Answer else answer


def _read(table: Table, body: Any) -> Frame:
    frame: Frame
    try:
        frame = table(body)
    except Unreadable:
        return Malformed(Problem.WRONG_FIELD, table.about)
    except Partly as partly:
        frame = partly.value._replace(problems=partly.problems)
    return frame
