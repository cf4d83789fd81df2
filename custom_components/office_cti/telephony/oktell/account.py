"""One user's web-socket, kept open: it tells that user's own modes and line, and can end the calls.

The server's events come before what they speak of has settled, so the line is read anew a moment after the
last of them. Colleagues' events may come, too, and some name nobody: what names another user is passed over.

The connection of the service user that watches everybody is one of these, too; `prepare` reads the rest then.

Source: the vendor's own client in JavaScript.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
import logging
from typing import override

from ..accounts import PersonsAccount
from ..system import (
    Credentials,
    Hindered,
    NotConfirmed,
    Refused,
    SystemSettings,
    TelephonyError,
)
from . import commands, frames
from .calls import Utc, seen_on_line
from .frames import (
    BreakReason,
    Event,
    FlashStateChanged,
    LineStateChanged,
    NumberStates,
    PhoneEvent,
    TextMessageReceived,
    UserStateChanged,
)
from .picture import Picture
from .websocket import WebSocketLink

_LOGGER = logging.getLogger(__name__)

# Seconds from the last event until the line has settled.
SETTLING = 0.5

type OwnEvent = (
    UserStateChanged | PhoneEvent | LineStateChanged | FlashStateChanged | TextMessageReceived
)


class Account(PersonsAccount[WebSocketLink]):
    """A user's connection, and what it tells of the user.

    Args:
        settings: where the server is.
        port: where it takes web-sockets.
        credentials: who logs in.
        picture: what is told goes there.
        on_event: called with what is told of everybody's numbers; only with `prepare` is that asked for.
        count_oddity: called with a word for each thing that the server should not have sent.
        on_change, on_refused: as `PersonsAccount` says.
        on_hindered: called with this account and what keeps it from being opened; with None when it is.
        utc: makes a time in UTC of one that the server has told.
        prepare: what else is to be done before the connection counts as live.

    Attributes:
        break_reasons: why somebody may take a break, by number.
    """

    def __init__(
        self,
        settings: SystemSettings,
        port: int,
        credentials: Credentials,
        *,
        picture: Picture,
        on_event: Callable[[NumberStates], None],
        count_oddity: Callable[[str], None],
        on_change: Callable[[Account], None],
        on_refused: Callable[[TelephonyError], None],
        on_hindered: Callable[[Account, Hindered | None], None],
        utc: Utc,
        prepare: Callable[[WebSocketLink], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(
            credentials, settings.grace_period, on_change=on_change, on_refused=on_refused
        )
        self.break_reasons: Mapping[int, str] = {}
        self._settings = settings
        self._port = port
        self._picture = picture
        self._on_event = on_event
        self._count_oddity = count_oddity
        self._on_hindered = on_hindered
        self._utc = utc
        self._prepare = prepare
        self._settling: asyncio.TimerHandle | None = None
        self._reading: asyncio.Task[None] | None = None

    # --- life ----------------------------------------------------------------------------------

    @override
    async def _open_link(self) -> WebSocketLink:
        try:
            link = await WebSocketLink.open(
                self._settings,
                self._port,
                self.credentials,
                on_event=self._told,
                count_oddity=self._count_oddity,
            )
        except Hindered as error:
            self._on_hindered(self, error)
            raise
        self._on_hindered(self, None)
        try:
            self._user_id = link.user_id
            await self._subscribe(link)
            await self._read_break_reasons(link)
            if self._prepare is not None:
                await self._prepare(link)
            await self._read_own(link)
        except BaseException:
            self._forget()
            link.abort()
            raise
        return link

    async def _subscribe(self, link: WebSocketLink) -> None:
        """Have told what is this user's affair, and of everybody only what somebody listens to."""
        of_all = () if self._prepare is None else frames.EVENTS_OF_ALL
        await link.subscribe((*of_all, *frames.OWN_EVENTS))
        with suppress(Refused):
            await link.subscribe(frames.MESSAGE_EVENTS)

    async def _read_own(self, link: WebSocketLink) -> None:
        """Read what nobody else is told: the user's modes, and the line."""
        self._picture.line_is_told(link.user_id, told=True)
        await self._read_state(link)
        await self._read_line(link)

    async def read_state(self) -> None:
        """Ask what the user is doing, and in which modes. Raises TelephonyError."""
        await self._read_state(self.live_link())

    async def _read_state(self, link: WebSocketLink) -> None:
        self._state_told(await link.request(commands.GetUserState(), frames.user_state))

    async def read_break_reasons(self) -> Mapping[int, str]:
        """Ask why somebody may take a break, and return that. Raises TelephonyError."""
        await self._read_break_reasons(self.live_link())
        return self.break_reasons

    async def _read_break_reasons(self, link: WebSocketLink) -> None:
        """Ask why somebody may take a break; an old release does not know."""
        reasons: tuple[BreakReason, ...] = ()
        with suppress(Refused, NotConfirmed):
            reasons = await link.request(commands.GetBreakReasons(), frames.break_reasons)
        self.break_reasons = {reason.id: reason.name or str(reason.id) for reason in reasons}

    @override
    def _refused(self, error: TelephonyError) -> None:
        self._on_hindered(self, None)  # that is not what keeps it away now
        super()._refused(error)

    @override
    def _has_gone(self) -> None:
        if self._user_id is not None:
            self._picture.line_is_told(self._user_id, told=False)
        super()._has_gone()

    # --- what is told --------------------------------------------------------------------------

    def _told(self, event: Event) -> None:
        if isinstance(event, NumberStates):
            self._on_event(event)
        elif self._user_id is not None and self._is_own(event):
            if isinstance(event, UserStateChanged):
                self._state_told(event)
            elif isinstance(event, TextMessageReceived):
                self._message_told(event)
            else:
                self._line_soon()

    def _is_own(self, event: OwnEvent) -> bool:
        """Tell whether an event is this user's; one that names nobody is."""
        if event.user_id:
            return event.user_id == self._user_id
        return event.login.casefold() in {"", self.credentials.username.casefold()}

    def _state_told(self, told: UserStateChanged) -> None:
        assert self._user_id
        if told.state is not None:
            self._picture.state_told(self._user_id, told.state)
        number = told.break_reason_id
        self._picture.modes_told(
            self._user_id,
            redirect=told.redirect,
            call_center=told.call_center,
            on_break=told.on_break,
            break_reason=None if number is None else self.break_reasons.get(number, str(number)),
        )

    def _message_told(self, told: TextMessageReceived) -> None:
        assert self._user_id
        self._picture.message_told(
            self._user_id,
            told.text,
            told.sender_id or told.sender_login,
            told.sender_name,
            self._utc(told.time),
        )

    # --- the line ------------------------------------------------------------------------------

    def _line_soon(self) -> None:
        """Read the line when it has settled."""
        if self._settling is not None:
            self._settling.cancel()
        self._settling = asyncio.get_running_loop().call_later(SETTLING, self._line_now)

    def _line_now(self) -> None:
        self._settling = None
        if self.is_live and (self._reading is None or self._reading.done()):
            self._reading = asyncio.create_task(
                self._read_again(self._read_line), name="office_cti line"
            )
        else:  # the server is slow: what it answers to us may be older than what it has told
            self._line_soon()

    def read_soon(self) -> None:
        """Read everything anew: only now is the user one of those whom the server has listed."""
        if not self.is_live:
            return
        self._forget()  # which is read with the rest
        self._reading = asyncio.create_task(
            self._read_again(self._read_own), name="office_cti account"
        )

    async def _read_again(self, read: Callable[[WebSocketLink], Awaitable[None]]) -> None:
        try:
            await read(self.live_link())
        except TelephonyError as error:
            _LOGGER.debug("An account could not be read: %s", error)

    async def _read_line(self, link: WebSocketLink) -> None:
        info = await link.request(commands.GetLineInfo(), frames.line_info)
        self._picture.line_told(link.user_id, *seen_on_line(info))

    @override
    def _forget(self) -> None:
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
