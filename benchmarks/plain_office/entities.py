"""Plain entities: each reads its value from its object, and that is all there is to it.

Their objects are those that a telephone system has told of, handed over by the job. What there is of
entities follows from Office CTI's own tables of descriptions, so that the two integrations always show the
same number of them, with the same ones disabled.
"""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.button import ButtonEntity
from homeassistant.components.datetime import DateTimeEntity
from homeassistant.components.event import EventEntity
from homeassistant.components.notify import NotifyEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.components.text import TextEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from custom_components.office_cti.binary_sensor import BINARY_SENSORS
from custom_components.office_cti.button import BUTTONS
from custom_components.office_cti.datetime import DATETIMES
from custom_components.office_cti.description import Level, OfficeDescription
from custom_components.office_cti.event import EVENTS
from custom_components.office_cti.notify import NOTIFIES
from custom_components.office_cti.select import SELECTS
from custom_components.office_cti.sensor import SENSORS
from custom_components.office_cti.switch import SWITCHES
from custom_components.office_cti.telephony.directory import Record
from custom_components.office_cti.telephony.model import Server, Status, TelephonyObject
from custom_components.office_cti.text import TEXTS

from .coordinator import PlainCoordinator

DOMAIN = "plain_office"
_STATUSES = ["Available", "Busy", "In a Meeting", "Do Not Disturb", "Away", "Out to Lunch"]

type PlainEntry = ConfigEntry[PlainOffice]


@dataclass
class PlainOffice:
    """What a config entry shows."""

    entry_id: str
    level: Level
    devices: str
    server: Server
    server_device: dr.DeviceEntry
    records: list[Record[Any]]
    coordinator: PlainCoordinator | None = None
    device_of: dict[Record[Any], dr.DeviceEntry] = field(default_factory=dict)

    @property
    def directory(self) -> Any:
        """The live directory, where there is one."""
        assert self.coordinator
        return self.coordinator.directory

    def make_devices(self, devices: dr.DeviceRegistry) -> None:
        """Make a device for each object."""
        for record in self.records:
            self.device_of[record] = devices.async_get_or_create(
                config_entry_id=self.entry_id, **self.about_device(record)
            )

    def identity(self, telephony_object: TelephonyObject) -> str:
        """Return what names an object in the whole of Home Assistant."""
        kind = type(telephony_object).__name__.lower()
        return f"{self.entry_id}:{kind}:{'/'.join(telephony_object.id)}"

    def about_device(self, record: Record[Any]) -> dict[str, Any]:
        """Tell what there is to say about an object's device."""
        telephony_object = record.object
        return {
            "identifiers": {(DOMAIN, self.identity(telephony_object))},
            "manufacturer": "Plain",
            "model": " / ".join(telephony_object.group),
            # What Office CTI calls it, or nearly: an entity id made of an accented name takes longer.
            "name": f"{telephony_object.name or type(telephony_object).__name__} "
            f"({telephony_object.number})",
            "via_device_id": self.server_device.id,
        }


class PlainEntity(Entity):
    """Shows something of one object."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(
        self, office: PlainOffice, record: Record[Any], description: OfficeDescription
    ) -> None:
        self.record = record
        self.description: Any = description
        self._attr_name = description.key.replace("_", " ").capitalize()
        self._attr_unique_id = f"{office.identity(record.object)}:{description.key}"
        self._attr_entity_registry_enabled_default = description.is_enabled_at(office.level)
        self._attr_device_class = description.device_class
        if isinstance(record.object, Server):
            self.device_entry = office.server_device
        elif office.devices == "once":
            self.device_entry = office.device_of[record]
        else:
            self._attr_device_info = dr.DeviceInfo(**office.about_device(record))


class PlainBinarySensor(PlainEntity, BinarySensorEntity):
    """A plain binary sensor."""

    @property
    @override
    def is_on(self) -> bool | None:
        on: bool | None = self.description.on_fn(self.record.object)
        return on


class PlainButton(PlainEntity, ButtonEntity):
    """A plain button."""


class PlainDateTime(PlainEntity, DateTimeEntity):
    """A plain date with time."""

    @property
    @override
    def native_value(self) -> datetime | None:
        value: datetime | None = self.description.value_fn(self.record.object)
        return value


class PlainEvent(PlainEntity, EventEntity):
    """A plain event."""

    @property
    @override
    def event_types(self) -> list[str]:
        types: list[str] = self.description.event_types
        return types


class PlainNotify(PlainEntity, NotifyEntity):
    """A plain notify entity."""


class PlainSelect(PlainEntity, SelectEntity):
    """A plain select."""

    _attr_options = _STATUSES

    @property
    @override
    def current_option(self) -> str | None:
        status: Status | None = self.record.object.status
        return None if status is None else status.name


class PlainSensor(PlainEntity, SensorEntity):
    """A plain sensor."""

    @property
    @override
    def options(self) -> list[str] | None:
        options: list[str] | None = self.description.options
        return options

    @property
    @override
    def native_value(self) -> Any:
        read = self.description.text_fn or self.description.value_fn
        return read(self.record.object)


class PlainSwitch(PlainEntity, SwitchEntity):
    """A plain switch."""

    @property
    @override
    def is_on(self) -> bool | None:
        on: bool | None = self.description.on_fn(self.record.object)
        return on


class PlainText(PlainEntity, TextEntity):
    """A plain text."""

    @property
    @override
    def native_value(self) -> str | None:
        text: str | None = self.description.value_fn(self.record.object)
        return text


# What there is on each platform, and as what it is shown.
ENTITIES: dict[Platform, tuple[Sequence[OfficeDescription], type[PlainEntity]]] = {
    Platform.BINARY_SENSOR: (BINARY_SENSORS, PlainBinarySensor),
    Platform.BUTTON: (BUTTONS, PlainButton),
    Platform.DATETIME: (DATETIMES, PlainDateTime),
    Platform.EVENT: (EVENTS, PlainEvent),
    Platform.NOTIFY: (NOTIFIES, PlainNotify),
    Platform.SELECT: (SELECTS, PlainSelect),
    Platform.SENSOR: (SENSORS, PlainSensor),
    Platform.SWITCH: (SWITCHES, PlainSwitch),
    Platform.TEXT: (TEXTS, PlainText),
}


def _told_by_coordinator(plain: type[PlainEntity]) -> type[PlainEntity]:
    """Make of a plain entity one that a coordinator tells of each update."""

    class Told(CoordinatorEntity[PlainCoordinator], plain):  # type: ignore[misc, valid-type]
        def __init__(self, office: PlainOffice, *args: Any) -> None:
            assert office.coordinator
            CoordinatorEntity.__init__(self, office.coordinator)
            plain.__init__(self, office, *args)

    return Told


def setup_of(
    platform: Platform,
) -> Callable[
    [HomeAssistant, PlainEntry, AddConfigEntryEntitiesCallback], Coroutine[Any, Any, None]
]:
    """Return a platform's `async_setup_entry`."""
    descriptions, plain = ENTITIES[platform]
    told = _told_by_coordinator(plain)

    async def async_setup_entry(
        _hass: HomeAssistant, entry: PlainEntry, add: AddConfigEntryEntitiesCallback
    ) -> None:
        office = entry.runtime_data
        kind = told if office.coordinator else plain
        objects: list[Record[Any]] = [Record[TelephonyObject](office.server), *office.records]
        add(
            kind(office, record, description)
            for record in objects
            for description in descriptions
            if description.is_shown_of(record.object)
        )

    return async_setup_entry
