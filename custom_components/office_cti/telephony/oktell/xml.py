"""All the XML of an Oktell server, read as if an enemy had sent it.

It has two roots (`oktellxmlmapper`, `oktellcommapper`), and answers that have neither; its sets of
properties lie at any depth, within `data`, an `event` or a collection; names of tags and attributes may be
cut short. So nothing is asked of the structure: what comes is a list of elements in the document's order,
each with the properties that lie directly in it. A property is whatever has a key.

    <data><event id="111" name="userstatechanged">          Element("data")
      <property_simple key="newstate" value="7" name="…"/>   Element("event", name, id, {"newstate": …})

A document type is refused, and with it every entity; length, depth and counts are bounded. The declared
encoding is not believed: see `text`.

Sources: the vendor's pages "Серверный HTTP интерфейс" and "Сервисное оповещение".
"""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, override
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from .text import decode

# Characters of a document; a value may fill it. Names, keys and ids are shorter.
LENGTH = 1024 * 1024
NAME_LENGTH = 1024
# Elements within each other, elements, and attributes or properties of one.
DEPTH = 16
ELEMENTS = 10_000
PROPERTIES = 256


class XmlProblem(Enum):
    """Why a document cannot be read."""

    TOO_LONG = "too long"
    NOT_XML = "not XML"
    FORBIDDEN = "a document type, or too deep"


class XmlError(ValueError):
    """A document cannot be read."""

    def __init__(self, problem: XmlProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class Property(NamedTuple):
    """A property's value, and what people call that value; an answer may have either."""

    value: str = ""
    name: str = ""


class Element(NamedTuple):
    """An element that is no property.

    Args:
        kind: its tag in full, such as data, event or property_set.
        attributes: all that it has, by their full names in lower case.
        properties: those that lie directly in it, by their keys in lower case.
    """

    kind: str
    attributes: Mapping[str, str]
    properties: Mapping[str, Property]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.attributes.get("name", "")

    @property
    def id(self) -> str:
        """Which one it is."""
        return self.attributes.get("id", "")


class Document(NamedTuple):
    """The elements in order, the root first; `complete` unless some were too many or too long."""

    elements: tuple[Element, ...]
    complete: bool = True

    @property
    def root(self) -> Element:
        """What all others are in."""
        return self.elements[0]

    def of_kind(self, kind: str) -> list[Element]:
        """Return all elements of a kind."""
        return [element for element in self.elements if element.kind == kind]


def read_xml(source: bytes | str, charset: str | None = None) -> Document:
    """Return what a document holds.

    Args:
        source: the document; leading blanks and marks do no harm.
        charset: what its bytes were declared to be, outside of it.

    Raises:
        XmlError: it cannot be read.
    """
    if len(source) > 2 * LENGTH:  # bytes, of UTF-16 perhaps
        raise XmlError(XmlProblem.TOO_LONG)
    text = (
        decode(source, charset) if isinstance(source, bytes) else source.lstrip("\ufeff\0 \t\r\n")
    )
    if len(text) > LENGTH:
        raise XmlError(XmlProblem.TOO_LONG)
    reading = _Reading()
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setContentHandler(reading)
    try:
        parser.feed(text)  # as text: then no encoding that it claims to have counts
        parser.close()
    except SAXException, UnicodeEncodeError:  # the latter: half a surrogate
        raise XmlError(XmlProblem.NOT_XML) from None
    except DefusedXmlException:
        raise XmlError(XmlProblem.FORBIDDEN) from None
    return reading.document()


# Short tags and attributes. A property needs none: its key gives it away.
_TAGS = {"s": "property_set", "d": "data", "e": "event"}
_ATTRIBUTES = {"k": "key", "v": "value", "n": "name", "i": "id"}
# What is no property, though it had a key.
_CONTAINERS = frozenset({"property_set", "property_collection", "data", "event"})


class _Open(NamedTuple):
    """An element that has begun; a property is one with a key, and gathers its text."""

    key: str | None
    attributes: dict[str, str]
    properties: dict[str, Property]
    text: list[str]


class _Reading(ContentHandler):
    """Takes the elements as they come."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[_Open] = []
        self._elements: list[Element] = []
        self._complete = True

    def document(self) -> Document:
        """Return what has come."""
        return Document(tuple(self._elements), self._complete)

    @override
    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        if len(self._open) == DEPTH:
            raise XmlError(XmlProblem.FORBIDDEN)
        if len(name) > NAME_LENGTH:
            raise XmlError(XmlProblem.TOO_LONG)
        kind = _TAGS.get(name.lower(), name.lower())
        attributes = self._attributes(attrs)
        key = None if kind in _CONTAINERS or not self._open else attributes.get("key")
        opened = _Open(key, attributes, {}, [])
        self._open.append(opened)
        if key is None:
            self._take(Element(kind, attributes, opened.properties))

    @override
    def characters(self, content: str) -> None:
        opened = self._open[-1]
        if opened.key is not None:
            opened.text.append(content)

    @override
    def endElement(self, name: str) -> None:
        closed = self._open.pop()
        if closed.key is not None:
            self._put(closed.key.lower(), closed)

    def _attributes(self, attrs: AttributesImpl) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in attrs.items():
            key = name.lower()
            key = _ATTRIBUTES.get(key, key)
            long = key not in {"value", "name"} and len(value) > NAME_LENGTH
            if long or len(found) == PROPERTIES or len(name) > NAME_LENGTH:
                self._complete = False
            else:
                found[key] = value
        return found

    def _take(self, element: Element) -> None:
        if len(self._elements) == ELEMENTS:
            self._complete = False
        else:
            self._elements.append(element)

    def _put(self, key: str, closed: _Open) -> None:
        """Give a property to the element that it lies in; a text within counts more than a value."""
        holder = next(opened for opened in reversed(self._open) if opened.key is None)
        if len(holder.properties) == PROPERTIES:
            self._complete = False
            return
        text = "".join(closed.text)
        attributes = closed.attributes
        value = text if text.strip() else attributes.get("value", "")
        holder.properties[key] = Property(value, attributes.get("name", ""))
