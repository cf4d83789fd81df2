"""What a user of an Oktell server may be doing: seven states, the same on every one of its wires.

Sources: the vendor's page "Серверный HTTP интерфейс", wp_setuserstate; "Сервисное оповещение", event 111.
"""

from collections.abc import Mapping
from enum import IntEnum


class UserState(IntEnum):
    """A user's state. There is no 4."""

    DISCONNECTED = 0
    READY = 1
    BREAK = 2
    AWAY = 3
    BUSY = 5
    RESERVED = 6
    NO_PHONE = 7


# The others are the server's own to give.
SETTABLE = frozenset({UserState.READY, UserState.BREAK, UserState.AWAY, UserState.BUSY})


def state_of(value: object) -> UserState | None:
    """Return the state that a server has written as its number, in digits, or by its name."""
    if type(value) is str:
        return _STATES.get(value.strip().lower()) if len(value) <= _LONGEST else None
    return _STATES.get(value) if type(value) is int else None


_LONGEST = 32  # characters; no state's name has more
_STATES: Mapping[object, UserState] = {
    **{int(state): state for state in UserState},
    **{str(int(state)): state for state in UserState},
    "usdisconnected": UserState.DISCONNECTED,
    "usready": UserState.READY,
    "uslunch": UserState.BREAK,
    "usoff": UserState.AWAY,
    "usfullbusy": UserState.BUSY,
    "usreserved": UserState.RESERVED,
    "uswophone": UserState.NO_PHONE,
}
