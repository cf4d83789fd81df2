"""The XML of service notifications, as page Service notifications has it.

Of 115 and of 121 to 268 no sample is known: 115 looks like the numbering plan's snapshot, and of the others
the fields are whatever the control port says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from .site import NO_ID
from .xml_bodies import VERSION, cdata, simple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .office import User
    from .site import Site

NAMES: Mapping[int, str] = {
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
    13_101: "shutdown",
    13_102: "restart",
    13_103: "connectionlost",
}
NOTIFY_TYPES: Mapping[int, str] = {
    0x00000: "nltNone",
    0x00002: "nltControlEvent",
    0x00008: "nltPBXinfo",
    0x00010: "nltInformation",
    0x00020: "nltIncomingCall",
    0x00080: "nltTimer",
    0x00100: "nltCallbackOrder",
    0x00200: "nltApplication",
    0x00400: "nltApplicationWarn",
    0x00800: "nltApplicationInfo",
    0x01000: "nltApplicationErr",
    0x40000: "nltColor",
}
SYSTEM_SENDER = "Системная АТС"
_PBX_INFO = 0x00008
_SLIP = 112  # the id that the page's sample of 114 has
_TIME = "%d.%m.%Y %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification may say; each kind takes what it has a place for.

    Attributes:
        text: of a notification or message.
        sender: who it is from: a name, or a user of the office.
        type: a notification's type, such as 8 for nltPBXinfo.
        color: ARGB, as a signed number.
        fields: properties of a kind without a sample.
    """

    text: str = ""
    sender: str = ""
    type: int = _PBX_INFO
    color: int = 0
    fields: Mapping[str, str] | None = None


def event(site: Site, code: int, user: User | None, notice: Notice, *, slips: bool = True) -> str:
    """Return an event's XML; with `slips`, 114 goes by the id that the page's sample has."""
    properties = _properties(site, code, user, notice)
    shown = _SLIP if slips and code == 114 else code
    opening = f'<event id="{shown}" name={quoteattr(NAMES[code])}'
    element = f"{opening}>{properties}</event>" if properties else f"{opening} />"
    return (
        '<?xml version="1.0" encoding="utf-16"?>\n'
        f'<oktellcommapper version="{VERSION}"><data>{element}</data></oktellcommapper>'
    )


def moment(site: Site) -> str:
    """Return the server's time, without a zone."""
    return datetime.fromtimestamp(site.clock()).strftime(_TIME)  # noqa: DTZ006 - servers tell no zone


def _properties(site: Site, code: int, user: User | None, notice: Notice) -> str:
    match code:
        case 111 if user is not None:
            standing = user.standing
            return simple("newstate", int(standing.state), standing.state.wire_name) + simple(
                "redirect", int(standing.redirect)
            )
        case 112:
            return _notify(site, notice)
        case 114:
            return _message(site, notice)
        case 115 if user is not None:
            return _personal_state(site, user)
    return "".join(simple(key, value) for key, value in (notice.fields or {}).items())


def _notify(site: Site, notice: Notice) -> str:
    return (
        simple("guid", NO_ID)
        + simple("autohide", 1)
        + simple("backcolor_argb", notice.color)
        + simple("type", notice.type, NOTIFY_TYPES.get(notice.type))
        + simple("datetime", moment(site))
        + simple("dbsaved", 1)
        + cdata("sender", notice.sender or SYSTEM_SENDER)
        + cdata("text", notice.text)
    )


def _message(site: Site, notice: Notice) -> str:
    sender = next((user for user in site.office.users.values() if user.name == notice.sender), None)
    return (
        simple("guid", site.guid())
        + simple("datetime", moment(site))
        + simple("senderid", NO_ID if sender is None else sender.id)
        + cdata("sendername", notice.sender)
        + cdata("text", notice.text)
    )


def _personal_state(site: Site, user: User) -> str:
    state = user.standing.state
    return "".join(
        f'<property_set name="number" id={quoteattr(site.office.number_ids.get(number, NO_ID))}>'
        + simple("prefix", number)
        + cdata("caption", user.name)
        + simple("isgroup", 0)
        + simple("state", int(state), state.wire_name)
        + "</property_set>"
        for number in user.numbers
    )
