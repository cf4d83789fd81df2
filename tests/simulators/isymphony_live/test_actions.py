"""Actions: this simulator's own, for requests made from templates."""

from typing import TYPE_CHECKING, Any

import pytest

from simulators.isymphony_live import Settings, TimeUnit
from tests.simulators.isymphony_live.conftest import NOW, connected, running

if TYPE_CHECKING:
    from simulators.isymphony_live import CoreServer, LiveSimulator
    from tests.simulators.isymphony_live.wire import HttpClient, SocketClient

SET = "users/getByName/100/status/actions/set"
AGENT = "queues/getByName/5001/agents/getByName/100/actions"


class TestStatus:
    async def test_one_that_is_offered_brings_its_type(
        self, http: HttpClient, client: SocketClient
    ) -> None:
        body = {"name": "Lunch", "note": "Löwen", "returnTime": int(NOW * 1_000)}
        answer = await http.act(SET, body)
        assert (answer.status, answer.text) == (204, "")
        (event,) = await client.events()
        assert (event["name"], event["statusType"], event["userCreated"]) == (
            "Lunch",
            "altblue",
            False,
        )
        assert (event["note"], event["returnTime"]) == ("Löwen", int(NOW * 1_000))

    async def test_one_of_their_own_keeps_its_type_unless_told(
        self, http: HttpClient, server: CoreServer
    ) -> None:
        await http.act(SET, {"name": "Fishing", "type": "xa"})
        status = server.user("100").status
        assert (status.name, status.type, status.is_user_created) == ("Fishing", "xa", True)
        await http.act(SET, {"name": "Hunting"})
        assert server.user("100").status.type == "xa"

    async def test_what_is_not_given_stays(self, http: HttpClient, server: CoreServer) -> None:
        await http.act(SET, {"name": "Away", "note": "Dentist", "returnTime": 5_000})
        await http.act(SET, {"name": "Busy"})
        status = server.user("100").status
        assert (status.name, status.note, status.return_time) == ("Busy", "Dentist", 5.0)

    @pytest.mark.parametrize("none", [-1, 0, None])
    async def test_a_return_time_may_be_taken_back(
        self, http: HttpClient, server: CoreServer, none: int | None
    ) -> None:
        server.user("100").status.return_time = NOW
        await http.act(SET, {"returnTime": none})
        assert server.user("100").status.return_time is None

    async def test_it_may_be_in_seconds(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        simulator.settings.return_times = TimeUnit.SECONDS
        await http.act(SET, {"returnTime": 499_132_800})
        assert server.user("100").status.return_time == 499_132_800

    @pytest.mark.parametrize(
        "body",
        [
            {"type": "puce"},
            {"name": 7},
            {"note": []},
            {"returnTime": "soon"},
            {"returnTime": 1e300},
        ],
    )
    async def test_what_cannot_be_is_409_in_words(
        self, http: HttpClient, body: dict[str, Any]
    ) -> None:
        answer = await http.act(SET, body)
        assert answer.status == 409
        assert answer.text

    async def test_nobody_without_a_licence_has_one(self, http: HttpClient) -> None:
        answer = await http.act("users/getByName/110/status/actions/set", {"name": "Away"})
        assert answer.status == 404


class TestTelephones:
    async def test_originating_dials(
        self, http: HttpClient, client: SocketClient, server: CoreServer
    ) -> None:
        path = "extensions/getByName/100/actions/originate"
        assert (await http.act(path, {"destination": "101"})).status == 204
        first, second = await client.events()
        assert (first["type"], first["extensionNumber"], first["did"]) == ("dial", "100", "101")
        assert (second["type"], second["extensionNumber"], second["did"]) == ("dial", "101", "s")
        assert (await http.act(path, {"destination": "102"})).status == 409
        assert (await http.act(path)).text == "No destination provided."

    async def test_it_may_be_answered_by_itself(self) -> None:
        async with (
            running(settings=Settings(answers_after=0.001, unlisted_events=True)) as simulator,
            connected(simulator) as client,
        ):
            server = simulator.office.server()
            simulator.calls.originate(server, server.extension("100"), "101")
            types = [(await client.next())["type"] for _ in range(4)]
        assert types == ["dial", "dial", "simulatedLink", "simulatedLink"]

    async def test_do_not_disturb(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        assert (await http.act("extensions/getByName/101/actions/enableDnd")).status == 204
        with pytest.raises(ValueError, match="101 cannot be called"):
            simulator.calls.ring(server, "15550100", "101")
        assert (await http.act("extensions/getByName/101/actions/disableDnd")).status == 204
        simulator.calls.ring(server, "15550100", "101")

    async def test_transferring_gives_the_other_one_away(
        self,
        http: HttpClient,
        client: SocketClient,
        simulator: LiveSimulator,
        server: CoreServer,
    ) -> None:
        caller = simulator.calls.ring(server, "15550100", "101")
        simulator.calls.answer(caller)
        path = f"callSegments/{caller.partner.id}/actions/transfer"
        assert (await http.act(path, {"destination": "102"})).status == 204
        types = await client.types()
        assert types == ["dial", "dial", "linkEnd", "hangup", "dial", "dial"]
        assert caller.partner.number == "102"
        assert await http.read("extensions/getByName/101/callSegments") == []
        path = f"callSegments/{caller.id}/actions/transfer"
        assert (await http.act(path, {"destination": "103"})).text == "15550100 talks to nobody"


class TestAgents:
    async def test_pausing_is_seen_but_not_told(
        self, http: HttpClient, client: SocketClient
    ) -> None:
        for action, paused in (("pause", True), ("unpause", False)):
            assert (await http.act(f"{AGENT}/{action}")).status == 204
            (agent,) = await http.read("queues/getByName/5001/agents")
            assert agent["paused"] is paused
        assert await client.events() == []

    async def test_logging_out_and_in_makes_another_agent(
        self, http: HttpClient, client: SocketClient, server: CoreServer
    ) -> None:
        before = server.queue("5001").agents[0].id
        assert (await http.act(f"{AGENT}/logOut")).status == 204
        assert await http.read("queues/getByName/5001/agents") == []
        path = "queues/getByName/5001/actions"
        assert (await http.act(f"{path}/logIn", {"extension": "100"})).status == 204
        assert (await http.act(f"{path}/logIn", {"extension": "100"})).status == 409
        logout, login = await client.events()
        assert (logout["type"], logout["agentId"]) == ("agentLogout", before)
        assert login["type"] == "agentLogin"
        assert login["agentId"] != before
        assert (await http.act(f"{path}/logOut", {"extension": "100"})).status == 204
        assert (await http.act(f"{path}/logOut", {"extension": "100"})).status == 409

    async def test_a_static_member_stays(self, http: HttpClient, server: CoreServer) -> None:
        server.queue("5001").agents[0].is_dynamic = False
        assert (await http.act(f"{AGENT}/logOut")).status == 409

    async def test_a_penalty_is_in_the_statistics(self, http: HttpClient) -> None:
        assert (await http.act(f"{AGENT}/setPenalty", {"penalty": 3})).status == 204
        path = "queues/getByName/5001/agents/getByName/100/statistics"
        assert (await http.read(path))["penalty"] == 3
        assert (await http.act(f"{AGENT}/setPenalty", {"penalty": -1})).status == 409


@pytest.mark.parametrize(
    "path",
    [
        "users/getByName/100/actions/set",
        "actions/explode",
        "users/actions/set",
        "extensions/getByName/999/actions/originate",
    ],
)
async def test_what_is_no_action_is_404(http: HttpClient, path: str) -> None:
    assert (await http.act(path)).status == 404


async def test_a_body_must_be_json(http: HttpClient) -> None:
    url = f"rest/live/coreServers/getByName/default/{SET}"
    for body in ("{", "[]", "7", "[" * 5_000):
        assert (await http.ask("POST", url, body=body)).status == 412
