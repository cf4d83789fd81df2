"""The HTTP commands: what page Server HTTP interface has, by GET and by POST.

A command's name is the path. Parameters come in the URL, or in a form. Where the page is silent, an unknown
command, user or file is 404 and a missing parameter 400.
"""

import json
from typing import TYPE_CHECKING, cast

from aiohttp import hdrs, web

from . import xml_bodies
from .call_info import abonent_info, chain_content
from .office import OfficeError
from .settings import Encoding, IdleAnswer
from .states import OCCUPIED, UserState, Wish
from .uploads import BINARY, TooMuch, Unreadable, receive

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from aiohttp.web_request import BaseRequest

    from simulators.web_faults import WebFaults

    from .calls import Calls
    from .files import Files, SavedFile
    from .frames import Body
    from .http_access import HttpAccess
    from .license import License
    from .office import User
    from .passwords import Ticket
    from .requests import OktellRequestLog
    from .scripts import Result, Scripts
    from .site import Site
    from .uploads import Posted, SentFile
    from .websocket import WebSocket

SELECTORS = ("user", "line", "wp")
_XML = "text/xml"
_TEXT = "text/plain"
_JSON = "application/json"

type _Parameters = Mapping[str, str]
type _Command = Callable[[_Parameters], web.Response | Awaitable[web.Response]]


class HttpCommands:
    """Answers HTTP requests."""

    def __init__(
        self,
        site: Site,
        calls: Calls,
        scripts: Scripts,
        files: Files,
        license_: License,
        access: HttpAccess,
        log: OktellRequestLog,
        faults: WebFaults,
        websocket: WebSocket,
    ) -> None:
        self._site = site
        self._calls = calls
        self._scripts = scripts
        self._files = files
        self._license = license_
        self._access = access
        self._log = log
        self._faults = faults
        self._websocket = websocket
        self._commands: Mapping[str, _Command] = {
            "execsvcscript": self._run_script,
            "execsvcscriptplain": self._run_script_plain,
            "tst_getintnumberreadyusers": self._ready_users,
            "tst_getuserstate": self._user_state,
            "getlicensefulltext": self._license_text,
            "getlicensefullxml": self._license_xml,
            "getlicenseinfo": self._license_info,
            "download/byscript": self._download_by_script,
            "downloadrecordbylink": self._download_by_link,
            "wp_getchaincontent": self._chain_content,
            "wp_getabonentinfo": self._abonent_info,
            "wp_autocallstart": self._start_call,
            "wp_switchcall": self._switch_call,
            "wp_autocallstop": self._stop_dialing,
            "wp_flash": self._flash,
            "wp_declinecall": self._decline_call,
            "wp_setuserstate": self._set_user_state,
        }

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer one request, or serve the web-socket that it asks for."""
        if request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            return await self._websocket.serve(request)
        command = request.path.strip("/")
        if not command:
            return web.Response(text="Oktell")  # what the folder of web pages holds is for everyone
        query = dict(request.query)
        try:
            posted = await receive(request)
        except TooMuch:
            return web.Response(status=413)
        except Unreadable:
            return web.Response(status=400)
        entry = self._log.http(
            request.method, command, query=query, form=posted.fields, headers=request.headers
        )
        return await self._faults.meet(
            command, lambda: self._answer(request, command, query | posted.fields, posted, entry)
        )

    async def _answer(
        self,
        request: BaseRequest,
        command: str,
        parameters: _Parameters,
        posted: Posted,
        entry: Body,
    ) -> web.Response:
        refuses_post = self._site.settings.refuses_post and command != "upload"
        allowed = {"GET"} if refuses_post else {"GET", "POST"}
        if request.method not in allowed:
            return web.Response(status=405, headers={hdrs.ALLOW: ", ".join(sorted(allowed))})
        access = self._access.check(request.headers, parameters)
        if access.refusal is not None:
            return access.refusal
        try:
            answer = await self._perform(command, parameters, posted, entry)
        except _Missing as missing:
            answer = web.Response(status=400, text=f"{missing} is missing")
        except OfficeError as error:
            answer = web.Response(status=404, text=str(error))
        if access.ticket is not None:
            _copy(answer, access.ticket, parameters["temppass"])
        return answer

    async def _perform(
        self, command: str, parameters: _Parameters, posted: Posted, entry: Body
    ) -> web.Response:
        if command == "upload":
            return self._upload(posted.files, entry)
        for folder, files in (("rec", self._files.recordings), ("fax", self._files.faxes)):
            if command.startswith(f"download/{folder}/"):
                return _file(files.get(command.removeprefix(f"download/{folder}/")))
        action = self._commands.get(command)
        if action is None:
            return web.Response(status=404)
        answer = action(parameters)
        return answer if isinstance(answer, web.Response) else await answer

    # Scripts.

    async def _run(self, parameters: _Parameters) -> Result:
        values = [parameters.get(f"startparam{position}", "") for position in range(1, 6)]
        patience = parameters.get("timeout", "")
        return await self._scripts.run(
            _required(parameters, "name"),
            values,
            waits=parameters.get("async", "0") != "1",
            patience=float(patience) if patience.isdecimal() else None,
        )

    async def _run_script(self, parameters: _Parameters) -> web.Response:
        result = await self._run(parameters)
        return self._xml(xml_bodies.script_result(result, self._site.settings.returnvalue))

    async def _run_script_plain(self, parameters: _Parameters) -> web.Response:
        result = await self._run(parameters)
        if result.start_result:
            return web.Response(status=500)
        headers = {hdrs.CONTENT_TYPE: "text/html"} | dict(result.headers)
        body = self._bytes(result.value or "", is_xml=False)
        return web.Response(body=body, status=result.status, headers=headers)

    async def _download_by_script(self, parameters: _Parameters) -> web.Response:
        result = await self._run(parameters)
        return _file(self._files.at(result.value or ""))

    # Files.

    def _download_by_link(self, parameters: _Parameters) -> web.Response:
        return _file(self._files.recordings.get(_required(parameters, "recordlink")))

    def _upload(self, files: Sequence[SentFile], entry: Body) -> web.Response:
        if not files:
            return web.Response(status=415)
        saved = [self._save(file) for file in files]
        entry["files"] = [{"name": file.name, "size": file.size} for file in saved]
        return self._xml(xml_bodies.uploaded(saved))

    def _save(self, file: SentFile) -> SavedFile:
        keep = self._files.save if file.is_complete else self._files.refuse
        return keep(file.name, file.data)

    # Looking.

    def _ready_users(self, parameters: _Parameters) -> web.Response:
        number = _required(parameters, "number")
        group = self._site.office.groups.get(number)
        if group is not None:
            members = group.members
        else:
            user = self._site.office.with_number(number)
            members = [] if user is None else [user]
        free = [each.main for each in members if each.standing.state is UserState.READY]
        busy = sum(each.standing.state in OCCUPIED for each in members)
        body = self._bytes(xml_bodies.ready_users(number, busy, free), is_xml=False)
        return web.Response(body=body, content_type=_XML)

    def _user_state(self, parameters: _Parameters) -> web.Response:
        user = self._site.office.users.get(_required(parameters, "iduser").lower())
        if user is None:
            return self._xml(xml_bodies.no_user_state())
        return self._xml(xml_bodies.user_state(user.id, user.standing.state))

    def _license_text(self, _parameters: _Parameters) -> web.Response:
        return self._text(self._license.full_text())

    def _license_xml(self, _parameters: _Parameters) -> web.Response:
        return self._xml(self._license.full_xml())

    def _license_info(self, parameters: _Parameters) -> web.Response:
        detail = self._license.details.get(_required(parameters, "detail"))
        return web.Response(status=404) if detail is None else self._text(detail)

    def _chain_content(self, parameters: _Parameters) -> web.Response:
        return self._json(chain_content(self._user(parameters)), {})

    def _abonent_info(self, parameters: _Parameters) -> web.Response:
        idle = {"abonentinfo": {}, "currentlinestatestr": "lsFree", "currentlinestate": 1}
        marks = self._site.settings.marks_ringing
        return self._json(abonent_info(self._user(parameters), marks_ringing=marks), idle)

    # Acting.

    def _start_call(self, parameters: _Parameters) -> web.Response:
        user, number = self._user(parameters), _required(parameters, "number")
        line_first = parameters.get("sequence", "direct") == "back"
        outside = parameters.get("direction", "") == "city"
        return _ok(lambda: self._calls.dial(user, number, line_first=line_first, outside=outside))

    def _switch_call(self, parameters: _Parameters) -> web.Response:
        user, number = self._user(parameters), _required(parameters, "number")
        if user.line is None or (user.line.call is None and user.line.held is None):
            return self._start_call(parameters)
        return _ok(lambda: self._calls.transfer(user, number))

    def _stop_dialing(self, parameters: _Parameters) -> web.Response:
        user = self._user(parameters)
        return _ok(lambda: self._calls.stop_dialing(user))

    def _flash(self, parameters: _Parameters) -> web.Response:
        user = self._user(parameters)
        return _ok(lambda: self._calls.flash(user, parameters.get("mode", "")))

    def _decline_call(self, parameters: _Parameters) -> web.Response:
        user = self._user(parameters)
        return _ok(lambda: self._calls.decline(user))

    def _set_user_state(self, parameters: _Parameters) -> web.Response:
        user, wish = self._user(parameters), _wish(parameters)
        states, seconds = self._site.states, self._site.settings.unsticks_after
        if wish.call_center is False and user.standing.call_center and seconds is not None:
            states.remember(user)
            self._site.later(seconds, lambda: states.come_back(user))
        states.ask(user, wish)
        return web.Response()

    # What they have in common.

    def _user(self, parameters: _Parameters) -> User:
        for selector in SELECTORS:
            if parameters.get(selector):
                return self._site.office.user(parameters[selector])
        raise _Missing("user")

    def _xml(self, text: str) -> web.Response:
        return web.Response(body=self._bytes(text, is_xml=True), content_type=_XML)

    def _text(self, text: str) -> web.Response:
        return web.Response(body=self._bytes(text, is_xml=False), content_type=_TEXT)

    def _json(self, body: Body | None, empty: Body) -> web.Response:
        """Return JSON, or what is said of a line without a call."""
        if body is None:
            match self._site.settings.idle_answer:
                case IdleAnswer.EMPTY:
                    return web.Response(content_type=_JSON)
                case IdleAnswer.OBJECT:
                    body = {}
                case IdleAnswer.NULL:
                    body = dict.fromkeys(empty)
                case IdleAnswer.EMPTY_INFO:
                    body = empty
        text = json.dumps(body, ensure_ascii=False, indent="\t")
        return web.Response(body=self._bytes(text, is_xml=False), content_type=_JSON)

    def _bytes(self, text: str, *, is_xml: bool) -> bytes:
        encoding = self._site.settings.encoding
        if encoding is Encoding.UTF_16 and not is_xml:
            encoding = Encoding.UTF_8
        return text.encode(encoding)


class _Missing(Exception):
    """A parameter that is missing."""


def _required(parameters: _Parameters, name: str) -> str:
    value = parameters.get(name)
    if not value:
        raise _Missing(name)
    return value


def _wish(parameters: _Parameters) -> Wish:
    return Wish(
        state=_number(parameters, "userstateid"),
        redirect=_flag(parameters, "onredirect"),
        call_center=_flag(parameters, "oncallcenter"),
        call_center_manual=_flag(parameters, "onccmanual"),
        on_break=_flag(parameters, "onlunch"),
        reason_id=_number(parameters, "lunchreasonid"),
        reason_text=parameters.get("lunchreasonmsg"),
    )


def _flag(parameters: _Parameters, name: str) -> bool | None:
    return {"0": False, "1": True}.get(parameters.get(name, ""))


def _number(parameters: _Parameters, name: str) -> int | None:
    text = parameters.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _ok(act: Callable[[], object]) -> web.Response:
    """Do something; 200 says that it was understood, and not that it happened."""
    try:
        act()
    except OfficeError:
        return web.Response()
    return web.Response()


def _file(data: bytes | None) -> web.Response:
    if data is None:
        return web.Response(status=404)
    return web.Response(body=data, content_type=BINARY)


def _copy(answer: web.Response, ticket: Ticket, password: str) -> None:
    """Tell the answer over the web-socket as well, if that is wanted."""
    if ticket.client is not None and ticket.client.session is not None:
        content = cast("bytes", answer.body or b"").decode("utf-8", "replace")
        response = f"{answer.status} {answer.reason}"
        ticket.client.send(
            "httpresponsecopy", {"password": password, "response": response, "content": content}
        )
