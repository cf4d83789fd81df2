"""The events, as the pages of the event web-socket's documentation show them.

`dial` is known by name only: it is told with what `hangup` has, once for each of the two call segments. What
else happens is told by no known event; if the settings say so, it is told by events that are made up, for
clients to have something unknown.
"""

from typing import TYPE_CHECKING

from .office import CoreServer, StatusType

if TYPE_CHECKING:
    from .calls import Segment
    from .hub import Body, Hub
    from .office import Agent, ConferenceRoom, Extension, Login, User
    from .site import Site

NO_RETURN_TIME = -1


class Events:
    """Tells what happens."""

    def __init__(self, site: Site, hub: Hub) -> None:
        self._site = site
        self._hub = hub

    def user_login(self, server: CoreServer, user: User, login: Login, *, ends: bool) -> None:
        """A user's client has logged in, or out."""
        self._tell(
            server,
            "userLogout" if ends else "userLogin",
            userId=user.id,
            username=user.username,
            userLoginId=login.id,
            ip=login.ip,
            port=login.port,
        )

    def user_status(self, server: CoreServer, user: User) -> None:
        """A user's status, note or return time has changed; nobody hears of users without a licence."""
        if not self._site.is_full(user):
            return
        status = user.status
        back = status.return_time
        self._tell(
            server,
            "userStatus",
            userId=user.id,
            username=user.username,
            name=status.name,
            statusType=StatusType(status.type),
            note=status.note,
            returnTime=NO_RETURN_TIME if back is None else int(back * 1_000),
            userCreated=status.is_user_created,
        )

    def agent_login(self, server: CoreServer, agent: Agent, state: str, *, ends: bool) -> None:
        """An agent has logged in, or out; only for enabled queues and licensed users."""
        queue, user = agent.queue, agent.extension.user
        if user is None or not (queue.is_enabled and self._site.is_full(user)):
            return
        self._tell(
            server,
            "agentLogout" if ends else "agentLogin",
            agentId=agent.id,
            agent=agent.extension.name,
            state=state,
            queueId=queue.id,
            queue=queue.name,
            **_bound_to(agent.extension),
        )

    def dial(self, segment: Segment) -> None:
        """A call segment is being connected."""
        self._tell(segment.server, "dial", **_segment(segment))

    def link_end(self, first: Segment, second: Segment) -> None:
        """Two call segments are connected no longer."""
        both = {
            f"{name}{position}": value
            for position, segment in ((1, first), (2, second))
            for name, value in _segment(segment).items()
        }
        self._tell(first.server, "linkEnd", **both)

    def hangup(self, segment: Segment) -> None:
        """A call segment that was dialled or linked is gone."""
        self._tell(segment.server, "hangup", **_segment(segment))

    def conference_leave(self, segment: Segment) -> None:
        """A call segment has left its conference room; only releases that have such know of it."""
        room = segment.room
        if room is not None and self._site.settings.has_conference_rooms:
            self._tell(segment.server, "confRoomCallLeave", **_room(room), **_segment(segment))

    def unlisted(self, server: CoreServer, type_: str, **properties: object) -> None:
        """Something has happened that no known event tells of."""
        if self._site.settings.unlisted_events:
            self._tell(server, type_, **properties)

    def unlisted_of(self, segment: Segment, type_: str) -> None:
        """Something has become of a call segment that no known event tells of."""
        room = {} if segment.room is None else _room(segment.room)
        self.unlisted(segment.server, type_, **room, **_segment(segment))

    def any(self, server: CoreServer, event: Body) -> None:
        """Tell an event as it is, with the base properties that it does not have."""
        self._hub.tell(self._base(server) | event)

    def _tell(self, server: CoreServer, type_: str, **properties: object) -> None:
        self._hub.tell({"type": type_} | self._base(server) | properties)

    def _base(self, server: CoreServer) -> Body:
        return {"time": int(self._site.clock() * 1_000), "coreServerId": server.id}


def _segment(segment: Segment) -> Body:
    return {
        "callSegmentId": segment.id,
        "callerIdName": segment.name,
        "callerIdNumber": segment.number,
        "did": segment.did,
        **_bound_to(segment.extension),
    }


def _room(room: ConferenceRoom) -> Body:
    return {"conferenceRoomId": room.id, "conferenceRoomName": room.name}


def _bound_to(extension: Extension | None) -> Body:
    user = None if extension is None else extension.user
    return {
        "extensionId": None if extension is None else extension.id,
        "extensionNumber": None if extension is None else extension.number,
        "userId": None if user is None else user.id,
        "username": None if user is None else user.username,
    }
