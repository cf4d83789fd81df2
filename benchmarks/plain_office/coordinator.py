"""The live directory behind a DataUpdateCoordinator that tells all entities of each change."""

import logging
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from custom_components.office_cti.coordinator import async_make_system
from custom_components.office_cti.telephony import TelephoneSystem
from custom_components.office_cti.telephony.directory import Directory
from custom_components.office_cti.telephony.model import Extension, names_of

if TYPE_CHECKING:
    from .entities import PlainEntry

_LOGGER = logging.getLogger(__name__)


class PlainCoordinator(DataUpdateCoordinator[Directory]):
    """Takes every change of the directory for a change of the whole, as is common."""

    directory: Directory
    _system: TelephoneSystem

    def __init__(self, hass: HomeAssistant, entry: PlainEntry) -> None:
        super().__init__(hass, _LOGGER, config_entry=entry, name="Plain office")
        self._office = entry.data["office"]

    async def async_start(self) -> None:
        """Connect, and listen to everything."""
        self._system = await async_make_system(self.hass, self._office)
        self.directory = self._system.directory
        await self._system.start()
        self.async_set_updated_data(self.directory)
        for record in self.directory.extensions:
            record.listen(frozenset(names_of(Extension)), self._changed)

    async def async_stop(self) -> None:
        """Disconnect."""
        await self._system.stop()

    @callback
    def _changed(self) -> None:
        self.async_set_updated_data(self.directory)
