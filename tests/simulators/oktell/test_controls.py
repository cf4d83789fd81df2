"""What the control port can do."""

from typing import TYPE_CHECKING, Any

import pytest

from simulators.oktell import Encoding, Standing, UserState
from tests.simulators.oktell.conftest import connected
from tests.simulators.oktell.wire import basic

if TYPE_CHECKING:
    from simulators.oktell import OktellSimulator, User
    from tests.simulators.oktell.wire import HttpClient, SocketClient
    from tests.simulators.wire import ControlClient


async def done(control: ControlClient, op: str, **arguments: Any) -> dict[str, Any]:
    answer = await control.do(op, **arguments)
    assert answer.pop("ok"), answer
    return answer


class TestPeople:
    async def test_set_changes_anything(self, control: ControlClient, alice: User) -> None:
        await done(
            control,
            "set",
            user=alice.name,
            state=7,
            redirect=True,
            call_center=True,
            call_center_manual=True,
            on_break=True,
            on_task=True,
            reason_id=2,
            redirects_to="84950000000",
            web_api=True,
            desktop_client=True,
            password="secret",
        )
        assert alice.standing == Standing(
            UserState.NO_PHONE,
            redirect=True,
            call_center=True,
            call_center_manual=True,
            on_break=True,
            on_task=True,
            reason_id=2,
        )
        assert (alice.may_use_web_api, alice.in_desktop_client) == (True, True)
        assert (alice.redirects_to, alice.password) == ("84950000000", "secret")

    async def test_set_tells_how_much_was_pushed(self, control: ControlClient) -> None:
        assert await done(control, "set", user="100", state=3) == {"pushes": 2}
        assert await done(control, "set", user="100", state=3) == {"pushes": 0}

    @pytest.mark.parametrize(
        "arguments",
        [{"user": "9"}, {"user": "100", "state": 4}, {"user": "100", "redirect": 1}, {}],
    )
    async def test_what_cannot_be_set_is_refused(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("set", **arguments))["ok"]

    async def test_users_come_and_go(
        self, simulator: OktellSimulator, control: ControlClient, client: SocketClient
    ) -> None:
        told = await done(control, "add_user", login="new", name="Новый", number="150")
        async with connected(simulator, "new") as own:
            assert (await own.ask("getmyuserinfo"))["linenumber"] == "17007"
            await done(control, "remove_user", user="150")
            assert (await own.ask("getmyuserinfo"))["result"] == 0
        users = (await client.ask("getallusernumbers"))["users"]
        assert told["id"] not in [each["id"] for each in users]

    @pytest.mark.parametrize(
        "arguments",
        [
            {"login": "100", "name": "Second"},
            {"login": "new", "name": "Second", "number": "100"},
            {"login": "new", "name": "Second", "number": "900"},
        ],
    )
    async def test_logins_and_numbers_are_taken_once(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("add_user", **arguments))["ok"]

    async def test_an_id_is_taken_once(self, control: ControlClient, alice: User) -> None:
        assert not (await control.do("add_user", login="new", name="New", id=alice.id))["ok"]

    async def test_who_is_in_a_call_is_not_removed(self, control: ControlClient) -> None:
        await done(control, "ring", caller="84951234567", called="100")
        assert not (await control.do("remove_user", user="100"))["ok"]

    async def test_a_user_is_renamed(self, control: ControlClient, alice: User) -> None:
        await done(control, "rename_user", user="100", name="Новая", number="160", login="nova")
        assert (alice.name, alice.numbers, alice.login) == ("Новая", ["160"], "nova")
        assert not (await control.do("rename_user", user="nova", login="101"))["ok"]
        assert not (await control.do("rename_user", user="nova", number="101"))["ok"]

    async def test_a_group_gets_other_members(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        assert await done(control, "group", number="900", members=["103"]) == {"members": 1}
        assert simulator.office.groups["900"].members == [simulator.office.user("103")]
        assert not (await control.do("group", number="901", members=[]))["ok"]
        assert not (await control.do("group", number="900", members="103"))["ok"]

    async def test_what_does_not_stick_comes_back_when_told(
        self, simulator: OktellSimulator, control: ControlClient, http: HttpClient, alice: User
    ) -> None:
        simulator.settings.unsticks_after = 3_600
        simulator.states.put(alice, call_center=True)
        await http.get("wp_setuserstate", user="100", oncallcenter="0")
        assert alice.standing == Standing()
        assert (await done(control, "revert", user="100"))["pushes"] == 1
        assert alice.standing == Standing(call_center=True)
        assert (await done(control, "revert", user="100"))["pushes"] == 0


class TestCalls:
    async def test_a_call_goes_from_ringing_to_its_end(self, control: ControlClient) -> None:
        call = await done(control, "ring", caller="84951234567", called="100", name="Анна")
        assert call["stage"] == "ringing"
        assert (await done(control, "answer", number="100"))["stage"] == "talking"
        await done(control, "flash", user="100")
        await done(control, "flash", user="100", mode="abort")
        await done(control, "transfer", user="100", number="101")
        (transferred,) = (await done(control, "dump"))["calls"]
        assert (transferred["stage"], transferred["callee"]) == ("ringing", "101")
        assert (await done(control, "no_answer", number=transferred["call"]))["stage"] == "ended"

    async def test_somebody_dials(self, control: ControlClient) -> None:
        told = await done(control, "dial", user="100", number="101", line_first=False)
        assert told["stage"] == "calling_out"
        assert (await done(control, "hang_up", number="101"))["stage"] == "ended"

    @pytest.mark.parametrize(
        ("op", "arguments"),
        [
            ("hang_up", {"number": "100"}),
            ("flash", {"user": "100"}),
            ("transfer", {"user": "100", "number": "101"}),
            ("ring", {"caller": "100", "called": "100"}),
        ],
    )
    async def test_without_a_call_there_is_nothing_to_do(
        self, control: ControlClient, op: str, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do(op, **arguments))["ok"]


class TestTheServer:
    async def test_settings_are_told_and_changed(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        told = await done(control, "settings", encoding="utf-16", unsticks_after=1, seats=7)
        assert told["settings"]["authorization"] == "basic"
        assert simulator.settings.encoding is Encoding.UTF_16
        assert (simulator.settings.unsticks_after, simulator.settings.seats) == (1, 7)
        await done(control, "settings", unsticks_after=None)
        assert simulator.settings.unsticks_after is None

    @pytest.mark.parametrize(
        "change",
        [
            {"encoding": "latin"},
            {"seats": "7"},
            {"seats": True},
            {"redirects": 1},
            {"color": "red"},
        ],
    )
    async def test_impossible_settings_are_refused(
        self, simulator: OktellSimulator, control: ControlClient, change: dict[str, Any]
    ) -> None:
        before = simulator.settings.seats
        assert not (await control.do("settings", refusal=403, **change))["ok"]
        assert (simulator.settings.refusal, simulator.settings.seats) == (0, before)

    async def test_what_came_is_handed_out_once_and_without_secrets(
        self, simulator: OktellSimulator, control: ControlClient, http: HttpClient
    ) -> None:
        async with connected(simulator, "100") as client:
            await client.ask("getuserstate")
        await http.post("getlicenseinfo", headers={}, detail="regserial", password="demo")
        entries = (await done(control, "requests"))["requests"]
        assert [each.get("command", each["method"]) for each in entries] == [
            "login",
            "getuserstate",
            "getlicenseinfo",
        ]
        assert entries[0]["body"]["Password"] == entries[0]["body"]["password"] == "(hidden)"
        assert entries[1]["user"] == "100"
        assert entries[2]["form"] == {"detail": "regserial", "password": "(hidden)"}
        assert (entries[2]["method"], entries[2]["query"]) == ("POST", {})
        assert await done(control, "requests") == {"requests": [], "missed": 0}
        await http.get("getlicenseinfo", headers=basic(), detail="regserial")
        await http.get("getlicensefulltext")
        (entry,) = (await done(control, "requests", starting="getlicenseinfo"))["requests"]
        assert (entry["authorization"], entry["query"]) == ("Basic", {"detail": "regserial"})

    async def test_everything_is_dumped(self, control: ControlClient, alice: User) -> None:
        dump = await done(control, "dump")
        assert dump["users"][alice.id]["login"] == "100"
        assert dump["groups"]["900"]["members"][0] == alice.id
        assert dump["break_reasons"]["4"] == "Перерыв"
        assert "password" not in str(dump)

    async def test_who_is_connected_is_told(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await client.subscribe("userstatechanged")
        told = await done(control, "clients")
        assert told["clients"] == [{"user": "hass", "subscriptions": ["userstatechanged"]}]
        assert (told["sessions"], told["connections"]) == (1, 1)

    async def test_a_burst_is_as_long_as_wanted_and_tells_its_last(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await client.subscribe("pbxnumberstatechanged")
        answer = await done(control, "burst", pushes=600, seed=1)
        assert answer["pushes"] == 600
        events = await client.events()
        assert len(events) == 600
        assert events[-1][1]["numbers"] == answer["last"]

    async def test_a_burst_has_a_rate(self, control: ControlClient) -> None:
        assert (await done(control, "burst", pushes=5, rate=10_000))["pushes"] == 5

    @pytest.mark.parametrize("arguments", [{"pushes": 0}, {"pushes": 1, "rate": -1.0}])
    async def test_an_impossible_burst_is_refused(
        self, control: ControlClient, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do("burst", **arguments))["ok"]

    async def test_in_an_empty_office_nothing_bursts(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        for user in simulator.office.people():
            await done(control, "remove_user", user=user.id)
        assert (await done(control, "burst", pushes=5))["pushes"] == 0

    async def test_everything_is_counted(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await done(control, "sync")
        stats = await done(control, "stats")
        assert (stats["clients"], stats["sessions"], stats["requests"]) == (1, 1, 1)
        assert stats["processor_seconds"] > 0
        assert (await done(control, "disconnect"))["connections"] == 1
        await client.ending()

    async def test_a_scenario_can_be_chosen(self, control: ControlClient) -> None:
        assert (await done(control, "scenario", name="office-day", rate=1_000.0))["rate"] == 1_000
        assert (await done(control, "scenario", name="none"))["name"] == "none"
        assert not (await control.do("scenario", name="night"))["ok"]

    @pytest.mark.parametrize(
        ("op", "arguments"),
        [
            ("frames", {"user": "100", "messages": {}}),
            ("frames", {"user": "100", "messages": [["x"]]}),
            ("frames", {"user": "100", "messages": [], "packet_bytes": 0}),
            ("file", {"kind": "video", "name": "x", "text": ""}),
        ],
    )
    async def test_what_makes_no_sense_is_refused(
        self, control: ControlClient, op: str, arguments: dict[str, Any]
    ) -> None:
        assert not (await control.do(op, **arguments))["ok"]
