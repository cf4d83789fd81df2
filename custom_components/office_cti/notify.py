"""Notify entities: a text message to a person's telephone client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.notify import NotifyEntity, NotifyEntityDescription
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
class OfficeNotifyDescription(NotifyEntityDescription, OfficeDescription):
    """Something to send texts to: `send_fn` is the command that sends one."""

    send_fn: Callable[[TelephoneSystem, Any, str], Awaitable[None]]


NOTIFIES = (
    OfficeNotifyDescription(
        key="message",
        translation_key="message",
        kind=Extension,
        feature=Feature.SEND_MESSAGE,
        entity_registry_enabled_default=False,
        send_fn=lambda system, extension, text: system.send_message(extension, text),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the notify entities."""
    entry.runtime_data.async_add_platform(
        Platform.NOTIFY, NOTIFIES, OfficeNotify, async_add_entities
    )


class OfficeNotify(OfficeEntity[TelephonyObject], NotifyEntity):
    """A notify entity of one object."""

    entity_description: OfficeNotifyDescription

    @override
    async def async_send_message(self, message: str, title: str | None = None) -> None:
        await self.async_command(
            self.entity_description.send_fn(self.coordinator.system, self.record.object, message)
        )
