"""One whole message of every kind, made out of the codec's tables: who adds a field there has it here."""

from collections.abc import Callable
from typing import Any, NamedTuple

from custom_components.office_cti.telephony import readers
from custom_components.office_cti.telephony.oktell import frames, multipart
from custom_components.office_cti.telephony.oktell.frames import ANSWER, EVENTS, IfAny, Inside
from custom_components.office_cti.telephony.readers import Field, Fields, Many, Nullable, Record

GUID = "da803f01-ea77-40fa-bc9d-e2efb36fd5a8"

# What each reader reads.
SAMPLES: dict[Any, Any] = {
    readers.count: 3,
    readers.count_or_none: "3",
    readers.flag: True,
    readers.flag_or_no: 1,
    readers.identifier: "17",
    readers.local_time: "2011-07-27 14:41:28",
    readers.message_text: "Обратный вызов",
    readers.number: 2,
    readers.text_or_empty: "Колл-центр",
    frames.guid: GUID.upper(),
    readers.label: "101",
    frames.number_state: {"num": "101", "numstateid": 5},
    frames.some_guid: GUID,
    frames.state: 5,
    frames.success: True,
    frames.written_time: "12.07.2008 20:29:11",
    multipart.content: "W10=",
}

# What the body of each answer is read with, and what a result of it is.
BODIES: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "login": (frames.logged_in, frames.LoggedIn),
    "getversion": (frames.version, frames.Version),
    "getmyuserinfo": (frames.own_user, frames.OwnUser),
    "getuserstate": (frames.user_state, frames.UserStateChanged),
    "cc_getlunchtypes": (frames.break_reasons, tuple[frames.BreakReason, ...]),
    "getpbxnumbers": (frames.pbx_numbers, tuple[frames.PbxNumber, ...]),
    "getallusernumbers": (frames.user_numbers, tuple[frames.UserNumbers, ...]),
    "getextendedlineinfo": (frames.line_info, frames.LineInfo),
    "getredirectrules": (frames.redirect_rules, tuple[frames.RedirectRule, ...]),
    "getchaincontent": (frames.chain_content, frames.ChainContent | None),
}


def sample(read: Any) -> Any:
    """Return what a reader reads without a problem."""
    match read:
        case Nullable() | IfAny():
            return sample(read.read)
        case Many():
            return [sample(read.read)]
        case Inside():
            return {read.name: sample(read.read)}
        case Record():
            return sample(read.of)
        case Fields():
            return {field.wire: sample(field.read) for field in read.fields}
        case _:
            return SAMPLES[read]


def fields(read: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Field]]:
    """Return a reader's fields, and those of what it holds, with their place in a sample."""
    match read:
        case Nullable() | IfAny():
            return fields(read.read, path)
        case Many():
            return fields(read.read, (*path, 0))
        case Inside():
            return fields(read.read, (*path, read.name))
        case Record():
            own = [((*path, field.wire), field) for field in read.of.fields]
            return own + [each for way, field in own for each in fields(field.read, way)]
        case _:
            return []


class Specimen(NamedTuple):
    """A message as it travels, and the table that reads it."""

    name: str
    body: dict[str, Any]
    table: Record[Any]


SPECIMENS = (
    *(Specimen(name, sample(table), table) for name, table in EVENTS.items()),
    Specimen("someresult", sample(ANSWER), ANSWER),
)
