"""Dates with times: when a person will be back."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, override

from homeassistant.components.datetime import DateTimeEntity, DateTimeEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity
from .telephony import TelephoneSystem
from .telephony.model import Extension, Feature, TelephonyObject

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeDateTimeDescription(DateTimeEntityDescription, OfficeDescription):
    """A date with time (UTC): `value_fn` reads it, `set_fn` is the command that sets it."""

    value_fn: Callable[[Any], datetime | None]
    set_fn: Callable[[TelephoneSystem, Any, datetime], Awaitable[None]]


DATETIMES = (
    OfficeDateTimeDescription(
        key="return_time",
        translation_key="return_time",
        kind=Extension,
        feature=Feature.SET_RETURN_TIME,
        fields=frozenset({"return_time"}),
        value_fn=lambda extension: extension.return_time,
        set_fn=lambda system, extension, time: system.set_return_time(extension, time),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the dates with times."""
    entry.runtime_data.async_add_platform(
        Platform.DATETIME, DATETIMES, OfficeDateTime, async_add_entities
    )


class OfficeDateTime(OfficeEntity[TelephonyObject], DateTimeEntity):
    """A date with time of one object."""

    entity_description: OfficeDateTimeDescription

    @property
    @override
    def native_value(self) -> datetime | None:
        return self.entity_description.value_fn(self.record.object)

    @override
    async def async_set_value(self, value: datetime) -> None:
        await self.async_command(
            self.entity_description.set_fn(self.coordinator.system, self.record.object, value)
        )
