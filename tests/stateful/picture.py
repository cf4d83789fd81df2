"""What Home Assistant must show, told from what the server holds, and where the two differ."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)

from custom_components.office_cti.const import DOMAIN

from .server import Dump, Seat
from .words import STATUSES

_STATE_LENGTH = 255
_LAST_SECOND = 253_402_300_799

# Every entity of an extension: its platform and its key.
KEYS = (
    ("sensor", "presence"),
    ("sensor", "status"),
    ("sensor", "return_time"),
    ("select", "status"),
    ("text", "note"),
    ("datetime", "return_time"),
    ("button", "clear_return_time"),
)


class Shown(NamedTuple):
    """What one entity must show; None as a state: whatever it likes, but not `unavailable`."""

    state: str | None
    attributes: Mapping[str, Any]


# --- what must be ------------------------------------------------------------------------------


def identity(entry_id: str, seat: Seat) -> str:
    """Return the identifier of an extension's device."""
    return f"{entry_id}:extension:" + "/".join(
        name.replace("%", "%25").replace("/", "%2F") for name in seat
    )


def as_shown(text: str) -> str:
    """Return what a state shows of a text; what would say that there is none is changed."""
    if text in {"unknown", "unavailable"}:
        return text.capitalize()
    return text if len(text) <= _STATE_LENGTH else text[: _STATE_LENGTH - 1] + "…"


def _text(text: str, **attributes: object) -> Shown:
    whole = text if len(text) > _STATE_LENGTH else None
    return Shown(as_shown(text), {"full_text": whole, **attributes})


def as_it_travels(note: str) -> str:
    """Return a note as any client must read it: the wire has no way to write some."""
    masked = note.replace("\n", "#masknl#").replace("#masknl#", "\n")
    return masked.replace("\0", "\N{REPLACEMENT CHARACTER}")


def return_time(seconds: int) -> datetime | None:
    """Return a time, if the server knows one and the calendar has it."""
    if not 0 < seconds < _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _extension(extension: dict[str, Any], statuses: list[str]) -> dict[tuple[str, str], Shown]:
    status = extension["status"]
    options = list(dict.fromkeys(map(as_shown, [*statuses, status])))
    time = return_time(extension["return_time"])
    when = Shown("unknown" if time is None else time.isoformat(timespec="seconds"), {})
    return {
        ("sensor", "presence"): Shown(STATUSES[status], {}),
        ("sensor", "status"): _text(status),
        ("sensor", "return_time"): when,
        ("select", "status"): _text(status, options=options),
        ("text", "note"): _text(as_it_travels(extension["note"])),
        ("datetime", "return_time"): when,
        ("button", "clear_return_time"): Shown(None, {}),
    }


# --- where it is not so ------------------------------------------------------------------------


def differences(hass: HomeAssistant, entry: ConfigEntry[Any], dump: Dump) -> list[str]:
    """Return in words where Home Assistant does not show what the server holds."""
    if entry.state is not ConfigEntryState.LOADED:
        return [f"the entry is {entry.state}"]
    if not entry.runtime_data.directory.server.object.connected:
        return ["the server is not connected"]
    return [
        *_in_directory(entry.runtime_data.directory, dump),
        *_in_devices(hass, entry, dump),
        *_in_states(hass, entry, dump),
        *(f"there is an issue {issue}" for _, issue in ir.async_get(hass).issues),
    ]


def _in_directory(directory: Any, dump: Dump) -> Iterator[str]:
    held = {
        seat: (each["status"], as_it_travels(each["note"]), return_time(each["return_time"]))
        for seat, each in dump.extensions.items()
    }
    shown = {
        record.object.id: (record.object.status.name, record.object.note, record.object.return_time)
        for record in directory.extensions
    }
    yield from _unequal("directory", held, shown)
    yield from _unequal(
        "directory's statuses",
        dump.statuses,
        {
            record.object.id: [status.name for status in record.object.statuses]
            for record in directory.status_lists
        },
    )
    for record in directory.extensions:
        extension = record.object
        if extension.id != (*extension.group, extension.number):
            yield f"extension {extension.id} is {extension.number!r} of {extension.group}"


def _in_devices(hass: HomeAssistant, entry: ConfigEntry[Any], dump: Dump) -> Iterator[str]:
    devices = {
        identifier: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for _, identifier in device.identifiers
    }
    server = devices.pop(f"{entry.entry_id}:server:", None)
    if server is None:
        yield "the server has no device"
        return
    held = {identity(entry.entry_id, seat): seat for seat in dump.extensions}
    yield from _unequal("devices", dict.fromkeys(held), dict.fromkeys(devices))
    for identifier in held.keys() & devices.keys():
        seat, device = held[identifier], devices[identifier]
        name = f"Extension {seat.number}"
        if device.name not in {name, f"{name} ({seat.location}, {seat.tenant})"}:
            yield f"the device of {seat} is named {device.name!r}"
        if device.model != f"{seat.location} / {seat.tenant}":
            yield f"the device of {seat} is in {device.model!r}"
        if device.via_device_id != server.id:
            yield f"the device of {seat} is not below the server's"


def _in_states(hass: HomeAssistant, entry: ConfigEntry[Any], dump: Dump) -> Iterator[str]:
    must = {("binary_sensor", f"{entry.entry_id}:server::connection"): Shown("on", {})}
    owners: dict[tuple[str, str], str | None] = {}
    devices = dr.async_get(hass)
    for seat, extension in dump.extensions.items():
        identifier = identity(entry.entry_id, seat)
        device = devices.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        shown = _extension(extension, dump.statuses[seat[:2]])
        for (domain, key), each in shown.items():
            must[domain, f"{identifier}:{key}"] = each
            owners[domain, f"{identifier}:{key}"] = device and device.id
    entries = {
        (each.domain, each.unique_id): each
        for each in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }
    yield from _unequal("entities", dict.fromkeys(must), dict.fromkeys(entries))
    for place in must.keys() & entries.keys():
        registered = entries[place]
        if owners.get(place, registered.device_id) != registered.device_id:
            yield f"{place} belongs to another device"
        state = hass.states.get(registered.entity_id)
        if registered.disabled_by:
            if state is not None:
                yield f"{place} is disabled and has a state"
        else:
            yield from _in_state(registered.entity_id, must[place], state)
    present = {each.entity_id for each in entries.values()}
    yield from (f"nobody has {each}" for each in set(hass.states.async_entity_ids()) - present)


def _in_state(entity_id: str, must: Shown, state: State | None) -> Iterator[str]:
    if state is None:
        yield f"{entity_id} has no state"
        return
    if (state.state == "unavailable") if must.state is None else (state.state != must.state):
        yield f"{entity_id} is {state.state!r} and must be {must.state!r}"
    for name, value in must.attributes.items():
        if state.attributes.get(name) != value:
            yield f"{entity_id} has {name} {state.attributes.get(name)!r} and must have {value!r}"


def _unequal(what: str, must: Mapping[Any, Any], shown: Mapping[Any, Any]) -> Iterator[str]:
    for name in must.keys() - shown.keys():
        yield f"{what}: {name!r} is missing"
    for name in shown.keys() - must.keys():
        yield f"{what}: {name!r} is too much"
    for name in must.keys() & shown.keys():
        if must[name] != shown[name]:
            yield f"{what}: {name!r} is {shown[name]!r} and must be {must[name]!r}"
