"""A user's states, however they are written."""

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.oktell.states import SETTABLE, UserState, state_of

# The vendor's page "Сервисное оповещение", event 111.
NAMES = {
    0: "usDisconnected",
    1: "usReady",
    2: "usLunch",
    3: "usOff",
    5: "usFullbusy",
    6: "usReserved",
    7: "usWOphone",
}


@pytest.mark.parametrize("number", NAMES)
def test_a_state_by_its_number_and_by_its_name(number: int) -> None:
    state = UserState(number)
    name = NAMES[number]
    written = (number, str(number), f" {number} ", name, name.lower(), name.upper())
    assert {state_of(value) for value in written} == {state}


def test_there_are_seven() -> None:
    assert {int(state) for state in UserState} == NAMES.keys()


def test_the_servers_own_states_cannot_be_set() -> None:
    assert {int(state) for state in SETTABLE} == {1, 2, 3, 5}


@pytest.mark.parametrize(
    "value", [None, True, False, 4, -1, 8, 1.0, "", "4", "01", "٣", "usTalk", "us", b"1", [1], {}]
)
def test_what_is_no_state(value: object) -> None:
    assert state_of(value) is None


@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.lists(st.integers())))
def test_anything_is_a_state_or_none(value: object) -> None:
    assert state_of(value) is None or state_of(value) in UserState


def test_a_huge_text_is_no_state() -> None:
    assert state_of(" " * 10_000 + "1") is None
