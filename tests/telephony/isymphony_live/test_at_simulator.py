"""REST and events with a simulated server, which shares no code with us: what one says the other takes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from custom_components.office_cti.telephony.isymphony_live.events import (
    AgentLogin,
    AgentLogout,
    ConferenceLeave,
    Dial,
    Event,
    Hangup,
    LinkEnd,
    Unknown,
    UserLogin,
    UserLogout,
    UserStatus,
)
from custom_components.office_cti.telephony.isymphony_live.requests import Id, Name
from custom_components.office_cti.telephony.isymphony_live.resources import (
    CallerId,
    CallSegment,
    CallSegmentType,
    StatusType,
)
from custom_components.office_cti.telephony.isymphony_live.rest import LiveClient
from custom_components.office_cti.telephony.isymphony_live.websocket import EventLink
from custom_components.office_cti.telephony.system import (
    AddressOrCredentialsRefused,
    CannotConnect,
    Credentials,
    Encryption,
    Refused,
    RequestTemplate,
    SystemSettings,
)
from simulators.isymphony_live import (
    Controls,
    FilterReply,
    LiveSimulator,
    Release,
    TimeUnit,
    default_office,
)
from simulators.operations import perform

from ..scripted_socket import Ears
from ..waiting import PATIENCE, until

MANAGER = Credentials("manager", "manag3rpa55word")
CORE = Name("default")
QUEUE = Name("5001")
BACK = 1_800_000_000


class Site:
    """A simulated server, and what is connected to it."""

    def __init__(self, simulator: LiveSimulator, session: aiohttp.ClientSession) -> None:
        self.simulator = simulator
        self.session = session
        self.ears: Ears[Event] = Ears()
        self.client = self.rest()
        self._operations = Controls(simulator).operations()

    def settings(self, **others: Any) -> SystemSettings:
        """Return what a person says about the server."""
        usual = {"credentials": MANAGER, "encryption": Encryption.NONE}
        return SystemSettings(
            host="127.0.0.1",
            port=self.simulator.port,
            session=self.session,
            **{**usual, **others},
        )

    def rest(self, **others: Any) -> LiveClient:
        """Return a client."""
        return LiveClient(self.settings(**others), count_oddity=self.ears.oddities.append)

    async def open(self, **others: Any) -> EventLink:
        """Open a web-socket, and return when the server knows what is wanted."""
        settings = self.settings(**others)
        link = await EventLink.open(
            settings, on_event=self.ears.events.append, count_oddity=self.ears.oddities.append
        )
        await until(lambda: any(client.filters for client in self.simulator.hub.clients))
        return link

    async def happens(self, name: str, /, **arguments: Any) -> Any:
        """Have something happen on the server."""
        async with asyncio.timeout(PATIENCE):
            return await perform(self._operations, "operation", name, arguments)

    async def told[E: Event](self, kind: type[E]) -> E:
        """Return the first event of a kind, once it has been told."""
        await until(lambda: any(isinstance(event, kind) for event in self.ears.events))
        return next(event for event in self.ears.events if isinstance(event, kind))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with (
        LiveSimulator(default_office(12, agents=0, queues=2)) as simulator,
        aiohttp.ClientSession() as session,
    ):
        yield Site(simulator, session)


@pytest.fixture
async def link(site: Site) -> AsyncIterator[EventLink]:
    link = await site.open()
    yield link
    await link.leave()


# --- resources ---------------------------------------------------------------------------------


async def test_the_whole_office_is_read_by_names_and_by_ids(site: Site) -> None:
    client = site.client
    (core,) = await client.core_servers()
    assert (core.slug, core.name) == ("default", "default")
    users = await client.users(Id(core.id))
    assert [user.username for user in users][:3] == ["100", "101", "102"]
    for user in users[:2]:
        for key in (Name(user.username), Id(user.id)):
            assert await client.user(CORE, key) == user
    extensions = await client.extensions(CORE)
    assert await client.extension(CORE, Id(extensions[0].id)) == extensions[0]
    assert {each.number for each in await client.extensions_of_user(CORE, Name("105"))} == {
        "105",
        "106",
    }
    assert [queue.identifier for queue in await client.queues(CORE) or ()] == ["5001", "5002"]
    assert [room.identifier for room in await client.conference_rooms(CORE)] == ["650", "651"]
    assert await client.core_server(CORE) == core
    assert not site.ears.oddities


async def test_who_has_no_licence_has_no_status(site: Site) -> None:
    assert await site.client.status(CORE, Name("100")) is not None
    await site.happens("license", user="100", on=False)
    assert await site.client.status(CORE, Name("100")) is None


@pytest.mark.parametrize("unit", TimeUnit)
async def test_a_status_and_its_return_time(site: Site, unit: TimeUnit) -> None:
    await site.happens("settings", return_times=unit)
    await site.happens("set", user="100", status="Out of Office", note="Löwen", return_time=BACK)
    found = await site.client.status(CORE, Name("100"))
    assert found is not None
    assert (found.name, found.type, found.note) == (
        "Out of Office",
        StatusType.EXTENDED_AWAY,
        "Löwen",
    )
    assert found.return_time == datetime.fromtimestamp(BACK, UTC)
    for nothing in (-1, 0):
        await site.happens("settings", no_return_time=nothing)
        await site.happens("set", user="100", return_time=0)
        found = await site.client.status(CORE, Name("100"))
        assert found is not None
        assert found.return_time is None


async def test_an_agent_the_telephone_and_the_statistics(site: Site) -> None:
    await site.happens("agent_login", queue="5001", extension="100")
    (agent,) = await site.client.agents(CORE, QUEUE) or ()
    assert await site.client.agent(CORE, QUEUE, agent.id) == agent
    assert await site.client.agents_of_extension(CORE, Name("100")) == (agent,)
    extension = await site.client.extension_of_agent(CORE, QUEUE, agent.id)
    assert extension is not None
    assert extension.number == "100"
    statistics = await site.client.statistics(CORE, QUEUE, agent.id)
    assert statistics is not None
    assert not site.ears.oddities
    await site.happens("pause", queue="5001", extension="100")
    assert (await site.client.agents(CORE, QUEUE) or ())[0].is_paused


async def test_a_call_and_its_other_side(site: Site) -> None:
    await site.happens("ring", caller="15550100", called="100", name="Marty")
    await site.happens("answer", number="100")
    (own,) = await site.client.calls_of_extension(CORE, Name("100"))
    assert isinstance(own, CallSegment)
    (other,) = await site.client.calls_related(CORE, Name("100"), own.id)
    assert other.type is CallSegmentType.EXTERNAL
    assert other.caller == CallerId("Marty", "15550100")
    assert await site.client.calls_of_queue(CORE, QUEUE) == ()


async def test_who_is_in_a_conference(site: Site) -> None:
    await site.happens("join", room="650", number="100")
    (inside,) = await site.client.calls_of_conference_room(CORE, Name("650"))
    assert inside.caller is not None
    assert inside.caller.number == "100"


async def test_a_release_without_conference_rooms(site: Site) -> None:
    await site.happens("settings", release=Release.V3_2)
    assert await site.client.conference_rooms(CORE) == ()


async def test_ids_are_new_after_a_restart_and_names_are_not(site: Site) -> None:
    before = await site.client.users(CORE)
    await site.happens("restart")
    after = await site.client.users(CORE)
    assert [user.username for user in before] == [user.username for user in after]
    assert {user.id for user in before}.isdisjoint(user.id for user in after)
    assert await site.client.user(CORE, Id(before[0].id)) is None


async def test_what_a_site_describes_is_done(site: Site) -> None:
    template = RequestTemplate(
        "POST",
        "coreServers/getByName/{core}/users/getByName/{username}/status/actions/set",
        '{"name": {status}, "note": "{note}"}',
    )
    values = {"core": "default", "username": "100", "status": "Lunch", "note": 'at "Löwen"'}
    assert await site.client.send(template, values) is None
    found = await site.client.status(CORE, Name("100"))
    assert found is not None
    assert (found.name, found.note) == ("Lunch", 'at "Löwen"')
    with pytest.raises(Refused):
        await site.client.send(
            template._replace(path="nowhere") if False else RequestTemplate("POST", "nowhere"), {}
        )


async def test_a_request_of_ones_own_is_answered(site: Site) -> None:
    found = await site.client.call("GET", "coreServers/getByName/default/users/getByName/100")
    assert found["userName"] == "100"


@pytest.mark.parametrize("refusal", [401, 403])
async def test_a_wrong_password_and_an_address_that_is_not_allowed_look_the_same(
    site: Site, refusal: int
) -> None:
    await site.happens("settings", refusal=refusal)
    wrong = {"credentials": Credentials("manager", "wrong")}
    for others, deny in ((wrong, False), ({}, True)):
        await site.happens("settings", deny_addresses=deny)
        with pytest.raises(AddressOrCredentialsRefused):
            await site.rest(**others).core_servers()
        with pytest.raises(AddressOrCredentialsRefused):
            await site.open(**others)


# --- events ------------------------------------------------------------------------------------


async def test_log_ins_and_a_status_are_told(site: Site, link: EventLink) -> None:
    (core,) = await site.client.core_servers()
    user = await site.client.user(CORE, Name("100"))
    assert user is not None
    await site.happens("login", user="100", ip="10.0.0.7", port=4711)
    await site.happens("set", user="100", status="Away", return_time=BACK)
    await site.happens("logout", user="100")
    login = await site.told(UserLogin)
    assert login[1:4] == (core.id, user.id, "100")
    assert (login.ip, login.port) == ("10.0.0.7", 4711)
    status = await site.told(UserStatus)
    assert (status.name, status.type) == ("Away", StatusType.AWAY)
    assert status.return_time == datetime.fromtimestamp(BACK, UTC)
    assert (await site.told(UserLogout)).login_id == login.login_id
    assert not site.ears.oddities


async def test_agents_are_told(site: Site, link: EventLink) -> None:
    await site.happens("agent_login", queue="5001", extension="100")
    (agent,) = await site.client.agents(CORE, QUEUE) or ()
    await site.happens("agent_logout", queue="5001", extension="100")
    came, went = await site.told(AgentLogin), await site.told(AgentLogout)
    assert came.agent_id == went.agent_id == agent.id
    assert (came.extension_number, came.username) == ("100", "100")


async def test_a_calls_end_is_told_with_all_that_belong_to_it(site: Site, link: EventLink) -> None:
    await site.happens("ring", caller="101", called="100")
    await site.happens("answer", number="100")
    (own,) = await site.client.calls_of_extension(CORE, Name("100"))
    await site.happens("hang_up", number="100")
    dial, ended, hangup = (
        await site.told(Dial),
        await site.told(LinkEnd),
        await site.told(Hangup),
    )
    assert dial.data["type"] == "dial"
    assert own.id in {ended.first.call_segment_id, ended.second.call_segment_id}
    assert {ended.first.username, ended.second.username} == {"100", "101"}
    assert hangup.party.username in {"100", "101"}


async def test_a_conference_is_left(site: Site, link: EventLink) -> None:
    await site.happens("join", room="650", number="15550100", name="Marty")
    await site.happens("leave", room="650", number="15550100")
    left = await site.told(ConferenceLeave)
    assert left.party.caller_number == "15550100"
    assert left.party.extension_id is left.party.username is None
    (room, _) = await site.client.conference_rooms(CORE)
    assert (left.room_id, left.room_name) == (room.id, room.name)


async def test_what_nobody_has_described_is_told_too(site: Site, link: EventLink) -> None:
    await site.happens("event", properties={"type": "parked", "lot": 7})
    found = await site.told(Unknown)
    assert (found.type, found.data["lot"]) == ("parked", 7)
    assert found.core_server_id is not None
    assert site.ears.oddities == ["an event of an unknown type"]


@pytest.mark.parametrize("reply", FilterReply)
async def test_however_a_filter_is_answered_events_are_told(site: Site, reply: FilterReply) -> None:
    await site.happens("settings", filter_reply=reply)
    link = await site.open()
    await site.happens("set", user="100", status="Lunch")
    assert (await site.told(UserStatus)).name == "Lunch"
    assert len(site.ears.events) == 1
    await link.leave()


async def test_what_is_left_out_is_as_null(site: Site) -> None:
    await site.happens("settings", omits_nulls=True)
    link = await site.open()
    await site.happens("join", room="650", number="15550100")
    await site.happens("leave", room="650", number="15550100")
    assert (await site.told(ConferenceLeave)).party.username is None
    await link.leave()


async def test_only_what_is_wanted_is_told(site: Site) -> None:
    link = await site.open(event_types=("userStatus", "userLogin"), event_users=("100", "101"))
    for user in ("102", "101"):
        await site.happens("login", user=user)
        await site.happens("set", user=user, status="Lunch")
        await site.happens("logout", user=user)
    await site.told(UserStatus)
    assert [(type(event), event[3]) for event in site.ears.events] == [
        (UserLogin, "101"),
        (UserStatus, "101"),
    ]
    (client,) = site.simulator.hub.clients
    assert client.filters is not None
    await link.leave()


# --- what may go wrong -------------------------------------------------------------------------


async def test_a_restart_ends_the_connection_and_lets_us_in_again(site: Site) -> None:
    link = await site.open()
    await site.happens("restart")
    await until(link.closed.done)
    again = await site.open()
    await again.probe()
    await again.leave()


async def test_a_probe_is_answered(link: EventLink) -> None:
    await link.probe()


async def test_nobody_listens_any_more(site: Site) -> None:
    await site.happens("restart", seconds=PATIENCE)
    for ask in (site.client.core_servers, site.open):
        asked: Callable[[], Any] = ask
        with pytest.raises(CannotConnect):
            await asked()


async def test_garbage_is_counted_and_the_rest_goes_on(site: Site, link: EventLink) -> None:
    await site.happens("fault", kind="garbage")
    await until(lambda: site.ears.oddities or link.closed.done())
    link.abort()
    again = await site.open()
    await site.happens("set", user="100", status="Lunch")
    await site.told(UserStatus)
    await again.leave()


async def test_half_a_message_ends_with_the_connection(site: Site, link: EventLink) -> None:
    await site.happens("fault", kind="half_line")
    await until(link.closed.done)
    assert not [event for event in site.ears.events if isinstance(event, Unknown)]
