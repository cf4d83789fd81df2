import asyncio
from collections.abc import AsyncIterator

import pytest

from custom_components.office_cti.telephony.isymphony_status import client as module
from custom_components.office_cti.telephony.isymphony_status.client import StatusClient
from custom_components.office_cti.telephony.isymphony_status.codec import CodecError
from custom_components.office_cti.telephony.isymphony_status.messages import (
    Done,
    Event,
    ExtensionNote,
    ExtensionNoteUpdated,
    ExtensionReturnTime,
    ExtensionStatus,
    GetExtensionNote,
    GetExtensionReturnTime,
    GetExtensionState,
    GetExtensionStatus,
    GetStatuses,
    SetExtensionNote,
    SetExtensionReturnTime,
    SetExtensionStatus,
    StateReport,
    StatusReport,
)
from custom_components.office_cti.telephony.system import (
    CannotConnect,
    ConnectionLost,
    NoAnswer,
    NotConnected,
    Refused,
)
from simulators.isymphony_status import Office, StatusSimulator

from ..waiting import until
from .scripted import ScriptedServer

SEAT = ("Head Office", "Sales", "100")


class Ears:
    """What a client had to tell."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.oddities: list[str] = []

    async def hear_events(self, count: int) -> list[Event]:
        await until(lambda: len(self.events) >= count)
        return self.events


@pytest.fixture
def ears() -> Ears:
    return Ears()


async def connect(port: int, ears: Ears) -> StatusClient:
    return await StatusClient.connect("127.0.0.1", port, ears.events.append, ears.oddities.append)


@pytest.fixture
async def client(simulator: StatusSimulator, ears: Ears) -> AsyncIterator[StatusClient]:
    client = await connect(simulator.port, ears)
    yield client
    client.abort()
    await ended(client)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer() as server:
        yield server


@pytest.fixture
async def scripted(server: ScriptedServer, ears: Ears) -> AsyncIterator[StatusClient]:
    client = await connect(server.port, ears)
    await server.accepts()
    yield client
    client.abort()
    await ended(client)


async def ended(client: StatusClient) -> None:
    await until(client.closed.done)


# --- commands and their answers ----------------------------------------------------------------


async def test_every_command_gets_its_answer(client: StatusClient, office: Office) -> None:
    office.set_status(*SEAT, "Busy")
    office.set_note(*SEAT, "Lunch\nCanteen")
    office.set_return_time(*SEAT, 1_700_000_000)
    assert await client.request(GetExtensionStatus(*SEAT)) == ExtensionStatus("Busy")
    assert await client.request(GetExtensionNote(*SEAT)) == ExtensionNote("Lunch\nCanteen")
    assert await client.request(GetExtensionReturnTime(*SEAT)) == ExtensionReturnTime(1_700_000_000)
    assert await client.request(SetExtensionStatus(*SEAT, "Available")) == Done()
    assert await client.request(SetExtensionNote(*SEAT, "a\nb")) == Done()
    assert await client.request(SetExtensionReturnTime(*SEAT, 0)) == Done()
    extension = office.extension(*SEAT)
    assert (extension.status, extension.note, extension.return_time) == ("Available", "a\nb", 0)
    statuses = await client.request(GetStatuses())
    assert isinstance(statuses, StatusReport)
    assert statuses.statuses[SEAT[:2]] == tuple(office.tenant(*SEAT[:2]).statuses)
    state = await client.request(GetExtensionState())
    assert isinstance(state, StateReport)
    assert {each[:3] for each in state.extensions} == set(office.seats())


async def test_concurrent_commands_are_sent_one_at_a_time_and_each_gets_its_own_answer(
    scripted: StatusClient, server: ScriptedServer
) -> None:
    requests = [
        asyncio.create_task(scripted.request(command))
        for command in (
            GetExtensionStatus(*SEAT),
            GetExtensionNote(*SEAT),
            SetExtensionNote(*SEAT, "x"),
            GetExtensionNote(*SEAT),
        )
    ]
    await server.hears("get_extension_status@#Head Office@#Sales@#100")
    assert not server._reader._buffer
    server.says("ExtensionStatus@#Busy")
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    assert not server._reader._buffer
    server.says("ExtensionNote@#")
    await server.hears("set_extension_note@#Head Office@#Sales@#100@#x")
    server.says("")
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    server.says("ExtensionNote@#x")
    assert await asyncio.gather(*requests) == [
        ExtensionStatus("Busy"),
        ExtensionNote(""),
        Done(),
        ExtensionNote("x"),
    ]


async def test_many_commands_at_once_do_not_get_mixed_up(
    client: StatusClient, office: Office
) -> None:
    seats = list(office.seats())
    for seat in seats:
        office.set_note(*seat, seat.number)
    answers = await asyncio.gather(
        *(client.request(GetExtensionNote(*seat)) for seat in seats * 20)
    )
    assert answers == [ExtensionNote(seat.number) for seat in seats * 20]


async def test_what_the_server_says_no_to_is_refused_and_the_next_command_works(
    client: StatusClient,
) -> None:
    with pytest.raises(Refused) as caught:
        await client.request(GetExtensionStatus("Nowhere", "Nobody", "0"))
    assert "Nowhere" in caught.value.values["reason"]
    assert await client.request(GetExtensionNote(*SEAT))


async def test_what_cannot_travel_is_not_sent(
    client: StatusClient, simulator: StatusSimulator
) -> None:
    with pytest.raises(CodecError):
        await client.request(SetExtensionNote(*SEAT, "a@#b"))
    await client.request(GetExtensionNote(*SEAT))
    assert list(simulator.received) == ["get_extension_note@#Head Office@#Sales@#100"]


# --- commands without an answer ----------------------------------------------------------------


async def test_without_an_answer_in_time_the_connection_ends(
    client: StatusClient, simulator: StatusSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT", 0.01)
    simulator.faults.lost()
    waiting = [
        asyncio.create_task(client.request(command))
        for command in (SetExtensionNote(*SEAT, "x"), GetExtensionNote(*SEAT))
    ]
    first, second = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(first, NoAnswer)
    assert isinstance(second, NotConnected)
    await ended(client)
    with pytest.raises(NotConnected):
        await client.request(GetExtensionNote(*SEAT))
    assert len(simulator.received) == 1


async def test_a_stalled_server_does_not_answer(
    client: StatusClient, simulator: StatusSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "REPLY_TIMEOUT", 0.01)
    await simulator.faults.stall()
    with pytest.raises(NoAnswer):
        await client.probe()
    await ended(client)


@pytest.mark.parametrize("how", ["rst", "fin"])
async def test_a_connection_that_ends_under_a_command_says_so(
    client: StatusClient, simulator: StatusSimulator, how: str
) -> None:
    simulator.faults.lost()
    request = asyncio.create_task(client.request(SetExtensionNote(*SEAT, "x")))
    await until(lambda: simulator.received)
    simulator.faults.drop(how=how)
    with pytest.raises(ConnectionLost):
        await request
    await ended(client)
    assert len(simulator.received) == 1


async def test_the_answer_to_a_caller_who_has_gone_is_not_anothers(
    scripted: StatusClient, server: ScriptedServer
) -> None:
    gone = asyncio.create_task(scripted.request(GetExtensionNote(*SEAT)))
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    gone.cancel()
    await asyncio.wait((gone,))
    next_one = asyncio.create_task(scripted.request(GetExtensionNote(*SEAT)))
    server.says("ExtensionNote@#for nobody")
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    server.says("ExtensionNote@#for somebody")
    assert await next_one == ExtensionNote("for somebody")


async def test_a_command_whose_caller_goes_before_its_turn_is_not_sent(
    scripted: StatusClient, server: ScriptedServer
) -> None:
    first = asyncio.create_task(scripted.request(GetExtensionNote(*SEAT)))
    gone = asyncio.create_task(scripted.request(SetExtensionNote(*SEAT, "never")))
    last = asyncio.create_task(scripted.request(GetExtensionStatus(*SEAT)))
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    gone.cancel()
    await asyncio.wait((gone,))
    server.says("ExtensionNote@#")
    await first
    await server.hears("get_extension_status@#Head Office@#Sales@#100")
    server.says("ExtensionStatus@#Available")
    assert await last == ExtensionStatus("Available")


async def test_a_command_whose_turn_did_not_come_before_the_end_was_not_sent(
    client: StatusClient, simulator: StatusSimulator
) -> None:
    simulator.faults.lost()
    first = asyncio.create_task(client.request(SetExtensionNote(*SEAT, "sent")))
    second = asyncio.create_task(client.request(SetExtensionNote(*SEAT, "not sent")))
    await until(lambda: simulator.received)
    client.abort()
    with pytest.raises(ConnectionLost):
        await first
    with pytest.raises(NotConnected):
        await second
    assert len(simulator.received) == 1


async def test_nobody_there_cannot_be_connected_to(ears: Ears, unused_tcp_port: int) -> None:
    with pytest.raises(CannotConnect):
        await connect(unused_tcp_port, ears)


async def test_a_client_that_never_connected_has_nothing_to_end(ears: Ears) -> None:
    client = StatusClient(ears.events.append, ears.oddities.append)
    client.abort()
    await client.leave()
    with pytest.raises(NotConnected):
        await client.request(GetStatuses())


# --- probe and leave ---------------------------------------------------------------------------


async def test_any_answer_is_a_sign_of_life(
    client: StatusClient, simulator: StatusSimulator
) -> None:
    await client.probe()
    client.probe_command = GetExtensionStatus("Nowhere", "Nobody", "0")
    before = client.last_received
    await client.probe()
    assert client.last_received >= before
    assert list(simulator.received) == [
        "get_statuses",
        "get_extension_status@#Nowhere@#Nobody@#0",
    ]


async def test_leave_says_exit_and_the_server_closes(
    client: StatusClient, simulator: StatusSimulator
) -> None:
    await client.leave()
    assert client.closed.done()
    assert list(simulator.received) == ["exit"]
    await client.leave()
    assert list(simulator.received) == ["exit"]


async def test_a_server_that_does_not_close_is_not_waited_for(
    scripted: StatusClient, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LEAVE_TIMEOUT", 0.01)
    await scripted.leave()
    await server.hears("exit")
    assert not scripted.closed.done()


# --- what arrives ------------------------------------------------------------------------------


async def test_events_come_in_order_also_between_question_and_answer(
    scripted: StatusClient, server: ScriptedServer, ears: Ears
) -> None:
    request = asyncio.create_task(scripted.request(GetExtensionNote(*SEAT)))
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    seat = "@#".join(SEAT)
    server.says(
        f"ExtensionNoteUpdatedEvent@#{seat}@#1",
        "ExtensionNote@#0",
        f"ExtensionNoteUpdatedEvent@#{seat}@#2",
    )
    assert await request == ExtensionNote("0")
    assert await ears.hear_events(2) == [
        ExtensionNoteUpdated(*SEAT, "1"),
        ExtensionNoteUpdated(*SEAT, "2"),
    ]


async def test_answers_to_no_question_are_counted(
    scripted: StatusClient, server: ScriptedServer, ears: Ears
) -> None:
    server.says("", "Error: out of the blue", "LocationAddedEvent@#L")
    await ears.hear_events(1)
    request = asyncio.create_task(scripted.request(GetExtensionNote(*SEAT)))
    await server.hears("get_extension_note@#Head Office@#Sales@#100")
    server.says("", "ExtensionStatus@#Busy", "ExtensionNote@#x", "ExtensionNote@#y", "Error: no")
    assert await request == ExtensionNote("x")
    server.says("LocationAddedEvent@#L")
    await ears.hear_events(2)
    assert ears.oddities == ["an answer to no question"] * 6


async def test_slow_bytes_are_put_together(
    client: StatusClient, simulator: StatusSimulator, office: Office
) -> None:
    office.set_note(*SEAT, "Grüße ☕")
    await simulator.faults.slow(bytes_per_second=500)
    assert await client.request(GetExtensionNote(*SEAT)) == ExtensionNote("Grüße ☕")


async def test_garbage_is_survived_and_counted(
    client: StatusClient, simulator: StatusSimulator, ears: Ears
) -> None:
    simulator.faults.garbage(bytes=200_000)
    assert await client.request(GetExtensionNote(*SEAT))
    assert set(ears.oddities) == {
        "a line or report that is too long",
        "a line with wrong fields",
        "an unknown line",
    }


async def test_half_a_line_is_no_message(
    client: StatusClient, simulator: StatusSimulator, ears: Ears
) -> None:
    simulator.faults.half_line()
    await ended(client)
    assert ears.events == ears.oddities == []
