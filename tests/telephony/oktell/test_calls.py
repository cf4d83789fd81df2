"""The calls of one user, from what a server tells of the user's line."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.office_cti.telephony.model import (
    Call,
    CallDirection,
    CallEvent,
    CallEventKind as Kind,
    CallState,
)
from custom_components.office_cti.telephony.oktell.answers import (
    Abonent as AskedAbonent,
    AbonentInfo,
    ChainCall,
    ChainConnection,
    ChainContent,
    Side,
)
from custom_components.office_cti.telephony.oktell.calls import (
    NAMELESS,
    Seen,
    follow,
    seen_in_answers,
    seen_on_line,
)
from custom_components.office_cti.telephony.oktell.frames import Abonent, LineInfo

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=1)
ANNA, VIKTOR = "11-1", "22-2"


def kinds(events: list[CallEvent]) -> list[Kind]:
    return [event.kind for event in events]


def call(state: CallState = CallState.TALKING, call_id: str = "c1") -> Call:
    ((found,), _) = follow((), [Seen(state, call_id)], lambda: NOON)
    return found


# --- from what is seen to what has happened ----------------------------------------------------


def test_a_line_without_a_call_tells_nothing() -> None:
    assert follow((), (), lambda: NOON) == ((), [])


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (CallState.RINGING, [Kind.RINGING]),
        (CallState.DIALING, [Kind.DIALING]),
        (CallState.TALKING, [Kind.ANSWERED]),
        (CallState.HELD, [Kind.ANSWERED, Kind.HELD]),
    ],
)
def test_a_new_call_begins_as_it_is_seen(seen: CallState, told: list[Kind]) -> None:
    (found,), events = follow((), [Seen(seen, "c1", number="200", name="Anna")], lambda: NOON)
    assert (found.id, found.state, found.number, found.name) == ("c1", seen, "200", "Anna")
    assert found.started == NOON
    assert kinds(events) == told


@pytest.mark.parametrize(
    ("before", "seen", "told"),
    [
        (CallState.RINGING, CallState.RINGING, []),
        (CallState.RINGING, CallState.TALKING, [Kind.ANSWERED]),
        (CallState.DIALING, CallState.TALKING, [Kind.ANSWERED]),
        (CallState.TALKING, CallState.HELD, [Kind.HELD]),
        (CallState.HELD, CallState.TALKING, [Kind.RESUMED]),
        (CallState.TALKING, CallState.RINGING, []),
    ],
)
def test_a_call_goes_on_from_what_it_was(
    before: CallState, seen: CallState, told: list[Kind]
) -> None:
    _, events = follow([call(before)], [Seen(seen, "c1")], lambda: LATER)
    assert kinds(events) == told


def test_a_call_that_has_not_changed_is_the_very_same() -> None:
    before = call()
    (after,), events = follow([before], [Seen(CallState.TALKING, "c1")], lambda: LATER)
    assert after is before
    assert events == []


def test_what_is_not_said_again_stays_known() -> None:
    told = Seen(CallState.RINGING, "c1", CallDirection.INCOMING, "200", "Anna")
    before, _ = follow((), [told], lambda: NOON)
    (after,), _ = follow(before, [Seen(CallState.TALKING, "c1")], lambda: LATER)
    assert (after.direction, after.number, after.name) == (CallDirection.INCOMING, "200", "Anna")
    assert (after.started, after.answered) == (NOON, LATER)


@pytest.mark.parametrize(
    ("before", "told"), [(CallState.RINGING, Kind.MISSED), (CallState.TALKING, Kind.ENDED)]
)
def test_a_call_that_is_not_seen_any_more_has_ended(before: CallState, told: Kind) -> None:
    found, events = follow([call(before)], (), lambda: LATER)
    assert found == ()
    assert kinds(events) == [told]


def test_another_chain_is_another_call() -> None:
    (found,), events = follow([call()], [Seen(CallState.RINGING, "c2")], lambda: LATER)
    assert (found.id, found.started) == ("c2", LATER)
    assert kinds(events) == [Kind.ENDED, Kind.RINGING]


@pytest.mark.parametrize(("before", "seen"), [("c1", NAMELESS), (NAMELESS, "c1")])
def test_a_call_whose_chain_is_not_named_is_the_one_that_there_is(before: str, seen: str) -> None:
    (found,), events = follow(
        [call(CallState.RINGING, before)], [Seen(CallState.TALKING, seen)], lambda: LATER
    )
    assert found.id == before
    assert kinds(events) == [Kind.ANSWERED]


@pytest.mark.parametrize("chain", ["c1", NAMELESS])
def test_whoever_is_asked_while_another_waits_has_a_call_of_the_own(chain: str) -> None:
    waiting, consulted = Seen(CallState.HELD, chain), Seen(CallState.DIALING, "c2")
    calls, events = follow([call()], [waiting], lambda: NOON)
    assert kinds(events) == [Kind.HELD]
    calls, events = follow(calls, [consulted, waiting], lambda: NOON)
    assert kinds(events) == [Kind.DIALING]
    assert [(each.id, each.state) for each in calls] == [
        ("c2", CallState.DIALING),
        ("c1", CallState.HELD),
    ]
    calls, events = follow(calls, [Seen(CallState.TALKING, "c1")], lambda: NOON)
    assert kinds(events) == [Kind.ENDED, Kind.RESUMED]


def test_one_chain_is_one_call_even_if_it_is_told_twice() -> None:
    twice = [Seen(CallState.TALKING, "c1"), Seen(CallState.HELD, "c1")]
    calls, events = follow((), twice, lambda: NOON)
    assert [each.state for each in calls] == [CallState.TALKING]
    assert kinds(events) == [Kind.ANSWERED]
    assert follow(calls, twice, lambda: LATER) == (calls, [])


def test_times_are_those_that_the_server_tells() -> None:
    told = Seen(CallState.TALKING, "c1", started=NOON, answered=LATER)
    (found,), _ = follow((), [told], lambda: LATER + timedelta(hours=1))
    assert (found.started, found.answered) == (NOON, LATER)


# --- what a line of one's own says -------------------------------------------------------------


@pytest.mark.parametrize(
    ("info", "state"),
    [
        (LineInfo(state="lsReserved"), None),
        (LineInfo(state="lsHookUp", abonent=Abonent()), None),
        (LineInfo(abonent=Abonent(is_ringing=True)), CallState.RINGING),
        (LineInfo(abonent=Abonent(is_ringing=True, direction="acm_callback")), CallState.DIALING),
        (LineInfo(abonent=Abonent(is_auto_call=True, is_ringing=True)), CallState.DIALING),
        (LineInfo(abonent=Abonent(is_talking=True)), CallState.TALKING),
        (LineInfo(abonent=Abonent(is_conference=True)), CallState.TALKING),
        (LineInfo(abonent=Abonent(is_waiting_in_flash=True, is_talking=True)), CallState.HELD),
        (LineInfo(state="lsCommutated", abonent=Abonent(is_ivr=True)), CallState.TALKING),
        (LineInfo(state="lsHookUp", abonent=Abonent(is_ivr=True)), None),
        (
            LineInfo(
                state="lsCommutated", abonent=Abonent(is_ivr=True, is_waiting_for_answer=True)
            ),
            None,
        ),
        (LineInfo(abonent=Abonent(number="200")), CallState.DIALING),
        (LineInfo(abonent=Abonent(external_line="00001")), CallState.DIALING),
    ],
)
def test_what_a_line_does_is_made_of_its_marks(info: LineInfo, state: CallState | None) -> None:
    assert [seen.state for seen in seen_on_line(info)] == ([] if state is None else [state])


def test_who_is_at_the_other_end_of_a_line() -> None:
    (seen,) = seen_on_line(
        LineInfo(
            chain_id="c1",
            abonent=Abonent(number="101", user_name="Viktor", name="Desk", is_ringing=True),
        )
    )
    assert seen == Seen(CallState.RINGING, "c1", CallDirection.INCOMING, "101", "Viktor")


def test_the_chain_of_the_other_end_is_the_calls() -> None:
    (seen,) = seen_on_line(LineInfo(chain_id="c1", abonent=Abonent(chain_id="c2", is_talking=True)))
    assert (seen.id, seen.direction) == ("c2", None)


@pytest.mark.parametrize(
    ("info", "number"),
    [
        (LineInfo(called_id="300", abonent=Abonent(caller_id="200", is_ringing=True)), "200"),
        (LineInfo(called_id="300", abonent=Abonent(is_auto_call=True)), "300"),
        (LineInfo(abonent=Abonent(is_ringing=True)), None),
    ],
)
def test_a_number_is_the_first_that_is_told(info: LineInfo, number: str | None) -> None:
    (seen,) = seen_on_line(info)
    assert seen.number == number
    assert seen.id == NAMELESS


def test_whoever_waits_behind_a_flash_is_on_hold() -> None:
    waiting = Abonent(number="200", name="Anna")
    (seen,) = seen_on_line(LineInfo(chain_id="c1", is_flashing=True, flashed=waiting))
    assert seen == Seen(CallState.HELD, "c1", None, "200", "Anna")
    consulted = Abonent(number="300", is_talking=True)
    first, second = seen_on_line(LineInfo(chain_id="c2", abonent=consulted, flashed=waiting))
    assert (first.state, first.id, first.number) == (CallState.TALKING, "c2", "300")
    assert (second.state, second.id, second.number) == (CallState.HELD, NAMELESS, "200")


# --- what is answered of somebody's line -------------------------------------------------------

LOCAL = datetime(2026, 11, 20, 15)  # noqa: DTZ001 -- as the server tells it
BETWEEN = ChainConnection(
    a=Side(user=ANNA), b=Side(user=VIKTOR), started=LOCAL, answered=LOCAL + timedelta(seconds=5)
)


def utc(time: datetime | None) -> datetime | None:
    return time and (time - timedelta(hours=3)).replace(tzinfo=UTC)


def talking(**abonent: str) -> AbonentInfo:
    return AbonentInfo("lsCommutated", AskedAbonent(**abonent))


def test_a_line_that_is_not_connected_has_no_call() -> None:
    assert seen_in_answers(ANNA, AbonentInfo("lsFree"), ChainContent(), utc) is None
    assert seen_in_answers(ANNA, AbonentInfo(), ChainContent(), utc) is None


def test_a_call_is_told_with_its_times_in_utc() -> None:
    seen = seen_in_answers(
        ANNA, talking(number="101", name="V"), ChainContent(id="c1", trace=(BETWEEN,)), utc
    )
    assert seen == Seen(
        CallState.TALKING,
        "c1",
        CallDirection.OUTGOING,
        "101",
        "V",
        NOON,
        NOON + timedelta(seconds=5),
    )


def test_whoever_is_called_has_an_incoming_call() -> None:
    seen = seen_in_answers(VIKTOR, talking(user_name="Anna"), ChainContent(trace=(BETWEEN,)), utc)
    assert seen is not None
    assert (seen.direction, seen.name, seen.id) == (CallDirection.INCOMING, "Anna", NAMELESS)


def test_the_latest_connection_of_the_user_counts() -> None:
    earlier = BETWEEN._replace(a=Side(user=VIKTOR), b=Side(user=ANNA))
    others = BETWEEN._replace(a=Side(user="33-3"), b=Side(user="44-4"))
    trace = (ChainCall(), earlier, BETWEEN, others)
    seen = seen_in_answers(ANNA, talking(chain="c9"), ChainContent(trace=trace), utc)
    assert seen is not None
    assert (seen.direction, seen.id) == (CallDirection.OUTGOING, "c9")


def test_a_call_may_be_told_by_the_state_of_the_line_alone() -> None:
    seen = seen_in_answers(ANNA, AbonentInfo("lsCommutated"), ChainContent(), utc)
    assert seen == Seen(CallState.TALKING)


@pytest.mark.parametrize(
    ("direction", "state", "called"),
    [
        ("pbx", CallState.RINGING, CallDirection.INCOMING),
        ("acm_callback", CallState.DIALING, CallDirection.OUTGOING),
    ],
)
def test_a_line_that_is_said_to_ring_rings(
    direction: str, state: CallState, called: CallDirection
) -> None:
    line = AbonentInfo("any", AskedAbonent(number="200", is_ringing=True, direction=direction))
    seen = seen_in_answers(ANNA, line, ChainContent(id="c1"), utc)
    assert seen == Seen(state, "c1", called, "200")


def test_that_a_line_rings_is_not_guessed_from_what_its_state_is_called() -> None:
    line = AbonentInfo("lsRinging", AskedAbonent(number="200"))
    assert seen_in_answers(ANNA, line, ChainContent(), utc) is None
