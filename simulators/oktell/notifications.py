"""Posts service notifications to an address, as a scenario or a bridge on a workstation does.

The address may have `{login}`, `{number}` or `{id}` in it, which is the user's then: as 111 does not say
whose state it is, each user's changes are posted by themselves only if each has an address of their own.
"""

import asyncio
from base64 import b64encode
from enum import StrEnum
import json
import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, ClientTimeout

from simulators.operations import OperationError

from . import notification_bodies as bodies
from .picture import user_state

if TYPE_CHECKING:
    from .frames import Body
    from .notification_bodies import Notice
    from .office import User
    from .site import Site
    from .states import Standing

logger = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds
_PLACES = ("{login}", "{number}", "{id}")


class Form(StrEnum):
    """What a notification looks like on its way."""

    XML_UTF_16 = "xml-utf-16"
    XML_UTF_8 = "xml-utf-8"
    JSON = "json"  # a frame, as the web-socket has it
    DATA = "data"  # data=base64(JSON), as Oktell itself posts


class Notifier:
    """Posts notifications, for as long as its `async with` lasts."""

    def __init__(self, site: Site, url: str | None) -> None:
        self.url = url
        self.posted = 0
        self.failed = 0
        self._site = site
        self._session: ClientSession | None = None
        self._posts: set[asyncio.Task[int]] = set()
        site.states.watchers.append(self._standing_changed)

    async def __aenter__(self) -> Self:
        self._session = ClientSession(timeout=ClientTimeout(total=PATIENCE))
        return self

    async def __aexit__(self, *_: object) -> None:
        for post in self._posts:
            post.cancel()
        await self.idle()
        assert self._session is not None
        await self._session.close()

    async def post_event(
        self,
        code: int,
        user: User | None,
        notice: Notice,
        *,
        form: Form = Form.XML_UTF_16,
        logs: bool = False,
        slips: bool = True,
        url: str | None = None,
    ) -> int:
        """Post an event; return the HTTP status of the answer.

        `logs` puts a line before it as CommonLog has; `slips` gives 114 the id that the page's sample has.

        Raises:
            OperationError: there is no address, or nobody there.
        """
        if form in {Form.JSON, Form.DATA}:
            frame = self._frame(code, user, notice)
            return await self.post_frame(frame, user, as_data=form is Form.DATA, url=url)
        text = bodies.event(self._site, code, user, notice, slips=slips)
        if logs:
            text = f"{bodies.moment(self._site)}\txmlevent\r\n{text}"
        encoding = "utf-16" if form is Form.XML_UTF_16 else "utf-8"
        return await self._post(text.encode(encoding), "text/xml", user, url)

    async def post_frame(
        self, frame: list[object], user: User | None, *, as_data: bool, url: str | None = None
    ) -> int:
        """Post a message of the web-socket's form; return the HTTP status of the answer."""
        data = json.dumps(frame, ensure_ascii=False).encode()
        if as_data:
            data = b"data=" + quote(b64encode(data), safe="").encode()
            return await self._post(data, "application/x-www-form-urlencoded", user, url)
        return await self._post(data, "application/json", user, url)

    def post_later(self, code: int, user: User | None, notice: Notice) -> None:
        """Post an event by and by, if there is an address; whether that succeeds is only counted."""
        if self.url is not None and self._session is not None:
            post = asyncio.create_task(self.post_event(code, user, notice))
            self._posts.add(post)
            post.add_done_callback(self._note)

    async def idle(self) -> None:
        """Wait until everything that is to be posted has been, or has failed."""
        await asyncio.gather(*self._posts, return_exceptions=True)

    def _note(self, post: asyncio.Task[int]) -> None:
        self._posts.discard(post)
        if not post.cancelled() and post.exception() is not None:
            logger.warning("A notification was not taken: %s", post.exception())

    def _standing_changed(self, user: User, before: Standing) -> None:
        now = user.standing
        is_news = (now.state, now.redirect) != (before.state, before.redirect)
        if is_news and self.url is not None and any(place in self.url for place in _PLACES):
            self.post_later(111, user, bodies.Notice())

    def _frame(self, code: int, user: User | None, notice: Notice) -> list[object]:
        """Return an event as the web-socket would have it."""
        fields: Body = {"qid": self._site.guid(), **(notice.fields or {})}
        if user is not None:
            fields |= {"userid": user.id, "userlogin": user.login}
        if code == 111 and user is not None:
            fields |= user_state(user, self._site.settings.state_key)
        if code == 115 and user is not None:
            state = int(user.standing.state)
            numbers = [{"num": number, "numstateid": state} for number in user.numbers]
            return ["pbxnumberstatechanged", {"qid": fields["qid"], "numbers": numbers}]
        if code == 114:
            return ["usertextmessagereceived", fields | _said(notice)]
        if code == 112:
            return ["shownotifymessage", fields | _said(notice) | {"type": notice.type}]
        prefix = "phoneevent_" if 231 <= code <= 239 else ""
        return [_FRAME_NAMES.get(code, prefix + bodies.NAMES[code]), fields]

    async def _post(
        self, data: bytes, content_type: str, user: User | None, url: str | None
    ) -> int:
        address = self._address(url or self.url, user)
        assert self._session is not None
        headers = {"Content-Type": content_type}
        try:
            async with self._session.post(address, data=data, headers=headers) as response:
                await response.read()
        except (ClientError, TimeoutError) as error:
            self.failed += 1
            raise OperationError(f"nobody takes it: {type(error).__name__}") from error
        self.posted += 1
        return response.status

    @staticmethod
    def _address(url: str | None, user: User | None) -> str:
        if url is None:
            raise OperationError("there is no address to post to")
        values = ("", "", "") if user is None else (user.login, user.main, user.id)
        for place, value in zip(_PLACES, values, strict=True):
            url = url.replace(place, quote(value, safe=""))
        return url


_FRAME_NAMES = {
    231: "phoneevent_commstarted",
    232: "phoneevent_commstopped",
    235: "phoneevent_faxreceived",
    237: "phoneevent_ringstopped",
    238: "phoneevent_acmcallstarted",
    239: "phoneevent_acmcallstopped",
    240: "flashstatechanged",
    242: "linestatechanged",
}


def _said(notice: Notice) -> Body:
    return {"sendername": notice.sender or bodies.SYSTEM_SENDER, "text": notice.text}
