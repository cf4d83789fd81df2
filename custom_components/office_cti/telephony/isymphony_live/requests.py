"""What is asked of an iSymphony Live server, and what may be: pure, without a socket.

Everything that is asked lies below the Live root. A path that a person has typed, or that comes about when a
template is filled in, is refused before it is sent if it leads anywhere else, however it is written: by dots,
by a host, by an address, by backslashes, and by any of these percent-encoded, once or more often, or in
letters that only look so. What else such a path holds is percent-encoded where it must be.

A template names in braces what is filled in. In its path a value is one segment, or a part of one; in its
body, which is JSON, a value is JSON of its own, or part of the text within whose quotes the name stands. So
no value becomes protocol.

Source: the vendor's pages "Live API", one per resource.
"""

from collections.abc import Mapping
import re
from typing import Any, NamedTuple
from unicodedata import normalize
from urllib.parse import quote, unquote

import orjson

from ..readers import MESSAGE_LENGTH
from ..system import (
    METHODS,
    NAME_IN_BRACES,
    InvalidText,
    PathNotAllowed,
    RequestTemplate,
    TextTooLong,
    ValueUnknown,
)

ROOT = "/communication_manager/rest/live/"
# Characters of a path, its query included, before it is encoded.
PATH_LENGTH = 2048
BODY_LENGTH = 64 * 1024

type Value = str | float | bool | None


class Request(NamedTuple):
    """What is asked; `path` is the whole one, and encoded, as `query` is."""

    method: str
    path: str
    query: str = ""
    body: bytes | None = None

    @property
    def acts(self) -> bool:
        """Whether something happens when it arrives: then it must not arrive twice."""
        return self.method != "GET"


class Id(NamedTuple):
    """One of many by its id, which is good until the server restarts."""

    value: str


class Name(NamedTuple):
    """One of many by what people call it: a slug, a user's name, a number, an identifier."""

    value: str


type Key = Id | Name

# --- resources ---------------------------------------------------------------------------------


def get(*steps: str | Key) -> Request:
    """Ask for a resource: words of the interface, and which one of many.

    Raises:
        PathNotAllowed: a key is none that could stand in a path.
    """
    return _request("GET", "/".join(_step(step) for step in steps))


def _step(step: str | Key) -> str:
    if isinstance(step, str):
        return step
    if not step.value:
        raise PathNotAllowed
    value = _encoded(step.value)
    return f"getByName/{value}" if isinstance(step, Name) else value


def _encoded(value: str) -> str:
    """Return a value as a segment of a path, or as part of one."""
    return quote(value, safe="", errors="surrogatepass")


# --- what a person has typed -------------------------------------------------------------------


def free(method: str, path: str, body: Any = None) -> Request:
    """Ask what a person wants asked.

    Args:
        method: one of `METHODS`.
        path: below the Live root; a query is kept.
        body: JSON, if there is any.

    Raises:
        PathNotAllowed: the path leaves the Live root.
        TextTooLong, InvalidText: it cannot be sent.
    """
    return _request(method, path, None if body is None else _json(body))


def filled(template: RequestTemplate, values: Mapping[str, Value]) -> Request:
    """Ask what a template says.

    Raises:
        PathNotAllowed: the path leaves the Live root, with what is filled in.
        TextTooLong: there is too much of something.
        ValueUnknown: a name in the path has no value.
        InvalidText: what comes about is no JSON.
    """
    for value in values.values():
        if isinstance(value, str) and len(value) > MESSAGE_LENGTH:
            raise TextTooLong
    way, mark, query = template.path.partition("?")
    way = NAME_IN_BRACES.sub(lambda found: _encoded(_given(values, found[1])), way)
    query = NAME_IN_BRACES.sub(lambda found: _encoded(_text(values.get(found[1]))), query)
    return _request(
        template.method,
        way + mark + query,
        _filled_body(template.body, values).encode() if template.body.strip() else None,
    )


# What stands for all that may be filled in: a text that could end an escape of JSON or not, or begin an
# address, and a number. What a name is the whole of a key of an object can be no number.
_SPECIMENS: tuple[Value, ...] = ("0", "x", -1)


def check(template: RequestTemplate) -> None:
    """Let a template pass that can be sent, whatever is filled in; raises as `filled` does."""
    for specimen in _SPECIMENS:
        filled(template, dict.fromkeys(template.names, specimen))


def _given(values: Mapping[str, Value], name: str) -> str:
    """Return a value for the path, where there must be one: what is empty there would ask for all of them."""
    value = _text(values.get(name))
    if not value:
        raise ValueUnknown(value=name)
    return value


# A text of JSON, or a name outside of all of them.
_BODY_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\{(\w+)\}', re.DOTALL)


def _filled_body(body: str, values: Mapping[str, Value]) -> str:
    def in_text(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            return found[0]
        return _json(_text(values[name])).decode()[1:-1]

    def anywhere(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return NAME_IN_BRACES.sub(in_text, found[0])
        return _json(values[name]).decode() if name in values else found[0]

    made = _BODY_PART.sub(anywhere, body)
    if len(made) > BODY_LENGTH:
        raise TextTooLong
    try:
        orjson.loads(made)
    except orjson.JSONDecodeError:
        raise InvalidText from None
    return made


def _text(value: Value) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else _json(value).decode()


def _json(value: Any) -> bytes:
    try:
        made = orjson.dumps(value)
    except orjson.JSONEncodeError:  # half a character, which its text would show
        raise InvalidText from None
    if len(made) > BODY_LENGTH:
        raise TextTooLong
    return made


# --- paths -------------------------------------------------------------------------------------


def _request(method: str, path: str, body: bytes | None = None) -> Request:
    if method not in METHODS:
        raise InvalidText
    if len(path) > PATH_LENGTH:
        raise TextTooLong
    if _NOT_IN_A_PATH.search(path):
        raise PathNotAllowed
    way, _, query = path.partition("?")
    return Request(method, ROOT + _below_root(way), _quoted(query, "?/"), body)


# Control characters, blanks at either end, backslashes, the mark of a place within a page, half characters,
# and a percent sign that encodes nothing.
_NOT_IN_A_PATH = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\#]|^\s|\s$|%(?![0-9A-Fa-f]{2})"
)
_ENCODED = re.compile(r"%[0-9A-Fa-f]{2}")


def _below_root(path: str) -> str:
    """Return a path below the root as an address has it; with or without the root, it is the same."""
    given = path.removeprefix(ROOT if path.startswith(ROOT) else "/")
    segments = given.removesuffix("/").split("/")
    if segments[0] == _FOLDER or not all(map(_is_plain, segments)) or _SCHEME.match(given):
        raise PathNotAllowed
    return _quoted(given, "/")


# What all the server's addresses begin with.
_FOLDER = "communication_manager"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


def _is_plain(segment: str) -> bool:
    """Tell whether a segment is one, and stays one, whoever decodes it and however often."""
    try:
        decoded = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        return False
    if _ENCODED.search(decoded):
        return False
    for written in (decoded, normalize("NFKC", decoded)):
        # Some servers take what follows a semicolon for parameters of the segment.
        name = written.partition(";")[0]
        if not name.strip(". ") or not _SEPARATORS.isdisjoint(written) or not written.isprintable():
            return False
    return True


_SEPARATORS = frozenset("/\\")


def _quoted(text: str, others: str) -> str:
    """Return a text as it stands in an address; what is encoded already stays."""
    return quote(text, safe=f"{others}%:@!$&'()*+,;=~")
