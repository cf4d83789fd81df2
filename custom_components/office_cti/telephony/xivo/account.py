"""One person's connection to a XiVO.

The server lets everybody see everything, and set only one's own: so the main account's connection tells
the whole picture, and each further one is there for what its person alone may do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import override

from ..accounts import PersonsAccount
from ..system import Credentials, NotConnected, TelephonyError
from .client import XivoClient
from .login import Sessions
from .messages import ConferenceSeat, LoggedIn, Message, Presence


class Account(PersonsAccount[XivoClient]):
    """An account, and its connection.

    Args:
        sessions: what logs in.
        credentials: who.
        prepare: what else is to be done before the connection counts as live.
        on_message: called with this account and each message, in the order of their arrival.
        count_oddity: called with a word for each thing that the server should not have sent.
        on_change, on_refused, grace_period, away: as `PersonsAccount` says.
        for_all: whether what the server tells everybody is of interest.

    Attributes:
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
        count_oddity: Callable[[str], None],
        on_change: Callable[[Account], None],
        on_refused: Callable[[TelephonyError], None],
        grace_period: float,
        for_all: bool = True,
        away: Callable[[], TelephonyError] = NotConnected,
    ) -> None:
        super().__init__(
            credentials, grace_period, on_change=on_change, on_refused=on_refused, away=away
        )
        self.turn = asyncio.Lock()
        self.conferences: tuple[ConferenceSeat, ...] = ()
        self._sessions = sessions
        self._prepare = prepare
        self._on_message = on_message
        self._count_oddity = count_oddity
        self._for_all = for_all
        self._logged_in: LoggedIn | None = None

    @property
    def ipbx_id(self) -> str:
        """What the server calls itself in the names of its objects."""
        assert self._logged_in
        return self._logged_in.ipbx_id

    @property
    def presences(self) -> tuple[Presence, ...]:
        """The presences of this person's profile."""
        assert self._logged_in
        return self._logged_in.presences

    @override
    async def _open_link(self) -> XivoClient:
        client, self._logged_in = await self._sessions.open(
            self.credentials,
            on_message=partial(self._on_message, self),
            count_oddity=self._count_oddity,
            for_all=self._for_all,
        )
        self._user_id = self._logged_in.user_id
        try:
            await self._prepare(self, client)
        except BaseException:
            client.abort()
            raise
        return client

    @override
    def _forget(self) -> None:
        self.conferences = ()
