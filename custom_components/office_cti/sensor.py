"""Sensors: presence, the system's own word for it, and what else is only read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, as_state, full_text
from .telephony.model import Extension, Feature, Presence, TelephonyObject

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeSensorDescription(SensorEntityDescription, OfficeDescription):
    """A sensor: `value_fn` reads its value, `text_fn` a text that may be too long for a state."""

    value_fn: Callable[[Any], str | datetime | None] = lambda _: None
    text_fn: Callable[[Any], str | None] | None = None


def _status_name(extension: Extension) -> str | None:
    return None if extension.status is None else extension.status.name


SENSORS = (
    OfficeSensorDescription(
        key="presence",
        translation_key="presence",
        kind=Extension,
        feature=Feature.STATUS,
        fields=frozenset({"status", "phone", "do_not_disturb"}),
        essential=True,
        device_class=SensorDeviceClass.ENUM,
        options=[presence.value for presence in Presence],
        value_fn=lambda extension: extension.presence,
    ),
    OfficeSensorDescription(
        key="status",
        translation_key="status",
        kind=Extension,
        feature=Feature.STATUS,
        fields=frozenset({"status"}),
        essential=True,
        text_fn=_status_name,
    ),
    OfficeSensorDescription(
        key="return_time",
        translation_key="return_time",
        kind=Extension,
        feature=Feature.RETURN_TIME,
        fields=frozenset({"return_time"}),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda extension: extension.return_time,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    entry.runtime_data.async_add_platform(
        Platform.SENSOR, SENSORS, OfficeSensor, async_add_entities
    )


class OfficeSensor(OfficeEntity[TelephonyObject], SensorEntity):
    """A sensor of one object."""

    entity_description: OfficeSensorDescription

    @property
    @override
    def native_value(self) -> str | datetime | None:
        description = self.entity_description
        if description.text_fn is None:
            return description.value_fn(self.record.object)
        text = description.text_fn(self.record.object)
        return None if text is None else as_state(text)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        text_fn = self.entity_description.text_fn
        return {} if text_fn is None else full_text(text_fn(self.record.object))
