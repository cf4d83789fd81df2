"""The event web-socket: filters in, events out."""

import json
from typing import TYPE_CHECKING, cast

from aiohttp import WSMsgType, web

from .filters import FilterError, parse
from .settings import FilterReply

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.web_request import BaseRequest

    from simulators.faults import CommandFault
    from simulators.request_log import RequestLog
    from simulators.seam import Seam

    from .hub import Client, Hub
    from .site import Site

MESSAGE_LIMIT = 1024 * 1024  # bytes


class WebSocket:
    """Serves web-socket connections."""

    def __init__(
        self,
        site: Site,
        hub: Hub,
        log: RequestLog,
        take_fault: Callable[[str], CommandFault | None],
    ) -> None:
        self._site = site
        self._hub = hub
        self._log = log
        self._take_fault = take_fault

    async def serve(self, request: BaseRequest) -> web.WebSocketResponse:
        """Talk with one client until its connection ends."""
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_LIMIT)
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
        """Take a client's message; one that is no filter changes nothing."""
        self._log.note("filter", {"kind": "message", "text": text})
        fault = self._take_fault("filter")
        if fault is not None and not fault.carried_out:
            self._answer(client, fault.error)
            return
        try:
            client.filters = parse(text)
        except FilterError as error:
            self._log.meaningless += 1
            self._answer(client, str(error))
        else:
            if fault is None:
                self._answer(client, "")

    def _answer(self, client: Client, error: str | None) -> None:
        """Say that it went well, or what went wrong; the words and form are not public. None: nothing."""
        if error is None:
            return
        body: dict[str, object] = {"success": not error}
        if error:
            body["message"] = error
        match self._site.settings.filter_reply:
            case FilterReply.UNTYPED:
                client.send(json.dumps(body))
            case FilterReply.TYPED:
                client.send(json.dumps({"type": "filterResponse"} | body))
            case FilterReply.TEXT:
                client.send(error or "OK")
