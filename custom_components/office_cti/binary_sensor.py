"""Binary sensors: whether the telephone system is connected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity
from .telephony.model import Server, TelephonyObject

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeBinarySensorDescription(BinarySensorEntityDescription, OfficeDescription):
    """A binary sensor: `on_fn` tells whether it is on."""

    on_fn: Callable[[Any], bool | None]


BINARY_SENSORS = (
    OfficeBinarySensorDescription(
        key="connection",
        translation_key="connection",
        kind=Server,
        fields=frozenset({"connected"}),
        essential=True,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        on_fn=lambda server: server.connected,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    entry.runtime_data.async_add_platform(
        Platform.BINARY_SENSOR, BINARY_SENSORS, OfficeBinarySensor, async_add_entities
    )


class OfficeBinarySensor(OfficeEntity[TelephonyObject], BinarySensorEntity):
    """A binary sensor of one object."""

    entity_description: OfficeBinarySensorDescription

    @property
    @override
    def available(self) -> bool:
        """What is known of the server itself is known without a connection, too."""
        return self.entity_description.kind is Server or super().available

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.on_fn(self.record.object)
