"""Diagnostics: what helps to find a fault, without what people wrote or where the server is."""

from collections import Counter
from dataclasses import fields
from datetime import datetime
from enum import Enum
from typing import Any

from homeassistant.components.diagnostics import REDACTED, async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .coordinator import OfficeConfigEntry
from .telephony.model import TelephonyObject

_PERSONAL = frozenset({"name", "note"})


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: OfficeConfigEntry
) -> dict[str, Any]:
    """Return the state of one telephone system; one that is not reached has little to show."""
    about = {
        "entry": async_redact_data({**entry.data}, {CONF_HOST}),
        "options": dict(entry.options),
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }
    if entry.state is not ConfigEntryState.LOADED:
        return about
    system = entry.runtime_data.system
    directory = system.directory
    return about | {
        "connection": {
            "system": system.key,
            "connected": directory.server.object.connected,
            "connected_since": _plain(directory.server.object.connected_since),
            "available": directory.available,
            "interruptions": system.interruptions,
            "unexpected": dict(system.oddities),
        },
        "counts": {
            "extensions": len(directory.extensions),
            "status_lists": len(directory.status_lists),
            "presence": Counter(str(record.object.presence) for record in directory.extensions),
        },
        "status_lists": [_describe(record.object) for record in directory.status_lists],
        "extensions": [_describe(record.object) for record in directory.extensions],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: OfficeConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return the state of one object."""
    if entry.state is not ConfigEntryState.LOADED:
        return {"state": entry.state.value, "reason": entry.error_reason_translation_key}
    record = entry.runtime_data.record_of(device.id) or entry.runtime_data.directory.server
    return {
        "available": entry.runtime_data.directory.available,
        "object": _describe(record.object),
    }


def _describe(telephony_object: TelephonyObject) -> dict[str, Any]:
    described = {}
    for field in fields(telephony_object):  # type: ignore[arg-type]
        value = getattr(telephony_object, field.name)
        described[field.name] = REDACTED if field.name in _PERSONAL and value else _plain(value)
    return described


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
