"""How a call goes from state to state, what has happened by that, and what its telephone does.

It is the same on every system.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from .model import Call, CallEvent, CallEventKind as Kind, CallState, PhoneState

type Clock = Callable[[], datetime]
type _Step = tuple[CallState, tuple[Kind, ...]]

_ANSWERS: dict[CallState, _Step] = {
    CallState.TALKING: (CallState.TALKING, (Kind.ANSWERED,)),
    CallState.HELD: (CallState.HELD, (Kind.ANSWERED, Kind.HELD)),
    CallState.PARKED: (CallState.PARKED, (Kind.ANSWERED, Kind.PARKED)),
}
_GOES_ON: dict[CallState, _Step] = dict.fromkeys(
    (CallState.RINGING, CallState.DIALING, CallState.TALKING), (CallState.TALKING, (Kind.RESUMED,))
)
# From the state a call has (None: it is new) and what is seen of it, to its next state and what has
# happened. What was answered cannot ring again; whose phone rang first and calls then has picked up.
STEPS: Mapping[CallState | None, Mapping[CallState, _Step]] = MappingProxyType(
    {
        None: _ANSWERS
        | {
            CallState.RINGING: (CallState.RINGING, (Kind.RINGING,)),
            CallState.DIALING: (CallState.DIALING, (Kind.DIALING,)),
        },
        CallState.RINGING: _ANSWERS
        | {
            CallState.RINGING: (CallState.RINGING, ()),
            CallState.DIALING: (CallState.TALKING, (Kind.ANSWERED,)),
        },
        CallState.DIALING: _ANSWERS
        | {
            CallState.RINGING: (CallState.DIALING, ()),
            CallState.DIALING: (CallState.DIALING, ()),
        },
        CallState.TALKING: {
            CallState.RINGING: (CallState.TALKING, ()),
            CallState.DIALING: (CallState.TALKING, ()),
            CallState.TALKING: (CallState.TALKING, ()),
            CallState.HELD: (CallState.HELD, (Kind.HELD,)),
            CallState.PARKED: (CallState.PARKED, (Kind.PARKED,)),
        },
        CallState.HELD: _GOES_ON
        | {
            CallState.HELD: (CallState.HELD, ()),
            CallState.PARKED: (CallState.PARKED, (Kind.PARKED,)),
        },
        CallState.PARKED: _GOES_ON
        | {
            CallState.HELD: (CallState.HELD, (Kind.HELD,)),
            CallState.PARKED: (CallState.PARKED, ()),
        },
    }
)
UNANSWERED = frozenset({CallState.RINGING, CallState.DIALING})

# What a telephone does that has a call, the busiest first: of several calls that one counts.
_PHONE_OF: Mapping[CallState, PhoneState] = {
    CallState.TALKING: PhoneState.TALKING,
    CallState.DIALING: PhoneState.DIALING,
    CallState.HELD: PhoneState.ON_HOLD,
    CallState.PARKED: PhoneState.ON_HOLD,
    CallState.RINGING: PhoneState.RINGING,
}


def phone_of(calls: Sequence[Call]) -> PhoneState:
    """Return what somebody's telephones do that have these calls."""
    if len(calls) == 1:  # as nearly always, and every push comes by here
        return _PHONE_OF[calls[0].state]
    states = {call.state for call in calls}
    return next((phone for state, phone in _PHONE_OF.items() if state in states), PhoneState.IDLE)


def answered_at(call: Call | None, state: CallState, at: Clock) -> datetime | None:
    """Return when a call was answered, which is never before it began."""
    if state in UNANSWERED:
        return None
    if call is None:
        return at()
    return call.answered or max(at(), call.started)


def ended(call: Call) -> CallEvent:
    """Return what has happened when a call is there no more."""
    return CallEvent(Kind.MISSED if call.state is CallState.RINGING else Kind.ENDED, call)
