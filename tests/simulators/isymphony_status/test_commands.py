import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from simulators.isymphony_status import Echo, EventKind, StatusSimulator
from simulators.isymphony_status.server import LINE_LIMIT
from tests.simulators.wire import LineClient

if TYPE_CHECKING:
    from simulators.isymphony_status import Office

SEAT = "Head Office@#Sales@#100"


async def test_two_blank_lines_are_answered_as_was_recorded_of_a_real_server(
    simulator: StatusSimulator,
) -> None:
    async with LineClient(simulator.port) as client:
        client.send(b"\r\n\r\n")
        client.send(b"exit\n")
        assert await client.rest() == b"Error: Invalid command.\nError: Invalid command.\n"


async def test_the_state_report_tells_all_extensions(client: LineClient) -> None:
    client.send(b"get_extension_state\n")
    report = b"".join(await client.until(b"State Report Finished\n")).decode()
    assert report == (
        "State Report Started\n"
        "Location@#Head Office\n"
        "Tenant@#Sales\n"
        "Extension@#100@#Available@#@#0\n"
        "Extension@#101@#Out to Lunch@#Mittag im Löwen#masknl#☎ Срочный заказ@#1700000000\n"
        "Tenant@#Support\n"
        "Extension@#102@#Available@#@#0\n"
        "Location@#Harbour Branch\n"
        "Tenant@#Sales\n"
        "Extension@#103@#Available@#@#0\n"
        "State Report Finished\n"
    )


async def test_the_status_report_tells_all_statuses(client: LineClient) -> None:
    client.send(b"get_statuses\r\n")
    report = b"".join(await client.until(b"Status Report Finished\n")).decode()
    assert report == (
        "Status Report Started\n"
        "Location@#Head Office\n"
        "Tenant@#Sales\n"
        "Status@#Available\n"
        "Status@#Away\n"
        "Status@#Out to Lunch\n"
        "Tenant@#Support\n"
        "Status@#Available\n"
        "Status@#Busy\n"
        "Location@#Harbour Branch\n"
        "Tenant@#Sales\n"
        "Status@#Available\n"
        "Status Report Finished\n"
    )


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (f"get_extension_status@#{SEAT}", "ExtensionStatus@#Available"),
        (f"get_extension_note@#{SEAT}", "ExtensionNote@#"),
        (f"get_extension_return_time@#{SEAT}", "ExtensionReturnTime@#0"),
        ("get_extension_status@#Head Office@#Sales@#101", "ExtensionStatus@#Out to Lunch"),
        (
            "get_extension_note@#Head Office@#Sales@#101",
            "ExtensionNote@#Mittag im Löwen#masknl#☎ Срочный заказ",
        ),
        ("get_extension_return_time@#Head Office@#Sales@#101", "ExtensionReturnTime@#1700000000"),
    ],
)
async def test_one_value_of_one_extension_can_be_asked_for(
    client: LineClient, command: str, reply: str
) -> None:
    assert await client.ask(command) == f"{reply}\n".encode()
    assert await client.ask(f"{command}\r") == f"{reply}\n".encode()


@pytest.mark.parametrize(
    ("command", "event"),
    [
        (f"set_extension_status@#{SEAT}@#Away", f"ExtensionStatusUpdatedEvent@#{SEAT}@#Away"),
        (
            f"set_extension_status@#{SEAT}@#Available",
            f"ExtensionStatusUpdatedEvent@#{SEAT}@#Available",
        ),
        (
            f"set_extension_note@#{SEAT}@##masknl#Grüße #1 @ noon#masknl#",
            f"ExtensionNoteUpdatedEvent@#{SEAT}@##masknl#Grüße #1 @ noon#masknl#",
        ),
        (f"set_extension_note@#{SEAT}@#", f"ExtensionNoteUpdatedEvent@#{SEAT}@#"),
        (
            f"set_extension_return_time@#{SEAT}@#1700000000",
            f"ExtensionReturnTimeUpdatedEvent@#{SEAT}@#1700000000",
        ),
        (f"set_extension_return_time@#{SEAT}@#0", f"ExtensionReturnTimeUpdatedEvent@#{SEAT}@#0"),
    ],
)
async def test_a_change_is_answered_by_a_blank_line_and_announced_to_all(
    client: LineClient, other: LineClient, command: str, event: str
) -> None:
    assert await client.ask(command) == b"\n"
    assert await client.line() == f"{event}\n".encode()
    assert await other.line() == f"{event}\n".encode()
    await client.is_in_step()
    await other.is_in_step()


async def test_the_office_holds_a_true_line_break(office: Office, client: LineClient) -> None:
    await client.ask(f"set_extension_note@#{SEAT}@#one#masknl#two")
    assert office.extension("Head Office", "Sales", "100").note == "one\ntwo"


async def test_a_client_gets_its_own_event_when_it_was_chosen_to(
    simulator: StatusSimulator, client: LineClient, other: LineClient
) -> None:
    command = f"set_extension_status@#{SEAT}@#Away\n".encode()
    event = f"ExtensionStatusUpdatedEvent@#{SEAT}@#Away\n".encode()
    for echo, received in (
        (Echo.BEFORE, [event, b"\n"]),
        (Echo.AFTER, [b"\n", event]),
        (Echo.NONE, [b"\n"]),
    ):
        simulator.echo = echo
        client.send(command)
        assert await client.lines(len(received)) == received
        await client.is_in_step()
        assert await other.line() == event


async def test_both_orders_happen_when_they_are_mixed(
    simulator: StatusSimulator, client: LineClient
) -> None:
    simulator.echo = Echo.MIXED
    client.send(f"set_extension_status@#{SEAT}@#Away\n".encode() * 50)
    pairs = [tuple(await client.lines(2)) for _ in range(50)]
    event = f"ExtensionStatusUpdatedEvent@#{SEAT}@#Away\n".encode()
    assert set(pairs) == {(b"\n", event), (event, b"\n")}


@pytest.mark.parametrize(
    "command",
    [
        "get_extension_state@#",
        "get_extension_status",
        f"get_extension_status@#{SEAT}@#Away",
        "get_extension_status@#Nowhere@#Sales@#100",
        "get_extension_note@#Head Office@#Nobody@#100",
        "get_extension_return_time@#Head Office@#Sales@#102",
        f"set_extension_status@#{SEAT}",
        f"set_extension_status@#{SEAT}@#Busy",
        f"set_extension_note@#{SEAT}@#one@#two",
        f"set_extension_return_time@#{SEAT}@#",
        f"set_extension_return_time@#{SEAT}@#-1",
        f"set_extension_return_time@#{SEAT}@#soon",
        f"set_extension_return_time@#{SEAT}@#{2**63}",
        f"set_extension_return_time@#{SEAT}@#{'9' * 5_000}",
        f"set_extension_return_time@#{SEAT}@#١٢",
        "exit@#now",
    ],
)
async def test_what_cannot_be_done_is_refused_in_one_line_and_changes_nothing(
    simulator: StatusSimulator, client: LineClient, command: str
) -> None:
    reply = await client.ask(command)
    assert reply.startswith(b"Error: ")
    await client.is_in_step()
    assert simulator.events == 0


@pytest.mark.parametrize("line", [b"", b"\r", b"hello", b"GET_STATUSES", b" exit", b"\xff\x00"])
async def test_a_line_that_is_no_command_is_refused(client: LineClient, line: bytes) -> None:
    client.send(line + b"\n")
    assert await client.line() == b"Error: Invalid command.\n"


async def test_bytes_that_are_not_utf_8_are_replaced(client: LineClient) -> None:
    client.send(f"set_extension_note@#{SEAT}@#".encode() + b"\xff!\n")
    assert await client.line() == b"\n"
    assert (
        await client.line()
        == f"ExtensionNoteUpdatedEvent@#{SEAT}@#\N{REPLACEMENT CHARACTER}!\n".encode()
    )


async def test_a_line_without_end_is_one_error_when_it_ends(client: LineClient) -> None:
    client.send(b"x" * LINE_LIMIT * 3 + b"\n")
    assert (await client.line()).startswith(b"Error: ")
    await client.is_in_step()


async def test_a_line_may_arrive_in_pieces(client: LineClient) -> None:
    for byte in f"get_extension_status@#{SEAT}\n".encode():
        client.send(bytes((byte,)))
        await asyncio.sleep(0)
    assert await client.line() == b"ExtensionStatus@#Available\n"


async def test_exit_ends_that_connection_and_no_other(
    simulator: StatusSimulator, client: LineClient, other: LineClient
) -> None:
    client.send(b"get_extension_status@#Head Office@#Sales@#100\nexit\nget_statuses\n")
    assert await client.rest() == b"ExtensionStatus@#Available\n"
    await other.is_in_step()


async def test_small_lines_do_not_wait_for_more(
    simulator: StatusSimulator, client: LineClient
) -> None:
    sock = simulator.listener.connections[0]._transport.get_extra_info("socket")
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_client_that_does_not_read_is_disconnected(office: Office) -> None:
    async with (
        StatusSimulator(office, outstanding_limit=100_000) as simulator,
        LineClient(simulator.port) as client,
        LineClient(simulator.port) as reader,
    ):
        await client.is_in_step()
        await reader.is_in_step()
        client.reader._transport.pause_reading()
        note = "x" * 60_000
        sent = 0
        while simulator.listener.gave_up == 0:
            simulator.announce(office.set_note("Head Office", "Sales", "100", note))
            sent += 1
            assert len(await reader.line()) > len(note)
            assert sent < 10_000
        assert len(simulator.listener.connections) <= 2
        await reader.is_in_step()


async def test_a_burst_does_not_wait_forever_for_a_client_that_does_not_read(
    simulator: StatusSimulator, client: LineClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulators.tcp.FLUSH_PATIENCE", 0)
    client.reader._transport.pause_reading()
    assert await simulator.burst(300_000) == 300_000
    assert simulator.listener.gave_up == 1


async def test_reports_can_be_interleaved_with_events_and_still_tell_the_truth(
    simulator: StatusSimulator, office: Office, client: LineClient
) -> None:
    simulator.interleave = 5
    client.send(b"get_extension_state\n")
    lines = await client.until(b"State Report Finished\n")
    assert lines[0] == b"State Report Started\n"
    events = [line for line in lines if line.split(b"@#")[0] in set(map(str.encode, EventKind))]
    assert len(events) == 5
    simulator.interleave = 0
    client.send(b"get_extension_state\n")
    quiet = await client.until(b"State Report Finished\n")
    assert picture(lines) == picture(quiet)


def picture(lines: list[bytes]) -> dict[tuple[str, str, str], list[str]]:
    """Follow a report and the events in it, as a client would."""
    seen: dict[tuple[str, str, str], list[str]] = {}
    location = tenant = ""
    for line in lines:
        name, *fields = line.decode().removesuffix("\n").split("@#")
        match name:
            case "Location":
                (location,) = fields
            case "Tenant":
                (tenant,) = fields
            case "Extension":
                seen[location, tenant, fields[0]] = fields[1:]
            case "ExtensionStatusUpdatedEvent" if tuple(fields[:3]) in seen:
                seen[tuple(fields[:3])][0] = fields[3]
            case "ExtensionNoteUpdatedEvent" if tuple(fields[:3]) in seen:
                seen[tuple(fields[:3])][1] = fields[3]
            case "ExtensionReturnTimeUpdatedEvent" if tuple(fields[:3]) in seen:
                seen[tuple(fields[:3])][2] = fields[3]
    return seen
