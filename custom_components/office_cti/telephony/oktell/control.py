"""What can be done with an Oktell server: each command, what is checked before it, and what confirms it.

All of it goes over HTTP, in the name of the user whom it concerns: the server takes that from whoever may
use its commands. Only the end of a call needs the person's own web-socket. The server answers a wish for
another state with 200 whether it grants it or not, so the state is read again until it is as wished.

Source: the vendor's page "Серверный HTTP интерфейс".
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, override

from ..confirming import watched
from ..model import (
    Destination,
    DialScope,
    Extension,
    FlashMode,
    LicenseDetails,
    Modes,
    RemoteFile,
    ScriptCall,
    ScriptResult,
    StateChange,
    UploadedFile,
)
from ..system import (
    InCallCenter,
    InvalidText,
    NoCall,
    NotConfirmed,
    NotInCallCenter,
    NotSupported,
    NotThere,
    StatusNotAllowed,
    TelephoneSystem,
    TelephonyError,
    UnknownBreakReason,
)
from .http import HttpClient, Selector
from .picture import Picture, Seat
from .states import SETTABLE, UserState

# Seconds after which a wish is looked after, again and again; the server needs a moment for it.
_LOOKS = (0.2, 0.4, 0.8, 1.6)
# Where it shows.
_SHOWING = frozenset({"status", "modes"})


class OktellControl(TelephoneSystem):
    """The commands of an Oktell server."""

    picture: Picture
    http: HttpClient

    def has_own_modes(self, user_id: str) -> bool:
        """Tell whether a user's modes are told, so that what comes of a wish can be seen."""
        raise NotImplementedError

    @property
    def break_reasons(self) -> Mapping[int, str]:
        """The reasons for a break that the server has told, by their numbers."""
        raise NotImplementedError

    # --- state ---------------------------------------------------------------------------------

    @override
    async def set_status(self, extension: Extension, status: str) -> None:
        await self.change_state(extension, StateChange(status=status))

    @override
    async def change_state(self, extension: Extension, change: StateChange) -> None:
        seat = self._seat(extension)
        if change.break_reason_id is not None and change.break_reason is not None:
            raise InvalidText("one reason for a break, by its number or in words")
        state = self._wanted_state(extension, change)
        _check_modes(extension, seat.modes or Modes(), change, state)
        await self._check_break_reason(change.break_reason_id)
        as_wished = partial(self._shows, seat, change, state)
        assert (
            seat.record is not None
        )  # it is in the directory, or there would be no such extension
        with watched(seat.record, _SHOWING, as_wished) as shown:
            await self._send_change(seat, change, state)
            await self._confirm(seat, as_wished, shown)

    async def _send_change(self, seat: Seat, change: StateChange, state: UserState | None) -> None:
        """Send a wish; the server does not leave the call centre for a redirection in one step."""
        who = Selector(seat.person.id)
        in_call_center = seat.modes is None or seat.modes.call_center is not False
        in_turn = bool(change.redirect) and change.call_center is False and in_call_center
        await self.http.set_user_state(
            who,
            state=state,
            redirect=None if in_turn else change.redirect,
            call_center=change.call_center,
            on_break=_wanted_break(change, state),
            break_reason_id=change.break_reason_id,
            break_reason=change.break_reason,
        )
        if in_turn:
            await self.http.set_user_state(who, redirect=True)

    def _wanted_state(self, extension: Extension, change: StateChange) -> UserState | None:
        if change.status is None:
            return None
        state = self.picture.state_named(change.status)
        if state not in SETTABLE:
            raise StatusNotAllowed(name=str(extension), status=change.status)
        return state

    async def _check_break_reason(self, number: int | None) -> None:
        """Refuse a reason that the server does not have, as far as it tells which it has.

        Raises:
            UnknownBreakReason: it does not.
        """
        if number is None or number in self.break_reasons:
            return
        reasons = await self.get_break_reasons()  # it may be new
        if reasons and number not in reasons:
            offered = ", ".join(f"{known} ({name})" for known, name in reasons.items())
            raise UnknownBreakReason(reason=str(number), offered=offered)

    async def _confirm(
        self, seat: Seat, as_wished: Callable[[], bool], shown: asyncio.Future[None]
    ) -> None:
        """Wait until it shows that a wish has come true, and read it again where nobody tells.

        Raises:
            NotConfirmed: it has not, as far as that can be seen.
        """
        for pause in _LOOKS:
            await asyncio.wait((shown,), timeout=pause)
            if shown.done():
                return
            with suppress(TelephonyError):  # the wish has been sent, and may come true all the same
                await self.read_state(seat.person.id)
            if as_wished():
                return
        raise NotConfirmed

    def _shows(self, seat: Seat, change: StateChange, state: UserState | None) -> bool:
        is_there = state in {None, seat.state}
        wanted_break = _wanted_break(change, state)
        if not self.has_own_modes(seat.person.id):
            if state is None and change.call_center is False:  # which ends a break
                wanted_break = False
            shows_break = seat.state is UserState.BREAK
            return is_there and (state is not None or wanted_break in {None, shows_break})
        modes = seat.modes or Modes()
        wanted = {
            "redirect": change.redirect,
            "call_center": change.call_center,
            "on_break": wanted_break,
        }
        return is_there and all(
            value is None or getattr(modes, name) is value for name, value in wanted.items()
        )

    async def read_state(self, user_id: str) -> None:
        """Ask what a user is doing."""
        answer = await self.http.user_state(user_id)
        if answer.state is not None:
            self.picture.state_told(user_id, answer.state)

    # --- calls ---------------------------------------------------------------------------------

    @override
    async def dial(self, extension: Extension, destination: Destination) -> None:
        if destination.voicemail:
            raise NotSupported(name=str(extension))
        await self.http.start_autocall(
            self._who(extension),
            self.called_number(destination),
            destination.scope,
            destination.order,
        )

    @override
    async def stop_dialing(self, extension: Extension) -> None:
        await self.http.stop_autocall(self._who(extension))

    @override
    async def decline_call(self, extension: Extension) -> None:
        await self.http.decline_call(self._who(extension))

    @override
    async def flash(self, extension: Extension, mode: FlashMode) -> None:
        who = self._who(extension)
        if mode is not FlashMode.RETURN:  # whoever waits may be all that the line still has
            line = await self.http.abonent_info(who)
            if not line.connected and line.abonent is None:
                raise NoCall(name=str(extension))
        await self.http.flash(who, mode)

    @override
    async def transfer_call(
        self,
        extension: Extension,
        number: str,
        *,
        attended: bool,
        scope: DialScope | None = None,
    ) -> None:
        if attended:  # the server knows one way to pass a call on
            raise NotSupported(name=str(extension))
        await self.http.switch_call(await self._in_call(extension), number, scope)

    @override
    async def cancel_transfer(self, extension: Extension) -> None:
        await self.http.flash(self._who(extension), FlashMode.RETURN)

    async def _in_call(self, extension: Extension) -> Selector:
        """Return the user's line; on an idle one the server would dial instead.

        Raises:
            NoCall: the user is in no call.
        """
        who = self._who(extension)
        if not (await self.http.abonent_info(who)).connected:
            raise NoCall(name=str(extension))
        return who

    @override
    async def get_call_details(self, extension: Extension) -> Mapping[str, Any]:
        who = self._who(extension)
        chain, line = await asyncio.gather(
            self.http.chain_content(who), self.http.abonent_info(who)
        )
        return {"chain": dict(chain.details), "line": dict(line.details)}

    # --- the server as a whole -----------------------------------------------------------------

    @override
    async def run_script(self, call: ScriptCall) -> ScriptResult:
        if call.plain:
            return await self.http.run_script_plain(call)
        return await self.http.run_script(call)

    @override
    async def get_license(self) -> LicenseDetails:
        text, xml, facts = await asyncio.gather(
            self.http.license_text(), self.http.license_xml(), self.http.license_info()
        )
        return LicenseDetails(text, xml, facts)

    @override
    def fetch_file(self, file: RemoteFile) -> AsyncGenerator[bytes]:
        return self.http.download(file)

    @override
    async def upload_files(
        self, files: Mapping[str, bytes], *, plain: bool = False
    ) -> list[UploadedFile]:
        return await self.http.upload(files, plain=plain)

    def _who(self, extension: Extension) -> Selector:
        return Selector(self._seat(extension).person.id)

    def _seat(self, extension: Extension) -> Seat:
        seat = self.picture.seat(extension.id[0])
        if seat is None:
            raise NotThere(name=str(extension))
        return seat


def _wanted_break(change: StateChange, state: UserState | None) -> bool | None:
    """Return whether a break is wished; a reason alone wishes for one."""
    if change.on_break is not None:
        return change.on_break
    has_reason = change.break_reason_id is not None or change.break_reason is not None
    return True if has_reason and state is not UserState.BREAK else None


def _check_modes(
    extension: Extension, modes: Modes, change: StateChange, state: UserState | None
) -> None:
    """Refuse what the server would pass over without a word.

    Raises:
        InCallCenter: a redirection, in the call-centre mode.
        NotInCallCenter: a break, outside of it.
    """
    call_center = modes.call_center if change.call_center is None else change.call_center
    wants_break = state is UserState.BREAK or bool(_wanted_break(change, state))
    if change.redirect and call_center:
        raise InCallCenter(name=str(extension))
    if wants_break and call_center is False:
        raise NotInCallCenter(name=str(extension))
