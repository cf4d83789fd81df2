"""The one interface that every telephone system implements, and what can go wrong with it.

A `TelephoneSystem` turns its server's messages into changes of its directory, and the commands below
into its server's messages. What a system cannot do it simply does not override; which objects can do
what is said by their features. Errors carry a key that names them, so that whoever shows them can say
it in the person's language, and the values that belong into that sentence.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
from typing import ClassVar

from .directory import Directory
from .model import Extension, StatusKind

_LOGGER = logging.getLogger(__name__)


class TelephonyError(Exception):
    """The base of all errors: `key` names the sentence, `values` fill it."""

    key: ClassVar[str] = "telephony_error"

    def __init__(self, message: str = "", **values: str) -> None:
        super().__init__(message or self.key.replace("_", " "))
        self.values = values


class CannotConnect(TelephonyError):
    """Nothing answers at the server's address."""

    key = "cannot_connect"


class NotThisSystem(TelephonyError):
    """Something answers there, but it is not the telephone system that was expected."""

    key = "not_this_system"


class NotConnected(TelephonyError):
    """There is no connection now; the command was not sent."""

    key = "not_connected"


class ConnectionLost(TelephonyError):
    """The connection ended before the server answered: the command may or may not have worked."""

    key = "connection_lost"


class NoAnswer(TelephonyError):
    """The server did not answer in time: the command may or may not have worked."""

    key = "no_answer"


class Refused(TelephonyError):
    """The server said no. Value: `reason`, in the server's words."""

    key = "refused"


class NotSupported(TelephonyError):
    """This telephone system, or this object of it, cannot do that. Value: `name`."""

    key = "not_supported"


class NotThere(TelephonyError):
    """The object is no longer there. Value: `name`."""

    key = "not_there"


class InvalidText(TelephonyError):
    """What a person typed cannot travel on this system's wire; the text itself is told nobody."""

    key = "invalid_text"


class LineBreakInText(InvalidText):
    """A line end where the protocol has no way to send one."""

    key = "line_break_in_text"


class TextTooLong(InvalidText):
    """More text than the system can hold."""

    key = "text_too_long"


class InvalidReturnTime(TelephonyError):
    """A return time that the system cannot hold."""

    key = "invalid_return_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemSettings:
    """What a person says about a telephone system. Times are in seconds."""

    host: str
    port: int
    # How long an interruption may last before everything counts as unavailable.
    grace_period: float = 10.0
    # What a status means, where the person knows better than its name tells.
    status_kinds: Mapping[str, StatusKind] = field(default_factory=dict)


class TelephoneSystem:
    """One telephone system: its live directory, and its commands.

    Commands raise TelephonyError. They return when the server has taken them, and the directory then
    shows what the server says.
    """

    key: ClassVar[str]
    name: ClassVar[str]
    manufacturer: ClassVar[str]
    default_port: ClassVar[int]

    def __init__(self, settings: SystemSettings) -> None:
        self.settings = settings
        self.loop = asyncio.get_running_loop()
        self.directory = Directory(self.loop.call_soon, self.loop.call_later)
        # What a server should not have sent, by what it was: shown in the diagnostics.
        self.oddities: Counter[str] = Counter()
        self._logged_oddities: set[str] = set()
        self._was_live = False
        self.interruptions = 0
        self._grace: asyncio.TimerHandle | None = None
        self._told_gone = False

    async def start(self) -> None:
        """Connect and read the whole picture; from then on stay connected.

        Raises:
            TelephonyError: it could not be done; nothing is left running.
        """
        raise NotImplementedError

    async def stop(self) -> None:
        """Take leave of the server and end."""
        raise NotImplementedError

    async def set_status(self, extension: Extension, status: str) -> None:
        """Set the status of a person, by its name."""
        raise NotSupported(name=str(extension))

    async def set_note(self, extension: Extension, note: str) -> None:
        """Set the note beside a person's status; an empty one clears it."""
        raise NotSupported(name=str(extension))

    async def set_return_time(self, extension: Extension, return_time: datetime | None) -> None:
        """Set when a person will be back (UTC), or that nothing is known of it."""
        raise NotSupported(name=str(extension))

    async def dial(self, extension: Extension, number: str) -> None:
        """Ring the person's own phone first, then the number."""
        raise NotSupported(name=str(extension))

    def _went_live(self) -> None:
        """The picture is complete and live."""
        self._was_live = True
        self._log_oddities()
        self._forget_grace()
        directory = self.directory
        directory.update(directory.server, connected=True, connected_since=datetime.now(UTC))
        if self._told_gone:
            self._told_gone = False
            _LOGGER.info("Connected to %s at %s again", self.name, self.settings.host)
        directory.set_available(True)

    def _went_away(self) -> None:
        """The connection has ended; if it is not back in a moment, so has the picture."""
        self.interruptions += 1
        directory = self.directory
        directory.update(directory.server, connected=False, connected_since=None)
        self._grace = self.loop.call_later(self.settings.grace_period, self._grace_is_over)

    def _grace_is_over(self) -> None:
        self._grace = None
        self._told_gone = True
        _LOGGER.info("The connection to %s at %s is lost", self.name, self.settings.host)
        self.directory.set_available(False)

    def _forget_grace(self) -> None:
        if self._grace:
            self._grace.cancel()
            self._grace = None

    def count_oddity(self, kind: str) -> None:
        """Count something that a server should not have sent, and log the first of each kind."""
        self.oddities[kind] += 1
        if self._was_live:
            self._log_oddities()

    def _log_oddities(self) -> None:
        """Log each kind once; what answers but never was this telephone system is not logged."""
        for kind in self.oddities.keys() - self._logged_oddities:
            self._logged_oddities.add(kind)
            _LOGGER.warning(
                "%s at %s sent something unexpected (%s); it is counted in the diagnostics and "
                "not logged again",
                self.name,
                self.settings.host,
                kind,
            )
