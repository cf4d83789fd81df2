"""What can be done with one press."""

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.office_cti.telephony.system import NoCall

from .common import SEAT, reload, state_of

CLEAR = "button.extension_100_clear_return_time"


async def test_a_press_clears_the_return_time(hass, loaded, office, happens):
    assert hass.states.get(CLEAR) is None  # disabled, until wanted
    er.async_get(hass).async_update_entity(CLEAR, disabled_by=None)
    await reload(hass, loaded)
    await happens(office.set_return_time(*SEAT, 1_800_000_000))
    await hass.services.async_call("button", "press", {"entity_id": CLEAR}, blocking=True)
    assert office.extension(*SEAT).return_time == 0
    assert state_of(hass, "datetime.extension_100_return_time") == "unknown"


async def test_a_press_ends_the_calls(hass, all_enabled):
    target = {"entity_id": "button.anna_hang_up"}
    await hass.services.async_call("button", "press", target, blocking=True)
    assert all_enabled.commands == [("hang_up", {"extension": ("1",)})]
    all_enabled.errors["hang_up"] = NoCall(name="Anna")
    with pytest.raises(HomeAssistantError, match="Anna has no call"):
        await hass.services.async_call("button", "press", target, blocking=True)
