"""Memory: what the directory of one telephone system holds for each extension, as tracemalloc counts it."""

import gc
import tracemalloc
from typing import Any

from benchmarks import office
from custom_components.office_cti.coordinator import make_system


async def run(*, extensions: int) -> dict[str, Any]:
    """Measure; the figure is bytes per extension, the system's own index included."""
    async with office.running(extensions) as simulated:
        data = {"system": "isymphony_status", "host": office.HOST, "port": simulated.port}
        tracemalloc.start()
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        system = make_system(data, {})
        await system.start()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        held = len(system.directory.extensions)
        await system.stop()
        if held != extensions:
            raise RuntimeError(f"The directory holds {held} extensions, not {extensions}")
        return {"bytes": (after - before) / extensions}
