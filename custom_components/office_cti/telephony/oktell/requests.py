"""Every command of an Oktell server's HTTP interface, as a request: pure, without a socket.

Who makes one hands over what a person has typed, and gets a `Request` or an error: a text with a line break
where there can be none, half a letter, too much of anything. All that is left is percent-encoded as UTF-8, so
no text becomes protocol. How the server is told who asks is not known here.

Source: the vendor's page "Серверный HTTP интерфейс", section as named; `mode` of wp_flash is from clients.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum
from math import ceil
import re
from typing import NamedTuple
from urllib.parse import quote

from ..model import DialOrder, DialScope, FlashMode, RemoteFile, RemoteFileKind, ScriptCall
from ..system import (
    InvalidFile,
    InvalidNumber,
    LineBreakInText,
    NoSuchFile,
    NotThere,
    ReservedCharacters,
    StatusNotAllowed,
    TelephonyError,
    TextTooLong,
)
from .states import SETTABLE, UserState

# Seconds; a script that is waited for adds its own, a file that is sent what it needs at this pace.
TIME_LIMIT = 10.0
FILE_TIME_LIMIT = 600.0
SLOWEST = 100 * 1024  # bytes a second
# Characters of a line, and of a text that may have several.
LINE_LENGTH = 1024
TEXT_LENGTH = 8192
SCRIPT_PARAMETERS = 5
# Bytes of all the files that one request sends.
UPLOAD_SIZE = 128 * 1024 * 1024

type Parameters = tuple[tuple[str, str], ...]


class SelectorKind(StrEnum):
    """What a command's line is found by."""

    USER = "user"
    LINE = "line"
    WORKPLACE = "wp"


class Selector(NamedTuple):
    """The line that a command is for: whose or which it is, best by a GUID, which cannot be ambiguous."""

    value: str
    kind: SelectorKind = SelectorKind.USER


class Request(NamedTuple):
    """What is asked.

    Args:
        command: the command's name.
        parameters: by name, in order.
        link: what follows the command in the address, encoded.
        files: what is sent, by name; `plain` is one file as it is, others come in a form.
        acts: something happens when it arrives: it must not arrive twice.
        by_script: a script answers it, and may refuse in its own way after it has acted.
        any_status: what it answers is an answer, whatever its status.
        lengthy: it may take long by its nature.
        limit: seconds that all of it may take.
    """

    command: str
    parameters: Parameters = ()
    link: str = ""
    files: Mapping[str, bytes] | None = None
    plain: bool = False
    acts: bool = False
    by_script: bool = False
    any_status: bool = False
    lengthy: bool = False
    limit: float = TIME_LIMIT

    @property
    def path(self) -> str:
        """The address's path, encoded."""
        return f"/{self.command}/{self.link}" if self.link else f"/{self.command}"


class LicenseDetail(StrEnum):
    """One of a licence's facts. Page: getlicenseinfo."""

    NUMBER = "regserial"
    CONFIRM_BY = "confirmdate"
    UPDATES_UNTIL = "updatelimitdate"


# --- users, the licence ------------------------------------------------------------------------


def user_state(user: str) -> Request:
    """Ask for the state of a user, by a GUID. Page: tst_getuserstate."""
    return Request("tst_getuserstate", (("iduser", _word(user)),))


def free_users(number: str) -> Request:
    """Ask who of an internal number is free. Page: tst_getintnumberreadyusers."""
    return Request("tst_getintnumberreadyusers", (("number", _word(number, InvalidNumber)),))


def license_text() -> Request:
    """Ask for the licence in words. Page: getlicensefulltext."""
    return Request("getlicensefulltext")


def license_xml() -> Request:
    """Ask for the licence's certificate. Page: getlicensefullxml."""
    return Request("getlicensefullxml")


def license_info(detail: LicenseDetail) -> Request:
    """Ask for one of the licence's facts. Page: getlicenseinfo."""
    return Request("getlicenseinfo", (("detail", detail),))


def set_user_state(
    who: Selector,
    *,
    state: UserState | None = None,
    redirect: bool | None = None,
    call_center: bool | None = None,
    on_break: bool | None = None,
    break_reason_id: int | None = None,
    break_reason: str | None = None,
) -> Request:
    """Change a user's state and modes; what is None stays. Page: wp_setuserstate."""
    if state is not None and state not in SETTABLE:
        raise StatusNotAllowed(name=who.value, status=state.name)
    given = {
        "userstateid": state if state is None else str(int(state)),
        "onredirect": _flag(redirect),
        "oncallcenter": _flag(call_center),
        "onlunch": _flag(on_break),
        "lunchreasonid": None if break_reason_id is None else str(break_reason_id),
        "lunchreasonmsg": None if break_reason is None else _line(break_reason),
    }
    changes = tuple((key, value) for key, value in given.items() if value is not None)
    return _command("wp_setuserstate", who, changes)


# --- scripts and files -------------------------------------------------------------------------


def run_script(call: ScriptCall, *, plain: bool) -> Request:
    """Run a script. Pages: execsvcscript, execsvcscriptplain."""
    return Request(
        "execsvcscriptplain" if plain else "execsvcscript",
        _script(call),
        acts=True,
        by_script=True,
        any_status=plain,
        lengthy=True,
        limit=TIME_LIMIT + (call.timeout if call.wait else 0),
    )


def _script(call: ScriptCall) -> Parameters:
    if len(call.parameters) > SCRIPT_PARAMETERS:
        raise TextTooLong
    texts = tuple(
        (f"startparam{place}", _text(value)) for place, value in enumerate(call.parameters, 1)
    )
    waiting = (("async", "0"), ("timeout", str(ceil(call.timeout)))) if call.wait else None
    return (("name", _word(call.name)), *texts, *(waiting or (("async", "1"),)))


def download(file: RemoteFile) -> Request:
    """Fetch a file. Pages: download, downloadrecordbylink."""
    match file.kind:
        case RemoteFileKind.RECORDING:
            return _download("download", link=_link("rec", file.link))
        case RemoteFileKind.FAX:
            return _download("download", link=_link("fax", file.link))
        case RemoteFileKind.RECORD_LINK:
            return _download(
                "downloadrecordbylink", (("recordlink", _word(file.link, NoSuchFile)),)
            )
        case RemoteFileKind.SCRIPT:
            return _by_script(file.script)


def _download(command: str, parameters: Parameters = (), link: str = "") -> Request:
    return Request(command, parameters, link, lengthy=True, limit=FILE_TIME_LIMIT)


def _by_script(script: ScriptCall | None) -> Request:
    if script is None:
        raise NoSuchFile
    waited_for = replace(script, wait=True)
    request = _download("download", _script(waited_for), link="byscript")
    limit = FILE_TIME_LIMIT + script.timeout
    return request._replace(acts=True, by_script=True, limit=limit)


def _link(folder: str, link: str) -> str:
    """Return a link below a folder of the server's; with or without that folder, it is the same.

    The server runs on Windows, where a backslash parts folders, too, a drive begins a path anew, and what is
    nothing but dots and blanks leads elsewhere.
    """
    given = _word(link, NoSuchFile).lstrip("/").removeprefix(f"download/{folder}/")
    parts = _PATH_SEPARATOR.split(given)
    if any(not part.strip(" .") or _DRIVE.match(part) for part in parts):
        raise NoSuchFile
    return f"{folder}/{quote(given)}"


_PATH_SEPARATOR = re.compile(r"[/\\]")
_DRIVE = re.compile(r"\s*[A-Za-z]:")


def upload(files: Mapping[str, bytes]) -> Request:
    """Send files in one form. Page: upload."""
    return _upload(files, plain=False)


def upload_plain(name: str, content: bytes) -> Request:
    """Send a file as it is. Page: upload."""
    return _upload({name: content}, plain=True)


def _upload(files: Mapping[str, bytes], *, plain: bool) -> Request:
    size = sum(map(len, files.values()))
    if not files or size > UPLOAD_SIZE:
        raise InvalidFile
    checked = {_file_name(name): content for name, content in files.items()}
    limit = TIME_LIMIT + size / SLOWEST
    return Request("upload", files=checked, plain=plain, acts=True, lengthy=True, limit=limit)


def _file_name(name: str) -> str:
    if not {"/", "\\", '"'}.isdisjoint(_word(name, InvalidFile)):
        raise InvalidFile
    return name


# --- calls -------------------------------------------------------------------------------------


def chain_content(who: Selector) -> Request:
    """Ask what a line's present call consists of. Page: wp_getchaincontent."""
    return _of_line("wp_getchaincontent", who)


def abonent_info(who: Selector) -> Request:
    """Ask what a line does, and with whom. Page: wp_getabonentinfo."""
    return _of_line("wp_getabonentinfo", who)


def start_autocall(
    who: Selector, number: str, scope: DialScope | None, order: DialOrder
) -> Request:
    """Call a number. Page: wp_autocallstart."""
    return _command("wp_autocallstart", who, _call(number, scope, order))


def switch_call(who: Selector, number: str, scope: DialScope | None, order: DialOrder) -> Request:
    """Pass the present call on; an idle line calls the number instead. Page: wp_switchcall."""
    return _command("wp_switchcall", who, _call(number, scope, order))


def stop_autocall(who: Selector) -> Request:
    """Stop calling. Page: wp_autocallstop."""
    return _command("wp_autocallstop", who)


def flash(who: Selector, mode: FlashMode) -> Request:
    """Do what the flash key of a telephone does, or return to who waits. Page: wp_flash."""
    return _command("wp_flash", who, (("mode", "abort"),) if mode is FlashMode.RETURN else ())


def decline_call(who: Selector) -> Request:
    """Decline the call that rings. Page: wp_declinecall."""
    return _command("wp_declinecall", who)


_SCOPES = {DialScope.INTERNAL: "pbx", DialScope.EXTERNAL: "city"}
_ORDERS = {DialOrder.DESTINATION_FIRST: "direct", DialOrder.OWN_PHONE_FIRST: "back"}


def _call(number: str, scope: DialScope | None, order: DialOrder) -> Parameters:
    direction = (("direction", _SCOPES[scope]),) if scope else ()
    return (("number", _word(number, InvalidNumber)), *direction, ("sequence", _ORDERS[order]))


def _of_line(command: str, who: Selector) -> Request:
    return Request(command, ((str(who.kind), _word(who.value)),))


def _command(command: str, who: Selector, parameters: Parameters = ()) -> Request:
    request = _of_line(command, who)
    return request._replace(parameters=request.parameters + parameters, acts=True)


# --- what a text must be -----------------------------------------------------------------------

# What ends a line somewhere; control characters but for tabs, and surrogates, which are half a letter.
_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


def _text(value: str, limit: int = TEXT_LENGTH) -> str:
    """Return a text, which may have several lines, and may be empty."""
    if len(value) > limit:
        raise TextTooLong
    if _NOT_TEXT.search(value):
        raise ReservedCharacters
    return value


def _line(value: str) -> str:
    """Return a text of one line, which may be empty."""
    if _LINE_BREAK.search(value):
        raise LineBreakInText
    return _text(value, LINE_LENGTH)


def _word(value: str, missing: type[TelephonyError] = NotThere) -> str:
    """Return a text of one line that must be there."""
    if not value.strip():
        raise missing(name=value)
    return _line(value)


def _flag(value: bool | None) -> str | None:  # noqa: FBT001 -- it is what is written
    return None if value is None else str(int(value))


# --- how it is written -------------------------------------------------------------------------


def encoded(parameters: Iterable[tuple[str, str]]) -> str:
    """Return parameters for an address or a form; a blank is %20, which every server reads."""
    return "&".join(f"{_quoted(key)}={_quoted(value)}" for key, value in parameters)


def _quoted(value: str) -> str:
    return quote(value, safe="", errors="replace")


def form(
    files: Mapping[str, bytes], fields: Parameters, boundary: str
) -> tuple[dict[str, str], list[bytes]]:
    """Return the headers and the body of a form with fields and files (multipart/form-data).

    The body is in parts, of which files are some as they are: they may be large.

    Args:
        files: by name; the server keeps that.
        fields: come before the files.
        boundary: what parts them; it must be in none of them.
    """
    body: list[bytes] = []
    for key, value in fields:
        body += _part(boundary, f'form-data; name="{key}"', value.encode())
    for place, (name, content) in enumerate(files.items(), 1):
        disposition = f'form-data; name="file{place}"; filename="{name}"'
        body += _part(boundary, disposition, content, **_CONTENT)
    body.append(f"--{boundary}--\r\n".encode())
    return {"Content-Type": f"multipart/form-data; boundary={boundary}"}, body


def plain_file(files: Mapping[str, bytes]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body of one file as it is (application/octet-stream)."""
    ((name, content),) = files.items()
    return {**_CONTENT, "Content-Disposition": f'attachment; filename="{name}"'}, content


_CONTENT = {
    "Content-Type": "application/octet-stream",
    "Content-Transfer-Encoding": "binary",
}


def _part(boundary: str, disposition: str, content: bytes, **headers: str) -> list[bytes]:
    lines = [f"--{boundary}", f"Content-Disposition: {disposition}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ["\r\n".join((*lines, "", "")).encode(), content, b"\r\n"]
