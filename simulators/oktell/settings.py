"""How a server is set up, and what real ones do differently from each other."""

from dataclasses import dataclass
from enum import StrEnum


class Authorization(StrEnum):
    """How HTTP requests show that they are allowed."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105 - a mode's name
    BASIC = "basic"


class ReturnValue(StrEnum):
    """Where an answer has a script's return value."""

    ATTRIBUTE = "attribute"
    CDATA = "cdata"


class Encoding(StrEnum):
    """What bytes a text is made of, whatever its XML declares."""

    UTF_8 = "utf-8"
    UTF_8_SIG = "utf-8-sig"  # with a byte order mark, JSON as well
    UTF_16 = "utf-16"  # with a byte order mark; XML only


class StateKey(StrEnum):
    """How frames call a user's state."""

    USERSTATEID = "userstateid"
    USERSTATE = "userstate"
    BOTH = "both"


class IdleAnswer(StrEnum):
    """What wp_getabonentinfo and wp_getchaincontent say of a line without a call."""

    EMPTY = "empty"
    OBJECT = "object"
    NULL = "null"
    EMPTY_INFO = "empty_info"


@dataclass(slots=True)
class Settings:
    """What can be set; the control port's operation `settings` has the same names.

    Attributes:
        authorization: how HTTP requests show that they are allowed.
        password: what `password=` must be.
        refusal: the HTTP status of requests that are not allowed: the mode's own, if 0.
        refuses_post: whether commands are refused by POST.
        returnvalue: where an answer has a script's return value.
        encoding: what bytes a text is made of.
        state_key: how frames call a user's state.
        events_carry_login: whether `userstatechanged` says the user's login beside the id.
        idle_answer: what is said of a line without a call.
        marks_ringing: whether wp_getabonentinfo marks a line that rings, as the web-socket does.
        unsticks_after: seconds after which leaving the call centre over HTTP comes to nothing;
            never, if None.
        settles_after: seconds until what an event announced can be asked for.
        answers_after: seconds until whoever is called by a client's wish answers; never, if None.
        redirects: whether the first answer to `ping` sends the client elsewhere.
        multipart_above: frames with more bytes are chopped; none, if None.
        packet_bytes: how many bytes of a chopped frame go into each packet.
        interleaves: whether the packets of several frames are mixed.
        colleagues: whether `userstatechanged` of everybody reaches everyone.
        is_starting: whether nobody may log in yet.
        seats: how many may be logged in over the web-socket.
        keeps_sessions: seconds that a session outlives its connection, and keeps its seat.
        dated: the server's version, as a date.
        upload_limit: bytes; a larger file is not saved.
    """

    authorization: Authorization = Authorization.BASIC
    password: str = "demo"  # noqa: S105 - everyone may know it
    refusal: int = 0
    refuses_post: bool = False
    returnvalue: ReturnValue = ReturnValue.ATTRIBUTE
    encoding: Encoding = Encoding.UTF_8
    state_key: StateKey = StateKey.BOTH
    events_carry_login: bool = False
    idle_answer: IdleAnswer = IdleAnswer.EMPTY
    marks_ringing: bool = False
    unsticks_after: float | None = 75.0
    settles_after: float = 0.3
    answers_after: float | None = None
    redirects: bool = False
    multipart_above: int | None = None
    packet_bytes: int = 1_021
    interleaves: bool = False
    colleagues: bool = False
    is_starting: bool = False
    seats: int = 100
    keeps_sessions: float = 60.0
    dated: int = 150_420
    upload_limit: int = 16 * 1024 * 1024
