"""Bytes to text, whatever their sender declares.

A server declares UTF-16 and sends UTF-8, or UTF-16 with or without a byte order mark; an old one sends what
Windows calls 1251. So the bytes themselves are looked at, in this order: a byte order mark; high bytes in
every second place, as UTF-16 has them for Latin and Cyrillic letters; UTF-8, which nothing else looks like;
then what was declared; then 1251. All bytes are a text: what cannot be read becomes U+FFFD.
"""

import codecs


def decode(body: bytes, charset: str | None = None) -> str:
    """Return a text for a parser: without marks, NULs and leading blanks.

    Args:
        body: what came.
        charset: what it was declared to be; counts only where the bytes do not tell.
    """
    return decode_verbatim(body, charset).lstrip()


def decode_verbatim(body: bytes, charset: str | None = None) -> str:
    """Return a text for people: its blanks stay, and only what is no text is left out."""
    return _decoded(body, charset).lstrip("\ufeff\0").replace("\0", "")


# Bytes that are looked at to recognise UTF-16.
_HEAD = 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a declaration may add: UTF-16 is seen in the bytes, or is not there.
_CHARSETS = {
    "ibm866": "cp866",
    "cp866": "cp866",
    "koi8-r": "koi8-r",
    "iso-8859-5": "iso8859-5",
    "windows-1252": "cp1252",
    "iso-8859-1": "cp1252",  # as every browser reads it
}
_LAST_RESORT = "cp1251"


def _decoded(body: bytes, charset: str | None) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    if utf16 := _utf16(body[:_HEAD]):
        return body.decode(utf16, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode(_declared(charset), "replace")


def _utf16(head: bytes) -> str | None:
    """Return which UTF-16 it is: the one whose high bytes are where such bytes are."""
    big, little = _has_high_bytes(head[::2]), _has_high_bytes(head[1::2])
    if big == little or len(head) < 2:
        return None
    return "utf-16-be" if big else "utf-16-le"


def _has_high_bytes(every_second: bytes) -> bool:
    """Tell whether most of these are the high bytes of Latin (00) and Cyrillic (04) letters."""
    return 2 * (every_second.count(0) + every_second.count(4)) > len(every_second)


def _declared(charset: str | None) -> str:
    return _CHARSETS.get(charset.strip().lower(), _LAST_RESORT) if charset else _LAST_RESORT
