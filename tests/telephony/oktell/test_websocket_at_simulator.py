"""The web-socket with a simulated server, which shares no code with it: what one says the other takes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest

from custom_components.office_cti.telephony.oktell import frames
from custom_components.office_cti.telephony.oktell.commands import (
    Command,
    Dial,
    GetBreakReasons,
    GetChainContent,
    GetLineInfo,
    GetOwnUser,
    GetPbxNumbers,
    GetRedirectRules,
    GetUserNumbers,
    GetUserState,
    GetVersion,
    HangUp,
    SetUserState,
)
from custom_components.office_cti.telephony.oktell.frames import (
    EVENTS_OF_ALL,
    OWN_EVENTS,
    NumberStates,
    PhoneEvent,
    PhoneEventKind,
    TextMessageReceived,
    UserStateChanged,
)
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.oktell.websocket import WebSocketLink
from custom_components.office_cti.telephony.readers import Reader
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    Credentials,
    Encryption,
    NoLicenseSeat,
    Refused,
    ServerStarting,
    SystemSettings,
    TelephonyError,
    UserLoggedInElsewhere,
)
from simulators.oktell import (
    OktellSimulator,
    Settings,
    Standing,
    StateKey,
    UserState as State,
    default_office,
)

from ..waiting import until
from .scripted_socket import Ears

PASSWORD = "demo"

type Opener = Callable[..., Awaitable[WebSocketLink]]


@pytest.fixture
async def simulator() -> AsyncIterator[OktellSimulator]:
    office = default_office(6, groups=1)
    for user in office.people():
        user.standing = Standing(State.READY)
    async with OktellSimulator(office, settings=Settings(settles_after=0)) as simulator:
        yield simulator


@pytest.fixture
async def log_in(simulator: OktellSimulator, ears: Ears) -> AsyncIterator[Opener]:
    """Return what logs in; whoever is still there after the test leaves."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        settings = SystemSettings(
            host="127.0.0.1", port=simulator.port, encryption=Encryption.NONE, session=session
        )

        async def log_in(username: str = "100", password: str = PASSWORD) -> WebSocketLink:
            link = await WebSocketLink.open(
                settings,
                simulator.port,
                Credentials(username, password),
                on_event=ears.events.append,
                count_oddity=ears.oddities.append,
            )
            stack.push_async_callback(link.leave)
            return link

        yield log_in


async def test_all_that_can_be_asked_can_be_read(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    office = simulator.office
    link = await log_in()
    assert link.user_id == office.user("100").id
    version = await link.request(GetVersion(), frames.version)
    assert (version.dated, version.web_server_port) == (150_420, simulator.port)
    own = await link.request(GetOwnUser(), frames.own_user)
    assert (own.number, own.has_line, own.line_number) == ("100", True, "17001")
    numbers = await link.request(GetPbxNumbers(), frames.pbx_numbers)
    assert {each.number: each.state for each in numbers}["101"] is UserState.READY
    assert {each.number: each.state for each in numbers}["900"] is None
    users = await link.request(GetUserNumbers(), frames.user_numbers)
    assert {each.id: each.main for each in users if each.main} == {
        user.id: user.main for user in office.people()
    }
    reasons = await link.request(GetBreakReasons(), frames.break_reasons)
    assert {each.id: each.name for each in reasons} == office.break_reasons
    office.user("100").redirects_to = "103"
    (rule,) = await link.request(GetRedirectRules(), frames.redirect_rules)
    assert rule.number == "103"
    state = await link.request(GetUserState(), frames.user_state)
    assert (state.user_id, state.state) == (link.user_id, UserState.READY)
    idle = await link.request(GetLineInfo(), frames.line_info)
    assert (idle.abonent, idle.is_flashing) == (None, False)
    assert await link.request(GetChainContent(), frames.chain_content) is None
    assert ears.oddities == []


async def test_a_call_from_its_ringing_to_its_end(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    link = await log_in()
    await link.subscribe((*EVENTS_OF_ALL, *OWN_EVENTS))
    call = simulator.calls.ring("84951234567", "100", "Клиент")
    await until(lambda: phone_events(ears) == [PhoneEventKind.RING_STARTED])
    (rings,) = [event for event in ears.events if isinstance(event, PhoneEvent)]
    assert (rings.number, rings.name, rings.is_external) == ("84951234567", "Клиент", True)
    assert (rings.user_id, rings.called_number) == (link.user_id, "100")
    simulator.calls.answer(call)
    await until(lambda: PhoneEventKind.TALK_STARTED in phone_events(ears))
    line = await link.request(GetLineInfo(), frames.line_info)
    assert line.abonent
    assert (line.state, line.abonent.is_talking) == ("lsCommutated", True)
    assert "84951234567" in {line.abonent.number, line.abonent.caller_id}
    content = await link.request(GetChainContent(), frames.chain_content)
    assert content
    assert content.chain_id == line.chain_id != ""
    assert content.trace
    await link.request(HangUp(), frames.nothing)
    await until(lambda: PhoneEventKind.TALK_STOPPED in phone_events(ears))
    assert NumberStates((("100", UserState.BUSY),)) in ears.events
    assert ears.oddities == []


def phone_events(ears: Ears) -> list[PhoneEventKind]:
    return [event.kind for event in ears.events if isinstance(event, PhoneEvent)]


@pytest.mark.parametrize("key", StateKey)
async def test_everybody_s_numbers_and_ones_own_modes_are_pushed(
    simulator: OktellSimulator, log_in: Opener, ears: Ears, key: StateKey
) -> None:
    simulator.settings.state_key = key
    link = await log_in()
    await link.subscribe((*EVENTS_OF_ALL, *OWN_EVENTS))
    simulator.states.put(simulator.office.user("103"), state=State.AWAY)
    assert (await ears.hear(1))[0] == NumberStates((("103", UserState.AWAY),))
    simulator.states.put(
        simulator.office.user("100"),
        state=State.BREAK,
        call_center=True,
        on_break=True,
        reason_id=3,
    )
    await ears.hear(3)
    (own,) = [event for event in ears.events if isinstance(event, UserStateChanged)]
    assert (own.state, own.on_break, own.break_reason_id) == (UserState.BREAK, True, 3)
    assert (own.call_center, own.redirect) == (True, False)


async def test_a_state_is_set_and_read_again(simulator: OktellSimulator, log_in: Opener) -> None:
    link = await log_in()
    command = SetUserState(UserState.BREAK, call_center=True, redirect=False, break_reason_id=3)
    await link.request(command, frames.user_state)
    found = await link.request(GetUserState(), frames.user_state)
    assert (found.state, found.call_center, found.on_break) == (UserState.BREAK, True, True)
    assert simulator.office.user("100").standing.reason_id == 3


@pytest.mark.parametrize("command", [Dial("nobody"), HangUp()])
async def test_what_the_server_does_not_do_is_refused(log_in: Opener, command: Command) -> None:
    link = await log_in("hass")
    read: Reader[None] = frames.nothing
    with pytest.raises(Refused):
        await link.request(command, read)


async def test_a_message_from_a_colleague(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    link = await log_in()
    await link.subscribe(["usertextmessagereceived"])
    office = simulator.office
    simulator.messenger.deliver(office.user("101"), office.user("100"), "Зайди")
    (message,) = await ears.hear(1)
    assert isinstance(message, TextMessageReceived)
    assert (message.text, message.sender_id) == ("Зайди", office.user("101").id)


async def test_whatever_is_long_comes_in_pieces_and_in_turns(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    whole = await (await log_in()).request(GetPbxNumbers(), frames.pbx_numbers)
    simulator.settings.multipart_above = 1
    simulator.settings.packet_bytes = 7
    simulator.settings.interleaves = True
    link = await log_in("101")
    numbers, users = await asyncio.gather(
        link.request(GetPbxNumbers(), frames.pbx_numbers),
        link.request(GetUserNumbers(), frames.user_numbers),
    )
    assert numbers == whole
    assert "Борисова" in " ".join(user.name for user in users)
    assert ears.oddities == []


@pytest.mark.parametrize(
    ("password", "changes", "error"),
    [
        ("wrong", {}, AuthenticationFailed),
        ("demo", {"is_starting": True}, ServerStarting),
        ("demo", {"seats": 0}, NoLicenseSeat),
    ],
)
async def test_a_log_in_is_refused(
    simulator: OktellSimulator,
    log_in: Opener,
    password: str,
    changes: dict[str, int],
    error: type[TelephonyError],
) -> None:
    for name, value in changes.items():
        setattr(simulator.settings, name, value)
    with pytest.raises(error):
        await log_in("100", password)


async def test_who_is_logged_in_with_the_vendors_program(
    simulator: OktellSimulator, log_in: Opener
) -> None:
    simulator.office.user("100").in_desktop_client = True
    with pytest.raises(UserLoggedInElsewhere):
        await log_in()


@pytest.mark.parametrize("way", ["leave", "abort"])
async def test_the_licences_seat_is_free_again_at_once(
    simulator: OktellSimulator, log_in: Opener, way: str
) -> None:
    simulator.settings.seats = 1
    link = await log_in()
    assert not simulator.hub.has_free_seat
    if (done := getattr(link, way)()) is not None:
        await done
    await until(lambda: simulator.hub.has_free_seat)
    await log_in("101")


async def test_garbage_between_the_pushes_is_survived(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    link = await log_in()
    await link.subscribe(EVENTS_OF_ALL)
    await simulator.faults.apply(kind="garbage", bytes=20_000)
    simulator.states.put(simulator.office.user("103"), state=State.AWAY)
    await until(lambda: NumberStates((("103", UserState.AWAY),)) in ears.events)
    assert ears.oddities
    assert not link.closed.done()


async def test_a_connection_that_breaks_has_ended(
    simulator: OktellSimulator, log_in: Opener
) -> None:
    link = await log_in()
    await simulator.faults.apply(kind="drop")
    await until(link.closed.done)


async def test_a_burst_is_taken_in_whole(
    simulator: OktellSimulator, log_in: Opener, ears: Ears
) -> None:
    link = await log_in()
    await link.subscribe(EVENTS_OF_ALL)
    sent = await simulator.burst(500)
    await until(lambda: sum(isinstance(each, NumberStates) for each in ears.events) >= sent)
    assert ears.oddities == []
