"""What Office CTI is measured against: a custom integration that shows the same in the plainest way.

A config entry's data say which:

    {"kind": "entities", "level": "full", "devices": "once"}
        The same devices and entities, enabled and disabled alike, of the objects in `hass.data`,
        the server the first of them, without a telephone system behind them. "devices" tells how
        they come by their device: made "once" for all its entities, or with "each" entity, by its
        `device_info`, as is common.
    {"kind": "coordinator", "office": {…}}
        The live directory behind a DataUpdateCoordinator that tells all entities of each change.
        "office" is what a config entry of Office CTI holds.

Home Assistant loads this as `custom_components.plain_office`.
"""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from custom_components.office_cti.description import Level
from custom_components.office_cti.telephony.directory import Record
from custom_components.office_cti.telephony.model import Server

from .coordinator import PlainCoordinator
from .entities import ENTITIES, PlainOffice

DOMAIN = "plain_office"


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[PlainOffice]) -> bool:
    """Set up the kind that the entry's data name."""
    data = entry.data
    told_of, *objects = hass.data.get(DOMAIN) or (Server(connected=True),)
    server = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, entry.entry_id)}, name="Office"
    )
    office = entry.runtime_data = PlainOffice(
        entry_id=entry.entry_id,
        level=Level[data.get("level", "full").upper()],
        devices=data.get("devices", "once"),
        server=told_of,
        server_device=server,
        records=[Record(each) for each in objects],
    )
    if data["kind"] == "coordinator":
        office.coordinator = PlainCoordinator(hass, entry)
        await office.coordinator.async_start()
        office.records = list(office.coordinator.directory.extensions)
    if office.devices == "once":
        office.make_devices(dr.async_get(hass))
    await hass.config_entries.async_forward_entry_setups(entry, ENTITIES)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[PlainOffice]) -> bool:
    """Take it down."""
    if entry.runtime_data.coordinator:
        await entry.runtime_data.coordinator.async_stop()
    return await hass.config_entries.async_unload_platforms(entry, ENTITIES)
