"""Setting an entry up: Office CTI's, or one of plain entities, each in a Home Assistant that is new.

What is done only once in a process (imports, translations) is done before, with two extensions, and
removed again. Time is this thread's processor time, from the adding of the config entry until nothing is
left to do. The plain entities' objects were fetched before.

The garbage collector's part is told apart: whether one more full collection falls into it is chance, and one
takes a fifth of the whole. So is what the telephone system takes for reading the picture.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import gc
import time
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from benchmarks import home, office, telephony
from custom_components.office_cti.devices import DEVICE_KINDS
from custom_components.office_cti.selection import Selection
from custom_components.office_cti.telephony import SYSTEMS
from custom_components.office_cti.telephony.model import TelephonyObject

_FEW = 2


async def run(*, kind: str, site: dict[str, Any], level: str) -> dict[str, Any]:
    """Measure one set-up; `kind` is "office_cti", "once" or "each" (see plain_office)."""
    whole = office.Site(**site)
    async with (
        home.running() as hass,
        office.running(_few_of(whole)) as few,
        office.running(whole) as simulated,
    ):
        if kind == home.OFFICE_CTI:
            await home.async_warm_up(hass, home.office_entry(few))
            with _read_by(whole.system) as read:
                measured = await _measure(hass, home.office_entry(simulated))
            return {**measured, "read": sum(read)}
        hass.data[home.PLAIN_OFFICE] = await _chosen(few)
        await home.async_warm_up(hass, _plain(kind, "full"))
        hass.data[home.PLAIN_OFFICE] = await _chosen(simulated)
        return await _measure(hass, _plain(kind, level))


def _few_of(site: office.Site) -> office.Site:
    return replace(
        site, extensions=_FEW, agents=min(site.agents, _FEW), queues=min(site.queues, _FEW)
    )


async def _chosen(simulated: office.Office) -> list[TelephonyObject]:
    """Return the objects that a config entry brings in, as the telephone system tells of them."""
    options = simulated.site.options
    selection = Selection.of((), options.get("numbers", ""))
    async with telephony.made_for(simulated) as system:
        await system.start()
        return [
            system.directory.server.object,
            *(
                record.object
                for kind, row in DEVICE_KINDS.items()
                if row.option in options.get("kinds", [row.option])
                for record in system.directory.tables[kind]
                if selection.wants(record.object)
            ),
        ]


def _plain(devices: str, level: str) -> ConfigEntry[Any]:
    data = {"kind": "entities", "level": level, "devices": devices}
    return home.make_entry(home.PLAIN_OFFICE, data)


async def _measure(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, Any]:
    with _collected() as collected:
        worked = await home.async_set_up(hass, entry)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        "worked": worked - sum(collected),
        "collected": sum(collected),
        "entities": len(entities),
        "enabled": sum(entity.disabled_by is None for entity in entities),
        "states": sum(hass.states.get(entity.entity_id) is not None for entity in entities),
        "devices": len(devices),
    }


@contextmanager
def _collected() -> Iterator[list[float]]:
    """Yield a list that gets the processor time (s) of each garbage collection."""
    collected: list[float] = []
    since = 0.0

    def note(phase: str, _: dict[str, int]) -> None:
        nonlocal since
        if phase == "start":
            since = time.thread_time()
        else:
            collected.append(time.thread_time() - since)

    gc.callbacks.append(note)
    try:
        yield collected
    finally:
        gc.callbacks.remove(note)


@contextmanager
def _read_by(system: str) -> Iterator[list[float]]:
    """Yield a list that gets the processor time (s) until the picture of a telephone system is there."""
    read: list[float] = []
    kind = SYSTEMS[system]
    start = kind.start

    async def timed_start(self: Any) -> None:
        since = time.thread_time()
        await start(self)
        read.append(time.thread_time() - since)

    with patch.object(kind, "start", timed_start):
        yield read
