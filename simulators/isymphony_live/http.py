"""HTTP: the Live API, a little of the Configuration API, and the way to the web-socket.

200 with JSON answers a GET, 204 a POST; 403 is for whoever may not ask, 404 for what is not there, 409 for
what cannot be done, and says why, and 412 for a body that is no JSON (page REST API Documentation).
"""

import json
from typing import TYPE_CHECKING
from urllib.parse import unquote

from aiohttp import hdrs, web

from .access import refusal
from .actions import UnknownAction
from .office import OfficeError
from .resources import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiohttp.web_request import BaseRequest

    from simulators.request_log import RequestLog
    from simulators.web_faults import WebFaults

    from .actions import Actions
    from .bodies import Bodies
    from .configuration import Configuration
    from .hub import Body
    from .resources import Resources
    from .site import Site
    from .websocket import WebSocket

ROOT = "communication_manager"
LIVE = ("rest", "live")
SOCKET = ("ws", "event")
BODY_LIMIT = 1024 * 1024  # bytes


class Http:
    """Answers HTTP requests."""

    def __init__(
        self,
        site: Site,
        resources: Resources,
        bodies: Bodies,
        actions: Actions,
        configuration: Configuration,
        log: RequestLog,
        faults: WebFaults,
        websocket: WebSocket,
    ) -> None:
        self._site = site
        self._resources = resources
        self._bodies = bodies
        self._actions = actions
        self._configuration = configuration
        self._log = log
        self._faults = faults
        self._websocket = websocket

    async def handle(self, request: BaseRequest) -> web.StreamResponse:
        """Answer one request, or serve the web-socket that it asks for."""
        refused = refusal(self._site, request.headers)
        parts = _parts(request)
        if parts == SOCKET and request.headers.get(hdrs.UPGRADE, "").lower() == "websocket":
            if refused is not None:
                return _refused(*refused)
            return self._faults.refusal("/".join(parts)) or await self._websocket.serve(request)
        if request.content_length is not None and request.content_length > BODY_LIMIT:
            return web.Response(status=413)
        text = (await request.content.read(BODY_LIMIT)).decode("utf-8", "replace")
        command = "/".join(parts)
        self._note(request, command, text)
        if refused is not None:
            return _refused(*refused)

        async def answer() -> web.Response:
            return self._answer(request.method, parts, text)

        return await self._faults.meet(command, answer)

    def _answer(self, method: str, parts: Sequence[str], text: str) -> web.Response:
        try:
            match method:
                case hdrs.METH_GET:
                    return self._get(parts)
                case hdrs.METH_POST:
                    return self._post(parts, text)
        except NotFound, UnknownAction:
            return web.Response(status=404)
        except OfficeError as error:
            return web.Response(status=409, text=str(error))
        return web.Response(status=405)

    def _get(self, parts: Sequence[str]) -> web.Response:
        if tuple(parts[:2]) != LIVE:
            configured = self._configuration.get(parts)
            return web.Response(status=404) if configured is None else _json(configured)
        found = self._resources.find(parts[2:])
        if found.action is not None:
            return web.Response(status=405)
        if isinstance(found.what, list):
            return _json([self._bodies.of(each) for each in found.what])
        return _json(self._bodies.of(found.what))

    def _post(self, parts: Sequence[str], text: str) -> web.Response:
        body = _object(text)
        if body is None:
            return web.Response(status=412, text="Invalid JSON.")
        if tuple(parts[:2]) != LIVE:
            return web.Response(status=204 if self._configuration.add(parts, body) else 404)
        found = self._resources.find(parts[2:])
        if found.action is None:
            return web.Response(status=405)
        self._actions.perform(found, body)
        return web.Response(status=204)

    def _note(self, request: BaseRequest, command: str, text: str) -> None:
        headers: Mapping[str, str] = request.headers
        entry = {
            "kind": "http",
            "method": request.method,
            "path": request.raw_path,
            "body": text,
            "authorization": headers.get(hdrs.AUTHORIZATION, "").partition(" ")[0],
            "content_type": headers.get(hdrs.CONTENT_TYPE, ""),
        }
        self._log.note(command, entry)


def _parts(request: BaseRequest) -> tuple[str, ...]:
    """Return the parts of a path below the root, each decoded by itself."""
    path = request.raw_path.partition("?")[0]
    parts = tuple(unquote(part) for part in path.strip("/").split("/"))
    return parts[1:] if parts[0] == ROOT else ()


def _object(text: str) -> Body | None:
    """Return a body's JSON object; none at all is as good as an empty one."""
    try:
        body = json.loads(text or "{}")
    except ValueError, RecursionError:
        return None
    return body if isinstance(body, dict) else None


def _json(body: Body | list[Body]) -> web.Response:
    text = json.dumps(body, ensure_ascii=False)
    return web.Response(text=text, content_type="application/json")


def _refused(status: int, headers: Mapping[str, str]) -> web.Response:
    return web.Response(status=status, headers=headers)
