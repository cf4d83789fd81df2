"""The life of an iSymphony Live system: what it reads, what it is told, and how it comes back."""

import asyncio
from collections import deque
import logging
import random

import pytest

from custom_components.office_cti.telephony.isymphony_live import (
    IsymphonyLiveSystem,
    picture as picture_module,
    reading,
    system as system_module,
)
from custom_components.office_cti.telephony.isymphony_live.events import Event, Unknown, UserLogin
from custom_components.office_cti.telephony.isymphony_live.websocket import UNKNOWN_TYPE
from custom_components.office_cti.telephony.model import (
    Agent,
    AgentAvailability,
    CallDirection,
    CallEventKind as Kind,
    CallState,
    Extension,
    Feature,
    PhoneState,
    Presence,
    ServerEvent,
    ServerEventKind,
    StatusKind,
)
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    CannotConnect,
    ConnectionLost,
    Credentials,
    NotThisSystem,
    Refused,
)
from simulators.isymphony_live import Office, Release, User

from ..waiting import PATIENCE
from .site import Site, core_server, small_office, until

HIS_OWN = "Went back in time"


# --- what it reads -----------------------------------------------------------------------------


async def test_everybody_is_there_when_it_has_started(site: Site) -> None:
    system = await site.start()
    assert site.is_connected
    assert system.directory.complete
    anna, bob = site.user("100"), site.user("101")
    assert (anna.name, anna.number, anna.presence) == ("Anna", "100", Presence.AVAILABLE)
    assert (site.status("101"), bob.note, bob.presence) == ("Lunch", "Back soon", Presence.AWAY)
    assert site.user("102").status is None
    assert site.telephone("103").name == "Front Door"
    assert len(system.directory.extensions) == 4
    assert (site.queue().agents_logged_in, site.queue().waiting) == (2, 0)
    assert site.agent("100").availability is AgentAvailability.AVAILABLE
    assert site.room().name == "Main"
    assert Feature.NOTIFICATIONS in system.directory.server.object.features
    assert system.oddities == {}


async def test_two_core_servers_are_told_apart(quick: None) -> None:
    async with Site(small_office("default", "branch")) as site:
        system = await site.start()
        assert len(system.directory.extensions) == 8
        assert site.user("100", "branch").group == ("Branch",)
        await site.happens("set", user="100", status=HIS_OWN, type="dnd", server="branch")
        assert site.user("100", "branch").presence is Presence.DO_NOT_DISTURB
        assert site.user("100").presence is Presence.AVAILABLE


async def test_a_release_without_conference_rooms_has_none(site: Site) -> None:
    site.settings.release = Release.V3_2
    system = await site.start()
    assert len(system.directory.conferences) == 0
    assert system.directory.complete


async def test_what_a_server_does_not_have_is_not_shown(site: Site) -> None:
    command = f"rest/live/coreServers/{site.office.server().id}/extensions/"
    await site.does("fault", kind="status", code=404, count=99, command=command)
    system = await site.start()
    assert site.user("100").phone is PhoneState.IDLE
    assert system.directory.complete


async def test_what_a_server_refuses_of_one_user_is_not_known(site: Site) -> None:
    command = site.path("users", "101") + "/status"
    await site.does("fault", kind="status", code=500, command=command)
    system = await site.start()
    assert site.user("101").status is None
    assert system.directory.complete


@pytest.mark.parametrize("kind", ["queues", "conferences"])
async def test_of_what_a_server_refuses_to_list_nobody_is_taken_to_be_gone(
    site: Site, kind: str
) -> None:
    command = f"rest/live/coreServers/{site.office.server().id}/{kind}"
    await site.does("fault", kind="status", code=500, command=command)
    system = await site.start()
    assert not system.directory.complete
    assert len(system.directory.extensions) == 4


async def test_a_server_that_has_no_core_server_yet_is_asked_again(quick: None) -> None:
    async with Site(Office(random.Random(0))) as site:  # noqa: S311 -- the same every time
        system = await site.start()
        assert not system.directory.complete
        site.office.add_server(core_server())
        await until(lambda: system.directory.complete)
        assert len(system.directory.extensions) == 4
        await until(lambda: system._resync is None)


async def test_a_core_server_that_has_no_users_yet_is_asked_again(site: Site) -> None:
    users = dict(site.office.server().users)
    site.office.server().users.clear()
    system = await site.start()
    assert not system.directory.complete
    site.office.server().users.update(users)
    await until(lambda: system.directory.complete)
    assert site.status("101") == "Lunch"


async def test_without_its_users_nothing_can_be_shown(site: Site) -> None:
    command = f"rest/live/coreServers/{site.office.server().id}/users"
    await site.does("fault", kind="status", code=500, command=command)
    with pytest.raises(Refused):
        await site.start()
    await until(lambda: not site.simulator.hub.clients)


async def test_something_else_is_not_this_system(site: Site) -> None:
    await site.does("fault", kind="status", code=404, command="rest/live/coreServers")
    with pytest.raises(NotThisSystem):
        await site.start()


async def test_who_is_not_let_in_is_told_that_it_may_be_the_address(site: Site) -> None:
    with pytest.raises(AddressOrCredentialsRefused):
        await site.start(credentials=Credentials("manager", "wrong"))
    site.settings.deny_addresses = True
    with pytest.raises(AddressOrCredentialsRefused):
        await site.start()
    site.settings.refusal = 401
    with pytest.raises(AddressOrCredentialsRefused):
        await site.start()


async def test_a_start_without_a_server_says_so(site: Site) -> None:
    await site.does("fault", kind="refuse", seconds=30)
    with pytest.raises(CannotConnect):
        await site.start()


async def test_the_vendors_password_is_known() -> None:
    assert IsymphonyLiveSystem.vendor_credentials == Credentials("manager", "manag3rpa55word")


# --- what it is told ---------------------------------------------------------------------------


async def test_a_status_is_its_users_with_note_and_return_time(site: Site) -> None:
    await site.start()
    writes = site.writes()
    await site.happens(
        "set", user="100", status=HIS_OWN, type="away", note="Soup", return_time=2_000_000_000
    )
    anna = site.user("100")
    assert (site.status("100"), anna.note, anna.presence) == (HIS_OWN, "Soup", Presence.AWAY)
    assert anna.return_time is not None
    assert anna.return_time.timestamp() == 2_000_000_000
    assert set(writes) == {"default", "default/users/100"}


async def test_what_a_status_means_can_be_corrected(site: Site) -> None:
    await site.start(status_kinds={"Lunch": StatusKind.BUSY})
    assert site.user("101").presence is Presence.BUSY


async def test_who_logs_in_and_out_is_told(site: Site) -> None:
    await site.start()
    await site.happens("login", user="100")
    assert site.user("100").logged_in is True
    await site.happens("logout", user="100")
    assert site.user("100").logged_in is False
    assert site.user("101").logged_in is None


async def test_a_call_rings_is_asked_about_and_ends(site: Site) -> None:
    await site.start()
    kinds = site.calls_of("100")
    await site.happens("ring", caller="0555", called="110", name="Doc")
    await until(lambda: site.user("100").calls)
    (call,) = site.user("100").calls
    assert (call.state, call.direction) == (CallState.RINGING, CallDirection.INCOMING)
    assert (call.number, call.name) == ("0555", "Doc")
    assert site.user("100").phone is PhoneState.RINGING
    await site.does("answer", number="110")
    await site.happens("hang_up", number="110")
    assert site.user("100").calls == ()
    assert kinds == [Kind.RINGING, Kind.ANSWERED, Kind.ENDED]


async def test_whoever_does_not_answer_misses_a_call(site: Site) -> None:
    await site.start()
    kinds = site.calls_of("100")
    await site.happens("ring", caller="101", called="100")
    await until(lambda: site.user("100").calls and site.user("101").calls)
    (calling,) = site.user("101").calls
    assert (calling.direction, calling.number) == (CallDirection.OUTGOING, "100")
    assert site.user("101").presence is Presence.ON_CALL
    await site.happens("hang_up", number="101")
    assert kinds == [Kind.RINGING, Kind.MISSED]
    assert site.user("101").presence is Presence.AWAY


async def test_hold_is_seen_where_something_is_told(site: Site) -> None:
    site.settings.unlisted_events = True
    await site.start()
    kinds = site.calls_of("100")
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: kinds)
    await site.does("answer", number="100")
    await site.happens("hold", number="100")
    await until(lambda: site.user("100").phone is PhoneState.ON_HOLD)
    await site.happens("hold", number="100", on=False)
    await until(lambda: site.user("100").phone is PhoneState.TALKING)
    assert kinds == [Kind.RINGING, Kind.ANSWERED, Kind.HELD, Kind.RESUMED]


async def test_a_call_that_was_there_before_us_talks_with_whom_it_does(site: Site) -> None:
    await site.does("ring", caller="0555", called="100")
    await site.does("answer", number="100")
    await site.start()
    (call,) = site.user("100").calls
    assert (call.state, call.number) == (CallState.TALKING, "0555")


async def test_who_is_at_the_other_side_is_not_asked_for_without_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def related(*question: object) -> None:
        asked.append(str(question[-1]))

    await site.start()
    monkeypatch.setattr(site.system.client, "calls_related", related)
    for _ in range(reading._IN_VAIN_MOST + 3):
        await site.happens("ring", caller="0555", called="100")
        await until(lambda: site.user("100").calls and not site.system._looks)
        assert site.user("100").calls[0].number is None
        await site.happens("hang_up", number="100")
    assert len(asked) == reading._IN_VAIN_MOST


async def test_a_server_that_tells_no_calls_is_not_asked_for_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    async def nothing(*question: object) -> None:
        asked.append(question)

    system = site.make()
    monkeypatch.setattr(system.client, "calls_of_extension", nothing)
    site.system = system
    await system.start()
    asked.clear()
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: not system._looks)
    assert asked == []
    assert site.user("100").calls == ()
    await site.happens("hang_up", number="100")


async def test_a_call_that_cannot_be_asked_for_is_not_known(site: Site) -> None:
    await site.start()
    await site.does("fault", kind="status", code=403, command=site.path("extensions", "100"))
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: not site.system._looks)
    assert site.user("100").calls == ()


async def test_an_answer_is_asked_for_again_if_an_event_comes_meanwhile(site: Site) -> None:
    await site.start()
    kinds = site.calls_of("100")
    command = site.path("extensions", "100") + "/callSegments"
    await site.does("fault", kind="late", command=command, stale=True)
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: any(path.endswith("callSegments") for path, _ in site.requests()))
    await site.happens("hang_up", number="100")
    await site.does("fault", kind="none")
    await until(lambda: not site.system._looks)
    assert site.user("100").calls == ()
    assert kinds == []


async def test_a_telephone_of_which_something_is_told_all_the_time_holds_up_no_round(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start()
    read, asked = system._reader.calls, list[str]()

    async def always_older(core_id: str, extension_id: str) -> object:
        asked.append(extension_id)
        found = await read(core_id, extension_id)
        system.picture.marks.told(extension_id)
        return found

    monkeypatch.setattr(system._reader, "calls", always_older)
    server = site.office.server()
    telephone = server.extensions["100"].id
    async with asyncio.timeout(PATIENCE):
        await system._ask_calls([(server.id, telephone)])
    assert asked == [telephone]
    system._look_soon(server.id, telephone)
    await until(lambda: len(asked) > 3)
    monkeypatch.setattr(system._reader, "calls", read)
    await until(lambda: not system._looks)


async def test_too_many_calls_at_once_have_everything_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_module, "LOOKS_MOST", 0)
    await site.start()
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: site.user("100").calls)


async def test_an_unknown_event_is_handed_on_and_no_error(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    system = await site.start()
    heard: list[ServerEvent] = []
    system.directory.server.listen_to_events(ServerEvent, heard.append)
    await site.says("parkingFull", lot=3)
    (event,) = heard
    assert event.kind is ServerEventKind.OTHER
    assert (event.fields["name"], event.fields["lot"]) == ("parkingFull", 3)
    assert system.oddities == {UNKNOWN_TYPE: 1}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_who_joins_and_leaves_a_room_is_told(site: Site) -> None:
    site.settings.unlisted_events = True
    await site.start()
    await site.happens("join", room="650", number="0555", name="Doc")
    (member,) = site.room().members
    assert (member.number, member.name) == ("0555", "Doc")
    await site.happens("leave", room="650", number="0555")
    assert site.room().members == ()


@pytest.mark.usefixtures("quick_rounds")
async def test_who_is_in_a_room_is_seen_in_the_next_round(site: Site) -> None:
    await site.does("join", room="650", number="0666", name="Zoë")
    await site.start()
    assert [member.name for member in site.room().members] == ["Zoë"]
    await site.does("join", room="650", number="0555", name="Doc")
    await until(lambda: len(site.room().members) == 2)
    writes = site.writes()
    await site.restart()
    assert writes == []
    await site.does("leave", room="650", number="0666")
    await until(lambda: len(site.room().members) == 1)


async def test_an_agent_who_is_in_no_queue_is_not_taken_to_be_gone(site: Site) -> None:
    await site.does("agent_logout", queue="5001", extension="100")
    system = await site.start()
    assert system.directory.complete
    assert system.directory.agents.get(("default", "100")) is None
    assert system.directory.may_be_absent == {Agent}


@pytest.mark.usefixtures("quick_rounds")
async def test_a_room_that_is_made_meanwhile_is_there_in_the_next_round(site: Site) -> None:
    system = await site.start()
    await site.does("add", kind="conference", key="651", name="Bob's")
    await site.does("join", room="651", number="0555", name="Doc")
    await until(lambda: len(system.directory.conferences) == 2)
    await until(lambda: len(site.room("651").members) == 1)


async def test_the_first_room_of_all_is_there_when_an_event_names_it(site: Site) -> None:
    del site.office.server().rooms["650"]
    system = await site.start()
    assert not system.directory.conferences
    assert len(list(system._questions())) == 1
    await site.does("add", kind="conference", key="651", name="Bob's")
    await site.does("join", room="651", number="0555", name="Doc")
    await site.says("confRoomCallLeave", conferenceRoomId=site.office.server().rooms["651"].id)
    await until(lambda: len(system.directory.conferences) == 1)
    assert [member.name for member in site.room("651").members] == ["Doc"]
    assert len(list(system._questions())) == 2


async def test_a_server_that_does_not_tell_who_is_in_is_not_asked_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = site.system = site.make()
    asked: list[object] = []

    async def nothing(*question: object) -> None:
        asked.append(question)

    monkeypatch.setattr(system.client, "calls_of_conference_room", nothing)
    await system.start()
    await system._reader.rooms(site.office.server().id)
    assert len(list(system._questions())) == 1
    assert len(asked) == 1


async def test_only_events_that_are_wanted_are_taken(site: Site) -> None:
    await site.start(event_types=("userStatus",), event_users=("100",))
    await site.happens("set", user="100", status=HIS_OWN)
    await site.happens("set", user="101", status=HIS_OWN)
    await site.happens("login", user="100")
    assert (site.status("100"), site.status("101")) == (HIS_OWN, "Lunch")
    assert site.user("100").logged_in is None


# --- a picture, and what is told while it is read ----------------------------------------------


async def test_what_is_told_while_the_picture_is_read_is_neither_lost_nor_undone(
    site: Site,
) -> None:
    command = site.path("users", "100") + "/status"
    await site.does("fault", kind="late", command=command, stale=True)
    starting = asyncio.create_task(site.start())
    await until(lambda: any(name == command for name, _ in site.simulator.log._kept))
    await site.does("set", user="100", status=HIS_OWN, type="away")
    await site.does("login", user="101")
    await until(lambda: len(site.system._waiting or ()) == 2)
    await site.does("fault", kind="none")
    await starting
    assert site.status("100") == HIS_OWN
    assert site.user("101").logged_in is True


async def test_what_is_told_before_a_picture_that_cannot_be_read_is_taken_in(site: Site) -> None:
    await site.start()
    waiting = site.system._waiting = deque[Event]()
    site.system._told(UserLogin(username="100"))
    assert site.user("100").logged_in is None
    site.system._stop_waiting(deque())
    assert site.system._waiting is waiting
    site.system._stop_waiting(waiting)
    assert site.user("100").logged_in is True


async def test_events_do_not_wait_without_end(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_module, "WAITING_MOST", 3)
    await site.start()
    waiting = site.system._waiting = deque[Event]()
    for number in range(5):
        site.system._told(Unknown(f"{number}"))
    assert len(waiting) == 3
    site.requests()
    site.system._stop_waiting(waiting)
    await until(lambda: any(path == "coreServers" for path, _ in site.requests()))


async def test_whom_nobody_has_heard_of_is_there_when_the_picture_was_read_again(
    site: Site,
) -> None:
    system = await site.start()
    await site.does("add", kind="user", key="104", name="Dora")
    await site.happens("set", user="104", status=HIS_OWN)
    await until(lambda: len(system.directory.extensions) == 5)
    assert site.status("104") == HIS_OWN
    assert system.interruptions == 0


async def test_a_core_server_that_is_added_is_there_and_not_taken_for_the_other(site: Site) -> None:
    system = await site.start()
    before = site.status("100")
    site.office.add_server(core_server("branch", "Branch"))
    await site.happens("set", server="branch", user="100", status=HIS_OWN)
    await until(lambda: len(system.directory.extensions) == 8)
    there = system.directory.extensions.get(("branch", "users", "100"))
    assert there is not None
    assert there.object.status is not None
    assert there.object.status.name == HIS_OWN
    assert site.record(Extension, "users", "100").object.status.name == before


async def test_a_stranger_has_the_picture_read_once_alone(site: Site) -> None:
    system = await site.start()
    await site.says("userLogin", userId="nobody")
    await until(lambda: any(path == "coreServers" for path, _ in site.requests()))
    await until(lambda: system._resync is None)
    site.requests()
    await site.says("userLogin", userId="nobody")
    assert system._resync is None


async def test_a_picture_that_cannot_be_read_again_is_tried_again(site: Site) -> None:
    system = await site.start()
    await site.does("add", kind="user", key="104", name="Dora")
    await site.does("fault", kind="status", code=500, command="rest/live/coreServers")
    await site.happens("set", user="104", status=HIS_OWN)
    await until(lambda: len(system.directory.extensions) == 5)


async def test_pictures_are_not_read_again_without_a_pause(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start()
    monkeypatch.setattr(system_module, "RESYNC_PAUSE", 60.0)
    system._last_resync = system.loop.time()
    await site.says("userLogin", userId="nobody")
    assert isinstance(system._resync, asyncio.TimerHandle)
    assert system._resync.when() > system.loop.time() + 30


async def test_the_pause_begins_when_the_picture_has_been_read(site: Site) -> None:
    system = await site.start()
    await site.does("fault", kind="late", command="rest/live/coreServers")
    await site.says("userLogin", userId="nobody")
    await until(lambda: any(path == "coreServers" for path, _ in site.requests()))
    held_until = system.loop.time()
    await site.does("fault", kind="none")
    await until(lambda: system._last_resync >= held_until)


async def test_more_than_can_wait_again_and_again_has_everything_read_ever_more_rarely(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start()
    read = system._reader.everything

    async def in_a_flood() -> reading.Everything:
        system._has_missed = True
        return await read()

    monkeypatch.setattr(system._reader, "everything", in_a_flood)
    system._doubt()
    await until(lambda: system._read_in_vain == 3)
    assert isinstance(system._resync, asyncio.TimerHandle)
    monkeypatch.setattr(system._reader, "everything", read)
    await until(lambda: system._resync is None)
    assert system._read_in_vain == 0


async def test_events_go_on_while_it_is_asked_who_is_new(site: Site) -> None:
    system = await site.start()
    await site.does("add", kind="user", key="104", name="Dora")
    users = f"rest/live/coreServers/{site.office.server().id}/users"
    await site.does(
        "fault",
        kind="late",
        command=f"{users}/{site.office.server().users['104'].id}/s",
        stale=True,
    )
    await site.happens("login", user="104")
    await until(lambda: any(name.endswith("/status") for name, _ in site.simulator.log._kept))
    await site.happens("set", user="100", status=HIS_OWN, type="away")
    await site.happens("set", user="104", status=HIS_OWN)
    assert site.status("100") == HIS_OWN
    await site.does("fault", kind="none")
    await until(lambda: len(system.directory.extensions) == 5)
    await until(lambda: site.status("104") == HIS_OWN)  # which the answer does not know
    assert site.status("100") == HIS_OWN
    await until(lambda: system._resync is None)


async def test_who_is_known_is_not_asked_about_for_the_sake_of_a_stranger(site: Site) -> None:
    system = await site.start()
    await site.does("add", kind="user", key="104", name="Dora")
    await site.happens("login", user="104")
    await until(lambda: len(system.directory.extensions) == 5)
    await until(lambda: system._resync is None)
    paths = [path for path, _ in site.requests()]
    assert [path for path in paths if path.endswith("/status")] == [
        site.path("users", "104").removeprefix("rest/live/") + "/status"
    ]
    assert not [path for path in paths if "/extensions/" in path and path.endswith("callSegments")]
    assert site.status("101") == "Lunch"
    assert site.user("104").logged_in is True


async def test_strangers_who_stay_strange_are_asked_for_ever_more_rarely(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start()
    for times in range(1, 4):
        await site.says("userLogin", userId=f"nobody {times}")
        await until(lambda times=times: system._read_in_vain == times)
    monkeypatch.setattr(system_module, "RESYNC_PAUSE", 60.0)
    await site.says("userLogin", userId="nobody else")
    assert isinstance(system._resync, asyncio.TimerHandle)
    assert system._resync.when() > system.loop.time() + 400
    system._resync.cancel()
    system._resync = None
    monkeypatch.setattr(system_module, "RESYNC_PAUSE", 0.005)
    await site.does("add", kind="user", key="104", name="Dora")
    await site.happens("login", user="104")
    await until(lambda: system._read_in_vain == 0)


async def test_a_command_does_not_wait_until_the_picture_is_read(site: Site) -> None:
    office = small_office()
    for number in range(200, 220):
        office.server().users[str(number)] = User(username=str(number), name=f"U{number}")
    office.add_server(office.server())
    async with Site(office) as busy:
        system = await busy.start()
        await busy.does("fault", kind="late", count=99, command="rest/live/coreServers/")
        system._doubt()
        await until(lambda: len(busy.simulator.log._kept) >= reading.AT_ONCE)
        async with asyncio.timeout(5):
            assert await system.call_api("GET", "coreServers")
        await busy.does("fault", kind="none")


# --- rounds ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("quick_rounds")
async def test_who_is_paused_and_who_waits_is_seen_in_the_next_round(site: Site) -> None:
    await site.start()
    await site.does("pause", queue="5001", extension="100")
    await until(lambda: site.agent("100").paused)
    assert site.agent("100").paused_in == ("Sales",)
    assert site.agent("100").availability is AgentAvailability.UNAVAILABLE
    assert site.queue().agents_available == 1
    await site.does("pause", queue="5001", extension="101")
    await site.does("ring", caller="0555", called="5001")
    await until(lambda: site.queue().waiting == 1)
    await site.does("pause", queue="5001", extension="100", on=False)
    await until(lambda: not site.agent("100").paused)


@pytest.mark.usefixtures("quick_rounds")
async def test_nothing_is_written_in_a_round_in_which_nothing_has_changed(site: Site) -> None:
    await site.start()
    writes = site.writes()
    await until(lambda: len(site.simulator.log._kept) >= 10)
    assert writes == []


@pytest.mark.usefixtures("quick_rounds")
async def test_on_which_telephone_an_agent_is_is_asked_for_once(site: Site) -> None:
    await site.start()
    await until(lambda: len(site.simulator.log._kept) >= 10)
    assert not [path for path, _ in site.requests() if path.endswith("/extension")]
    await site.does("agent_login", queue="5002", extension="103")
    await site.does("agent_login", queue="5002", extension="100")
    await until(lambda: len(site.agent("100").queues) == 2)


@pytest.mark.usefixtures("quick_rounds")
async def test_a_round_in_which_the_server_fails_changes_nothing(site: Site) -> None:
    await site.start()
    writes = site.writes()
    queues = f"rest/live/coreServers/{site.office.server().id}/queues"
    await site.does("fault", kind="status", code=500, count=3, command=queues)
    await until(lambda: site.simulator.faults._http_fault is None)
    await site.settle()
    assert writes == []


async def test_who_logs_in_to_a_queue_while_it_is_asked_for_stays_there(site: Site) -> None:
    await site.start()
    command = site.path("queues", "5002") + "/agents"
    await site.does("fault", kind="late", command=command, stale=True)
    asking = asyncio.create_task(site.system.ask_queues_again(site.office.server().id))
    await until(lambda: any(name == command for name, _ in site.simulator.log._kept))
    await site.happens("agent_login", queue="5002", extension="100")
    await site.does("fault", kind="none")
    await asking
    assert site.agent("100").queues == ("Sales", "Support")


async def test_nobody_is_logged_out_by_asking_a_server_that_has_forgotten_all_ids(
    site: Site,
) -> None:
    await site.start()
    writes = site.writes()
    core_id = site.office.server().id
    site.office.renew_ids(random.Random(1))  # noqa: S311 -- ids that are the same every time
    await site.system.ask_queues_again(core_id)
    assert writes == []


@pytest.mark.usefixtures("quick_rounds")
async def test_a_call_whose_end_nobody_tells_does_not_ring_for_ever(site: Site) -> None:
    await site.start(event_types=("dial",))
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: site.user("100").phone is PhoneState.RINGING)
    await site.happens("hang_up", number="100")
    await until(lambda: site.user("100").phone is PhoneState.IDLE)


@pytest.mark.usefixtures("quick_rounds")
async def test_who_has_no_calls_is_not_asked_for_them_in_rounds(site: Site) -> None:
    await site.start()
    seen: list[str] = []
    await until(lambda: seen.extend(path for path, _ in site.requests()) or len(seen) > 60)
    assert not [path for path in seen if "/extensions/" in path and "callSegments" in path]


@pytest.mark.usefixtures("quick_rounds")
async def test_who_may_not_ask_any_more_is_told_once_and_asks_no_more(site: Site) -> None:
    await site.start()
    site.settings.deny_addresses = True
    await until(lambda: site.refused)
    await site.settle()
    site.requests()
    await asyncio.sleep(0.03)
    assert site.requests() == []
    assert site.refused == [None]
    assert isinstance(site.hindered[-1], AddressOrCredentialsRefused)


async def test_who_may_not_ask_any_more_does_not_ask_for_calls_or_the_picture_either(
    site: Site,
) -> None:
    system = await site.start()
    site.settings.deny_addresses = True
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: site.refused == [None])
    await until(lambda: not system._looks)
    site.requests()
    await site.says("userLogin", userId="nobody")
    await site.happens("hang_up", number="100")
    await site.happens("ring", caller="0555", called="100")
    assert system._looks == {}
    await until(lambda: system._resync is None)
    await asyncio.sleep(0.03)
    assert len(site.requests()) <= 1
    assert site.refused == [None]


# --- an end, and a new beginning ---------------------------------------------------------------


async def test_a_restart_changes_all_ids_and_nothing_else(site: Site) -> None:
    await site.does("ring", caller="0555", called="100")
    await site.does("answer", number="100")
    await site.start()
    kinds, writes = site.calls_of("100"), site.writes()
    await site.restart()
    assert (kinds, writes) == ([], [])
    await site.happens("set", user="100", status=HIS_OWN)
    assert site.status("100") == HIS_OWN
    await site.happens("hang_up", number="100")
    assert kinds == [Kind.ENDED]
    assert site.system.oddities == {}


async def test_a_picture_that_is_read_while_the_server_goes_down_is_not_believed(
    site: Site,
) -> None:
    command = site.path("users", "100") + "/status"
    await site.does("fault", kind="late", command=command)
    starting = asyncio.create_task(site.start())
    await until(lambda: any(name == command for name, _ in site.simulator.log._kept))
    for connection in tuple(site.simulator.hub.clients):
        connection.wire.close()
    await until(lambda: not site.simulator.hub.clients)
    await site.does("fault", kind="none")
    with pytest.raises(ConnectionLost):
        await starting
    assert not site.system.directory.extensions


async def test_what_changed_while_it_was_away_is_right_when_it_is_back(site: Site) -> None:
    system = await site.start()
    await site.does("login", user="100")
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: site.user("100").calls)
    kinds = site.calls_of("100")
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not site.is_connected)
    assert system.directory.available  # it may be back in a moment
    await site.does("hang_up", number="100")
    await site.does("set", user="100", status=HIS_OWN)
    await site.does("fault", kind="none")
    await until(lambda: site.is_connected and not system.directory.is_telling)
    assert site.status("100") == HIS_OWN
    assert kinds == [Kind.MISSED]
    assert site.user("100").logged_in is None


async def test_who_is_refused_when_it_comes_back_is_told(site: Site) -> None:
    system = await site.start(grace_period=0.01)
    site.settings.deny_addresses = True
    await site.does("disconnect")
    await until(lambda: site.refused == [None])
    await until(lambda: not system.directory.available)
    assert isinstance(site.hindered[-1], AddressOrCredentialsRefused)


async def test_nothing_is_in_the_way_any_more_when_it_is_let_in(site: Site) -> None:
    site.settings.deny_addresses = True
    with pytest.raises(AddressOrCredentialsRefused):
        await site.start()
    site.settings.deny_addresses = False
    await site.start()
    assert site.hindered == [None]


async def test_garbage_and_bytes_that_are_none_harm_nothing(site: Site) -> None:
    system = await site.start()
    await site.does("fault", kind="garbage", bytes=20_000)
    await site.settle()
    assert system.oddities
    await site.does("fault", kind="raw")
    await until(lambda: system.interruptions == 1)
    await until(lambda: site.is_connected)


async def test_nothing_is_left_running_when_it_stops(site: Site) -> None:
    before = asyncio.all_tasks()
    system = await site.start()
    command = site.path("extensions", "100")
    await site.does("fault", kind="late", count=9, command=command)
    await site.happens("ring", caller="0555", called="100")
    await site.says("userLogin", userId="nobody")
    await until(lambda: any(isinstance(each, asyncio.Task) for each in system._looks.values()))
    await system.stop()
    await until(lambda: not site.simulator.hub.clients)
    await site.does("fault", kind="none")
    ours = {each for each in asyncio.all_tasks() - before if "office_cti" in each.get_name()}
    assert not {each for each in ours if not each.cancelling()}
    assert system._looks == {}
    assert system._resync is None


async def test_nothing_is_left_running_when_it_does_not_start(site: Site) -> None:
    command = f"rest/live/coreServers/{site.office.server().id}/users"
    await site.does("fault", kind="status", code=500, count=9, command=command)
    before = asyncio.all_tasks()
    with pytest.raises(Refused):
        await site.make().start()
    await until(lambda: not site.simulator.hub.clients)
    names = {each.get_name() for each in asyncio.all_tasks() - before}
    assert not {name for name in names if "office_cti" in name}


async def test_a_stranger_leaves_nothing_running_when_it_does_not_start(site: Site) -> None:
    command = f"rest/live/coreServers/{site.office.server().id}/users"
    await site.does("fault", kind="late", command=command)
    system = site.make()
    starting = asyncio.create_task(system.start())
    await until(lambda: any(name == command for name, _ in site.simulator.log._kept))
    await site.does("event", properties={"type": "userLogin", "userId": "u"})
    await until(lambda: len(system._waiting or ()) == 1)
    site.settings.deny_addresses = True
    await site.does("fault", kind="none")
    with pytest.raises(AddressOrCredentialsRefused):
        await starting
    assert system._resync is None


# --- what it costs -----------------------------------------------------------------------------


def test_people_are_shown_in_slices_that_others_can_wait_for() -> None:
    assert picture_module.IN_A_TURN <= 250
