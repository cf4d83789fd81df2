"""Binary sensors: whether the telephone system is connected, and what is either so or not.

What a person can switch has a switch instead (`unless`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, break_reason, known, paused_queues
from .telephony.model import Agent, Extension, Feature, ForwardKind, Server, TelephonyObject

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeBinarySensorDescription(BinarySensorEntityDescription, OfficeDescription):
    """A binary sensor: `on_fn` tells whether it is on."""

    on_fn: Callable[[Any], bool | None]


def _forward(kind: ForwardKind) -> OfficeBinarySensorDescription:
    """Return the binary sensor for one of the call forwardings."""
    return OfficeBinarySensorDescription(
        key=f"forward_{kind}",
        translation_key=f"forward_{kind}",
        kind=Extension,
        feature=Feature.FORWARDS,
        unless=Feature.SET_FORWARDS,
        fields=frozenset({f"forward_{kind}"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: (forward := extension.forward(kind)) and forward.enabled,
        attributes_fn=lambda extension: known(
            destination=(forward := extension.forward(kind)) and forward.destination
        ),
    )


def _mode(mode: str, seen: Feature, settable: Feature) -> OfficeBinarySensorDescription:
    """Return the binary sensor for one of the modes."""
    return OfficeBinarySensorDescription(
        key=mode,
        translation_key=mode,
        kind=Extension,
        feature=seen,
        unless=settable,
        fields=frozenset({"modes"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.modes and getattr(extension.modes, mode),
        attributes_fn=break_reason if seen is Feature.BREAK else None,
    )


BINARY_SENSORS = (
    OfficeBinarySensorDescription(
        key="connection",
        translation_key="connection",
        kind=Server,
        fields=frozenset({"connected"}),
        essential=True,
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        on_fn=lambda server: server.connected,
    ),
    # Of an extension.
    OfficeBinarySensorDescription(
        key="logged_in",
        translation_key="user_logged_in",
        kind=Extension,
        feature=Feature.USER_LOGGED_IN,
        fields=frozenset({"logged_in"}),
        on_fn=lambda extension: extension.logged_in,
    ),
    OfficeBinarySensorDescription(
        key="do_not_disturb",
        translation_key="do_not_disturb",
        kind=Extension,
        feature=Feature.DO_NOT_DISTURB,
        unless=Feature.SET_DO_NOT_DISTURB,
        fields=frozenset({"do_not_disturb"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.do_not_disturb,
    ),
    OfficeBinarySensorDescription(
        key="call_filter",
        translation_key="call_filter",
        kind=Extension,
        feature=Feature.CALL_FILTER,
        unless=Feature.SET_CALL_FILTER,
        fields=frozenset({"call_filter"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.call_filter,
    ),
    OfficeBinarySensorDescription(
        key="recording",
        translation_key="recording",
        kind=Extension,
        feature=Feature.RECORDING,
        unless=Feature.SET_RECORDING,
        fields=frozenset({"recording"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.recording,
    ),
    *map(_forward, ForwardKind),
    _mode("redirect", Feature.REDIRECT, Feature.SET_REDIRECT),
    _mode("call_center", Feature.CALL_CENTER, Feature.SET_CALL_CENTER),
    _mode("on_break", Feature.BREAK, Feature.SET_BREAK),
    OfficeBinarySensorDescription(
        key="voicemail_waiting",
        translation_key="voicemail_waiting",
        kind=Extension,
        feature=Feature.VOICEMAIL,
        fields=frozenset({"voicemail"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.voicemail and extension.voicemail.waiting,
    ),
    # Of an agent.
    OfficeBinarySensorDescription(
        key="paused",
        translation_key="paused",
        kind=Agent,
        unless=Feature.PAUSE,
        fields=frozenset({"queues", "paused_in"}),
        on_fn=lambda agent: agent.paused,
        attributes_fn=paused_queues,
    ),
    OfficeBinarySensorDescription(
        key="on_agent_call",
        translation_key="on_agent_call",
        kind=Agent,
        feature=Feature.AGENT_WORK,
        fields=frozenset({"on_agent_call"}),
        entity_registry_enabled_default=False,
        on_fn=lambda agent: agent.on_agent_call,
    ),
    OfficeBinarySensorDescription(
        key="wrap_up",
        translation_key="wrap_up",
        kind=Agent,
        feature=Feature.AGENT_WORK,
        fields=frozenset({"wrap_up"}),
        entity_registry_enabled_default=False,
        on_fn=lambda agent: agent.wrap_up,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors."""
    entry.runtime_data.async_add_platform(
        Platform.BINARY_SENSOR, BINARY_SENSORS, OfficeBinarySensor, async_add_entities
    )


class OfficeBinarySensor(OfficeEntity[TelephonyObject], BinarySensorEntity):
    """A binary sensor of one object."""

    entity_description: OfficeBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.on_fn(self.record.object)
