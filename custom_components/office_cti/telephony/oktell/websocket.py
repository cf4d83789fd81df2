"""One web-socket of an Oktell server, from its opening, log-in included, to its end.

aiohttp reads the socket and finds the messages in it; one task takes them, and hands each event on at once.
Of what has been read but not taken, aiohttp keeps 128 KiB and then reads no further: so a flood is held
back by taking nothing for a moment, as `Pacer` says, and needs no transport.

Questions are recognised by their qid, and any number of them may be open. A "ping" goes out every 15 s, as
the vendor's own client does it; who has said nothing while two of them went unanswered is dead. Each
log-in takes a seat of the licence, which only a log-out gives back at once: so the last thing that is said
on every way out is that.

Passwords, their hashes and sessions' ids are kept nowhere and written into no log.

Source: the vendor's own client in JavaScript, and messages of live servers.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
import logging
from typing import Any, NamedTuple, Self

import aiohttp
from yarl import URL

from ..pacing import Pacer
from ..readers import Partly, Reader, Unreadable
from ..system import (
    AuthenticationFailed,
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    EncryptionFailed,
    NoAnswer,
    NoLicenseSeat,
    NotConfirmed,
    NotConnected,
    NotThisSystem,
    Refused,
    ServerStarting,
    SystemSettings,
    TelephonyError,
    UserLoggedInElsewhere,
)
from .commands import Command, LogIn, LogOut, Ping, PongBack, Subscribe, encode
from .frames import (
    EVENT_KINDS,
    MESSAGE_LIMIT,
    Answer,
    Decoder,
    Event,
    Frame,
    Malformed,
    NumberStates,
    Pinged,
    Pong,
    Problem,
    Redirected,
    Unknown,
    logged_in,
    nothing,
)

_LOGGER = logging.getLogger(__name__)

SUBPROTOCOL = "json"
# Where a server takes connections under TLS that wants no others, if it does not say.
REDIRECT_PORT = 443

CONNECT_TIMEOUT = 10.0  # seconds, as all that follow
REPLY_TIMEOUT = 10.0
LEAVE_TIMEOUT = 1.0
CLOSE_TIMEOUT = 1.0
PING_EVERY = 15.0
# So many of our pings may go unanswered.
PINGS_MISSED = 2

_USER_ELSEWHERE = 50093
_NO_SEAT = 50025
# What a server that refuses a log-in says in words alone, and how it begins to say so of a session.
_STARTING = "service not available"
_WRONG_PASSWORD = "wrong login"  # noqa: S105 -- no password, but what is said of one
_BAD_SESSION = "bad request"

# HTTP's own word for a server that cannot do now what it otherwise does.
_SERVER_ERROR = 500

_CONTENT = frozenset({aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY})

type _Socket = aiohttp.ClientWebSocketResponse[bool]


class _Address(NamedTuple):
    """Where a server is, and whether TLS is spoken there with somebody who is vouched for."""

    host: str
    port: int
    tls: bool
    verify_certificate: bool

    @classmethod
    def of(cls, settings: SystemSettings, port: int) -> Self:
        return cls(
            settings.host, port, settings.encryption.has_own_port, settings.verify_certificate
        )

    def redirected(self, port: int | None) -> _Address:
        """Return where a server is to be talked to under TLS.

        Whom one would have talked to in clear need not be vouched for: that is no worse.
        """
        return self._replace(
            port=port or REDIRECT_PORT,
            tls=True,
            verify_certificate=self.tls and self.verify_certificate,
        )


class WebSocketLink:
    """One connection to an Oktell server, and one user who has logged in there.

    Attributes:
        closed: done when the connection has ended.
        last_received: the loop's time (seconds) at which the server was last heard.
        user_id: who has logged in: a GUID in lower case.
    """

    def __init__(
        self,
        socket: _Socket,
        host: str,
        on_event: Callable[[Event], None],
        on_oddity: Callable[[str], None],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self.last_received = self._loop.time()
        self.user_id = ""
        self._socket = socket
        self._host = host
        self._login = ""
        self._on_event = on_event
        self._on_oddity = on_oddity
        self._decoder = Decoder()
        self._pacer = Pacer(self._loop)
        self._own: dict[type[Frame], Callable[[Any], None]] = {
            Answer: self._answered,
            Pong: self._greeted,
            Redirected: self._greeted,
            Malformed: self._malformed,
            Unknown: self._unknown,
        }
        self._questions: dict[str, asyncio.Future[Answer]] = {}
        self._last_qid = 0
        # Done with whatever answers the next ping.
        self._pong: asyncio.Future[Pong | Redirected] = self._loop.create_future()
        self._is_misunderstood = self._is_understood = self._has_told_defect = False
        self._pinging: asyncio.Task[None] | None = None
        # At once: a task that is cancelled before it has begun would close nothing.
        self._reading = self._loop.create_task(
            self._read(), name="office_cti web-socket", eager_start=True
        )

    @classmethod
    async def open(
        cls,
        settings: SystemSettings,
        port: int,
        credentials: Credentials,
        *,
        on_event: Callable[[Event], None],
        on_oddity: Callable[[str], None],
    ) -> Self:
        """Connect and log in.

        Args:
            settings: where the server is, whether TLS is spoken, and the session to go through.
            port: where web-sockets are taken.
            credentials: who logs in.
            on_event: called with each event, in the order of their arrival.
            on_oddity: called with a word for each thing that the server should not have sent.

        Raises:
            CannotConnect, ServerStarting: nobody answers there, or not yet.
            CertificateNotTrusted, EncryptionFailed: somebody does, but not as it must be.
            NotThisSystem: it is no Oktell server.
            AuthenticationFailed: there is no such user with this password.
            UserLoggedInElsewhere, NoLicenseSeat: the user cannot log in now.
            Refused: the server has another reason. NoAnswer: it does not answer.
        """
        assert settings.session
        address = _Address.of(settings, port)
        link = cls(await _connect(settings.session, address), address.host, on_event, on_oddity)
        try:
            redirected = await link._greet()
            if redirected:
                link.abort()
                address = address.redirected(redirected.port)
                socket = await _connect(settings.session, address)
                link = cls(socket, address.host, on_event, on_oddity)
                await link._greet_finally()
            await link._log_in(credentials)
        except BaseException:
            link.abort()
            raise
        link._pinging = link._loop.create_task(link._ping_on(), name="office_cti ping")
        return link

    async def _greet(self) -> Redirected | None:
        """Have the server show that it speaks this protocol; return where it wants to speak it instead."""
        try:
            answer = await self._ping()
        except (NoAnswer, NotConnected, ConnectionLost) as error:
            if self._is_misunderstood and not self._is_understood:
                raise NotThisSystem(host=self._host) from error
            if isinstance(error, NoAnswer):
                raise
            raise CannotConnect("hung up at once", host=self._host) from error
        return answer if isinstance(answer, Redirected) else None

    async def _greet_finally(self) -> None:
        if await self._greet():
            raise CannotConnect("redirected once more", host=self._host)

    async def _log_in(self, credentials: Credentials) -> None:
        command = LogIn(credentials.username, credentials.password)
        try:
            answer = await self._ask(command, REPLY_TIMEOUT)
        except (NotConnected, ConnectionLost) as error:
            raise CannotConnect("hung up at the log-in", host=self._host) from error
        if not answer.ok:
            raise _refusal(answer, credentials.username, self._host)
        self._login = credentials.username
        self.user_id = self._body(answer, logged_in).user_id

    # --- questions -----------------------------------------------------------------------------

    async def request[T](
        self,
        command: Command,
        reader: Reader[T],
        *,
        timeout: float = REPLY_TIMEOUT,  # noqa: ASYNC109 -- a server's silence is no cancellation
    ) -> T:
        """Ask something, and return what the answer's body holds.

        Args:
            command: what to ask.
            reader: what reads the body: `frames` has one for each.
            timeout: how long (seconds) to wait.

        Raises:
            InvalidText, TextTooLong: what somebody has typed cannot travel; nothing was sent.
            NotConnected: the connection has ended; nothing was sent.
            Refused: the server says no.
            NotConfirmed: the server says yes, but the rest of its answer cannot be read.
            NoAnswer, ConnectionLost: it is not known whether the command worked.
        """
        answer = await self._ask(command, timeout)
        if not answer.ok:
            raise Refused(reason=answer.message or str(answer.error))
        return self._body(answer, reader)

    async def subscribe(self, events: Iterable[str]) -> None:
        """Have these events told from now on. Raises as `request` does."""
        await self.request(Subscribe(tuple(events)), nothing)

    async def probe(self) -> None:
        """Have the server show that it lives.

        Raises:
            NotConnected, ConnectionLost: the connection has ended.
            NoAnswer: the server does not answer.
        """
        await self._ping()

    async def _ask(self, command: Command, timeout: float) -> Answer:  # noqa: ASYNC109 -- as above
        self._last_qid += 1
        qid = str(self._last_qid)
        data = encode(command, qid, self._login)
        question = self._questions[qid] = self._loop.create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._send(data)
                return await self._unless_closed(question)
        except TimeoutError as error:
            raise NoAnswer from error
        finally:
            del self._questions[qid]

    async def _unless_closed[T](self, what: asyncio.Future[T]) -> T:
        await asyncio.wait((what, self.closed), return_when=asyncio.FIRST_COMPLETED)
        if not what.done():
            raise ConnectionLost
        return what.result()

    def _body[T](self, answer: Answer, reader: Reader[T]) -> T:
        try:
            return reader(answer.body)
        except Unreadable:
            self._on_oddity(f"{Problem.WRONG_FIELD} (the body of an answer)")
            raise NotConfirmed from None
        except Partly as partly:
            self._tell_problems("the body of an answer", partly.problems or ("item",))
            found: T = partly.value
            return found

    async def _ping(self) -> Pong | Redirected:
        if self._pong.done():
            self._pong = self._loop.create_future()
        try:
            async with asyncio.timeout(REPLY_TIMEOUT):
                await self._send_ping()
                return await self._unless_closed(self._pong)
        except TimeoutError as error:
            raise NoAnswer from error

    async def _ping_on(self) -> None:
        """Ping for as long as the server says anything at all, and end the connection then."""
        while self._loop.time() - self.last_received < PINGS_MISSED * PING_EVERY:
            await asyncio.sleep(PING_EVERY)
            try:
                async with asyncio.timeout(PING_EVERY):
                    await self._send_ping()
            except (TimeoutError, NotConnected) as error:
                _LOGGER.debug("Could not ping: %s", type(error).__name__)
                break
        self.abort()

    async def _send_ping(self) -> None:
        self._last_qid += 1
        await self._send(encode(Ping(), str(self._last_qid)))

    async def _send(self, data: bytes) -> None:
        if self.closed.done():
            raise NotConnected
        try:
            await self._socket.send_frame(data, aiohttp.WSMsgType.TEXT)
        except OSError as error:
            raise NotConnected from error

    # --- what arrives --------------------------------------------------------------------------

    async def _read(self) -> None:
        try:
            while (message := await self._socket.receive()).type in _CONTENT:
                self.last_received = self._loop.time()
                await self._take_all(message.data)
            if message.type is aiohttp.WSMsgType.ERROR:
                self._on_oddity("no web-socket message, or too long a one")
        finally:
            self._end()
            await self._hang_up()

    async def _take_all(self, data: bytes | str) -> None:
        """Take what has been said; in a flood, take nothing more for a moment."""
        taken = 0
        for frame in self._decoder.feed(data):
            taken += len(frame.states) if isinstance(frame, NumberStates) else 1
            if isinstance(frame, EVENT_KINDS):
                self._tell(frame)
            elif isinstance(frame, Pinged):
                await self._pong_back(frame)
            else:
                self._own[type(frame)](frame)
        if pause := self._pacer.ahead(taken):
            await asyncio.sleep(pause)

    def _tell(self, event: Event) -> None:
        """Hand an event on; a defect of whoever takes it must not end the connection."""
        self._is_understood = True
        if event.problems:
            self._tell_problems(type(event).__name__, event.problems)
        try:
            self._on_event(event)
        except Exception:
            self._on_oddity("an event that could not be acted upon")
            if not self._has_told_defect:
                self._has_told_defect = True
                _LOGGER.exception("Could not act upon an event of %s", self._host)

    def _tell_problems(self, about: str, problems: Iterable[str]) -> None:
        for field in problems:
            self._on_oddity(f"{Problem.WRONG_FIELD} ({about}.{field})")

    # --- what concerns the connection alone ----------------------------------------------------

    def _answered(self, answer: Answer) -> None:
        self._is_understood = True
        question = self._questions.get(answer.qid)
        if question is None:
            self._on_oddity("an answer to no question, or too late a one")
        elif not question.done():
            question.set_result(answer)

    def _greeted(self, greeting: Pong | Redirected) -> None:
        self._is_understood = True
        if not self._pong.done():
            self._pong.set_result(greeting)

    async def _pong_back(self, ping: Pinged) -> None:
        self._is_understood = True
        with suppress(NotConnected):  # the end of the connection is what comes next
            await self._send(encode(PongBack(), ping.qid))

    def _malformed(self, malformed: Malformed) -> None:
        self._is_misunderstood = True
        about = f" ({malformed.about})" if malformed.about else ""
        self._on_oddity(f"{malformed.problem}{about}")

    def _unknown(self, _: Unknown) -> None:
        self._is_misunderstood = True
        self._on_oddity("an unknown message")

    # --- the end -------------------------------------------------------------------------------

    async def leave(self) -> None:
        """Log out, if the server answers soon, and end the connection."""
        with suppress(TelephonyError):  # who does not answer now is left all the same
            await self._ask(LogOut(), LEAVE_TIMEOUT)
            self._login = ""
        self.abort()
        await asyncio.wait((self._reading,))

    def abort(self) -> None:
        """End the connection at once."""
        self._reading.cancel()

    def _end(self) -> None:
        if self._pinging:
            self._pinging.cancel()
        self.closed.set_result(None)

    async def _hang_up(self) -> None:
        """Close the socket, logged out if there is a way; nobody waits for it."""
        with suppress(TimeoutError):  # aiohttp ends the connection then, too
            async with asyncio.timeout(CLOSE_TIMEOUT):
                if self._login:
                    with suppress(OSError):  # it is the server that has ended the connection
                        await self._socket.send_frame(
                            encode(LogOut(), "bye", self._login), aiohttp.WSMsgType.TEXT
                        )
                await self._socket.close()


async def _connect(session: aiohttp.ClientSession, address: _Address) -> _Socket:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await session.ws_connect(
                URL.build(
                    scheme="wss" if address.tls else "ws",
                    host=address.host,
                    port=address.port,
                    path="/",
                ),
                protocols=(SUBPROTOCOL,),
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_TIMEOUT),
                ssl=address.verify_certificate,
                max_msg_size=MESSAGE_LIMIT,
                decode_text=False,
            )
    except aiohttp.ClientConnectorCertificateError as error:
        raise CertificateNotTrusted(str(error), host=address.host) from error
    except aiohttp.ClientSSLError as error:
        raise EncryptionFailed(str(error), host=address.host) from error
    except aiohttp.ClientResponseError as error:
        if error.status >= _SERVER_ERROR:
            raise ServerStarting(host=address.host) from error
        raise NotThisSystem(host=address.host) from error
    except (aiohttp.ClientError, OSError, ValueError) as error:  # ValueError: no host's name
        raise CannotConnect(str(error), host=address.host) from error


def _refusal(answer: Answer, username: str, host: str) -> TelephonyError:
    """Return what a refused log-in means."""
    if answer.error == _USER_ELSEWHERE:
        return UserLoggedInElsewhere(username=username)
    if answer.error == _NO_SEAT:
        return NoLicenseSeat()
    message = answer.message.strip().lower()
    if message.startswith(_STARTING):
        return ServerStarting(host=host)
    if message.startswith(_WRONG_PASSWORD):
        return AuthenticationFailed()
    if message.startswith(_BAD_SESSION):
        return CannotConnect("the session is not taken", host=host)
    return Refused(reason=answer.message or str(answer.error))
