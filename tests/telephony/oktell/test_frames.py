"""Messages of the web-socket: what real servers have said, and whatever else may come."""

from collections.abc import Callable
import copy
from datetime import datetime
from functools import partial
import json
from typing import Any, get_args

from hypothesis import example, given, settings, strategies as st
import orjson
import pytest

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.oktell import frames
from custom_components.office_cti.telephony.oktell.frames import (
    EVENT_KINDS,
    EVENTS,
    EVENTS_OF_ALL,
    MESSAGE_LIMIT,
    OWN_EVENTS,
    Abonent,
    Answer,
    BreakReason,
    ChainContent,
    ChainElement,
    Decoder,
    FlashStateChanged,
    Frame,
    LineInfo,
    LineStateChanged,
    LoggedIn,
    Malformed,
    NumberStates,
    OwnUser,
    PbxNumber,
    PhoneEvent,
    PhoneEventKind,
    Pinged,
    Pong,
    Problem,
    Redirected,
    RedirectRule,
    TextMessageReceived,
    Unknown,
    UserNumbers,
    UserStateChanged,
    Version,
    decode,
)
from custom_components.office_cti.telephony.oktell.states import UserState
from custom_components.office_cti.telephony.readers import Partly, Record, Unreadable

from ..hostile import (
    BAD_TEXTS,
    HOSTILE,
    HUGE_TEXTS,
    changed,
    conforms,
    places,
    size,
    with_each,
    without,
)
from .frame_specimens import BODIES, GUID, SPECIMENS, Specimen, fields, sample

QID = "d3cc4fb7-6c72-44c0-a4b0-0fd3ca2c2e2b"
NOBODY = "00000000-0000-0000-0000-000000000000"
TOO_MANY_NUMBERS = json.dumps([{"num": "1", "numstateid": 1}] * (readers.OBJECTS + 1)).encode()
WRONG_TEXTS = (*BAD_TEXTS, *HUGE_TEXTS, TOO_MANY_NUMBERS)


def said(name: str, **body: Any) -> Frame:
    """Return the message that a server has sent."""
    return decode(json.dumps([name, body]))


# --- events ------------------------------------------------------------------------------------


def test_the_states_of_numbers_are_told_of_everybody() -> None:
    numbers = [{"num": "101", "numstateid": 5}, {"num": "102", "numstateid": 1}]
    assert said("pbxnumberstatechanged", qid=QID, numbers=numbers) == NumberStates(
        (("101", UserState.BUSY), ("102", UserState.READY))
    )


def test_a_state_that_nobody_knows_is_no_reason_to_lose_the_others() -> None:
    numbers = [
        {"num": "101", "numstateid": 4},
        {"num": 102, "numstateid": "3"},
        {"num": "103"},
        {"numstateid": 1},
        "104",
    ]
    assert said("pbxnumberstatechanged", numbers=numbers) == NumberStates(
        (("101", None), ("102", UserState.AWAY), ("103", None)), ("states",)
    )


@pytest.mark.parametrize(
    "told",
    [
        {"userstateid": 2},
        {"userstate": 2},
        {"userstateid": "2", "userstate": 1},
        {"userstatestr": "usLunch"},
    ],
)
def test_a_users_state_comes_under_several_names(told: dict[str, Any]) -> None:
    assert said("userstatechanged", **told) == UserStateChanged(state=UserState.BREAK)


@pytest.mark.parametrize("yes", [True, 1, "1"])
def test_a_users_modes_come_as_json_knows_them_or_as_numbers(yes: Any) -> None:
    assert said(
        "userstatechanged",
        qid=QID,
        userid=GUID.upper(),
        userlogin="1002",
        userstateid=2,
        oncallcenter=yes,
        onccmanual=yes,
        onlunch=yes,
        lunchreasonid=3,
        onredirect=yes,
        ontask=yes,
    ) == UserStateChanged(
        user_id=GUID,
        login="1002",
        state=UserState.BREAK,
        call_center=True,
        call_center_manual=True,
        on_break=True,
        break_reason_id=3,
        redirect=True,
        on_task=True,
    )


def test_what_is_not_told_of_a_user_is_not_known() -> None:
    assert said("userstatechanged", onlunch=False) == UserStateChanged(on_break=False)


def test_a_call_back_has_the_others_number_in_its_text_alone() -> None:
    info = "Автодозвон. Обратный вызов.\n Абонент: 80000000000"
    assert said(
        "phoneevent_ringstarted",
        callercomment="",
        callerdescription="",
        callerdirection="oktell_pbx",
        callerid="",
        callerinfo=info,
        callerlineid=NOBODY,
        callerlinenum="00000",
        callername="",
        canfax=False,
        canvideo=False,
        chainid="11111111-1111-4111-8111-111111111111",
        connectionindex=4,
        isconference=False,
        isextline=False,
        istask=False,
        qid="22222222-2222-4222-8222-222222222222",
        userid="33333333-3333-4333-8333-333333333333",
        userlogin="operator1",
    ) == PhoneEvent(
        PhoneEventKind.RING_STARTED,
        user_id="33333333-3333-4333-8333-333333333333",
        login="operator1",
        chain_id="11111111-1111-4111-8111-111111111111",
        info=info,
        direction="oktell_pbx",
        line_number="00000",
    )


def test_an_outer_call_that_was_answered() -> None:
    assert said(
        "phoneevent_commstarted",
        userid=GUID,
        chainid=GUID,
        commutationid=GUID,
        callerid=79991234567,
        callername="Иван",
        calledid="101",
        isextline=True,
        isconference=1,
        confid=GUID,
    ) == PhoneEvent(
        PhoneEventKind.TALK_STARTED,
        user_id=GUID,
        chain_id=GUID,
        commutation_id=GUID,
        number="79991234567",
        name="Иван",
        called_number="101",
        is_external=True,
        is_conference=True,
        conference_id=GUID,
    )


@pytest.mark.parametrize("kind", PhoneEventKind)
def test_every_phone_event_says_what_has_happened(kind: PhoneEventKind) -> None:
    assert said(f"phoneevent_{kind}", userlogin="ivan") == PhoneEvent(kind, login="ivan")


def test_changes_of_lines_and_of_what_waits_behind_a_call() -> None:
    assert said("linestatechanged", userid=GUID) == LineStateChanged(GUID)
    assert said("flashstatechanged", userid=GUID, flashtypeid=2) == FlashStateChanged(
        GUID, kind="2"
    )


def test_a_text_message() -> None:
    assert said(
        "usertextmessagereceived", userid=GUID, message="Зайди", senderlogin="ivan"
    ) == TextMessageReceived("Зайди", GUID, sender_login="ivan")


def test_what_keeps_a_connection() -> None:
    assert said("pong", qid="7") == Pong("7")
    assert said("ping", qid=QID) == Pinged(QID)
    assert decode('["ping"]') == Pinged()
    assert said("websocketredirect") == Redirected()
    assert said("websocketredirect", port=8443) == Redirected(8443)


def test_what_may_be_subscribed_to_can_be_read() -> None:
    assert {*EVENTS_OF_ALL, *OWN_EVENTS} <= EVENTS.keys()
    assert len({*EVENTS_OF_ALL, *OWN_EVENTS}) == 15


def test_events_are_what_is_said_to_be_one() -> None:
    assert get_args(frames.Event.__value__) == EVENT_KINDS


# --- answers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "ok"),
    [
        ({}, True),
        ({"result": 1}, True),
        ({"result": True}, True),
        ({"result": "1"}, True),
        ({"result": 0}, False),
        ({"result": False}, False),
        ({"result": None}, False),
        ({"result": {}}, False),
        ({"result": "certainly"}, False),
        ({"error": 50025}, False),
        ({"error": 0}, True),
        ({"errorcode": 0, "result": 1}, True),
    ],
)
def test_an_answer_is_good_if_it_clearly_says_so(body: dict[str, Any], *, ok: bool) -> None:
    answer = said("getuserstateresult", qid="7", **body)
    assert isinstance(answer, Answer)
    assert (answer.qid, answer.ok) == ("7", ok)


def test_a_refusal_says_why() -> None:
    body = {"qid": "7", "result": 0, "error": 50093, "errormsg": "No"}
    assert said("loginresult", **body) == Answer("7", body, ok=False, error=50093, message="No")


def test_an_answer_is_known_by_its_qid_whatever_its_word() -> None:
    assert isinstance(said("chaincontent", qid="7"), Answer)
    assert said("chaincontentresult") == Unknown()


def test_what_an_answer_holds_is_not_in_its_representation() -> None:
    secret = "5d41402abc4b2a76b9719d911017c592"
    answer = said("loginresult", qid=secret, sessionid=secret, errormsg=secret)
    assert isinstance(answer, Answer)
    assert answer.body["sessionid"] == secret
    assert secret not in repr(answer)


def test_a_log_in() -> None:
    body = {"result": 1, "userid": GUID.upper(), "sessionid": "secret"}
    assert frames.logged_in(body) == LoggedIn(GUID)


def test_a_version() -> None:
    body = {"version": {"dated": 150420, "build": "2.11.1.150420", "webserverport": 4055}}
    assert frames.version(body) == Version(150420, "2.11.1.150420", 4055)


def test_ones_own_user() -> None:
    body = {
        "mainpbxnumber": "101",
        "username": "Иван",
        "hasline": True,
        "lineid": GUID,
        "linenumber": 17001,
        "isoperator": 1,
    }
    assert frames.own_user(body) == OwnUser(
        "Иван", "101", has_line=True, line_id=GUID, line_number="17001", is_operator=True
    )


def test_ones_own_state() -> None:
    body = {"onlunch": True, "lunchreasonid": 2, "userlogin": "1002"}
    assert frames.user_state(body) == UserStateChanged(
        login="1002", on_break=True, break_reason_id=2
    )


def test_reasons_for_a_break() -> None:
    items = [{"id": 1, "name": "Тренинг"}, {"id": "4", "caption": "Перерыв"}, {"id": 9}]
    assert frames.break_reasons({"items": items}) == (
        BreakReason(1, "Тренинг"),
        BreakReason(4, "Перерыв"),
        BreakReason(9),
    )


def test_numbers_of_the_office() -> None:
    numbers = [
        {"id": GUID, "number": "101", "caption": "Иван", "state": 1, "department": "Продажи"},
        {"number": 200, "caption": "Сметчики", "state": None, "departmentid": NOBODY},
    ]
    assert frames.pbx_numbers({"numbers": numbers}) == (
        PbxNumber("101", GUID, "Иван", UserState.READY, department="Продажи"),
        PbxNumber("200", caption="Сметчики"),
    )


def test_users_and_their_numbers() -> None:
    users = [
        {"id": GUID.upper(), "name": "Иван", "main": "101", "nums": ["101", 201], "sub": True},
        {"id": "{" + GUID + "}", "name": "Пётр", "main": None},
    ]
    assert frames.user_numbers({"users": users}) == (
        UserNumbers(GUID, "Иван", "101", ("101", "201"), may_be_listened_to=True),
        UserNumbers(GUID, "Пётр"),
    )


@pytest.mark.parametrize("nobody", [None, {}, [], ""])
def test_a_line_that_talks_to_nobody(nobody: Any) -> None:
    body = {"linestatestr": "lsHookUp", "abonent": nobody, "flashed": nobody}
    assert frames.line_info(body) == LineInfo("lsHookUp")
    assert frames.line_info({"linestatestr": "lsHookUp"}) == LineInfo("lsHookUp")


def test_a_line_that_talks_while_another_waits() -> None:
    body = {
        "linestatestr": "lsCommutated",
        "timertalklensec": 63,
        "chainid": GUID,
        "isflashing": True,
        "abonent": {"iscommutated": True, "callerid": "79991234567", "isextline": True},
        "flashed": {"iswaitinginflash": True, "number": "102", "userid": GUID, "simplename": "П"},
    }
    assert frames.line_info(body) == LineInfo(
        "lsCommutated",
        63,
        GUID,
        abonent=Abonent(caller_id="79991234567", is_external=True, is_talking=True),
        is_flashing=True,
        flashed=Abonent(number="102", user_id=GUID, name="П", is_waiting_in_flash=True),
    )


def test_where_calls_are_redirected_to() -> None:
    rules = [{"id": 3, "destinationnumber": "103"}]
    assert frames.redirect_rules({"redirectrules": rules}) == (RedirectRule("3", "103"),)


def test_the_way_of_a_call() -> None:
    content = {
        "chainid": GUID,
        "createtime": "2011-07-27 14:41:28",
        "trace": [
            {
                "contentelementtype": "call",
                "callerid": "#999",
                "calledid": "183",
                "startqueuetime": "2011-07-27 14:41:29",
                "userid": GUID,
                "username": "Дмитрий",
                "pbxdirection": "internal",
            },
            {
                "contentelementtype": "commutation",
                "aoutnumber": "#999",
                "atext": "Дмитрий",
                "boutnumber": "183",
                "btext": "Виктор",
                "timestart": "2011-07-27 14:41:29",
                "timeanswer": "",
                "isrecorded": True,
            },
        ],
    }
    started = datetime(2011, 7, 27, 14, 41, 29)  # noqa: DTZ001 -- the server's own
    assert frames.chain_content({"content": content}) == ChainContent(
        GUID,
        datetime(2011, 7, 27, 14, 41, 28),  # noqa: DTZ001
        (
            ChainElement(
                "call",
                started,
                direction="internal",
                caller_id="#999",
                called_id="183",
                user_id=GUID,
                user_name="Дмитрий",
            ),
            ChainElement(
                "commutation",
                started,
                a_number="#999",
                a_name="Дмитрий",
                b_number="183",
                b_name="Виктор",
                is_recorded=True,
            ),
        ),
    )


@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": {}}])
def test_a_line_without_a_call_has_no_way_to_tell(body: dict[str, Any]) -> None:
    assert frames.chain_content(body) is None


def test_nothing_is_what_every_answer_holds() -> None:
    assert frames.nothing({"anything": 1}) is None


# --- whatever else may come --------------------------------------------------------------------

KINDS = tuple(
    kind
    for one in get_args(frames.Frame.__value__)
    for kind in (get_args(one.__value__) if hasattr(one, "__value__") else (one,))
)
each_specimen = pytest.mark.parametrize(
    "specimen", SPECIMENS, ids=[specimen.name for specimen in SPECIMENS]
)
each_body = pytest.mark.parametrize("name", BODIES)


def is_sound(frame: Frame) -> bool:
    return type(frame) in KINDS and conforms(type(frame))(frame)


def words_for_people(frame: Frame) -> str:
    """Return what of a message may be counted or logged."""
    if isinstance(frame, Malformed | Unknown | Answer):
        return repr(frame)
    return repr(frame.problems)


def framed(specimen: Specimen, body: bytes) -> bytes:
    return b'["%s",%s]' % (specimen.name.encode(), body)


def is_unreadable(read: Callable[[Any], Any], text: bytes) -> bool:
    """Return whether a field's own reader refuses a value whole."""
    try:
        read(orjson.loads(text))
    except Unreadable:
        return True
    except Partly, orjson.JSONDecodeError:
        return False
    return False


def body_of(name: str, data: bytes) -> Any:
    """Return what an answer's reader makes of a body; None is nothing at all."""
    try:
        return BODIES[name][0](orjson.loads(data))
    except Partly as partly:
        return partly.value
    except Unreadable, orjson.JSONDecodeError:
        return None


@each_specimen
def test_a_whole_message_has_no_problem(specimen: Specimen) -> None:
    frame = said(specimen.name, **specimen.body)
    assert is_sound(frame)
    assert not isinstance(frame, Malformed | Unknown)
    assert not frame.problems


def test_every_kind_of_message_is_tried() -> None:
    tried = {type(said(specimen.name, **specimen.body)) for specimen in SPECIMENS}
    assert set(KINDS) - tried == {Malformed, Unknown}


@each_specimen
def test_anything_anywhere_is_survived(specimen: Specimen) -> None:
    known = {field.name for _, field in fields(specimen.table)}
    for path in places(specimen.body):
        for text, body in with_each(specimen.body, path, WRONG_TEXTS):
            frame = decode(framed(specimen, body))
            assert is_sound(frame), (path, text, frame)
            assert HOSTILE not in words_for_people(frame), (path, text, frame)
            assert set(getattr(frame, "problems", ())) <= known
            if not isinstance(frame, Answer):
                assert size(frame) < 6 * readers.OBJECTS, path


@each_specimen
def test_anything_may_be_missing(specimen: Specimen) -> None:
    for path in places(specimen.body):
        assert is_sound(said(specimen.name, **without(specimen.body, path))), path


@each_specimen
def test_what_is_not_known_leaves_no_trace(specimen: Specimen) -> None:
    expected = said(specimen.name, **specimen.body)
    frame = said(specimen.name, **specimen.body, password=HOSTILE)
    if isinstance(frame, Answer) and isinstance(expected, Answer):
        frame = frame._replace(body=expected.body)
    assert frame == expected


@each_specimen
def test_a_wrong_field_is_left_out_and_named(specimen: Specimen) -> None:
    for path, field in fields(specimen.table):
        rest = said(specimen.name, **without(specimen.body, path))
        wrong = tuple(text for text in BAD_TEXTS if is_unreadable(field.read, text))
        assert len(wrong) > 5 or field.read is frames.success, path
        for text, body in with_each(specimen.body, path, wrong):
            frame = decode(framed(specimen, body))
            if field.required:
                assert isinstance(frame, Malformed), (path, text)
                assert (frame.problem, frame.about != "") == (Problem.WRONG_FIELD, True)
            else:
                assert not isinstance(rest, Malformed | Unknown)
                expected = rest._replace(problems=(field.name,))
                if isinstance(frame, Answer):
                    expected = expected._replace(body=frame.body)
                assert frame == expected, (path, text)


@each_body
def test_a_whole_body_has_no_problem(name: str) -> None:
    read, kind = BODIES[name]
    assert conforms(kind)(read(sample(read)))


@each_body
def test_anything_anywhere_in_a_body_is_survived(name: str) -> None:
    read, kind = BODIES[name]
    is_whole = conforms(kind)
    whole = sample(read)
    for path in places(whole):
        rest = body_of(name, json.dumps(without(whole, path)).encode())
        assert rest is None or is_whole(rest), path
        for text, body in with_each(whole, path, WRONG_TEXTS):
            found = body_of(name, body)
            assert found is None or is_whole(found), (path, text, found)
            assert size(found) < 6 * readers.OBJECTS, (path, text)


@each_body
def test_a_body_that_is_no_object_is_refused(name: str) -> None:
    for wrong in (None, [], "text", 7):
        with pytest.raises(Unreadable):
            BODIES[name][0](wrong)


@each_body
def test_a_wrong_field_of_a_body_costs_that_field_or_its_object_alone(name: str) -> None:
    read, _ = BODIES[name]
    whole = sample(read)
    for path, field in fields(read):
        if isinstance(getattr(field.read, "read", None), Record):
            continue  # what an object in its place may be is its own fields' matter
        wrong = tuple(text for text in BAD_TEXTS if is_unreadable(field.read, text))
        assert len(wrong) > 5, path
        rest = body_of(name, json.dumps(without(whole, path)).encode())
        for text, body in with_each(whole, path, wrong):
            assert body_of(name, body) == rest, (path, text)
            with pytest.raises((Partly, Unreadable)):
                read(orjson.loads(body))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.NOT_JSON),
        (b"{nope", Problem.NOT_JSON),
        (b"\xff\xfe", Problem.NOT_JSON),
        (b'["ping",{"qid":"\xed\xa0\x80"}]', Problem.NOT_JSON),
        (b'["ping",{"qid":"\\ud800"}]', Problem.NOT_JSON),
        (b'["ping",{"qid":NaN}]', Problem.NOT_JSON),
        (b"[" * 100_000, Problem.NOT_JSON),
        (b"{}", Problem.NOT_A_MESSAGE),
        (b"[]", Problem.NOT_A_MESSAGE),
        (b"[7,{}]", Problem.NOT_A_MESSAGE),
        (b"[[],{}]", Problem.NOT_A_MESSAGE),
        (b'["ping",{},1]', Problem.NOT_A_MESSAGE),
        (b'["nosuch",[]]', Problem.NOT_A_MESSAGE),
        (b'["nosuch",null]', Problem.NOT_A_MESSAGE),
        (b'["pbxnumberstatechanged",{}]', Problem.WRONG_FIELD),
        (b'["pbxnumberstatechanged",[]]', Problem.WRONG_FIELD),
        (b'["pbxnumberstatechanged"]', Problem.WRONG_FIELD),
        (b'["x","' + b"x" * MESSAGE_LIMIT + b'"]', Problem.TOO_LONG),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_message(data: bytes, problem: Problem) -> None:
    frame = decode(data)
    assert isinstance(frame, Malformed)
    assert frame.problem is problem
    assert Decoder().feed(data) == [frame]


@pytest.mark.parametrize("name", ["nosuch", "", HOSTILE, "phoneevent_", "phoneevent_x", "iam"])
def test_a_message_that_nobody_knows(name: str) -> None:
    assert said(name, something=1) == Unknown()


def test_a_piece_of_a_message_is_none_by_itself() -> None:
    assert said("multipart", qid="7") == Unknown()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)
words = st.sampled_from([*EVENTS, "multipart", "loginresult"]) | st.text()


@st.composite
def mangled(draw: st.DrawFn) -> list[Any]:
    """Draw a message of which some places hold anything, or nothing."""
    specimen = draw(st.sampled_from(SPECIMENS))
    wire: list[Any] = [specimen.name, copy.deepcopy(specimen.body)]
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(wire))
        if not found:
            break
        path = draw(st.sampled_from(found))
        wire = draw(st.just(without(wire, path)) | json_values.map(partial(changed, wire, path)))
    return wire


@settings(deadline=None)
@given(mangled() | json_values | st.tuples(words, json_values))
def test_whatever_json_comes_is_one_sound_message_or_a_piece_of_one(wire: Any) -> None:
    found = Decoder().feed(json.dumps(wire))
    assert len(found) <= 1
    assert all(map(is_sound, found))


@settings(deadline=None)
@given(st.binary() | st.text())
@example(b'["multipart",{}]')  # what only a connection can make something of
def test_whatever_comes_is_one_sound_message(data: bytes | str) -> None:
    found = Decoder().feed(data)
    assert len(found) <= 1
    assert all(map(is_sound, [*found, decode(data)]))
