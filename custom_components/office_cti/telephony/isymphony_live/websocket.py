"""The event web-socket of an iSymphony Live server, from its opening to its end.

Who we are is said with the handshake, and which events are wanted right after it. Whether and how the server
answers that is told nowhere: nothing waits for an answer, the first message that is no event is taken for it,
whatever it is, and what the filter keeps out is left out here, too. There is no word to ask whether the
server lives, so a ping of the web-socket's own does that.

Events of types that are not known are counted, and handed on as all others are.

Source: the vendor's page "WebSocket API Documentation (Event)".
"""

import asyncio
from collections.abc import Callable
from types import MappingProxyType
from typing import Self, cast, get_args, override

from ..http import UNAUTHORIZED, basic
from ..system import (
    AddressOrCredentialsRefused,
    CannotConnect,
    NoAnswer,
    NotConnected,
    SystemSettings,
)
from ..web_socket import Address, Socket, SocketLink, connect
from .events import (
    EVERYTHING,
    MESSAGE_LIMIT,
    Event,
    Filter,
    Frame,
    Malformed,
    Reply,
    Unknown,
    decode,
)

PATH = "/communication_manager/ws/event"
PROBE_TIMEOUT = 10.0  # seconds
# What is counted when an event comes of a type that is not known.
UNKNOWN_TYPE = "an event of an unknown type"
# The events that are known.
_KNOWN = frozenset(get_args(Event.__value__)) - {Unknown}

_REFUSALS = MappingProxyType(dict.fromkeys(UNAUTHORIZED, AddressOrCredentialsRefused))


class EventLink(SocketLink[Event]):
    """One connection to a server's event web-socket."""

    def __init__(
        self,
        socket: Socket,
        host: str,
        on_event: Callable[[Event], None],
        count_oddity: Callable[[str], None],
        *,
        wanted: Filter = EVERYTHING,
    ) -> None:
        super().__init__(socket, host, on_event, count_oddity)
        self._wanted = wanted
        self._is_answered = False
        self._begin()

    @classmethod
    async def open(
        cls,
        settings: SystemSettings,
        *,
        on_event: Callable[[Event], None],
        count_oddity: Callable[[str], None],
    ) -> Self:
        """Connect, and say which events are wanted.

        Args:
            settings: where the server is, who we are, what is wanted, and the session to go through.
            on_event: called with each event, in the order of their arrival.
            count_oddity: called with a word for each thing that the server should not have sent.

        Raises:
            AddressOrCredentialsRefused: the server lets nobody in from here, or not as who we are.
            CannotConnect, ServerStarting: nobody answers there, or not yet.
            CertificateNotTrusted, EncryptionFailed: somebody does, but not as it must be.
            NotThisSystem: it is no such server.
            InvalidText: what a person wants told cannot be asked for.
        """
        wanted = Filter.of(settings.event_types, settings.event_users)
        assert settings.session
        socket = await connect(
            settings.session,
            Address.of(settings, settings.port, PATH),
            limit=MESSAGE_LIMIT,
            headers=basic(settings.credentials),
            refusals=_REFUSALS,
        )
        link = cls(socket, settings.host, on_event, count_oddity, wanted=wanted)
        try:
            await link._send(wanted.message)
        except BaseException as error:
            link.abort()
            if isinstance(error, NotConnected):
                raise CannotConnect("hung up at once", host=settings.host) from error
            raise
        return link

    async def probe(self) -> None:
        """Have the server show that it lives.

        Raises:
            NotConnected, ConnectionLost: the connection has ended.
            NoAnswer: the server does not answer.
        """
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await self._echoed()
        except TimeoutError as error:
            raise NoAnswer from error

    @override
    def _take(self, data: bytes | str) -> int:
        frame = decode(data, self._wanted)
        if type(frame) in _KNOWN:  # as nearly all are
            self._tell(cast("Event", frame))
        elif isinstance(frame, Reply) or (not self._is_answered and _may_be_a_reply(frame)):
            self._is_answered = True
        elif isinstance(frame, Malformed):
            self._count_oddity(frame.problem)
        elif isinstance(frame, Unknown):
            self._count_oddity(UNKNOWN_TYPE)
            self._tell(frame)
        return 1


def _may_be_a_reply(frame: Frame) -> bool:
    """Tell whether this is no event for sure: every event that is known tells its time and core server."""
    if isinstance(frame, Unknown):
        return frame.time is None and frame.core_server_id is None
    return isinstance(frame, Malformed)
