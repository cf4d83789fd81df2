"""Setting an entry up: Office CTI's, or one of plain entities, each in a Home Assistant that is new.

What is done only once in a process (imports, translations) is done before, with two extensions, and
removed again. Time is this thread's processor time, the garbage collector's share included, from the
adding of the config entry until nothing is left to do.
"""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er

from benchmarks import home, office

_FEW = 2


async def run(*, kind: str, extensions: int, level: str) -> dict[str, Any]:
    """Measure one set-up; `kind` is "office_cti", "once" or "each" (see plain_office)."""
    async with home.running() as hass:
        if kind != home.OFFICE_CTI:
            await home.async_warm_up(hass, _plain(kind, _FEW, "full"))
            return await _measure(hass, _plain(kind, extensions, level))
        async with office.running(_FEW) as few:
            await home.async_warm_up(hass, home.office_entry(few.port))
        async with office.running(extensions) as simulated:
            return await _measure(hass, home.office_entry(simulated.port))


def _plain(devices: str, extensions: int, level: str) -> ConfigEntry[Any]:
    data = {"kind": "entities", "extensions": extensions, "level": level, "devices": devices}
    return home.make_entry(home.PLAIN_OFFICE, data)


async def _measure(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, Any]:
    worked = await home.async_set_up(hass, entry)
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {
        "worked": worked,
        "entities": len(entities),
        "enabled": sum(entity.disabled_by is None for entity in entities),
        "states": sum(hass.states.get(entity.entity_id) is not None for entity in entities),
        "devices": len(devices),
    }
