"""What an iSymphony Live server's answers and events make of people, their telephones, queues and rooms."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.office_cti.telephony.directory import Directory
from custom_components.office_cti.telephony.isymphony_live import (
    centre,
    conferences,
    picture as picture_module,
    statuses,
)
from custom_components.office_cti.telephony.isymphony_live.events import (
    AgentLogin,
    AgentLogout,
    ConferenceLeave,
    Dial,
    Event,
    Hangup,
    LinkEnd,
    Party,
    Unknown,
    UserLogin,
    UserLogout,
    UserStatus,
)
from custom_components.office_cti.telephony.isymphony_live.found import (
    AgentFound,
    CallFound,
    CoreFound,
    QueueFound,
    RoomFound,
    UserFound,
)
from custom_components.office_cti.telephony.isymphony_live.picture import Picture
from custom_components.office_cti.telephony.isymphony_live.resources import (
    CallerId,
    CallSegment,
    ConferenceRoom,
    CoreServer,
    Extension as Telephone,
    Queue as QueueResource,
    QueueAgent,
    Status as StatusResource,
    User,
)
from custom_components.office_cti.telephony.model import (
    Agent,
    AgentAvailability,
    CallDirection,
    CallEvent,
    CallEventKind as Kind,
    Conference,
    ConferenceEvent,
    Extension,
    Feature,
    PassageKind,
    PhoneState,
    Presence,
    Queue,
    QueueMemberState,
    ServerEvent,
    ServerEventKind,
    StatusKind,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
AVAILABLE = StatusResource("Available", "available")
AWAY = StatusResource("Lunch", "away", "Back soon", NOON)

DESK = Telephone("100", "e1", "Anna (desk)")
MOBILE = Telephone("200", "e2", "Anna (mobile)")
DOOR = Telephone("300", "e3", "Front Door")
ANNA = UserFound(User("anna", "u1", "Anna Young"), AVAILABLE, (DESK, MOBILE))
BOB = UserFound(User("bob", "u2"), AWAY)
SALES = QueueResource("5001", "q1", "Sales")
SUPPORT = QueueResource("5002", "q2")
MAIN = ConferenceRoom("650", "r1", "Main")
CORE = CoreServer("default", "c1", "Default")


def at(queue: QueueResource, *agents: AgentFound, **rest: Any) -> QueueFound:
    return QueueFound(queue, agents, **rest)


def agent(
    agent_id: str = "a1", at: Telephone | None = DESK, *, paused: bool = False, state: str = ""
) -> AgentFound:
    return AgentFound(QueueAgent(agent_id, "Anna", state or "NOT_INUSE", paused), at)


EVERYTHING = CoreFound(
    CORE,
    (ANNA, BOB),
    (DESK, MOBILE, DOOR),
    {"e1": (), "e2": (), "e3": ()},
    (at(SALES, agent(), waiting=2), at(SUPPORT)),
    (RoomFound(MAIN),),
)


class Office:
    """A picture, and what came of it."""

    def __init__(self, **status_kinds: StatusKind) -> None:
        self.turns: list[Callable[[], object]] = []
        self.time = NOON
        self.directory = Directory(self.turns.append)
        self.picture = Picture(self.directory, status_kinds=status_kinds, now=lambda: self.time)
        self.looks: list[tuple[str, str]] = []
        self.strangers = 0
        self.events: list[Any] = []
        self.written: list[str] = []
        self.picture.on_call = lambda core, extension: self.looks.append((core, extension))
        self.picture.on_stranger = self._stranger
        self.directory.server.listen_to_events(ServerEvent, self.events.append)

    def _stranger(self) -> None:
        self.strangers += 1

    async def fill(self, *found: CoreFound, **how: Any) -> None:
        """Take in these answers, and listen to whatever comes of it from now on."""
        known = {id(record) for table in self.directory.tables.values() for record in table}
        await self.picture.commit(found or (EVERYTHING,), **{"whole": True, **how})
        self.run()
        for table in self.directory.tables.values():
            for record in table:
                if id(record) not in known:
                    self._listen(record)

    def _listen(self, record: Any) -> None:
        record.listen_to_events(CallEvent, self.events.append)
        record.listen_to_events(ConferenceEvent, self.events.append)
        fields = frozenset(type(record.object).__slots__)
        record.listen(fields, lambda: self.written.append(str(record.object)))

    def run(self) -> None:
        while self.turns:
            self.turns.pop(0)()

    def tell(self, *events: Event) -> None:
        for event in events:
            self.picture.apply(event)
        self.run()

    def kinds(self) -> list[Kind]:
        return [event.kind for event in self.events if isinstance(event, CallEvent)]

    def extension(self, *key: str) -> Extension:
        record = self.directory.extensions.get(("default", *key))
        assert record is not None
        return record.object

    @property
    def anna(self) -> Extension:
        return self.extension("users", "anna")

    def agent(self, number: str = "100") -> Agent:
        record = self.directory.agents.get(("default", number))
        assert record is not None
        return record.object

    def queue(self, identifier: str = "5001") -> Queue:
        record = self.directory.queues.get(("default", identifier))
        assert record is not None
        return record.object

    def room(self, identifier: str = "650") -> Conference:
        record = self.directory.conferences.get(("default", identifier))
        assert record is not None
        return record.object

    def queues(self, *found: QueueFound) -> None:
        """Take in queues as they are asked for now."""
        marks = self.picture.marks
        asked = (each._replace(asked=marks.mark(each.queue.id)) for each in found)
        self.picture.queues_told("c1", asked)
        self.run()

    async def calls(self, extension: str, *found: CallFound) -> bool:
        mark = self.picture.marks.mark(extension)
        return self.picture.calls_told("c1", extension, found, mark)


@pytest.fixture
async def office() -> Office:
    made = Office()
    await made.fill()
    return made


# --- people and their telephones ---------------------------------------------------------------


async def test_a_user_is_one_device_with_all_of_its_telephones(office: Office) -> None:
    anna = office.anna
    assert (anna.name, anna.number, anna.group) == ("Anna Young", "100", ())
    assert anna.status is not None
    assert (anna.status.name, anna.status.kind) == ("Available", StatusKind.AVAILABLE)
    assert (anna.presence, anna.phone, anna.calls) == (Presence.AVAILABLE, PhoneState.IDLE, ())
    assert {Feature.STATUS, Feature.USER_LOGGED_IN, Feature.PHONE, Feature.CALLS} <= anna.features
    assert len(office.directory.extensions) == 3
    assert office.directory.complete


async def test_a_user_without_a_telephone_has_no_calls(office: Office) -> None:
    bob = office.extension("users", "bob")
    assert (bob.name, bob.number, bob.phone) == ("bob", "", None)
    assert Feature.CALLS not in bob.features
    assert (bob.note, bob.return_time, bob.presence) == ("Back soon", NOON, Presence.AWAY)


async def test_a_telephone_that_is_nobodys_has_a_device_of_its_own(office: Office) -> None:
    door = office.extension("extensions", "300")
    assert (door.name, door.number, door.phone) == ("Front Door", "300", PhoneState.IDLE)
    assert door.features == {Feature.PHONE, Feature.CALLS}
    assert door.status is None


async def test_a_user_without_a_licence_has_no_status() -> None:
    office = Office()
    await office.fill(EVERYTHING._replace(users=(ANNA._replace(status=None),)))
    assert office.anna.status is None
    assert office.anna.presence is None


async def test_the_calls_of_all_telephones_combine(office: Office) -> None:
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True, is_on_hold=True)))
    assert office.anna.phone is PhoneState.ON_HOLD
    await office.calls("e2", CallFound(CallSegment("s2", is_incoming=False)))
    assert office.anna.phone is PhoneState.TALKING
    assert [call.id for call in office.anna.calls] == ["s1", "s2"]
    assert office.anna.presence is Presence.ON_CALL


async def test_several_core_servers_are_told_apart() -> None:
    office = Office()
    branch = CoreFound(CoreServer("branch", "c2", "Branch"), (ANNA,), (DESK, MOBILE))
    await office.fill(EVERYTHING, branch)
    there = office.directory.extensions.get(("branch", "users", "anna"))
    assert there is not None
    assert (there.object.group, office.anna.group) == (("Branch",), ("Default",))
    assert office.agent().group == office.queue().group == office.room().group == ("Default",)
    event = UserStatus(user_id="u1", core_server_id="c2", name="Lunch", type="away")
    office.tell(event)
    assert there.object.presence is Presence.AWAY
    assert office.anna.presence is Presence.AVAILABLE
    office.tell(event._replace(core_server_id=None))
    assert office.anna.presence is Presence.AVAILABLE


async def test_of_one_core_server_events_need_not_say_that_they_are(office: Office) -> None:
    office.tell(UserStatus(user_id="u1", name="Lunch"))
    assert office.anna.status is not None
    assert office.anna.status.name == "Lunch"


async def test_what_another_core_server_tells_is_of_the_only_one_if_there_is_no_other(
    office: Office,
) -> None:
    told = UserStatus(username="anna", core_server_id="another", name="Lunch")
    office.tell(told, told)
    assert office.strangers == 1
    assert office.anna.status is not None
    assert office.anna.status.name == "Available"
    await office.fill(anew=False)
    office.tell(told)
    assert office.anna.status.name == "Lunch"
    assert office.strangers == 1


async def test_what_an_unknown_core_server_tells_has_the_picture_read_once() -> None:
    office = Office()
    await office.fill(EVERYTHING, CoreFound(CoreServer("branch", "c2")))
    stranger = UserLogin(user_id="u1", core_server_id="c3")
    office.tell(stranger, stranger, Unknown("later", core_server_id="c3"))
    assert office.strangers == 1
    assert len(office.events) == 1


async def test_who_is_gone_from_a_whole_picture_is_gone(office: Office) -> None:
    await office.fill(EVERYTHING._replace(users=(ANNA,), extensions=(DESK,)))
    assert len(office.directory.extensions) == 1


@pytest.mark.parametrize(
    ("found", "whole"), [(EVERYTHING._replace(users=(), extensions=()), True), (CORE, False)]
)
async def test_nobody_is_gone_from_an_empty_picture_or_one_that_is_not_whole(
    office: Office, found: Any, *, whole: bool
) -> None:
    await office.fill(found if whole else CoreFound(CORE, (BOB,)), whole=whole)
    assert len(office.directory.extensions) == 3
    assert not office.directory.complete


async def test_nobody_is_gone_while_a_core_server_knows_no_users_yet() -> None:
    office = Office()
    branch = EVERYTHING._replace(server=CoreServer("branch", "c2", "Branch"))
    await office.fill(EVERYTHING, branch)
    await office.fill(EVERYTHING, branch._replace(users=()))
    assert office.directory.extensions.get(("branch", "users", "anna"))
    assert not office.directory.complete
    await office.fill(EVERYTHING)
    assert not office.directory.extensions.get(("branch", "users", "anna"))


async def test_a_telephone_that_two_users_have_is_shown_as_one_users(office: Office) -> None:
    bob = BOB._replace(extensions=(DESK,))
    calls = {"e1": (CallFound(CallSegment("s1", is_incoming=True)),)}
    await office.fill(EVERYTHING._replace(users=(ANNA, bob), calls=calls))
    assert (len(office.anna.calls), office.extension("users", "bob").calls) == (1, ())
    office.tell(Hangup(party=OWN))
    assert office.anna.calls == ()


async def test_whose_telephones_nobody_tells_keeps_those_that_are_still_there(
    office: Office,
) -> None:
    anna = ANNA._replace(extensions=None)
    new_door = EVERYTHING._replace(users=(anna, BOB), extensions=(DESK, DOOR))
    await office.fill(new_door, whole=False)
    assert office.anna.number == "100"
    assert office.directory.extensions.get(("default", "extensions", "100")) is None
    office.tell(Hangup(party=Party("s1", extension_id="e2")))
    assert office.strangers == 1


async def test_who_has_another_name_is_the_same_by_id_or_by_configuration(office: Office) -> None:
    anna = ANNA._replace(user=User("anna", "u1", "Anna Young", "k1"))
    await office.fill(EVERYTHING._replace(users=(anna, BOB)))
    office.tell(UserLogin(user_id="u1", login_id="l1"))
    record = office.directory.extensions.get(("default", "users", "anna"))
    renamed = ANNA._replace(user=User("anna.old", "u1", "Anna Old"), status=None)
    await office.fill(EVERYTHING._replace(users=(renamed, BOB)), anew=False)
    assert office.directory.extensions.get(("default", "users", "anna.old")) is record
    assert office.extension("users", "anna.old").logged_in is True
    assert office.extension("users", "anna.old").status is not None
    await office.fill(EVERYTHING._replace(users=(anna, BOB)))
    again = ANNA._replace(user=User("a.young", "u1b", "Anna Young", "k1"))
    await office.fill(EVERYTHING._replace(users=(again, BOB)))
    assert office.directory.extensions.get(("default", "users", "a.young")) is record
    assert len(office.directory.extensions) == 3


async def test_a_telephone_with_another_number_goes_on_with_its_call(office: Office) -> None:
    calls = {"e3": (CallFound(CallSegment("s1", is_incoming=True)),)}
    await office.fill(EVERYTHING._replace(calls=calls))
    office.events.clear()
    record = office.directory.extensions.get(("default", "extensions", "300"))
    door = Telephone("301", "e3", "Front Door")
    await office.fill(EVERYTHING._replace(extensions=(DESK, MOBILE, door), calls=calls))
    assert office.directory.extensions.get(("default", "extensions", "301")) is record
    assert office.extension("extensions", "301").number == "301"
    assert office.kinds() == []


async def test_who_is_given_the_name_of_somebody_else_is_not_taken_for_both(office: Office) -> None:
    anna = office.directory.extensions.get(("default", "users", "anna"))
    bob = BOB._replace(user=User("anna", "u2"))
    await office.fill(EVERYTHING._replace(users=(bob, ANNA._replace(user=User("eve", "u1")))))
    assert office.directory.extensions.get(("default", "users", "anna")) is anna
    assert len(office.directory.extensions) == 3


async def test_an_answer_that_is_older_than_an_event_changes_neither_queue_nor_room(
    office: Office,
) -> None:
    await office.fill()
    old = at(SALES, agent(), asked=office.picture.marks.mark("q1"))
    room = RoomFound(MAIN, (ZOE,), office.picture.marks.mark("r1"))
    office.tell(AgentLogout(agent_id="a1", queue_id="q1"))
    office.tell(ConferenceLeave(party=Party("s2"), room_id="r1"))
    await office.fill(EVERYTHING._replace(queues=(old,), rooms=(room,)), anew=False)
    assert office.queue().members == ()
    assert office.room().members == ()


# --- statuses ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "name", "kind"),
    [
        ("available", "Lunch", StatusKind.AVAILABLE),
        ("chat", "Lunch", StatusKind.AVAILABLE),
        ("away", "x", StatusKind.AWAY),
        ("xa", "x", StatusKind.AWAY),
        ("dnd", "x", StatusKind.DO_NOT_DISTURB),
        ("unavailable", "x", StatusKind.BUSY),
        ("altblue", "x", StatusKind.AVAILABLE),
        ("altred", "In a meeting", StatusKind.BUSY),
        ("altgreen", "Lunch", StatusKind.AWAY),
        ("of a later release", "Vacation", StatusKind.AWAY),
        ("", "x", StatusKind.AVAILABLE),
    ],
)
async def test_a_status_means_what_its_type_says_or_else_its_name(
    office: Office, type_: str, name: str, kind: StatusKind
) -> None:
    office.tell(UserStatus(user_id="u1", name=name, type=type_ or None))
    assert office.anna.status is not None
    assert (office.anna.status.kind, office.anna.status.key) == (kind, type_)


@pytest.mark.parametrize("word", ["Lunch", "altpink"])
async def test_what_a_status_means_can_be_corrected_by_its_name_or_its_type(word: str) -> None:
    office = Office(**{word: StatusKind.DO_NOT_DISTURB})
    await office.fill()
    office.tell(UserStatus(user_id="u1", name="Lunch", type="altpink"))
    assert office.anna.presence is Presence.DO_NOT_DISTURB


async def test_a_status_that_somebody_has_had_is_offered_from_then_on(office: Office) -> None:
    record = office.directory.status_lists.get(office.anna.status_list)
    assert record is not None
    assert [each.name for each in record.object.statuses] == ["Available", "Lunch"]
    office.tell(UserStatus(user_id="u1", name="Training", type="altpink"))
    office.tell(UserStatus(user_id="u1", name="Available", type="available"))
    names = [each.name for each in record.object.statuses]
    assert names == ["Available", "Lunch", "Training"]


async def test_a_status_of_another_type_than_before_means_that(office: Office) -> None:
    office.tell(UserStatus(user_id="u1", name="Lunch", type="dnd"))
    assert office.anna.presence is Presence.DO_NOT_DISTURB
    record = office.directory.status_lists.get(office.anna.status_list)
    assert record is not None
    assert len(record.object.statuses) == 2


async def test_no_more_statuses_are_offered_than_are_bearable(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statuses, "STATUSES_MOST", 2)
    office.tell(UserStatus(user_id="u1", name="Training", type="dnd"))
    assert office.anna.presence is Presence.DO_NOT_DISTURB
    record = office.directory.status_lists.get(office.anna.status_list)
    assert record is not None
    assert len(record.object.statuses) == 2


async def test_note_and_return_time_come_with_the_status(office: Office) -> None:
    back = NOON + timedelta(hours=1)
    office.tell(UserStatus(user_id="u1", name="Lunch", type="away", note="Soup", return_time=back))
    assert (office.anna.note, office.anna.return_time) == ("Soup", back)
    assert office.written == ["Anna Young"]
    office.tell(UserStatus(user_id="u1", name="Lunch", type="away"))
    assert (office.anna.note, office.anna.return_time) == ("", None)


async def test_a_status_that_was_asked_for_is_older_than_an_event(office: Office) -> None:
    seat = office.picture.seat(office.anna.id)
    assert seat is not None
    asked = office.picture.marks.mark("u1")
    office.picture.status_read(seat, None, asked)
    office.picture.status_read(seat, AWAY, asked)
    assert office.anna.presence is Presence.AWAY
    office.tell(UserStatus(user_id="u1", name="Available", type="available"))
    office.picture.status_read(seat, AWAY, asked)
    assert office.anna.presence is Presence.AVAILABLE
    await office.fill(anew=False)
    office.picture.status_read(seat, AWAY, office.picture.marks.mark("u1"))
    assert office.anna.presence is Presence.AVAILABLE


async def test_a_status_event_without_a_status_says_nothing(office: Office) -> None:
    office.tell(UserStatus(user_id="u1"))
    assert office.written == []


async def test_a_user_is_found_by_name_where_the_id_is_not_known(office: Office) -> None:
    office.tell(UserStatus(user_id="new", username="anna", name="Lunch", type="away"))
    assert office.anna.presence is Presence.AWAY
    assert office.strangers == 0


# --- log-ins -----------------------------------------------------------------------------------


async def test_nobody_knows_who_is_logged_in_until_it_is_told(office: Office) -> None:
    assert office.anna.logged_in is None
    office.tell(UserLogin(user_id="u1", login_id="l1"), UserLogin(user_id="u1", login_id="l2"))
    assert office.anna.logged_in is True
    office.tell(UserLogout(user_id="u1", login_id="l1"))
    assert office.anna.logged_in is True
    office.tell(UserLogout(user_id="u1", login_id="l2"))
    assert office.anna.logged_in is False


async def test_whoever_logs_out_of_what_nobody_knew_of_is_logged_out(office: Office) -> None:
    office.tell(UserLogout(user_id="u1", login_id="l0"))
    assert office.anna.logged_in is False


async def test_a_log_out_that_names_no_log_in_ends_them_all(office: Office) -> None:
    office.tell(UserLogin(user_id="u1", login_id="l1"), UserLogout(user_id="u1"))
    assert office.anna.logged_in is False


async def test_log_ins_are_forgotten_when_events_may_have_been_missed(office: Office) -> None:
    office.tell(UserLogin(user_id="u1", login_id="l1"))
    await office.fill(anew=False)
    assert office.anna.logged_in is True
    await office.fill()
    assert office.anna.logged_in is None


async def test_nobody_has_more_log_ins_than_are_bearable(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_module, "LOGINS_MOST", 2)
    office.tell(*(UserLogin(user_id="u1", login_id=f"l{number}") for number in range(9)))
    seat = office.picture.seat(office.anna.id)
    assert seat is not None
    assert seat.logins == {"l0", "l1"}


# --- strangers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "event",
    [
        UserLogin(user_id="u9"),
        UserLogout(username="nobody"),
        UserStatus(user_id="u9", name="x"),
        AgentLogin(agent_id="a9", queue_id="q9"),
        Dial(party=Party("s1", extension_id="e9")),
        Hangup(party=Party("s1", extension_number="999")),
    ],
)
async def test_whom_nobody_has_heard_of_has_the_picture_read_anew_once(
    office: Office, event: Event
) -> None:
    office.tell(event, event)
    await office.fill(anew=False)
    office.tell(event)
    assert office.strangers == 1
    await office.fill(anew=True)
    office.tell(event)
    assert office.strangers == 2


async def test_what_names_nobody_is_about_nobody(office: Office) -> None:
    office.tell(UserLogin(), UserStatus(name="x"), Dial(), Hangup(), LinkEnd())
    office.tell(AgentLogin(), AgentLogout(), ConferenceLeave())
    assert (office.strangers, office.written, office.events) == (0, [], [])


async def test_strangers_are_not_counted_without_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_module, "STRANGERS_MOST", 3)
    office.tell(*(UserLogin(user_id=f"x{number}") for number in range(9)))
    assert office.strangers == 3


# --- calls -------------------------------------------------------------------------------------

OWN = Party("s1", "Anna", "100", "s", "e1", "100", "u1", "anna")
CALLER = Party("s2", "Doc", "0555", "100")


async def test_a_telephone_that_dials_is_asked_about_and_does_not_ring_before(
    office: Office,
) -> None:
    office.tell(Dial(party=OWN))
    assert office.looks == [("c1", "e1")]
    assert office.anna.phone is PhoneState.IDLE
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    assert office.anna.phone is PhoneState.RINGING
    assert office.anna.presence is Presence.AVAILABLE
    assert office.kinds() == [Kind.RINGING]


@pytest.mark.parametrize(
    "event",
    [
        Hangup(party=Party("s1", "Anna", "100")),
        Hangup(party=Party("s1", extension_id="gone", extension_number="none")),
    ],
)
async def test_a_call_ends_whoever_the_event_says_that_it_is_of(
    office: Office, event: Hangup
) -> None:
    calls = {"e1": (CallFound(CallSegment("s1", is_incoming=True)),)}
    await office.fill(EVERYTHING._replace(calls=calls))
    assert office.anna.phone is PhoneState.TALKING
    office.tell(event)
    assert (office.anna.phone, office.strangers) == (PhoneState.IDLE, 0)


async def test_a_link_ends_for_those_whose_call_is_known(office: Office) -> None:
    calls = {"e1": (CallFound(CallSegment("s1", is_incoming=True)),)}
    await office.fill(EVERYTHING._replace(calls=calls))
    office.tell(LinkEnd(first=Party("s1"), second=Party("s2", "Eve", "0555")))
    assert office.anna.calls[0].number == "0555"


async def test_an_answer_that_is_older_than_an_event_is_passed_over(office: Office) -> None:
    asked = office.picture.marks.mark("e1")
    office.tell(Dial(party=OWN))
    assert not office.picture.calls_told("c1", "e1", (), asked)
    assert await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    asked = office.picture.marks.mark("e1")
    office.tell(Hangup(party=OWN))
    found = (CallFound(CallSegment("s1", is_incoming=True)),)
    assert not office.picture.calls_told("c1", "e1", found, asked)
    assert office.anna.calls == ()
    assert office.kinds() == [Kind.RINGING, Kind.MISSED]


async def test_an_answer_that_is_older_than_the_picture_is_passed_over(office: Office) -> None:
    asked = office.picture.marks.mark("e1")
    await office.fill(anew=False)
    found = (CallFound(CallSegment("s1", is_incoming=True)),)
    assert not office.picture.calls_told("c1", "e1", found, asked)


@pytest.mark.parametrize("where", [("c9", "e1"), ("c1", "e9")])
async def test_an_answer_about_what_is_not_there_any_more_is_enough(
    office: Office, where: tuple[str, str]
) -> None:
    assert office.picture.calls_told(*where, (), 0)


async def test_the_other_party_is_known_from_an_event_that_names_both(office: Office) -> None:
    office.tell(Dial(party=OWN))
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    office.tell(LinkEnd(first=CALLER, second=OWN), Hangup(party=OWN), Hangup(party=CALLER))
    assert office.kinds() == [Kind.RINGING, Kind.ANSWERED, Kind.ENDED]
    call = office.events[-1].call
    assert (call.number, call.name) == ("0555", "Doc")
    assert call.direction is CallDirection.INCOMING
    assert office.strangers == 0


async def test_a_dial_event_with_two_sides_is_about_both() -> None:
    office = Office()
    await office.fill()
    data = {
        "callSegmentId1": "s1",
        "callerIdNumber1": "100",
        "extensionId1": "e1",
        "callSegmentId2": "s3",
        "callerIdNumber2": "300",
        "extensionNumber2": "300",
    }
    office.tell(Dial(data=data))
    assert office.looks == [("c1", "e1"), ("c1", "e3")]
    await office.calls("e3", CallFound(CallSegment("s3", is_incoming=True)))
    (call,) = office.extension("extensions", "300").calls
    assert call.number == "100"


async def test_an_unknown_event_of_a_link_answers_the_call(office: Office) -> None:
    office.tell(Dial(party=OWN))
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    sides = {
        "callSegmentId1": "s1",
        "extensionId1": "e1",
        "callSegmentId2": "s2",
        "callerIdNumber2": "0555",
    }
    office.tell(Unknown("dialAgain", data=sides))
    assert office.anna.phone is PhoneState.RINGING
    assert office.anna.calls[0].number == "0555"
    office.tell(Unknown("linkStart", data=sides))
    assert office.anna.phone is PhoneState.TALKING


async def test_an_unknown_event_about_a_call_has_it_asked_for(office: Office) -> None:
    office.tell(Unknown("recordingStart", data={"callSegmentId": "s1", "extensionId": "e1"}))
    assert office.looks == [("c1", "e1")]
    assert office.anna.calls == ()


async def test_a_call_that_begins_while_the_picture_is_read_rings(office: Office) -> None:
    fresh = Office()
    calls = {"e1": (CallFound(CallSegment("s1", is_incoming=True)),)}
    waiting = (Dial(party=OWN), UserLogin(user_id="u1"))
    await fresh.fill(EVERYTHING._replace(calls=calls), waiting=waiting)
    fresh.tell(*waiting)
    assert fresh.anna.phone is PhoneState.RINGING
    other = Office()
    await other.fill(EVERYTHING._replace(calls=calls))
    assert other.anna.phone is PhoneState.TALKING


async def test_calls_that_ended_or_began_meanwhile_are_told(office: Office) -> None:
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    office.events.clear()
    calls = {"e1": (), "e3": (CallFound(CallSegment("s3", is_incoming=False)),)}
    await office.fill(EVERYTHING._replace(calls=calls))
    assert office.kinds() == [Kind.ENDED, Kind.ANSWERED]
    assert office.anna.calls == ()


async def test_where_calls_are_not_told_events_have_to_do(office: Office) -> None:
    silent = EVERYTHING._replace(calls={})
    await office.calls("e1", CallFound(CallSegment("s1", is_incoming=True)))
    await office.fill(silent, anew=False)
    assert len(office.anna.calls) == 1
    await office.fill(silent, anew=True)
    assert office.anna.calls == ()


# --- a restart ---------------------------------------------------------------------------------


def renamed(found: CoreFound) -> CoreFound:
    """Return the same answers with other ids for everything."""

    def new[T: Any](thing: T) -> T:
        again: T = thing._replace(id=f"new {thing.id}")
        return again

    return CoreFound(
        new(found.server),
        tuple(
            each._replace(user=new(each.user), extensions=tuple(map(new, each.extensions)))
            for each in found.users
        ),
        tuple(map(new, found.extensions)),
        {
            f"new {key}": tuple(call._replace(segment=new(call.segment)) for call in calls)
            for key, calls in found.calls.items()
        },
        tuple(
            each._replace(
                queue=new(each.queue),
                agents=tuple(
                    AgentFound(new(one.agent), one.extension and new(one.extension))
                    for one in each.agents or ()
                ),
            )
            for each in found.queues or ()
        ),
        tuple(each._replace(room=new(each.room)) for each in found.rooms or ()),
    )


async def test_nothing_is_written_when_only_the_ids_change() -> None:
    office = Office()
    calls = {"e1": (CallFound(CallSegment("s1", is_incoming=True)),), "e2": (), "e3": ()}
    found = EVERYTHING._replace(calls=calls)
    await office.fill(found)
    office.tell(LinkEnd(first=OWN, second=CALLER))
    office.written.clear()
    office.events.clear()
    before = office.anna
    office.time += timedelta(hours=1)
    await office.fill(renamed(found))
    assert (office.written, office.events) == ([], [])
    assert office.anna is before
    office.tell(UserStatus(user_id="new u1", core_server_id="new c1", name="Lunch", type="away"))
    assert office.anna.presence is Presence.ON_CALL
    office.tell(Hangup(party=Party("new s1", extension_id="new e1")))
    assert office.anna.presence is Presence.AWAY
    assert office.kinds() == [Kind.ENDED]


# --- queues and agents -------------------------------------------------------------------------

LOGIN = AgentLogin(
    agent_id="a7",
    agent="Anna",
    state="NOT_INUSE",
    queue_id="q2",
    queue="Support",
    extension_id="e1",
    extension_number="100",
)


async def test_a_queue_shows_its_agents_and_who_waits(office: Office) -> None:
    sales = office.queue()
    assert (sales.number, sales.name, sales.waiting) == ("5001", "Sales", 2)
    assert (sales.agents_logged_in, sales.agents_available, sales.agents_talking) == (1, 1, 0)
    (member,) = sales.members
    assert (member.name, member.state) == ("Anna", QueueMemberState.NOT_IN_USE)
    assert member.agent == office.agent().id
    assert (office.queue("5002").name, office.queue("5002").waiting) == ("5002", None)


async def test_an_agent_is_the_same_in_all_its_queues(office: Office) -> None:
    both = (at(SALES, agent("a1", paused=True)), at(SUPPORT, agent("a2", state="INUSE")))
    office.queues(*both)
    anna = office.agent()
    assert (anna.name, anna.number, anna.phone) == ("Anna", "100", "100")
    assert anna.availability is AgentAvailability.UNAVAILABLE
    assert (anna.queues, anna.paused_in, anna.paused) == (("Sales", "5002"), ("Sales",), False)
    assert len(office.directory.agents) == 1
    assert office.queue().agents_available == 0
    assert office.queue("5002").agents_talking == 1


async def test_a_person_is_the_agent_who_takes_calls_on_one_of_the_telephones(
    office: Office,
) -> None:
    mobile = EVERYTHING._replace(queues=(at(SALES, agent(at=MOBILE)),))
    assert office.extension("users", "anna").agent == office.agent().id
    await office.fill(mobile)
    # Who has left all queues is still there.
    assert office.extension("users", "anna").agent == ("default", "100")
    other = Office()
    await other.fill(mobile)
    assert other.extension("users", "anna").agent == ("default", "200")


async def test_who_is_paused_in_all_queues_is_not_available(office: Office) -> None:
    office.queues(at(SALES, agent(paused=True)), at(SUPPORT, agent("a2", paused=True)))
    assert office.agent().availability is AgentAvailability.UNAVAILABLE
    office.queues(at(SALES, agent(paused=True)), at(SUPPORT, agent("a2")))
    assert office.agent().availability is AgentAvailability.AVAILABLE


async def test_since_when_is_known_from_the_first_change_on(office: Office) -> None:
    assert office.agent().since is None
    office.time += timedelta(minutes=5)
    office.queues(at(SALES, agent(state="RINGING")))
    assert office.agent().since == office.time
    changed = office.time
    office.time += timedelta(minutes=5)
    office.queues(at(SALES, agent(state="INUSE")))
    assert office.agent().since == changed


async def test_who_is_in_no_queue_any_more_is_logged_out_and_not_gone(office: Office) -> None:
    office.queues(at(SALES))
    anna = office.agent()
    assert anna.availability is AgentAvailability.LOGGED_OUT
    assert (anna.logged_in, anna.queues, anna.phone) == (False, (), None)
    assert anna.since == office.time
    office.time += timedelta(minutes=5)
    office.queues(at(SALES))
    assert office.agent() is anna


async def test_log_ins_and_log_outs_are_told(office: Office) -> None:
    office.tell(LOGIN)
    assert office.agent().queues == ("Sales", "5002")
    assert office.queue("5002").agents_logged_in == 1
    out = AgentLogout(queue_id="q2", agent_id="a7")
    office.tell(out, out)
    assert office.agent().queues == ("Sales",)
    office.tell(AgentLogout(queue_id="q1", agent_id="a1"), AgentLogout(queue_id="q9"))
    assert office.agent().logged_in is False
    office.tell(LOGIN)
    assert office.agent().availability is AgentAvailability.AVAILABLE


async def test_a_log_in_that_was_known_pauses_nobody(office: Office) -> None:
    office.queues(at(SALES, agent(paused=True)))
    office.tell(LOGIN._replace(queue_id="q1", agent_id="a1", state=None))
    assert office.agent().paused
    assert office.queue().members[0].state is QueueMemberState.NOT_IN_USE


@pytest.mark.parametrize(
    ("event", "key"),
    [
        (LOGIN._replace(extension_number="222"), "222"),
        (LOGIN._replace(extension_number=None, agent="Zoë"), "Zoë"),
    ],
)
async def test_an_agent_is_known_by_number_or_by_name(
    office: Office, event: AgentLogin, key: str
) -> None:
    office.tell(event)
    assert office.agent(key).logged_in


async def test_who_has_neither_number_nor_name_counts_and_is_nobody(office: Office) -> None:
    office.tell(LOGIN._replace(extension_number=None, agent=None))
    assert office.queue("5002").agents_logged_in == 1
    nameless = AgentFound(QueueAgent("a9", "", "NOT_INUSE"), None)
    office.queues(at(SALES, agent()), at(SUPPORT, nameless))
    assert office.queue("5002").agents_logged_in == 1
    assert len(office.directory.agents) == 1
    office.tell(AgentLogout(queue_id="q2", agent_id="a9"))
    assert office.queue("5002").members == ()


async def test_where_only_an_event_tells_the_telephone_the_agent_stays_the_same(
    office: Office,
) -> None:
    office.tell(LOGIN)
    office.queues(at(SALES, agent()), at(SUPPORT, agent("a7", None)))
    assert office.agent().queues == ("Sales", "5002")
    assert len(office.directory.agents) == 1


async def test_an_answer_that_is_older_than_a_log_in_does_not_undo_it(office: Office) -> None:
    asked = office.picture.marks.mark("q2")
    office.tell(LOGIN)
    office.picture.queues_told("c1", (at(SALES, agent()), at(SUPPORT, asked=asked)))
    assert office.agent().queues == ("Sales", "5002")
    office.queues(at(SALES, agent()), at(SUPPORT))
    assert office.agent().queues == ("Sales",)


async def test_a_queue_that_is_gone_is_gone_but_not_all_of_them(office: Office) -> None:
    office.queues(at(SALES, agent()))
    assert len(office.directory.queues) == 1
    office.queues()
    assert len(office.directory.queues) == 1
    office.picture.queues_told("nowhere", (at(SUPPORT),))
    assert len(office.directory.queues) == 1


async def test_the_agents_of_a_queue_that_the_server_does_not_find_stay(office: Office) -> None:
    office.queues(QueueFound(SALES, None, 7), at(SUPPORT))
    assert office.agent().logged_in
    assert office.queue().waiting == 2
    office.queues(QueueFound(SALES._replace(id="q9"), None))
    assert office.agent().logged_in is False


async def test_queues_that_a_server_refuses_to_tell_stay(office: Office) -> None:
    await office.fill(EVERYTHING._replace(queues=None, rooms=None), whole=False)
    assert office.agent().logged_in
    assert len(office.directory.queues) == 2
    assert len(office.directory.conferences) == 1


async def test_queues_which_an_agent_has_left_are_remembered_until_it_comes_back(
    office: Office,
) -> None:
    left = office.picture.centre.left
    office.tell(LOGIN)
    office.tell(
        AgentLogout(queue_id="q1", agent_id="a1"), AgentLogout(queue_id="q2", agent_id="a7")
    )
    assert {team.name for team, _ in left(office.agent().id)} == {"Sales", "5002"}
    office.tell(LOGIN)
    assert left(office.agent().id) == ()


async def test_neither_queues_nor_agents_grow_without_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centre, "MEMBERS_MOST", 1)
    monkeypatch.setattr(centre, "AGENTS_MOST", 2)
    office.tell(LOGIN, LOGIN._replace(agent_id="a8", extension_number="222"))
    assert office.queue("5002").agents_logged_in == 1
    many = (agent(f"a{number}", Telephone(f"{number}")) for number in range(9))
    office.queues(at(SALES, *many))
    assert sum(bool(record.object.logged_in) for record in office.directory.agents) == 2


# --- conference rooms --------------------------------------------------------------------------

JOIN = {
    "callSegmentId": "s1",
    "callerIdNumber": "0555",
    "callerIdName": "Doc",
    "conferenceRoomId": "r1",
}


async def test_who_joins_is_learned_from_what_nobody_has_described(office: Office) -> None:
    office.tell(Unknown("confRoomCallJoin", data=JOIN), Unknown("confRoomCallMute", data=JOIN))
    (member,) = office.room().members
    assert (member.id, member.number, member.name, member.since) == ("s1", "0555", "Doc", NOON)
    (event,) = (each for each in office.events if isinstance(each, ConferenceEvent))
    assert (event.kind, event.member) == (PassageKind.JOINED, member)


async def test_who_leaves_or_hangs_up_is_in_no_more(office: Office) -> None:
    leave = ConferenceLeave(party=Party("s1"), room_id="r1")
    office.tell(Unknown("join", data=JOIN), leave, leave)
    assert office.room().members == ()
    office.tell(Unknown("join", data=JOIN), Hangup(party=Party("s1")))
    assert office.room().members == ()
    kinds = [each.kind for each in office.events if isinstance(each, ConferenceEvent)]
    assert kinds == [PassageKind.JOINED, PassageKind.LEFT] * 2


async def test_who_is_in_is_forgotten_when_events_may_have_been_missed(office: Office) -> None:
    office.tell(Unknown("join", data=JOIN))
    await office.fill(anew=False)
    assert len(office.room().members) == 1
    await office.fill()
    assert office.room().members == ()


def inside(*segments: CallSegment, asked: int = 0) -> RoomFound:
    return RoomFound(MAIN, segments, asked)


DOC = CallSegment("s1", caller=CallerId("Doc", "0555"))
ZOE = CallSegment("s2", caller=CallerId("Zoë", "0666"))


async def test_who_is_in_may_be_answered(office: Office) -> None:
    marks = office.picture.marks
    office.picture.rooms_told("c1", (inside(DOC, asked=marks.mark("r1")),))
    assert [member.name for member in office.room().members] == ["Doc"]
    office.picture.rooms_told("c1", (inside(ZOE, asked=marks.mark("r1")),))
    (member,) = office.room().members
    assert (member.number, member.since) == ("0666", NOON)
    kinds = [each.kind for each in office.events]
    assert kinds == [PassageKind.JOINED, PassageKind.LEFT, PassageKind.JOINED]
    office.picture.rooms_told("c1", (RoomFound(MAIN),))
    office.picture.rooms_told("c9", (inside(),))
    assert office.room().members == (member,)


BOBS = ConferenceRoom("651", "r2", "Bob's")


async def test_a_room_that_is_made_meanwhile_is_there_with_who_is_in(office: Office) -> None:
    asked = office.picture.marks.mark("r2")
    office.picture.rooms_told("c1", (inside(), RoomFound(BOBS, (DOC,), asked)))
    there = office.directory.conferences.get(("default", "651"))
    assert there is not None
    assert [member.name for member in there.object.members] == ["Doc"]
    # The same room made anew: whoever is in still is.
    office.picture.rooms_told("c1", (RoomFound(BOBS._replace(id="r3"), None),))
    office.tell(Unknown("join", data=JOIN | {"conferenceRoomId": "r3", "callSegmentId": "s2"}))
    assert len(there.object.members) == 2
    assert len(office.directory.conferences) == 2


async def test_rooms_are_not_made_without_end(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conferences, "ROOMS_MOST", 2)
    rooms = [RoomFound(ConferenceRoom(f"7{each}", f"n{each}"), (DOC,)) for each in range(5)]
    office.picture.rooms_told("c1", rooms)
    assert len(office.directory.conferences) == 2


@pytest.mark.parametrize(
    "event",
    [
        ConferenceLeave(party=Party("s1"), room_id="r2"),
        Unknown("join", data=JOIN | {"conferenceRoomId": "r2"}),
    ],
)
async def test_a_room_that_nobody_has_heard_of_has_the_picture_read_once(
    office: Office, event: Event
) -> None:
    office.tell(event, event)
    assert office.strangers == 1
    office.tell(ConferenceLeave(party=Party("s1")))
    assert office.strangers == 1


@pytest.mark.parametrize(
    "event",
    [
        ConferenceLeave(party=Party("s1"), room_id="r1"),
        Hangup(party=Party("s1")),
    ],
)
async def test_an_answer_that_is_older_than_a_leaving_does_not_undo_it(
    office: Office, event: Event
) -> None:
    office.tell(Unknown("join", data=JOIN))
    asked = office.picture.marks.mark("r1")
    office.tell(event)
    office.picture.rooms_told("c1", (inside(DOC, asked=asked),))
    assert office.room().members == ()


async def test_whoever_was_in_before_a_restart_still_is(office: Office) -> None:
    rooms = (inside(DOC, ZOE),)
    await office.fill(EVERYTHING._replace(rooms=rooms))
    before = office.room().members
    assert [member.since for member in before] == [None, None]
    again = inside(DOC._replace(id="n1"), ZOE._replace(id="n2"))._replace(
        room=MAIN._replace(id="n")
    )
    await office.fill(EVERYTHING._replace(rooms=(again,)))
    assert office.room().members == before
    office.tell(ConferenceLeave(party=Party("n1"), room_id="n"))
    assert [member.name for member in office.room().members] == ["Zoë"]


async def test_no_more_are_in_a_room_than_are_bearable(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conferences, "MEMBERS_MOST", 2)
    for number in range(5):
        office.tell(Unknown("join", data=JOIN | {"callSegmentId": f"s{number}"}))
    assert len(office.room().members) == 2


async def test_a_room_without_a_name_is_called_by_its_number() -> None:
    office = Office()
    await office.fill(EVERYTHING._replace(rooms=(RoomFound(MAIN._replace(name="")),)))
    assert office.room().name == "650"


# --- what nobody has described -----------------------------------------------------------------


async def test_of_an_unknown_event_nothing_is_hidden_by_its_type(office: Office) -> None:
    data = {"type": "parkingFull", "name": "Lot 3"}
    office.tell(Unknown("parkingFull", data=data))
    assert office.events == [ServerEvent(ServerEventKind.OTHER, data)]


async def test_an_unknown_event_is_handed_on_with_all_that_it_holds(office: Office) -> None:
    data = {"type": "parkingFull", "lot": 3, "callSegmentId1": "s1", "callSegmentId": 5}
    office.tell(Unknown("parkingFull", data=data))
    (event,) = office.events
    assert event == ServerEvent(ServerEventKind.OTHER, {**data, "name": "parkingFull"})
    assert (office.written, office.looks, office.strangers) == ([], [], 0)


# --- what it costs -----------------------------------------------------------------------------


async def test_no_more_people_are_shown_in_one_turn_than_others_can_wait_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picture_module, "IN_A_TURN", 5)
    shown: list[int] = []
    office = Office()
    put = office.directory.extensions.put

    def counted(new: Extension) -> Any:
        shown[-1] += 1
        return put(new)

    monkeypatch.setattr(office.directory.extensions, "put", counted)
    users = tuple(UserFound(User(f"{number}", f"u{number}"), AVAILABLE) for number in range(23))
    filling = office.fill(CoreFound(CORE, users)).__await__()
    try:
        while True:
            shown.append(0)
            next(filling)
    except StopIteration:
        assert sum(shown) == 23
        assert max(shown) == 5


async def test_an_event_touches_nobody_else(office: Office) -> None:
    office.tell(UserStatus(user_id="u1", name="Lunch", type="away"), LOGIN)
    assert set(office.written) <= {"Anna Young", "Anna", "5002"}


async def test_a_command_finds_who_is_there(office: Office) -> None:
    assert office.picture.seat(("default", "users", "nobody")) is None
    place = office.picture.seat(office.anna.id)
    assert place is not None
    assert office.picture.extension_id(place.place, "100") == "e1"
    assert office.picture.extension_id(place.place, "999") is None
    elsewhere = replace(place, place=place.place._replace(id="c9"))
    assert office.picture.extension_id(elsewhere.place, "100") is None
