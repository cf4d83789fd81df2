"""What is sent over the web-socket: as the vendor's own client sends it."""

import hashlib
import json
from typing import Any, get_args

import pytest

from custom_components.office_cti.telephony.oktell import commands
from custom_components.office_cti.telephony.oktell.commands import (
    TEXT_LENGTH,
    AnswerCall,
    Command,
    Decline,
    Dial,
    Flash,
    FlashKind,
    GetBreakReasons,
    GetChainContent,
    GetLineInfo,
    GetOwnUser,
    GetPbxNumbers,
    GetRedirectRules,
    GetUserNumbers,
    GetUserState,
    GetVersion,
    HangUp,
    LogIn,
    LogOut,
    Ping,
    PongBack,
    Sequence,
    SetUserState,
    StopDialing,
    Subscribe,
    Transfer,
    encode,
    password_hash,
)
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.system import InvalidText, TextTooLong

IVAN = {"userlogin": "ivan"}
QID = {"qid": "7"}
FORMS: list[tuple[Command, list[Any]]] = [
    (Ping(), ["ping", QID]),
    (PongBack(), ["pong", QID]),
    (
        LogIn("ivan", "Пароль"),
        [
            "login",
            IVAN
            | QID
            | {
                "Password": "08f8e03bd59a7c67dc44028b3e073d5e",
                "password": "749789e4982b0c563f6729aac100a614",
                "showid": 1,
                "usewebrtc": False,
            },
        ],
    ),
    (LogOut(), ["logout", IVAN | QID]),
    (
        Subscribe(("userstatechanged", "pbxnumberstatechanged")),
        ["subscribeevent", {"eventmethod": ["userstatechanged", "pbxnumberstatechanged"]} | QID],
    ),
    (GetVersion(), ["getversion", {"showalloweddbstoredprocs": 1} | IVAN | QID]),
    (GetOwnUser(), ["getmyuserinfo", IVAN | QID]),
    (GetBreakReasons(), ["cc_getlunchtypes", IVAN | QID]),
    (GetUserState(), ["getuserstate", IVAN | QID]),
    (GetRedirectRules(), ["getredirectrules", IVAN | QID]),
    (GetPbxNumbers(), ["getpbxnumbers", {"mode": "full"} | IVAN | QID]),
    (GetUserNumbers(), ["getallusernumbers", {"fillsubordinates": True} | IVAN | QID]),
    (GetLineInfo(), ["getextendedlineinfo", IVAN | QID]),
    (GetChainContent(), ["getchaincontent", IVAN | QID]),
    (
        SetUserState(UserState.AWAY, redirect=False),
        ["setuserstate", {"userstateid": 3, "onredirect": False} | IVAN | QID],
    ),
    (
        SetUserState(UserState.BREAK, call_center=True, redirect=False, break_reason_id=3),
        [
            "setuserstate",
            {"userstateid": 2, "oncallcenter": True, "onredirect": False, "lunchreasonid": 3}
            | IVAN
            | QID,
        ],
    ),
    (
        SetUserState(UserState.READY, call_center=False, call_center_manual=False, redirect=False),
        [
            "setuserstate",
            {"userstateid": 1, "oncallcenter": False, "onccmanual": False, "onredirect": False}
            | IVAN
            | QID,
        ],
    ),
    (SetUserState(redirect=True), ["setuserstate", {"onredirect": True} | IVAN | QID]),
    (Dial("102"), ["pbxautocallstart", {"number": "102", "sequence": "user"} | IVAN | QID]),
    (
        Dial("102", Sequence.ABONENT),
        ["pbxautocallstart", {"number": "102", "sequence": "abonent"} | IVAN | QID],
    ),
    (StopDialing(), ["pbxautocallabort", IVAN | QID]),
    (HangUp(), ["pbxabortcall", IVAN | QID]),
    (Decline(), ["pbxdeclinecall", IVAN | QID]),
    (AnswerCall(), ["pbxanswercall", IVAN | QID]),
    (Flash(FlashKind.SWITCH), ["pbxmakeflash", {"mode": "switch"} | IVAN | QID]),
    (Transfer("102"), ["pbxmaketransfer", {"transferto": "102"} | IVAN | QID]),
]


@pytest.mark.parametrize(("command", "wire"), FORMS, ids=lambda value: repr(value)[:40])
def test_how_a_command_looks(command: Command, wire: list[Any]) -> None:
    assert json.loads(encode(command, "7", "ivan")) == wire


def test_every_command_is_tried() -> None:
    assert {type(command) for command, _ in FORMS} == set(get_args(commands.Command.__value__))


@pytest.mark.parametrize(
    ("password", "letters"),
    [
        ("demo", b"demo"),
        ("", b""),
        ("Ёлка", b"\xa8\xeb\xea\xe0"),
        ("п\u4e2dж", b"\xef\xe6"),
        ("\U0001f600", b""),
    ],
)
def test_a_password_is_hashed_in_the_code_page_of_the_server(password: str, letters: bytes) -> None:
    assert password_hash(password) == hashlib.md5(letters, usedforsecurity=False).hexdigest()


def test_neither_password_nor_hash_shows() -> None:
    shown = repr(LogIn("ivan", "geheim"))
    assert "ivan" in shown
    assert "geheim" not in shown
    assert password_hash("geheim") not in shown


@pytest.mark.parametrize("number", ['1","x":"', "1\n2", "\\", "]"])
def test_what_somebody_types_never_becomes_protocol(number: str) -> None:
    _, body = json.loads(encode(Dial(number), "7", "ivan"))
    assert body["number"] == number
    assert len(body) == 4


@pytest.mark.parametrize("command", [Dial("\ud800"), LogIn("\udfff", "x")])
def test_what_is_no_text_is_refused_and_not_told(command: Command) -> None:
    with pytest.raises(InvalidText) as caught:
        encode(command, "7", "ivan")
    assert str(caught.value) == "invalid text"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "command", [Transfer("1" * (TEXT_LENGTH + 1)), LogIn("i" * (TEXT_LENGTH + 1), "")]
)
def test_what_is_too_long_is_refused(command: Command) -> None:
    with pytest.raises(TextTooLong):
        encode(command, "7", "ivan")
