"""The calls of one phone, from what a server tells of the phone and of its channels.

Three things are told, in no order that could be relied on: which channels a phone has, what each channel
does, and the phone's hint. `Line` takes them in as facts; `settle` then looks at all of them together and
says what has happened since the last time. A channel's call goes from state to state by `STEPS`, forwards
only: a channel is still called "ringing" by the server long after it was answered.

So that nothing rings for ever, a call lives no longer than its phone lists its channel, a phone that was in
use and turns idle has no calls, whatever its channels say, and one that cannot be reached does not ring.
Where a server tells of no channels (15.19 and later), the hint alone makes a call of an unknown party, and
where it tells nothing of a channel but its name, the hint tells what that does.

Source: the vendor's page "CTI Protocol", phone status update and channel status update, and real
conversations where they differ from it.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from ..call_steps import STEPS, UNANSWERED, Clock, answered_at, ended, phone_of
from ..model import (
    Call,
    CallDirection,
    CallEvent,
    CallEventKind as Kind,
    CallState,
    PhoneState,
)
from .messages import ChannelState, Communication, Direction, Hint

# The id of a call that only the hint tells of.
HINT_CALL = "hint"
# Seconds after which the channel of an idle phone is one that the server has forgotten to delete.
STALE = 60.0

_IN_USE = frozenset({Hint.IN_USE, Hint.BUSY, Hint.IN_USE_AND_RINGING, Hint.ON_HOLD})
_RINGING = frozenset({Hint.RINGING, Hint.IN_USE_AND_RINGING})
_ACTIVE = _IN_USE | _RINGING
_UNREACHABLE = frozenset({Hint.UNAVAILABLE, Hint.DEACTIVATED, Hint.REMOVED})
_LINKED = frozenset({Communication.LINKED_CALLER, Communication.LINKED_CALLED})

# The call that a hint makes where no channel is told of.
_BY_HINT: Mapping[Hint, CallState] = MappingProxyType(
    {
        Hint.RINGING: CallState.RINGING,
        Hint.IN_USE: CallState.TALKING,
        Hint.BUSY: CallState.TALKING,
        Hint.IN_USE_AND_RINGING: CallState.TALKING,
        Hint.ON_HOLD: CallState.HELD,
    }
)
_DIRECTIONS: Mapping[Direction, CallDirection] = MappingProxyType(
    {Direction.IN: CallDirection.INCOMING, Direction.OUT: CallDirection.OUTGOING}
)


class Party(NamedTuple):
    """Who is at the other end, as far as that was told."""

    number: str | None
    name: str | None


# Who is at the other end, by the own channel (or HINT_CALL) and the other end's, if that is told.
type PartyOf = Callable[[str, str | None], Party | None]


class Channel:
    """One end of a call, as the server has told it last."""

    __slots__ = (
        "communication",
        "direction",
        "held",
        "id",
        "is_hinted",
        "is_new_to_us",
        "is_over",
        "is_picked_up",
        "parked",
        "party_end",
        "since",
        "state",
        "talking_to",
        "talking_to_kind",
    )

    def __init__(self, channel_id: str) -> None:
        self.id = channel_id
        self.state: ChannelState | None = None
        self.communication: Communication | None = None
        self.direction: Direction | None = None
        self.talking_to: str | None = None
        self.talking_to_kind: str | None = None
        self.held = False
        self.parked = False
        self.since: float | None = None
        # The phone's hint has come to speak of this channel, among others; then it has said that the
        # call is over; that it was answered.
        self.is_hinted = False
        self.is_over = False
        self.is_picked_up = False
        # It was there before us: how it began is no news.
        self.is_new_to_us = False
        # The other end's channel that the call's party is known of.
        self.party_end: str | None = None

    def tell(self, fields: Mapping[str, Any]) -> bool:
        """Take in what a server says of the channel; returns whether that is news."""
        is_news = any(getattr(self, name) != value for name, value in fields.items())
        for name, value in fields.items():
            setattr(self, name, value)
        return is_news

    @property
    def told(self) -> CallState | None:
        """How far the call has come by what is told of the channel; None if that tells nothing."""
        if self.parked:
            return CallState.PARKED
        if self._is_linked():
            return CallState.HELD if self.held else CallState.TALKING
        if self.direction is Direction.IN or self.communication is Communication.RINGING:
            return CallState.RINGING
        if self.direction is Direction.OUT or self.communication is Communication.CALLING:
            return CallState.DIALING
        return _BY_STATE.get(self.state)

    @property
    def rings(self) -> bool:
        """Whether it rings, and nobody has taken the call."""
        return self.told is CallState.RINGING and not self.is_picked_up

    def _is_linked(self) -> bool:
        """Tell whether both ends talk; a server says "calling" and "ringing" for a while after that."""
        if self.communication in _LINKED:
            return True
        if self.state is not ChannelState.UP:
            return False
        # Whose own phone is called first is up long before the other end answers.
        calls = self.direction is Direction.OUT or self.communication is Communication.CALLING
        return not calls or self.talking_to_kind is not None


_BY_STATE: Mapping[ChannelState | None, CallState] = MappingProxyType(
    {
        ChannelState.RING: CallState.DIALING,
        ChannelState.DIALING: CallState.DIALING,
        ChannelState.RINGING: CallState.RINGING,
    }
)


class Line:
    """The channels and the hint of one phone, and the calls that they are."""

    __slots__ = ("_is_alone", "calls", "channels", "hint")

    def __init__(self) -> None:
        self.hint: Hint | None = None
        self.channels: tuple[Channel, ...] = ()
        self.calls: tuple[Call, ...] = ()
        # The hint has changed while no channel was listed: it speaks of a call of its own.
        self._is_alone = False

    # --- what is told --------------------------------------------------------------------------

    def tell_channels(self, channels: Sequence[Channel]) -> None:
        """Take in which channels the phone has."""
        self.channels = tuple(channels)
        if channels:
            self._is_alone = False

    def tell_channel(self, channel: Channel, fields: Mapping[str, Any]) -> None:
        """Take in what one of them does; one that a phone in use has news of is not over."""
        if channel.tell(fields) and self.hint in _ACTIVE:
            channel.is_over = False

    def tell_hint(self, hint: Hint) -> None:
        """Take in the phone's hint."""
        if hint is self.hint:
            return
        was, self.hint = self.hint, hint
        self._is_alone = not self.channels
        is_answer = was is Hint.RINGING and hint in _IN_USE and len(self.calls) == 1
        for channel in self.channels:
            if hint in _ACTIVE:
                channel.is_hinted = True
            elif channel.is_hinted and (hint is Hint.IDLE or channel.rings):
                channel.is_over = True
            if is_answer and channel.id == self.calls[0].id:
                channel.is_picked_up = True

    # --- what comes of it ----------------------------------------------------------------------

    @property
    def state(self) -> PhoneState | None:
        """What the phone does; None if nothing is known of it."""
        if not self.calls:
            return self._state_without_calls()
        state = phone_of(self.calls)
        in_use = self.hint is Hint.IN_USE_AND_RINGING
        return PhoneState.TALKING if in_use and state is PhoneState.RINGING else state

    @property
    def is_quiet(self) -> bool:
        """Whether there can be no calls."""
        return not self.channels and self.hint not in _ACTIVE

    def _state_without_calls(self) -> PhoneState | None:
        if self.hint is None:
            return None
        if self.hint in _UNREACHABLE:
            return PhoneState.UNREACHABLE
        if self.hint in _IN_USE and any(not channel.is_over for channel in self.channels):
            return PhoneState.DIALING  # it was taken off the hook, and calls nobody yet
        return PhoneState.IDLE  # a hint that says otherwise is of a call that has just ended

    def resume(self, calls: Sequence[Call], now: Clock, party_of: PartyOf) -> None:
        """Begin with what is there: nothing has happened, and these calls are known from before."""
        self.calls = tuple(calls)
        if self.hint is Hint.IDLE:
            at = now().timestamp()
            for channel in self.channels:
                channel.is_over = channel.since is not None and at - channel.since > STALE
        self.settle(now, party_of)
        known = {call.id for call in self.calls}
        for channel in self.channels:
            channel.is_new_to_us = channel.communication is None and channel.id not in known

    def settle(self, now: Clock, party_of: PartyOf) -> list[CallEvent]:
        """Look at everything that was told, and return what has happened since the last time.

        Args:
            now: tells the server's time, for what is told without one.
            party_of: who is at the other end of a channel, if that is known.
        """
        look = _Look(now, party_of, {call.id: call for call in self.calls})
        for channel in self.channels:
            if not channel.is_over:
                self._follow(channel, look)
        if self._is_alone and self.hint in _ACTIVE:
            self._follow_hint(look)
        self.calls = tuple(look.calls)
        if not look.before:
            return look.events
        return [ended(call) for call in look.before.values()] + look.events

    def _follow(self, channel: Channel, look: _Look) -> None:
        """Find the call that a channel is now, if it is one."""
        # What the hint told of before the channel was listed is the same call.
        call = look.before.pop(channel.id, None) or look.before.pop(HINT_CALL, None)
        seen = self._seen(channel, call, look)
        if seen is None:
            return
        state, kinds = STEPS[None if call is None else call.state][seen]
        party = _party(channel, call, look.party_of)
        since = look.now if channel.since is None else partial(_since, channel.since, look.now)
        new = Call(
            channel.id,
            state,
            _direction(channel, call, state),
            since() if call is None else call.started,
            answered_at(call, state, since if channel.state is ChannelState.UP else look.now),
            party.number,
            party.name,
        )
        look.add(call, new, () if channel.is_new_to_us else kinds)
        channel.is_new_to_us = False

    def _seen(self, channel: Channel, call: Call | None, look: _Look) -> CallState | None:
        """Return what can be seen of a channel's call now; None if there is none (yet)."""
        seen = channel.told
        if seen is None:
            seen = self._guess(channel, look) if call is None else _unchanged(call)
        if seen is CallState.RINGING and channel.is_picked_up:
            seen = CallState.TALKING
        return CallState.HELD if seen is CallState.TALKING and self.hint is Hint.ON_HOLD else seen

    def _guess(self, channel: Channel, look: _Look) -> CallState | None:
        """Return what a channel begins to do that says nothing of it, by the hint."""
        if not channel.is_hinted:  # the hint may still be of the call before
            return None
        others = {call.state for call in (*look.calls, *look.before.values())}
        if self.hint in _RINGING and CallState.RINGING not in others:
            return CallState.RINGING
        if self.hint in _IN_USE and channel.communication is None and not others:
            return CallState.TALKING
        return None

    def _follow_hint(self, look: _Look) -> None:
        """Find the call that the hint alone tells of."""
        assert self.hint is not None
        seen = _BY_HINT[self.hint]
        call = look.before.get(HINT_CALL)
        if call is not None and seen is CallState.RINGING and call.state is not seen:
            call = None  # that one has ended, another rings
        else:
            look.before.pop(HINT_CALL, None)
        state, kinds = STEPS[None if call is None else call.state][seen]
        incoming = CallDirection.INCOMING if seen is CallState.RINGING else None
        new = Call(
            HINT_CALL,
            state,
            incoming if call is None else call.direction,
            look.now() if call is None else call.started,
            answered_at(call, state, look.now),
            *(look.party_of(HINT_CALL, None) or _NOBODY),
        )
        look.add(call, new, kinds)


class _Look:
    """One look at everything that was told of a phone: the calls there were, and those there are."""

    __slots__ = ("before", "calls", "events", "now", "party_of")

    def __init__(self, now: Clock, party_of: PartyOf, before: dict[str, Call]) -> None:
        self.now = now
        self.party_of = party_of
        # Those that were not found again: what is left of them at the end has ended.
        self.before = before
        self.calls: list[Call] = []
        self.events: list[CallEvent] = []

    def add(self, old: Call | None, new: Call, kinds: Sequence[Kind]) -> None:
        """Note a call that there is, and what has happened to it."""
        self.calls.append(new if kinds or old is None or old != new else old)
        for kind in kinds:
            self.events.append(CallEvent(kind, new))


_NOBODY = Party(None, None)


def moment(seconds: float | None) -> datetime | None:
    """Return a server's Unix seconds as a time, if there can be such a time."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except OverflowError, OSError, ValueError:
        return None


def _since(seconds: float, now: Clock) -> datetime:
    return moment(seconds) or now()


def _unchanged(call: Call) -> CallState:
    """Return what is seen of a call of which nothing is told: what it did, if nobody holds it."""
    return call.state if call.state in UNANSWERED else CallState.TALKING


def _party(channel: Channel, call: Call | None, party_of: PartyOf) -> Party:
    """Return who is at the other end: who was there last, until somebody else is."""
    party = party_of(channel.id, channel.talking_to)
    is_other = channel.talking_to not in {None, channel.party_end}
    if channel.talking_to is not None:
        channel.party_end = channel.talking_to
    if party is not None:
        return party
    return _NOBODY if call is None or is_other else Party(call.number, call.name)


def _direction(channel: Channel, call: Call | None, state: CallState) -> CallDirection | None:
    if channel.direction is not None:
        return _DIRECTIONS[channel.direction]
    if call is not None and call.direction is not None:
        return call.direction
    if state is CallState.RINGING:
        return CallDirection.INCOMING
    return CallDirection.OUTGOING if state is CallState.DIALING else None
