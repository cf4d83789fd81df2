"""What can be asked about a line: the chain's content, the other party, the line's own state.

Of the line states only the value of lsCommutated and the names lsDisconnected, lsHookUp, lsReserved and
lsCommutated are known of real servers; the others are made up.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from .calls import Phase, Stage
from .site import NO_ID
from .states import UserState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .calls import Call, Party, View
    from .frames import Body
    from .office import User

_DISCONNECTED = (0, "lsDisconnected")
_IDLE = (1, "lsFree")
_STATES: Mapping[Phase, tuple[int, str]] = {
    Phase.CALLING: (4, "lsHookUp"),
    Phase.RINGING: (16, "lsRinging"),
    Phase.RINGING_BACK: (16, "lsRinging"),
    Phase.DIALING: _IDLE,
    Phase.TALKING: (32, "lsCommutated"),
    Phase.WAITING: (32, "lsCommutated"),
    Phase.FLASHING: (4, "lsHookUp"),
}
_OUTER_LINE = "00001"


def line_state(user: User) -> tuple[int, str]:
    """Return the number and name of a line's state."""
    if user.line is None or user.standing.state in {UserState.DISCONNECTED, UserState.NO_PHONE}:
        return _DISCONNECTED
    return _IDLE if user.line.view is None else _STATES[user.line.view.phase]


def chain_content(user: User) -> Body | None:
    """Return what a chain is made of, as page Server HTTP interface has it; None without a call."""
    view = _view(user)
    if view is None:
        return None
    call = view.call
    trace = [_call_element(call)]
    if call.stage is Stage.TALKING:
        trace.append(_commutation(call))
    return {
        "createtime": _time(call.created),
        "trace": trace,
        "customfield": "",
        "chainid": call.id,
    }


def abonent_info(user: User, *, marks_ringing: bool = False) -> Body | None:
    """Return who is at the other end, as page Server HTTP interface has it; None without a call.

    The page shows a line that talks; whether others are marked when they ring is not known.
    """
    view = _view(user)
    if view is None:
        return None
    state, name = line_state(user)
    marks = _ringing(view) if marks_ringing else {}
    return {
        "abonentinfo": _abonent_info(view, user) | marks,
        "currentlinestatestr": name,
        "currentlinestate": state,
    }


def extended_line_info(user: User, now: float) -> Body:
    """Return the web-socket's twin of the two."""
    _, name = line_state(user)
    view = _view(user)
    body: Body = {"linestatestr": name, "isflashing": False, "timertalklensec": 0}
    if view is None:
        return body
    call = view.call
    body |= {
        "chainid": call.id,
        "calledid": call.callee.number,
        "isflashing": view.held is not None,
        "timertalklensec": 0 if call.answered is None else max(0, int(now - call.answered)),
    }
    if view.held is not None:
        body["flashed"] = _person(view.held.other(user), view.held)
    if view.phase is not Phase.FLASHING:
        body["abonent"] = _abonent(view, user)
    return body


def _view(user: User) -> View | None:
    return None if user.line is None else user.line.view


def _abonent(view: View, user: User) -> Body:
    phase = view.phase
    return {
        **_person(view.call.other(user), view.call),
        "isautocall": phase is Phase.DIALING,
        **_ringing(view),
        "iscommutated": phase is Phase.TALKING,
        "iswaitinginflash": phase is Phase.WAITING,
        "isconference": False,
        "isivr": False,
        "iswaitingforanswer": phase is Phase.CALLING,
    }


def _ringing(view: View) -> Body:
    return {
        "isringing": view.phase in {Phase.RINGING, Phase.RINGING_BACK},
        "direction": "acm_callback" if view.phase is Phase.RINGING_BACK else "pbx",
    }


def _person(party: Party, call: Call) -> Body:
    body: Body = {
        "number": party.number,
        "callerid": party.number,
        "isextline": party.user is None,
        "name": party.name,
        "simplename": party.name,
        "caption": party.name or party.number,
        "comment": "",
        "chainid": call.id,
    }
    if party.user is None:
        return body | {"extline": _OUTER_LINE}
    return body | {
        "userid": party.user.id,
        "username": party.user.name,
        "userlogin": party.user.login,
    }


def _abonent_info(view: View, user: User) -> Body:
    call, other = view.call, view.call.other(user)
    body: Body = {
        "cansendfiles": False,
        "isconference": False,
        "callerlineid": _line_id(other),
        "callercomment": "",
        "isuser": other.user is not None,
        "callername": other.name,
        "canswitchtoconf": False,
        "commutationid": call.commutation_id if call.stage is Stage.TALKING else NO_ID,
        "callerdescription": "",
        "callerlinenum": _line_number(other),
        "isivr": False,
        "callerid": other.number,
        "callersimple": other.name,
        "canfax": True,
        "canvideo": False,
        "chainid": call.id,
        "isextline": other.user is None,
    }
    if other.user is not None:
        body |= {
            "callerusername": other.user.name,
            "calleruserlogin": other.user.login,
            "calleruserid": other.user.id,
        }
    return body


def _call_element(call: Call) -> Body:
    caller = call.caller
    body: Body = {
        "isuser": caller.user is not None,
        "queuepriority": 10,
        "managedlineid": _line_id(caller),
        "contentelementtype": "call",
        "srclinenumber": _line_number(caller),
        "calledid": call.callee.number,
        "istask": False,
        "pbxdirection": "external" if caller.user is None else "internal",
        "queuesourcestr": "qsLineLogic",
        "srclineid": _line_id(caller),
        "objecttypestr": "qotQueueLogic",
        "managedlinenumber": _line_number(caller),
        "objecttype": 0,
        "callerid": caller.number,
        "queuesource": 1,
        "startqueuetime": _time(call.created),
        "objectid": call.id,
        "srcelementid": _line_id(caller),
    }
    if caller.user is not None:
        department = caller.user.department
        body |= {
            "userlogin": caller.user.login,
            "userid": caller.user.id,
            "username": caller.user.name,
            "department": "" if department is None else department.name,
        }
    return body


def _commutation(call: Call) -> Body:
    inside = call.caller.user is not None and call.callee.user is not None
    return {
        "contentelementtype": "commutation",
        "connectiontype": 3 if inside else 1,
        "connectiontypestr": "ctInnerInner" if inside else "ctInnerOuter",
        "commutationid": call.commutation_id,
        "timestart": _time(call.created),
        "timeanswer": _time(call.answered or call.created),
        "isrecorded": True,
        **_side("a", call.caller, dialed=call.callee.number),
        **_side("b", call.callee, dialed=""),
    }


def _side(side: str, party: Party, *, dialed: str) -> Body:
    body: Body = {
        f"{side}text": party.name or party.number,
        f"{side}isuser": party.user is not None,
        f"{side}outnumber": party.number,
        f"{side}lineid": _line_id(party),
        f"{side}linenumber": _line_number(party),
        f"{side}numberdialed": dialed,
    }
    if party.user is not None:
        body |= {
            f"{side}userid": party.user.id,
            f"{side}username": party.user.name,
            f"{side}userlogin": party.user.login,
        }
    return body


def _line_id(party: Party) -> str:
    return NO_ID if party.user is None or party.user.line is None else party.user.line.id


def _line_number(party: Party) -> str:
    if party.user is None or party.user.line is None:
        return _OUTER_LINE
    return party.user.line.number


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment).isoformat(" ", "seconds")  # noqa: DTZ006 - servers tell no zone
