"""How long the event loop stands still in a burst, and when everything goes away and comes back.

Dashboards look on. The recorder, where it is on, has a thread of its own, which the event loop's waits
for now and then; that is Home Assistant's affair, and told apart. An outage lasts longer than the
grace period, so that all becomes unavailable, and then available again.
"""

import asyncio
import gc
import time
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from benchmarks import home, office
from benchmarks.dashboard import Dashboards, watching
from benchmarks.stalls import Stalls, watched

_GRACE_PERIOD = 0.2  # seconds
_SEED = 7
# Home Assistant writes its registries this long after they have changed, in one turn of the loop.
_SAVE_DELAY = 12.0  # seconds


async def run(*, site: dict[str, Any], events: int, rounds: int, recorder: bool) -> dict[str, Any]:
    """Measure; times are milliseconds."""
    async with (
        home.running(recorder=recorder) as hass,
        office.running(office.Site(**site)) as simulated,
    ):
        entry = home.office_entry(simulated, grace_period=_GRACE_PERIOD)
        collection_before = _collect()
        await home.async_set_up(hass, entry)
        await asyncio.sleep(_SAVE_DELAY)
        collection_after = _collect()
        token = await home.async_sign_in(hass)
        async with watching(home.websocket_url(hass), token) as dashboards:
            measured = {
                "burst": [
                    await _burst(entry, simulated, dashboards, events, seed)
                    for seed in range(_SEED, _SEED + rounds)
                ],
                "outage": [
                    await _outage(hass, entry, simulated, dashboards) for _ in range(rounds)
                ],
            }
            state = await dashboards.state()
        return {
            **{name: _longest(each) for name, each in measured.items()},
            "collection_before": collection_before * 1e3,
            "collection_after": collection_after * 1e3,
            "messages": sum(each["messages"] for each in state.values()),
            "disconnected": sum(not each["connected"] for each in state.values()),
            "enabled": home.count_enabled(hass, entry),
        }


def _collect() -> float:
    start = time.perf_counter()
    gc.collect()
    return time.perf_counter() - start


async def _burst(
    entry: ConfigEntry[Any],
    simulated: office.Office,
    dashboards: Dashboards,
    events: int,
    seed: int,
) -> Stalls:
    async with watched() as stalls:
        await home.async_take_burst(entry, simulated, events, seed)
        await dashboards.state()
    return stalls


async def _outage(
    hass: HomeAssistant,
    entry: ConfigEntry[Any],
    simulated: office.Office,
    dashboards: Dashboards,
) -> Stalls:
    directory = entry.runtime_data.directory
    async with watched() as stalls:
        await simulated.ask("fault", kind="refuse")
        await home.async_wait_until(lambda: not directory.available)
        await home.async_wait_until_told(hass, entry)
        await simulated.ask("fault", kind="none")
        await home.async_wait_until_live(hass, entry)
        await dashboards.state()
    return stalls


def _longest(measured: list[Stalls]) -> dict[str, float]:
    return {
        name: max(getattr(each, name) for each in measured) * 1e3
        for name in ("longest", "longest_without_collector", "longest_work", "longest_collection")
    }
