"""The live picture of one telephone system: who is there, and who wants to know of a change.

Each object has a `Record`, its place in the directory: the object as it is now, and the listeners of
its fields. An object is replaced only if a field really differs, and then exactly the listeners of
that object and those fields are called, at once. The record stays the same when the server renames
the object, so whoever holds it never has to look anything up. What happens and is over at once (a call
that rings, a message) is no field: it is told with `tell_event` to those who listen to such events.

What touches many objects (a snapshot's difference, availability, a renamed location) goes inside
`with directory.bulk():`. The picture changes at once; what there is to announce waits in one queue, in
order, and is told in slices with a pause between, so that nobody who listens is flooded. A record that
waits is told once, with everything that changed meanwhile.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
import logging
from types import MappingProxyType
from typing import Any, Protocol

from .model import (
    Agent,
    Conference,
    Extension,
    Group,
    ObjectId,
    Queue,
    Server,
    StatusList,
    TelephonyEvent,
    TelephonyObject,
)

_LOGGER = logging.getLogger(__name__)
_DEFECT = "A listener of %s failed"

# Writes in one turn of the event loop, and the seconds until the next ones. A dashboard's connection is
# cut when 4,096 messages wait, so it is not enough to write them in several turns: it must have the time
# to read them.
SLICE = 250
SLICE_PAUSE = 0.025
# An added, renamed or removed object costs its watcher about as much as this many changed fields.
_STRUCTURAL_COST = 8

# The pseudo-field whose listeners hear that the whole directory became available or unavailable.
AVAILABLE = "available"

type Listener = Callable[[], None]
type Concerned = list[tuple[frozenset[str], Listener]]
type EventListener = tuple[type, Callable[[Any], None]]


class Record[T: TelephonyObject]:
    """The place of one object: what it is now, and who listens to which of its fields."""

    __slots__ = ("_event_listeners", "_listeners", "object", "pending")

    def __init__(self, telephony_object: T) -> None:
        self.object = telephony_object
        # The fields whose change waits to be told; None when nothing waits.
        self.pending: set[str] | None = None
        self._listeners: Concerned = []
        self._event_listeners: tuple[EventListener, ...] = ()

    def listen(self, fields: frozenset[str], listener: Listener) -> Callable[[], None]:
        """Have `listener` called after any of these fields changed; returns what ends that."""
        entry = (fields, listener)
        self._listeners.append(entry)
        return partial(self._listeners.remove, entry)

    def listen_to_events[E](self, kind: type[E], listener: Callable[[E], None]) -> Listener:
        """Have `listener` called with each event of this kind; returns what ends that."""
        entry = (kind, listener)
        self._event_listeners += (entry,)

        def end() -> None:
            self._event_listeners = tuple(e for e in self._event_listeners if e is not entry)

        return end

    def tell_event(self, event: TelephonyEvent) -> None:
        """Call whoever listens to events of this kind, at once."""
        for kind, listener in self._event_listeners:
            if type(event) is kind:
                self._call(partial(listener, event))

    def tell(self, changed: Iterable[str]) -> None:
        """Call whoever listens to one of these fields."""
        for fields, listener in tuple(self._listeners):
            if not fields.isdisjoint(changed):
                try:  # as `_call` does, without the call: every push comes through here
                    listener()
                except Exception:
                    _LOGGER.exception(_DEFECT, self.object.id)

    def concerned(self, changed: set[str]) -> Concerned:
        """Return whoever listens to one of these fields."""
        return [each for each in self._listeners if not each[0].isdisjoint(changed)]

    def tell_those(self, concerned: Concerned) -> None:
        """Call these listeners, as far as they still listen."""
        present = set(map(id, self._listeners))
        for entry in concerned:
            if id(entry) in present:
                self._call(entry[1])

    def _call(self, listener: Listener) -> None:
        try:
            listener()
        except Exception:  # whoever fails to listen harms neither the others nor the wire
            _LOGGER.exception(_DEFECT, self.object.id)


class Watcher(Protocol):
    """Who wants to know which objects there are. Ids are those of the moment of the change."""

    def added(self, record: Record[Any], object_id: ObjectId) -> None:
        """An object appeared."""

    def renamed(self, record: Record[Any], old_id: ObjectId, new_id: ObjectId) -> None:
        """The server calls an object by another name or number now."""

    def described(self, record: Record[Any]) -> None:
        """What says what an object is, is called or can do has changed, but not its id."""

    def removed(self, record: Record[Any]) -> None:
        """The server no longer has an object."""

    def status_renamed(self, old: str, new: str) -> None:
        """The server calls a status by another name whose meaning the person has given."""


class Directory:
    """All objects of one telephone system.

    Args:
        call_soon: how a turn of the event loop is asked for, e.g. `loop.call_soon`.
        call_later: how one is asked for after some seconds, e.g. `loop.call_later`; without it,
            slices follow each other turn by turn.
    """

    def __init__(
        self,
        call_soon: Callable[[Callable[[], None]], object],
        call_later: Callable[[float, Callable[[], None]], object] | None = None,
    ) -> None:
        self.server = Record(Server())
        self.status_lists: Table[StatusList] = Table(self)
        self.extensions: Table[Extension] = Table(self)
        self.agents: Table[Agent] = Table(self)
        self.queues: Table[Queue] = Table(self)
        self.conferences: Table[Conference] = Table(self)
        self.groups: Table[Group] = Table(self)
        # By kind of object; the server itself is in none of them.
        self.tables: Mapping[type[TelephonyObject], Table[Any]] = MappingProxyType(
            {
                StatusList: self.status_lists,
                Extension: self.extensions,
                Agent: self.agents,
                Queue: self.queues,
                Conference: self.conferences,
                Group: self.groups,
            }
        )
        self.available = False
        # Whether what is not here is not there either: the last whole picture left nothing open. Of these
        # kinds there may be some all the same, which the server does not tell of at times.
        self.complete = False
        self.may_be_absent: frozenset[type[TelephonyObject]] = frozenset()
        self.watcher: Watcher | None = None
        self._call_soon = call_soon
        self._call_later = call_later or (lambda _, callback: call_soon(callback))
        self._bulk_depth = 0
        # Records with something pending, listeners left over from a slice, and announcements.
        self._queue: deque[
            Record[Any] | tuple[Record[Any], Concerned] | Callable[[Watcher], None]
        ] = deque()
        self._running = False

    def update(self, record: Record[Any], **changes: object) -> None:
        """Give fields of an object new values and tell the listeners of those that differ."""
        old = record.object
        changes = {name: value for name, value in changes.items() if getattr(old, name) != value}
        if changes:
            record.object = old.with_changes(changes)
            self._tell(record, changes)
            if "id" not in changes and not old.DESCRIBING.isdisjoint(changes):
                self.tell_watcher(lambda watcher: watcher.described(record))

    def set_available(self, available: bool) -> None:  # noqa: FBT001 -- it is the value that is set
        """Tell everyone, once, that the picture is live, or that it no longer is."""
        if available == self.available:
            return
        self.available = available
        with self.bulk():
            for table in self.tables.values():
                for record in table:
                    self._tell(record, {AVAILABLE})

    @property
    def is_telling(self) -> bool:
        """Whether something waits to be announced."""
        return self._running

    @contextmanager
    def bulk(self) -> Iterator[None]:
        """Change the picture at once, but tell of it in slices, from the next turn of the loop on."""
        self._bulk_depth += 1
        try:
            yield
        finally:
            self._bulk_depth -= 1
            if not self._bulk_depth and self._queue and not self._running:
                self._running = True
                self._call_soon(self._tell_a_slice)

    def _tell(self, record: Record[Any], changed: Iterable[str]) -> None:
        if record.pending is not None:
            record.pending.update(changed)
        elif self._bulk_depth:
            record.pending = set(changed)
            self._queue.append(record)
        else:
            record.tell(changed)

    def tell_watcher(self, announcement: Callable[[Watcher], None]) -> None:
        """Announce an added, renamed or removed object, after everything that waits."""
        if self._bulk_depth or self._queue:
            self._queue.append(announcement)
        else:
            self._announce(announcement)

    def _announce(self, announcement: Callable[[Watcher], None]) -> int:
        if self.watcher is None:
            return 0
        try:
            announcement(self.watcher)
        except Exception:  # whoever fails to watch harms neither the queue nor the wire
            _LOGGER.exception("The watcher failed")
        return _STRUCTURAL_COST

    def _tell_a_slice(self) -> None:
        room = SLICE
        while self._queue and room > 0:
            item = self._queue.popleft()
            if isinstance(item, Record):
                changed, item.pending = item.pending, None
                item = (item, item.concerned(changed or set()))
            if isinstance(item, tuple):
                record, concerned = item
                record.tell_those(concerned[:room])
                if len(concerned) > room:  # a list of statuses has as many listeners as its tenant
                    self._queue.appendleft((record, concerned[room:]))
                room -= len(concerned)
            else:
                room -= self._announce(item)
        self._running = bool(self._queue)
        if self._running:
            self._call_later(SLICE_PAUSE, self._tell_a_slice)


class Table[T: TelephonyObject]:
    """All objects of one kind, by id."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._records: dict[ObjectId, Record[T]] = {}

    def __iter__(self) -> Iterator[Record[T]]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def get(self, object_id: ObjectId) -> Record[T] | None:
        """Look an object up."""
        return self._records.get(object_id)

    def put(self, new: T) -> Record[T]:
        """Add an object, or make the one that has its id like it."""
        record = self._records.get(new.id)
        if record is not None:
            if record.object != new:
                self._directory.update(record, **new.values())
            return record
        record = self._records[new.id] = Record(new)
        object_id = new.id
        self._directory.tell_watcher(lambda watcher: watcher.added(record, object_id))
        return record

    def rename(self, record: Record[T], new_id: ObjectId, **changes: object) -> None:
        """Move an object to another id; who holds or listens to the record goes along.

        What the new id named before is removed: the server has given its name away.
        """
        old_id = record.object.id
        if new_id != old_id:
            if (taken := self._records.get(new_id)) is not None:
                self.remove(taken)
            del self._records[old_id]
            self._records[new_id] = record
        self._directory.update(record, id=new_id, **changes)
        if new_id != old_id:
            self._directory.tell_watcher(lambda watcher: watcher.renamed(record, old_id, new_id))

    def remove(self, record: Record[T]) -> None:
        """Take an object out."""
        del self._records[record.object.id]
        self._directory.tell_watcher(lambda watcher: watcher.removed(record))

    def replace_all(self, objects: Mapping[ObjectId, T], *, complete: bool = True) -> None:
        """Make the table equal to a snapshot; only what differs is announced.

        What is absent from a snapshot that is not complete stays.
        """
        with self._directory.bulk():
            if complete:
                for object_id in self._records.keys() - objects.keys():
                    self.remove(self._records[object_id])
            for new in objects.values():
                self.put(new)
