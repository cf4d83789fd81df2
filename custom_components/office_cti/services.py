"""Home Assistant's actions: every command of a telephone system, for any telephone system.

What acts on extensions, agents and queues stands in the tables of `person_actions`, `call_actions` and
`queue_actions`, and `action` does what they have in common; what asks a telephone system as a whole stands
in `system_actions`. Here they are registered.
"""

from functools import partial
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.service import async_register_admin_service

from .action import async_perform
from .call_actions import CALL_ACTIONS
from .const import DOMAIN
from .person_actions import PERSON_ACTIONS
from .queue_actions import QUEUE_ACTIONS
from .system_actions import SYSTEM_ACTIONS, async_perform_on_system

ACTIONS: Final = (*PERSON_ACTIONS, *CALL_ACTIONS, *QUEUE_ACTIONS)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for action in ACTIONS:
        hass.services.async_register(
            DOMAIN,
            action.name,
            partial(async_perform, action),
            schema=action.schema,
            supports_response=action.response,
        )
    for system_action in SYSTEM_ACTIONS:
        perform = partial(async_perform_on_system, system_action)
        if system_action.is_for_administrators:
            async_register_admin_service(
                hass,
                DOMAIN,
                system_action.name,
                perform,
                schema=system_action.schema,
                supports_response=system_action.response,
            )
        else:
            hass.services.async_register(
                DOMAIN,
                system_action.name,
                perform,
                schema=system_action.schema,
                supports_response=system_action.response,
            )
