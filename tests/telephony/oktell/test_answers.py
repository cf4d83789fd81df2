"""What the server answers: as the pages and real servers have it, and whatever else may come."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.model import UploadedFile
from custom_components.office_cti.telephony.oktell import answers
from custom_components.office_cti.telephony.oktell.answers import (
    COMMUTATED,
    DEPTH,
    ITEMS,
    SIZE,
    TEXT_LENGTH,
    TRACE,
    WORDS_LENGTH,
    Abonent,
    AbonentInfo,
    AnswerError,
    AnswerProblem,
    ChainCall,
    ChainConnection,
    ChainContent,
    FreeUsers,
    ScriptAnswer,
    Side,
    UserAnswer,
)
from custom_components.office_cti.telephony.oktell.states import UserState

DECLARATION = ' <?xml version="1.0" encoding="utf-16"?>\n'
DIMA = "2a594b51-bb89-4da6-a69f-f48761baf0d9"
VIKTOR = "7cf84c23-2736-4fc8-9bf7-bfbb4778fb01"
NOBODY = "00000000-0000-0000-0000-000000000000"
READERS: list[Callable[[bytes, str | None], Any]] = [
    answers.user_state,
    answers.free_users,
    answers.script_result,
    answers.script_text,
    answers.license_text,
    answers.license_xml,
    answers.license_number,
    answers.license_date,
    answers.uploaded_files,
    answers.chain_content,
    answers.abonent_info,
]


def mapper(name: str, content: str) -> bytes:
    return (
        f'{DECLARATION}<oktellxmlmapper version="80710"><data name="{name}" count="1">'
        f"{content}</data></oktellxmlmapper>"
    ).encode()


def user(**state: str) -> bytes:
    attributes = " ".join(f'{key}="{value}"' for key, value in state.items())
    return mapper(
        "userstate",
        f'<property_set name="user" id="{DIMA.upper()}"><property_simple key="id" value="{DIMA}"/>'
        f'<property_simple key="state" {attributes}/></property_set>',
    )


def script(*properties: str) -> bytes:
    return mapper(
        "result", f'<property_set name="execsvcscript">{"".join(properties)}</property_set>'
    )


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2011-07-27T{time}")


def problem_of(reader: Callable[[bytes], Any], body: bytes) -> AnswerProblem:
    with pytest.raises(AnswerError) as caught:
        reader(body)
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


# --- users -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-8-sig"])
def test_a_users_state(encoding: str) -> None:
    body = user(value="1", name="usReady").decode().encode(encoding)
    assert answers.user_state(body) == UserAnswer(DIMA, UserState.READY)


@pytest.mark.parametrize("state", UserState)
def test_every_state(state: UserState) -> None:
    assert answers.user_state(user(value=str(int(state)))) == UserAnswer(DIMA, state)


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ({"value": "", "name": "usLunch"}, UserState.BREAK),
        ({"name": "usFullbusy"}, UserState.BUSY),
        ({"value": "4", "name": "usTalk"}, None),
        ({"value": "x" * 9000}, None),
    ],
)
def test_a_state_without_a_good_number(written: dict[str, str], state: UserState | None) -> None:
    assert answers.user_state(user(**written)) == UserAnswer(DIMA, state)


def test_a_users_id_may_stand_with_the_set_alone() -> None:
    body = mapper("userstate", f'<s n="user" id="{DIMA.upper()}"><p k="state" v="7"/></s>')
    assert answers.user_state(body) == UserAnswer(DIMA, UserState.NO_PHONE)


def test_a_user_whom_the_server_does_not_know() -> None:
    assert answers.user_state(mapper("userstate", "")) is None
    assert answers.user_state(b"<oktellxmlmapper/>") is None


def test_who_of_a_number_is_free() -> None:
    body = (
        b'<?xml version="1.0" encoding="utf-8"?><group name="120" ready="2" busy="3">'
        b'<element name="223"/><element name="227"/></group>'
    )
    assert answers.free_users(body) == FreeUsers("120", 2, 3, ("223", "227"))


@pytest.mark.parametrize("count", ["", "x", "-1", "1.5", "99999999999", "9" * 5000, "٣"])
def test_counts_that_cannot_be_read(count: str) -> None:
    body = f'<group name="120" ready="{count}" busy="{count}"><element name="1"/><element/></group>'
    assert answers.free_users(body.encode()) == FreeUsers("120", 1, None, ("1",))


# --- scripts -----------------------------------------------------------------------------------

STARTED = '<property_simple key="started" value="1" name="success" />'
RESULT = '<property_simple key="startresult" value="0" name="success" />'


@pytest.mark.parametrize(
    "returned",
    [
        '<property_simple key="returnvalue" name="abcdef" />',
        '<property_simple key="returnvalue" value="abcdef" />',
        '<property_cdata key="returnvalue"><![CDATA[abcdef]]></property_cdata>',
    ],
)
def test_a_scripts_value(returned: str) -> None:
    body = script(STARTED, RESULT, returned)
    assert answers.script_result(body) == ScriptAnswer(
        started=True, start_result=0, reason="success", value="abcdef"
    )
    assert not answers.script_result(body).failed


def test_a_script_without_a_value() -> None:
    assert answers.script_result(script(STARTED, RESULT)).value is None
    empty = script(STARTED, RESULT, '<property_cdata key="returnvalue"></property_cdata>')
    assert answers.script_result(empty).value == ""


def test_a_long_value() -> None:
    value = "й" * 200_000
    body = script(STARTED, RESULT, f'<property_cdata key="returnvalue">{value}</property_cdata>')
    assert answers.script_result(body).value == value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (script('<property_simple key="started" value="0" name="failure"/>'), "failure"),
        (
            script(STARTED, '<property_simple key="startresult" value="3" name="notfound"/>'),
            "notfound",
        ),
        (script(STARTED, '<property_simple key="startresult" value="-2"/>'), ""),
    ],
)
def test_a_script_that_did_not_start(body: bytes, reason: str) -> None:
    assert answers.script_result(body).failed
    assert answers.script_result(body).reason == reason


def test_a_script_of_which_nothing_is_said() -> None:
    assert answers.script_result(script()) == ScriptAnswer(started=True)


def test_what_a_script_answers_by_itself_stays_as_it_is() -> None:
    assert answers.script_text("  два\r\n".encode()) == "  два\r\n"
    assert answers.script_text("два".encode("koi8-r"), "koi8-r") == "два"
    assert answers.script_text(b"") == ""


# --- the licence -------------------------------------------------------------------------------


def test_the_licence_in_words() -> None:
    assert answers.license_text("\r\n Лицензия\r\n".encode("cp1251")) == "Лицензия"


def test_the_licences_certificate() -> None:
    body = f"{DECLARATION}<license><seats>50</seats></license>\n".encode("utf-16")
    assert answers.license_xml(body) == f"{DECLARATION}<license><seats>50</seats></license>".strip()
    assert problem_of(answers.license_xml, b"<html><br></html>") is AnswerProblem.NOT_XML
    assert problem_of(answers.license_xml, b"<!DOCTYPE a><a/>") is AnswerProblem.NOT_XML


@pytest.mark.parametrize(
    "body",
    [b"1234567", b" 1234567\r\n", mapper("license", '<p key="regserial" value="1234567"/>')],
)
def test_the_licences_number(body: bytes) -> None:
    assert answers.license_number(body) == "1234567"


@pytest.mark.parametrize("body", [b"", b" \r\n", "\ufeff".encode("utf-16-le")])
def test_a_licence_without_such_a_fact(body: bytes) -> None:
    assert answers.license_number(body) is None
    assert answers.license_date(body) is None


def test_the_licences_dates() -> None:
    assert answers.license_date(b"31.12.2026") == date(2026, 12, 31)
    assert answers.license_date(b"<a>01.02.2027</a>") == date(2027, 2, 1)
    assert answers.license_date(b"01.01.0001") is None


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "utf-16"])
def test_a_licence_that_never_ends_has_no_date(encoding: str) -> None:
    assert answers.license_date("Не ограничена".encode(encoding)) is None
    assert answers.license_date("бессрочно\r\n".encode(encoding)) is None


@pytest.mark.parametrize(
    "body",
    [b"31.02.2026", b"2026-12-31", b"<a>soon</a>", b"{}", b"01.01.2026 02.01.2026", b"x" * 9000],
)
def test_what_is_no_date(body: bytes) -> None:
    assert problem_of(answers.license_date, body) is AnswerProblem.OF_ANOTHER_KIND


# --- files -------------------------------------------------------------------------------------


def test_what_became_of_files() -> None:
    body = (
        DECLARATION
        + r"""<uploadfilesresult count="3">
   <file name="1.jpg" saved="1" size="13277" path="C:\Oktell\Temp\UploadData\1.jpg"/>
   <file name="заметка.txt" saved="0"/><file path="D:\x"/><file name="a" saved="?" size="-1"/>
 </uploadfilesresult>"""
    )
    assert answers.uploaded_files(body.encode()) == [
        UploadedFile("1.jpg", saved=True, size=13277, path=r"C:\Oktell\Temp\UploadData\1.jpg"),
        UploadedFile("заметка.txt", saved=False),
        UploadedFile("", saved=True, path="D:\\x"),
        UploadedFile("a", saved=False),
    ]


# --- calls -------------------------------------------------------------------------------------

CHAIN: dict[str, Any] = {
    "createtime": "2011-07-27 14:41:28",
    "trace": [
        {
            "userlogin": "Dima",
            "isuser": True,
            "queuepriority": 10,
            "contentelementtype": "call",
            "srclinenumber": "17002",
            "userid": DIMA.upper(),
            "calledid": "183",
            "istask": False,
            "pbxdirection": "internal",
            "srclineid": "e76c86ea-a28a-4519-b4ff-8879a92c62b7",
            "callerid": "#999",
            "department": "Программисты",
            "startqueuetime": "2011-07-27 14:41:29",
            "username": "Дмитрий Евгеньевич",
        },
        {
            "contentelementtype": "commutation",
            "connectiontype": 3,
            "connectiontypestr": "ctInnerInner",
            "commutationid": "8fc371f2-ae36-4744-ae7f-bee8c79385a8",
            "isrecorded": True,
            "timestart": "2011-07-27 14:41:29",
            "timeanswer": "2011-07-27 14:41:31",
            "atext": "Дмитрий Евгеньевич",
            "aoutnumber": "#999",
            "anumberdialed": "183",
            "auserid": DIMA,
            "auserlogin": "Dima",
            "ausername": "Дмитрий Евгеньевич",
            "aisuser": True,
            "alineid": "e76c86ea-a28a-4519-b4ff-8879a92c62b7",
            "alinenumber": "17002",
            "btext": "Виктор Викторыч",
            "boutnumber": "183",
            "bnumberdialed": "",
            "buserid": VIKTOR,
            "buserlogin": "VIKTIRICH",
            "busername": "Виктор Викторыч",
            "bisuser": True,
            "blineid": NOBODY,
            "blinenumber": 17001,
        },
    ],
    "customfield": "",
    "chainid": "c7b333a5-93b3-4277-8c60-9844d63a4732",
}
INFO: dict[str, Any] = {
    "abonentinfo": {
        "cansendfiles": False,
        "isconference": False,
        "callerlineid": "070aafb0-f47c-4df5-a01f-7bb08ceee269",
        "callercomment": "",
        "isuser": True,
        "callername": "Виктор Викторыч",
        "canswitchtoconf": False,
        "callerusername": "Виктор Викторыч",
        "commutationid": "21164dde-0c43-46cf-b00f-77bd51cbe284",
        "calleruserlogin": "VIKTIRICH",
        "callerdescription": "",
        "callerlinenum": "17001",
        "isivr": False,
        "callerid": "183",
        "callersimple": "Виктор Викторыч",
        "calleruserid": VIKTOR,
        "canfax": True,
        "canvideo": False,
        "chainid": "b8b552d1-7cb9-4469-a45d-451f27516af1",
        "isextline": False,
    },
    "currentlinestatestr": "lsCommutated",
    "currentlinestate": 32,
}


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_what_a_call_consists_of() -> None:
    content = answers.chain_content(written(CHAIN))
    called, connection = content.trace
    assert called == ChainCall(
        user=DIMA,
        login="Dima",
        user_name="Дмитрий Евгеньевич",
        department="Программисты",
        called="183",
        caller="#999",
        direction="internal",
        line="e76c86ea-a28a-4519-b4ff-8879a92c62b7",
        line_number="17002",
        since=at("14:41:29"),
    )
    assert connection == ChainConnection(
        id="8fc371f2-ae36-4744-ae7f-bee8c79385a8",
        kind="ctInnerInner",
        a=Side(
            text="Дмитрий Евгеньевич",
            number="#999",
            dialed="183",
            user=DIMA,
            login="Dima",
            user_name="Дмитрий Евгеньевич",
            is_user=True,
            line="e76c86ea-a28a-4519-b4ff-8879a92c62b7",
            line_number="17002",
        ),
        b=Side(
            text="Виктор Викторыч",
            number="183",
            user=VIKTOR,
            login="VIKTIRICH",
            user_name="Виктор Викторыч",
            is_user=True,
            line_number="17001",
        ),
        recorded=True,
        started=at("14:41:29"),
        answered=at("14:41:31"),
    )
    assert content.id == "c7b333a5-93b3-4277-8c60-9844d63a4732"
    assert content.created == at("14:41:28")
    assert content.details == CHAIN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251"])
def test_calls_in_any_encoding(encoding: str) -> None:
    body = json.dumps(INFO, ensure_ascii=False).encode(encoding)
    assert answers.abonent_info(body) == answers.abonent_info(written(INFO))


def test_who_is_on_the_other_side() -> None:
    info = answers.abonent_info(written(INFO))
    assert info == AbonentInfo(
        line_state=COMMUTATED,
        abonent=Abonent(
            number="183",
            name="Виктор Викторыч",
            user=VIKTOR,
            login="VIKTIRICH",
            user_name="Виктор Викторыч",
            is_user=True,
            line="070aafb0-f47c-4df5-a01f-7bb08ceee269",
            line_number="17001",
            can_fax=True,
            chain="b8b552d1-7cb9-4469-a45d-451f27516af1",
            connection="21164dde-0c43-46cf-b00f-77bd51cbe284",
        ),
        details=INFO,
    )
    assert info.connected


def test_a_caller_from_outside() -> None:
    outside = {"callerid": "", "calledid": 79161234567, "isextline": "1", "callersimple": "Завод"}
    abonent = answers.abonent_info(written({"abonentinfo": outside})).abonent
    assert abonent == Abonent(number="79161234567", name="Завод", is_external=True)


IDLE = [
    b"",
    b" \r\n",
    b"\0",
    b"\xff\xfe",
    b"{}",
    b"null",
    b"[]",
    b'""',
    b"0",
    b"false",
    b'{"abonentinfo":{}}',
    b'{"abonentinfo":null}',
    b'{"abonentinfo":[]}',
    b'{"abonentinfo":""}',
    written({"abonentinfo": {"callerid": "", "isuser": False, "canfax": True, "chainid": NOBODY}}),
    b'{"trace":[]}',
    b'{"trace":null,"chainid":""}',
    b'{"content":{}}',
    b'{"result":1,"content":null}',
]


@pytest.mark.parametrize("body", IDLE)
def test_a_line_without_a_call(body: bytes) -> None:
    info = answers.abonent_info(body)
    assert (info.line_state, info.abonent, info.connected) == ("", None, False)
    content = answers.chain_content(body)
    assert (content.id, content.created, content.trace) == (None, None, ())


def test_a_chain_within_another_answer() -> None:
    assert answers.chain_content(written({"result": 1, "content": CHAIN})) == answers.chain_content(
        written(CHAIN)
    )


@pytest.mark.parametrize(
    ("answer", "is_connected"),
    [
        ({"currentlinestatestr": "lsCommutated"}, True),
        ({"currentlinestate": 32}, True),
        ({"currentlinestate": "32"}, True),
        ({"currentlinestate": 4}, False),
        ({**INFO, "currentlinestatestr": "lsReserved"}, False),
        ({"abonentinfo": INFO["abonentinfo"]}, True),
        ({"abonentinfo": {"callerid": "183"}}, False),
    ],
)
def test_whether_a_line_is_in_a_call(answer: dict[str, Any], is_connected: Any) -> None:
    assert answers.abonent_info(written(answer)).connected is is_connected


# --- what is not as it should be ---------------------------------------------------------------

BAD = [None, True, False, -1, 32, 1e300, 2**70, "", " ", "x", "x" * (TEXT_LENGTH + 1), [], [[]], {}]


@pytest.mark.parametrize("field", INFO["abonentinfo"])
@pytest.mark.parametrize("bad", [*BAD, ...])
def test_a_bad_field_spoils_no_other(field: str, bad: Any) -> None:
    fields = {**INFO["abonentinfo"], field: bad}
    if bad is ...:
        del fields[field]
    abonent = answers.abonent_info(written({"abonentinfo": fields})).abonent
    good = answers.abonent_info(written(INFO)).abonent
    assert abonent
    assert good
    differences = [got for got, expected in zip(abonent, good, strict=True) if got != expected]
    assert len(differences) <= 1
    assert all(type(got) in {str, bool, type(None)} for got in differences)


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize("bad", BAD)
def test_bad_fields_of_a_chain(part: int, bad: Any) -> None:
    for field in CHAIN["trace"][part]:
        trace = [dict(each) for each in CHAIN["trace"]]
        trace[part][field] = bad
        content = answers.chain_content(written({**CHAIN, "trace": trace}))
        other = 1 - part if len(content.trace) == 2 else 0
        expected = answers.chain_content(written(CHAIN)).trace[1 - part]
        assert content.trace[other] == expected
    for field in CHAIN:
        assert isinstance(answers.chain_content(written({**CHAIN, field: bad})), ChainContent)


@pytest.mark.parametrize(
    "time",
    ["2011-07-27 14:41:28", "2011-07-27T14:41:28", "27.07.2011 14:41:28", " 2011-07-27 14:41:28"],
)
def test_times_have_no_zone(time: str) -> None:
    assert answers.chain_content(written({"createtime": time})).created == at("14:41:28")


@pytest.mark.parametrize("time", ["0001-01-01 00:00:00", "2011-02-30 00:00:00", "now", "14:41", 5])
def test_what_is_no_time(time: Any) -> None:
    assert answers.chain_content(written({"createtime": time})).created is None


def test_everything_is_bounded() -> None:
    part = {"contentelementtype": "call"}
    content = answers.chain_content(written({"trace": [part] * 1000, "x": "y" * 20_000}))
    assert len(content.trace) == TRACE
    assert len(content.details["trace"]) == ITEMS
    assert len(content.details["x"]) == WORDS_LENGTH
    many = answers.chain_content(written({str(key): 1 for key in range(1000)} | {"k" * 2000: 1}))
    assert len(many.details) == ITEMS


def test_details_are_not_deep() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    details: Any = answers.chain_content(written({"a": deep})).details["a"]
    depth = 0
    while details:
        depth, details = depth + 1, details[0]
    assert depth == DEPTH - 1
    assert problem_of(answers.chain_content, b'{"a":' * 5000) is AnswerProblem.NOT_JSON


PAGE = b"<!DOCTYPE html><html><head><title>Router</title></head><body>Log in</body></html>"


@pytest.mark.parametrize(
    ("reader", "problem"),
    [
        (answers.user_state, AnswerProblem.NOT_XML),
        (answers.free_users, AnswerProblem.NOT_XML),
        (answers.script_result, AnswerProblem.NOT_XML),
        (answers.license_xml, AnswerProblem.NOT_XML),
        (answers.license_number, AnswerProblem.OF_ANOTHER_KIND),
        (answers.license_date, AnswerProblem.OF_ANOTHER_KIND),
        (answers.uploaded_files, AnswerProblem.NOT_XML),
        (answers.chain_content, AnswerProblem.NOT_JSON),
        (answers.abonent_info, AnswerProblem.NOT_JSON),
    ],
)
def test_somebody_elses_page(reader: Callable[[bytes], Any], problem: AnswerProblem) -> None:
    assert problem_of(reader, PAGE) is problem


@pytest.mark.parametrize(
    "reader",
    [answers.user_state, answers.free_users, answers.script_result, answers.uploaded_files],
)
def test_xml_of_another_kind(reader: Callable[[bytes], Any]) -> None:
    assert problem_of(reader, b"<html/>") is AnswerProblem.OF_ANOTHER_KIND


@pytest.mark.parametrize("body", [b"[1]", b"1", b'"text"', b"true"])
def test_json_of_another_kind(body: bytes) -> None:
    assert problem_of(answers.abonent_info, body) is AnswerProblem.OF_ANOTHER_KIND
    assert problem_of(answers.chain_content, body) is AnswerProblem.OF_ANOTHER_KIND


@pytest.mark.parametrize("reader", READERS)
def test_an_answer_may_not_be_too_long(reader: Callable[[bytes], Any]) -> None:
    assert problem_of(reader, b" " * (SIZE + 1)) is AnswerProblem.TOO_LONG


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from([*CHAIN, *CHAIN["trace"][1], *INFO, *INFO["abonentinfo"], "content"]),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=20,
)
BODIES = st.one_of(
    st.binary(),
    st.text().map(str.encode),
    JSON.map(written),
    st.sampled_from([user(value="1"), script(STARTED, RESULT), written(CHAIN), written(INFO)]),
)


@pytest.mark.parametrize("reader", READERS)
@given(
    body=BODIES,
    charset=st.one_of(st.none(), st.sampled_from(["utf-16", "koi8-r", "hex"])),
    start=st.integers(0, 400),
    length=st.integers(0, 4),
)
def test_anything_is_an_answer_or_an_answer_error(
    reader: Callable[[bytes, str | None], Any],
    body: bytes,
    charset: str | None,
    start: int,
    length: int,
) -> None:
    spoiled = body[:start] + body[start + length :]
    with suppress(AnswerError):
        reader(spoiled, charset)
