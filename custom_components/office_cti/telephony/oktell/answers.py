"""What an Oktell server answers over HTTP: from bytes to something with names.

Each command has a function that takes the body and returns what it says. Users' states, scripts and files
come as XML, calls as JSON, the licence as a text. A field that cannot be read is as if it were not there; an
answer that is of another kind altogether, such as a router's page, is an `AnswerError`. How a line answers
that has no call is written nowhere, so whatever is empty means none. Ids are in lower case.

Source: the vendor's page "Серверный HTTP интерфейс", section as named; real answers where they differ.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
import re
from typing import Any, NamedTuple

# Home Assistant brings orjson. It is strict where a hostile server would try, and bounded in depth.
import orjson

from ..model import UploadedFile
from .states import UserState, state_of
from .text import decode, decode_verbatim
from .xml import NAME_LENGTH, Document, Element, XmlError, XmlProblem, read_xml

# Bytes of an answer, and characters of a text in a field, and in an answer's own words.
SIZE = 1024 * 1024
TEXT_LENGTH = 1024
WORDS_LENGTH = 8192
# Parts of a call's chain; items and depth of what is passed on in the server's own words.
TRACE = 256
ITEMS = 256
DEPTH = 8
COUNT = 2**31 - 1


class AnswerProblem(Enum):
    """Why an answer cannot be read."""

    TOO_LONG = "too long"
    NOT_XML = "not XML"
    NOT_JSON = "not JSON"
    OF_ANOTHER_KIND = "of another kind"


class AnswerError(ValueError):
    """An answer cannot be read."""

    def __init__(self, problem: AnswerProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


# --- users -------------------------------------------------------------------------------------


class UserAnswer(NamedTuple):
    """Whose state it is, and the state; None is one that has no name here."""

    user: str
    state: UserState | None


class FreeUsers(NamedTuple):
    """How many users of an internal number are free and busy, and the numbers of the free ones."""

    number: str
    free: int
    busy: int | None
    free_numbers: tuple[str, ...]


def user_state(body: bytes, charset: str | None = None) -> UserAnswer | None:
    """Return a user's state, or None where the server knows no such user. Page: tst_getuserstate."""
    document = _xml(body, charset)
    for element in document.elements:
        state = element.properties.get("state")
        if state is not None:
            user = element.properties.get("id")
            known = state_of(state.value)
            return UserAnswer(
                _short((user and user.value) or element.id).lower(),
                state_of(state.name) if known is None else known,
            )
    if document.root.kind not in _MAPPERS:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    return None


def free_users(body: bytes, charset: str | None = None) -> FreeUsers:
    """Return who of an internal number is free. Page: tst_getintnumberreadyusers."""
    document = _xml(body, charset)
    groups = document.of_kind("group")
    if not groups:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    group = groups[0]
    numbers = (_short(element.name) for element in document.of_kind("element"))
    free_numbers = tuple(number for number in numbers if number)
    free = _count(group.attributes.get("ready"))
    return FreeUsers(
        _short(group.name),
        len(free_numbers) if free is None else free,
        _count(group.attributes.get("busy")),
        free_numbers,
    )


# --- scripts -----------------------------------------------------------------------------------


class ScriptAnswer(NamedTuple):
    """What became of a script.

    Args:
        started: whether the server has started it.
        start_result: 0 is well; others are told by nobody but `reason`.
        reason: the start result in the server's words.
        value: what the script has returned; None where nothing came, or not in time.
    """

    started: bool
    start_result: int | None = None
    reason: str = ""
    value: str | None = None

    @property
    def failed(self) -> bool:
        """Tell whether it was not started as it should be."""
        return not self.started or self.start_result not in {None, 0}


def script_result(body: bytes, charset: str | None = None) -> ScriptAnswer:
    """Return what became of a script. Page: execsvcscript.

    Servers write the returned value as a property's text, or as its name.
    """
    found = next(filter(_is_script, _xml(body, charset).elements), None)
    if found is None:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    started, result, returned = map(found.properties.get, _SCRIPT_KEYS)
    return ScriptAnswer(
        started=started is None or _flag(started.value) is not False,
        start_result=_number(result.value) if result else None,
        reason=_short(result.name if result else started.name if started else ""),
        value=(returned.value or returned.name) if returned else None,
    )


_SCRIPT_KEYS = ("started", "startresult", "returnvalue")


def _is_script(element: Element) -> bool:
    return element.name == "execsvcscript" or not element.properties.keys().isdisjoint(_SCRIPT_KEYS)


def script_text(body: bytes, charset: str | None = None) -> str:
    """Return what a script has answered by itself, as it is. Page: execsvcscriptplain."""
    return decode_verbatim(_bounded(body), charset)


# --- the licence -------------------------------------------------------------------------------


def license_text(body: bytes, charset: str | None = None) -> str:
    """Return the licence in words, in the server's language. Page: getlicensefulltext."""
    return decode(_bounded(body), charset).rstrip()


def license_xml(body: bytes, charset: str | None = None) -> str:
    """Return the licence's certificate, which is XML. Page: getlicensefullxml."""
    text = decode(_bounded(body), charset).rstrip()
    _xml(text)
    return text


def license_number(body: bytes, charset: str | None = None) -> str | None:
    """Return the number of the registration. Page: getlicenseinfo, regserial."""
    return _only(_SERIAL, body, charset)


def license_date(body: bytes, charset: str | None = None) -> date | None:
    """Return a date, such as 31.12.2026. Page: getlicenseinfo, confirmdate and updatelimitdate.

    A word or two without a figure, as for a licence that never ends, say that there is none.
    """
    found = _only(_DATE, body, charset, none=_WORDS)
    if found is None:
        return None
    day, month, year = map(int, found.split("."))
    if year < _FIRST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND) from None


_SERIAL = re.compile(r"(?<!\d)\d{7}(?!\d)", re.ASCII)
_DATE = re.compile(r"(?<!\d)\d{2}\.\d{2}\.\d{4}(?!\d)", re.ASCII)
_NEVER = re.compile(r"(?!)")
_WORDS = re.compile(r"[^\d<>{}]{1,64}")
# The year 1 and other early ones are how programs write that there is no date.
_FIRST_YEAR = 1990
# Characters: whoever answers with more answers something else.
_DETAIL_LENGTH = 512


def _only(
    pattern: re.Pattern[str],
    body: bytes,
    charset: str | None,
    none: re.Pattern[str] = _NEVER,
) -> str | None:
    """Return the one thing of this form that is in an answer, plain or wrapped.

    None where the answer is empty, or as a whole of the form that stands for nothing.
    """
    text = decode(_bounded(body), charset).rstrip()
    if not text or none.fullmatch(text):
        return None
    found = set(pattern.findall(text)) if len(text) <= _DETAIL_LENGTH else set()
    if len(found) != 1:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    return str(found.pop())


# --- files -------------------------------------------------------------------------------------


def uploaded_files(body: bytes, charset: str | None = None) -> list[UploadedFile]:
    """Return what became of each file. Page: upload."""
    document = _xml(body, charset)
    if not document.of_kind("uploadfilesresult"):
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    return [_uploaded(element) for element in document.of_kind("file")]


def _uploaded(element: Element) -> UploadedFile:
    saved = _flag(element.attributes.get("saved"))
    path = element.attributes.get("path") or None
    return UploadedFile(
        name=_short(element.name),
        saved=path is not None if saved is None else saved,
        size=_count(element.attributes.get("size")),
        path=path,
    )


# --- calls -------------------------------------------------------------------------------------


class Side(NamedTuple):
    """One end of a connection; `text` is what the server shows for it."""

    text: str = ""
    number: str = ""
    dialed: str = ""
    user: str | None = None
    login: str = ""
    user_name: str = ""
    is_user: bool = False
    line: str | None = None
    line_number: str = ""


class ChainCall(NamedTuple):
    """Somebody is being called, from a queue perhaps. Times have the server's zone, and do not say so."""

    user: str | None = None
    login: str = ""
    user_name: str = ""
    department: str = ""
    called: str = ""
    caller: str = ""
    direction: str = ""
    line: str | None = None
    line_number: str = ""
    is_task: bool = False
    since: datetime | None = None


class ChainConnection(NamedTuple):
    """Two talk, or will. Times have the server's zone, and do not say so."""

    id: str | None = None
    kind: str = ""
    a: Side = Side()
    b: Side = Side()
    recorded: bool = False
    started: datetime | None = None
    answered: datetime | None = None


class ChainContent(NamedTuple):
    """What a line's present call consists of; `details` are all of it, in the server's words."""

    id: str | None = None
    created: datetime | None = None
    trace: tuple[ChainCall | ChainConnection, ...] = ()
    details: Mapping[str, Any] = {}


class Abonent(NamedTuple):
    """Who is on the other side of a line's call."""

    number: str = ""
    name: str = ""
    user: str | None = None
    login: str = ""
    user_name: str = ""
    is_user: bool = False
    # Whether it is on an outside line, in a conference, a voice menu.
    is_external: bool = False
    is_conference: bool = False
    is_ivr: bool = False
    # Whether the line rings, and why: the page has neither, but the web-socket's twin does.
    is_ringing: bool = False
    direction: str = ""
    line: str | None = None
    line_number: str = ""
    description: str = ""
    comment: str = ""
    can_fax: bool = False
    can_video: bool = False
    chain: str | None = None
    connection: str | None = None


class AbonentInfo(NamedTuple):
    """What a line does, as the server calls it, and with whom; `details` are all that it says."""

    line_state: str = ""
    abonent: Abonent | None = None
    details: Mapping[str, Any] = {}

    @property
    def connected(self) -> bool:
        """Tell whether the line is in a call."""
        if self.line_state:
            return self.line_state == COMMUTATED
        return self.abonent is not None and self.abonent.connection is not None


# The line state of whoever is in a call, and its number.
COMMUTATED = "lsCommutated"
_COMMUTATED = 32


def chain_content(body: bytes, charset: str | None = None) -> ChainContent:
    """Return what a line's call consists of. Page: wp_getchaincontent."""
    content = _json(body, charset)
    content = _object(content, "content", content)
    trace = content.get("trace")
    parts = map(_part, trace[:TRACE]) if isinstance(trace, list) else ()
    return ChainContent(
        id=_id(content, "chainid"),
        created=_time(content, "createtime"),
        trace=tuple(part for part in parts if part),
        details=_details(content),
    )


def abonent_info(body: bytes, charset: str | None = None) -> AbonentInfo:
    """Return what a line does, and with whom. Page: wp_getabonentinfo."""
    answer = _json(body, charset)
    commutated = _number(answer.get("currentlinestate")) == _COMMUTATED
    return AbonentInfo(
        line_state=_text(answer, "currentlinestatestr") or (COMMUTATED if commutated else ""),
        abonent=_abonent(_object(answer, "abonentinfo", {})),
        details=_details(answer),
    )


def _abonent(info: dict[str, Any]) -> Abonent | None:
    """Return the other side, unless all that is said of it is that it is nobody."""
    abonent = Abonent(
        number=_text(info, "callerid") or _text(info, "calledid"),
        name=_text(info, "callername") or _text(info, "callersimple"),
        user=_id(info, "calleruserid"),
        login=_text(info, "calleruserlogin"),
        user_name=_text(info, "callerusername"),
        is_user=_yes(info, "isuser"),
        is_external=_yes(info, "isextline"),
        is_conference=_yes(info, "isconference"),
        is_ivr=_yes(info, "isivr"),
        is_ringing=_yes(info, "isringing"),
        direction=_text(info, "direction"),
        line=_id(info, "callerlineid"),
        line_number=_text(info, "callerlinenum"),
        description=_text(info, "callerdescription"),
        comment=_text(info, "callercomment"),
        can_fax=_yes(info, "canfax"),
        can_video=_yes(info, "canvideo"),
        chain=_id(info, "chainid"),
        connection=_id(info, "commutationid"),
    )
    nobody = Abonent(
        can_fax=abonent.can_fax, can_video=abonent.can_video, direction=abonent.direction
    )
    return None if abonent == nobody else abonent


def _part(part: Any) -> ChainCall | ChainConnection | None:
    if not isinstance(part, dict):
        return None
    match part.get("contentelementtype"):
        case "call":
            return _call(part)
        case "commutation":
            return _connection(part)
    return None


def _call(part: dict[str, Any]) -> ChainCall:
    return ChainCall(
        user=_id(part, "userid"),
        login=_text(part, "userlogin"),
        user_name=_text(part, "username"),
        department=_text(part, "department"),
        called=_text(part, "calledid"),
        caller=_text(part, "callerid"),
        direction=_text(part, "pbxdirection"),
        line=_id(part, "srclineid"),
        line_number=_text(part, "srclinenumber"),
        is_task=_yes(part, "istask"),
        since=_time(part, "startqueuetime"),
    )


def _connection(part: dict[str, Any]) -> ChainConnection:
    return ChainConnection(
        id=_id(part, "commutationid"),
        kind=_text(part, "connectiontypestr"),
        a=_side(part, "a"),
        b=_side(part, "b"),
        recorded=_yes(part, "isrecorded"),
        started=_time(part, "timestart"),
        answered=_time(part, "timeanswer"),
    )


def _side(part: dict[str, Any], letter: str) -> Side:
    return Side(
        text=_text(part, f"{letter}text"),
        number=_text(part, f"{letter}outnumber"),
        dialed=_text(part, f"{letter}numberdialed"),
        user=_id(part, f"{letter}userid"),
        login=_text(part, f"{letter}userlogin"),
        user_name=_text(part, f"{letter}username"),
        is_user=_yes(part, f"{letter}isuser"),
        line=_id(part, f"{letter}lineid"),
        line_number=_text(part, f"{letter}linenumber"),
    )


# --- documents ---------------------------------------------------------------------------------

_MAPPERS = frozenset({"oktellxmlmapper", "oktellcommapper"})


def _bounded(body: bytes) -> bytes:
    if len(body) > SIZE:
        raise AnswerError(AnswerProblem.TOO_LONG)
    return body


def _xml(body: bytes | str, charset: str | None = None) -> Document:
    try:
        return read_xml(_bounded(body) if isinstance(body, bytes) else body, charset)
    except XmlError as error:
        too_long = error.problem is XmlProblem.TOO_LONG
        raise AnswerError(AnswerProblem.TOO_LONG if too_long else AnswerProblem.NOT_XML) from None


def _json(body: bytes, charset: str | None) -> dict[str, Any]:
    """Return the object that an answer is; whatever is empty is one that is empty."""
    text = decode(_bounded(body), charset)
    if not text:
        return {}
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise AnswerError(AnswerProblem.NOT_JSON) from None
    if isinstance(found, dict):
        return found
    if found:
        raise AnswerError(AnswerProblem.OF_ANOTHER_KIND)
    return {}


# --- fields ------------------------------------------------------------------------------------

_NO_ID = "00000000-0000-0000-0000-000000000000"
_NUMBER = re.compile(r"-?\d{1,10}", re.ASCII)
_TIME_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d.%m.%Y %H:%M:%S")
_FLAGS = {"1": True, "true": True, "0": False, "false": False}


def _object(found: dict[str, Any], key: str, default: dict[str, Any]) -> dict[str, Any]:
    value = found.get(key)
    return value if isinstance(value, dict) else default


def _short(text: str) -> str:
    return text if len(text) <= NAME_LENGTH else ""


def _text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    if type(value) is int:
        return str(value)
    return value if type(value) is str and len(value) <= TEXT_LENGTH else ""


def _id(found: Mapping[str, Any], key: str) -> str | None:
    text = _text(found, key).strip().lower()
    return None if text in {"", _NO_ID} else text


def _yes(found: Mapping[str, Any], key: str) -> bool:
    return _flag(found.get(key)) is True


def _flag(value: object) -> bool | None:
    if type(value) is bool:
        return value
    return _FLAGS.get(str(value).lower()) if type(value) in {int, str} else None


def _number(value: object) -> int | None:
    if type(value) is str and _NUMBER.fullmatch(value.strip()):
        value = int(value)
    return value if type(value) is int and abs(value) <= COUNT else None


def _count(value: object) -> int | None:
    number = _number(value)
    return None if number is None or number < 0 else number


def _time(found: Mapping[str, Any], key: str) -> datetime | None:
    """Return a time, without a zone as the server tells it."""
    text = _text(found, key).strip()
    for form in _TIME_FORMATS:
        try:
            time = datetime.strptime(text, form)  # noqa: DTZ007 -- it has none
        except ValueError:
            continue
        return time if time.year >= _FIRST_YEAR else None
    return None


def _details(found: dict[str, Any]) -> dict[str, Any]:
    """Return what the server says in its own words, as far as it keeps within bounds."""
    kept: dict[str, Any] = _kept(found, DEPTH)
    return kept


def _kept(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return value[:WORDS_LENGTH]
    if not isinstance(value, dict | list):
        return value
    if not depth:
        return None
    if isinstance(value, list):
        return [_kept(item, depth - 1) for item in value[:ITEMS]]
    short = [(key, item) for key, item in value.items() if len(key) <= NAME_LENGTH]
    return {key: _kept(item, depth - 1) for key, item in short[:ITEMS]}
