import asyncio
from typing import TYPE_CHECKING

import pytest

from simulators.xivo import CallState, OfficeError, Release, XivoSimulator
from tests.simulators.xivo.conftest import Clock, logged_in, running
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from simulators.xivo import Call

ACME = "0145550123"


def ring(simulator: XivoSimulator, caller: str, called: str, name: str = "") -> Call:
    call = simulator.calls.ring(caller, called, name)
    simulator.end_turn()
    return call


def answered(simulator: XivoSimulator, caller: str, called: str) -> Call:
    call = ring(simulator, caller, called)
    simulator.calls.answer(call)
    simulator.end_turn()
    return call


def log_in(simulator: XivoSimulator, agent: str, number: str) -> None:
    simulator.call_center.log_in(simulator.office.agent(agent), number)
    simulator.end_turn()


async def hints(client: XivoClient) -> list[tuple[str, str]]:
    pushed = await client.pushed("phones")
    return [(tid, status["hintstatus"]) for tid, status in pushed if list(status) == ["hintstatus"]]


async def test_a_call_inside_tells_channels_and_phones_in_the_recorded_order(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    call = ring(simulator, "1002", "1001")
    simulator.calls.answer(call)
    simulator.calls.hang_up(call)
    simulator.end_turn()
    caller, callee = call.caller.channel.name, call.callee.channel.name
    assert [
        (each["listname"], each.get("tid", each.get("list")), each["function"])
        for each in await client.all()
        if each["listname"] != "queuemembers"
    ] == [
        ("phones", "7", "updatestatus"),
        ("channels", caller, "updatestatus"),
        ("phones", "3", "updatestatus"),
        ("channels", callee, "updatestatus"),
        ("channels", caller, "updatestatus"),  # dials
        ("phones", "7", "updatestatus"),
        ("channels", callee, "updatestatus"),
        ("phones", "3", "updatestatus"),
        ("phones", "3", "updatestatus"),  # rings
        ("phones", "3", "updatestatus"),  # is up
        ("phones", "7", "updatestatus"),
        ("channels", caller, "updatestatus"),  # hear each other
        ("phones", "7", "updatestatus"),
        ("channels", callee, "updatestatus"),
        ("phones", "3", "updatestatus"),
        ("phones", "3", "updatestatus"),  # hang up
        ("channels", [callee], "delconfig"),
        ("phones", "7", "updatestatus"),
        ("channels", [caller], "delconfig"),
        ("phones", "3", "updatestatus"),
        ("phones", "7", "updatestatus"),
    ]


async def test_hints_go_through_ringing_in_use_and_hold_back_to_idle(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    call = answered(simulator, ACME, "1001")
    simulator.calls.hold(call)
    simulator.calls.hold(call, held=False)
    simulator.calls.hang_up(call)
    simulator.end_turn()
    assert await hints(client) == [("3", "8"), ("3", "1"), ("3", "16"), ("3", "1"), ("3", "0")]


async def test_a_parked_caller_waits_without_a_phone_until_one_takes_the_call(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    call = answered(simulator, ACME, "1001")
    simulator.calls.park(call)
    simulator.end_turn()
    assert (await client.get("channels", call.caller.channel.name))["parked"] is True
    assert (await client.get("phones", "3"))["hintstatus"] == "0"
    simulator.calls.unpark(call, "1002")
    simulator.end_turn()
    assert (await client.get("phones", "7"))["hintstatus"] == "1"
    assert call.state is CallState.TALKING


async def test_who_does_not_want_to_be_disturbed_misses_calls(simulator: XivoSimulator) -> None:
    simulator.office.user("1").features["enablednd"] = True
    assert ring(simulator, ACME, "1001").state is CallState.ENDED


async def test_a_forward_lets_another_phone_ring(simulator: XivoSimulator) -> None:
    simulator.office.user("1").features |= {"enableunc": True, "destunc": "1002"}
    call = ring(simulator, ACME, "1001")
    assert call.callee is not None
    assert call.callee.number == "1002"


async def test_a_busy_phone_forwards_where_it_is_told_to(simulator: XivoSimulator) -> None:
    answered(simulator, ACME, "1001")
    assert ring(simulator, "0145550999", "1001").state is CallState.ENDED
    simulator.office.user("1").features |= {"enablebusy": True, "destbusy": "1017"}
    call = ring(simulator, "0145550999", "1001")
    assert call.callee is not None
    assert call.callee.number == "1017"


async def test_forwards_in_a_circle_end_the_call(simulator: XivoSimulator) -> None:
    simulator.office.user("1").features |= {"enableunc": True, "destunc": "1002"}
    simulator.office.user("2").features |= {"enableunc": True, "destunc": "1001"}
    assert ring(simulator, ACME, "1001").state is CallState.ENDED


async def test_a_call_that_nobody_answers_is_forwarded_or_leaves_a_message(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    bobs = ring(simulator, ACME, "1002")
    simulator.calls.no_answer(bobs)  # he forwards to Carol, and she to outside
    assert bobs.callee is not None
    assert bobs.callee.number == "+15145550199"
    alices = ring(simulator, "0145550999", "1001", "Ext Caller")
    simulator.calls.no_answer(alices)
    simulator.end_turn()
    assert (await client.get("voicemails", "1"))["new"] == "1"
    assert simulator.office.user("1").calls[0].party == '"Ext Caller" <0145550999>'


async def test_calls_come_into_the_logs_of_both(
    simulator: XivoSimulator, clock: Clock, other: XivoClient
) -> None:
    call = answered(simulator, "1002", "1001")
    clock.now += 63
    simulator.calls.hang_up(call)
    simulator.end_turn()
    other.say("history", mode="1", size="1")
    (entry,) = (await other.of("history"))["history"]
    assert (entry["duration"], entry["fullname"]) == (63, '"Bob Marceau" <1002>')
    assert simulator.office.user("2").calls[0].party == "1001"


async def test_an_unknown_short_number_is_nobody_and_a_long_one_is_outside(
    simulator: XivoSimulator,
) -> None:
    assert ring(simulator, "1001", "7777").state is CallState.ENDED
    assert ring(simulator, "1001", "0145550000").state is CallState.RINGING


async def test_what_cannot_be_done_with_a_call_is_refused(simulator: XivoSimulator) -> None:
    call = ring(simulator, ACME, "1001")
    with pytest.raises(OfficeError, match="Nobody talks"):
        simulator.calls.hold(call)
    with pytest.raises(OfficeError, match="not parked"):
        simulator.calls.unpark(call, "1002")
    simulator.calls.hang_up(call)
    with pytest.raises(OfficeError, match="over"):
        simulator.calls.hang_up(call)
    with pytest.raises(OfficeError, match="does not ring"):
        simulator.calls.answer(call)


class TestQueues:
    async def test_a_caller_waits_until_an_agent_is_free(
        self, simulator: XivoSimulator, clock: Clock, client: XivoClient
    ) -> None:
        client.say("subscribe", message="queueentryupdate", queueid="1")
        assert await client.all() == []
        call = ring(simulator, ACME, "3001", "Acme")
        assert call.state is CallState.WAITING
        (entry,) = (await client.of("queueentryupdate"))["state"]["entries"]
        assert (entry["position"], entry["name"], entry["number"]) == (1, "Acme", ACME)
        clock.now += 5
        log_in(simulator, "2001", "1002")
        assert call.state is CallState.RINGING
        simulator.calls.answer(call)
        simulator.end_turn()
        assert (await client.of("queueentryupdate"))["state"]["entries"] == []
        status = await client.get("agents", "1")
        assert (status["on_call_acd"], status["availability"]) == (True, "unavailable")

    async def test_wrap_up_keeps_the_next_caller_waiting_until_it_ends(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        simulator.office.queue("blue").wrapup = 60.0
        log_in(simulator, "2001", "1002")
        first = answered(simulator, ACME, "3001")
        second = ring(simulator, "0145550999", "3001")
        simulator.calls.hang_up(first)
        simulator.end_turn()
        status = await client.get("agents", "1")
        assert (status["on_wrapup"], status["availability"]) == (True, "unavailable")
        assert second.state is CallState.WAITING
        simulator.call_center.end_wrapup(simulator.office.agent("2001"))
        simulator.end_turn()
        assert second.state is CallState.RINGING

    async def test_wrap_up_ends_by_itself(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        simulator.office.queue("blue").wrapup = 0.01
        log_in(simulator, "2001", "1002")
        simulator.calls.hang_up(answered(simulator, ACME, "3001"))
        simulator.end_turn()
        while not (await client.of("getlist")).get("status", {}).get("on_wrapup"):
            pass
        while (await client.of("getlist"))["listname"] != "agents":
            pass
        assert (await client.get("agents", "1"))["availability"] == "available"

    async def test_members_go_through_ringing_and_in_use_and_count_their_calls(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        log_in(simulator, "2002", "1003")
        simulator.calls.hang_up(answered(simulator, ACME, "3001"))
        simulator.end_turn()
        pushed = await client.pushed("queuemembers")
        assert [(config["status"], config["callstaken"]) for _, config in pushed] == [
            ("1", "0"),
            ("6", "0"),
            ("2", "0"),
            ("1", "1"),
        ]

    async def test_a_paused_agent_is_not_rung(self, simulator: XivoSimulator) -> None:
        log_in(simulator, "2001", "1002")
        agent = simulator.office.agent("2001")
        simulator.call_center.pause(agent)
        call = ring(simulator, ACME, "3001")
        assert call.state is CallState.WAITING
        simulator.call_center.pause(agent, paused=False)
        simulator.end_turn()
        assert call.state is CallState.RINGING

    async def test_an_agent_who_does_not_answer_leaves_the_caller_to_the_next(
        self, simulator: XivoSimulator
    ) -> None:
        log_in(simulator, "2001", "1002")
        call = ring(simulator, ACME, "3001")
        log_in(simulator, "2002", "1003")
        simulator.calls.no_answer(call)
        simulator.call_center.pause(simulator.office.agent("2001"))
        simulator.end_turn()
        assert call.callee is not None
        assert call.callee.number == "1003"

    async def test_a_phone_can_be_a_member_too(self, simulator: XivoSimulator) -> None:
        simulator.channels.set_device(simulator.office.phone("1001"), "1")
        simulator.channels.set_device(simulator.office.phone("1001"), "0")
        call = ring(simulator, ACME, "3002")
        assert call.callee is not None
        assert call.callee.number == "1001"

    async def test_statistics_are_told_as_they_change(
        self, simulator: XivoSimulator, clock: Clock, client: XivoClient
    ) -> None:
        client.say("subscribetoqueuesstats")
        assert len(await client.all()) == 6
        call = ring(simulator, ACME, "3001")
        clock.now += 7
        ring(simulator, "0145550999", "3001")
        stats = [each["stats"] for each in await client.all() if each["class"] == "getqueuesstats"]
        assert stats == [
            {"1": {"Xivo-WaitingCalls": 1, "Xivo-LongestWaitTime": 0}},
            {"1": {"Xivo-WaitingCalls": 2, "Xivo-LongestWaitTime": 7}},
        ]
        simulator.calls.hang_up(call)
        log_in(simulator, "2001", "1002")
        simulator.calls.answer(simulator.calls.find(number="0145550999"))
        simulator.end_turn()
        client.say("getqueuesstats", on={"1": {"window": "60", "xqos": "10"}}, commandid=5)
        while (answer := await client.of("getqueuesstats")).get("replyid") != 5:
            pass
        assert answer["stats"]["1"] == {
            "Xivo-Join": "2",
            "Xivo-Link": "1",
            "Xivo-Lost": "1",
            "Xivo-Rate": "50",
            "Xivo-Qos": "100",
            "Xivo-Holdtime-avg": "4",
            "Xivo-Holdtime-max": "7",
        }


class TestAgentsOwnCalls:
    @pytest.mark.parametrize(
        ("caller", "called", "availability"),
        [
            ("1002", "1001", "on_call_nonacd_outgoing_internal"),
            ("1002", ACME, "on_call_nonacd_outgoing_external"),
            ("1001", "1002", "on_call_nonacd_incoming_internal"),
            (ACME, "1002", "on_call_nonacd_incoming_external"),
        ],
    )
    async def test_each_kind_of_call_has_its_availability(
        self,
        simulator: XivoSimulator,
        client: XivoClient,
        caller: str,
        called: str,
        availability: str,
    ) -> None:
        log_in(simulator, "2001", "1002")
        call = answered(simulator, caller, called)
        assert (await client.get("agents", "1"))["availability"] == availability
        simulator.calls.hang_up(call)
        simulator.end_turn()
        assert (await client.get("agents", "1"))["availability"] == "available"


class TestOrders:
    """Calls that clients make."""

    async def test_dial_rings_the_own_phone_and_then_the_number(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        other.command("dial", destination="exten:xivo/1002")
        assert await other.next() == {"class": "dial_success", "exten": "1002"}
        assert await hints(other) == [("3", "8"), ("3", "1"), ("7", "8")]
        assert simulator.calls.find(number="1002").state is CallState.RINGING

    async def test_what_a_client_dialled_is_answered_after_a_while(self) -> None:
        async with (
            running(answers_after=0.01) as simulator,
            logged_in(simulator, "alice") as alice,
        ):
            alice.command("dial", destination="1002")
            call = None
            while call is None or call.state is not CallState.TALKING:
                await asyncio.sleep(0.002)
                call = next(iter(simulator.calls.calls.values()), None)

    async def test_an_unreachable_number_is_refused_by_name(self, other: XivoClient) -> None:
        other.command("dial", destination="exten:xivo/7777")
        assert await other.next() == {
            "class": "ipbxcommand",
            "error_string": "unreachable_extension:7777",
        }

    async def test_hangup_ends_the_call_of_a_channel(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = answered(simulator, ACME, "1001")
        await other.all()
        channel = call.caller.channel.name
        other.command("hangup", channelids=f"chan:xivo/{channel}", commandid=7)
        assert (await other.next())["ipbxreply"] is True
        assert (await other.next())["response"] == "ok"
        assert [channel] in [each.get("list") for each in await other.all()]
        assert call.state is CallState.ENDED

    async def test_hangup_of_no_channel_is_ko(self, other: XivoClient) -> None:
        other.command("hangup", channelids="chan:xivo/SIP/none-1", commandid=7)
        assert [each.get("response") for each in await other.all()] == [None, "ko"]

    async def test_transfer_sends_the_other_party_on(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = answered(simulator, ACME, "1001")
        await other.all()
        other.command("transfer", destination="exten:xivo/1002", commandid=7)
        assert (await other.next())["ipbxreply"] is True
        await other.all()
        assert call.callee is not None
        assert call.callee.number == "1002"
        assert simulator.office.phone("1001").hint == "0"

    async def test_intercept_takes_a_ringing_call(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = ring(simulator, ACME, "1002")
        await other.all()
        other.command("intercept", tointercept=f"chan:xivo/{call.caller.channel.name}")
        await other.all()
        assert call.callee is not None
        assert call.callee.number == "1001"
        assert simulator.office.phone("1002").hint == "0"

    async def test_listen_uses_the_own_phone(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        log_in(simulator, "2001", "1002")
        other.command("listen", destination="xivo/1")
        await other.all()
        assert simulator.office.phone("1001").hint == "1"
        assert simulator.site.asked[-1]["Application"] == "ChanSpy"


class TestSwitchboard:
    async def test_current_calls_are_told_as_they_change(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        other.say("subscribe", message="current_calls")
        assert (await other.next())["current_calls"] == []
        call = ring(simulator, ACME, "1001", "Acme")
        simulator.calls.answer(call)
        simulator.calls.hold(call)
        simulator.calls.hang_up(call)
        simulator.end_turn()
        told = [each for each in await other.all() if each["class"] == "current_calls"]
        calls = [
            [(each["cid_name"], each["call_status"]) for each in message["current_calls"]]
            for message in told
        ]
        assert calls == [[("Acme", "up")], [("Acme", "hold")], []]

    async def test_answer_takes_a_waiting_caller_and_hold_puts_them_back(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = ring(simulator, ACME, "3001")
        other.say("answer", unique_id=call.caller.channel.unique_id)
        await other.all()
        assert call.state is CallState.TALKING
        other.say("hold_switchboard", queue_name="blue")
        await other.all()
        assert call.state is CallState.WAITING
        other.say("resume_switchboard", unique_id=call.caller.channel.unique_id)
        await other.all()
        assert call.state is CallState.TALKING

    async def test_an_attended_transfer_is_completed(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        other.say("subscribe", message="current_calls")
        call = answered(simulator, ACME, "1001")
        other.say("attended_transfer", number="1002")
        await other.all()
        simulator.calls.answer(simulator.calls.find(number="1002"))
        simulator.end_turn()
        line = (await other.of("current_call_attended_transfer_answered"))["line"]
        assert line == "SIP/x2gjtw"
        other.say("complete_transfer")
        await other.all()
        assert [party.number for party in call.parties()] == ["1002", ACME]
        assert call.state is CallState.TALKING

    async def test_an_attended_transfer_is_cancelled(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = answered(simulator, ACME, "1001")
        other.say("attended_transfer", number="1002")
        other.say("cancel_transfer")
        await other.all()
        assert (call.state, call.is_held) == (CallState.TALKING, False)
        assert len(simulator.calls.calls) == 1

    async def test_a_direct_transfer_and_a_hangup_need_no_call(self, other: XivoClient) -> None:
        other.say("direct_transfer", number="1002")
        other.say("hangup")
        assert await other.all() == []

    async def test_a_direct_transfer_sends_the_caller_on(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        call = answered(simulator, ACME, "1001")
        other.say("direct_transfer", number="1002")
        await other.all()
        assert call.callee is not None
        assert call.callee.number == "1002"


class TestSheets:
    async def test_the_called_users_clients_alone_see_who_calls_from_outside(
        self, simulator: XivoSimulator, client: XivoClient, other: XivoClient
    ) -> None:
        ring(simulator, ACME, "1001", "Acme")
        assert (await other.of("sheet"))["compressed"] is True
        assert "sheet" not in {each["class"] for each in await client.all()}

    async def test_calls_inside_show_none(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        ring(simulator, "1002", "1001")
        assert "sheet" not in {each["class"] for each in await other.all()}


class TestConferences:
    async def test_who_is_in_is_told(self, simulator: XivoSimulator, other: XivoClient) -> None:
        other.say("subscribe", message="meetme_update")
        await other.of("meetme_user")
        call = ring(simulator, "1001", "4001")
        room = (await other.of("meetme_update"))["config"]["4001"]
        assert (room["member_count"], room["members"]["1"]["name"]) == (1, "Alice Bouzat")
        pair = {"room_number": "4001", "user_number": 1}
        assert (await other.of("meetme_user"))["list"] == [pair]
        other.command("meetme", function="MeetmeMute", functionargs=["4001", "1"])
        room = (await other.of("meetme_update"))["config"]["4001"]
        assert room["members"]["1"]["muted"] is True
        simulator.calls.hang_up(call)
        simulator.end_turn()
        assert (await other.of("meetme_update"))["config"]["4001"]["member_count"] == 0

    async def test_someone_can_be_invited_from_within(
        self, simulator: XivoSimulator, other: XivoClient
    ) -> None:
        ring(simulator, "1001", "4001")
        other.say("invite_confroom", invitee="user:xivo/2", commandid=4)
        assert any(each.get("message") == "Command sent succesfully" for each in await other.all())
        assert len(simulator.office.conference("4001").members) == 2

    async def test_an_invitation_from_without_drops(self, other: XivoClient) -> None:
        other.say("invite_confroom", invitee="user:xivo/2")
        assert await other.is_dropped()


class TestAnOldRelease:
    @pytest.fixture
    def release(self) -> Release:
        return Release.R14_12

    async def test_a_hang_up_shows_the_callers_phone_idle_already(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        call = answered(simulator, "1002", "1001")
        await client.all()
        simulator.calls.hang_up(call)
        simulator.end_turn()
        assert [(tid, status["hintstatus"]) for tid, status in await client.pushed("phones")] == [
            ("3", "1"),
            ("7", "0"),
            ("3", "0"),
            ("7", "0"),
        ]
