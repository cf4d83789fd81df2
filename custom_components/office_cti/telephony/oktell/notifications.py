"""What somebody at an Oktell server posts to us: bytes to notifications, without a socket, a clock or a log.

The vendor's client library hands a program on a workstation one XML document per event; such a program,
or whoever reads the client's log, posts them as they are: one, or several, each with a line's heading
before it or not. A scenario of the server posts what it likes: the same XML, the web-socket's JSON
(`["userstatechanged", {…}]`, or a list of those), or Oktell's own form, `data=` and JSON in base 64.

    bytes ──▶ text ─┬─ [ … ] ────────────────────────────────────────▶ JsonEvent
                    ├─ data=… ──▶ base 64 ──▶ text, of either kind
                    └─ <…> ──▶ documents ──▶ elements ──▶ events ──▶ a reader for each kind

An event's name counts more than its id (the vendor's page gives event 114 the id 112). What else stands in
an event, or cannot be read, is kept beside what is known. Whatever is posted raises nothing but
`NotificationError`, and everything that is kept is bounded.

Sources: the vendor's page "Сервисное оповещение"; for what it leaves out, the web-socket's own events.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import Enum, StrEnum
from functools import partial
from itertools import islice
import re
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

import orjson

from .states import UserState, state_of
from .text import decode
from .xml import DEPTH, LENGTH, Element, Property, XmlError, XmlProblem, read_xml

# Bytes of a post, and its events.
POST_LENGTH = 2 * LENGTH
EVENTS_MOST = 256
# Sets of an event, such as objects of the numbering plan.
SETS_MOST = 5_000
# Fields of an event or a set that are kept as they came, and characters of each.
FIELDS_MOST = 64
FIELD_LENGTH = 1024
# Characters of an id or a name, and of what somebody has written. What is longer is cut off.
NAME_LENGTH = 256
TEXT_LENGTH = 4096

type Fields = Mapping[str, str]

_NO_FIELDS: Fields = MappingProxyType({})


class NotificationProblem(Enum):
    """Why a post cannot be read."""

    NOTHING = "no event in it"
    TOO_MUCH = "too long, or too many events"
    NOT_XML = "not XML"
    FORBIDDEN = "a document type, or too deep"
    NOT_JSON = "not JSON, or not in the web-socket's form"
    NOT_BASE64 = "not base 64"


class NotificationError(ValueError):
    """A post is nothing that such a server tells."""

    def __init__(self, problem: NotificationProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


# --- what is told ------------------------------------------------------------------------------


class Request(StrEnum):
    """What a server asks of the program that listens, or what has become of that program's connection."""

    SHUTDOWN = "shutdown"  # 101
    RESTART = "restart"  # 102
    SENDER_DISCONNECTED = "sender_disconnected"  # 103: the sender's connection, not ours


class NotifyType(StrEnum):
    """What a notification is about. Page: Notify, nlt…; flags, of which one comes at a time."""

    NONE = "none"
    CONTROL_EVENT = "control_event"
    PBX_INFORMATION = "pbx_information"
    INFORMATION = "information"
    INCOMING_CALL = "incoming_call"
    TIMER = "timer"
    CALLBACK_ORDER = "callback_order"
    APPLICATION = "application"
    APPLICATION_WARNING = "application_warning"
    APPLICATION_INFORMATION = "application_information"
    APPLICATION_ERROR = "application_error"
    COLOR = "color"


class ServerRequest(NamedTuple):
    """Events 101 to 103."""

    request: Request
    extra: Fields = _NO_FIELDS


class StateChanged(NamedTuple):
    """Event 111: the sender's user is in another state. None is what was not said."""

    state: UserState | None = None
    redirect: bool | None = None
    extra: Fields = _NO_FIELDS


class Notify(NamedTuple):
    """Event 112: a notification of the server, or of the program that listens.

    Args:
        guid: its id; all zeros where there is none.
        autohide: whether it is to go away by itself.
        color: "#rrggbb"; None is the usual one of its type.
        type: what it is about.
        time: when it came, in the server's zone.
        saved: whether the server keeps it.
        sender: from whom it is, in words.
        text: what it says.
        extra: what else was said, or could not be read, as it came.
    """

    guid: str = ""
    autohide: bool | None = None
    color: str | None = None
    type: NotifyType | None = None
    time: datetime | None = None
    saved: bool | None = None
    sender: str = ""
    text: str = ""
    extra: Fields = _NO_FIELDS


class Voicemail(NamedTuple):
    """Event 113: the sender's user has a new voicemail message."""

    extra: Fields = _NO_FIELDS


class UserMessage(NamedTuple):
    """Event 114: another user has sent the sender's user a message. The time is in the server's zone."""

    guid: str = ""
    time: datetime | None = None
    sender_id: str = ""
    sender_name: str = ""
    text: str = ""
    extra: Fields = _NO_FIELDS


class PersonalState(NamedTuple):
    """An object of the numbering plan and its state; `kind` is what the server calls such objects."""

    kind: str = ""
    id: str = ""
    number: str = ""
    name: str = ""
    state: UserState | None = None
    extra: Fields = _NO_FIELDS


class PersonalStates(NamedTuple):
    """Event 115: objects of the numbering plan are in other states."""

    objects: tuple[PersonalState, ...] = ()
    extra: Fields = _NO_FIELDS


class Other(NamedTuple):
    """Any other event: of the page (then its id and name are the page's), or not (then as they came)."""

    id: int | None
    name: str
    fields: Fields = _NO_FIELDS
    sets: tuple[Fields, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether the page has it."""
        return self.id is not None and EVENTS.get(self.id) == self.name


class JsonEvent(NamedTuple):
    """An event in the web-socket's form."""

    method: str
    body: Mapping[str, Any]


type Notification = (
    ServerRequest
    | StateChanged
    | Notify
    | Voicemail
    | UserMessage
    | PersonalStates
    | Other
    | JsonEvent
)

# --- tables ------------------------------------------------------------------------------------

EVENTS: Mapping[int, str] = MappingProxyType(
    {
        101: "shutdownrequested",
        102: "restartrequested",
        103: "connectionlost",
        111: "userstatechanged",
        112: "notify",
        113: "voicemail",
        114: "usermessage",
        115: "personalstatechanged",
        121: "tminterfaceconfirm",
        122: "tminterfacereserve",
        123: "tminterfaceclose",
        201: "halsrvregsuccess",
        202: "halsrvregtimeout",
        203: "haldevicefound",
        204: "haldevicelost",
        211: "hallightenkey",
        212: "halheadsetparams",
        213: "halclearnfieldnow",
        214: "halclearnfieldnext",
        231: "commutationstarted",
        232: "commutationstopped",
        233: "faxstarted",
        234: "faxstopped",
        235: "faxfilesreceived",
        236: "ringstarted",
        237: "ringfinished",
        238: "acmstarted",
        239: "acmfinished",
        240: "flashholdaction",
        241: "chainstatechange",
        242: "linestatechange",
        243: "calldetected",
        261: "conferencelistchanged",
        262: "conferencecompositionchanged",
        263: "conferencecompetitorstatechanged",
        264: "conferenceentrancerequest",
        265: "conferenceentrancedenied",
        266: "conferenceentrancepermitted",
        267: "conferencenotifyinvite",
        268: "conferenceuserstatechanged",
    }
)
_IDS: Mapping[str, int] = MappingProxyType({name: event_id for event_id, name in EVENTS.items()})
# The same as 101 to 103, on the vendor's other channel: who hears both is told once.
TWINS = frozenset({13101, 13102, 13103})

NOTIFY_TYPES: Mapping[str, tuple[int, NotifyType]] = MappingProxyType(
    {
        "nltnone": (0x00000, NotifyType.NONE),
        "nltcontrolevent": (0x00002, NotifyType.CONTROL_EVENT),
        "nltpbxinfo": (0x00008, NotifyType.PBX_INFORMATION),
        "nltinformation": (0x00010, NotifyType.INFORMATION),
        "nltincomingcall": (0x00020, NotifyType.INCOMING_CALL),
        "nlttimer": (0x00080, NotifyType.TIMER),
        "nltcallbackorder": (0x00100, NotifyType.CALLBACK_ORDER),
        "nltapplication": (0x00200, NotifyType.APPLICATION),
        "nltapplicationwarn": (0x00400, NotifyType.APPLICATION_WARNING),
        "nltapplicationinfo": (0x00800, NotifyType.APPLICATION_INFORMATION),
        "nltapplicationerr": (0x01000, NotifyType.APPLICATION_ERROR),
        "nltcolor": (0x40000, NotifyType.COLOR),
    }
)
_NOTIFY_TYPES_BY_CODE = MappingProxyType(dict(NOTIFY_TYPES.values()))

# --- from bytes to events ----------------------------------------------------------------------


def decode_post(body: bytes) -> list[Notification]:
    """Return what was posted, in its order; twins of what comes on another channel are left out.

    Raises:
        NotificationError: it is nothing that such a server tells.
    """
    if len(body) > POST_LENGTH:
        raise NotificationError(NotificationProblem.TOO_MUCH)
    text = decode(body)
    if "<" not in text and (form := _FORM.match(text)):
        text = decode(_from_base64(unquote_plus(form[1])))
    return _of_json(text) if _JSON.match(text) else _of_xml(text)


# With what JSON begins; a line of a log may begin with a time in brackets.
_JSON = re.compile(r"""\{|\[\s*["\[\]{]""")
# The field `data` of a form. What XML or JSON holds is never looked into for it.
_FORM = re.compile(r"(?![\[{])(?:[^&]*&)*?data=([^&]*)")


def _from_base64(text: str) -> bytes:
    """Read base 64, though a plus that was sent as it is has become a blank in the form."""
    packed = "".join(text.rstrip("\r\n\t =").replace(" ", "+").split())
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except ValueError:
        raise NotificationError(NotificationProblem.NOT_BASE64) from None


def _of_json(text: str) -> list[Notification]:
    """Read one event in the web-socket's form, or a list of them."""
    try:
        wire = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise NotificationError(NotificationProblem.NOT_JSON) from None
    if type(wire) is not list:
        raise NotificationError(NotificationProblem.NOT_JSON)
    if not wire:
        raise NotificationError(NotificationProblem.NOTHING)
    if _is_deeper(wire, DEPTH):
        raise NotificationError(NotificationProblem.FORBIDDEN)
    events = wire if type(wire[0]) is list else [wire]
    if len(events) > EVENTS_MOST:
        raise NotificationError(NotificationProblem.TOO_MUCH)
    return [_json_event(event) for event in events]


def _is_deeper(wire: Any, depth: int) -> bool:
    """Tell whether more than so many lists and objects lie within each other."""
    if not isinstance(wire, list | dict):
        return False
    inner = wire.values() if isinstance(wire, dict) else wire
    return not depth or any(_is_deeper(each, depth - 1) for each in inner)


def _json_event(wire: Any) -> JsonEvent:
    match wire:
        case [str(method)] | [str(method), {}] if 0 < len(method) <= NAME_LENGTH:
            return JsonEvent(method, wire[1] if len(wire) == 2 else {})
    raise NotificationError(NotificationProblem.NOT_JSON)


def _of_xml(text: str) -> list[Notification]:
    documents = _documents(text)
    if len(documents) > EVENTS_MOST:
        raise NotificationError(NotificationProblem.TOO_MUCH)
    events = [event for document in documents for event in _events(document)]
    if not events:
        raise NotificationError(NotificationProblem.NOTHING)
    if len(events) > EVENTS_MOST:
        raise NotificationError(NotificationProblem.TOO_MUCH)
    return [told for event in events if (told := _told(event)) is not None]


# --- documents ---------------------------------------------------------------------------------

# What markup begins with "<". What does not end reaches to the end of the text, so that it is gone
# through only once; quotes matter, since a ">" may stand in them.
_MARKUP = re.compile(
    r"""<(?:!\[CDATA\[.*?(?:\]\]>|\Z)
         |!--.*?(?:-->|\Z)
         |(?P<declaration>\?xml\s).*?(?:\?>|\Z)
         |\?.*?(?:\?>|\Z)
         |(?P<forbidden>!)
         |/(?P<end>[^<>]*)>
         |(?P<tag>[^\W\d][\w.:-]*+)(?:[^<>"']|"[^"<]*"|'[^'<]*')*+>
      )""",
    re.DOTALL | re.VERBOSE,
)
# With what a document begins that has no declaration; anything else before it is a line's heading.
_ROOTS = frozenset({"oktellcommapper", "oktellxmlmapper", "data", "d", "event", "e"})


def _documents(text: str) -> list[str]:
    """Return the XML documents in a text, without declarations and what stands between them.

    Where each ends is told by its tags alone: a text within could hold what looks like a document.
    """
    documents: list[str] = []
    start: int | None = None
    depth, is_declared = 0, False
    for markup in _MARKUP.finditer(text):
        if markup["forbidden"]:
            raise NotificationError(NotificationProblem.FORBIDDEN)
        is_declared |= markup["declaration"] is not None
        if start is None:
            if not _begins(markup, is_declared=is_declared):
                continue
            start = markup.start()
        depth += _deeper(markup)
        if not depth:
            documents.append(text[start : markup.end()])
            start, is_declared = None, False
    if start is not None:
        raise NotificationError(NotificationProblem.NOT_XML)
    return documents


def _begins(markup: re.Match[str], *, is_declared: bool) -> bool:
    """Tell whether a document's first tag is this."""
    tag: str | None = markup["tag"]
    return tag is not None and (is_declared or tag.lower() in _ROOTS)


def _deeper(markup: re.Match[str]) -> int:
    """Return by how much what follows lies deeper."""
    if markup["tag"] is not None:
        return 0 if markup[0].endswith("/>") else 1
    return 0 if markup["end"] is None else -1


_PROBLEMS = {
    XmlProblem.TOO_LONG: NotificationProblem.TOO_MUCH,
    XmlProblem.NOT_XML: NotificationProblem.NOT_XML,
    XmlProblem.FORBIDDEN: NotificationProblem.FORBIDDEN,
}


class _Event(NamedTuple):
    """An event's element, and the sets of properties that lie in it."""

    element: Element
    sets: list[Element]


def _events(document: str) -> Iterator[_Event]:
    """Yield a document's events, wherever they lie."""
    try:
        elements = read_xml(document).elements
    except XmlError as error:
        raise NotificationError(_PROBLEMS[error.problem]) from None
    found: _Event | None = None
    for element in elements:
        if element.kind == "event":
            if found:
                yield found
            found = _Event(element, [])
        elif found and element.properties and len(found.sets) < SETS_MOST:
            found.sets.append(element)
    if found:
        yield found


# --- from events to notifications --------------------------------------------------------------


def _told(event: _Event) -> Notification | None:
    """Return what an event tells, if it is not told by another."""
    element = event.element
    event_id, name = _number(element.id), element.name.strip()
    if event_id in TWINS:
        return None
    known = _IDS.get(name.lower(), event_id)
    if known is None or known not in EVENTS:
        return _other(event_id, name[:NAME_LENGTH], event)
    if (reader := _READERS.get(known)) is not None:
        return reader(event)
    return _other(known, EVENTS[known], event)


def _other(event_id: int | None, name: str, event: _Event) -> Other:
    sets = tuple(_fields(each.properties) for each in event.sets)
    return Other(event_id, name, _fields(event.element.properties), sets)


class _Properties:
    """An event's or a set's properties: what is read is taken out, and the rest is `extra`."""

    __slots__ = ("_left",)

    def __init__(self, element: Element) -> None:
        self._left = dict(element.properties)

    def take[T](self, read: Callable[[Property], T | None], *keys: str) -> T | None:
        """Return the first that is there, if it can be read."""
        for key in keys:
            if key in self._left:
                value = read(self._left[key])
                if value is not None:
                    del self._left[key]
                return value
        return None

    def extra(self) -> Fields:
        """Return the rest, as it came."""
        return _fields(self._left)


def _fields(properties: Mapping[str, Property]) -> Fields:
    """Return properties by their keys; one that has a name beside its value has a field for each."""
    fields: dict[str, str] = {}
    for key, (value, name) in properties.items():
        fields[key] = value or name
        if value and name:
            fields[f"{key}_name"] = name
    kept = islice(fields.items(), FIELDS_MOST)
    return {key[:NAME_LENGTH]: value[:FIELD_LENGTH] for key, value in kept}


def _requested(request: Request, event: _Event) -> ServerRequest:
    return ServerRequest(request, _fields(event.element.properties))


def _state_changed(event: _Event) -> StateChanged:
    properties = _Properties(event.element)
    return StateChanged(
        state=properties.take(_state, "newstate"),
        redirect=properties.take(_flag, "redirect"),
        extra=properties.extra(),
    )


def _notify(event: _Event) -> Notify:
    properties = _Properties(event.element)
    return Notify(
        guid=properties.take(_guid, "guid") or "",
        autohide=properties.take(_flag, "autohide"),
        color=properties.take(_color, "backcolor_argb") or None,
        type=properties.take(_notify_type, "type"),
        time=properties.take(_time, "datetime"),
        saved=properties.take(_flag, "dbsaved"),
        sender=properties.take(_name, "sender") or "",
        text=properties.take(_text, "text") or "",
        extra=properties.extra(),
    )


def _voicemail(event: _Event) -> Voicemail:
    return Voicemail(_fields(event.element.properties))


def _user_message(event: _Event) -> UserMessage:
    properties = _Properties(event.element)
    return UserMessage(
        guid=properties.take(_guid, "guid") or "",
        time=properties.take(_time, "datetime"),
        sender_id=properties.take(_guid, "senderid") or "",
        sender_name=properties.take(_name, "sendername") or "",
        text=properties.take(_text, "text") or "",
        extra=properties.extra(),
    )


def _personal_states(event: _Event) -> PersonalStates:
    """Read the objects that lie in the event, or the one that the event itself is about."""
    if event.sets:
        objects = tuple(map(_personal_state, event.sets))
        return PersonalStates(objects, _fields(event.element.properties))
    if event.element.properties:
        return PersonalStates((_personal_state(event.element)._replace(kind=""),))
    return PersonalStates()


def _personal_state(element: Element) -> PersonalState:
    """Read an object; the vendor's page on it was not seen, so its twins' names are taken, too."""
    properties = _Properties(element)
    own_id = "" if element.kind == "event" else element.id
    return PersonalState(
        kind=element.name[:NAME_LENGTH],
        id=properties.take(_guid, "guid", "id", "userid") or _clean_id(own_id),
        number=properties.take(_name, "prefix", "number", "num") or "",
        name=properties.take(_name, "caption", "name", "username") or "",
        state=properties.take(
            _state, "state", "newstate", "numstateid", "stateid", "userstateid", "userstate"
        ),
        extra=properties.extra(),
    )


_READERS: Mapping[int, Callable[[_Event], Notification]] = MappingProxyType(
    {
        101: partial(_requested, Request.SHUTDOWN),
        102: partial(_requested, Request.RESTART),
        103: partial(_requested, Request.SENDER_DISCONNECTED),
        111: _state_changed,
        112: _notify,
        113: _voicemail,
        114: _user_message,
        115: _personal_states,
    }
)

# --- single values -----------------------------------------------------------------------------


def _number(digits: str) -> int | None:
    """Read a whole number of 32 bits, signed or not."""
    digits = digits.strip()
    unsigned = digits.removeprefix("-")
    if unsigned.isascii() and unsigned.isdigit() and len(unsigned) <= _DIGITS:
        return int(digits)
    return None


_DIGITS = 10


def _flag(given: Property) -> bool | None:
    return _FLAGS.get(given.value.strip().lower())


_FLAGS = {"1": True, "true": True, "0": False, "false": False}


def _state(given: Property) -> UserState | None:
    state = state_of(given.value)
    return state_of(given.name) if state is None else state


def _color(given: Property) -> str | None:
    """Read a colour of 32 bits, alpha first; all zeros, which is nothing to be seen, are none."""
    argb = _number(given.value)
    if argb is None or not -(2**31) <= argb < 2**32:
        return None
    return f"#{argb & 0xFFFFFF:06x}" if argb else ""


def _notify_type(given: Property) -> NotifyType | None:
    code = _number(given.value)
    if code is not None and code in _NOTIFY_TYPES_BY_CODE:
        return _NOTIFY_TYPES_BY_CODE[code]
    for name in (given.name, given.value):
        if (found := NOTIFY_TYPES.get(name.strip().lower())) is not None:
            return found[1]
    return None


def _time(given: Property) -> datetime | None:
    if len(given.value) > _TIME_LENGTH:
        return None
    try:
        return datetime.strptime(given.value.strip(), "%d.%m.%Y %H:%M:%S")  # noqa: DTZ007 -- the server's zone
    except ValueError:
        return None


_TIME_LENGTH = 32


def _guid(given: Property) -> str | None:
    return _clean_id(given.value)


def _clean_id(text: str) -> str:
    """Return an id as ids are compared; Windows may write braces around it."""
    return text.strip().strip("{}").lower()[:NAME_LENGTH]


def _name(given: Property) -> str:
    return (given.value or given.name).strip()[:NAME_LENGTH]


def _text(given: Property) -> str:
    return (given.value or given.name)[:TEXT_LENGTH]
