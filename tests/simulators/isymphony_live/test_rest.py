"""The Live API, and the little of the Configuration API."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from simulators.isymphony_live import Release, TimeUnit
from tests.simulators.isymphony_live.conftest import NOW, running
from tests.simulators.isymphony_live.wire import SERVER, basic

if TYPE_CHECKING:
    from simulators.isymphony_live import CoreServer, LiveSimulator
    from tests.simulators.isymphony_live.wire import HttpClient

STATUS = "users/getByName/100/status"


class TestWhoMayAsk:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            basic(password="wrong"),
            basic(username="admin"),
            {"Authorization": "Basic !"},
            {"Authorization": "Bearer manag3rpa55word"},
        ],
    )
    async def test_wrong_credentials_are_403(
        self, http: HttpClient, headers: dict[str, str]
    ) -> None:
        answer = await http.ask("GET", f"rest/live/{SERVER}", headers=headers)
        assert answer.status == 403

    async def test_so_is_an_address_that_the_access_list_does_not_allow(
        self, simulator: LiveSimulator, http: HttpClient
    ) -> None:
        simulator.settings.deny_addresses = True
        assert (await http.get(SERVER)).status == 403

    async def test_some_may_say_401(self, simulator: LiveSimulator, http: HttpClient) -> None:
        simulator.settings.refusal = 401
        answer = await http.ask("GET", f"rest/live/{SERVER}", headers={})
        assert (answer.status, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")


class TestShapes:
    async def test_core_servers(self, http: HttpClient, server: CoreServer) -> None:
        expected = {"id": server.id, "slug": "default", "name": "default"}
        assert (await http.get("coreServers")).json == [expected]
        assert (await http.get(f"coreServers/{server.id}")).json == expected
        assert await http.read() == expected

    async def test_users(self, http: HttpClient, server: CoreServer) -> None:
        user = server.user("100")
        expected = {
            "id": user.id,
            "configurationId": user.configuration_id,
            "userName": "100",
            "displayedName": user.name,
            "permissionId": user.configuration_id,
        }
        assert await http.read(f"users/{user.id}") == expected
        assert await http.read("users/getByName/100") == expected
        assert expected in await http.read("users")

    async def test_a_status(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        user = server.user("100")
        simulator.people.set_status(
            server, user, "Went back in time", type_="away", note="Tell Doc", return_time=NOW
        )
        expected = {
            "id": user.status.id,
            "configurationId": user.status.configuration_id,
            "name": "Went back in time",
            "type": "away",
            "note": "Tell Doc",
            "returnTime": 1_700_000_000_000,
            "userCreated": True,
        }
        assert await http.read(STATUS) == expected
        simulator.settings.return_times = TimeUnit.SECONDS
        assert await http.read(STATUS) == expected | {"returnTime": 1_700_000_000}

    @pytest.mark.parametrize("none", [-1, 0])
    async def test_no_return_time(
        self, http: HttpClient, simulator: LiveSimulator, none: int
    ) -> None:
        simulator.settings.no_return_time = none
        assert (await http.read(STATUS))["returnTime"] == none

    async def test_extensions(self, http: HttpClient, server: CoreServer) -> None:
        extension = server.extension("106")
        expected = {
            "id": extension.id,
            "extensionNumber": "106",
            "displayName": extension.name,
            "configurationId": extension.configuration_id,
            "permissionId": extension.configuration_id,
        }
        assert await http.read("extensions/getByName/106") == expected
        assert await http.read(f"extensions/{extension.id}") == expected

    @pytest.mark.parametrize("singular", ["user", "users"])
    async def test_a_user_may_have_several_extensions(
        self, http: HttpClient, singular: str
    ) -> None:
        found = await http.read(f"{singular}/getByName/105/extensions")
        assert [each["extensionNumber"] for each in found] == ["105", "106"]

    async def test_queues_and_agents(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        queue = server.queue("5001")
        assert await http.read("queues/getByName/5001") == {
            "id": queue.id,
            "displayName": "IncomingQ",
            "identifier": "5001",
            "configurationId": queue.configuration_id,
            "permissionId": queue.configuration_id,
        }
        agent = queue.agents[0]
        told = {
            "id": agent.id,
            "paused": False,
            "state": "NOT_INUSE",
            "name": agent.extension.name,
            "dynamic": True,
        }
        assert await http.read("queues/getByName/5001/agents") == [told]
        assert await http.read("extensions/getByName/100/agents") == [told]
        for name in ("agent", "agents"):
            path = f"queues/getByName/5001/{name}/{agent.id}"
            assert await http.read(path) == told
            assert (await http.read(f"{path}/extension"))["extensionNumber"] == "100"
        assert (await http.read(f"{path}/statistics"))["callsTaken"] == 0

    async def test_call_segments(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        caller = simulator.calls.ring(server, "15550100", "101", "Doc")
        (segment,) = await http.read("extensions/getByName/101/callSegments")
        assert UUID(segment["callerId"].pop("id"))
        assert segment == {
            "id": caller.partner.id,
            "type": "INTERNAL",
            "callerId": {"name": server.extension("101").name, "number": "101"},
            "did": "s",
            "onHold": False,
            "recording": False,
            "incoming": True,
        }
        (other,) = await http.read(f"callSegments/{segment['id']}/callSegments")
        assert (other["id"], other["type"], other["did"]) == (caller.id, "EXTERNAL", "101")
        assert (other["callerId"]["name"], other["callerId"]["number"]) == ("Doc", "15550100")

    async def test_conference_rooms_and_who_is_in(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        room = server.room("650")
        assert (await http.read("conferences"))[0] == {
            "id": room.id,
            "configurationId": room.configuration_id,
            "displayName": "Main",
            "identifier": "650",
            "dialString": "650",
            "userGenerated": False,
            "permissionId": room.configuration_id,
        }
        simulator.calls.join(server, room, "101")
        (member,) = await http.read("conferences/getByName/650/callSegments")
        assert member["callerId"]["number"] == "101"


class TestWhatIsNotThere:
    @pytest.mark.parametrize(
        "path",
        [
            "users/getByName/999",
            "users/getByName",
            "users/no-such-id",
            "users/getByName/110/status",  # not licensed
            "users/getByName/100/status/note",
            "extensions/getByName/110",  # of a user without a licence
            "queues/getByName/5009/agents",
            "queues/getByName/5001/agents/no-such-id",
            "parkingLots",
            "callSegments/getByName/100",
            "users/getByName/100/actions",
        ],
    )
    async def test_it_is_404(self, http: HttpClient, path: str) -> None:
        assert await http.status(path) == 404

    @pytest.mark.parametrize("path", ["coreServers/getByName/other", "", "servers"])
    async def test_so_are_other_roots(self, http: HttpClient, path: str) -> None:
        assert (await http.get(path)).status == 404
        assert (await http.ask("GET", f"rest/{path}")).status == 404

    async def test_older_releases_have_no_conference_rooms(
        self, http: HttpClient, simulator: LiveSimulator
    ) -> None:
        simulator.settings.release = Release.V3_2
        assert await http.status("conferences") == 404

    async def test_a_disabled_queue_is_not_there(
        self, http: HttpClient, server: CoreServer
    ) -> None:
        server.queue("5001").is_enabled = False
        assert await http.status("queues/getByName/5001") == 404
        assert await http.read("extensions/getByName/100/agents") == []

    async def test_without_a_licence_there_is_little(
        self, http: HttpClient, simulator: LiveSimulator
    ) -> None:
        simulator.settings.is_licensed = False
        assert await http.status(STATUS) == 404
        assert await http.read("extensions") == []
        assert len(await http.read("users")) > 0

    async def test_extensions_without_a_user_may_not_be_told(
        self, http: HttpClient, simulator: LiveSimulator
    ) -> None:
        assert await http.status("extensions/getByName/108") == 200
        simulator.settings.lists_free_extensions = False
        assert await http.status("extensions/getByName/108") == 404

    async def test_a_slash_in_a_name_is_part_of_the_name(
        self, http: HttpClient, server: CoreServer
    ) -> None:
        server.users["a/b"] = server.users.pop("100")
        server.users["a/b"].username = "a/b"
        assert await http.status("users/getByName/a/b") == 404
        assert (await http.read("users/getByName/a%2Fb"))["userName"] == "a/b"


async def test_methods_that_mean_nothing_there_are_405(http: HttpClient) -> None:
    assert (await http.ask("DELETE", f"rest/live/{SERVER}")).status == 405
    assert (await http.act("users/getByName/100")).status == 405
    assert await http.status("extensions/getByName/100/actions/originate") == 405


class TestConfiguration:
    ROOT = "rest/config/server/coreServers"

    async def test_core_servers_have_ids_that_stay(
        self, http: HttpClient, simulator: LiveSimulator, server: CoreServer
    ) -> None:
        expected = {"id": server.configuration_id, "slug": "default", "name": "default"}
        await simulator.restart()
        for path, body in (
            ("", [expected]),
            ("/getByName/default", expected),
            (f"/{server.configuration_id}", expected),
        ):
            assert (await http.ask("GET", self.ROOT + path)).json == body
        assert (await http.ask("GET", f"{self.ROOT}/getByName/other")).status == 404
        assert (await http.ask("GET", f"{self.ROOT}/a/b/c")).status == 404

    @pytest.mark.parametrize(
        ("body", "status", "text"),
        [
            ('{"name":"Branch","slug":"branch"}', 204, ""),
            ('{"slug":"branch"}', 409, "No name provided."),
            ('{"name":"Branch"}', 409, "No slug provided."),
            (
                '{"name":"Branch","slug":"default"}',
                409,
                "A core server with the given slug already exists.",
            ),
            ("{", 412, "Invalid JSON."),
            ("[]", 412, "Invalid JSON."),
        ],
    )
    async def test_one_may_be_added(
        self, http: HttpClient, body: str, status: int, text: str
    ) -> None:
        answer = await http.ask("POST", self.ROOT, body=body)
        assert (answer.status, answer.text) == (status, text)
        found = (await http.get("coreServers/getByName/branch/users")).status
        assert found == (200 if status == 204 else 404)

    async def test_an_id_is_used_once(self, http: HttpClient, server: CoreServer) -> None:
        body = f'{{"name":"B","slug":"b","id":"{server.configuration_id}"}}'
        answer = await http.ask("POST", self.ROOT, body=body)
        assert (answer.status, answer.text[-18:]) == (409, "id already exists.")

    async def test_the_brand_tells_the_version(self, http: HttpClient) -> None:
        answer = await http.ask("GET", "api/resource/server/brand")
        assert answer.json["version"] == "3.3.0"
        assert (await http.ask("POST", "api/resource/server/brand")).status == 404


async def test_core_servers_are_apart() -> None:
    async with running(servers=2) as simulator:
        first, second = simulator.office.servers.values()
        assert second.slug == "branch2"
        assert first.user("100").id != second.user("100").id
        caller = simulator.calls.ring(second, "15550100", "100")
        assert caller.partner.extension is second.extension("100")
        assert simulator.calls.of_extension(first.extension("100")) == []


@pytest.mark.parametrize("body", ["x" * (1024 * 1024 + 1)])
async def test_endless_bodies_are_refused(http: HttpClient, body: Any) -> None:
    answer = await http.ask("POST", f"rest/live/{SERVER}/{STATUS}/actions/set", body=body)
    assert answer.status == 413
