"""What a server says of phones and channels, and the calls that come of it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import json
import re
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.office_cti.telephony.model import (
    Call,
    CallDirection,
    CallEvent,
    CallEventKind,
    CallState,
    PhoneState,
)
from custom_components.office_cti.telephony.xivo.calls import STALE, moment
from custom_components.office_cti.telephony.xivo.messages import CurrentCalls, GetStatus, ListName
from custom_components.office_cti.telephony.xivo.people import CHANNELS_OF_A_PHONE_MOST

from ...recordings.reading import Kind, recording
from .watching import OFFICE, START, Site, Wire, channel, phone, removed, status

# Alice's phone and channel, and Bob's.
A, B = "SIP/x2gjtw-0000000b", "SIP/barometrix-0000000a"
OUTSIDE = "SIP/trunk-00000001"


def hint(value: int, line: str = "3") -> Wire:
    return status("phones", line, hintstatus=str(value))


def listed(*channels: str, line: str = "3") -> Wire:
    return status("phones", line, channels=list(channels))


def rings(tid: str = A, peer: str | None = B, **fields: Any) -> Wire:
    return channel(tid, "Down", "ringing", direction="in", **to(peer), **fields)


def calls(tid: str = B, peer: str | None = A, **fields: Any) -> Wire:
    return channel(tid, "Ring", "calling", direction="out", **to(peer), **fields)


def bridged(tid: str = A, peer: str | None = B, **fields: Any) -> Wire:
    """Return what is said of who was called and talks: that it rings, but is up."""
    linked = {"direction": "in", "talkingto_kind": "channel", "timestamp": START + 9}
    return channel(tid, "Up", "ringing", **(linked | to(peer) | fields))


def linked(tid: str = A, peer: str | None = B, **fields: Any) -> Wire:
    kind = {"direction": "in", "talkingto_kind": "channel", "timestamp": START + 9}
    return channel(tid, "Up", "linked-called", **(kind | to(peer) | fields))


def to(peer: str | None) -> dict[str, str]:
    return {} if peer is None else {"talkingto_id": peer}


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(START + seconds, UTC)


@pytest.fixture
def site() -> Site:
    made = Site()
    made.snapshot()
    made.forget()
    return made


def the_call(site: Site, user_id: str = "1") -> Call:
    (call,) = site.extension(user_id).calls
    return call


# --- a call's life -----------------------------------------------------------------------------


def test_a_call_that_is_answered(site: Site) -> None:
    site.say(listed(A), channel(A, "Unknown", "ready"))
    assert (site.extension("1").phone, site.extension("1").calls) == (PhoneState.IDLE, ())
    site.say(rings())
    assert site.extension("1").phone is PhoneState.RINGING
    assert the_call(site) == Call(
        A, CallState.RINGING, CallDirection.INCOMING, at(0), None, "1002", "Bob Marceau"
    )
    site.say(hint(8), bridged())
    assert site.extension("1").phone is PhoneState.TALKING
    assert the_call(site) == Call(
        A, CallState.TALKING, CallDirection.INCOMING, at(0), at(9), "1002", "Bob Marceau"
    )
    site.say(hint(1), listed(), removed("channels", A), hint(0))
    assert (site.extension("1").phone, site.extension("1").calls) == (PhoneState.IDLE, ())
    assert site.calls_told("1") == ["ringing", "answered", "ended"]


def test_a_call_that_nobody_answers_is_missed(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), listed(), hint(0))
    assert site.calls_told("1") == ["ringing", "missed"]
    assert site.extension("1").phone is PhoneState.IDLE


def test_the_caller_dials_until_the_other_end_answers(site: Site) -> None:
    site.say(listed(B, line="7"), calls())
    assert site.extension("2").phone is PhoneState.DIALING
    assert the_call(site, "2") == Call(
        B, CallState.DIALING, CallDirection.OUTGOING, at(0), None, "1001", "Alice Bouzat"
    )
    site.say(hint(1, "7"))
    assert site.extension("2").phone is PhoneState.DIALING
    site.say(channel(B, "Up", "calling", direction="out", talkingto_kind="channel", **to(A)))
    assert site.extension("2").phone is PhoneState.TALKING
    site.say(listed(line="7"))
    assert site.calls_told("2") == ["dialing", "answered", "ended"]


def test_a_call_that_the_other_end_does_not_answer_ends(site: Site) -> None:
    site.say(listed(B, line="7"), calls(), listed(line="7"))
    assert site.calls_told("2") == ["dialing", "ended"]


def test_whose_own_phone_is_called_first_dials_only_then(site: Site) -> None:
    site.say(listed(B, line="7"), channel(B, "Unknown", "ready"), hint(8, "7"))
    assert the_call(site, "2").state is CallState.RINGING
    site.say(hint(1, "7"), channel(B, "Up", "calling", direction="out", **to(A)))
    call = the_call(site, "2")
    assert (call.direction, call.number) == (CallDirection.OUTGOING, "1001")
    site.say(listed(line="7"), hint(0, "7"))
    assert site.calls_told("2") == ["ringing", "answered", "ended"]


def test_whose_phone_is_up_before_the_other_end_still_dials(site: Site) -> None:
    site.say(listed(B, line="7"), channel(B, "Up", "calling", direction="out", **to(A)))
    assert the_call(site, "2").state is CallState.DIALING


@pytest.mark.parametrize("answer", [hint(1), hint(2), bridged(), linked()])
def test_either_the_hint_or_the_channel_tells_that_a_call_was_answered(
    site: Site, answer: Wire
) -> None:
    site.say(listed(A), rings(), hint(8), answer)
    assert site.calls_told("1") == ["ringing", "answered"]
    site.say(bridged(), hint(1))
    assert site.calls_told("1") == ["ringing", "answered"]


def test_what_was_answered_does_not_ring_again(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), hint(1), rings(), channel(A, "Up", "calling"), rings())
    assert the_call(site).state is CallState.TALKING
    assert site.calls_told("1") == ["ringing", "answered"]


def test_who_answers_is_never_earlier_than_who_calls(site: Site) -> None:
    site.say(listed(A), rings(timestamp=START + 60), hint(8), hint(1))
    assert (the_call(site).started, the_call(site).answered) == (at(60), at(60))


@pytest.mark.parametrize(
    ("hold", "resume"),
    [
        (linked(holded=True), linked(holded=False)),
        (hint(16), hint(1)),
    ],
)
def test_a_call_is_held_and_resumed(site: Site, hold: Wire, resume: Wire) -> None:
    site.say(listed(A), rings(), hint(8), hint(1), bridged(), hold)
    assert site.extension("1").phone is PhoneState.ON_HOLD
    assert the_call(site).state is CallState.HELD
    site.say(resume)
    assert site.extension("1").phone is PhoneState.TALKING
    assert site.calls_told("1") == ["ringing", "answered", "held", "resumed"]


def test_a_call_is_parked_and_taken_back(site: Site) -> None:
    site.say(listed(A), rings(), bridged())
    site.say(linked(parked=True, talkingto_kind="parking", talkingto_id="701@default"))
    assert (the_call(site).state, site.extension("1").phone) == (
        CallState.PARKED,
        PhoneState.ON_HOLD,
    )
    site.say(linked())
    assert site.calls_told("1") == ["ringing", "answered", "parked", "resumed"]


def test_who_is_on_hold_before_the_answer_was_seen_has_answered(site: Site) -> None:
    site.say(listed(A), rings(), linked(holded=True))
    assert site.calls_told("1") == ["ringing", "answered", "held"]


def test_a_second_call_rings_while_the_first_goes_on(site: Site) -> None:
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A), rings(), hint(8), hint(1), bridged())
    site.say(listed(A, other), rings(other, OUTSIDE), hint(9))
    assert site.extension("1").phone is PhoneState.TALKING
    assert [call.state for call in site.extension("1").calls] == [
        CallState.TALKING,
        CallState.RINGING,
    ]
    site.say(listed(other), hint(8))
    assert site.extension("1").phone is PhoneState.RINGING
    site.say(listed(), hint(0))
    assert site.calls_told("1") == ["ringing", "answered", "ringing", "ended", "missed"]


def test_which_of_two_calls_was_answered_the_hint_does_not_tell(site: Site) -> None:
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A, other), rings(), rings(other, OUTSIDE), hint(8), hint(1))
    assert site.calls_told("1") == ["ringing", "ringing"]
    site.say(bridged(other, OUTSIDE))
    assert [call.state for call in site.extension("1").calls] == [
        CallState.RINGING,
        CallState.TALKING,
    ]


def test_a_phone_that_rings_while_its_user_calls_nobody_yet_is_in_use(site: Site) -> None:
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A), channel(A, "Unknown", "ready"), hint(1))
    assert (site.extension("1").phone, site.extension("1").calls) == (PhoneState.DIALING, ())
    site.say(listed(A, other), rings(other), hint(9))
    assert site.extension("1").phone is PhoneState.TALKING


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("Ringing", CallState.RINGING),
        ("Ring", CallState.DIALING),
        ("Dialing", CallState.DIALING),
        ("Up", CallState.TALKING),
    ],
)
def test_a_channel_without_another_end_does_what_its_state_says(
    site: Site, state: str, shown: CallState
) -> None:
    site.say(listed(A), channel(A, state, "ready"))
    assert the_call(site).state is shown


@pytest.mark.parametrize("state", ["Down", "Rsrvd", "OffHook", "Busy", "Unknown", "of the future"])
def test_a_channel_that_does_nothing_yet_is_no_call(site: Site, state: str) -> None:
    site.say(listed(A), channel(A, state, "ready"))
    assert site.extension("1").calls == ()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (-2, PhoneState.UNREACHABLE),
        (-1, PhoneState.UNREACHABLE),
        (0, PhoneState.IDLE),
        (1, PhoneState.TALKING),
        (2, PhoneState.TALKING),
        (4, PhoneState.UNREACHABLE),
        (8, PhoneState.RINGING),
        (9, PhoneState.TALKING),
        (16, PhoneState.ON_HOLD),
    ],
)
def test_what_a_hint_says_of_a_phone(site: Site, value: int, shown: PhoneState) -> None:
    site.say(hint(value))
    assert site.extension("1").phone is shown


def test_a_phone_of_which_nothing_is_told_is_unknown() -> None:
    site = Site()
    site.snapshot(
        office=[
            each for each in OFFICE if (each.get("listname"), each.get("tid")) != ("phones", "3")
        ],
    )
    site.say(phone("3", "1001", "SIP/x2gjtw", 1))
    assert site.extension("1").phone is None


def test_a_phone_without_a_hint_is_in_a_call_all_the_same(site: Site) -> None:
    site.say(hint(4), listed(A), rings())
    assert site.extension("1").phone is PhoneState.RINGING
    site.say(bridged())
    assert site.extension("1").phone is PhoneState.TALKING
    site.say(listed())
    assert site.extension("1").phone is PhoneState.UNREACHABLE


@pytest.mark.parametrize("never", [None, -1e300, 1e300, float("nan"), float("inf")])
def test_what_is_no_time_is_none(never: float | None) -> None:
    assert moment(never) is None


# --- recordings --------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["14.12", "15.01"])
def test_a_whole_call_as_real_servers_tell_it(site: Site, release: str) -> None:
    sections = {each.title: each for each in recording("xivo", release, "pushes").sections}
    shown: list[tuple[PhoneState | None, PhoneState | None]] = []
    for step in sections["a whole call: 1002 calls 1001"].steps:
        if step.kind is Kind.RECEIVED and step.message is not None:
            site.say(step.message)
            shown.append((site.extension("2").phone, site.extension("1").phone))
    assert site.calls_told("2") == ["dialing", "answered", "ended"]
    assert site.calls_told("1") == ["ringing", "answered", "held", "ended"]
    parties = {
        object_id: {
            (event.call.number, event.call.name) for i, event in site.events if i == object_id
        }
        for object_id, _ in site.events
    }
    assert parties == {("1",): {("1002", "Bob Marceau")}, ("2",): {("1001", "Alice Bouzat")}}
    assert list(dict.fromkeys(shown)) == [
        (PhoneState.IDLE, PhoneState.IDLE),
        (PhoneState.DIALING, PhoneState.IDLE),
        (PhoneState.DIALING, PhoneState.RINGING),
        (PhoneState.DIALING, PhoneState.TALKING),
        (PhoneState.TALKING, PhoneState.TALKING),
        (PhoneState.TALKING, PhoneState.ON_HOLD),
        (PhoneState.TALKING, PhoneState.IDLE),
    ]
    assert shown[-1] == (PhoneState.IDLE, PhoneState.IDLE)
    ended = [event.call for _, event in site.events if event.kind is CallEventKind.ENDED]
    assert all(
        timedelta() < call.answered - call.started < timedelta(seconds=5) for call in ended[1:]
    )


@pytest.mark.parametrize("release", ["14.12", "15.01"])
def test_hints_alone_as_real_servers_tell_them(site: Site, release: str) -> None:
    sections = {each.title: each for each in recording("xivo", release, "pushes").sections}
    for step in sections["hints"].steps:
        if step.kind is Kind.RECEIVED and step.message is not None:
            site.say(step.message)
    assert site.calls_told("1") == ["ringing", "answered", "ended"]
    assert site.extension("1").phone is PhoneState.IDLE


@pytest.mark.parametrize("release", ["14.12", "15.01"])
@pytest.mark.parametrize(
    "name", ["pushes", "features-and-agents", "calls-queues-directory", "lists"]
)
def test_no_call_outlives_a_real_conversation(site: Site, release: str, name: str) -> None:
    for section in recording("xivo", release, name).sections:
        for step in section.steps:
            if step.kind is Kind.RECEIVED and step.message is not None:
                site.say(step.message)
    assert not any(each.object.calls for each in site.directory.extensions)


# --- hints alone -------------------------------------------------------------------------------


def test_where_no_channels_are_told_the_hint_makes_a_call_of_an_unknown_party(site: Site) -> None:
    site.clock = START + 5
    site.say(hint(8))
    assert the_call(site) == Call("hint", CallState.RINGING, CallDirection.INCOMING, at(5))
    site.clock = START + 7
    site.say(hint(1))
    assert the_call(site) == Call(
        "hint", CallState.TALKING, CallDirection.INCOMING, at(5), answered=at(7)
    )
    site.say(hint(16), hint(1), hint(0))
    assert site.calls_told("1") == ["ringing", "answered", "held", "resumed", "ended"]


def test_a_phone_that_only_rang_has_missed_a_call(site: Site) -> None:
    site.say(hint(8), hint(0))
    assert site.calls_told("1") == ["ringing", "missed"]


def test_who_takes_the_phone_off_the_hook_is_in_a_call_either_way(site: Site) -> None:
    site.say(hint(1))
    assert (the_call(site).state, the_call(site).direction) == (CallState.TALKING, None)
    site.say(hint(4))
    assert site.calls_told("1") == ["answered", "ended"]


def test_a_phone_that_talks_and_then_rings_has_another_call(site: Site) -> None:
    site.say(hint(1), hint(9), hint(8), hint(0))
    assert site.calls_told("1") == ["answered", "ended", "ringing", "missed"]


def test_a_channel_that_comes_after_its_hint_is_the_same_call(site: Site) -> None:
    site.say(hint(8), listed(A), rings())
    assert (the_call(site).id, the_call(site).number) == (A, "1002")
    site.say(hint(1), bridged(), listed(), hint(0))
    assert site.calls_told("1") == ["ringing", "answered", "ended"]


def test_a_channel_of_which_nothing_is_told_does_what_the_hint_says(site: Site) -> None:
    site.say(listed(A), hint(8))
    assert the_call(site).id == A
    site.say(hint(1), listed(), hint(0))
    assert site.calls_told("1") == ["ringing", "answered", "ended"]


def test_of_two_channels_of_which_nothing_is_told_one_rings(site: Site) -> None:
    site.say(listed(A, "SIP/x2gjtw-0000000c"), hint(8))
    assert [call.id for call in site.extension("1").calls] == [A]


def test_a_channel_of_which_nothing_is_told_is_in_use_with_its_phone(site: Site) -> None:
    site.say(listed(A), hint(1))
    assert the_call(site).state is CallState.TALKING


def test_a_hint_that_is_left_behind_by_a_call_makes_no_call(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), hint(1), bridged())
    site.say(status("phones", "3", channels=[], hintstatus="1"))
    assert (site.extension("1").phone, site.extension("1").calls) == (PhoneState.IDLE, ())
    assert site.calls_told("1") == ["ringing", "answered", "ended"]


def test_hints_that_were_registered_for_count_like_the_others(site: Site) -> None:
    data = {"xivo_uuid": "ours", "endpoint_id": 3, "status": 8}
    site.say({"class": "endpoint_status_update", "data": data})
    assert site.extension("1").phone is PhoneState.RINGING
    site.say({"class": "endpoint_status_update", "data": data | {"endpoint_id": 999}})


# --- nothing rings for ever --------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [
        listed(),
        removed("channels", A),
        hint(0),
        hint(4),
        status("phones", "3", channels=[], hintstatus="8"),
        removed("phones", "3"),
    ],
)
def test_any_sign_of_its_end_ends_a_call(site: Site, end: Wire) -> None:
    site.say(listed(A), rings(), hint(8), end)
    assert site.extension("1").calls == ()
    assert site.calls_told("1") == ["ringing", "missed"]
    site.say(rings(), bridged(), hint(0))
    assert site.extension("1").calls == ()
    assert site.calls_told("1") == ["ringing", "missed"]


@pytest.mark.parametrize("answer", [bridged(), hint(1)])
def test_who_talks_goes_on_when_the_phone_is_not_registered_any_more(
    site: Site, answer: Wire
) -> None:
    site.say(listed(A), rings(), hint(8), answer, hint(4))
    assert the_call(site).state is CallState.TALKING


def test_a_phone_that_seemed_idle_for_a_moment_is_in_its_call_again(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), hint(0), hint(1), rings())
    assert site.extension("1").calls == ()
    site.say(bridged())
    assert the_call(site).state is CallState.TALKING
    assert site.calls_told("1") == ["ringing", "missed", "answered"]


def test_a_hint_of_the_call_before_does_not_end_the_next(site: Site) -> None:
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A), rings(), hint(8), hint(1), listed(other), rings(other), hint(0))
    assert the_call(site).state is CallState.RINGING
    site.say(hint(8), hint(0))
    assert site.extension("1").calls == ()


@pytest.mark.parametrize("value", [1, 8, 16])
def test_a_hint_of_the_call_before_does_not_begin_the_next(site: Site, value: int) -> None:
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A), rings(), hint(8), hint(value), listed(), listed(other))
    assert site.extension("1").calls == ()
    site.say(rings(other))
    assert the_call(site).state is CallState.RINGING


def test_a_caller_whose_hint_was_never_told_goes_on_dialing(site: Site) -> None:
    site.say(listed(B, line="7"), calls())
    site.say(status("phones", "7", channels=[B], hintstatus="0", queues=[], groups=[]))
    assert site.extension("2").phone is PhoneState.DIALING


def test_a_channel_that_another_phone_lists_is_that_phones(site: Site) -> None:
    site.say(listed(A), rings(), listed(A, line="7"))
    assert site.extension("1").calls == ()
    assert the_call(site, "2").id == A
    assert site.calls_told("1") == ["ringing", "missed"]


def test_a_phone_has_no_end_of_calls(site: Site) -> None:
    many = [f"SIP/x2gjtw-{number:08x}" for number in range(200)]
    site.say(listed(*many, *many), *map(rings, many))
    assert len(site.extension("1").calls) == CHANNELS_OF_A_PHONE_MOST
    assert site.oddities == {"more calls than a phone has": 1}
    site.say(listed())
    assert site.extension("1").calls == ()


def test_all_phones_together_have_no_end_of_calls(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.office_cti.telephony.xivo.people.CHANNELS_MOST", 1)
    site.say(listed(A), rings(), listed(B, line="7"), calls())
    assert (len(site.extension("1").calls), site.extension("2").calls) == (1, ())
    assert site.oddities == {"more calls than a phone has": 1}


def test_a_channel_of_no_phone_is_nobodys_call(site: Site) -> None:
    site.say(channel(OUTSIDE, "Up", "ready"), removed("channels", OUTSIDE))
    assert not site.changes
    assert not site.events


def test_a_channel_that_is_listed_anew_is_new(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), hint(0), listed(), listed(A), rings())
    assert the_call(site).state is CallState.RINGING


# --- the other party ---------------------------------------------------------------------------


def test_an_outside_party_is_not_guessed(site: Site) -> None:
    site.say(listed(A), rings(peer=OUTSIDE))
    assert (the_call(site).number, the_call(site).name) == (None, None)


@pytest.mark.parametrize("end", [A, OUTSIDE])
def test_an_outside_party_is_shown_when_it_is_told(site: Site, end: str) -> None:
    site.say(listed(A), rings(peer=OUTSIDE))
    assert site.picture.party_told("1", end, "0145550000", "Ext") == A
    assert (the_call(site).number, the_call(site).name) == ("0145550000", "Ext")
    site.say(bridged(peer=OUTSIDE))
    assert the_call(site).number == "0145550000"


def test_a_party_may_be_told_before_its_call(site: Site) -> None:
    assert site.picture.party_told("1", OUTSIDE, "0145550000", "") is None
    site.say(listed(A), rings(peer=OUTSIDE))
    assert (the_call(site).number, the_call(site).name) == ("0145550000", None)


def test_a_party_that_is_told_to_one_is_not_told_to_others(site: Site) -> None:
    site.picture.party_told("2", OUTSIDE, "0145550000", "")
    site.say(listed(A), rings(peer=OUTSIDE))
    assert the_call(site).number is None


@pytest.mark.parametrize("user_id", ["1", "6", "999"])
def test_a_party_of_a_call_that_is_not_there_changes_nothing(site: Site, user_id: str) -> None:
    assert site.picture.party_told(user_id, "SIP/other-1", "", "") is None
    site.run()
    assert not site.changes


def test_parties_without_a_call_are_not_kept_for_ever(site: Site) -> None:
    for number in range(5_000):
        site.picture.party_told("1", f"SIP/trunk-{number}", str(number), "")
    site.say(listed(A), rings(peer="SIP/trunk-0"))
    assert the_call(site).number is None


def test_who_is_inside_is_known_whatever_is_told(site: Site) -> None:
    site.picture.party_told("1", B, "555", "Somebody")
    site.say(listed(A), rings(peer=B))
    assert the_call(site).number == "1002"


def test_a_call_that_is_passed_on_has_another_party(site: Site) -> None:
    site.say(listed(A), rings(), bridged(), linked(peer=OUTSIDE))
    assert (the_call(site).number, the_call(site).name) == (None, None)
    site.say(linked(peer=B))
    assert the_call(site).name == "Bob Marceau"


def test_who_was_there_last_is_shown_while_nobody_is_told(site: Site) -> None:
    site.say(listed(A), rings(), bridged(), linked(peer=None, holded=True))
    assert the_call(site).name == "Bob Marceau"


def test_a_phone_of_nobody_has_a_number_and_no_name(site: Site) -> None:
    site.say(phone("9", "1004", "SIP/hall", None), phone("9", "1004", "SIP/hall", None))
    site.say(listed(A), rings(peer="SIP/hall-00000001"))
    assert (the_call(site).number, the_call(site).name) == ("1004", None)


def current_calls(*parties: tuple[str, str]) -> Wire:
    found = [
        {"cid_number": number, "cid_name": name, "call_status": "up", "call_start": START}
        for number, name in parties
    ]
    return {"class": "current_calls", "current_calls": found}


@pytest.mark.parametrize(
    "begin", [[listed(A), rings(peer=OUTSIDE), bridged(peer=OUTSIDE)], [hint(1)]]
)
def test_the_calls_of_ones_own_line_tell_the_party(site: Site, begin: list[Wire]) -> None:
    site.picture.user_id = "1"
    site.say(*begin, current_calls(("0145550000", "Ext")))
    assert (the_call(site).number, the_call(site).name) == ("0145550000", "Ext")


def test_a_party_does_not_outlive_a_call_that_only_the_hint_told_of(site: Site) -> None:
    site.picture.user_id = "1"
    site.say(hint(1), current_calls(("0145550000", "Ext")), hint(0), hint(1))
    assert the_call(site).number is None


def test_which_of_two_calls_is_meant_is_not_guessed(site: Site) -> None:
    site.picture.user_id = "1"
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A, other), linked(A, OUTSIDE), linked(other, "SIP/trunk-2"))
    site.say(current_calls(("0145550000", "Ext")))
    assert {call.number for call in site.extension("1").calls} == {None}


def test_whose_party_is_known_is_not_meant(site: Site) -> None:
    site.picture.user_id = "1"
    other = "SIP/x2gjtw-0000000c"
    site.say(listed(A, other), linked(A, B), linked(other, OUTSIDE))
    site.say(current_calls(("1002", "Bob"), ("0145550000", "Ext")))
    assert [call.number for call in site.extension("1").calls] == ["1002", "0145550000"]


def test_the_calls_of_somebody_elses_line_are_told_on_that_persons_connection(site: Site) -> None:
    site.say(listed(A), rings(peer=OUTSIDE), bridged(peer=OUTSIDE))
    for message in site.decoder.feed(json.dumps(current_calls(("555", ""))).encode() + b"\n"):
        assert isinstance(message, CurrentCalls)
        site.picture.current_calls_told("1", message)
    assert (the_call(site).number, the_call(site).name) == ("555", None)


def test_which_channel_is_at_the_other_end(site: Site) -> None:
    site.say(listed(A), rings())
    assert site.picture.other_end(A) == B
    assert site.picture.other_end(OUTSIDE) is None


def test_the_calls_of_somebody_unknown_are_nobodys(site: Site) -> None:
    site.picture.user_id = "999"
    site.say(current_calls(("0145550000", "Ext")))
    assert not site.changes


# --- calls that were there before us -----------------------------------------------------------


def test_calls_in_progress_are_found_and_are_no_news() -> None:
    site = Site()
    site.snapshot(status("phones", "3", channels=[A], hintstatus="8"), rings(timestamp=START))
    assert site.asked == [GetStatus(ListName.CHANNELS, A, "xivo")]
    assert the_call(site).number == "1002"
    assert site.events == []
    site.say(hint(0))
    assert site.calls_told("1") == ["missed"]


def test_what_is_answered_about_a_call_in_progress_later_is_no_news_either() -> None:
    site = Site()
    site.snapshot(status("phones", "3", channels=[A], hintstatus="0"))
    site.say(rings())
    assert the_call(site).state is CallState.RINGING
    assert site.events == []
    site.say(bridged())
    assert site.calls_told("1") == ["answered"]


def test_a_call_that_begins_after_its_channel_was_found_is_news() -> None:
    site = Site()
    site.snapshot(listed(A), channel(A, "Unknown", "ready"))
    site.say(rings())
    assert site.calls_told("1") == ["ringing"]


def test_a_channel_that_is_gone_when_it_is_asked_about_is_no_call() -> None:
    site = Site()
    nobody = status("channels", A) | {"status": None}
    site.snapshot(status("phones", "3", channels=[A], hintstatus="1"), nobody)
    assert site.extension("1").calls == ()


def test_a_call_that_went_on_while_we_were_away_is_the_same(site: Site) -> None:
    site.say(listed(A), rings(peer=OUTSIDE), hint(8), hint(1))
    site.picture.party_told("1", OUTSIDE, "0145550000", "Ext")
    site.say(bridged(peer=OUTSIDE))
    before = the_call(site)
    site.forget()
    site.snapshot(
        status("phones", "3", channels=[A], hintstatus="1"),
        linked(peer=OUTSIDE, timestamp=START + 99),
    )
    assert the_call(site) == before
    assert (site.changes, site.events) == ([], [])


def test_a_call_that_ended_while_we_were_away_is_simply_gone(site: Site) -> None:
    site.say(listed(A), rings(), hint(8), hint(8, "7"))
    site.forget()
    site.snapshot()
    assert (site.extension("1").calls, site.extension("2").calls) == ((), ())
    assert site.events == []


def test_a_hint_that_went_on_while_we_were_away_is_the_same_call(site: Site) -> None:
    site.say(hint(8))
    before = the_call(site)
    site.clock = START + 9
    site.forget()
    site.snapshot(hint(8))
    assert the_call(site) == before
    assert site.events == []


def test_a_call_of_whose_phone_nothing_is_told_any_more_is_gone(site: Site) -> None:
    site.say(listed(A), rings(), hint(8))
    site.snapshot(
        office=[each for each in OFFICE if each.get("tid") not in {"1", "3"}], complete=False
    )
    assert (site.extension("1").phone, site.extension("1").calls) == (None, ())


def test_a_channel_that_the_server_forgot_is_no_call_of_an_idle_phone() -> None:
    site = Site()
    site.clock = START + STALE + 1
    site.snapshot(status("phones", "3", channels=[A], hintstatus="0"), rings(timestamp=START))
    assert (site.extension("1").phone, site.extension("1").calls) == (PhoneState.IDLE, ())


# --- whatever comes ----------------------------------------------------------------------------

_CHANNELS = {"3": (A, "SIP/x2gjtw-0000000c"), "7": (B, "SIP/barometrix-0000000d")}
_HINTS = (-2, -1, 0, 1, 2, 4, 8, 9, 16)
_OPTIONAL: dict[str, st.SearchStrategy[Any]] = {
    "state": st.sampled_from(["Down", "Ring", "Ringing", "Up", "Unknown"]),
    "commstatus": st.sampled_from(
        ["ready", "calling", "ringing", "linked-caller", "linked-called"]
    ),
    "direction": st.sampled_from(["in", "out"]),
    "talkingto_id": st.sampled_from([A, B, OUTSIDE, "701@default"]),
    "talkingto_kind": st.sampled_from(["channel", "parking", "<meetme>"]),
    "holded": st.booleans(),
    "parked": st.booleans(),
}


@st.composite
def pushes(draw: st.DrawFn) -> Wire:
    line = draw(st.sampled_from(["3", "7"]))
    one = st.sampled_from(_CHANNELS[line])
    match draw(st.sampled_from(["list", "hint", "both", "channel", "channel", "removed"])):
        case "list":
            return listed(*draw(st.lists(one, max_size=2)), line=line)
        case "hint":
            return hint(draw(st.sampled_from(_HINTS)), line)
        case "both":
            found = draw(st.lists(one, max_size=2))
            value = str(draw(st.sampled_from(_HINTS)))
            return status("phones", line, channels=found, hintstatus=value)
        case "removed":
            return removed("channels", draw(one))
    fields = draw(st.fixed_dictionaries({}, optional=_OPTIONAL))
    return status("channels", draw(one), **fields)


def _all_deleted() -> list[Wire]:
    return [removed("channels", *_CHANNELS["3"], *_CHANNELS["7"])]


def _all_unlisted() -> list[Wire]:
    return [listed(line="3"), listed(line="7")]


_IDLE = [hint(0, "3"), hint(0, "7")]
_ENDS: tuple[Callable[[], list[Wire]], ...] = (
    lambda: [*_all_deleted(), *_IDLE],
    lambda: [*_IDLE, *_all_deleted()],
    lambda: [*_all_unlisted(), *_IDLE],
    lambda: [*_IDLE, *_all_unlisted()],
)
# What may happen to one call, in letters; every one of these words is a whole life.
_LETTERS = {
    CallEventKind.RINGING: "r",
    CallEventKind.DIALING: "d",
    CallEventKind.ANSWERED: "a",
    CallEventKind.HELD: "h",
    CallEventKind.RESUMED: "u",
    CallEventKind.PARKED: "p",
    CallEventKind.MISSED: "m",
    CallEventKind.ENDED: "e",
}
_LIFE = re.compile(r"rm|de|[rd]?a[hup]*e")


@given(st.lists(pushes(), max_size=40), st.sampled_from(_ENDS))
@settings(max_examples=150, deadline=None)
def test_whatever_comes_no_call_outlives_its_end(
    said: list[Wire], end: Callable[[], list[Wire]]
) -> None:
    site = Site()
    site.snapshot()
    for wire in [*said, *end()]:
        site.clock += 1  # each call begins at a time of its own
        if wire["listname"] == "channels" and "status" in wire:
            wire = wire | {"status": wire["status"] | {"timestamp": site.clock}}  # noqa: PLW2901
        site.say(wire)
    for user_id in ("1", "2"):
        assert site.extension(user_id).calls == ()
        assert site.extension(user_id).phone is PhoneState.IDLE
    lives: dict[Any, str] = {}
    for object_id, event in site.events:
        assert isinstance(event, CallEvent)
        key = object_id, event.call.started
        lives[key] = lives.get(key, "") + _LETTERS[event.kind]
    assert [life for life in lives.values() if not _LIFE.fullmatch(life)] == []
    assert not site.oddities


@given(st.lists(pushes(), max_size=30), st.lists(pushes(), max_size=10))
@settings(max_examples=60, deadline=None)
def test_whatever_comes_a_new_connection_shows_what_is_told_there(
    said: list[Wire], later: list[Wire]
) -> None:
    site, fresh = Site(), Site()
    site.snapshot()
    site.say(*said)
    before = {user_id: len(site.extension(user_id).calls) for user_id in ("1", "2")}
    site.forget()
    site.snapshot(*later)
    fresh.snapshot(*later)
    assert site.events == []
    for user_id, known in before.items():
        mine, theirs = site.extension(user_id), fresh.extension(user_id)
        # Of a channel that nothing is told of yet, what was known before still holds.
        assert len(theirs.calls) <= len(mine.calls) <= len(theirs.calls) + known
        if not mine.calls:
            assert mine.phone is theirs.phone
    site.say(*_all_unlisted(), *_IDLE)
    assert not any(each.object.calls for each in site.directory.extensions)
