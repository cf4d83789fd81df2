"""Sensors: presence, an agent's availability, the callers of a queue, and what else is only read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, as_state, full_text, known
from .telephony.model import (
    Agent,
    AgentAvailability,
    Call,
    CallState,
    Conference,
    Extension,
    Feature,
    Group,
    PhoneState,
    Presence,
    Queue,
    Server,
    TelephonyObject,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeSensorDescription(SensorEntityDescription, OfficeDescription):
    """A sensor: `value_fn` reads its value, `text_fn` a text that may be too long for a state."""

    value_fn: Callable[[Any], str | float | date | None] = lambda _: None
    text_fn: Callable[[Any], str | None] | None = None


# An agent that is unavailable is there all the same: to Home Assistant that word says it is not.
_AVAILABILITIES = {availability: availability.value for availability in AgentAvailability} | {
    AgentAvailability.UNAVAILABLE: "not_available"
}

# Of several calls, the one that the person is most busy with.
_MOST_PRESENT_FIRST = (
    CallState.TALKING,
    CallState.RINGING,
    CallState.DIALING,
    CallState.HELD,
    CallState.PARKED,
)


def _present_call(extension: Extension) -> Call | None:
    return min(
        extension.calls,
        key=lambda call: _MOST_PRESENT_FIRST.index(call.state),
        default=None,
    )


def _other_party(extension: Extension) -> str | None:
    call = _present_call(extension)
    return (call.name or call.number or None) if call else None


def _about_present_call(extension: Extension) -> dict[str, Any]:
    call = _present_call(extension)
    return known(direction=call.direction, number=call.number, name=call.name) if call else {}


def _callers(queue: Queue) -> dict[str, Any]:
    return {
        "callers": [
            known(
                position=caller.position, name=caller.name, number=caller.number, since=caller.since
            )
            for caller in queue.callers
        ]
    }


def _queue_members(queue: Queue) -> dict[str, Any]:
    return {
        "members": [
            {"name": member.name, "state": member.state, "paused": member.paused}
            for member in queue.members
        ]
    }


def _conference_members(conference: Conference) -> dict[str, Any]:
    return {
        "members": [
            known(name=member.name, number=member.number, since=member.since)
            for member in conference.members
        ]
    }


def _license_number(server: Server) -> str | None:
    number = server.license and server.license.number
    return as_state(number) if number else None


SENSORS = (
    # Of the server.
    OfficeSensorDescription(
        key="license_number",
        translation_key="license_number",
        kind=Server,
        feature=Feature.LICENSE,
        fields=frozenset({"license"}),
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=_license_number,
    ),
    OfficeSensorDescription(
        key="license_confirm_by",
        translation_key="license_confirm_by",
        kind=Server,
        feature=Feature.LICENSE,
        fields=frozenset({"license"}),
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda server: server.license and server.license.confirm_by,
    ),
    OfficeSensorDescription(
        key="license_updates_until",
        translation_key="license_updates_until",
        kind=Server,
        feature=Feature.LICENSE,
        fields=frozenset({"license"}),
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda server: server.license and server.license.updates_until,
    ),
    # Of an extension.
    OfficeSensorDescription(
        key="presence",
        translation_key="presence",
        kind=Extension,
        feature=Feature.STATUS,
        fields=frozenset({"status", "phone", "do_not_disturb"}),
        essential=True,
        device_class=SensorDeviceClass.ENUM,
        options=[presence.value for presence in Presence],
        value_fn=lambda extension: extension.presence,
    ),
    OfficeSensorDescription(
        key="status",
        translation_key="status",
        kind=Extension,
        feature=Feature.STATUS,
        fields=frozenset({"status"}),
        essential=True,
        text_fn=lambda extension: extension.status and extension.status.name,
        attributes_fn=lambda extension: known(color=extension.status and extension.status.color),
    ),
    OfficeSensorDescription(
        key="phone",
        translation_key="phone",
        kind=Extension,
        feature=Feature.PHONE,
        fields=frozenset({"phone"}),
        device_class=SensorDeviceClass.ENUM,
        options=[state.value for state in PhoneState],
        value_fn=lambda extension: extension.phone,
    ),
    OfficeSensorDescription(
        key="note",
        translation_key="note",
        kind=Extension,
        feature=Feature.NOTE,
        unless=Feature.SET_NOTE,
        fields=frozenset({"note"}),
        text_fn=lambda extension: extension.note,
    ),
    OfficeSensorDescription(
        key="return_time",
        translation_key="return_time",
        kind=Extension,
        feature=Feature.RETURN_TIME,
        fields=frozenset({"return_time"}),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda extension: extension.return_time,
    ),
    OfficeSensorDescription(
        key="other_party",
        translation_key="other_party",
        kind=Extension,
        feature=Feature.CALLS,
        fields=frozenset({"calls"}),
        entity_registry_enabled_default=False,
        text_fn=_other_party,
        attributes_fn=_about_present_call,
    ),
    OfficeSensorDescription(
        key="voicemail_new",
        translation_key="voicemail_new",
        kind=Extension,
        feature=Feature.VOICEMAIL,
        fields=frozenset({"voicemail"}),
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda extension: extension.voicemail and extension.voicemail.new,
        attributes_fn=lambda extension: known(old=extension.voicemail and extension.voicemail.old),
    ),
    # Of an agent.
    OfficeSensorDescription(
        key="availability",
        translation_key="availability",
        kind=Agent,
        fields=frozenset({"availability"}),
        essential=True,
        device_class=SensorDeviceClass.ENUM,
        options=list(_AVAILABILITIES.values()),
        value_fn=lambda agent: agent.availability and _AVAILABILITIES[agent.availability],
    ),
    OfficeSensorDescription(
        key="since",
        translation_key="since",
        kind=Agent,
        fields=frozenset({"since"}),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=lambda agent: agent.since,
    ),
    OfficeSensorDescription(
        key="phone",
        translation_key="agent_phone",
        kind=Agent,
        fields=frozenset({"phone"}),
        entity_registry_enabled_default=False,
        text_fn=lambda agent: agent.phone,
    ),
    # Of a queue.
    OfficeSensorDescription(
        key="waiting",
        translation_key="waiting",
        kind=Queue,
        fields=frozenset({"waiting", "callers"}),
        essential=True,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda queue: queue.waiting,
        attributes_fn=_callers,
    ),
    OfficeSensorDescription(
        key="longest_wait",
        translation_key="longest_wait",
        kind=Queue,
        feature=Feature.QUEUE_WAITS,
        fields=frozenset({"longest_wait"}),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda queue: queue.longest_wait,
    ),
    OfficeSensorDescription(
        key="estimated_wait",
        translation_key="estimated_wait",
        kind=Queue,
        feature=Feature.QUEUE_WAITS,
        fields=frozenset({"estimated_wait"}),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_display_precision=0,
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda queue: queue.estimated_wait,
    ),
    OfficeSensorDescription(
        key="agents_logged_in",
        translation_key="agents_logged_in",
        kind=Queue,
        fields=frozenset({"agents_logged_in", "members"}),
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda queue: queue.agents_logged_in,
        attributes_fn=_queue_members,
    ),
    OfficeSensorDescription(
        key="agents_available",
        translation_key="agents_available",
        kind=Queue,
        fields=frozenset({"agents_available"}),
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda queue: queue.agents_available,
    ),
    OfficeSensorDescription(
        key="agents_talking",
        translation_key="agents_talking",
        kind=Queue,
        fields=frozenset({"agents_talking"}),
        state_class=SensorStateClass.MEASUREMENT,
        entity_registry_enabled_default=False,
        value_fn=lambda queue: queue.agents_talking,
    ),
    # Of a conference.
    OfficeSensorDescription(
        key="people",
        translation_key="people",
        kind=Conference,
        fields=frozenset({"members"}),
        essential=True,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda conference: len(conference.members),
        attributes_fn=_conference_members,
    ),
    # Of a group.
    OfficeSensorDescription(
        key="free_people",
        translation_key="free_people",
        kind=Group,
        fields=frozenset({"free", "free_numbers"}),
        essential=True,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda group: group.free,
        attributes_fn=lambda group: {"free_numbers": list(group.free_numbers)},
    ),
    OfficeSensorDescription(
        key="busy_people",
        translation_key="busy_people",
        kind=Group,
        fields=frozenset({"busy"}),
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda group: group.busy,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors."""
    entry.runtime_data.async_add_platform(
        Platform.SENSOR, SENSORS, OfficeSensor, async_add_entities
    )


class OfficeSensor(OfficeEntity[TelephonyObject], SensorEntity):
    """A sensor of one object."""

    entity_description: OfficeSensorDescription

    @property
    @override
    def native_value(self) -> str | float | date | None:
        description = self.entity_description
        if description.text_fn is None:
            return description.value_fn(self.record.object)
        text = description.text_fn(self.record.object)
        return None if text is None else as_state(text)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        text_fn, attributes = self.entity_description.text_fn, super().extra_state_attributes
        if text_fn is None:
            return attributes
        return full_text(text_fn(self.record.object)) | (attributes or {})
