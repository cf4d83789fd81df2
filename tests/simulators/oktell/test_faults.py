"""What goes wrong on purpose, over HTTP and the web-socket."""

import asyncio
import json
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionError, WSMsgType
import pytest

from simulators.oktell import UserState
from tests.simulators.oktell.conftest import connected

if TYPE_CHECKING:
    from simulators.oktell import OktellSimulator, User
    from tests.simulators.oktell.wire import HttpClient, SocketClient
    from tests.simulators.wire import ControlClient


async def fault(control: ControlClient, kind: str, **options: Any) -> dict[str, Any]:
    answer = await control.do("fault", kind=kind, **options)
    assert answer["ok"], answer
    return answer


class TestTheWebSocket:
    @pytest.mark.parametrize("how", ["rst", "fin"])
    async def test_a_drop_ends_the_connection(
        self, control: ControlClient, client: SocketClient, how: str
    ) -> None:
        assert (await fault(control, "drop", how=how))["connections"] == 1
        assert await client.ending() is not WSMsgType.CLOSE

    async def test_half_a_frame_ends_the_connection(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        assert (await fault(control, "half_line"))["connections"] == 1
        assert await client.ending() is not WSMsgType.CLOSE

    async def test_what_is_no_frame_ends_the_connection(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await fault(control, "raw", bytes=64)
        assert await client.ending() is WSMsgType.ERROR

    async def test_garbage_is_in_whole_frames(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        told = await fault(control, "garbage", bytes=40_000)
        assert told["bytes"] >= 40_000
        await client.say("ping", qid="end")
        frames = 0
        while True:
            message = await client.socket.receive()
            assert message.type is WSMsgType.TEXT
            if message.data == '["pong",{"qid":"end"}]':
                break
            frames += 1
        assert frames == told["lines"]

    async def test_a_stall_holds_everything_back(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await fault(control, "stall")
        await client.say("ping", qid="1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client.socket.receive()
        await fault(control, "none")
        assert await client.next() == ("pong", {"qid": "1"})

    async def test_slowness_lets_bytes_trickle(
        self, control: ControlClient, client: SocketClient
    ) -> None:
        await fault(control, "slow", bytes_per_second=5_000)
        assert (await client.ask("getuserstate"))["result"] == 1

    async def test_refused_connections_are_taken_again_later(
        self, simulator: OktellSimulator, control: ControlClient
    ) -> None:
        await fault(control, "refuse")
        with pytest.raises(ClientConnectionError):
            async with connected(simulator):
                pass
        await fault(control, "accept_and_close")
        with pytest.raises(ClientConnectionError):
            async with connected(simulator):
                pass
        await fault(control, "none")
        async with connected(simulator, "100"):
            pass

    async def test_a_command_may_fail(self, control: ControlClient, client: SocketClient) -> None:
        await fault(control, "error", command="getpbx", text="No.")
        assert (await client.ask("getuserstate"))["result"] == 1
        answer = await client.ask("getpbxnumbers")
        assert (answer["result"], answer["errormsg"]) == (0, "No.")
        assert (await client.ask("getpbxnumbers"))["result"] == 1

    @pytest.mark.parametrize(
        ("carried_out", "state"), [(True, UserState.AWAY), (False, UserState.READY)]
    )
    async def test_an_answer_may_be_lost(
        self,
        simulator: OktellSimulator,
        control: ControlClient,
        alice: User,
        *,
        carried_out: bool,
        state: UserState,
    ) -> None:
        async with connected(simulator, "100") as own:
            await fault(control, "lost", command="setuserstate", carried_out=carried_out)
            await own.say("setuserstate", qid="1", userstateid=3)
            assert await own.names() == []
        assert alice.standing.state is state


class TestHttp:
    async def test_a_status_takes_the_place_of_the_answer(
        self, control: ControlClient, http: HttpClient
    ) -> None:
        await fault(control, "status", code=503, count=2, command="getlicense", text="later")
        assert (await http.get("tst_getintnumberreadyusers", number="900")).status == 200
        answers = [await http.get("getlicensefulltext") for _ in range(3)]
        assert [each.status for each in answers] == [503, 503, 200]
        assert answers[0].text == "later"

    async def test_an_error_is_status_500(self, control: ControlClient, http: HttpClient) -> None:
        await fault(control, "error", text="Oops")
        answer = await http.get("getlicensefulltext")
        assert (answer.status, answer.text) == (500, "Oops")

    async def test_an_answer_may_be_late(self, control: ControlClient, http: HttpClient) -> None:
        await fault(control, "late", seconds=0.001)
        assert (await http.get("getlicensefulltext")).status == 200

    @pytest.mark.parametrize(
        ("carried_out", "state"), [(True, UserState.AWAY), (False, UserState.READY)]
    )
    async def test_an_answer_may_be_lost(
        self,
        control: ControlClient,
        http: HttpClient,
        alice: User,
        *,
        carried_out: bool,
        state: UserState,
    ) -> None:
        await fault(control, "lost", carried_out=carried_out)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await http.get("wp_setuserstate", user="100", userstateid="3")
        assert alice.standing.state is state

    async def test_none_ends_all(self, control: ControlClient, http: HttpClient) -> None:
        await fault(control, "status", code=503)
        await fault(control, "none")
        assert (await http.get("getlicensefulltext")).status == 200

    async def test_nothing_unasked_comes_over_http(
        self, simulator: OktellSimulator, control: ControlClient, http: HttpClient
    ) -> None:
        await http.get("getlicensefulltext")
        assert len(simulator.listener.connections) == 1
        for kind in ("garbage", "raw", "half_line"):
            await fault(control, kind)
        assert (await http.get("getlicensefulltext")).status == 200
        assert simulator.listener.accepted == 1

    @pytest.mark.parametrize(
        "options",
        [
            {"kind": "status", "code": 200},
            {"kind": "status", "code": 503, "count": 0},
            {"kind": "late", "seconds": -1},
            {"kind": "raw", "bytes": 0},
            {"kind": "garbage", "bytes": 0},
        ],
    )
    async def test_impossible_faults_are_refused(
        self, control: ControlClient, options: dict[str, Any]
    ) -> None:
        assert not (await control.do("fault", **options))["ok"]


def test_malformed_frames_are_none_of_ours(simulator: OktellSimulator) -> None:
    specimens = simulator.faults._specimens.malformed_lines()
    assert len(specimens) > 20
    meant = json.dumps(["pbxnumberstatechanged"]).encode()
    assert any(meant in each for each in specimens)
