"""An iSymphony Live server as a telephone system: what it answers over REST, and tells over a web-socket.

    event web-socket ──events──▶ picture ──▶ directory
    REST ──reading──▶ picture: all of it after each connect; queues and rooms in rounds; calls of events
    REST ◀── commands whose requests the person has described

What comes over the web-socket while the picture is read waits until it is there, so nothing is lost, and no
older answer undoes it. Of queues, agents and conference rooms no event tells most of what happens, so they
are asked for again and again.

Source: the vendor's pages "Live API" and "WebSocket API Documentation (Event)".
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
import logging
from types import MappingProxyType
from typing import ClassVar, override

from ..connection import Connection
from ..model import Agent, Conference, Extension, Feature, Queue, TelephonyObject
from ..rounds import Question, Rounds
from ..system import (
    AddressOrCredentialsRefused,
    AuthenticationFailed,
    ConnectionLost,
    Credentials,
    Encryption,
    Means,
    SystemSettings,
    TelephonyError,
)
from .control import (
    AGENT_FEATURES,
    COMMANDS,
    PERSON_FEATURES,
    QUEUE_FEATURES,
    TELEPHONE_FEATURES,
    LiveControl,
)
from .events import Event, Unknown
from .picture import OF_A_TELEPHONE, OF_A_USER, Picture
from .reading import PictureReader
from .rest import LiveClient
from .websocket import UNKNOWN_TYPE, EventLink

_LOGGER = logging.getLogger(__name__)

# Seconds after which a call that an event tells of has settled; from a hint that something new is there until
# the picture is read again; and from one such reading to the next, which doubles while they bring nobody new,
# or while more is told meanwhile than can wait.
SETTLING = 0.3
RESYNC_DELAY = 5.0
RESYNC_PAUSE = 60.0
RESYNC_PAUSE_MOST = 3600.0
# Seconds that reading everything may take: thousands of requests, each of which has an end of its own.
OPEN_TIMEOUT = 900.0
# Events that wait while the picture is read; beyond that, it is read once more.
WAITING_MOST = 2_000
# Rounds from one to the next in which calls are asked for again: what should have told that one has ended may
# have been left out, or never told.
ROUNDS_OF_CALLS = 6
# Telephones whose calls are to be asked for at once; beyond that, the picture is read once more.
LOOKS_MOST = 256
# Events that are kept until those are known whom they name.
UNHEARD_MOST = 256

_OF_THE_SERVER = frozenset({Feature.NOTIFICATIONS})
_OF_AN_AGENT = frozenset({Feature.AGENT_STATISTICS})


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
    features: ClassVar[Mapping[Feature, Means]] = MappingProxyType(
        dict.fromkeys(OF_A_USER | OF_A_TELEPHONE | _OF_AN_AGENT | _OF_THE_SERVER, Means.SERVER)
        | dict.fromkeys(
            (*PERSON_FEATURES, *TELEPHONE_FEATURES, *AGENT_FEATURES, *QUEUE_FEATURES),
            Means.TEMPLATE,
        )
    )
    templates: ClassVar[Mapping[str, tuple[str, ...]]] = COMMANDS
    filters_events: ClassVar[bool] = True
    vendor_credentials: ClassVar[Credentials | None] = Credentials("manager", "manag3rpa55word")

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self.client = LiveClient(settings, count_oddity=self.count_oddity)
        self.picture = Picture(
            self.directory, status_kinds=settings.status_kinds, now=partial(datetime.now, UTC)
        )
        self.picture.person_features = self.offered(PERSON_FEATURES)
        self.picture.phone_features = self.offered(TELEPHONE_FEATURES)
        self.picture.centre.agent_features = _OF_AN_AGENT | self.offered(AGENT_FEATURES)
        self.picture.centre.queue_features = self.offered(QUEUE_FEATURES)
        self.picture.on_call = self._look_soon
        self.picture.on_stranger = self._read_again_soon
        # An agent who is logged out is in no resource of the server.
        self.directory.may_be_absent = frozenset({Agent})
        self._reader = PictureReader(self.client, self.picture.marks)
        self._connection = Connection(
            self._open,
            on_live=self._became_live,
            on_lost=self._lost,
            on_refused=self._refused,
            open_timeout=OPEN_TIMEOUT,
        )
        self._until_calls = ROUNDS_OF_CALLS
        self._rounds = Rounds(self._questions, on_unreachable=self._not_asked)
        self._is_refused = False
        # What has come while the picture is read, and whether there was more than can wait.
        self._waiting: deque[Event] | None = None
        self._has_missed = False
        # What names somebody of whom nobody has heard, until it is asked who that is.
        self._unheard = deque[Event](maxlen=UNHEARD_MOST)
        self._resync: asyncio.TimerHandle | asyncio.Task[None] | None = None
        self._last_resync = -RESYNC_PAUSE
        # Whether all is to be read then, or only who there is; whether there was a reason for it since; and
        # how many times in a row that was in vain.
        self._is_in_doubt = False
        self._is_asked_again = False
        self._read_in_vain = 0
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
        try:
            await self._connection.stop()
        finally:
            self._forget_questions()  # not before: events come until the very end

    async def _open(self) -> EventLink:
        waiting = self._waiting = deque[Event]()
        try:
            link = await EventLink.open(self.settings, on_event=self._told, count_oddity=self._odd)
            try:
                await self._read_picture(waiting, link)
            except BaseException:
                link.abort()
                raise
        except BaseException:
            self._stop_waiting(waiting)
            self._forget_questions()  # there is nobody to ask
            raise
        self._stop_waiting(waiting)
        return link

    def _odd(self, kind: str) -> None:
        """Count what should not have come; that the vendor's list of events is not whole, it says itself."""
        self.count_oddity(kind, quietly=kind == UNKNOWN_TYPE)

    def _became_live(self) -> None:
        self._is_refused = False
        self._read_in_vain = 0
        self.on_hindered(None)
        self.directory.update(self.directory.server, features=_OF_THE_SERVER)
        self._went_live()
        if self.picture.is_starting:
            self._read_again_soon()

    def _lost(self) -> None:
        self._forget_questions()
        self._went_away()

    def _refused(self, error: TelephonyError) -> None:
        """Tell that the server lets us in no more, and that it may be our address that it refuses."""
        if isinstance(error, AddressOrCredentialsRefused):
            self.on_hindered(error)
        self.on_refused(None)

    def _forget_questions(self) -> None:
        for question in (*self._looks.values(), self._resync):
            if question is not None:
                question.cancel()
        self._looks.clear()
        self._unheard.clear()
        self._resync = None

    # --- the picture ---------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        if self._waiting is None:
            is_known = self.picture.apply(event)
            if not is_known and not isinstance(event, Unknown):  # that has been handed on
                self._unheard.append(event)
        elif len(self._waiting) < WAITING_MOST:
            self._waiting.append(event)
        else:
            self._has_missed = True

    async def _read_picture(self, waiting: deque[Event], link: EventLink | None = None) -> None:
        """Read everything, on a new connection or once more; what events tell meanwhile waits."""
        found = await self._reader.everything()
        if link is not None and link.closed.done():
            raise ConnectionLost  # half of it may be of a server that has restarted
        is_new = link is not None
        await self.picture.commit(found.cores, whole=found.is_whole, anew=is_new, waiting=waiting)

    def _stop_waiting(self, waiting: deque[Event]) -> bool:
        """Take in what has waited, whether or not the picture could be read.

        False if it names somebody of whom nobody has heard.
        """
        if self._waiting is not waiting:
            return True
        self._waiting = None
        with self.directory.bulk():
            are_known = [self.picture.apply(event) for event in waiting]
        if self._has_missed:
            self._has_missed = False
            self._doubt()
        return all(are_known)

    def _doubt(self) -> None:
        """Read everything again: something was missed."""
        self._is_in_doubt = True
        self._read_again_soon()

    def _read_again_soon(self) -> None:
        """Read the picture again: somebody was named of whom nobody has heard, or nobody is there yet."""
        self._is_asked_again = True
        if self._resync is None:
            pause = min(RESYNC_PAUSE * 2**self._read_in_vain, RESYNC_PAUSE_MOST)
            since = self.loop.time() - self._last_resync
            self._resync = self.loop.call_later(max(RESYNC_DELAY, pause - since), self._read_again)

    def _read_again(self) -> None:
        self._resync = self.loop.create_task(self._try_to_read(), name="office_cti resync")

    async def _try_to_read(self) -> None:
        is_in_doubt, self._is_in_doubt = self._is_in_doubt, False
        self._is_asked_again = False
        try:
            await (self._read_everything_again() if is_in_doubt else self._read_news())
        except TelephonyError as error:
            self._is_in_doubt |= is_in_doubt
            self._is_asked_again = True
            self._not_asked(error)
        finally:
            self._resync = None
            # Not from its beginning: a slow server would be asked for everything without a pause.
            self._last_resync = self.loop.time()
        if (self._is_asked_again or self.picture.is_starting) and not self._is_refused:
            self._read_again_soon()

    async def _read_everything_again(self) -> None:
        waiting = self._waiting = deque[Event]()
        try:
            await self._read_picture(waiting)
        finally:
            self._stop_waiting(waiting)
        self._note_success(has_brought=not self._is_in_doubt)

    async def _read_news(self) -> None:
        """Read who there is, while events go on; only those wait that name somebody who is not known yet."""
        known = self.picture.ids
        found = await self._reader.news(known)
        waiting = self._waiting = deque(self._unheard)
        self._unheard.clear()
        try:
            await self.picture.commit(
                found.cores, whole=found.is_whole, anew=False, waiting=waiting
            )
        finally:
            are_known = self._stop_waiting(waiting)
        self._is_asked_again &= not are_known or self._is_in_doubt
        self._note_success(has_brought=bool(self.picture.ids - known))

    def _note_success(self, *, has_brought: bool) -> None:
        """Note whether it was of use to read the picture again: if not, that is to be ever more rarely."""
        self._read_in_vain = 0 if has_brought else min(self._read_in_vain + 1, 10)

    # --- queues, rooms and calls, in rounds ------------------------------------------------------

    def _questions(self) -> Iterator[Question]:
        if not self.directory.server.object.connected or self._is_refused:
            return
        for core in self._reader.cores:
            yield partial(self._ask_queues, core.id)
            if self._reader.has_rooms and self._reader.tells_members:
                yield partial(self._ask_rooms, core.id)
        self._until_calls -= 1
        if not self._until_calls:
            self._until_calls = ROUNDS_OF_CALLS
            yield partial(self._ask_calls, self.picture.busy)

    async def _ask_calls(self, telephones: Iterable[tuple[str, str]]) -> None:
        """Ask for the calls of telephones, one after the other: they may be many."""
        for key in telephones:
            await self._ask_calls_of(*key)

    async def _ask_queues(self, core_id: str) -> None:
        if (queues := await self._reader.queues(core_id)) is not None:
            self.picture.queues_told(core_id, queues)

    async def _ask_rooms(self, core_id: str) -> None:
        self.picture.rooms_told(core_id, await self._reader.rooms(core_id))

    @override
    async def ask_queues_again(self, core_id: str) -> None:
        try:
            await self._ask_queues(core_id)
        except TelephonyError as error:
            self._not_asked(error)

    def _not_asked(self, error: TelephonyError) -> None:
        """Something could not be read: who may not ask any more does not ask again and again."""
        _LOGGER.debug("Something could not be read: %s", error)
        if isinstance(error, AuthenticationFailed) and not self._is_refused:
            self._is_refused = True
            self._refused(error)

    # --- calls ---------------------------------------------------------------------------------

    def _look_soon(self, core_id: str, extension_id: str) -> None:
        """Ask for a telephone's calls, when what an event tells of has settled."""
        key = (core_id, extension_id)
        if key in self._looks or self._is_refused:
            return
        if len(self._looks) < LOOKS_MOST:
            self._looks[key] = self.loop.call_later(SETTLING, self._look_now, key)
        else:
            self._doubt()

    def _look_now(self, key: tuple[str, str]) -> None:
        self._looks[key] = self.loop.create_task(self._look(key), name="office_cti look")

    async def _look(self, key: tuple[str, str]) -> None:
        is_current = True
        try:
            is_current = await self._ask_calls_of(*key)
        except TelephonyError as error:
            self._not_asked(error)
        finally:
            if self._looks.get(key) is asyncio.current_task():
                del self._looks[key]
        if not is_current:
            self._look_soon(*key)

    async def _ask_calls_of(self, core_id: str, extension_id: str) -> bool:
        """Ask for a telephone's calls; False if an event that has come meanwhile is newer than the answer."""
        asked = self.picture.marks.mark(extension_id)
        found = await self._reader.calls(core_id, extension_id)
        return found is None or self.picture.calls_told(core_id, extension_id, found, asked)
