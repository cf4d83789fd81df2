import pytest

from custom_components.office_cti.telephony import pacing
from custom_components.office_cti.telephony.pacing import Pacer


class Loop:
    """The time, and what waits for it."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []
        self.cancelled = 0

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, _: object) -> Loop:
        self.waits.append(delay)
        return self

    def cancel(self) -> None:
        self.cancelled += 1


class Transport:
    """Counts how often reading was paused."""

    def __init__(self) -> None:
        self.pauses = 0

    def pause_reading(self) -> None:
        self.pauses += 1

    def resume_reading(self) -> None:
        self.pauses -= 1


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def transport() -> Transport:
    return Transport()


@pytest.fixture
def pacer(loop: Loop) -> Pacer:
    return Pacer(loop)  # type: ignore[arg-type]


LITTLE = int(pacing._AHEAD_MOST / pacing._PACE)


def test_what_is_less_than_a_flood_is_never_held_up(
    pacer: Pacer, loop: Loop, transport: Transport
) -> None:
    for _ in range(100):
        pacer.took_in(LITTLE, transport)
        loop.now += LITTLE * pacing._PACE
    assert loop.waits == []
    assert transport.pauses == 0


def test_a_flood_is_held_back_until_its_time_has_come(
    pacer: Pacer, loop: Loop, transport: Transport
) -> None:
    pacer.took_in(10_000, transport)
    assert loop.waits == [pytest.approx(10_000 * pacing._PACE)]
    assert transport.pauses == 1


def test_a_flood_by_small_pieces_is_one_too(pacer: Pacer, loop: Loop, transport: Transport) -> None:
    for _ in range(10):
        pacer.took_in(LITTLE // 5, transport)
    assert loop.waits
    assert min(loop.waits) > pacing._AHEAD_MOST


def test_after_a_pause_there_is_room_again(pacer: Pacer, loop: Loop, transport: Transport) -> None:
    pacer.took_in(10_000, transport)
    loop.now += loop.waits[0]
    pacer.took_in(LITTLE // 2, transport)
    assert len(loop.waits) == 1


def test_without_a_connection_nothing_is_paused(pacer: Pacer, loop: Loop) -> None:
    pacer.took_in(10_000, None)
    assert loop.waits == []


def test_who_has_no_transport_is_told_how_long_to_take_nothing(pacer: Pacer, loop: Loop) -> None:
    assert pacer.ahead(LITTLE) == 0
    assert pacer.ahead(10_000) == pytest.approx((LITTLE + 10_000) * pacing._PACE)
    assert loop.waits == []


def test_stop_forgets_the_pause(pacer: Pacer, loop: Loop, transport: Transport) -> None:
    pacer.stop()
    assert loop.cancelled == 0
    pacer.took_in(10_000, transport)
    pacer.stop()
    pacer.stop()
    assert loop.cancelled == 1
