"""The client over real sockets: what each command looks like there, and what may go wrong."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.office_cti.telephony.http import REDIRECTIONS_MOST
from custom_components.office_cti.telephony.model import (
    DialOrder,
    DialScope,
    FlashMode,
    License,
    RemoteFile,
    RemoteFileKind,
    ScriptCall,
    ScriptResult,
    UploadedFile,
)
from custom_components.office_cti.telephony.oktell import http, requests
from custom_components.office_cti.telephony.oktell.answers import SIZE, FreeUsers, UserAnswer
from custom_components.office_cti.telephony.oktell.http import HttpClient, Selector, SelectorKind
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    Authorization,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    InvalidFile,
    InvalidNumber,
    LineBreakInText,
    NoAnswer,
    NoSuchFile,
    NotThere,
    NotThisSystem,
    Refused,
    ReservedCharacters,
    ScriptFailed,
    ScriptWithoutResult,
    StatusNotAllowed,
    SystemSettings,
    TelephonyError,
    TextTooLong,
)

from ..certificates import Certificate
from ..waiting import until
from ..web import Heard, RawServer, WebServer

GUID = "da803f01-ea77-40fa-bc9d-e2efb36fd5a8"
IVAN = Selector(GUID)
SECRET = "s3cret & пароль"
CALLED = "+7 916 123-45-67"
STATE = (
    '<?xml version="1.0" encoding="utf-16"?><oktellxmlmapper version="80710"><data name="userstate">'
    f'<property_set name="user" id="{GUID}"><property_simple key="state" value="1" name="usReady"/>'
    "</property_set></data></oktellxmlmapper>"
)
SAVED = '<uploadfilesresult count="1"><file name="a" saved="1" size="1" path="C:\\a"/></uploadfilesresult>'


def script_answer(*properties: str) -> str:
    return (
        '<oktellxmlmapper version="80710"><data name="result"><property_set name="execsvcscript">'
        f"{''.join(properties)}</property_set></data></oktellxmlmapper>"
    )


VALUE = script_answer(
    '<property_simple key="started" value="1" name="success"/>',
    '<property_simple key="startresult" value="0" name="success"/>',
    '<property_simple key="returnvalue" name="abcdef"/>',
)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


type Connect = Callable[..., HttpClient]


@pytest.fixture
def connect(server: WebServer, session: aiohttp.ClientSession, oddities: list[str]) -> Connect:
    """Make a client of the server; what is not said is as for a server that asks for nothing."""

    def connect(*, on_refused: Callable[[], None] = lambda: None, **settings: Any) -> HttpClient:
        given = {"host": "127.0.0.1", "port": server.port, "session": session} | settings
        return HttpClient(
            SystemSettings(**given), count_oddity=oddities.append, on_refused=on_refused
        )

    return connect


@pytest.fixture
def client(connect: Connect) -> HttpClient:
    return connect()


@pytest.fixture
def with_password(connect: Connect) -> HttpClient:
    return connect(authorization=Authorization.PASSWORD, credentials=Credentials("", SECRET))


def only_by_get(answer: str, refusal: int = 405) -> Callable[[Heard], str | int]:
    return lambda heard: refusal if heard.method == "POST" else answer


# --- what each command looks like --------------------------------------------------------------


async def test_a_users_state(server: WebServer, client: HttpClient) -> None:
    server.answers["/tst_getuserstate"] = STATE
    assert await client.user_state(GUID) == UserAnswer(GUID, UserState.READY)
    assert server.only.method == "GET"
    assert server.only.address == f"/tst_getuserstate?iduser={GUID}"
    assert "Authorization" not in server.only.headers


async def test_a_user_whom_the_server_does_not_know(server: WebServer, client: HttpClient) -> None:
    server.answers["/tst_getuserstate"] = "<oktellxmlmapper/>"
    with pytest.raises(NotThere) as caught:
        await client.user_state("nobody")
    assert caught.value.values == {"name": "nobody"}


async def test_free_users(server: WebServer, client: HttpClient) -> None:
    server.answers["/tst_getintnumberreadyusers"] = (
        '<group name="120" ready="1" busy="3"><element name="223"/></group>'
    )
    assert await client.free_users("120") == FreeUsers("120", 1, 3, ("223",))
    assert server.only.query == {"number": "120"}


async def test_the_licence(server: WebServer, client: HttpClient) -> None:
    details = {"regserial": "1234567", "confirmdate": "31.12.2026", "updatelimitdate": ""}
    server.answers |= {
        "/getlicensefulltext": "Лицензия",
        "/getlicensefullxml": "<license/>",
        "/getlicenseinfo": lambda heard: details[heard.query["detail"]],
    }
    assert await client.license_text() == "Лицензия"
    assert await client.license_xml() == "<license/>"
    assert await client.license_info() == License("1234567", date(2026, 12, 31), None)
    assert [heard.query for heard in server.of("/getlicenseinfo")] == [
        {"detail": detail} for detail in details
    ]


async def test_what_a_line_does(server: WebServer, client: HttpClient) -> None:
    server.answers["/wp_getabonentinfo"] = json.dumps(
        {"abonentinfo": {"callerid": "183"}, "currentlinestate": 32}
    )
    server.answers["/wp_getchaincontent"] = ""
    info = await client.abonent_info(IVAN)
    assert info.connected
    assert info.abonent
    assert info.abonent.number == "183"
    assert (await client.chain_content(Selector("16038", SelectorKind.LINE))).id is None
    assert [heard.query for heard in server.heard] == [{"user": GUID}, {"line": "16038"}]


COMMANDS: list[tuple[Callable[[HttpClient], Awaitable[None]], str, dict[str, str]]] = [
    (
        lambda client: client.start_autocall(IVAN, CALLED),
        "/wp_autocallstart",
        {"user": GUID, "number": CALLED, "sequence": "back"},
    ),
    (
        lambda client: client.start_autocall(
            Selector("16038", SelectorKind.LINE),
            "538",
            DialScope.INTERNAL,
            DialOrder.DESTINATION_FIRST,
        ),
        "/wp_autocallstart",
        {"line": "16038", "number": "538", "direction": "pbx", "sequence": "direct"},
    ),
    (
        lambda client: client.switch_call(IVAN, "538", DialScope.EXTERNAL),
        "/wp_switchcall",
        {"user": GUID, "number": "538", "direction": "city", "sequence": "back"},
    ),
    (lambda client: client.stop_autocall(IVAN), "/wp_autocallstop", {"user": GUID}),
    (lambda client: client.flash(IVAN, FlashMode.FLASH), "/wp_flash", {"user": GUID}),
    (
        lambda client: client.flash(IVAN, FlashMode.RETURN),
        "/wp_flash",
        {"user": GUID, "mode": "abort"},
    ),
    (
        lambda client: client.decline_call(Selector("Пульт 1", SelectorKind.WORKPLACE)),
        "/wp_declinecall",
        {"wp": "Пульт 1"},
    ),
    (
        lambda client: client.set_user_state(Selector("ivan"), state=UserState.BUSY),
        "/wp_setuserstate",
        {"user": "ivan", "userstateid": "5"},
    ),
    (
        lambda client: client.set_user_state(IVAN, redirect=False, call_center=True),
        "/wp_setuserstate",
        {"user": GUID, "onredirect": "0", "oncallcenter": "1"},
    ),
    (
        lambda client: client.set_user_state(IVAN, on_break=True, break_reason_id=1001),
        "/wp_setuserstate",
        {"user": GUID, "onlunch": "1", "lunchreasonid": "1001"},
    ),
    (
        lambda client: client.set_user_state(IVAN, on_break=True, break_reason="Обед & кофе"),
        "/wp_setuserstate",
        {"user": GUID, "onlunch": "1", "lunchreasonmsg": "Обед & кофе"},
    ),
]


@pytest.mark.parametrize(("command", "path", "parameters"), COMMANDS)
async def test_a_command(
    server: WebServer,
    client: HttpClient,
    command: Callable[[HttpClient], Awaitable[None]],
    path: str,
    parameters: dict[str, str],
) -> None:
    server.answers[path] = b""
    await command(client)
    assert (server.only.path, server.only.query) == (path, parameters)


async def test_what_people_type_stays_within_its_parameter(
    server: WebServer, client: HttpClient
) -> None:
    server.answers["/wp_autocallstart"] = b""
    await client.start_autocall(Selector("a&b=c#?/%41"), "1+1&sequence=direct")
    assert server.only.query["user"] == "a&b=c#?/%41"
    assert server.only.query["number"] == "1+1&sequence=direct"
    assert server.only.query["sequence"] == "back"
    assert "+" not in server.only.address


# --- scripts -----------------------------------------------------------------------------------

CALL = ScriptCall("(Тестовый) Сценарий", ("123", "", "a\nb"), timeout=2.5)


async def test_a_script(server: WebServer, client: HttpClient) -> None:
    server.answers["/execsvcscript"] = VALUE
    assert await client.run_script(CALL) == ScriptResult("abcdef")
    assert server.only.query == {
        "name": "(Тестовый) Сценарий",
        "startparam1": "123",
        "startparam2": "",
        "startparam3": "a\nb",
        "async": "0",
        "timeout": "3",
    }


async def test_a_script_that_nobody_waits_for(server: WebServer, client: HttpClient) -> None:
    server.answers["/execsvcscript"] = script_answer('<property_simple key="started" value="1"/>')
    assert await client.run_script(ScriptCall("a", wait=False)) == ScriptResult()
    assert server.only.query == {"name": "a", "async": "1"}


async def test_a_script_that_fails(server: WebServer, client: HttpClient) -> None:
    server.answers["/execsvcscript"] = script_answer(
        '<property_simple key="started" value="1"/>',
        '<property_simple key="startresult" value="2" name="notfound"/>',
    )
    with pytest.raises(ScriptFailed) as caught:
        await client.run_script(CALL)
    assert caught.value.values == {"name": CALL.name, "reason": "notfound"}


async def test_a_script_without_a_result(server: WebServer, client: HttpClient) -> None:
    server.answers["/execsvcscript"] = script_answer('<property_simple key="started" value="1"/>')
    with pytest.raises(ScriptWithoutResult) as caught:
        await client.run_script(CALL)
    assert caught.value.values == {"name": CALL.name}


async def test_a_script_may_answer_by_itself(server: WebServer, client: HttpClient) -> None:
    server.answers["/execsvcscriptplain"] = web.Response(
        status=418,
        body="  чай".encode("koi8-r"),
        headers={"Content-Type": "x/y; charset=koi8-r", "X-A": "b"},
    )
    result = await client.run_script_plain(CALL)
    assert (result.value, result.status, result.headers["X-A"]) == ("  чай", 418, "b")


async def test_a_scripts_time_is_added(
    server: WebServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "TIME_LIMIT", 0.02)

    async def slowly(_: Heard) -> str:
        await asyncio.sleep(0.06)
        return VALUE

    server.answers["/execsvcscript"] = slowly
    assert await client.run_script(ScriptCall("a", timeout=10)) == ScriptResult("abcdef")
    with pytest.raises(NoAnswer):
        await client.run_script(ScriptCall("a", wait=False, timeout=10))


# --- files -------------------------------------------------------------------------------------


async def fetched(client: HttpClient, file: RemoteFile) -> bytes:
    return b"".join([piece async for piece in client.download(file)])


@pytest.mark.parametrize(
    ("file", "address"),
    [
        (RemoteFile(RemoteFileKind.RECORDING, "ABC"), "/download/rec/ABC"),
        (
            RemoteFile(RemoteFileKind.RECORDING, "/download/rec/2026/a b"),
            "/download/rec/2026/a%20b",
        ),
        (RemoteFile(RemoteFileKind.FAX, "x?y#z"), "/download/fax/x%3Fy%23z"),
        (
            RemoteFile(RemoteFileKind.RECORD_LINK, "A/B="),
            "/downloadrecordbylink?recordlink=A%2FB%3D",
        ),
        (
            RemoteFile(
                RemoteFileKind.SCRIPT, script=ScriptCall("a", ("1",), wait=False, timeout=7)
            ),
            "/download/byscript?name=a&startparam1=1&async=0&timeout=7",
        ),
    ],
)
async def test_a_file(
    server: WebServer, client: HttpClient, file: RemoteFile, address: str
) -> None:
    content = bytes(range(256)) * 1024
    server.answers |= dict.fromkeys(
        ["/download/rec/ABC", "/download/rec/2026/a b", "/download/fax/x?y#z"], content
    )
    server.answers |= dict.fromkeys(["/downloadrecordbylink", "/download/byscript"], content)
    assert await fetched(client, file) == content
    assert server.only.address == address


@pytest.mark.parametrize("link", ["", " ", "/", "../a", "a/../../b", "a/./b", "a//b"])
async def test_a_link_stays_in_its_folder(server: WebServer, client: HttpClient, link: str) -> None:
    with pytest.raises(NoSuchFile):
        await fetched(client, RemoteFile(RemoteFileKind.RECORDING, link))
    assert not server.heard


async def test_a_file_that_is_not_there(server: WebServer, client: HttpClient) -> None:
    with pytest.raises(NoSuchFile):
        await fetched(client, RemoteFile(RemoteFileKind.FAX, "a"))
    with pytest.raises(NoSuchFile):
        await fetched(client, RemoteFile(RemoteFileKind.SCRIPT))
    server.answers["/download/fax/a"] = 500
    with pytest.raises(Refused):
        await fetched(client, RemoteFile(RemoteFileKind.FAX, "a"))


async def test_a_file_may_not_be_too_long(
    server: WebServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "FILE_SIZE", 1000)
    server.answers["/download/fax/a"] = b"x" * 1000
    assert len(await fetched(client, RemoteFile(RemoteFileKind.FAX, "a"))) == 1000
    server.answers["/download/fax/a"] = b"x" * 1001
    with pytest.raises(Refused) as caught:
        await fetched(client, RemoteFile(RemoteFileKind.FAX, "a"))
    assert caught.value.values == {"reason": "too long"}


async def test_whoever_stops_reading_a_file_lets_others_ask(
    server: WebServer, client: HttpClient
) -> None:
    server.answers["/download/fax/a"] = b"x" * 1_000_000
    for _ in range(http.LENGTHY + 1):
        pieces = client.download(RemoteFile(RemoteFileKind.FAX, "a"))
        assert await anext(pieces)
        await pieces.aclose()
    assert len(server.heard) == http.LENGTHY + 1


class Part:
    """A part of a form: its headers, and what is in it."""

    def __init__(self, written: bytes) -> None:
        head, _, self.content = written.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().split("\r\n")]
        self.headers = {name: value for name, _, value in lines}


def parts(heard: Heard) -> list[Part]:
    kind, _, boundary = heard.headers["Content-Type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    first, *between, last = (b"\r\n" + heard.body).split(f"\r\n--{boundary}".encode())
    assert (first, last) == (b"", b"--\r\n")
    return [Part(part.removeprefix(b"\r\n")) for part in between]


async def test_files_are_sent_in_one_form(server: WebServer, client: HttpClient) -> None:
    server.answers["/upload"] = SAVED
    files = {"1.jpg": b"\xff\r\n--\0", "заметка.txt": b""}
    assert await client.upload(files) == [UploadedFile("a", saved=True, size=1, path="C:\\a")]
    first, second = parts(server.only)
    assert (first.content, second.content) == tuple(files.values())
    assert first.headers == {
        "Content-Disposition": 'form-data; name="file1"; filename="1.jpg"',
        "Content-Type": "application/octet-stream",
        "Content-Transfer-Encoding": "binary",
    }
    assert (
        second.headers["Content-Disposition"] == 'form-data; name="file2"; filename="заметка.txt"'
    )


async def test_files_are_sent_as_they_are(server: WebServer, client: HttpClient) -> None:
    server.answers["/upload"] = SAVED
    assert len(await client.upload({"a.txt": b"1", "b.txt": b"2"}, plain=True)) == 2
    first, second = server.heard
    assert (first.body, second.body) == (b"1", b"2")
    assert first.headers["Content-Type"] == "application/octet-stream"
    assert first.headers["Content-Transfer-Encoding"] == "binary"
    assert second.headers["Content-Disposition"] == 'attachment; filename="b.txt"'


@pytest.mark.parametrize("name", ["", 'a"; x="b', "a/b", "..\\a"])
@pytest.mark.parametrize("plain", [True, False])
async def test_names_that_no_file_may_have(
    server: WebServer, client: HttpClient, name: str, plain: Any
) -> None:
    with pytest.raises(InvalidFile):
        await client.upload({"good": b"1", name: b"1"}, plain=plain)
    assert not server.heard


async def test_too_much_is_not_sent(
    server: WebServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "UPLOAD_SIZE", 3)
    for files in ({"a": b"12", "b": b"34"}, {}):
        with pytest.raises(InvalidFile):
            await client.upload(files)
    assert not server.heard


# --- what a person may not type ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (lambda c: c.start_autocall(IVAN, "1\r\n2"), LineBreakInText),
        (lambda c: c.start_autocall(IVAN, "1\u20282"), LineBreakInText),
        (lambda c: c.start_autocall(IVAN, " "), InvalidNumber),
        (lambda c: c.start_autocall(Selector("a\nb"), "1"), LineBreakInText),
        (lambda c: c.start_autocall(Selector(""), "1"), NotThere),
        (lambda c: c.free_users(""), InvalidNumber),
        (lambda c: c.user_state("a\0"), ReservedCharacters),
        (lambda c: c.user_state("\ud800"), ReservedCharacters),
        (lambda c: c.user_state("a" * 2000), TextTooLong),
        (lambda c: c.run_script(ScriptCall("a\nb")), LineBreakInText),
        (lambda c: c.run_script(ScriptCall("a", ("\ud800",))), ReservedCharacters),
        (lambda c: c.run_script(ScriptCall("a", ("x" * 9000,))), TextTooLong),
        (lambda c: c.run_script_plain(ScriptCall("a", ("",) * 6)), TextTooLong),
        (lambda c: c.set_user_state(IVAN, break_reason="a\nb"), LineBreakInText),
        (lambda c: c.set_user_state(IVAN, state=UserState.RESERVED), StatusNotAllowed),
        (lambda c: c.upload({"a\r\nX: y": b""}), LineBreakInText),
    ],
)
async def test_what_cannot_be_asked_is_not_sent(
    server: WebServer,
    client: HttpClient,
    command: Callable[[HttpClient], Awaitable[Any]],
    error: type[TelephonyError],
) -> None:
    with pytest.raises(error):
        await command(client)
    assert not server.heard


# --- who asks ----------------------------------------------------------------------------------


async def test_basic_is_sent_unasked(server: WebServer, connect: Connect) -> None:
    client = connect(authorization=Authorization.BASIC, credentials=Credentials("иван", SECRET))
    server.answers["/tst_getuserstate"] = STATE
    await client.user_state(GUID)
    scheme, _, pair = server.only.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair).decode()) == ("Basic", f"иван:{SECRET}")
    assert server.only.query == {"iduser": GUID}


async def test_the_password_stands_in_the_form(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/tst_getuserstate"] = STATE
    for _ in range(2):
        await with_password.user_state(GUID)
    assert [heard.address for heard in server.heard] == ["/tst_getuserstate"] * 2
    assert server.heard[0].form == {"iduser": GUID, "password": SECRET}


@pytest.mark.parametrize("refusal", [400, 401, 403, 404, 405, 501])
async def test_a_server_that_reads_no_forms_is_asked_by_get(
    server: WebServer, with_password: HttpClient, refusal: int
) -> None:
    server.answers["/tst_getuserstate"] = only_by_get(STATE, refusal)
    server.answers["/wp_flash"] = only_by_get("", refusal)
    await with_password.user_state(GUID)
    await with_password.flash(IVAN, FlashMode.FLASH)
    assert [heard.method for heard in server.heard] == ["POST", "GET", "GET"]
    assert server.heard[1].query == {"iduser": GUID, "password": SECRET}


async def test_a_command_may_be_the_first_to_find_out(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/wp_flash"] = only_by_get("")
    await with_password.flash(IVAN, FlashMode.FLASH)
    assert [heard.method for heard in server.heard] == ["POST", "GET"]


async def test_what_has_worked_is_not_given_up(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/tst_getuserstate"] = STATE
    await with_password.user_state(GUID)
    server.answers["/wp_flash"] = 400
    with pytest.raises(Refused):
        await with_password.flash(IVAN, FlashMode.FLASH)
    assert [heard.method for heard in server.heard] == ["POST", "POST"]


@pytest.mark.parametrize("status", [400, 404, 405, 501])
async def test_a_script_that_refuses_has_run_once(
    server: WebServer, with_password: HttpClient, status: int
) -> None:
    server.answers["/execsvcscriptplain"] = status
    server.answers["/getlicenseinfo"] = "1234567"
    result = await with_password.run_script_plain(CALL)
    assert result.status == status
    assert [heard.path for heard in server.heard] == ["/getlicenseinfo", "/execsvcscriptplain"]
    assert server.heard[1].form["password"] == SECRET


async def test_a_script_on_a_server_that_reads_no_forms(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/getlicenseinfo"] = only_by_get("1234567")
    server.answers["/execsvcscript"] = VALUE
    assert await with_password.run_script(CALL) == ScriptResult("abcdef")
    (heard,) = server.of("/execsvcscript")
    assert (heard.method, heard.query["password"]) == ("GET", SECRET)


async def test_a_script_where_nothing_harmless_is_answered(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/execsvcscript"] = VALUE
    assert await with_password.run_script(CALL) == ScriptResult("abcdef")
    assert [heard.method for heard in server.of("/execsvcscript")] == ["POST"]


async def test_files_and_the_password(server: WebServer, with_password: HttpClient) -> None:
    def wants_it_in_the_address(heard: Heard) -> str | int:
        return SAVED if "password" in heard.query else 403

    server.answers["/upload"] = SAVED
    await with_password.upload({"a": b"1"})
    assert server.only.query == {}
    assert parts(server.only)[0].content.decode() == SECRET
    server.heard.clear()
    server.answers["/upload"] = wants_it_in_the_address
    await with_password.upload({"a": b"1"})
    assert [len(parts(heard)) for heard in server.heard] == [2, 1]
    server.heard.clear()
    await with_password.upload({"a": b"1"}, plain=True)
    assert server.only.query == {"password": SECRET}
    assert server.only.body == b"1"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("authorization", Authorization)
async def test_who_is_not_let_in(
    server: WebServer, connect: Connect, authorization: Authorization, status: int
) -> None:
    client = connect(authorization=authorization, credentials=Credentials("ivan", SECRET))
    server.answers |= {
        "/tst_getuserstate": status,
        "/execsvcscriptplain": status,
        "/getlicenseinfo": status,
    }
    with pytest.raises(AuthenticationFailed):
        await client.user_state(GUID)
    with pytest.raises(AuthenticationFailed):
        await client.run_script_plain(CALL)


@pytest.mark.parametrize("harmless", ["1234567", 404])
@pytest.mark.parametrize("status", [401, 403])
async def test_what_a_script_refuses_is_its_own_affair(
    server: WebServer, connect: Connect, status: int, harmless: str | int
) -> None:
    refused: list[None] = []
    client = connect(on_refused=lambda: refused.append(None))
    server.answers |= {
        "/tst_getuserstate": STATE,
        "/getlicenseinfo": harmless,
        "/execsvcscriptplain": web.Response(status=status, text="not for you"),
        "/download/byscript": status,
    }
    await client.user_state(GUID)
    result = await client.run_script_plain(CALL)
    assert (result.status, result.value) == (status, "not for you")
    with pytest.raises(Refused):
        await fetched(client, RemoteFile(RemoteFileKind.SCRIPT, script=CALL))
    assert refused == []


async def test_nobody_has_said_who_asks(server: WebServer, connect: Connect) -> None:
    server.answers["/tst_getuserstate"] = STATE
    for authorization in (Authorization.BASIC, Authorization.PASSWORD):
        await connect(authorization=authorization).user_state(GUID)
    assert all("Authorization" not in heard.headers for heard in server.heard)
    assert all("password" not in heard.parameters for heard in server.heard)


# --- what may go wrong -------------------------------------------------------------------------


async def test_a_client_needs_a_session() -> None:
    with pytest.raises(ValueError, match="session"):
        HttpClient(SystemSettings(host="a", port=1), count_oddity=lambda _: None)


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
async def test_a_refusal(server: WebServer, client: HttpClient, status: int) -> None:
    server.answers["/wp_flash"] = status
    with pytest.raises(Refused) as caught:
        await client.flash(IVAN, FlashMode.FLASH)
    assert caught.value.values == {"reason": f"HTTP {status}"}


async def test_somebody_elses_server(
    server: WebServer, client: HttpClient, oddities: list[str]
) -> None:
    server.answers["/tst_getuserstate"] = "<html>Router</html>"
    server.answers["/getlicensefulltext"] = "any text"
    await client.license_text()
    with pytest.raises(NotThisSystem):
        await client.user_state(GUID)
    assert oddities == ["tst_getuserstate: of another kind"]


async def test_a_bad_answer_of_a_server_that_is_known(
    server: WebServer, client: HttpClient, oddities: list[str]
) -> None:
    server.answers["/tst_getuserstate"] = STATE
    await client.user_state(GUID)
    server.answers["/tst_getuserstate"] = "<oktell"
    with pytest.raises(Refused) as caught:
        await client.user_state(GUID)
    assert caught.value.values == {"reason": "not XML"}
    assert oddities == ["tst_getuserstate: not XML"]


async def test_an_endless_answer(
    server: WebServer, client: HttpClient, oddities: list[str]
) -> None:
    server.answers["/tst_getuserstate"] = b"x" * (SIZE + 1)
    with pytest.raises(Refused):
        await client.user_state(GUID)
    assert oddities == ["tst_getuserstate: too long"]


async def test_what_is_compressed_is_not_inflated(
    server: WebServer, client: HttpClient, oddities: list[str]
) -> None:
    async def compressed(_: Heard) -> web.Response:
        answer = web.Response(text=STATE)
        answer.enable_compression(web.ContentCoding.gzip)
        return answer

    server.answers["/tst_getuserstate"] = compressed
    with pytest.raises(NotThisSystem):
        await client.user_state(GUID)
    assert oddities == ["tst_getuserstate: not XML"]


async def test_an_answer_in_utf_16(server: WebServer, client: HttpClient) -> None:
    server.answers["/tst_getuserstate"] = STATE.encode("utf-16")
    assert (await client.user_state(GUID)).state is UserState.READY


async def test_no_answer_in_time(
    server: WebServer, client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def silent(_: Heard) -> str:
        await never.wait()
        return STATE

    async def half(heard: Heard) -> web.StreamResponse:
        return web.Response(body=_half(never))

    server.answers |= {"/tst_getuserstate": silent, "/getlicensefulltext": half}
    impatient = requests.user_state(GUID)._replace(limit=0.02)
    monkeypatch.setattr(requests, "user_state", lambda _: impatient)
    monkeypatch.setattr(
        requests, "license_text", lambda: impatient._replace(command="getlicensefulltext")
    )
    with pytest.raises(NoAnswer):
        await client.user_state(GUID)
    with pytest.raises(NoAnswer):
        await client.license_text()
    never.set()


async def _half(never: asyncio.Event) -> AsyncIterator[bytes]:
    yield b"half"
    await never.wait()


async def test_nobody_is_there(connect: Connect) -> None:
    async with RawServer(b"") as gone:
        port = gone.port
    credentials = Credentials("", SECRET)
    client = connect(port=port, authorization=Authorization.PASSWORD, credentials=credentials)
    for asked in (client.user_state(GUID), client.flash(IVAN, FlashMode.FLASH)):
        with pytest.raises(CannotConnect) as caught:
            await asked
        assert caught.value.values == {"host": "127.0.0.1"}


@pytest.mark.parametrize("host", ["no such host", "a/b", "a@b", "", "[::"])
async def test_a_host_that_is_none(connect: Connect, host: str) -> None:
    with pytest.raises(CannotConnect):
        await connect(host=host).user_state(GUID)


async def test_an_address_of_the_newer_kind(connect: Connect) -> None:
    client = connect(host="::1", port=1)
    assert str(client._server.url("/a", "b=%2B")) == "http://[::1]:1/a?b=%2B"


async def test_a_question_whose_connection_ends(connect: Connect) -> None:
    async with RawServer(b"") as server:
        with pytest.raises(CannotConnect):
            await connect(port=server.port).user_state(GUID)


@pytest.mark.parametrize("says", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
async def test_a_command_whose_connection_ends_is_sent_once(connect: Connect, says: bytes) -> None:
    async with RawServer(says) as server:
        with pytest.raises(ConnectionLost):
            await connect(port=server.port).start_autocall(IVAN, CALLED)
        assert server.asked == 1


async def test_what_is_no_http(connect: Connect, oddities: list[str]) -> None:
    async with RawServer(b"SSH-2.0-OpenSSH_9.9\r\n\r\n") as server:
        with pytest.raises(NotThisSystem):
            await connect(port=server.port).user_state(GUID)
    assert oddities == ["tst_getuserstate: not HTTP"]


# --- redirections ------------------------------------------------------------------------------


def sent_to(location: str, status: int = 302) -> web.Response:
    return web.Response(status=status, headers={"Location": location})


async def test_a_redirection_within_the_server(
    server: WebServer, with_password: HttpClient
) -> None:
    server.answers["/tst_getuserstate"] = lambda _: sent_to("/new/tst_getuserstate")
    server.answers["/new/tst_getuserstate"] = STATE
    assert (await with_password.user_state(GUID)).state is UserState.READY
    assert server.heard[1].form == {"iduser": GUID, "password": SECRET}


async def test_a_redirection_to_somebody_else(server: WebServer, connect: Connect) -> None:
    client = connect(authorization=Authorization.BASIC, credentials=Credentials("a", SECRET))
    async with WebServer() as other:
        for location in (f"http://127.0.0.1:{other.port}/a", f"http://localhost:{server.port}/"):
            server.answers["/wp_flash"] = lambda _, location=location: sent_to(location)
            with pytest.raises(Refused) as caught:
                await client.flash(IVAN, FlashMode.FLASH)
            assert caught.value.values == {"reason": "HTTP 302"}
        assert not other.heard


@pytest.mark.parametrize("location", ["http://[", "mailto:a", "", "//", "http://a:99999/"])
async def test_a_redirection_to_nowhere(
    server: WebServer, client: HttpClient, location: str
) -> None:
    server.answers["/wp_flash"] = lambda _: sent_to(location)
    with pytest.raises(Refused):
        await client.flash(IVAN, FlashMode.FLASH)


async def test_redirections_without_end(server: WebServer, client: HttpClient) -> None:
    server.answers["/wp_flash"] = lambda _: sent_to("/wp_flash", 307)
    with pytest.raises(Refused):
        await client.flash(IVAN, FlashMode.FLASH)
    assert len(server.heard) == REDIRECTIONS_MOST + 1


# --- encryption --------------------------------------------------------------------------------


async def test_an_encrypted_server(connect: Connect, certificate: Certificate) -> None:
    async with WebServer(certificate.context()) as server:
        server.answers["/tst_getuserstate"] = STATE
        tls = {"port": server.port, "encryption": Encryption.TLS}
        assert await connect(**tls, verify_certificate=False).user_state(GUID)
        with pytest.raises(CertificateNotTrusted) as caught:
            await connect(**tls).user_state(GUID)
        assert caught.value.values == {"host": "127.0.0.1"}
        assert len(server.heard) == 1


async def test_a_certificate_counts_whatever_the_session_says(
    connect: Connect, certificate: Certificate
) -> None:
    async with (
        WebServer(certificate.context()) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as careless,
    ):
        with pytest.raises(CertificateNotTrusted):
            await connect(port=server.port, encryption=Encryption.TLS, session=careless).user_state(
                GUID
            )


async def test_a_server_that_does_not_encrypt(connect: Connect) -> None:
    with pytest.raises(EncryptionFailed):
        await connect(encryption=Encryption.TLS).user_state(GUID)


# --- how many at once --------------------------------------------------------------------------


class Gate:
    """Holds requests back, and counts those that are held."""

    def __init__(self, answer: str) -> None:
        self.inside = 0
        self.most = 0
        self.opened = asyncio.Event()
        self._answer = answer

    async def __call__(self, _: Heard) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.opened.wait()
        self.inside -= 1
        return self._answer


async def test_few_requests_at_once(server: WebServer, client: HttpClient) -> None:
    gate = Gate(STATE)
    server.answers["/tst_getuserstate"] = gate
    asked = asyncio.gather(*(client.user_state(GUID) for _ in range(12)))
    await until(lambda: gate.inside == http.REQUESTS)
    gate.opened.set()
    assert len(await asked) == 12
    assert gate.most == http.REQUESTS


async def test_slow_scripts_leave_room_for_questions(server: WebServer, client: HttpClient) -> None:
    gate = Gate(VALUE)
    server.answers |= {"/execsvcscript": gate, "/tst_getuserstate": STATE}
    scripts = asyncio.gather(*(client.run_script(CALL) for _ in range(6)))
    await until(lambda: gate.inside == http.LENGTHY)
    assert (await client.user_state(GUID)).state is UserState.READY
    gate.opened.set()
    assert len(await scripts) == 6
    assert gate.most == http.LENGTHY


async def test_whoever_gives_up_makes_room(server: WebServer, client: HttpClient) -> None:
    gate = Gate(STATE)
    server.answers["/tst_getuserstate"] = gate
    tasks = [asyncio.create_task(client.user_state(GUID)) for _ in range(http.REQUESTS)]
    await until(lambda: gate.inside == http.REQUESTS)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    gate.opened.set()
    assert (await client.user_state(GUID)).state is UserState.READY


# --- secrets -----------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", [Authorization.PASSWORD, Authorization.BASIC])
@pytest.mark.parametrize("answer", [401, 404, 500, "garbage", lambda _: sent_to("http://a/?x")])
async def test_no_secret_in_what_goes_wrong(
    server: WebServer,
    connect: Connect,
    authorization: Authorization,
    answer: Any,
    oddities: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    credentials = Credentials("ivan", SECRET)
    client = connect(authorization=authorization, credentials=credentials)
    server.answers |= {"/wp_getabonentinfo": answer, "/wp_autocallstart": answer}
    told = [repr(client), repr(credentials)]
    for ask in (client.abonent_info(IVAN), client.start_autocall(IVAN, CALLED)):
        try:
            await ask
        except TelephonyError as error:
            told += [repr(error), repr(error.values), repr(error.__cause__)]
    async with RawServer(b"") as rude:
        lost = connect(authorization=authorization, credentials=credentials, port=rude.port)
        with pytest.raises(ConnectionLost) as caught:
            await lost.start_autocall(IVAN, CALLED)
        told += [repr(caught.value), repr(caught.value.__cause__)]
    told += [caplog.text, *oddities]
    for text in told:
        for secret in ("s3cret", CALLED, "123-45-67"):
            assert secret not in text
