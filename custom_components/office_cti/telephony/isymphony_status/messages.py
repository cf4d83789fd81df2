"""The vocabulary of the Status interface: nine commands, their replies, fifteen events.

Plain tuples with names. Notes hold real line ends here; return times are Unix seconds, 0 for none,
as on the wire. Source: the vendor's page "Status TCP Interface", sections Commands and Events.
"""

from typing import NamedTuple

# --- commands, from us -------------------------------------------------------------------------


class GetExtensionState(NamedTuple):
    """Ask for everyone's status, note and return time."""


class GetStatuses(NamedTuple):
    """Ask for every tenant's statuses."""


class GetExtensionStatus(NamedTuple):
    """Ask for one extension's status."""

    location: str
    tenant: str
    extension: str


class GetExtensionNote(NamedTuple):
    """Ask for one extension's note."""

    location: str
    tenant: str
    extension: str


class GetExtensionReturnTime(NamedTuple):
    """Ask for one extension's return time."""

    location: str
    tenant: str
    extension: str


class SetExtensionStatus(NamedTuple):
    """Set one extension's status."""

    location: str
    tenant: str
    extension: str
    status: str


class SetExtensionNote(NamedTuple):
    """Set one extension's note."""

    location: str
    tenant: str
    extension: str
    note: str


class SetExtensionReturnTime(NamedTuple):
    """Set one extension's return time."""

    location: str
    tenant: str
    extension: str
    return_time: int


class Exit(NamedTuple):
    """Have the server close the connection."""


type Command = (
    GetExtensionState
    | GetStatuses
    | GetExtensionStatus
    | GetExtensionNote
    | GetExtensionReturnTime
    | SetExtensionStatus
    | SetExtensionNote
    | SetExtensionReturnTime
    | Exit
)

# --- replies -----------------------------------------------------------------------------------


class ExtensionState(NamedTuple):
    """One line of a state report."""

    location: str
    tenant: str
    extension: str
    status: str
    note: str
    return_time: int


class StateReport(NamedTuple):
    """The answer to GetExtensionState: the tenants, those without an extension too, and everyone.

    `complete` if every line of it could be read: else who is not in it may be there nevertheless.
    """

    tenants: tuple[tuple[str, str], ...]
    extensions: tuple[ExtensionState, ...]
    complete: bool = True


class StatusReport(NamedTuple):
    """The answer to GetStatuses: the statuses by (location, tenant); `complete` as above."""

    statuses: dict[tuple[str, str], tuple[str, ...]]
    complete: bool = True


class ExtensionStatus(NamedTuple):
    """The answer to GetExtensionStatus."""

    status: str


class ExtensionNote(NamedTuple):
    """The answer to GetExtensionNote."""

    note: str


class ExtensionReturnTime(NamedTuple):
    """The answer to GetExtensionReturnTime."""

    return_time: int


class Done(NamedTuple):
    """A blank line: a set command has worked."""


class Error(NamedTuple):
    """A command has failed; its wording is not specified and nothing relies on it."""

    details: str


type Reply = (
    StateReport
    | StatusReport
    | ExtensionStatus
    | ExtensionNote
    | ExtensionReturnTime
    | Done
    | Error
)

# --- events ------------------------------------------------------------------------------------


class ExtensionStatusUpdated(NamedTuple):
    """An extension has another status."""

    location: str
    tenant: str
    extension: str
    status: str


class ExtensionNoteUpdated(NamedTuple):
    """An extension has another note."""

    location: str
    tenant: str
    extension: str
    note: str


class ExtensionReturnTimeUpdated(NamedTuple):
    """An extension has another return time."""

    location: str
    tenant: str
    extension: str
    return_time: int


class StatusAdded(NamedTuple):
    """A tenant has one more status to choose from."""

    location: str
    tenant: str
    status: str


class StatusRemoved(NamedTuple):
    """A status can no longer be chosen; who holds it keeps it."""

    location: str
    tenant: str
    status: str


class StatusRenamed(NamedTuple):
    """A status has another name, also where it is held."""

    location: str
    tenant: str
    old: str
    new: str


class LocationAdded(NamedTuple):
    """There is a new location."""

    location: str


class LocationRemoved(NamedTuple):
    """A location is gone with everything under it."""

    location: str


class LocationRenamed(NamedTuple):
    """A location has another name, for everything under it."""

    old: str
    new: str


class TenantAdded(NamedTuple):
    """There is a new tenant."""

    location: str
    tenant: str


class TenantRemoved(NamedTuple):
    """A tenant is gone with everything under it."""

    location: str
    tenant: str


class TenantRenamed(NamedTuple):
    """A tenant has another name, for everything under it."""

    location: str
    old: str
    new: str


class ExtensionAdded(NamedTuple):
    """There is a new extension: Available, without a note or a return time."""

    location: str
    tenant: str
    extension: str


class ExtensionRemoved(NamedTuple):
    """An extension is gone."""

    location: str
    tenant: str
    extension: str


class ExtensionRenamed(NamedTuple):
    """An extension has another number."""

    location: str
    tenant: str
    old: str
    new: str


type Event = (
    ExtensionStatusUpdated
    | ExtensionNoteUpdated
    | ExtensionReturnTimeUpdated
    | StatusAdded
    | StatusRemoved
    | StatusRenamed
    | LocationAdded
    | LocationRemoved
    | LocationRenamed
    | TenantAdded
    | TenantRemoved
    | TenantRenamed
    | ExtensionAdded
    | ExtensionRemoved
    | ExtensionRenamed
)

# --- what is neither ---------------------------------------------------------------------------


class Malformed(NamedTuple):
    """A line that means nothing here; `problem` is one of a few words, never the line itself."""

    problem: str


type Message = Reply | Event | Malformed
