"""An office to begin with: a mid-morning like any other, the same for the same seed.

Extensions' numbers start at 100, queues' at 5001, conference rooms' at 650. A user is called like their first
extension; some have a second one, some extensions are nobody's, and some users are not licensed.
"""

import random
from typing import TYPE_CHECKING

from .office import (
    Agent,
    ConferenceRoom,
    CoreServer,
    Extension,
    Office,
    Queue,
    Status,
    StatusType,
    User,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST_NUMBER = 100
FIRST_QUEUE = 5_001
FIRST_ROOM = 650
DEFAULT_SLUG = "default"
STATUSES: Mapping[str, StatusType] = {
    "Available": StatusType.AVAILABLE,
    "Free for a chat": StatusType.CHAT,
    "Away": StatusType.AWAY,
    "Out of Office": StatusType.XA,
    "Do Not Disturb": StatusType.DND,
    "Busy": StatusType.UNAVAILABLE,
    "Lunch": StatusType.ALT_BLUE,
    "Working from Home": StatusType.ALT_GREEN,
    "Training": StatusType.ALT_PINK,
    "Travelling": StatusType.ALT_PURPLE,
    "Emergency": StatusType.ALT_RED,
}
NOTES = (
    "",
    "",
    "Back soon",
    "Dentist",
    "Room 3, please knock",
    "Mittagessen im Löwen",
    "On the train 🚆",
)

_NAMES = (
    "Michael Young", "Doc Brown", "Jennifer Parker", "Colin Firth-Jones", "Zoë Martin", "Bob Tanner",
    "Jörg Weiß", "Priya Nair", "Łukasz Nowak", "Ana García", "Tom O'Neill", "Mei Lin", "Sven Åberg",
    "Nadia Haddad", "Pablo Ruiz", "Ingrid Dahl", "Kofi Mensah", "Elif Kaya", "Marco Conti", "Yuki Sato",
)  # fmt: skip
_QUEUES = ("IncomingQ", "Sales", "Support", "Billing", "Orders", "Returns")
_ROOMS = ("Main", "Bob", "Board", "War Room")
_NOBODYS = ("Front Door", "Meeting Room", "Warehouse", "Lobby")
_NOBODYS_EVERY, _SECOND_EVERY, _UNLICENSED_EVERY = 9, 7, 11  # one of so many extensions
_AVAILABLE = 0.6  # how many of the people are
_OWN_STATUS = 0.05  # how many have thought of one of their own
_PAUSED, _STATIC = 0.2, 0.2  # how many of the agents are
_HOURS = 3_600  # seconds


def default_office(
    extensions: int = 30,
    *,
    agents: int = 6,
    queues: int = 3,
    conferences: int = 2,
    servers: int = 1,
    seed: int = 0,
    now: float = 0,
) -> Office:
    """Return an office of so many core servers, each with so many of everything.

    The ids depend on the time as well: a server that is started again has others.
    """
    rng = random.Random(seed)
    office = Office(random.Random(f"ids {seed} {now}"))
    office.statuses = dict(STATUSES)
    for position in range(servers):
        slug = DEFAULT_SLUG if position == 0 else f"branch{position + 1}"
        name = DEFAULT_SLUG if position == 0 else f"Branch {position + 1}"
        server = CoreServer(slug=slug, name=name)
        _add_extensions(server, extensions, rng, now)
        _add_queues(server, queues, agents, rng)
        for each in range(conferences):
            _add_room(server, each)
        office.add_server(server)
    return office


def _add_extensions(server: CoreServer, count: int, rng: random.Random, now: float) -> None:
    user: User | None = None
    for position in range(count):
        number, turn = str(FIRST_NUMBER + position), position + 1
        if turn % _NOBODYS_EVERY == 0:
            name = _name(_NOBODYS, turn // _NOBODYS_EVERY - 1)
            server.extensions[number] = Extension(number=number, name=name)
        elif turn % _SECOND_EVERY == 0 and user is not None:
            name = f"{user.name} (alt)"
            server.extensions[number] = Extension(number=number, name=name, user=user)
        else:
            user = User(
                username=number,
                name=_name(_NAMES, position),
                is_licensed=turn % _UNLICENSED_EVERY != 0,
                status=_status(rng, now),
            )
            server.users[number] = user
            server.extensions[number] = Extension(number=number, name=user.name, user=user)


def _status(rng: random.Random, now: float) -> Status:
    if rng.random() < _AVAILABLE:
        return Status()
    if rng.random() < _OWN_STATUS:
        return Status(name="Went back in time", type=StatusType.AWAY, is_user_created=True)
    name = rng.choice(list(STATUSES))
    back = None if rng.random() < 0.5 else float(int(now) + rng.randint(1, 8) * _HOURS)
    return Status(name=name, type=STATUSES[name], note=rng.choice(NOTES), return_time=back)


def _add_queues(server: CoreServer, queues: int, agents: int, rng: random.Random) -> None:
    for position in range(queues):
        identifier = str(FIRST_QUEUE + position)
        server.queues[identifier] = Queue(identifier=identifier, name=_name(_QUEUES, position))
    members = list(server.queues.values())
    if not members:
        return
    able = [each for each in server.extensions.values() if each.user and each.user.is_licensed]
    for position, extension in enumerate(able[:agents]):
        # Every second one is in one more queue, as a rule.
        chosen = [members[position % len(members)], rng.choice(members)][: 1 + position % 2]
        for queue in dict.fromkeys(chosen):
            queue.agents.append(
                Agent(
                    queue=queue,
                    extension=extension,
                    is_dynamic=rng.random() >= _STATIC,
                    is_paused=rng.random() < _PAUSED,
                )
            )


def _add_room(server: CoreServer, position: int) -> None:
    identifier = str(FIRST_ROOM + position)
    server.rooms[identifier] = ConferenceRoom(
        identifier=identifier, name=_name(_ROOMS, position), is_user_generated=position % 2 == 1
    )


def _name(names: tuple[str, ...], position: int) -> str:
    """Return a name that nobody before has."""
    name = names[position % len(names)]
    again = position // len(names)
    return f"{name} {again + 1}" if again else name
