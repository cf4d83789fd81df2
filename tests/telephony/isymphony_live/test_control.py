"""What can be done with an iSymphony Live server, by requests that somebody has described and by others."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

import pytest

from custom_components.office_cti.telephony.isymphony_live import IsymphonyLiveSystem
from custom_components.office_cti.telephony.isymphony_live.control import (
    AGENT_FEATURES,
    COMMANDS,
    PERSON_FEATURES,
    QUEUE_FEATURES,
    TELEPHONE_FEATURES,
)
from custom_components.office_cti.telephony.model import (
    Agent,
    CallState,
    Destination,
    DialOrder,
    Extension,
    Feature,
    Queue,
)
from custom_components.office_cti.telephony.system import (
    AlreadyQueueMember,
    InNoQueue,
    InvalidNumber,
    NoCall,
    NoTelephone,
    NotQueueMember,
    NotSupported,
    NotSupportedByRelease,
    NotThere,
    OrderNotSupported,
    PathNotAllowed,
    QueueNotKnown,
    Refused,
    RequestTemplate,
    StatusNotAllowed,
    TelephonyError,
    TextTooLong,
    ValueUnknown,
)

from .site import TEMPLATES, Site, until

CORE = "coreServers/getByName/default"
NINE = datetime(2033, 5, 18, 3, 33, 20, 400_000, UTC)


# --- what is offered ---------------------------------------------------------------------------


async def test_nothing_is_offered_that_nobody_has_described(site: Site) -> None:
    await site.start()
    settable = {*PERSON_FEATURES, *TELEPHONE_FEATURES, *AGENT_FEATURES, *QUEUE_FEATURES}
    assert not site.user("100").features & settable
    assert not site.agent("100").features & settable
    assert not site.queue().features


async def test_what_a_description_would_make_possible_is_known(site: Site) -> None:
    await site.start(templates={"dial": TEMPLATES["dial"]})
    of_telephones = TELEPHONE_FEATURES.keys() - {Feature.DIAL}
    given = site.system.given_by_request
    assert given(site.user("100")) == PERSON_FEATURES.keys() | of_telephones
    assert given(site.telephone("103")) == of_telephones
    assert given(site.agent("100")) == AGENT_FEATURES.keys()
    assert given(site.queue()) == QUEUE_FEATURES.keys()
    assert not given(site.system.directory.server.object)


async def test_everything_is_offered_that_somebody_has_described(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    assert TEMPLATES.keys() == COMMANDS.keys()
    assert {*PERSON_FEATURES, *TELEPHONE_FEATURES} <= site.user("100").features
    assert {*TELEPHONE_FEATURES} <= site.telephone("103").features
    assert not {*PERSON_FEATURES} & site.telephone("103").features
    assert {*AGENT_FEATURES, Feature.AGENT_STATISTICS} == site.agent("100").features
    assert {*QUEUE_FEATURES} == site.queue().features


@pytest.mark.parametrize("left_out", sorted(COMMANDS))
async def test_what_needs_two_requests_is_offered_with_both(site: Site, left_out: str) -> None:
    templates = {name: each for name, each in TEMPLATES.items() if name != left_out}
    await site.start(templates=templates)
    offered = site.user("100").features | site.agent("100").features | site.queue().features
    all_of_them = PERSON_FEATURES | TELEPHONE_FEATURES | AGENT_FEATURES | QUEUE_FEATURES
    for feature, needed in all_of_them.items():
        assert (feature in offered) is (left_out not in needed), feature


async def test_do_not_disturb_can_be_switched_and_not_be_seen(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    anna = site.user("100")
    assert Feature.SET_DO_NOT_DISTURB in anna.features
    assert Feature.DO_NOT_DISTURB not in anna.features
    assert anna.do_not_disturb is None


type Command = Callable[[IsymphonyLiveSystem, Extension, Agent, Queue], Awaitable[None]]
_COMMANDS: Mapping[str, Command] = {
    "set_status": lambda system, person, _a, _q: system.set_status(person, "Lunch"),
    "set_note": lambda system, person, _a, _q: system.set_note(person, "Soup"),
    "set_return_time": lambda system, person, _a, _q: system.set_return_time(person, NINE),
    "dial": lambda system, person, _a, _q: system.dial(person, Destination("0555")),
    "do_not_disturb_on": lambda system, person, _a, _q: system.set_do_not_disturb(
        person, enabled=True
    ),
    "do_not_disturb_off": lambda system, person, _a, _q: system.set_do_not_disturb(
        person, enabled=False
    ),
    "pause_agent": lambda system, _p, agent, _q: system.pause_agent(agent),
    "resume_agent": lambda system, _p, agent, _q: system.resume_agent(agent),
    "log_agent_out": lambda system, _p, agent, _q: system.log_agent_out(agent),
    "remove": lambda system, _p, agent, queue: system.remove_queue_member(queue, agent),
}


@pytest.mark.parametrize("command", _COMMANDS.values(), ids=_COMMANDS)
async def test_a_command_that_nobody_has_described_is_not_sent(
    site: Site, command: Command
) -> None:
    await site.start()
    with pytest.raises(NotSupported):
        await command(site.system, site.user("100"), site.agent("100"), site.queue())
    assert site.acts() == []


# --- an agent ----------------------------------------------------------------------------------


async def test_an_agents_statistics_are_told_as_they_are(site: Site) -> None:
    await site.start()
    statistics = await site.system.get_agent_statistics(site.agent("100"))
    assert statistics == {site.queue().id: {"callsTaken": 0, "lastCall": -1, "penalty": 0}}


async def test_a_server_without_statistics_says_so(site: Site) -> None:
    await site.start()
    agents = site.path("queues", "5001") + "/agent"
    await site.does("fault", kind="status", code=404, count=99, command=agents)
    with pytest.raises(NotSupportedByRelease):
        await site.system.get_agent_statistics(site.agent("100"))


# --- a person ----------------------------------------------------------------------------------


async def test_a_status_is_sent_with_its_type_and_what_is_said_beside_it(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    await site.happens("set", user="100", note="Soup", return_time=2_000_000_000)
    await site.system.set_status(site.user("100"), "Lunch")
    path, body = site.acts()[0]
    assert path == f"{CORE}/users/getByName/100/status/actions/set"
    assert body == {
        "name": "Lunch",
        "type": "away",
        "note": "Soup",
        "returnTime": 2_000_000_000_000,
    }
    await site.settle()
    assert site.status("100") == "Lunch"


async def test_a_status_that_nobody_has_had_is_refused(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    with pytest.raises(StatusNotAllowed) as refusal:
        await site.system.set_status(site.user("100"), "On the moon")
    assert refusal.value.values == {"name": "Anna", "status": "On the moon"}
    assert site.acts() == []


async def test_a_note_is_whatever_somebody_types(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    note = 'Say "hi"\n{status}\\ é 🎈'
    await site.system.set_note(site.user("101"), note)
    await site.settle()
    assert (site.user("101").note, site.status("101")) == (note, "Lunch")
    await site.system.set_note(site.user("101"), "")
    await site.settle()
    assert site.user("101").note == ""


async def test_a_return_time_is_sent_in_milliseconds_and_minus_one_is_none(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    await site.system.set_return_time(site.user("101"), NINE)
    await site.settle()
    assert site.user("101").return_time is not None
    assert site.acts()[0][1]["returnTime"] == 2_000_000_000_400
    await site.system.set_return_time(site.user("101"), None)
    await site.settle()
    assert site.user("101").return_time is None
    assert site.acts()[0][1]["returnTime"] == -1


async def test_a_return_time_may_be_sent_in_seconds(site: Site) -> None:
    template = TEMPLATES["set_status"]
    body = '{"returnTime": {return_seconds}}'
    templates = {"set_status": RequestTemplate(template.method, template.path, body)}
    await site.start(templates=templates)
    await site.system.set_return_time(site.user("101"), NINE)
    assert site.acts()[0][1] == {"returnTime": 2_000_000_000}


async def test_what_is_said_beside_a_status_does_not_undo_it_though_no_event_has_come(
    site: Site,
) -> None:
    await site.start(templates=TEMPLATES, event_types=("userLogin",))
    await site.system.set_status(site.user("100"), "Lunch")
    assert site.status("100") == "Lunch"
    await site.system.set_note(site.user("100"), "Soup")
    assert (site.status("100"), site.user("100").note) == ("Lunch", "Soup")
    assert site.office.server().users["100"].status.name == "Lunch"


async def test_a_status_is_set_though_it_cannot_be_read(site: Site) -> None:
    await site.start(templates=TEMPLATES, event_types=("userLogin",))
    command = site.path("users", "100") + "/status"
    await site.does("fault", kind="status", code=500, command=command)
    await site.system.set_status(site.user("100"), "Lunch")
    assert site.office.server().users["100"].status.name == "Lunch"
    assert site.status("100") == "Available"


async def test_nothing_is_said_beside_a_status_that_nobody_knows(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    with pytest.raises(NotSupported):
        await site.system.set_note(site.user("102"), "Soup")
    with pytest.raises(NotSupported):
        await site.system.set_return_time(site.user("102"), NINE)
    assert site.acts() == []


async def test_whoever_is_gone_is_not_there(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    anna, sales = site.user("100"), site.queue()
    system = site.system
    await site.does("remove", kind="user", key="101")
    gone = site.user("101")
    await system._try_to_read()
    with pytest.raises(NotThere):
        await system.set_note(gone, "Soup")
    other = sales.with_changes({"id": ("default", "5009")})
    with pytest.raises(NotThere):
        await system.add_queue_member(other, site.agent("100"))
    assert anna.name == "Anna"


async def test_what_the_server_refuses_is_told_in_its_words(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    with pytest.raises(Refused) as refusal:
        await site.system.dial(site.user("100"), Destination("100"))
    assert "100 cannot be called" in refusal.value.values["reason"]


# --- a telephone -------------------------------------------------------------------------------


async def test_dialing_rings_the_persons_first_telephone(site: Site) -> None:
    site.settings.answers_after = 0.0
    await site.start(templates=TEMPLATES)
    await site.system.dial(site.user("100"), Destination("0555"))
    assert site.acts() == [
        (f"{CORE}/extensions/getByName/100/actions/originate", {"destination": "0555"})
    ]
    await until(lambda: site.user("100").calls)
    await site.system.dial(site.telephone("103"), Destination(extension=site.user("101")))
    assert site.acts()[0][1] == {"destination": "101"}


async def test_values_do_not_lead_elsewhere(site: Site) -> None:
    path = "coreServers/getByName/{core_server}/extensions/getByName/{number}/actions/originate"
    await site.start(templates={"dial": RequestTemplate("POST", path)})
    for number in ("..", "../../x", "%2e%2e"):
        with pytest.raises(TelephonyError):
            await site.system.dial(site.user("100"), Destination(number))
    assert not [path for path, _ in site.acts() if ".." in unquote(path)]


async def test_ids_of_now_are_filled_in(site: Site) -> None:
    names = ",".join(f'"{name}": {{{name}}}' for name in COMMANDS["dial"])
    path = f"{CORE}/extensions/getByName/100/actions/originate"
    await site.start(templates={"dial": RequestTemplate("POST", path, f"{{{names}}}")})
    await site.restart()
    site.requests()
    with pytest.raises(Refused):
        await site.system.dial(site.user("100"), Destination("0555"))
    server = site.office.server()
    assert site.acts()[0][1] == {
        "core_server": "default",
        "core_server_id": server.id,
        "user": "100",
        "user_id": server.users["100"].id,
        "extension": "100",
        "extension_id": server.extensions["100"].id,
        "number": "0555",
    }
    with pytest.raises(Refused):
        await site.system.dial(site.telephone("103"), Destination("0555"))
    body = site.acts()[0][1]
    assert (body["user"], body["user_id"]) == ("", "")


@pytest.mark.parametrize(
    ("destination", "error"),
    [
        (Destination(), InvalidNumber),
        (Destination(voicemail=True), NotSupported),
        (Destination("0555", order=DialOrder.DESTINATION_FIRST), OrderNotSupported),
    ],
)
async def test_what_cannot_be_dialed_is_not_sent(
    site: Site, destination: Destination, error: type[TelephonyError]
) -> None:
    await site.start(templates=TEMPLATES)
    with pytest.raises(error):
        await site.system.dial(site.user("100"), destination)
    assert site.acts() == []


async def test_who_has_no_telephone_cannot_use_one(site: Site) -> None:
    await site.does("add", kind="user", key="104", name="Dora")
    await site.start(templates=TEMPLATES)
    dora = site.user("104")
    with pytest.raises(NoTelephone):
        await site.system.dial(dora, Destination("0555"))
    with pytest.raises(NoTelephone):
        await site.system.set_do_not_disturb(dora, enabled=True)
    with pytest.raises(NoTelephone):
        await site.system.transfer_call(dora, "0555", attended=False)
    assert site.acts() == []


async def test_do_not_disturb_is_switched_on_all_telephones(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    telephones = site.office.server().extensions
    await site.system.set_do_not_disturb(site.user("100"), enabled=True)
    assert (telephones["100"].dnd, telephones["110"].dnd, telephones["101"].dnd) == (
        True,
        True,
        False,
    )
    await site.system.set_do_not_disturb(site.user("100"), enabled=False)
    assert not telephones["110"].dnd


async def test_the_call_that_was_answered_is_passed_on(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    await site.happens("ring", caller="0555", called="100")
    await site.does("answer", number="100")
    await site.happens("ring", caller="0666", called="110")
    await until(lambda: len(site.user("100").calls) == 2)
    await site.does("hold", number="100")
    site.system.picture.on_call(site.office.server().id, site.office.server().extensions["100"].id)
    await until(lambda: CallState.HELD in {call.state for call in site.user("100").calls})
    site.requests()
    await site.system.transfer_call(site.user("100"), "101", attended=False)
    (path, body) = site.acts()[0]
    assert body == {"destination": "101"}
    assert path.startswith(f"{CORE}/callSegments/")
    await until(lambda: site.user("101").calls)


async def test_a_call_is_passed_on_by_the_id_that_it_has_after_a_restart(site: Site) -> None:
    await site.does("ring", caller="0555", called="100")
    await site.does("answer", number="100")
    await site.start(templates=TEMPLATES)
    await site.restart()
    await site.system.transfer_call(site.user("100"), "101", attended=False)
    await until(lambda: site.user("101").calls)


async def test_a_call_of_which_nobody_knows_that_it_was_answered_may_be_passed_on(
    site: Site,
) -> None:
    await site.start(templates=TEMPLATES)
    await site.happens("ring", caller="0555", called="100")
    await until(lambda: site.user("100").calls)
    await site.does("answer", number="100")
    assert site.user("100").calls[0].state is CallState.RINGING
    await site.system.transfer_call(site.user("100"), "101", attended=False)
    await until(lambda: site.user("101").calls)


async def test_without_a_call_nothing_is_passed_on(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    with pytest.raises(NoCall):
        await site.system.transfer_call(site.user("100"), "101", attended=False)
    with pytest.raises(NotSupported):
        await site.system.transfer_call(site.user("100"), "101", attended=True)
    assert site.acts() == []


# --- agents ------------------------------------------------------------------------------------


async def test_an_agent_is_paused_in_all_queues_or_in_one_and_it_shows_at_once(
    site: Site,
) -> None:
    await site.does("agent_login", queue="5002", extension="100")
    await site.start(templates=TEMPLATES)
    await site.system.pause_agent(site.agent("100"))
    assert len(site.acts()) == 2
    assert site.agent("100").paused
    await site.system.resume_agent(site.agent("100"), site.queue("5002"))
    assert site.agent("100").paused_in == ("Sales",)
    await site.system.resume_agent(site.agent("100"))
    assert site.agent("100").paused_in == ()


async def test_an_agent_logs_out_and_in_again_where_it_was(site: Site) -> None:
    await site.does("agent_login", queue="5002", extension="100")
    await site.start(templates=TEMPLATES)
    await site.system.log_agent_out(site.agent("100"))
    await site.settle()
    assert site.agent("100").logged_in is False
    with pytest.raises(InNoQueue):
        await site.system.pause_agent(site.agent("100"))
    await site.system.log_agent_in(site.agent("100"))
    await site.settle()
    assert set(site.agent("100").queues) == {"Sales", "Support"}
    site.acts()
    await site.system.log_agent_in(site.agent("100"))
    assert site.acts() == []


async def test_in_which_queues_an_agent_could_be_nothing_tells(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    nobody = site.agent("100").with_changes({"id": ("default", "9"), "number": "9"})
    with pytest.raises(QueueNotKnown):
        await site.system.log_agent_in(nobody)
    with pytest.raises(NotSupported):
        await site.system.log_agent_in(site.agent("100"), "101")
    assert site.acts() == []


async def test_an_agent_can_be_added_to_a_queue_and_removed(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    await site.system.add_queue_member(site.queue("5002"), site.agent("100"))
    assert site.acts()[0] == (f"{CORE}/queues/getByName/5002/actions/logIn", {"extension": "100"})
    assert site.agent("100").queues == ("Sales", "Support")
    with pytest.raises(AlreadyQueueMember):
        await site.system.add_queue_member(site.queue("5002"), site.agent("100"))
    await site.system.remove_queue_member(site.queue("5002"), site.agent("100"))
    assert site.agent("100").queues == ("Sales",)
    with pytest.raises(NotQueueMember):
        await site.system.remove_queue_member(site.queue("5002"), site.agent("100"))
    await site.system.add_queue_member(site.queue("5002"), site.agent("100"))
    assert site.agent("100").queues == ("Sales", "Support")


async def test_everything_is_filled_into_a_request_for_an_agent(site: Site) -> None:
    names = ",".join(f'"{name}": {{{name}}}' for name in COMMANDS["pause_agent"])
    path = TEMPLATES["pause_agent"].path
    both = dict.fromkeys(
        ("pause_agent", "resume_agent"), RequestTemplate("POST", path, f"{{{names}}}")
    )
    await site.start(templates=both)
    await site.system.pause_agent(site.agent("100"))
    server = site.office.server()
    queue = server.queues["5001"]
    assert site.acts()[0][1] == {
        "core_server": "default",
        "core_server_id": server.id,
        "queue": "5001",
        "queue_id": queue.id,
        "agent": "Anna (desk)",
        "agent_id": queue.agents[0].id,
        "extension": "100",
        "extension_id": server.extensions["100"].id,
    }


async def test_an_agent_has_no_id_yet_in_a_queue_where_nobody_has_seen_it(site: Site) -> None:
    by_id = RequestTemplate("POST", TEMPLATES["pause_agent"].path)
    await site.start(templates={**TEMPLATES, "log_agent_in": by_id})
    with pytest.raises(ValueUnknown) as caught:
        await site.system.add_queue_member(site.queue("5002"), site.agent("100"))
    assert caught.value.values == {"value": "agent_id"}
    assert site.acts() == []


async def test_what_a_command_did_before_another_failed_is_seen(site: Site) -> None:
    await site.does("agent_login", queue="5002", extension="100")
    await site.start(templates=TEMPLATES)
    command = site.path("queues", "5002")
    await site.does("fault", kind="status", code=409, text="No.", command=command)
    with pytest.raises(Refused):
        await site.system.pause_agent(site.agent("100"))
    assert site.agent("100").paused_in == ("Sales",)


async def test_a_command_worked_though_its_outcome_cannot_be_asked_for(site: Site) -> None:
    await site.start(templates=TEMPLATES)
    queues = f"rest/live/coreServers/{site.office.server().id}/queues"
    send = site.system.client.send

    async def sent(*request: Any) -> Any:
        answer = await send(*request)
        await site.does("fault", kind="status", code=500, command=queues)
        return answer

    site.system.client.send = sent  # type: ignore[method-assign]
    await site.system.pause_agent(site.agent("100"))
    assert site.office.server().queues["5001"].agents[0].is_paused
    assert not site.agent("100").paused


# --- any request -------------------------------------------------------------------------------


async def test_an_administrator_may_ask_for_anything_below_the_root(site: Site) -> None:
    await site.start()
    call = site.system.call_api
    assert (await call("GET", f"{CORE}/users/getByName/101/status"))["name"] == "Lunch"
    assert await call("POST", f"{CORE}/extensions/getByName/103/actions/enableDnd", {}) is None
    assert site.office.server().extensions["103"].dnd
    with pytest.raises(Refused):
        await call("GET", f"{CORE}/nothing")


@pytest.mark.parametrize(
    "path",
    [
        "../config/server/coreServers",
        "coreServers/../../config",
        "coreServers/%2e%2e/%2e%2e/config",
        "coreServers/%252e%252e/config",
        "/communication_manager/rest/config/server",
        "//elsewhere/x",
        "http://elsewhere/x",
        "coreServers\\..\\..\\config",
        "coreServers/..%2f..%5cconfig",
    ],
)
async def test_a_path_that_leads_elsewhere_is_refused_before_it_is_sent(
    site: Site, path: str
) -> None:
    await site.start()
    with pytest.raises(PathNotAllowed):
        await site.system.call_api("GET", path)
    assert site.requests() == []


async def test_a_path_that_is_too_long_is_refused(site: Site) -> None:
    await site.start()
    with pytest.raises(TextTooLong):
        await site.system.call_api("GET", "x" * 5000)
