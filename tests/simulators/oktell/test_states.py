"""Which wishes about a user's state and modes come true."""

from dataclasses import replace

import pytest

from simulators.oktell.states import Standing, UserState, Wish, granted

REASONS = frozenset({1, 2, 3, 4})
READY = Standing()
OPERATOR = Standing(call_center=True)
ON_BREAK = Standing(UserState.BREAK, call_center=True, on_break=True, reason_id=3)


def outcome(standing: Standing, *, in_call: bool = False, **wish: object) -> Standing:
    return granted(standing, Wish(**wish), reasons=REASONS, in_call=in_call)


@pytest.mark.parametrize("state", [0, 4, 6, 7, 99, -1])
def test_service_states_and_unknown_ones_cannot_be_set(state: int) -> None:
    assert outcome(READY, state=state) == READY


@pytest.mark.parametrize("state", [UserState.AWAY, UserState.BUSY])
def test_states_can_be_set_and_left_again(state: UserState) -> None:
    changed = outcome(READY, state=int(state))
    assert changed == Standing(state)
    assert outcome(changed, state=1) == READY


@pytest.mark.parametrize("state", [1, 3, 5])
def test_nobody_in_a_call_is_made_anything_else(state: int) -> None:
    busy = Standing(UserState.BUSY)
    assert outcome(busy, in_call=True, state=state) == busy


def test_redirect_is_for_those_outside_of_the_call_center() -> None:
    assert outcome(READY, redirect=True) == Standing(redirect=True)
    assert outcome(OPERATOR, redirect=True) == OPERATOR


def test_who_enters_the_call_center_leaves_redirect() -> None:
    assert outcome(Standing(redirect=True), call_center=True) == OPERATOR


def test_who_leaves_the_call_center_leaves_the_break() -> None:
    assert outcome(ON_BREAK, call_center=False) == READY


def test_leaving_the_call_center_and_redirecting_are_two_steps() -> None:
    assert outcome(OPERATOR, call_center=False, redirect=True) == READY
    assert outcome(READY, call_center=False, redirect=True) == Standing(redirect=True)


@pytest.mark.parametrize("wish", [{"state": 2}, {"on_break": True}])
def test_a_break_is_for_those_in_the_call_center(wish: dict[str, object]) -> None:
    assert outcome(READY, **wish) == READY
    assert outcome(OPERATOR, **wish, reason_id=3) == ON_BREAK


def test_a_break_without_a_reason_and_one_in_words_are_fine() -> None:
    assert outcome(OPERATOR, on_break=True) == replace(ON_BREAK, reason_id=0)
    told = outcome(OPERATOR, on_break=True, reason_text="зубной")
    assert (told.reason_id, told.reason_text) == (0, "зубной")


def test_a_reason_in_the_database_goes_without_words() -> None:
    assert outcome(OPERATOR, on_break=True, reason_id=3, reason_text="зубной") == ON_BREAK


def test_a_break_for_an_unknown_reason_is_none() -> None:
    assert outcome(OPERATOR, on_break=True, reason_id=1001) == OPERATOR


def test_a_break_in_a_call_waits_for_its_end() -> None:
    busy = replace(OPERATOR, state=UserState.BUSY)
    assert outcome(busy, in_call=True, state=2, reason_id=3) == replace(
        ON_BREAK, state=UserState.BUSY
    )


@pytest.mark.parametrize("wish", [{"state": 1}, {"on_break": False}])
def test_a_break_ends(wish: dict[str, object]) -> None:
    assert outcome(ON_BREAK, **wish) == OPERATOR


def test_with_the_break_mode_readiness_means_break() -> None:
    assert outcome(OPERATOR, state=1, on_break=True, reason_id=3) == ON_BREAK


def test_call_center_by_hand_is_for_those_in_the_call_center() -> None:
    assert outcome(READY, call_center_manual=True) == READY
    assert outcome(OPERATOR, call_center_manual=True).call_center_manual


def test_who_is_not_there_cannot_be_changed() -> None:
    gone = Standing(UserState.DISCONNECTED)
    assert outcome(gone, state=1, call_center=True, redirect=True) == gone


def test_without_a_telephone_modes_change_but_not_the_state() -> None:
    without = Standing(UserState.NO_PHONE)
    assert outcome(without, state=1, redirect=True) == replace(without, redirect=True)
