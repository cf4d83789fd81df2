"""The web-socket: the log-in, the picture, and who is told what."""

from base64 import b64decode
import json
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, WSMsgType
import pytest

from simulators.oktell import Standing, StateKey, User, UserState
from tests.simulators.oktell.conftest import connected, running
from tests.simulators.oktell.wire import USER_EVENTS, SocketClient, credentials

if TYPE_CHECKING:
    from simulators.oktell import OktellSimulator
    from tests.simulators.wire import ControlClient


class TestLogIn:
    async def test_the_subprotocol_is_echoed(self, simulator: OktellSimulator) -> None:
        async with connected(simulator) as client:
            assert client.socket.protocol == "json"

    async def test_a_client_without_subprotocol_is_served(self, simulator: OktellSimulator) -> None:
        url = f"http://127.0.0.1:{simulator.port}/"
        async with ClientSession() as session, session.ws_connect(url) as socket:
            assert await SocketClient(socket).ask("ping") == {"qid": "0.1"}

    async def test_a_user_logs_in(self, simulator: OktellSimulator, alice: User) -> None:
        async with connected(simulator) as client:
            answer = await client.log_in("100")
            assert answer == {
                "qid": "0.1",
                "result": 1,
                "userid": alice.id,
                "sessionid": answer["sessionid"],
            }

    async def test_a_password_is_hashed_by_the_windows_code_page(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        alice.password = "Ёлка-漢-Я"
        async with connected(simulator) as client:
            assert (await client.log_in("100", "Ёлка-漢-Я"))["result"] == 1

    @pytest.mark.parametrize("login", ["100", "nobody"])
    async def test_a_wrong_password_is_refused(
        self, simulator: OktellSimulator, login: str
    ) -> None:
        async with connected(simulator) as client:
            answer = await client.log_in(login, "wrong")
            assert answer == {
                "qid": "0.1",
                "result": 0,
                "errormsg": "Wrong login/pass combination",
            }

    async def test_both_hashes_count(self, simulator: OktellSimulator, alice: User) -> None:
        alice.password = "Demo"
        good = credentials("100", "Demo")
        async with connected(simulator) as client:
            for key in ("Password", "password"):
                assert (await client.ask("login", **good | {key: "0" * 32}))["result"] == 0
            assert (await client.ask("login", **good))["result"] == 1

    async def test_who_is_in_the_desktop_client_is_refused(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        alice.in_desktop_client = True
        async with connected(simulator) as client:
            answer = await client.log_in("100")
            assert (answer["result"], answer["error"]) == (0, 50_093)

    async def test_a_server_that_is_starting_lets_nobody_in(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        await control.do("starting", on=True)
        async with connected(simulator) as client:
            assert (await client.log_in())["errormsg"] == "Service not available"
            await control.do("starting", on=False)
            assert (await client.log_in())["result"] == 1

    async def test_seats_are_counted_until_the_log_out(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        await control.do("seats", count=1)
        async with connected(simulator, "100") as first, connected(simulator) as second:
            assert (await second.log_in("101"))["error"] == 50_025
            assert (await first.ask("logout"))["result"] == 1
            assert (await second.log_in("101"))["result"] == 1

    async def test_a_session_keeps_its_seat_without_a_connection(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        await control.do("seats", count=1)
        async with connected(simulator, "100"):
            pass
        async with connected(simulator) as client:
            assert (await client.log_in("100"))["error"] == 50_025
            assert await control.do("expire_sessions") == {"ok": True, "sessions": 1}
            assert (await client.log_in("100"))["result"] == 1

    async def test_a_session_can_be_taken_up_again(self, simulator: OktellSimulator) -> None:
        async with connected(simulator) as client:
            session = (await client.log_in("100"))["sessionid"]
        async with connected(simulator) as client:
            other = await client.ask("login", userlogin="101", sessionid=session)
            assert other["errormsg"] == "Bad request. Invalid session user"
            again = await client.ask("login", userlogin="100", sessionid=session)
            assert (again["result"], again["sessionid"]) == (1, session)
            await client.ask("logout")
            gone = await client.ask("login", userlogin="100", sessionid=session)
            assert gone["errormsg"] == "Bad request. Session does not exist"
            assert simulator.hub.sessions == {}

    async def test_a_session_goes_to_whoever_takes_it_up(self, simulator: OktellSimulator) -> None:
        async with connected(simulator) as first, connected(simulator) as second:
            session = (await first.log_in("100"))["sessionid"]
            await second.ask("login", userlogin="100", sessionid=session)
            assert (await first.ask("getuserstate"))["result"] == 0
            assert (await second.ask("getuserstate"))["result"] == 1

    async def test_who_logs_in_twice_on_a_connection_takes_one_seat(
        self, simulator: OktellSimulator
    ) -> None:
        async with connected(simulator, "100") as client:
            assert (await client.log_in("101"))["result"] == 1
            assert len(simulator.hub.sessions) == 1

    async def test_without_a_log_in_there_is_little_to_ask(
        self, simulator: OktellSimulator
    ) -> None:
        async with connected(simulator) as client:
            assert (await client.ask("getpbxnumbers", mode="full"))["result"] == 0
            assert (await client.ask("getversion"))["version"]["dated"] == 150_420

    async def test_a_client_can_be_sent_elsewhere(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        await control.do("settings", redirects=True)
        async with connected(simulator) as client:
            await client.say("ping", qid="1")
            assert await client.next() == ("websocketredirect", {"qid": "1"})
            assert await client.ask("ping") == {"qid": "0.1"}

    @pytest.mark.parametrize("text", ["", "x", "{}", "[]", "[1]", '["ping",1]', "[" * 9_000])
    async def test_what_is_no_message_is_passed_over(
        self, simulator: OktellSimulator, text: str
    ) -> None:
        async with connected(simulator) as client:
            await client.socket.send_str(text)
            assert await client.ask("ping") == {"qid": "0.1"}
        assert simulator.log.meaningless == 1

    async def test_what_is_unknown_is_not_answered(self, client: SocketClient) -> None:
        await client.say("getmoonphase", qid="1")
        assert await client.names() == []


class TestPicture:
    async def test_the_user_is_told_about_themselves(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        assert alice.line is not None
        async with connected(simulator, "100") as client:
            answer = await client.ask("getmyuserinfo")
            assert answer["mainpbxnumber"] == "100"
            assert answer["username"] == alice.name
            assert (answer["hasline"], answer["lineid"]) == (True, alice.line.id)

    async def test_the_service_user_has_no_line(self, client: SocketClient) -> None:
        answer = await client.ask("getmyuserinfo")
        assert (answer["mainpbxnumber"], answer["hasline"]) == ("", False)
        assert (await client.ask("getextendedlineinfo"))["linestatestr"] == "lsDisconnected"

    async def test_break_reasons_are_the_sites_own(self, client: SocketClient) -> None:
        items = (await client.ask("cc_getlunchtypes"))["items"]
        assert [each["id"] for each in items] == [1, 2, 3, 4]
        assert items[0]["name"] == "Тех.причина"

    async def test_numbers_have_states_and_groups_have_none(
        self, simulator: OktellSimulator, client: SocketClient, bob: User
    ) -> None:
        simulator.states.put(bob, state=UserState.BUSY)
        numbers = (await client.ask("getpbxnumbers", mode="full"))["numbers"]
        told = {each["number"]: each for each in numbers}
        assert (told["101"]["state"], told["101"]["caption"]) == (5, bob.name)
        assert told["101"]["department"] == bob.department.name
        assert "state" not in told["900"]
        brief = (await client.ask("getpbxnumbers"))["numbers"]
        assert set(brief[0]) == {"id", "number", "caption"}

    async def test_users_have_numbers(self, client: SocketClient, alice: User) -> None:
        users = (await client.ask("getallusernumbers", fillsubordinates=True))["users"]
        told = {each["id"]: each for each in users}[alice.id]
        assert (told["name"], told["main"], told["nums"]) == (alice.name, "100", ["100"])

    @pytest.mark.parametrize("extensions", [1, 700])
    async def test_messages_of_any_length_come_whole(self, extensions: int) -> None:
        async with running(extensions) as simulator, connected(simulator, "hass") as client:
            numbers = (await client.ask("getpbxnumbers", mode="full"))["numbers"]
            people = [each for each in numbers if not each["isgroup"]]
            assert len({each["caption"] for each in people}) == extensions
            assert (await client.ask("getcurrentqueue"))["queue"] == []

    async def test_redirect_rules_are_told(self, simulator: OktellSimulator, alice: User) -> None:
        alice.redirects_to = "84950000000"
        async with connected(simulator, "100") as client:
            rules = (await client.ask("getredirectrules"))["redirectrules"]
            assert rules == [{"id": 1, "destinationnumber": "84950000000"}]
        alice.redirects_to = ""
        async with connected(simulator, "100") as client:
            assert (await client.ask("getredirectrules"))["redirectrules"] == []


class TestStates:
    @pytest.mark.parametrize(
        ("key", "told"),
        [
            (StateKey.BOTH, {"userstateid": 1, "userstate": 1}),
            (StateKey.USERSTATE, {"userstate": 1}),
            (StateKey.USERSTATEID, {"userstateid": 1}),
        ],
    )
    async def test_a_state_goes_by_two_names(
        self, simulator: OktellSimulator, alice: User, key: StateKey, told: dict[str, int]
    ) -> None:
        simulator.settings.state_key = key
        async with connected(simulator, "100") as client:
            answer = await client.ask("getuserstate")
        assert {name: answer[name] for name in answer if name.startswith("userstate")} == {
            "userstatestr": "usReady"
        } | told
        assert (answer["userid"], answer["userlogin"]) == (alice.id, "100")

    async def test_a_break_is_set_as_the_vendors_client_does(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        async with connected(simulator, "100") as client:
            answer = await client.ask(
                "setuserstate",
                userlogin="100",
                userstateid=2,
                oncallcenter=True,
                onredirect=False,
                lunchreasonid=3,
            )
        assert (answer["userstateid"], answer["onlunch"], answer["lunchreasonid"]) == (2, True, 3)
        assert alice.standing.on_break

    async def test_the_break_mode_alone_is_ignored(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        simulator.states.put(alice, call_center=True)
        async with connected(simulator, "100") as client:
            answer = await client.ask("setuserstate", onlunch=True, lunchreasonid=3)
        assert answer["result"] == 1
        assert alice.standing == Standing(call_center=True)

    async def test_redirect_takes_two_steps(self, simulator: OktellSimulator, alice: User) -> None:
        simulator.states.put(alice, call_center=True)
        async with connected(simulator, "100") as client:
            await client.ask("setuserstate", onredirect=True)
            assert not alice.standing.redirect
            await client.ask("setuserstate", oncallcenter=False, userstateid=3)
            await client.ask("setuserstate", onredirect=True)
        assert alice.standing == Standing(UserState.AWAY, redirect=True)

    @pytest.mark.parametrize("wish", [{"userstateid": "3"}, {"onredirect": 1}, {"userstate": 3}])
    async def test_what_is_not_understood_is_ignored(
        self, simulator: OktellSimulator, alice: User, wish: dict[str, Any]
    ) -> None:
        async with connected(simulator, "100") as client:
            assert (await client.ask("setuserstate", **wish))["result"] == 1
        assert alice.standing == Standing()

    async def test_the_older_commands_enter_and_leave_the_call_center(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        async with connected(simulator, "100") as client:
            assert (await client.ask("entercallcenter"))["oncallcenter"]
            assert not (await client.ask("exitcallcenter"))["oncallcenter"]


class TestSubscriptions:
    async def test_numbers_states_are_told_to_everyone_who_subscribed(
        self, simulator: OktellSimulator, client: SocketClient, bob: User
    ) -> None:
        await client.subscribe("pbxnumberstatechanged")
        async with connected(simulator, "100") as other:
            simulator.states.put(bob, state=UserState.BUSY)
            assert await other.names() == []
        ((name, body),) = await client.events()
        assert name == "pbxnumberstatechanged"
        assert body == {"qid": body["qid"], "numbers": [{"num": "101", "numstateid": 5}]}

    async def test_all_numbers_of_a_user_are_told(
        self, simulator: OktellSimulator, client: SocketClient, bob: User
    ) -> None:
        bob.numbers.append("7101")
        await client.subscribe("pbxnumberstatechanged")
        simulator.states.put(bob, state=UserState.AWAY)
        ((_, body),) = await client.events()
        assert [each["num"] for each in body["numbers"]] == ["101", "7101"]

    async def test_states_and_modes_are_told_to_the_user_alone(
        self, simulator: OktellSimulator, client: SocketClient, alice: User
    ) -> None:
        await client.subscribe("userstatechanged", "pbxnumberstatechanged")
        async with connected(simulator, "100") as own:
            await own.subscribe("userstatechanged")
            simulator.states.put(alice, redirect=True)
            ((name, body),) = await own.events()
            assert (name, body["userid"], body["onredirect"]) == (
                "userstatechanged",
                alice.id,
                True,
            )
            assert "userlogin" not in body
        assert await client.names() == []

    async def test_colleagues_may_be_told_as_well(
        self, simulator: OktellSimulator, control: ControlClient, client: SocketClient, alice: User
    ) -> None:
        await control.do("settings", colleagues=True, events_carry_login=True)
        await client.subscribe("userstatechanged")
        simulator.states.put(alice, state=UserState.AWAY)
        ((_, body),) = await client.events()
        assert (body["userid"], body["userlogin"]) == (alice.id, "100")

    async def test_subscriptions_end_with_the_connection_and_the_log_out(
        self, simulator: OktellSimulator, alice: User
    ) -> None:
        async with connected(simulator) as client:
            session = (await client.log_in("100"))["sessionid"]
            await client.subscribe("userstatechanged")
        async with connected(simulator) as client:
            await client.ask("login", userlogin="100", sessionid=session)
            simulator.states.put(alice, state=UserState.AWAY)
            assert await client.names() == []
            await client.subscribe("userstatechanged")
            await client.ask("logout")
            simulator.states.put(alice, state=UserState.READY)
            assert await client.names() == []

    async def test_one_can_unsubscribe(
        self, simulator: OktellSimulator, client: SocketClient, alice: User
    ) -> None:
        await client.subscribe("pbxnumberstatechanged", "userstatechanged")
        await client.ask("unsubscribeevent", eventmethod="pbxnumberstatechanged")
        simulator.states.put(alice, state=UserState.AWAY)
        assert await client.names() == []


class TestMultipart:
    @pytest.mark.parametrize("interleaves", [False, True])
    async def test_long_messages_are_chopped_amid_letters(
        self, simulator: OktellSimulator, control: ControlClient, *, interleaves: bool
    ) -> None:
        async with connected(simulator, "100") as client:
            await control.do("settings", interleaves=interleaves)
            messages = [["first", {"text": "Ж" * 20}], ["second", {"text": "Я" * 20}]]
            told = await control.do("frames", user="100", messages=messages, packet_bytes=7)
            assert told["clients"] == 1
            packets = await client.events()
        ids = [body["message-id"] for _, body in packets]
        assert (ids[0] == ids[1]) is not interleaves
        assert {name for name, _ in packets} == {"multipart"}
        assembled = [
            b"".join(
                b64decode(body["content"]) for _, body in packets if body["message-id"] == each
            )
            for each in dict.fromkeys(ids)
        ]
        assert [json.loads(each) for each in assembled] == messages
        assert all(body["packetcount"] == ids.count(body["message-id"]) for _, body in packets)
        assert any(_cuts_a_letter(b64decode(body["content"])) for _, body in packets)

    async def test_only_what_is_longer_than_the_setting_is_chopped(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        async with connected(simulator, "100") as client:
            await control.do("settings", multipart_above=300, packet_bytes=100)
            assert await client.ask("ping") == {"qid": "0.2"}
            await client.say("getpbxnumbers", mode="full", qid="1")
            method, body = await client.next()
            assert (method, body["packetnumber"]) == ("multipart", 0)
            assert body["content-length"] == len(b64decode(body["content"])) == 100
            assert body["content-type"] == "text/json; charset=utf-8"


class TestMessages:
    async def test_a_message_reaches_its_user(
        self, simulator: OktellSimulator, control: ControlClient, alice: User, bob: User
    ) -> None:
        async with connected(simulator, "100") as sender, connected(simulator, "101") as reader:
            await reader.subscribe(*USER_EVENTS)
            sent = await sender.ask("sendusertextmessage", recipientid=bob.id, text="Обед?")
            assert sent["result"] == 1
            ((name, body),) = await reader.events()
            nameless = await sender.ask("sendusertextmessage", recipientid=bob.id)
            assert nameless["result"] == 0
        assert name == "usertextmessagereceived"
        assert (body["text"], body["senderid"]) == ("Обед?", alice.id)
        assert (body["userid"], body["sendername"]) == (bob.id, alice.name)
        told = (await control.do("messages"))["messages"]
        assert told == [{"from": "100", "to": "101", "text": "Обед?"}]


def _cuts_a_letter(part: bytes) -> bool:
    return part.decode("utf-8", "replace").endswith("\ufffd")


async def test_the_end_of_a_server_ends_the_connection(simulator: OktellSimulator) -> None:
    async with connected(simulator, "100") as client:
        await simulator.listener.shut_down()
        assert await client.ending() in {WSMsgType.CLOSED, WSMsgType.ERROR}
