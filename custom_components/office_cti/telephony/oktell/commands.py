"""What is asked of an Oktell server over its web-socket, and how each question looks on the wire.

A question is a JSON array of a word and an object; the object holds the user's login, except where the
vendor's own client leaves it out, and the qid that the answer repeats. What is None is not sent: the server
leaves it as it is.

Source: what the vendor's own client in JavaScript sends.
"""

from collections.abc import Mapping
from enum import StrEnum
import hashlib
from typing import Any, NamedTuple, override

import orjson

from ..system import InvalidText, TextTooLong
from .states import UserState

# Characters of a text in a command.
TEXT_LENGTH = 1024

# --- what can be asked -------------------------------------------------------------------------


class Ping(NamedTuple):
    """Are you there?"""


class PongBack(NamedTuple):
    """The answer to the server's own "ping", with its qid."""


class LogIn(NamedTuple):
    """Take one of the licence's seats, as this user."""

    username: str
    password: str

    @override
    def __repr__(self) -> str:
        return f"LogIn(username={self.username!r})"


class LogOut(NamedTuple):
    """Give the seat back; without it, the session stays."""


class Subscribe(NamedTuple):
    """Tell these events from now on."""

    events: tuple[str, ...]


class GetVersion(NamedTuple):
    """Which release is it?"""


class GetOwnUser(NamedTuple):
    """Who has logged in, and at which line?"""


class GetBreakReasons(NamedTuple):
    """Why may somebody take a break?"""


class GetUserState(NamedTuple):
    """What is the user's state, and what are the modes?"""


class SetUserState(NamedTuple):
    """Change the user's own state and modes; only what follows tells whether it worked."""

    state: UserState | None = None
    call_center: bool | None = None
    call_center_manual: bool | None = None
    redirect: bool | None = None
    break_reason_id: int | None = None


class GetRedirectRules(NamedTuple):
    """Where do the user's calls go while they are redirected?"""


class GetPbxNumbers(NamedTuple):
    """Which internal numbers are there, and what are they doing?"""


class GetUserNumbers(NamedTuple):
    """Which users are there, and which numbers have they?"""


class GetLineInfo(NamedTuple):
    """What is the user's line doing, and with whom?"""


class GetChainContent(NamedTuple):
    """Which way has the user's call come?"""


class Sequence(StrEnum):
    """Who is called first: the user who calls, or the one who is called."""

    USER = "user"
    ABONENT = "abonent"


class Dial(NamedTuple):
    """Call a number."""

    number: str
    sequence: Sequence = Sequence.USER


class StopDialing(NamedTuple):
    """Give a call up that has not come about yet."""


class HangUp(NamedTuple):
    """End the call."""


class Decline(NamedTuple):
    """Refuse the call that rings."""


class AnswerCall(NamedTuple):
    """Answer the call that rings; the telephone has to answer by itself when it is told to."""


class FlashKind(StrEnum):
    """What a flash does with a call and the one that waits behind it."""

    SWITCH = "switch"
    NEXT = "next"
    ABORT = "abort"


class Flash(NamedTuple):
    """Go to the call that waits, or back."""

    kind: FlashKind


class Transfer(NamedTuple):
    """Hand the call on to a number."""

    number: str


type Command = (
    Ping
    | PongBack
    | LogIn
    | LogOut
    | Subscribe
    | GetVersion
    | GetOwnUser
    | GetBreakReasons
    | GetUserState
    | SetUserState
    | GetRedirectRules
    | GetPbxNumbers
    | GetUserNumbers
    | GetLineInfo
    | GetChainContent
    | Dial
    | StopDialing
    | HangUp
    | Decline
    | AnswerCall
    | Flash
    | Transfer
)

# --- how it looks on the wire ------------------------------------------------------------------


class _Form(NamedTuple):
    """The server's word for a command, what it calls our fields, and what goes with every such one."""

    word: str
    fields: Mapping[str, str] = {}
    always: Mapping[str, Any] = {}
    with_login: bool = True


_FORMS: dict[type[Command], _Form] = {
    Ping: _Form("ping", with_login=False),
    PongBack: _Form("pong", with_login=False),
    LogOut: _Form("logout"),
    Subscribe: _Form("subscribeevent", {"events": "eventmethod"}, with_login=False),
    GetVersion: _Form("getversion", always={"showalloweddbstoredprocs": 1}),
    GetOwnUser: _Form("getmyuserinfo"),
    GetBreakReasons: _Form("cc_getlunchtypes"),
    GetUserState: _Form("getuserstate"),
    SetUserState: _Form(
        "setuserstate",
        {
            "state": "userstateid",
            "call_center": "oncallcenter",
            "call_center_manual": "onccmanual",
            "redirect": "onredirect",
            "break_reason_id": "lunchreasonid",
        },
    ),
    GetRedirectRules: _Form("getredirectrules"),
    GetPbxNumbers: _Form("getpbxnumbers", always={"mode": "full"}),
    GetUserNumbers: _Form("getallusernumbers", always={"fillsubordinates": True}),
    GetLineInfo: _Form("getextendedlineinfo"),
    GetChainContent: _Form("getchaincontent"),
    Dial: _Form("pbxautocallstart", {"number": "number", "sequence": "sequence"}),
    StopDialing: _Form("pbxautocallabort"),
    HangUp: _Form("pbxabortcall"),
    Decline: _Form("pbxdeclinecall"),
    AnswerCall: _Form("pbxanswercall"),
    Flash: _Form("pbxmakeflash", {"kind": "mode"}),
    Transfer: _Form("pbxmaketransfer", {"number": "transferto"}),
}


def encode(command: Command, qid: str, login: str = "") -> bytes:
    """Return a command as it travels, in UTF-8.

    Args:
        command: what to ask.
        qid: what the answer is recognised by.
        login: the user's, for whom it is asked.

    Raises:
        InvalidText, TextTooLong: somebody has typed what cannot travel.
    """
    word, body = _log_in(command) if isinstance(command, LogIn) else _wire(command, login)
    try:
        return orjson.dumps([word, body | {"qid": qid}])
    except orjson.JSONEncodeError:  # half a character, which its text would show
        raise InvalidText from None


def _wire(command: Command, login: str) -> tuple[str, dict[str, Any]]:
    form = _FORMS[type(command)]
    body: dict[str, Any] = {"userlogin": login} if form.with_login else {}
    for name, wire in form.fields.items():
        value = getattr(command, name)
        if isinstance(value, str) and len(value) > TEXT_LENGTH:
            raise TextTooLong
        if value is not None:
            body[wire] = value
    return form.word, {**body, **form.always}


def _log_in(command: LogIn) -> tuple[str, dict[str, Any]]:
    if len(command.username) > TEXT_LENGTH:
        raise TextTooLong
    return "login", {
        "userlogin": command.username,
        "Password": password_hash(command.password),
        "password": password_hash(command.password.lower()),
        "showid": 1,
        "usewebrtc": False,
    }


def password_hash(password: str) -> str:
    """Return a password as this server takes it: MD5 of its letters in the code page 1251.

    Letters that the code page does not have count for nothing, as with the vendor's own client.
    """
    return hashlib.md5(password.encode("cp1251", "ignore"), usedforsecurity=False).hexdigest()
