"""Messages to changes of the directory, and commands to messages.

The server's model is location > tenant > extension, and each tenant has its list of statuses. The
directory knows an extension by (location, tenant, number) and a list by (location, tenant); `_Tenant`
keeps both at hand, so that the cost of an event does not depend on how many others there are.

The whole picture is read when a connection opens, and again when an event names something unknown.
Events that arrive while it is on its way are kept and applied after it: each is newer than the report
or repeats what it says, so the outcome is right either way. An answer to a question about one
extension never undoes an event that came in the meantime.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
import logging
import math
from types import MappingProxyType
from typing import Any, ClassVar, override

from ..connection import Connection
from ..directory import Record
from ..model import Extension, Feature, ObjectId, Status, StatusList
from ..status_kinds import guess_kind
from ..system import (
    ConnectionLost,
    InvalidReturnTime,
    InvalidText,
    LineBreakInText,
    Means,
    NoAnswer,
    NotConnected,
    NotThere,
    NotThisSystem,
    Refused,
    ReservedCharacters,
    SystemSettings,
    TelephoneSystem,
    TelephonyError,
    TextTooLong,
)
from .client import StatusClient
from .codec import CodecError, TextProblem, encode
from .messages import (
    Command,
    Event,
    ExtensionAdded,
    ExtensionNote,
    ExtensionNoteUpdated,
    ExtensionRemoved,
    ExtensionRenamed,
    ExtensionReturnTime,
    ExtensionReturnTimeUpdated,
    ExtensionState,
    ExtensionStatus,
    ExtensionStatusUpdated,
    GetExtensionNote,
    GetExtensionReturnTime,
    GetExtensionState,
    GetExtensionStatus,
    GetStatuses,
    LocationAdded,
    LocationRemoved,
    LocationRenamed,
    Reply,
    SetExtensionNote,
    SetExtensionReturnTime,
    SetExtensionStatus,
    StateReport,
    StatusAdded,
    StatusRemoved,
    StatusRenamed,
    StatusReport,
    TenantAdded,
    TenantRemoved,
    TenantRenamed,
)

_LOGGER = logging.getLogger(__name__)

# "Extensions added to the system will default to "Available" status" (ExtensionAddedEvent).
_DEFAULT_STATUS = "Available"
_FEATURES = frozenset(
    {
        Feature.STATUS,
        Feature.NOTE,
        Feature.RETURN_TIME,
        Feature.SET_STATUS,
        Feature.SET_NOTE,
        Feature.SET_RETURN_TIME,
    }
)
# The last second that a datetime can hold.
_LATEST = int(datetime.max.replace(tzinfo=UTC).timestamp()) - 1

# Who was added, removed or renamed while the picture was read may be in it twice, or be taken for
# somebody else: it is read again.
_SNAPSHOT_TRIES = 3
# Characters of events kept while the picture is read; an event counts a few more than it has.
_KEPT_CHARACTERS = 32 * 1024 * 1024
_KEPT_EVENT = 200
# What no office has: a server that goes on beyond is not followed.
_EXTENSIONS_MOST = 200_000
_STATUSES_MOST = 1_000
# Seconds from the first sign that the picture is incomplete to its next reading, and between readings.
RESYNC_DELAY = 0.5
# (which grow while something of it cannot be read).
RESYNC_PAUSE = 30.0
RESYNC_PAUSE_MOST = 3600.0


type Question = GetExtensionStatus | GetExtensionNote | GetExtensionReturnTime


class _Tenant:
    """A tenant's list of statuses and its extensions by number."""

    __slots__ = ("extensions", "list")

    def __init__(self, status_list: Record[StatusList]) -> None:
        self.list = status_list
        self.extensions: dict[str, Record[Extension]] = {}


class IsymphonyStatusSystem(TelephoneSystem):
    """An iSymphony 2.x server, seen through its Status interface."""

    key: ClassVar[str] = "isymphony_status"
    name: ClassVar[str] = "iSymphony Status"
    manufacturer: ClassVar[str] = "iSymphony"
    default_port: ClassVar[int] = 50002
    features: ClassVar[Mapping[Feature, Means]] = MappingProxyType(
        dict.fromkeys(_FEATURES, Means.SERVER)
    )

    def __init__(self, settings: SystemSettings) -> None:
        super().__init__(settings)
        self._connection = Connection(
            self._open, on_live=self._went_live, on_lost=self._connection_lost
        )
        self._client: StatusClient | None = None
        self._tenants: dict[ObjectId, _Tenant] = {}
        # Events that wait for the picture they belong to; None when they are applied at once.
        self._kept: list[Event] | None = None
        self._kept_room = _KEPT_CHARACTERS
        # Held while the picture is read, and while something is set and read back.
        self._turn = asyncio.Lock()
        self._replaying = False
        # What is being asked about and has not been told by an event since.
        self._asked: set[tuple[Record[Extension], str]] = set()
        self._resync: asyncio.Task[None] | None = None
        self._last_resync = -math.inf
        self._kinds = dict(settings.status_kinds)
        # Statuses are shared objects; a server that invents names without end is not remembered.
        self._status = lru_cache(maxsize=4096)(self._make_status)
        self._handlers: dict[type[Event], Callable[[Any], None]] = {
            ExtensionStatusUpdated: self._status_updated,
            ExtensionNoteUpdated: self._note_updated,
            ExtensionReturnTimeUpdated: self._return_time_updated,
            StatusAdded: self._status_added,
            StatusRemoved: self._status_removed,
            StatusRenamed: self._status_renamed,
            LocationAdded: self._location_added,
            LocationRemoved: self._location_removed,
            LocationRenamed: self._location_renamed,
            TenantAdded: self._tenant_added,
            TenantRemoved: self._tenant_removed,
            TenantRenamed: self._tenant_renamed,
            ExtensionAdded: self._extension_added,
            ExtensionRemoved: self._extension_removed,
            ExtensionRenamed: self._extension_renamed,
        }

    # --- life ----------------------------------------------------------------------------------

    @override
    async def start(self) -> None:
        await self._connection.start()

    @override
    async def stop(self) -> None:
        self._grace.end()
        try:
            await self._connection.stop()
        finally:
            self._cancel_resync()  # not before: events come until the very end
            self._client = None

    async def _open(self) -> StatusClient:
        self._kept = []
        settings = self.settings
        client = await StatusClient.connect(
            settings.host, settings.port, self._on_event, self.count_oddity
        )
        try:
            settled = await self._read_picture(client)
        except (Refused, NoAnswer, ConnectionLost) as error:
            client.abort()
            if isinstance(error, ConnectionLost) and not client.is_foreign:
                raise
            raise NotThisSystem from error
        except BaseException:
            client.abort()
            raise
        if (anyone := next(iter(self.directory.extensions), None)) is not None:
            question = GetExtensionStatus(*anyone.object.id)
            with suppress(CodecError):  # a server's own names may hold what cannot be sent
                encode(question)
                client.probe_command = question
        self._client = client
        if not settled:
            self._read_picture_later()
        return client

    def _connection_lost(self) -> None:
        self._client = None
        self._cancel_resync()
        self._went_away()

    # --- the whole picture ---------------------------------------------------------------------

    async def _read_picture(self, client: StatusClient) -> bool:
        """Read and apply the whole picture; returns whether it need not be read again."""
        # Not while something is set: what was told before would undo what is set meanwhile.
        async with self._turn:
            return await self._read_picture_in_turn(client)

    async def _read_picture_in_turn(self, client: StatusClient) -> bool:
        for tries_left in reversed(range(_SNAPSHOT_TRIES)):
            kept: list[Event] = []
            self._kept = kept
            self._kept_room = _KEPT_CHARACTERS
            try:
                statuses = await client.request(GetStatuses())
                state = await client.request(GetExtensionState())
            except Refused:  # what was told meanwhile is true all the same
                with self.directory.bulk():
                    self._replay(kept)
                raise
            finally:
                self._kept = None
            assert isinstance(statuses, StatusReport)
            assert isinstance(state, StateReport)
            undisturbed = self._kept_room > 0 and _STRUCTURAL.isdisjoint(map(type, kept))
            with self.directory.bulk():
                if undisturbed or not tries_left:
                    self._apply_picture(statuses, state)
                self._replay(kept)
            if undisturbed:
                complete = statuses.complete and state.complete and bool(state.extensions)
                self.directory.complete = complete
                return complete
        return False

    def _apply_picture(self, statuses: StatusReport, state: StateReport) -> None:
        if state.extensions or not len(self.directory.extensions):
            self._replace_picture(statuses, state)
        else:
            # Absence is not removal: a server that is still starting reports nobody.
            self.count_oddity("a report without a single extension")

    def _replay(self, kept: list[Event]) -> None:
        self._replaying = True
        for event in kept:
            self._handlers[type(event)](event)
        self._replaying = False

    def _replace_picture(self, statuses: StatusReport, state: StateReport) -> None:
        lists: dict[ObjectId, StatusList] = {
            tenant: StatusList(
                id=tenant, statuses=tuple(map(self._status, statuses.statuses.get(tenant, ())))
            )
            for tenant in (*statuses.statuses, *state.tenants)
        }
        extensions: dict[ObjectId, Extension] = {
            line[:3]: self._extension_of(line) for line in state.extensions
        }
        complete = statuses.complete and state.complete
        self.directory.status_lists.replace_all(lists, complete=complete)
        self.directory.extensions.replace_all(extensions, complete=state.complete)
        self._index()

    def _index(self) -> None:
        self._tenants = {
            status_list.object.id: _Tenant(status_list)
            for status_list in self.directory.status_lists
        }
        for record in self.directory.extensions:
            extension = record.object
            self._tenants[extension.group].extensions[extension.number] = record

    def _extension_of(self, line: ExtensionState) -> Extension:
        return Extension(
            id=line[:3],
            number=line.extension,
            group=(line.location, line.tenant),
            status_list=(line.location, line.tenant),
            features=_FEATURES,
            status=self._status(line.status),
            note=line.note,
            return_time=self._return_time(line.return_time),
        )

    def _read_picture_again(self) -> None:
        """An event named something unknown: there is more than we know of."""
        if not self._replaying and self._read_picture_later():
            self.count_oddity("an event about something unknown")

    def _read_picture_later(self) -> bool:
        """Read the whole picture, soon, but not without end; False if that is to be done already."""
        if self._resync and not self._resync.done():
            return False
        self._resync = self.loop.create_task(self._resynchronise())
        return True

    async def _resynchronise(self) -> None:
        settled = False
        pause = RESYNC_PAUSE
        while not settled:
            since = self.loop.time() - self._last_resync
            await asyncio.sleep(max(RESYNC_DELAY, pause - since))
            pause = min(pause * 2, RESYNC_PAUSE_MOST)
            self._last_resync = self.loop.time()
            try:
                settled = self._client is None or await self._read_picture(self._client)
            except TelephonyError as error:
                # If it was the connection, its end ends this, too; if the server refused, it may not next.
                _LOGGER.debug("The picture could not be read again: %s", error)

    def _cancel_resync(self) -> None:
        if self._resync:
            self._resync.cancel()
            self._resync = None

    # --- events --------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        if self._kept is None:
            self._handlers[type(event)](event)
        elif self._kept_room > 0:
            self._kept_room -= _KEPT_EVENT + len(str(event[-1]))
            self._kept.append(event)
        else:
            self.count_oddity("more events than can be kept")

    def _update(self, record: Record[Extension] | None, field: str, value: object) -> None:
        if record is None:
            self._read_picture_again()
            return
        self._asked.discard((record, field))
        self.directory.update(record, **{field: value})

    def _find(self, location: str, tenant: str, extension: str) -> Record[Extension] | None:
        found = self._tenants.get((location, tenant))
        return None if found is None else found.extensions.get(extension)

    def _status_updated(self, event: ExtensionStatusUpdated) -> None:
        self._update(self._find(*event[:3]), "status", self._status(event.status))

    def _note_updated(self, event: ExtensionNoteUpdated) -> None:
        self._update(self._find(*event[:3]), "note", event.note)

    def _return_time_updated(self, event: ExtensionReturnTimeUpdated) -> None:
        value = self._return_time(event.return_time)
        self._update(self._find(*event[:3]), "return_time", value)

    def _status_added(self, event: StatusAdded) -> None:
        if tenant := self._tenant(event.location, event.tenant):
            statuses = tenant.list.object.statuses
            new = self._status(event.status)
            if len(statuses) >= _STATUSES_MOST:
                self.count_oddity("more statuses than a tenant has")
            elif new not in statuses:
                self._offer(tenant, (*statuses, new))

    def _status_removed(self, event: StatusRemoved) -> None:
        if tenant := self._tenant(event.location, event.tenant):
            left = tuple(s for s in tenant.list.object.statuses if s.name != event.status)
            self._offer(tenant, left)

    def _offer(self, tenant: _Tenant, statuses: tuple[Status, ...]) -> None:
        with self.directory.bulk():  # everyone in the tenant listens
            self.directory.update(tenant.list, statuses=statuses)

    def _status_renamed(self, event: StatusRenamed) -> None:
        if tenant := self._tenant(event.location, event.tenant):
            self._keep_kind(event.old, event.new)
            new = self._status(event.new)
            renamed = (new if s.name == event.old else s for s in tenant.list.object.statuses)
            with self.directory.bulk():
                self._offer(tenant, tuple(dict.fromkeys(renamed)))
                for record in tenant.extensions.values():
                    held = record.object.status
                    if held and held.name == event.old:
                        self._update(record, "status", new)

    def _keep_kind(self, old: str, new: str) -> None:
        """What a person said that a status means holds under its new name, too."""
        if (kind := self._kinds.get(old)) and new not in self._kinds:
            self._kinds[new] = kind
            self._status.cache_clear()
            self.directory.tell_watcher(lambda watcher: watcher.status_renamed(old, new))

    def _location_added(self, event: LocationAdded) -> None:
        """Do nothing: a location shows in what is under it."""

    def _location_removed(self, event: LocationRemoved) -> None:
        self._remove([group for group in self._tenants if group[0] == event.location])

    def _location_renamed(self, event: LocationRenamed) -> None:
        with self.directory.bulk():
            for group in [group for group in self._tenants if group[0] == event.old]:
                self._rename_group(group, (event.new, group[1]))

    def _tenant_added(self, event: TenantAdded) -> None:
        group = event.location, event.tenant
        if group not in self._tenants:
            self._tenants[group] = _Tenant(self.directory.status_lists.put(StatusList(id=group)))
            if not self._replaying:  # no event tells what it offers from the start
                self._read_picture_later()

    def _tenant_removed(self, event: TenantRemoved) -> None:
        group = event.location, event.tenant
        self._remove([group] if group in self._tenants else [])

    def _tenant_renamed(self, event: TenantRenamed) -> None:
        if self._tenant(event.location, event.old):
            with self.directory.bulk():
                self._rename_group((event.location, event.old), (event.location, event.new))

    def _extension_added(self, event: ExtensionAdded) -> None:
        if len(self.directory.extensions) >= _EXTENSIONS_MOST:
            self.count_oddity("more extensions than an office has")
        elif tenant := self._tenant(event.location, event.tenant):
            new = ExtensionState(*event, _DEFAULT_STATUS, "", 0)
            tenant.extensions[event.extension] = self.directory.extensions.put(
                self._extension_of(new)
            )

    def _extension_removed(self, event: ExtensionRemoved) -> None:
        if (tenant := self._tenant(event.location, event.tenant)) and (
            record := tenant.extensions.pop(event.extension, None)
        ):
            self.directory.extensions.remove(record)

    def _extension_renamed(self, event: ExtensionRenamed) -> None:
        if (tenant := self._tenant(event.location, event.tenant)) is None:
            return
        if (record := tenant.extensions.pop(event.old, None)) is None:
            self._read_picture_again()
            return
        tenant.extensions[event.new] = record
        new_id = (event.location, event.tenant, event.new)
        self.directory.extensions.rename(record, new_id, number=event.new)

    def _tenant(self, location: str, tenant: str) -> _Tenant | None:
        found = self._tenants.get((location, tenant))
        if found is None:
            self._read_picture_again()
        return found

    def _rename_group(self, old: ObjectId, new: ObjectId) -> None:
        if new == old:
            return
        if new in self._tenants:
            self._remove([new])
        tenant = self._tenants[new] = self._tenants.pop(old)
        self.directory.status_lists.rename(tenant.list, new)
        for number, record in tenant.extensions.items():
            self.directory.extensions.rename(record, (*new, number), group=new, status_list=new)

    def _remove(self, groups: Iterable[ObjectId]) -> None:
        with self.directory.bulk():
            for group in groups:
                tenant = self._tenants.pop(group)
                self.directory.status_lists.remove(tenant.list)
                for record in tenant.extensions.values():
                    self.directory.extensions.remove(record)

    # --- commands ------------------------------------------------------------------------------

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        await self._set(extension, "status", SetExtensionStatus, status, GetExtensionStatus)

    @override
    async def set_note(self, extension: Extension, note: str) -> None:
        await self._set(extension, "note", SetExtensionNote, note, GetExtensionNote)

    @override
    async def set_return_time(self, extension: Extension, return_time: datetime | None) -> None:
        seconds = 0 if return_time is None else int(return_time.timestamp())
        if return_time is not None and seconds <= 0:
            raise InvalidReturnTime
        await self._set(
            extension, "return_time", SetExtensionReturnTime, seconds, GetExtensionReturnTime
        )

    async def _set[V](
        self,
        extension: Extension,
        field: str,
        command: Callable[[str, str, str, V], Command],
        value: V,
        question: type[Question],
    ) -> None:
        """Set one value, and read back what the server made of it."""
        if self._client is None:
            raise NotConnected
        async with self._turn:
            record = self._record(extension)
            await self._send(command(*_address(record), value))
            await self._confirm(record, field, question)

    def _record(self, extension: Extension) -> Record[Extension]:
        record = self.directory.extensions.get(extension.id)
        if record is None:
            raise NotThere(name=str(extension))
        return record

    async def _send(self, command: Command) -> Reply:
        if self._client is None:
            raise NotConnected
        try:
            return await self._client.request(command)
        except CodecError as error:
            raise _TEXT_ERRORS[error.problem] from error

    async def _confirm(
        self, record: Record[Extension], field: str, question: type[Question]
    ) -> None:
        """Ask what the server holds now: it need not send its event to the one who set it."""
        asked = (record, field)
        self._asked.add(asked)
        try:
            value = self._value_of(await self._send(question(*_address(record))))
        except TelephonyError as error:
            # The command itself has worked; what is shown follows with the next event or picture.
            _LOGGER.debug("What was set could not be read back: %s", error)
            return
        finally:
            unchanged_since = asked in self._asked
            self._asked.discard(asked)
        if unchanged_since:
            self.directory.update(record, **{field: value})

    def _value_of(self, reply: Reply) -> object:
        match reply:
            case ExtensionStatus(status):
                return self._status(status)
            case ExtensionNote(note):
                return note
            case ExtensionReturnTime(seconds):
                return self._return_time(seconds)
        raise TypeError(type(reply))

    # --- values --------------------------------------------------------------------------------

    def _make_status(self, name: str) -> Status:
        return Status(name, self._kinds.get(name) or guess_kind(name))

    def _return_time(self, seconds: int) -> datetime | None:
        if seconds > _LATEST:
            self.count_oddity("a return time beyond the calendar")
            return None
        return datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None


def _address(record: Record[Extension]) -> tuple[str, str, str]:
    location, tenant, number = record.object.id
    return location, tenant, number


_TEXT_ERRORS: dict[TextProblem, type[InvalidText]] = {
    TextProblem.RESERVED: ReservedCharacters,
    TextProblem.LINE_BREAK: LineBreakInText,
    TextProblem.TOO_LONG: TextTooLong,
}
_STRUCTURAL = frozenset(
    {
        StatusAdded,
        StatusRemoved,
        StatusRenamed,
        LocationRemoved,
        LocationRenamed,
        TenantAdded,
        TenantRemoved,
        TenantRenamed,
        ExtensionAdded,
        ExtensionRemoved,
        ExtensionRenamed,
    }
)
