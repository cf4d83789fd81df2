"""Agents, queues and memberships, as a server tells them and as they are shown."""

from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import pytest

from custom_components.office_cti.telephony.model import (
    Agent,
    AgentAvailability,
    CallerEvent,
    Feature,
    ObjectId,
    Queue,
    QueueCaller,
    QueueMember,
    QueueMemberState,
)
from custom_components.office_cti.telephony.xivo import centre as module
from custom_components.office_cti.telephony.xivo.messages import GetConfig, GetStatus, ListName

from ...recordings.reading import Kind, recording
from .watching import (
    LOGGED_OUT,
    OFFICE,
    START,
    Site,
    Wire,
    added,
    config,
    entries,
    member,
    removed,
    status,
)


@pytest.fixture
def site() -> Site:
    made = Site()
    made.snapshot()
    made.forget()
    return made


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(START + seconds, UTC)


def agent_told(tid: Any = 1, **fields: Any) -> Wire:
    """Return what is pushed of an agent; the id is a number then."""
    whole = {"availability": "available", "availability_since": START + 5, "queues": ["1", "10"]}
    return status("agents", tid, **(LOGGED_OUT | whole | fields))


def statistics(queue: str, **numbers: Any) -> Wire:
    stats = {f"Xivo-{name}": value for name, value in numbers.items()}
    return {"class": "getqueuesstats", "stats": {queue: stats}}


def joined_and_left(site: Site) -> list[tuple[ObjectId, str, str]]:
    return [
        (object_id, event.kind.value, event.caller.id)
        for object_id, event in site.events
        if isinstance(event, CallerEvent)
    ]


# --- agents ------------------------------------------------------------------------------------


def test_an_agent(site: Site) -> None:
    assert site.agent("1") == Agent(
        id=("1",),
        number="2001",
        name="Bob Marceau",
        group=("default",),
        availability=AgentAvailability.LOGGED_OUT,
        since=at(0),
        on_agent_call=False,
        wrap_up=False,
        queues=("Blue desk", "Red desk"),
    )


@pytest.mark.parametrize("value", [each.value for each in AgentAvailability])
def test_what_an_agent_does(site: Site, value: str) -> None:
    site.say(agent_told(availability=value))
    assert site.agent("1").availability == value


def test_the_parts_of_what_an_agent_does_merge_whoever_tells_them(site: Site) -> None:
    site.say(agent_told(1, phonenumber=None), status("agents", "1", phonenumber="1002"))
    site.say(agent_told(1, phonenumber="1002", on_call_acd=True, availability="unavailable"))
    agent = site.agent("1")
    assert (agent.phone, agent.on_agent_call, agent.since) == ("1002", True, at(5))
    site.forget()
    site.say(agent_told("1", phonenumber="1002", on_call_acd=True, availability="unavailable"))
    assert not site.changes


def test_who_is_logged_out_is_on_no_phone(site: Site) -> None:
    site.say(agent_told(phonenumber="1002"))
    assert site.agent("1").phone == "1002"
    site.say(agent_told(phonenumber="1002", availability="logged_out"))
    assert site.agent("1").phone is None


def test_a_time_that_cannot_be_is_none(site: Site) -> None:
    site.say(agent_told(availability_since=10**11))
    assert site.agent("1").since is not None
    for never in (10**12, 10**400, -1, "soon"):
        site.say(agent_told(availability="unavailable", availability_since=never))
    assert site.agent("1").availability is AgentAvailability.UNAVAILABLE


def test_an_agent_is_paused_queue_by_queue(site: Site) -> None:
    site.say(member("Agent/2001", "blue"), member("Agent/2001", "red", paused="1"), agent_told())
    assert (site.agent("1").paused_in, site.agent("1").paused) == (("Red desk",), False)
    site.say(member("Agent/2001", "blue", paused="1"))
    assert (site.agent("1").paused_in, site.agent("1").paused) == (("Blue desk", "Red desk"), True)


def test_who_is_logged_out_is_not_paused(site: Site) -> None:
    site.say(member("Agent/2001", "red", paused="1", status="101"))
    assert site.agent("1").paused_in == ()


def test_an_agent_gets_another_name_and_number(site: Site) -> None:
    site.say(config("agents", "1", number="2009", firstname="", lastname="Marceau", context=None))
    agent = site.agent("1")
    assert (agent.number, agent.name, agent.group) == ("2009", "Marceau", ())
    # Memberships follow with messages of their own.
    assert [each.name for each in site.queue("1").members] == ["2001"]
    site.say(removed("queuemembers", "Agent/2001,blue"), added("queuemembers", "Agent/2009,blue"))
    site.say(member("Agent/2009", "blue"))
    assert site.queue("1").members == (
        QueueMember("Marceau", QueueMemberState.NOT_IN_USE, paused=False, agent=("1",)),
    )


def test_an_agent_comes_and_goes(site: Site) -> None:
    site.say(added("agents", "2"))
    assert site.asked == [
        GetConfig(ListName.AGENTS, "2", "xivo"),
        GetStatus(ListName.AGENTS, "2", "xivo"),
    ]
    site.say(config("agents", "2", number="2002", firstname="Carol", lastname="Sims"))
    assert (site.agent("2").availability, site.agent("2").logged_in) == (None, None)
    site.say(removed("agents", "1"))
    assert ("removed", "Agent", ("1",)) in site.watched
    assert [each.agent for each in site.queue("1").members] == [None]


def test_who_logs_in_and_out_may_be_registered_for(site: Site) -> None:
    def told(agent_id: int, **data: Any) -> Wire:
        return {"class": "agent_status_update", "data": {"agent_id": agent_id} | data}

    site.clock = START + 60
    site.say(told(1, status="logged_in"))
    assert site.agent("1").availability is AgentAvailability.AVAILABLE
    assert site.agent("1").since == at(60)
    site.say(
        agent_told(availability="on_call_nonacd_incoming_external"), told(1, status="logged_in")
    )
    assert site.agent("1").availability is AgentAvailability.ON_CALL_NONACD_INCOMING_EXTERNAL
    site.say(told(1, status="logged_out"), told(999, status="logged_in"))
    assert site.agent("1").availability is AgentAvailability.LOGGED_OUT


def test_an_agent_of_whom_nothing_was_told_may_be_registered_for() -> None:
    site = Site()
    office = [
        each for each in OFFICE if each != status("agents", "1", **LOGGED_OUT, queues=["1", "10"])
    ]
    site.snapshot(office=office)
    assert site.agent("1").availability is None
    site.say({"class": "agent_status_update", "data": {"agent_id": 1, "status": "logged_out"}})
    assert site.agent("1").availability is AgentAvailability.LOGGED_OUT


@pytest.mark.parametrize("release", ["14.12", "15.01"])
def test_agents_as_real_servers_tell_them(site: Site, release: str) -> None:
    seen = []
    for section in recording("xivo", release, "pushes").sections:
        for step in section.steps:
            if (
                step.kind is Kind.RECEIVED
                and step.message
                and step.message.get("listname") == "agents"
            ):
                site.say(step.message)
                agent = site.agent("1")
                seen.append(
                    (str(agent.availability), agent.phone, agent.on_agent_call, agent.wrap_up)
                )
    assert [each for each, _ in groupby(seen)] == [
        ("unavailable", "1002", True, False),
        ("unavailable", "1002", False, True),
        ("available", "1002", False, False),
        ("on_call_nonacd_outgoing_internal", "1002", False, False),
        ("available", "1002", False, False),
        ("logged_out", None, False, False),
    ]


# --- queues ------------------------------------------------------------------------------------


def test_a_queue(site: Site) -> None:
    assert site.queue("10") == Queue(
        id=("10",),
        number="3002",
        name="Red desk",
        key="red",
        group=("default",),
        members=(
            QueueMember("Alice Bouzat", QueueMemberState.UNKNOWN, paused=False),
            QueueMember("Bob Marceau", QueueMemberState.LOGGED_OUT, paused=False, agent=("1",)),
        ),
        agents_logged_in=0,
        agents_available=0,
        agents_talking=0,
    )


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("1", QueueMemberState.NOT_IN_USE),
        ("2", QueueMemberState.IN_USE),
        ("3", QueueMemberState.BUSY),
        ("4", QueueMemberState.INVALID),
        ("5", QueueMemberState.UNAVAILABLE),
        ("6", QueueMemberState.RINGING),
        ("7", QueueMemberState.RINGING_IN_USE),
        ("8", QueueMemberState.ON_HOLD),
        ("100", QueueMemberState.UNKNOWN),
        ("101", QueueMemberState.LOGGED_OUT),
    ],
)
def test_what_a_member_does(site: Site, value: str, state: QueueMemberState) -> None:
    site.say(member("Agent/2001", "blue", status=value))
    assert [each.state for each in site.queue("1").members] == [state]


@pytest.mark.parametrize(
    ("fields", "counted"),
    [
        ({"status": "101"}, (0, 0, 0)),
        ({"status": "1"}, (1, 1, 0)),
        ({"status": "1", "paused": "1"}, (1, 0, 0)),
        ({"status": "2"}, (1, 0, 1)),
        ({"status": "6"}, (1, 0, 0)),
        ({"status": "8"}, (1, 0, 1)),
    ],
)
def test_without_statistics_the_agents_are_counted(
    site: Site, fields: dict[str, str], counted: tuple[int, int, int]
) -> None:
    site.say(member("Agent/2001", "red", **fields), member("SIP/x2gjtw", "red", status="1"))
    queue = site.queue("10")
    assert (queue.agents_logged_in, queue.agents_available, queue.agents_talking) == counted


def test_statistics_come_piece_by_piece(site: Site) -> None:
    site.say(statistics("1", LoggedAgents=2))
    assert (site.queue("1").agents_logged_in, site.queue("1").waiting) == (2, 0)
    site.say(statistics("1", TalkingAgents="1", AvailableAgents="3", EWT="6"))
    site.say(statistics("1", WaitingCalls=2, LongestWaitTime=31))
    queue = site.queue("1")
    assert (queue.agents_logged_in, queue.agents_talking, queue.agents_available) == (2, 1, 3)
    assert (queue.waiting, queue.longest_wait, queue.estimated_wait) == (2, 31.0, 6.0)
    site.say(statistics("1", WaitingCalls=0))
    assert (site.queue("1").waiting, site.queue("1").longest_wait) == (0, 0.0)
    assert site.queue("10").waiting is None


@pytest.mark.parametrize(
    "nobody", [statistics("1", WaitingCalls=0), entries(1)], ids=["statistics", "entries"]
)
def test_how_long_who_has_gone_had_waited_is_not_told_of_the_next(site: Site, nobody: Wire) -> None:
    site.say(statistics("1", WaitingCalls=2, LongestWaitTime=300))
    site.say(nobody)
    site.say(entries(1, ("0145550123", "99.3")))
    assert (site.queue("1").waiting, site.queue("1").longest_wait) == (1, None)


def test_statistics_that_somebody_asked_for_are_not_the_picture(site: Site) -> None:
    site.say(statistics("1", WaitingCalls=9, Join="3") | {"replyid": 7})
    assert site.queue("1").waiting is None


def test_statistics_of_a_queue_that_is_not_there_are_passed_over(site: Site) -> None:
    site.say(statistics("999", WaitingCalls=9))
    assert not site.changes


def test_statistics_may_come_within_the_snapshot() -> None:
    site = Site()
    site.snapshot(statistics("1", WaitingCalls=2, LongestWaitTime=31))
    assert site.queue("1").waiting == 2


def test_a_queue_is_called_otherwise(site: Site) -> None:
    site.say(config("queues", "1", displayname="Sky desk"))
    assert site.queue("1").name == "Sky desk"
    assert site.agent("1").queues == ("Red desk", "Sky desk")
    for blank in ("", "  "):
        site.say(config("queues", "1", displayname=blank))
        assert site.queue("1").name == "blue"
        assert site.agent("1").queues == ("Red desk", "blue")


def test_a_queue_has_the_members_of_its_name(site: Site) -> None:
    site.say(config("queues", "1", name="azure"))
    assert (site.queue("1").key, site.queue("1").members) == ("azure", ())
    site.say(removed("queuemembers", "Agent/2001,blue"), added("queuemembers", "Agent/2001,azure"))
    site.say(member("Agent/2001", "azure"))
    assert [each.name for each in site.queue("1").members] == ["Bob Marceau"]


def test_a_queue_comes_and_goes(site: Site) -> None:
    site.say(added("queues", "8"))
    assert site.asked == [GetConfig(ListName.QUEUES, "8", "xivo")]
    site.say(config("queues", "8", name="green", displayname="", number="3003", context=None))
    assert (site.queue("8").name, site.queue("8").group) == ("green", ())
    site.say(removed("queues", "1"))
    assert ("removed", "Queue", ("1",)) in site.watched
    site.say(removed("queuemembers", "Agent/2001,blue"), agent_told(queues=["10"]))
    assert site.agent("1").queues == ("Red desk",)


def test_of_a_queue_that_is_gone_its_agents_know_the_name_only(site: Site) -> None:
    site.say(removed("queues", "1"))
    assert site.agent("1").queues == ("Red desk", "blue")


def test_a_membership_comes_and_goes(site: Site) -> None:
    site.say(added("queuemembers", "SIP/barometrix,blue"))
    assert site.asked == [GetConfig(ListName.QUEUE_MEMBERS, "SIP/barometrix,blue", "xivo")]
    site.say(member("SIP/barometrix", "blue"))
    assert [each.name for each in site.queue("1").members] == ["Bob Marceau", "Bob Marceau"]
    site.say(removed("queuemembers", "SIP/barometrix,blue", "Agent/2001,blue"))
    assert site.queue("1").members == ()
    assert site.agent("1").queues == ("Blue desk", "Red desk")  # until the agent itself is told


def test_a_membership_that_is_another_now_leaves_the_one_it_was(site: Site) -> None:
    moved = member("Agent/2001", "red") | {"tid": "Agent/2001,blue"}
    site.say(moved)
    assert site.queue("1").members == ()
    assert len(site.queue("10").members) == 3


def test_a_member_nobody_knows_is_called_by_its_interface(site: Site) -> None:
    strange = ("SIP/unknown", "Agent/4711", "Local", "")
    site.say(added("queuemembers", *(f"{each},blue" for each in strange)))
    site.say(*(member(each, "blue") for each in strange))
    assert [each.name for each in site.queue("1").members] == [
        "4711",
        "Bob Marceau",
        "Local",
        "unknown",
    ]


def test_a_member_is_called_as_its_person_is_now(site: Site) -> None:
    site.say(config("users", "1", fullname="Alice Bouzat-Lee"))
    site.say(config("agents", "1", lastname="Marceau-Roy"))
    assert [each.name for each in site.queue("10").members] == [
        "Alice Bouzat-Lee",
        "Bob Marceau-Roy",
    ]
    site.say(removed("users", "1"))
    assert [each.name for each in site.queue("10").members] == ["Bob Marceau-Roy", "x2gjtw"]


def test_a_queue_has_an_end_of_members(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMBERS_OF_A_QUEUE_MOST", 2)
    site.say(added("queuemembers", "SIP/a,red"), member("SIP/a", "red"))
    assert len(site.queue("10").members) == 2
    assert site.oddities == {"more members than a queue has": 1}


def test_what_can_be_done_with_agents_and_queues_is_what_the_system_says() -> None:
    site = Site()
    site.picture.set_features(
        agents=frozenset({Feature.LOG_IN}), queues=frozenset({Feature.CHANGE_MEMBERS})
    )
    site.snapshot()
    assert site.agent("1").features == {Feature.LOG_IN}
    assert site.queue("1").features == {Feature.CHANGE_MEMBERS}


# --- callers -----------------------------------------------------------------------------------


def test_who_waits_is_shown_and_told(site: Site) -> None:
    site.say(entries(1, ("0145550000", "99.1")))
    assert site.queue("1").callers == (QueueCaller("99.1", 1, at(1), "0145550000"),)
    assert site.queue("1").waiting == 1
    site.say(entries(1, ("0145550000", "99.1"), ("0145550000", "99.2")))
    site.say(entries(1, ("0145550000", "99.2")), entries(1))
    assert joined_and_left(site) == [
        (("1",), "joined", "99.1"),
        (("1",), "joined", "99.2"),
        (("1",), "left", "99.1"),
        (("1",), "left", "99.2"),
    ]
    assert (site.queue("1").callers, site.queue("1").waiting) == ((), 0)


def test_who_waited_before_us_does_not_join() -> None:
    site = Site()
    site.snapshot(entries(1, ("0145550000", "99.1")))
    assert [each.id for each in site.queue("1").callers] == ["99.1"]
    assert joined_and_left(site) == []


def test_who_left_while_we_were_away_is_simply_gone(site: Site) -> None:
    site.say(entries(1, ("0145550000", "99.1")))
    site.forget()
    site.snapshot()
    assert site.queue("1").callers == ()
    assert joined_and_left(site) == []


def test_of_a_queue_of_which_nothing_is_told_any_more_nobody_is_known_to_wait(site: Site) -> None:
    site.say(entries(1, ("0145550000", "99.1")))
    site.snapshot(
        office=[each for each in OFFICE if each.get("listname") != "queues"], complete=False
    )
    assert site.queue("1").callers == ()


def test_callers_without_ids_are_told_apart(site: Site) -> None:
    site.say(entries(1, ("", ""), ("1", "")))
    assert len(site.queue("1").callers) == 2
    nowhen = entries(1, ("", ""))
    nowhen["state"]["entries"][0]["join_time"] = None
    site.say(nowhen)
    assert site.queue("1").callers[0].since == at(0)


def test_a_queue_has_an_end_of_callers(site: Site) -> None:
    site.say(entries(1, *(("", str(number)) for number in range(2_000))))
    assert len(site.queue("1").callers) == module.CALLERS_MOST
    assert site.oddities == {"more callers than wait in a queue": 1}


def test_callers_of_a_queue_that_is_not_there_are_passed_over(site: Site) -> None:
    site.say(entries(999, ("", "1")))
    assert (site.changes, site.events) == ([], [])


@pytest.mark.parametrize("release", ["14.12", "15.01"])
def test_queues_as_real_servers_tell_them(site: Site, release: str) -> None:
    wanted = {"queueentryupdate", "getqueuesstats", "getlist"}
    seen = []
    for section in recording("xivo", release, "calls-queues-directory").sections:
        for step in section.steps:
            message = step.message if step.kind is Kind.RECEIVED and step.who == "L" else None
            if message and not step.is_cut and message.get("class") in wanted:
                site.say(message)
                queue = site.queue("1")
                seen.append((queue.waiting, len(queue.callers), queue.agents_talking))
    assert [each for each, _ in groupby(seen)] == [
        (1, 1, 0),
        (2, 2, 0),
        (1, 1, 0),
        (0, 0, 0),
        (0, 0, 1),
        (0, 0, 0),
    ]
    assert [kind for _, kind, _ in joined_and_left(site)] == ["joined", "joined", "left", "left"]
    assert site.queue("1").estimated_wait == 6.0
