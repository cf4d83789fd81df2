"""One HTTP server, reached through the session that all share.

What it is asked, and what its answers mean, is not known here: only how a request travels. Redirections are
followed within the server alone. What acts is never sent again by itself. No answer is inflated, none is read
further than its reader wants, and neither an address nor a secret stands in an error.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
import ssl

import aiohttp
from yarl import URL

from .system import (
    CannotConnect,
    CertificateNotTrusted,
    ConnectionLost,
    Credentials,
    EncryptionFailed,
    NoAnswer,
    NotThisSystem,
    Refused,
    SystemSettings,
    TelephonyError,
)

CONNECT_TIMEOUT = 5.0  # seconds
# Bytes of a body that are taken at a time.
PIECE = 64 * 1024
# What says that something is elsewhere, and how often one request goes there, within the server.
REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
REDIRECTIONS_MOST = 3


class Parts:
    """A request's body that lies in several places.

    It goes out piece by piece: a large one is neither copied, nor sent in one turn of the event loop.
    """

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    async def __aiter__(self) -> AsyncIterator[memoryview]:
        """Yield all of it, from the beginning each time."""
        for part in self._parts:
            view = memoryview(part)
            for start in range(0, len(view), PIECE):
                yield view[start : start + PIECE]


class HttpServer:
    """Where requests go, and how they are protected.

    Args:
        settings: the server; its session must be there.
        count_oddity: told what kind of answer was none.
    """

    def __init__(self, settings: SystemSettings, count_oddity: Callable[[str], None]) -> None:
        if settings.session is None:
            raise ValueError("requests need a session")
        self._session = settings.session
        self._settings = settings
        self._count_oddity = count_oddity
        self._is_encrypted = settings.encryption.has_own_port
        self._trusted: ssl.SSLContext | bool | None = None
        # Whether something that it said was what such a server says.
        self.is_recognized = False

    def url(self, path: str, query: str = "") -> URL:
        """Return the address of a path; both are percent-encoded already.

        Raises:
            CannotConnect: what was given as the server's host is none.
        """
        settings = self._settings
        scheme = "https" if self._is_encrypted else "http"
        try:
            server = URL.build(scheme=scheme, host=settings.host, port=settings.port)
        except ValueError:
            raise CannotConnect(host=settings.host) from None
        return server.join(URL.build(path=path, query_string=query, encoded=True))

    async def send(
        self,
        method: str,
        url: URL,
        *,
        limit: float,
        headers: Mapping[str, str],
        data: bytes | Parts | None = None,
        acts: bool = False,
    ) -> aiohttp.ClientResponse:
        """Ask, go where the server sends us within itself, and return the answer without its body.

        To be called, and its answer to be read, within `translated`.

        Args:
            method: HTTP's.
            url: what is asked for.
            limit: seconds that all of it may take, the answer's body included.
            headers: what is said beside it.
            data: the request's body.
            acts: something happens when it arrives: it must not arrive twice.
        """
        if self._trusted is None:
            self._trusted = await trusted_certificates(
                tls=self._is_encrypted, verify=self._settings.verify_certificate
            )
        length = {"Content-Length": str(len(data))} if isinstance(data, Parts) else {}
        ask = partial(
            self._session.request,
            method,
            data=data,
            headers={"Accept-Encoding": "identity", **length, **headers},
            allow_redirects=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=limit, sock_connect=CONNECT_TIMEOUT),
            ssl=self._trusted,
            middlewares=(_once,) if acts else None,
        )
        response = await ask(url)
        for _ in range(REDIRECTIONS_MOST):
            target = _target(response)
            if target is None:
                break
            response.release()
            response = await ask(target)
        return response

    @contextmanager
    def translated(self, about: str, *, acts: bool = False) -> Iterator[None]:
        """Say what went wrong without the address, which may hold secrets and numbers.

        Args:
            about: what was asked, for those who count oddities.
            acts: as for `send`.

        Raises:
            CannotConnect, EncryptionFailed: the server is not reached.
            NoAnswer: it did not answer in time; what was to happen may have happened.
            ConnectionLost: the same, where the connection ended; only for what acts.
            NotThisSystem: what answers speaks no HTTP.
        """
        host = self._settings.host
        try:
            yield
        except aiohttp.ClientConnectorCertificateError as error:
            raise CertificateNotTrusted(reason(error.certificate_error), host=host) from None
        except aiohttp.ClientSSLError:
            raise EncryptionFailed(host=host) from None
        except aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError:
            raise CannotConnect(host=host) from None
        except TimeoutError:
            raise NoAnswer from None
        except aiohttp.ClientResponseError:  # what came is no HTTP
            self._count_oddity(f"{about}: not HTTP")
            raise NotThisSystem(host=host) from None
        except aiohttp.ClientError:
            raise ConnectionLost if acts else CannotConnect(host=host) from None

    def unreadable(self, about: str, problem: str) -> TelephonyError:
        """Count an answer that cannot be read, and return what that says of the server.

        Args:
            about: what was asked, for those who count oddities.
            problem: what is wrong with the answer, in a few words.

        Returns:
            Refused, or NotThisSystem where nothing that the server ever said could be read.
        """
        self._count_oddity(f"{about}: {problem}")
        if self.is_recognized:
            return Refused(reason=problem)
        return NotThisSystem(host=self._settings.host)

    async def body(self, response: aiohttp.ClientResponse, limit: int, about: str) -> bytes:
        """Return the body of an answer; raises as `pieces` does, and counts one that is too long."""
        try:
            return await whole(response, limit)
        except Refused as too_long:
            self._count_oddity(f"{about}: {too_long.values['reason']}")
            raise


async def trusted_certificates(*, tls: bool, verify: bool) -> ssl.SSLContext | bool:
    """Return whose certificates count, as `aiohttp` wants it: those that somebody vouches for, or any."""
    if not tls:
        return True
    return await asyncio.to_thread(ssl.create_default_context) if verify else False


def basic(credentials: Credentials | None) -> dict[str, str]:
    """Return the header that says who asks; it is sent unasked. Nobody has none."""
    if credentials is None:
        return {}
    pair = f"{credentials.username}:{credentials.password}".encode(errors="replace")
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


# The statuses that say that we may not ask.
UNAUTHORIZED = frozenset({401, 403})


def is_well(response: aiohttp.ClientResponse) -> bool:
    """Tell whether the status says that all is well."""
    return 200 <= response.status < 300


async def pieces(response: aiohttp.ClientResponse, limit: int) -> AsyncIterator[bytes]:
    """Yield a body, and no more than so many bytes of it.

    Raises:
        Refused: there is more.
    """
    size = 0
    async for piece in response.content.iter_chunked(PIECE):
        size += len(piece)
        if size > limit:
            raise Refused(reason="too long")
        yield piece


async def whole(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Return a body of at most so many bytes. Raises as `pieces` does."""
    return b"".join([piece async for piece in pieces(response, limit)])


def _target(response: aiohttp.ClientResponse) -> URL | None:
    """Return where the server sends us, if that is the server itself."""
    location = response.headers.get("Location")
    if response.status not in REDIRECTIONS or not location:
        return None
    try:
        target = response.url.join(URL(location))
        return target if target.origin() == response.url.origin() else None
    except ValueError:
        return None


class _Dropped(aiohttp.ClientError):
    """The connection ended when the server may have heard already."""


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep `aiohttp` from asking again by itself when a connection ends."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError:
        raise
    except aiohttp.ClientOSError, aiohttp.ServerDisconnectedError:
        raise _Dropped from None


def reason(error: Exception) -> str:
    """Return what is wrong with a certificate."""
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else ""
