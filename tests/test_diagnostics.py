"""Diagnostics help to find a fault and tell nobody's secrets."""

import json

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
    get_diagnostics_for_device,
)

from .common import SEAT, extension_device, in_step


@pytest.fixture
async def noted(hass, loaded, office, happens):
    """An office in which everybody has a note."""
    for seat in list(office.seats()):
        await happens(office.set_note(*seat, "Dentist, tooth 36"))
    return loaded


async def test_the_entry(hass, noted, hass_client, simulator, office, happens):
    simulator.listener.broadcast(b"What is this?\n")
    await in_step(hass, noted)
    await happens(office.set_return_time(*SEAT, 1_800_000_000))
    told = await get_diagnostics_for_config_entry(hass, hass_client, noted)
    text = json.dumps(told)
    assert "Dentist" not in text
    assert "127.0.0.1" not in text
    assert told["entry"] == {
        "system": "isymphony_status",
        "host": "**REDACTED**",
        "port": simulator.port,
    }
    connection = told["connection"]
    assert connection.pop("connected_since")
    assert connection == {
        "system": "isymphony_status",
        "connected": True,
        "available": True,
        "interruptions": 0,
        "unexpected": {"an unknown line": 1},
    }
    assert told["counts"]["extensions"] == len(told["extensions"]) == 12
    assert sum(told["counts"]["presence"].values()) == 12
    first = told["extensions"][0]
    assert first["id"] == list(SEAT)
    assert (first["status"]["name"], first["status"]["kind"]) == ("Available", "available")
    assert first["note"] == "**REDACTED**"
    assert first["return_time"] == "2027-01-15T08:00:00+00:00"
    assert "set_status" in first["features"]
    assert told["status_lists"][0]["statuses"][0] == first["status"]


async def test_a_device(hass, noted, hass_client):
    device = extension_device(hass, noted, *SEAT)
    told = await get_diagnostics_for_device(hass, hass_client, noted, device)
    assert told["available"]
    assert told["object"]["number"] == "100"
    assert "Dentist" not in json.dumps(told)

    server = dr.async_get(hass).async_get(device.via_device_id)
    told = await get_diagnostics_for_device(hass, hass_client, noted, server)
    assert told["object"]["connected"] is True
    assert "127.0.0.1" not in json.dumps(told)


async def test_a_server_that_is_not_reached(hass, loaded, hass_client, simulator):
    device = extension_device(hass, loaded, *SEAT)
    await simulator.faults.refuse()
    await hass.config_entries.async_reload(loaded.entry_id)
    assert loaded.state is ConfigEntryState.SETUP_RETRY
    told = await get_diagnostics_for_config_entry(hass, hass_client, loaded)
    assert (told["state"], told["reason"]) == ("setup_retry", "cannot_connect")
    assert "127.0.0.1" not in json.dumps(told)
    told = await get_diagnostics_for_device(hass, hass_client, loaded, device)
    assert told == {"state": "setup_retry", "reason": "cannot_connect"}
