"""All XML of the server: what is found in it, and what an enemy could hide there."""

import tracemalloc

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.oktell.xml import (
    DEPTH,
    ELEMENTS,
    LENGTH,
    NAME_LENGTH,
    PROPERTIES,
    Document,
    Element,
    Property,
    XmlError,
    XmlProblem,
    read_xml,
)

DECLARATION = '<?xml version="1.0" encoding="utf-16"?>\n'
# The vendor's pages, and a real answer.
STATE = (
    DECLARATION
    + """ <oktellxmlmapper version="80710">
   <data name="userstate" count="1">
     <property_set name="user" id="da803f01-ea77-40fa-bc9d-e2efb36fd5a8">
       <property_simple key="id" value="da803f01-ea77-40fa-bc9d-e2efb36fd5a8" />
       <property_simple key="state" value="1" name="usReady" />
     </property_set>
   </data>
 </oktellxmlmapper>
"""
)
EVENT = (
    DECLARATION
    + """<oktellcommapper version="80710">
 <data>
   <event id="112" name="notify">
     <property_simple key="autohide" value="1" />
     <property_cdata key="sender"><![CDATA[Служба связи]]></property_cdata>
     <property_cdata key="text"><![CDATA[<b>Зарегистрирована линия</b> & 16016]]></property_cdata>
   </event>
 </data>
</oktellcommapper>"""
)
GROUP = (
    '<?xml version="1.0" encoding="utf-8"?><group name="120" ready="2" busy="3">'
    '<element name="223"/><element name="227"/></group>'
)


def problem_of(source: bytes | str) -> XmlProblem:
    with pytest.raises(XmlError) as caught:
        read_xml(source)
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


def only(document: Document, kind: str) -> Element:
    (element,) = document.of_kind(kind)
    return element


# --- what it says ------------------------------------------------------------------------------


def test_an_answer() -> None:
    document = read_xml(STATE)
    assert document.complete
    assert [element.kind for element in document.elements] == [
        "oktellxmlmapper",
        "data",
        "property_set",
    ]
    assert document.root.attributes == {"version": "80710"}
    user = only(document, "property_set")
    assert (user.name, user.id) == ("user", "da803f01-ea77-40fa-bc9d-e2efb36fd5a8")
    assert user.properties == {
        "id": Property("da803f01-ea77-40fa-bc9d-e2efb36fd5a8"),
        "state": Property("1", "usReady"),
    }


def test_an_event() -> None:
    event = only(read_xml(EVENT), "event")
    assert (event.id, event.name) == ("112", "notify")
    assert event.properties == {
        "autohide": Property("1"),
        "sender": Property("Служба связи"),
        "text": Property("<b>Зарегистрирована линия</b> & 16016"),
    }


def test_an_answer_without_properties() -> None:
    document = read_xml(GROUP)
    assert document.root == Element("group", {"name": "120", "ready": "2", "busy": "3"}, {})
    assert [element.name for element in document.of_kind("element")] == ["223", "227"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [STATE, EVENT, GROUP])
def test_the_declared_encoding_is_not_believed(text: str, encoding: str) -> None:
    assert read_xml(text.encode(encoding)) == read_xml(text)
    assert read_xml(f" \r\n{text}".encode(encoding)) == read_xml(text)


def test_marks_and_nuls_around_it() -> None:
    assert read_xml(b"\0" + STATE.encode() + b"\0\0") == read_xml(STATE)
    assert read_xml(f"\ufeff \0{STATE}") == read_xml(STATE)


def test_short_names() -> None:
    short = (
        '<oktellcommapper version="80710"><d n="userstate"><s n="user" i="7">'
        '<p k="state" v="1" n="usReady"/><c k="text"><![CDATA[a]]></c></s></d></oktellcommapper>'
    )
    user = only(read_xml(short), "property_set")
    assert (user.name, user.id) == ("user", "7")
    assert user.properties == {"state": Property("1", "usReady"), "text": Property("a")}


def test_names_in_capitals() -> None:
    event = only(
        read_xml('<A><Event ID="1"><P KEY="NewState" Value="2"/></Event></A>'),
        "event",
    )
    assert event.id == "1"
    assert event.properties == {"newstate": Property("2")}


def test_properties_belong_to_what_they_lie_in() -> None:
    document = read_xml(
        '<r><property_simple key="a" value="0"/><event id="1"><property_simple key="a" value="1"/>'
        '<property_set name="s"><property_simple key="a" value="2"/></property_set>'
        '<property_simple key="b" value="3"/></event></r>'
    )
    assert [(element.kind, element.properties) for element in document.elements] == [
        ("r", {"a": Property("0")}),
        ("event", {"a": Property("1"), "b": Property("3")}),
        ("property_set", {"a": Property("2")}),
    ]


def test_a_property_may_have_a_name_a_value_or_a_text() -> None:
    document = read_xml(
        '<r><p key="name" name="n"/><p key="value" value="v"/><p key="text">t</p><p key="none"/>'
        '<p key="both" value="v">t</p><p key="blank" value="v"> </p></r>'
    )
    assert document.root.properties == {
        "name": Property("", "n"),
        "value": Property("v"),
        "text": Property("t"),
        "none": Property(),
        "both": Property("t"),
        "blank": Property("v"),
    }


def test_what_is_not_known_is_kept() -> None:
    document = read_xml('<r><news a="1"><x key="k" value="v"/></news></r>')
    assert document.elements[1] == Element("news", {"a": "1"}, {"k": Property("v")})


# --- what an enemy could hide ------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;&b;">]><a b="&c;"/>',
        "<!DOCTYPE a><a/>",
        "<a>" * (DEPTH + 1) + "</a>" * (DEPTH + 1),
    ],
)
def test_document_types_and_depth_are_refused(source: str) -> None:
    assert problem_of(source) is XmlProblem.FORBIDDEN
    assert problem_of(source.encode()) is XmlProblem.FORBIDDEN


@pytest.mark.parametrize(
    "source",
    [
        "",
        " ",
        "text",
        "{}",
        "<a>",
        "<a/><b/>",
        "<a/>text",
        "<a b=c/>",
        '<a b="1" b="2"/>',
        "<a>&x;</a>",
        "<a>\x01</a>",
        "<a>\ud800</a>",
        b"\xff\xfe",
        b"\0",
        STATE[:-20],
    ],
)
def test_what_is_no_xml(source: bytes | str) -> None:
    assert problem_of(source) is XmlProblem.NOT_XML


def test_a_document_may_not_be_too_long() -> None:
    assert problem_of("<a>" + " " * LENGTH + "</a>") is XmlProblem.TOO_LONG
    assert problem_of(b"\xff\xfe" + b" \0" * (LENGTH + 1)) is XmlProblem.TOO_LONG
    assert problem_of(f"<{'a' * 2000}/>") is XmlProblem.TOO_LONG
    value = "x" * (LENGTH - 40)
    assert read_xml(f'<a><p key="k" value="{value}"/></a>').root.properties["k"].value == value


def test_what_is_too_much_is_left_out() -> None:
    many = read_xml("<r>" + "<e/>" * (ELEMENTS + 5) + "</r>")
    assert (len(many.elements), many.complete) == (ELEMENTS, False)
    many = read_xml("<r>" + "".join(f'<p key="{n}"/>' for n in range(300)) + "</r>")
    assert (len(many.root.properties), many.complete) == (PROPERTIES, False)
    many = read_xml("<r " + " ".join(f'a{n}="1"' for n in range(300)) + "/>")
    assert (len(many.root.attributes), many.complete) == (PROPERTIES, False)
    long = "x" * (NAME_LENGTH + 1)
    for source in (f'<r id="{long}"/>', f'<r {long}="1"/>', f'<r><p key="{long}"/></r>'):
        document = read_xml(source)
        assert (document.root, document.complete) == (Element("r", {}, {}), False)


def test_a_hostile_document_takes_little_memory() -> None:
    source = "<r>" + "<e/>" * (LENGTH // 4 - 10) + "</r>"
    tracemalloc.start()
    try:
        read_xml(source)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 40 * 1024 * 1024


# --- whatever else may come --------------------------------------------------------------------


def is_bounded(document: Document) -> bool:
    return all(
        len(element.properties) <= PROPERTIES and len(element.attributes) <= PROPERTIES
        for element in document.elements
    )


@given(st.one_of(st.binary(), st.text()))
def test_anything_is_a_document_or_an_xml_error(source: bytes | str) -> None:
    try:
        document = read_xml(source)
    except XmlError:
        return
    assert document.root.kind
    assert is_bounded(document)


@given(
    st.sampled_from([STATE, EVENT, GROUP]).map(str.encode),
    st.integers(0, 600),
    st.integers(0, 20),
    st.binary(max_size=20),
)
def test_a_spoiled_document_is_one_or_an_xml_error(
    source: bytes, start: int, length: int, instead: bytes
) -> None:
    try:
        document = read_xml(source[:start] + instead + source[start + length :])
    except XmlError:
        return
    assert is_bounded(document)


TAGS = st.sampled_from(["data", "event", "property_set", "s", "p", "file", "x:y", "имя"])
KEYS = st.sampled_from(["key", "k", "value", "name", "n", "id", "KEY"])
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)


def escaped(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text if letter not in "\ufffe\uffff")


ELEMENT = st.recursive(
    TEXT.map(escaped),
    lambda inner: st.tuples(TAGS, st.dictionaries(KEYS, TEXT), st.lists(inner, max_size=4)).map(
        lambda made: (
            f"<{made[0]}"
            + "".join(f' {key}="{escaped(value)}"' for key, value in made[1].items())
            + f">{''.join(made[2])}</{made[0]}>"
        )
    ),
    max_leaves=20,
)


@given(ELEMENT)
def test_any_tree_is_read(content: str) -> None:
    document = read_xml(f"<r>{content}</r>".encode())
    assert document.root.kind == "r"
    assert document.complete
