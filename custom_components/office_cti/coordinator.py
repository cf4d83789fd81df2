"""The directory's objects as devices and entities.

One coordinator per config entry. It holds the telephone system, brings the chosen objects in as
devices, and adds, renames and removes them as the server does. It takes no part in what the entities
show: each listens to its own object in the directory.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import batched
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .admission import Admission, Platform
from .const import (
    CONF_GRACE_PERIOD,
    CONF_GROUPS,
    CONF_NUMBERS,
    CONF_STATUS_KINDS,
    CONF_SYSTEM,
    DEFAULT_GRACE_PERIOD,
    DOMAIN,
)
from .description import Level, OfficeDescription
from .selection import Selection, path_of, with_renamed_group
from .telephony import SYSTEMS, TelephoneSystem
from .telephony.directory import SLICE_PAUSE, Record
from .telephony.model import Extension, ObjectId, Server, StatusKind, StatusList, TelephonyObject
from .telephony.system import SystemSettings

type OfficeConfigEntry = ConfigEntry[OfficeCoordinator]

# Objects brought in during one turn of the event loop, each with its device and all its entities.
_OBJECTS_AT_ONCE = 60


def make_system(data: dict[str, Any], options: dict[str, Any]) -> TelephoneSystem:
    """Return the telephone system that a config entry's data and options speak of."""
    return SYSTEMS[data[CONF_SYSTEM]](
        SystemSettings(
            host=data["host"],
            port=data["port"],
            grace_period=options.get(CONF_GRACE_PERIOD, DEFAULT_GRACE_PERIOD),
            status_kinds={
                name: StatusKind(kind)
                for kind, names in options.get(CONF_STATUS_KINDS, {}).items()
                for name in names
            },
        )
    )


class OfficeCoordinator:
    """Keeps Home Assistant's devices and entities equal to the directory's objects."""

    def __init__(self, hass: HomeAssistant, entry: OfficeConfigEntry) -> None:
        self.hass = hass
        self.entry = entry
        self._data = dict(entry.data)
        self._options = dict(entry.options)
        self.system = make_system(self._data, self._options)
        self.directory = self.system.directory
        self._selection = self._read_selection()
        self._platforms: list[Platform] = []
        self._admission = Admission(hass, entry, self._platforms)
        self._server_device_id: str | None = None
        self._records: dict[str, Record[Any]] = {}
        self._device_ids: dict[Record[Any], str] = {}
        # Whose entities were made; a device may be there before them, from the last time.
        self._brought_in: set[Record[Any]] = set()
        # Set while the platforms are taken down: then nothing is brought in any more.
        self.is_stopping = False
        # How many extensions have a number: one that several tenants use is named with its tenant.
        self._numbers: Counter[str] = Counter()
        self._counted: dict[Record[Any], str] = {}

    def _read_selection(self) -> Selection:
        return Selection.of(self._options.get(CONF_GROUPS, ()), self._options.get(CONF_NUMBERS, ""))

    def is_up_to_date(self) -> bool:
        """Tell whether this coordinator was made from what the config entry says now."""
        return self._data == self.entry.data and self._options == self.entry.options

    def record_of(self, device_id: str) -> Record[Any] | None:
        """Return the object behind a device."""
        return self._records.get(device_id)

    def is_present(self, device_id: str) -> bool:
        """Tell whether the telephone system has what this device stands for."""
        return device_id in self._records or device_id == self._server_device_id

    # --- bringing in ---------------------------------------------------------------------------

    @callback
    def async_add_platform(
        self,
        domain: str,
        descriptions: Sequence[OfficeDescription],
        entity: Callable[..., Entity],
        add: AddConfigEntryEntitiesCallback,
    ) -> None:
        """Have a platform's entities made for every object that it can show."""
        self._platforms.append(Platform(domain, descriptions, entity, add))

    async def async_bring_in_all(self) -> None:
        """Bring in what the directory holds, once all platforms are there; then follow it."""
        extensions = self.directory.extensions
        await self._async_turn()  # what is in the picture now is brought in all at once
        self.directory.watcher = self
        for record in extensions:
            self._count_number(record)
        wanted = [record for record in extensions if self._wants(record.object)]
        if len(extensions):
            self._async_remove_stale_devices(wanted)
        self._async_bring_in_server()
        # Who is renamed or removed before its turn comes is found by the device of the last time.
        new = {
            record
            for record in wanted
            if not self._async_find_last_device(record, record.object.id)
        }
        self._admission.async_enable_reduced(new)
        level = self._admission.async_admit(new)
        if level is None:
            wanted = [record for record in wanted if record not in new]
        for records in batched(wanted, _OBJECTS_AT_ONCE, strict=False):
            # Some may have gone while the loop had its turn; what came was brought in already.
            present = [
                (record, object_id)
                for record in records
                if extensions.get(object_id := record.object.id) is record
                and record not in self._brought_in
                and self._wants(record.object)
            ]
            self._async_bring_in(present, level or Level.REDUCED)
            await self._async_turn()

    @callback
    def _async_bring_in_server(self) -> None:
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            entry_type=dr.DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, self.identity(Server, ()))},
            manufacturer=self.system.manufacturer,
            model=self.system.name,
            name=self.entry.title,
        )
        self._server_device_id = device.id
        self._async_add_entities([(self.directory.server, (), device)], Level.FULL)

    @callback
    def _async_bring_in(
        self, objects: Sequence[tuple[Record[Any], ObjectId]], level: Level
    ) -> None:
        self._brought_in.update(record for record, _ in objects)
        self._async_add_entities(
            [
                (record, object_id, self._async_make_device(record, object_id))
                for record, object_id in objects
            ],
            level,
        )

    @callback
    def _async_make_device(self, record: Record[Any], object_id: ObjectId) -> dr.DeviceEntry:
        """Make the record's device, or bring the one that it has up to date."""
        extension: Extension = record.object
        device = dr.async_get(self.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={(DOMAIN, self.identity(Extension, object_id))},
            manufacturer=self.system.manufacturer,
            model=" / ".join(extension.group),
            via_device_id=self._server_device_id,
            **self._name_of(extension),
        )
        self._remember(record, device)
        return device

    def _remember(self, record: Record[Any], device: dr.DeviceEntry) -> None:
        self._records[device.id] = record
        self._device_ids[record] = device.id

    @callback
    def _async_add_entities(
        self, added: Sequence[tuple[Record[Any], ObjectId, dr.DeviceEntry]], level: Level
    ) -> None:
        for platform in self._platforms:
            entities = [
                platform.entity(
                    self,
                    record,
                    description,
                    unique_id=f"{self.identity(description.kind, object_id)}:{description.key}",
                    device=device,
                    enabled=description.is_enabled_at(level),
                )
                for record, object_id, device in added
                for description in platform.shown_of(record.object)
            ]
            if entities:
                platform.add(entities)

    def _wants(self, telephony_object: TelephonyObject) -> bool:
        return isinstance(telephony_object, Extension) and self._selection.wants(telephony_object)

    async def async_stop(self) -> None:
        """Take leave of the telephone system; what it has said until then still counts.

        A rename that nobody followed would cost what was renamed its history.
        """
        await self.system.stop()
        await self._async_turn()

    async def _async_turn(self) -> None:
        """Give the event loop a turn, or as many as it takes until all changes are followed."""
        await asyncio.sleep(0)
        while self.directory.is_telling:  # noqa: ASYNC110 -- nobody is told of the queue's end
            await asyncio.sleep(SLICE_PAUSE)

    # --- names ---------------------------------------------------------------------------------

    def identity(self, kind: type[TelephonyObject], object_id: ObjectId) -> str:
        """Return an object's device identifier; it is unique in the whole of Home Assistant."""
        return f"{self.entry.entry_id}:{kind.__name__.lower()}:{path_of(object_id)}"

    def identity_of(self, record: Record[Any]) -> str:
        """Return the device identifier of an object as it is now."""
        return self.identity(type(record.object), record.object.id)

    def _name_of(self, extension: Extension) -> dict[str, Any]:
        if extension.name:
            return {"name": extension.name}
        several = self._numbers[extension.number] > 1
        return {
            "translation_key": "extension_of_group" if several else "extension",
            "translation_placeholders": {
                "number": extension.number,
                "group": ", ".join(extension.group),
            },
        }

    def _count_number(self, record: Record[Any]) -> None:
        self._forget_number(record)
        self._counted[record] = record.object.number
        self._numbers[record.object.number] += 1

    def _forget_number(self, record: Record[Any]) -> None:
        if (number := self._counted.pop(record, None)) is not None:
            self._numbers[number] -= 1

    @callback
    def _async_find_last_device(self, record: Record[Any], object_id: ObjectId) -> bool:
        """Tell whether the record has a device already, and remember that."""
        device = self._async_find_device(self.identity(type(record.object), object_id))
        if device is not None:
            self._remember(record, device)
        return device is not None

    @callback
    def _async_find_device(self, identity: str) -> dr.DeviceEntry | None:
        return dr.async_get(self.hass).async_get_device_by_identifier(
            (DOMAIN, identity), self.entry.entry_id
        )

    # --- following the directory ---------------------------------------------------------------

    @callback
    def added(self, record: Record[Any], object_id: ObjectId) -> None:
        """Bring a new object in, if it is wanted and there is room for it."""
        if not isinstance(record.object, Extension):
            return
        self._count_number(record)
        if self.is_stopping or record in self._brought_in or not self._wants(record.object):
            return
        level: Level | None = Level.REDUCED
        if not self._async_find_last_device(record, object_id):  # whose entities are not counted
            level = self._admission.async_admit((record,))
        if level is not None:
            self._async_bring_in(((record, object_id),), level)

    @callback
    def renamed(self, record: Record[Any], old_id: ObjectId, new_id: ObjectId) -> None:
        """Move what is behind a device to its new name; the person's own names and history stay."""
        if isinstance(record.object, StatusList):
            self._async_rename_chosen_group(old_id, new_id)
            return
        self._count_number(record)
        if not self._wants(record.object):
            self._async_take_out(record)
            return
        if (device_id := self._device_ids.get(record)) is not None:
            self._async_rename_device(record, device_id, new_id)
        self.added(record, new_id)  # unless it was brought in before

    @callback
    def _async_rename_chosen_group(self, old_id: ObjectId, new_id: ObjectId) -> None:
        chosen = self._options.get(CONF_GROUPS, [])
        if (renamed := with_renamed_group(chosen, old_id, new_id)) != list(chosen):
            self._options[CONF_GROUPS] = renamed
            self._selection = self._read_selection()
            self.hass.config_entries.async_update_entry(self.entry, options=dict(self._options))

    @callback
    def _async_rename_device(self, record: Record[Any], device_id: str, new_id: ObjectId) -> None:
        devices, entities = dr.async_get(self.hass), er.async_get(self.hass)
        identity = self.identity(type(record.object), new_id)
        if (stale := self._async_find_device(identity)) and stale.id != device_id:
            devices.async_remove_device(stale.id)
        devices.async_update_device(device_id, new_identifiers={(DOMAIN, identity)})
        self._async_make_device(record, new_id)
        for entry in er.async_entries_for_device(
            entities, device_id, include_disabled_entities=True
        ):
            if entry.platform == DOMAIN:
                key = entry.unique_id.rpartition(":")[2]
                entities.async_update_entity(entry.entity_id, new_unique_id=f"{identity}:{key}")

    @callback
    def removed(self, record: Record[Any]) -> None:
        """Take an object out that the telephone system no longer has."""
        self._forget_number(record)
        self._async_take_out(record)

    @callback
    def _async_take_out(self, record: Record[Any]) -> None:
        """Remove the object's device, and with it the entities."""
        self._brought_in.discard(record)
        self._admission.async_forget(record)
        if (device_id := self._device_ids.pop(record, None)) is not None:
            del self._records[device_id]
            dr.async_get(self.hass).async_remove_device(device_id)

    @callback
    def _async_remove_stale_devices(self, wanted: Iterable[Record[Any]]) -> None:
        """Remove devices of what the server no longer has, or the person no longer wants."""
        devices = dr.async_get(self.hass)
        present = {self.identity_of(record) for record in wanted}
        present.add(self.identity(Server, ()))
        for device in dr.async_entries_for_config_entry(devices, self.entry.entry_id):
            if not any(
                domain == DOMAIN and identity in present for domain, identity in device.identifiers
            ):
                devices.async_remove_device(device.id)
