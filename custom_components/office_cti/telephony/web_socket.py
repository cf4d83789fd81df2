"""One web-socket, whatever is said over it: opened, read by one task, and closed.

aiohttp reads the socket and finds the messages in it; one task takes them. What has come at once is read
first, and then the events in it are handed on, one by one: the processor forgets how to read while it acts.
Of what has been read but not taken, aiohttp keeps 128 KiB and then reads no further: so a flood is held
back by taking nothing for a moment, as `Pacer` says, and needs no transport.

Neither an address nor a secret stands in an error, or in the log.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
import logging
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, Self

import aiohttp
from yarl import URL

from .http import REDIRECTIONS, reason, trusted_certificates
from .pacing import Pacer
from .system import (
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    EncryptionFailed,
    NotConnected,
    NotThisSystem,
    ServerStarting,
    SystemSettings,
    TelephonyError,
)

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT = 10.0  # seconds
CLOSE_TIMEOUT = 1.0

# Events after which the event loop has its turn: what waits here is taken without one.
TURN = 100

# HTTP's own word for a server that cannot do now what it otherwise does.
_SERVER_ERROR = 500

_CONTENT = frozenset({aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY})
_GOES_ON = _CONTENT | {aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG}

type Socket = aiohttp.ClientWebSocketResponse[bool]


class Address(NamedTuple):
    """Where a web-socket is taken, and whether TLS is spoken there with somebody who is vouched for."""

    host: str
    port: int
    tls: bool
    verify_certificate: bool
    path: str = "/"

    @classmethod
    def of(cls, settings: SystemSettings, port: int, path: str = "/") -> Self:
        """Return where a person says that it is."""
        tls = settings.encryption.has_own_port
        return cls(settings.host, port, tls, settings.verify_certificate, path)


class _Event(Protocol):
    """What is told: its fields that could not be read are named in `problems`."""

    @property
    def problems(self) -> tuple[str, ...]: ...


class SocketLink[E: _Event]:
    """A web-socket from its opening to its end. Who derives from it calls `_begin`, and says `_take`.

    Attributes:
        closed: done when the connection has ended.
        last_received: the loop's time (seconds) at which the server was last heard.

    Args:
        socket: the web-socket.
        host: where it goes to.
        on_event: called with each event, in the order of their arrival.
        count_oddity: called with a word for each thing that the server should not have sent.
    """

    _reading: asyncio.Task[None]

    def __init__(
        self,
        socket: Socket,
        host: str,
        on_event: Callable[[E], None],
        count_oddity: Callable[[str], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.last_received = self._loop.time()
        self._socket = socket
        self._host = host
        self._on_event = on_event
        self._count_oddity = count_oddity
        self._pacer = Pacer(self._loop)
        self._has_told_defect = False
        # What has been read, and is to be handed on in the next turn of the event loop.
        self._events: list[E] = []
        # What is to be sent for the message that is being taken.
        self._owed: list[bytes] = []
        # Done with whatever answers the next ping of the web-socket's own.
        self._echo: asyncio.Future[None] = self._loop.create_future()

    def _begin(self) -> None:
        """Read from now on."""
        # At once: a task that is cancelled before it has begun would close nothing.
        self._reading = self._loop.create_task(
            self._read(), name="office_cti web-socket", eager_start=True
        )

    # --- what a protocol says ------------------------------------------------------------------

    def _take(self, data: bytes | str) -> int:
        """Take a message; return how many events it was."""
        raise NotImplementedError

    def _farewell(self) -> bytes | None:
        """Return what has to be said last, if there is anything."""
        return None

    def _ended(self) -> None:
        """Do what there is to do when nothing more will be read."""

    # --- what arrives --------------------------------------------------------------------------

    async def _read(self) -> None:
        in_turn = 0
        try:
            while (message := await self._socket.receive()).type in _GOES_ON:
                self.last_received = self._loop.time()
                in_turn += (
                    self._take(message.data)
                    if message.type in _CONTENT
                    else await self._take_sign(message.type, message.data)
                )
                if self._owed:
                    await self._answer()
                if in_turn >= TURN:
                    pause = self._pacer.ahead(in_turn)  # in a flood, nothing more for a moment
                    in_turn = 0
                    await asyncio.sleep(pause)
            if message.type is aiohttp.WSMsgType.ERROR:
                self._count_oddity("no web-socket message, or too long a one")
        finally:
            self._hand_on()
            self._ended()
            self.closed.set_result(None)
            await self._hang_up()

    async def _take_sign(self, kind: aiohttp.WSMsgType, data: Any) -> int:
        """Take a sign of life of the web-socket's own; it counts as one event."""
        if kind is aiohttp.WSMsgType.PING:
            with suppress(OSError):  # the end of the connection is what comes next
                await self._socket.pong(data)
        elif not self._echo.done():
            self._echo.set_result(None)
        return 1

    async def _answer(self) -> None:
        """Send what is owed for a message that has just been taken."""
        answers, self._owed = self._owed, []
        with suppress(NotConnected):  # the end of the connection is what comes next
            for answer in answers:
                await self._send(answer)

    def _tell(self, event: E) -> None:
        """Have an event handed on when all that has come with it is read."""
        if not self._events:
            self._loop.call_soon(self._hand_on)
        self._events.append(event)

    def _hand_on(self) -> None:
        """Hand events on; a defect of whoever takes them must not end the connection."""
        events, self._events = self._events, []
        for event in events:
            if event.problems:
                self._tell_problems(type(event).__name__, event.problems)
            try:
                self._on_event(event)
            except Exception:
                self._count_oddity("an event that could not be acted upon")
                if not self._has_told_defect:
                    self._has_told_defect = True
                    _LOGGER.exception("Could not act upon an event of %s", self._host)

    def _tell_problems(self, about: str, problems: Iterable[str]) -> None:
        for field in problems:
            self._count_oddity(f"a field that is missing or wrong ({about}.{field})")

    # --- what is said --------------------------------------------------------------------------

    async def _send(self, data: bytes) -> None:
        """Send a text. Raises NotConnected."""
        if self.closed.done():
            raise NotConnected
        try:
            await self._socket.send_frame(data, aiohttp.WSMsgType.TEXT)
        except OSError as error:
            raise NotConnected from error

    async def _echoed(self) -> None:
        """Return when a ping of the web-socket's own is answered. Raises NotConnected, ConnectionLost."""
        if self._echo.done():
            self._echo = self._loop.create_future()
        if self.closed.done():
            raise NotConnected
        try:
            await self._socket.ping()
        except OSError as error:
            raise NotConnected from error
        await self._unless_closed(self._echo)

    async def _unless_closed[T](self, what: asyncio.Future[T]) -> T:
        await asyncio.wait((what, self.closed), return_when=asyncio.FIRST_COMPLETED)
        if not what.done():
            raise ConnectionLost
        return what.result()

    # --- the end -------------------------------------------------------------------------------

    async def leave(self) -> None:
        """End the connection, and wait until it has."""
        self.abort()
        await asyncio.wait((self._reading,))

    def abort(self) -> None:
        """End the connection at once."""
        self._reading.cancel()

    async def _hang_up(self) -> None:
        """Close the socket, with a farewell if there is one; nobody waits for it."""
        farewell = self._farewell()
        with suppress(TimeoutError):  # aiohttp ends the connection then, too
            async with asyncio.timeout(CLOSE_TIMEOUT):
                if farewell is not None:
                    with suppress(OSError):  # it is the server that has ended the connection
                        await self._socket.send_frame(farewell, aiohttp.WSMsgType.TEXT)
                await self._socket.close()


async def connect(
    session: aiohttp.ClientSession,
    address: Address,
    *,
    limit: int,
    protocols: tuple[str, ...] = (),
    headers: Mapping[str, str] = MappingProxyType({}),
    refusals: Mapping[int, type[TelephonyError]] = MappingProxyType({}),
) -> Socket:
    """Open a web-socket, where it is asked for and nowhere else: what is said next is a password.

    Args:
        session: what it goes through.
        address: where to.
        limit: bytes of a message.
        protocols: those that we speak.
        headers: what is said beside the handshake.
        refusals: what a handshake's status means that is no success.

    Raises:
        CannotConnect, ServerStarting: nobody answers there, or not yet.
        CertificateNotTrusted, EncryptionFailed: somebody does, but not as it must be.
        NotThisSystem: somebody does, who speaks something else.
    """
    host = address.host
    trusted = await trusted_certificates(tls=address.tls, verify=address.verify_certificate)
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT), _staying(session) as staying:
            return await staying.ws_connect(
                URL.build(
                    scheme="wss" if address.tls else "ws",
                    host=host,
                    port=address.port,
                    path=address.path,
                ),
                protocols=protocols,
                headers=headers,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                autoping=False,
                ssl=trusted,
                max_msg_size=limit,
                decode_text=False,
            )
    except aiohttp.ClientConnectorCertificateError as error:
        raise CertificateNotTrusted(reason(error.certificate_error), host=host) from None
    except aiohttp.ClientSSLError:
        raise EncryptionFailed(host=host) from None
    except aiohttp.ClientResponseError as error:
        starting = ServerStarting if error.status >= _SERVER_ERROR else NotThisSystem
        raise refusals.get(error.status, starting)(host=host) from None
    except aiohttp.ClientError, OSError, ValueError:  # ValueError: no host's name
        raise CannotConnect(host=host) from None


def _staying(session: aiohttp.ClientSession) -> aiohttp.ClientSession:
    """Return a session that goes through another, and is sent nowhere else; to be closed by itself.

    `aiohttp` follows redirections of a handshake, which no browser does, and cannot be told not to.
    """
    if session.closed:
        raise aiohttp.ClientError("the session is closed")
    return aiohttp.ClientSession(
        connector=session.connector,
        connector_owner=False,
        cookie_jar=session.cookie_jar,
        headers=session.headers,
        middlewares=(_stay,),
    )


async def _stay(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Take a redirection for what it is here: the answer of somebody who takes no web-socket."""
    response = await handler(request)
    if response.status in REDIRECTIONS:
        response.close()
        raise aiohttp.WSServerHandshakeError(
            response.request_info, (), message="redirected", status=response.status
        )
    return response
