"""Customer information on a call: a sheet, out of the message that brings it.

    base64 ──▶ four bytes of length, zlib ──▶ XML ──▶ Sheet

Each step is bounded before it is taken. What would inflate too far is not inflated, a document type is
refused, and what is too much of anything is left out. Values are people's data, and the server's
administrator has named them: they are told as they are, and nothing is made of a link.

Source: the vendor's page "CTI Protocol", section sheet; forms name their answers as in section
call_form_result.
"""

import base64
import binascii
from collections import Counter
from enum import Enum, StrEnum
import re
from typing import NamedTuple, override
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl
import zlib

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from ..readers import TEXT_LENGTH
from .messages import SheetReceived
from .readers import SHEET_LENGTH

# Bytes of a sheet's XML, inflated: a form's layout, which may be in it, is some ten thousand.
XML_SIZE = 512 * 1024
# How many times longer than it came a sheet may become; XML and layouts shrink to a tenth or so.
INFLATION = 100
# Elements within each other; a sheet needs three.
DEPTH = 8
FIELDS = 256


class SheetProblem(Enum):
    """Why a sheet cannot be read."""

    TOO_LONG = "too long"
    NOT_BASE64 = "not base64"
    NOT_COMPRESSED = "not compressed as announced"
    NOT_TEXT = "not UTF-8"
    NOT_XML = "not XML"
    FORBIDDEN = "a document type, or too deep"
    UNKNOWN_FORM = "neither XML nor anything known"


class SheetError(ValueError):
    """A sheet cannot be read."""

    def __init__(self, problem: SheetProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class SheetPart(StrEnum):
    """Where the vendor's client shows a field."""

    SHEET = "sheet_info"
    SYSTRAY = "systray_info"
    ACTION = "action_info"


class SheetField(NamedTuple):
    """One piece of information; types are title, text, url, phone, picture, body, urlauto and so on."""

    part: SheetPart
    order: int
    name: str
    type: str
    value: str


class Sheet(NamedTuple):
    """Customer information on a call.

    Args:
        channel: whose call it is; empty where the server names the call by its unique id instead.
        unique_id: the call, or empty.
        where: what caused the sheet, such as dial, link or unlink.
        ipbx_id: the server.
        fields: by part and order.
        form: names of the answers that a form of the sheet asks for, as SubmitCallForm takes them.
        complete: nothing was left out.
    """

    channel: str
    unique_id: str
    where: str
    ipbx_id: str
    fields: tuple[SheetField, ...]
    form: tuple[str, ...]
    complete: bool = True

    @property
    def values(self) -> dict[str, str]:
        """Return what the fields say, by their names, in their order.

        Parts often repeat a field: the same once more is left out, and what says something else is
        numbered. What has no name is called by its type, or by its part.
        """
        values: dict[str, str] = {}
        said = set[tuple[str, str]]()
        numbers = Counter[str]()
        for field in self.fields:
            name = field.name or field.type or str(field.part)
            if (name, field.value) in said:
                continue
            said.add((name, field.value))
            key = name
            while key in values:
                numbers[name] += 1
                key = f"{name} ({numbers[name] + 1})"
            values[key] = field.value
        return values


def read_sheet(message: SheetReceived) -> Sheet:
    """Return what a sheet's message says.

    Raises:
        SheetError: it cannot be read.
    """
    if message.serial != "xml":
        raise SheetError(SheetProblem.UNKNOWN_FORM)
    data = _from_base64(message.payload)
    xml = _inflated(data) if message.compressed else data
    return _parsed(xml).sheet(message.channel)


def _from_base64(payload: str) -> bytes:
    if len(payload) > SHEET_LENGTH:
        raise SheetError(SheetProblem.TOO_LONG)
    try:
        return base64.b64decode(payload, validate=True)
    except binascii.Error, ValueError:
        raise SheetError(SheetProblem.NOT_BASE64) from None


def _inflated(data: bytes) -> bytes:
    """Return what was compressed: four bytes that tell its length, the highest first, and zlib's own."""
    announced, compressed = int.from_bytes(data[:4]), data[4:]
    limit = min(XML_SIZE, INFLATION * len(compressed))
    if announced > limit:
        raise SheetError(SheetProblem.TOO_LONG)
    inflate = zlib.decompressobj()
    try:
        inflated = inflate.decompress(compressed, limit + 1)
    except zlib.error:
        raise SheetError(SheetProblem.NOT_COMPRESSED) from None
    if len(inflated) > limit:
        raise SheetError(SheetProblem.TOO_LONG)
    if not inflate.eof:
        raise SheetError(SheetProblem.NOT_COMPRESSED)
    return inflated


def _parsed(xml: bytes) -> _Reading:
    reading = _Reading()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(reading)
    try:
        parser.feed(xml.decode())  # as text: then no encoding that it claims to have counts
        parser.close()
    except UnicodeDecodeError:
        raise SheetError(SheetProblem.NOT_TEXT) from None
    except SAXException:
        raise SheetError(SheetProblem.NOT_XML) from None
    except DefusedXmlException:
        raise SheetError(SheetProblem.FORBIDDEN) from None
    return reading


_PARTS = {str(part): part for part in SheetPart}
_ANSWER = re.compile(r'\bname="(XIVOFORM_\w{1,100})"', re.ASCII)


class _Reading(ContentHandler):
    """Takes the elements as they come; below the user's, each is a field."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._attributes: dict[str, str] = {}
        self._text: list[str] | None = None
        self._internals: dict[str, str] = {}
        self._fields: list[SheetField] = []
        self._form: dict[str, None] = {}
        self._complete = True

    def sheet(self, channel: str) -> Sheet:
        """Return what has come."""
        internal = self._internals.get
        parts = list(SheetPart)
        return Sheet(
            channel=channel or internal("channel", ""),
            unique_id=internal("uid", ""),
            where=internal("where", ""),
            ipbx_id=internal("ipbxid", ""),
            fields=tuple(sorted(self._fields, key=lambda f: (parts.index(f.part), f.order))),
            form=tuple(self._form),
            complete=self._complete,
        )

    @override
    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            raise SheetError(SheetProblem.FORBIDDEN)
        if name in _TAKEN:
            self._attributes = {key: attrs.get(key, "") for key in ("order", "name", "type")}
            self._text = []

    @override
    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    @override
    def endElement(self, name: str) -> None:
        self._depth -= 1
        if self._text is None or name not in _TAKEN:
            return
        text, self._text = "".join(self._text), None
        if name == "sheet_qtui":
            self._layout(text)
        elif len(text) > TEXT_LENGTH or len(self._attributes["name"]) > TEXT_LENGTH:
            self._complete = False
        elif name == "internal":
            self._internal(self._attributes["name"], text)
        else:
            self._field(_PARTS[name], text)

    def _internal(self, name: str, value: str) -> None:
        if name in _INTERNALS:
            self._internals[name] = value

    def _field(self, part: SheetPart, value: str) -> None:
        order, kind = self._attributes["order"], self._attributes["type"]
        if len(self._fields) == FIELDS or len(kind) > TEXT_LENGTH:
            self._complete = False
            return
        position = int(order) if order.isascii() and order.isdigit() and len(order) <= 9 else 0
        name = self._attributes["name"]
        self._fields.append(SheetField(part, position, name, "" if kind == "None" else kind, value))

    def _layout(self, text: str) -> None:
        """Take the names of a form's answers out of its layout, which is XML within the text."""
        for match in _ANSWER.finditer(text):
            if len(self._form) == FIELDS:
                self._complete = False
                return
            self._form[match[1]] = None


_INTERNALS = frozenset({"channel", "uid", "where", "ipbxid"})
_TAKEN = _PARTS.keys() | {"internal", "sheet_qtui"}
