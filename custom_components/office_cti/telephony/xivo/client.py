"""The socket: bytes in and out, encryption, questions and their answers.

What arrives is decoded and handed on at once, in the same turn of the loop; only a flood of news is read
no faster than Home Assistant's dashboards can follow. Every message that says something about the
telephone system goes to `on_message`, whether somebody has asked for it or not: nothing has to be told
twice. What concerns the connection alone stays here: an answer to a keepalive, the turn to TLS, and lines
that cannot be read, which are counted.

Most answers do not name their question. Whoever asks says what an answer looks like, and sees each message
until one does; nothing else is held up meanwhile, and what is never answered costs no connection. The
server does one thing after the other and answers in that order: so a keepalive behind a thousand questions
is answered when they are, and that is how a picture is fetched.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import batched
import ssl
from typing import Any, override

from ..pacing import Pacer
from ..system import (
    CannotConnect,
    ConnectionLost,
    Encryption,
    EncryptionFailed,
    NoAnswer,
    NotConnected,
    NotSupportedByRelease,
)
from .codec import CodecError, Decoder, encode
from .encryption import start_tls, tls_context
from .messages import (
    AnswerStartTls,
    Command,
    Ignored,
    KeepAlive,
    KeptAlive,
    Malformed,
    Message,
    Problem,
    StartTlsDeclined,
    StartTlsOffered,
    StartTlsReady,
    Unknown,
)

CONNECT_TIMEOUT = 10.0  # seconds, as all that follow
REPLY_TIMEOUT = 10.0
OFFER_TIMEOUT = 4.0  # the offer of STARTTLS comes at once; after 5 s the server would hang up
SILENCE_TIMEOUT = 20.0  # while much is fetched, the server may not be silent for longer
LEAVE_TIMEOUT = 1.0
# So many questions are sent at once, and two such batches may be on their way.
BATCH = 500
BATCHES = 2
# So many askers may wait for their answers; each further one waits for its turn.
ASKERS = 64

# asyncio would hand over 256 KiB at once, more than a thousand pushes in one turn of the loop; this is some
# hundred and fifty.
BUFFER = 32 * 1024


@dataclass(frozen=True, slots=True)
class _Expectation:
    """A question, and what becomes of it. Whoever asked may have stopped waiting: it is done then."""

    command_id: int
    answer: Callable[[Message], Any]
    reply: asyncio.Future[Any]

    def sees(self, message: Message, reply_id: int | None) -> bool:
        """Return whether this message is the answer."""
        if self.reply.done() or (reply_id is not None and reply_id != self.command_id):
            return False
        try:
            found = self.answer(message)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is the asker's
            self.reply.set_exception(error)
            return True
        if found is not None:
            self.reply.set_result(found)
        return found is not None


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, at port 5003 or (TLS) 5013, and how a connection to it is protected."""

    host: str
    port: int
    encryption: Encryption = Encryption.AS_OFFERED
    # Whether somebody must vouch for the certificate, where encryption is asked for.
    verify_certificate: bool = True


def _is_unknown(expected: asyncio.Future[Any], keepalive: asyncio.Future[None]) -> None:
    """Give a command up: what came after it has been answered."""
    if not (expected.done() or keepalive.cancelled() or keepalive.exception()):
        expected.set_exception(NotSupportedByRelease())


class XivoClient(asyncio.BufferedProtocol):
    """One connection to a XiVO CTI server.

    Args:
        address: the server's.
        on_message: called with each message, in the order of their arrival, from the connection's
            opening on: broadcasts come before the log-in, too.
        count_oddity: called with a word for each thing that the server should not have sent.
        for_all: whether what the server tells everybody is of interest.

    Attributes:
        closed: done when the connection has ended.
        opened: the loop's time at which it was opened.
        last_received: the loop's time at which the server was last heard.
        encrypted: whether the connection is encrypted now.
        ended_bare: whether the connection has ended by a mere end of file.
        fax_turn: held by whoever sends a fax: the answers to two could not be told apart.
    """

    def __init__(
        self,
        address: Address,
        on_message: Callable[[Message], None],
        count_oddity: Callable[[str], None],
        *,
        for_all: bool = True,
    ) -> None:
        loop = asyncio.get_running_loop()
        self.closed: asyncio.Future[None] = loop.create_future()
        self.last_received = self.opened = loop.time()
        self.encrypted = False
        self.ended_bare = False
        self._address = address
        self._loop = loop
        self._on_message = on_message
        self._count_oddity = count_oddity
        self._buffer = memoryview(bytearray(BUFFER))
        self._for_all = for_all
        self._decoder = Decoder(for_all=for_all)
        self._transport: asyncio.Transport | None = None
        self._pacer = Pacer(loop)
        self._is_understood = False
        self._is_misunderstood = False
        self._last_id = 0
        self._expectations: dict[int, _Expectation] = {}
        self._room = asyncio.Semaphore(ASKERS)
        self.fax_turn = asyncio.Lock()
        # Keepalives on their way, by their ids; and whoever fetches now.
        self._keepalives: dict[int, asyncio.Future[None]] = {}
        self._fetching = asyncio.Lock()
        # STARTTLS: the offer, and the answer to our answer.
        self._offer: asyncio.Future[None] = loop.create_future()
        self._turn: asyncio.Future[bool] | None = None
        # What concerns the connection alone.
        self._own: dict[type[Message], Callable[[Any], bool | None]] = {
            KeptAlive: self._kept_alive,
            StartTlsOffered: self._tls_was_offered,
            StartTlsReady: self._tls_was_answered,
            StartTlsDeclined: self._tls_was_answered,
            Malformed: self._malformed,
            Unknown: self._unknown,
            Ignored: lambda _: None,
        }

    # --- opening and ending --------------------------------------------------------------------

    @classmethod
    async def connect(
        cls,
        address: Address,
        on_message: Callable[[Message], None],
        count_oddity: Callable[[str], None],
        *,
        for_all: bool = True,
    ) -> XivoClient:
        """Open a connection, encrypted if it has to be.

        What is only offered (`AS_OFFERED`) is taken when one logs in. An old server never says that it
        offers nothing; but the answer to the first step of the log-in comes after an offer.

        Raises:
            CannotConnect: nobody answers there.
            CertificateNotTrusted, EncryptionFailed: somebody does, but not as it must be.
        """
        loop = asyncio.get_running_loop()
        client = cls(address, on_message, count_oddity, for_all=for_all)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await loop.create_connection(
                    lambda: client, address.host, address.port, happy_eyeballs_delay=0.25
                )
        except (OSError, UnicodeError) as error:
            raise CannotConnect(str(error), host=address.host) from error
        try:
            await client._encrypt_at_once()
        except BaseException:
            client.abort()
            raise
        return client

    async def connect_again(
        self, on_message: Callable[[Message], None], count_oddity: Callable[[str], None]
    ) -> XivoClient:
        """Open another connection to the same server in the same way. Raises as `connect` does."""
        return await XivoClient.connect(self._address, on_message, count_oddity)

    async def _encrypt_at_once(self) -> None:
        if self._address.encryption.has_own_port:
            await self._shake_hands(await self._context())
        elif self._address.encryption is Encryption.STARTTLS:
            await self._first_of(self._offer, timeout=OFFER_TIMEOUT)
            if not self.tls_offered:
                raise EncryptionFailed("STARTTLS is not offered", host=self.host)
            await self.start_tls()

    @property
    def host(self) -> str:
        """The server's address."""
        return self._address.host

    @property
    def tls_offered(self) -> bool:
        """Whether the server has offered STARTTLS (15.20 and later)."""
        return self._offer.done()

    @property
    def is_foreign(self) -> bool:
        """Whether the peer has said something, and nothing of it in this protocol."""
        return self._is_misunderstood and not self._is_understood

    @property
    def server_time(self) -> float | None:
        """The server's clock (Unix seconds), as of its latest message."""
        return self._decoder.server_time

    @property
    def local_address(self) -> tuple[str, int]:
        """Our own address on this connection, as the server sees it if nothing changes it on the way."""
        assert self._transport
        host, port, *_ = self._transport.get_extra_info("sockname")
        return host, port

    async def start_tls(self) -> None:
        """Take the server's offer of STARTTLS.

        Raises:
            CertificateNotTrusted, EncryptionFailed: it did not work; the connection has ended.
        """
        context = await self._context()  # now: a server waits half a second for a handshake
        self._turn = self._loop.create_future()
        with suppress(NotConnected):  # nobody answers then, either
            self.send(AnswerStartTls(accept=True))
        await self._first_of(self._turn, timeout=REPLY_TIMEOUT)
        if not (self._turn.done() and self._turn.result()):
            self.abort()
            raise EncryptionFailed("the server does not turn to TLS", host=self.host)
        await self._shake_hands(context)

    async def _first_of(self, what: asyncio.Future[Any], *, timeout: float) -> None:  # noqa: ASYNC109
        """Wait for something, but not beyond the connection's end."""
        await asyncio.wait(
            (what, self.closed), timeout=timeout, return_when=asyncio.FIRST_COMPLETED
        )

    async def _context(self) -> ssl.SSLContext:
        return await tls_context(
            self._address.encryption, verify_certificate=self._address.verify_certificate
        )

    async def _shake_hands(self, context: ssl.SSLContext) -> None:
        assert self._transport
        try:
            self._transport = await start_tls(self._transport, self, context, self.host)
        except BaseException:
            self._end()  # asyncio does not tell us about the end of a handshake
            raise
        self.encrypted = True

    async def leave(self) -> None:
        """Close the connection; a `logout` would have the server act upon the user's presence."""
        if self._transport and not self._transport.is_closing():
            self.close()
            await asyncio.wait((self.closed,), timeout=LEAVE_TIMEOUT)

    def close(self) -> None:
        """End the connection when what was written has gone."""
        if self._transport:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport:
            self._transport.abort()

    # --- commands ------------------------------------------------------------------------------

    def send(self, command: Command) -> None:
        """Send a command, and wait for nothing.

        Raises:
            CodecError: it would cost the connection; nothing was sent.
            NotConnected: the connection has ended; nothing was sent.
        """
        self.write(encode(command, self._new_id()))

    async def request[T](
        self,
        command: Command,
        answer: Callable[[Message], T | None],
        *,
        timeout: float = REPLY_TIMEOUT,  # noqa: ASYNC109 -- a server's silence is no cancellation
        prompt: bool = False,
        is_large: bool = False,
    ) -> T:
        """Send a command and return its answer.

        Args:
            command: what to send.
            answer: is shown each message that comes, after `on_message` has had it, until it returns
                something; what it raises is raised here. A message that names another question is not
                shown. What answers one asker is not shown to those who asked later: so two of a kind
                get one answer each, in their order.
            timeout: how long (seconds) to wait.
            prompt: a server that knows the command answers it before anything that comes after. So a
                keepalive goes behind it, and if that is answered first, the command is not known.
            is_large: the command holds up the loop if it is encoded there.

        Raises:
            CodecError: it would cost the connection; nothing was sent.
            NotConnected: the connection has ended; nothing was sent.
            NotSupportedByRelease: the server does not know the command, and it is a `prompt` one.
            NoAnswer, ConnectionLost: it is not known whether the command worked.
        """
        command_id = self._new_id()
        if is_large:
            line = await asyncio.to_thread(encode, command, command_id)
        else:
            line = encode(command, command_id)
        try:
            async with asyncio.timeout(timeout), self._room:
                expected: asyncio.Future[T] = self._loop.create_future()
                self._expectations[command_id] = _Expectation(command_id, answer, expected)
                try:
                    if prompt:
                        self._keep_alive(line).add_done_callback(partial(_is_unknown, expected))
                    else:
                        self.write(line)
                    reply = await expected
                finally:
                    del self._expectations[command_id]
        except TimeoutError as error:
            raise NoAnswer from error
        return reply

    async def fetch(self, commands: Iterable[Command]) -> None:
        """Ask many things, and return when all have been answered; the answers go to `on_message`.

        Questions travel in batches of `BATCH`, each with a keepalive behind it, and `BATCHES` of them
        are on their way at once: n questions take n / (BATCH * BATCHES) round trips, rounded up. So a
        snapshot takes one for the ids of all lists, and for 5,000 users with a phone each, 200 agents
        and 40 queues with 2,000 members, whose settings and states are some 24,500 questions, 25 more.

        What cannot be asked (an id that only a broken server has) is counted and passed over. Whoever
        fetches while another does waits for its turn.

        Raises:
            NotConnected, ConnectionLost: the connection has ended.
            NoAnswer: the server was silent for too long.
        """
        on_their_way: deque[asyncio.Future[None]] = deque()
        async with self._fetching:
            try:
                for batch in batched(commands, BATCH, strict=False):
                    if len(on_their_way) == BATCHES:
                        await self._have_answered(on_their_way.popleft())
                    on_their_way.append(self._keep_alive(self._lines(batch)))
                while on_their_way:
                    await self._have_answered(on_their_way.popleft())
            finally:
                for keepalive in on_their_way:
                    keepalive.cancel()

    async def probe(self) -> None:
        """Have the server show that it lives.

        Raises:
            NotConnected, ConnectionLost: the connection has ended.
            NoAnswer: the server does not answer.
        """
        try:
            async with asyncio.timeout(REPLY_TIMEOUT):
                await self._keep_alive()
        except TimeoutError as error:
            raise NoAnswer from error

    def write(self, data: bytes) -> None:
        """Send bytes that are no command, on a connection that is for nothing else.

        Raises:
            NotConnected: the connection has ended; nothing was sent.
        """
        if self._transport is None or self._transport.is_closing():
            raise NotConnected
        self._transport.write(data)

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _lines(self, commands: Iterable[Command]) -> bytes:
        lines = []
        for command in commands:
            try:
                lines.append(encode(command))
            except CodecError:
                self._count_oddity("an id that cannot be asked about")
        return b"".join(lines)

    def _keep_alive(self, before: bytes = b"") -> asyncio.Future[None]:
        """Send these lines, and return what is done when the server has come to their end."""
        command_id = self._new_id()
        self.write(before + encode(KeepAlive(), command_id))
        answered: asyncio.Future[None] = self._loop.create_future()
        self._keepalives[command_id] = answered
        answered.add_done_callback(partial(self._forget_keepalive, command_id))
        return answered

    def _forget_keepalive(self, command_id: int, keepalive: asyncio.Future[None]) -> None:
        del self._keepalives[command_id]
        if not keepalive.cancelled():
            keepalive.exception()  # whoever sent it may no longer want to know

    async def _have_answered(self, keepalive: asyncio.Future[None]) -> None:
        """Wait for as long as the server says anything at all."""
        silent_at = self._loop.time() + SILENCE_TIMEOUT
        while not keepalive.done() and self._loop.time() < silent_at:
            await asyncio.wait((keepalive,), timeout=silent_at - self._loop.time())
            silent_at = max(silent_at, self.last_received + SILENCE_TIMEOUT)
        if not keepalive.done():
            keepalive.cancel()
            raise NoAnswer
        keepalive.result()

    # --- asyncio's side ------------------------------------------------------------------------

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.opened = self.last_received = self._loop.time()
        if self._address.encryption.has_own_port:
            transport.pause_reading()  # what comes now, comes encrypted

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self.last_received = self._loop.time()
        news = 0
        for message in self._decoder.feed(self._buffer[:nbytes]):
            own = self._own.get(type(message))
            if own is None:
                news += 1
                self._take(message)
            elif own(message):
                break
        if news:
            self._is_understood = True
            if not self._fetching.locked():  # what was asked for comes no faster than it was asked
                self._pacer.took_in(news, self._transport)

    def _take(self, message: Message) -> None:
        """Hand a message on, and to the first who has waited for it."""
        if problems := getattr(message, "problems", None):
            for field in problems:
                self._count_oddity(f"{Problem.WRONG_FIELD} ({type(message).__name__}.{field})")
        self._on_message(message)
        if self._expectations:
            reply_id = getattr(message, "reply_id", None)
            for expectation in self._expectations.values():
                if expectation.sees(message, reply_id):
                    return

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        # A server that hangs up without a word does so under TLS, too, where that is an error.
        self.ended_bare = exc is None or isinstance(exc, ssl.SSLError)
        self._end()

    def _end(self) -> None:
        self._pacer.stop()
        waiting = [each.reply for each in self._expectations.values()]
        for reply in (*waiting, *self._keepalives.values()):
            if not reply.done():
                reply.set_exception(ConnectionLost())
        if not self.closed.done():
            self.closed.set_result(None)

    # --- what concerns the connection alone; True: nothing after it counts ---------------------

    def _kept_alive(self, message: KeptAlive) -> None:
        self._is_understood = True
        keepalive = self._keepalives.get(message.reply_id or 0)
        if keepalive and not keepalive.done():
            keepalive.set_result(None)

    def _tls_was_offered(self, _: StartTlsOffered) -> None:
        self._is_understood = True
        if not self._offer.done():
            self._offer.set_result(None)

    def _tls_was_answered(self, message: StartTlsReady | StartTlsDeclined) -> bool:
        """Stop here: what follows in clear, if anything, was not said by whom we shake hands with."""
        if self._turn is None or self._turn.done() or self._transport is None:
            self._count_oddity("an answer to no question")
            return False
        self._transport.pause_reading()
        self._pacer.stop()
        self._decoder = Decoder(for_all=self._for_all)
        self._turn.set_result(isinstance(message, StartTlsReady))
        return True

    def _malformed(self, message: Malformed) -> None:
        self._is_misunderstood = True
        about = f" ({message.about})" if message.about else ""
        self._count_oddity(f"{message.problem}{about}")

    def _unknown(self, _: Unknown) -> None:
        self._is_misunderstood = True
        self._count_oddity("an unknown message")
