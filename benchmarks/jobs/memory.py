"""Memory: what one telephone system holds for each extension, as tracemalloc counts it.

That is the directory, and whatever else the system keeps: of iSymphony its index, of XiVO all that the
server has told, from which the objects are made anew when something changes, of Oktell who is where and
what was told last, of iSymphony Live who has which ids and telephones. What of a XiVO is the directory
alone shows when the rest is forgotten; texts that both hold count as the directory's.
"""

import asyncio
import gc
import tracemalloc
from typing import Any

from benchmarks import office, telephony
from custom_components.office_cti.telephony.directory import SLICE_PAUSE
from custom_components.office_cti.telephony.isymphony_live import IsymphonyLiveSystem
from custom_components.office_cti.telephony.oktell import OktellSystem
from custom_components.office_cti.telephony.xivo import XivoSystem


async def run(*, site: dict[str, Any]) -> dict[str, Any]:
    """Measure; the figures are bytes per extension, everything else that the site has included."""
    async with office.running(office.Site(**site)) as simulated:
        tracemalloc.start()
        before = _held()
        async with telephony.made_for(simulated) as system:
            await system.start()
            while system.directory.is_telling:  # noqa: ASYNC110 -- nothing tells of it
                await asyncio.sleep(SLICE_PAUSE)
            held = {"whole": _held() - before}
            if not isinstance(system, OktellSystem | IsymphonyLiveSystem):
                if isinstance(system, XivoSystem):
                    system.picture.begin()
                held["directory"] = _held() - before
            tracemalloc.stop()
            extensions = sum(bool(each.object.number) for each in system.directory.extensions)
        expected = await simulated.seats()
    if extensions != expected:
        raise RuntimeError(f"The directory holds {extensions} extensions, not {expected}")
    return {name: size / extensions for name, size in held.items()}


def _held() -> int:
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    return held
