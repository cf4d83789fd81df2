"""The web-socket's commands: what a client sends, and what it is answered.

Each answer has the command's name with `result` after it, and its `qid`. Most commands need a log-in,
and act for the user who is logged in. What the server does not know it leaves unanswered.
"""

from typing import TYPE_CHECKING, cast

from aiohttp import WSMsgType, web

from .call_info import chain_content, extended_line_info
from .frames import decode
from .login import Login, LoginRefused
from .office import OfficeError
from .picture import pbx_numbers, user_numbers, user_state
from .states import Wish

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiohttp.web_request import BaseRequest

    from simulators.faults import CommandFault
    from simulators.seam import Seam

    from .calls import Calls
    from .frames import Body
    from .hub import Client, Hub
    from .messenger import Messenger
    from .office import User
    from .passwords import OneTimePasswords
    from .requests import OktellRequestLog
    from .site import Site

MESSAGE_LIMIT = 16 * 1024 * 1024  # bytes
NOT_LOGGED_IN = 50_003
NOT_DONE = 50_010
FAULT = 50_001

type _Command = Callable[[Client, User, Body], Body]


class WebSocket:
    """Serves web-socket connections."""

    def __init__(
        self,
        site: Site,
        hub: Hub,
        calls: Calls,
        messenger: Messenger,
        passwords: OneTimePasswords,
        log: OktellRequestLog,
        take_fault: Callable[[str], CommandFault | None],
        port: Callable[[], int],
    ) -> None:
        self._site = site
        self._hub = hub
        self._calls = calls
        self._messenger = messenger
        self._passwords = passwords
        self._log = log
        self._take_fault = take_fault
        self._port = port
        self._login = Login(site, hub)
        self._commands: Mapping[str, _Command] = {
            "logout": self._log_out,
            "getmyuserinfo": self._my_user_info,
            "cc_getlunchtypes": self._break_reasons,
            "getuserstate": self._user_state,
            "setuserstate": self._set_user_state,
            "entercallcenter": self._enter_call_center,
            "exitcallcenter": self._exit_call_center,
            "getredirectrules": self._redirect_rules,
            "getpbxnumbers": self._pbx_numbers,
            "getallusernumbers": self._user_numbers,
            "getextendedlineinfo": self._extended_line_info,
            "getchaincontent": self._chain_content,
            "getcurrentqueue": self._current_queue,
            "subscribeevent": self._subscribe,
            "unsubscribeevent": self._unsubscribe,
            "pbxautocallstart": self._start_call,
            "pbxautocallabort": self._stop_dialing,
            "pbxabortcall": self._abort_call,
            "pbxdeclinecall": self._decline_call,
            "pbxanswercall": self._answer_call,
            "pbxmakeflash": self._flash,
            "pbxmaketransfer": self._transfer,
            "pbxtransfercall": self._transfer,
            "sendusertextmessage": self._send_text,
            "gettemphttppass": self._one_time_password,
        }

    async def serve(self, request: BaseRequest) -> web.WebSocketResponse:
        """Talk with one client until its connection ends."""
        socket = web.WebSocketResponse(
            protocols=("json",), compress=False, max_msg_size=MESSAGE_LIMIT
        )
        await socket.prepare(request)
        wire = cast("Seam", request.transport).wire
        wire.is_websocket = True
        client = self._hub.connect(wire)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.take(client, message.data)
        finally:
            self._hub.disconnect(client)
        return socket

    def take(self, client: Client, text: str) -> None:
        """Do what a client's message says, and answer it."""
        message = decode(text)
        if message is None:
            self._log.meaningless += 1
            return
        method, body = message
        self._log.frame(None if client.user is None else client.user.login, method, body)
        fault = self._take_fault(method)
        if fault is not None and fault.error is not None:
            self._answer(client, method, body, _refusal(fault.error, FAULT))
            return
        answer = None if fault is not None and not fault.carried_out else self._do(client, *message)
        if fault is None and answer is not None:
            self._answer(client, method, body, answer)

    def _do(self, client: Client, method: str, body: Body) -> Body | None:
        if method == "ping":
            return self._ping(client)
        if method == "login":
            return self._log_in(client, body)
        if method == "getversion":
            return self._version()
        command = self._commands.get(method)
        if command is None:
            return None
        if client.user is None:
            return _refusal("Not authorized", NOT_LOGGED_IN)
        try:
            return {"result": 1} | command(client, client.user, body)
        except OfficeError as error:
            return _refusal(str(error), NOT_DONE)

    @staticmethod
    def _answer(client: Client, method: str, body: Body, answer: Body) -> None:
        name = answer.pop("method", "pong") if method == "ping" else f"{method}result"
        qid = {"qid": body["qid"]} if "qid" in body else {}
        client.send(name, {**qid, **answer})

    # Before and at the log-in.

    def _ping(self, client: Client) -> Body:
        is_first, client.has_pinged = not client.has_pinged, True
        if is_first and self._site.settings.redirects:
            return {"method": "websocketredirect"}
        return {}

    def _log_in(self, client: Client, body: Body) -> Body:
        try:
            return {"result": 1} | self._login.log_in(client, body)
        except LoginRefused as refused:
            return _refusal(str(refused), refused.error)

    def _version(self) -> Body:
        dated = self._site.settings.dated
        return {
            "result": 1,
            "version": {
                "dated": dated,
                "build": f"2.11.1.{dated}",
                "webserverport": self._port(),
            },
            "alloweddbstoredprocs": {},
        }

    def _log_out(self, client: Client, _user: User, _body: Body) -> Body:
        assert client.session is not None
        self._hub.end(client.session)
        return {}

    # The picture.

    def _my_user_info(self, _client: Client, user: User, _body: Body) -> Body:
        line = user.line
        return {
            "userid": user.id,
            "userlogin": user.login,
            "username": user.name,
            "mainpbxnumber": user.main,
            "hasline": line is not None,
            "lineid": "" if line is None else line.id,
            "linenumber": "" if line is None else line.number,
            "isoperator": user.is_operator,
        }

    def _break_reasons(self, _client: Client, _user: User, _body: Body) -> Body:
        reasons = self._site.office.break_reasons
        return {"items": [{"id": key, "name": name} for key, name in reasons.items()]}

    def _redirect_rules(self, _client: Client, user: User, _body: Body) -> Body:
        rules = [{"id": 1, "destinationnumber": user.redirects_to}] if user.redirects_to else []
        return {"redirectrules": rules}

    def _pbx_numbers(self, _client: Client, _user: User, body: Body) -> Body:
        return {"numbers": pbx_numbers(self._site, full=body.get("mode") == "full")}

    def _user_numbers(self, _client: Client, user: User, _body: Body) -> Body:
        return {"users": user_numbers(self._site, user)}

    def _extended_line_info(self, _client: Client, user: User, _body: Body) -> Body:
        return extended_line_info(user, self._site.clock())

    def _chain_content(self, _client: Client, user: User, _body: Body) -> Body:
        content = chain_content(user)
        return {} if content is None else {"content": content}

    def _current_queue(self, _client: Client, _user: User, _body: Body) -> Body:
        return {"queue": []}

    def _subscribe(self, client: Client, _user: User, body: Body) -> Body:
        client.subscriptions |= _events(body)
        return {}

    def _unsubscribe(self, client: Client, _user: User, body: Body) -> Body:
        client.subscriptions -= _events(body)
        return {}

    # States.

    def _user_state(self, _client: Client, user: User, _body: Body) -> Body:
        return user_state(user, self._site.settings.state_key)

    def _set_user_state(self, client: Client, user: User, body: Body) -> Body:
        self._site.states.ask(user, _wish(body))
        return self._user_state(client, user, body)

    def _enter_call_center(self, client: Client, user: User, body: Body) -> Body:
        self._site.states.ask(user, Wish(call_center=True))
        return self._user_state(client, user, body)

    def _exit_call_center(self, client: Client, user: User, body: Body) -> Body:
        self._site.states.ask(user, Wish(call_center=False))
        return self._user_state(client, user, body)

    # Calls.

    def _start_call(self, _client: Client, user: User, body: Body) -> Body:
        line_first = body.get("sequence", "user") != "abonent"
        self._calls.dial(user, _text(body, "number"), line_first=line_first)
        return {}

    def _stop_dialing(self, _client: Client, user: User, _body: Body) -> Body:
        return _done(self._calls.stop_dialing(user))

    def _abort_call(self, _client: Client, user: User, _body: Body) -> Body:
        return _done(self._calls.abort(user))

    def _decline_call(self, _client: Client, user: User, _body: Body) -> Body:
        return _done(self._calls.decline(user))

    def _answer_call(self, _client: Client, user: User, _body: Body) -> Body:
        return _done(self._calls.pick_up(user))

    def _flash(self, _client: Client, user: User, body: Body) -> Body:
        return _done(self._calls.flash(user, str(body.get("mode", ""))))

    def _transfer(self, _client: Client, user: User, body: Body) -> Body:
        return _done(self._calls.transfer(user, _text(body, "transferto")))

    # The rest.

    def _send_text(self, _client: Client, user: User, body: Body) -> Body:
        self._messenger.send(user, body)
        return {}

    def _one_time_password(self, client: Client, user: User, body: Body) -> Body:
        copies = body.get("responsetowebsock") is True
        return {"password": self._passwords.issue(user, client if copies else None)}


def _events(body: Body) -> set[str]:
    names = body.get("eventmethod", [])
    return {
        name for name in ([names] if isinstance(names, str) else names) if isinstance(name, str)
    }


def _wish(body: Body) -> Wish:
    """Return what a client wishes; a break is asked for by its state, `onlunch` alone is ignored."""
    has_state = "userstateid" in body
    return Wish(
        state=_number(body, "userstateid"),
        redirect=_flag(body, "onredirect"),
        call_center=_flag(body, "oncallcenter"),
        call_center_manual=_flag(body, "onccmanual"),
        on_break=_flag(body, "onlunch") if has_state else None,
        reason_id=_number(body, "lunchreasonid"),
        reason_text=str(body.get("lunchreasonmsg", "")),
    )


def _flag(body: Body, key: str) -> bool | None:
    value = body.get(key)
    return value if isinstance(value, bool) else None


def _number(body: Body, key: str) -> int | None:
    value = body.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(body: Body, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise OfficeError(f"{key} is missing")
    return value


def _done(happened: bool) -> Body:  # noqa: FBT001 - the answer to a question
    return {} if happened else _refusal("Bad request", NOT_DONE)


def _refusal(text: str, error: int | None) -> Body:
    return {"result": 0, "errormsg": text} | ({} if error is None else {"error": error})
