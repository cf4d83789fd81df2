"""The event web-socket: opening and refusals, what is told and what is not, silence, floods and ends."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
import json
import logging
from typing import Any

import aiohttp
import pytest

from custom_components.office_cti.telephony import pacing, web_socket
from custom_components.office_cti.telephony.isymphony_live import websocket as module
from custom_components.office_cti.telephony.isymphony_live.events import (
    MESSAGE_LIMIT,
    Event,
    Hangup,
    Unknown,
    UserStatus,
    decode,
)
from custom_components.office_cti.telephony.isymphony_live.websocket import PATH, EventLink
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    InvalidText,
    NoAnswer,
    NotConnected,
    NotThisSystem,
    ServerStarting,
    SystemSettings,
    TelephonyError,
)

from ..certificates import Certificate
from ..scripted_socket import Ears, Peer, SocketServer
from ..waiting import PATIENCE, until
from ..web import RawServer
from .samples import EVENT_TEXTS, EVENTS

MANAGER = Credentials("manager", "Geheim ü")
NUMBER = "42243"


@pytest.fixture
async def server() -> AsyncIterator[SocketServer[Peer]]:
    async with SocketServer(Peer, path=PATH) as server:
        yield server


@pytest.fixture
def ears() -> Ears[Event]:
    return Ears()


type Opener = Callable[..., asyncio.Task[EventLink]]


@pytest.fixture
async def opening(session: aiohttp.ClientSession, ears: Ears[Event]) -> AsyncIterator[Opener]:
    """Return what opens links, and ends them after the test."""
    tasks: list[asyncio.Task[EventLink]] = []

    def begin(port: int, **others: Any) -> asyncio.Task[EventLink]:
        usual = {
            "host": "127.0.0.1",
            "credentials": MANAGER,
            "encryption": Encryption.NONE,
            "session": session,
        }
        settings = SystemSettings(port=port, **{**usual, **others})
        opened = EventLink.open(
            settings, on_event=ears.events.append, count_oddity=ears.oddities.append
        )
        tasks.append(asyncio.create_task(opened))
        return tasks[-1]

    yield begin
    for task in tasks:
        task.cancel()
        for link in await asyncio.gather(task, return_exceptions=True):
            if isinstance(link, EventLink):
                link.abort()
                await ended(link)


@pytest.fixture
async def pair(server: SocketServer[Peer], opening: Opener) -> tuple[EventLink, Peer]:
    """Open a link; its filter has been heard and answered."""
    link = await opening(server.port)
    peer = await server.accepts()
    await peer.hears_any()
    await says(peer, success=True)
    return link, peer


@pytest.fixture
def link(pair: tuple[EventLink, Peer]) -> EventLink:
    return pair[0]


@pytest.fixture
def peer(pair: tuple[EventLink, Peer]) -> Peer:
    return pair[1]


async def ended(link: EventLink) -> None:
    """Wait for the end of a link and of all that it has started."""
    await until(link.closed.done)
    async with asyncio.timeout(PATIENCE):
        await asyncio.wait((link._reading,))


async def says(peer: Peer, **event: Any) -> None:
    await peer.says_exactly(json.dumps(event))


# --- opening -----------------------------------------------------------------------------------


async def test_who_we_are_is_said_with_the_handshake(
    server: SocketServer[Peer], opening: Opener
) -> None:
    await opening(server.port)
    request = (await server.accepts()).request
    scheme, _, pair = request.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair).decode()) == ("Basic", "manager:Geheim ü")
    assert request.path_qs == "/communication_manager/ws/event"


async def test_nobody_has_said_who_we_are(server: SocketServer[Peer], opening: Opener) -> None:
    await opening(server.port, credentials=None)
    assert "Authorization" not in (await server.accepts()).request.headers


async def test_everything_is_asked_for(server: SocketServer[Peer], opening: Opener) -> None:
    await opening(server.port)
    heard = await (await server.accepts()).hears_any()
    assert heard == {"type": "filter", "filters": [{"property": "type", "value": "*"}]}


async def test_what_is_wanted_alone_is_asked_for(
    server: SocketServer[Peer], opening: Opener
) -> None:
    await opening(server.port, event_types=("userStatus", "hangup"), event_users=("4224",))
    heard = await (await server.accepts()).hears_any()
    assert heard["filters"] == [
        {"property": "type", "value": "hangup"},
        {"property": "type", "value": "userStatus"},
        {"property": "username", "value": "4224"},
    ]


async def test_what_cannot_be_asked_for_opens_nothing(
    server: SocketServer[Peer], opening: Opener
) -> None:
    with pytest.raises(InvalidText):
        await opening(server.port, event_users=("\ud800",))
    assert not server.accepted


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AddressOrCredentialsRefused),
        (403, AddressOrCredentialsRefused),
        (404, NotThisSystem),
        (200, NotThisSystem),
        (500, ServerStarting),
        (503, ServerStarting),
    ],
)
async def test_a_server_that_opens_nothing(
    opening: Opener, status: int, error: type[TelephonyError]
) -> None:
    async with SocketServer(Peer, path=PATH, status=status) as server:
        with pytest.raises(error) as caught:
            await opening(server.port)
        assert type(caught.value) is error


async def test_another_server(opening: Opener) -> None:
    async with SocketServer(Peer, path="/") as server:
        with pytest.raises(NotThisSystem):
            await opening(server.port)


async def test_nobody_is_there(opening: Opener) -> None:
    async with RawServer(b"") as gone:
        with pytest.raises(CannotConnect):
            await opening(gone.port)
    with pytest.raises(CannotConnect) as caught:
        await opening(gone.port)
    assert caught.value.values == {"host": "127.0.0.1"}


@pytest.mark.parametrize("host", ["no such host", "a/b", "a@b", "", "[::"])
async def test_a_host_that_is_none(opening: Opener, host: str) -> None:
    with pytest.raises(CannotConnect):
        await opening(1, host=host)


async def test_a_server_that_never_answers(
    opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_socket, "CONNECT_TIMEOUT", 0.02)
    never = asyncio.Event()

    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    with pytest.raises(CannotConnect):
        await opening(server.sockets[0].getsockname()[1])
    never.set()
    server.close()
    await server.wait_closed()


async def broken(*_: object) -> None:
    raise ConnectionResetError


async def test_a_server_that_hangs_up_at_once(
    server: SocketServer[Peer], opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "send_frame", broken)
    with pytest.raises(CannotConnect) as caught:
        await opening(server.port)
    assert caught.value.values == {"host": "127.0.0.1"}
    await (await server.accepts()).hears_nothing_more()


async def test_whoever_gives_up_opening_leaves_nothing_open(
    server: SocketServer[Peer], opening: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stuck(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "send_frame", stuck)
    task = opening(server.port)
    peer = await server.accepts()
    await asyncio.sleep(0.01)
    task.cancel()
    await peer.hears_nothing_more()


async def test_an_encrypted_server(opening: Opener, certificate: Certificate) -> None:
    async with SocketServer(Peer, certificate.context(), path=PATH) as server:
        with pytest.raises(CertificateNotTrusted):
            await opening(server.port, encryption=Encryption.TLS)
        await opening(server.port, encryption=Encryption.TLS, verify_certificate=False)
        assert (await (await server.accepts()).hears_any())["type"] == "filter"


async def test_a_certificate_counts_whatever_the_session_says(
    opening: Opener, certificate: Certificate
) -> None:
    async with (
        SocketServer(Peer, certificate.context(), path=PATH) as server,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as careless,
    ):
        with pytest.raises(CertificateNotTrusted):
            await opening(server.port, encryption=Encryption.TLS, session=careless)


async def test_a_server_that_does_not_encrypt(server: SocketServer[Peer], opening: Opener) -> None:
    with pytest.raises(EncryptionFailed):
        await opening(server.port, encryption=Encryption.TLS)


# --- what is told ------------------------------------------------------------------------------


async def test_events_are_told_in_their_order(
    link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    for text in EVENT_TEXTS.values():
        await peer.says_exactly(text)
    assert await ears.hear(len(EVENT_TEXTS)) == [decode(text) for text in EVENT_TEXTS.values()]
    assert not ears.oddities


async def test_a_binary_message_is_a_message(
    link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    await peer.says_exactly(EVENT_TEXTS["userStatus"].encode())
    assert isinstance((await ears.hear(1))[0], UserStatus)


async def test_an_event_may_come_with_the_handshake(
    server: SocketServer[Peer], opening: Opener, ears: Ears[Event]
) -> None:
    task = opening(server.port)
    await (await server.accepts()).says_exactly(EVENT_TEXTS["hangup"])
    await task
    assert isinstance((await ears.hear(1))[0], Hangup)


async def test_a_type_that_nobody_knows_is_told_and_counted(
    link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    await says(peer, type="queueCallJoin", position=2)
    await says(peer, type="parked", position=3)
    first, second = await ears.hear(2)
    assert first == Unknown("queueCallJoin", data={"type": "queueCallJoin", "position": 2})
    assert isinstance(second, Unknown)
    assert ears.oddities == ["an event of an unknown type"] * 2


@pytest.mark.parametrize(
    "reply", ['{"success":true}', '{"type":"filter"}', '{"type":"filterSet","ok":1}', "OK", "[]"]
)
async def test_the_first_that_is_no_event_answers_the_filter(
    server: SocketServer[Peer], opening: Opener, ears: Ears[Event], reply: str
) -> None:
    await opening(server.port)
    peer = await server.accepts()
    await peer.says_exactly(EVENT_TEXTS["hangup"])
    await peer.says_exactly(reply)
    await says(peer, type="new")
    assert await ears.hear(2) == [
        decode(EVENT_TEXTS["hangup"]),
        Unknown("new", data={"type": "new"}),
    ]
    assert ears.oddities == ["an event of an unknown type"]


async def test_an_event_with_a_time_answers_no_filter(
    server: SocketServer[Peer], opening: Opener, ears: Ears[Event]
) -> None:
    await opening(server.port)
    await says(await server.accepts(), type="new", time=1436899978590)
    assert isinstance((await ears.hear(1))[0], Unknown)


async def test_what_the_filter_keeps_out_is_not_told_though_the_server_does(
    server: SocketServer[Peer], opening: Opener, ears: Ears[Event]
) -> None:
    await opening(server.port, event_types=("hangup",), event_users=(NUMBER,))
    peer = await server.accepts()
    await says(peer, **EVENTS["hangup"] | {"username": "4225"})
    await says(peer, **EVENTS["userStatus"] | {"username": NUMBER})
    await says(peer, **EVENTS["hangup"])
    assert await ears.hear(1) == [decode(EVENT_TEXTS["hangup"])]
    assert not ears.oddities


@pytest.mark.parametrize(
    ("data", "oddity"),
    [
        ("{nope", "not JSON"),
        (b"\xff", "not JSON"),
        ("[]", "not an object"),
        (
            json.dumps(EVENTS["hangup"] | {"did": []}),
            "a field that is missing or wrong (Hangup.did)",
        ),
    ],
)
async def test_what_is_odd_is_counted_and_the_rest_goes_on(
    link: EventLink, peer: Peer, ears: Ears[Event], data: str | bytes, oddity: str
) -> None:
    await peer.says_exactly(data)
    await peer.says_exactly(EVENT_TEXTS["userStatus"])
    await until(lambda: ears.events and isinstance(ears.events[-1], UserStatus))
    assert ears.oddities == [oddity]


async def test_a_message_that_is_too_long_ends_the_connection(
    link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    await peer.says_exactly("x" * (MESSAGE_LIMIT + 1))
    await ended(link)
    assert ears.oddities == ["no web-socket message, or too long a one"]


async def test_a_defect_of_whoever_listens_does_not_end_the_connection(
    session: aiohttp.ClientSession,
    server: SocketServer[Peer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    oddities: list[str] = []

    def defective(_: Event) -> None:
        raise ValueError

    settings = SystemSettings(
        host="127.0.0.1", port=server.port, encryption=Encryption.NONE, session=session
    )
    link = await EventLink.open(settings, on_event=defective, count_oddity=oddities.append)
    peer = await server.accepts()
    for _ in range(3):
        await peer.says_exactly(EVENT_TEXTS["hangup"])
    await until(lambda: len(oddities) == 3)
    assert not link.closed.done()
    told = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert told == ["Could not act upon an event of 127.0.0.1"]
    link.abort()
    await ended(link)


# --- floods ------------------------------------------------------------------------------------


async def test_a_flood_is_held_back_and_nothing_of_it_is_lost(
    monkeypatch: pytest.MonkeyPatch, link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    monkeypatch.setattr(pacing, "_AHEAD_MOST", 0.002)
    pauses: list[float] = []
    ahead = link._pacer.ahead

    def noted(events: int) -> float:
        pauses.append(ahead(events))
        return pauses[-1]

    monkeypatch.setattr(link._pacer, "ahead", noted)
    for number in range(200):
        await says(peer, type="new", number=number)
    told = await ears.hear(200)
    assert [event.data["number"] for event in told if isinstance(event, Unknown)] == [*range(200)]
    assert max(pauses) > 0.002


async def test_what_has_come_at_once_is_read_before_any_of_it_is_acted_upon(
    monkeypatch: pytest.MonkeyPatch, link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    order: list[str] = []
    take, on_event = link._take, link._on_event

    def noted(data: bytes | str) -> int:
        order.append("read")
        return take(data)

    def told(event: Event) -> None:
        order.append("acted upon")
        on_event(event)

    monkeypatch.setattr(link, "_take", noted)
    monkeypatch.setattr(link, "_on_event", told)
    for number in range(10):
        await says(peer, type="new", number=number)
    await ears.hear(10)
    assert order == ["read"] * 10 + ["acted upon"] * 10


async def test_what_has_come_before_the_end_is_acted_upon(
    link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    await says(peer, type="new")
    await peer.hangs_up()
    await ended(link)
    assert len(ears.events) == 1


async def test_what_is_not_taken_is_left_with_the_server(
    monkeypatch: pytest.MonkeyPatch, link: EventLink, peer: Peer, ears: Ears[Event]
) -> None:
    monkeypatch.setattr(web_socket, "TURN", 1)
    monkeypatch.setattr(link._pacer, "ahead", lambda events: 60.0)
    transport = peer.request.transport
    assert transport

    async def flood() -> None:
        while True:
            await says(peer, type="new", filler="x" * 65_536)

    flooding = asyncio.create_task(flood())
    await until(lambda: transport.get_write_buffer_size() > 65_536)
    assert len(await ears.hear(1)) == 1
    flooding.cancel()


# --- silence -----------------------------------------------------------------------------------


async def test_the_servers_own_ping_is_answered(
    link: EventLink, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered: list[bytes] = []
    pong = link._socket.pong

    async def noted(data: bytes) -> None:
        answered.append(data)
        await pong(data)

    monkeypatch.setattr(link._socket, "pong", noted)
    heard = link.last_received
    await peer.response.ping(b"still there?")
    await until(lambda: answered)
    assert answered == [b"still there?"]
    assert link.last_received > heard


async def test_a_probe_is_answered_by_the_web_socket_itself(link: EventLink, peer: Peer) -> None:
    for _ in range(2):
        heard = link.last_received
        await link.probe()
        assert link.last_received > heard


async def test_a_probe_that_nobody_answers(
    monkeypatch: pytest.MonkeyPatch, link: EventLink, peer: Peer
) -> None:
    monkeypatch.setattr(module, "PROBE_TIMEOUT", 0.02)
    peer.stops_reading()
    with pytest.raises(NoAnswer):
        await link.probe()


async def test_a_probe_that_cannot_be_sent(
    link: EventLink, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link._socket, "ping", broken)
    with pytest.raises(NotConnected):
        await link.probe()


async def test_a_probe_when_the_connection_ends(link: EventLink, peer: Peer) -> None:
    peer.stops_reading()
    probing = asyncio.create_task(link.probe())
    await asyncio.sleep(0)
    peer.breaks()
    with pytest.raises(ConnectionLost):
        await probing
    await ended(link)
    with pytest.raises(NotConnected):
        await link.probe()


# --- the end -----------------------------------------------------------------------------------


async def test_leaving_is_the_end(link: EventLink, peer: Peer) -> None:
    await link.leave()
    assert link.closed.done()
    await peer.hears_nothing_more()
    await link.leave()


async def test_an_abort_ends_at_once_though_the_server_reads_nothing(
    monkeypatch: pytest.MonkeyPatch, link: EventLink, peer: Peer
) -> None:
    monkeypatch.setattr(web_socket, "CLOSE_TIMEOUT", 0.01)
    peer.stops_reading()
    link.abort()
    await ended(link)


@pytest.mark.parametrize("way", ["hangs_up", "breaks"])
async def test_the_servers_end_is_ours(link: EventLink, peer: Peer, way: str) -> None:
    done = getattr(peer, way)()
    if done is not None:
        await done
    await ended(link)


async def test_no_event_comes_after_the_end(link: EventLink, peer: Peer, ears: Ears[Event]) -> None:
    link.abort()
    await peer.says_exactly(EVENT_TEXTS["hangup"])
    await ended(link)
    assert ears.events == []


async def test_nothing_that_is_secret_is_logged(
    server: SocketServer[Peer],
    opening: Opener,
    ears: Ears[Event],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    link = await opening(server.port)
    peer = await server.accepts()
    await says(peer, **EVENTS["hangup"] | {"did": [NUMBER]})
    await ears.hear(1)
    await link.leave()
    told = [caplog.text, repr(vars(link)), *ears.oddities]
    async with SocketServer(Peer, path=PATH, status=403) as rude:
        with pytest.raises(AddressOrCredentialsRefused) as caught:
            await opening(rude.port)
        told += [repr(caught.value), repr(caught.value.values), repr(caught.value.__cause__)]
    for text in told:
        for secret in ("Geheim", NUMBER, base64.b64encode(b"manager:").decode()[:10]):
            assert secret not in text
