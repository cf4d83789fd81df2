"""Diagnostics: what helps to find a fault, without what nobody else is to know.

That is: where the server is and who logs in, what people are called, what they wrote, who called whom.
Whatever has such a name in any object is hidden, but for what is said to be harmless.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from types import MappingProxyType
from typing import Any

from homeassistant.components.diagnostics import REDACTED
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_USERNAME, CONF_WEBHOOK_ID
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.redact import async_redact_data

from .const import CONF_EVENT_USERS, CONF_USERS
from .coordinator import OfficeConfigEntry, accounts_of, users_of
from .telephony.directory import Table
from .telephony.model import Agent, Conference, Extension, Group, Queue, Status, StatusList
from .telephony.system import NamedUser

_SECRET = {CONF_HOST, CONF_USERNAME, CONF_PASSWORD, CONF_WEBHOOK_ID}

# What tells of people, whatever it stands in: even a call's id may hold the number that was dialled.
_PERSONAL = frozenset({"break_reason", "destination", "id", "name", "note", "number"})
# But what an object is known by, and the names of what is no person, help to find a fault.
_HARMLESS: Mapping[type, frozenset[str]] = {
    StatusList: frozenset({"id"}),
    Status: frozenset({"name"}),
    Extension: frozenset({"id", "number"}),
    Agent: frozenset({"id", "number"}),
    Queue: frozenset({"id", "name", "number"}),
    Conference: frozenset({"id", "name", "number"}),
    Group: frozenset({"id", "name", "number"}),
    NamedUser: frozenset({"id", "number"}),
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: OfficeConfigEntry
) -> dict[str, Any]:
    """Return the state of one telephone system; one that is not reached has little to show."""
    about = {
        "entry": async_redact_data({**entry.data}, _SECRET),
        "options": _plain_options(entry.options),
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
        "accounts": {
            "count": len(accounts_of(entry)),
            "connected": system.connected_accounts,
        },
        "counts": {
            "extensions": len(directory.extensions),
            "agents": len(directory.agents),
            "queues": len(directory.queues),
            "conferences": len(directory.conferences),
            "groups": len(directory.groups),
            "status_lists": len(directory.status_lists),
            "presence": Counter(str(record.object.presence) for record in directory.extensions),
            "availability": Counter(str(record.object.availability) for record in directory.agents),
        },
        "status_lists": _plain_objects(directory.status_lists),
        "extensions": _plain_objects(directory.extensions),
        "agents": _plain_objects(directory.agents),
        "queues": _plain_objects(directory.queues),
        "conferences": _plain_objects(directory.conferences),
        "groups": _plain_objects(directory.groups),
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
        "object": _plain(record.object),
    }


def _without_query(path: str) -> str:
    """Return the path of a request that a person described; what follows it may be a key."""
    way, mark, query = path.partition("?")
    return f"{way}{mark}{REDACTED}" if query else path


def _hidden(_: Any) -> str:
    return REDACTED


_SECRET_IN_OPTIONS: Mapping[str, Callable[[Any], str]] = MappingProxyType(
    {CONF_EVENT_USERS: _hidden, "body": _hidden, "path": _without_query}
)


def _plain_options(options: Mapping[str, Any]) -> dict[str, Any]:
    plain = async_redact_data({**options}, _SECRET_IN_OPTIONS)
    if CONF_USERS in options:
        plain[CONF_USERS] = _plain(users_of(options))
    return plain


def _plain_objects(table: Table[Any]) -> list[Any]:
    return [_plain(record.object) for record in table]


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it, without what tells of people."""
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return sorted(map(_plain, value))
    if names := _names_of(value):
        return _plain_fields(value, names)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _names_of(value: Any) -> tuple[str, ...]:
    """Return the names of a value's fields, if it has any."""
    if is_dataclass(value):
        return tuple(field.name for field in fields(value))
    return getattr(value, "_fields", ())


def _plain_fields(value: Any, names: Iterable[str]) -> dict[str, Any]:
    hidden = _PERSONAL - _HARMLESS.get(type(value), frozenset())
    plain = {name: _plain(getattr(value, name)) for name in names}
    return {name: REDACTED if name in hidden and text else text for name, text in plain.items()}
