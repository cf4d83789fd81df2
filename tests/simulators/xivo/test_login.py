from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

from simulators.xivo import PASSWORDS, Office, Release, XivoSimulator, recorded_office
from tests.simulators.xivo.conftest import logged_in, running
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from tests.simulators.wire import ControlClient


async def test_logging_in_with_a_state_that_is_no_presence_changes_nothing(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    simulator.users.set_features(simulator.office.user("1"), {"enablednd": True})
    async with logged_in(simulator, "alice"):
        assert await client.get("users", "1") == {
            "availstate": "disconnected",
            "connection": "yes",
        }
        config = await client.get("users", "1", "updateconfig")
        assert config["enablednd"] is True


async def test_logging_in_as_available_switches_do_not_disturb_off(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    async with logged_in(simulator, "alice", "available"):
        assert await client.pushed("users") == [
            ("1", {"enablednd": False}),
            ("1", {"availstate": "available"}),
        ]


async def test_any_end_of_a_connection_shows_its_user_as_disconnected(
    simulator: XivoSimulator, client: XivoClient
) -> None:
    async with logged_in(simulator, "alice"):
        async with XivoClient(simulator.port) as second:
            await second.identify("alice")
        while (await client.next()).get("status") != {"availstate": "disconnected"}:
            pass
        assert (await client.get("users", "1"))["connection"] is None


async def test_a_hash_in_upper_case_is_none(simulator: XivoSimulator) -> None:
    async with XivoClient(simulator.port) as client:
        session = (await client.identify("alice"))["sessionid"]
        proof = "A" * 40
        assert session
        client.say("login_pass", commandid=2, hashedpassword=proof)
        assert await client.is_dropped()


async def test_a_password_beyond_ascii_lets_nobody_in(simulator: XivoSimulator) -> None:
    simulator.office.user("1").password = "löwe"
    async with XivoClient(simulator.port) as client:
        await client.identify("alice")
        client.say("login_pass", commandid=2, hashedpassword="0" * 40)
        assert await client.is_dropped()


async def test_a_login_beyond_ascii_is_let_in(simulator: XivoSimulator) -> None:
    async with XivoClient(simulator.port) as client:
        assert (await client.log_in("zoé", PASSWORDS["zoé"]))["userid"] == "42"


async def test_who_does_not_log_in_in_time_is_dropped() -> None:
    async with running(login_timeout=0.01) as simulator, XivoClient(simulator.port) as client:
        assert await client.is_dropped()


async def test_who_has_no_profile_stays_for_ever(
    simulator: XivoSimulator, control: ControlClient
) -> None:
    async with XivoClient(simulator.port) as client:
        session = (await client.identify("erin"))["sessionid"]
        proof = sha1(f"{session}:{PASSWORDS['erin']}".encode()).hexdigest()  # noqa: S324
        client.say("login_pass", commandid=2, hashedpassword=proof)
        assert (await client.next())["error_string"] == "capaid_undefined"
        assert (await control.do("expire_logins"))["connections"] == 0
        assert (await control.do("clients"))["clients"] == 1


class TestProtocol2:
    """From 16.01 on the password travels as it is."""

    @pytest.fixture
    def release(self) -> Release:
        return Release.R16_01

    async def test_a_client_of_1_2_is_refused(self, simulator: XivoSimulator) -> None:
        async with XivoClient(simulator.port) as client:
            answer = await client.identify("alice", "1.2")
            assert answer == {"class": "login_id", "error_string": "xivoversion_client:1.2;2.0"}

    async def test_the_password_lets_in_and_lastconnwins_is_not_wanted(
        self, simulator: XivoSimulator
    ) -> None:
        async with XivoClient(simulator.port) as client:
            assert (await client.identify("alice", "2.0"))["xivoversion"] == "2.0"
            client.say("login_pass", commandid=2, password="alice-pw")
            assert (await client.next())["capalist"] == [3]
            client.say("login_capas", commandid=3, capaid=3, state="")
            assert (await client.next())["userid"] == "1"

    async def test_a_wrong_password_drops(self, simulator: XivoSimulator) -> None:
        async with XivoClient(simulator.port) as client:
            await client.identify("alice", "2.0")
            client.say("login_pass", commandid=2, password="wrong")
            assert await client.is_dropped()


async def test_the_supervisors_account_is_announced(simulator: XivoSimulator) -> None:
    assert (simulator.username, simulator.password) == ("carol", PASSWORDS["carol"])


def test_every_user_of_the_recorded_office_has_a_password_of_the_table() -> None:
    office: Office = recorded_office()
    assert {user.login: user.password for user in office.users.values()} == PASSWORDS
