"""Whom an action reaches, and whether the person may.

People name a target as they know it: entities, devices, areas, floors, labels. Each object behind it is
reached once. Who is named must be what is asked for and able to do it, or nothing is done and all who are
not are told, with the reason; who is only in an area or under a
label is passed over if not, and if it cannot be done with it just now. An extension stands for its agent
where an agent is asked for: people say "pause Bob".
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

from .const import DOMAIN
from .coordinator import OfficeConfigEntry, OfficeCoordinator
from .errors import invalid
from .telephony import TelephoneSystem
from .telephony.directory import Record
from .telephony.model import Agent, Extension, Feature, Queue, TelephonyObject
from .telephony.system import AccountNeeded, NotSupported


@dataclass(frozen=True, slots=True)
class Target[T: TelephonyObject]:
    """One object that an action reaches.

    `device_id` is the object's device, or that of its extension where it has none of its own. Who is
    not named is only in an area, on a floor or under a label that is.
    """

    coordinator: OfficeCoordinator
    record: Record[T]
    device_id: str
    is_named: bool

    @property
    def object(self) -> T:
        """Return the object as it is now."""
        return self.record.object

    @property
    def system(self) -> TelephoneSystem:
        """Return the telephone system that the object belongs to."""
        return self.coordinator.system

    @property
    def name(self) -> str:
        """Name the object as the person does."""
        device = dr.async_get(self.coordinator.hass).async_get(self.device_id)
        return (device and (device.name_by_user or device.name)) or str(self.record.object)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What is said when a target is not as it must be: the keys of the messages.

    Attributes:
        not_one: what is named (`name`) is no such object.
        none_left: there is no such object in the whole target.
    """

    not_one: str
    none_left: str


SENTENCES: Final[Mapping[type[TelephonyObject], Sentences]] = MappingProxyType(
    {
        Extension: Sentences("not_an_extension", "no_extension_in_target"),
        Agent: Sentences("not_an_agent", "no_agent_in_target"),
        Queue: Sentences("not_a_queue", "no_queue_in_target"),
    }
)


@callback
def async_resolve_targets[T: TelephonyObject](
    call: ServiceCall, kind: type[T], needs: Mapping[Feature, str]
) -> list[Target[T]]:
    """Find the objects that an action is to reach.

    Args:
        call: its data holds the target selection.
        kind: what kind of object they are.
        needs: what each must be able to do, and what of the action asks for it ("": all of it).

    Raises:
        ServiceValidationError: some who are named cannot do it, all of whom it tells; or somebody is not
            loaded or not ours, or nobody is left.
    """
    hass = call.hass
    selection = TargetSelection(call.data)
    named, meant = _selected_devices(hass, kind, selection)
    left_out = _excluded_devices(hass, selection)
    objects_left_out = {
        target.record
        for device_id in left_out
        if (target := _find(hass, kind, device_id, is_named=False))
    }
    targets: dict[Record[T], Target[T]] = {}
    unable: dict[Record[T], Target[T]] = {}
    # The named ones first: who is named as one thing and in an area as another is named.
    for device_id in sorted(meant - left_out, key=lambda each: (each not in named, each)):
        target = _find(hass, kind, device_id, is_named=device_id in named)
        if target is None or target.record in objects_left_out:
            continue
        if needs.keys() <= target.object.features:
            targets.setdefault(target.record, target)
        elif target.is_named:
            unable.setdefault(target.record, target)
    if unable:
        raise _refusal(list(unable.values()), needs)
    if not targets:
        raise invalid(SENTENCES[kind].none_left)
    return list(targets.values())


@callback
def _refusal(
    targets: Iterable[Target[Any]], needs: Mapping[Feature, str]
) -> ServiceValidationError:
    """Return the error that says of all who cannot do something why not."""
    names: dict[tuple[str, str], list[str]] = {}
    for target in targets:
        names.setdefault(_why_not(target, needs), []).append(target.name)
    errors = [_reason(", ".join(sorted(who)), *why) for why, who in names.items()]
    if len(errors) == 1:
        return errors[0]
    return invalid("several_cannot", reasons="; ".join(map(str, errors)))


def _why_not(target: Target[Any], needs: Mapping[Feature, str]) -> tuple[str, str]:
    """Return what a target lacks for an action, as the key of the sentence, and the parts it cannot do."""
    known, system = target.object, target.system
    missing = needs.keys() - known.features - system.given_by_account(known)
    if not missing:
        return AccountNeeded.key, ""
    if missing <= system.given_by_request(known):
        return "request_needed", ""
    return NotSupported.key, ", ".join(
        part for feature, part in needs.items() if feature in missing
    )


def _reason(names: str, key: str, parts: str) -> ServiceValidationError:
    if key == AccountNeeded.key:
        return invalid(AccountNeeded.key, name=names)
    if key == NotSupported.key:
        if parts:
            return invalid("part_not_supported", name=names, parts=parts)
        return invalid(NotSupported.key, name=names)
    return invalid("request_needed", name=names)


@callback
def async_resolve_device[T: TelephonyObject](
    hass: HomeAssistant, kind: type[T], device_id: str
) -> Target[T]:
    """Find the object that a person names by a device in a field of an action.

    Raises:
        ServiceValidationError: it is no such object, or not loaded.
    """
    target = _find(hass, kind, device_id, is_named=True)
    assert target is not None
    return target


@callback
def _selected_devices(
    hass: HomeAssistant, kind: type[TelephonyObject], selection: TargetSelection
) -> tuple[set[str], set[str]]:
    """Return the devices that are named themselves, or by their entities; and all that are meant."""
    selected = async_extract_referenced_entity_ids(hass, selection, primary_entities_only=False)
    entities = er.async_get(hass)
    named = set(selection.device_ids) & (selected.referenced_devices | selected.missing_devices)
    for entity_id in selected.referenced:
        entry = entities.async_get(entity_id)
        if entry is None or entry.platform != DOMAIN or entry.device_id is None:
            raise invalid(SENTENCES[kind].not_one, name=entity_id)
        named.add(entry.device_id)
    meant = named | selected.referenced_devices
    for entity_id in selected.indirectly_referenced:
        entry = entities.async_get(entity_id)
        if entry and entry.platform == DOMAIN and entry.device_id:
            meant.add(entry.device_id)
    return named, meant


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
def _find[T: TelephonyObject](
    hass: HomeAssistant, kind: type[T], device_id: str, *, is_named: bool
) -> Target[T] | None:
    entry: OfficeConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        coordinator = entry.runtime_data
        known = coordinator.record_of(device_id)
        if known is not None and (record := _as_kind(coordinator, known, kind)) is not None:
            shown_as = coordinator.device_id_of(record) or device_id
            return Target(coordinator, record, shown_as, is_named)
    if not is_named:
        return None
    device = dr.async_get(hass).async_get(device_id)
    if device is None:
        raise invalid(SENTENCES[kind].not_one, name=device_id)
    owner = hass.config_entries.async_get_entry(device.config_entry_id)
    is_away = owner and owner.domain == DOMAIN and owner.state is not ConfigEntryState.LOADED
    raise invalid(
        "not_loaded" if is_away else SENTENCES[kind].not_one,
        name=device.name_by_user or device.name or device_id,
    )


def _as_kind[T: TelephonyObject](
    coordinator: OfficeCoordinator, record: Record[Any], kind: type[T]
) -> Record[T] | None:
    """Return the object itself, or the agent of the extension that it is."""
    known = record.object
    if type(known) is kind:
        return record
    if kind is Agent and isinstance(known, Extension) and known.agent is not None:
        return coordinator.directory.tables[kind].get(known.agent)
    return None


# --- permission --------------------------------------------------------------------------------


async def async_check_permission(
    call: ServiceCall, device_ids: Iterable[str], permission: str
) -> None:
    """Let an action pass only if the person may do this with all entities of these devices.

    Raises:
        Unauthorized: the person may not.
    """
    entities = er.async_get(call.hass)
    await _async_check_entities(
        call,
        (
            # Disabled ones, too: who has disabled all has not thereby allowed everything.
            er.async_entries_for_device(entities, device_id, include_disabled_entities=True)
            for device_id in device_ids
        ),
        permission,
    )


async def async_check_permission_for_all(
    call: ServiceCall, entry: OfficeConfigEntry, permission: str
) -> None:
    """Let an action pass only if the person may do this with everything of a telephone system.

    Raises:
        Unauthorized: the person may not.
    """
    entries = er.async_entries_for_config_entry(er.async_get(call.hass), entry.entry_id)
    await _async_check_entities(call, [entries], permission)


async def _async_check_entities(
    call: ServiceCall, groups: Iterable[Iterable[er.RegistryEntry]], permission: str
) -> None:
    user = await _async_restricted_user(call, permission)
    if user is None:
        return
    for group in groups:
        entity_ids = [entry.entity_id for entry in group]
        if not entity_ids:  # where there is nothing that could be allowed, nothing is
            raise Unauthorized(context=call.context, permission=permission)
        for entity_id in entity_ids:
            if not user.permissions.check_entity(entity_id, permission):
                raise Unauthorized(context=call.context, entity_id=entity_id, permission=permission)


async def _async_restricted_user(call: ServiceCall, permission: str) -> User | None:
    """Return the person who acts, unless that is an administrator, or no person at all."""
    if call.context.user_id is None:
        return None
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context, permission=permission)
    return None if user.is_admin else user
