"""Who and what there is: finds the integration's devices in the registries, and gives them places.

Everything is read from Home Assistant's registries, so it is the same for every telephone system. What
a system does not know, the demo adds once as its owner would: names for people of whom there is only a
number, an area for each tenant, on the floor of its location. What somebody has named or moved since
is left alone. What is disabled at first and wanted on the dashboard is enabled.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import wait_for
from .flows import DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .api import Api, Json
    from .offices import Office

# Home Assistant enables what it is asked to half a minute later, all at once.
ENABLE_SECONDS = 90.0
SETTLE_SECONDS = 30.0

# What the dashboard knows how to show, by platform and translation key.
type Key = tuple[str, str]

PRESENCE: Key = ("sensor", "presence")
STATUS: Key = ("sensor", "status")
SET_STATUS: Key = ("select", "status")
NOTE: Key = ("text", "note")
RETURN_TIME: Key = ("datetime", "return_time")
PHONE: Key = ("sensor", "phone")
CALL: Key = ("event", "call")
DO_NOT_DISTURB: Key = ("switch", "do_not_disturb")
AVAILABILITY: Key = ("sensor", "availability")
LOGGED_IN: Key = ("switch", "logged_in")
PAUSED: Key = ("switch", "paused")
ON_AGENT_CALL: Key = ("binary_sensor", "on_agent_call")
WRAP_UP: Key = ("binary_sensor", "wrap_up")
WAITING: Key = ("sensor", "waiting")
AGENTS_LOGGED_IN: Key = ("sensor", "agents_logged_in")
AGENTS_AVAILABLE: Key = ("sensor", "agents_available")
AGENTS_TALKING: Key = ("sensor", "agents_talking")
CONFERENCE: Key = ("sensor", "people")
REDIRECT: Key = ("switch", "redirect")
CALL_CENTER: Key = ("switch", "call_center")
BREAK: Key = ("switch", "on_break")
FREE: Key = ("sensor", "free_people")
BUSY: Key = ("sensor", "busy_people")
NOTIFICATION: Key = ("event", "notification")
CONNECTION: Key = ("binary_sensor", "connection")

# What of these is disabled at first.
_TO_ENABLE = frozenset({ON_AGENT_CALL, WRAP_UP, AGENTS_LOGGED_IN, AGENTS_AVAILABLE, AGENTS_TALKING})
# What of these only an account of somebody's own can set, whatever the telephone system.
_OWN = (DO_NOT_DISTURB, CALL_CENTER)

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
        return f"{self.location} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Thing:
    """A device, with its entities' ids: an agent, a queue, a group, a conference."""

    name: str
    device_id: str
    entities: Mapping[Key, str] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Person(Thing):
    """An extension's device."""

    team: Team

    @property
    def presence(self) -> str:
        """The entity that says whether somebody can be reached, the same for every system."""
        return self.entities[PRESENCE]

    @property
    def status(self) -> str:
        """The entity that shows the system's own word, and sets it where it can be set."""
        return self.entities.get(SET_STATUS) or self.entities[STATUS]

    @property
    def phone(self) -> str | None:
        """The entity that says what the telephone does, where the system tells."""
        return self.entities.get(PHONE)

    @property
    def has_account(self) -> bool:
        """Whether there is an account of their own."""
        return any(key in self.entities for key in _OWN)


@dataclass(frozen=True, slots=True)
class Desk:
    """A person of whom all is shown that can be set, and whom the telephone there can be made to call."""

    person: Person
    number: str
    called: str


@dataclass(frozen=True, slots=True)
class Staff:
    """What one telephone system has, or several together, each in the system's own order."""

    place: str
    icon: str
    people: tuple[Person, ...]
    desks: tuple[Desk, ...]
    telephones: tuple[Thing, ...]
    agents: tuple[Thing, ...]
    queues: tuple[Thing, ...]
    groups: tuple[Thing, ...]
    conferences: tuple[Thing, ...]
    connections: tuple[Thing, ...]
    notifications: tuple[str, ...]

    @property
    def teams(self) -> tuple[Team, ...]:
        """All teams."""
        return tuple(dict.fromkeys(person.team for person in self.people))


def together(staffs: list[Staff]) -> Staff:
    """Return what several telephone systems have as one."""
    return Staff(
        "",
        "",
        tuple(person for staff in staffs for person in staff.people),
        tuple(desk for staff in staffs for desk in staff.desks),
        tuple(telephone for staff in staffs for telephone in staff.telephones),
        tuple(agent for staff in staffs for agent in staff.agents),
        tuple(queue for staff in staffs for queue in staff.queues),
        tuple(group for staff in staffs for group in staff.groups),
        tuple(conference for staff in staffs for conference in staff.conferences),
        tuple(connection for staff in staffs for connection in staff.connections),
        tuple(event for staff in staffs for event in staff.notifications),
    )


async def gather(api: Api, office: Office, entry_id: str) -> Staff:
    """Give everything of a loaded entry a name and a place, and return who and what there is."""
    await _wait_until_enabled(api, entry_id)
    devices = await _devices(api, await _entities(api, entry_id))
    await _name_and_place(
        api, office, [each for each in devices if CONNECTION not in each.entities]
    )
    return _staff(office, devices)


async def enable(api: Api, entry_id: str) -> None:
    """Enable what the dashboard shows and is disabled at first, unless a person disabled it."""
    for entity in await _entities(api, entry_id):
        if entity["disabled_by"] == "integration" and _key(entity) in _TO_ENABLE:
            await api.command(
                "config/entity_registry/update", entity_id=entity["entity_id"], disabled_by=None
            )


async def _wait_until_enabled(api: Api, entry_id: str) -> None:
    """Wait until everything that is enabled has a state of its own, not only a place for one.

    What is not there at all, such as an agent who is logged out, is not waited for.
    """

    async def look() -> bool | None:
        states = {
            state["entity_id"]
            for state in await api.command("get_states")
            if not state["attributes"].get("restored")
        }
        enabled = [each for each in await _entities(api, entry_id) if not each["disabled_by"]]
        present = {each["device_id"] for each in enabled if each["entity_id"] in states}
        expected = {each["entity_id"] for each in enabled if each["device_id"] in present}
        return (bool(expected) and expected <= states) or None

    await wait_for(look, ENABLE_SECONDS, "Home Assistant did not enable what it was asked to")


async def wait_for_accounts(api: Api, entry_id: str, number: int) -> None:
    """Wait until so many people have what only an account of their own can set."""

    async def look() -> bool | None:
        settable = [each for each in await _entities(api, entry_id) if _key(each) in _OWN]
        return len(settable) >= number or None

    await wait_for(look, SETTLE_SECONDS, "not all accounts have come up")


async def come_in(api: Api, staff: Staff) -> None:
    """Have those with accounts be there: whoever was shown as gone before is so after the log-in, too."""
    people = [person for person in staff.people if person.has_account]

    async def look() -> dict[str, Json] | None:
        states = {state["entity_id"]: state for state in await api.command("get_states")}
        is_there = all(states[person.status]["state"] != "unavailable" for person in people)
        return states if is_there else None

    states = await wait_for(look, SETTLE_SECONDS, "not all accounts have come up")
    for person in people:
        if states[person.presence]["state"] == "offline":
            available = states[person.status]["attributes"]["options"][0]
            await api.command(
                "call_service",
                domain="select",
                service="select_option",
                service_data={"entity_id": person.status, "option": available},
            )


async def _entities(api: Api, entry_id: str) -> list[Json]:
    entities: list[Json] = await api.command("config/entity_registry/list")
    return [
        entity
        for entity in entities
        if entity["platform"] == DOMAIN and entity["config_entry_id"] == entry_id
    ]


def _key(entity: Json) -> Key:
    return entity["entity_id"].partition(".")[0], str(entity["translation_key"])


@dataclass(frozen=True, slots=True)
class _Device:
    about: Json  # as the device registry has it
    entities: dict[Key, str]


async def _devices(api: Api, entities: list[Json]) -> list[_Device]:
    """Return the devices with their enabled entities, in the order in which they came."""
    by_device: dict[str, dict[Key, str]] = {}
    for entity in entities:
        if not entity["disabled_by"]:
            by_device.setdefault(entity["device_id"], {})[_key(entity)] = entity["entity_id"]
    return [
        _Device(device, by_device[device["id"]])
        for device in await api.command("config/device_registry/list")
        if device["id"] in by_device
    ]


async def _name_and_place(api: Api, office: Office, seats: list[_Device]) -> None:
    teams = [_team(office, seat) for seat in seats]
    areas = await _make_areas(api, list(dict.fromkeys(teams)))
    for index, (seat, team) in enumerate(zip(seats, teams, strict=True)):
        changes = {}
        if not seat.about["name_by_user"] and (name := _given_name(office, seat, index)):
            changes["name_by_user"] = name
        if not seat.about["area_id"]:
            changes["area_id"] = areas[team]
        if changes:
            device_id = seat.about["id"]
            await api.command("config/device_registry/update", device_id=device_id, **changes)
            seat.about.update(changes)


def _given_name(office: Office, seat: _Device, index: int) -> str | None:
    """Return what an owner would call something of which the system knows the number only."""
    if FREE in seat.entities:
        return office.row.groups.get(_number(seat))
    return None if office.row.has_names else f"{_full_name(index)} ({_number(seat)})"


def _team(office: Office, seat: _Device) -> Team:
    """Return where somebody sits; a system with locations says so in the device's model."""
    if office.row.place:
        return Team("", office.row.place)
    location, _, name = str(seat.about["model"]).partition(" / ")
    return Team(location, name)


def _number(seat: _Device) -> str:
    """Return the number of an extension that has no other name: "Extension 100 (Sales)"."""
    _, _, label = str(seat.about["name"]).partition(" ")
    return label.partition(" (")[0]


async def _make_areas(api: Api, teams: list[Team]) -> dict[Team, str]:
    """Return an area's id for each team, on a floor for each location; make what is missing."""
    floors = await _named(api, "floor", {team.location: {} for team in teams if team.location})
    wanted = {
        team.area: {"floor_id": floors[team.location]} if team.location else {} for team in teams
    }
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


def _staff(office: Office, devices: list[_Device]) -> Staff:
    people = tuple(
        Person(_name(device), device.about["id"], device.entities, _team(office, device))
        for device in devices
        if PRESENCE in device.entities
    )

    def having(key: Key, without: Key | None = None) -> tuple[Thing, ...]:
        return tuple(
            Thing(_name(device), device.about["id"], device.entities)
            for device in devices
            if key in device.entities and without not in device.entities
        )

    return Staff(
        office.row.place,
        office.row.icon,
        people,
        desks=tuple(
            Desk(person, *called)
            for person in people
            if (called := office.row.desks.get(person.name))
        ),
        telephones=having(PHONE, without=PRESENCE),
        agents=having(AVAILABILITY),
        queues=having(WAITING),
        groups=having(FREE),
        conferences=having(CONFERENCE),
        connections=tuple(
            Thing(device.about["manufacturer"], device.about["id"], device.entities)
            for device in devices
            if CONNECTION in device.entities
        ),
        notifications=tuple(each.entities[NOTIFICATION] for each in having(NOTIFICATION)),
    )


def _name(device: _Device) -> str:
    """Return what to call it where it is clear what it is: not "Queue Sales", "Anna Berg (100)"."""
    about = device.about
    if about["name_by_user"]:
        return str(about["name_by_user"]).removesuffix(f" ({_number(device)})")
    return str(about["name"]).removeprefix(f"{about['model']} ")


def _full_name(index: int) -> str:
    # 20 first and 19 last names have no common divisor: 380 people before one comes again.
    return f"{_FIRST[index % len(_FIRST)]} {_LAST[index % len(_LAST)]}"
