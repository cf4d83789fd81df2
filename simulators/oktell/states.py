"""What a user's state can be, and which changes the server lets happen.

A change that is not allowed is ignored without a word, as the real server does: whoever asked is
answered as if it had been done.
"""

from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .office import Office, User


class UserState(IntEnum):
    """A user's state, as page Service notifications, event 111, numbers them."""

    DISCONNECTED = 0
    READY = 1
    BREAK = 2
    AWAY = 3
    BUSY = 5
    RESERVED = 6
    NO_PHONE = 7

    @property
    def wire_name(self) -> str:
        """The state's name in XML and frames."""
        return _WIRE_NAMES[self]


_WIRE_NAMES: Mapping[UserState, str] = {
    UserState.DISCONNECTED: "usDisconnected",
    UserState.READY: "usReady",
    UserState.BREAK: "usLunch",
    UserState.AWAY: "usOff",
    UserState.BUSY: "usFullbusy",
    UserState.RESERVED: "usReserved",
    UserState.NO_PHONE: "usWOphone",
}
SETTABLE = frozenset({UserState.READY, UserState.BREAK, UserState.AWAY, UserState.BUSY})
OCCUPIED = frozenset({UserState.BUSY, UserState.RESERVED})
UNREACHABLE = frozenset({UserState.DISCONNECTED, UserState.AWAY, UserState.NO_PHONE})
_SERVICE = frozenset({UserState.DISCONNECTED, UserState.NO_PHONE})  # nobody sets or leaves these


@dataclass(frozen=True, slots=True)
class Standing:
    """A user's state and modes."""

    state: UserState = UserState.READY
    redirect: bool = False
    call_center: bool = False
    call_center_manual: bool = False
    on_break: bool = False
    on_task: bool = False
    reason_id: int = 0  # 0: none of those in the database
    reason_text: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; None leaves it as it is."""

    state: int | None = None
    redirect: bool | None = None
    call_center: bool | None = None
    call_center_manual: bool | None = None
    on_break: bool | None = None
    reason_id: int | None = None
    reason_text: str | None = None


def granted(standing: Standing, wish: Wish, *, reasons: frozenset[int], in_call: bool) -> Standing:
    """Return what becomes of a wish; what is not allowed of it changes nothing.

    `reasons` are the ids of the break reasons there are. Source: page Server HTTP interface,
    wp_setuserstate.
    """
    if standing.state is UserState.DISCONNECTED:
        return standing
    was_in_call_center = standing.call_center
    standing = _with_call_center(standing, wish)
    # Nobody gets from the call-center mode to a redirection in one step.
    if wish.redirect is not None and not (standing.call_center or was_in_call_center):
        standing = replace(standing, redirect=wish.redirect)
    standing = _with_break(standing, wish, reasons, in_call=in_call)
    return _with_state(standing, wish, reasons, in_call=in_call)


def _with_call_center(standing: Standing, wish: Wish) -> Standing:
    if wish.call_center is True:
        standing = replace(standing, call_center=True, redirect=False)
    elif wish.call_center is False:
        standing = replace(_back_from_break(standing), call_center=False, call_center_manual=False)
    if wish.call_center_manual is not None and standing.call_center:
        standing = replace(standing, call_center_manual=wish.call_center_manual)
    return standing


def _with_break(
    standing: Standing, wish: Wish, reasons: frozenset[int], *, in_call: bool
) -> Standing:
    if wish.on_break is True:
        return _gone_on_break(standing, wish, reasons, in_call=in_call)
    return standing if wish.on_break is None else _back_from_break(standing)


def _with_state(
    standing: Standing, wish: Wish, reasons: frozenset[int], *, in_call: bool
) -> Standing:
    if wish.state not in SETTABLE or standing.state in _SERVICE:
        return standing
    state = UserState(wish.state)
    if state is UserState.BREAK:
        return _gone_on_break(standing, wish, reasons, in_call=in_call)
    if in_call:
        return standing
    if state is UserState.READY:
        # With the break mode asked for as well, readiness means break.
        return standing if wish.on_break else replace(_back_from_break(standing), state=state)
    return replace(standing, state=state)


def _gone_on_break(
    standing: Standing, wish: Wish, reasons: frozenset[int], *, in_call: bool
) -> Standing:
    """Return a standing on break: at once, or as soon as the call is over."""
    if not standing.call_center or (wish.reason_id or 0) not in reasons | {0}:
        return standing
    text = "" if wish.reason_id else wish.reason_text or ""
    standing = replace(standing, on_break=True, reason_id=wish.reason_id or 0, reason_text=text)
    at_once = not in_call and standing.state not in _SERVICE
    return replace(standing, state=UserState.BREAK) if at_once else standing


def _back_from_break(standing: Standing) -> Standing:
    state = UserState.READY if standing.state is UserState.BREAK else standing.state
    return replace(standing, state=state, on_break=False, reason_id=0, reason_text="")


class States:
    """Changes of users' states and modes, each told to `watchers`, with what was before."""

    def __init__(self, office: Office) -> None:
        self.watchers: list[Callable[[User, Standing], None]] = []
        self._office = office
        self._to_come_back: dict[str, Standing] = {}  # by user id

    def ask(self, user: User, wish: Wish) -> None:
        """Do as somebody wishes, as far as it is allowed."""
        reasons = frozenset(self._office.break_reasons)
        in_call = user.line is not None and user.line.call is not None
        self._change(user, granted(user.standing, wish, reasons=reasons, in_call=in_call))

    def put(self, user: User, **changes: object) -> None:
        """Change a user's state or modes without asking whether it is allowed."""
        self._change(user, Standing(**(asdict(user.standing) | changes)))

    def occupy(self, user: User) -> None:
        """Let a user be busy with a call."""
        self.put(user, state=UserState.BUSY)

    def release(self, user: User, before: UserState) -> None:
        """Let a call be over: whoever was away before is so again, whoever is on break goes there."""
        if user.standing.state in OCCUPIED:
            state = UserState.BREAK if user.standing.on_break else UserState.READY
            self.put(user, state=before if before is UserState.AWAY else state)

    def remember(self, user: User) -> None:
        """Keep a user's standing, for it may come back by itself."""
        self._to_come_back.setdefault(user.id, user.standing)

    def come_back(self, user: User) -> None:
        """Let what was set not have stuck, if a standing was kept."""
        standing = self._to_come_back.pop(user.id, None)
        if standing is not None:
            self._change(user, replace(standing, state=_idle_state(user, standing)))

    def _change(self, user: User, standing: Standing) -> None:
        before, user.standing = user.standing, standing
        if before != standing:
            for watcher in self.watchers:
                watcher(user, before)


def _idle_state(user: User, standing: Standing) -> UserState:
    """Return the state to come back to, which no call outlasts and none is cut by."""
    if user.line is not None and user.line.call is not None:
        return user.standing.state
    return UserState.READY if standing.state in OCCUPIED else standing.state
