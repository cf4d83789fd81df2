"""Puts long messages together that a server has sent in pieces.

Pieces come in any order, and those of several messages in turns. Each is decoded by itself, and what they
hold is joined as bytes: a letter may begin in one piece and end in the next. Pieces whose others never
come are forgotten, so that no more is kept than the bounds allow.

Source: the vendor's own client in JavaScript; real messages differ from what that client makes of them.
"""

import binascii
from typing import Any, NamedTuple

from ..readers import COUNT, Field, Record, Unreadable, count, identifier, required, text_or_empty

# Bytes of all pieces that are kept, each counted with what it costs to keep it.
SIZE = 4 * 1024 * 1024
PIECE_COST = 128
# Messages that are not complete, and how many pieces of others may come before one is given up.
MESSAGES = 16
AGE = 4_096

_BASE64 = "base64"
_CONTENT_LENGTH = SIZE // 3 * 4 + 4  # characters


def content(value: Any) -> str:
    """Read what a piece holds, as it travels."""
    if type(value) is str and len(value) <= _CONTENT_LENGTH:
        return value
    raise Unreadable


class Piece(NamedTuple):
    """One piece of a message; `number` counts from 0."""

    message: str
    total: int
    number: int
    content: str
    encoding: str = _BASE64

    def decoded(self) -> bytes:
        """Return what the piece holds.

        Raises:
            Unreadable: it is not encoded as it says.
        """
        try:
            if self.encoding.strip().lower() == _BASE64:
                return binascii.a2b_base64(self.content, strict_mode=True)
            return self.content.encode()
        except ValueError:  # binascii.Error, UnicodeEncodeError, or not ASCII
            raise Unreadable from None


PIECE = Record(
    Piece,
    required("message-id", "message", identifier),
    required("packetcount", "total", count),
    required("packetnumber", "number", count),
    required("content", "content", content),
    Field("content-transfer-encoding", "encoding", text_or_empty),
)


class _Open:
    """A message that is not complete."""

    __slots__ = ("pieces", "size", "total", "touched")

    def __init__(self, total: int) -> None:
        self.total = total
        self.pieces: dict[int, bytes] = {}
        self.size = 0
        self.touched = 0

    def whole(self) -> bytes:
        return b"".join(self.pieces[number] for number in range(self.total))


class Assembler:
    """Takes pieces, and returns a message when it is complete.

    Attributes:
        given_up: the number of messages that were forgotten before they were complete.
    """

    def __init__(self) -> None:
        # The one whose last piece came longest ago is the first.
        self._open: dict[str, _Open] = {}
        self._size = 0
        self._taken = 0
        self.given_up = 0

    @property
    def size(self) -> int:
        """What is kept, in bytes."""
        return self._size

    def take(self, piece: Piece) -> bytes | None:
        """Return the message that is complete with this piece, if one is.

        Raises:
            Unreadable: the piece is none, or of no message that could be.
        """
        if not 0 <= piece.number < piece.total <= COUNT:
            raise Unreadable
        data = piece.decoded()
        self._taken += 1
        message = self._open.pop(piece.message, None) or _Open(piece.total)
        if message.total != piece.total:
            self._forget(message)
            raise Unreadable
        self._keep(piece.message, message, piece.number, data)
        if len(message.pieces) == message.total:
            del self._open[piece.message]
            self._size -= message.size
            return message.whole()
        self._make_room()
        return None

    def _keep(self, key: str, message: _Open, number: int, data: bytes) -> None:
        self._open[key] = message
        message.touched = self._taken
        if number not in message.pieces:
            message.pieces[number] = data
            message.size += len(data) + PIECE_COST
            self._size += len(data) + PIECE_COST

    def _make_room(self) -> None:
        """Forget those that have waited for longest, until the rest is within the bounds."""
        for key, message in list(self._open.items()):
            if (
                self._size <= SIZE
                and len(self._open) <= MESSAGES
                and self._taken - message.touched <= AGE
            ):
                return
            del self._open[key]
            self._forget(message)

    def _forget(self, message: _Open) -> None:
        self._size -= message.size
        self.given_up += 1
