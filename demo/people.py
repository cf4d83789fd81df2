"""Who sits where: finds the integration's devices in the registries, and gives them names.

The telephone system knows numbers only. So the demo does once what its owner would do: it names the
devices, and puts each into the area of its tenant, on the floor of its location. What somebody has
named or moved since is left alone.
"""

from dataclasses import dataclass, field
import re
from typing import TYPE_CHECKING

from .errors import wait_for
from .flows import DOMAIN

if TYPE_CHECKING:
    from .api import Api, Json
    from .offices import Office

APPEAR_SECONDS = 120.0
# What entities of an extension the dashboard knows how to show, by translation key.
PRESENCE, STATUS, NOTE, RETURN_TIME = "presence", "status", "note", "return_time"
CONNECTION = "connection"

_FIRST = (
    *("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Hugo", "Ida", "Jonas"),
    *("Kira", "Leo", "Mia", "Noah", "Olga", "Paul", "Rosa", "Sam", "Tara", "Victor"),
)
_LAST = (
    *("Berg", "Costa", "Dahl", "Ek", "Frank", "Gold", "Hahn", "Ito", "Jansen"),
    *("Kahn", "Lund", "Moss", "Novak", "Ortiz", "Park", "Quist", "Ross", "Silva", "Vogel"),
)


@dataclass(frozen=True, slots=True)
class Team:
    """A tenant of a location: on the dashboard a section, in Home Assistant an area."""

    location: str
    name: str

    @property
    def area(self) -> str:
        """Return the area's name; the same tenant may be in several locations."""
        return f"{self.location} {self.name}"


@dataclass(frozen=True, slots=True)
class Person:
    """An extension's device, with its entities by platform and translation key."""

    number: str
    name: str
    team: Team
    device_id: str
    entities: dict[tuple[str, str], str] = field(hash=False)

    @property
    def presence(self) -> str:
        """The entity that says whether somebody can be reached, the same for every system."""
        return self.entities["sensor", PRESENCE]

    @property
    def status(self) -> str:
        """The entity that shows the system's own word, and sets it where it can be set."""
        return self.entities.get(("select", STATUS)) or self.entities["sensor", STATUS]


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody, and the telephone system's own entities."""

    people: tuple[Person, ...]
    connections: tuple[str, ...]

    @property
    def teams(self) -> tuple[Team, ...]:
        """All teams, in the order in which the telephone system names them."""
        return tuple(dict.fromkeys(person.team for person in self.people))


def together(staffs: list[Staff]) -> Staff:
    """Return the people of several telephone systems as one staff."""
    return Staff(
        tuple(person for staff in staffs for person in staff.people),
        tuple(connection for staff in staffs for connection in staff.connections),
    )


@dataclass(frozen=True, slots=True)
class _Seat:
    number: str
    team: Team
    device: Json


async def gather(api: Api, office: Office, entry_id: str) -> Staff:
    """Wait until every extension of the office has its device, and give each name and place."""

    async def look() -> list[_Seat] | None:
        teams = _teams(await office.ask("dump"))
        entities = await _entities(api, entry_id)
        return _seated(await _extension_devices(api, entities), teams)

    seats = await wait_for(look, APPEAR_SECONDS, "not all extensions appeared in Home Assistant")
    await _name_and_place(api, seats)
    return _staff(seats, await _entities(api, entry_id))


def _teams(dump: Json) -> dict[str, Team]:
    """Return the team of each number, in the telephone system's own order."""
    return {
        number: Team(location, tenant)
        for location, place in dump["locations"].items()
        for tenant, group in place["tenants"].items()
        for number in group["extensions"]
    }


async def _entities(api: Api, entry_id: str) -> list[Json]:
    entities: list[Json] = await api.command("config/entity_registry/list")
    return [
        entity
        for entity in entities
        if entity["platform"] == DOMAIN
        and entity["config_entry_id"] == entry_id
        and not entity["disabled_by"]
    ]


async def _extension_devices(api: Api, entities: list[Json]) -> list[Json]:
    """Return the devices that have a presence: extensions, and nothing else."""
    ids = {entity["device_id"] for entity in entities if entity["translation_key"] == PRESENCE}
    devices: list[Json] = await api.command("config/device_registry/list")
    return [device for device in devices if device["id"] in ids]


def _seated(devices: list[Json], teams: dict[str, Team]) -> list[_Seat] | None:
    """Return everybody's seat, or nothing while a device is missing or left over."""
    by_number = {_number(device, teams): device for device in devices}
    if not teams or len(devices) != len(teams) or not teams.keys() <= by_number.keys():
        return None
    return [_Seat(number, team, by_number[number]) for number, team in teams.items()]


def _number(device: Json, teams: dict[str, Team]) -> str:
    """Return the extension's number: a word of the name that the device came with."""
    words = re.findall(r"\w+", device["name"] or "")
    return next((word for word in words if word in teams), "")


async def _name_and_place(api: Api, seats: list[_Seat]) -> None:
    areas = await _make_areas(api, list(dict.fromkeys(seat.team for seat in seats)))
    for index, seat in enumerate(seats):
        changes = {}
        if not seat.device["name_by_user"]:
            changes["name_by_user"] = f"{_full_name(index)} ({seat.number})"
        if not seat.device["area_id"]:
            changes["area_id"] = areas[seat.team]
        if changes:
            device_id = seat.device["id"]
            await api.command("config/device_registry/update", device_id=device_id, **changes)
            seat.device.update(changes)


async def _make_areas(api: Api, teams: list[Team]) -> dict[Team, str]:
    """Return an area's id for each team, on a floor for each location; make what is missing."""
    floors = await _named(api, "floor", {team.location: {} for team in teams})
    wanted = {team.area: {"floor_id": floors[team.location]} for team in teams}
    areas = await _named(api, "area", wanted)
    return {team: areas[team.area] for team in teams}


async def _named(api: Api, kind: str, wanted: dict[str, Json]) -> dict[str, str]:
    """Return the ids of areas or floors by name, with those that are wanted and were missing."""
    ids = {
        entry["name"]: entry[f"{kind}_id"]
        for entry in await api.command(f"config/{kind}_registry/list")
    }
    for name, details in wanted.items():
        if name not in ids:
            entry = await api.command(f"config/{kind}_registry/create", name=name, **details)
            ids[name] = entry[f"{kind}_id"]
    return ids


def _staff(seats: list[_Seat], entities: list[Json]) -> Staff:
    by_device: dict[str, dict[tuple[str, str], str]] = {}
    for entity in entities:
        platform = entity["entity_id"].partition(".")[0]
        key = (platform, entity["translation_key"])
        by_device.setdefault(entity["device_id"], {})[key] = entity["entity_id"]
    people = [
        Person(
            seat.number,
            str(seat.device["name_by_user"]).removesuffix(f" ({seat.number})"),
            seat.team,
            seat.device["id"],
            by_device[seat.device["id"]],
        )
        for seat in seats
    ]
    connections = [e["entity_id"] for e in entities if e["translation_key"] == CONNECTION]
    return Staff(tuple(people), tuple(connections))


def _full_name(index: int) -> str:
    # 20 first and 19 last names have no common divisor: 380 people before one comes again.
    return f"{_FIRST[index % len(_FIRST)]} {_LAST[index % len(_LAST)]}"
