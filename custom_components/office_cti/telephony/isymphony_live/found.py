"""What the answers of an iSymphony Live server tell, put together: the whole picture before it is shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..model import ObjectId
from . import resources


class Place(NamedTuple):
    """A core server: its slug, which lasts; its id, which is good for now; and what people call it."""

    slug: str
    id: str
    group: ObjectId = ()


class UserFound(NamedTuple):
    """A user as the answers tell it; no status is known of one without a licence.

    Extensions are None where the server refuses to tell them.
    """

    user: resources.User
    status: resources.Status | None = None
    extensions: tuple[resources.Extension, ...] | None = ()


class CallFound(NamedTuple):
    """A telephone's side of a call, and who is at the other side, if the server tells that."""

    segment: resources.CallSegment
    other: resources.CallerId | None = None


class AgentFound(NamedTuple):
    """An agent of a queue, and on which telephone."""

    agent: resources.QueueAgent
    extension: resources.Extension | None = None


class QueueFound(NamedTuple):
    """A queue, its agents, how many calls wait, and what had been told of it when it was asked.

    Agents are None where the server does not tell them: it may have forgotten the queue's id.
    """

    queue: resources.Queue
    agents: tuple[AgentFound, ...] | None = ()
    waiting: int | None = None
    asked: int = 0


class RoomFound(NamedTuple):
    """A conference room, who is in, if the server tells that, and what had been told when it was asked."""

    room: resources.ConferenceRoom
    members: tuple[resources.CallSegment, ...] | None = None
    asked: int = 0


class CoreFound(NamedTuple):
    """All that the answers tell of a core server; calls by the extension's id, where they are told.

    Queues or rooms are None where the server refuses to tell them.
    """

    server: resources.CoreServer
    users: tuple[UserFound, ...] = ()
    extensions: tuple[resources.Extension, ...] = ()
    calls: Mapping[str, tuple[CallFound, ...]] = MappingProxyType({})
    queues: tuple[QueueFound, ...] | None = ()
    rooms: tuple[RoomFound, ...] | None = ()
