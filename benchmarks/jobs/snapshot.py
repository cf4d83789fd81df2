"""The whole picture: decoded and applied to the directory, and once more when nothing has changed.

Over a real socket, without Home Assistant. Decoding alone is measured beside it, with the very bytes.
Time is this thread's processor time; the garbage collector is on.
"""

import asyncio
import gc
from statistics import median
import time
from typing import Any

from benchmarks import office
from benchmarks.stalls import watched
from custom_components.office_cti.coordinator import make_system
from custom_components.office_cti.telephony import TelephoneSystem
from custom_components.office_cti.telephony.isymphony_status.codec import Decoder

_COMMANDS = b"get_statuses\nget_extension_state\n"
_END = b"State Report Finished\n"
_PIECE = 32 * 1024  # bytes, as they come from the socket


async def run(*, extensions: int, rounds: int) -> dict[str, Any]:
    """Measure; times are milliseconds."""
    async with office.running(extensions) as simulated:
        raw = await _fetch(simulated.port)
        measured = [await _measure(simulated, raw) for _ in range(rounds)]
    return {
        "bytes": len(raw),
        **{name: median(each[name] for each in measured) for name in measured[0]},
    }


async def _fetch(port: int) -> bytes:
    """Return what the server answers when it is asked for the picture."""
    reader, writer = await asyncio.open_connection(office.HOST, port, limit=64 * 1024 * 1024)
    writer.write(_COMMANDS)
    raw = await reader.readuntil(_END)
    writer.close()
    return raw


async def _measure(simulated: office.Office, raw: bytes) -> dict[str, float]:
    gc.collect()
    decoded = _decode(raw)
    system = make_system(
        {"system": "isymphony_status", "host": office.HOST, "port": simulated.port}, {}
    )
    async with watched() as stalls:
        start = time.thread_time()
        await system.start()
        first = time.thread_time() - start
    again = await _again(simulated, system)
    await system.stop()
    return {
        "decode": decoded * 1e3,
        "first": first * 1e3,
        "again": again * 1e3,
        "stall": stalls.longest_without_collector * 1e3,
    }


def _decode(raw: bytes) -> float:
    decoder = Decoder()
    start = time.thread_time()
    for position in range(0, len(raw), _PIECE):
        decoder.feed(raw[position : position + _PIECE])
    return time.thread_time() - start


async def _again(simulated: office.Office, system: TelephoneSystem) -> float:
    """Have the connection dropped, so that the same picture is read again."""
    server = system.directory.server
    since = server.object.connected_since
    start = time.thread_time()
    await simulated.ask("fault", kind="drop")
    while server.object.connected_since in {since, None}:  # noqa: ASYNC110 -- nothing tells of it
        await asyncio.sleep(0.005)
    return time.thread_time() - start
