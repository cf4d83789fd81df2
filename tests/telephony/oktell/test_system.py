"""The life of an Oktell system: what it reads, what it is told, and how it comes back."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from custom_components.office_cti.telephony import rounds
from custom_components.office_cti.telephony.model import (
    CallDirection,
    CallEventKind as Kind,
    CallState,
    Feature,
    PhoneState,
    Presence,
)
from custom_components.office_cti.telephony.oktell import (
    listing,
    looks,
    rereading,
    system as oktell_system,
)
from custom_components.office_cti.telephony.oktell.frames import NumberStates
from custom_components.office_cti.telephony.oktell.listing import Listing
from custom_components.office_cti.telephony.oktell.picture import STATES
from custom_components.office_cti.telephony.oktell.rereading import INTERVAL, SOONEST
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.oktell.websocket import WebSocketLink
from custom_components.office_cti.telephony.system import (
    PUSH,
    AuthenticationFailed,
    Authorization,
    CannotConnect,
    Credentials,
    NamedUser,
    NoLicenseSeat,
    NotThere,
    PushSettings,
    ServerStarting,
    UserLoggedInElsewhere,
)

from .site import GROUP, PASSWORD, Site, until

WRONG = Credentials("hass", "wrong")


# --- what it reads -----------------------------------------------------------------------------


async def test_everybody_is_there_when_it_has_started(site: Site) -> None:
    system = await site.start()
    assert site.is_connected
    assert system.directory.complete
    anna = site.person("100")
    assert (anna.number, anna.name, anna.group) == ("100", "Анна Борисова", ("Продажи",))
    assert (site.status("100"), anna.presence) == ("Ready", Presence.AVAILABLE)
    assert anna.status_list == STATES
    assert anna.phone is PhoneState.IDLE
    assert len(system.directory.extensions) == 5  # and the service user
    assert system.user == (site.id("hass"),)


async def test_the_server_shows_its_version_and_licence(site: Site) -> None:
    system = await site.start()
    server = system.directory.server.object
    assert server.version == "2.11.1.150420"
    assert server.license is not None
    assert server.license.number == "1234567"
    assert server.license.updates_until is not None
    assert server.license.confirm_by is not None
    assert {Feature.LICENSE, Feature.NOTIFICATIONS} <= server.features


async def test_a_server_that_does_not_tell_its_licence_is_followed_all_the_same(site: Site) -> None:
    await site.does("fault", kind="status", code=404, command="getlicense")
    system = await site.start()
    assert system.directory.server.object.license is None
    assert system.directory.server.object.features == {Feature.NOTIFICATIONS}


@pytest.mark.parametrize("push", [True, False])
async def test_the_licence_is_read_again_from_time_to_time(
    site: Site, monkeypatch: pytest.MonkeyPatch, *, push: bool
) -> None:
    monkeypatch.setattr(oktell_system, "LICENSE_INTERVAL", 0.01)
    await site.does("fault", kind="status", code=404, command="getlicense")
    system = await site.start(push=push, users=site.named("100"))
    server = system.directory.server
    await site.does("fault", kind="none")
    await until(lambda: Feature.LICENSE in server.object.features)
    site.simulator.license.details["regserial"] = "7654321"
    await until(lambda: server.object.license and server.object.license.number == "7654321")
    await site.does("fault", kind="status", code=404, command="getlicense")
    await asyncio.sleep(0.03)
    assert server.object.license is not None
    assert server.object.license.number == "7654321"


async def test_what_is_refused_at_the_start_is_not_asked_again_and_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "INTERVAL", 0.01)
    await site.does("fault", kind="status", code=403, command="tst_getintnumber")
    await site.start(group_numbers=(GROUP,))
    assert site.refused == [None]
    await asyncio.sleep(0.05)
    assert site.asked("tst_getintnumber") == []


async def test_the_reasons_for_a_break_are_the_servers(site: Site) -> None:
    system = await site.start()
    assert await system.get_break_reasons() == system.break_reasons == site.office.break_reasons


async def test_there_are_no_reasons_for_a_break_where_nobody_has_logged_in(site: Site) -> None:
    system = await site.start(push=False, users=site.named("100"))
    assert await system.get_break_reasons() == {}
    assert system.user is None


async def test_a_release_without_reasons_for_a_break_has_none(site: Site) -> None:
    await site.does("fault", kind="error", text="Unknown method", command="cc_getlunchtypes")
    assert (await site.start()).break_reasons == {}


async def test_groups_that_are_named_show_who_is_free(site: Site) -> None:
    await site.does("set", user="103", state=5)
    await site.start(group_numbers=(GROUP,))
    group = site.group()
    assert (group.number, group.free, group.busy) == (GROUP, 2, 1)
    assert set(group.free_numbers) == {"101", "102"}


@pytest.mark.usefixtures("quick_rounds")
async def test_groups_are_asked_for_again_and_again(site: Site) -> None:
    await site.start(group_numbers=(GROUP,))
    await site.does("set", user="102", state=5)
    await until(lambda: site.group().busy == 1)
    assert site.group().free == 2


@pytest.mark.usefixtures("quick_rounds")
async def test_of_a_group_nothing_is_known_while_the_server_does_not_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start(group_numbers=(GROUP,))

    async def fail(_: str) -> None:
        raise CannotConnect

    with monkeypatch.context() as patch:
        patch.setattr(system.http, "free_users", fail)
        await until(lambda: site.group().free is None)
        assert site.group().free_numbers == ()
    await until(lambda: site.group().free == 3)


@pytest.mark.usefixtures("quick_rounds")
async def test_a_group_is_what_it_was_when_the_connection_comes_back(site: Site) -> None:
    """While all of the server is away, its patience and unavailability tell that, and nothing else does."""
    system = await site.start(group_numbers=(GROUP,))
    record = system.directory.groups.get((GROUP,))
    assert record
    told: list[int | None] = []
    record.listen(frozenset({"free"}), lambda: told.append(site.group().free))
    await site.does("fault", kind="refuse", seconds=30)
    await until(lambda: not site.is_connected)
    await asyncio.sleep(0.1)  # in which rounds are asked in vain
    await site.does("fault", kind="none")
    await until(lambda: site.is_connected)
    assert (site.group().free, told) == (3, [])


@pytest.mark.usefixtures("quick_rounds")
@pytest.mark.parametrize("push", [True, False])
async def test_a_group_that_cannot_be_read_at_first_is_there_all_the_same(
    site: Site, *, push: bool
) -> None:
    """Else it would be taken for one that nobody wants any more, and its device be removed."""
    await site.does("fault", kind="status", code=500, command="tst_getint")
    system = await site.start(push=push, users=site.named("100"), group_numbers=(GROUP,))
    assert system.directory.complete
    assert (site.group().free, site.group().busy) == (None, None)
    await site.does("fault", kind="none")
    await until(lambda: site.group().free == 3)


async def test_a_user_whom_somebody_names_is_checked_with_the_server(site: Site) -> None:
    system = site.make(push=False)
    wanted = NamedUser("{" + site.id("100").upper() + "}", "Anna", "100")
    assert await system.check_user(wanted) == NamedUser(site.id("100"), "Anna", "100")
    with pytest.raises(NotThere):
        await system.check_user(NamedUser("00000000-0000-4000-8000-000000000000", "Nobody"))


async def test_whose_credentials_they_are_is_asked_of_the_server(site: Site) -> None:
    system = await site.start()
    info = await system.check_account(Credentials("101", PASSWORD))
    assert (info.user, info.name) == ((site.id("101"),), "Виктор Громов")
    await until(lambda: site.sessions == ["hass"])
    with pytest.raises(AuthenticationFailed):
        await system.check_account(Credentials("101", "wrong"))


# --- what it is told ---------------------------------------------------------------------------


async def test_the_state_of_a_number_is_its_users(site: Site) -> None:
    await site.start()
    writes = site.writes()
    await site.happens("set", user="100", state=3)
    assert site.status("100") == "Away"
    assert writes == ["100"]


async def test_with_whom_somebody_talks_is_asked_for_once_and_when_it_has_settled(
    site: Site,
) -> None:
    site.settings.answers_after = 0.0
    await site.start()
    kinds = site.calls_of("100")
    await site.does("dial", user="100", number="84951234567")
    await until(lambda: site.person("100").calls)
    (call,) = site.person("100").calls
    assert call.state is CallState.TALKING
    assert (call.number, call.direction) == ("84951234567", CallDirection.OUTGOING)
    assert site.person("100").presence is Presence.ON_CALL
    asked = [command for command, _ in site.asked("wp_")]
    assert sorted(asked) == ["wp_getabonentinfo", "wp_getchaincontent"]
    await site.happens("hang_up", number="100")
    assert site.person("100").calls == ()
    assert kinds == [Kind.ANSWERED, Kind.ENDED]


async def test_who_is_called_by_a_colleague_is_shown_the_colleagues_name(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAUSES", (0.2,))
    await site.start()
    await site.does("ring", caller="101", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls and site.person("101").calls)
    (called,), (caller,) = site.person("100").calls, site.person("101").calls
    assert (called.direction, called.number, called.name) == (
        CallDirection.INCOMING,
        "101",
        "Виктор Громов",
    )
    assert (caller.direction, caller.number, caller.name) == (
        CallDirection.OUTGOING,
        "100",
        "Анна Борисова",
    )


async def test_the_times_of_a_call_are_told_in_the_servers_zone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "PAUSES", (0.2,))
    zone = ZoneInfo("Asia/Vladivostok")
    await site.start(time_zone=zone)
    await site.does("ring", caller="101", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    (call,) = site.person("100").calls
    (told,) = site.simulator.calls.calls.values()
    local = datetime.fromtimestamp(told.created).replace(microsecond=0)  # noqa: DTZ006 -- as the server
    assert call.started == local.replace(tzinfo=zone).astimezone(UTC)
    assert call.started.tzinfo is UTC
    assert call.answered is not None


async def test_a_call_that_rings_when_its_user_becomes_busy_is_seen_when_it_is_answered(
    site: Site,
) -> None:
    await site.start()
    kinds = site.calls_of("100")
    await site.does("ring", caller="84951234567", called="100")
    await until(lambda: len(site.simulator.log._kept) >= 2)
    assert site.status("100") == "Busy"
    assert site.person("100").calls == ()  # nothing says that it rings
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    assert site.person("100").presence is Presence.ON_CALL
    assert kinds == [Kind.ANSWERED]
    await until(lambda: not site.system._looks.users)


async def test_a_call_that_rings_is_shown_where_the_server_says_so() -> None:
    async with Site(marks_ringing=True) as site:
        await site.start()
        kinds = site.calls_of("100")
        await site.does("ring", caller="84951234567", called="100")
        await until(lambda: site.person("100").phone is PhoneState.RINGING)
        (call,) = site.person("100").calls
        assert (call.number, call.direction) == ("84951234567", CallDirection.INCOMING)
        await site.does("answer", number="100")
        await until(lambda: site.person("100").phone is PhoneState.TALKING)
        assert kinds == [Kind.RINGING, Kind.ANSWERED]


async def test_who_is_busy_without_a_call_has_none_and_is_asked_about_until_free(
    site: Site,
) -> None:
    await site.start()
    await site.does("set", user="100", state=5)
    await until(lambda: len(site.simulator.log._kept) >= 3)
    assert site.person("100").calls == ()
    assert site.person("100").presence is Presence.BUSY
    assert {command for command, _ in site.asked("wp_")} == {"wp_getabonentinfo"}
    await site.happens("set", user="100", state=1)
    assert not site.system._looks.users


async def test_a_call_that_cannot_be_asked_for_at_first_is_asked_for_again(site: Site) -> None:
    await site.start()
    await site.does("fault", kind="status", code=500, count=2, command="wp_")
    await site.does("ring", caller="84951234567", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)


async def test_who_is_no_longer_busy_when_the_answer_comes_has_no_call(site: Site) -> None:
    await site.start()
    await site.does("fault", kind="late", seconds=0.05, count=2, command="wp_")
    await site.does("ring", caller="101", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.system._looks.users)
    await site.happens("hang_up", number="100")
    await until(lambda: not site.system._looks.users)
    assert site.person("100").calls == ()


# --- a snapshot, and what is told meanwhile ----------------------------------------------------


def told_before(
    answer: str, act: Callable[[], Awaitable[object]]
) -> Callable[..., Awaitable[object]]:
    """Return a way to ask in which something happens before this answer is taken in."""
    ask = WebSocketLink.request

    async def request(
        link: WebSocketLink, command: object, reader: object, **rest: object
    ) -> object:
        found = await ask(link, command, reader, **rest)  # type: ignore[arg-type]
        if type(command).__name__ == answer:
            await act()
        return found

    return request


@pytest.mark.parametrize("answer", ["GetPbxNumbers", "GetUserNumbers"])
async def test_what_is_told_while_a_snapshot_is_read_is_not_undone_by_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    heard = asyncio.Event()
    told = Told(heard, monkeypatch)

    async def act() -> None:
        await site.does("set", user="100", state=3)
        await heard.wait()

    monkeypatch.setattr(WebSocketLink, "request", told_before(answer, act))
    await site.start()
    assert told.numbers == ["100"]
    assert site.status("100") == "Away"


class Told:
    """Notes of which numbers something was told."""

    def __init__(self, heard: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> None:
        self.numbers: list[str] = []
        tell = Listing.told

        def told(listing: Listing, event: NumberStates) -> None:
            tell(listing, event)
            self.numbers += [number for number, _ in event.states]
            heard.set()

        monkeypatch.setattr(Listing, "told", told)


async def test_of_numbers_without_end_only_so_many_are_kept_while_a_snapshot_is_read(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "NUMBERS_MOST", 1)

    async def act() -> None:
        states = (("1", UserState.AWAY), ("100", UserState.AWAY))
        site.system._listing.told(NumberStates(states=states))

    monkeypatch.setattr(WebSocketLink, "request", told_before("GetPbxNumbers", act))
    await site.start()
    assert site.status("100") == "Ready"


async def test_a_number_in_a_state_that_nobody_knows_changes_nothing(site: Site) -> None:
    await site.start()
    await site.says("hass", "pbxnumberstatechanged", numbers=[{"num": "100", "numstateid": 4}])
    assert site.status("100") == "Ready"


async def test_a_snapshot_without_a_single_user_removes_nobody(site: Site) -> None:
    system = await site.start()
    people = site.office.users
    site.office.users = {site.id("hass"): people[site.id("hass")]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simulators.oktell.websocket.user_numbers", lambda *_: [])
        await site.restart()
    site.office.users = people
    assert len(system.directory.extensions) == 5
    assert not system.directory.complete
    assert system.oddities["a snapshot without a single user"] == 1


# --- reading again -----------------------------------------------------------------------------


@pytest.mark.usefixtures("quick_rereading")
async def test_who_is_new_shows_with_the_first_state_of_the_number(site: Site) -> None:
    system = await site.start()
    added = (await site.does("add_user", login="new", name="New", number="160"))["id"]
    await site.happens("set", user="160", state=3)
    await until(lambda: system.directory.extensions.get((added,)))
    assert (site.status("160"), site.person("160").name) == ("Away", "New")
    assert site.logins() == {}
    assert system.interruptions == 0


@pytest.mark.usefixtures("quick_rereading")
async def test_what_else_has_changed_shows_then_and_nothing_else_is_written(site: Site) -> None:
    await site.start()
    viktor = site.id("101")
    writes = site.writes()
    await site.does("rename_user", user="100", name="Анна Смирнова")
    await site.does("remove_user", user="101")
    await site.says("hass", "pbxnumberstatechanged", numbers=[{"num": "777", "numstateid": 1}])
    await until(lambda: site.system.directory.extensions.get((viktor,)) is None)
    await until(lambda: not site.system.directory.is_telling)
    assert site.person("100").name == "Анна Смирнова"
    assert writes == ["100"]


@pytest.mark.usefixtures("quick_rereading")
async def test_a_number_that_is_never_listed_is_looked_for_once(site: Site) -> None:
    await site.start()
    site.framed()
    for _ in range(3):
        await site.says("hass", "pbxnumberstatechanged", numbers=[{"num": "777", "numstateid": 1}])
        await asyncio.sleep(0.05)
    assert site.framed("getallusernumbers") == [("hass", "getallusernumbers")]


async def test_everything_is_read_again_from_time_to_time(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("INTERVAL", "SOONEST", "SETTLING"):
        monkeypatch.setattr(rereading, name, 0.01)
    await site.start()
    await site.does("rename_user", user="100", name="Анна Смирнова")
    await until(lambda: site.person("100").name == "Анна Смирнова")


async def test_a_reading_that_fails_is_followed_by_another(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("INTERVAL", "SOONEST", "SETTLING"):
        monkeypatch.setattr(rereading, name, 0.01)
    await site.start()
    await site.does("fault", kind="error", text="no", command="getpbxnumbers", count=2)
    await site.does("rename_user", user="100", name="Анна Смирнова")
    await until(lambda: site.person("100").name == "Анна Смирнова")
    assert site.system.interruptions == 0


def test_it_is_read_again_within_ten_minutes_and_never_twice_in_one() -> None:
    assert (INTERVAL, SOONEST) == (600, 60)


# --- coming back -------------------------------------------------------------------------------


async def test_it_comes_back_with_its_password_and_is_told_everything_again(site: Site) -> None:
    await site.start()
    await site.restart()
    assert site.logins() == {"hass": 1}
    await site.happens("set", user="100", state=3)
    assert site.status("100") == "Away"


async def test_nothing_is_written_when_nothing_has_changed_meanwhile(site: Site) -> None:
    await site.start()
    writes = site.writes()
    await site.restart()
    assert writes == []


async def test_what_has_changed_meanwhile_is_written_once(site: Site) -> None:
    await site.start()
    writes = site.writes()
    await site.does("disconnect")
    await site.does("set", user="100", state=3)
    await site.does("set", user="101", state=2)
    await until(lambda: site.status("100") == "Away" and site.is_connected)
    await until(lambda: not site.system.directory.is_telling)
    assert sorted(writes) == ["100", "101"]


async def test_a_call_that_has_ended_meanwhile_is_told_to_have(site: Site) -> None:
    await site.start()
    kinds = site.calls_of("100")
    await site.does("ring", caller="84951234567", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    await site.does("disconnect")
    await site.does("hang_up", number="100")
    await until(lambda: site.is_connected and not site.person("100").calls)
    assert kinds == [Kind.ANSWERED, Kind.ENDED]


async def test_who_is_still_busy_may_have_another_call_by_now(site: Site) -> None:
    await site.start()
    await site.does("ring", caller="84951234567", called="100")
    await site.does("answer", number="100")
    await until(lambda: site.person("100").calls)
    await site.does("disconnect")
    await site.does("hang_up", number="100")
    await site.does("ring", caller="84957654321", called="100")
    await site.does("answer", number="100")
    await until(lambda: [call.number for call in site.person("100").calls] == ["84957654321"])


async def test_users_who_came_went_or_have_other_names_are_known_by_their_ids(site: Site) -> None:
    await site.start()
    anna, viktor = site.id("100"), site.id("101")
    await site.does("rename_user", user="100", name="Анна Смирнова", number="150", login="anna")
    await site.does("remove_user", user="101")
    added = (await site.does("add_user", login="new", name="New", number="160"))["id"]
    await site.restart()
    renamed = site.extension(anna)
    assert (renamed.number, renamed.name) == ("150", "Анна Смирнова")
    assert site.extension(str(added)).number == "160"
    assert site.system.directory.extensions.get((viktor,)) is None
    await site.happens("set", user="150", state=3)
    assert site.status("150") == "Away"


async def test_within_the_grace_period_everybody_stays_as_they_were(site: Site) -> None:
    system = await site.start()
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not site.is_connected)
    assert system.directory.available
    assert site.status("100") == "Ready"
    await site.does("fault", kind="none")
    await until(lambda: site.is_connected)
    assert system.interruptions == 1


async def test_after_the_grace_period_nothing_is_available(site: Site) -> None:
    system = await site.start(grace_period=0.01)
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not system.directory.available)
    await site.does("fault", kind="none")
    await until(lambda: system.directory.available)
    assert site.is_connected


# --- what the server refuses -------------------------------------------------------------------


async def test_a_wrong_password_for_requests_is_told_by_the_start(site: Site) -> None:
    with pytest.raises(AuthenticationFailed):
        await site.start(credentials=WRONG)
    assert site.refused == []
    assert site.sessions == []


async def test_a_wrong_password_of_the_service_user_is_told_as_that(site: Site) -> None:
    with pytest.raises(AuthenticationFailed):
        await site.start(push=push_of(site, WRONG))
    assert site.refused == [PUSH]


def push_of(site: Site, credentials: Credentials) -> PushSettings:
    return PushSettings(site.simulator.port, credentials)


async def test_a_password_of_the_service_user_that_is_changed_is_not_tried_again(
    site: Site,
) -> None:
    system = await site.start(grace_period=0.01)
    await site.does("set", user="hass", password="another")
    await site.does("disconnect")
    await until(lambda: site.refused)
    assert site.refused == [PUSH]
    assert site.logins() == {"hass": 1}
    await until(lambda: not system.directory.available)


@pytest.mark.usefixtures("quick_rounds")
async def test_requests_that_are_refused_are_not_tried_again(site: Site) -> None:
    await site.start(group_numbers=(GROUP,))
    await site.does("set", user="hass", web_api=False)
    await until(lambda: site.refused)
    site.asked()
    await site.happens("set", user="100", state=5)
    await asyncio.sleep(0.03)
    assert site.asked() == []
    assert site.refused == [None]
    assert site.group().free is None
    assert site.status("100") == "Busy"  # which is told over the web-socket


@pytest.mark.parametrize(
    ("operation", "hindrance", "remedy"),
    [
        (
            {"name": "set", "user": "hass", "desktop_client": True},
            UserLoggedInElsewhere,
            {"name": "set", "user": "hass", "desktop_client": False},
        ),
        ({"name": "seats", "count": 0}, NoLicenseSeat, {"name": "seats", "count": 9}),
    ],
)
async def test_what_somebody_must_put_right_is_told_until_it_is(
    site: Site, operation: dict[str, object], hindrance: type[Exception], remedy: dict[str, object]
) -> None:
    await site.start()
    await site.does("expire_sessions")
    await perform(site, operation)
    await site.does("disconnect")
    await until(lambda: site.hindered)
    assert type(site.hindered[0]) is hindrance
    assert not site.is_connected
    await perform(site, remedy)
    await until(lambda: site.is_connected)
    assert site.hindered[-1] is None
    assert site.refused == []


async def perform(site: Site, operation: dict[str, object]) -> None:
    arguments = dict(operation)
    await site.does(str(arguments.pop("name")), **arguments)


@pytest.mark.parametrize(
    ("operation", "error"),
    [
        ({"name": "set", "user": "hass", "desktop_client": True}, UserLoggedInElsewhere),
        ({"name": "seats", "count": 0}, NoLicenseSeat),
        ({"name": "starting", "on": True}, ServerStarting),
    ],
)
async def test_a_start_that_is_not_possible_now_says_why_and_leaves_nothing(
    site: Site, operation: dict[str, object], error: type[Exception]
) -> None:
    await perform(site, operation)
    before = asyncio.all_tasks()
    with pytest.raises(error):
        await site.start()
    assert site.refused == []
    assert [type(each) for each in site.hindered] == ([] if error is ServerStarting else [error])
    await until(lambda: ours(before) == set())


async def test_a_server_that_is_not_there_is_said_not_to_be(site: Site) -> None:
    await site.does("fault", kind="refuse", seconds=30)
    with pytest.raises(CannotConnect):
        await site.start()


async def test_a_server_that_does_not_let_us_in_is_not_stormed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    def uniform(_: float, ceiling: float) -> float:
        waits.append(ceiling)
        return 0.001

    await site.start()
    monkeypatch.setattr("random.uniform", uniform)
    await site.does("seats", count=0)
    await site.does("expire_sessions")
    await site.does("disconnect")
    await until(lambda: len(waits) >= 6)
    assert waits[:6] == [0.01 * 2**attempt for attempt in range(6)]


# --- the end -----------------------------------------------------------------------------------


def ours(before: set[asyncio.Task[object]]) -> set[str]:
    """Return the names of tasks of ours that were not there before."""
    new = asyncio.all_tasks() - before
    return {task.get_name() for task in new if task.get_name().startswith("office_cti")}


@pytest.mark.parametrize("push", [True, False])
async def test_stopping_gives_the_seats_back_and_leaves_no_task(site: Site, *, push: bool) -> None:
    before = asyncio.all_tasks()
    system = await site.start(
        *(("100",) if push else ()), push=push, users=site.named("100"), group_numbers=(GROUP,)
    )
    await site.happens("ring", caller="84951234567", called="100")
    await site.happens("set", user="101", state=5)
    await system.stop()
    assert site.sessions == []
    await until(lambda: ours(before) == set())


async def test_stopping_while_the_connection_is_away_leaves_no_task(site: Site) -> None:
    before = asyncio.all_tasks()
    system = await site.start("100")
    await site.does("fault", kind="refuse", seconds=30)
    await site.does("disconnect")
    await until(lambda: not site.is_connected)
    await system.stop()
    await until(lambda: ours(before) == set())


async def test_what_one_connection_fails_with_is_told_when_all_have_ended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = await site.start("100")

    async def fail() -> None:
        raise RuntimeError("no leave")

    with monkeypatch.context() as patch:
        patch.setattr(site.main, "stop", fail)
        with pytest.raises(RuntimeError):
            await system.stop()
    await until(lambda: site.sessions == ["hass"])


# --- who may ask -------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", list(Authorization))
async def test_requests_say_who_asks_in_the_way_that_is_set_up(
    authorization: Authorization,
) -> None:
    async with Site(authorization=str(authorization)) as site:
        await site.start(authorization=authorization, group_numbers=(GROUP,))
        assert site.group().free == 3
