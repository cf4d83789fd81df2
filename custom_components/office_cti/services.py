"""Actions on extensions.

They take a target as people know it (entities, devices, areas, floors, labels) and reach each extension
once. Whoever is named must be able to do what is asked; whoever is only in an area or under a label is
passed over if not. All are tried, and one error names those that failed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
    UnknownUser,
)
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .coordinator import OfficeConfigEntry, OfficeCoordinator
from .errors import translated, translated_errors
from .telephony.directory import Record
from .telephony.model import Destination, Extension, Feature
from .telephony.system import InvalidReturnTime, NotSupported, TelephonyError

SERVICE_SET_STATUS: Final = "set_status"
SERVICE_DIAL: Final = "dial"

ATTR_STATUS: Final = "status"
ATTR_NOTE: Final = "note"
ATTR_RETURN_TIME: Final = "return_time"
ATTR_DURATION: Final = "duration"
ATTR_CLEAR: Final = "clear"
ATTR_NUMBER: Final = "number"

_TELL_SOMETHING = (ATTR_STATUS, ATTR_NOTE, ATTR_RETURN_TIME, ATTR_DURATION, ATTR_CLEAR)

SET_STATUS_SCHEMA = vol.All(
    cv.make_entity_service_schema(
        {
            vol.Optional(ATTR_STATUS): vol.All(cv.string, vol.Length(min=1)),
            vol.Optional(ATTR_NOTE): cv.string,
            vol.Optional(ATTR_RETURN_TIME): cv.datetime,
            vol.Optional(ATTR_DURATION): cv.positive_time_period,
            vol.Optional(ATTR_CLEAR): vol.All(
                cv.ensure_list, [vol.In((ATTR_NOTE, ATTR_RETURN_TIME))]
            ),
        }
    ),
    cv.has_at_least_one_key(*_TELL_SOMETHING),
)
DIAL_SCHEMA = cv.make_entity_service_schema(
    {vol.Required(ATTR_NUMBER): vol.All(cv.string, str.strip, vol.Length(min=1))}
)


@dataclass(frozen=True, slots=True)
class Target:
    """One extension that an action reaches."""

    coordinator: OfficeCoordinator
    record: Record[Extension]
    device_id: str

    @property
    def name(self) -> str:
        """Name the extension as the person does."""
        device = dr.async_get(self.coordinator.hass).async_get(self.device_id)
        return (device and (device.name_by_user or device.name)) or str(self.record.object)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    hass.services.async_register(
        DOMAIN,
        SERVICE_SET_STATUS,
        _async_set_status,
        schema=SET_STATUS_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )
    hass.services.async_register(DOMAIN, SERVICE_DIAL, _async_dial, schema=DIAL_SCHEMA)


# --- whom an action reaches --------------------------------------------------------------------


async def async_resolve_targets(call: ServiceCall, features: frozenset[Feature]) -> list[Target]:
    """Find the extensions that an action is to reach.

    Args:
        call: its whole data is the target selection.
        features: what each must be able to do.

    Raises:
        ServiceValidationError: somebody named cannot do it, is not loaded or not ours, or nobody is left.
        Unauthorized: the person may not control somebody of them.
    """
    hass = call.hass
    selection = TargetSelection(call.data)
    selected = async_extract_referenced_entity_ids(hass, selection, primary_entities_only=False)
    entities = er.async_get(hass)
    named = set(selection.device_ids) & (selected.referenced_devices | selected.missing_devices)
    for entity_id in selected.referenced:
        entry = entities.async_get(entity_id)
        if entry is None or entry.platform != DOMAIN or entry.device_id is None:
            raise _invalid("not_an_extension", name=entity_id)
        named.add(entry.device_id)
    device_ids = named | selected.referenced_devices
    for entity_id in selected.indirectly_referenced:
        entry = entities.async_get(entity_id)
        if entry and entry.platform == DOMAIN and entry.device_id:
            device_ids.add(entry.device_id)
    device_ids -= _excluded_devices(hass, selection)
    targets = []
    for device_id in sorted(device_ids):
        target = _find(hass, device_id, is_named=device_id in named)
        if target is None:
            continue
        if features <= target.record.object.features:
            targets.append(target)
        elif device_id in named:
            raise _invalid(NotSupported.key, name=target.name)
    if not targets:
        raise _invalid("no_extension_in_target")
    await _async_check_permission(call, targets)
    return targets


@callback
def _excluded_devices(hass: HomeAssistant, selection: TargetSelection) -> set[str]:
    """Return the devices that the selection leaves out; Home Assistant 2026.10 knows no such."""
    exclude: TargetSelection | None = getattr(selection, "exclude", None)
    if exclude is None:
        return set()
    excluded = async_extract_referenced_entity_ids(hass, exclude, primary_entities_only=False)
    entities = er.async_get(hass)
    return excluded.referenced_devices | {
        entry.device_id
        for entity_id in excluded.referenced
        if (entry := entities.async_get(entity_id)) and entry.device_id
    }


@callback
def _find(hass: HomeAssistant, device_id: str, *, is_named: bool) -> Target | None:
    entry: OfficeConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        coordinator = entry.runtime_data
        if (record := coordinator.record_of(device_id)) is not None:
            return Target(coordinator, record, device_id)
    if not is_named:
        return None
    device = dr.async_get(hass).async_get(device_id)
    if device is None:
        raise _invalid("not_an_extension", name=device_id)
    owner = hass.config_entries.async_get_entry(device.config_entry_id)
    is_away = owner and owner.domain == DOMAIN and owner.state is not ConfigEntryState.LOADED
    raise _invalid(
        "not_loaded" if is_away else "not_an_extension",
        name=device.name_by_user or device.name or device_id,
    )


async def _async_check_permission(call: ServiceCall, targets: Iterable[Target]) -> None:
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
    if user.is_admin:
        return
    entities = er.async_get(call.hass)
    for target in targets:
        # Disabled ones, too: who has disabled all has not thereby allowed everything.
        for entry in er.async_entries_for_device(
            entities, target.device_id, include_disabled_entities=True
        ):
            if not user.permissions.check_entity(entry.entity_id, POLICY_CONTROL):
                raise Unauthorized(
                    context=call.context, entity_id=entry.entity_id, permission=POLICY_CONTROL
                )


def _invalid(key: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders
    )


async def _async_do_all(targets: list[Target], action: Callable[[Target], Awaitable[None]]) -> None:
    """Do something with each of several extensions.

    Raises:
        HomeAssistantError: it failed with one, or with these of several.
    """
    results = await asyncio.gather(*map(action, targets), return_exceptions=True)
    failures = []
    for target, result in zip(targets, results, strict=True):
        if isinstance(result, HomeAssistantError):
            failures.append((target, result))
        elif result is not None:
            raise result
    if not failures:
        return
    if len(targets) == 1:
        raise failures[0][1]
    raise HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="some_failed",
        translation_placeholders={
            "failed": "; ".join(f"{target.name}: {error}" for target, error in failures),
            "failed_count": str(len(failures)),
            "count": str(len(targets)),
        },
    )


# --- set_status --------------------------------------------------------------------------------


async def _async_set_status(call: ServiceCall) -> ServiceResponse:
    """Set status, note and return time: what is given, in this order, up to the first refusal."""
    changes = _wanted_changes(call.data)
    targets = await async_resolve_targets(call, frozenset(_PARTS[part].feature for part in changes))
    await _async_do_all(targets, lambda target: _async_change(target, changes))
    return {target.device_id: _describe(target.record.object) for target in targets}


def _offered_status(target: Target, typed: str) -> str:
    """Return the status that a person means, whose capitals and spaces nobody remembers.

    Raises:
        ServiceValidationError: there is no such status; it tells which there are.
    """
    statuses = target.coordinator.directory.status_lists.get(target.record.object.status_list)
    offered = [status.name for status in statuses.object.statuses] if statuses else []
    if not offered or typed in offered:
        return typed
    alike = [name for name in offered if _folded(name) == _folded(typed)]
    if len(alike) == 1:
        return alike[0]
    raise _invalid("status_not_offered", name=target.name, status=typed, offered=", ".join(offered))


def _folded(status: str) -> str:
    return " ".join(status.split()).casefold()


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of what set_status sets: what it takes, and the command."""

    feature: Feature
    command: Callable[[Target, Any], Awaitable[None]]


_PARTS = {
    ATTR_STATUS: _Part(
        Feature.SET_STATUS,
        lambda target, value: target.coordinator.system.set_status(
            target.record.object, _offered_status(target, value)
        ),
    ),
    ATTR_NOTE: _Part(
        Feature.SET_NOTE,
        lambda target, value: target.coordinator.system.set_note(target.record.object, value),
    ),
    ATTR_RETURN_TIME: _Part(
        Feature.SET_RETURN_TIME,
        lambda target, value: target.coordinator.system.set_return_time(
            target.record.object, value
        ),
    ),
}


def _wanted_changes(data: dict[str, Any]) -> dict[str, Any]:
    """Return the parts to set and their values, in the order in which they are set."""
    cleared = {ATTR_NOTE: "", ATTR_RETURN_TIME: None}
    changes: dict[str, Any] = {part: cleared[part] for part in data.get(ATTR_CLEAR, ())}
    given: dict[str, Any] = {part: data[part] for part in (ATTR_STATUS, ATTR_NOTE) if part in data}
    if (return_time := _return_time(data)) is not None:
        given[ATTR_RETURN_TIME] = return_time
    if contradictory := sorted(changes.keys() & given.keys()):
        raise _invalid("set_and_cleared", part=contradictory[0])
    changes |= given
    return {part: changes[part] for part in _PARTS if part in changes}


def _return_time(data: dict[str, Any]) -> datetime | None:
    """Return the return time in UTC; a time without a zone is Home Assistant's."""
    if ATTR_DURATION in data and ATTR_RETURN_TIME in data:
        raise _invalid("return_time_twice")
    duration: timedelta | None = data.get(ATTR_DURATION)
    time: datetime | None = data.get(ATTR_RETURN_TIME)
    try:
        if duration is not None:
            return dt_util.utcnow() + duration
        return None if time is None else dt_util.as_utc(time)
    except OverflowError as error:
        raise _invalid(InvalidReturnTime.key) from error


async def _async_change(target: Target, changes: dict[str, Any]) -> None:
    done: list[str] = []
    for part, value in changes.items():
        try:
            await _PARTS[part].command(target, value)
        except (TelephonyError, ServiceValidationError) as error:
            reason = translated(error) if isinstance(error, TelephonyError) else error
            if not done:
                raise reason from error
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="partly_set",
                translation_placeholders={
                    "name": target.name,
                    "done": ", ".join(done),
                    "failed": part,
                    "reason": str(reason),
                },
            ) from error
        done.append(part)


def _describe(extension: Extension) -> dict[str, Any]:
    return {
        "presence": extension.presence,
        "status": extension.status and extension.status.name,
        "note": extension.note,
        "return_time": extension.return_time and extension.return_time.isoformat(),
    }


# --- dial --------------------------------------------------------------------------------------


async def _async_dial(call: ServiceCall) -> None:
    """Have one extension call a number."""
    targets = await async_resolve_targets(call, frozenset({Feature.DIAL}))
    if len(targets) > 1:
        raise _invalid("exactly_one_extension", count=str(len(targets)))
    number: str = call.data[ATTR_NUMBER]
    (target,) = targets
    with translated_errors():
        await target.coordinator.system.dial(target.record.object, Destination(number=number))
