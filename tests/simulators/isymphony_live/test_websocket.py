"""The event web-socket: who is let in, what is told, and to whom."""

from typing import TYPE_CHECKING, Any

from aiohttp import WSServerHandshakeError
import pytest

from simulators.isymphony_live import FilterReply, Release
from tests.simulators.isymphony_live.conftest import NOW, connected
from tests.simulators.isymphony_live.wire import basic

if TYPE_CHECKING:
    from simulators.isymphony_live import CoreServer, LiveSimulator
    from tests.simulators.isymphony_live.wire import Body, HttpClient, SocketClient


def base(server: CoreServer, type_: str) -> Body:
    return {"type": type_, "time": int(NOW * 1_000), "coreServerId": server.id}


def person(server: CoreServer, number: str, suffix: str = "") -> Body:
    extension = server.extension(number)
    return {
        f"extensionId{suffix}": extension.id,
        f"extensionNumber{suffix}": number,
        f"userId{suffix}": extension.user.id,
        f"username{suffix}": extension.user.username,
    }


NOBODY = dict.fromkeys(("extensionId", "extensionNumber", "userId", "username"))


class TestConnecting:
    @pytest.mark.parametrize("headers", [{}, basic(password="wrong")])
    async def test_wrong_credentials_are_403(
        self, simulator: LiveSimulator, headers: dict[str, str]
    ) -> None:
        with pytest.raises(WSServerHandshakeError) as raised:
            async with connected(simulator, headers=headers):
                pass
        assert raised.value.status == 403

    async def test_so_is_a_denied_address(self, simulator: LiveSimulator) -> None:
        simulator.settings.deny_addresses = True
        with pytest.raises(WSServerHandshakeError) as raised:
            async with connected(simulator):
                pass
        assert raised.value.status == 403

    async def test_without_a_web_socket_there_is_nothing(self, http: HttpClient) -> None:
        assert (await http.ask("GET", "ws/event")).status == 404


class TestFilters:
    async def test_they_are_answered_and_take_the_place_of_those_before(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        assert await client.filter(("type", "userLogin"), ("username", "101")) == {"success": True}
        for number in ("100", "101"):
            simulator.people.log_in(server, server.user(number), "127.0.0.1", 1)
        assert [each["username"] for each in await client.events()] == ["101"]
        await client.filter(("type", "userStatus"))
        simulator.people.log_in(server, server.user("101"), "127.0.0.1", 1)
        assert await client.events() == []

    async def test_an_invalid_one_changes_nothing(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        answer = await client.say('{"type":"filter","filters":[{"property":"type" : "value"}]}')
        assert answer == {"success": False, "message": "Invalid JSON."}
        simulator.people.log_in(server, server.user("101"), "127.0.0.1", 1)
        assert await client.types() == ["userLogin"]

    @pytest.mark.parametrize("sends", [True, False])
    async def test_before_there_is_one_all_may_be_sent_or_nothing(
        self, simulator: LiveSimulator, server: CoreServer, *, sends: bool
    ) -> None:
        simulator.settings.sends_unfiltered = sends
        async with connected(simulator) as client:
            await client.events()
            simulator.people.log_in(server, server.user("101"), "127.0.0.1", 1)
            assert await client.types() == ["userLogin"] * sends

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (FilterReply.UNTYPED, '{"success": true}'),
            (FilterReply.TYPED, '{"type": "filterResponse", "success": true}'),
            (FilterReply.TEXT, "OK"),
        ],
    )
    async def test_the_answer_may_be_anything(
        self, simulator: LiveSimulator, client: SocketClient, reply: FilterReply, expected: str
    ) -> None:
        simulator.settings.filter_reply = reply
        await client.socket.send_str('{"type":"filter","filters":[]}')
        assert (await client.socket.receive()).data == expected

    async def test_or_nothing(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.settings.filter_reply = FilterReply.NONE
        await client.socket.send_str('{"type":"filter","filters":[]}')
        await client.socket.send_str("and this means nothing")
        async with connected(simulator) as second:  # by then both have been taken
            simulator.people.log_in(server, server.user("101"), "127.0.0.1", 1)
            assert (await second.next())["type"] == "userLogin"
        assert (await client.next())["type"] == "userLogin"


class TestEvents:
    async def test_of_users(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        user = server.user("100")
        login = simulator.people.log_in(server, user, "192.0.2.7", 57_042)
        simulator.people.set_status(server, user, "Out of Office", note="Dentist")
        simulator.people.log_out(server, user)
        about = {"userId": user.id, "username": "100"}
        seat = {"userLoginId": login.id, "ip": "192.0.2.7", "port": 57_042}
        assert await client.events() == [
            base(server, "userLogin") | about | seat,
            base(server, "userStatus")
            | about
            | {
                "name": "Out of Office",
                "statusType": "xa",
                "note": "Dentist",
                "returnTime": -1,
                "userCreated": False,
            },
            base(server, "userLogout") | about | seat,
        ]

    async def test_a_return_time_is_in_milliseconds(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.people.set_status(server, server.user("100"), return_time=NOW)
        (event,) = await client.events()
        assert event["returnTime"] == int(NOW * 1_000)

    async def test_of_agents(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        queue, extension = server.queue("5002"), server.extension("101")
        agent = simulator.people.log_in_agent(server, queue, extension)
        simulator.people.log_out_agent(server, agent)
        about = {
            "agentId": agent.id,
            "agent": extension.name,
            "state": "NOT_INUSE",
            "queueId": queue.id,
            "queue": "Sales",
        } | person(server, "101")
        assert await client.events() == [
            base(server, "agentLogin") | about,
            base(server, "agentLogout") | about,
        ]

    async def test_of_a_call_that_somebody_outside_makes(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        outside = simulator.calls.ring(server, "15550100", "101", "Doc")
        inside = outside.partner
        simulator.calls.answer(outside)
        simulator.calls.hang_up(inside)
        theirs = {
            "callSegmentId": outside.id,
            "callerIdName": "Doc",
            "callerIdNumber": "15550100",
            "did": "101",
        } | NOBODY
        ours = {
            "callSegmentId": inside.id,
            "callerIdName": server.extension("101").name,
            "callerIdNumber": "101",
            "did": "s",
        } | person(server, "101")
        both = {f"{key}1": value for key, value in theirs.items()}
        both |= {f"{key}2": value for key, value in ours.items()}
        assert await client.events() == [
            base(server, "dial") | theirs,
            base(server, "dial") | ours,
            base(server, "linkEnd") | both,
            base(server, "hangup") | ours,
            base(server, "hangup") | theirs,
        ]

    async def test_of_a_call_that_nobody_answers(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.calls.hang_up(simulator.calls.ring(server, "100", "101"))
        assert await client.types() == ["dial", "dial", "hangup", "hangup"]

    async def test_of_a_conference(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        room = server.room("651")
        segment = simulator.calls.join(server, room, "101")
        simulator.calls.hang_up(segment)
        assert await client.events() == [
            base(server, "confRoomCallLeave")
            | {"conferenceRoomId": room.id, "conferenceRoomName": "Bob"}
            | {
                "callSegmentId": segment.id,
                "callerIdName": server.extension("101").name,
                "callerIdNumber": "101",
                "did": "651",
            }
            | person(server, "101")
        ]

    async def test_older_releases_know_no_conferences(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        segment = simulator.calls.join(server, server.room("650"), "101")
        simulator.settings.release = Release.V3_2
        simulator.calls.hang_up(segment)
        assert await client.events() == []

    @pytest.mark.parametrize("number", ["110", "108"])
    async def test_nobody_hears_of_agents_without_a_licensed_user(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient, number: str
    ) -> None:
        simulator.people.log_in_agent(server, server.queue("5002"), server.extension(number))
        assert await client.events() == []

    async def test_nor_of_statuses_without_a_licence(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.people.set_status(server, server.user("110"), "Away")
        simulator.settings.is_licensed = False
        simulator.people.set_status(server, server.user("100"), "Away")
        assert await client.events() == []

    async def test_what_is_null_may_be_left_out(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.settings.omits_nulls = True
        simulator.calls.ring(server, "15550100", "101")
        first, second = await client.events()
        assert not NOBODY.keys() & first.keys()
        assert NOBODY.keys() <= second.keys()

    @pytest.mark.parametrize("shuffles", [True, False])
    async def test_properties_come_in_any_order(
        self,
        simulator: LiveSimulator,
        server: CoreServer,
        client: SocketClient,
        *,
        shuffles: bool,
    ) -> None:
        simulator.settings.shuffles = shuffles
        for _ in range(5):
            simulator.people.set_status(server, server.user("100"), "Away")
        assert (len({tuple(each) for each in await client.events()}) > 1) is shuffles

    async def test_what_no_known_event_tells_may_be_told_by_unknown_ones(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.settings.unlisted_events = True
        simulator.people.pause(server, server.queue("5001").agents[0], on=True)
        simulator.people.set_dnd(server, server.extension("101"), on=True)
        simulator.calls.join(server, server.room("650"), "102")
        assert await client.types() == [
            "simulatedAgentPause",
            "simulatedDnd",
            "simulatedConferenceJoin",
        ]


class TestQueues:
    async def test_a_free_agent_is_called_and_counts_the_call(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient, http: HttpClient
    ) -> None:
        caller = simulator.calls.ring(server, "15550100", "5001")
        (waiting,) = await http.read("queues/getByName/5001/callSegments")
        assert waiting["callerId"]["number"] == "15550100"
        (agent,) = await http.read("queues/getByName/5001/agents")
        assert agent["state"] == "RINGING"
        simulator.calls.answer(caller)
        assert await http.read("queues/getByName/5001/callSegments") == []
        (agent,) = await http.read("queues/getByName/5001/agents")
        assert agent["state"] == "INUSE"
        path = f"queues/getByName/5001/agents/{agent['id']}/statistics"
        assert await http.read(path) == {
            "callsTaken": 1,
            "lastCall": int(NOW * 1_000),
            "penalty": 0,
        }
        simulator.calls.hold(caller.partner, on=True)
        (agent,) = await http.read("queues/getByName/5001/agents")
        assert agent["state"] == "ONHOLD"
        assert await client.types() == ["dial", "dial"]

    async def test_whom_an_agent_refuses_waits_for_another(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        caller = simulator.calls.ring(server, "15550100", "5001")
        simulator.calls.hang_up(caller.partner)
        assert caller.partner is None
        assert simulator.calls.waiting(server.queue("5001")) == [caller]
        simulator.people.log_in_agent(server, server.queue("5001"), server.extension("101"))
        assert caller.partner.number == "100"  # who is still the first
        assert await client.types() == ["dial", "dial", "hangup", "agentLogin", "dial", "dial"]

    async def test_a_paused_agent_is_called_afterwards(
        self, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        agent: Any = server.queue("5001").agents[0]
        simulator.people.pause(server, agent, on=True)
        caller = simulator.calls.ring(server, "15550100", "5001")
        assert caller.partner is None
        simulator.people.pause(server, agent, on=False)
        assert caller.partner.agent is agent

    async def test_who_gives_up_before_anyone_is_called_leaves_in_silence(
        self, simulator: LiveSimulator, server: CoreServer, client: SocketClient
    ) -> None:
        simulator.calls.hang_up(simulator.calls.ring(server, "15550100", "5002"))
        assert await client.events() == []
        assert simulator.calls.segments == []
