"""The office to begin with, and its day."""

from random import Random
from typing import TYPE_CHECKING

from aiohttp import ClientSession
import pytest

from simulators.oktell import OktellSimulator, Scenario, Settings, UserState, default_office
from simulators.oktell.office_day import OfficeDay
from simulators.tls import server_context
from tests.simulators.oktell.conftest import connected, running
from tests.simulators.oktell.wire import USER_EVENTS, basic

if TYPE_CHECKING:
    from simulators.oktell import Office


def told(office: Office) -> list[tuple[object, ...]]:
    return [
        (user.id, user.login, user.name, *user.numbers, user.standing)
        for user in office.users.values()
    ]


class TestDefaultOffice:
    def test_it_has_as_many_as_wanted_and_the_service_user(self) -> None:
        office = default_office(40, groups=2)
        people = office.people()
        assert [user.login for user in people] == [str(100 + place) for place in range(40)]
        assert {user.password for user in office.users.values()} == {"demo"}
        assert len({user.name for user in people}) == 40
        assert list(office.groups) == ["900", "901"]
        service = office.user("hass")
        assert (service.may_use_web_api, service.line, service.numbers) == (True, None, [])
        assert not any(user.may_use_web_api for user in people)

    def test_it_may_be_empty(self) -> None:
        office = default_office(0, groups=0)
        assert [user.login for user in office.users.values()] == ["hass"]

    def test_the_same_seed_makes_the_same_office(self) -> None:
        assert told(default_office(9, seed=3)) == told(default_office(9, seed=3))
        assert told(default_office(9, seed=3)) != told(default_office(9, seed=4))

    def test_names_are_cyrillic_and_latin(self) -> None:
        names = [user.name for user in default_office(10).people()]
        assert {name.isascii() for name in names} == {True, False}


class TestOfficeDay:
    async def test_everything_happens_and_calls_end(self) -> None:
        async with running(12) as simulator, connected(simulator, "100") as client:
            await client.subscribe("pbxnumberstatechanged", *USER_EVENTS)
            day = OfficeDay(simulator, Random(1))  # noqa: S311 - a day, no secret
            calls, states = set(), set()
            for _ in range(2_000):
                assert day.go_on()
                calls |= set(simulator.calls.calls)
                states |= {user.standing.state for user in simulator.office.people()}
            names = set(await client.names())
        assert len(calls) > 100
        assert len(simulator.calls.calls) <= 4
        assert {"pbxnumberstatechanged", "userstatechanged", "phoneevent_commstarted"} <= names
        assert states == set(UserState) - {UserState.RESERVED, UserState.NO_PHONE}

    async def test_the_same_seed_makes_the_same_day(self) -> None:
        days = []
        for _ in range(2):
            async with running(8) as simulator:
                day = OfficeDay(simulator, Random(5))  # noqa: S311 - a day, no secret
                for _ in range(300):
                    day.go_on()
                days.append(told(simulator.office))
        assert days[0] == days[1]

    async def test_nothing_happens_to_nobody(self) -> None:
        office = default_office(0)
        async with OktellSimulator(office) as simulator:
            assert not OfficeDay(simulator, Random(1)).go_on()  # noqa: S311 - a day, no secret

    async def test_it_goes_on_by_itself(self) -> None:
        async with (
            running(scenario=Scenario.OFFICE_DAY, rate=1_000) as simulator,
            connected(simulator, "hass") as client,
        ):
            await client.subscribe("pbxnumberstatechanged")
            assert (await client.next())[0] == "pbxnumberstatechanged"


@pytest.mark.parametrize("path", ["getlicensefulltext", ""])
async def test_everything_may_be_in_tls(path: str) -> None:
    context = server_context()
    settings = Settings(settles_after=0)
    async with running(tls=context, settings=settings) as simulator, ClientSession() as session:
        url = f"https://127.0.0.1:{simulator.port}/{path}"
        async with session.get(url, headers=basic(), ssl=False) as answer:
            assert answer.status == 200
