"""The server's messages become changes of the directory.

Whoever holds the connection feeds every message to `Picture.apply`, in the order of the wire. A snapshot
begins with `begin`: what comes then, answers and pushes alike, is only noted, until `commit` makes the
directory equal to it. From then on each message changes the objects that it concerns, at once. The work is
done in three places: `people` (users, phones, channels, voicemail boxes), `centre` (agents, queues) and
`conferences`. Here is what they share: which objects there are.

An object is there when its settings have come. What a server says of one that it has not named may be a push
about something new, or a late answer about something that is gone: in either case it is asked about, and only
the answer counts.

Source: the vendor's page "CTI Protocol", Unsolicited Messages, Configuration Messages, Status messages.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
import time
from types import MappingProxyType
from typing import Any, NamedTuple

from ..directory import Directory
from ..model import Feature, StatusKind, StatusList
from .calls import Party
from .centre import CallCentre
from .conferences import Conferences
from .facts import Facts, Register
from .messages import (
    Added,
    AgentStatusUpdated,
    Command,
    ConferencesUpdated,
    Config,
    CurrentCalls,
    EndpointStatusUpdated,
    GetConfig,
    GetStatus,
    Ids,
    ListName,
    LoggedIn,
    Message,
    Presence,
    QueueEntries,
    QueueStatistics,
    RegisterAgentStatus,
    RegisterEndpointStatus,
    RegisterUserStatus,
    Relations,
    Removed,
    Status,
    UserStatusUpdated,
)
from .people import STATUS_LIST, People, Profile
from .statuses import Statuses

# What has a server that tells its uuid push what objects of these lists do.
_REGISTRATIONS: Mapping[
    ListName, type[RegisterUserStatus | RegisterAgentStatus | RegisterEndpointStatus]
] = MappingProxyType(
    {
        ListName.USERS: RegisterUserStatus,
        ListName.AGENTS: RegisterAgentStatus,
        ListName.PHONES: RegisterEndpointStatus,
    }
)

# What must be asked to know an object: a membership's state is its settings, a queue's says nothing, and
# who is in a conference is told otherwise.
QUESTIONS: Mapping[ListName, tuple[type[GetConfig | GetStatus], ...]] = MappingProxyType(
    {
        ListName.USERS: (GetConfig, GetStatus),
        ListName.PHONES: (GetConfig, GetStatus),
        ListName.AGENTS: (GetConfig, GetStatus),
        ListName.VOICEMAILS: (GetConfig, GetStatus),
        ListName.QUEUES: (GetConfig,),
        ListName.QUEUE_MEMBERS: (GetConfig,),
        ListName.CONFERENCES: (GetConfig,),
    }
)


@dataclass(frozen=True, slots=True)
class _Shelf[F: Facts]:
    """Where a list's objects are, and who is told of a change (with the old values) and of an end."""

    register: Register[F]
    changed: Callable[[F, Mapping[str, Any]], None]
    removed: Callable[[F], None]


class VoicemailBox(NamedTuple):
    """A voicemail box, by its id and as Asterisk calls it."""

    id: str
    number: str
    context: str


class Picture:
    """All that a server has told, and the directory's objects that are made of it.

    Args:
        directory: what is kept equal to it.
        ask: sends a question whose answer is then applied like any message; called when something
            is new and must be asked about.
        count_oddity: counts what a server should not have sent, by fixed words.
        status_kinds: what statuses mean by their names, where the person knows better.
        now: the server's clock in Unix seconds (`Decoder.server_time`), for what is told without a
            time.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        ask: Callable[[Command], None],
        count_oddity: Callable[[str], None],
        status_kinds: Mapping[str, StatusKind] = MappingProxyType({}),
        now: Callable[[], float] = time.time,
    ) -> None:
        self._directory = directory
        self._ask = ask
        self._count_oddity = count_oddity
        self._status_kinds = status_kinds
        self._statuses = Statuses(status_kinds, self._status_renamed)
        # The presences of who has a connection of one's own, whose profile may be another.
        self._presences_of: dict[str, tuple[Presence, ...]] = {}
        self._people = People(
            directory,
            self._statuses,
            ask_about=self._ask_about_channel,
            count_oddity=count_oddity,
            now=now,
        )
        self._centre = CallCentre(
            directory, name_of=self._people.name_of, count_oddity=count_oddity, now=now
        )
        self._conferences = Conferences(directory, count_oddity=count_oddity)
        self._people.on_named = self._centre.interface_named
        # Of the server; of the user whose connection it is; and of the server again, if it has told.
        self.ipbx_id = ""
        self.user_id = ""
        self.server_uuid: str | None = None
        self._logged_in: LoggedIn | None = None
        self._handlers: dict[type, Callable[[Any], None]] = {
            Status: self._status_told,
            Config: self._config_told,
            Ids: self._ids_told,
            Added: self._added,
            Removed: self._removed,
            LoggedIn: self._logged_in_told,
            Relations: self._relations_told,
            UserStatusUpdated: self._user_status_told,
            AgentStatusUpdated: self._if_ours(self._centre.agent_told),
            EndpointStatusUpdated: self._if_ours(self._people.endpoint_told),
            CurrentCalls: self._current_calls_told,
            QueueEntries: self._centre.entries_told,
            QueueStatistics: self._centre.statistics_told,
            ConferencesUpdated: self._conferences.told,
        }
        self.begin()

    # --- what the system gives -----------------------------------------------------------------

    @property
    def features_of(self) -> Callable[[str], frozenset[Feature]]:
        """What can be done for a user, by id; asked whenever an extension is made or `refresh`ed."""
        return self._people.features_of

    @features_of.setter
    def features_of(self, features_of: Callable[[str], frozenset[Feature]]) -> None:
        self._people.features_of = features_of

    @property
    def suspended_of(self) -> Callable[[str], frozenset[Feature]]:
        """Which of these cannot be done for the moment."""
        return self._people.suspended_of

    @suspended_of.setter
    def suspended_of(self, suspended_of: Callable[[str], frozenset[Feature]]) -> None:
        self._people.suspended_of = suspended_of

    def set_features(
        self,
        *,
        agents: frozenset[Feature],
        queues: frozenset[Feature],
        conferences: frozenset[Feature] = frozenset(),
    ) -> None:
        """Say what can be done with every agent, queue and conference; before the first snapshot."""
        self._centre.agent_features = agents
        self._centre.queue_features = queues
        self._conferences.features = conferences

    def refresh(self, user_ids: Iterable[str]) -> None:
        """Ask anew for what these users can do: an account came, went, or was interrupted."""
        self._people.refresh(user_ids)

    # --- a snapshot ----------------------------------------------------------------------------

    def begin(self) -> None:
        """A connection was opened: forget what was told before, and tell nothing until `commit`.

        Subscriptions belong before the last question of the snapshot. What they are answered with is
        then part of it, and nobody is said to join who was there already.
        """
        people, centre, conferences = self._people, self._centre, self._conferences
        people.begin()
        centre.begin()
        conferences.begin()
        self._is_live = False
        # What has come while the directory is made equal to what came before.
        self._waiting: deque[Message] | None = None
        # Whether everything that was told could be read and kept.
        self._is_all = True
        self._shelves: dict[ListName, _Shelf[Any]] = {
            ListName.USERS: _Shelf(people.users, people.user_changed, people.user_removed),
            ListName.PHONES: _Shelf(people.phones, people.phone_changed, people.phone_removed),
            ListName.VOICEMAILS: _Shelf(
                people.mailboxes, people.mailbox_changed, people.mailbox_changed
            ),
            ListName.AGENTS: _Shelf(centre.agents, centre.agent_changed, centre.agent_removed),
            ListName.QUEUES: _Shelf(centre.queues, centre.queue_changed, centre.queue_removed),
            ListName.QUEUE_MEMBERS: _Shelf(
                centre.members, centre.member_changed, centre.member_removed
            ),
            ListName.CONFERENCES: _Shelf(
                conferences.rooms, conferences.room_changed, conferences.room_removed
            ),
        }

    async def commit(self, *, complete: bool) -> bool:
        """Make the directory equal to what was told since `begin`; from now on apply at once.

        It takes some turns of the loop. What comes meanwhile waits, and is applied at the end; what there
        is to announce is announced then, too.

        Args:
            complete: every question was answered.

        Returns:
            Whether the picture is whole: then what is not in it has been removed.
        """
        whole = complete and self._is_all
        if whole and not any(self._people.users):
            # Absence is not removal: a server that is still starting tells of nobody.
            self._count_oddity("a snapshot without a single user")
            whole = False
        waiting = self._waiting = deque[Message]()
        with self._directory.bulk():
            if self._logged_in is not None:
                self._statuses.tell(self._logged_in.presences)
                offered = StatusList(id=STATUS_LIST, statuses=self._statuses.offered)
                self._directory.status_lists.put(offered)
            for user_id in self._presences_of:
                self._follow_profile(user_id)
            await self._people.commit(whole=whole)
            await self._centre.commit(whole=whole)
            self._conferences.commit(whole=whole)
        registers = [shelf.register for shelf in self._shelves.values()]
        whole = whole and all(register.is_listed for register in registers)
        for register in registers:
            register.is_listed = True
        self._directory.complete = whole
        self._is_live = True
        self._waiting = None
        for message in waiting:
            self.apply(message)
        return whole

    def apply(self, message: Message) -> None:
        """Take in a message, in the order of the wire; what is not of the picture is passed over."""
        if self._waiting is not None:
            self._waiting.append(message)
        elif (handler := self._handlers.get(type(message))) is not None:
            handler(message)

    # --- which objects there are ---------------------------------------------------------------

    def questions(self, name: ListName, object_id: str) -> tuple[Command, ...]:
        """Return what must be asked to know an object of this list."""
        kinds = QUESTIONS.get(name, ())
        return tuple(kind(name, object_id, self.ipbx_id) for kind in kinds)

    def registrations(self) -> Iterator[Command]:
        """Return what has the server push what everybody does; nothing if it does not tell its uuid."""
        for name in _REGISTRATIONS:
            yield from self._registration(name, self.ids(name))

    def _registration(self, name: ListName, ids: Iterable[str]) -> Iterator[Command]:
        pairs = tuple((self.server_uuid, each) for each in ids if self.server_uuid is not None)
        if pairs and (register := _REGISTRATIONS.get(name)):
            yield register(pairs)

    def ids(self, name: ListName) -> tuple[str, ...]:
        """Return the ids of a list that the server has named."""
        return tuple(self._shelves[name].register.records)

    def _ids_told(self, message: Ids) -> None:
        shelf = self._shelves.get(message.list)
        if shelf is None:
            return
        register = shelf.register
        if self._is_live:
            self._add(message.list, register, message.ids)
            return
        self._is_all = self._is_all and not message.problems
        # Who was named before and is not in the list has gone meanwhile.
        there = frozenset(message.ids)
        for object_id in [each for each in register.records if each not in there]:
            self._forget(shelf, object_id)
        register.is_listed = True
        for object_id in message.ids:
            self._record(register, object_id)

    def _added(self, message: Added) -> None:
        if shelf := self._shelves.get(message.list):
            self._add(message.list, shelf.register, message.ids)

    def _add(self, name: ListName, register: Register[Any], ids: Iterable[str]) -> None:
        """Ask about what is new; what is there already may have been made anew."""
        for object_id in ids:
            if self._record(register, object_id) is not None:
                for question in (
                    *self._registration(name, [object_id]),
                    *self.questions(name, object_id),
                ):
                    self._ask(question)

    def _record(self, register: Register[Any], object_id: str) -> Facts | None:
        record: Facts | None = register.add(object_id)
        if record is None:
            self._is_all = False
            self._count_oddity("more objects than an office has")
        return record

    def _removed(self, message: Removed) -> None:
        if message.list is ListName.CHANNELS:
            self._people.channels_removed(message.ids)
        elif shelf := self._shelves.get(message.list):
            for object_id in message.ids:
                self._forget(shelf, object_id)

    @staticmethod
    def _forget(shelf: _Shelf[Any], object_id: str) -> None:
        record = shelf.register.records.pop(object_id, None)
        if record is not None:
            shelf.removed(record)

    # --- what they are like --------------------------------------------------------------------

    def _config_told(self, message: Config) -> None:
        shelf = self._shelves.get(message.list)
        if shelf is None:
            return
        record = shelf.register.records.get(message.id)
        if message.fields is None:
            self._forget(shelf, message.id)
        elif record is None:
            self._unknown_told(shelf, message)
        elif old := record.merge(message.fields):
            shelf.changed(record, old)

    def _status_told(self, message: Status) -> None:
        fields = message.fields
        if message.list is ListName.CHANNELS:
            self._people.channel_told(message.id, fields)
            return
        shelf = self._shelves.get(message.list)
        if shelf is None or fields is None:
            return
        record = shelf.register.records.get(message.id)
        if record is None:
            self._unknown_told(shelf, message)
        elif message.list is ListName.PHONES:
            self._people.phone_told(record, fields)
        elif old := record.merge(fields):
            shelf.changed(record, old)

    def _unknown_told(self, shelf: _Shelf[Any], message: Config | Status) -> None:
        """Note what may be listed yet; ask about what is not in the list."""
        register = shelf.register
        if register.is_listed:
            self._count_oddity("a message about something unknown")
            self._add(message.list, register, [message.id])
        elif self._record(register, message.id) is not None:
            self.apply(message)

    def _ask_about_channel(self, channel_id: str) -> None:
        self._ask(GetStatus(ListName.CHANNELS, channel_id, self.ipbx_id))

    # --- the other messages --------------------------------------------------------------------

    def _logged_in_told(self, message: LoggedIn) -> None:
        self._logged_in = message
        self.ipbx_id, self.user_id = message.ipbx_id, message.user_id

    def profile_told(self, user_id: str, presences: tuple[Presence, ...]) -> None:
        """Take in which presences a user may have; only that user's own connection is told."""
        self._presences_of[user_id] = presences
        self._follow_profile(user_id)
        self._people.profile_changed(user_id)

    def _follow_profile(self, user_id: str) -> None:
        """Keep a list of statuses for a user whose profile has others than ours."""
        presences, profiles = self._presences_of[user_id], self._people.profiles
        if not presences or (self._logged_in and self._logged_in.presences == presences):
            profiles.pop(user_id, None)
            return
        if user_id not in profiles:
            statuses = Statuses(self._status_kinds, self._status_renamed)
            profiles[user_id] = Profile((*STATUS_LIST, user_id), statuses)
        list_id, statuses = profiles[user_id]
        statuses.tell(presences)
        self._directory.status_lists.put(StatusList(id=list_id, statuses=statuses.offered))

    def _relations_told(self, message: Relations) -> None:
        if message.relations.server_uuid is not None:
            self.server_uuid = message.relations.server_uuid

    def _if_ours[M: (AgentStatusUpdated, EndpointStatusUpdated)](
        self, handler: Callable[[M], None]
    ) -> Callable[[M], None]:
        """Pass over what is said of another server's objects, which have the same ids as ours."""

        def handle(message: M) -> None:
            if self._is_ours(message.server_uuid):
                handler(message)

        return handle

    def _is_ours(self, server_uuid: str | None) -> bool:
        return server_uuid is None or self.server_uuid in {None, server_uuid}

    def _user_status_told(self, message: UserStatusUpdated) -> None:
        user = self._people.users.get(message.user_id)
        if user is None or not self._is_ours(message.server_uuid):
            return
        if old := user.merge({"presence": message.presence}):
            self._people.user_changed(user, old)

    def _current_calls_told(self, message: CurrentCalls) -> None:
        self._people.current_calls_told(self.user_id, message)

    def _status_renamed(self, old: str, new: str) -> None:
        self._directory.tell_watcher(lambda watcher: watcher.status_renamed(old, new))

    # --- what is told beside the picture -------------------------------------------------------

    def current_calls_told(self, user_id: str, message: CurrentCalls) -> None:
        """Take in the calls of a user's own line, which only that user's connection is told."""
        self._people.current_calls_told(user_id, message)

    def party_told(self, user_id: str, channel: str, number: str, name: str) -> str | None:
        """Take in who is at the other end of a user's call, e.g. from a sheet.

        Args:
            user_id: whose call it is.
            channel: either end's channel.
            number: the other party's number, or "".
            name: the other party's name, or "".

        Returns:
            The id of the call, if it is there already.
        """
        return self._people.party_told(user_id, channel, Party(number or None, name or None))

    # --- what commands want to know ------------------------------------------------------------

    def has_line(self, user_id: str) -> bool:
        """Tell whether a user has a telephone."""
        return self._people.has_line(user_id)

    def other_end(self, channel: str) -> str | None:
        """Return the channel that a channel talks to, or is rung by."""
        return self._people.other_end(channel)

    @property
    def tells_contexts(self) -> bool:
        """Whether the server's telephones have contexts: up to 15.18, that is."""
        return any(phone.context is not None for phone in self._people.phones)

    def is_connected(self, user_id: str) -> bool | None:
        """Tell whether somebody is logged in as this user; None if the server has not said."""
        user = self._people.users.get(user_id)
        return None if user is None else user.connected

    def voicemail_of(self, user_id: str) -> VoicemailBox | None:
        """Return a user's voicemail box, if it is there: what is said of the user may be older."""
        user = self._people.users.get(user_id)
        box = None if user is None else self._people.mailboxes.get(user.voicemail)
        return None if box is None else VoicemailBox(box.id, box.mailbox or "", box.context or "")
