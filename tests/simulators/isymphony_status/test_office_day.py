from itertools import islice
import random
from typing import TYPE_CHECKING

from simulators.isymphony_status import (
    EventKind,
    Office,
    StatusSimulator,
    default_office,
    office_day,
)
from simulators.isymphony_status.office import Seat
from simulators.isymphony_status.protocol import event_line
from tests.simulators.wire import LineClient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulators.isymphony_status import (
        Event,
    )

NOW = 1_763_546_400.0  # a Wednesday morning


def generator(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - not secret, but repeatable


def changes(office: Office, seed: int = 1) -> Iterator[list[Event]]:
    return map(list, office_day(office, generator(seed), lambda: NOW))


def lines(seed: int) -> list[bytes]:
    office = default_office(30, seed=seed, now=NOW)
    return [event_line(event) for change in islice(changes(office), 300) for event in change]


def test_the_default_office_has_what_was_asked_for() -> None:
    office = default_office(61, locations=3, tenants=4, now=NOW)
    assert len(office.locations) == 3
    assert all(len(location.tenants) == 4 for location in office.locations.values())
    assert [int(seat.number) for seat in office.seats()] == list(range(100, 161))


def test_every_extension_is_set_to_a_status_of_its_tenant() -> None:
    office = default_office(500, now=NOW)
    for seat in office.seats():
        assert office.extension(*seat).status in office.tenant(seat.location, seat.tenant).statuses


def test_in_the_morning_most_are_there_some_are_not_and_some_left_a_note() -> None:
    office = default_office(1_000, now=NOW)
    extensions = [office.extension(*seat) for seat in office.seats()]
    assert 600 < sum(each.status == "Available" for each in extensions) < 800
    assert sum(bool(each.note) for each in extensions) > 100
    times = [each.return_time for each in extensions if each.return_time]
    assert len(times) > 100
    assert all(time > NOW and time % 300 == 0 for time in times)


def test_there_may_be_nobody_and_nothing() -> None:
    assert list(default_office(0, now=NOW).seats()) == []
    assert list(default_office(10, locations=0, now=NOW).seats()) == []
    assert list(office_day(Office(), generator(1))) == []


def test_the_same_seed_makes_the_same_day() -> None:
    assert lines(seed=1) == lines(seed=1)
    assert lines(seed=1) != lines(seed=2)


def test_a_change_is_one_to_three_events_of_one_person() -> None:
    office = default_office(30, now=NOW)
    sizes = set()
    for change in islice(changes(office), 500):
        assert len({event.fields[:3] for event in change}) == 1
        sizes.add(len(change))
    assert sizes == {1, 2, 3}


def test_who_comes_back_takes_note_and_return_time_along() -> None:
    office = default_office(30, now=NOW)
    returns = 0
    for change in islice(changes(office), 500):
        if change[0].kind is EventKind.STATUS_SET and change[0].fields[3] == "Available":
            extension = office.extension(*Seat(*change[0].fields[:3]))
            assert (extension.note, extension.return_time) == ("", 0)
            returns += 1
    assert returns > 50


def test_about_two_in_three_are_at_their_desks_all_day() -> None:
    office = default_office(60, now=NOW)
    for _ in islice(changes(office), 3_000):
        pass
    at_desk = sum(office.extension(*seat).status == "Available" for seat in office.seats())
    assert 25 < at_desk < 55


def test_notes_come_in_all_writings() -> None:
    day = b"".join(lines(seed=1)).decode()
    assert "#masknl#" in day
    assert "ö" in day
    assert "Срочный" in day
    assert "☕" in day


def test_the_day_goes_on_when_the_office_is_rebuilt() -> None:
    office = default_office(30, locations=1, tenants=1, now=NOW)
    day = changes(office)
    next(day)
    office.rename_location("Head Office", "HQ")
    office.rename_status("HQ", "Sales", "Available", "Here")
    for event in next(day):
        assert event.fields[0] == "HQ"
    office.remove_location("HQ")
    assert list(day) == []


async def test_a_burst_can_be_repeated() -> None:
    bursts = []
    for _ in range(2):
        async with (
            StatusSimulator(default_office(20, now=NOW), clock=lambda: NOW) as simulator,
            LineClient(simulator.port) as client,
        ):
            await client.is_in_step()
            await simulator.burst(700, seed=5)
            bursts.append(await client.lines(700))
    assert bursts[0] == bursts[1]
