"""The calls of one telephone, from what is told of their sides in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from custom_components.office_cti.telephony.isymphony_live.calls import (
    SEGMENTS_MOST,
    Line,
)
from custom_components.office_cti.telephony.isymphony_live.events import Party
from custom_components.office_cti.telephony.isymphony_live.found import CallFound
from custom_components.office_cti.telephony.isymphony_live.resources import CallerId, CallSegment
from custom_components.office_cti.telephony.model import (
    Call,
    CallDirection,
    CallEvent,
    CallEventKind as Kind,
    CallState,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWN = Party("s1", "Anna", "100")
OTHER = Party("s2", "Viktor", "101")


def now() -> datetime:
    return NOON


def later() -> datetime:
    return NOON + timedelta(seconds=7)


def side(
    segment_id: str = "s1",
    *,
    incoming: bool | None = True,
    on_hold: bool = False,
    other: CallerId | None = None,
    did: str | None = None,
) -> CallFound:
    """Return a side of a call as an answer tells it."""
    return CallFound(
        CallSegment(
            segment_id,
            caller=CallerId("Anna", "100"),
            did=did,
            is_incoming=incoming,
            is_on_hold=on_hold,
        ),
        other,
    )


def kinds(events: list[CallEvent]) -> list[Kind]:
    return [event.kind for event in events]


def only(line: Line) -> Call:
    (call,) = line.calls
    return call


@pytest.fixture
def line() -> Line:
    return Line()


# --- how a call begins -------------------------------------------------------------------------


def test_whether_a_telephone_rings_or_calls_is_known_when_it_was_asked(line: Line) -> None:
    assert line.dialed(OWN, now) == []
    assert line.calls == ()
    assert kinds(line.listed([side()], now)) == [Kind.RINGING]
    call = only(line)
    assert (call.state, call.direction) == (CallState.RINGING, CallDirection.INCOMING)
    assert (call.started, call.answered) == (NOON, None)


def test_who_calls_dials(line: Line) -> None:
    line.dialed(OWN, now)
    assert kinds(line.listed([side(incoming=False)], now)) == [Kind.DIALING]
    assert only(line).direction is CallDirection.OUTGOING


def test_a_side_that_was_there_before_us_talks(line: Line) -> None:
    assert kinds(line.listed([side()], now)) == [Kind.ANSWERED]
    assert only(line).answered == NOON


def test_a_side_that_dials_while_everything_is_read_does_not_talk(line: Line) -> None:
    assert kinds(line.listed([side()], now, dialing={"s1"})) == [Kind.RINGING]
    assert line.dialed(OWN, now) == []
    assert only(line).state is CallState.RINGING


def test_where_nobody_tells_who_called_whom_nothing_rings(line: Line) -> None:
    line.dialed(OWN, now)
    assert line.listed([side(incoming=None)], now) == []
    assert line.calls == ()
    assert line.hung_up("s1") == []


def test_a_dial_event_that_names_both_sides_tells_the_other_party(line: Line) -> None:
    line.dialed(OWN, now, OTHER)
    line.listed([side()], now)
    assert (only(line).number, only(line).name) == ("101", "Viktor")


def test_who_is_at_the_other_side_may_be_answered_with_the_calls(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side(other=CallerId("Viktor", "101"))], now)
    assert (only(line).number, only(line).name) == ("101", "Viktor")
    line.listed([side(other=CallerId(None, None))], now)
    assert (only(line).number, only(line).name) == ("101", "Viktor")


def test_nothing_is_known_of_a_side_without_an_id(line: Line) -> None:
    nobody = Party()
    assert line.dialed(nobody, now) == line.linked(nobody, OTHER, now) == []
    assert line.unlinked(nobody, OTHER, now) == line.met(nobody, OTHER, now) == []
    assert line.hung_up(None) == []
    assert line.segments == {}


# --- how it goes on ----------------------------------------------------------------------------


def test_two_sides_that_are_linked_talk(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert kinds(line.linked(OWN, OTHER, later)) == [Kind.ANSWERED]
    call = only(line)
    assert (call.state, call.number, call.name) == (CallState.TALKING, "101", "Viktor")
    assert (call.started, call.answered) == (NOON, later())


def test_whoever_was_linked_until_now_had_answered(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert kinds(line.unlinked(OWN, OTHER, later)) == [Kind.ANSWERED]
    assert kinds(line.hung_up("s1")) == [Kind.ENDED]


def test_whoever_hangs_up_unanswered_has_missed_the_call(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert kinds(line.hung_up("s1")) == [Kind.MISSED]
    assert line.calls == ()


def test_hold_is_seen_when_it_is_asked(line: Line) -> None:
    line.listed([side()], now)
    assert kinds(line.listed([side(on_hold=True)], now)) == [Kind.HELD]
    assert only(line).state is CallState.HELD
    assert kinds(line.listed([side()], now)) == [Kind.RESUMED]


def test_who_is_on_hold_had_answered(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert kinds(line.listed([side(on_hold=True)], later)) == [Kind.ANSWERED, Kind.HELD]
    assert kinds(line.listed([side()], later)) == [Kind.RESUMED]


def test_two_sides_that_only_have_to_do_with_each_other_are_not_linked(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert line.met(OWN, OTHER, now) == []
    assert (only(line).state, only(line).number) == (CallState.RINGING, "101")


def test_what_was_answered_does_not_ring_again(line: Line) -> None:
    line.listed([side()], now)
    assert line.dialed(OWN, now) == []
    assert only(line).state is CallState.TALKING


def test_whoever_is_given_on_talks_to_somebody_else(line: Line) -> None:
    line.listed([side()], now)
    line.linked(OWN, OTHER, now)
    assert line.linked(OWN, Party("s3", None, "102"), now) == []
    assert (only(line).number, only(line).name) == ("102", "Viktor")


def test_a_call_that_has_not_changed_stays_the_same_object(line: Line) -> None:
    line.listed([side()], now)
    before = only(line)
    line.listed([side()], later)
    assert only(line) is before


# --- how it ends -------------------------------------------------------------------------------


def test_what_is_not_listed_any_more_has_ended(line: Line) -> None:
    line.listed([side(), side("s9")], now)
    assert kinds(line.listed([side("s9")], now)) == [Kind.ENDED]
    assert only(line).id == "s9"


def test_what_one_answer_has_left_out_may_be_in_the_next(line: Line) -> None:
    line.listed([side()], now)
    line.listed([], now)
    line.listed([side()], now)
    assert only(line).id == "s1"


def test_what_has_gone_does_not_come_again(line: Line) -> None:
    line.listed([side()], now)
    line.hung_up("s1")
    assert line.listed([side()], now) == []
    assert line.calls == ()


@pytest.mark.parametrize("order", list(permutations(("dial", "link", "unlink", "hang_up"))))
@pytest.mark.parametrize("tells", [True, False])
def test_nothing_is_left_of_a_call_in_whatever_order_it_is_told(
    line: Line, order: tuple[str, ...], *, tells: bool
) -> None:
    for word in order:
        match word:
            case "dial":
                line.dialed(OWN, now)
            case "link":
                line.linked(OWN, OTHER, now)
            case "unlink":
                line.unlinked(OWN, OTHER, now)
            case _:
                line.hung_up("s1")
        if tells:
            is_there = "hang_up" not in order[: order.index(word) + 1]
            line.listed([side()] if is_there else [], now)
    assert line.calls == ()
    assert line.segments == {}


def test_whoever_ends_a_link_that_nobody_knows_has_no_call(line: Line) -> None:
    assert line.unlinked(OWN, OTHER, now) == []
    assert line.segments == {}


def test_a_telephone_has_no_more_calls_than_are_bearable(line: Line) -> None:
    for number in range(SEGMENTS_MOST + 5):
        line.linked(Party(f"s{number}"), OTHER, now)
    assert len(line.calls) == SEGMENTS_MOST


# --- other ids, the same calls -----------------------------------------------------------------


def test_calls_go_on_under_the_ids_that_they_have_after_a_restart(line: Line) -> None:
    line.listed([side("a", did="1"), side("b", incoming=False)], now)
    line.linked(Party("a"), OTHER, now)
    before = line.calls
    events = line.listed([side("y", incoming=False), side("x", did="1")], later, renamed=True)
    assert events == []
    assert {*line.calls} == {*before}
    assert kinds(line.hung_up("x")) == [Kind.ENDED]
    assert only(line).id == "b"


def test_a_call_that_rings_goes_on_ringing_after_a_restart(line: Line) -> None:
    line.dialed(OWN, now)
    line.listed([side()], now)
    assert line.listed([side("x")], later, renamed=True) == []
    assert only(line).state is CallState.RINGING


def test_another_call_after_a_restart_is_another(line: Line) -> None:
    line.listed([side("a", did="1")], now)
    events = line.listed([side("x", did="2")], later, renamed=True)
    assert kinds(events) == [Kind.ENDED, Kind.ANSWERED]
