"""What goes wrong on purpose, over REST and the web-socket."""

import asyncio
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionError, WSMsgType, WSServerHandshakeError
import pytest

from tests.simulators.isymphony_live.conftest import connected

if TYPE_CHECKING:
    from simulators.isymphony_live import CoreServer, LiveSimulator
    from tests.simulators.isymphony_live.wire import HttpClient, SocketClient
    from tests.simulators.wire import ControlClient

STATUS = "users/getByName/100/status"


async def fault(control: ControlClient, kind: str, **options: Any) -> dict[str, Any]:
    answer = await control.do("fault", kind=kind, **options)
    assert answer["ok"], answer
    return answer


@pytest.mark.parametrize("kind", ["drop", "half_line"])
async def test_connections_end_without_a_word(
    control: ControlClient, client: SocketClient, kind: str
) -> None:
    assert (await fault(control, kind))["connections"] == 1
    assert await client.ending() is not WSMsgType.CLOSE


async def test_garbage_is_in_whole_frames(control: ControlClient, client: SocketClient) -> None:
    told = await fault(control, "garbage", bytes=20_000)
    for _ in range(told["lines"]):
        assert (await client.socket.receive()).type is WSMsgType.TEXT
    assert await client.filter() == {"success": True}


async def test_a_stall_holds_everything_back(
    simulator: LiveSimulator, server: CoreServer, control: ControlClient, client: SocketClient
) -> None:
    await fault(control, "stall")
    simulator.people.set_status(server, server.user("100"), "Away")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await client.socket.receive()
    await fault(control, "none")
    assert (await client.next())["name"] == "Away"


async def test_refused_connections_are_taken_again(
    simulator: LiveSimulator, control: ControlClient
) -> None:
    await fault(control, "refuse")
    with pytest.raises(ClientConnectionError):
        async with connected(simulator):
            pass
    await fault(control, "none")
    async with connected(simulator):
        pass


async def test_a_status_may_take_the_place_of_some_answers(
    control: ControlClient, http: HttpClient
) -> None:
    await fault(control, "status", code=503, count=2, command="rest/live/*/status")
    assert await http.status("users") == 200
    assert [await http.status(STATUS) for _ in range(3)] == [503, 503, 200]


async def test_a_handshake_may_be_refused(
    simulator: LiveSimulator, control: ControlClient, http: HttpClient
) -> None:
    await fault(control, "status", code=500, command="ws/")
    assert await http.status(STATUS) == 200
    with pytest.raises(WSServerHandshakeError) as raised:
        async with connected(simulator):
            pass
    assert raised.value.status == 500
    async with connected(simulator):
        pass


@pytest.mark.parametrize(("stale", "name"), [(True, "Available"), (False, "Away")])
async def test_a_late_answer_may_be_of_before(
    simulator: LiveSimulator,
    server: CoreServer,
    control: ControlClient,
    http: HttpClient,
    *,
    stale: bool,
    name: str,
) -> None:
    await fault(control, "late", command="rest/live/*/status", stale=stale)
    reading = asyncio.create_task(http.read(STATUS))
    while not (await control.do("stats"))["requests"]:
        pass
    simulator.people.set_status(server, server.user("100"), "Away")
    await fault(control, "none")
    assert (await reading)["name"] == name


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_filters_answer_may_be_lost(
    simulator: LiveSimulator,
    server: CoreServer,
    control: ControlClient,
    client: SocketClient,
    *,
    carried_out: bool,
) -> None:
    await fault(control, "lost", command="filter", carried_out=carried_out)
    await client.socket.send_str('{"type":"filter","filters":[{"property":"type","value":"dial"}]}')
    await client.events()
    simulator.people.set_status(server, server.user("100"), "Away")
    assert (await client.types() == []) is carried_out


async def test_a_filter_may_be_refused(control: ControlClient, client: SocketClient) -> None:
    await fault(control, "error", command="filter", text="No.")
    assert await client.filter(("type", "dial")) == {"success": False, "message": "No."}


def test_malformed_messages_are_many(simulator: LiveSimulator) -> None:
    assert len(simulator.faults._specimens.malformed_lines()) > 20
