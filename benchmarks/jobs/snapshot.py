"""The whole picture: decoded and applied to the directory, and once more when nothing has changed.

Over a real socket, without Home Assistant. Beside it is measured what of that is decoding alone, and for
XiVO decoding and applying alone, with the very bytes that came; not so for Oktell and iSymphony Live, whose
messages aiohttp finds in what comes. Time is this thread's processor time, unless it is called the time on
the clock; the garbage collector is on.

XiVO's picture takes thousands of questions. How often they make the client wait for the server is counted
at the client: what is sent before an answer has come costs no wait of its own. iSymphony Live's takes
thousands of requests; how many are on their way at once is counted at the client, too.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
from statistics import median
import time
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from benchmarks import office, telephony
from benchmarks.stalls import Stalls, watched
from custom_components.office_cti.telephony import TelephoneSystem, http
from custom_components.office_cti.telephony.directory import Directory
from custom_components.office_cti.telephony.isymphony_status import client as isymphony, codec
from custom_components.office_cti.telephony.xivo import client as xivo, codec as xivo_codec
from custom_components.office_cti.telephony.xivo.picture import Picture

_CLIENTS: Mapping[str, type[Any]] = MappingProxyType(
    {"isymphony_status": isymphony.StatusClient, "xivo": xivo.XivoClient}
)
_DECODERS: Mapping[str, type[Any]] = MappingProxyType(
    {"isymphony_status": codec.Decoder, "xivo": xivo_codec.Decoder}
)


async def run(*, site: dict[str, Any], rounds: int) -> dict[str, Any]:
    """Measure; times are milliseconds."""
    async with office.running(office.Site(**site)) as simulated:
        size, pieces = await _read_along(simulated)
        asked: dict[str, int] = {}
        if simulated.site.system == "xivo":
            asked = await _count_waits(simulated)
        elif simulated.site.system == "isymphony_live":
            asked = await _count_requests(simulated)
        measured = [await _measure(simulated, pieces) for _ in range(rounds)]
    return {
        "bytes": size,
        **asked,
        **{name: median(each[name] for each in measured) for name in measured[0]},
    }


async def _read_along(simulated: office.Office) -> tuple[int, list[bytes]]:
    """Return how many bytes come until the picture is there, and if we read them, piece by piece."""
    before = (await simulated.ask("stats"))["bytes_sent"]
    pieces: list[bytes] = []
    with _noted(_CLIENTS.get(simulated.site.system), pieces):
        async with telephony.made_for(simulated) as system:
            await system.start()
            size = (await simulated.ask("stats"))["bytes_sent"] - before
    return size, pieces


@contextmanager
def _noted(client: type[Any] | None, pieces: list[bytes]) -> Iterator[None]:
    """Note what a client of this class reads."""
    if client is None:
        yield
        return
    original = client.buffer_updated

    def read(self: Any, nbytes: int) -> None:
        pieces.append(bytes(self._buffer[:nbytes]))
        original(self, nbytes)

    with patch.object(client, "buffer_updated", read):
        yield


async def _measure(simulated: office.Office, pieces: list[bytes]) -> dict[str, float]:
    gc.collect()
    decoded = {}
    if simulated.site.system in _DECODERS:
        decoded["decode"] = _decode(simulated, pieces)
    if simulated.site.system == "xivo":
        decoded["apply"] = await _decode_and_apply(pieces)
    gc.collect()
    async with telephony.made_for(simulated) as system:
        theirs = await simulated.worked()
        since, start = time.perf_counter(), time.thread_time()
        await system.start()
        first, clock = time.thread_time() - start, time.perf_counter() - since
        theirs = await simulated.worked() - theirs
        again = await _again(simulated, system)
    stalls = await _watch(simulated)
    times = {**decoded, "first": first, "clock": clock, "theirs": theirs, "again": again}
    return {
        **{name: seconds * 1e3 for name, seconds in times.items()},
        "stall": stalls.longest_without_collector * 1e3,
        "work": stalls.longest_work * 1e3,
    }


def _decode(simulated: office.Office, pieces: list[bytes]) -> float:
    decoder = _DECODERS[simulated.site.system]()
    start = time.thread_time()
    for piece in pieces:
        for _ in decoder.feed(piece):
            pass
    return time.thread_time() - start


async def _decode_and_apply(pieces: list[bytes]) -> float:
    """Have a picture made of what came, without a connection."""
    decoder = xivo_codec.Decoder()
    directory = Directory(asyncio.get_running_loop().call_soon)
    picture = Picture(directory, ask=_do_nothing, count_oddity=_do_nothing)
    start = time.thread_time()
    for piece in pieces:
        for message in decoder.feed(piece):
            picture.apply(message)
    await picture.commit(complete=True)
    return time.thread_time() - start


def _do_nothing(_: Any) -> None:
    pass


async def _watch(simulated: office.Office) -> Stalls:
    """Read the picture once more, with an eye on the loop: that costs time of its own."""
    async with telephony.made_for(simulated) as system:
        gc.collect()
        async with watched() as stalls:
            await system.start()
            await asyncio.sleep(0.05)  # what is announced afterwards counts, too
    return stalls


async def _again(simulated: office.Office, system: TelephoneSystem) -> float:
    """Have the connection dropped, so that the same picture is read again."""
    server = system.directory.server
    since = server.object.connected_since
    start = time.thread_time()
    await simulated.ask("fault", kind="drop")
    while server.object.connected_since in {since, None}:  # noqa: ASYNC110 -- nothing tells of it
        await asyncio.sleep(0.005)
    return time.thread_time() - start


# --- waits for the server ----------------------------------------------------------------------


@dataclass(slots=True)
class _Waits:
    """How many waits, one after the other, lie behind what is sent now."""

    answered: int = 0
    questions: int = 0
    # What will be behind whoever has waited for these answers.
    after: dict[asyncio.Future[None], int] = field(default_factory=dict)


async def _count_waits(simulated: office.Office) -> dict[str, int]:
    """Count waits from the log-in until the picture is there, and what is asked."""
    with _counted() as waits:
        async with telephony.made_for(simulated) as system:
            await system.start()
            return {"waits": waits.answered, "questions": waits.questions}


@contextmanager
def _counted() -> Iterator[_Waits]:
    """Follow what the client sends, and for which answers it has waited before."""
    waits = _Waits()
    write: Callable[..., None] = xivo.XivoClient.write
    request: Callable[..., Awaitable[Any]] = xivo.XivoClient.request
    keep_alive: Callable[..., asyncio.Future[None]] = xivo.XivoClient._keep_alive  # noqa: SLF001
    wait: Callable[..., Awaitable[None]] = xivo.XivoClient._have_answered  # noqa: SLF001

    def counting_write(self: xivo.XivoClient, data: bytes) -> None:
        waits.questions += data.count(b"\n")
        write(self, data)

    async def counting_request(self: xivo.XivoClient, *args: Any, **kwargs: Any) -> Any:
        sent_after = waits.answered
        reply = await request(self, *args, **kwargs)
        waits.answered = sent_after + 1
        return reply

    def counting_keep_alive(self: xivo.XivoClient, before: bytes = b"") -> asyncio.Future[None]:
        waits.questions -= 1  # it is none of the picture's
        keepalive = keep_alive(self, before)
        waits.after[keepalive] = waits.answered + 1
        return keepalive

    async def counting_wait(self: xivo.XivoClient, keepalive: asyncio.Future[None]) -> None:
        await wait(self, keepalive)
        waits.answered = waits.after.pop(keepalive)

    with (
        patch.object(xivo.XivoClient, "write", counting_write),
        patch.object(xivo.XivoClient, "request", counting_request),
        patch.object(xivo.XivoClient, "_keep_alive", counting_keep_alive),
        patch.object(xivo.XivoClient, "_have_answered", counting_wait),
    ):
        yield waits


# --- requests ----------------------------------------------------------------------------------


async def _count_requests(simulated: office.Office) -> dict[str, int]:
    """Count the requests until the picture is there, and how many were on their way at once."""
    under_way = most = total = 0
    translated = http.HttpServer.translated

    @contextmanager
    def counted(self: http.HttpServer, *args: Any, **kwargs: Any) -> Iterator[None]:
        nonlocal under_way, most, total
        under_way, total = under_way + 1, total + 1
        most = max(most, under_way)
        try:
            with translated(self, *args, **kwargs):
                yield
        finally:
            under_way -= 1

    with patch.object(http.HttpServer, "translated", counted):
        async with telephony.made_for(simulated) as system:
            await system.start()
            return {"requests": total, "at_once": most}
