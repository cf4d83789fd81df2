"""Which resources there are, and at which paths (pages of the Live API).

    coreServers/getByName/default/extensions/getByName/100/callSegments

A path is a chain of steps: the name of a set, and in most sets the choice of one in it, by id or by name.
Each kind of resource has a table of the steps that lead on from it. The pages name the steps to call
segments only in words, so these are this simulator's own: `callSegments` of a core server, extension,
queue, conference room or segment, the last being the other ends of its call.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .bodies import Statistics
from .calls import Segment
from .office import Agent, ConferenceRoom, CoreServer, Extension, Queue, Resource, User

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    what: Told | list[Resource]
    action: str | None  # what is to be done with it, if the path ends so


class _Set(NamedTuple):
    """Resources to choose from: those of the members that are there."""

    members: Mapping[str, Resource]  # by name, or by id where they have none
    is_there: Callable[[Any], bool] = lambda _: True
    has_names: bool = True

    def all(self) -> list[Resource]:
        return [each for each in self.members.values() if self.is_there(each)]

    def with_name(self, name: str) -> Resource | None:
        found = self.members.get(name) if self.has_names else None
        return found if found is not None and self.is_there(found) else None

    def with_id(self, id_: str) -> Resource | None:
        found = next((each for each in self.members.values() if each.id == id_), None)
        return found if found is not None and self.is_there(found) else None


class Resources:
    """Finds what is at a path."""

    def __init__(self, site: Site, calls: Calls) -> None:
        self._site = site
        self._calls = calls
        self._steps: Mapping[type, Mapping[str, Callable[..., Told | _Set | None]]] = {
            CoreServer: {
                "users": lambda server: _Set(server.users),
                "user": lambda server: _Set(server.users),  # before extensions, one page says
                "extensions": lambda server: _Set(server.extensions, site.is_told_of),
                "queues": lambda server: _Set(server.queues, _is_enabled),
                "conferences": self._rooms,
                "callSegments": lambda server: self._segments("server", server),
            },
            User: {"status": self._status, "extensions": self._extensions_of},
            Extension: {
                "agents": self._agents_of_extension,
                "callSegments": lambda extension: self._segments("extension", extension),
            },
            Queue: {
                "agents": self._agents_of_queue,
                "agent": self._agents_of_queue,  # before an extension, one page says
                "callSegments": lambda queue: self._segments("queue", queue),
            },
            Agent: {"extension": lambda agent: agent.extension, "statistics": Statistics},
            ConferenceRoom: {"callSegments": lambda room: self._segments("room", room)},
            Segment: {"callSegments": lambda segment: self._segments("partner", segment)},
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
        what: Told | _Set = _Set(self._site.office.servers)
        server = None
        while left:
            reached = _choose(what, left) if isinstance(what, _Set) else self._go_on(what, left)
            if reached is None:
                raise NotFound
            what = reached
            server = what if isinstance(what, CoreServer) else server
        return Found(server, what.all() if isinstance(what, _Set) else what, action)

    def _go_on(self, what: Told, left: list[str]) -> Told | _Set | None:
        """Return where the path's next step leads to, and take that off the path."""
        step = self._steps.get(type(what), {}).get(left.pop(0))
        return None if step is None else step(what)

    def _extensions_of(self, user: User) -> _Set:
        servers = self._site.office.servers.values()
        server = next(each for each in servers if each.users.get(user.username) is user)
        own = {each.number: each for each in server.extensions_of(user)}
        return _Set(own, self._site.is_told_of)

    def _status(self, user: User) -> Told | None:
        return user.status if self._site.is_full(user) else None

    def _rooms(self, server: CoreServer) -> _Set | None:
        return _Set(server.rooms) if self._site.settings.has_conference_rooms else None

    def _agents_of_queue(self, queue: Queue) -> _Set:
        """Return a queue's agents; that their extensions are their names is this simulator's own."""
        return _Set({each.extension.number: each for each in queue.agents}, self._is_full)

    def _agents_of_extension(self, extension: Extension) -> _Set:
        agents = {
            agent.id: agent
            for server in self._site.office.servers.values()
            for queue in server.queues.values()
            if queue.is_enabled
            for agent in queue.agents
            if agent.extension is extension
        }
        return _Set(agents, self._is_full, has_names=False)

    def _is_full(self, agent: Agent) -> bool:
        return self._site.is_full(agent.extension.user)

    def _segments(self, attribute: str, value: Resource) -> _Set:
        """Return the segments of which an attribute is this."""
        segments = [each for each in self._calls.segments if getattr(each, attribute) is value]
        return _Set({each.id: each for each in segments}, has_names=False)


def _choose(among: _Set, left: list[str]) -> Resource | None:
    """Return the one that the path chooses next, and take that off the path."""
    first = left.pop(0)
    if first != GET_BY_NAME:
        return among.with_id(first)
    return among.with_name(left.pop(0)) if left else None


def _is_enabled(queue: Queue) -> bool:
    return queue.is_enabled
