"""One web-socket of an Oktell server, from its opening, log-in included, to its end.

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
from typing import Any, Self, override

import aiohttp

from ..readers import Partly, Reader, Unreadable
from ..system import (
    AuthenticationFailed,
    CannotConnect,
    ConnectionLost,
    Credentials,
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
from ..web_socket import Address, Socket, SocketLink, connect
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

REPLY_TIMEOUT = 10.0  # seconds, as all that follow
LEAVE_TIMEOUT = 1.0
PING_EVERY = 15.0
# So many of our pings may go unanswered.
PINGS_MISSED = 2

_USER_ELSEWHERE = 50093
_NO_SEAT = 50025
# What a server that refuses a log-in says in words alone, and how it begins to say so of a session.
_STARTING = "service not available"
_WRONG_PASSWORD = "wrong login"  # noqa: S105 -- no password, but what is said of one
_BAD_SESSION = "bad request"


class WebSocketLink(SocketLink[Event]):
    """One connection to an Oktell server, and one user who has logged in there.

    Attributes:
        user_id: who has logged in: a GUID in lower case.
    """

    def __init__(
        self,
        socket: Socket,
        host: str,
        on_event: Callable[[Event], None],
        count_oddity: Callable[[str], None],
    ) -> None:
        super().__init__(socket, host, on_event, count_oddity)
        self.user_id = ""
        self._login = ""
        self._decoder = Decoder()
        self._own: dict[type[Frame], Callable[[Any], None]] = {
            Answer: self._answered,
            Pinged: self._pinged,
            Pong: self._greeted,
            Redirected: self._greeted,
            Malformed: self._malformed,
            Unknown: self._unknown,
        }
        self._questions: dict[str, asyncio.Future[Answer]] = {}
        self._last_qid = 0
        # Done with whatever answers the next ping.
        self._pong: asyncio.Future[Pong | Redirected] = self._loop.create_future()
        self._is_misunderstood = self._is_understood = False
        self._pinging: asyncio.Task[None] | None = None
        self._begin()

    @classmethod
    async def open(
        cls,
        settings: SystemSettings,
        port: int,
        credentials: Credentials,
        *,
        on_event: Callable[[Event], None],
        count_oddity: Callable[[str], None],
    ) -> Self:
        """Connect and log in.

        Args:
            settings: where the server is, whether TLS is spoken, and the session to go through.
            port: where web-sockets are taken.
            credentials: who logs in.
            on_event: called with each event, in the order of their arrival.
            count_oddity: called with a word for each thing that the server should not have sent.

        Raises:
            CannotConnect, ServerStarting: nobody answers there, or not yet.
            CertificateNotTrusted, EncryptionFailed: somebody does, but not as it must be.
            NotThisSystem: it is no Oktell server.
            AuthenticationFailed: there is no such user with this password.
            UserLoggedInElsewhere, NoLicenseSeat: the user cannot log in now.
            Refused: the server has another reason. NoAnswer: it does not answer.
        """
        assert settings.session
        address = Address.of(settings, port)
        link = cls(await _connect(settings.session, address), address.host, on_event, count_oddity)
        try:
            redirected = await link._greet()
            if redirected:
                link.abort()
                address = _redirected(address, redirected.port)
                socket = await _connect(settings.session, address)
                link = cls(socket, address.host, on_event, count_oddity)
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

    def _body[T](self, answer: Answer, reader: Reader[T]) -> T:
        try:
            return reader(answer.body)
        except Unreadable:
            self._count_oddity(f"{Problem.WRONG_FIELD} (the body of an answer)")
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

    # --- what arrives --------------------------------------------------------------------------

    @override
    def _take(self, data: bytes | str) -> int:
        taken = 0
        for frame in self._decoder.feed(data):
            taken += len(frame.states) if isinstance(frame, NumberStates) else 1
            if isinstance(frame, EVENT_KINDS):
                self._is_understood = True
                self._tell(frame)
            else:
                self._own[type(frame)](frame)
        return taken

    # --- what concerns the connection alone ----------------------------------------------------

    def _answered(self, answer: Answer) -> None:
        self._is_understood = True
        question = self._questions.get(answer.qid)
        if question is None:
            self._count_oddity("an answer to no question, or too late a one")
        elif not question.done():
            question.set_result(answer)

    def _greeted(self, greeting: Pong | Redirected) -> None:
        self._is_understood = True
        if not self._pong.done():
            self._pong.set_result(greeting)

    def _pinged(self, ping: Pinged) -> None:
        self._is_understood = True
        self._owed.append(encode(PongBack(), ping.qid))

    def _malformed(self, malformed: Malformed) -> None:
        self._is_misunderstood = True
        about = f" ({malformed.about})" if malformed.about else ""
        self._count_oddity(f"{malformed.problem}{about}")

    def _unknown(self, _: Unknown) -> None:
        self._is_misunderstood = True
        self._count_oddity("an unknown message")

    # --- the end -------------------------------------------------------------------------------

    @override
    async def leave(self) -> None:
        """Log out, if the server answers soon, and end the connection."""
        with suppress(TelephonyError):  # who does not answer now is left all the same
            await self._ask(LogOut(), LEAVE_TIMEOUT)
            self._login = ""
        await super().leave()

    @override
    def _ended(self) -> None:
        if self._pinging:
            self._pinging.cancel()

    @override
    def _farewell(self) -> bytes | None:
        return encode(LogOut(), "bye", self._login) if self._login else None


async def _connect(session: aiohttp.ClientSession, address: Address) -> Socket:
    return await connect(session, address, limit=MESSAGE_LIMIT, protocols=(SUBPROTOCOL,))


def _redirected(address: Address, port: int | None) -> Address:
    """Return where a server is to be talked to under TLS.

    Whom one would have talked to in clear need not be vouched for: that is no worse.
    """
    return address._replace(
        port=port or REDIRECT_PORT,
        tls=True,
        verify_certificate=address.tls and address.verify_certificate,
    )


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
