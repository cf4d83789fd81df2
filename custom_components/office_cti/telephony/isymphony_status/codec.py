"""Bytes to messages and back, without a socket, a clock or a log.

A message is one line of UTF-8 that ends in a line feed; its fields stand between `@#`. Two answers are
reports of many lines; they come out as one message when they are complete, events that arrive between
their lines come out as they arrive.

Text a person typed never becomes protocol: what cannot travel is refused before it is encoded. Only a
note may hold line ends, which travel as `#masknl#`.

Source: the vendor's page "Status TCP Interface", sections Special Identifiers, Errors, Commands, Events.
"""

from collections.abc import Callable
from enum import Enum

from .messages import (
    Command,
    Done,
    Error,
    Event,
    Exit,
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
    Malformed,
    Message,
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

DELIMITER = "@#"
MASKED_LINE_BREAK = "#masknl#"

# A line may be this long, in bytes; the rest of a longer one is dropped unread.
LINE_LIMIT = 64 * 1024
# A report may hold this many lines, and this many characters.
REPORT_LINES = 200_000
REPORT_CHARACTERS = 32 * 1024 * 1024


class TextProblem(Enum):
    """Why a text cannot travel."""

    RESERVED = "reserved characters"
    LINE_BREAK = "a line break"
    TOO_LONG = "too long"


class CodecError(ValueError):
    """A text cannot travel: it would be read as protocol, or could not be read back."""

    def __init__(self, problem: TextProblem = TextProblem.RESERVED) -> None:
        super().__init__(problem.value)
        self.problem = problem


# --- encoding ----------------------------------------------------------------------------------

_COMMANDS: dict[type[Command], str] = {
    GetExtensionState: "get_extension_state",
    GetStatuses: "get_statuses",
    GetExtensionStatus: "get_extension_status",
    GetExtensionNote: "get_extension_note",
    GetExtensionReturnTime: "get_extension_return_time",
    SetExtensionStatus: "set_extension_status",
    SetExtensionNote: "set_extension_note",
    SetExtensionReturnTime: "set_extension_return_time",
    Exit: "exit",
}


def encode(command: Command) -> bytes:
    """Return the command's line.

    Raises:
        CodecError: a field cannot travel.
    """
    fields = [_COMMANDS[type(command)]]
    for name, value in zip(command._fields, command, strict=True):
        text = str(value)
        fields.append(_masked(text) if name == "note" else text)
        _check(fields[-1])
    line = (DELIMITER.join(fields) + "\n").encode()
    if len(line) > LINE_LIMIT // 2:  # it comes back in longer lines, which we must be able to read
        raise CodecError(TextProblem.TOO_LONG)
    return line


def _masked(note: str) -> str:
    """Return a note as it travels; CR LF and CR are line ends too.

    Raises:
        CodecError: the note would not come back as it is.
    """
    note = note.replace("\r\n", "\n").replace("\r", "\n")
    masked = note.replace("\n", MASKED_LINE_BREAK)
    if _unmasked(masked) != note:
        raise CodecError
    return masked


def _unmasked(text: str) -> str:
    return text.replace(MASKED_LINE_BREAK, "\n")


def _check(travelling: str) -> None:
    if "\n" in travelling or "\r" in travelling:
        raise CodecError(TextProblem.LINE_BREAK)
    # Looked for in the text as it travels: a note with "@" before a line end becomes "@#masknl#".
    if DELIMITER in travelling or "\0" in travelling:
        raise CodecError
    try:
        travelling.encode()
    except UnicodeEncodeError:
        raise CodecError from None


# --- decoding ----------------------------------------------------------------------------------


def _time(text: str) -> int:
    """Read Unix seconds; `int` alone would also take "1_0", spaces and other scripts' digits."""
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 20):
        raise ValueError
    return int(text)


def _texts[M](kind: Callable[..., M], count: int) -> Callable[[list[str]], M]:
    """Read exactly `count` fields as they are."""

    def read(fields: list[str]) -> M:
        if len(fields) != count:
            raise ValueError
        return kind(*fields)

    return read


def _note_last[M](kind: Callable[..., M], count: int) -> Callable[[list[str]], M]:
    """Read fields of which the last is a note: it takes what a delimiter in it tore apart."""

    def read(fields: list[str]) -> M:
        if len(fields) < count:
            raise ValueError
        return kind(*fields[: count - 1], _unmasked(DELIMITER.join(fields[count - 1 :])))

    return read


def _time_last[M](kind: Callable[..., M], count: int) -> Callable[[list[str]], M]:
    """Read fields of which the last is a time."""

    def read(fields: list[str]) -> M:
        if len(fields) != count:
            raise ValueError
        return kind(*fields[:-1], _time(fields[-1]))

    return read


_EVENTS: dict[str, Callable[[list[str]], Event]] = {
    "ExtensionStatusUpdatedEvent": _texts(ExtensionStatusUpdated, 4),
    "ExtensionNoteUpdatedEvent": _note_last(ExtensionNoteUpdated, 4),
    "ExtensionReturnTimeUpdatedEvent": _time_last(ExtensionReturnTimeUpdated, 4),
    "StatusAddedEvent": _texts(StatusAdded, 3),
    "StatusRemovedEvent": _texts(StatusRemoved, 3),
    "LocationAddedEvent": _texts(LocationAdded, 1),
    "LocationRemovedEvent": _texts(LocationRemoved, 1),
    "TenantAddedEvent": _texts(TenantAdded, 2),
    "TenantRemovedEvent": _texts(TenantRemoved, 2),
    "ExtensionAddedEvent": _texts(ExtensionAdded, 3),
    "ExtensionRemovedEvent": _texts(ExtensionRemoved, 3),
}
# The page writes one rename event "Rename" and three "Renamed": either is read for each.
for _subject, _read in (
    ("Status", _texts(StatusRenamed, 4)),
    ("Location", _texts(LocationRenamed, 2)),
    ("Tenant", _texts(TenantRenamed, 3)),
    ("Extension", _texts(ExtensionRenamed, 4)),
):
    _EVENTS[f"{_subject}RenameEvent"] = _EVENTS[f"{_subject}RenamedEvent"] = _read

_ANSWERS: dict[str, Callable[[list[str]], Message]] = {
    "ExtensionStatus": _texts(ExtensionStatus, 1),
    "ExtensionNote": _note_last(ExtensionNote, 1),
    "ExtensionReturnTime": _time_last(ExtensionReturnTime, 1),
}
_SINGLE_LINES: dict[str, Callable[[list[str]], Message]] = {**_EVENTS, **_ANSWERS}


class _Report:
    """The lines of a report so far."""

    def __init__(self) -> None:
        self.location: str | None = None
        self.tenant: tuple[str, str] | None = None
        self.statuses: dict[tuple[str, str], list[str]] = {}
        self.extensions: list[ExtensionState] = []
        self.complete = True
        self.lines_left = REPORT_LINES
        self.characters_left = REPORT_CHARACTERS

    def has_room_for(self, line: str) -> bool:
        self.lines_left -= 1
        self.characters_left -= len(line)
        return self.lines_left >= 0 <= self.characters_left

    def location_line(self, fields: list[str]) -> None:
        # If this line cannot be read, what follows must not count for the place before.
        self.location = self.tenant = None
        (self.location,) = fields

    def tenant_line(self, fields: list[str]) -> None:
        self.tenant = None
        (tenant,) = fields
        if self.location is None:
            raise ValueError
        self.tenant = (self.location, tenant)
        self.statuses.setdefault(self.tenant, [])

    def status_line(self, fields: list[str]) -> None:
        (status,) = fields
        if self.tenant is None:
            raise ValueError
        self.statuses[self.tenant].append(status)

    def extension_line(self, fields: list[str]) -> None:
        if self.tenant is None or len(fields) < 4:
            raise ValueError
        extension, status, *note, return_time = fields
        self.extensions.append(
            ExtensionState(
                *self.tenant,
                extension,
                status,
                _unmasked(DELIMITER.join(note)),
                _time(return_time),
            )
        )

    def state(self) -> StateReport:
        return StateReport(tuple(self.statuses), tuple(self.extensions), self.complete)

    def status(self) -> StatusReport:
        return StatusReport(
            {tenant: tuple(dict.fromkeys(names)) for tenant, names in self.statuses.items()},
            self.complete,
        )


_REPORT_LINES: dict[str, Callable[[_Report, list[str]], None]] = {
    "Location": _Report.location_line,
    "Tenant": _Report.tenant_line,
    "Status": _Report.status_line,
    "Extension": _Report.extension_line,
}
_REPORT_ENDS: dict[str, Callable[[_Report], Message]] = {
    "State Report Finished": _Report.state,
    "Status Report Finished": _Report.status,
}
_REPORT_STARTS = frozenset({"State Report Started", "Status Report Started"})


class Decoder:
    """Turns what arrives, in pieces of any size, into messages."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False
        self._report: _Report | None = None

    def feed(self, data: bytes | bytearray | memoryview) -> list[Message]:
        """Return the messages that are complete with this piece of the stream."""
        messages: list[Message] = []
        complete, line_feed, self._rest = (self._rest + data).rpartition(b"\n")
        if line_feed:
            for line in self._lines(complete):
                self._line(line, messages)
        if len(self._rest) > LINE_LIMIT:
            if not self._skipping:
                self._line(_OVERLONG, messages)
            self._rest, self._skipping = b"", True
        return messages

    def _lines(self, complete: bytes) -> list[str]:
        if self._skipping:  # what comes first is the end of a line that was too long
            self._skipping = False
            _, line_feed, complete = complete.partition(b"\n")
            if not line_feed:
                return []
        if len(complete) > LINE_LIMIT:
            return [
                _text(line) if len(line) <= LINE_LIMIT else _OVERLONG
                for line in complete.split(b"\n")
            ]
        return _text(complete).split("\n")

    def _line(self, line: str, messages: list[Message]) -> None:
        line = line.removesuffix("\r")
        name, *fields = line.split(DELIMITER)
        if (read := _SINGLE_LINES.get(name)) is not None:
            try:
                messages.append(read(fields))
            except ValueError:
                messages.append(_WRONG_FIELDS)
        elif line in _REPORT_STARTS:
            if self._report:
                messages.append(_UNFINISHED)
            self._report = _Report()
        elif self._report:
            self._report_line(self._report, line, name, fields, messages)
        else:
            messages.append(_stray(line))

    def _report_line(
        self, report: _Report, line: str, name: str, fields: list[str], messages: list[Message]
    ) -> None:
        if (end := _REPORT_ENDS.get(line)) is not None:
            self._report = None
            messages.append(end(report))
            return
        if not report.has_room_for(line):
            self._report = None
            messages.append(_TOO_LONG)
            return
        # The page writes a status line both "Status@#name" and "Status@name".
        if not fields and line.startswith("Status@"):
            name, fields = "Status", [line.removeprefix("Status@")]
        if (read := _REPORT_LINES.get(name)) is None:
            stray = _stray(line)
            messages.append(stray)
            report.complete &= type(stray) is not Malformed
            return
        try:
            read(report, fields)
        except ValueError:
            messages.append(_WRONG_FIELDS)
            report.complete = False


_TOO_LONG = Malformed("a line or report that is too long")
_WRONG_FIELDS = Malformed("a line with wrong fields")
_UNFINISHED = Malformed("a report without an end")
_UNKNOWN = Malformed("an unknown line")

# Stands for a line that is too long. No line that was read is like it: a NUL is replaced.
_OVERLONG = "\0"


def _text(data: bytes) -> str:
    return data.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _stray(line: str) -> Message:
    if not line:
        return Done()
    if line.startswith("Error:"):
        return Error(line.removeprefix("Error:").strip())
    return _TOO_LONG if line == _OVERLONG else _UNKNOWN
