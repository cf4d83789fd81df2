"""Sheets: what they say, and what an enemy could hide in one."""

import base64
import tracemalloc
from typing import Any
import zlib

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.readers import TEXT_LENGTH
from custom_components.office_cti.telephony.xivo.messages import SheetReceived
from custom_components.office_cti.telephony.xivo.readers import SHEET_LENGTH
from custom_components.office_cti.telephony.xivo.sheets import (
    FIELDS,
    XML_SIZE,
    Sheet,
    SheetError,
    SheetField,
    SheetPart,
    SheetProblem,
    read_sheet,
)

CHANNEL = "SIP/barometrix_jyldev-00000009"


def element(kind: str, value: str, **attributes: str) -> str:
    written = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f"<{kind}{written}><![CDATA[{value}]]></{kind}>"


def sheet_info(order: str, name: str, value: str, kind: str = "text") -> str:
    return element("sheet_info", value, order=order, name=name, type=kind)


def document(*elements: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><profile><user>'
        + "".join(elements)
        + "</user></profile>"
    )


def compressed(xml: str | bytes, announced: int | None = None) -> SheetReceived:
    data = xml.encode() if isinstance(xml, str) else xml
    length = len(data) if announced is None else announced
    payload = length.to_bytes(4) + zlib.compress(data, 9)
    return SheetReceived(base64.b64encode(payload).decode(), compressed=True)


def plain(xml: str | bytes) -> SheetReceived:
    data = xml.encode() if isinstance(xml, str) else xml
    return SheetReceived(base64.b64encode(data).decode(), compressed=False)


def read(*elements: str) -> Sheet:
    return read_sheet(compressed(document(*elements)))


def problem_of(message: SheetReceived) -> SheetProblem:
    with pytest.raises(SheetError) as caught:
        read_sheet(message)
    assert str(caught.value) == caught.value.problem.value
    return caught.value.problem


# The vendor's example.
EXAMPLE = document(
    element("internal", "xivo", name="ipbxid"),
    element("internal", "dial", name="where"),
    element("internal", CHANNEL, name="channel"),
    element("internal", "no", name="focus"),
    element("internal", "1", name="zip"),
    element("sheet_qtui", "", order="0010", name="qtui", type="None"),
    sheet_info("0010", "Nom", "0230210083", "title"),
    sheet_info("0030", "Origine", "extern"),
    sheet_info("0020", "Numéro", "0230210083"),
    element("systray_info", "Maricé Sapritchà", order="0010", name="Nom", type="title"),
    element("systray_info", "extern", order="0030", name="Origine", type="body"),
    element("systray_info", "0230210083", order="0020", name="Numéro", type="body"),
)
READ = Sheet(
    channel=CHANNEL,
    unique_id="",
    where="dial",
    ipbx_id="xivo",
    fields=(
        SheetField(SheetPart.SHEET, 10, "Nom", "title", "0230210083"),
        SheetField(SheetPart.SHEET, 20, "Numéro", "text", "0230210083"),
        SheetField(SheetPart.SHEET, 30, "Origine", "text", "extern"),
        SheetField(SheetPart.SYSTRAY, 10, "Nom", "title", "Maricé Sapritchà"),
        SheetField(SheetPart.SYSTRAY, 20, "Numéro", "body", "0230210083"),
        SheetField(SheetPart.SYSTRAY, 30, "Origine", "body", "extern"),
    ),
    form=(),
)

# --- what it says ------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [compressed, plain])
def test_the_vendors_example(make: Any) -> None:
    assert read_sheet(make(EXAMPLE)) == READ


def test_a_call_may_be_named_by_its_unique_id() -> None:
    sheet = read(element("internal", "1361444639.61", name="uid"))
    assert (sheet.channel, sheet.unique_id) == ("", "1361444639.61")


def test_the_messages_channel_counts() -> None:
    message = compressed(EXAMPLE)._replace(channel="SIP/e6fhff-00000007")
    assert read_sheet(message).channel == "SIP/e6fhff-00000007"


def test_an_action_and_a_field_without_a_type() -> None:
    sheet = read(
        element("action_info", "https://crm.invalid/1", order="10", name="crm", type="urlauto"),
        sheet_info("5", "a", "b", "None"),
    )
    assert sheet.fields == (
        SheetField(SheetPart.SHEET, 5, "a", "", "b"),
        SheetField(SheetPart.ACTION, 10, "crm", "urlauto", "https://crm.invalid/1"),
    )


def test_the_answers_that_a_form_asks_for() -> None:
    layout = (
        '<widget class="QLineEdit" name="XIVOFORM_name"/><widget class="QPushButton" name="save">'
        '<widget class="QLineEdit" name="XIVOFORM_note"/><widget name="XIVOFORM_name"/>'
    )
    sheet = read(element("sheet_qtui", layout, order="0010", name="qtui", type="None"))
    assert sheet.form == ("XIVOFORM_name", "XIVOFORM_note")
    assert not sheet.fields


def test_what_is_called_alike_and_says_something_else_is_told_beside_it() -> None:
    assert READ.values == {
        "Nom": "0230210083",
        "Numéro": "0230210083",
        "Origine": "extern",
        "Nom (2)": "Maricé Sapritchà",
    }


def test_what_has_no_name_is_called_by_what_it_is() -> None:
    sheet = read(
        sheet_info("1", "", "https://crm.invalid/1", "url"),
        sheet_info("2", "", "0145550123", "phone"),
        sheet_info("3", "", "Acme", "None"),
        sheet_info("4", "", "Paris", "None"),
    )
    assert sheet.values == {
        "url": "https://crm.invalid/1",
        "phone": "0145550123",
        "sheet_info": "Acme",
        "sheet_info (2)": "Paris",
    }


def test_all_the_values_of_a_sheet_are_told_whatever_they_are_called() -> None:
    alike = [sheet_info("1", "a", str(at)) for at in range(FIELDS)]
    assert list(read(*alike).values.values()) == [str(at) for at in range(FIELDS)]
    assert read(
        sheet_info("1", "a", "1"), sheet_info("2", "a (2)", "2"), sheet_info("3", "a", "3")
    ).values == {"a": "1", "a (2)": "2", "a (3)": "3"}


def test_values_that_look_like_markup_are_text() -> None:
    sheet = read(sheet_info("1", "a", "<b>&amp;</b>"))
    assert sheet.fields[0].value == "<b>&amp;</b>"
    assert read("<sheet_info name='a'>x &lt; y</sheet_info>").fields[0].value == "x < y"


def test_what_is_not_known_is_left_out() -> None:
    sheet = read(
        "<news><b>x</b></news>", "text", sheet_info("1", "a", "b"), element("internal", "x")
    )
    assert sheet.fields == (SheetField(SheetPart.SHEET, 1, "a", "text", "b"),)
    assert sheet.complete


@pytest.mark.parametrize("order", ["", "first", "-1", "1.5", "²", "9" * 30])
def test_an_order_that_is_none_is_the_first(order: str) -> None:
    assert read(sheet_info(order, "a", "b")).fields[0].order == 0


def test_an_empty_sheet() -> None:
    assert read() == Sheet("", "", "", "", (), ())


def test_the_encoding_that_it_claims_does_not_count() -> None:
    claiming = EXAMPLE.replace('"utf-8"', '"utf-16"')
    assert read_sheet(compressed(claiming)) == READ
    assert read_sheet(compressed(EXAMPLE.replace('"utf-8"', '"rot13"'))) == READ


# --- bounds ------------------------------------------------------------------------------------


def test_too_many_fields_are_left_out() -> None:
    sheet = read(*(sheet_info("1", f"{number}", "b") for number in range(FIELDS + 1)))
    assert len(sheet.fields) == FIELDS
    assert not sheet.complete


@pytest.mark.parametrize(
    "long",
    [
        sheet_info("1", "a", "x" * (TEXT_LENGTH + 1)),
        sheet_info("1", "x" * (TEXT_LENGTH + 1), "b"),
        sheet_info("1", "a", "b", "x" * (TEXT_LENGTH + 1)),
        element("internal", "x" * (TEXT_LENGTH + 1), name="channel"),
    ],
    ids=["value", "name", "type", "internal"],
)
def test_what_is_too_long_is_left_out(long: str) -> None:
    sheet = read(long, sheet_info("2", "a", "b"))
    assert sheet.fields == (SheetField(SheetPart.SHEET, 2, "a", "text", "b"),)
    assert not sheet.channel
    assert not sheet.complete


def test_too_many_answers_are_left_out() -> None:
    # Not alike, or it would inflate too far.
    names = "".join(f'<w name="XIVOFORM_{number**5}"/>' for number in range(FIELDS + 1))
    sheet = read(element("sheet_qtui", names, name="qtui"))
    assert len(sheet.form) == FIELDS
    assert not sheet.complete


# --- enemies -----------------------------------------------------------------------------------


def test_what_inflates_a_thousandfold_is_not_inflated() -> None:
    bomb = compressed(b" " * 20_000_000)
    assert len(bomb.payload) < SHEET_LENGTH
    tracemalloc.start()
    try:
        assert problem_of(bomb) is SheetProblem.TOO_LONG
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_what_lies_about_its_length_is_not_inflated_either() -> None:
    bomb = compressed(b" " * 20_000_000, announced=10)
    tracemalloc.start()
    try:
        assert problem_of(bomb) is SheetProblem.TOO_LONG
        assert tracemalloc.get_traced_memory()[1] < 3 * XML_SIZE
    finally:
        tracemalloc.stop()


def test_a_small_bomb_is_a_bomb() -> None:
    assert problem_of(compressed(b" " * 100_000)) is SheetProblem.TOO_LONG


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        (SheetReceived("A" * (SHEET_LENGTH + 4), compressed=False), SheetProblem.TOO_LONG),
        (SheetReceived("not base64!", compressed=True), SheetProblem.NOT_BASE64),
        (SheetReceived("AAA", compressed=True), SheetProblem.NOT_BASE64),
        (SheetReceived("é", compressed=True), SheetProblem.NOT_BASE64),
        (SheetReceived("", compressed=True), SheetProblem.NOT_COMPRESSED),
        (plain(bytes(4) + b"garbage")._replace(compressed=True), SheetProblem.NOT_COMPRESSED),
        (SheetReceived("AAAA", compressed=True), SheetProblem.NOT_COMPRESSED),
        (SheetReceived("AAAADA==", compressed=True), SheetProblem.TOO_LONG),
        (plain(EXAMPLE)._replace(compressed=True), SheetProblem.TOO_LONG),
        (compressed(EXAMPLE)._replace(compressed=False), SheetProblem.NOT_TEXT),
        (compressed(EXAMPLE, announced=2**32 - 1), SheetProblem.TOO_LONG),
        (plain(b"\xff\xfe"), SheetProblem.NOT_TEXT),
        (plain(EXAMPLE.encode("utf-16")), SheetProblem.NOT_TEXT),
        (plain(""), SheetProblem.NOT_XML),
        (plain("hello"), SheetProblem.NOT_XML),
        (plain("<profile>"), SheetProblem.NOT_XML),
        (plain("<profile></user>"), SheetProblem.NOT_XML),
        (plain(document("&unknown;")), SheetProblem.NOT_XML),
        (plain(document("\0")), SheetProblem.NOT_XML),
        (plain("<a>" * 100 + "</a>" * 100), SheetProblem.FORBIDDEN),
        (compressed(EXAMPLE)._replace(serial="json"), SheetProblem.UNKNOWN_FORM),
    ],
)
def test_what_is_no_sheet(message: SheetReceived, problem: SheetProblem) -> None:
    assert problem_of(message) is problem


def test_a_compressed_sheet_that_is_cut_is_none() -> None:
    payload = base64.b64decode(compressed(EXAMPLE).payload)
    cut = base64.b64encode(payload[:-5]).decode()
    assert problem_of(SheetReceived(cut, compressed=True)) is SheetProblem.NOT_COMPRESSED


LAUGHS = "".join(f'<!ENTITY lol{number} "{f"&lol{number - 1};" * 10}">' for number in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE profile>",
        f'<!DOCTYPE profile [<!ENTITY lol0 "lol">{LAUGHS}]>',
        '<!DOCTYPE profile [<!ENTITY file SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE profile SYSTEM "http://192.0.2.1/evil.dtd">',
        '<!DOCTYPE profile [<!ENTITY % remote SYSTEM "http://192.0.2.1/evil.dtd"> %remote;]>',
    ],
    ids=["empty", "a billion laughs", "a file", "a remote one", "a parameter"],
)
def test_a_document_type_is_refused(doctype: str) -> None:
    xml = EXAMPLE.replace("<profile>", f"{doctype}<profile>")
    assert problem_of(plain(xml)) is SheetProblem.FORBIDDEN


@given(st.binary(max_size=400))
def test_arbitrary_bytes_are_survived(data: bytes) -> None:
    encoded = base64.b64encode(data).decode()
    for message in (
        SheetReceived(encoded, compressed=True),
        SheetReceived(encoded, compressed=False),
        compressed(data),
        plain(data),
    ):
        try:
            sheet = read_sheet(message)
        except SheetError:
            continue
        assert len(sheet.fields) <= FIELDS


@given(st.data())
def test_a_sheet_that_is_damaged_anywhere_is_survived(data: st.DataObject) -> None:
    xml = bytearray(EXAMPLE.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        xml[data.draw(st.integers(0, len(xml) - 1))] = data.draw(st.integers(0, 255))
    try:
        sheet = read_sheet(plain(bytes(xml)))
    except SheetError:
        return
    assert all(isinstance(field, SheetField) for field in sheet.fields)
