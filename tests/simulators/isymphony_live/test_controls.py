"""The control port."""

from typing import TYPE_CHECKING, Any

import pytest

from simulators.isymphony_live import Settings
from tests.simulators.isymphony_live.conftest import connected

if TYPE_CHECKING:
    from simulators.isymphony_live import CoreServer, LiveSimulator
    from tests.simulators.isymphony_live.wire import HttpClient, SocketClient
    from tests.simulators.wire import ControlClient

IDS = ("users", "extensions", "queues", "conferences")


async def do(control: ControlClient, op: str, **arguments: Any) -> dict[str, Any]:
    answer = await control.do(op, **arguments)
    assert answer["ok"], answer
    return answer


async def office(control: ControlClient) -> dict[str, Any]:
    return (await do(control, "dump"))["servers"]["default"]


def ids(dumped: dict[str, Any]) -> set[str]:
    found = {dumped["id"], *(each["call_segment"] for each in dumped["call_segments"])}
    for kind in IDS:
        found |= {each["id"] for each in dumped[kind].values()}
    for queue in dumped["queues"].values():
        found |= {each["id"] for each in queue["agents"].values()}
    return found


class TestPeople:
    async def test_a_status_is_set(self, control: ControlClient, client: SocketClient) -> None:
        answer = await do(control, "set", user="100", status="Away", note="x", return_time=5)
        assert answer["events"] == 1
        (event,) = await client.events()
        assert (event["name"], event["note"], event["returnTime"]) == ("Away", "x", 5_000)
        await do(control, "set", user="100", status="Fishing", type="chat", return_time=0)
        user = (await office(control))["users"]["100"]
        assert (user["type"], user["return_time"], user["user_created"]) == ("chat", None, True)

    async def test_people_log_in_and_out(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await do(control, "login", user="100", ip="192.0.2.1")
        assert (await office(control))["users"]["100"]["logins"] == [
            {"ip": "192.0.2.1", "port": 57_042}
        ]
        await do(control, "logout", user="100")
        assert not (await control.do("logout", user="100"))["ok"]
        assert await client.types() == ["userLogin", "userLogout"]

    async def test_a_licence_may_be_taken_and_given(
        self, control: ControlClient, http: HttpClient
    ) -> None:
        for number, on, status in (("100", False, 404), ("110", True, 200)):
            await do(control, "license", user=number, on=on)
            assert await http.status(f"users/getByName/{number}/status") == status

    async def test_agents(self, control: ControlClient, client: SocketClient) -> None:
        await do(control, "agent_login", queue="5002", extension="101")
        await do(control, "pause", queue="5002", extension="101")
        agents = (await office(control))["queues"]["5002"]["agents"]
        assert agents["101"]["paused"]
        await do(control, "pause", queue="5002", extension="101", on=False)
        await do(control, "agent_logout", queue="5002", extension="101")
        assert not (await control.do("agent_logout", queue="5002", extension="101"))["ok"]
        assert await client.types() == ["agentLogin", "agentLogout"]


class TestCalls:
    async def test_a_call_from_the_first_ring_to_the_end(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        rung = await do(control, "ring", caller="100", called="101")
        assert (rung["number"], rung["other"], rung["events"]) == ("100", "101", 2)
        assert (await office(control))["extensions"]["101"]["state"] == "RINGING"
        assert (await do(control, "answer", number="101"))["linked"]
        assert not (await control.do("answer", number="101"))["ok"]
        assert (await do(control, "hold", number="100"))["on_hold"]
        assert not (await do(control, "hold", number="100", on=False))["on_hold"]
        assert (await do(control, "record", number="101"))["recording"]
        await do(control, "transfer", number="101", destination="102")
        await do(control, "answer", number="102")
        assert (await do(control, "hang_up", number="102"))["events"] == 3
        assert (await office(control))["call_segments"] == []
        assert len(await client.events()) == 9

    async def test_who_holds_may_call_another(self, control: ControlClient) -> None:
        await do(control, "ring", caller="100", called="101")
        assert not (await control.do("ring", caller="100", called="102"))["ok"]
        assert not (await control.do("hold", number="100"))["ok"]
        await do(control, "answer", number="101")
        await do(control, "hold", number="100")
        await do(control, "ring", caller="100", called="102")

    @pytest.mark.parametrize(
        ("caller", "called"), [("15550100", "15550101"), ("100", "100"), ("15550100", "101")]
    )
    async def test_some_cannot_be(self, control: ControlClient, caller: str, called: str) -> None:
        await do(control, "dnd", extension="101", on=True)
        assert not (await control.do("ring", caller=caller, called=called))["ok"]

    async def test_a_disabled_queue_takes_no_calls(self, control: ControlClient) -> None:
        await do(control, "enable_queue", queue="5001", on=False)
        assert not (await control.do("ring", caller="15550100", called="5001"))["ok"]

    async def test_conferences(self, control: ControlClient, client: SocketClient) -> None:
        await do(control, "join", room="650", number="100")
        await do(control, "join", room="650", number="15550100", name="Doc")
        members = (await office(control))["conferences"]["650"]["members"]
        assert members == ["100", "15550100"]
        assert not (await control.do("leave", room="651", number="100"))["ok"]
        await do(control, "leave", room="650", number="15550100")
        assert await client.types() == ["confRoomCallLeave"]


class TestTheOffice:
    @pytest.mark.parametrize(
        ("kind", "key", "path"),
        [
            ("user", "zoe", "users"),
            ("extension", "300", "extensions"),
            ("queue", "5050", "queues"),
            ("conference", "699", "conferences"),
        ],
    )
    async def test_things_come_are_renamed_and_go(
        self, control: ControlClient, http: HttpClient, kind: str, key: str, path: str
    ) -> None:
        added = await do(control, "add", kind=kind, key=key, name="New")
        assert not (await control.do("add", kind=kind, key=key))["ok"]
        assert (await http.read(f"{path}/getByName/{key}"))["id"] == added["id"]
        await do(control, "rename", kind=kind, key=key, name="Newer", new_key="other")
        assert await http.status(f"{path}/getByName/{key}") == 404
        told = await http.read(f"{path}/getByName/other")
        assert told["id"] == added["id"]
        assert "Newer" in told.values()
        assert not (await control.do("rename", kind=kind, key=key, name="x"))["ok"]
        await do(control, "remove", kind=kind, key="other")
        assert await http.status(f"{path}/getByName/other") == 404
        assert not (await control.do("remove", kind=kind, key="other"))["ok"]

    async def test_a_new_user_may_have_a_telephone(
        self, control: ControlClient, http: HttpClient
    ) -> None:
        await do(control, "add", kind="user", key="zoe")
        await do(control, "add", kind="extension", key="300", user="zoe")
        assert (await http.read("users/getByName/zoe/status"))["name"] == "Available"
        (extension,) = await http.read("users/getByName/zoe/extensions")
        assert extension["extensionNumber"] == "300"
        await do(control, "remove", kind="user", key="zoe")
        assert (await office(control))["extensions"]["300"]["user"] is None

    async def test_an_agents_telephone_takes_the_agent_along(self, control: ControlClient) -> None:
        await do(control, "ring", caller="100", called="101")
        assert not (await control.do("remove", kind="extension", key="100"))["ok"]
        await do(control, "hang_up", number="100")
        await do(control, "remove", kind="extension", key="100")
        assert (await office(control))["queues"]["5001"]["agents"] == {}

    async def test_there_is_nothing_else(self, control: ControlClient) -> None:
        assert not (await control.do("add", kind="fax", key="1"))["ok"]
        assert not (await control.do("set", user="100", server="other"))["ok"]


class TestRestarting:
    async def test_every_id_is_another_and_everyone_is_gone(
        self, control: ControlClient, client: SocketClient, simulator: LiveSimulator
    ) -> None:
        await do(control, "ring", caller="100", called="101")
        await do(control, "login", user="100")
        before = await office(control)
        assert (await do(control, "restart"))["connections"] == 1
        await client.ending()
        after = await office(control)
        assert len(ids(after)) == len(ids(before)) >= 30
        assert not ids(after) & ids(before)
        assert after["users"]["100"]["logins"] == []
        assert after["users"].keys() == before["users"].keys()
        async with connected(simulator):
            assert (await do(control, "stats"))["restarts"] == 1

    async def test_it_may_take_a_while(
        self, control: ControlClient, client: SocketClient, simulator: LiveSimulator
    ) -> None:
        await do(control, "restart", seconds=0.01)
        await client.ending()
        while not simulator.listener.accepts or simulator.listener._server is None:
            await do(control, "sync")
        async with connected(simulator):
            pass
        assert not (await control.do("restart", seconds=-1))["ok"]


class TestLooking:
    async def test_requests_are_handed_out_once_and_without_secrets(
        self, control: ControlClient, http: HttpClient, client: SocketClient
    ) -> None:
        await http.act("users/getByName/100/status/actions/set", {"name": "Away"})
        await client.filter(("type", "dial"))
        taken = (await do(control, "requests"))["requests"]
        assert [each["kind"] for each in taken] == ["message", "http", "message"]
        assert taken[1]["body"] == '{"name": "Away"}'
        assert taken[1]["authorization"] == "Basic"
        assert "manag3rpa55word" not in str(taken)
        await http.read("users")
        assert (await do(control, "requests", starting="rest/config"))["requests"] == []

    async def test_clients_and_their_filters(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        told = await do(control, "clients")
        assert told["clients"] == [{"filters": {"type": ["*"]}}]
        stats = await do(control, "stats")
        assert (stats["clients"], stats["connections"]) == (1, 1)
        assert stats["processor_seconds"] > 0

    async def test_settings_are_changed_in_their_types(self, control: ControlClient) -> None:
        changed = (await do(control, "settings", release="3.2", password="other"))["settings"]
        assert changed["release"] == "3.2"
        assert "password" not in changed
        for wrong in ({"release": "4"}, {"deny_addresses": 1}, {"moon": "full"}):
            assert not (await control.do("settings", **wrong))["ok"]

    async def test_any_event_may_be_sent(
        self, control: ControlClient, client: SocketClient, server: CoreServer
    ) -> None:
        await do(control, "event", properties={"type": "queueCallJoin", "time": 1, "queue": None})
        (event,) = await client.events()
        assert event == {
            "type": "queueCallJoin",
            "time": 1,
            "coreServerId": server.id,
            "queue": None,
        }
        assert not (await control.do("event", properties=[]))["ok"]


class TestBursts:
    async def test_the_same_seed_sends_the_same(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        told = await do(control, "burst", events=700, seed=1)
        events = await client.events()
        assert {each["type"] for each in events} == {"userStatus"}
        assert (told["events"], told["last"]) == (len(events), events[-1])
        assert not (await control.do("burst", events=0))["ok"]
        assert not (await control.do("burst", events=1, rate=0))["ok"]

    async def test_it_may_have_a_rate(self, control: ControlClient) -> None:
        assert (await do(control, "burst", events=3, rate=10_000))["events"] == 3

    async def test_nobody_there_is_nothing_sent(
        self, control: ControlClient, simulator: LiveSimulator
    ) -> None:
        simulator.settings.is_licensed = False
        assert (await do(control, "burst", events=3))["events"] == 0

    async def test_disconnecting_is_in_good_order(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        assert (await do(control, "disconnect"))["connections"] == 1
        await client.ending()


def test_the_credentials_are_the_vendors() -> None:
    assert (Settings().username, Settings().password) == ("manager", "manag3rpa55word")
