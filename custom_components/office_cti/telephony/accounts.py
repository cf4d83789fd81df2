"""Accounts: one person's connection to a server each, kept open.

A server lets people set what is their own, and tells them what concerns nobody else. So beside the connection
that tells the whole picture there may be more of them, each for what its person alone may do. One that was
refused is not tried again with the same credentials.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from .connection import Connection, Link
from .grace import Grace
from .system import Credentials, NotConnected, TelephonyError


class PersonsAccount[L: Link]:
    """An account, and its connection. Who derives from it says how that is opened (`_open_link`).

    Args:
        credentials: who logs in.
        grace_period: how long (seconds) an interruption may last before the account counts as gone.
        on_change: called with this account when it has become live, or no longer is.
        on_refused: called with why the server does not let the person in any more.
        away: makes the error that says that the connection is away.

    Attributes:
        is_gone: whether it was not there yet, has been away for longer than the grace period, or was
            refused.
    """

    def __init__(
        self,
        credentials: Credentials,
        grace_period: float,
        *,
        on_change: Callable[[Any], None],
        on_refused: Callable[[TelephonyError], None],
        away: Callable[[], TelephonyError] = NotConnected,
    ) -> None:
        self.credentials = credentials
        self.is_gone = True
        self._on_change = on_change
        self._on_refused = on_refused
        self._away = away
        self._grace = Grace(grace_period, self._has_gone)
        # Who has logged in, by the server's id.
        self._user_id: str | None = None
        self._link: L | None = None
        self._connection = Connection(
            self._open,
            on_live=self._became_live,
            on_lost=self._lost,
            on_refused=self._refused,
        )

    # --- what a protocol says ------------------------------------------------------------------

    async def _open_link(self) -> L:
        """Connect and log in, note whose account it is, and do what else is to be done before it is live."""
        raise NotImplementedError

    def _forget(self) -> None:
        """Forget what was true of this connection alone."""

    # --- what everybody may ask ----------------------------------------------------------------

    @property
    def user_id(self) -> str | None:
        """Whose account it is, as far as that is known before it is live."""
        if self._user_id is None and self.credentials.user:
            return self.credentials.user[0] or None
        return self._user_id

    @property
    def is_live(self) -> bool:
        """Whether something can be asked now."""
        return self._link is not None and not self._link.closed.done()

    def live_link(self) -> L:
        """Return the connection.

        Raises:
            NotConnected, AccountNotConnected: it is away.
        """
        if self._link is None or self._link.closed.done():
            raise self._away()
        return self._link

    # --- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Connect, and stay connected. Raises TelephonyError; nothing is left running then."""
        await self._connection.start()

    def start_soon(self) -> None:
        """Connect as soon as it can be done, and stay connected."""
        self._connection.start_soon()

    async def stop(self) -> None:
        """Take leave of the server, and end."""
        self._grace.end()
        self._forget()
        try:
            await self._connection.stop()
        finally:
            self._link = None
            self._forget()  # once more: the server may have told something until the very end

    async def _open(self) -> L:
        self._link = await self._open_link()
        return self._link

    def _became_live(self) -> None:
        self._grace.end()
        self.is_gone = False
        self._on_change(self)

    def _lost(self) -> None:
        self._link = None
        self._forget()
        self._grace.begin()
        self._on_change(self)

    def _refused(self, error: TelephonyError) -> None:
        self._grace.end()
        self._has_gone()
        self._on_refused(error)

    def _has_gone(self) -> None:
        self.is_gone = True
        self._on_change(self)


# --- all of them together ----------------------------------------------------------------------


class Exchanged[A](NamedTuple):
    """The accounts that there are from now on, by key; those of them that are new; and those no more."""

    accounts: dict[str, A]
    new: list[A]
    gone: list[A]


def exchange[A: PersonsAccount[Any]](
    known: Mapping[str, A],
    wanted: Mapping[str, Credentials],
    make: Callable[[str, Credentials], A],
) -> Exchanged[A]:
    """Return what becomes of the accounts when these are wanted: whose credentials are the same stays."""
    kept = {key: each for key, each in known.items() if wanted.get(key) == each.credentials}
    new = {key: make(key, wanted[key]) for key in wanted if key not in kept}
    gone = [each for key, each in known.items() if key not in kept]
    return Exchanged(kept | new, [*new.values()], gone)


def owners[A: PersonsAccount[Any]](accounts: Iterable[A]) -> dict[str, A]:
    """Return each person's account: rather one that is live, and of those the last."""
    ordered = sorted(accounts, key=lambda each: each.is_live)
    return {each.user_id: each for each in ordered if each.user_id is not None}


async def stop_all(accounts: Iterable[PersonsAccount[Any]]) -> None:
    """End connections, all at once; what one fails with is raised when all have ended."""
    for failure in await asyncio.gather(
        *(each.stop() for each in accounts), return_exceptions=True
    ):
        if failure is not None:
            raise failure
