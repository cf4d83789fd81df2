from typing import TYPE_CHECKING

import pytest

from simulators.isymphony_status import EventKind, StatusSimulator
from tests.simulators.wire import LineClient

if TYPE_CHECKING:
    from simulators.isymphony_status import Office
    from tests.simulators.wire import ControlClient

NOTE = b"ExtensionNoteUpdatedEvent@#Head Office@#Sales@#100@#"


async def refused(port: int) -> bool:
    try:
        async with LineClient(port):
            return False
    except ConnectionRefusedError:
        return True


@pytest.mark.parametrize(("how", "reset"), [("rst", True), ("fin", False)])
async def test_drop_ends_all_connections_as_was_chosen(
    control: ControlClient, client: LineClient, other: LineClient, how: str, *, reset: bool
) -> None:
    assert (await control.do("fault", kind="drop", how=how))["connections"] == 2
    assert await client.is_reset() == reset
    assert await other.is_reset() == reset


async def test_a_stall_reads_and_sends_nothing_and_goes_on_afterwards(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    assert (await control.do("fault", kind="stall"))["ok"]
    client.send(b"exit\n")
    await control.do("set", extension="100", note="x")
    await control.do("sync")
    assert len(simulator.listener.connections) == 1
    assert not client.reader._buffer
    async with LineClient(simulator.port) as late:
        late.send(b"exit\n")
        assert (await control.do("fault", kind="none"))["ok"]
        assert await late.rest() == b""
    assert await client.rest() == NOTE + b"x\n"


async def test_a_stall_ends_by_itself_after_its_seconds(
    control: ControlClient, client: LineClient
) -> None:
    assert (await control.do("fault", kind="stall", seconds=0.01))["ok"]
    await client.is_in_step()


async def test_a_stall_that_missed_too_much_ends_with_the_connection(office: Office) -> None:
    async with (
        StatusSimulator(office, outstanding_limit=1_000) as simulator,
        LineClient(simulator.port) as client,
    ):
        await client.is_in_step()
        await simulator.faults.stall()
        for _ in range(50):
            simulator.announce(office.set_note("Head Office", "Sales", "100", "x" * 100))
        assert simulator.listener.connections[0].outstanding <= 1_000
        assert len(simulator.listener.connections) == 1
        await simulator.faults.none()
        assert await client.rest() == b""


async def test_garbage_comes_as_whole_lines_between_real_ones(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("set", extension="100", note="before")
    answer = await control.do("fault", kind="garbage", bytes=200_000)
    await control.do("set", extension="100", note="after")
    assert await client.line() == NOTE + b"before\n"
    *garbage, after = await client.until(NOTE + b"after\n")
    assert after
    assert len(garbage) == answer["lines"]
    assert sum(map(len, garbage)) == answer["bytes"] >= 190_000
    received = b"".join(garbage)
    assert b"\0" in received
    assert b"\xff" in received
    assert max(map(len, garbage)) > 65_536
    assert not [line for line in garbage if line.strip() == b"" or line.startswith(b"Error:")]
    assert [line for line in garbage if line.split(b"@#")[0].decode(errors="replace") in EventKind]
    await client.is_in_step()


async def test_half_a_line_ends_the_connection(control: ControlClient, client: LineClient) -> None:
    assert (await control.do("fault", kind="half_line"))["connections"] == 1
    received = await client.rest()
    assert received
    assert b"ExtensionStatusUpdatedEvent@#Head Office@#Sales@#100@#Available".startswith(received)


async def test_refuse_lasts_until_none_and_then_the_same_port_listens(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    assert (await control.do("fault", kind="refuse"))["connections"] == 1
    assert await client.rest() == b""
    assert await refused(simulator.port)
    assert (await control.do("fault", kind="none"))["ok"]
    async with LineClient(simulator.port) as again:
        await again.is_in_step()


async def test_refuse_ends_by_itself_after_its_seconds(
    simulator: StatusSimulator, control: ControlClient
) -> None:
    await control.do("fault", kind="refuse", seconds=0.01)
    assert simulator.faults._ending is not None
    await simulator.faults._ending
    assert not await refused(simulator.port)


async def test_connections_can_be_accepted_and_closed(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    await control.do("fault", kind="accept_and_close")
    assert await client.rest() == b""
    async with LineClient(simulator.port) as late:
        assert await late.rest() == b""
    await control.do("fault", kind="none")
    async with LineClient(simulator.port) as again:
        await again.is_in_step()


async def test_slow_lets_the_bytes_trickle_and_none_lets_go(
    simulator: StatusSimulator, control: ControlClient, client: LineClient
) -> None:
    await control.do("fault", kind="slow", bytes_per_second=200)
    await control.do("set", extension="100", note="x" * 100_000)
    assert await client.reader.read(1_000) == b"Exte"
    assert simulator.listener.connections[0].outstanding > 90_000
    await control.do("fault", kind="none")
    assert (await client.line()).endswith(b"x\n")
    await client.is_in_step()


async def test_exit_on_a_slow_connection_waits_for_the_reply(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("fault", kind="slow", bytes_per_second=2_000)
    client.send(b"what?\nexit\n")
    assert await client.rest() == b"Error: Invalid command.\n"


async def test_the_next_commands_that_start_so_are_answered_by_an_error(
    control: ControlClient, client: LineClient
) -> None:
    command = "set_extension_note@#Head Office@#Sales@#100@#x"
    await control.do("fault", kind="error", count=2, command="set_", text="Disk full.")
    assert await client.ask("get_extension_note@#Head Office@#Sales@#100") == b"ExtensionNote@#\n"
    assert await client.ask(command) == b"Error: Disk full.\n"
    assert await client.ask(command) == b"Error: Disk full.\n"
    assert await client.ask(command) == b"\n"


@pytest.mark.parametrize("carried_out", [False, True])
async def test_the_reply_to_a_command_can_get_lost(
    office: Office, control: ControlClient, client: LineClient, *, carried_out: bool
) -> None:
    await control.do("fault", kind="lost", carried_out=carried_out)
    client.send(b"set_extension_note@#Head Office@#Sales@#100@#x\n")
    if carried_out:
        assert await client.line() == NOTE + b"x\n"
    await client.is_in_step()
    assert office.extension("Head Office", "Sales", "100").note == ("x" if carried_out else "")


async def test_none_takes_back_what_waits_for_commands(
    control: ControlClient, client: LineClient
) -> None:
    await control.do("fault", kind="error", count=5)
    await control.do("fault", kind="none")
    assert await client.ask("get_extension_note@#Head Office@#Sales@#100") == b"ExtensionNote@#\n"


async def test_a_new_lasting_fault_takes_the_place_of_the_old(
    simulator: StatusSimulator, control: ControlClient
) -> None:
    await control.do("fault", kind="refuse")
    await control.do("fault", kind="accept_and_close")
    async with LineClient(simulator.port) as late:
        assert await late.rest() == b""


async def test_it_can_be_left_in_the_midst_of_a_fault(office: Office) -> None:
    async with StatusSimulator(office) as simulator, LineClient(simulator.port) as client:
        await client.is_in_step()
        await simulator.faults.refuse(seconds=60)
