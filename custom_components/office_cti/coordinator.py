"""The directory's objects as devices and entities.

One coordinator per config entry. It holds the telephone system, brings the chosen objects in as
devices, and adds, renames and removes them as the server does. It takes no part in what the entities
show: each listens to its own object in the directory.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
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
from .description import Level, OfficeDescription, key_of, unique_id_of
from .selection import Selection, path_of, with_renamed_group
from .telephony import SYSTEMS, TelephoneSystem
from .telephony.directory import SLICE_PAUSE, Record
from .telephony.model import Extension, ObjectId, Server, StatusKind, StatusList, TelephonyObject
from .telephony.system import SystemSettings

type OfficeConfigEntry = ConfigEntry[OfficeCoordinator]

# Objects brought in during one turn of the event loop, each with its device and all its entities.
_OBJECTS_AT_ONCE = 60
# Turns of the queue of changes that are waited for; a server that goes on without end is not.
_TURNS_MOST = 200


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
        self._admission = Admission(hass, entry, self._platforms, self.identity_of)
        self._server_device_id: str | None = None
        self._records: dict[str, Record[Any]] = {}
        self._device_ids: dict[Record[Any], str] = {}
        # Whose entities were made; a device may be there before them, from the last time.
        self._brought_in: set[Record[Any]] = set()
        # What has come and waits to be brought in, in order, and whom there was no room for.
        self._arrived: dict[Record[Any], None] = {}
        self._arrivals: asyncio.Task[None] | None = None
        self._left_out: set[Record[Any]] = set()
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
        await self._async_turn()  # what is in the picture now is brought in all at once
        self.directory.watcher = self
        extensions = list(self.directory.extensions)
        for record in extensions:
            self._count_number(record)
        wanted = [record for record in extensions if self._wants(record.object)]
        # Who is renamed or removed before its turn comes is found by the device of the last time.
        for record in wanted:
            self._async_remember_last_device(record, record.object.id)
        self._async_bring_in_server()
        if self.directory.complete:
            await self._async_remove_stale_devices()
        await self._admission.async_enable_reduced(wanted)
        await self._async_admit(wanted)

    async def _async_bring_in_arrived(self) -> None:
        """Bring in what has come while running: what came together is counted together."""
        while self._arrived:
            await self._async_turn()
            arrived = list(self._arrived)
            self._arrived.clear()
            await self._async_admit(arrived)

    async def _async_admit(self, records: Sequence[Record[Any]]) -> None:
        """Bring in as much of these objects as there is room for."""
        level = self._admission.async_admit(records)
        if level is Level.NOTHING:
            self._left_out.update(r for r in records if r not in self._device_ids)
        for some in batched(records, _OBJECTS_AT_ONCE, strict=False):
            # Some may have gone while the loop had its turn; what came was brought in already.
            self._async_bring_in([record for record in some if self._is_to_come_in(record)], level)
            await self._async_turn()  # a rename is followed before the renamed is brought in
        self._admission.async_tell(len(self._left_out))

    def _is_to_come_in(self, record: Record[Any]) -> bool:
        return (
            self.directory.extensions.get(record.object.id) is record
            and record not in self._brought_in
            and record not in self._left_out
            and not self.is_stopping
            and self._wants(record.object)
        )

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
    def _async_bring_in(self, records: Sequence[Record[Any]], level: Level) -> None:
        self._brought_in.update(records)
        self._async_add_entities(
            [
                (record, record.object.id, self._async_make_device(record, record.object.id))
                for record in records
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
                    unique_id=unique_id_of(
                        self.identity(description.kind, object_id), description.key
                    ),
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
        turns = _TURNS_MOST
        while self.directory.is_telling and turns:  # nobody is told of the queue's end
            turns -= 1
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
            if not self._numbers[number]:
                del self._numbers[number]

    @callback
    def _async_remember_last_device(self, record: Record[Any], object_id: ObjectId) -> None:
        """Find the device that the object had when it was last brought in."""
        device = self._async_find_device(self.identity(type(record.object), object_id))
        if device is not None:
            self._remember(record, device)

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
        if record not in self._device_ids:
            self._async_remember_last_device(record, object_id)
        self._arrived[record] = None
        if self._arrivals is None or self._arrivals.done():
            self._arrivals = self.entry.async_create_task(
                self.hass, self._async_bring_in_arrived(), f"{DOMAIN} arrivals", eager_start=False
            )

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
        self._async_follow(CONF_GROUPS, lambda chosen: with_renamed_group(chosen, old_id, new_id))
        self._selection = self._read_selection()

    @callback
    def status_renamed(self, old: str, new: str) -> None:
        """Keep what the person said that a status means."""
        self._async_follow(
            CONF_STATUS_KINDS,
            lambda kinds: {
                kind: [*names, new] if old in names and new not in names else names
                for kind, names in kinds.items()
            },
        )

    @callback
    def _async_follow(self, option: str, follow: Callable[[Any], Any]) -> None:
        """Follow the server's names in one option; whatever else the person changes stays."""
        if option in self._options:
            self._options[option] = follow(self._options[option])
        chosen = self.entry.options.get(option)
        if chosen is not None and (followed := follow(chosen)) != chosen:
            self.hass.config_entries.async_update_entry(
                self.entry, options={**self.entry.options, option: followed}
            )

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
                unique_id = unique_id_of(identity, key_of(entry.unique_id))
                entities.async_update_entity(entry.entity_id, new_unique_id=unique_id)

    @callback
    def removed(self, record: Record[Any]) -> None:
        """Take an object out that the telephone system no longer has."""
        self._forget_number(record)
        self._async_take_out(record)

    @callback
    def _async_take_out(self, record: Record[Any]) -> None:
        """Remove the object's device, and with it the entities."""
        self._arrived.pop(record, None)
        self._brought_in.discard(record)
        if record in self._left_out:
            self._left_out.discard(record)
            self._admission.async_tell(len(self._left_out))
        if (device_id := self._device_ids.pop(record, None)) is not None:
            del self._records[device_id]
            dr.async_get(self.hass).async_remove_device(device_id)

    async def _async_remove_stale_devices(self) -> None:
        """Remove devices of what the server no longer has, or the person no longer wants."""
        devices = dr.async_get(self.hass)
        present = dr.async_entries_for_config_entry(devices, self.entry.entry_id)
        stale = [device.id for device in present if not self.is_present(device.id)]
        for device_ids in batched(stale, _OBJECTS_AT_ONCE, strict=False):
            for device_id in device_ids:
                # In the meantime somebody may have come back, or a person deleted it.
                if not self.is_present(device_id) and devices.async_get(device_id):
                    devices.async_remove_device(device_id)
            await asyncio.sleep(SLICE_PAUSE)
