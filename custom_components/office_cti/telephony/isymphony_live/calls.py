"""The calls of one telephone, from its sides of calls ("segments") and what events tell of them.

A segment is a telephone's side of a call; its own caller id is the telephone's own. That a segment dials, is
linked to another, or is gone, comes as events; which others there are, and whether one is on hold, is asked for.
The other party of a call is known from an event that names both sides, and only from that. A segment that was
there before us talks, as far as anybody can know.

Source: the vendor's pages "Dial", "Link End" and "Hangup" of the event interface, "Call Segments" of the Live API.
"""

from dataclasses import dataclass, field

from ..call_steps import STEPS, UNANSWERED, Clock, answered_at, ended
from ..model import Call, CallDirection, CallEvent, CallState, PhoneState
from .events import Party
from .resources import CallSegment

# A telephone has no more calls than this; a server that goes on beyond is not followed.
SEGMENTS_MOST = 32

# What the telephone does that has several calls is what the busiest of them does.
_PHONE_OF: tuple[tuple[CallState, PhoneState], ...] = (
    (CallState.TALKING, PhoneState.TALKING),
    (CallState.DIALING, PhoneState.DIALING),
    (CallState.HELD, PhoneState.ON_HOLD),
    (CallState.PARKED, PhoneState.ON_HOLD),
    (CallState.RINGING, PhoneState.RINGING),
)


@dataclass(slots=True)
class _Segment:
    """A side of a call, as far as it was told."""

    id: str
    is_dialing: bool = False
    incoming: bool | None = None
    on_hold: bool = False
    number: str | None = None
    name: str | None = None
    call: Call | None = None

    @property
    def state(self) -> CallState | None:
        """What the call does; None while that cannot be told."""
        if not self.is_dialing:
            return CallState.HELD if self.on_hold else CallState.TALKING
        if self.incoming is None:
            return None
        return CallState.RINGING if self.incoming else CallState.DIALING


@dataclass(slots=True)
class Line:
    """The calls of one telephone."""

    segments: dict[str, _Segment] = field(default_factory=dict)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that there are."""
        return tuple(each.call for each in self.segments.values() if each.call is not None)

    # --- what is told --------------------------------------------------------------------------

    def dialed(self, party: Party, now: Clock) -> list[CallEvent]:
        """A side of a call has begun: it rings, or rings another."""
        segment = self._segment(party.call_segment_id)
        if segment is None or (segment.call is not None and segment.call.state not in UNANSWERED):
            return []
        segment.is_dialing = segment.call is None or segment.is_dialing
        return self._follow(segment, now)

    def linked(self, own: Party, other: Party, now: Clock) -> list[CallEvent]:
        """Two sides talk to each other, or did until now."""
        segment = self._segment(own.call_segment_id)
        if segment is None:
            return []
        segment.is_dialing = False
        segment.number = other.caller_number or segment.number
        segment.name = other.caller_name or segment.name
        return self._follow(segment, now)

    def hung_up(self, segment_id: str | None) -> list[CallEvent]:
        """A side of a call has gone."""
        segment = self.segments.pop(segment_id or "", None)
        return [] if segment is None or segment.call is None else [ended(segment.call)]

    def listed(self, found: tuple[CallSegment, ...], now: Clock) -> list[CallEvent]:
        """These are all the sides of calls that there are."""
        there = {segment.id for segment in found}
        events = [event for gone in self.segments.keys() - there for event in self.hung_up(gone)]
        for each in found:
            segment = self._segment(each.id)
            if segment is not None:
                segment.incoming, segment.on_hold = each.is_incoming, each.is_on_hold
                events += self._follow(segment, now)
        return events

    def _segment(self, segment_id: str | None) -> _Segment | None:
        if not segment_id:
            return None
        segment = self.segments.get(segment_id)
        if segment is None and len(self.segments) < SEGMENTS_MOST:
            segment = self.segments[segment_id] = _Segment(segment_id)
        return segment

    @staticmethod
    def _follow(segment: _Segment, now: Clock) -> list[CallEvent]:
        """Make a call of a segment, and return what has happened to it."""
        seen, before = segment.state, segment.call
        if seen is None:
            return []
        state, kinds = STEPS[None if before is None else before.state][seen]
        call = Call(
            segment.id,
            state,
            _direction(segment, before),
            now() if before is None else before.started,
            answered_at(before, state, now),
            segment.number,
            segment.name,
        )
        segment.call = before if call == before else call
        return [CallEvent(kind, call) for kind in kinds]


def phone_of(calls: tuple[Call, ...]) -> PhoneState:
    """Return what somebody's telephones do that have these calls."""
    states = {call.state for call in calls}
    return next((phone for state, phone in _PHONE_OF if state in states), PhoneState.IDLE)


def _direction(segment: _Segment, before: Call | None) -> CallDirection | None:
    if segment.incoming is None:
        return None if before is None else before.direction
    return CallDirection.INCOMING if segment.incoming else CallDirection.OUTGOING
