"""An iSymphony Live server as a telephone system: what it answers over REST, and what it tells over a web-socket.

    event web-socket ──events──▶ picture ──▶ directory
    REST ──the whole picture after each connect; queues in rounds; calls when an event tells of one──▶ picture
    REST ◀── commands whose requests the person has described

What comes over the web-socket while the picture is read waits until it is there, so nothing is lost, and no
older answer undoes it. Of queues and agents no event tells most of what happens, so they are asked for again and
again.

Source: the vendor's pages "Live API" and "WebSocket API Documentation (Event)".
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
import logging
from typing import ClassVar, override

from ..connection import Connection
from ..model import Agent, Conference, Extension, Feature, Queue, TelephonyObject
from ..rounds import Question, Rounds
from ..system import Credentials, Encryption, SystemSettings, TelephonyError
from . import resources
from .control import AGENT_FEATURES, COMMANDS, PERSON_FEATURES, TELEPHONE_FEATURES, LiveControl
from .events import Event, Filter
from .picture import AgentFound, CoreFound, Picture, QueueFound, UserFound
from .requests import Id, Key
from .rest import LiveClient
from .websocket import EventLink

_LOGGER = logging.getLogger(__name__)

# Seconds after which a call that an event tells of has settled, and from a hint that something new is there
# until the picture is read again.
SETTLING = 0.3
RESYNC_DELAY = 5.0
# Events that wait while the picture is read; beyond that, it is read once more.
WAITING_MOST = 10_000
# Telephones whose calls are to be asked for at once.
LOOKS_MOST = 256


class IsymphonyLiveSystem(LiveControl):
    """An iSymphony 3 server, or XactView 3, which is the same."""

    key: ClassVar[str] = "isymphony_live"
    name: ClassVar[str] = "iSymphony Live"
    manufacturer: ClassVar[str] = "iSymphony"
    default_port: ClassVar[int] = 58080
    default_tls_port: ClassVar[int | None] = 55050
    has_login: ClassVar[bool] = True
    encryptions: ClassVar[tuple[Encryption, ...]] = (Encryption.NONE, Encryption.TLS)
    kinds: ClassVar[tuple[type[TelephonyObject], ...]] = (Extension, Agent, Queue, Conference)
    templates = COMMANDS
    filters_events: ClassVar[bool] = True
    vendor_credentials: ClassVar[Credentials | None] = Credentials("manager", "manag3rpa55word")

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self.client = LiveClient(settings, on_oddity=self.count_oddity)
        self.picture = Picture(
            self.directory, status_kinds=settings.status_kinds, now=partial(datetime.now, UTC)
        )
        self.picture.person_features = self.offered(PERSON_FEATURES)
        self.picture.phone_features = self.offered(TELEPHONE_FEATURES)
        self.picture.agent_features = self.offered(AGENT_FEATURES)
        self.picture.on_call = self._look_soon
        self.picture.on_stranger = self._read_again_soon
        self._filter = Filter.of(settings.event_types, settings.event_users)
        self._connection = Connection(
            self._open,
            on_live=self._became_live,
            on_lost=self._lost,
            on_refused=lambda _: self.on_refused(None),
        )
        self._rounds = Rounds(self._questions, on_unreachable=self._not_asked)
        self._cores: tuple[resources.CoreServer, ...] = ()
        # What has come while the picture is read.
        self._waiting: deque[Event] | None = None
        self._resync: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._looks: dict[tuple[str, str], asyncio.TimerHandle | asyncio.Task[None]] = {}

    # --- life ----------------------------------------------------------------------------------

    @override
    async def start(self) -> None:
        await self._connection.start()
        self._rounds.start()

    @override
    async def stop(self) -> None:
        self._grace.end()
        self._rounds.stop()
        self._forget_questions()
        await self._connection.stop()

    async def _open(self) -> EventLink:
        link = await EventLink.open(
            self.settings, self._filter, on_event=self._told, on_oddity=self.count_oddity
        )
        try:
            await self._read_picture()
        except BaseException:
            link.abort()
            raise
        return link

    def _became_live(self) -> None:
        self.directory.update(
            self.directory.server, features=frozenset({Feature.NOTIFICATIONS})
        )
        self._went_live()

    def _lost(self) -> None:
        self._forget_questions()
        self._went_away()

    def _forget_questions(self) -> None:
        for question in (*self._looks.values(), self._resync):
            if question is not None:
                question.cancel()
        self._looks.clear()
        self._resync = None

    # --- the picture ---------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        if self._waiting is None:
            self.picture.apply(event)
        elif len(self._waiting) < WAITING_MOST:
            self._waiting.append(event)
        else:
            self._read_again_soon()

    async def _read_picture(self) -> None:
        """Read everything; what events tell meanwhile is newer, and is applied at the end."""
        waiting = self._waiting = deque[Event]()
        try:
            self._cores = await self.client.core_servers()
            found = [await self._read_core(core) for core in self._cores]
            self.picture.commit(found, whole=bool(found))
        finally:
            self._waiting = None
        for event in waiting:
            self.picture.apply(event)

    async def _read_core(self, core: resources.CoreServer) -> CoreFound:
        client, key = self.client, Id(core.id)
        users, extensions, queues, rooms = await asyncio.gather(
            client.users(key),
            client.extensions(key),
            self._read_queues(key),
            client.conference_rooms(key),
        )
        people = await asyncio.gather(*(self._read_user(key, user) for user in users))
        segments = await asyncio.gather(
            *(client.calls_of_extension(key, Id(each.id)) for each in extensions)
        )
        by_extension = {
            each.id: found for each, found in zip(extensions, segments, strict=True)
        }
        return CoreFound(core, tuple(people), extensions, by_extension, queues, rooms)

    async def _read_user(self, core: Key, user: resources.User) -> UserFound:
        key = Id(user.id)
        status, extensions = await asyncio.gather(
            self.client.status(core, key), self.client.extensions_of_user(core, key)
        )
        return UserFound(user, status, extensions)

    def _read_again_soon(self) -> None:
        """Read the picture again: something was told of which nobody has heard."""
        if self._resync is None:
            self._resync = self.loop.call_later(RESYNC_DELAY, self._read_again)

    def _read_again(self) -> None:
        self._resync = self.loop.create_task(self._try_to_read(), name="office_cti resync")

    async def _try_to_read(self) -> None:
        try:
            await self._read_picture()
        except TelephonyError as error:
            _LOGGER.debug("The picture could not be read again: %s", error)
        finally:
            self._resync = None

    # --- queues, in rounds ---------------------------------------------------------------------

    def _questions(self) -> Iterator[Question]:
        if self.directory.server.object.connected and self._waiting is None:
            for core in self._cores:
                yield partial(self._ask_queues, core.id)

    async def _ask_queues(self, core: str) -> None:
        self.picture.queues_told(core, await self._read_queues(Id(core)))

    async def _read_queues(self, core: Key) -> tuple[QueueFound, ...]:
        queues = await self.client.queues(core)
        return tuple(await asyncio.gather(*(self._read_queue(core, queue) for queue in queues)))

    async def _read_queue(self, core: Key, queue: resources.Queue) -> QueueFound:
        key = Id(queue.id)
        agents, segments = await asyncio.gather(
            self.client.agents(core, key), self.client.calls_of_queue(core, key)
        )
        found = await asyncio.gather(*(self._read_agent(core, key, each) for each in agents))
        return QueueFound(queue, tuple(found), len(segments))

    async def _read_agent(
        self, core: Key, queue: Key, agent: resources.QueueAgent
    ) -> AgentFound:
        return AgentFound(agent, await self.client.extension_of_agent(core, queue, agent.id))

    def _not_asked(self, error: TelephonyError) -> None:
        _LOGGER.debug("The queues could not be read: %s", error)

    # --- calls ---------------------------------------------------------------------------------

    def _look_soon(self, core: str, extension: str) -> None:
        """Ask for a telephone's calls, when what an event tells of has settled."""
        key = (core, extension)
        if key not in self._looks and len(self._looks) < LOOKS_MOST:
            self._looks[key] = self.loop.call_later(SETTLING, self._look_now, key)

    def _look_now(self, key: tuple[str, str]) -> None:
        look = self.loop.create_task(self._look(*key), name="office_cti look")
        self._looks[key] = look
        look.add_done_callback(partial(self._looked, key))

    def _looked(self, key: tuple[str, str], look: asyncio.Task[None]) -> None:
        if self._looks.get(key) is look:
            del self._looks[key]

    async def _look(self, core: str, extension: str) -> None:
        is_current = False
        while not is_current:  # an event that has come meanwhile is newer than the answer
            asked = self.picture.mark(extension)
            try:
                found = await self.client.calls_of_extension(Id(core), Id(extension))
            except TelephonyError as error:
                _LOGGER.debug("A telephone's calls could not be read: %s", error)
                return
            is_current = self.picture.segments_told(core, extension, found, asked)
