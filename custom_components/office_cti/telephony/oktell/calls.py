"""The calls of one Oktell user, from what a server tells of the user's line.

A server tells what the line does now: one call, and beside it the one that waits behind a flash, if any. What
has happened by that follows from what it did before (`call_steps`). Another call is another chain; where the
server names none, it is the same call for as long as there is one.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import NamedTuple

from ..call_steps import STEPS, Clock, answered_at, ended
from ..model import Call, CallDirection, CallEvent, CallState
from .answers import COMMUTATED, Abonent as AskedAbonent, AbonentInfo, ChainConnection, ChainContent
from .frames import Abonent, LineInfo

# The id of a call whose chain the server does not name.
NAMELESS = "call"

# Makes a time in UTC of one that a server has told, which may have no zone, or not be there.
type Utc = Callable[[datetime | None], datetime | None]


class Seen(NamedTuple):
    """What is seen of a line's call: how far it has come, who is at the other end, and since when (UTC)."""

    state: CallState
    id: str = NAMELESS
    direction: CallDirection | None = None
    number: str | None = None
    name: str | None = None
    started: datetime | None = None
    answered: datetime | None = None


def follow(
    before: Iterable[Call], seen: Iterable[Seen], now: Clock
) -> tuple[tuple[Call, ...], list[CallEvent]]:
    """Return the calls that there are now, and what has happened since the last time.

    Args:
        before: the calls that there were.
        seen: what is seen of the line now.
        now: tells the server's time (UTC).
    """
    left = {call.id: call for call in before}
    there: dict[str, Seen] = {}
    for each in seen:  # of two by one name, the first is the one that does not wait
        there.setdefault(each.id, each)
    # Whoever is named is found first: what is nameless is what is left.
    known = {name: left.pop(name, None) for name in there}
    for name in [name for name, call in known.items() if call is None]:
        known[name] = left.pop(_nameless(name, left), None)
    events = [ended(call) for call in left.values()]
    calls = []
    for name, each in there.items():
        call, happened = _followed(known[name], each, now)
        calls.append(call)
        events += happened
    return tuple(calls), events


def _nameless(name: str, left: Iterable[str]) -> str:
    """Return which of these calls it is, as far as one of the two has no name."""
    return next((each for each in left if NAMELESS in {each, name}), "")


def _followed(before: Call | None, seen: Seen, now: Clock) -> tuple[Call, list[CallEvent]]:
    state, kinds = STEPS[None if before is None else before.state][seen.state]
    call = Call(
        seen.id if before is None else before.id,
        state,
        _known(seen.direction, None if before is None else before.direction),
        (seen.started or now()) if before is None else before.started,
        answered_at(
            before, state, now if seen.answered is None else partial(_as_told, seen.answered)
        ),
        _known(seen.number, None if before is None else before.number),
        _known(seen.name, None if before is None else before.name),
    )
    if before is not None and call == before:
        return before, []
    return call, [CallEvent(kind, call) for kind in kinds]


def _as_told(time: datetime) -> datetime:
    return time


def _known[T](told: T | None, known: T | None) -> T | None:
    return known if told is None else told


# --- what a user's own connection tells of the line --------------------------------------------


def seen_on_line(info: LineInfo) -> list[Seen]:
    """Return the calls that a line has now: the one that waits is the last."""
    seen = []
    abonent = info.abonent
    if abonent is not None and (state := _state_on_line(info, abonent)) is not None:
        # Whom one has called oneself stands beside the caller's number, which is one's own then.
        number = abonent.number or abonent.caller_id or info.called_id
        seen.append(_seen(state, abonent, info.chain_id, number))
    if info.flashed is not None:
        chain = "" if seen else info.chain_id  # which is the other call's
        number = info.flashed.number or info.flashed.caller_id
        seen.append(_seen(CallState.HELD, info.flashed, chain, number))
    return seen


def _seen(state: CallState, abonent: Abonent, chain: str, number: str) -> Seen:
    return Seen(
        state,
        abonent.chain_id or chain or NAMELESS,
        _DIRECTIONS.get(state),
        number or None,
        abonent.user_name or abonent.name or None,
    )


def _state_on_line(info: LineInfo, abonent: Abonent) -> CallState | None:
    if abonent.is_auto_call:  # the server rings one's own telephone first
        return CallState.DIALING
    if abonent.is_ringing:
        return _state_of_ringing(abonent)
    if abonent.is_waiting_in_flash:
        return CallState.HELD
    is_answered_by_menu = abonent.is_ivr and not abonent.is_waiting_for_answer
    if (
        abonent.is_talking
        or abonent.is_conference
        or (info.state == COMMUTATED and is_answered_by_menu)
    ):
        return CallState.TALKING
    return CallState.DIALING if abonent.external_line or abonent.number else None


def _state_of_ringing(abonent: Abonent | AskedAbonent) -> CallState:
    """Return what it means that one's own telephone rings: it may be the server that calls back."""
    return CallState.DIALING if abonent.direction == _CALL_BACK else CallState.RINGING


_CALL_BACK = "acm_callback"
_DIRECTIONS = {CallState.RINGING: CallDirection.INCOMING, CallState.DIALING: CallDirection.OUTGOING}


# --- what requests are answered with -----------------------------------------------------------


def seen_in_answers(user_id: str, line: AbonentInfo, chain: ChainContent, utc: Utc) -> Seen | None:
    """Return the call that a user is in; None if it is none, but a task, perhaps.

    Args:
        user_id: whose line it is.
        line: what the line does, and with whom.
        chain: what the call consists of.
        utc: makes a time in UTC of one that the server has told.
    """
    state = state_in_answer(line)
    if state is None:
        return None
    connection = _own_connection(user_id, chain)
    party = line.abonent
    return Seen(
        state,
        (party and party.chain) or chain.id or NAMELESS,
        _direction(user_id, connection) or _DIRECTIONS.get(state),
        (party and party.number) or None,
        (party and (party.user_name or party.name)) or None,
        utc(connection and connection.started),
        utc(connection and connection.answered),
    )


def state_in_answer(line: AbonentInfo) -> CallState | None:
    """Return how far a line's call has come; None where nothing says that there is one.

    Nobody knows what servers call a line that rings: only one that is marked so does.
    """
    if line.connected:
        return CallState.TALKING
    if line.abonent is not None and line.abonent.is_ringing:
        return _state_of_ringing(line.abonent)
    return None


def _own_connection(user_id: str, chain: ChainContent) -> ChainConnection | None:
    """Return the latest connection that the user is one end of."""
    for part in reversed(chain.trace):
        if isinstance(part, ChainConnection) and user_id in {part.a.user, part.b.user}:
            return part
    return None


def _direction(user_id: str, connection: ChainConnection | None) -> CallDirection | None:
    """Return who has called: the side A is."""
    if connection is None:
        return None
    is_caller = connection.a.user == user_id
    return CallDirection.OUTGOING if is_caller else CallDirection.INCOMING
