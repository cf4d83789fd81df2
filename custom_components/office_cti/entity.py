"""What all entities have in common: an object of the directory, and which of its fields they show.

An entity holds its object's record and listens to the fields that it shows, so a change reaches it
directly and nobody else. It shows what the server says; a command goes to the telephone system and
what comes of it comes back the same way.
"""

from collections.abc import Awaitable
from datetime import datetime
from functools import lru_cache
from typing import Any, override

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity

from .const import STATE_LENGTH_MOST
from .coordinator import OfficeCoordinator
from .description import OfficeDescription
from .errors import translated_errors
from .telephony.directory import AVAILABLE, Record
from .telephony.model import Agent, Extension, Server, StatusEffect, TelephonyObject

# What Home Assistant takes for no state at all; a status or note may be called so, too.
_NO_STATES = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})

# What every entity listens to besides the fields that it shows.
ALWAYS = frozenset({AVAILABLE, "suspended"})

# The attribute that keeps a text whole of which the state holds only the beginning.
ATTR_FULL_TEXT = "full_text"

# What nobody's history needs or should hold: long texts, lists, and who called.
_UNRECORDED = frozenset(
    {
        ATTR_FULL_TEXT,
        "callers",
        "fields",
        "form",
        "free_numbers",
        "members",
        "name",
        "number",
        "paused_in",
        "queues",
        "text",
        *(effect.value for effect in StatusEffect),
    }
)


class OfficeEntity[T: TelephonyObject](Entity):
    """Shows something of one object of the directory."""

    _attr_has_entity_name = True
    _attr_should_poll = False
    _unrecorded_attributes = _UNRECORDED

    entity_description: OfficeDescription

    def __init__(
        self,
        coordinator: OfficeCoordinator,
        record: Record[T],
        description: OfficeDescription,
        *,
        unique_id: str,
        device: dr.DeviceEntry,
        enabled: bool,
    ) -> None:
        self.coordinator = coordinator
        self.record = record
        self.entity_description = description
        self.device_entry = device
        self._directory = coordinator.directory
        self._needs = description.needs
        self._attr_unique_id = unique_id
        self._attr_entity_registry_enabled_default = enabled

    @property
    @override
    def unique_id(self) -> str | None:
        """Follow the registry: there it is renamed when the server renames the object."""
        entry = self.registry_entry
        current = entry and er.async_get(self.hass).entities.get_entry(entry.id)
        return current.unique_id if current else self._attr_unique_id

    @property
    @override
    def available(self) -> bool:
        """What is known of the server itself is known without a connection, too."""
        return (
            self._directory.available or self.entity_description.kind is Server
        ) and self._needs.isdisjoint(self.record.object.suspended)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        attributes_fn = self.entity_description.attributes_fn
        return None if attributes_fn is None else attributes_fn(self.record.object)

    @override
    async def async_added_to_hass(self) -> None:
        self._listen(self.record, self.entity_description.fields | ALWAYS)

    @callback
    def _listen(self, record: Record[Any], fields: frozenset[str]) -> None:
        self.async_on_remove(record.listen(fields, self.async_write_ha_state))

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Have the entity keep running when a person changes its entity id: nothing depends on it."""

    async def async_command(self, command: Awaitable[None]) -> None:
        """Send a command to the telephone system.

        Raises:
            HomeAssistantError: what went wrong, translated.
        """
        with translated_errors():
            await command


def as_state(text: str) -> str:
    """Return as much of a text as a state can hold; what would say that there is none is changed."""
    if text in _NO_STATES:
        return text.capitalize()
    return text if len(text) <= STATE_LENGTH_MOST else text[: STATE_LENGTH_MOST - 1] + "…"


def known(**attributes: Any) -> dict[str, Any]:
    """Return those of these attributes that are known; times as text."""
    return {
        name: _as_text(value) if type(value) is datetime else value
        for name, value in attributes.items()
        if value is not None
    }


# All that happens in one call tells when it began, and writing a time takes longer than all else of it.
_as_text = lru_cache(maxsize=1_000)(datetime.isoformat)


def break_reason(extension: Extension) -> dict[str, Any]:
    """Return the attribute that tells why a person has a break."""
    modes = extension.modes
    return known(reason=modes.break_reason if modes and modes.on_break else None)


def paused_queues(agent: Agent) -> dict[str, Any]:
    """Return the attributes that tell which queues an agent gets no calls from, and which it has."""
    return {"paused_in": list(agent.paused_in), "queues": list(agent.queues)}


def full_text(text: str | None) -> dict[str, Any]:
    """Return the attribute that keeps a text whole, if a state cannot hold it."""
    return {ATTR_FULL_TEXT: text} if text and len(text) > STATE_LENGTH_MOST else {}
