"""Memory: what one telephone system holds for each extension, as tracemalloc counts it.

That is the directory, and whatever else the system keeps: of iSymphony its index, of XiVO all that the
server has told, from which the objects are made anew when something changes. What of it is the directory
alone shows when the rest is forgotten; texts that both hold count as the directory's.
"""

import asyncio
import gc
import tracemalloc
from typing import Any

from benchmarks import office
from custom_components.office_cti.coordinator import make_system
from custom_components.office_cti.telephony.directory import SLICE_PAUSE
from custom_components.office_cti.telephony.xivo import XivoSystem


async def run(*, site: dict[str, Any]) -> dict[str, Any]:
    """Measure; the figures are bytes per extension, everything else that the site has included."""
    async with office.running(office.Site(**site)) as simulated:
        tracemalloc.start()
        before = _held()
        system = make_system(simulated.data, {})
        await system.start()
        while system.directory.is_telling:  # noqa: ASYNC110 -- nothing tells of it
            await asyncio.sleep(SLICE_PAUSE)
        whole = _held() - before
        extensions = len(system.directory.extensions)
        if isinstance(system, XivoSystem):
            system.picture.begin()
        directory = _held() - before
        tracemalloc.stop()
        await system.stop()
    if extensions != simulated.site.extensions:
        raise RuntimeError(
            f"The directory holds {extensions} extensions, not {simulated.site.extensions}"
        )
    return {"whole": whole / extensions, "directory": directory / extensions}


def _held() -> int:
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    return held
