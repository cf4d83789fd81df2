"""Home Assistant's actions: every command of a telephone system, for any telephone system.

What acts on extensions, agents and queues stands in the tables of `person_actions`, `call_actions` and
`queue_actions`; `action` does what they have in common. What asks a telephone system as a whole stands
here, and so does the registration.
"""

from functools import partial
from itertools import count
from typing import Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_CONFIG_ENTRY_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_get_config_entry
import voluptuous as vol

from .action import async_perform
from .call_actions import CALL_ACTIONS
from .const import DOMAIN
from .coordinator import OfficeConfigEntry
from .errors import translated_errors
from .person_actions import PERSON_ACTIONS
from .queue_actions import QUEUE_ACTIONS
from .targets import async_check_permission_for_all
from .telephony.model import DirectoryResult, DirectorySource

ACTIONS: Final = (*PERSON_ACTIONS, *CALL_ACTIONS, *QUEUE_ACTIONS)

SERVICE_SEARCH_DIRECTORY: Final = "search_directory"

ATTR_PATTERN: Final = "pattern"
ATTR_SOURCE: Final = "source"

SEARCH_DIRECTORY_SCHEMA: Final = vol.Schema(
    {
        vol.Required(ATTR_CONFIG_ENTRY_ID): cv.string,
        vol.Optional(ATTR_PATTERN, default=""): vol.All(cv.string, str.strip),
        vol.Optional(ATTR_SOURCE, default=DirectorySource.DIRECTORY): vol.Coerce(DirectorySource),
    }
)


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
    hass.services.async_register(
        DOMAIN,
        SERVICE_SEARCH_DIRECTORY,
        _async_search_directory,
        schema=SEARCH_DIRECTORY_SCHEMA,
        supports_response=SupportsResponse.ONLY,
    )


# --- search_directory --------------------------------------------------------------------------


async def _async_search_directory(call: ServiceCall) -> ServiceResponse:
    """Look people up on the server.

    What is found is everybody's, and private: only who may look at all of the telephone system may.
    """
    entry: OfficeConfigEntry = async_get_config_entry(
        call.hass, DOMAIN, call.data[ATTR_CONFIG_ENTRY_ID]
    )
    await async_check_permission_for_all(call, entry, POLICY_READ)
    with translated_errors():
        found = await entry.runtime_data.system.search_directory(
            call.data[ATTR_PATTERN], call.data[ATTR_SOURCE]
        )
    headers = _distinct_headers(found)
    return {
        "headers": [*headers],
        "rows": [dict(zip(headers, row, strict=False)) for row in found.rows],
    }


def _distinct_headers(found: DirectoryResult) -> list[str]:
    """Return the headers, the second and further of one name with a number: each column is kept."""
    distinct: dict[str, None] = {}
    for header in found.headers:
        others = (f"{header} {number}".strip() for number in count(2))
        name = header
        while name in distinct:
            name = next(others)
        distinct[name] = None
    return list(distinct)
