"""An Oktell server's HTTP interface: one method for each of its commands, with typed results.

    what a person wants ──requests──▶ Request ──▶ POST or GET ──▶ body ──answers──▶ what the server says

A server that wants its password among the parameters is told it in a form first, so that it stands in no
address. Whether forms are understood there shows only in the answer; one that is refused is asked again by
GET, and what works is remembered. A refusal is one before anything has happened, so nothing happens twice;
where a script decides what refusals look like, the way is found out by something harmless first, and so is
whose refusal it was.

At most `REQUESTS` are under way at once, of which `LENGTHY` may be scripts and files. What acts is never sent
again by itself. No address, secret or word of the server's stands in an error.

Source: the vendor's page "Серверный HTTP интерфейс"; the ways to say who asks are those of real servers.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext, suppress
from datetime import date
from enum import Enum, auto
import secrets
from typing import NamedTuple

import aiohttp

from ..http import UNAUTHORIZED, HttpServer, Parts, basic, is_well, pieces
from ..model import (
    DialOrder,
    DialScope,
    FlashMode,
    License,
    RemoteFile,
    ScriptCall,
    ScriptResult,
    UploadedFile,
)
from ..system import (
    AuthenticationFailed,
    Authorization,
    NoSuchFile,
    NotThere,
    Refused,
    ScriptFailed,
    ScriptWithoutResult,
    SystemSettings,
)
from . import answers, requests
from .answers import AbonentInfo, AnswerError, ChainContent, FreeUsers, UserAnswer
from .requests import LicenseDetail, Request, Selector, SelectorKind
from .states import UserState

__all__ = ["HttpClient", "Selector", "SelectorKind"]

# Requests at once, and how many of them may take long.
REQUESTS = 4
LENGTHY = 2
# Bytes of a file that is fetched.
FILE_SIZE = 1024 * 1024 * 1024


class _Way(Enum):
    """Where the parameters stand, and with them the server's password."""

    FORM = auto()
    ADDRESS = auto()


class _Answer(NamedTuple):
    """What has come."""

    body: bytes
    charset: str | None
    status: int
    headers: Mapping[str, str]


class HttpClient:
    """Asks one Oktell server, and has it do things.

    All methods raise TelephonyError:
        AuthenticationFailed: the server does not let us ask that.
        CannotConnect, EncryptionFailed: it is not reached.
        NoAnswer: it did not answer in time; what was to happen may have happened.
        ConnectionLost: the same, where the connection ended; only for what acts.
        Refused: it said no, or what it said cannot be read. Value: `reason`.
        NotThisSystem: that cannot be read, and nothing that it ever said could.
        InvalidText: what a person typed cannot be asked; nothing was sent.

    Args:
        settings: the server; its session must be there.
        count_oddity: told what kind of answer could not be read.
        on_refused: called when the server lets us ask no more, though it has answered before.
    """

    def __init__(
        self,
        settings: SystemSettings,
        *,
        count_oddity: Callable[[str], None],
        on_refused: Callable[[], None] = lambda: None,
    ) -> None:
        self._server = HttpServer(settings, count_oddity)
        self._settings = settings
        self._on_refused = on_refused
        self._slots = asyncio.Semaphore(REQUESTS)
        self._lengthy = asyncio.Semaphore(LENGTHY)
        # The way that has worked, where the password is one of the parameters.
        self._way: _Way | None = None

    # --- users ---------------------------------------------------------------------------------

    async def user_state(self, user: str) -> UserAnswer:
        """Return the state of a user, by a GUID.

        Raises:
            NotThere: the server knows no such user.
        """
        found = await self._read(requests.user_state(user), answers.user_state)
        if found is None:
            raise NotThere(name=user)
        return found

    async def free_users(self, number: str) -> FreeUsers:
        """Return who of an internal number is free."""
        return await self._read(requests.free_users(number), answers.free_users)

    async def set_user_state(
        self,
        who: Selector,
        *,
        state: UserState | None = None,
        redirect: bool | None = None,
        call_center: bool | None = None,
        on_break: bool | None = None,
        break_reason_id: int | None = None,
        break_reason: str | None = None,
    ) -> None:
        """Change a user's state and modes; what is None stays. That it returns is no proof.

        Raises:
            StatusNotAllowed: only the server gives that state; nothing was sent.
        """
        await self._act(
            requests.set_user_state(
                who,
                state=state,
                redirect=redirect,
                call_center=call_center,
                on_break=on_break,
                break_reason_id=break_reason_id,
                break_reason=break_reason,
            )
        )

    # --- calls ---------------------------------------------------------------------------------

    async def chain_content(self, who: Selector) -> ChainContent:
        """Return what a line's present call consists of."""
        return await self._read(requests.chain_content(who), answers.chain_content)

    async def abonent_info(self, who: Selector) -> AbonentInfo:
        """Return what a line does, and with whom."""
        return await self._read(requests.abonent_info(who), answers.abonent_info)

    async def start_autocall(
        self,
        who: Selector,
        number: str,
        scope: DialScope | None = None,
        order: DialOrder = DialOrder.OWN_PHONE_FIRST,
    ) -> None:
        """Call a number; without a scope the server finds out itself whether it is internal."""
        await self._act(requests.start_autocall(who, number, scope, order))

    async def switch_call(
        self,
        who: Selector,
        number: str,
        scope: DialScope | None = None,
        order: DialOrder = DialOrder.OWN_PHONE_FIRST,
    ) -> None:
        """Pass the present call on to a number; an idle line would call it."""
        await self._act(requests.switch_call(who, number, scope, order))

    async def stop_autocall(self, who: Selector) -> None:
        """Stop calling."""
        await self._act(requests.stop_autocall(who))

    async def flash(self, who: Selector, mode: FlashMode) -> None:
        """Do what the flash key of a telephone does, or return to who waits."""
        await self._act(requests.flash(who, mode))

    async def decline_call(self, who: Selector) -> None:
        """Decline the call that rings."""
        await self._act(requests.decline_call(who))

    # --- scripts -------------------------------------------------------------------------------

    async def run_script(self, call: ScriptCall) -> ScriptResult:
        """Run a script, and return its value where it is waited for; None otherwise.

        Raises:
            ScriptFailed: it was not started.
            ScriptWithoutResult: it has returned nothing, or not in time.
        """
        found = await self._read(requests.run_script(call, plain=False), answers.script_result)
        if found.failed:
            reason = found.reason or str(found.start_result)
            raise ScriptFailed(name=call.name, reason=reason)
        if call.wait and found.value is None:
            raise ScriptWithoutResult(name=call.name)
        return ScriptResult(found.value)

    async def run_script_plain(self, call: ScriptCall) -> ScriptResult:
        """Run a script, and return what it answers by itself: text, status and headers."""
        answer = await self._answer(requests.run_script(call, plain=True))
        text = answers.script_text(answer.body, answer.charset)
        return ScriptResult(text, answer.status, answer.headers)

    # --- the licence ---------------------------------------------------------------------------

    async def license_text(self) -> str:
        """Return the licence in words."""
        return await self._read(requests.license_text(), answers.license_text)

    async def license_xml(self) -> str:
        """Return the licence's certificate."""
        return await self._read(requests.license_xml(), answers.license_xml)

    async def license_number(self) -> str | None:
        """Return the licence's number."""
        return await self._read(requests.license_info(LicenseDetail.NUMBER), answers.license_number)

    async def license_info(self) -> License:
        """Return the licence's number and dates."""
        return License(
            number=await self.license_number(),
            confirm_by=await self._license_date(LicenseDetail.CONFIRM_BY),
            updates_until=await self._license_date(LicenseDetail.UPDATES_UNTIL),
        )

    async def _license_date(self, detail: LicenseDetail) -> date | None:
        return await self._read(requests.license_info(detail), answers.license_date)

    # --- files ---------------------------------------------------------------------------------

    async def download(self, file: RemoteFile) -> AsyncGenerator[bytes]:
        """Yield a file, piece by piece.

        Raises:
            NoSuchFile: there is none.
        """
        request = requests.download(file)
        async with self._opened(request) as response:
            async for piece in pieces(response, FILE_SIZE):
                yield piece

    async def upload(
        self, files: Mapping[str, bytes], *, plain: bool = False
    ) -> list[UploadedFile]:
        """Send files: all in one form, or each `plain`, in a request of its own.

        Raises:
            InvalidFile: a name or the size is not for sending; nothing was sent.
        """
        if plain:
            asked = [requests.upload_plain(name, content) for name, content in files.items()]
        else:
            asked = [requests.upload(files)]
        found = [await self._read(request, answers.uploaded_files) for request in asked]
        return [file for some in found for file in some]

    # --- asking --------------------------------------------------------------------------------

    async def _act(self, request: Request) -> None:
        """Have something done; what is answered says nothing."""
        await self._answer(request)

    async def _read[T](self, request: Request, reader: Callable[[bytes, str | None], T]) -> T:
        """Ask, and read the answer."""
        answer = await self._answer(request)
        try:
            found = reader(answer.body, answer.charset)
        except AnswerError as error:
            raise self._server.unreadable(request.command, str(error)) from None
        if reader is not answers.license_text:  # which any text could be
            self._server.is_recognized = True
        return found

    async def _answer(self, request: Request) -> _Answer:
        """Ask, and return what comes."""
        async with self._opened(request) as response:
            body = await self._server.body(response, answers.SIZE, request.command)
            return _Answer(body, response.charset, response.status, _headers(response))

    @asynccontextmanager
    async def _opened(self, request: Request) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask when it is our turn, and hand over the answer before its body has come."""
        ways = await self._ways(request)
        async with self._lengthy if request.lengthy else nullcontext(), self._slots:
            with self._server.translated(request.command, acts=request.acts):
                async with await self._sent(request, ways) as response:
                    if response.status in UNAUTHORIZED:
                        await self._check_is_ours(request)
                    _check(response, request)
                    yield response

    async def _check_is_ours(self, request: Request) -> None:
        """Let a refusal pass that is not the server's, but the word of a script that we may run.

        Raises:
            AuthenticationFailed: the server does not let us ask that.
        """
        if request.by_script and await self._may_ask():
            return
        if self._server.is_recognized:
            self._on_refused()
        raise AuthenticationFailed

    async def _may_ask(self) -> bool:
        """Ask something harmless, to see whether the server lets us ask at all."""
        try:
            await self._answer(_HARMLESS)
        except AuthenticationFailed:
            return False
        except Refused:  # there is no such thing to be told, but we may ask for it
            pass
        return True

    async def _ways(self, request: Request) -> tuple[_Way, ...]:
        """Return where the parameters may stand, in the order in which that is tried."""
        if self._settings.authorization is not Authorization.PASSWORD or request.plain:
            return (_Way.ADDRESS,)
        if request.files is not None:  # that a server reads one form does not say it reads this one
            return (_Way.ADDRESS,) if self._way is _Way.ADDRESS else _BOTH_WAYS
        if self._way is None and request.by_script:
            with suppress(Refused):
                await self._answer(_HARMLESS)
            return (self._way or _Way.FORM,)
        return (self._way,) if self._way else _BOTH_WAYS

    async def _sent(self, request: Request, ways: tuple[_Way, ...]) -> aiohttp.ClientResponse:
        """Ask in one way after the other, until one is not refused."""
        *others, last = ways
        for way in others:
            response = await self._sent_so(request, way)
            if response.status not in _REFUSED:
                break
            response.release()
        else:
            way, response = last, await self._sent_so(request, last)
        if len(ways) > 1 and request.files is None and is_well(response):
            self._way = way
        return response

    async def _sent_so(self, request: Request, way: _Way) -> aiohttp.ClientResponse:
        """Ask in this way."""
        secret = self._secret()
        headers = self._basic()
        method, query = "POST", ""
        data: bytes | Parts | None = None
        if request.files is not None:
            in_form = way is _Way.FORM
            query = "" if in_form else requests.encoded(secret)
            described, data = _body(request, secret if in_form else ())
            headers |= described
        elif way is _Way.FORM:
            data = requests.encoded(request.parameters + secret).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        else:
            method, query = "GET", requests.encoded(request.parameters + secret)
        return await self._server.send(
            method,
            self._server.url(request.path, query),
            limit=request.limit,
            headers=headers,
            data=data,
            acts=request.acts,
        )

    def _secret(self) -> requests.Parameters:
        credentials = self._settings.credentials
        if credentials is None or self._settings.authorization is not Authorization.PASSWORD:
            return ()
        return (("password", credentials.password),)

    def _basic(self) -> dict[str, str]:
        """Return the header that says who asks, where that is said so."""
        settings = self._settings
        return basic(settings.credentials) if settings.authorization is Authorization.BASIC else {}


# What a server may answer that does not read forms: then it has done nothing.
_REFUSED = frozenset({400, 401, 403, 404, 405, 501})
# What may be asked at any time.
_HARMLESS = requests.license_info(LicenseDetail.NUMBER)
_BOTH_WAYS = (_Way.FORM, _Way.ADDRESS)
_NOT_FOUND = frozenset({404, 410})


def _body(request: Request, fields: requests.Parameters) -> tuple[dict[str, str], Parts]:
    assert request.files is not None
    if request.plain:
        headers, content = requests.plain_file(request.files)
        return headers, Parts(content)
    headers, parts = requests.form(request.files, fields, secrets.token_hex(16))
    return headers, Parts(*parts)


def _check(response: aiohttp.ClientResponse, request: Request) -> None:
    """Raise what the status says, unless it says that all is well."""
    status = response.status
    if request.any_status or is_well(response):
        return
    if status in _NOT_FOUND and request.command.startswith("download"):
        raise NoSuchFile
    raise Refused(reason=f"HTTP {status}")


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Return what a script has said of its answer; bytes that are no text are marked."""
    return {
        name: value.encode(errors="surrogateescape").decode(errors="replace")
        for name, value in response.headers.items()
    }
