"""An office day: people leave with a note and a return time, come back, and leave notes.

`office_day` yields one person's change after the other, and each of these yields its events, one to
three of them. An event is made when it is asked for, not before: whatever was not taken has not
happened, so that the office and those who were told of it always agree.

    for change in office_day(office, random.Random(1)):
        for event in change:
            ...
"""

from collections.abc import Iterator
import time
from typing import TYPE_CHECKING, NamedTuple

from .habits import DESK_NOTES, outing_to, return_time
from .office import Event, Seat

if TYPE_CHECKING:
    from collections.abc import Callable
    import random

    from .office import Extension, Office

type PersonChange = Iterator[Event]

_COMES_BACK = 0.9  # how likely someone who is away is to come back, once it is their turn …
_LEAVES = 0.45  # … and someone at the desk to leave: about two in three are at their desks


class _Person(NamedTuple):
    seat: Seat
    extension: Extension
    at_desk: str  # the status that means: here
    outings: tuple[str, ...]  # the statuses that mean: not here, each as often as it has weight


def office_day(
    office: Office, rng: random.Random, clock: Callable[[], float] = time.time
) -> Iterator[PersonChange]:
    """Yield changes for as long as there is anyone in the office."""
    people: list[_Person] = []
    revision = None
    while True:
        if revision != office.revision:
            people = list(_people(office))
            revision = office.revision
        if not people:
            return
        yield _next_change(office, rng.choice(people), rng, clock)


def _next_change(
    office: Office, person: _Person, rng: random.Random, clock: Callable[[], float]
) -> PersonChange:
    extension = person.extension
    if extension.status != person.at_desk and rng.random() < _COMES_BACK:
        return _come_back(office, person)
    if person.outings and rng.random() < _LEAVES:
        return _leave(office, person, rng, clock())
    return _change_note(office, person, rng)


def _leave(office: Office, person: _Person, rng: random.Random, now: float) -> PersonChange:
    status = rng.choice(person.outings)
    outing = outing_to(status)
    note = rng.choice(outing.notes)
    back = return_time(outing, now, rng)
    yield office.set_status(*person.seat, status)
    if note != person.extension.note:
        yield office.set_note(*person.seat, note)
    if back != person.extension.return_time:
        yield office.set_return_time(*person.seat, back)


def _come_back(office: Office, person: _Person) -> PersonChange:
    if person.at_desk:
        yield office.set_status(*person.seat, person.at_desk)
    if person.extension.note:
        yield office.set_note(*person.seat, "")
    if person.extension.return_time:
        yield office.set_return_time(*person.seat, 0)


def _change_note(office: Office, person: _Person, rng: random.Random) -> PersonChange:
    note = "" if person.extension.note else rng.choice(DESK_NOTES)
    yield office.set_note(*person.seat, note)


def _people(office: Office) -> Iterator[_Person]:
    for location_name, location in office.locations.items():
        for tenant_name, tenant in location.tenants.items():
            at_desk, *others = tenant.statuses or [""]
            outings = tuple(each for each in others for _ in range(outing_to(each).weight))
            for number, extension in tenant.extensions.items():
                seat = Seat(location_name, tenant_name, number)
                yield _Person(seat, extension, at_desk, outings)
