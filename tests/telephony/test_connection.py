import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
import logging
import random

import pytest

from custom_components.office_cti.telephony import connection as module
from custom_components.office_cti.telephony.connection import (
    Connection,
    Link,
    wait_until_reachable,
)
from custom_components.office_cti.telephony.system import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    LoginRefused,
    NoAnswer,
    NoProfile,
    TelephonyError,
    VersionRefused,
)

HOUR = 3_600.0


class Clock:
    """The loop's time, moved by what waits for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.offset = 0.0
        self.waits: list[float] = []
        self._time = loop.time

    def time(self) -> float:
        return self._time() + self.offset

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.offset += seconds
        await _turn()

    def lives(self, seconds: float) -> None:
        self.offset += seconds


_sleep = asyncio.sleep


async def _turn() -> None:
    for _ in range(10):
        await _sleep(0)


class FakeLink:
    """A link without a socket."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self.last_received = self.loop.time()
        self.probes = 0
        self.left = False
        self.aborted = False
        self.on_probe: Callable[[], Awaitable[None]] = self.hear
        self.on_leave: Callable[[], Awaitable[None]] = _turn

    async def hear(self) -> None:
        self.last_received = self.loop.time()

    async def probe(self) -> None:
        self.probes += 1
        await self.on_probe()

    async def leave(self) -> None:
        self.left = True
        await self.on_leave()

    def abort(self) -> None:
        self.aborted = True
        self.lose()

    def lose(self) -> None:
        if not self.closed.done():
            self.closed.set_result(None)


class World:
    """A connection, and what becomes of each link that it opens."""

    def __init__(self) -> None:
        self.links: list[FakeLink] = []
        self.attempts = 0
        self.told: list[str] = []
        self.refusals: list[TelephonyError] = []
        self.fate: Callable[[], Awaitable[None]] = _turn
        self.connection = Connection(
            self._open,
            on_live=lambda: self.told.append("live"),
            on_lost=lambda: self.told.append("lost"),
            on_refused=self.refusals.append,
        )

    async def _open(self) -> Link:
        self.attempts += 1
        await self.fate()
        self.links.append(FakeLink())
        return self.links[-1]


async def wait_for(condition: Callable[[], bool]) -> None:
    # Turns are counted: the loop's time is not to be trusted here.
    for _ in range(100_000):
        if condition():
            return
        await _sleep(0)
    pytest.fail("it never came to that")


def fails(error: Exception) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        await _sleep(0)
        raise error

    return fail


async def hangs() -> None:
    await asyncio.get_running_loop().create_future()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, event_loop_here: asyncio.AbstractEventLoop) -> Clock:
    clock = Clock(event_loop_here)
    monkeypatch.setattr(event_loop_here, "time", clock.time)
    monkeypatch.setattr(module.asyncio, "sleep", clock.sleep)
    return clock


@pytest.fixture
async def event_loop_here() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.fixture
def ceilings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float]]:
    """Return the bounds of each wait that was chosen; each takes as long as it may."""
    bounds: list[tuple[float, float]] = []

    def uniform(least: float, most: float) -> float:
        bounds.append((least, most))
        return most

    monkeypatch.setattr(random, "uniform", uniform)
    return bounds


def tasks_of_the_connection() -> list[asyncio.Task[None]]:
    return [task for task in asyncio.all_tasks() if task.get_name() == "office_cti connection"]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.connection.stop()
    assert not tasks_of_the_connection()


# --- opening -----------------------------------------------------------------------------------


async def test_it_is_live_when_it_has_started(world: World) -> None:
    await world.connection.start()
    assert world.told == ["live"]
    assert len(world.links) == 1


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (OSError("no route"), CannotConnect),
        (ConnectionLost(), ConnectionLost),
        (RuntimeError("a defect"), RuntimeError),
    ],
)
async def test_a_first_link_that_cannot_be_opened_raises_and_leaves_nothing(
    world: World, error: Exception, raised: type[Exception]
) -> None:
    world.fate = fails(error)
    with pytest.raises(raised):
        await world.connection.start()
    assert not tasks_of_the_connection()
    assert world.told == []
    assert world.attempts == 1


async def test_a_first_link_that_takes_too_long_raises(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_TIMEOUT", 0.01)
    world.fate = hangs
    with pytest.raises(NoAnswer):
        await world.connection.start()
    assert world.told == []


async def test_a_link_may_take_as_long_as_its_protocol_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "OPEN_TIMEOUT", 0.0)

    async def open_slowly() -> Link:
        await asyncio.sleep(0.01)
        return FakeLink()

    ends: dict[str, Callable[[], None]] = {"on_live": lambda: None, "on_lost": lambda: None}
    with pytest.raises(NoAnswer):
        await Connection(open_slowly, **ends).start()
    slow = Connection(open_slowly, **ends, open_timeout=HOUR)
    await slow.start()
    await slow.stop()


# --- back-off ----------------------------------------------------------------------------------


async def test_the_wait_has_full_jitter_and_its_ceiling_doubles_up_to_a_minute(
    world: World, clock: Clock, ceilings: list[tuple[float, float]]
) -> None:
    await world.connection.start()
    world.fate = fails(CannotConnect())
    world.links[0].lose()
    await wait_for(lambda: world.attempts > 10)
    doubled = [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert ceilings[:10] == [(0, ceiling) for ceiling in doubled]
    assert clock.waits[:10] == doubled


async def test_the_wait_is_what_chance_chose(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda least, most: most / 4)
    await world.connection.start()
    world.fate = fails(CannotConnect())
    world.links[0].lose()
    await wait_for(lambda: world.attempts > 3)
    assert clock.waits[:3] == [0.125, 0.25, 0.5]


async def test_a_server_that_accepts_and_drops_is_not_stormed(
    world: World, clock: Clock, ceilings: list[tuple[float, float]]
) -> None:
    await world.connection.start()
    for count in range(1, 9):
        await wait_for(lambda wanted=count: world.told.count("live") == wanted)
        await _turn()
        world.links[-1].lose()
    await wait_for(lambda: world.told.count("live") == 9)
    assert [most for _, most in ceilings] == [0.5, 1, 2, 4, 8, 16, 32, 60]


async def test_a_link_that_lived_a_while_starts_the_back_off_anew(
    world: World, clock: Clock, ceilings: list[tuple[float, float]]
) -> None:
    await world.connection.start()
    for count, lived in enumerate((0.0, 0.0, module.LIVED + 1), start=1):
        await wait_for(lambda wanted=count: world.told.count("live") == wanted)
        await _turn()
        clock.lives(lived)
        world.links[-1].lose()
    await wait_for(lambda: world.told.count("live") == 4)
    assert [most for _, most in ceilings] == [0.5, 1, 0.5]


async def test_lost_and_live_are_told_once_for_each_link(
    world: World, clock: Clock, ceilings: list[tuple[float, float]]
) -> None:
    await world.connection.start()
    world.fate = fails(ConnectionLost())
    world.links[0].lose()
    await wait_for(lambda: world.attempts > 5)
    assert world.told == ["live", "lost"]
    world.fate = _turn
    await wait_for(lambda: len(world.told) == 3)
    assert world.told == ["live", "lost", "live"]
    assert world.links[0].aborted
    assert not world.links[1].aborted


async def test_a_link_that_hangs_while_it_is_opened_is_tried_again(
    world: World, clock: Clock
) -> None:
    await world.connection.start()
    world.fate = hangs
    world.links[0].lose()
    await wait_for(lambda: world.attempts == 2)
    clock.lives(module.OPEN_TIMEOUT)
    await wait_for(lambda: world.attempts == 3)
    world.fate = _turn
    clock.lives(module.OPEN_TIMEOUT)
    await wait_for(lambda: world.told == ["live", "lost", "live"])


async def test_a_defect_while_opening_is_logged_and_survived(
    world: World, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await world.connection.start()
    world.fate = fails(RuntimeError("a defect"))
    world.links[0].lose()
    await wait_for(lambda: world.attempts > 2)
    world.fate = _turn
    await wait_for(lambda: world.told == ["live", "lost", "live"])
    errors = [each for each in caplog.records if each.levelno >= logging.ERROR]
    assert errors
    assert all("a defect" in str(each.exc_info) for each in errors)


async def test_failures_that_are_expected_are_not_logged_as_errors(
    world: World, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await world.connection.start()
    world.fate = fails(OSError("no route"))
    world.links[0].lose()
    await wait_for(lambda: world.attempts > 5)
    ours = [each for each in caplog.records if each.name == module.__name__]
    assert {each.levelno for each in ours} == {logging.DEBUG}


# --- a peer that lets us in no more ------------------------------------------------------------

REFUSALS = [AuthenticationFailed(), LoginRefused(), NoProfile(), VersionRefused(version="3")]


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.key)
async def test_who_is_refused_is_told_so_once_and_does_not_try_again(
    world: World, clock: Clock, error: TelephonyError
) -> None:
    await world.connection.start()
    world.fate = fails(error)
    world.links[0].lose()
    await wait_for(lambda: world.refusals)
    clock.lives(HOUR)
    await _turn()
    assert world.attempts == 2
    assert world.refusals == [error]
    assert world.told == ["live", "lost"]
    assert not tasks_of_the_connection()
    await world.connection.stop()


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: error.key)
async def test_who_is_refused_at_the_start_is_told_by_the_error_alone(
    world: World, error: TelephonyError
) -> None:
    world.fate = fails(error)
    with pytest.raises(type(error)):
        await world.connection.start()
    assert world.refusals == []


async def test_who_was_refused_may_start_anew(world: World, clock: Clock) -> None:
    await world.connection.start()
    world.fate = fails(AuthenticationFailed())
    world.links[0].lose()
    await wait_for(lambda: world.refusals)
    world.fate = _turn
    await world.connection.start()
    world.links[-1].lose()
    await wait_for(lambda: world.told == ["live", "lost", "live", "lost", "live"])


# --- a peer that is dead though TCP says nothing -----------------------------------------------


async def test_a_silent_peer_is_asked_and_one_that_speaks_is_not(
    world: World, clock: Clock
) -> None:
    await world.connection.start()
    (link,) = world.links
    clock.lives(module.PROBE_AFTER - 1)
    await link.hear()
    clock.lives(module.PROBE_AFTER - 1)
    await _turn()
    assert link.probes == 0


async def test_the_peer_is_asked_again_after_each_silence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PROBE_AFTER", 0.001)
    await world.connection.start()
    (link,) = world.links
    await wait_for(lambda: link.probes >= 3)
    assert world.told == ["live"]
    assert not link.aborted


@pytest.mark.parametrize("error", [NoAnswer(), ConnectionLost()])
async def test_a_peer_that_does_not_answer_is_given_up(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch, error: TelephonyError
) -> None:
    monkeypatch.setattr(module, "PROBE_AFTER", 0.001)
    await world.connection.start()
    (link,) = world.links
    link.on_probe = fails(error)
    await wait_for(lambda: world.told[:3] == ["live", "lost", "live"])
    assert link.aborted


async def test_a_defect_while_probing_is_logged_and_survived(
    world: World,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "PROBE_AFTER", 0.001)
    await world.connection.start()
    (link,) = world.links
    link.on_probe = fails(ValueError("a defect"))
    await wait_for(lambda: world.told[:3] == ["live", "lost", "live"])
    assert link.aborted
    assert [each for each in caplog.records if each.levelno == logging.ERROR]


# --- stopping ----------------------------------------------------------------------------------


async def test_stop_takes_leave_and_tells_nobody(world: World) -> None:
    await world.connection.start()
    await world.connection.stop()
    assert world.links[0].left
    assert world.links[0].aborted
    assert world.told == ["live"]


async def test_stop_before_start_and_twice_is_nothing(world: World) -> None:
    await world.connection.stop()
    await world.connection.start()
    await world.connection.stop()
    await world.connection.stop()
    assert world.told == ["live"]


async def test_stop_while_it_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF_FIRST", HOUR)
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    await world.connection.start()
    world.links[0].lose()
    await wait_for(lambda: world.told == ["live", "lost"])
    await world.connection.stop()
    assert world.attempts == 1
    assert not world.links[0].left


async def test_stop_while_a_link_is_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACK_OFF_FIRST", 0)
    await world.connection.start()
    world.fate = hangs
    world.links[0].lose()
    await wait_for(lambda: world.attempts == 2)
    await world.connection.stop()
    assert world.told == ["live", "lost"]


async def test_stop_while_the_peer_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_AFTER", 0)
    await world.connection.start()
    (link,) = world.links
    link.on_probe = hangs
    await wait_for(lambda: link.probes == 1)
    await world.connection.stop()
    assert link.aborted


async def test_stop_right_after_the_link_was_lost(world: World) -> None:
    await world.connection.start()
    world.links[0].lose()
    await world.connection.stop()
    assert world.attempts == 1


async def test_a_stop_that_is_cancelled_leaves_no_link_open(world: World) -> None:
    await world.connection.start()
    (link,) = world.links
    link.on_leave = hangs
    stopping = asyncio.create_task(world.connection.stop())
    await wait_for(lambda: link.left)
    stopping.cancel()
    await asyncio.wait((stopping,))
    assert link.aborted


# --- waiting for a server ----------------------------------------------------------------------


async def test_a_port_that_accepts_is_reachable() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        assert not await wait_until_reachable("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_a_port_that_does_not_accept_is_tried_with_back_off(
    clock: Clock, ceilings: list[tuple[float, float]], unused_tcp_port: int
) -> None:
    waiting = asyncio.create_task(wait_until_reachable("127.0.0.1", unused_tcp_port))
    await wait_for(lambda: len(ceilings) > 9)
    server = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", unused_tcp_port
    )
    async with server:
        assert await waiting
    assert ceilings[:9] == [(0, most) for most in (0.5, 1, 2, 4, 8, 16, 32, 60, 60)]


async def test_a_host_that_cannot_be_a_host_is_not_reachable(
    clock: Clock, ceilings: list[tuple[float, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def open_connection(host: str, port: int, **_: float) -> None:
        await _sleep(0)
        host.encode("idna")

    monkeypatch.setattr(asyncio, "open_connection", open_connection)
    waiting = asyncio.create_task(wait_until_reachable("a" * 70 + ".example", 1))
    await wait_for(lambda: len(ceilings) > 1)
    waiting.cancel()
    await asyncio.wait((waiting,))
    assert waiting.cancelled()
