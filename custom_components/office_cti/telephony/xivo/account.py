"""One person's connection to the server, kept open.

The server lets everybody see everything, and set only one's own: so the main account's connection tells
the whole picture, and each further one is there for what its person alone may do. A connection that was
refused is not tried again with the same credentials.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from ..connection import Connection
from ..grace import Grace
from ..model import ObjectId
from ..system import Credentials, NotConnected, TelephonyError
from .client import XivoClient
from .login import Sessions
from .messages import ConferenceSeat, LoggedIn, Message


class Account:
    """An account, and its connection.

    Args:
        sessions: what logs in.
        credentials: who.
        prepare: what else is to be done before the connection counts as live.
        on_message: called with this account and each message, in the order of their arrival.
        on_oddity: called with a word for each thing that the server should not have sent.
        on_change: called with this account when it has become live, or no longer is.
        on_refused: called with this account when the server refuses its credentials.
        grace_period: how long (seconds) an interruption may last before the account counts as gone.
        for_all: whether what the server tells everybody is of interest.
        away: makes the error that says that the connection is away.

    Attributes:
        is_gone: whether it was not there yet, has been away for longer than that, or was refused.
        turn: held by a command whose refusal would not tell whose it is.
        conferences: the places in conferences that this person has now.
    """

    def __init__(
        self,
        sessions: Sessions,
        credentials: Credentials,
        *,
        prepare: Callable[[Account, XivoClient], Awaitable[None]],
        on_message: Callable[[Account, Message], None],
        on_oddity: Callable[[str], None],
        on_change: Callable[[Account], None],
        on_refused: Callable[[Account], None],
        grace_period: float,
        for_all: bool = True,
        away: Callable[[], TelephonyError] = NotConnected,
    ) -> None:
        self.credentials = credentials
        self.is_gone = True
        self.turn = asyncio.Lock()
        self.conferences: tuple[ConferenceSeat, ...] = ()
        self._sessions = sessions
        self._prepare = prepare
        self._on_message = on_message
        self._on_oddity = on_oddity
        self._on_change = on_change
        self._on_refused = on_refused
        self._for_all = for_all
        self._away = away
        self._grace = Grace(grace_period, self._has_gone)
        self._logged_in: LoggedIn | None = None
        self._client: XivoClient | None = None
        self._connection = Connection(
            self._open,
            on_live=self._became_live,
            on_lost=self._lost,
            on_refused=lambda _: self._refused(),
        )

    @property
    def user_id(self) -> str | None:
        """Whose account it is, as far as that is known before it is live."""
        if self._logged_in is not None:
            return self._logged_in.user_id
        user: ObjectId = self.credentials.user or ()
        return user[0] or None if user else None

    @property
    def ipbx_id(self) -> str:
        """What the server calls itself in the names of its objects."""
        assert self._logged_in
        return self._logged_in.ipbx_id

    @property
    def is_live(self) -> bool:
        """Whether commands can be sent now."""
        return self._client is not None and not self._client.closed.done()

    def live_client(self) -> XivoClient:
        """Return the connection.

        Raises:
            NotConnected, AccountNotConnected: it is away.
        """
        if self._client is None or self._client.closed.done():
            raise self._away()
        return self._client

    async def start(self) -> None:
        """Connect, and stay connected. Raises TelephonyError; nothing is left running then."""
        await self._connection.start()

    def start_soon(self) -> None:
        """Connect as soon as it can be done, and stay connected."""
        self._connection.start_soon()

    async def stop(self) -> None:
        """End the connection for good."""
        self._grace.end()
        try:
            await self._connection.stop()
        finally:
            self._client = None
            self.conferences = ()

    async def _open(self) -> XivoClient:
        client, self._logged_in = await self._sessions.open(
            self.credentials,
            on_message=partial(self._on_message, self),
            on_oddity=self._on_oddity,
            for_all=self._for_all,
        )
        try:
            await self._prepare(self, client)
        except BaseException:
            client.abort()
            raise
        self._client = client
        return client

    def _became_live(self) -> None:
        self._grace.end()
        self.is_gone = False
        self._on_change(self)

    def _lost(self) -> None:
        self._client = None
        self.conferences = ()
        self._grace.begin()
        self._on_change(self)

    def _refused(self) -> None:
        self._grace.end()
        self._has_gone()
        self._on_refused(self)

    def _has_gone(self) -> None:
        self.is_gone = True
        self._on_change(self)
