"""Whatever a server sends is survived: every field of every message wrong, missing, huge or hostile.

The messages come from the codec's own tables, so that a new field is tried unasked. What is asked of each
answer: it is one message, it holds what its definition says and no more than the bounds, the rest of it is as
if nothing were wrong, and no word of the server's stands where it would be counted or logged.
"""

from collections.abc import Iterable, Iterator
import copy
from functools import partial
import json
from typing import Any, get_args, get_type_hints

from hypothesis import given, settings, strategies as st
import orjson
import pytest

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.readers import Field, Partly, Record, Unreadable
from custom_components.office_cti.telephony.xivo import messages
from custom_components.office_cti.telephony.xivo.codec import LINE_LIMIT, Decoder
from custom_components.office_cti.telephony.xivo.messages import (
    Config,
    Ignored,
    KeptAlive,
    ListName,
    Malformed,
    Message,
    NoLine,
    Problem,
    Status,
    Unknown,
)
from custom_components.office_cti.telephony.xivo.tables import CONFIGS, STATUSES

from ..hostile import (
    BAD_TEXTS,
    HOSTILE,
    HUGE_TEXTS,
    Place,
    changed,
    conforms,
    places,
    size,
    with_each,
    without,
)
from .specimens import SPECIMENS, Specimen

GOOD_LINE = b'{"class": "keepalive", "warning_string": "unimplemented"}\n'
KINDS = set(get_args(messages.Message.__value__))
FIELDS_OF = {
    (Config, ListName.USERS): messages.UserConfig,
    (Config, ListName.PHONES): messages.PhoneConfig,
    (Config, ListName.AGENTS): messages.AgentConfig,
    (Config, ListName.QUEUES): messages.QueueConfig,
    (Config, ListName.VOICEMAILS): messages.VoicemailConfig,
    (Config, ListName.QUEUE_MEMBERS): messages.QueueMember,
    (Config, ListName.CONFERENCES): messages.ConferenceConfig,
    (Status, ListName.USERS): messages.UserStatus,
    (Status, ListName.PHONES): messages.PhoneStatus,
    (Status, ListName.AGENTS): messages.AgentStatus,
    (Status, ListName.QUEUES): messages.QueueStatus,
    (Status, ListName.VOICEMAILS): messages.VoicemailStatus,
    (Status, ListName.QUEUE_MEMBERS): messages.QueueMember,
    (Status, ListName.CHANNELS): messages.ChannelStatus,
    (Status, ListName.CONFERENCES): messages.ConferenceStatus,
}


WITH_FIELDS = readers.Object | readers.Record | readers.Fields


def line(wire: Any) -> bytes:
    """Return a line of the wire."""
    return json.dumps(wire).encode() + b"\n"


def decode_line(data: bytes) -> Message:
    """Return the one message, when the next one can be read, too."""
    message, after = Decoder().feed(data + GOOD_LINE)
    assert after == KeptAlive()
    return message


def decode(wire: Any) -> Message:
    return decode_line(line(wire))


def decode_each(wire: Any, path: Place, texts: Iterable[bytes]) -> Iterator[tuple[bytes, Message]]:
    """Yield the text of each value, and what a message becomes with it in one place."""
    for text, message in with_each(wire, path, texts):
        yield text, decode_line(message + b"\n")


def is_sound(message: Message) -> bool:
    """Return whether a message is what its definition says, the fields of an object too."""
    assert type(message) in KINDS
    if isinstance(message, Config | Status) and message.fields is not None:
        told = conforms(FIELDS_OF[type(message), message.list])
        return conforms(type(message))(message) and told(message.fields)
    return conforms(type(message))(message)


def words_for_people(message: Message) -> str:
    """Return what of a message may be counted or logged."""
    if isinstance(message, Malformed | Unknown | Ignored):
        return repr(message)
    return repr(getattr(message, "problems", ()))


def names(table: Record[Any]) -> set[str]:
    """Return what a table calls its fields."""
    return {field.name for _, field in fields(table)}


def fields(table: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Field]]:
    """Yield a table's fields, and those of the object that it holds, with their place."""
    for field in getattr(table, "of", table).fields:
        yield (*path, field.wire), field
        if isinstance(field.read, WITH_FIELDS):
            yield from fields(field.read, (*path, field.wire))


each_specimen = pytest.mark.parametrize(
    "specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS]
)

# --- every message -----------------------------------------------------------------------------


@each_specimen
def test_a_whole_message_has_no_problem(specimen: Specimen) -> None:
    message = decode(specimen.wire)
    assert is_sound(message)
    assert not isinstance(message, Malformed | Unknown | Ignored | NoLine)
    assert not getattr(message, "problems", ())


@each_specimen
def test_anything_anywhere_is_survived(specimen: Specimen) -> None:
    known = names(specimen.table)
    for path in places(specimen.wire):
        for text, message in decode_each(specimen.wire, path, BAD_TEXTS):
            assert is_sound(message), (path, text, message)
            assert HOSTILE not in words_for_people(message), (path, text, message)
            assert set(getattr(message, "problems", ())) <= known


@each_specimen
def test_anything_may_be_missing(specimen: Specimen) -> None:
    for path in places(specimen.wire):
        assert is_sound(decode(without(specimen.wire, path))), path


@each_specimen
def test_what_is_huge_is_bounded(specimen: Specimen) -> None:
    for path in places(specimen.wire):
        for _, message in decode_each(specimen.wire, path, HUGE_TEXTS):
            assert is_sound(message), path
            # The longest of all is a list of all objects, here of short ids.
            assert size(message) < 3 * readers.OBJECTS, path


@each_specimen
def test_what_is_not_known_leaves_no_trace(specimen: Specimen) -> None:
    expected = decode(specimen.wire)
    for path in [(), *places(specimen.wire)]:
        wire = copy.deepcopy(specimen.wire)
        holder = wire
        for key in path:
            holder = holder[key]
        if isinstance(holder, dict) and has_known_keys(specimen, path):
            holder["passwdclient"] = holder["x" * 100] = HOSTILE
            assert decode(wire) == expected, path


def has_known_keys(specimen: Specimen, path: Place) -> bool:
    """Return whether keys are the protocol's in this place, not data."""
    return not path or path in {
        place for place, field in fields(specimen.table) if isinstance(field.read, WITH_FIELDS)
    }


@each_specimen
def test_a_wrong_field_is_left_out_and_named(specimen: Specimen) -> None:
    for path, field in fields(specimen.table):
        if isinstance(field.read, WITH_FIELDS) or path == ("class",):
            continue
        rest = decode(without_but_not_empty(specimen.wire, path))
        wrong = [text for text in BAD_TEXTS + HUGE_TEXTS if is_unreadable(field, text)]
        assert len(wrong) > 5, path
        for text, message in decode_each(specimen.wire, path, wrong):
            if field.required:
                assert is_malformed_or_left_out(message, path), (path, text)
            else:
                assert message == rest._replace(problems=(field.name,)), (path, text)


def without_but_not_empty(wire: Any, path: tuple[str, ...]) -> Any:
    """Return the message without a field; an object that is empty then would not be there at all."""
    return without(changed(wire, (*path[:-1], "unknown"), 0), path)


def is_unreadable(field: Field, text: bytes) -> bool:
    """Return whether a field's own reader refuses a value whole."""
    try:
        field.read(orjson.loads(text))
    except Unreadable:
        return True
    except Partly, orjson.JSONDecodeError:
        return False
    return False


def is_malformed_or_left_out(message: Message, path: tuple[str, ...]) -> bool:
    """Return whether a message is refused whole, or the object that needs the field is left out of it."""
    if isinstance(message, Malformed):
        return message.problem is Problem.WRONG_FIELD and message.about != ""
    if path == ("tid",):  # an object without an id is nobody's
        return isinstance(message, Ignored)
    return len(path) > 1 and bool(getattr(message, "problems", ()))


def test_what_a_list_cannot_keep_is_left_out_and_the_rest_kept() -> None:
    message = decode(
        {
            "class": "getlist",
            "function": "listid",
            "listname": "users",
            "list": ["1", None, 2, {}, "", "3", "x" * 200],
        }
    )
    assert message == messages.Ids(ListName.USERS, ("1", "2", "3"), ("ids",))


def test_what_is_too_much_is_left_out() -> None:
    ids = [str(number) for number in range(readers.OBJECTS + 7)]
    message = decode({"class": "getlist", "function": "listid", "listname": "users", "list": ids})
    assert message == messages.Ids(ListName.USERS, tuple(ids[:-7]), ("ids",))


def test_a_wrong_field_within_a_list_costs_that_field_alone() -> None:
    message = decode(
        {
            "class": "current_calls",
            "current_calls": [
                {"cid_name": "Bob", "cid_number": {}, "call_status": "hold"},
                "nonsense",
            ],
        }
    )
    held = messages.CurrentCall("Bob", "", messages.CurrentCallState.HOLD)
    assert message == messages.CurrentCalls((held,), ("calls",))


def test_every_kind_of_message_is_tried() -> None:
    tried = {type(decode(specimen.wire)) for specimen in SPECIMENS}
    assert KINDS - tried == {
        Ignored,
        Malformed,
        NoLine,
        Unknown,
        messages.StartTlsDeclined,
    }


def test_what_an_object_holds_is_what_its_definition_says() -> None:
    declared = {
        **{(Config, name): table for name, table in CONFIGS.items()},
        **{(Status, name): table for name, table in STATUSES.items()},
    }
    assert declared.keys() == FIELDS_OF.keys()
    for key, table in declared.items():
        assert {field.name for field in table} == set(get_type_hints(FIELDS_OF[key]))


# --- lines that are no message -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"{nope", Problem.NOT_JSON),
        (b"\xff\xfe", Problem.NOT_JSON),
        (b'{"class": "\xed\xa0\x80"}', Problem.NOT_JSON),
        (b'{"class": "\\ud800"}', Problem.NOT_JSON),
        (b'{"class": NaN}', Problem.NOT_JSON),
        (b"[" * 100_000, Problem.NOT_JSON),
        (b'{"class":' * 50_000, Problem.NOT_JSON),
        (b"\0", Problem.NOT_JSON),
        (b"\xef\xbb\xbf{}", Problem.NOT_JSON),
        (b"[1, 2]", Problem.NOT_AN_OBJECT),
        (b'"text"', Problem.NOT_AN_OBJECT),
        (b"null", Problem.NOT_AN_OBJECT),
        (b"7", Problem.NOT_AN_OBJECT),
        (b'{"a": "' + b"x" * LINE_LIMIT + b'"}', Problem.TOO_LONG),
        (b"x" * (LINE_LIMIT + 1), Problem.TOO_LONG),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_line_that_is_no_message(data: bytes, problem: Problem) -> None:
    malformed, after = Decoder().feed(data + b"\n" + GOOD_LINE)
    assert malformed == Malformed(problem)
    assert after == KeptAlive()


@pytest.mark.parametrize(
    "wire",
    [
        {"class": "nosuchclass"},
        {"class": 7},
        {"class": []},
        {"class": {"class": "getlist"}},
        {"class": ""},
        {"class": "getlist"},
        {"class": "getlist", "function": "wat", "listname": "users"},
        {"class": "getlist", "function": [], "listname": {}},
        {"class": "getlist", "function": "listid", "listname": None},
        {"class": "filetransfer"},
        {"something": 1},
        {HOSTILE: HOSTILE},
    ],
    ids=json.dumps,
)
def test_a_message_of_no_known_class(wire: dict[str, Any]) -> None:
    assert decode(wire) == Unknown()


@pytest.mark.parametrize(
    "wire",
    [
        {"class": "getlist", "function": "listid", "listname": "trunks", "list": []},
        {
            "class": "getlist",
            "function": "updatestatus",
            "listname": HOSTILE,
            "tid": "1",
            "status": {},
        },
        {
            "class": "getlist",
            "function": "updateconfig",
            "listname": "users",
            "tid": None,
            "config": {},
        },
        {
            "class": "getlist",
            "function": "updateconfig",
            "listname": "channels",
            "tid": "1",
            "config": {},
        },
    ],
    ids=json.dumps,
)
def test_a_message_about_nothing_that_is_brought_in(wire: dict[str, Any]) -> None:
    assert decode(wire) == Ignored()


# --- arbitrary input ---------------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a message of which some places hold anything, or nothing."""
    wire = copy.deepcopy(draw(st.sampled_from(SPECIMENS)).wire)
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(wire))
        if not found:
            break
        path = draw(st.sampled_from(found))
        wire = draw(st.just(without(wire, path)) | json_values.map(partial(changed, wire, path)))
    return wire


@given(st.lists(mangled() | st.dictionaries(st.text(), json_values), max_size=5))
def test_arbitrary_objects_are_survived(wires: list[dict[str, Any]]) -> None:
    found = list(Decoder().feed(b"".join(map(line, wires))))
    assert len(found) == len(wires)
    assert all(map(is_sound, found))


@given(
    st.lists(st.binary(max_size=30) | st.sampled_from([b"\n", b"\r\n", GOOD_LINE, b'{"class":'])),
    st.data(),
)
def test_arbitrary_bytes_split_anywhere_are_the_same_messages(
    pieces: list[bytes], data: st.DataObject
) -> None:
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    decoder = Decoder()
    split = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for message in decoder.feed(memoryview(whole)[start:end])
    ]
    assert split == list(Decoder().feed(whole))
    assert all(map(is_sound, split))


@settings(max_examples=30)
@given(st.data())
def test_a_line_that_is_too_long_is_counted_once_however_it_is_split(data: st.DataObject) -> None:
    extra = data.draw(st.sampled_from([-1, 0, 1, 2, 5000, LINE_LIMIT]))
    whole = GOOD_LINE + b"x" * (LINE_LIMIT + extra) + b"\n" + GOOD_LINE
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=4)))
    decoder = Decoder()
    split = [
        message
        for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)
        for message in decoder.feed(whole[start:end])
    ]
    problem = Problem.TOO_LONG if extra > 0 else Problem.NOT_JSON
    assert split == [KeptAlive(), Malformed(problem), KeptAlive()]


def test_an_endless_line_is_not_kept() -> None:
    decoder = Decoder()
    found = [message for _ in range(40) for message in decoder.feed(b"x" * 65_536)]
    assert found == [Malformed(Problem.TOO_LONG)]
    assert len(decoder._rest) <= LINE_LIMIT
    assert list(decoder.feed(b"\n" + GOOD_LINE)) == [KeptAlive()]
