"""Buttons: what can be done with one press."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
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
class OfficeButtonDescription(ButtonEntityDescription, OfficeDescription):
    """A button: `press_fn` is the command that it sends."""

    press_fn: Callable[[TelephoneSystem, Any], Awaitable[None]]


BUTTONS = (
    OfficeButtonDescription(
        key="clear_return_time",
        translation_key="clear_return_time",
        kind=Extension,
        feature=Feature.SET_RETURN_TIME,
        entity_registry_enabled_default=False,
        press_fn=lambda system, extension: system.set_return_time(extension, None),
    ),
    OfficeButtonDescription(
        key="hang_up",
        translation_key="hang_up",
        kind=Extension,
        feature=Feature.HANG_UP,
        entity_registry_enabled_default=False,
        press_fn=lambda system, extension: system.hang_up(extension),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons."""
    entry.runtime_data.async_add_platform(
        Platform.BUTTON, BUTTONS, OfficeButton, async_add_entities
    )


class OfficeButton(OfficeEntity[TelephonyObject], ButtonEntity):
    """A button of one object."""

    entity_description: OfficeButtonDescription

    @override
    async def async_press(self) -> None:
        await self.async_command(
            self.entity_description.press_fn(self.coordinator.system, self.record.object)
        )
