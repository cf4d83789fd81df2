"""Reads the whole picture of an iSymphony Live server, or a part of it, over REST.

What a server does not have is not read. What it refuses though it answers all else is not known, where the
rest is of use without. Who is on which telephone as an agent does not change while the agent's id lasts, so
it is asked for once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
import logging
from typing import NamedTuple

from ..system import Refused
from . import resources
from .found import AgentFound, CallFound, CoreFound, QueueFound, RoomFound, UserFound
from .marks import Marks
from .requests import Id
from .rest import LiveClient

_LOGGER = logging.getLogger(__name__)

# Things that are read at once: fewer than the client asks at once, so that somebody's command, or a call that
# begins, does not wait for thousands of them.
AT_ONCE = 4
# So many times it is asked who is at the other side of a call, where nobody has ever been told.
_IN_VAIN_MOST = 5

type _Question[T] = Callable[[], Awaitable[T]]


class Everything(NamedTuple):
    """All core servers, and whether nothing of what there is is missing."""

    cores: tuple[CoreFound, ...]
    is_whole: bool


class PictureReader:
    """Reads what a server has.

    All methods raise TelephonyError where the server is not reached, lets nobody ask, or refuses what nothing
    can be shown without.

    Args:
        client: asks the server.
        marks: tells what events have told until something is asked for.
    """

    def __init__(self, client: LiveClient, marks: Marks) -> None:
        self._client = client
        self._marks = marks
        self._slots = asyncio.Semaphore(AT_ONCE)
        # The core servers of the last time that everything was read.
        self.cores: tuple[resources.CoreServer, ...] = ()
        self._extensions: dict[str, resources.Extension | None] = {}
        # Whether the server tells who is in conference rooms, the calls of telephones, and who is at the
        # other side of a call.
        self.tells_members = True
        # Whether there are conference rooms: else there is nothing to ask about.
        self.has_rooms = False
        self._tells_calls = True
        self._tells_others = False
        self._asked_in_vain = 0

    # --- everything ----------------------------------------------------------------------------

    async def everything(self) -> Everything:
        """Return all that there is."""
        self.tells_members = self._tells_calls = True
        self._asked_in_vain = 0
        self._extensions.clear()
        return await self._everything(frozenset())

    async def news(self, known: Collection[str]) -> Everything:
        """Return who there is, but statuses and calls only of those whose ids are not known yet.

        Those of all others events have told: to ask thousands of people for the sake of one would be much
        work, and would make what is live late.
        """
        return await self._everything(known)

    async def _everything(self, known: Collection[str]) -> Everything:
        partly_read = self._client.partly_read
        self.cores = await self._client.core_servers()
        found = [await self._core(core, known) for core in self.cores]
        rooms = [room for core in found for room in core.rooms or ()]
        self.has_rooms = bool(rooms)
        if rooms:  # without any, nobody knows
            self.tells_members = any(room.members is not None for room in rooms)
        is_whole = self._client.partly_read == partly_read and all(map(_is_whole, found))
        return Everything(tuple(found), bool(found) and is_whole)

    async def _core(self, core: resources.CoreServer, known: Collection[str]) -> CoreFound:
        key = Id(core.id)
        users = await self._client.users(key)
        extensions = await self._client.extensions(key)
        people = await self._together(
            partial(self._user, key, user, is_known=user.id in known) for user in users
        )
        asked = [each for each in extensions if each.id not in known]
        calls = await self._together(partial(self.calls, core.id, each.id) for each in asked)
        pairs = zip(asked, calls, strict=True)
        by_extension = {each.id: found for each, found in pairs if found is not None}
        if asked and not known:
            self._tells_calls = bool(by_extension)
        queues = await _allowed(self._queues_if_any(core.id))
        rooms = await _allowed(self.rooms(core.id))
        return CoreFound(core, people, extensions, by_extension, queues, rooms)

    async def _user(self, core: Id, user: resources.User, *, is_known: bool) -> UserFound:
        key = Id(user.id)
        status = None if is_known else await _allowed(self._client.status(core, key))
        extensions = await _allowed(self._client.extensions_of_user(core, key))
        return UserFound(user, status, extensions)

    # --- calls ---------------------------------------------------------------------------------

    async def calls(self, core_id: str, extension_id: str) -> tuple[CallFound, ...] | None:
        """Return the calls of a telephone; None where the server does not tell them."""
        if not self._tells_calls:
            return None
        core, extension = Id(core_id), Id(extension_id)
        segments = await _allowed(self._client.calls_of_extension(core, extension))
        if segments is None:
            return None
        return tuple([await self._call(core, extension, each) for each in segments])

    async def _call(self, core: Id, extension: Id, segment: resources.CallSegment) -> CallFound:
        """Tell who is at the other side of a call, if there is one alone."""
        if not self._tells_others and self._asked_in_vain >= _IN_VAIN_MOST:
            return CallFound(segment)
        others = await _allowed(self._client.calls_related(core, extension, segment.id))
        if others is None:
            self._asked_in_vain += 1
            return CallFound(segment)
        self._tells_others = True
        return CallFound(segment, others[0].caller if len(others) == 1 else None)

    # --- queues --------------------------------------------------------------------------------

    async def _queues_if_any(self, core_id: str) -> tuple[QueueFound, ...]:
        found = await self.queues(core_id)
        return () if found is None else found

    async def queues(self, core_id: str) -> tuple[QueueFound, ...] | None:
        """Return the queues of a core server, with their agents; None if there is nothing to ask for."""
        core = Id(core_id)
        queues = await self._client.queues(core)
        if queues is None:
            return None
        found = await self._together(partial(self._queue, core, each) for each in queues)
        there = {each.agent.id for queue in found for each in queue.agents or ()}
        self._extensions = {key: each for key, each in self._extensions.items() if key in there}
        return found

    async def _queue(self, core: Id, queue: resources.Queue) -> QueueFound:
        key, asked = Id(queue.id), self._marks.mark(queue.id)
        listed = await self._client.agents(core, key)
        agents = None
        if listed is not None:
            agents = tuple([await self._agent(core, key, each) for each in listed])
        calls = await _allowed(self._client.calls_of_queue(core, key))
        return QueueFound(queue, agents, None if calls is None else len(calls), asked)

    async def _agent(self, core: Id, queue: Id, agent: resources.QueueAgent) -> AgentFound:
        if agent.id not in self._extensions:
            found = await _allowed(self._client.extension_of_agent(core, queue, agent.id))
            self._extensions[agent.id] = found
        return AgentFound(agent, self._extensions[agent.id])

    # --- conference rooms ----------------------------------------------------------------------

    async def rooms(self, core_id: str) -> tuple[RoomFound, ...]:
        """Return the conference rooms of a core server, with who is in."""
        core = Id(core_id)
        rooms = await self._client.conference_rooms(core)
        return await self._together(partial(self._room, core, each) for each in rooms)

    async def _room(self, core: Id, room: resources.ConferenceRoom) -> RoomFound:
        asked = self._marks.mark(room.id)
        if not self.tells_members:
            return RoomFound(room, None, asked)
        calls = await _allowed(self._client.calls_of_conference_room(core, Id(room.id)))
        return RoomFound(room, calls, asked)

    # --- asking ----------------------------------------------------------------------------

    async def _together[T](self, questions: Iterable[_Question[T]]) -> tuple[T, ...]:
        """Ask several things at once; one failure ends it all.

        There may be thousands: a task for each would have all of them begin in one turn of the loop.
        """
        found: dict[int, T] = {}
        remaining = enumerate(questions)

        async def ask() -> None:
            for position, question in remaining:
                async with self._slots:
                    found[position] = await question()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(ask())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return tuple(found[position] for position in range(len(found)))


def _is_whole(core: CoreFound) -> bool:
    """Tell whether nothing was refused without which somebody could be missing."""
    return (
        core.queues is not None
        and core.rooms is not None
        and all(user.extensions is not None for user in core.users)
    )


async def _allowed[T](question: Awaitable[T]) -> T | None:
    """Ask; None is what the server refuses, though it may answer others."""
    try:
        return await question
    except Refused as error:
        _LOGGER.debug("Something could not be read: %s", error)
        return None
