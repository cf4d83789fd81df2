"""What comes in the body of a POST: a form's fields, files in parts, or one file as it is.

The page wants Content-Transfer-Encoding and Content-Disposition with every file. One without the first is
not saved, one without the second gets a random name.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import hdrs
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.multipart import (
    BodyPartReader,
    content_disposition_filename,
    parse_content_disposition,
)

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

FORM = "application/x-www-form-urlencoded"
BINARY = "application/octet-stream"
PARTS_LIMIT = 100
SIZE_LIMIT = 256 * 1024 * 1024  # bytes of one request


class TooMuch(Exception):
    """A request with more than the server takes."""


class Unreadable(Exception):
    """A request that is not what its type says."""


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file, and whether the header was there that the page calls for."""

    name: str
    data: bytes
    is_complete: bool


@dataclass(slots=True)
class Posted:
    """What a request's body holds."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[SentFile] = field(default_factory=list)


async def receive(request: BaseRequest) -> Posted:
    """Read a request's body.

    Raises:
        TooMuch: there is too much of it.
        Unreadable: it is not what its type says.
    """
    if request.method != "POST":
        return Posted()
    if request.content_type.startswith("multipart/"):
        try:
            return await _parts(request)
        except (ValueError, HttpProcessingError) as error:
            raise Unreadable from error
    if request.content_type == BINARY:
        return await _whole(request)
    posted = Posted()
    if request.content_type == FORM:
        posted.fields |= {
            key: value for key, value in (await request.post()).items() if isinstance(value, str)
        }
    return posted


async def _parts(request: BaseRequest) -> Posted:
    posted, size = Posted(), 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise Unreadable
        data = bytes(await part.read(decode=True))
        size += len(data)
        if len(posted.fields) + len(posted.files) >= PARTS_LIMIT or size > SIZE_LIMIT:
            raise TooMuch
        encoding = hdrs.CONTENT_TRANSFER_ENCODING
        if part.filename is None and part.name is not None and encoding not in part.headers:
            posted.fields[part.name] = data.decode("utf-8", "replace")
        else:
            is_complete = encoding in part.headers or encoding in request.headers
            posted.files.append(SentFile(part.filename or "", data, is_complete))
    return posted


async def _whole(request: BaseRequest) -> Posted:
    data = bytearray()
    async for portion in request.content.iter_any():
        data += portion
        if len(data) > SIZE_LIMIT:
            raise TooMuch
    _, parameters = parse_content_disposition(request.headers.get(hdrs.CONTENT_DISPOSITION))
    name = content_disposition_filename(parameters) or ""
    is_complete = hdrs.CONTENT_TRANSFER_ENCODING in request.headers
    return Posted(files=[SentFile(name, bytes(data), is_complete)])
