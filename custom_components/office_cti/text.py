"""Texts: the note beside a status, and where calls are forwarded to.

A longer note than a state can hold is set with an action.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import STATE_LENGTH_MOST
from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, as_state, full_text
from .telephony import TelephoneSystem
from .telephony.model import Extension, Feature, ForwardKind, TelephonyObject

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeTextDescription(TextEntityDescription, OfficeDescription):
    """A text: `value_fn` reads it, `set_fn` is the command that sets it."""

    value_fn: Callable[[Any], str | None]
    set_fn: Callable[[TelephoneSystem, Any, str], Awaitable[None]]


def _destination_of(kind: ForwardKind) -> OfficeTextDescription:
    """Return the text for the destination of one of the call forwardings."""
    return OfficeTextDescription(
        key=f"forward_{kind}_destination",
        translation_key=f"forward_{kind}_destination",
        kind=Extension,
        feature=Feature.SET_FORWARDS,
        fields=frozenset({f"forward_{kind}"}),
        native_max=STATE_LENGTH_MOST,
        value_fn=lambda extension: (forward := extension.forward(kind)) and forward.destination,
        set_fn=lambda system, extension, destination: system.set_forward(
            extension, kind, destination=destination
        ),
    )


TEXTS = (
    OfficeTextDescription(
        key="note",
        translation_key="note",
        kind=Extension,
        feature=Feature.SET_NOTE,
        fields=frozenset({"note"}),
        native_max=STATE_LENGTH_MOST,
        value_fn=lambda extension: extension.note,
        set_fn=lambda system, extension, note: system.set_note(extension, note),
    ),
    *map(_destination_of, ForwardKind),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the texts."""
    entry.runtime_data.async_add_platform(Platform.TEXT, TEXTS, OfficeText, async_add_entities)


class OfficeText(OfficeEntity[TelephonyObject], TextEntity):
    """A text of one object."""

    entity_description: OfficeTextDescription

    @property
    @override
    def native_value(self) -> str | None:
        text = self.entity_description.value_fn(self.record.object)
        return None if text is None else as_state(text)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        return full_text(self.entity_description.value_fn(self.record.object))

    @override
    async def async_set_value(self, value: str) -> None:
        text = self.entity_description.value_fn(self.record.object)
        if text is not None and value == as_state(text) != text:
            return  # saved as it is shown: the rest of a long text must not be lost
        await self.async_command(
            self.entity_description.set_fn(self.coordinator.system, self.record.object, value)
        )
