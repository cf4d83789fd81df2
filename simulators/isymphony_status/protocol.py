"""The Status interface's lines: pure functions between text and meaning.

In:   a line becomes a `Report`, `Query`, `Change` or `Exit`, or raises `CommandError`.
Out:  an event becomes one line, a report becomes many.

Fields are set apart by "@#"; a note's line breaks travel as "#masknl#" both ways (vendor's page,
section Special Identifiers). Lines are UTF-8 and end in a bare LF, as real servers' do.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from .office import DELIMITER, EventKind, Office

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    import random

    from .office import Event, Extension

LINE_BREAK = "\n"
MASKED_LINE_BREAK = "#masknl#"

INVALID_COMMAND = "Invalid command."  # this wording is a real server's; all others are ours


class CommandError(ValueError):
    """A line that is no command, or not a whole one."""


class StatusPrefix(StrEnum):
    """How a status report writes its lines: the vendor's page shows both."""

    WITH_DELIMITER = "@#"
    WITHOUT_HASH = "@"
    MIXED = "mixed"


class StatusRenameName(StrEnum):
    """What a renamed status is called: as on the vendor's page, or as all other renames are."""

    RENAME = "StatusRenameEvent"
    RENAMED = "StatusRenamedEvent"


@dataclass(slots=True)
class Spelling:
    """Where the vendor's page leaves a choice."""

    status_prefix: StatusPrefix = StatusPrefix.MIXED
    status_rename: StatusRenameName = StatusRenameName.RENAME


class Report(NamedTuple):
    """A command that asks for everything; `lines` makes the lines as they are asked for."""

    lines: Callable[[Office, Spelling, random.Random], Iterator[str]]


class Query(NamedTuple):
    """A command that asks for one value of one extension."""

    reply: Callable[[Office], str]


class Change(NamedTuple):
    """A command that sets one value of one extension."""

    make: Callable[[Office], Event]


class Exit(NamedTuple):
    """The command that closes the connection."""


type Command = Report | Query | Change | Exit


def parse(line: bytes) -> Command:
    """Understand one line, without its LF."""
    name, *attributes = decode_line(line).split(DELIMITER)
    expected = _ATTRIBUTES.get(name)
    if expected is None:
        raise CommandError(INVALID_COMMAND)
    if len(attributes) != expected:
        raise CommandError(f"{name} takes {expected} attributes, not {len(attributes)}.")
    if name in _REPORTS:
        return Report(_REPORTS[name])
    if name in _QUERIES:
        return Query(lambda office: _QUERIES[name](office.extension(*attributes)))
    if name in _CHANGES:
        location, tenant, number, value = attributes
        return Change(lambda office: _CHANGES[name](office, location, tenant, number, value))
    return Exit()


def decode_line(line: bytes) -> str:
    """Return the text of a line without its LF; one CR before that belongs to the line's end."""
    return line.removesuffix(b"\r").decode(errors="replace")


def encode_line(text: str) -> bytes:
    """Return one line as it travels."""
    # What JSON can write but UTF-8 cannot, half a surrogate pair, is replaced.
    return f"{text}\n".encode(errors="replace")


def error_line(reason: str) -> bytes:
    """Return the reply to a command that failed (section Errors)."""
    return encode_line(f"Error: {reason}")


def event_line(event: Event, status_rename: StatusRenameName = StatusRenameName.RENAME) -> bytes:
    """Return the line that tells of a change (section Events)."""
    name = status_rename if event.kind is EventKind.STATUS_RENAMED else event.kind
    return encode_line(_mask(DELIMITER.join((name, *event.fields))))


def extension_report(office: Office, _: Spelling, __: random.Random) -> Iterator[str]:
    """Yield the lines of get_extension_state."""
    yield "State Report Started"
    for location_name, location in office.locations.items():
        yield f"Location@#{location_name}"
        for tenant_name, tenant in location.tenants.items():
            yield f"Tenant@#{tenant_name}"
            for number, each in tenant.extensions.items():
                note = _mask(each.note)
                yield f"Extension@#{number}@#{each.status}@#{note}@#{each.return_time}"
    yield "State Report Finished"


def status_report(office: Office, spelling: Spelling, rng: random.Random) -> Iterator[str]:
    """Yield the lines of get_statuses."""
    yield "Status Report Started"
    for location_name, location in office.locations.items():
        yield f"Location@#{location_name}"
        for tenant_name, tenant in location.tenants.items():
            yield f"Tenant@#{tenant_name}"
            for status in tenant.statuses:
                yield f"Status{_status_prefix(status, spelling.status_prefix, rng)}{status}"
    yield "Status Report Finished"


def _status_prefix(status: str, prefix: StatusPrefix, rng: random.Random) -> str:
    if status.startswith("#"):  # after a lone "@" it would lose its "#"
        return DELIMITER
    if prefix is StatusPrefix.MIXED:
        return rng.choice((DELIMITER, StatusPrefix.WITHOUT_HASH))
    return prefix


def _mask(text: str) -> str:
    return text.replace(LINE_BREAK, MASKED_LINE_BREAK)


def _set_note(office: Office, location: str, tenant: str, number: str, note: str) -> Event:
    return office.set_note(location, tenant, number, note.replace(MASKED_LINE_BREAK, LINE_BREAK))


def _set_return_time(office: Office, location: str, tenant: str, number: str, text: str) -> Event:
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise CommandError("A return time is a number of seconds, or 0.")
    return office.set_return_time(location, tenant, number, int(text))


_REPORTS: Mapping[str, Callable[[Office, Spelling, random.Random], Iterator[str]]] = {
    "get_extension_state": extension_report,
    "get_statuses": status_report,
}
_QUERIES: Mapping[str, Callable[[Extension], str]] = {
    "get_extension_status": lambda extension: f"ExtensionStatus@#{extension.status}",
    "get_extension_note": lambda extension: f"ExtensionNote@#{_mask(extension.note)}",
    "get_extension_return_time": lambda extension: f"ExtensionReturnTime@#{extension.return_time}",
}
_CHANGES: Mapping[str, Callable[[Office, str, str, str, str], Event]] = {
    "set_extension_status": Office.set_status,
    "set_extension_note": _set_note,
    "set_extension_return_time": _set_return_time,
}
_ATTRIBUTES: Mapping[str, int] = (
    dict.fromkeys(_REPORTS, 0) | dict.fromkeys(_QUERIES, 3) | dict.fromkeys(_CHANGES, 4)
) | {"exit": 0}
