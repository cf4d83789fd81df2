"""How the telephone systems are doing, on one page."""

from homeassistant.components.system_health import get_info
from homeassistant.setup import async_setup_component

from custom_components.office_cti.const import DOMAIN

from .common import in_step, until


async def test_what_is_told(hass, loaded, simulator):
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    assert (await get_info(hass))[DOMAIN] == {
        "systems": 1,
        "connected": 1,
        "extensions": 12,
        "agents": 0,
        "queues": 0,
        "conferences": 0,
        "groups": 0,
        "interruptions": 0,
        "unexpected": 0,
    }
    simulator.listener.broadcast(b"What is this?\n")
    simulator.faults.drop(how="fin")
    await until(lambda: loaded.runtime_data.system.interruptions)
    await in_step(hass, loaded)
    told = (await get_info(hass))[DOMAIN]
    assert (told["interruptions"], told["unexpected"]) == (1, 1)


async def test_nothing_is_loaded(hass, loaded):
    assert await async_setup_component(hass, "system_health", {})
    assert await hass.config_entries.async_unload(loaded.entry_id)
    assert set((await get_info(hass))[DOMAIN].values()) == {0}


async def test_every_kind_of_object_is_counted(hass, company):
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    told = (await get_info(hass))[DOMAIN]
    kinds = ("extensions", "agents", "queues", "conferences", "groups")
    assert [told[kind] for kind in kinds] == [2, 2, 1, 1, 1]
