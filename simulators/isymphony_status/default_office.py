"""An office to begin with: a mid-morning like any other, the same for the same seed."""

from itertools import count, islice
import random
import time
from typing import TYPE_CHECKING

from .habits import COMMON_STATUSES, DESK_NOTES, FURTHER_STATUSES, outing_to, return_time
from .office import AVAILABLE, Office

if TYPE_CHECKING:
    from .office import Extension

FIRST_NUMBER = 100

_LOCATIONS = ("Head Office", "Harbour Branch", "Old Town", "Riverside", "Airport", "Hill Street")
_TENANTS = (
    "Sales",
    "Support",
    "Administration",
    "Accounting",
    "Workshop",
    "Marketing",
    "Warehouse",
    "Reception",
)
_AT_THE_DESK = 0.7  # how many of the people are available
_WITH_NOTE = 0.1  # how many of those have a note nevertheless


def default_office(
    extensions: int = 60,
    *,
    locations: int = 2,
    tenants: int = 3,
    seed: int = 0,
    now: float | None = None,
) -> Office:
    """Return an office of that many extensions in all, numbered from 100.

    `tenants` is the number of tenants in each location, `now` the Unix time that return times are
    reckoned from: the present, if left out.
    """
    rng = random.Random(seed)
    now = time.time() if now is None else now
    office = Office()
    numbers = count(FIRST_NUMBER)
    for position, size in enumerate(_shares(extensions, locations * tenants)):
        location = _name(_LOCATIONS, "Branch", position // tenants)
        tenant = _name(_TENANTS, "Team", position % tenants)
        if location not in office.locations:
            office.add_location(location)
        office.add_tenant(location, tenant, _statuses(rng))
        _fill(office, location, tenant, [str(each) for each in islice(numbers, size)])
        _get_going(office, location, tenant, now, rng)
    return office


def _fill(office: Office, location: str, tenant: str, numbers: list[str]) -> None:
    for number in numbers:
        office.add_extension(location, tenant, number)


def _get_going(office: Office, location: str, tenant: str, now: float, rng: random.Random) -> None:
    group = office.tenant(location, tenant)
    outings = [status for status in group.statuses if status != AVAILABLE]
    weights = [outing_to(status).weight for status in outings]
    for extension in group.extensions.values():
        if rng.random() >= _AT_THE_DESK:
            _send_out(extension, rng.choices(outings, weights)[0], now, rng)
        elif rng.random() < _WITH_NOTE:
            extension.note = rng.choice(DESK_NOTES)


def _send_out(extension: Extension, status: str, now: float, rng: random.Random) -> None:
    outing = outing_to(status)
    extension.status = status
    extension.note = rng.choice(outing.notes)
    extension.return_time = return_time(outing, now, rng)


def _statuses(rng: random.Random) -> tuple[str, ...]:
    """Return a tenant's list: what all have, and some of what only some have."""
    further = set(rng.sample(FURTHER_STATUSES, rng.randint(1, 4)))
    return COMMON_STATUSES + tuple(status for status in FURTHER_STATUSES if status in further)


def _shares(whole: int, parts: int) -> list[int]:
    return [whole // parts + (position < whole % parts) for position in range(parts)]


def _name(names: tuple[str, ...], noun: str, position: int) -> str:
    return names[position] if position < len(names) else f"{noun} {position + 1}"
