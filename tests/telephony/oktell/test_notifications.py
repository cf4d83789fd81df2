"""What is posted: every event of the vendor's page, in every shape that it may come in, and what is none."""

import base64
import codecs
from datetime import datetime
import json
import tracemalloc
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.oktell.notifications import (
    EVENTS,
    EVENTS_MOST,
    FIELD_LENGTH,
    FIELDS_MOST,
    NAME_LENGTH,
    NOTIFY_TYPES,
    POST_LENGTH,
    TEXT_LENGTH,
    TWINS,
    JsonEvent,
    NotificationError,
    NotificationProblem,
    Notify,
    NotifyType,
    Other,
    PersonalState,
    PersonalStates,
    Request,
    ServerRequest,
    StateChanged,
    UserMessage,
    Voicemail,
    decode_post,
)
from custom_components.office_cti.telephony.oktell.states import UserState

# --- the vendor's examples ---------------------------------------------------------------------

DECLARATION = '<?xml version="1.0" encoding="utf-16"?>\n'


def document(*events: str) -> str:
    return (
        f'{DECLARATION} <oktellcommapper version="80710">\n <data>\n{"".join(events)}'
        " </data>\n </oktellcommapper>"
    )


def event(event_id: object, name: str, inside: str = "") -> str:
    return f"   <event id={quoteattr(str(event_id))} name={quoteattr(name)}>{inside}</event>\n"


def simple(key: str, value: str, name: str | None = None) -> str:
    named = "" if name is None else f" name={quoteattr(name)}"
    return f"<property_simple key={quoteattr(key)} value={quoteattr(value)}{named} />\n"


def cdata(key: str, text: str) -> str:
    return f'<property_cdata key="{key}"><![CDATA[{text}]]></property_cdata>\n'


SHUTDOWN = document('<event id="101" name="shutdownrequested" />')
STATE_CHANGED = document(
    event(
        111,
        "userstatechanged",
        simple("newstate", "7", "usWOphone") + simple("redirect", "0"),
    )
)
NOTIFY = document(
    event(
        112,
        "notify",
        simple("guid", "00000000-0000-0000-0000-000000000000")
        + simple("autohide", "1")
        + simple("backcolor_argb", "0")
        + simple("type", "8", "nltPBXinfo")
        + simple("datetime", "12.07.2008 18:35:06")
        + simple("dbsaved", "1")
        + cdata("sender", "Служба связи")
        + cdata("text", "Зарегистрирована линия 16016"),
    )
)
VOICEMAIL = document('<event id="113" name="voicemail" />')
USER_MESSAGE = document(
    event(
        112,  # so it stands on the page
        "usermessage",
        simple("guid", "37ccb224-ff71-3836-c410-a73782ef8d19")
        + simple("datetime", "12.07.2008 20:29:11")
        + simple("senderid", "d03a522f-b399-aa37-cb2a-943cf24d113e")
        + cdata("sendername", "Бочкарев Евгений")
        + cdata("text", "Зайди плиз как освободишься.."),
    )
)
TOLD = {
    SHUTDOWN: ServerRequest(Request.SHUTDOWN, {}),
    STATE_CHANGED: StateChanged(UserState.NO_PHONE, redirect=False, extra={}),
    NOTIFY: Notify(
        guid="00000000-0000-0000-0000-000000000000",
        autohide=True,
        color=None,
        type=NotifyType.PBX_INFORMATION,
        time=datetime(2008, 7, 12, 18, 35, 6),  # noqa: DTZ001 -- the server's zone
        saved=True,
        sender="Служба связи",
        text="Зарегистрирована линия 16016",
        extra={},
    ),
    VOICEMAIL: Voicemail({}),
    USER_MESSAGE: UserMessage(
        guid="37ccb224-ff71-3836-c410-a73782ef8d19",
        time=datetime(2008, 7, 12, 20, 29, 11),  # noqa: DTZ001 -- the server's zone
        sender_id="d03a522f-b399-aa37-cb2a-943cf24d113e",
        sender_name="Бочкарев Евгений",
        text="Зайди плиз как освободишься..",
        extra={},
    ),
}


def told_of(post: str | bytes):
    """Return the one notification in a post."""
    (told,) = decode_post(post if isinstance(post, bytes) else post.encode())
    return told


def problem_of(post: str | bytes) -> NotificationProblem:
    with pytest.raises(NotificationError) as caught:
        decode_post(post if isinstance(post, bytes) else post.encode())
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


@pytest.mark.parametrize("example", TOLD, ids=lambda example: type(TOLD[example]).__name__)
@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        lambda text: text.encode("cp1251"),
    ],
    ids=["utf-8", "utf-8 bom", "le", "be", "le bom", "be bom", "cp1251"],
)
def test_the_vendors_examples_in_every_encoding(example, encode):
    assert told_of(encode(example)) == TOLD[example]


# --- shapes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heading", ["xmlevent ", "12.07.2008 18:35:06.123 xmlevent: ", "[18:35:06] -> "]
)
@pytest.mark.parametrize("declaration", [DECLARATION, ""])
def test_lines_of_the_log(heading, declaration):
    lines = [f"{heading}{declaration}{each.removeprefix(DECLARATION)}" for each in TOLD]
    assert decode_post("\r\n".join(lines).encode()) == list(TOLD.values())


def test_several_documents_without_anything_between_them():
    assert decode_post("".join(TOLD).encode()) == list(TOLD.values())


def test_several_events_in_one_document():
    post = document(event(113, "voicemail"), event(101, "shutdownrequested"))
    assert decode_post(post.encode()) == [Voicemail({}), ServerRequest(Request.SHUTDOWN, {})]


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "<data>{}</data>",
        "<oktellcommapper>{}</oktellcommapper>",
        '<oktellxmlmapper><data><property_set name="x">{}</property_set></data></oktellxmlmapper>',
        '<?xml version="1.0"?><whatever>{}</whatever>',
        "<!-- a > b --><data>{}</data><!-- <event/> -->",
        '<?xml version="1.0"?><?other <event/> ?><data>{}</data>',
    ],
)
def test_an_event_lies_anywhere(wrapped):
    assert told_of(wrapped.format(event(113, "voicemail"))) == Voicemail({})


def test_short_names_of_tags_and_attributes():
    inside = '<d><e i="111" n="userstatechanged"><p k="newstate" v="1"/></e></d>'
    post = f"<oktellcommapper>{inside}</oktellcommapper>"
    assert told_of(post) == StateChanged(UserState.READY, extra={})


def test_a_text_within_is_no_document():
    """Whoever writes a message to a user cannot have anything else told by it."""
    text = f"{'</event></data></oktellcommapper>'}{SHUTDOWN}<![CDATA[<!DOCTYPE a>"
    assert told_of(document(event(114, "usermessage", cdata("text", text)))).text == text
    hidden = document(event(114, "usermessage", simple("text", "", SHUTDOWN)))
    assert told_of(hidden).text == SHUTDOWN


def test_a_tag_may_hold_what_ends_one():
    post = document("<event name='voicemail' x='/>' y=\"'>\"/>")
    assert told_of(post) == Voicemail({})


# --- which event it is -------------------------------------------------------------------------


@pytest.mark.parametrize("event_id", EVENTS)
def test_an_event_is_known_by_its_id_or_its_name(event_id):
    name = EVENTS[event_id]
    told = told_of(document(event(event_id, name)))
    assert told_of(document(event(event_id, ""))) == told
    assert told_of(document(event("", name.upper()))) == told
    assert told_of(document(event(9_999, name))) == told  # the name counts more
    if type(told) is Other:
        assert told == Other(event_id, name, {})
        assert told.is_known


def test_the_table_is_the_pages():
    assert EVENTS.keys() == {
        *(101, 102, 103, 111, 112, 113, 114, 115, 121, 122, 123),
        *(201, 202, 203, 204, 211, 212, 213, 214),
        *range(231, 244),
        *range(261, 269),
    }


@pytest.mark.parametrize(
    ("event_id", "request_"),
    [(101, Request.SHUTDOWN), (102, Request.RESTART), (103, Request.SENDER_DISCONNECTED)],
)
def test_requests(event_id, request_):
    told = told_of(document(event(event_id, "", simple("reason", "5", "update"))))
    assert told == ServerRequest(request_, {"reason": "5", "reason_name": "update"})


@pytest.mark.parametrize("twin", TWINS)
def test_each_request_is_told_once(twin):
    original = twin - 13_000
    post = document(event(original, EVENTS[original]), event(twin, EVENTS[original]))
    assert decode_post(post.encode()) == decode_post(
        document(event(original, EVENTS[original])).encode()
    )
    assert decode_post(document(event(twin, "Shutdown")).encode()) == []


@pytest.mark.parametrize(
    ("event_id", "name", "expected"),
    [
        (269, "Conference<New>", Other(269, "Conference<New>")),
        ("", "something", Other(None, "something")),
        (0, "", Other(0, "")),
        ("-5", "x", Other(-5, "x")),
        ("1e3", "x", Other(None, "x")),
        ("٣", "x" * 500, Other(None, "x" * NAME_LENGTH)),
    ],
)
def test_unknown_events_pass_with_their_fields(event_id, name, expected):
    inside = simple("a", "1", "one") + cdata("b", "два")
    told = told_of(document(event(event_id, name, inside)))
    assert told == expected._replace(fields={"a": "1", "a_name": "one", "b": "два"})
    assert not told.is_known


def test_sets_within_an_event_are_kept():
    members = "".join(
        f'<property_set name="member" id="{n}">{simple("line", str(n))}</property_set>'
        for n in range(2)
    )
    inside = f'{simple("conf", "7")}<property_collection name="all">{members}</property_collection>'
    told = told_of(document(event(262, "conferencecompositionchanged", inside)))
    assert told == Other(
        262, "conferencecompositionchanged", {"conf": "7"}, ({"line": "0"}, {"line": "1"})
    )


# --- fields ------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", UserState)
def test_every_state_of_a_user(state):
    post = document(event(111, "", simple("newstate", str(int(state))) + simple("redirect", "1")))
    assert told_of(post) == StateChanged(state, redirect=True, extra={})


def test_a_state_may_be_told_by_its_name_alone():
    post = document(event(111, "", simple("newstate", "", "usLunch")))
    assert told_of(post) == StateChanged(UserState.BREAK, extra={})


@pytest.mark.parametrize("name", NOTIFY_TYPES)
def test_every_type_of_notification(name):
    code, expected = NOTIFY_TYPES[name]
    for written in (simple("type", str(code)), simple("type", "", name), simple("type", "?", name)):
        told = told_of(document(event(112, "", written)))
        assert (told.type, told.extra) == (expected, {})


def test_the_types_are_all_there_are():
    assert {kind for _, kind in NOTIFY_TYPES.values()} == set(NotifyType)


@pytest.mark.parametrize(
    ("argb", "color"),
    [
        ("0", None),
        ("-65536", "#ff0000"),
        ("4278190080", "#000000"),
        (str(0xFF12ABCD), "#12abcd"),
        (str(0x12ABCD), "#12abcd"),
        ("-1", "#ffffff"),
        (" -16777216 ", "#000000"),
    ],
)
def test_a_colour(argb, color):
    told = told_of(document(event(112, "", simple("backcolor_argb", argb))))
    assert (told.color, told.extra) == (color, {})


def test_ids_are_written_as_they_are_compared():
    inside = simple("guid", " {ABC-1} ") + simple("senderid", "D03A")
    told = told_of(document(event(114, "", inside)))
    assert (told.guid, told.sender_id) == ("abc-1", "d03a")


def test_a_text_stays_as_it_was_written():
    told = told_of(document(event(112, "", cdata("text", " one\n  two < three "))))
    assert told.text == " one\n  two < three "


WRONG = [
    (111, "newstate", "state", ["4", "usTalk", "-1", "7" * 400]),
    (111, "redirect", "redirect", ["2", "maybe", "1" * 400]),
    (112, "autohide", "autohide", ["yes", "11", "0" * 400]),
    (112, "dbsaved", "saved", ["10", "да"]),
    (112, "backcolor_argb", "color", ["red", "4294967296", "-2147483649", "9" * 400, "--1", "1.0"]),
    (112, "type", "type", ["6", "nltNew", "-8", "8" * 400]),
    (112, "datetime", "time", ["32.01.2008 00:00:00", "2008-07-12", "1" * 400, "0.0.0 0:0:0"]),
    (114, "datetime", "time", ["12.07.2008 24:00:00", "12.07.2008 18:35:06+03:00"]),
    (115, "state", "state", ["4", "free"]),
]


@pytest.mark.parametrize(
    ("event_id", "key", "name", "value"),
    [(event_id, key, name, value) for event_id, key, name, values in WRONG for value in values],
)
def test_what_cannot_be_read_is_kept_as_it_came(event_id, key, name, value):
    told = told_of(document(event(event_id, "", simple(key, value) + simple("new", "1"))))
    if event_id == 115:
        (told,) = told.objects
    assert getattr(told, name) is None
    assert told.extra == {key: value, "new": "1"}


# --- the numbering plan ------------------------------------------------------------------------

NUMBER = (
    '<property_set name="number" id="EA156BE4">'
    + simple("guid", "EA156BE4")
    + simple("prefix", "12")
    + cdata("caption", "Сметчики")
    + simple("state", "5", "usFullbusy")
    + simple("isgroup", "1")
    + "</property_set>"
)
USER = '<property_set name="user" id="F1">' + simple("numstateid", "1") + "</property_set>"
STATES = (
    PersonalState("number", "ea156be4", "12", "Сметчики", UserState.BUSY, {"isgroup": "1"}),
    PersonalState("user", "f1", "", "", UserState.READY, {}),
)


def test_states_of_the_numbering_plan():
    inside = f"{simple('count', '2')}<property_collection>{NUMBER}{USER}</property_collection>"
    told = told_of(document(event(115, "personalstatechanged", inside)))
    assert told == PersonalStates(STATES, {"count": "2"})


def test_a_state_of_the_numbering_plan_in_the_event_itself():
    inside = simple("userid", "F1") + simple("newstate", "3") + simple("num", "101")
    told = told_of(document(event(115, "personalstatechanged", inside)))
    assert told == PersonalStates((PersonalState("", "f1", "101", "", UserState.AWAY, {}),))
    assert told_of(document(event(115, "personalstatechanged"))) == PersonalStates()


def test_an_event_has_its_own_sets_only():
    post = document(
        event(115, "", NUMBER), event(113, ""), event(115, "", USER), "<data>", USER, "</data>"
    )
    first, second, third = decode_post(post.encode())
    assert first == PersonalStates(STATES[:1], {})
    assert second == Voicemail({})
    assert third.objects[0] == STATES[1]


# --- JSON, and forms ---------------------------------------------------------------------------

CHANGED = ["userstatechanged", {"userid": "A", "userstateid": 5, "имя": "Ё"}]
RING = ["phoneevent_ringstarted", {"callerid": "100", "qid": "1"}]
EVENTS_OF_JSON = [JsonEvent(method, body) for method, body in (CHANGED, RING)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_the_web_sockets_form(encoding):
    assert told_of(json.dumps(CHANGED, ensure_ascii=False).encode(encoding)) == EVENTS_OF_JSON[0]
    both = json.dumps([CHANGED, RING], ensure_ascii=False)
    assert decode_post(both.encode(encoding)) == EVENTS_OF_JSON


def test_an_event_may_have_no_body():
    assert decode_post(b'["ping"]') == [JsonEvent("ping", {})]
    assert decode_post(b'[["ping"], ["ping", {}]]') == [JsonEvent("ping", {})] * 2


@pytest.mark.parametrize("before", ["", "type=event&"])
@pytest.mark.parametrize("after", ["", "&sign=1"])
@pytest.mark.parametrize("pack", [quote, str, lambda packed: packed.rstrip("=")])
def test_oktells_own_form(before, after, pack):
    body = json.dumps([CHANGED, RING], ensure_ascii=False).encode()
    packed = pack(base64.b64encode(body).decode())
    assert decode_post(f"{before}data={packed}{after}".encode()) == EVENTS_OF_JSON


def test_a_form_may_hold_xml_too():
    packed = base64.b64encode(USER_MESSAGE.encode("utf-16")).decode()
    assert told_of(f"data={packed}") == TOLD[USER_MESSAGE]


def test_a_form_is_not_looked_for_in_a_text():
    body = json.dumps(["chatmessage", {"text": "a&data=W10="}])
    assert told_of(body).method == "chatmessage"


# --- what is none of it ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("post", "problem"),
    [
        ("", NotificationProblem.NOTHING),
        ("hello", NotificationProblem.NOTHING),
        ("<html><body/></html>", NotificationProblem.NOTHING),
        ("<data><property_simple key='a' value='b'/></data>", NotificationProblem.NOTHING),
        ("[]", NotificationProblem.NOTHING),
        ("data=", NotificationProblem.NOTHING),
        (STATE_CHANGED[:-5], NotificationProblem.NOT_XML),
        ("<data><event></data></event>", NotificationProblem.NOT_XML),
        ("<event id=1/>", NotificationProblem.NOT_XML),
        ("<event>&nbsp;</event>", NotificationProblem.NOT_XML),
        ("{}", NotificationProblem.NOT_JSON),
        ("[1]", NotificationProblem.NOTHING),
        ("[[1]]", NotificationProblem.NOT_JSON),
        ('["a", 1]', NotificationProblem.NOT_JSON),
        ('["a", {}, 1]', NotificationProblem.NOT_JSON),
        ('["", {}]', NotificationProblem.NOT_JSON),
        ('[["a", {}], 1]', NotificationProblem.NOT_JSON),
        ('["a", {"b": NaN}]', NotificationProblem.NOT_JSON),
        ('["a", {"b": "\\ud800"}]', NotificationProblem.NOT_JSON),
        ('["a"', NotificationProblem.NOT_JSON),
        ("data=%%%", NotificationProblem.NOT_BASE64),
        ("data=a", NotificationProblem.NOT_BASE64),
        ("data=e30=", NotificationProblem.NOT_JSON),
        (f"data={base64.b64encode(b'data=W10=').decode()}", NotificationProblem.NOTHING),
    ],
)
def test_what_is_none(post, problem):
    assert problem_of(post) is problem


@pytest.mark.parametrize(
    "declared",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a [<!ENTITY b "c">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]>',
        '<!ENTITY b "c">',
    ],
)
@pytest.mark.parametrize("place", ["{}<data>{}</data>", "<data>{}{}</data>", "xmlevent {}{}"])
def test_a_document_type_is_refused(declared, place):
    post = place.format(declared, event(113, "voicemail"))
    assert problem_of(post) is NotificationProblem.FORBIDDEN
    assert problem_of(DECLARATION + post) is NotificationProblem.FORBIDDEN


def test_a_bomb_is_refused_before_it_grows():
    entities = "".join(
        f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(12)
    )
    bomb = f"<!DOCTYPE a [{entities}]><data><event name='&e11;'/></data>".encode()
    tracemalloc.start()
    assert problem_of(bomb) is NotificationProblem.FORBIDDEN
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * len(bomb)


def test_depth_is_bounded():
    for depth in (20, 5_000):
        deep = "<data>" * depth + event(113, "") + "</data>" * depth
        assert problem_of(deep) is NotificationProblem.FORBIDDEN
    assert problem_of("[" * 100_000) is NotificationProblem.NOT_JSON
    for depth in (20, 300, 1_000):
        for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            assert problem_of(f'["new", {{"a": {deep}}}]') is NotificationProblem.FORBIDDEN


def test_length_is_bounded():
    assert problem_of(b" " * (POST_LENGTH + 1)) is NotificationProblem.TOO_MUCH
    long = document(event(112, "", cdata("text", "x" * (POST_LENGTH // 2))))
    assert problem_of(long) is NotificationProblem.TOO_MUCH


def test_the_number_of_events_is_bounded():
    one = event(113, "voicemail")
    assert len(decode_post((one * EVENTS_MOST).encode())) == EVENTS_MOST
    assert len(decode_post(document(one * EVENTS_MOST).encode())) == EVENTS_MOST
    assert len(decode_post(json.dumps([["a"]] * EVENTS_MOST).encode())) == EVENTS_MOST
    many = one * (EVENTS_MOST + 1)
    for post in (many, document(many), json.dumps([["a"]] * (EVENTS_MOST + 1))):
        assert problem_of(post) is NotificationProblem.TOO_MUCH


def test_what_is_kept_is_bounded():
    huge = "я" * 20_000
    inside = "".join(simple(f"{n}{'k' * 500}", huge[:2_000]) for n in range(FIELDS_MOST + 5))
    for event_id in (101, 112, 113, 115, 231, 999):
        told = told_of(document(event(event_id, "", inside)))
        if event_id == 115:
            (told,) = told.objects
        kept = told.fields if isinstance(told, Other) else told.extra
        assert len(kept) == FIELDS_MOST
        assert {len(value) for value in kept.values()} == {FIELD_LENGTH}
        assert max(map(len, kept)) == NAME_LENGTH
    written = cdata("text", huge) + cdata("sender", huge) + simple("guid", huge)
    told = told_of(document(event(112, "", written)))
    assert (len(told.text), len(told.sender), len(told.guid)) == (
        TEXT_LENGTH,
        NAME_LENGTH,
        NAME_LENGTH,
    )


@pytest.mark.parametrize(
    "piece",
    ["<", "<a", "<e ", "<e a='", '<e a="', "<![CDATA[", "<!--", "<?xml ", "</a", "data=&", "é"],
)
def test_what_never_ends_is_gone_through_once(piece):
    """Gone through anew from each beginning, these would take minutes."""
    for post in (piece * (POST_LENGTH // len(piece) // 4), piece + " " * (POST_LENGTH // 2)):
        assert problem_of(post) in NotificationProblem


# --- anything ----------------------------------------------------------------------------------

KEYS = st.sampled_from(
    [
        *(key for _, key, _, _ in WRONG),
        *("guid", "sender", "text", "senderid", "sendername", "prefix", "caption", "new"),
    ]
)
XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
)
VALUES = st.one_of(XML_TEXT, st.integers().map(str))
PROPERTIES = st.lists(st.tuples(KEYS, VALUES, st.none() | XML_TEXT), max_size=8)
SETS = st.lists(PROPERTIES, max_size=3)


@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_any_bytes_are_notifications_or_none(post):
    try:
        decode_post(post)
    except NotificationError:
        return


@given(st.text(alphabet="<>/!?-[]CDATA&;=\"' eventdata").map(str.encode))
def test_any_markup_is_notifications_or_none(post):
    try:
        decode_post(b"<data>" + post + b"</data>")
    except NotificationError:
        return


@given(st.sampled_from([None, *EVENTS, 13101, 999]), XML_TEXT, PROPERTIES, SETS)
def test_any_field_may_hold_anything(event_id, name, properties, sets):
    inside = "".join(simple(*each) for each in properties)
    inside += "".join(
        f"<property_set>{''.join(simple(*each) for each in each_set)}</property_set>"
        for each_set in sets
    )
    post = document(event("" if event_id is None else event_id, name, inside)).encode()
    assert len(decode_post(post)) == (event_id not in TWINS)


@given(XML_TEXT, st.booleans())
def test_any_text_arrives(text, is_message):
    key, event_id = ("sendername", 114) if is_message else ("sender", 112)
    inside = f'<property_cdata key="text">{escape(text)}</property_cdata>' + simple(key, text)
    told = told_of(document(event(event_id, "", inside)))
    assert told.text == (text[:TEXT_LENGTH] if text.strip() else "")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_notifications_or_none(value):
    try:
        told = decode_post(json.dumps(value).encode())
    except NotificationError:
        return
    assert all(type(each) is JsonEvent for each in told)


@given(st.sampled_from(list(TOLD)), st.data())
def test_a_post_that_is_cut_off_is_none(example, data):
    length = data.draw(st.integers(0, len(example.encode()) - 1))
    with pytest.raises(NotificationError):
        decode_post(example.encode()[:length])
