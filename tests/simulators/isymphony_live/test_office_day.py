"""An office day, and the office that it begins with."""

import random
from typing import TYPE_CHECKING

from simulators.isymphony_live import LiveSimulator, StatusType, default_office
from simulators.isymphony_live.office_day import OfficeDay
from simulators.scenario import Scenario
from tests.simulators.isymphony_live.conftest import NOW, connected, running

if TYPE_CHECKING:
    from simulators.isymphony_live import Office

STEPS = 3_000


def names(office: Office) -> list[tuple[str, str, str]]:
    return [
        (user.username, user.name, user.status.name)
        for server in office.servers.values()
        for user in server.users.values()
    ]


def ids(office: Office) -> set[str]:
    return {each.id for server in office.servers.values() for each in server.everything()}


class TestTheOffice:
    def test_the_same_seed_makes_the_same(self) -> None:
        first, second = default_office(50, seed=1, now=NOW), default_office(50, seed=1, now=NOW)
        assert names(first) == names(second)
        assert ids(first) == ids(second)
        assert names(first) != names(default_office(50, seed=2, now=NOW))

    def test_started_later_it_has_other_ids(self) -> None:
        first, second = default_office(50, now=NOW), default_office(50, now=NOW + 1)
        assert not ids(first) & ids(second)
        assert len(ids(first)) == sum(
            len(list(server.everything())) for server in first.servers.values()
        )

    def test_it_has_some_of_everything(self) -> None:
        server = default_office(200, agents=30, queues=4, conferences=2).server()
        assert {user.status.type for user in server.users.values()} == set(StatusType)
        assert {user.is_licensed for user in server.users.values()} == {True, False}
        assert max(len(server.extensions_of(each)) for each in server.users.values()) == 2
        assert any(each.user is None for each in server.extensions.values())
        agents = [agent for queue in server.queues.values() for agent in queue.agents]
        assert {(each.is_dynamic, each.is_paused) for each in agents} == {
            (dynamic, paused) for dynamic in (True, False) for paused in (True, False)
        }
        assert len({each.extension.number for each in agents}) == 30
        assert len(agents) > 30

    def test_it_may_be_empty(self) -> None:
        server = default_office(0, conferences=0).server()
        assert (server.users, server.extensions, server.rooms) == ({}, {}, {})


class TestTheDay:
    async def test_everything_happens_and_calls_end(self) -> None:
        async with running() as simulator, connected(simulator) as client:
            simulator.settings.unlisted_events = True
            day = OfficeDay(simulator, random.Random(1))  # noqa: S311 - seeded, not secret
            for _ in range(STEPS):
                assert day.go_on()
            assert len(simulator.calls.segments) < 12
            seen = set(await client.types())
        assert seen >= {
            "userLogin",
            "userLogout",
            "userStatus",
            "agentLogin",
            "agentLogout",
            "dial",
            "linkEnd",
            "hangup",
            "confRoomCallLeave",
            "simulatedAgentPause",
            "simulatedHold",
        }

    async def test_the_same_seed_makes_the_same_day(self) -> None:
        days = []
        for _ in range(2):
            async with running() as simulator, connected(simulator) as client:
                day = OfficeDay(simulator, random.Random(7))  # noqa: S311 - seeded, not secret
                for _ in range(100):
                    day.go_on()
                days.append(await client.events())
        assert days[0] == days[1]

    async def test_it_goes_by_itself(self) -> None:
        async with (
            running(scenario=Scenario.OFFICE_DAY, rate=1_000) as simulator,
            connected(simulator) as client,
        ):
            await client.next()

    async def test_nothing_happens_to_nobody(self) -> None:
        async with LiveSimulator(default_office(0)) as simulator:
            assert not OfficeDay(simulator, random.Random(0)).go_on()  # noqa: S311 - seeded, not secret
