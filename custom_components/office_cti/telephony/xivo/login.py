"""The log-in, and what a server makes one guess about it.

Three steps: who (`login_id`), the password (`login_pass`), the profile (`login_capas`). The first has
nothing secret in it and tells much. What the server offers comes before its answer, so that is when
STARTTLS is taken; the first step is not repeated after it (servers from 16.01 on answer it once), and all
that is secret goes encrypted.

A server says most things by hanging up. After the first step: it speaks another version of the protocol
(2.x; 1.2 says so in words), or is down. After the password, and with nothing else to say: the password is
wrong, or the server is down; if it happens twice running, the password is wrong. After the profile: it
is down. Within the time that it gives for the log-in, that is; hanging up when that is over means nothing.

Protocol 2.x sends the password as it is, so it is not sent on a connection that anybody can read.

The presence that a log-in asks for is set, with its actions: "available" would switch the user's
do-not-disturb off. So none is asked for.

Source: the vendor's page "CTI Protocol", sections login_id, login_pass, login_capas; and how servers do it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
import logging
from typing import NoReturn

from ..system import (
    AuthenticationFailed,
    ConnectionLost,
    Credentials,
    Encryption,
    EncryptionFailed,
    LoginRefused,
    NoAnswer,
    NoProfile,
    NotConnected,
    NotThisSystem,
    SystemSettings,
    VersionRefused,
)
from . import messages
from .client import Address, XivoClient
from .codec import CodecError
from .messages import (
    ChooseProfile,
    Command,
    LoggedIn,
    LogIn,
    LoginError,
    Message,
    PasswordAccepted,
    SendHashedPassword,
    SendPassword,
    SessionOpened,
)

_LOGGER = logging.getLogger(__name__)

# The protocol up to 15.20, and the later ones, the newest first; a server takes its own and no other.
VERSION_1 = "1.2"
VERSIONS = (VERSION_1, "2.3", "2.2", "2.1", "2.0")
# From the connection's opening (seconds): after 5 the server hangs up on whoever is not logged in.
LOGIN_TIMEOUT = 4.5
# How long (seconds) a session is kept that was opened to try an account: that one takes it over at once,
# after a wait for its turn of a second at most, or not at all.
HAND_OVER_WITHIN = 10.0

type Session = tuple[XivoClient, LoggedIn]
type _Connect = Callable[[], Awaitable[XivoClient]]


class SessionDropped(ConnectionLost):
    """The server hung up instead of answering the first step."""


class PasswordNotAscii(AuthenticationFailed):
    """The server breaks over such a password, though it may be right; it was not sent."""

    key = "password_not_ascii"


class PasswordDropped(ConnectionLost):
    """The server hung up, and no more, instead of saying whether the password is right."""


async def log_in(
    client: XivoClient, credentials: Credentials, *, version: str = VERSION_1
) -> LoggedIn:
    """Log in on a connection, in three steps; its owner ends it if that fails.

    Args:
        client: a connection on which nobody has tried to log in yet.
        credentials: who.
        version: of the protocol, one of `VERSIONS`.

    Raises:
        SessionDropped, PasswordDropped, ConnectionLost: the server hung up on this step or that.
        AuthenticationFailed: no such user, one who may not, or a password that cannot be right.
        PasswordNotAscii: this version of the protocol has no way to send it.
        VersionRefused, NoProfile, LoginRefused: the server says so.
        EncryptionFailed: it could not be encrypted as it must be.
        NoAnswer: the server did not answer in time.
    """
    try:
        async with asyncio.timeout_at(client.opened + LOGIN_TIMEOUT):
            opened = await _open_session(client, credentials.username, version)
            if client.tls_offered and not client.encrypted:
                await client.start_tls()
            profile_id = await _send_password(client, credentials, version, opened)
            choice = ChooseProfile(profile_id, presence="", legacy=version == VERSION_1)
            return await _step(client, choice, LoggedIn)
    except TimeoutError as error:
        raise NoAnswer from error


async def _open_session(client: XivoClient, username: str, version: str) -> SessionOpened:
    try:
        return await _step(client, LogIn(username, version), SessionOpened)
    except ConnectionLost as error:
        raise SessionDropped from error


async def _send_password(
    client: XivoClient, credentials: Credentials, version: str, opened: SessionOpened
) -> int:
    """Send the password as this version wants it, and return the profile's id."""
    command: Command
    if version == VERSION_1:
        if not credentials.password.isascii():
            raise PasswordNotAscii
        command = SendHashedPassword(opened.session_id, credentials.password)
    elif client.encrypted:
        command = SendPassword(credentials.password)
    else:
        raise EncryptionFailed("the password could be read on the wire", host=client.host)
    try:
        accepted = await _step(client, command, PasswordAccepted)
    except ConnectionLost as error:
        if client.ended_bare:
            raise PasswordDropped from error
        raise
    return accepted.profile_id


async def _step[T](client: XivoClient, command: Command, kind: type[T]) -> T:
    def answer(message: Message) -> T | None:
        if isinstance(message, messages.LoginRefused):
            _refuse(message)
        return message if isinstance(message, kind) else None

    try:
        return await client.request(command, answer, timeout=LOGIN_TIMEOUT)
    except CodecError:
        # What cannot travel is nobody's name or password; it stands in no chain of errors, either.
        raise AuthenticationFailed from None
    except NotConnected as error:
        raise ConnectionLost from error


def _refuse(refusal: messages.LoginRefused) -> NoReturn:
    match refusal.error:
        case LoginError.VERSION:
            raise VersionRefused(version=refusal.server_version)
        case LoginError.CREDENTIALS:
            raise AuthenticationFailed
        case LoginError.NO_PROFILE:
            raise NoProfile
        case LoginError.OTHER:
            raise LoginRefused


class TriedSession:
    """A session that an account was tried with; the account itself goes on with it, if it comes.

    The server would show whoever leaves as disconnected, and the account, which logs in without a
    presence, would not change that.
    """

    def __init__(self) -> None:
        self._on_message: Callable[[Message], None] = lambda _: None
        self._session: Session | None = None
        self._leaving: asyncio.Task[None] | None = None

    def hear(self, message: Message) -> None:
        """Tell who has taken the session over; before, there is nobody to be told."""
        self._on_message(message)

    def keep(self, session: Session, on_left: Callable[[], object]) -> None:
        """Wait for somebody to take the session over, and leave if nobody does."""
        self._session = session
        self._leaving = asyncio.create_task(
            self._leave_later(on_left), name="office_cti tried session"
        )

    def take(self, on_message: Callable[[Message], None]) -> Session | None:
        """Return the session, unless it has ended, and have its messages told from now on."""
        session = self._session
        self._forget()
        if session is None or session[0].closed.done():
            return None
        self._on_message = on_message
        return session

    async def leave(self) -> None:
        """End the session, unless somebody has taken it over."""
        session = self._session
        self._forget()
        if session is not None:
            await session[0].leave()

    def _forget(self) -> None:
        self._session = None
        if self._leaving is not None and self._leaving is not asyncio.current_task():
            self._leaving.cancel()

    async def _leave_later(self, on_left: Callable[[], object]) -> None:
        await asyncio.sleep(HAND_OVER_WITHIN)
        on_left()
        await self.leave()


class Sessions:
    """Opens sessions with one server, of any account, and remembers what protocol it speaks."""

    def __init__(self, settings: SystemSettings) -> None:
        self._address = Address(
            settings.host, settings.port, settings.encryption, settings.verify_certificate
        )
        self._version: str | None = None
        self._warned = False
        self._tried: dict[tuple[str, str], TriedSession] = {}

    @property
    def version(self) -> str | None:
        """The version of the protocol that the server speaks, as far as it is known."""
        return self._version

    async def open(
        self,
        credentials: Credentials,
        on_message: Callable[[Message], None],
        count_oddity: Callable[[str], None],
        *,
        for_all: bool = True,
    ) -> Session:
        """Connect and log in; neither the user's presence nor do-not-disturb changes.

        It may take several connections until one is logged in. `on_message` hears the broadcasts of
        all of them, LoggedIn included; whatever came before it is told again when it is asked for.
        Without `for_all` it hears what this user alone is told, be it on a session that the account
        was tried with.

        Raises:
            CannotConnect: nobody answers there.
            CertificateNotTrusted, EncryptionFailed: the connection cannot be as it must be.
            AuthenticationFailed: the server does not take this username with this password.
            VersionRefused, NoProfile, LoginRefused: the server says so.
            NotThisSystem: somebody answers who speaks something else.
            ConnectionLost, NoAnswer: the server is down, or busy with something else.
        """
        if not for_all and (session := self._take_tried(credentials, on_message)):
            return session
        if self._address.encryption is Encryption.TLS_1_0:
            self._warn()
        connect = partial(
            XivoClient.connect, self._address, on_message, count_oddity, for_all=for_all
        )
        try:
            return await self._in_its_version(connect, credentials)
        except PasswordDropped:
            _LOGGER.debug("%s hung up after the password; once more", self._address.host)
        try:
            return await self._in_its_version(connect, credentials)
        except PasswordDropped:
            raise AuthenticationFailed from None

    async def try_out(
        self, credentials: Credentials, count_oddity: Callable[[str], None]
    ) -> LoggedIn:
        """Log in to see whether that works, and keep the session for a moment; raises as `open`."""
        who, tried = _who(credentials), TriedSession()
        await self._leave_tried(who)
        session = await self.open(credentials, tried.hear, count_oddity, for_all=False)
        self._tried[who] = tried
        tried.keep(session, on_left=partial(self._tried.pop, who, None))
        return session[1]

    async def leave(self) -> None:
        """End what was tried, and nobody goes on with."""
        await asyncio.gather(*map(self._leave_tried, list(self._tried)))

    async def _leave_tried(self, who: tuple[str, str]) -> None:
        if (tried := self._tried.pop(who, None)) is not None:
            await tried.leave()

    def _take_tried(
        self, credentials: Credentials, on_message: Callable[[Message], None]
    ) -> Session | None:
        tried = self._tried.pop(_who(credentials), None)
        return tried.take(on_message) if tried else None

    async def _in_its_version(self, connect: _Connect, credentials: Credentials) -> Session:
        """Log in as the server wants it; if it hangs up on all versions, it is down."""
        to_try = [self._version] if self._version else list(VERSIONS)
        tried = set[str]()
        dropped: SessionDropped | None = None
        while to_try:
            version = to_try.pop(0)
            tried.add(version)
            try:
                return await self._attempt(connect, credentials, version)
            except SessionDropped as error:
                dropped = error
            except VersionRefused as refused:
                told = refused.values["version"]
                if told in tried or told not in VERSIONS:
                    raise
                to_try = [told]
        self._version = None
        raise ConnectionLost from dropped

    async def _attempt(self, connect: _Connect, credentials: Credentials, version: str) -> Session:
        client = await connect()
        try:
            logged_in = await log_in(client, credentials, version=version)
        except BaseException as error:
            client.abort()
            if isinstance(error, PasswordDropped):
                self._version = version
            elif isinstance(error, (ConnectionLost, NoAnswer)) and client.is_foreign:
                raise NotThisSystem(host=self._address.host) from error
            raise
        self._version = version
        return client, logged_in

    def _warn(self) -> None:
        if not self._warned:
            self._warned = True
            _LOGGER.warning(
                "The connection to %s is encrypted by TLS 1.0 without a look at the certificate: that "
                "keeps out nobody who means it",
                self._address.host,
            )


def _who(credentials: Credentials) -> tuple[str, str]:
    """Return what is the same whether or not it is known yet who that is on the server."""
    return credentials.username, credentials.password
