"""What REST tells of each resource: the JSON of the pages of the Live API.

What an agent's statistics hold is not public: they are this simulator's own, after Asterisk's queue members.
"""

from functools import singledispatchmethod
from typing import TYPE_CHECKING

from .calls import Segment
from .office import Agent, ConferenceRoom, CoreServer, Extension, Queue, Resource, Status, User
from .settings import TimeUnit

if TYPE_CHECKING:
    from .calls import Calls
    from .hub import Body
    from .site import Site


class Statistics:
    """An agent's statistics, which are a resource of their own."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent


type Told = Resource | Statistics


class Bodies:
    """Makes the JSON of resources."""

    def __init__(self, site: Site, calls: Calls) -> None:
        self._site = site
        self._calls = calls

    @singledispatchmethod
    def of(self, resource: Told) -> Body:
        """Return what is told of a resource."""
        raise TypeError(type(resource))

    @of.register
    def _(self, server: CoreServer) -> Body:
        return {"id": server.id, "slug": server.slug, "name": server.name}

    @of.register
    def _(self, user: User) -> Body:
        return {
            "id": user.id,
            "configurationId": user.configuration_id,
            "userName": user.username,
            "displayedName": user.name,
            "permissionId": user.configuration_id,
        }

    @of.register
    def _(self, status: Status) -> Body:
        return {
            "id": status.id,
            "configurationId": status.configuration_id,
            "name": status.name,
            "type": status.type,
            "note": status.note,
            "returnTime": self._return_time(status),
            "userCreated": status.is_user_created,
        }

    @of.register
    def _(self, extension: Extension) -> Body:
        return {
            "id": extension.id,
            "extensionNumber": extension.number,
            "displayName": extension.name,
            "configurationId": extension.configuration_id,
            "permissionId": extension.configuration_id,
        }

    @of.register
    def _(self, queue: Queue) -> Body:
        return {
            "id": queue.id,
            "displayName": queue.name,
            "identifier": queue.identifier,
            "configurationId": queue.configuration_id,
            "permissionId": queue.configuration_id,
        }

    @of.register
    def _(self, agent: Agent) -> Body:
        return {
            "id": agent.id,
            "paused": agent.is_paused,
            "state": self._calls.state(agent.extension),
            "name": agent.extension.name,
            "dynamic": agent.is_dynamic,
        }

    @of.register
    def _(self, statistics: Statistics) -> Body:
        agent = statistics.agent
        return {
            "callsTaken": agent.calls_taken,
            "lastCall": -1 if agent.last_call is None else int(agent.last_call * 1_000),
            "penalty": agent.penalty,
        }

    @of.register
    def _(self, segment: Segment) -> Body:
        return {
            "id": segment.id,
            "type": "EXTERNAL" if segment.extension is None else "INTERNAL",
            "callerId": {"id": segment.caller_id, "name": segment.name, "number": segment.number},
            "did": segment.did,
            "onHold": segment.is_on_hold,
            "recording": segment.is_recorded,
            "incoming": segment.is_incoming,
        }

    @of.register
    def _(self, room: ConferenceRoom) -> Body:
        return {
            "id": room.id,
            "configurationId": room.configuration_id,
            "displayName": room.name,
            "identifier": room.identifier,
            "dialString": room.identifier,
            "userGenerated": room.is_user_generated,
            "permissionId": room.configuration_id,
        }

    def _return_time(self, status: Status) -> int:
        settings = self._site.settings
        if status.return_time is None:
            return settings.no_return_time
        factor = 1_000 if settings.return_times is TimeUnit.MILLISECONDS else 1
        return int(status.return_time * factor)
