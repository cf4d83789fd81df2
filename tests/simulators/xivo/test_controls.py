from typing import TYPE_CHECKING, Any

import pytest

from simulators.xivo import XivoSimulator
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from tests.simulators.wire import ControlClient


async def done(control: ControlClient, op: str, **arguments: Any) -> dict[str, Any]:
    answer = await control.do(op, **arguments)
    assert answer.pop("ok"), answer
    return answer


class TestPeople:
    async def test_set_changes_features_as_a_client_would(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        answer = await done(
            control, "set", extension="1001", dnd=True, call_filter=True, forward_busy="1002"
        )
        assert answer == {"pushes": 3}
        assert await client.pushed("users") == [
            ("1", {"enablednd": True}),
            ("1", {"incallfilter": True}),
            ("1", {"enablebusy": True, "destbusy": "1002"}),
        ]

    async def test_a_forward_that_is_switched_off_keeps_its_destination(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "set", extension="1002", forward_no_answer="")
        assert await client.pushed("users") == [("2", {"enablerna": False, "destrna": "1003"})]

    async def test_what_is_set_at_the_phone_shows_the_password(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "set", extension="1001", dnd=True, at_phone=True)
        ((_, record),) = await client.pushed("users")
        assert record["passwdclient"] == "alice-pw"

    async def test_a_presence_takes_its_actions_along(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "set", login="alice", presence="donotdisturb")
        assert await client.pushed("users") == [
            ("1", {"enablednd": True}),
            ("1", {"availstate": "donotdisturb"}),
        ]

    async def test_recording_and_hints_can_be_set(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "set", extension="1002", recording=True, hint="8")
        assert await client.pushed("users") == [("2", {"enablerecording": True})]

    @pytest.mark.parametrize(
        "arguments",
        [
            {"extension": "9"},
            {},
            {"extension": "1001", "presence": "asleep"},
            {"login": "erin", "presence": "away"},
            {"login": "frank", "hint": "1"},
            {"extension": "1001", "dnd": "yes"},
        ],
    )
    async def test_what_cannot_be_set_is_refused(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("set", **arguments))["ok"]

    async def test_names_and_numbers_are_edited(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "edit", list="users", id="2", firstname="Rob")
        await done(control, "edit", list="phones", id="7", number="1202")
        assert (await client.next())["config"]["fullname"] == "Rob Marceau"
        assert (await client.next())["config"]["number"] == "1202"

    @pytest.mark.parametrize(
        "arguments",
        [
            {"list": "nolist", "id": "1"},
            {"list": "users", "id": "77"},
            {"list": "users", "id": "1", "profile_id": "2"},
            {"list": "users", "id": "1", "firstname": 1},
        ],
    )
    async def test_what_cannot_be_edited_is_refused(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("edit", **arguments))["ok"]

    async def test_a_password_is_changed(
        self, simulator: XivoSimulator, control: ControlClient
    ) -> None:
        await done(control, "edit", list="users", id="2", password="another")
        login = simulator.office.users["2"].login
        async with XivoClient(simulator.port) as new:
            await new.log_in(login, "another")

    async def test_a_new_user_comes_with_a_phone_and_can_log_in(
        self, simulator: XivoSimulator, control: ControlClient, client: XivoClient
    ) -> None:
        user_id = (await done(control, "add_user", firstname="New", extension="1099"))["id"]
        assert [each["list"] for each in await client.all()] == [[user_id], ["21"]]
        async with XivoClient(simulator.port) as new:
            await new.log_in("1099", "demo")
            assert (await new.get("users", user_id, "updateconfig"))["linelist"] == ["21"]

    async def test_removing_a_user_removes_the_phone(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "remove", list="users", id="2")
        assert [(each["listname"], each["list"]) for each in await client.all()] == [
            ("phones", ["7"]),
            ("users", ["2"]),
        ]

    async def test_who_is_on_the_phone_is_not_removed(self, control: ControlClient) -> None:
        await done(control, "ring", caller="0145550123", called="1002")
        assert not (await control.do("remove", list="users", id="2"))["ok"]

    async def test_agents_queues_and_members_come_and_go(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        agent = (await done(control, "add_agent", number="2099", firstname="New"))["id"]
        queue = (await done(control, "add_queue", name="green", number="3099"))["id"]
        for member in ({"agent": "2099"}, {"extension": "1001"}):
            await done(control, "add_member", queue="green", **member)
        await done(control, "remove", list="queuemembers", id="SIP/x2gjtw,green")
        assert [
            (each["function"], each["listname"], each["list"])
            for each in await client.all()
            if "list" in each
        ] == [
            ("addconfig", "agents", [agent]),
            ("addconfig", "queues", [queue]),
            ("addconfig", "queuemembers", ["Agent/2099,green"]),
            ("addconfig", "queuemembers", ["SIP/x2gjtw,green"]),
            ("delconfig", "queuemembers", ["SIP/x2gjtw,green"]),
        ]

    async def test_members_go_by_a_queues_and_an_agents_new_name(
        self, simulator: XivoSimulator, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "edit", list="queues", id="1", name="azure")
        assert (await client.next())["list"] == ["Agent/2001,blue"]
        assert (await client.next())["list"] == ["Agent/2001,azure"]
        await done(control, "edit", list="agents", id="2", number="2222")
        assert list(simulator.office.members) == [
            "Agent/2001,red",
            "SIP/x2gjtw,red",
            "Agent/2001,azure",
            "Agent/2222,azure",
        ]

    async def test_who_leaves_takes_memberships_and_log_ins_along(
        self, simulator: XivoSimulator, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "agent_login", agent="2001", extension="1002")
        await done(control, "agent_login", agent="2002", extension="1003")
        await done(control, "remove", list="agents", id="1")
        await done(control, "remove", list="users", id="3")
        await done(control, "remove", list="queues", id="10")
        office = simulator.office
        assert list(office.members) == ["Agent/2002,blue"]
        assert office.user("2").agent_id is None
        assert not office.agent("2002").is_logged_in
        assert (await client.get("users", "2", "updateconfig"))["agentid"] is None

    async def test_a_queue_that_someone_waits_in_stays(self, control: ControlClient) -> None:
        await done(control, "ring", caller="0145550123", called="3001")
        assert not (await control.do("remove", list="queues", id="1"))["ok"]

    async def test_the_voicemail_counts_that_changed_are_pushed(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await done(control, "voicemail", mailbox="1001", new="0", old="2")
        assert await client.pushed("voicemails") == [("1", {"old": "2"})]


class TestCalls:
    async def test_a_call_goes_from_ringing_to_its_end(self, control: ControlClient) -> None:
        call = await done(control, "ring", caller="0145550123", called="1001", name="Acme")
        assert call["state"] == "ringing"
        for op, arguments, state in (
            ("answer", {"number": "1001"}, "talking"),
            ("hold", {"channel": call["callee"]}, "talking"),
            ("resume", {"call": call["call"]}, "talking"),
            ("park", {"call": call["call"]}, "parked"),
            ("unpark", {"call": call["call"], "extension": "1002"}, "talking"),
            ("transfer", {"call": call["call"], "to": "1001"}, "ringing"),
            ("no_answer", {"call": call["call"]}, "ended"),
        ):
            assert (await done(control, op, **arguments))["state"] == state
        assert (await done(control, "dump"))["channels"] == {}

    async def test_a_call_that_is_not_there_is_refused(self, control: ControlClient) -> None:
        assert not (await control.do("hang_up", number="1001"))["ok"]
        assert not (await control.do("hang_up"))["ok"]

    async def test_agents_work(self, control: ControlClient, client: XivoClient) -> None:
        await done(control, "agent_login", agent="2001", extension="1002")
        await done(control, "agent_pause", agent="2001", queue="red")
        assert (await client.get("agents", "1"))["availability"] == "available"
        await done(control, "agent_pause", agent="2001")
        assert (await client.get("agents", "1"))["availability"] == "unavailable"
        await done(control, "agent_resume", agent="2001")
        await done(control, "agent_logout", agent="2001")
        assert not (await control.do("agent_pause", agent="2001"))["ok"]
        assert not (await control.do("agent_logout", agent="2001"))["ok"]

    async def test_sheets_and_chat_reach_the_users_clients(
        self, control: ControlClient, other: XivoClient
    ) -> None:
        sheet = {"Nom": "Acme ]]> Ltd", "Numéro": "0145550123"}
        told = await done(control, "sheet", extension="1001", fields=sheet, compressed=False)
        assert told["clients"] == 1
        assert (await other.next())["compressed"] is False
        await done(control, "chat", sender="1002", extension="1001", text="salut")
        assert (await other.next())["from"] == "xivo/2"
        assert not (await control.do("sheet", extension="1001", fields=["Nom"]))["ok"]

    async def test_people_from_outside_join_conferences(
        self, control: ControlClient, other: XivoClient
    ) -> None:
        other.say("subscribe", message="meetme_update")
        await other.of("meetme_user")
        joined = await done(control, "conference_join", number="4001", caller="0145550123")
        assert (await other.next())["config"]["4001"]["member_count"] == 1
        await done(control, "conference_leave", number="4001", user=joined["user"])
        await other.of("meetme_user")
        assert (await other.next())["config"]["4001"]["member_count"] == 0


class TestTheSimulatorItself:
    async def test_what_came_from_clients_is_handed_out_once(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        await control.do("received")
        client.command("dial", destination="1001")
        await client.all()
        (message,) = (await done(control, "received", starting="ipbx"))["messages"]
        assert message["destination"] == "1001"
        assert (await done(control, "received"))["messages"] == []

    async def test_what_asterisk_was_asked_and_who_was_dropped_is_told(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        client.command("dial", destination="1001")
        client.say("getlist")
        await client.rest()
        (order,) = (await done(control, "asked"))["actions"]
        assert (order["Action"], order["Exten"]) == ("Originate", "1001")
        assert (await done(control, "dropped"))["reasons"] == ["function, listname missing"]

    async def test_forms_are_handed_out(self, control: ControlClient, client: XivoClient) -> None:
        client.say("call_form_result", infos={"buttonname": "save"})
        await client.all()
        assert (await done(control, "forms"))["forms"] == [{"buttonname": "save"}]

    async def test_a_burst_is_as_long_as_wanted_and_tells_its_last(
        self, control: ControlClient, client: XivoClient
    ) -> None:
        answer = await done(control, "burst", pushes=700, seed=1)
        assert answer["pushes"] == 700
        messages = await client.all()
        assert len(messages) == 700
        last = {key: value for key, value in answer["last"].items() if key != "tipbxid"}
        assert messages[-1] == last

    @pytest.mark.parametrize("arguments", [{"pushes": 0}, {"pushes": 1, "rate": -1.0}])
    async def test_an_impossible_burst_is_refused(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("burst", **arguments))["ok"]

    async def test_everyone_is_counted(self, control: ControlClient, client: XivoClient) -> None:
        stats = await done(control, "stats")
        assert (stats["clients"], stats["logged_in"], stats["messages"]) == (1, 1, 3)
        await done(control, "sync")
        assert (await done(control, "disconnect"))["connections"] == 1
        assert await client.is_dropped()

    async def test_a_scenario_can_be_chosen(self, control: ControlClient) -> None:
        assert (await done(control, "scenario", name="none"))["name"] == "none"
        assert not (await control.do("scenario", name="night"))["ok"]

    async def test_an_unknown_event_of_asterisk_is_refused_by_name(
        self, control: ControlClient
    ) -> None:
        answer = await control.do("asterisk", event="earthquake")
        assert "new_channel" in answer["error"]

    async def test_settle_wants_bytes_by_port(self, control: ControlClient) -> None:
        assert not (await control.do("settle", received=[]))["ok"]
