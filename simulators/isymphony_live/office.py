"""The office: core servers with users, extensions, queues and conference rooms; plain data.

Everything has an id, which changes when the server restarts, and most have the id of their configuration,
which does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from simulators.guids import new_guid
from simulators.operations import OperationError

if TYPE_CHECKING:
    import random


class OfficeError(OperationError):
    """Something that is not in the office, or cannot be done there."""


class StatusType(StrEnum):
    """What a status means to clients (page User Status Event)."""

    AVAILABLE = "available"
    UNAVAILABLE = "unavailable"
    AWAY = "away"
    XA = "xa"
    DND = "dnd"
    CHAT = "chat"
    ALT_BLUE = "altblue"
    ALT_GREEN = "altgreen"
    ALT_PINK = "altpink"
    ALT_PURPLE = "altpurple"
    ALT_RED = "altred"


@dataclass(slots=True, eq=False, kw_only=True)
class Resource:
    """What has an id."""

    id: str = ""
    configuration_id: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Status(Resource):
    """What a user says of themselves; `return_time` is a Unix time in seconds."""

    name: str = "Available"
    type: StatusType = StatusType.AVAILABLE
    note: str = ""
    return_time: float | None = None
    is_user_created: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Login(Resource):
    """One of a user's clients."""

    ip: str
    port: int


@dataclass(slots=True, eq=False, kw_only=True)
class User(Resource):
    """Someone with a status, if licensed ("full"), and any number of extensions."""

    username: str
    name: str
    is_licensed: bool = True
    status: Status = field(default_factory=Status)
    logins: list[Login] = field(default_factory=list)


@dataclass(slots=True, eq=False, kw_only=True)
class Extension(Resource):
    """A telephone; REST tells nothing of its do-not-disturb."""

    number: str
    name: str
    user: User | None = None
    dnd: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class Agent(Resource):
    """An extension that is logged in at a queue."""

    queue: Queue
    extension: Extension
    is_dynamic: bool = True
    is_paused: bool = False
    penalty: int = 0
    calls_taken: int = 0
    last_call: float | None = None


@dataclass(slots=True, eq=False, kw_only=True)
class Queue(Resource):
    """A queue, and who is logged in there."""

    identifier: str
    name: str
    is_enabled: bool = True
    agents: list[Agent] = field(default_factory=list)

    def agent(self, extension: Extension) -> Agent:
        """Return the agent that an extension is.

        Raises:
            OfficeError: it is not logged in here.
        """
        for agent in self.agents:
            if agent.extension is extension:
                return agent
        raise OfficeError(f"{extension.number} is not logged in at {self.name}")


@dataclass(slots=True, eq=False, kw_only=True)
class ConferenceRoom(Resource):
    """Where several can talk."""

    identifier: str
    name: str
    is_user_generated: bool = False


@dataclass(slots=True, eq=False, kw_only=True)
class CoreServer(Resource):
    """A branch with people of its own, by their names and numbers."""

    slug: str
    name: str
    users: dict[str, User] = field(default_factory=dict)
    extensions: dict[str, Extension] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    rooms: dict[str, ConferenceRoom] = field(default_factory=dict)

    def user(self, username: str) -> User:
        """Return a user, or raise OfficeError."""
        return _found(self.users, username, "user")

    def extension(self, number: str) -> Extension:
        """Return an extension, or raise OfficeError."""
        return _found(self.extensions, number, "extension")

    def queue(self, identifier: str) -> Queue:
        """Return a queue, or raise OfficeError."""
        return _found(self.queues, identifier, "queue")

    def room(self, identifier: str) -> ConferenceRoom:
        """Return a conference room, or raise OfficeError."""
        return _found(self.rooms, identifier, "conference room")

    def extensions_of(self, user: User) -> list[Extension]:
        """Return a user's extensions."""
        return [each for each in self.extensions.values() if each.user is user]

    def remove_user(self, user: User) -> None:
        """Remove a user; their extensions stay, and are nobody's."""
        del self.users[user.username]
        for extension in self.extensions_of(user):
            extension.user = None

    def remove_extension(self, extension: Extension) -> None:
        """Remove an extension, also from all queues."""
        del self.extensions[extension.number]
        for queue in self.queues.values():
            queue.agents = [each for each in queue.agents if each.extension is not extension]

    def everything(self) -> Iterator[Resource]:
        """Yield all that has an id."""
        yield self
        for user in self.users.values():
            yield user
            yield user.status
            yield from user.logins
        for queue in self.queues.values():
            yield queue
            yield from queue.agents
        yield from chain(self.extensions.values(), self.rooms.values())


class Office:
    """All core servers, the ids of everything in them, and the statuses that everyone may choose."""

    def __init__(self, rng: random.Random) -> None:
        self.servers: dict[str, CoreServer] = {}  # by slug
        self.statuses: dict[str, StatusType] = {}
        self._rng = rng

    def server(self, slug: str = "") -> CoreServer:
        """Return the core server of that slug, or the first, or raise OfficeError."""
        return _found(self.servers, slug or next(iter(self.servers), ""), "core server")

    def add_server(self, server: CoreServer) -> None:
        """Add a core server with all that is in it."""
        self.servers[server.slug] = server
        for resource in server.everything():
            self.give_id(resource)

    def give_id[R: Resource](self, resource: R) -> R:
        """Give something its ids, and return it."""
        resource.id = self.new_id()
        resource.configuration_id = resource.configuration_id or self.new_id()
        return resource

    def renew_ids(self, rng: random.Random) -> None:
        """Give everything another id, as a restart does; configurations keep theirs."""
        self._rng = rng
        for server in self.servers.values():
            for resource in server.everything():
                resource.id = self.new_id()

    def new_id(self) -> str:
        """Return an id that nothing else has."""
        return new_guid(self._rng)


def _found[T](things: dict[str, T], key: str, noun: str) -> T:
    thing = things.get(key)
    if thing is None:
        raise OfficeError(f"there is no {noun} {key!r}")
    return thing
