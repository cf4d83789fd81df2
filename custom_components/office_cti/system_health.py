"""System health: how each telephone system is doing, on one page."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .const import DOMAIN
from .coordinator import OfficeConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is shown."""
    register.async_register_info(_async_info)


async def _async_info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[OfficeConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    directories = [entry.runtime_data.directory for entry in entries]
    return {
        "systems": len(entries),
        "connected": sum(directory.server.object.connected for directory in directories),
        "extensions": sum(len(directory.extensions) for directory in directories),
        "agents": sum(len(directory.agents) for directory in directories),
        "queues": sum(len(directory.queues) for directory in directories),
        "conferences": sum(len(directory.conferences) for directory in directories),
        "groups": sum(len(directory.groups) for directory in directories),
        "interruptions": sum(entry.runtime_data.system.interruptions for entry in entries),
        "unexpected": sum(entry.runtime_data.system.oddities.total() for entry in entries),
    }
