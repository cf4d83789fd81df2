"""The office that the simulator reports on: pure state, no I/O.

    Office ─ locations ─ tenants ─┬─ statuses: the names that its extensions may be set to
                                  └─ extensions: status, note, return time

Every change is one method call, and returns the one event that tells of it; whoever calls hands the
event on. What a change takes along (a removed tenant's extensions, a renamed status where it is
held) has no event of its own.

Notes hold true line breaks (LF); return times are Unix seconds, 0 for none.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

AVAILABLE = "Available"  # what a new extension is set to
DELIMITER = "@#"
_LATEST = 2**63 - 1  # seconds; the server is written in Java, and counts in its long


class OfficeError(ValueError):
    """A change that the office cannot make, and why."""


class EventKind(StrEnum):
    """The fifteen events, by the names on the vendor's page (section Events)."""

    STATUS_SET = "ExtensionStatusUpdatedEvent"
    NOTE_SET = "ExtensionNoteUpdatedEvent"
    RETURN_TIME_SET = "ExtensionReturnTimeUpdatedEvent"
    STATUS_ADDED = "StatusAddedEvent"
    STATUS_REMOVED = "StatusRemovedEvent"
    STATUS_RENAMED = "StatusRenameEvent"
    LOCATION_ADDED = "LocationAddedEvent"
    LOCATION_REMOVED = "LocationRemovedEvent"
    LOCATION_RENAMED = "LocationRenamedEvent"
    TENANT_ADDED = "TenantAddedEvent"
    TENANT_REMOVED = "TenantRemovedEvent"
    TENANT_RENAMED = "TenantRenamedEvent"
    EXTENSION_ADDED = "ExtensionAddedEvent"
    EXTENSION_REMOVED = "ExtensionRemovedEvent"
    EXTENSION_RENAMED = "ExtensionRenamedEvent"


class Event(NamedTuple):
    """One change of the office: its kind, then the names and the value in the page's order."""

    kind: EventKind
    fields: tuple[str, ...]


class Seat(NamedTuple):
    """Where an extension is."""

    location: str
    tenant: str
    number: str


@dataclass(slots=True)
class Extension:
    """What a person tells the others."""

    status: str = AVAILABLE
    note: str = ""
    return_time: int = 0


@dataclass(slots=True)
class Tenant:
    """A part of a location, with its own list of statuses."""

    statuses: list[str] = field(default_factory=lambda: [AVAILABLE])
    extensions: dict[str, Extension] = field(default_factory=dict)


@dataclass(slots=True)
class Location:
    """A place that holds tenants."""

    tenants: dict[str, Tenant] = field(default_factory=dict)


class Office:
    """All locations; `revision` counts the changes of anything but status, note and return time."""

    def __init__(self) -> None:
        self.locations: dict[str, Location] = {}
        self.revision = 0

    def seats(self) -> Iterator[Seat]:
        """Yield where each extension is."""
        for location_name, location in self.locations.items():
            for tenant_name, tenant in location.tenants.items():
                for number in tenant.extensions:
                    yield Seat(location_name, tenant_name, number)

    def find(self, number: str, location: str | None = None, tenant: str | None = None) -> Seat:
        """Return the one extension of that number, there or anywhere."""
        seats = [
            seat
            for seat in self.seats()
            if seat.number == number
            and location in {None, seat.location}
            and tenant in {None, seat.tenant}
        ]
        if not seats:
            raise OfficeError(f"There is no extension {number!r}.")
        if len(seats) > 1:
            raise OfficeError(f"There are {len(seats)} extensions {number!r}: say which.")
        return seats[0]

    def location(self, name: str) -> Location:
        """Return a location."""
        try:
            return self.locations[name]
        except KeyError:
            raise OfficeError(f"There is no location {name!r}.") from None

    def tenant(self, location: str, name: str) -> Tenant:
        """Return a tenant."""
        try:
            return self.location(location).tenants[name]
        except KeyError:
            raise OfficeError(f"There is no tenant {name!r} in {location!r}.") from None

    def extension(self, location: str, tenant: str, number: str) -> Extension:
        """Return an extension."""
        try:
            return self.tenant(location, tenant).extensions[number]
        except KeyError:
            raise OfficeError(f"There is no extension {number!r} in {tenant!r}.") from None

    def set_status(self, location: str, tenant: str, number: str, status: str) -> Event:
        """Set an extension to one of its tenant's statuses."""
        extension = self.extension(location, tenant, number)
        if status not in self.tenant(location, tenant).statuses:
            raise OfficeError(f"There is no status {status!r} in {tenant!r}.")
        extension.status = status
        return Event(EventKind.STATUS_SET, (location, tenant, number, status))

    def set_note(self, location: str, tenant: str, number: str, note: str) -> Event:
        """Set an extension's note; every kind of line break becomes a line feed."""
        if DELIMITER in note:
            raise OfficeError(f"A note must not contain {DELIMITER!r}.")
        if "\r" in note:
            note = note.replace("\r\n", "\n").replace("\r", "\n")
        self.extension(location, tenant, number).note = note
        return Event(EventKind.NOTE_SET, (location, tenant, number, note))

    def set_return_time(self, location: str, tenant: str, number: str, seconds: int) -> Event:
        """Set when an extension will be back."""
        if not 0 <= seconds <= _LATEST:
            raise OfficeError("A return time is a number of seconds, or 0.")
        self.extension(location, tenant, number).return_time = seconds
        return Event(EventKind.RETURN_TIME_SET, (location, tenant, number, str(seconds)))

    def add_location(self, name: str) -> Event:
        """Add a location without tenants."""
        _add(self.locations, name, Location())
        return self._rebuilt(EventKind.LOCATION_ADDED, name)

    def remove_location(self, name: str) -> Event:
        """Remove a location and all that is in it."""
        self.location(name)
        del self.locations[name]
        return self._rebuilt(EventKind.LOCATION_REMOVED, name)

    def rename_location(self, name: str, new_name: str) -> Event:
        """Rename a location; it keeps its place and all that is in it."""
        self.location(name)
        self.locations = _renamed(self.locations, name, new_name)
        return self._rebuilt(EventKind.LOCATION_RENAMED, name, new_name)

    def add_tenant(self, location: str, name: str, statuses: Sequence[str] = (AVAILABLE,)) -> Event:
        """Add a tenant without extensions."""
        _add(self.location(location).tenants, name, Tenant(list(statuses)))
        return self._rebuilt(EventKind.TENANT_ADDED, location, name)

    def remove_tenant(self, location: str, name: str) -> Event:
        """Remove a tenant and all that is in it."""
        self.tenant(location, name)
        del self.location(location).tenants[name]
        return self._rebuilt(EventKind.TENANT_REMOVED, location, name)

    def rename_tenant(self, location: str, name: str, new_name: str) -> Event:
        """Rename a tenant; it keeps its place and all that is in it."""
        self.tenant(location, name)
        place = self.location(location)
        place.tenants = _renamed(place.tenants, name, new_name)
        return self._rebuilt(EventKind.TENANT_RENAMED, location, name, new_name)

    def add_status(self, location: str, tenant: str, status: str) -> Event:
        """Add a status to the end of a tenant's list."""
        statuses = self.tenant(location, tenant).statuses
        _check_new(statuses, status)
        statuses.append(status)
        return self._rebuilt(EventKind.STATUS_ADDED, location, tenant, status)

    def remove_status(self, location: str, tenant: str, status: str) -> Event:
        """Remove a status from a tenant's list; extensions that hold it keep it."""
        statuses = self.tenant(location, tenant).statuses
        statuses.pop(_position(statuses, status))
        return self._rebuilt(EventKind.STATUS_REMOVED, location, tenant, status)

    def rename_status(self, location: str, tenant: str, status: str, new_name: str) -> Event:
        """Rename a status; extensions that hold it hold it by its new name."""
        group = self.tenant(location, tenant)
        position = _position(group.statuses, status)
        _check_new(group.statuses, new_name)
        group.statuses[position] = new_name
        for extension in group.extensions.values():
            if extension.status == status:
                extension.status = new_name
        return self._rebuilt(EventKind.STATUS_RENAMED, location, tenant, status, new_name)

    def add_extension(self, location: str, tenant: str, number: str) -> Event:
        """Add an extension: available, no note, no return time."""
        _add(self.tenant(location, tenant).extensions, number, Extension())
        return self._rebuilt(EventKind.EXTENSION_ADDED, location, tenant, number)

    def remove_extension(self, location: str, tenant: str, number: str) -> Event:
        """Remove an extension."""
        self.extension(location, tenant, number)
        del self.tenant(location, tenant).extensions[number]
        return self._rebuilt(EventKind.EXTENSION_REMOVED, location, tenant, number)

    def rename_extension(self, location: str, tenant: str, number: str, new_number: str) -> Event:
        """Renumber an extension; it keeps its place and its status, note and return time."""
        self.extension(location, tenant, number)
        group = self.tenant(location, tenant)
        group.extensions = _renamed(group.extensions, number, new_number)
        return self._rebuilt(EventKind.EXTENSION_RENAMED, location, tenant, number, new_number)

    def _rebuilt(self, kind: EventKind, *fields: str) -> Event:
        self.revision += 1
        return Event(kind, fields)


def _add[T](things: dict[str, T], name: str, thing: T) -> None:
    _check_new(things, name)
    things[name] = thing


def _renamed[T](things: dict[str, T], name: str, new_name: str) -> dict[str, T]:
    _check_new(things, new_name)
    return {new_name if each == name else each: thing for each, thing in things.items()}


def _position(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise OfficeError(f"There is no status {name!r}.")
    return names.index(name)


def _check_new(names: Container[str], name: str) -> None:
    """Refuse a name that is taken, or that the protocol has no way to write."""
    if name in names:
        raise OfficeError(f"There is a {name!r} already.")
    if not name or DELIMITER in name or "\n" in name or "\r" in name:
        raise OfficeError(f"A name must not be empty or contain {DELIMITER!r} or line breaks.")
