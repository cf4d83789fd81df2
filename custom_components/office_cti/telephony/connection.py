"""A persistent connection's life: connect, live, lost, back off, again.

    start ──▶ opening ──▶ live ──lost──▶ waiting ──▶ opening …        stop: from anywhere
                 ├──failed──▶ waiting
                 └──refused──▶ the end, until it is started again

What is particular to a protocol is a `Link`: one connection from its opening (log-in and snapshot
included, so a link that is open shows the right picture) to its end. This file knows no protocol and
no socket; it opens links, notices when a peer is dead though TCP says nothing, and opens the next.
"""

import asyncio
from collections.abc import Awaitable, Callable
import logging
import random
from typing import Protocol

from .system import (
    AuthenticationFailed,
    CannotConnect,
    LoginRefused,
    NoAnswer,
    TelephonyError,
)

_LOGGER = logging.getLogger(__name__)

# Back-off with full jitter: a wait between nothing and a ceiling that doubles, in seconds.
BACK_OFF_FIRST = 0.5
BACK_OFF_MOST = 60.0
# A link that lived this long (seconds) starts the back-off anew; one that fell at once does not,
# or a server that accepts and drops would be stormed.
LIVED = 10.0
# Opening a link, its snapshot included, and asking a silent peer, in seconds.
OPEN_TIMEOUT = 90.0
PROBE_AFTER = 30.0
PROBE_TIMEOUT = 10.0


class Link(Protocol):
    """One connection of one protocol."""

    @property
    def last_received(self) -> float:
        """The loop's time (seconds) at which the peer was last heard."""

    async def probe(self) -> None:
        """Ask the peer something harmless; raises TelephonyError if it does not answer."""

    @property
    def closed(self) -> asyncio.Future[None]:
        """Done when the connection has ended, for whatever reason."""

    async def leave(self) -> None:
        """Take leave of the peer, as the protocol wants it, and end the connection soon."""

    def abort(self) -> None:
        """End the connection at once."""


class Connection:
    """Keeps one link open, for as long as it is wanted.

    Args:
        open_link: opens a link; raises TelephonyError or OSError if it cannot, and then, or when
            it is cancelled, leaves nothing open.
        on_live: called when a link is open.
        on_lost: called when a link that was open has ended.
        on_refused: called when the peer lets us in no more. It is not tried again before somebody has
            done something about it, and calls `start`.
        open_timeout: seconds that opening a link may take, where it is more than the usual.
    """

    def __init__(
        self,
        open_link: Callable[[], Awaitable[Link]],
        *,
        on_live: Callable[[], None],
        on_lost: Callable[[], None],
        on_refused: Callable[[TelephonyError], None] = lambda _: None,
        open_timeout: float | None = None,
    ) -> None:
        self._open_timeout = open_timeout
        self._open_link = open_link
        self._on_live = on_live
        self._on_lost = on_lost
        self._on_refused = on_refused
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the first link, and from then on keep one open.

        Raises:
            TelephonyError: the first link could not be opened; nothing is left running.
        """
        await self._open()
        self.start_soon()

    def start_soon(self) -> None:
        """Keep a link open from now on; whether the first one opens is no matter."""
        self._task = asyncio.create_task(self._stay_connected(), name="office_cti connection")

    async def stop(self) -> None:
        """End the connection for good."""
        if self._task:
            self._task.cancel()
            await asyncio.wait((self._task,))
            self._task = None
        link, self._link = self._link, None
        if link:
            try:
                await link.leave()
            finally:
                link.abort()

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(self._open_timeout or OPEN_TIMEOUT):
                self._link = await self._open_link()
        except TimeoutError as error:
            raise NoAnswer from error
        except OSError as error:
            raise CannotConnect(str(error)) from error
        self._on_live()

    async def _stay_connected(self) -> None:
        loop = asyncio.get_running_loop()
        ceiling = BACK_OFF_FIRST
        while True:
            if self._link:
                since = loop.time()
                await self._watch(self._link)
                self._link.abort()
                self._link = None
                self._on_lost()
                if loop.time() - since > LIVED:
                    ceiling = BACK_OFF_FIRST
            await asyncio.sleep(random.uniform(0, ceiling))  # noqa: S311 -- jitter is no secret
            ceiling = min(ceiling * 2, BACK_OFF_MOST)
            try:
                await self._open()
            except (AuthenticationFailed, LoginRefused) as error:
                _LOGGER.debug("Not let in any more: %s", error)
                self._on_refused(error)
                return
            except TelephonyError as error:
                _LOGGER.debug("Still not connected: %s", error)
            except Exception:  # a defect of ours must not end the connection for good
                _LOGGER.exception("Could not open the connection")

    async def _watch(self, link: Link) -> None:
        """Return when the link has ended, by itself or because its peer no longer answers."""
        loop = asyncio.get_running_loop()
        try:
            while not link.closed.done():
                silent_at = link.last_received + PROBE_AFTER
                if loop.time() < silent_at:
                    await asyncio.wait((link.closed,), timeout=silent_at - loop.time())
                else:
                    await link.probe()
        except TelephonyError as error:
            _LOGGER.debug("The peer no longer answers: %s", error)
        except Exception:  # a defect of ours must not end the connection for good
            _LOGGER.exception("Could not ask the peer")


async def wait_until_reachable(host: str, port: int) -> bool:
    """Return when somebody accepts a TCP connection there, and tell whether that took any waiting.

    Nothing is said on it, so whoever accepts at once may still be what is in the way.
    """
    ceiling = BACK_OFF_FIRST
    had_to_wait = False
    while not await _is_reachable(host, port):
        had_to_wait = True
        await asyncio.sleep(random.uniform(0, ceiling))  # noqa: S311 -- jitter is no secret
        ceiling = min(ceiling * 2, BACK_OFF_MOST)
    return had_to_wait


async def _is_reachable(host: str, port: int) -> bool:
    try:
        async with asyncio.timeout(PROBE_TIMEOUT):
            _, writer = await asyncio.open_connection(host, port, happy_eyeballs_delay=0.25)
    except (OSError, UnicodeError) as error:
        _LOGGER.debug("Nobody answers at %s yet: %s", host, error)
        return False
    writer.close()
    return True
