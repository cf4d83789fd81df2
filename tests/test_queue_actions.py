"""The actions on agents and on queues: the commands that they become."""

from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
import voluptuous as vol

from custom_components.office_cti.telephony.model import QueueStatistics
from custom_components.office_cti.telephony.system import AgentPhoneInUse, AlreadyQueueMember

from .people import AGENT, BOB, ON_HOLD, OTHER_AGENT, SUPPORT, act, device_of


@pytest.fixture
def target(hass, staffed):
    """The agent Bob."""
    return {"device_id": device_of(hass, staffed, AGENT)}


@pytest.fixture
def queue(hass, staffed):
    """The device of the queue Support."""
    return device_of(hass, staffed, SUPPORT)


# --- agents ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "data", "command", "arguments"),
    [
        ("agent_login", {}, "log_agent_in", {"number": None}),
        ("agent_login", {"number": " 101 "}, "log_agent_in", {"number": "101"}),
        ("agent_logout", {}, "log_agent_out", {}),
        ("agent_pause", {}, "pause_agent", {"queue": None}),
        ("agent_resume", {}, "resume_agent", {"queue": None}),
    ],
)
async def test_an_agent_is_told(hass, scripted_office, target, action, data, command, arguments):
    await act(hass, action, target, **data)
    assert scripted_office.commands == [(command, {"agent": AGENT.id, **arguments})]


@pytest.mark.parametrize(
    ("action", "command"), [("agent_pause", "pause_agent"), ("agent_resume", "resume_agent")]
)
async def test_an_agent_rests_from_one_queue(hass, scripted_office, target, queue, action, command):
    await act(hass, action, target, queue=queue)
    assert scripted_office.commands == [(command, {"agent": AGENT.id, "queue": SUPPORT.id})]


@pytest.mark.parametrize("action", ["agent_pause", "agent_resume"])
async def test_an_agent_rests_from_nothing_but_a_queue(
    hass, staffed, scripted_office, target, action
):
    with pytest.raises(ServiceValidationError, match="Bob is not a queue") as error:
        await act(hass, action, target, queue=device_of(hass, staffed, BOB))
    assert error.value.translation_key == "not_a_queue"
    assert not scripted_office.commands


async def test_a_telephone_that_is_taken_is_the_persons_mistake(hass, scripted_office, target):
    scripted_office.errors["log_agent_in"] = AgentPhoneInUse()
    with pytest.raises(ServiceValidationError, match="Another agent") as error:
        await act(hass, "agent_login", target, number="101")
    assert error.value.translation_key == "agent_phone_in_use"


# --- members of queues -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "command"),
    [("queue_add_member", "add_queue_member"), ("queue_remove_member", "remove_queue_member")],
)
async def test_members_come_and_go(hass, staffed, scripted_office, queue, action, command):
    await act(hass, action, {"device_id": queue}, agent=device_of(hass, staffed, AGENT))
    assert scripted_office.commands == [(command, {"queue": SUPPORT.id, "agent": AGENT.id})]


async def test_several_agents_join_several_queues(hass, staffed, scripted_office, queue):
    """An extension stands for its agent, who is not added twice therefore."""
    await act(
        hass,
        "queue_add_member",
        {"device_id": [queue, device_of(hass, staffed, ON_HOLD)]},
        agent=[device_of(hass, staffed, each) for each in (AGENT, OTHER_AGENT, BOB)],
    )
    reached = [
        (command.arguments["queue"], command.arguments["agent"])
        for command in scripted_office.commands
    ]
    assert sorted(reached) == sorted(
        (queue.id, agent.id) for queue in (SUPPORT, ON_HOLD) for agent in (AGENT, OTHER_AGENT)
    )


async def test_the_members_that_could_not_be_added_are_named(hass, staffed, scripted_office, queue):
    def add(queue, agent):
        if agent.id == OTHER_AGENT.id:
            raise AlreadyQueueMember(name=str(agent), queue=str(queue))

    scripted_office.answers["add_queue_member"] = add
    agents = [device_of(hass, staffed, each) for each in (AGENT, OTHER_AGENT)]
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "queue_add_member", {"device_id": queue}, agent=agents)
    assert error.value.translation_key == "some_failed"
    assert error.value.translation_placeholders["failed"] == (
        "Queue Support, Agent Carl: Carl takes calls from the queue Support already"
    )
    assert len(scripted_office.commands) == 2


@pytest.mark.parametrize("data", [{}, {"agent": []}])
async def test_somebody_must_be_named_as_member(hass, scripted_office, queue, data):
    with pytest.raises(vol.Invalid):
        await act(hass, "queue_add_member", {"device_id": queue}, **data)
    assert not scripted_office.commands


# --- statistics --------------------------------------------------------------------------------


async def test_an_agents_statistics_are_told_by_queue_in_the_servers_words(
    hass, staffed, scripted_office
):
    told = {SUPPORT.id: {"callsTaken": 3}, ON_HOLD.id: {}, ("gone",): {"callsTaken": 9}}
    scripted_office.answers["get_agent_statistics"] = told
    agent = device_of(hass, staffed, AGENT)
    answer = await act(hass, "get_agent_statistics", {"device_id": agent}, answer=True)
    assert answer[agent] == {
        "name": "Agent Bob",
        "queues": [
            {"name": "Support", "number": "3000", "statistics": {"callsTaken": 3}},
            {"name": "On hold", "number": "3001", "statistics": {}},
        ],
    }
    assert scripted_office.commands == [("get_agent_statistics", {"agent": AGENT.id})]


async def test_statistics_are_told_by_queue(hass, staffed, scripted_office, queue):
    scripted_office.answers["get_queue_statistics"] = lambda queue, **_: QueueStatistics(
        received=int(queue.number), answered_rate=87.5
    )
    other = device_of(hass, staffed, ON_HOLD)
    answer = await act(
        hass,
        "get_queue_statistics",
        {"device_id": [queue, other]},
        answer=True,
        window={"minutes": 30},
        quality_of_service=20,
    )
    assert answer.keys() == {queue, other}
    assert answer[queue] == {
        "name": "Queue Support",
        "received": 3000,
        "answered": None,
        "abandoned": None,
        "average_wait": None,
        "longest_wait": None,
        "answered_rate": 87.5,
        "quality_of_service": None,
    }
    assert answer[other]["received"] == 3001
    asked = {"queue": SUPPORT.id, "window": 1800.0, "quality_of_service": 20.0}
    assert ("get_queue_statistics", asked) in scripted_office.commands


@pytest.mark.parametrize(
    ("data", "window"),
    [({}, 3600.0), ({"window": 120}, 120.0), ({"window": "00:15:00"}, 900.0)],
)
async def test_a_while_is_an_hour_or_what_one_says(hass, scripted_office, queue, data, window):
    scripted_office.answers["get_queue_statistics"] = QueueStatistics()
    await act(hass, "get_queue_statistics", {"device_id": queue}, answer=True, **data)
    asked = {"queue": SUPPORT.id, "window": window, "quality_of_service": 60.0}
    assert scripted_office.commands == [("get_queue_statistics", asked)]


@pytest.mark.parametrize(
    "data",
    [
        {"window": 0},
        {"window": "-01:00:00"},
        {"quality_of_service": 0},
        {"quality_of_service": 100_000},
        {"quality_of_service": "nan"},
    ],
)
async def test_statistics_of_no_time_at_all_are_refused(hass, scripted_office, queue, data):
    with pytest.raises(vol.Invalid):
        await act(hass, "get_queue_statistics", {"device_id": queue}, answer=True, **data)
    assert not scripted_office.commands


async def test_statistics_are_for_answering_only(hass, queue):
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "get_queue_statistics", {"device_id": queue})
    assert error.value.translation_key == "service_lacks_response_request"
