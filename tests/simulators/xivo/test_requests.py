"""What clients ask for, beyond the recordings."""

import json
from typing import TYPE_CHECKING

import pytest

from simulators.xivo import Release, XivoSimulator
from tests.simulators.xivo.conftest import logged_in
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from typing import Any

UUID = "8f2a6d1e-5c0b-4b0e-9f57-0a4c1d2e3f40"


@pytest.mark.parametrize(
    "line",
    [
        b"\xff\xfe\n",
        b'"text"\n',
        b"null\n",
        b"{}\n",
        b'{"class": ["getlist"]}\n',
        b"[" * 100_000 + b"\n",
    ],
)
async def test_what_is_no_message_drops(client: XivoClient, line: bytes) -> None:
    client.send(line)
    assert await client.is_dropped()


@pytest.mark.parametrize(
    "members",
    [
        {"class": "getlist", "function": ["listid"], "listname": "users"},
        {"class": "getlist", "function": "updateconfig", "listname": "users", "tid": ["1"]},
        {"class": "getlist", "function": "updateconfig", "listname": "channels", "tid": "1"},
        {"class": "featuresput", "function": "fwd", "value": "1002"},
        {"class": "featuresput", "function": "fwd", "value": {"enablerna": True}},
        {"class": "ipbxcommand", "command": "queuepause", "member": "agent:1", "queue": "all"},
        {
            "class": "ipbxcommand",
            "command": "queueremove",
            "member": "agent:xivo/77",
            "queue": "queue:xivo/1",
        },
        {"class": "ipbxcommand", "command": "dial", "destination": "voicemail:xivo/77"},
        {"class": "ipbxcommand", "command": "hangup"},
        {"class": "ipbxcommand", "command": "meetme", "function": "MeetmeMute"},
        {"class": "history", "mode": "0", "size": "many"},
        {"class": "getqueuesstats", "on": [1]},
        {"class": "getqueuesstats", "on": {"1": {"window": "x", "xqos": "1"}}},
        {"class": "getqueuesstats", "on": {"77": {"window": "1", "xqos": "1"}}},
        {"class": "people_search"},
        {"class": "switchboard_directory_search"},
        {"class": "invite_confroom"},
        {"class": "subscribe", "message": "queueentryupdate"},
    ],
)
async def test_a_mistake_drops_without_a_word(client: XivoClient, members: Any) -> None:
    client.send(json.dumps({**members, "commandid": 1}).encode() + b"\n")
    assert await client.is_dropped()


async def test_a_drop_takes_the_answers_of_its_turn_along(client: XivoClient) -> None:
    client.send(b'{"class": "getipbxlist"}\n{nope\n')
    assert await client.is_dropped()


async def test_a_reply_bears_the_commands_id_unless_that_is_none(client: XivoClient) -> None:
    for number, reply in ((5, {"replyid": 5}), ("x", {"replyid": "x"}), (0, {}), ("", {})):
        client.say("getipbxlist", commandid=number)
        assert await client.next() == {"class": "getipbxlist", "ipbxlist": ["xivo"], **reply}


async def test_pushes_reach_who_is_not_logged_in(
    simulator: XivoSimulator, other: XivoClient
) -> None:
    async with XivoClient(simulator.port) as stranger:
        await stranger.identify("bob")
        other.say("featuresput", function="enablednd", value=True)
        push = await stranger.next()
        assert push["config"] == {"enablednd": True}


async def test_a_user_without_a_line_gets_answers_without_a_class(
    simulator: XivoSimulator,
) -> None:
    async with logged_in(simulator, "frank") as frank:
        for name in ("history", "directory"):
            frank.say(name, mode="0", size="8", pattern="a")
        answers = [json.loads(await frank.line()) for _ in range(2)]
        assert all("class" not in answer for answer in answers)
        assert answers[1]["reason"] == "undefined_context"
        frank.command("dial", destination="1001")
        assert await frank.is_dropped()


async def test_a_list_of_calls_is_as_long_as_is_asked_for(
    simulator: XivoSimulator, other: XivoClient
) -> None:
    alice = simulator.office.user("1")
    alice.calls = [alice.calls[0]] * 5
    for size in (3, "3"):
        other.say("history", mode="0", size=size)
        assert len((await other.next())["history"]) == 3


async def test_the_switchboards_directory_has_headers_and_results(client: XivoClient) -> None:
    client.say("get_switchboard_directory_headers")
    assert ["Nom", "name"] in (await client.next())["headers"]
    client.say("switchboard_directory_search", pattern="bob")
    assert (await client.next())["results"] == [
        {"name": "Bob Marceau", "number_office": "1002", "number_mobile": ""}
    ]


async def test_a_form_is_taken_without_an_answer(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    client.say("call_form_result", infos={"buttonname": "save"})
    assert await client.all() == []
    assert simulator.requests.form_results == [{"buttonname": "save"}]


async def test_leaving_by_command_logs_the_agent_off(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    client.command("agentlogin", agentphonenumber="1003")
    await client.all()
    client.say("logout")
    assert (await client.get("agents", "2"))["availability"] == "logged_out"


async def test_the_end_of_a_connection_leaves_the_agent_logged_in(
    simulator: XivoSimulator, other: XivoClient
) -> None:
    async with logged_in(simulator, "bob") as bob:
        bob.command("agentlogin")
        await bob.all()
    while (await other.next()).get("status") != {"availstate": "disconnected"}:
        pass
    assert (await other.get("agents", "1"))["availability"] == "available"


class TestRegistrations:
    """From 15.02 on, a client is told of those whom it asked for."""

    @pytest.fixture
    def release(self) -> Release:
        return Release.R15_02

    async def test_a_registered_user_is_told_now_and_at_each_change(
        self, client: XivoClient, other: XivoClient
    ) -> None:
        client.say("register_user_status_update", user_ids=[[UUID, 1]])
        data = {"xivo_uuid": UUID, "user_id": 1, "status": "disconnected"}
        assert await client.next() == {"class": "user_status_update", "data": data}
        other.say("availstate", availstate="away")
        assert (await client.of("user_status_update"))["data"] == data | {"status": "away"}
        client.say("unregister_user_status_update", user_ids=[[UUID, 1]])
        await client.all()
        other.say("availstate", availstate="available")
        await other.all()
        assert {each["class"] for each in await client.all()} == {"getlist"}

    async def test_agents_and_phones_can_be_registered_too(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        client.say("register_agent_status_update", agent_ids=[[UUID, 2]])
        assert (await client.next())["data"]["status"] == "logged_out"
        client.say("register_endpoint_status_update", endpoint_ids=[[UUID, 8], ["another", 3]])
        assert (await client.next())["data"] == {"xivo_uuid": UUID, "endpoint_id": 8, "status": 0}
        client.command("agentlogin", agentphonenumber="1003")
        assert (await client.of("agent_status_update"))["data"]["status"] == "logged_in"
        simulator.channels.set_hint(simulator.office.phone("1003"), "8")
        simulator.end_turn()
        assert (await client.of("endpoint_status_update"))["data"]["status"] == 8

    @pytest.mark.parametrize("ids", [[1], [[1, UUID]], "1", None])
    async def test_ids_alone_drop(self, client: XivoClient, ids: Any) -> None:
        client.say("register_user_status_update", user_ids=ids)
        assert await client.is_dropped()


class TestWhatIsGoneSince1519:
    @pytest.fixture
    def release(self) -> Release:
        return Release.R15_19

    @pytest.mark.parametrize(
        "command", ["originate", "hangup", "transfer", "atxfer", "mailboxcount"]
    )
    async def test_calls_cannot_be_ordered_any_more(self, client: XivoClient, command: str) -> None:
        client.command(command, commandid=3, source="user:xivo/1", destination="exten:xivo/1002")
        assert (await client.next())["warning_string"] == "return_is_none"

    async def test_objects_tell_less(self, client: XivoClient) -> None:
        user = await client.get("users", "1", "updateconfig")
        assert not {"enableclient", "profileclient"} & user.keys()
        phone = await client.get("phones", "3", "updateconfig")
        assert not {"context", "protocol"} & phone.keys()
        assert "channels" not in await client.get("phones", "3")
        assert (await client.get("voicemails", "1")) == {"new": "0"}

    async def test_channels_are_not_told_of(
        self, simulator: XivoSimulator, client: XivoClient
    ) -> None:
        simulator.calls.ring("1002", "1001")
        simulator.end_turn()
        messages = await client.all()
        assert "channels" not in {each["listname"] for each in messages}
        assert all(each["status"] for each in messages if each["listname"] == "phones")

    async def test_chat_names_the_server_by_its_uuid(
        self, client: XivoClient, other: XivoClient
    ) -> None:
        other.say("chitchat", to=[UUID, 3], text="salut")
        chat = await client.of("chitchat")
        assert (chat["from"], chat["text"]) == ([UUID, "1"], "salut")
        other.say("chitchat", to="xivo/3", text="salut")
        assert (await other.of("chitchat"))["warning_string"] == "return_is_none"
        assert await other.is_dropped()

    async def test_history_needs_no_mode_and_tells_each_calls(self, other: XivoClient) -> None:
        other.say("history", size=8)
        assert [each["mode"] for each in (await other.next())["history"]] == [0, 1, 2]

    async def test_relations_are_told(self, client: XivoClient) -> None:
        client.say("get_relations")
        assert (await client.next())["data"] == {
            "xivo_uuid": UUID,
            "user_id": 3,
            "endpoint_id": 8,
            "agent_id": 2,
        }
