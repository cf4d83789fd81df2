"""The actions as a whole: they are there, whatever else is."""

from homeassistant.setup import async_setup_component

from custom_components.office_cti import services
from custom_components.office_cti.const import DOMAIN


async def test_every_action_is_there_before_any_telephone_system_is(hass, scripted_entry):
    assert await async_setup_component(hass, DOMAIN, {})
    actions = (*services.ACTIONS, *services.SYSTEM_ACTIONS)
    names = {action.name for action in actions}
    assert len(names) == len(actions)
    assert hass.services.async_services_for_domain(DOMAIN).keys() == names
