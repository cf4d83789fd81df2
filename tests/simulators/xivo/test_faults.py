from typing import TYPE_CHECKING

import pytest

from simulators.xivo import XivoSimulator, default_office
from simulators.xivo.specimens import XivoSpecimens
from tests.simulators.xivo.conftest import logged_in
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from tests.simulators.wire import ControlClient


@pytest.mark.parametrize(("how", "reset"), [("rst", True), ("fin", False)])
async def test_drop_ends_all_connections(
    control: ControlClient, client: XivoClient, other: XivoClient, how: str, *, reset: bool
) -> None:
    assert (await control.do("fault", kind="drop", how=how))["connections"] == 2
    assert await client.is_reset() == reset
    assert await other.is_reset() == reset


async def test_half_a_line_is_half_of_a_true_one(
    control: ControlClient, client: XivoClient
) -> None:
    await control.do("fault", kind="half_line")
    half = await client.rest()
    assert half.startswith(b'{"class": "getlist"')
    assert not half.endswith(b"\n")


async def test_garbage_is_followed_by_sense(control: ControlClient, client: XivoClient) -> None:
    answer = await control.do("fault", kind="garbage", bytes=10_000)
    assert len(await client.lines(answer["lines"])) == answer["lines"]
    client.say("getipbxlist", commandid=1)
    assert (await client.next())["ipbxlist"] == ["xivo"]


async def test_a_stall_holds_everything_back(control: ControlClient, client: XivoClient) -> None:
    await control.do("fault", kind="stall")
    await control.do("set", extension="1001", dnd=True)
    await control.do("sync")
    assert not client.reader._buffer
    await control.do("fault", kind="none")
    assert (await client.next())["config"] == {"enablednd": True}


async def test_accept_and_close_lasts_until_it_is_ended(
    simulator: XivoSimulator, control: ControlClient
) -> None:
    await control.do("fault", kind="accept_and_close")
    async with XivoClient(simulator.port) as client:
        assert await client.is_dropped()
    await control.do("fault", kind="none")
    async with logged_in(simulator, "alice"):
        pass


async def test_refused_connections_come_again_afterwards(
    simulator: XivoSimulator, control: ControlClient
) -> None:
    await control.do("fault", kind="refuse")
    with pytest.raises(ConnectionRefusedError):
        async with XivoClient(simulator.port):
            pass
    await control.do("fault", kind="none")
    async with logged_in(simulator, "alice"):
        pass


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_lost_command_is_not_answered(
    control: ControlClient, client: XivoClient, *, carried_out: bool
) -> None:
    await control.do("fault", kind="lost", command="ipbxcommand dial", carried_out=carried_out)
    client.command("dial", destination="1001")
    messages = await client.all()
    assert "dial_success" not in {each["class"] for each in messages}
    assert bool(messages) == carried_out


async def test_a_command_can_be_answered_by_an_error(
    control: ControlClient, client: XivoClient
) -> None:
    await control.do("fault", kind="error", command="getipbxlist", text="out of order")
    client.say("getipbxlist", commandid=3)
    assert (await client.next())["error_string"] == "out of order"
    client.say("getipbxlist", commandid=3)
    assert (await client.next())["ipbxlist"] == ["xivo"]


def test_an_empty_office_lends_specimens_too() -> None:
    specimens = XivoSpecimens(default_office(0, agents=0, queues=0))
    assert specimens.true_line().endswith(b"\n")
    assert all(line.endswith(b"\n") for line in specimens.malformed_lines())
