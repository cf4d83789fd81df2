"""Resources: what the vendor's pages show, both ways to name and time a thing, and whatever else may come."""

from datetime import UTC, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.isymphony_live import resources
from custom_components.office_cti.telephony.isymphony_live.readers import DEPTH, anything, moment
from custom_components.office_cti.telephony.isymphony_live.resources import (
    BODY_LIMIT,
    AgentStatistics,
    BodyError,
    CallerId,
    CallSegment,
    CallSegmentType,
    ConferenceRoom,
    CoreServer,
    Extension,
    Problem,
    Queue,
    QueueAgent,
    Reading,
    Status,
    StatusType,
    User,
    read,
)
from custom_components.office_cti.telephony.readers import Reader, Unreadable

from ..hostile import BAD_TEXTS, HUGE_TEXTS, conforms, places, size, with_each, without
from .samples import RESOURCES

# What each resource is read with, what is made of it, and how the vendor's sample of it is called.
KINDS: dict[str, tuple[Reader[Any], Any, str]] = {
    "core server": (resources.core_server, CoreServer, "coreServerInstance_config"),
    "user": (resources.user, User, "user"),
    "status": (resources.status, Status, "status"),
    "extension": (resources.extension, Extension, "extension"),
    "queue": (resources.queue, Queue, "queue"),
    "agent": (resources.agent, QueueAgent, "agent"),
    "call segment": (resources.call_segment, CallSegment, "callSegment"),
    "conference room": (resources.conference_room, ConferenceRoom, "conferenceRoom"),
}
LISTS: dict[str, Reader[tuple[Any, ...]]] = {
    "core server": resources.core_servers,
    "user": resources.users,
    "extension": resources.extensions,
    "queue": resources.queues,
    "agent": resources.agents,
    "call segment": resources.call_segments,
    "conference room": resources.conference_rooms,
}
each_kind = pytest.mark.parametrize("kind", KINDS)


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def reading_of[T](reader: Reader[T], value: Any) -> T:
    """Return what a whole body holds."""
    found = read(written(value), reader)
    assert not found.problems
    return found.value


# --- what the pages show -----------------------------------------------------------------------


def test_a_core_server() -> None:
    assert reading_of(resources.core_server, RESOURCES["coreServerInstance_config"]) == CoreServer(
        "default", "0a576628-502c-491a-9d49-670bbb79cfee", "default"
    )


def test_a_user() -> None:
    assert reading_of(resources.user, RESOURCES["user"]) == User(
        "4224",
        "cb250fe1-a20d-4cf8-a4c2-a8454fd5fc4f",
        "Michael Y (desk)",
        "ed38fe4d-13ad-4fd0-be25-d3404c421370",
    )


def test_a_status() -> None:
    assert reading_of(resources.status, RESOURCES["status"]) == Status(
        "Went back in time",
        StatusType.AWAY,
        "Tell Doc Brown",
        datetime(1985, 10, 26, 0, 0, tzinfo=UTC),
        is_user_created=True,
        id="99c6c017-7c86-4d78-89ca-dbc1267ffe76",
        configuration_id="215734e0-383d-11e2-81c1-0800200c9a66",
    )


def test_an_extension() -> None:
    assert reading_of(resources.extension, RESOURCES["extension"]) == Extension(
        "4224",
        "e640205f-bc76-4db4-8e03-bf34eb33a8ce",
        "Michael Y",
        "813936dd-98a4-4ccc-8bcf-dd1f27673c1f",
    )


def test_a_queue() -> None:
    assert reading_of(resources.queue, RESOURCES["queue"]) == Queue(
        "5001",
        "4f302d40-bd94-4fdd-8129-cf53ed68cb5e",
        "IncomingQ",
        "c46f4e60-aba2-4340-a6a5-0c7304d40ba1",
    )


def test_an_agent() -> None:
    assert reading_of(resources.agent, RESOURCES["agent"]) == QueueAgent(
        "20304714-df17-43c7-a569-d322724f17fd", "Michael Y", "NOT_INUSE", is_dynamic=True
    )


def test_a_call_segment() -> None:
    assert reading_of(resources.call_segment, RESOURCES["callSegment"]) == CallSegment(
        "804dbbc2-c4e3-47f2-96b9-b8262d542e7c",
        CallSegmentType.INTERNAL,
        CallerId("Michael Y", "4224"),
        "s",
        is_incoming=True,
    )


def test_a_conference_room() -> None:
    assert reading_of(resources.conference_room, RESOURCES["conferenceRoom"]) == ConferenceRoom(
        "650",
        "c97be0d8-3c40-47c5-b8ee-868984b9d7f4",
        "Main",
        "650",
        configuration_id="066a6359-0ff1-49e5-83aa-52083dfbbddb",
    )


# --- two ways to say a thing -------------------------------------------------------------------


@pytest.mark.parametrize("username", ["username", "userName"])
@pytest.mark.parametrize("name", ["displayName", "displayedName"])
def test_a_user_is_called_in_two_ways(username: str, name: str) -> None:
    body = {"id": "u1", username: 4224, name: "Michael"}
    assert reading_of(resources.user, body) == User("4224", "u1", "Michael")


@pytest.mark.parametrize("kind", ["extension", "queue", "conference room"])
def test_others_may_be_displayed_as_users_are(kind: str) -> None:
    reader, _, sample = KINDS[kind]
    body = dict(RESOURCES[sample])
    body["displayedName"] = body.pop("displayName")
    assert reading_of(reader, body) == reading_of(reader, RESOURCES[sample])


@pytest.mark.parametrize("key", ["type", "statusType"])
def test_a_status_has_its_type_under_two_names(key: str) -> None:
    assert reading_of(resources.status, {"name": "a", key: "xa"}).type is not None
    assert reading_of(resources.status, {"name": "a", key: "xa"}).type == StatusType.EXTENDED_AWAY


def test_a_type_of_status_that_is_not_known_stays_what_it_is() -> None:
    assert reading_of(resources.status, {"name": "a", "type": "altblack"}).type == "altblack"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("INTERNAL", CallSegmentType.INTERNAL),
        ("External", CallSegmentType.EXTERNAL),
        ("external", CallSegmentType.EXTERNAL),
        (None, None),
    ],
)
def test_where_the_other_party_of_a_call_is(written: Any, kind: CallSegmentType | None) -> None:
    assert reading_of(resources.call_segment, {"id": "1", "type": written}).type is kind


def test_a_call_segment_with_nobody() -> None:
    body = {"id": "1", "callerId": None, "did": None, "incoming": None}
    assert reading_of(resources.call_segment, body) == CallSegment("1")


def test_statistics_are_told_as_the_server_calls_them() -> None:
    body = {"callsTaken": 3, "averageTalkTime": 12.5, "lastCall": None, "isBest": True, "of": "day"}
    assert reading_of(resources.statistics, body) == AgentStatistics(tuple(body.items()))


def test_of_statistics_what_is_no_value_is_left_out() -> None:
    found = read(written({"a": 1, "b": {"c": 1}, "d": "x" * 5000}), resources.statistics)
    assert found.value == AgentStatistics((("a", 1),))
    assert found.problems


# --- times -------------------------------------------------------------------------------------

LATE = datetime(2015, 7, 14, 16, 5, 15, tzinfo=UTC)


@pytest.mark.parametrize("value", [1436889915000, 1436889915, "1436889915000", 1436889915.0])
def test_a_time_is_in_milliseconds_or_in_seconds(value: Any) -> None:
    assert moment(value) == LATE


@pytest.mark.parametrize("value", [None, -1, 0, "-1", "0", "", -1.0, -(2**63)])
def test_no_time(value: Any) -> None:
    assert moment(value) is None


@pytest.mark.parametrize("value", [True, [], {}, "soon", "1e5", "²", "9" * 30, 10**15, 1e300])
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(Unreadable):
        moment(value)


@given(st.datetimes(datetime(1973, 3, 4), datetime(5138, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- naive by contract
def test_every_time_that_is_in_milliseconds(time: datetime) -> None:
    time = time.replace(microsecond=time.microsecond // 1000 * 1000)
    milliseconds = round(time.timestamp() * 1000)
    assert abs(moment(milliseconds) - time).total_seconds() < 0.001


@given(st.integers(1, 10**11 - 1))
def test_every_time_that_is_in_seconds(seconds: int) -> None:
    assert moment(seconds) == datetime.fromtimestamp(seconds, UTC)


# --- what may be wrong -------------------------------------------------------------------------


@each_kind
def test_nothing_of_the_vendors_samples_is_odd(kind: str) -> None:
    reader, made, sample = KINDS[kind]
    found = reading_of(reader, RESOURCES[sample])
    assert conforms(made)(found)
    if kind in LISTS:
        assert reading_of(LISTS[kind], [RESOURCES[sample]] * 3) == (found,) * 3


@each_kind
def test_anything_anywhere_is_survived(kind: str) -> None:
    reader, made, sample = KINDS[kind]
    is_whole = conforms(made)
    body = RESOURCES[sample]
    for path in places(body):
        rest = outcome(reader, written(without(body, path)))
        assert rest is None or is_whole(rest), path
        for text, changed in with_each(body, path, BAD_TEXTS + HUGE_TEXTS):
            found = outcome(reader, changed)
            assert found is None or is_whole(found), (path, text, found)
            assert size(found) < 2 * readers.MESSAGE_LENGTH, (path, text)


def outcome(reader: Reader[Any], body: bytes) -> Any:
    """Return what can be used of a body; None is nothing."""
    try:
        return read(body, reader).value
    except BodyError:
        return None


@each_kind
def test_what_is_not_known_leaves_no_trace(kind: str) -> None:
    reader, _, sample = KINDS[kind]
    body = RESOURCES[sample]
    assert reading_of(reader, {**body, "password": {"a": [1]}}) == reading_of(reader, body)


@pytest.mark.parametrize("kind", LISTS)
def test_of_a_list_only_what_cannot_be_read_is_lost(kind: str) -> None:
    reader, _, sample = KINDS[kind]
    whole = reading_of(reader, RESOURCES[sample])
    found = read(written([None, RESOURCES[sample], {}, 7]), LISTS[kind])
    assert found == Reading((whole,), (Problem.PARTLY,))


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("body", [b"{}", b"null", b"", b'"text"', b"7"])
def test_what_is_no_list(kind: str, body: bytes) -> None:
    assert problem_of(LISTS[kind], body) is Problem.OF_ANOTHER_KIND


def test_a_list_has_an_end() -> None:
    many = [{"id": "u", "username": str(number)} for number in range(readers.OBJECTS + 1)]
    assert len(read(written(many), resources.users).value) == readers.OBJECTS


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{nope", Problem.NOT_JSON),
        (b"<html>", Problem.NOT_JSON),
        (b"\xff", Problem.NOT_JSON),
        (b"[" * 100_000, Problem.NOT_JSON),
        (b'{"name": NaN}', Problem.NOT_JSON),
        (b" " * (BODY_LIMIT + 1), Problem.TOO_LONG),
        (b"", Problem.OF_ANOTHER_KIND),
        (b"{}", Problem.OF_ANOTHER_KIND),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_body(body: bytes, problem: Problem) -> None:
    assert problem_of(resources.status, body) is problem


def problem_of(reader: Reader[Any], body: bytes) -> Problem:
    with pytest.raises(BodyError) as caught:
        read(body, reader)
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=30,
)


@given(json_values | st.binary())
def test_whatever_comes_is_a_resource_or_none(value: Any) -> None:
    body = value if isinstance(value, bytes) else written(value)
    for reader, made, _ in KINDS.values():
        found = outcome(reader, body)
        assert found is None or conforms(made)(found)
    for reader in (*LISTS.values(), resources.statistics):
        outcome(reader, body)


@given(json_values)
def test_something_that_nobody_knows_is_bounded(value: Any) -> None:
    assert depth(anything({"it": value})) <= DEPTH


def test_of_something_that_nobody_knows_what_is_too_much_is_left_out() -> None:
    value = {
        "long": "x" * 5000,
        "x" * 5000: "long",
        "deep": [[[[1]]]],
        "many": list(range(1000)),
        "good": {"a": [1, None, True, "b"]},
    }
    found = anything(value)
    assert found == {
        "deep": [[[]]],
        "many": list(range(64)),
        "good": value["good"],
    }
    assert len(anything({str(number): 1 for number in range(1000)})) == 64


@pytest.mark.parametrize("written", [1, "1", "0a576628-502c-491a", "a.b_c:d"])
def test_what_may_be_asked_for(written: Any) -> None:
    assert reading_of(resources.call_segment, {"id": written}).id == str(written)


@pytest.mark.parametrize(
    "written",
    ["", None, ".", "..", "a/..", "a/b", "a\\b", "%2e%2e", "a b", "é", "a?b", "a#b", ";", []],
)
@pytest.mark.parametrize("kind", LISTS)
def test_what_cannot_be_asked_for_is_not_there(kind: str, written: Any) -> None:
    reader, _, sample = KINDS[kind]
    assert outcome(reader, written_with(RESOURCES[sample], written)) is None


def written_with(body: dict[str, Any], its_id: Any) -> bytes:
    return written({**body, "id": its_id})


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0
