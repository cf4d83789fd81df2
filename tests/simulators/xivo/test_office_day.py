"""An office day must never tell anything but the truth: who follows the pushes has the picture."""

import random
from typing import TYPE_CHECKING, Any

import pytest

from simulators.xivo import Office, Release, Scenario, default_office
from simulators.xivo.messages import LISTS, as_of
from simulators.xivo.office_day import OfficeDay, flurry
from tests.simulators.xivo.conftest import Clock, running
from tests.simulators.xivo.wire import XivoClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.xivo import XivoSimulator
    from tests.simulators.xivo.wire import Message

FOLLOWED = ("users", "phones", "agents", "queuemembers", "voicemails")
NOT_PUSHED = {"connection"}  # which nobody is told when it changes alone


def generator(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not secret, but repeatable


def picture(simulator: XivoSimulator) -> dict[tuple[str, str], Message]:
    """Return every object's config and status together."""
    office: Office = simulator.office
    return {
        (name, tid): {
            key: value
            for shape in LISTS[name][1:]
            for key, value in as_of(simulator.release, name, shape(office, thing)).items()
            if key not in NOT_PUSHED
        }
        for name in FOLLOWED
        for tid, thing in LISTS[name][0](office).items()
    }


def follow(seen: dict[tuple[str, str], Message], message: Message) -> None:
    """Do what a client does with a push."""
    key = message["listname"], str(message.get("tid"))
    change = message.get("config", message.get("status"))
    if key in seen and isinstance(change, dict):
        seen[key] |= {name: value for name, value in change.items() if name in seen[key]}


def days(simulator: XivoSimulator, clock: Clock, seed: int, acts: int) -> Iterator[None]:
    """Let one thing after the other happen, a second each; wrap-up ends when it is time."""
    day = OfficeDay(simulator, generator(seed))
    for act in range(acts):
        clock.now += 1
        assert day.go_on()
        simulator.end_turn()
        if act % 10 == 0:
            for agent in simulator.office.agents.values():
                simulator.call_center.end_wrapup(agent)
            simulator.end_turn()
        yield


async def lived(release: Release, seed: int, acts: int) -> tuple[Any, Any, XivoSimulator]:
    """Let a day go on; return the picture that a client has, the true one, and the server."""
    clock = Clock()
    office = default_office(24, agents=6, queues=3, seed=seed, now=clock.now)
    async with (
        running(office, clock=clock, release=release, seed=seed) as simulator,
        XivoClient(simulator.port) as client,
    ):
        await client.log_in("100", "demo")
        seen = picture(simulator)
        for act, _ in enumerate(days(simulator, clock, seed, acts)):
            if act % 50 == 0:
                for message in await client.all():
                    if message["class"] == "getlist":
                        follow(seen, message)
        for message in await client.all():
            if message["class"] == "getlist":
                follow(seen, message)
        return seen, picture(simulator), simulator


@pytest.mark.parametrize("release", [Release.R14_12, Release.R15_01, Release.R15_19])
@pytest.mark.parametrize("seed", [1, 2])
async def test_who_follows_the_pushes_has_the_true_picture(release: Release, seed: int) -> None:
    seen, true, _ = await lived(release, seed, 400)
    assert seen == true


async def test_phones_and_channels_agree_at_every_end() -> None:
    _, _, simulator = await lived(Release.R15_01, 3, 400)
    office = simulator.office
    for phone in office.phones.values():
        assert (phone.hint == "0") == (not phone.channels), phone
    assert {name for phone in office.phones.values() for name in phone.channels} <= set(
        office.channels
    )
    in_calls = {
        party.channel.name for call in simulator.calls.calls.values() for party in call.parties()
    }
    assert in_calls == set(office.channels)


async def test_a_day_has_everything_in_it() -> None:
    clock = Clock()
    office = default_office(24, agents=6, queues=3, seed=5, now=clock.now)
    async with running(office, clock=clock, seed=5) as simulator:
        states = set()
        for _ in days(simulator, clock, 5, 600):
            states |= {call.state for call in simulator.calls.calls.values()}
            states |= {"held" for call in simulator.calls.calls.values() if call.is_held}
            states |= {agent.availability for agent in office.agents.values()}
    assert states >= {"ringing", "talking", "waiting", "parked", "held"}
    assert states >= {"logged_out", "available", "unavailable"}
    assert any(state.startswith("on_call_nonacd_") for state in states)
    assert any(queue.passages for queue in office.queues.values())


async def told(seed: int) -> list[Message | None]:
    clock = Clock()
    office = default_office(12, agents=3, queues=2, seed=seed, now=clock.now)
    async with running(office, clock=clock, seed=seed) as simulator:
        return [simulator.outbox.last_push for _ in days(simulator, clock, seed, 100)]


async def test_the_same_seed_makes_the_same_day() -> None:
    assert await told(7) == await told(7)
    assert await told(7) != await told(8)


async def test_a_flurry_is_true_and_one_push_a_step() -> None:
    office = default_office(10, agents=3, queues=1)
    async with running(office) as simulator, XivoClient(simulator.port) as client:
        await client.log_in("100", "demo")
        seen = picture(simulator)
        changes: Iterator[bool] = flurry(simulator, generator(1))
        for _ in range(300):
            next(changes)
        assert simulator.outbox.pushes == 300
        simulator.end_turn()
        for message in await client.all():
            follow(seen, message)
        assert seen == picture(simulator)


async def test_nothing_happens_in_an_empty_office() -> None:
    async with running(default_office(0, agents=0, queues=0)) as simulator:
        assert not OfficeDay(simulator, generator(1)).go_on()
        assert await simulator.burst(5) == 0
        assert simulator.username is None


async def test_the_scenario_plays_by_itself_until_it_is_stopped() -> None:
    async with (
        running(default_office(8), scenario=Scenario.OFFICE_DAY, rate=5_000) as simulator,
        XivoClient(simulator.port) as client,
    ):
        for _ in range(20):
            await client.next()
        await simulator.stop_scenario()
        pushes = simulator.outbox.pushes
        await client.log_in("100", "demo")
        assert simulator.outbox.pushes == pushes
