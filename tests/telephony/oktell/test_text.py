"""Bytes become the text that was meant, and any bytes become some text."""

import codecs

from hypothesis import given, strategies as st
import pytest

from custom_components.office_cti.telephony.oktell.text import decode, decode_verbatim

LATIN = '<?xml version="1.0" encoding="utf-16"?><a b="c"/>'
CYRILLIC = "Виктор Викторыч, доброе утро!"
MIXED = f'<a name="{CYRILLIC}"/>'
TEXTS = [LATIN, CYRILLIC, MIXED, "1", "", '{"a": "ё"}']


def encoded(text: str) -> dict[str, bytes]:
    return {
        "utf-8": text.encode(),
        "utf-8 with a mark": codecs.BOM_UTF8 + text.encode(),
        "utf-16 le with a mark": codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        "utf-16 be with a mark": codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
        "utf-16 le": text.encode("utf-16-le"),
        "utf-16 be": text.encode("utf-16-be"),
        "cp1251": text.encode("cp1251"),
    }


@pytest.mark.parametrize("charset", [None, "utf-8", "utf-16", "windows-1251", "x-unknown", ""])
@pytest.mark.parametrize("encoding", encoded(""))
@pytest.mark.parametrize("text", TEXTS)
def test_the_bytes_tell_how_they_are_read(text: str, encoding: str, charset: str | None) -> None:
    assert decode(encoded(text)[encoding], charset) == text


def test_what_is_declared_counts_where_the_bytes_do_not_tell() -> None:
    for charset in ("koi8-r", "KOI8-R", " ibm866 ", "iso-8859-5"):
        assert decode(CYRILLIC.encode(charset.strip()), charset) == CYRILLIC
    assert decode("café".encode("latin-1"), "iso-8859-1") == "café"


def test_what_nobody_has_declared_is_1251() -> None:
    for charset in (None, "utf-8", "base64", "unicode_escape", "\0", "../x", "x" * 10_000):
        assert decode(CYRILLIC.encode("cp1251"), charset) == CYRILLIC


def test_marks_nuls_and_leading_blanks_go() -> None:
    assert decode(b" \r\n\t<a/>\n") == "<a/>\n"
    assert decode(b"\0\0<a/>\0\0") == "<a/>"
    assert decode(codecs.BOM_UTF8 * 2 + b" <a/>") == "<a/>"
    assert decode(b"ab\0") == "ab"
    assert decode(b"\0") == ""


def test_one_nul_does_not_make_a_text_utf_16() -> None:
    assert decode(CYRILLIC.encode() + b"\0" + CYRILLIC.encode()) == CYRILLIC * 2


def test_a_text_for_people_keeps_its_blanks() -> None:
    assert decode_verbatim(b"  two\r\n ") == "  two\r\n "
    assert decode_verbatim(codecs.BOM_UTF8 + b"  two\0") == "  two"


def test_what_cannot_be_read_is_marked() -> None:
    assert decode(codecs.BOM_UTF8 + b"a\xff") == "a\ufffd"
    assert decode(codecs.BOM_UTF16_LE + b"a\0\x00\xd8") == "a\ufffd"
    assert decode(b"\xff\x98") == "я\ufffd"


@given(st.binary(), st.one_of(st.none(), st.text()))
def test_any_bytes_are_a_text(body: bytes, charset: str | None) -> None:
    for text in (decode(body, charset), decode_verbatim(body, charset)):
        assert "\0" not in text
        assert text.encode().decode() == text


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x24F)))
def test_utf_8_is_read_as_it_was_written(text: str) -> None:
    assert decode_verbatim(text.encode()) == text
