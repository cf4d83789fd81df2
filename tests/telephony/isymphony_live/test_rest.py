"""The client over real sockets: what each resource is asked for with, and what may go wrong."""

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.office_cti.telephony.isymphony_live import resources, rest
from custom_components.office_cti.telephony.isymphony_live.requests import ROOT, Id, Name
from custom_components.office_cti.telephony.isymphony_live.resources import (
    BODY_LIMIT,
    AgentStatistics,
    QueueAgent,
    Status,
    User,
)
from custom_components.office_cti.telephony.isymphony_live.rest import LiveClient
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    InvalidText,
    NoAnswer,
    NotThisSystem,
    PathNotAllowed,
    Refused,
    RequestTemplate,
    SystemSettings,
    TelephonyError,
)

from ..certificates import Certificate
from ..waiting import until
from ..web import Heard, RawServer, WebServer
from .samples import RESOURCES
from .test_requests import OUTSIDE

CORE = Name("default")
HERE = f"{ROOT}coreServers/getByName/default"
SECRET = "s3cret пароль"
IVAN = Credentials("manager", SECRET)
NUMBER = "+7 916 123-45-67"


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    async with WebServer() as server:
        yield server


type Connect = Callable[..., LiveClient]


@pytest.fixture
def connect(server: WebServer, session: aiohttp.ClientSession, oddities: list[str]) -> Connect:
    """Make a client of the server; what is not said is as usual."""

    def connect(**settings: Any) -> LiveClient:
        given = {
            "host": "127.0.0.1",
            "port": server.port,
            "session": session,
            "credentials": IVAN,
            "encryption": Encryption.NONE,
        } | settings
        return LiveClient(SystemSettings(**given), count_oddity=oddities.append)

    return connect


@pytest.fixture
def client(connect: Connect) -> LiveClient:
    return connect()


def written(value: Any) -> str:
    return json.dumps(value)


# --- resources ---------------------------------------------------------------------------------

USER, NUMBERED, QUEUE, ROOM = Name("4224"), Name("100"), Name("5001"), Name("650")
ALL: list[tuple[Callable[[LiveClient], Awaitable[Any]], str, Any, str]] = [
    (
        lambda c: c.core_servers(),
        f"{ROOT}coreServers",
        resources.core_server,
        "coreServerInstance_config",
    ),
    (lambda c: c.users(CORE), f"{HERE}/users", resources.user, "user"),
    (lambda c: c.extensions(CORE), f"{HERE}/extensions", resources.extension, "extension"),
    (
        lambda c: c.extensions_of_user(CORE, USER),
        f"{HERE}/user/getByName/4224/extensions",
        resources.extension,
        "extension",
    ),
    (lambda c: c.queues(CORE), f"{HERE}/queues", resources.queue, "queue"),
    (
        lambda c: c.agents(CORE, QUEUE),
        f"{HERE}/queues/getByName/5001/agents",
        resources.agent,
        "agent",
    ),
    (
        lambda c: c.agents_of_extension(CORE, NUMBERED),
        f"{HERE}/extensions/getByName/100/agents",
        resources.agent,
        "agent",
    ),
    (
        lambda c: c.calls_of_extension(CORE, NUMBERED),
        f"{HERE}/extensions/getByName/100/callSegments",
        resources.call_segment,
        "callSegment",
    ),
    (
        lambda c: c.calls_of_queue(CORE, QUEUE),
        f"{HERE}/queues/getByName/5001/callSegments",
        resources.call_segment,
        "callSegment",
    ),
    (
        lambda c: c.calls_related(CORE, NUMBERED, "804d"),
        f"{HERE}/extensions/getByName/100/callSegments/804d/callSegments",
        resources.call_segment,
        "callSegment",
    ),
    (
        lambda c: c.calls_of_conference_room(CORE, ROOM),
        f"{HERE}/conferences/getByName/650/callSegments",
        resources.call_segment,
        "callSegment",
    ),
    (
        lambda c: c.conference_rooms(CORE),
        f"{HERE}/conferences",
        resources.conference_room,
        "conferenceRoom",
    ),
]
ONE: list[tuple[Callable[[LiveClient], Awaitable[Any]], str, Any, str]] = [
    (lambda c: c.core_server(CORE), HERE, resources.core_server, "coreServerInstance_config"),
    (
        lambda c: c.core_server(Id("0a57")),
        f"{ROOT}coreServers/0a57",
        resources.core_server,
        "coreServerInstance_config",
    ),
    (lambda c: c.user(CORE, USER), f"{HERE}/users/getByName/4224", resources.user, "user"),
    (lambda c: c.user(CORE, Id("cb25")), f"{HERE}/users/cb25", resources.user, "user"),
    (
        lambda c: c.status(CORE, USER),
        f"{HERE}/users/getByName/4224/status",
        resources.status,
        "status",
    ),
    (
        lambda c: c.extension(CORE, Id("e640")),
        f"{HERE}/extensions/e640",
        resources.extension,
        "extension",
    ),
    (lambda c: c.queue(CORE, QUEUE), f"{HERE}/queues/getByName/5001", resources.queue, "queue"),
    (
        lambda c: c.agent(CORE, QUEUE, "2030"),
        f"{HERE}/queues/getByName/5001/agents/2030",
        resources.agent,
        "agent",
    ),
    (
        lambda c: c.extension_of_agent(CORE, QUEUE, "2030"),
        f"{HERE}/queues/getByName/5001/agent/2030/extension",
        resources.extension,
        "extension",
    ),
    (
        lambda c: c.conference_room(CORE, ROOM),
        f"{HERE}/conferences/getByName/650",
        resources.conference_room,
        "conferenceRoom",
    ),
]


@pytest.mark.parametrize(("ask", "path", "reader", "sample"), ALL)
async def test_all_of_a_kind(
    server: WebServer,
    client: LiveClient,
    ask: Callable[[LiveClient], Awaitable[Any]],
    path: str,
    reader: Any,
    sample: str,
) -> None:
    server.answers[path] = written([RESOURCES[sample]] * 2)
    assert await ask(client) == (reader(RESOURCES[sample]),) * 2
    assert (server.only.method, server.only.address, server.only.body) == ("GET", path, b"")


@pytest.mark.parametrize(("ask", "path", "reader", "sample"), ONE)
async def test_one_of_many(
    server: WebServer,
    client: LiveClient,
    ask: Callable[[LiveClient], Awaitable[Any]],
    path: str,
    reader: Any,
    sample: str,
) -> None:
    server.answers[path] = written(RESOURCES[sample])
    assert await ask(client) == reader(RESOURCES[sample])
    assert (server.only.method, server.only.address) == ("GET", path)


async def test_an_agents_statistics(server: WebServer, client: LiveClient) -> None:
    server.answers[f"{HERE}/queues/5001/agents/2030/statistics"] = written({"taken": 3})
    found = await client.statistics(CORE, Id("5001"), "2030")
    assert found == AgentStatistics((("taken", 3),))


# Nothing is not none of them: where calls are told is written nowhere, and a queue or a core server may have
# another id by now.
_NONE_OR_NOT = frozenset({"callSegment", "queue", "agent"})


async def test_what_the_server_does_not_have(client: LiveClient) -> None:
    for ask, *_ in ONE:
        assert await ask(client) is None
    for ask, _, _, sample in ALL[1:]:
        assert await ask(client) == (None if sample in _NONE_OR_NOT else ())
    assert await client.statistics(CORE, QUEUE, "1") is None


async def test_a_server_without_core_servers_has_no_live_resources(client: LiveClient) -> None:
    with pytest.raises(NotThisSystem) as caught:
        await client.core_servers()
    assert caught.value.values == {"host": "127.0.0.1"}


async def test_a_word_that_is_spelled_in_two_ways(server: WebServer, client: LiveClient) -> None:
    extensions = written([RESOURCES["extension"]])
    server.answers[f"{HERE}/users/cb25/extensions"] = extensions
    asked = [await client.extensions_of_user(CORE, Id(user)) for user in ("a", "cb25", "b")]
    assert [len(found) for found in asked] == [0, 1, 0]
    assert [heard.path.removeprefix(HERE) for heard in server.heard] == [
        "/user/a/extensions",
        "/users/a/extensions",
        "/user/cb25/extensions",
        "/users/cb25/extensions",
        "/users/b/extensions",
    ]


async def test_names_as_people_give_them(server: WebServer, client: LiveClient) -> None:
    server.answers[f"{HERE}/users/getByName/Zoë & K?/status"] = written({"name": "Away"})
    assert await client.status(CORE, Name("Zoë & K?")) == Status("Away")
    assert server.only.address.endswith("/Zo%C3%AB%20%26%20K%3F/status")


async def test_what_cannot_be_asked_for_is_not_asked(server: WebServer, client: LiveClient) -> None:
    with pytest.raises(PathNotAllowed):
        await client.status(CORE, Name("../../config"))
    assert not server.heard


async def test_what_of_an_answer_cannot_be_read_is_left_out_and_told(
    server: WebServer, client: LiveClient, oddities: list[str]
) -> None:
    server.answers[f"{HERE}/users"] = written([{"id": "1", "username": "1"}, {"id": "2"}, 3])
    server.answers[f"{HERE}/queues/1/agents/2"] = written({"id": "2", "paused": "perhaps"})
    assert await client.users(CORE) == (User("1", "1"),)
    assert await client.agent(CORE, Id("1"), "2") == QueueAgent("2")
    assert oddities == [
        "coreServers/users: of another kind in part",
        "coreServers/queues/agents: is_paused",
    ]


# --- what a site's own documentation knows -----------------------------------------------------


async def test_a_template_is_sent(server: WebServer, client: LiveClient) -> None:
    server.answers[f"{HERE}/users/getByName/4224/status/set"] = 204
    template = RequestTemplate(
        "POST",
        "coreServers/getByName/{core}/users/getByName/{username}/status/set",
        '{"name": {status}}',
    )
    values = {"core": "default", "username": "4224", "status": 'Out "to" lunch'}
    assert await client.send(template, values) is None
    assert server.only.method == "POST"
    assert server.only.headers["Content-Type"] == "application/json"
    assert json.loads(server.only.body) == {"name": 'Out "to" lunch'}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_request_of_ones_own(server: WebServer, client: LiveClient, method: str) -> None:
    answer = {"a": [1, None, {"b": "é"}]}
    server.answers[f"{ROOT}coreServers/é"] = written(answer)
    assert await client.call(method, "coreServers/é?x=1&y=a%2Fb", {"c": True}) == answer
    assert server.only.method == method
    assert server.only.address == f"{ROOT}coreServers/%C3%A9?x=1&y=a%2Fb"
    assert json.loads(server.only.body) == {"c": True}


@pytest.mark.parametrize(
    ("answer", "found"), [("", None), (204, None), ("null", None), ("a text", "a text"), ("7", 7)]
)
async def test_what_a_request_of_ones_own_is_answered_with(
    server: WebServer, client: LiveClient, answer: Any, found: Any
) -> None:
    server.answers[f"{ROOT}a"] = answer
    assert await client.call("GET", "a") == found
    assert "Content-Type" not in server.only.headers


@pytest.mark.parametrize("path", OUTSIDE, ids=ascii)
async def test_nothing_above_the_root_reaches_the_wire(
    server: WebServer, client: LiveClient, path: str
) -> None:
    with pytest.raises(PathNotAllowed):
        await client.call("POST", path, {})
    with pytest.raises(PathNotAllowed):
        await client.send(RequestTemplate("POST", path, "{}"), {})
    assert not server.heard


async def test_a_method_that_is_none(server: WebServer, client: LiveClient) -> None:
    with pytest.raises(InvalidText):
        await client.call("PATCH", "a")
    assert not server.heard


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        (409, "No name provided.", "HTTP 409: No name provided."),
        (409, "  No\r\n name ", "HTTP 409: No name"),
        (404, "", "HTTP 404"),
        (412, "<html>Tomcat</html>", "HTTP 412"),
        (500, "x" * 201, "HTTP 500"),
        (500, "x" * 100_000, "HTTP 500"),
        (500, "\x1b[31m", "HTTP 500"),
        (302, "", "HTTP 302"),
    ],
)
async def test_why_a_request_of_ones_own_is_refused(
    server: WebServer, client: LiveClient, status: int, text: str, reason: str
) -> None:
    server.answers[f"{ROOT}a"] = lambda _: web.Response(status=status, text=text)
    with pytest.raises(Refused) as caught:
        await client.call("POST", "a")
    assert caught.value.values == {"reason": reason}


async def test_what_acts_is_sent_once(connect: Connect) -> None:
    for says in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"):
        async with RawServer(says) as server:
            client = connect(port=server.port)
            with pytest.raises(ConnectionLost):
                await client.call("POST", "a", {})
            assert server.asked == 1
            with pytest.raises(CannotConnect):
                await client.call("GET", "a")


# --- who asks ----------------------------------------------------------------------------------


async def test_who_asks_is_said_unasked(server: WebServer, client: LiveClient) -> None:
    server.answers[f"{HERE}/users"] = "[]"
    await client.users(CORE)
    scheme, _, pair = server.only.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair).decode()) == ("Basic", f"manager:{SECRET}")
    assert server.only.headers["Accept"] == "application/json"


async def test_nobody_has_said_who_asks(server: WebServer, connect: Connect) -> None:
    server.answers[f"{HERE}/users"] = "[]"
    await connect(credentials=None).users(CORE)
    assert "Authorization" not in server.only.headers


@pytest.mark.parametrize("status", [401, 403])
async def test_the_address_or_the_credentials_are_refused(
    server: WebServer, client: LiveClient, status: int
) -> None:
    server.answers |= {f"{HERE}/users": status, f"{ROOT}a": status}
    for asked in (client.users(CORE), client.call("POST", "a")):
        with pytest.raises(AddressOrCredentialsRefused) as caught:
            await asked
        assert isinstance(caught.value, AuthenticationFailed)


# --- what may go wrong -------------------------------------------------------------------------


async def test_a_client_needs_a_session() -> None:
    with pytest.raises(ValueError, match="session"):
        LiveClient(SystemSettings(host="a", port=1), count_oddity=lambda _: None)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("<html>Router</html>", "not JSON"),
        ("{}", "of another kind"),
        ("", "of another kind"),
        (204, "of another kind"),
    ],
)
async def test_somebody_elses_server(
    server: WebServer, client: LiveClient, oddities: list[str], answer: Any, problem: str
) -> None:
    server.answers[f"{ROOT}coreServers"] = answer
    with pytest.raises(NotThisSystem):
        await client.core_servers()
    assert oddities == [f"coreServers: {problem}"]
    server.answers[f"{HERE}/users"] = "[]"
    await client.users(CORE)
    with pytest.raises(Refused) as caught:
        await client.core_servers()
    assert caught.value.values == {"reason": problem}


async def test_an_endless_answer(
    server: WebServer, client: LiveClient, oddities: list[str]
) -> None:
    server.answers[f"{HERE}/users"] = b" " * (BODY_LIMIT + 1)
    with pytest.raises(Refused):
        await client.users(CORE)
    assert oddities == ["a resource: too long"]


async def test_what_is_compressed_is_not_inflated(server: WebServer, client: LiveClient) -> None:
    async def compressed(_: Heard) -> web.Response:
        answer = web.Response(text="[]")
        answer.enable_compression(web.ContentCoding.gzip)
        return answer

    server.answers[f"{HERE}/users"] = compressed
    with pytest.raises(NotThisSystem):
        await client.users(CORE)


async def test_no_answer_in_time(
    server: WebServer, client: LiveClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def silent(_: Heard) -> str:
        await never.wait()
        return "[]"

    monkeypatch.setattr(rest, "TIME_LIMIT", 0.02)
    server.answers |= {f"{HERE}/users": silent, f"{ROOT}a": silent}
    for asked in (client.users(CORE), client.call("POST", "a")):
        with pytest.raises(NoAnswer):
            await asked
    never.set()


async def test_nobody_is_there(connect: Connect) -> None:
    async with RawServer(b"") as gone:
        port = gone.port
    with pytest.raises(CannotConnect) as caught:
        await connect(port=port).core_servers()
    assert caught.value.values == {"host": "127.0.0.1"}


@pytest.mark.parametrize("host", ["no such host", "a/b", "a@b", "", "[::"])
async def test_a_host_that_is_none(connect: Connect, host: str) -> None:
    with pytest.raises(CannotConnect):
        await connect(host=host).core_servers()


async def test_what_is_no_http(connect: Connect, oddities: list[str]) -> None:
    async with RawServer(b"SSH-2.0-OpenSSH_9.9\r\n\r\n") as server:
        with pytest.raises(NotThisSystem):
            await connect(port=server.port).core_servers()
    assert oddities == ["a resource: not HTTP"]


async def test_a_redirection_stays_within_the_server(server: WebServer, client: LiveClient) -> None:
    async with WebServer() as other:
        target = f"http://127.0.0.1:{other.port}/a"
        server.answers[f"{ROOT}a"] = lambda _: sent_to(target)
        server.answers[f"{ROOT}b"] = lambda _: sent_to(f"{ROOT}c")
        server.answers[f"{ROOT}c"] = "7"
        with pytest.raises(Refused):
            await client.call("GET", "a")
        assert await client.call("GET", "b") == 7
        assert not other.heard


def sent_to(location: str) -> web.Response:
    return web.Response(status=302, headers={"Location": location})


async def test_an_encrypted_server(connect: Connect, certificate: Certificate) -> None:
    async with WebServer(certificate.context()) as server:
        server.answers[f"{HERE}/users"] = "[]"
        tls = {"port": server.port, "encryption": Encryption.TLS}
        assert await connect(**tls, verify_certificate=False).users(CORE) == ()
        with pytest.raises(CertificateNotTrusted):
            await connect(**tls).users(CORE)
        assert len(server.heard) == 1


async def test_a_server_that_does_not_encrypt(connect: Connect) -> None:
    with pytest.raises(EncryptionFailed):
        await connect(encryption=Encryption.TLS).users(CORE)


async def test_few_requests_at_once(server: WebServer, client: LiveClient) -> None:
    opened = asyncio.Event()
    inside: list[Heard] = []
    most = 0

    async def held(heard: Heard) -> str:
        nonlocal most
        inside.append(heard)
        most = max(most, len(inside))
        await opened.wait()
        inside.remove(heard)
        return "[]"

    server.answers |= {f"{HERE}/users": held, f"{ROOT}a": held}
    asked = asyncio.gather(
        *(client.users(CORE) for _ in range(10)), *(client.call("POST", "a") for _ in range(10))
    )
    await until(lambda: len(inside) == rest.REQUESTS)
    opened.set()
    assert len(await asked) == 20
    assert most == rest.REQUESTS


async def test_whoever_gives_up_makes_room(server: WebServer, client: LiveClient) -> None:
    opened = asyncio.Event()
    inside = 0

    async def held(_: Heard) -> str:
        nonlocal inside
        inside += 1
        await opened.wait()
        return "[]"

    server.answers[f"{HERE}/users"] = held
    tasks = [asyncio.create_task(client.users(CORE)) for _ in range(rest.REQUESTS)]
    await until(lambda: inside == rest.REQUESTS)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    opened.set()
    assert await client.users(CORE) == ()


@pytest.mark.parametrize("answer", [401, 500, "garbage", lambda _: sent_to("http://a/?x")])
async def test_no_secret_in_what_goes_wrong(
    server: WebServer,
    client: LiveClient,
    connect: Connect,
    answer: Any,
    oddities: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    server.answers |= {f"{HERE}/users/getByName/{NUMBER}": answer, f"{ROOT}dial/{NUMBER}": answer}
    told = [repr(client), repr(IVAN)]
    dial = RequestTemplate("POST", "dial/{number}", "{number}")
    async with RawServer(b"") as rude:
        rude_client = connect(port=rude.port)
        for one in (client, rude_client):
            for asked in (one.user(CORE, Name(NUMBER)), one.send(dial, {"number": NUMBER})):
                try:
                    await asked
                except TelephonyError as error:
                    told += [repr(error), repr(error.values), repr(error.__cause__)]
    told += [caplog.text, *oddities]
    for text in told:
        for secret in ("s3cret", NUMBER, "123-45-67"):
            assert secret not in text
