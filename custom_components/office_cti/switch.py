"""Switches: do not disturb, call forwarding and whatever else is either on or off and can be set.

What can be set but is not seen has none: nobody could tell whether it is on. An action sets it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import OfficeConfigEntry
from .description import OfficeDescription
from .entity import OfficeEntity, break_reason, paused_queues
from .telephony import TelephoneSystem
from .telephony.model import (
    Agent,
    Extension,
    Feature,
    ForwardKind,
    StateChange,
    TelephonyObject,
)

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class OfficeSwitchDescription(SwitchEntityDescription, OfficeDescription):
    """A switch: `on_fn` tells whether it is on, `set_fn` is the command that switches it."""

    on_fn: Callable[[Any], bool | None]
    set_fn: Callable[[TelephoneSystem, Any, bool], Awaitable[None]]


def _forward(kind: ForwardKind) -> OfficeSwitchDescription:
    """Return the switch for one of the call forwardings."""
    return OfficeSwitchDescription(
        key=f"forward_{kind}",
        translation_key=f"forward_{kind}",
        kind=Extension,
        feature=Feature.SET_FORWARDS,
        fields=frozenset({f"forward_{kind}"}),
        on_fn=lambda extension: (forward := extension.forward(kind)) and forward.enabled,
        set_fn=lambda system, extension, on: system.set_forward(extension, kind, enabled=on),
    )


def _mode(
    mode: str, settable: Feature, seen: Feature, change: Callable[[bool], StateChange]
) -> OfficeSwitchDescription:
    """Return the switch for one of the modes."""
    return OfficeSwitchDescription(
        key=mode,
        translation_key=mode,
        kind=Extension,
        feature=settable,
        also=seen,
        fields=frozenset({"modes"}),
        on_fn=lambda extension: extension.modes and getattr(extension.modes, mode),
        set_fn=lambda system, extension, on: system.change_state(extension, change(on)),
        attributes_fn=break_reason if seen is Feature.BREAK else None,
    )


SWITCHES = (
    # Of an extension.
    OfficeSwitchDescription(
        key="do_not_disturb",
        translation_key="do_not_disturb",
        kind=Extension,
        feature=Feature.SET_DO_NOT_DISTURB,
        also=Feature.DO_NOT_DISTURB,
        fields=frozenset({"do_not_disturb"}),
        on_fn=lambda extension: extension.do_not_disturb,
        set_fn=lambda system, extension, on: system.set_do_not_disturb(extension, enabled=on),
    ),
    *map(_forward, ForwardKind),
    OfficeSwitchDescription(
        key="call_filter",
        translation_key="call_filter",
        kind=Extension,
        feature=Feature.SET_CALL_FILTER,
        fields=frozenset({"call_filter"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.call_filter,
        set_fn=lambda system, extension, on: system.set_call_filter(extension, enabled=on),
    ),
    OfficeSwitchDescription(
        key="recording",
        translation_key="recording",
        kind=Extension,
        feature=Feature.SET_RECORDING,
        fields=frozenset({"recording"}),
        entity_registry_enabled_default=False,
        on_fn=lambda extension: extension.recording,
        set_fn=lambda system, extension, on: system.set_recording(extension, enabled=on),
    ),
    _mode(
        "redirect",
        Feature.SET_REDIRECT,
        Feature.REDIRECT,
        lambda on: StateChange(redirect=on),
    ),
    _mode(
        "call_center",
        Feature.SET_CALL_CENTER,
        Feature.CALL_CENTER,
        lambda on: StateChange(call_center=on),
    ),
    _mode(
        "on_break",
        Feature.SET_BREAK,
        Feature.BREAK,
        lambda on: StateChange(on_break=on),
    ),
    # Of an agent.
    OfficeSwitchDescription(
        key="logged_in",
        translation_key="logged_in",
        kind=Agent,
        feature=Feature.LOG_IN,
        fields=frozenset({"availability"}),
        on_fn=lambda agent: agent.logged_in,
        set_fn=lambda system, agent, on: (
            system.log_agent_in(agent) if on else system.log_agent_out(agent)
        ),
    ),
    OfficeSwitchDescription(
        key="paused",
        translation_key="paused",
        kind=Agent,
        feature=Feature.PAUSE,
        fields=frozenset({"queues", "paused_in"}),
        on_fn=lambda agent: agent.paused,
        set_fn=lambda system, agent, on: (
            system.pause_agent(agent) if on else system.resume_agent(agent)
        ),
        attributes_fn=paused_queues,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: OfficeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches."""
    entry.runtime_data.async_add_platform(
        Platform.SWITCH, SWITCHES, OfficeSwitch, async_add_entities
    )


class OfficeSwitch(OfficeEntity[TelephonyObject], SwitchEntity):
    """A switch of one object."""

    entity_description: OfficeSwitchDescription

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.on_fn(self.record.object)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_set(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_set(on=False)

    async def _async_set(self, *, on: bool) -> None:
        await self.async_command(
            self.entity_description.set_fn(self.coordinator.system, self.record.object, on)
        )
