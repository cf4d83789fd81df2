"""Setting a telephone system up and taking it down."""

from homeassistant.config_entries import ConfigEntryState


async def test_extensions_become_devices_with_entities(hass, entry):
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.states.get("sensor.extension_100_presence").state == "available"
