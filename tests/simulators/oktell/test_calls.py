"""Calls, as the users in them see them."""

from typing import TYPE_CHECKING

import pytest

from simulators.oktell import OfficeError, Settings, User, UserState
from tests.simulators.oktell.conftest import connected, running
from tests.simulators.oktell.wire import USER_EVENTS, SocketClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from simulators.oktell import OktellSimulator

ZERO_ID = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def own(simulator: OktellSimulator) -> AsyncIterator[SocketClient]:
    """The client of whoever sits at 100, told of everything."""
    async with connected(simulator, "100") as client:
        await client.subscribe(*USER_EVENTS)
        yield client


class TestAnIncomingCall:
    async def test_it_rings_is_answered_and_ends(
        self, simulator: OktellSimulator, own: SocketClient, alice: User
    ) -> None:
        call = simulator.calls.ring("84951234567", "100", "Анна")
        events = dict(await own.events())
        ring = events["phoneevent_ringstarted"]
        assert (ring["callerid"], ring["callername"], ring["isextline"]) == (
            "84951234567",
            "Анна",
            True,
        )
        assert (ring["userid"], ring["chainid"]) == (alice.id, call.id)
        assert events["userstatechanged"]["userstateid"] == 5
        simulator.calls.answer(call)
        assert (await own.names())[:2] == ["phoneevent_ringstopped", "phoneevent_commstarted"]
        simulator.calls.hang_up(call)
        assert await own.names() == [
            "phoneevent_commstopped",
            "userstatechanged",
            "linestatechanged",
        ]
        assert alice.standing.state is UserState.READY

    async def test_who_does_not_answer_counts_as_away(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        simulator.calls.no_answer(simulator.calls.ring("84951234567", "100"))
        assert alice.standing.state is UserState.AWAY
        with pytest.raises(OfficeError):
            simulator.calls.ring("84951234567", "100")

    async def test_whoever_is_on_break_goes_back_to_it(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        simulator.states.put(alice, call_center=True, on_break=True, reason_id=1)
        call = simulator.calls.ring("84951234567", "100")
        simulator.calls.hang_up(call)
        assert alice.standing.state is UserState.BREAK

    async def test_whoever_was_away_is_so_after_a_call_of_their_own(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        simulator.states.put(alice, state=UserState.AWAY)
        call = simulator.calls.ring("100", "101")
        assert alice.standing.state is UserState.BUSY
        simulator.calls.hang_up(call)
        assert alice.standing.state is UserState.AWAY

    async def test_it_is_answered_and_declined_by_the_client(
        self, simulator: OktellSimulator, own: SocketClient
    ) -> None:
        call = simulator.calls.ring("84951234567", "100")
        assert (await own.ask("pbxanswercall"))["result"] == 1
        assert call.stage == "talking"
        assert (await own.ask("pbxanswercall"))["result"] == 0
        assert (await own.ask("pbxdeclinecall"))["result"] == 0
        assert (await own.ask("pbxabortcall"))["result"] == 1
        simulator.calls.ring("84951234567", "100")
        assert (await own.ask("pbxdeclinecall"))["result"] == 1
        assert (await own.ask("pbxabortcall"))["result"] == 0
        assert simulator.calls.calls == {}

    async def test_a_group_rings_whoever_is_free(
        self, simulator: OktellSimulator, bob: User
    ) -> None:
        first = simulator.calls.ring("84951234567", "900")
        second = simulator.calls.ring("84957654321", "900")
        assert (first.callee.user.login, second.callee.user) == ("100", bob)
        with pytest.raises(OfficeError):
            simulator.calls.ring("84950000000", "900")


class TestDialing:
    async def test_the_line_first_looks_as_captured(
        self, simulator: OktellSimulator, own: SocketClient, alice: User, bob: User
    ) -> None:
        await own.say("pbxautocallstart", sequence="user", number="101", qid="1")
        ring = dict(await own.events())["phoneevent_ringstarted"]
        (call,) = simulator.calls.calls.values()
        assert ring == {
            "callercomment": "",
            "callerdescription": "",
            "callerdirection": "oktell_pbx",
            "callerid": "",
            "callerinfo": "Автодозвон. Обратный вызов.\nАбонент: 101",
            "callerlineid": ZERO_ID,
            "callerlinenum": "00000",
            "callername": "",
            "canfax": False,
            "canvideo": False,
            "chainid": call.id,
            "connectionindex": 4,
            "isconference": False,
            "isextline": False,
            "istask": False,
            "qid": ring["qid"],
            "userid": alice.id,
            "userlogin": "100",
        }
        assert bob.standing.state is UserState.READY
        abonent = (await own.ask("getextendedlineinfo"))["abonent"]
        assert (abonent["isringing"], abonent["direction"]) == (True, "acm_callback")
        simulator.calls.answer(call)
        assert bob.standing.state is UserState.BUSY
        assert (await own.ask("getextendedlineinfo"))["abonent"]["iswaitingforanswer"]
        simulator.calls.answer(call)
        assert (await own.ask("getextendedlineinfo"))["abonent"]["iscommutated"]

    async def test_the_other_first_rings_the_line_in_the_end(
        self, simulator: OktellSimulator, own: SocketClient, alice: User
    ) -> None:
        call = simulator.calls.dial(alice, "101", line_first=False)
        assert (await own.names())[0] == "phoneevent_acmcallstarted"
        assert alice.standing.state is UserState.READY
        assert (await own.ask("getextendedlineinfo"))["abonent"]["isautocall"]
        simulator.calls.answer(call)
        assert [name for name in await own.names() if name.startswith("phone")] == [
            "phoneevent_acmcallstopped",
            "phoneevent_ringstarted",
        ]
        simulator.calls.answer(call)
        assert "phoneevent_commstarted" in await own.names()

    async def test_it_can_be_stopped_but_a_talk_cannot(
        self, simulator: OktellSimulator, own: SocketClient, alice: User
    ) -> None:
        simulator.calls.dial(alice, "101", line_first=True)
        assert (await own.ask("pbxautocallabort"))["result"] == 1
        call = simulator.calls.ring("84951234567", "100")
        simulator.calls.answer(call)
        assert (await own.ask("pbxautocallabort"))["result"] == 0
        assert (await own.ask("pbxautocallstart", number="101"))["result"] == 0
        assert (await own.ask("pbxautocallstart"))["result"] == 0

    async def test_calls_of_clients_are_answered_if_so_set(self) -> None:
        settings = Settings(settles_after=0, answers_after=0.001)
        async with running(settings=settings) as simulator, connected(simulator, "100") as own:
            await own.subscribe("phoneevent_commstarted")
            await own.ask("pbxautocallstart", number="84951234567", sequence="abonent")
            assert (await own.next())[0] == "phoneevent_commstarted"

    async def test_who_has_no_line_cannot_dial(self, client: SocketClient) -> None:
        assert (await client.ask("pbxautocallstart", number="100"))["result"] == 0


class TestFlash:
    async def test_a_call_is_held_and_another_consulted(
        self, simulator: OktellSimulator, own: SocketClient, alice: User, bob: User
    ) -> None:
        call = simulator.calls.ring("84951234567", "100")
        simulator.calls.answer(call)
        await own.events()
        assert (await own.ask("pbxmakeflash"))["result"] == 1
        info = await own.ask("getextendedlineinfo")
        assert (info["isflashing"], info["flashed"]["number"]) == (True, "84951234567")
        assert "abonent" not in info
        assert (await own.ask("pbxautocallstart", number="101"))["result"] == 1
        simulator.calls.answer(simulator.calls.find("101"))
        assert (await own.ask("getextendedlineinfo"))["abonent"]["userid"] == bob.id
        for number in ("84951234567", "101"):
            await own.ask("pbxmakeflash", mode="switch")
            assert (await own.ask("getextendedlineinfo"))["abonent"]["number"] == number
        await own.ask("pbxmakeflash", mode="abort")
        assert (alice.line.call, alice.line.held) == (call, None)
        assert bob.standing.state is UserState.READY
        assert (await own.ask("pbxmakeflash", mode="abort"))["result"] == 0

    async def test_the_held_one_waits(self, simulator: OktellSimulator, alice: User) -> None:
        simulator.calls.answer(simulator.calls.ring("101", "100"))
        async with connected(simulator, "101") as other:
            simulator.calls.flash(alice)
            assert (await other.ask("getextendedlineinfo"))["abonent"]["iswaitinginflash"]

    async def test_a_held_one_who_hangs_up_is_lost(
        self, simulator: OktellSimulator, own: SocketClient, alice: User
    ) -> None:
        call = simulator.calls.ring("84951234567", "100")
        simulator.calls.answer(call)
        simulator.calls.flash(alice)
        await own.events()
        simulator.calls.hang_up(call)
        assert ("flashstatechanged", 2) in [
            (name, body.get("flashtypeid")) for name, body in await own.events()
        ]
        assert alice.line.held is None

    async def test_hanging_up_a_consultation_hangs_up_the_held_one(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        simulator.calls.answer(simulator.calls.ring("84951234567", "100"))
        simulator.calls.flash(alice)
        simulator.calls.hang_up(simulator.calls.dial(alice, "101", line_first=True))
        assert simulator.calls.calls == {}

    async def test_what_rings_cannot_be_held(self, simulator: OktellSimulator, alice: User) -> None:
        simulator.calls.ring("84951234567", "100")
        assert not simulator.calls.flash(alice)


class TestTransfer:
    async def test_the_other_one_goes_to_the_number(
        self, simulator: OktellSimulator, own: SocketClient, alice: User, bob: User
    ) -> None:
        simulator.calls.answer(simulator.calls.ring("84951234567", "100"))
        assert (await own.ask("pbxmaketransfer", transferto="101"))["result"] == 1
        (call,) = simulator.calls.calls.values()
        assert (call.caller.number, call.callee.user) == ("84951234567", bob)
        assert alice.standing.state is UserState.READY

    async def test_a_held_one_is_transferred_and_the_consulted_one_let_go(
        self, simulator: OktellSimulator, alice: User, bob: User
    ) -> None:
        simulator.calls.answer(simulator.calls.ring("84951234567", "100"))
        simulator.calls.flash(alice)
        simulator.calls.answer(simulator.calls.dial(alice, "101", line_first=True))
        assert simulator.calls.transfer(alice, "102")
        (call,) = simulator.calls.calls.values()
        assert (call.caller.number, call.callee.number) == ("84951234567", "102")
        assert bob.standing.state is UserState.READY

    async def test_nobody_is_lost_to_a_number_that_cannot_be_called(
        self, simulator: OktellSimulator, own: SocketClient, bob: User
    ) -> None:
        simulator.states.put(bob, state=UserState.NO_PHONE)
        simulator.calls.answer(simulator.calls.ring("84951234567", "100"))
        assert (await own.ask("pbxmaketransfer", transferto="101"))["result"] == 0
        assert simulator.calls.find("100").stage == "talking"

    async def test_on_an_idle_line_there_is_nobody_to_transfer(self, own: SocketClient) -> None:
        assert (await own.ask("pbxmaketransfer", transferto="101"))["result"] == 0


class TestSettling:
    async def test_events_come_before_what_can_be_asked(self) -> None:
        async with (
            running(settings=Settings(settles_after=0.02)) as simulator,
            connected(simulator, "100") as own,
        ):
            await own.subscribe(*USER_EVENTS)
            simulator.calls.ring("84951234567", "100")
            assert (await own.next())[0] == "phoneevent_ringstarted"
            user = simulator.office.user("100")
            assert (user.standing.state, user.line.view) == (UserState.READY, None)
            assert (await own.next())[0] == "userstatechanged"
            assert (await own.ask("getextendedlineinfo"))["abonent"]["isringing"]

    async def test_the_chain_is_told_over_the_web_socket_too(
        self, simulator: OktellSimulator, own: SocketClient
    ) -> None:
        assert "content" not in await own.ask("getchaincontent")
        call = simulator.calls.ring("84951234567", "100")
        content = (await own.ask("getchaincontent"))["content"]
        assert content["chainid"] == call.id
        assert [each["contentelementtype"] for each in content["trace"]] == ["call"]


@pytest.mark.parametrize(
    ("caller", "called"), [("100", "102"), ("102", "100"), ("103", "103"), ("84950", "84951")]
)
async def test_both_ends_must_be_able_to_talk(
    simulator: OktellSimulator, caller: str, called: str
) -> None:
    simulator.calls.ring("100", "101")
    with pytest.raises(OfficeError):
        simulator.calls.ring(caller, called)
    assert len(simulator.calls.calls) == 1


def test_there_must_be_a_call(simulator: OktellSimulator) -> None:
    with pytest.raises(OfficeError):
        simulator.calls.find("105")
