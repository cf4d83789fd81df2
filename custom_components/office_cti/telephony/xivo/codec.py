"""Bytes to messages and back, without a socket, a clock or a log.

A message is one line: a JSON object that ends in a line feed. `tables` says what each holds and `readers`
how a value is tamed; here, lines are found in what arrives, and each is handed to its table. Nothing that
arrives raises: what cannot be read is a `Malformed`.

Commands are the other way round: `commands` says how each looks, and refuses what a server would answer by
closing the connection.

Source: the vendor's page "CTI Protocol", and real conversations where they differ from it.
"""

import json
from typing import Any

# Home Assistant brings orjson. It is strict where a hostile server would try: UTF-8, lone surrogates,
# NaN, depth. And it is fast.
import orjson

from ..readers import LATEST_TIME, Partly, Unreadable
from . import commands
from .messages import (
    CodecError,
    Command,
    CommandProblem,
    Ignored,
    Malformed,
    Message,
    NoLine,
    Problem,
    Unknown,
)
from .tables import ANY_CLASS, CLASSES, GETLIST, WITHOUT_CLASS, Table

__all__ = ["LINE_LIMIT", "CodecError", "CommandProblem", "Decoder", "encode", "encode_file"]

# A line may be this long, in bytes; the rest of a longer one is dropped unread.
LINE_LIMIT = 1024 * 1024

# --- encoding ----------------------------------------------------------------------------------


def encode(command: Command, command_id: int | None = None) -> bytes:
    """Return the command's line, in ASCII.

    Args:
        command: what to send.
        command_id: comes back as `reply_id` in the replies that have one; above 0.

    Raises:
        CodecError: it would cost the connection, or be misread.
    """
    wire = commands.wire(command)
    if command_id is not None:
        if command_id <= 0:  # the server takes 0 for none
            raise CodecError(CommandProblem.OUT_OF_RANGE)
        wire["commandid"] = command_id
    return json.dumps(wire, separators=(",", ":")).encode("ascii") + b"\n"


encode_file = commands.encode_file

# --- decoding ----------------------------------------------------------------------------------


class Decoder:
    """Turns what arrives, in pieces of any size, into messages.

    A connection that turns to TLS needs a new one: nothing that came before may count after.

    Args:
        for_all: whether what the server tells everybody is read. Who has it from another connection
            need not: most of what comes is that, and a look at the line costs a fraction of reading it.
    """

    def __init__(self, *, for_all: bool = True) -> None:
        self._for_all = for_all
        self._rest = bytearray()
        self._skipping = False
        self.server_time: float | None = None
        """The server's clock, as the newest message has told it: Unix seconds."""

    def feed(self, data: bytes | bytearray | memoryview) -> list[Message]:
        """Return the messages that are complete with this piece of the stream.

        All are read before the first is acted upon: a processor that does one thing forty times is
        quicker than one that does forty things in turns.
        """
        return [self._message(line) for line in self._lines(bytes(data))]

    def _lines(self, data: bytes) -> list[bytes | None]:
        """Return the lines that are complete now, and None for each that is too long."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = self._completed(lines[0])
        found = [line if len(line) <= LINE_LIMIT else None for line in lines if line.strip(b"\r")]
        if not self._skipping:
            self._rest += rest
            if len(self._rest) > LINE_LIMIT:
                self._rest.clear()
                self._skipping = True
                found.append(None)
        return found

    def _completed(self, end: bytes) -> bytes:
        """Return the line whose beginning has come before; nothing if it was too long already."""
        if self._skipping:
            self._skipping = False
            return b""
        if not self._rest:
            return end
        line = bytes(self._rest) + end
        self._rest.clear()
        return line

    def _message(self, line: bytes | None) -> Message:
        if line is None:
            return _TOO_LONG
        if not self._for_all and _FOR_ALL in line:
            return _IGNORED
        try:
            wire = orjson.loads(line)
        except orjson.JSONDecodeError:
            return _NOT_JSON
        if type(wire) is not dict:
            return _NOT_AN_OBJECT
        if type(now := wire.get("timenow")) is float and 0 < now < LATEST_TIME:
            self.server_time = now
        name = wire.get("class")
        if name == "getlist":
            return _getlist(wire)
        if name is None:
            return _without_class(wire)
        return _of_class(wire, CLASSES.get(name) if type(name) is str else None)


# How a server begins what it tells everybody; quotes within a text are escaped, so no text holds this.
_FOR_ALL = b'"class": "getlist"'
_TOO_LONG = Malformed(Problem.TOO_LONG)
_NOT_JSON = Malformed(Problem.NOT_JSON)
_NOT_AN_OBJECT = Malformed(Problem.NOT_AN_OBJECT)
_UNKNOWN = Unknown()
_IGNORED = Ignored()


def _getlist(wire: dict[str, Any]) -> Message:
    function, name = wire.get("function"), wire.get("listname")
    if type(function) is not str or type(name) is not str:
        return _UNKNOWN
    lists = GETLIST.get(function)
    if lists is None:
        return _UNKNOWN
    table = lists.get(name)
    if table is None or ("tid" in wire and wire["tid"] is None):
        return _IGNORED
    return _read(table, wire)


def _without_class(wire: dict[str, Any]) -> Message:
    if wire.keys() <= {"timenow", "replyid"}:
        return NoLine()
    return _of_class(wire, WITHOUT_CLASS)


def _of_class(wire: dict[str, Any], variants: dict[str | None, Table] | None) -> Message:
    for key, table in (ANY_CLASS if variants is None else variants).items():
        if key is None or key in wire:
            return _read(table, wire)
    return _UNKNOWN


def _read(table: Table, wire: dict[str, Any]) -> Message:
    try:
        return table(wire)
    except Unreadable:
        return Malformed(Problem.WRONG_FIELD, table.about)
    except Partly as partly:
        message: Message = partly.value._replace(problems=partly.problems)
        return message
