"""Helpers of the integration's tests."""

import asyncio
from collections.abc import Callable
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.office_cti.const import DOMAIN

PATIENCE = 10.0  # seconds; only a test that fails waits so long

# Extension 100 is here, and so are its neighbours, in the office of the fixtures.
SALES = ("Head Office", "Sales")
SUPPORT = ("Head Office", "Support")
SEAT = (*SALES, "100")


async def until(condition: Callable[[], Any]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 -- anything may be waited for
            await asyncio.sleep(0.002)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set a config entry up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Take a config entry down and set it up again."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def in_step(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Wait until everything that the server has sent so far is told to the last entity."""
    system = entry.runtime_data.system
    await until(lambda: system._client)
    await system._client.probe()
    await until(lambda: not system.directory._queue)
    await hass.async_block_till_done()


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return an entity's state; it must be there."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def extension_device(hass: HomeAssistant, entry: MockConfigEntry, *seat: str) -> Any:
    """Return the device of an extension (location, tenant, number), if there is one."""
    identifier = (DOMAIN, f"{entry.entry_id}:extension:{'/'.join(seat)}")
    return dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)


def device_names(hass: HomeAssistant, entry: MockConfigEntry) -> set[str]:
    """Return the names of a config entry's devices."""
    return {
        device.name
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    }


def registered(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return a config entry's registered entities by entity id."""
    return {
        each.entity_id: each
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }
