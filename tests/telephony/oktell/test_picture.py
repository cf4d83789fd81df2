"""The users of an Oktell server, from what is told of their numbers, their modes and their lines."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.office_cti.telephony.directory import Directory
from custom_components.office_cti.telephony.model import (
    CallEvent,
    CallEventKind as Kind,
    CallState,
    Extension,
    Feature,
    Modes,
    PhoneState,
    Presence,
    StatusKind,
)
from custom_components.office_cti.telephony.oktell.calls import Seen
from custom_components.office_cti.telephony.oktell.picture import STATES, Person, Picture
from custom_components.office_cti.telephony.oktell.states import UserState

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
IVAN = Person("11-1", "Иван Петров", "101", ("101", "111", "102"), "Sales")
MASHA = Person("22-2", "Masha", "102")


class Office:
    """A picture, and what came of it."""

    def __init__(self, **status_kinds: StatusKind) -> None:
        self.turns: list[Any] = []
        self.directory = Directory(self.turns.append)
        self.picture = Picture(self.directory, status_kinds=status_kinds, now=lambda: NOON)
        self.busy: list[str] = []
        self.events: list[CallEvent] = []
        self.writes = 0
        self.picture.on_busy = self.busy.append

    def fill(self, *people: Person, **states: UserState) -> None:
        self.picture.commit(
            people, {person.id: states.get(f"_{person.number}") for person in people}, whole=True
        )
        self.run()
        for record in self.directory.extensions:
            record.listen_to_events(CallEvent, self.events.append)
            record.listen(frozenset({"status", "phone", "calls"}), self._written)

    def _written(self) -> None:
        self.writes += 1

    def run(self) -> None:
        while self.turns:
            self.turns.pop(0)()

    def __getitem__(self, user_id: str) -> Extension:
        record = self.directory.extensions.get((user_id,))
        assert record is not None
        return record.object

    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events]


@pytest.fixture
def office() -> Office:
    made = Office()
    made.fill(IVAN, MASHA, _101=UserState.READY)
    return made


# --- who there is ------------------------------------------------------------------------------


def test_a_user_is_an_extension_with_its_number_department_and_state(office: Office) -> None:
    ivan = office["11-1"]
    assert (ivan.number, ivan.name, ivan.group) == ("101", "Иван Петров", ("Sales",))
    assert ivan.status is not None
    assert (ivan.status.name, ivan.presence) == ("Ready", Presence.AVAILABLE)
    assert ivan.phone is PhoneState.IDLE
    assert office["22-2"].status is None
    assert office["22-2"].phone is None


def test_the_states_that_can_be_set_are_offered(office: Office) -> None:
    offered = office.directory.status_lists.get(STATES)
    assert offered is not None
    names = [status.name for status in offered.object.statuses]
    assert names == ["Ready", "Break", "Away", "Busy"]


def test_what_a_state_means_can_be_corrected() -> None:
    office = Office(Away=StatusKind.DO_NOT_DISTURB)
    office.fill(IVAN, _101=UserState.AWAY)
    assert office["11-1"].presence is Presence.DO_NOT_DISTURB


def test_who_is_gone_from_a_whole_snapshot_is_gone(office: Office) -> None:
    office.fill(MASHA)
    assert office.directory.extensions.get(("11-1",)) is None
    assert office.picture.find("101") is None


def test_who_is_not_in_a_snapshot_that_is_not_whole_stays(office: Office) -> None:
    office.picture.commit([], {}, whole=False)
    assert len(office.directory.extensions) == 2
    assert not office.directory.complete


def test_a_user_who_moves_to_another_number_stays_the_same(office: Office) -> None:
    office.fill(IVAN._replace(number="199"), MASHA, _199=UserState.READY)
    assert office["11-1"].number == "199"
    office.picture.number_told("101", UserState.AWAY)
    assert office["11-1"].presence is Presence.AVAILABLE


@pytest.mark.parametrize("word", ["11-1", "{11-1}", "101", "111", "ivan", "IVAN", " Ivan "])
def test_a_user_is_found_by_id_any_number_or_a_login_that_is_known(
    office: Office, word: str
) -> None:
    office.picture.logins = {"ivan": "11-1"}
    seat = office.picture.find(word)
    assert seat is not None
    assert seat.person is IVAN


def test_a_number_that_two_have_is_whose_main_number_it_is(office: Office) -> None:
    seat = office.picture.find("102")
    assert seat is not None
    assert seat.person is MASHA


def test_only_the_main_number_tells_what_its_user_is_doing(office: Office) -> None:
    office.picture.number_told("111", UserState.AWAY)
    assert office["11-1"].presence is Presence.AVAILABLE


def test_nobody_is_found_by_nothing(office: Office) -> None:
    assert office.picture.find("") is None


# --- what they are doing -----------------------------------------------------------------------


def test_a_number_that_changes_its_state_changes_its_user_once(office: Office) -> None:
    office.picture.number_told("101", UserState.AWAY)
    office.picture.number_told("101", UserState.AWAY)
    assert office["11-1"].presence is Presence.AWAY
    assert office.writes == 1


@pytest.mark.parametrize("state", [UserState.NO_PHONE, UserState.DISCONNECTED])
def test_who_has_no_telephone_or_is_not_there_is_offline(office: Office, state: UserState) -> None:
    office.picture.number_told("101", state)
    assert office["11-1"].presence is Presence.OFFLINE
    assert office["11-1"].phone is PhoneState.UNREACHABLE


def test_a_number_that_is_nobodys_is_passed_over(office: Office) -> None:
    office.picture.number_told("900", UserState.READY)
    assert office.writes == 0


def test_who_becomes_busy_is_to_be_asked_about_once(office: Office) -> None:
    office.picture.number_told("101", UserState.BUSY)
    office.picture.number_told("101", UserState.BUSY)
    assert office.busy == ["11-1"]
    assert office["11-1"].presence is Presence.BUSY


def test_a_call_that_is_found_is_told_and_ends_with_the_state(office: Office) -> None:
    office.picture.number_told("101", UserState.BUSY)
    office.picture.line_told("11-1", Seen(CallState.TALKING, "c1", number="200", name="Anna"))
    assert office["11-1"].presence is Presence.ON_CALL
    assert office["11-1"].phone is PhoneState.TALKING
    (call,) = office["11-1"].calls
    assert (call.id, call.number, call.name, call.started) == ("c1", "200", "Anna", NOON)
    office.picture.number_told("101", UserState.READY)
    assert office["11-1"].calls == ()
    assert office["11-1"].phone is PhoneState.IDLE
    assert office.kinds() == [Kind.ANSWERED, Kind.ENDED]


def test_a_line_that_is_told_is_not_asked_about_and_keeps_its_call(office: Office) -> None:
    office.picture.line_is_told("11-1", told=True)
    office.picture.line_told("11-1", Seen(CallState.RINGING, "c1"))
    office.picture.number_told("101", UserState.BUSY)
    office.picture.number_told("101", UserState.READY)
    assert office.busy == []
    assert office["11-1"].phone is PhoneState.RINGING
    office.picture.line_told("11-1")
    assert office.kinds() == [Kind.RINGING, Kind.MISSED]


def test_a_line_that_is_told_no_more_has_no_call_unless_its_user_is_busy(office: Office) -> None:
    for user in ("11-1", "22-2"):
        office.picture.line_is_told(user, told=True)
        office.picture.line_told(user, Seen(CallState.TALKING, "c1"))
    office.picture.state_told("22-2", UserState.BUSY)
    for user in ("11-1", "22-2"):
        office.picture.line_is_told(user, told=False)
    assert office["11-1"].calls == ()
    assert len(office["22-2"].calls) == 1


# --- modes -------------------------------------------------------------------------------------


def test_modes_are_told_one_by_one(office: Office) -> None:
    assert office["11-1"].modes is None
    office.picture.modes_told("11-1", redirect=True)
    office.picture.modes_told("11-1", call_center=True, on_break=True, break_reason="Lunch")
    assert office["11-1"].modes == Modes(
        redirect=True, call_center=True, on_break=True, break_reason="Lunch"
    )


def test_a_break_that_is_over_has_no_reason(office: Office) -> None:
    office.picture.modes_told("11-1", on_break=True, break_reason="Lunch")
    office.picture.modes_told("11-1", on_break=False)
    assert office["11-1"].modes == Modes(on_break=False)


def test_modes_that_nobody_tells_any_more_are_not_known(office: Office) -> None:
    office.picture.line_is_told("11-1", told=True)
    office.picture.modes_told("11-1", redirect=True)
    office.picture.line_is_told("11-1", told=False)
    assert office["11-1"].modes is None


def test_what_users_can_do_is_asked_for_when_it_changes(office: Office) -> None:
    office.picture.features_of = lambda user: frozenset({Feature.HANG_UP} if user == "11-1" else ())
    office.picture.refresh(["11-1", "22-2", "33-3"])
    assert office["11-1"].features == {Feature.HANG_UP}
    assert office["22-2"].features == frozenset()


def test_what_is_told_of_a_user_who_is_not_there_is_passed_over(office: Office) -> None:
    office.picture.state_told("33-3", UserState.READY)
    office.picture.modes_told("33-3", redirect=True)
    office.picture.line_told("33-3", Seen(CallState.RINGING))
    office.picture.line_is_told("33-3", told=True)
    assert len(office.directory.extensions) == 2
