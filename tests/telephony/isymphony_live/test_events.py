"""Events: what the vendor's pages show, what nobody has described, and which of them are wanted."""

import copy
import json
from typing import Any, get_args

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.isymphony_live import events
from custom_components.office_cti.telephony.isymphony_live.events import (
    EVERYTHING,
    MESSAGE_LIMIT,
    AgentLogin,
    AgentLogout,
    ConferenceLeave,
    Dial,
    Filter,
    Frame,
    Hangup,
    LinkEnd,
    Malformed,
    Party,
    Problem,
    Reply,
    Unknown,
    Unwanted,
    UserLogin,
    UserLogout,
    UserStatus,
    decode,
)
from custom_components.office_cti.telephony.system import InvalidText, TextTooLong

from ..hostile import BAD_TEXTS, HOSTILE, HUGE_TEXTS, conforms, places, size, with_each, without
from .samples import EVENT_TEXTS, EVENTS

CORE = "e5c01703-3c6d-429a-8712-66c826064e65"
USER = "e7577c7b-5d58-46a5-a834-386f52401c19"
KINDS = tuple(
    kind
    for one in get_args(events.Frame.__value__)
    for kind in (get_args(one.__value__) if hasattr(one, "__value__") else (one,))
)
# Every event that is known, dial as the hangup that it is read as.
SPECIMENS = EVENTS | {"dial": EVENTS["hangup"] | {"type": "dial"}}
each_event = pytest.mark.parametrize("name", SPECIMENS)


def said(event: Any, wanted: Filter = EVERYTHING) -> Frame:
    return decode(json.dumps(event), wanted)


# --- what the pages show -----------------------------------------------------------------------


def test_a_user_logs_in() -> None:
    assert decode(EVENT_TEXTS["userLogin"]) == UserLogin(
        1436889915953,
        CORE,
        USER,
        "4224",
        "0c51236d-5f93-4379-8997-8a840a511497",
        "127.0.0.1",
        57042,
    )


def test_a_user_logs_out_from_an_address_that_is_empty() -> None:
    found = decode(EVENT_TEXTS["userLogout"])
    assert isinstance(found, UserLogout)
    assert (found.username, found.ip, found.port) == ("4224", "", 57042)


def test_a_users_status() -> None:
    assert decode(EVENT_TEXTS["userStatus"]) == UserStatus(
        1436892834943,
        CORE,
        USER,
        "4224",
        "Out of Office",
        "xa",
        "",
        None,
        is_user_created=False,
    )


@pytest.mark.parametrize(
    ("name", "kind"), [("agentLogin", AgentLogin), ("agentLogout", AgentLogout)]
)
def test_an_agent(name: str, kind: Any) -> None:
    assert decode(EVENT_TEXTS[name]) == kind(
        1436898801706,
        CORE,
        "b82ecd05-a6d0-49a3-a4b6-2ab0816d2278",
        "Michael Y",
        "NOT_INUSE",
        "d84b6349-099b-48c5-bc8c-2aecd5de2b45",
        "IncomingQ",
        "d72ac658-cd19-4c88-9cf8-2e7bdcf222b5",
        "100",
        USER,
        "4224",
    )


def test_a_link_ends() -> None:
    assert decode(EVENT_TEXTS["linkEnd"]) == LinkEnd(
        1436899977271,
        CORE,
        Party(
            "4fff719a-5186-4691-a64b-b9d22472cb76",
            "Michael Y (alt)",
            "42243",
            "4224",
            "dc5975a9-e438-4634-85f2-6a75c34574c9",
            "42243",
            "580169b8-4341-42d9-9f44-973659fc770d",
            "42243",
        ),
        Party(
            "1e86fb60-b674-4fa3-946a-6ea033221877",
            "Michael Y (desk)",
            "4224",
            "s",
            "d72ac658-cd19-4c88-9cf8-2e7bdcf222b5",
            "4224",
            USER,
            "4224",
        ),
    )


HANGUP = Party(
    "4fff719a-5186-4691-a64b-b9d22472cb76",
    "Michael Y",
    "42243",
    "4224",
    "dc5975a9-e438-4634-85f2-6a75c34574c9",
    "42243",
    "580169b8-4341-42d9-9f44-973659fc770d",
    "42243",
)


def test_a_hangup() -> None:
    assert decode(EVENT_TEXTS["hangup"]) == Hangup(1436899978590, CORE, HANGUP)


def test_somebody_leaves_a_conference() -> None:
    found = decode(EVENT_TEXTS["confRoomCallLeave"])
    assert isinstance(found, ConferenceLeave)
    assert (found.room_id, found.room_name) == ("fc9d562d-4f1f-49ae-9216-628f2f499e9a", "Bob")
    assert found.party.username == found.party.extension_number == "4228"
    assert (found.party.caller_name, found.party.did) == ("Colin (Desk)", "432113")


# --- what nobody has described -----------------------------------------------------------------


def test_a_dial_is_read_as_a_hangup_and_handed_on_with_all_that_it_holds() -> None:
    event = EVENTS["hangup"] | {"type": "dial", "dialedNumber": "100"}
    assert said(event) == Dial(1436899978590, CORE, HANGUP, event)
    assert said({"type": "dial"}) == Dial(data={"type": "dial"})


def test_a_type_that_nobody_knows_is_handed_on() -> None:
    event = {"type": "queueCallJoin", "time": 1436899978590, "coreServerId": CORE, "position": 2}
    assert said(event) == Unknown("queueCallJoin", 1436899978590, CORE, event)
    assert said({"type": "new"}) == Unknown("new", data={"type": "new"})


def test_what_nobody_knows_may_not_be_endless() -> None:
    found = said({"type": "new", "text": "x" * 5000, "deep": [[[[[1]]]]], "good": 1})
    assert isinstance(found, Unknown)
    assert found.data == {"type": "new", "deep": [[[]]], "good": 1}


@pytest.mark.parametrize(
    "reply",
    [
        {},
        {"success": True},
        {"type": None},
        {"type": 7},
        {"type": ""},
        {"type": "x" * 5000},
        {"type": ["dial"]},
        {"type": "filter", "status": "ok"},
    ],
)
def test_what_is_no_event_is_taken_for_a_reply(reply: dict[str, Any]) -> None:
    assert said(reply) == Reply()
    assert said(reply, Filter.of(["dial"])) == Reply()


# --- null and what is missing ------------------------------------------------------------------


@each_event
def test_null_stays_null(name: str) -> None:
    nothing = said(dict.fromkeys(SPECIMENS[name]) | {"type": name})
    assert not getattr(nothing, "problems", ())
    for value in nothing:
        assert value in (None, (), Party()) or isinstance(value, dict)


@each_event
def test_what_is_missing_is_null(name: str) -> None:
    event = SPECIMENS[name]
    for path in places(event):
        if path != ("type",):
            missing, null = said(without(event, path)), said(event | {path[0]: None})
            assert type(missing) is type(null)
            assert missing[:3] == null[:3]


def test_an_extension_and_a_user_that_are_none() -> None:
    event = EVENTS["linkEnd"] | {"extensionId1": None, "userId1": None, "username1": None}
    found = said(without(event, ("extensionNumber1",)))
    assert isinstance(found, LinkEnd)
    assert found.first[4:] == (None,) * 4
    assert found.second.username == "4224"


def test_a_username_is_written_in_two_ways() -> None:
    event = EVENTS["userStatus"] | {"userName": "4224"}
    assert said(without(event, ("username",))) == said(EVENTS["userStatus"])


@given(st.data())
def test_the_order_of_properties_says_nothing(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(SPECIMENS)))
    event = SPECIMENS[name]
    order = data.draw(st.permutations(sorted(event)))
    assert said({key: event[key] for key in order}) == said(event)


# --- what is wanted ----------------------------------------------------------------------------


def filters(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Return a filter message, as a server understands it."""
    return {
        "type": "filter",
        "filters": [{"property": property_, "value": value} for property_, value in pairs],
    }


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (EVERYTHING, filters(("type", "*"))),
        (Filter.of(), filters(("type", "*"))),
        (Filter.of(["dial"]), filters(("type", "dial"))),
        (
            Filter.of(["userLogout", "userLogin"], ["mikey"]),
            filters(("type", "userLogin"), ("type", "userLogout"), ("username", "mikey")),
        ),
        (Filter({"username": ["*"]}), filters(("username", "*"))),
        (Filter.of([], ['a"},{"b']), filters(("username", 'a"},{"b'))),
    ],
)
def test_a_filter_message(wanted: Filter, message: dict[str, Any]) -> None:
    assert json.loads(wanted.message) == message


def test_everything_is_wanted_by_default() -> None:
    for event in SPECIMENS.values():
        assert not isinstance(said(event), Unwanted)


def test_one_property_may_have_several_values_and_several_must_be_met() -> None:
    wanted = Filter.of(["userLogin", "userLogout"], ["4224", "4225"])
    for name, passes in (("userLogin", True), ("userLogout", True), ("userStatus", False)):
        assert wanted.passes(EVENTS[name]) is passes
        assert isinstance(said(EVENTS[name], wanted), Unwanted) is not passes
    assert not wanted.passes(EVENTS["userLogin"] | {"username": "mikey"})


def test_a_property_must_be_there_whatever_its_value() -> None:
    of_users = Filter({"username": ["*"]})
    assert of_users.passes(EVENTS["hangup"])
    assert not of_users.passes(EVENTS["hangup"] | {"username": None})
    assert not of_users.passes(without(EVENTS["hangup"], ("username",)))
    assert not of_users.passes(EVENTS["linkEnd"])


@pytest.mark.parametrize(("value", "named"), [(57042, "57042"), (True, "true"), (False, "false")])
def test_what_is_no_text_is_named_as_json_writes_it(value: Any, named: str) -> None:
    assert Filter({"it": [named]}).passes({"it": value})
    assert not Filter({"it": ["other"]}).passes({"it": value})
    assert not Filter({"it": [named]}).passes({"it": [value]})


words = st.sampled_from(["*", "a", "b", "4224", ""])
wishes = st.dictionaries(st.sampled_from(["type", "username", "port"]), st.lists(words, max_size=3))


@given(
    wishes, st.dictionaries(st.sampled_from(["type", "username", "port", "x"]), st.none() | words)
)
def test_what_passes_is_what_the_message_says(
    wish: dict[str, list[str]], event: dict[str, str | None]
) -> None:
    wanted = Filter(wish)
    told: dict[str, set[str]] = {}
    for entry in json.loads(wanted.message)["filters"]:
        told.setdefault(entry["property"], set()).add(entry["value"])
    expected = True
    for name, values in told.items():
        value = event.get(name)
        expected = expected and value is not None and ("*" in values or value in values)
    assert wanted.passes(event) is expected


def test_filters_that_want_the_same_are_the_same() -> None:
    assert Filter.of(["a", "b"]) == Filter.of(["b", "a", "a"])
    assert len({Filter.of(["a", "b"]), Filter.of(["b", "a"]), EVERYTHING}) == 2
    assert EVERYTHING != "everything"


def test_what_somebody_has_typed_may_not_travel() -> None:
    with pytest.raises(TextTooLong):
        Filter.of(["x" * 2000])
    with pytest.raises(InvalidText) as caught:
        Filter.of([], ["\ud800"])
    assert caught.value.values == {}


# --- what may be wrong -------------------------------------------------------------------------


def is_sound(frame: Frame) -> bool:
    return type(frame) in KINDS and conforms(type(frame))(frame)


def test_every_kind_of_message_is_tried() -> None:
    tried = {type(said(event)) for event in SPECIMENS.values()}
    assert set(KINDS) - tried == {Malformed, Reply, Unknown, Unwanted}


@each_event
def test_a_whole_event_has_no_problem(name: str) -> None:
    found = said(SPECIMENS[name])
    assert is_sound(found)
    assert not getattr(found, "problems", ())


@each_event
def test_anything_anywhere_is_survived(name: str) -> None:
    event = SPECIMENS[name]
    known = {field.name for field in events.EVENTS[name].of.fields}
    for path in places(event):
        for text, data in with_each(event, path, BAD_TEXTS + HUGE_TEXTS):
            found = decode(data)
            assert is_sound(found), (path, text, found)
            problems = getattr(found, "problems", ())
            assert set(problems) <= known
            assert HOSTILE not in repr(problems)
            assert size(found) < 2 * readers.MESSAGE_LENGTH, (path, text)


@each_event
def test_a_wrong_field_costs_that_field_alone(name: str) -> None:
    event = SPECIMENS[name]
    for field in events.EVENTS[name].of.fields:
        if field.wire in event:
            wrong = said(event | {field.wire: [HOSTILE]})
            rest = said(without(event, (field.wire,)))
            assert wrong._replace(problems=()) == _as(rest, wrong)
            assert wrong.problems == (field.name,)


def _as(rest: Any, wrong: Any) -> Any:
    """Return the rest with the data of the other, which holds what was wrong, too."""
    return rest._replace(data=wrong.data) if isinstance(rest, Dial) else rest


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.NOT_JSON),
        ("{nope", Problem.NOT_JSON),
        (b"\xff\xfe", Problem.NOT_JSON),
        (b'{"type":"\\ud800"}', Problem.NOT_JSON),
        (b'{"type":"dial","time":NaN}', Problem.NOT_JSON),
        (b"[" * 100_000, Problem.NOT_JSON),
        (b"[]", Problem.NOT_A_MESSAGE),
        (b"null", Problem.NOT_A_MESSAGE),
        (b'"dial"', Problem.NOT_A_MESSAGE),
        (b'{"x":"' + b"x" * MESSAGE_LIMIT + b'"}', Problem.TOO_LONG),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_message(data: bytes | str, problem: Problem) -> None:
    assert decode(data) == Malformed(problem)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """Draw an event of which some properties hold anything, or are gone."""
    event = copy.deepcopy(draw(st.sampled_from(list(SPECIMENS.values()))))
    for key in draw(st.lists(st.sampled_from(sorted(event)), max_size=4, unique=True)):
        if draw(st.booleans()):
            del event[key]
        else:
            event[key] = draw(json_values)
    return event | draw(st.dictionaries(st.text(), json_values, max_size=2))


@given(mangled() | json_values, wishes)
def test_whatever_json_comes_is_one_sound_message(event: Any, wish: dict[str, list[str]]) -> None:
    assert is_sound(said(event, Filter(wish)))


@given(st.binary() | st.text())
def test_whatever_comes_is_one_sound_message(data: bytes | str) -> None:
    assert is_sound(decode(data))
