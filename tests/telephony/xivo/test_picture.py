"""Snapshots, pushes and reconnections, and what remains of them in the directory."""

from functools import partial
import gc
import json
import tracemalloc
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.office_cti.telephony.model import (
    AgentAvailability,
    Forward,
    PhoneState,
    StatusKind,
    StatusList,
)
from custom_components.office_cti.telephony.turns import by_turns
from custom_components.office_cti.telephony.xivo import people
from custom_components.office_cti.telephony.xivo.messages import (
    Config,
    GetConfig,
    GetStatus,
    KeptAlive,
    ListName,
    RegisterAgentStatus,
    RegisterUserStatus,
    Status,
)
from custom_components.office_cti.telephony.xivo.picture import QUESTIONS

from ...recordings.reading import Kind, Step, recording
from .specimens import SPECIMENS, Specimen
from .watching import (
    IDLE,
    LOGGED_IN,
    OFFICE,
    Site,
    Wire,
    added,
    channel,
    config,
    entries,
    ids,
    member,
    phone,
    removed,
    rooms,
    status,
    user,
)

RELEASES = pytest.mark.parametrize("release", ["14.12", "15.01"])


@pytest.fixture
def site() -> Site:
    made = Site()
    made.snapshot()
    made.forget()
    return made


def shown(site: Site) -> dict[type, dict[Any, Any]]:
    """Return everything that the directory holds, by kind and id."""
    return {
        kind: {record.object.id: record.object for record in table}
        for kind, table in site.directory.tables.items()
    }


def received(release: str, name: str, who: str = "A") -> list[tuple[str, Step]]:
    """Return what a client was told in a recording, with the titles."""
    return [
        (section.title, step)
        for section in recording("xivo", release, name).sections
        for step in section.steps
        if step.kind is Kind.RECEIVED and step.who == who and step.message is not None
    ]


# --- a snapshot --------------------------------------------------------------------------------


def test_nothing_is_told_before_the_snapshot_is_complete() -> None:
    site = Site()
    site.picture.begin()
    site.say(*OFFICE, status("phones", "3", hintstatus="8"), entries(1, ("", "1")), rooms(_4001=[]))
    assert not any(shown(site).values())
    assert site.commit(complete=True)
    site.run()
    assert len(site.watched) == 8
    assert (site.events, site.oddities) == ([], {})
    assert site.directory.complete


def test_what_comes_while_a_snapshot_is_shown_is_shown_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "by_turns", partial(by_turns, in_a_turn=1))
    site = Site()
    site.picture.begin()
    site.say(*OFFICE)
    showing = site.picture.commit(complete=True)
    showing.send(None)
    site.say(status("phones", "3", hintstatus="4"), removed("users", "2"))
    assert site.watched == []
    assert site.finish(showing)
    site.run()
    assert site.extension("1").phone is PhoneState.UNREACHABLE
    assert site.names(ListName.USERS) == ("1", "6")


def test_answers_and_pushes_may_come_in_any_order() -> None:
    site = Site()
    pushes = [
        config("users", "1", enablerecording=True),
        status("phones", "3", hintstatus="4"),
        status("agents", 1, availability="available"),
    ]
    site.snapshot(office=[*pushes, *OFFICE, *pushes[1:]])
    assert site.extension("1").recording is True  # which no answer tells
    assert site.extension("1").phone is PhoneState.UNREACHABLE
    assert site.agent("1").availability is AgentAvailability.AVAILABLE


def test_a_later_answer_counts_more_than_an_earlier_push() -> None:
    site = Site()
    site.snapshot(office=[status("phones", "3", hintstatus="4"), *OFFICE])
    assert site.extension("1").phone is PhoneState.IDLE


def test_who_was_named_before_the_list_and_is_not_in_it_is_not_there() -> None:
    site = Site()
    site.snapshot(office=[user("50", "Gone Already"), *OFFICE])
    assert site.names(ListName.USERS) == ("1", "2", "6")


def test_who_is_removed_while_the_snapshot_comes_in_does_not_come_back() -> None:
    site = Site()
    site.picture.begin()
    listed, answers = OFFICE[:8], OFFICE[8:]
    site.say(*listed, removed("users", "1"), removed("phones", "3"), removed("agents", "1"))
    site.say(removed("queues", "1"), removed("queuemembers", "SIP/x2gjtw,red"))
    site.say(removed("voicemails", "1"), removed("meetmes", "1"), *answers)
    site.asked.clear()
    site.commit(complete=True)
    # Each late answer was taken for something new, and is asked about; this is what is answered.
    site.say(config("users", "1"), config("phones", "3"), config("agents", "1"))
    site.say(config("queues", "1"), config("queuemembers", "SIP/x2gjtw,red"))
    site.say(config("voicemails", "1"), config("meetmes", "1"))
    assert {kind.__name__: len(table) for kind, table in site.directory.tables.items()} == {
        "StatusList": 1,
        "Extension": 2,
        "Agent": 0,
        "Queue": 1,
        "Conference": 0,
        "Group": 0,
    }


def test_who_is_added_while_the_snapshot_comes_in_is_asked_about() -> None:
    site = Site()
    site.snapshot(added("users", "50"))
    assert site.asked == [
        GetConfig(ListName.USERS, "50", "xivo"),
        GetStatus(ListName.USERS, "50", "xivo"),
    ]
    assert len(site.directory.extensions) == 3
    site.say(user("50", "New Comer"))
    assert site.extension("50").name == "New Comer"


def test_who_is_added_is_registered_for_where_the_server_has_told_its_uuid(site: Site) -> None:
    assert not list(site.picture.registrations())
    site.say({"class": "relations", "data": {"xivo_uuid": "5-5", "user_id": 3}})
    assert RegisterAgentStatus((("5-5", "1"),)) in list(site.picture.registrations())
    site.forget()
    site.say(added("users", "9"), added("voicemails", "4"))
    assert site.asked[0] == RegisterUserStatus((("5-5", "9"),))
    assert [type(each) for each in site.asked].count(RegisterUserStatus) == 1
    assert len(site.asked) == 5


def test_what_must_be_asked_to_know_an_object(site: Site) -> None:
    assert site.picture.questions(ListName.USERS, "1") == (
        GetConfig(ListName.USERS, "1", "xivo"),
        GetStatus(ListName.USERS, "1", "xivo"),
    )
    assert site.picture.questions(ListName.CHANNELS, "1") == ()
    assert QUESTIONS.keys() == set(ListName) - {ListName.CHANNELS}


def test_the_statuses_are_those_of_the_profile(site: Site) -> None:
    (record,) = site.directory.status_lists
    assert isinstance(record.object, StatusList)
    assert [each.name for each in record.object.statuses] == [
        "Disponible",
        "Ne pas déranger",
        "Parti Manger",
        "Déconnecté",
    ]


def test_what_the_person_says_that_a_status_means_follows_its_name() -> None:
    site = Site(status_kinds={"Parti Manger": StatusKind.OFFLINE})
    site.snapshot(status("users", "1", availstate="outtolunch"))
    before = site.extension("1").status
    assert before is not None
    assert before.kind is StatusKind.OFFLINE
    presences = LOGGED_IN["capas"]["userstatus"]
    lunch = presences | {"outtolunch": presences["outtolunch"] | {"longname": "At Lunch"}}
    again = LOGGED_IN | {"capas": {"userstatus": lunch}}
    site.forget()
    site.snapshot(again, status("users", "1", availstate="outtolunch"))
    after = site.extension("1").status
    assert after is not None
    assert (after.name, after.kind) == ("At Lunch", StatusKind.OFFLINE)
    assert site.watched == [("status_renamed", "Parti Manger", "At Lunch")]


def test_without_a_log_in_there_are_no_statuses_to_offer() -> None:
    site = Site()
    site.snapshot(office=OFFICE[1:])
    assert len(site.directory.status_lists) == 0
    shown = site.extension("1").status
    assert shown is not None
    assert (shown.name, shown.kind) == ("available", StatusKind.AVAILABLE)


def test_whether_telephones_have_contexts_tells_the_release(site: Site) -> None:
    assert site.picture.tells_contexts
    without = [
        each | {"config": {k: v for k, v in each["config"].items() if k != "context"}}
        if each.get("listname") == "phones" and "config" in each
        else each
        for each in OFFICE
    ]
    site.snapshot(office=without)
    assert not site.picture.tells_contexts
    assert site.extension("1").group == ()


# --- the next snapshot -------------------------------------------------------------------------


def test_only_what_differs_from_the_picture_before_is_told(site: Site) -> None:
    site.snapshot()
    assert (site.changes, site.watched, site.events) == ([], [], [])
    site.snapshot(config("users", "1", enablednd=True))
    assert site.changes == [(("1",), {"do_not_disturb"})]


def test_who_has_gone_while_we_were_away_is_removed(site: Site) -> None:
    gone = {
        "users": ("1", "2"),
        "agents": (),
        "queues": ("10",),
        "meetmes": (),
        "phones": ("3", "7"),
    }
    left = [
        each
        for each in OFFICE
        if (name := each.get("listname")) not in gone
        or ("tid" in each and each["tid"] in gone[name])
    ]
    whole = site.snapshot(office=[*(ids(name, *each) for name, each in gone.items()), *left])
    assert whole
    assert sorted(site.watched) == [
        ("removed", "Agent", ("1",)),
        ("removed", "Conference", ("4001",)),
        ("removed", "Extension", ("6",)),
        ("removed", "Queue", ("1",)),
    ]


@pytest.mark.parametrize(
    ("office", "complete"),
    [
        (OFFICE[:10], False),  # an answer was left out
        (
            (*OFFICE[:10], ids("users", "1") | {"list": ["1", None]}),
            True,
        ),  # some ids are unreadable
        ((LOGGED_IN, ids("users")), True),  # a server that is still starting
        (OFFICE[:1], True),  # nothing was listed at all
    ],
)
def test_absence_from_a_snapshot_that_is_not_whole_removes_nobody(
    site: Site,
    office: tuple[Wire, ...],
    complete: bool,  # noqa: FBT001
) -> None:
    assert not site.snapshot(office=office, complete=complete)
    assert not site.directory.complete
    assert not [each for each in site.watched if each[0] == "removed"]


def test_a_server_that_tells_of_nobody_is_counted(site: Site) -> None:
    site.snapshot(office=[LOGGED_IN, ids("users")])
    assert site.oddities == {"a snapshot without a single user": 1}


def test_a_list_that_was_never_told_takes_nothing_away(site: Site) -> None:
    without = [each for each in OFFICE if each.get("listname") != "meetmes"]
    assert not site.snapshot(office=without)
    assert site.conference("4001").name == "confroom"
    site.say(config("meetmes", "1", name="Boardroom"))
    assert site.asked[-1] == GetConfig(ListName.CONFERENCES, "1", "xivo")


def test_who_is_left_of_an_earlier_picture_is_asked_about_when_named(site: Site) -> None:
    site.snapshot(office=[each for each in OFFICE if each.get("tid") != "1"], complete=False)
    site.forget()
    site.say(status("users", "1", availstate="outtolunch"))
    site.say(user("1", "Alice Bouzat", "3"), status("users", "1", availstate="outtolunch"))
    shown = site.extension("1").status
    assert shown is not None
    assert shown.name == "Parti Manger"


def test_a_connection_that_ends_within_the_snapshot_leaves_the_picture_as_it_was(
    site: Site,
) -> None:
    before = shown(site)
    site.picture.begin()
    site.say(*OFFICE[:20])
    assert shown(site) == before
    site.snapshot()
    assert shown(site) == before


def test_a_list_that_is_told_again_is_asked_about_where_it_is_new(site: Site) -> None:
    site.say(ids("queues", "1", "10", "8"))
    assert GetConfig(ListName.QUEUES, "8", "xivo") in site.asked
    assert len(site.directory.queues) == 2


# --- what does not belong to the picture -------------------------------------------------------


def test_what_is_not_of_the_picture_is_passed_over(site: Site) -> None:
    site.picture.apply(KeptAlive(7))
    site.picture.apply(Status(ListName.USERS, "1", None))
    site.picture.apply(Config(ListName.CHANNELS, "1", {}))
    site.picture.apply(Status(ListName.QUEUES, "1", {"agents": (), "phones": ()}))
    site.say(added("channels", "x"), ids("channels", "x"), added("groups", "1"))
    site.run()
    assert (site.changes, site.asked, site.oddities) == ([], [], {})


# --- real servers ------------------------------------------------------------------------------


@RELEASES
def test_the_lists_of_a_real_server(release: str) -> None:
    site = Site()
    site.picture.begin()
    site.say(LOGGED_IN)
    for title, step in received(release, "lists"):
        if title.startswith("updateconfig of unknown list"):
            break
        assert step.message is not None
        if title != "tid as int":  # which we do not ask for
            site.say(step.message)
    site.commit(complete=False)
    site.run()
    assert site.names(ListName.USERS) == ("17", "42", "1", "3", "2", "5", "4", "6")
    # Only these were asked about.
    assert {record.object.id[0]: record.object.name for record in site.directory.extensions} == {
        "1": "Alice Bouzat",
        "2": "Bob Marceau",
        "3": "Carol Sims",
        "4": "Dave Noclient",
        "6": "Frank Noline",
        "42": "Zoé Ünal 日本",
    }
    alice, carol = site.extension("1"), site.extension("3")
    assert (alice.number, alice.group, alice.phone) == ("1001", ("default",), PhoneState.IDLE)
    assert (alice.voicemail is not None, alice.voicemail and alice.voicemail.new) == (True, 0)
    assert (carol.number, carol.call_filter, carol.agent) == ("", True, ("2",))
    assert carol.forward_always == Forward(enabled=True, destination="+15145550199")
    assert carol.forward_busy == Forward(enabled=False, destination="1009")
    assert site.extension("2").forward_no_answer == Forward(enabled=True, destination="1003")
    assert site.extension("4").do_not_disturb is True
    assert {
        key: site.extension(key).status and site.extension(key).status.name for key in "13"
    } == {
        "1": "Déconnecté",
        "3": "Disponible",
    }
    agent = site.agent("1")
    assert (agent.number, agent.name) == ("2001", "Bob Marceau")
    assert agent.availability is AgentAvailability.LOGGED_OUT
    assert site.queue("1").name == "Blue desk"
    assert [each.name for each in site.queue("1").members] == ["Bob Marceau"]
    assert site.oddities == {}


@RELEASES
def test_edits_of_a_real_server(site: Site, release: str) -> None:
    for title, step in received(release, "pushes"):
        if title in {"web interface edits", "two sessions of one user, one leaves", "voicemail"}:
            assert step.message is not None
            site.say(step.message)
    alice, bob = site.extension("1"), site.extension("2")
    assert (alice.name, alice.number) == ("Alice Bouzat-Lee", "1001")
    assert alice.voicemail is not None
    assert (alice.voicemail.new, alice.voicemail.old, alice.voicemail.waiting) == (2, 3, True)
    assert bob.status is not None
    assert bob.status.name == "Déconnecté"
    assert "50" not in site.names(ListName.USERS)
    assert "Agent/2002,red" not in site.names(ListName.QUEUE_MEMBERS)


@RELEASES
def test_switches_of_a_real_server(site: Site, release: str) -> None:
    told = {}
    for title, step in received(release, "features-and-agents"):
        assert step.message is not None
        site.say(step.message)
        told[title] = site.extension("2")
    assert told["dnd on"].do_not_disturb is True
    assert told["dnd off"].do_not_disturb is False
    assert told["incallfilter"].call_filter is True
    assert told["fwd unc on"].forward_always == Forward(enabled=True, destination="1002")
    assert told["fwd unc off, with dest"].forward_always == Forward(
        enabled=False, destination="1002"
    )
    assert told["fwd rna on empty"].forward_no_answer == Forward(enabled=True, destination="")
    assert told["fwd all at once"].forward_busy == Forward(enabled=True, destination="1")


@RELEASES
def test_a_whole_record_of_a_real_server_with_a_password(site: Site, release: str) -> None:
    seen = []
    for title, step in received(release, "pushes"):
        if title.startswith("DND and forwards") and step.is_cut:
            assert step.message is not None
            assert step.message["config"]["passwdclient"] == "alice-pw"
            site.say(step.message | {"class": "getlist"})
            alice = site.extension("1")
            assert alice.forward_always is not None
            seen.append((alice.do_not_disturb, alice.forward_always.destination))
    assert seen == [(True, ""), (True, "1003"), (False, "1003"), (False, "")]


# --- whatever comes ----------------------------------------------------------------------------

_POOL: tuple[tuple[Wire, ...], ...] = (
    (config("users", "1", enablednd=True),),
    (config("users", "1", fullname="Alice Lee", voicemailid=None),),
    (config("users", "2", linelist=["3", "7"]),),
    (config("users", "6", linelist=["3"], agentid=1),),
    (config("users", "6", linelist=[], voicemailid=1),),
    (status("users", "1", availstate="outtolunch"),),
    (status("users", "6", availstate="teatime"),),
    (phone("3", "1111", "SIP/new", 6),),
    (phone("7", "1002", "SIP/barometrix", 6, context="sales"),),
    (status("phones", "7", hintstatus="4"),),
    (status("voicemails", "1", new="3", old="1"),),
    (config("agents", "1", number="2002", lastname="Roy"),),
    (status("agents", 1, availability="available", phonenumber="1002", queues=["1"]),),
    (config("queues", "1", name="azure", displayname=""),),
    (config("queues", "10", displayname="Rose desk"),),
    (member("Agent/2001", "red", paused="1"),),
    (member("Agent/2001", "blue", status="2"),),
    (config("meetmes", "1", confno="4009", name="Boardroom"),),
    (rooms(_4001=[(1, "Alice")], _4009=[]),),
    (entries(1, ("0145550000", "99.1"), ("0145550001", "99.2")),),
    ({"class": "getqueuesstats", "stats": {"1": {"Xivo-LoggedAgents": 7}}},),
    (removed("users", "2"),),
    (removed("phones", "7"),),
    (removed("agents", "1"),),
    (removed("queues", "10"),),
    (removed("queuemembers", "SIP/x2gjtw,red"),),
    (removed("voicemails", "1"),),
    (added("users", "2"), user("2", "Bob Again", "7"), status("users", "2", availstate="away")),
    (added("phones", "7"), phone("7", "1002", "SIP/barometrix", 2)),
    (added("agents", "1"), config("agents", "1", number="2001", firstname="Bob")),
    (added("queuemembers", "Agent/2002,blue"), member("Agent/2002", "blue")),
    (added("queues", "8"), config("queues", "8", name="red", number="3")),
    (added("queues", "10"), config("queues", "10", name="red", number="3002")),
)


@given(st.lists(st.sampled_from(_POOL), max_size=12))
@settings(max_examples=100, deadline=None)
def test_a_picture_is_the_same_whether_it_was_told_at_once_or_bit_by_bit(
    said: list[tuple[Wire, ...]],
) -> None:
    wires = [wire for some in said for wire in some]
    live, at_once = Site(), Site()
    live.snapshot()
    for wire in wires:
        live.say(wire)
    at_once.snapshot(*wires)
    assert shown(live) == shown(at_once)
    live.forget()
    live.snapshot(*wires)
    assert shown(live) == shown(at_once)
    assert (live.changes, live.watched, live.events) == ([], [], [])


_JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1e308,
    "",
    "x" * 2_000,
    "999",
    "1",
    [],
    ["1", "3", None],
    {},
    {"1": {"2": 3}},
)


@st.composite
def mangled(draw: st.DrawFn) -> Wire:
    """Return a message of any kind about something that is there, with some fields that are wrong."""
    specimen: Specimen = draw(st.sampled_from(SPECIMENS))
    wire = dict(specimen.wire)
    if "tid" in wire:
        wire["tid"] = draw(
            st.sampled_from(["1", "3", "10", "Agent/2001,blue", "SIP/x2gjtw-1", "77"])
        )
    if "list" in wire:
        some = st.sampled_from(["1", "3", "7", "Agent/2001,blue", "SIP/x2gjtw-1", "77", None, 5])
        wire["list"] = draw(st.lists(some, max_size=3))
    for key in ("config", "status", "state", "stats", "data"):
        if isinstance(wire.get(key), dict):
            wrong = draw(
                st.dictionaries(
                    st.sampled_from(sorted(wire[key]) or [""]), st.sampled_from(_JUNK), max_size=4
                )
            )
            wire[key] = wire[key] | wrong
    return wire


@given(st.lists(mangled(), max_size=30), st.lists(mangled(), max_size=30))
@settings(max_examples=80, deadline=None)
def test_whatever_comes_is_survived(within: list[Wire], after: list[Wire]) -> None:
    site = Site()
    site.snapshot(*within)
    site.say(*after)
    # Only fixed words are counted: no text of the server's.
    assert site.oddities.keys() <= {
        "a message about something unknown",
        "a snapshot without a single user",
    }
    site.snapshot()
    fresh = Site()
    fresh.snapshot()
    assert shown(site) == shown(fresh)
    site.say(status("phones", "3", hintstatus="8"), channel("SIP/x2gjtw-1", "Up", "ready"))
    assert site.extension("1").phone is PhoneState.RINGING


def test_a_user_takes_little_memory() -> None:
    many = [str(number) for number in range(1_000)]
    site = Site()
    site.directory.watcher = None  # the test's own diary
    wires = (
        *(LOGGED_IN, ids("users", *many), ids("phones", *many), ids("voicemails", *many)),
        *(user(each, f"First{each} Last{each}", each, voicemailid=int(each)) for each in many),
        *(status("users", each, availstate="available", connection=None) for each in many),
        *(phone(each, f"1{each}", f"SIP/abcdef{each}", int(each)) for each in many),
        *(status("phones", each, **IDLE) for each in many),
        *(config("voicemails", each, mailbox=each, context="default") for each in many),
        *(status("voicemails", each, new="1", old="0", waiting=None) for each in many),
    )
    lines = [json.dumps(wire).encode() + b"\n" for wire in wires]
    gc.collect()
    tracemalloc.start()
    try:
        for line in lines:
            for message in site.decoder.feed(line):
                site.picture.apply(message)
        site.commit(complete=True)
        del message
        site.run()
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(site.directory.extensions) == len(many)
    assert taken / len(many) < 2_048
