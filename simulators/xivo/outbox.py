"""What the server has to say at the end of a turn.

A turn is whatever one packet, one event of Asterisk or one operation brings about. What is meant for one
client goes out first, then what goes to everyone; a client that is dropped within the turn gets nothing any
more, not even the replies to what it asked before.

When a push is written down differs: an old release writes it at the end of the turn, and what it then shows
is what has become true meanwhile (`Release.gathers_turns`).
"""

import json
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .messages import Message
    from .releases import Release


class Recipient(Protocol):
    """A client's connection."""

    pending: list[bytes]
    is_muted: bool  # whether replies to it get lost

    @property
    def is_closing(self) -> bool:
        """Whether it takes nothing any more."""
        ...

    def send(self, data: bytes) -> None:
        """Send whole lines."""
        ...


class Outbox:
    """Collects what is to be sent, and sends it in the server's order."""

    def __init__(self, release: Release, clock: Callable[[], float]) -> None:
        self.pushes = 0  # since the start
        self.last_push: Message | None = None
        self._release = release
        self._clock = clock
        self._recipients: list[Recipient] = []
        self._waiting: list[Recipient] = []
        self._pushes: list[Callable[[], bytes]] = []

    def add(self, recipient: Recipient) -> None:
        """Let a connection have its share of what goes to everyone."""
        self._recipients.append(recipient)

    def remove(self, recipient: Recipient) -> None:
        """Forget a connection, and what it was to be sent."""
        recipient.pending.clear()
        self._recipients.remove(recipient)

    def __contains__(self, recipient: Recipient) -> bool:
        return recipient in self._recipients

    def reply(self, recipient: Recipient, message: Message) -> None:
        """Send a message to one client."""
        if recipient.is_muted:
            return
        if not recipient.pending:
            self._waiting.append(recipient)
        recipient.pending.append(self.encode(message))

    def push(self, make: Callable[[], Message]) -> None:
        """Send a message to every connection, logged in or not."""
        self.pushes += 1
        if self._release.gathers_turns:
            self._pushes.append(lambda: self._encode_push(make()))
        else:
            line = self._encode_push(make())
            self._pushes.append(lambda: line)

    def event_ends(self) -> None:
        """End the turn if this release does one event of Asterisk after the other."""
        if not self._release.gathers_turns:
            self.flush()

    def flush(self) -> None:
        """End the turn: send everything."""
        for recipient in self._waiting:
            if recipient.pending and not recipient.is_closing:
                recipient.send(b"".join(recipient.pending))
            recipient.pending.clear()
        self._waiting.clear()
        if self._pushes:
            lines = b"".join([write() for write in self._pushes])
            self._pushes.clear()
            for recipient in self._recipients:
                recipient.send(lines)

    def encode(self, message: Mapping[str, object]) -> bytes:
        """Return one message as it travels."""
        return encode_line({**message, "timenow": self._clock()})

    def _encode_push(self, message: Message) -> bytes:
        self.last_push = message
        return self.encode(message)


def encode_line(message: object) -> bytes:
    """Return a line of JSON: ASCII only, LF at its end."""
    return json.dumps(message).encode() + b"\n"
