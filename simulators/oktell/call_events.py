"""What users' clients are told of their calls, as it happens.

The names are those of the `phoneevent_…` frames; the call-back leg of the dialer looks as captured: no
caller's number, the line's id all zeros, and whom it is about only in the text.
"""

from typing import TYPE_CHECKING

from .call_info import line_state
from .calls import Stage
from .site import NO_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .calls import Call, Party
    from .frames import Body
    from .hub import Hub
    from .office import User

_NO_LINE = "00000"
_OUTER_LINE = "00001"
_FLASHED, _NOT_FLASHED, _LOST = 1, 0, 2
_RING: Mapping[str, object] = {
    "callercomment": "",
    "callerdescription": "",
    "canfax": False,
    "canvideo": False,
    "connectionindex": 4,
    "isconference": False,
    "istask": False,
}


class CallEvents:
    """Tells the users in calls what happens to them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def rings(self, call: Call) -> None:
        """Tell that the called one's telephone rings."""
        user = call.callee.user
        if user is not None:
            called = {"calledid": call.callee.number}
            self._tell(user, call, "ringstarted", {**_caller(call.caller), **_RING, **called})

    def rings_back(self, call: Call) -> None:
        """Tell that the dialer rings the line on whose behalf it dials."""
        user = call.caller.user
        if user is not None:
            self._tell(user, call, "ringstarted", {**_call_back(call.callee), **_RING})

    def dials(self, call: Call) -> None:
        """Tell that the dialer is at work."""
        user = call.caller.user
        if user is not None:
            self._tell(user, call, "acmcallstarted", {"calledid": call.callee.number})

    def stopped_ringing(self, call: Call) -> None:
        """Tell that nothing rings any more, and the dialer rests."""
        caller, callee = call.caller.user, call.callee.user
        rings_back = call.stage is Stage.CALLING_BACK
        ringing = caller if rings_back else callee
        if ringing is not None:
            self._tell(ringing, call, "ringstopped", {})
        if caller is not None and call.stage is Stage.CALLING_OUT:
            self._tell(caller, call, "acmcallstopped", {})

    def talks(self, call: Call) -> None:
        """Tell both that they are connected."""
        for user in call.users:
            other = _caller(call.other(user))
            self._tell(user, call, "commstarted", {**other, "isconference": False})

    def stopped_talking(self, call: Call) -> None:
        """Tell both that they are not connected any more."""
        for user in call.users:
            self._tell(user, call, "commstopped", {})

    def flashed(self, user: User, *, lost: bool = False) -> None:
        """Tell a user that they hold somebody, or not any more."""
        holds = user.line is not None and user.line.held is not None
        kind = _LOST if lost else _FLASHED if holds else _NOT_FLASHED
        self._hub.tell(user, "flashstatechanged", {"flashtypeid": kind, **_whose(user)})

    def line_changed(self, user: User) -> None:
        """Tell a user that their line's state is another one."""
        if user.line is not None:
            state, name = line_state(user)
            body = {"lineid": user.line.id, "linestateid": state, "linestatestr": name}
            self._hub.tell(user, "linestatechanged", {**body, **_whose(user)})

    def _tell(self, user: User, call: Call, event: str, fields: Body) -> None:
        body = {**fields, "chainid": call.id, **_whose(user)}
        if event.startswith("comm"):
            body["commutationid"] = call.commutation_id
        self._hub.tell(user, f"phoneevent_{event}", body)


def _whose(user: User) -> Body:
    return {"userid": user.id, "userlogin": user.login}


def _caller(party: Party) -> Body:
    line = None if party.user is None else party.user.line
    return {
        "callerdirection": "pbx" if party.user is not None else "city",
        "callerid": party.number,
        "callerinfo": party.name,
        "callerlineid": NO_ID if line is None else line.id,
        "callerlinenum": _OUTER_LINE if line is None else line.number,
        "callername": party.name,
        "isextline": party.user is None,
    }


def _call_back(party: Party) -> Body:
    return {
        "callerdirection": "oktell_pbx",
        "callerid": "",
        "callerinfo": f"Автодозвон. Обратный вызов.\nАбонент: {party.number}",
        "callerlineid": NO_ID,
        "callerlinenum": _NO_LINE,
        "callername": "",
        "isextline": False,
    }
