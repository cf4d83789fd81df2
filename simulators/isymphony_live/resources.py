"""Which resources there are, and at which paths (pages of the Live API).

    coreServers/getByName/default/extensions/getByName/100/callSegments

A path is a chain of steps: the name of a set, and in most sets the choice of one in it, by id or by name.
Each kind of resource has a table of the steps that lead on from it. The pages name the steps to call
segments only in words, so these are this simulator's own: `callSegments` of a core server, extension,
queue, conference room or segment, the last being the other ends of its call.
"""

from typing import TYPE_CHECKING, NamedTuple

from .bodies import Statistics
from .calls import Segment
from .office import Agent, ConferenceRoom, CoreServer, Extension, Queue, Resource, User

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .bodies import Told
    from .calls import Calls
    from .site import Site

GET_BY_NAME = "getByName"
ACTIONS = "actions"


class NotFound(Exception):
    """A path at which there is nothing."""


class Found(NamedTuple):
    """What is at a path: one resource, or a set of them; and on which core server."""

    server: CoreServer | None
    what: Told | Sequence[Resource]
    action: str | None  # what is to be done with it, if the path ends so


class Resources:
    """Finds what is at a path."""

    def __init__(self, site: Site, calls: Calls) -> None:
        self._site = site
        self._calls = calls
        self._steps: Mapping[type, Mapping[str, Callable[..., object]]] = {
            CoreServer: {
                "users": lambda server: list(server.users.values()),
                "user": lambda server: list(
                    server.users.values()
                ),  # before extensions, one page says
                "extensions": self._extensions,
                "queues": lambda server: [q for q in server.queues.values() if q.is_enabled],
                "conferences": self._rooms,
                "callSegments": lambda server: self._segments(server=server),
            },
            User: {"status": self._status, "extensions": self._extensions_of_user},
            Extension: {
                "agents": self._agents_of_extension,
                "callSegments": lambda extension: self._segments(extension=extension),
            },
            Queue: {
                "agents": self._agents_of_queue,
                "agent": self._agents_of_queue,  # before an extension, one page says
                "callSegments": lambda queue: self._segments(queue=queue),
            },
            Agent: {"extension": lambda agent: agent.extension, "statistics": Statistics},
            ConferenceRoom: {"callSegments": lambda room: self._segments(room=room)},
            Segment: {"callSegments": lambda segment: self._segments(partner=segment)},
        }

    def find(self, parts: Sequence[str]) -> Found:
        """Return what is at a path, given in parts below the Live root.

        Raises:
            NotFound: there is nothing.
        """
        action = None
        if len(parts) > 2 and parts[-2] == ACTIONS:
            parts, action = parts[:-2], parts[-1]
        if not parts or parts[0] != "coreServers":
            raise NotFound
        left = list(parts[1:])
        what: object = list(self._site.office.servers.values())
        server = None
        while left:
            what = self._choose(what, left) if isinstance(what, list) else self._go_on(what, left)
            server = what if isinstance(what, CoreServer) else server
        return Found(server, what, action)  # type: ignore[arg-type]

    def _choose(self, among: list[Resource], left: list[str]) -> Resource:
        """Return the one that the path chooses next, and take that off the path."""
        first = left.pop(0)
        if first != GET_BY_NAME:
            chosen = [each for each in among if each.id == first]
        elif left:
            name = left.pop(0)
            chosen = [each for each in among if _name(each) == name]
        else:
            chosen = []
        if not chosen:
            raise NotFound
        return chosen[0]

    def _go_on(self, what: object, left: list[str]) -> object:
        """Return where the path's next step leads to, and take that off the path."""
        step = self._steps.get(type(what), {}).get(left.pop(0))
        reached = None if step is None else step(what)
        if reached is None:
            raise NotFound
        return reached

    def _extensions(self, server: CoreServer) -> list[Extension]:
        return [each for each in server.extensions.values() if self._site.is_told_of(each)]

    def _extensions_of_user(self, user: User) -> list[Extension]:
        servers = self._site.office.servers.values()
        server = next(each for each in servers if each.users.get(user.username) is user)
        return [each for each in self._extensions(server) if each.user is user]

    def _status(self, user: User) -> Resource | None:
        return user.status if self._site.is_full(user) else None

    def _rooms(self, server: CoreServer) -> list[ConferenceRoom] | None:
        known = self._site.settings.has_conference_rooms
        return list(server.rooms.values()) if known else None

    def _agents_of_queue(self, queue: Queue) -> list[Agent]:
        return [each for each in queue.agents if self._site.is_full(each.extension.user)]

    def _agents_of_extension(self, extension: Extension) -> list[Agent]:
        return [
            agent
            for server in self._site.office.servers.values()
            for queue in server.queues.values()
            if queue.is_enabled
            for agent in self._agents_of_queue(queue)
            if agent.extension is extension
        ]

    def _segments(self, **wanted: object) -> list[Segment]:
        """Return the segments whose attributes are these."""
        ((name, value),) = wanted.items()
        return [each for each in self._calls.segments if getattr(each, name) is value]


def _name(resource: Resource) -> str | None:
    """Return what `getByName` calls a resource; agents by their extension is this simulator's own."""
    match resource:
        case CoreServer():
            return resource.slug
        case User():
            return resource.username
        case Extension():
            return resource.number
        case Queue() | ConferenceRoom():
            return resource.identifier
        case Agent():
            return resource.extension.number
    return None
