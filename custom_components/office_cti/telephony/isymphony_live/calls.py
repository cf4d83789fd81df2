"""The calls of one telephone, from its sides of calls ("segments") and what events tell of them.

A segment is a telephone's side of a call; its own caller id is the telephone's own. That a segment dials, was
linked to another, or is gone, comes as events; which others there are, who called whom, and whether one is on
hold, is asked for. The other party of a call is known from what names both sides, and only from that.

No event that the vendor describes tells that a call is answered. So a call that dials does so until something
shows that it does not: it is on hold, it was linked, or an event that nobody has described says that it is
linked. A segment that was there before us talks, as far as anybody can know.

Source: the vendor's pages "Link End Event" and "Hangup Event", and "Call Segments" of the Live API.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ..call_steps import STEPS, UNANSWERED, Clock, answered_at, ended
from ..model import Call, CallDirection, CallEvent, CallState
from .events import Party
from .found import CallFound
from .resources import CallSegment

# A telephone has no more calls than this; a server that goes on beyond is not followed.
SEGMENTS_MOST = 32


@dataclass(slots=True)
class Segment:
    """A side of a call, as far as it was told. `call` keeps its id when the server gives the side another."""

    id: str
    is_dialing: bool = False
    incoming: bool | None = None
    on_hold: bool = False
    number: str | None = None
    name: str | None = None
    call: Call | None = None
    # What tells it from the telephone's others, whatever its id.
    traits: tuple[object, ...] = ()

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

    segments: dict[str, Segment] = field(default_factory=dict)
    # What has gone does not come again, in whatever order it is told. Most lines have none, and are many.
    _gone: tuple[str, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that there are."""
        return tuple(each.call for each in self.segments.values() if each.call is not None)

    # --- what is told --------------------------------------------------------------------------

    def dialed(self, own: Party, now: Clock, other: Party | None = None) -> list[CallEvent]:
        """A side of a call has begun: it rings, or rings another."""
        segment = self._segment(own.call_segment_id)
        if segment is None or (segment.call is not None and segment.call.state not in UNANSWERED):
            return []
        segment.is_dialing = segment.call is None or segment.is_dialing
        return self._met(segment, other, now)

    def linked(self, own: Party, other: Party, now: Clock) -> list[CallEvent]:
        """Two sides talk to each other."""
        segment = self._segment(own.call_segment_id)
        if segment is None:
            return []
        segment.is_dialing = False
        return self._met(segment, other, now)

    def unlinked(self, own: Party, other: Party, now: Clock) -> list[CallEvent]:
        """Two sides have talked to each other until now; a side that nobody knows is not there any more."""
        known = own.call_segment_id in self.segments
        return self.linked(own, other, now) if known else []

    def met(self, own: Party, other: Party, now: Clock) -> list[CallEvent]:
        """Two sides have to do with each other, whatever it is."""
        segment = self.segments.get(own.call_segment_id or "")
        return [] if segment is None else self._met(segment, other, now)

    def hung_up(self, segment_id: str | None) -> list[CallEvent]:
        """A side of a call has gone."""
        if not segment_id:
            return []
        self._gone = (*self._gone, segment_id)[-SEGMENTS_MOST:]
        return self._end(segment_id)

    def listed(
        self,
        found: Iterable[CallFound],
        now: Clock,
        *,
        dialing: Collection[str] = (),
        renamed: bool = False,
    ) -> list[CallEvent]:
        """These are all the sides of calls that there are.

        Args:
            found: the sides.
            now: tells the time.
            dialing: those of which an event has told that they dial.
            renamed: all ids may be others than before; the calls are the same all the same.
        """
        found = [each for each in found if each.segment.id not in self._gone]
        there = {each.segment.id for each in found}
        if renamed:
            self._rename([each for each in found if each.segment.id not in self.segments], there)
        events = [event for gone in self.segments.keys() - there for event in self._end(gone)]
        for each in found:
            is_new = each.segment.id not in self.segments
            if (segment := self._segment(each.segment.id)) is not None:
                segment.is_dialing |= is_new and segment.id in dialing
                events += self._seen(segment, each, now)
        return events

    def _rename(self, new: Iterable[CallFound], there: Collection[str]) -> None:
        """Have sides whose ids are gone go on under new ones: those that are alike otherwise."""
        gone = [each for each in self.segments.values() if each.id not in there]
        for found in new:
            traits = _traits(found.segment)
            same = next((each for each in gone if each.traits == traits), None)
            if same is not None:
                gone.remove(same)
                del self.segments[same.id]
                same.id = found.segment.id
                self.segments[same.id] = same

    def _seen(self, segment: Segment, found: CallFound, now: Clock) -> list[CallEvent]:
        seen = found.segment
        segment.incoming, segment.on_hold = seen.is_incoming, seen.is_on_hold
        segment.traits = _traits(seen)
        if seen.is_on_hold:  # nobody is who has not been talked to
            segment.is_dialing = False
        if found.other is not None:
            segment.number = found.other.number or segment.number
            segment.name = found.other.name or segment.name
        return self._follow(segment, now)

    def _met(self, segment: Segment, other: Party | None, now: Clock) -> list[CallEvent]:
        if other is not None:
            segment.number = other.caller_number or segment.number
            segment.name = other.caller_name or segment.name
        return self._follow(segment, now)

    def _segment(self, segment_id: str | None) -> Segment | None:
        if not segment_id or segment_id in self._gone:
            return None
        segment = self.segments.get(segment_id)
        if segment is None and len(self.segments) < SEGMENTS_MOST:
            segment = self.segments[segment_id] = Segment(segment_id)
        return segment

    def _end(self, segment_id: str) -> list[CallEvent]:
        segment = self.segments.pop(segment_id, None)
        return [] if segment is None or segment.call is None else [ended(segment.call)]

    @staticmethod
    def _follow(segment: Segment, now: Clock) -> list[CallEvent]:
        """Make a call of a segment, and return what has happened to it."""
        seen, before = segment.state, segment.call
        if seen is None:
            return []
        state, kinds = STEPS[None if before is None else before.state][seen]
        call = Call(
            segment.id if before is None else before.id,
            state,
            _direction(segment, before),
            now() if before is None else before.started,
            answered_at(before, state, now),
            segment.number,
            segment.name,
        )
        segment.call = before if call == before else call
        return [CallEvent(kind, call) for kind in kinds]


def _direction(segment: Segment, before: Call | None) -> CallDirection | None:
    if segment.incoming is None:
        return None if before is None else before.direction
    return CallDirection.INCOMING if segment.incoming else CallDirection.OUTGOING


def _traits(segment: CallSegment) -> tuple[object, ...]:
    return segment.is_incoming, segment.did, segment.caller, segment.type
