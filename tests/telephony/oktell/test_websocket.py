"""The web-socket: log-in and its refusals, questions and answers, pings, redirection, floods and ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from itertools import pairwise
import json
import logging
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.office_cti.telephony import pacing, web_socket
from custom_components.office_cti.telephony.oktell import frames, websocket as module
from custom_components.office_cti.telephony.oktell.commands import (
    Dial,
    GetBreakReasons,
    GetPbxNumbers,
    GetUserState,
    password_hash,
)
from custom_components.office_cti.telephony.oktell.frames import (
    BreakReason,
    NumberStates,
    PbxNumber,
    UserStateChanged,
)
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.oktell.websocket import WebSocketLink
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    InvalidText,
    NoAnswer,
    NoLicenseSeat,
    NotConfirmed,
    NotConnected,
    NotThisSystem,
    Refused,
    ServerStarting,
    SystemSettings,
    TelephonyError,
    UserLoggedInElsewhere,
)

from ..certificates import Certificate
from ..waiting import PATIENCE, until
from ..web import WebServer
from .frame_specimens import GUID
from .scripted_socket import Ears, Peer, ScriptedSocketServer

IVAN = Credentials("ivan", "Geheim")


@pytest.fixture
async def server() -> AsyncIterator[ScriptedSocketServer]:
    async with ScriptedSocketServer() as server:
        yield server


type Opener = Callable[..., asyncio.Task[WebSocketLink]]


@pytest.fixture
async def opening(session: aiohttp.ClientSession, ears: Ears) -> AsyncIterator[Opener]:
    """Return what opens links, and ends them after the test."""
    tasks: list[asyncio.Task[WebSocketLink]] = []

    def begin(port: int, host: str = "127.0.0.1", **others: Any) -> asyncio.Task[WebSocketLink]:
        settings = SystemSettings(
            host=host,
            port=1,
            session=session,
            **({"encryption": Encryption.NONE} | others),
        )
        task = asyncio.create_task(
            WebSocketLink.open(
                settings,
                port,
                IVAN,
                on_event=ears.events.append,
                count_oddity=ears.oddities.append,
            )
        )
        tasks.append(task)
        return task

    yield begin
    for task in tasks:
        if task.done() and not task.cancelled() and not task.exception():
            task.result().abort()
            await ended(task.result())


@pytest.fixture
async def pair(server: ScriptedSocketServer, opening: Opener) -> tuple[WebSocketLink, Peer]:
    """Return both ends of a connection whose user has logged in."""
    task = opening(server.port)
    peer = await server.accepts()
    await peer.lets_in()
    return await task, peer


@pytest.fixture
def link(pair: tuple[WebSocketLink, Peer]) -> WebSocketLink:
    return pair[0]


@pytest.fixture
def peer(pair: tuple[WebSocketLink, Peer]) -> Peer:
    return pair[1]


async def ended(link: WebSocketLink) -> None:
    """Wait for the end of a link and of all that it has started."""
    await until(link.closed.done)
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait((link._reading, *filter(None, [link._pinging])))


def pushed(*numbers: tuple[str, int]) -> dict[str, Any]:
    return {"qid": GUID, "numbers": [{"num": num, "numstateid": state} for num, state in numbers]}


# --- opening -----------------------------------------------------------------------------------


async def test_a_log_in_is_the_vendors_own_with_both_hashes_and_no_session(
    server: ScriptedSocketServer, opening: Opener
) -> None:
    task = opening(server.port)
    peer = await server.accepts()
    assert peer.request.headers["Sec-WebSocket-Protocol"] == "json"
    assert peer.request.path == "/"
    asked = await peer.lets_in()
    link = await task
    assert link.user_id == GUID
    assert not link.closed.done()
    assert "sessionid" not in asked
    assert {key: value for key, value in asked.items() if key != "qid"} == {
        "userlogin": "ivan",
        "Password": password_hash("Geheim"),
        "password": password_hash("geheim"),
        "showid": 1,
        "usewebrtc": False,
    }


async def test_a_server_need_not_confirm_the_subprotocol(opening: Opener) -> None:
    async with ScriptedSocketServer(protocols=()) as server:
        task = opening(server.port)
        await (await server.accepts()).lets_in()
        (await task).abort()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"result": 0, "error": 50093, "errormsg": "No"}, UserLoggedInElsewhere),
        ({"result": 0, "error": 50025}, NoLicenseSeat),
        ({"result": 0, "error": 1, "errormsg": "Service not available"}, ServerStarting),
        ({"result": 0, "errormsg": "Wrong login/pass combination"}, AuthenticationFailed),
        ({"result": 0, "errormsg": "Bad request. Session does not exist"}, CannotConnect),
        ({"result": 0, "errormsg": "Bad request. Invalid session user"}, CannotConnect),
        ({"result": 0, "errormsg": "Not on Sundays"}, Refused),
        ({"result": 0, "error": 50099}, Refused),
        ({"error": 50025}, NoLicenseSeat),
        ({"result": {}}, Refused),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else value.__name__,
)
async def test_a_refused_log_in_says_what_is_to_be_done(
    server: ScriptedSocketServer,
    opening: Opener,
    answer: dict[str, Any],
    error: type[TelephonyError],
) -> None:
    task = opening(server.port)
    peer = await server.accepts()
    await peer.answers("ping")
    await peer.answers("login", **answer)
    with pytest.raises(error) as caught:
        await task
    assert type(caught.value) is error
    await peer.hears_nothing_more()
    assert server.accepted == 1


async def test_who_is_logged_in_elsewhere_is_named_and_a_reason_told(
    server: ScriptedSocketServer, opening: Opener
) -> None:
    for answer, values in (
        ({"error": 50093}, {"username": "ivan"}),
        ({"error": 7}, {"reason": "7"}),
        ({"result": 0, "errormsg": "Not on Sundays"}, {"reason": "Not on Sundays"}),
    ):
        task = opening(server.port)
        peer = await server.accepts()
        await peer.answers("ping")
        await peer.answers("login", **answer)
        with pytest.raises(TelephonyError) as caught:
            await task
        assert caught.value.values == values


async def test_nobody_listens(opening: Opener) -> None:
    async with ScriptedSocketServer() as server:
        port = server.port
    with pytest.raises(CannotConnect):
        await opening(port)


@pytest.mark.parametrize("host", ["", "no host", "exa_mple..", "\udc00", "[::1"])
async def test_an_address_that_is_none(opening: Opener, host: str) -> None:
    with pytest.raises(CannotConnect):
        await opening(80, host)


@pytest.mark.parametrize(
    ("status", "error"), [(200, NotThisSystem), (404, NotThisSystem), (503, ServerStarting)]
)
async def test_a_web_server_that_takes_no_web_sockets(
    opening: Opener, status: int, error: type[TelephonyError]
) -> None:
    async with ScriptedSocketServer(status=status) as server:
        with pytest.raises(error):
            await opening(server.port)


async def test_something_that_is_no_web_server(opening: Opener) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example.org ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        with pytest.raises(NotThisSystem):
            await opening(server.sockets[0].getsockname()[1])


async def test_who_does_not_answer_the_first_ping(
    monkeypatch: pytest.MonkeyPatch, server: ScriptedSocketServer, opening: Opener
) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT", 0.02)
    with pytest.raises(NoAnswer):
        await opening(server.port)
    peer = await server.accepts()
    await peer.hears("ping")
    await peer.hears_nothing_more()


async def test_who_answers_the_first_ping_with_something_else_is_another_system(
    server: ScriptedSocketServer, opening: Opener
) -> None:
    task = opening(server.port)
    peer = await server.accepts()
    await peer.says_exactly('{"event":"welcome"}')
    await peer.hangs_up()
    with pytest.raises(NotThisSystem):
        await task


@pytest.mark.parametrize("asked", ["ping", "login"])
async def test_who_hangs_up_before_the_log_in_cannot_be_connected_to(
    server: ScriptedSocketServer, opening: Opener, asked: str
) -> None:
    task = opening(server.port)
    peer = await server.accepts()
    if asked == "login":
        await peer.answers("ping")
    await peer.hears(asked)
    await peer.hangs_up()
    with pytest.raises(CannotConnect):
        await task


async def test_an_opening_that_is_given_up_leaves_nothing_open(
    server: ScriptedSocketServer, opening: Opener
) -> None:
    task = opening(server.port)
    peer = await server.accepts()
    await peer.answers("ping")
    await peer.hears("login")
    task.cancel()
    await peer.hears_nothing_more()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- encryption and redirection ----------------------------------------------------------------


async def test_under_tls(certificate: Certificate, opening: Opener) -> None:
    async with ScriptedSocketServer(certificate.context()) as server:
        task = opening(server.port, encryption=Encryption.TLS, verify_certificate=False)
        await (await server.accepts()).lets_in()
        (await task).abort()


async def test_a_certificate_that_nobody_vouches_for(
    certificate: Certificate, opening: Opener
) -> None:
    async with ScriptedSocketServer(certificate.context()) as server:
        with pytest.raises(CertificateNotTrusted):
            await opening(server.port, encryption=Encryption.TLS)


async def test_no_tls_where_it_must_be(server: ScriptedSocketServer, opening: Opener) -> None:
    with pytest.raises(EncryptionFailed):
        await opening(server.port, encryption=Encryption.TLS)


@pytest.mark.parametrize("told", [True, False])
async def test_a_server_that_wants_tls_is_talked_to_under_tls(
    monkeypatch: pytest.MonkeyPatch,
    certificate: Certificate,
    server: ScriptedSocketServer,
    opening: Opener,
    *,
    told: bool,
) -> None:
    async with ScriptedSocketServer(certificate.context()) as encrypted:
        monkeypatch.setattr(module, "REDIRECT_PORT", encrypted.port)
        task = opening(server.port)
        peer = await server.accepts()
        await peer.hears("ping")
        await peer.says("websocketredirect", **({"port": encrypted.port} if told else {}))
        await (await encrypted.accepts()).lets_in()
        link = await task
        assert link.user_id == GUID
        await peer.hears_nothing_more()


async def test_a_server_is_followed_once(
    monkeypatch: pytest.MonkeyPatch,
    certificate: Certificate,
    server: ScriptedSocketServer,
    opening: Opener,
) -> None:
    async with ScriptedSocketServer(certificate.context()) as encrypted:
        monkeypatch.setattr(module, "REDIRECT_PORT", encrypted.port)
        task = opening(server.port)
        for place in (server, encrypted):
            peer = await place.accepts()
            await peer.hears("ping")
            await peer.says("websocketredirect")
        with pytest.raises(CannotConnect):
            await task
        assert (server.accepted, encrypted.accepted) == (1, 1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_told_a_password_who_is_only_pointed_to(
    server: ScriptedSocketServer, opening: Opener, status: int
) -> None:
    async with WebServer() as pointing:
        location = f"http://localhost:{server.port}/"
        pointing.answers["/"] = lambda _: web.Response(
            status=status, headers={"Location": location}
        )
        with pytest.raises(NotThisSystem):
            await opening(pointing.port)
    assert server.accepted == 0


async def test_a_session_that_has_ended_connects_to_nobody(
    server: ScriptedSocketServer, session: aiohttp.ClientSession, opening: Opener
) -> None:
    await session.close()
    with pytest.raises(CannotConnect):
        await opening(server.port)
    assert server.accepted == 0


async def test_who_was_encrypted_stays_with_whom_somebody_vouches_for() -> None:
    address = web_socket.Address("host", 443, tls=True, verify_certificate=True)
    assert module._redirected(address, None).verify_certificate
    in_clear = web_socket.Address("host", 80, tls=False, verify_certificate=True)
    assert not module._redirected(in_clear, None).verify_certificate
    assert module._redirected(in_clear, None)[:3] == ("host", 443, True)


# --- questions ---------------------------------------------------------------------------------


async def test_a_question_is_asked_as_the_user_and_its_answer_read(
    link: WebSocketLink, peer: Peer
) -> None:
    task = asyncio.create_task(link.request(GetBreakReasons(), frames.break_reasons))
    items = [{"id": 1, "name": "Тренинг"}, {"id": 4, "name": "Перерыв"}]
    asked = await peer.answers("cc_getlunchtypes", result=1, items=items)
    assert asked["userlogin"] == "ivan"
    assert await task == (BreakReason(1, "Тренинг"), BreakReason(4, "Перерыв"))


async def test_answers_may_come_in_another_order(link: WebSocketLink, peer: Peer) -> None:
    reasons = asyncio.create_task(link.request(GetBreakReasons(), frames.break_reasons))
    first = await peer.hears("cc_getlunchtypes")
    numbers = asyncio.create_task(link.request(GetPbxNumbers(), frames.pbx_numbers))
    await peer.answers("getpbxnumbers", numbers=[{"number": "101", "state": 5}])
    assert await numbers == (PbxNumber("101", state=UserState.BUSY),)
    await peer.says("cc_getlunchtypesresult", qid=first["qid"], items=[{"id": 1}])
    assert await reasons == (BreakReason(1),)


async def test_an_answer_in_pieces(link: WebSocketLink, peer: Peer) -> None:
    task = asyncio.create_task(link.request(GetBreakReasons(), frames.break_reasons))
    asked = await peer.hears("cc_getlunchtypes")
    whole = json.dumps(["x", {"qid": asked["qid"], "items": [{"id": 1}]}])
    for number, part in enumerate((whole[:7], whole[7:])):
        await peer.says(
            "multipart",
            **{
                "message-id": "m",
                "packetcount": 2,
                "packetnumber": number,
                "content-transfer-encoding": "8bit",
                "content": part,
            },
        )
    assert await task == (BreakReason(1),)


async def test_subscribing(link: WebSocketLink, peer: Peer) -> None:
    task = asyncio.create_task(link.subscribe(frames.EVENTS_OF_ALL))
    asked = await peer.answers("subscribeevent", result=1)
    await task
    assert asked["eventmethod"] == ["pbxnumberstatechanged"]
    assert "userlogin" not in asked


async def test_a_question_that_is_refused(link: WebSocketLink, peer: Peer) -> None:
    for body, reason in (
        ({"result": 0, "error": 52710, "errormsg": "No rights"}, "No rights"),
        ({"result": False, "error": 52710}, "52710"),
    ):
        task = asyncio.create_task(link.request(Dial("102"), frames.nothing))
        await peer.answers("pbxautocallstart", **body)
        with pytest.raises(Refused) as caught:
            await task
        assert caught.value.values == {"reason": reason}
        assert "rights" not in str(caught.value)


async def test_an_answer_that_cannot_be_read(link: WebSocketLink, peer: Peer, ears: Ears) -> None:
    task = asyncio.create_task(link.request(GetBreakReasons(), frames.break_reasons))
    await peer.answers("cc_getlunchtypes", result=1, items=None)
    with pytest.raises(NotConfirmed):
        await task
    assert ears.oddities == ["a field that is missing or wrong (the body of an answer)"]


async def test_an_answer_that_can_be_read_in_part(
    link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    task = asyncio.create_task(link.request(GetUserState(), frames.user_state))
    await peer.answers("getuserstate", userstateid={}, onlunch=True)
    assert await task == UserStateChanged(on_break=True)
    assert ears.oddities == ["a field that is missing or wrong (the body of an answer.state)"]


async def test_a_question_that_is_not_answered(link: WebSocketLink, peer: Peer, ears: Ears) -> None:
    with pytest.raises(NoAnswer):
        await link.request(GetUserState(), frames.user_state, timeout=0.01)
    await peer.answers("getuserstate", userstateid=1)
    await until(lambda: ears.oddities)
    assert ears.oddities == ["an answer to no question, or too late a one"]
    assert link._questions == {}


async def test_a_question_that_is_open_when_the_connection_ends(
    link: WebSocketLink, peer: Peer
) -> None:
    task = asyncio.create_task(link.request(GetUserState(), frames.user_state))
    await peer.hears("getuserstate")
    peer.breaks()
    with pytest.raises(ConnectionLost):
        await task
    with pytest.raises(NotConnected):
        await link.request(GetUserState(), frames.user_state)
    with pytest.raises(NotConnected):
        await link.probe()


async def test_a_question_on_a_connection_that_is_just_ending(link: WebSocketLink) -> None:
    connection = link._socket._conn
    assert connection
    assert connection.transport
    connection.transport.close()
    assert not link.closed.done()
    with pytest.raises(NotConnected):
        await link.request(GetUserState(), frames.user_state)


async def test_a_question_that_cannot_travel_is_not_sent(link: WebSocketLink, peer: Peer) -> None:
    with pytest.raises(InvalidText):
        await link.request(Dial("\ud800"), frames.nothing)
    task = asyncio.create_task(link.request(GetUserState(), frames.user_state))
    await peer.answers("getuserstate")
    await task


# --- what arrives ------------------------------------------------------------------------------


async def test_events_come_in_order_as_they_arrive(
    link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    before = link.last_received
    await peer.says("pbxnumberstatechanged", **pushed(("101", 5)))
    await peer.says("userstatechanged", userid=GUID, userstateid=5)
    await peer.says_exactly(json.dumps(["pbxnumberstatechanged", pushed(("101", 1))]).encode())
    assert await ears.hear(3) == [
        NumberStates((("101", UserState.BUSY),)),
        UserStateChanged(GUID, state=UserState.BUSY),
        NumberStates((("101", UserState.READY),)),
    ]
    assert link.last_received >= before


async def test_garbage_is_survived_and_counted(link: WebSocketLink, peer: Peer, ears: Ears) -> None:
    await peer.says_exactly("{")
    await peer.says_exactly(b"\xff\xfe\x00")
    await peer.says_exactly("{}")
    await peer.says("whoareyou")
    await peer.says("pbxnumberstatechanged")
    await peer.says("multipart")
    await peer.says("userstatechanged", userstateid=[])
    assert await ears.hear(1) == [UserStateChanged(problems=("state",))]
    assert ears.oddities == [
        "not JSON",
        "not JSON",
        "not a word and an object",
        "an unknown message",
        "a field that is missing or wrong (NumberStates)",
        "a field that is missing or wrong (Piece)",
        "a field that is missing or wrong (UserStateChanged.state)",
    ]
    assert not link.closed.done()


async def test_a_message_that_is_too_long_ends_the_connection(
    link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    with suppress(ConnectionError):  # the link does not wait for its end
        await peer.says_exactly("x" * (frames.MESSAGE_LIMIT + 1))
    await ended(link)
    assert ears.oddities == ["no web-socket message, or too long a one"]


async def test_a_defect_of_whoever_takes_an_event_does_not_end_the_connection(
    server: ScriptedSocketServer,
    session: aiohttp.ClientSession,
    ears: Ears,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def take(event: frames.Event) -> None:
        ears.events.append(event)
        raise ValueError

    settings = SystemSettings(host="127.0.0.1", port=1, session=session)
    task = asyncio.create_task(
        WebSocketLink.open(
            settings, server.port, IVAN, on_event=take, count_oddity=ears.oddities.append
        )
    )
    peer = await server.accepts()
    await peer.lets_in()
    link = await task
    for _ in range(3):
        await peer.says("linestatechanged")
    await ears.hear(3)
    await until(lambda: len(ears.oddities) == 3)
    assert not link.closed.done()
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["Could not act upon an event of 127.0.0.1"]
    link.abort()
    await ended(link)


async def test_a_flood_is_held_back_and_nothing_of_it_is_lost(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    monkeypatch.setattr(pacing, "_AHEAD_MOST", 0.01)
    pauses: list[float] = []
    ahead = link._pacer.ahead

    def noted(events: int) -> float:
        pauses.append(ahead(events))
        return pauses[-1]

    monkeypatch.setattr(link._pacer, "ahead", noted)
    for number in range(3):
        await peer.says("pbxnumberstatechanged", **pushed(*[(str(number), 1)] * 100))
    heard = await ears.hear(3)
    assert [event.states[0][0] for event in heard if isinstance(event, NumberStates)] == list("012")
    assert round(min(pauses), 6) >= 100 * pacing._PACE


async def test_the_event_loop_has_its_turn_while_what_has_arrived_is_taken(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    monkeypatch.setattr(web_socket, "TURN", 10)
    pauses = iter((0.05,))  # in which everything arrives
    monkeypatch.setattr(link._pacer, "ahead", lambda events: next(pauses, 0.0))
    for _ in range(101):
        await peer.says("linestatechanged")
    heard = [len(ears.events)]
    while heard[-1] < 101:
        await asyncio.sleep(0)
        heard.append(len(ears.events))
    assert max(after - before for before, after in pairwise(heard)) <= 10


async def test_what_is_not_taken_is_left_with_the_server(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    monkeypatch.setattr(link._pacer, "ahead", lambda events: 60.0)
    await peer.says("linestatechanged")
    await ears.hear(1)
    flood = asyncio.create_task(peer.floods())
    transport = peer.request.transport
    assert transport
    await until(lambda: transport.get_write_buffer_size() > 65_536)
    assert len(ears.events) == 1
    flood.cancel()


# --- pings -------------------------------------------------------------------------------------


class Clock:
    """The loop, but for its time, which stands still until a test moves it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.now = loop.time()

    def time(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


@pytest.fixture
def quick_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PING_EVERY", 0.01)


@pytest.fixture
def clock(quick_pings: None, link: WebSocketLink) -> Clock:
    """Return what says for how long the server has been silent, however busy this machine is."""
    link._loop = clock = Clock(link._loop)  # type: ignore[assignment]
    link.last_received = clock.now
    return clock


def test_a_ping_goes_out_every_fifteen_seconds_and_two_may_be_missed() -> None:
    assert (module.PING_EVERY, module.PINGS_MISSED) == (15, 2)


async def test_pings_go_out_again_and_again(clock: Clock, link: WebSocketLink, peer: Peer) -> None:
    qids = {(await peer.answers("ping"))["qid"] for _ in range(4)}
    assert len(qids) == 4
    assert not link.closed.done()


async def test_who_says_nothing_any_more_is_dead(
    clock: Clock, link: WebSocketLink, peer: Peer
) -> None:
    await peer.hears("ping")
    clock.now += 0.9 * module.PINGS_MISSED * module.PING_EVERY
    await peer.hears("ping")
    await peer.hears("ping")
    clock.now += 0.2 * module.PINGS_MISSED * module.PING_EVERY
    await ended(link)


@pytest.mark.parametrize("fault", [ConnectionResetError, TimeoutError])
async def test_who_takes_no_ping_is_dead(
    quick_pings: None,
    monkeypatch: pytest.MonkeyPatch,
    link: WebSocketLink,
    peer: Peer,
    fault: type[Exception],
) -> None:
    async def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(link._socket, "send_frame", fail)
    await ended(link)
    assert link._pinging
    assert not link._pinging.exception()


async def test_who_says_anything_at_all_lives(
    clock: Clock, link: WebSocketLink, peer: Peer, ears: Ears
) -> None:
    for round_ in range(3):
        await peer.hears("ping")
        clock.now += 0.9 * module.PINGS_MISSED * module.PING_EVERY
        await peer.says("linestatechanged")
        await ears.hear(round_ + 1)
        assert link.last_received == clock.now
    await peer.hears("ping")
    assert not link.closed.done()


async def test_the_servers_own_ping_is_answered(link: WebSocketLink, peer: Peer) -> None:
    await peer.says("ping", qid=GUID)
    assert await peer.hears("pong") == {"qid": GUID}


async def test_a_probe_is_a_ping(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer
) -> None:
    task = asyncio.create_task(link.probe())
    await peer.answers("ping")
    await task
    monkeypatch.setattr(module, "REPLY_TIMEOUT", 0.01)
    with pytest.raises(NoAnswer):
        await link.probe()


async def test_a_probe_when_the_connection_ends(link: WebSocketLink, peer: Peer) -> None:
    task = asyncio.create_task(link.probe())
    await peer.hears("ping")
    await peer.hangs_up()
    with pytest.raises(ConnectionLost):
        await task


# --- the end -----------------------------------------------------------------------------------


async def test_leaving_gives_the_seat_back_once(link: WebSocketLink, peer: Peer) -> None:
    task = asyncio.create_task(link.leave())
    asked = await peer.answers("logout", result=1)
    assert asked["userlogin"] == "ivan"
    await task
    assert link.closed.done()
    await peer.hears_nothing_more()


async def test_leaving_waits_for_nobody(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer
) -> None:
    monkeypatch.setattr(module, "LEAVE_TIMEOUT", 0.01)
    await link.leave()
    assert link.closed.done()


async def test_leaving_what_has_ended(link: WebSocketLink, peer: Peer) -> None:
    peer.breaks()
    await ended(link)
    await link.leave()


async def test_an_abort_gives_the_seat_back_too(link: WebSocketLink, peer: Peer) -> None:
    link.abort()
    await ended(link)
    await peer.hears("logout")
    await peer.hears_nothing_more()


async def test_an_abort_ends_at_once_though_the_server_reads_nothing(
    monkeypatch: pytest.MonkeyPatch, link: WebSocketLink, peer: Peer
) -> None:
    monkeypatch.setattr(web_socket, "CLOSE_TIMEOUT", 0.01)
    peer.stops_reading()
    stuck = asyncio.create_task(link._send(b" " * 16 * 1024 * 1024))
    await asyncio.sleep(0)
    assert not stuck.done()
    link.abort()
    await ended(link)
    stuck.cancel()


@pytest.mark.parametrize("way", ["hangs_up", "breaks"])
async def test_the_servers_end_is_ours(link: WebSocketLink, peer: Peer, way: str) -> None:
    done = getattr(peer, way)()
    if done is not None:
        await done
    await ended(link)


async def test_no_event_comes_after_the_end(link: WebSocketLink, peer: Peer, ears: Ears) -> None:
    link.abort()
    await peer.says("linestatechanged")
    await ended(link)
    assert ears.events == []


async def test_nothing_that_is_secret_is_logged(
    server: ScriptedSocketServer, opening: Opener, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    task = opening(server.port)
    peer = await server.accepts()
    await peer.lets_in()
    link = await task
    await peer.says("phoneevent_ringstarted", callerid="79991234567")
    leaving = asyncio.create_task(link.leave())
    await peer.answers("logout", result=0, errormsg="session-of-ivan")
    await leaving
    told = caplog.text + repr(vars(link))
    for secret in ("Geheim", password_hash("Geheim"), password_hash("geheim"), "session-of"):
        assert secret not in told
    assert "79991234567" not in caplog.text
