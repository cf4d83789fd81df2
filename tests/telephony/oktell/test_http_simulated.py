"""The client and the simulated server, which share no code: what one asks, the other understands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from custom_components.office_cti.telephony.model import (
    DialScope,
    RemoteFile,
    RemoteFileKind,
    ScriptCall,
    ScriptResult,
)
from custom_components.office_cti.telephony.oktell.answers import ChainConnection
from custom_components.office_cti.telephony.oktell.http import HttpClient, Selector, SelectorKind
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    Authorization,
    Credentials,
    NoSuchFile,
    NotThere,
    Refused,
    ScriptFailed,
    ScriptWithoutResult,
    SystemSettings,
)
from simulators.oktell.default_office import default_office
from simulators.oktell.office import User
from simulators.oktell.server import OktellSimulator
from simulators.oktell.settings import (
    Authorization as Wanted,
    Encoding,
    IdleAnswer,
    ReturnValue,
    Settings,
)
from simulators.oktell.states import UserState as Simulated

from ..waiting import PATIENCE

SERVICE_USER = Credentials("hass", "demo")

type Connect = Callable[..., HttpClient]


@pytest.fixture
async def simulator() -> AsyncIterator[OktellSimulator]:
    async with OktellSimulator(default_office(12), settings=Settings(settles_after=0.0)) as running:
        yield running


@pytest.fixture
async def connect(simulator: OktellSimulator) -> AsyncIterator[Connect]:
    """Make a client: without more said, one that the server lets in."""
    async with aiohttp.ClientSession() as session:

        def connect(
            authorization: Authorization = Authorization.BASIC,
            credentials: Credentials = SERVICE_USER,
        ) -> HttpClient:
            settings = SystemSettings(
                host="127.0.0.1",
                port=simulator.port,
                authorization=authorization,
                credentials=credentials,
                session=session,
            )
            return HttpClient(settings, count_oddity=pytest.fail)

        yield connect


@pytest.fixture
def client(connect: Connect) -> HttpClient:
    return connect()


def idle_people(simulator: OktellSimulator) -> list[User]:
    """Make some people free for calls, and return them."""
    people = simulator.office.people()[:2]
    for user in people:
        simulator.states.put(user, state=Simulated.READY)
    return people


@pytest.mark.parametrize("encoding", Encoding)
async def test_everybodys_state(
    simulator: OktellSimulator, client: HttpClient, encoding: Encoding
) -> None:
    simulator.settings.encoding = encoding
    for user in simulator.office.people():
        answer = await client.user_state(user.id.upper())
        assert answer.user == user.id
        assert answer.state == int(user.standing.state)
    with pytest.raises(NotThere):
        await client.user_state("00000000-0000-0000-0000-000000000001")


async def test_a_group(simulator: OktellSimulator, client: HttpClient) -> None:
    number, group = next(iter(simulator.office.groups.items()))
    free = [user.main for user in group.members if user.standing.state is Simulated.READY]
    answer = await client.free_users(number)
    assert (answer.number, answer.free, list(answer.free_numbers)) == (number, len(free), free)


async def test_the_licence(simulator: OktellSimulator, client: HttpClient) -> None:
    facts = await client.license_info()
    assert facts.number == simulator.license.details["regserial"]
    assert facts.confirm_by
    assert f"{facts.confirm_by:%d.%m.%Y}" == simulator.license.details["confirmdate"]
    assert facts.number in await client.license_text()
    assert facts.number in await client.license_xml()


# --- who asks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", Authorization)
async def test_who_is_let_in(
    simulator: OktellSimulator, connect: Connect, authorization: Authorization
) -> None:
    simulator.settings.authorization = Wanted(authorization.value)
    user = simulator.office.people()[0].id
    assert await connect(authorization).user_state(user)
    if authorization is not Authorization.NONE:
        with pytest.raises(AuthenticationFailed):
            await connect(authorization, Credentials("hass", "wrong")).user_state(user)


async def test_a_user_without_the_privilege(simulator: OktellSimulator, connect: Connect) -> None:
    with pytest.raises(AuthenticationFailed):
        await connect(credentials=Credentials("100", "demo")).license_text()


async def test_a_server_that_takes_no_posts(simulator: OktellSimulator, connect: Connect) -> None:
    simulator.settings.authorization = Wanted.PASSWORD
    simulator.settings.refuses_post = True
    client = connect(Authorization.PASSWORD)
    assert await client.run_script(ScriptCall("Echo", ("a",))) == ScriptResult("a||||")
    assert await client.license_text()
    entries, _ = simulator.log.take()
    assert [(entry["method"], entry["command"]) for entry in entries] == [
        ("POST", "getlicenseinfo"),
        ("GET", "getlicenseinfo"),
        ("GET", "execsvcscript"),
        ("GET", "getlicensefulltext"),
    ]


# --- scripts and files -------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ReturnValue)
async def test_a_scripts_value(
    simulator: OktellSimulator, client: HttpClient, shape: ReturnValue
) -> None:
    simulator.settings.returnvalue = shape
    call = ScriptCall("(Тестовый) Сценарий", ("a & b", "ключ", "<x>"))
    assert await client.run_script(call) == ScriptResult("a & b|ключ|<x>||")


async def test_scripts_that_bring_nothing(client: HttpClient) -> None:
    for name in ("Broken", "Nobody's"):
        with pytest.raises(ScriptFailed):
            await client.run_script(ScriptCall(name))
    with pytest.raises(ScriptWithoutResult):
        await client.run_script(ScriptCall("Silent"))
    assert await client.run_script(ScriptCall("Slow", ("60",), wait=False)) == ScriptResult()


async def test_a_scripts_own_answer(client: HttpClient) -> None:
    call = ScriptCall("Plain", ("  да", "404", "X-Color: red"))
    result = await client.run_script_plain(call)
    assert (result.value, result.status, result.headers["X-Color"]) == ("  да", 404, "red")


@pytest.mark.parametrize("plain", [True, False])
async def test_files_go_and_come_back(
    simulator: OktellSimulator, client: HttpClient, plain: Any
) -> None:
    files = {"a b.bin": bytes(range(256)), "empty.txt": b"", "заметка.txt": b"\r\n--"}
    if plain:  # whose name stands in a header, where a server may want it in ASCII
        del files["заметка.txt"]
    outcome = await client.upload(files, plain=plain)
    assert [(file.name, file.saved, file.size) for file in outcome] == [
        (name, True, len(content)) for name, content in files.items()
    ]
    assert simulator.files.uploads == files
    for name, content in files.items():
        file = RemoteFile(RemoteFileKind.SCRIPT, script=ScriptCall("File", (name,)))
        assert b"".join([piece async for piece in client.download(file)]) == content


async def test_the_password_of_files(simulator: OktellSimulator, connect: Connect) -> None:
    simulator.settings.authorization = Wanted.PASSWORD
    (outcome,) = await connect(Authorization.PASSWORD).upload({"a": b"1"})
    assert outcome.saved
    assert simulator.files.uploads == {"a": b"1"}


async def test_recordings_and_faxes(simulator: OktellSimulator, client: HttpClient) -> None:
    simulator.files.recordings["2026 a.wav"] = b"sound"
    simulator.files.faxes["b.tif"] = b"picture"
    for kind, link, content in (
        (RemoteFileKind.RECORDING, "2026 a.wav", b"sound"),
        (RemoteFileKind.RECORD_LINK, "2026 a.wav", b"sound"),
        (RemoteFileKind.FAX, "b.tif", b"picture"),
    ):
        pieces = [piece async for piece in client.download(RemoteFile(kind, link))]
        assert b"".join(pieces) == content
        with pytest.raises(NoSuchFile):
            await anext(client.download(RemoteFile(kind, "nothing")))


# --- calls and states --------------------------------------------------------------------------


async def test_a_call_from_its_beginning(simulator: OktellSimulator, client: HttpClient) -> None:
    anna, viktor = idle_people(simulator)
    await client.start_autocall(Selector(anna.id), viktor.main, DialScope.INTERNAL)
    call = simulator.calls.find(anna.main)
    simulator.calls.answer(call)  # Anna takes her own phone first, and then Viktor his
    simulator.calls.answer(call)
    async with asyncio.timeout(PATIENCE):
        while not (info := await client.abonent_info(Selector(anna.id))).connected:
            pass
    assert info.abonent
    assert (info.abonent.number, info.abonent.user) == (viktor.main, viktor.id)
    assert viktor.line
    content = await client.chain_content(Selector(viktor.line.number, SelectorKind.LINE))
    assert content.id == info.abonent.chain
    (connection,) = (part for part in content.trace if isinstance(part, ChainConnection))
    assert {connection.a.user, connection.b.user} == {anna.id, viktor.id}
    assert connection.answered


@pytest.mark.parametrize("idle", IdleAnswer)
async def test_a_line_without_a_call(
    simulator: OktellSimulator, client: HttpClient, idle: IdleAnswer
) -> None:
    simulator.settings.idle_answer = idle
    anna, _ = idle_people(simulator)
    info = await client.abonent_info(Selector(anna.id))
    assert (info.abonent, info.connected) == (None, False)
    content = await client.chain_content(Selector(anna.id))
    assert (content.id, content.trace) == (None, ())


async def test_a_state_is_set(simulator: OktellSimulator, client: HttpClient) -> None:
    anna, _ = idle_people(simulator)
    await client.set_user_state(Selector(anna.id), state=UserState.AWAY)
    assert (await client.user_state(anna.id)).state is UserState.AWAY
    with pytest.raises(Refused):
        await client.set_user_state(Selector("nobody"), state=UserState.AWAY)
